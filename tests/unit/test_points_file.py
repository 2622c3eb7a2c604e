# SPDX-License-Identifier: Apache-2.0
import pytest

from pellicle.errors import BadPointsError, NoSuchFileError
from pellicle.io.points_file import read_points

PAIRS = ((1.0, 2.0, 3.0, 4.5), (5.0, 6.0, 7.0, 8.0), (9.0, 1.0, 2.0, 3.0), (4.0,) * 4)


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3,4.5\n5,6,7,8\n9,1,2,3\n4,4,4,4\n",
        "x;y;x there;y there\n1;2;3;4.5\n5;6;7;8\n\n9;1;2;3\n4;4;4;4",
        "\ufeff[[1, 2, 3, 4.5], [5, 6, 7, 8], [9, 1, 2, 3], [4, 4, 4, 4]]",
    ],
)
def test_pairs_are_read_from_csv_and_json(tmp_path, text):
    path = tmp_path / "points.txt"
    path.write_text(text, encoding="utf-8")
    assert read_points(path) == PAIRS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2,3,4\n",
        "1,2,3\n" * 5,
        "[1, 2",
        "[1, 2, 3, 4]",
        '["abcd", "abcd", "abcd", "abcd"]',
        "1,2,3,x\n" * 5,
        "1,2,3,nan\n" * 5,
    ],
)
def test_anything_else_is_refused(tmp_path, text):
    path = tmp_path / "points.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadPointsError):
        read_points(path)


def test_what_is_no_text_is_refused(tmp_path):
    path = tmp_path / "points.txt"
    path.write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(BadPointsError):
        read_points(path)
    with pytest.raises(NoSuchFileError):
        read_points(tmp_path / "none.csv")

# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import pytest

from pellicle.errors import BadColourPairsError
from pellicle.io.colour_pairs_file import GivenPair, read_colour_pairs
from pellicle.model.recolouring import Place

TABLE = """from_x,from_y,to_x,to_y,to_L,to_a,to_b,radius_mm,note
1210,880,1212,60,,,,1.5,protected by the frame
,,,,,,,,
640,1500,,,38.2,10.5,-31,,twin
"""
EXPECTED = [
    GivenPair(
        1,
        Place(x=1210, y=880, radius_mm=1.5),
        Place(x=1212, y=60, radius_mm=1.5),
        "protected by the frame",
    ),
    GivenPair(3, Place(x=640, y=1500, radius_mm=1), (38.2, 10.5, -31.0), "twin"),
]


def read(folder: Path, text: str) -> list[GivenPair]:
    path = folder / "pairs.csv"
    path.write_bytes(text.encode())
    return read_colour_pairs(path)


def test_a_table_is_read_as_a_person_writes_it(tmp_path: Path) -> None:
    assert read(tmp_path, TABLE) == EXPECTED


def test_a_spreadsheet_may_write_semicolons_decimal_commas_and_a_mark(
    tmp_path: Path,
) -> None:
    text = "\ufeff" + TABLE.replace(",", ";").replace(".", ",").replace("\n", "\r\n")
    assert read(tmp_path, text) == EXPECTED


def test_json_says_the_same(tmp_path: Path) -> None:
    rows = [
        {"from_x": 1210, "from_y": 880, "to_x": 1212, "to_y": 60, "radius_mm": 1.5},
        {"from_L": 50, "from_a": 1, "from_b": 2, "to_L": 40, "to_a": 3, "to_b": 4},
    ]
    pairs = read(tmp_path, json.dumps({"pairs": rows}))
    assert pairs == read(tmp_path, json.dumps(rows))
    assert pairs[0].after == EXPECTED[0].after
    assert pairs[1].before == (50, 1, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "0 pairs"),
        ("from_x,from_y\n", "0 pairs"),
        ("from_x,from_y,to_x,to_y\n1,2,3,\n", "row 1 says neither"),
        (
            "from_x,from_y,to_x,to_y,to_l,to_a,to_b\n1,2,3,4,5,6,7\n",
            "row 1 says neither",
        ),
        ("from_x,from_y,to_x,to_y\n1,2,3,vier\n", "to_y 'vier'"),
        ("from_x,from_y,to_x,to_y\n1,2,3,nan\n", "to_y 'nan'"),
        ("from_x,from_y,to_x,to_y,radius_mm\n1,2,3,4,0\n", "radius_mm 0"),
        ("from_x,from_y,to_l,to_a,to_b\n1,2,300,0,0\n", "L, a, b 300"),
        ("x,y\n1,2\n", "'x'"),
        ("from_x,from_y\n1,2,3\n", "more cells"),
        ("[{]", "not JSON"),
        ("[3]", "no list"),
        ('{"colours": []}', "no list"),
        ('[{"from_x": true, "from_y": 1, "to_x": 1, "to_y": 1}]', "'True'"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_row(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(BadColourPairsError, match="bad-colour-pairs") as refused:
        read(tmp_path, text)
    assert said in str(refused.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(BadColourPairsError, match="UTF-8"):
        read_colour_pairs(path)

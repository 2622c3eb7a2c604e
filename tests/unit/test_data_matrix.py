# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from pellicle.io.data_matrix import data_matrix, read_data_matrix


def picture_of(text: str, module_px: int = 5) -> np.ndarray:
    light = np.pad(~data_matrix(text), 3, constant_values=True)
    return np.kron(light, np.full((module_px, module_px), 255, np.uint8))


def test_a_code_has_the_borders_of_ecc_200() -> None:
    dark = data_matrix("pellicle:9f86d081884c7d65")
    assert dark.shape == (20, 20)
    assert dark[:, 0].all()
    assert dark[-1].all()
    assert dark[0, ::2].all()
    assert not dark[0, 1::2].any()
    assert dark[1::2, -1].all()
    assert not dark[::2, -1].any()


def test_the_standards_own_example_has_its_ten_rows() -> None:
    # ISO/IEC 16022, annex O: "123456" as three codewords.
    rows = [
        "".join("#" if dark else "." for dark in row) for row in data_matrix("123456")
    ]
    assert rows == [
        "#.#.#.#.#.",
        "##..#.##.#",
        "##.....#..",
        "##...###.#",
        "##....#...",
        "#.....####",
        "###.##....",
        "####.##..#",
        "#..###.#..",
        "##########",
    ]


@pytest.mark.parametrize("turns", range(4))
def test_codes_are_read_turned_mirrored_and_light_on_dark(turns: int) -> None:
    picture = np.rot90(picture_of("pellicle:0123456789abcdef"), turns)
    for seen in (picture, picture[:, ::-1], 255 - picture):
        (code,) = read_data_matrix(seen)
        assert code.text == "pellicle:0123456789abcdef"
        assert code.centre_px == pytest.approx((65, 65), abs=1.0)


def test_a_picture_without_a_code_has_none() -> None:
    assert read_data_matrix(np.full((90, 90), 200, np.uint8)) == ()

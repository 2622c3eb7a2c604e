# SPDX-License-Identifier: Apache-2.0
import numpy as np

from pellicle.raster.lettering import LINE_PX
from pellicle.raster.picture_grid import GAP_PX, GridRow, picture_grid


def plain(height: int, width: int, colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def test_pictures_stand_where_they_belong_and_keep_their_pixels() -> None:
    red, blue = (200, 0, 0), (0, 0, 200)
    cells = [plain(40, 300, red), plain(60, 260, blue)]
    grid = picture_grid("Title", ("left", "right"), [GridRow("row", cells)])
    top = 3 * LINE_PX + GAP_PX
    assert (grid[top : top + 40, GAP_PX : GAP_PX + 300] == red).all()
    second = 2 * GAP_PX + 300
    assert (grid[top : top + 60, second : second + 260] == blue).all()
    assert (grid[top + 40, GAP_PX] == 128).all()
    for line in range(3):  # title, headings, label
        words = grid[line * LINE_PX : (line + 1) * LINE_PX]
        assert words.max() == 255
        assert words.min() < 100


def test_the_bar_is_as_long_as_it_says() -> None:
    cells = [plain(40, 400, (9, 9, 9))]
    grid = picture_grid("Title", ("only",), [GridRow("", cells, 0.1)])
    bar = grid[2 * LINE_PX + 40 + 2 * GAP_PX :]
    black = (bar == 0).all(axis=2).sum(axis=1).max()
    assert 200 <= black < 200 + 60  # 20 mm of 0.1 mm, and letters beside it
    middle = bar[LINE_PX // 2 + 1]
    assert (middle[GAP_PX : GAP_PX + 200] == 0).all()
    assert not (middle[GAP_PX + 200 : GAP_PX + 206] == 0).any()
    coarse = picture_grid("Title", ("only",), [GridRow("", cells, 30.0)])
    assert coarse.shape[1] == grid.shape[1]

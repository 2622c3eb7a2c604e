# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.workflow.film_shift import (
    DIRECTIONS,
    MOST_TILES,
    SITUATIONS,
    SMALL_TILES,
    TILE_PX,
    shift_figures,
    shift_tiles,
    shifts_over_delta,
)


def test_the_film_is_moved_in_eight_directions_by_one_and_two_deviations() -> None:
    shifts = shifts_over_delta()
    assert np.hypot(*shifts.T) == pytest.approx([1.0] * 4 + [2.0] * 4)
    angles = np.degrees(np.arctan2(*shifts.T)) % 360
    assert np.sort(angles) == pytest.approx(np.arange(0, 360, 45), abs=1e-9)
    for ring in (shifts[:4], shifts[4:]):
        assert ring.sum(axis=0) == pytest.approx([0, 0])


def test_figures_give_the_mean_and_the_worst_direction_in_proportion() -> None:
    sums = np.zeros((SITUATIONS, 3), np.int64)
    sums[0] = 400, 8_000_000, 0
    sums[1] = 10, 20_000, 0
    sums[2 : 2 + DIRECTIONS, 0] = 10, 20, 30, 60
    sums[2 : 2 + DIRECTIONS, 1] = 1000, 2000, 3000, 6000
    sums[2 : 2 + DIRECTIONS, 2] = 0, 0, 0, 4000
    sums[2 + DIRECTIONS :, 0] = 100
    without, exact, one, two = shift_figures(sums.tolist(), 0.5, 0.01, 250.0)
    assert without.film_shifted_um is None
    assert without.visible_area_mm2 == without.visible_area_worst_mm2 == 8.0
    assert without.difference_de00_mm2 == 160.0
    assert (exact.film_shifted_um, exact.sound_de00_mm2) == (0.0, 0.0)
    assert (one.visible_area_mm2, one.visible_area_worst_mm2) == (0.6, 1.2)
    assert (one.difference_de00_mm2, one.difference_worst_de00_mm2) == (0.06, 0.12)
    assert (one.film_shifted_um, one.sound_de00_mm2) == (250.0, 0.02)
    assert (two.film_shifted_um, two.visible_area_mm2) == (500.0, 2.0)
    assert shift_figures(sums.tolist(), 0.0, 0.01, 250.0) == ()


def test_a_large_work_is_looked_at_on_some_tiles_where_it_is_printed() -> None:
    pixel = PixelSize.from_ppi(600)
    small = RasterSpec(1000, 2000, pixel)

    def region(row: int, column: int) -> Any:
        return SimpleNamespace(window=Window(row, column, row + 9, column + 9))

    assert shift_tiles(small, [region(5, 5)]) == list(small.tiles(TILE_PX))
    assert shift_tiles(small, []) == []
    large = RasterSpec(6000, 6000, pixel)
    few = shift_tiles(large, [region(5, 5), region(5, 600), region(20, 30)])
    assert [(one.top, one.left) for one in few] == [(0, 0), (0, 512)]
    every = [region(r, c) for r in range(5, 6000, 512) for c in range(5, 6000, 512)]
    many = shift_tiles(large, every)
    assert len(set(many)) == MOST_TILES
    assert {one.top // 3000 for one in many} == {0, 1}
    medium = RasterSpec(2048, 2048, pixel)
    assert len(shift_tiles(medium, every[:1])) == SMALL_TILES

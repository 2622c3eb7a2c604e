# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from pellicle.colour.scielab import ScielabFilter
from pellicle.model.raster import Window
from pellicle.stages.mask.visibility import SeenCounts, SeenTotals, seen_in_tile

EYE = ScielabFilter(100)
SIDE = 150


def grey(value: float) -> np.ndarray:
    return np.full((SIDE, SIDE, 3), value, np.float32)


def seen(scan: np.ndarray, target: np.ndarray, numbers: np.ndarray, tile_px: int):
    total = SeenTotals()
    raster = Window(0, 0, *numbers.shape)
    for top in range(0, raster.bottom, tile_px):
        for left in range(0, raster.right, tile_px):
            tile = Window(top, left, top + tile_px, left + tile_px).within(raster)
            wide = tile.expanded(EYE.halo_px, raster)
            parts = scan[wide.slices], target[wide.slices], numbers[tile.slices]
            total.add(seen_in_tile(EYE, *parts, tile, wide))
    return total.by_region()


def test_a_dark_bar_is_as_visible_as_published() -> None:
    target, scan = grey(0.2), grey(0.2)
    numbers = np.zeros((SIDE, SIDE), np.uint32)
    numbers[:, 73:76] = 7
    scan[numbers == 7] = 0.15
    found = seen(scan, target, numbers, SIDE)
    assert found == {7: pytest.approx(3.78, abs=0.02)}


def test_regions_are_as_visible_at_every_tile_size() -> None:
    rng = np.random.default_rng(4)
    target = rng.random((SIDE, SIDE, 3), np.float32)
    numbers = np.zeros((SIDE, SIDE), np.uint32)
    numbers[10:60, 20:31] = 1
    numbers[70:73, 5:140] = 2
    numbers[100:104, 100:104] = 9
    scan = np.where((numbers != 0)[..., None], np.float32(0.5), target)
    whole = seen(scan, target, numbers, SIDE)
    assert list(whole) == [1, 2, 9]
    assert seen(scan, target, numbers, 64) == whole
    assert seen(scan, target, numbers, 41) == whole


def test_small_regions_count_by_their_greatest_pixel_and_others_by_most() -> None:
    def counts(pixels: list[int]) -> SeenCounts:
        keys = np.array([3 << 16 | 100, 3 << 16 | 900], np.uint64)
        return SeenCounts(keys, np.array(pixels))

    for pixels, de00 in (([18, 1], 9), ([95, 5], 1), ([94, 6], 9)):
        total = SeenTotals()
        total.add(counts(pixels))
        assert total.by_region() == {3: de00}


def test_nothing_mapped_is_nothing_seen() -> None:
    assert not seen(grey(0.1), grey(0.4), np.zeros((SIDE, SIDE), np.uint32), SIDE)

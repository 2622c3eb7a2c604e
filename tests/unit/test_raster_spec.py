# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize

RASTER = RasterSpec(7, 10, PixelSize(100.0))


def test_size_is_height_first_in_pixels_and_width_first_in_millimetres() -> None:
    assert RASTER.shape == (7, 10)
    assert RASTER.pixel_count == 70
    assert RASTER.size_mm == pytest.approx((1.0, 0.7))
    assert RASTER.window == Window(0, 0, 7, 10)


def test_another_scale_leaves_the_pixels_alone() -> None:
    finer = RASTER.resized(PixelSize(50.0))
    assert finer.shape == RASTER.shape
    assert finer.size_mm == pytest.approx((0.5, 0.35))


@settings(max_examples=50, deadline=None)
@given(height=st.integers(1, 30), width=st.integers(1, 30), tile_px=st.integers(1, 35))
def test_tiles_cover_every_pixel_once(height: int, width: int, tile_px: int) -> None:
    raster = RasterSpec(height, width, PixelSize(100.0))
    seen = np.zeros(raster.shape, int)
    tiles = list(raster.tiles(tile_px))
    for tile in tiles:
        assert not tile.empty
        assert max(tile.shape) <= tile_px
        seen[tile.slices] += 1
    assert (seen == 1).all()
    assert tiles == sorted(tiles)


def test_margin_is_cut_at_the_raster() -> None:
    assert Window(2, 3, 4, 5).expanded(1, RASTER.window) == Window(1, 2, 5, 6)
    assert Window(0, 0, 2, 2).expanded(9, RASTER.window) == RASTER.window


def test_windows_that_do_not_meet_share_nothing() -> None:
    assert Window(0, 0, 2, 2).within(Window(2, 0, 4, 2)).empty
    assert Window(0, 0, 2, 2).within(Window(0, 3, 2, 5)).empty
    assert Window(0, 0, 3, 3).within(Window(1, 2, 9, 9)) == Window(1, 2, 3, 3)
    assert not Window(0, 0, 1, 1).empty


def test_window_counted_from_another_selects_the_same_pixels() -> None:
    pixels = np.arange(70).reshape(RASTER.shape)
    area, inside = Window(1, 2, 6, 9), Window(2, 4, 5, 6)
    np.testing.assert_array_equal(
        pixels[area.slices][inside.relative_to(area).slices], pixels[inside.slices]
    )


def test_joined_windows_hold_both() -> None:
    assert Window(1, 5, 2, 6).joined(Window(0, 7, 4, 8)) == Window(0, 5, 4, 8)


@pytest.mark.parametrize(("height", "width"), [(2480, 3720), (1, 1), (1281, 4000)])
@pytest.mark.parametrize("most_px", [640, 1280])
def test_even_tiles_cover_the_raster_once_without_slivers(height, width, most_px):
    raster = RasterSpec(height, width, PixelSize(84.667))
    covered = np.zeros(raster.shape, np.uint8)
    sides = set()
    for window in raster.even_tiles(most_px):
        covered[window.slices] += 1
        sides.add(window.shape)
    assert (covered == 1).all()
    assert len(list(raster.even_tiles(most_px))) == len(list(raster.tiles(most_px)))
    for along in (0, 1):
        longest, shortest = (f(side[along] for side in sides) for f in (max, min))
        assert longest <= most_px
        count = -(-raster.shape[along] // longest)
        assert longest - shortest < 16 * count

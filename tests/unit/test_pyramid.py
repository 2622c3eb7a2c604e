# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellicle.engine import overview as engine_overview
from pellicle.engine.overview import factor_for, overview
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.raster.pyramid import block_counts, block_sums


@dataclass(frozen=True)
class InMemory:
    pixels: np.ndarray

    def read(self, window: Window) -> np.ndarray:
        return self.pixels[window.slices].copy()


def test_cut_blocks_at_the_edges_sum_and_count_only_their_own_pixels() -> None:
    tile = np.arange(15, dtype=np.uint8).reshape(3, 5, 1)
    np.testing.assert_array_equal(
        block_sums(tile, 2)[:, :, 0], [[12, 20, 13], [21, 25, 14]]
    )
    np.testing.assert_array_equal(
        block_counts((3, 5), 2)[:, :, 0], [[4, 4, 2], [2, 2, 1]]
    )


def test_brightest_samples_do_not_overflow() -> None:
    tile = np.full((300, 300, 1), 65_535, np.uint16)
    sums = block_sums(tile, 300)
    assert sums.dtype == np.uint64
    assert sums.item() == 65_535 * 90_000


def test_factor_of_one_changes_nothing() -> None:
    tile = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    np.testing.assert_array_equal(block_sums(tile, 1), tile)
    assert (block_counts((4, 6), 1) == 1).all()


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    factor=st.integers(1, 45),
    side_px=st.integers(1, 50),
)
def test_overview_is_the_same_at_every_tile_size(
    height: int, width: int, factor: int, side_px: int
) -> None:
    generator = np.random.default_rng(height * 100 + width)
    pixels = generator.integers(0, 65_536, (height, width, 3), np.uint16)
    raster = RasterSpec(height, width, PixelSize(100.0))
    whole = block_sums(pixels, factor) / block_counts(pixels.shape[:2], factor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_overview, "_SIDE_PX", side_px)
        means = overview(InMemory(pixels), raster, factor)
    np.testing.assert_array_equal(means, whole)


def test_overview_of_a_plane_has_one_band() -> None:
    raster = RasterSpec(5, 4, PixelSize(100.0))
    means = overview(InMemory(np.ones((5, 4), np.uint8)), raster, 2)
    np.testing.assert_array_equal(means, np.ones((3, 2, 1)))


@pytest.mark.parametrize(("side_px", "factor"), [(100, 1), (99, 2), (50, 2), (1, 100)])
def test_overview_fits_the_side_asked_for(side_px: int, factor: int) -> None:
    assert factor_for(RasterSpec(100, 40, PixelSize(100.0)), side_px) == factor

# SPDX-License-Identifier: Apache-2.0
"""Planes at other scales: means, blocks and linear enlargement of windows."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellicle.engine.readers import Enlarged, InBlocks, Reduced, Repeated
from pellicle.model.raster import Window


@dataclass
class Held:
    """A plane in memory."""

    pixels: np.ndarray

    def read(self, window: Window) -> np.ndarray:
        return self.pixels[window.slices]


def drawn(shape, seed=0, dtype=np.uint8):
    top = np.iinfo(dtype).max
    return np.random.default_rng(seed).integers(0, top, shape, dtype)


def test_reduced_is_the_rounded_mean_of_blocks() -> None:
    samples = drawn((7, 10, 3), dtype=np.uint16)
    whole = Reduced(Held(samples), (7, 10), 3).read(Window(0, 0, 3, 4))
    assert whole.dtype == np.uint16
    expected = samples[0:3, 3:6].reshape(-1, 3).mean(axis=0)
    np.testing.assert_allclose(whole[0, 1], expected, atol=0.5)
    np.testing.assert_allclose(whole[2, 3], samples[6, 9], atol=0.5)


def test_blocks_hold_their_pixels_row_by_row_and_repeat_edges() -> None:
    samples = drawn((5, 6, 2))
    whole = InBlocks(Held(samples), (5, 6), 4).read(Window(0, 0, 2, 2))
    block = whole[0, 0].reshape(4, 4, 2)
    np.testing.assert_array_equal(block, samples[:4, :4])
    last = whole[1, 1].reshape(4, 4, 2)
    np.testing.assert_array_equal(last[2, 3], samples[4, 5])


@settings(deadline=None)
@given(
    seed=st.integers(0, 99),
    factor=st.integers(2, 5),
    corner=st.tuples(st.integers(0, 20), st.integers(0, 20)),
    side=st.tuples(st.integers(1, 15), st.integers(1, 15)),
)
def test_a_window_of_the_enlarged_is_the_window_of_the_whole(
    seed, factor, corner, side
) -> None:
    plane = drawn((9, 9, 2), seed)
    raster = Window(0, 0, 9 * factor, 9 * factor)
    reader = Enlarged(Held(plane), (9, 9), factor)
    whole = reader.read(raster)
    top, left = corner
    window = Window(top, left, top + side[0], left + side[1]).within(raster)
    if not window.empty:
        np.testing.assert_array_equal(reader.read(window), whole[window.slices])


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_enlargement_is_linear_between_centres(factor) -> None:
    plane = drawn((12, 17, 1))
    whole = Enlarged(Held(plane), (12, 17), factor).read(
        Window(0, 0, 12 * factor, 17 * factor)
    )
    size = (17 * factor, 12 * factor)
    expected = cv2.resize(
        plane[..., 0].astype(np.float32), size, interpolation=cv2.INTER_LINEAR
    )
    np.testing.assert_allclose(whole[..., 0], expected, atol=0.51)


def test_repeated_is_each_pixel_many_times() -> None:
    plane = drawn((4, 5, 3))
    tile = Repeated(Held(plane), 4).read(Window(3, 6, 9, 13))
    np.testing.assert_array_equal(tile[0, 0], plane[0, 1])
    np.testing.assert_array_equal(tile[-1, -1], plane[2, 3])

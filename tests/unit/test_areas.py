# SPDX-License-Identifier: Apache-2.0
import numpy as np

from pellicle.engine.areas import GROUP_PX, ReadLately
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize


class Counted:
    """A plane in memory that counts how often it is read."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels
        self.reads = 0

    def read(self, window: Window) -> np.ndarray:
        self.reads += 1
        return self.pixels[window.slices].copy()


def test_windows_read_lately_are_as_the_plane_is_and_tiles_are_read_once() -> None:
    rng = np.random.default_rng(0)
    plane = Counted(rng.integers(0, 255, (20, 10 * GROUP_PX + 5), np.uint8))
    raster = RasterSpec(*plane.pixels.shape, PixelSize(50.0))
    lately = ReadLately(plane, raster)
    edge = GROUP_PX - 3
    for window in (
        Window(2, 5, 9, 9),
        Window(0, 0, 20, 40),
        Window(4, edge, 8, edge + 10),
        Window(4, edge + 100, 20, edge + 130),
        Window(5, 5, 5, 9),
    ):
        found = lately.read(window)
        np.testing.assert_array_equal(found, plane.pixels[window.slices])
    assert plane.reads == 3  # two tiles, and nothing at all
    every = raster.window
    np.testing.assert_array_equal(lately.read(every), plane.pixels)
    for tile in range(11):
        left = tile * GROUP_PX
        lately.read(Window(0, left, 4, left + 4))
    assert plane.reads == 13
    lately.read(Window(0, 0, 4, 4))  # kept no more
    assert plane.reads == 14

# SPDX-License-Identifier: Apache-2.0
"""Where a stage's pixels come from, as values that can be sent to a worker.

A reader holds paths and small lookups, never open files. Each gives the pixels of a
window that lies inside the raster.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from pellicle.io.store import RasterStore
from pellicle.model.arrays import Array
from pellicle.model.raster import Window
from pellicle.raster.scaling import block_means, enlarged, over, times


class PlaneReader(Protocol):
    """Pixels of a window."""

    def read(self, window: Window) -> Array:
        """Pixels of a window that lies inside the raster."""
        ...


@lru_cache(maxsize=32)
def _opened(path: str) -> RasterStore:
    return RasterStore.open(Path(path))


@dataclass(frozen=True, slots=True)
class Stored:
    """One plane of a store on disk."""

    path: str
    plane: str

    def read(self, window: Window) -> Array:
        """Pixels as stored; 0 where nothing was written."""
        return _opened(self.path).read(self.plane, window)


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value everywhere."""

    value: int
    dtype: str

    def read(self, window: Window) -> Array:
        """(h, w) of the value."""
        return np.full(window.shape, self.value, self.dtype)


@dataclass(frozen=True, slots=True, eq=False)
class LookedUp:
    """Numbers of regions replaced by what a table says of them."""

    numbers: PlaneReader
    table: Array

    def read(self, window: Window) -> Array:
        """(h, w) of the table's dtype."""
        return self.table[self.numbers.read(window)]


@dataclass(frozen=True, slots=True)
class Overlaid:
    """Sparse pixels laid over dense ones where a third plane is not 0."""

    below: PlaneReader
    above: PlaneReader
    where: PlaneReader

    def read(self, window: Window) -> Array:
        """Pixels of `above` where `where` is not 0, else of `below`."""
        pixels = self.below.read(window)
        shown = self.where.read(window) != 0
        if shown.any():
            pixels[shown] = self.above.read(window)[shown]
        return pixels


@dataclass(frozen=True, slots=True)
class Kept:
    """A plane that is 0 where another one is."""

    pixels: PlaneReader
    where: PlaneReader

    def read(self, window: Window) -> Array:
        """Pixels of `pixels` where `where` is not 0, else 0."""
        found = self.pixels.read(window)
        found[self.where.read(window) == 0] = 0
        return found


@dataclass(frozen=True, slots=True)
class Banded:
    """Whether a plane is not 0, with an axis for its one band."""

    plane: PlaneReader

    def read(self, window: Window) -> Array:
        """(h, w, 1) uint8, 1 where the plane is not 0."""
        pixels: Array = (self.plane.read(window) != 0)[:, :, None].astype(np.uint8)
        return pixels


@dataclass(frozen=True, slots=True)
class Reduced:
    """Means over blocks of another plane; its raster is the other's over `factor`.

    Attributes
    ----------
    pixels
        (H, W, bands) unsigned.
    shape
        (height, width) of its raster.
    factor
        Side of a block.
    """

    pixels: PlaneReader
    shape: tuple[int, int]
    factor: int

    def read(self, window: Window) -> Array:
        """(h, w, bands) of the pixels' type."""
        whole = Window(0, 0, *self.shape)
        wide = times(window, self.factor).within(whole)
        return block_means(self.pixels.read(wide), self.factor)


@dataclass(frozen=True, slots=True)
class InBlocks:
    """Blocks of another plane as one pixel with many bands; edges are repeated.

    Attributes
    ----------
    pixels
        (H, W, bands).
    shape
        (height, width) of its raster.
    side
        Side of a block.
    """

    pixels: PlaneReader
    shape: tuple[int, int]
    side: int

    def read(self, window: Window) -> Array:
        """(h, w, side * side * bands), row by row of each block."""
        wanted = times(window, self.side)
        inside = wanted.within(Window(0, 0, *self.shape))
        tile = self.pixels.read(inside)
        below, beside = wanted.bottom - inside.bottom, wanted.right - inside.right
        tile = np.pad(tile, ((0, below), (0, beside), (0, 0)), mode="edge")
        height, width = window.shape
        blocks = tile.reshape(height, self.side, width, self.side, -1)
        return blocks.transpose(0, 2, 1, 3, 4).reshape(height, width, -1)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A coarse plane at a finer scale: each pixel `factor` times along each side."""

    pixels: PlaneReader
    factor: int

    def read(self, window: Window) -> Array:
        """(h, w, bands) of the pixels' type."""
        coarse = over(window, self.factor)
        tile = self.pixels.read(coarse)
        rows = np.arange(window.top, window.bottom) // self.factor - coarse.top
        columns = np.arange(window.left, window.right) // self.factor - coarse.left
        return tile[rows][:, columns]


@dataclass(frozen=True, slots=True)
class Enlarged:
    """A coarse uint8 plane at a finer scale, linearly interpolated.

    Attributes
    ----------
    pixels
        (h, w, bands) uint8.
    shape
        (height, width) of the coarse raster.
    factor
        Fine pixels to a coarse one.
    """

    pixels: PlaneReader
    shape: tuple[int, int]
    factor: int

    def read(self, window: Window) -> Array:
        """(H, W, bands) uint8 at the fine scale."""
        if self.factor == 1:
            return self.pixels.read(window)
        coarse = over(window, self.factor).expanded(1, Window(0, 0, *self.shape))
        return enlarged(self.pixels.read(coarse), self.factor, window, coarse)

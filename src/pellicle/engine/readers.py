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

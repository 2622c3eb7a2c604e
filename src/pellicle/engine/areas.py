# SPDX-License-Identifier: Apache-2.0
"""Reads many small windows of a raster at the cost of a few large ones.

Regions and places are small and many; a chunk of a store is large. What lies close
together is handed to a worker together, and read in one go.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from pellicle.engine.readers import PlaneReader
from pellicle.model.arrays import Array
from pellicle.model.raster import RasterSpec, Window

GROUP_PX = 1024
_LARGE_PX = 2048
_TILES_KEPT = 8


class Placed(Protocol):
    """Something that lies in a window."""

    @property
    def window(self) -> Window:
        """Smallest window that holds it."""
        ...


PlacedT = TypeVar("PlacedT", bound=Placed)


def grouped(items: Iterable[PlacedT]) -> tuple[tuple[PlacedT, ...], ...]:
    """Items whose windows begin in the same square; what is large stands alone.

    The largest come first, so that no worker is left with one at the end.
    """
    squares: defaultdict[tuple[int, int], list[PlacedT]] = defaultdict(list)
    alone: list[PlacedT] = []
    for item in items:
        if max(item.window.shape) > _LARGE_PX:
            alone.append(item)
        else:
            top, left = item.window.top // GROUP_PX, item.window.left // GROUP_PX
            squares[top, left].append(item)
    alone.sort(key=lambda item: -item.window.shape[0] * item.window.shape[1])
    near = [tuple(squares[key]) for key in sorted(squares)]
    return (*((item,) for item in alone), *near)


@dataclass(frozen=True, slots=True)
class ReadOnce:
    """Pixels of one area, read once; windows of it are views."""

    area: Window
    pixels: Array

    @classmethod
    def covering(cls, reader: PlaneReader, windows: Sequence[Window]) -> "ReadOnce":
        """Read the smallest area that holds all windows."""
        area = windows[0]
        for window in windows[1:]:
            area = area.joined(window)
        return cls(area, reader.read(area))

    def view(self, window: Window) -> Array:
        """Pixels of a window of the area; not a copy."""
        return self.pixels[window.relative_to(self.area).slices]


class ReadLately:
    """A plane whose last tiles are kept: for small windows, one after the other."""

    def __init__(self, reader: PlaneReader, raster: RasterSpec) -> None:
        self._reader = reader
        self._raster = raster.window
        self._tiles: OrderedDict[tuple[int, int], Array] = OrderedDict()

    def read(self, window: Window) -> Array:
        """Pixels of a window that lies inside the raster."""
        if max(window.shape) > GROUP_PX or window.empty:
            return self._reader.read(window)
        side = GROUP_PX
        rows = range(window.top // side, (window.bottom - 1) // side + 1)
        columns = range(window.left // side, (window.right - 1) // side + 1)
        return np.concatenate(
            [
                np.concatenate([self._part(r, c, window) for c in columns], axis=1)
                for r in rows
            ]
        )

    def _part(self, row: int, column: int, window: Window) -> Array:
        """What a tile holds of a window."""
        top, left = row * GROUP_PX, column * GROUP_PX
        tile = Window(top, left, top + GROUP_PX, left + GROUP_PX).within(self._raster)
        if (row, column) not in self._tiles:
            self._tiles[row, column] = self._reader.read(tile)
            if len(self._tiles) > _TILES_KEPT:
                self._tiles.popitem(last=False)
        self._tiles.move_to_end((row, column))
        part = window.within(tile).relative_to(tile)
        found: Array = self._tiles[row, column][part.slices]
        return found

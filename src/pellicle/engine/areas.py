# SPDX-License-Identifier: Apache-2.0
"""Reads many small windows of a raster at the cost of a few large ones.

Regions and places are small and many; a chunk of a store is large. What lies close
together is handed to a worker together, and read in one go.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pellicle.engine.readers import PlaneReader
from pellicle.model.arrays import Array
from pellicle.model.raster import Window

GROUP_PX = 1024
_LARGE_PX = 2048


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

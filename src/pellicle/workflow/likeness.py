# SPDX-License-Identifier: Apache-2.0
"""Which region an outline means: the one that shares at least half of their union."""

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

import numpy as np

from pellicle.model.arrays import Array, Mask
from pellicle.model.condition import Region
from pellicle.model.raster import Window
from pellicle.raster.polygons import overlap, polygon_bounds, rasterise
from pellicle.workflow.regions import RegionsInUse

SAME_REGION_IOU = 0.5

KeyT = TypeVar("KeyT", bound=Hashable)


def region_like(
    drawn: Mask, window: Window, regions: RegionsInUse
) -> tuple[Region, bool] | None:
    """Find the mapped region that a set of pixels means.

    Parameters
    ----------
    drawn
        (h, w) bool.
    window
        Where it lies in the scan.

    Returns
    -------
    found
        The region, and whether it has just these pixels; or None.
    """
    if not drawn.any():
        return None
    counts = np.bincount(regions.numbers.read(window)[drawn], minlength=1)
    counts[0] = 0
    # More than half of the drawn pixels would lie in it: no other can have as many.
    number = int(counts.argmax())
    shared = int(counts[number])
    if not shared:
        return None
    region = regions.condition.regions[number - 1]
    union = int(np.count_nonzero(drawn)) + region.pixels - shared
    return (region, shared == union) if shared / union >= SAME_REGION_IOU else None


class Outlines(Generic[KeyT]):
    """Outlines by key, and which of them another outline means."""

    def __init__(self) -> None:
        self._rows: dict[KeyT, int] = {}
        self._rings: list[Sequence[Sequence[Array]]] = []
        self._bounds: Array = np.zeros((16, 4), np.int64)

    def put(self, key: KeyT, rings: Sequence[Sequence[Array]]) -> None:
        """Keep an outline, in place of the one it had."""
        row = self._rows.setdefault(key, len(self._rows))
        if row == len(self._rings):
            self._rings.append(rings)
            if row == len(self._bounds):
                self._bounds = np.concatenate([self._bounds, self._bounds])
        self._rings[row] = rings
        box = polygon_bounds(rings)
        self._bounds[row] = box.top, box.left, box.bottom, box.right

    def like(self, rings: Sequence[Sequence[Array]]) -> KeyT | None:
        """Key of the outline that is most like another, if it is so by half."""
        box = polygon_bounds(rings)
        top, left, bottom, right = self._bounds[: len(self._rings)].T
        near = (top < box.bottom) & (bottom > box.top)
        near &= (left < box.right) & (right > box.left)
        best, found = SAME_REGION_IOU, None
        keys = list(self._rows)
        for row in np.flatnonzero(near).tolist():
            both = box.joined(Window(*self._bounds[row].tolist()))
            iou = overlap(rasterise(rings, both), rasterise(self._rings[row], both))
            if iou >= best:
                best, found = iou, keys[row]
        return found

# SPDX-License-Identifier: Apache-2.0
"""Pixel masks as polygons and polygons as pixel masks, exactly.

Job: outlines along pixel edges, and their way back; how much two masks share.
Not here: GeoJSON (`io/geojson.py`), finding regions (`regions.py`).
Terms: a *ring* is a closed line given by its corners, the first not repeated; a
*polygon* is an outer ring and the rings of its holes.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numba
import numpy as np
from scipy import ndimage

from pellicle.model.arrays import Array, Mask
from pellicle.model.raster import Window

Ring: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
"""(N, 2) float64 corners (x, y), N >= 3, the first not repeated at the end."""

Polygon: TypeAlias = list[Ring]
"""Outer ring, then holes."""


def region_polygons(mask: Mask, window: Window | None = None) -> list[Polygon]:
    """Outline a set of pixels exactly along pixel edges.

    Parameters
    ----------
    mask
        (H, W) bool; usually one 8-connected region in its window.
    window
        Where the mask lies in the scan; its top left corner is added to the
        coordinates. None means that the mask starts at (0, 0).

    Returns
    -------
    polygons
        One for each 4-connected part, in reading order of first pixels, so every ring
        is simple: none touches itself, though a hole may touch the outer ring in a
        point. The outer ring is counter-clockwise by the sign of its area in (x, y),
        as RFC 7946 wants (on a screen, where y points down, it looks clockwise); holes
        are clockwise. Only corners are kept. `rasterise` gives the mask back.

    Notes
    -----
    One pass over the pixels and one step for each pixel edge.
    """
    parts, count = ndimage.label(mask)
    if not count:
        return []
    corners, ends, owners = _trace(parts.astype(np.int32, copy=False))
    xy = corners.astype(np.float64)
    if window is not None:
        xy += (window.left, window.top)
    polygons: list[Polygon] = [[] for _ in range(count)]
    start = 0
    for end, owner in zip(ends.tolist(), owners.tolist(), strict=True):
        polygons[owner - 1].append(xy[start:end])
        start = end
    return polygons


def rasterise(polygons: Sequence[Sequence[Array]], window: Window) -> Mask:
    """Pixels of a window whose centre lies in a polygon.

    Parameters
    ----------
    polygons
        Each a list of rings, (N, 2) corners (x, y) of the scan; rings may be closed by
        repeating the first corner. Within a polygon the even-odd rule holds, so
        direction and order of the rings do not matter; polygons are united.
    window
        Pixels wanted.

    Returns
    -------
    mask
        (H, W) bool. A centre exactly on an edge belongs to the polygon below or right
        of that edge, so neighbours share no pixel and leave none out. The answer for a
        pixel does not depend on the window.
    """
    mask = np.zeros(window.shape, np.bool_)
    for rings in polygons:
        box = _bounds(rings).within(window)
        if box.empty:
            continue
        crossed = np.zeros(box.shape, np.bool_)
        for ring in rings:
            xy = np.ascontiguousarray(ring, np.float64)
            _cross(xy, box.top, box.left, crossed)
        part = mask[box.relative_to(window).slices]
        part |= np.logical_xor.accumulate(crossed, axis=1)
    return mask


def polygon_bounds(polygons: Sequence[Sequence[Array]]) -> Window:
    """Smallest window of whole pixels that holds all rings; empty without any."""
    boxes = [_bounds(rings) for rings in polygons if rings]
    if not boxes:
        return Window(0, 0, 0, 0)
    bounds = boxes[0]
    for box in boxes[1:]:
        bounds = bounds.joined(box)
    return bounds


def overlap(mask_a: Mask, mask_b: Mask) -> float:
    """Intersection over union of two masks of one shape; 0 where both are empty."""
    union = np.count_nonzero(mask_a | mask_b)
    return np.count_nonzero(mask_a & mask_b) / union if union else 0.0


def _bounds(rings: Sequence[Array]) -> Window:
    xy = np.concatenate([np.asarray(ring, np.float64) for ring in rings])
    left, top = np.floor(xy.min(axis=0)).tolist()
    right, bottom = np.ceil(xy.max(axis=0)).tolist()
    return Window(int(top), int(left), int(bottom), int(right))


@numba.njit(cache=True)
def _cross(xy: Array, top: int, left: int, crossed: Array) -> None:
    """Flip, on each row, the first pixel whose centre lies right of each edge."""
    height, width = crossed.shape
    count = xy.shape[0]
    for index in range(count):
        x0, y0 = xy[index]
        x1, y1 = xy[(index + 1) % count]
        if y0 == y1:
            continue
        if y0 > y1:  # the same sum for both directions: shared edges agree
            x0, y0, x1, y1 = x1, y1, x0, y0
        first = max(int(np.ceil(y0 - 0.5)), top)
        last = min(int(np.ceil(y1 - 0.5)), top + height)
        for row in range(first, last):
            x = x0 + (row + 0.5 - y0) * (x1 - x0) / (y1 - y0)
            column = max(int(np.ceil(x - 0.5)) - left, 0)
            if column < width:
                crossed[row - top, column] = not crossed[row - top, column]


@numba.njit(cache=True)
def _trace(parts: Array) -> tuple[Array, Array, Array]:
    """Follow all outlines of numbered parts, in reading order of their first edges.

    Each ring starts at the top edge of a pixel and goes right, the part on the side of
    larger y. Of the two ways on at a point where a part touches itself by a corner, the
    one that crosses over is taken: there one ring ends up around the background, which
    keeps rings simple.

    Returns
    -------
    corners, ends, owners
        (N, 2) int32 (x, y); the end of each ring in `corners`; the part of each ring.
    """
    height, width = parts.shape
    seen = np.zeros((height, width), np.bool_)  # top edges that a ring has passed
    corners = np.empty((256, 2), np.int32)
    ends = np.empty(16, np.int64)
    owners = np.empty(16, np.int32)
    corner_count = 0
    ring_count = 0
    for row in range(height):
        for column in range(width):
            part = parts[row, column]
            if part == 0 or seen[row, column]:
                continue
            if row > 0 and parts[row - 1, column] == part:
                continue
            corners, corner_count = _follow(
                parts, column, row, seen, corners, corner_count
            )
            if ring_count == ends.shape[0]:
                ends = np.concatenate((ends, ends))
                owners = np.concatenate((owners, owners))
            ends[ring_count] = corner_count
            owners[ring_count] = part
            ring_count += 1
    return corners[:corner_count], ends[:ring_count], owners[:ring_count]


@numba.njit(cache=True)
def _follow(  # noqa: PLR0913, PLR0917 -- compiled; buffers come from the caller
    parts: Array, column: int, row: int, seen: Array, corners: Array, count: int
) -> tuple[Array, int]:
    """Add the corners of the ring that starts at the top edge of one pixel."""
    part = parts[row, column]
    x, y, direction = column, row, 0
    while direction != 0 or not seen[y, x]:
        if direction == 0:
            seen[y, x] = True
        x, y = _ahead(x, y, direction)
        turned = _turn(parts, part, x, y, direction)
        if turned == direction:
            continue
        direction = turned
        if count == corners.shape[0]:
            corners = np.concatenate((corners, corners))
        corners[count, 0] = x
        corners[count, 1] = y
        count += 1
    return corners, count


@numba.njit(cache=True)
def _ahead(x: int, y: int, direction: int) -> tuple[int, int]:
    """One pixel edge on: 0 right, 1 down, 2 left, 3 up."""
    if direction == 0:
        return x + 1, y
    if direction == 1:
        return x, y + 1
    if direction == 2:  # noqa: PLR2004
        return x - 1, y
    return x, y - 1


@numba.njit(cache=True)
def _turn(parts: Array, part: int, x: int, y: int, direction: int) -> int:
    """Direction in which the outline leaves corner (x, y)."""
    # pixels ahead, on the far side of the outline and on the part's own side
    if direction == 0:
        far, near = _is(parts, part, x, y - 1), _is(parts, part, x, y)
    elif direction == 1:
        far, near = _is(parts, part, x, y), _is(parts, part, x - 1, y)
    elif direction == 2:  # noqa: PLR2004
        far, near = _is(parts, part, x - 1, y), _is(parts, part, x - 1, y - 1)
    else:
        far, near = _is(parts, part, x - 1, y - 1), _is(parts, part, x, y - 1)
    if far:
        return (direction + 3) % 4
    if near:
        return direction
    return (direction + 1) % 4


@numba.njit(cache=True)
def _is(parts: Array, part: int, x: int, y: int) -> bool:
    height, width = parts.shape
    inside = 0 <= x < width and 0 <= y < height
    return inside and bool(parts[y, x] == part)

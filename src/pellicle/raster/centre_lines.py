# SPDX-License-Identifier: Apache-2.0
"""Crack networks as lines: where they run, how long and how wide they are.

Job: centre lines of a mask, from junction to junction.
Not here: which masks are cracks (`stages/condition`).

The centre line is the mask thinned to one pixel (Zhang & Suen 1984,
doi 10.1145/357994.358023); the width at a point of it is twice the distance to the
nearest pixel outside, so it is exact for bands an odd number of pixels wide.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from skimage.morphology import skeletonize

from pellicle.model.arrays import Array, Mask
from pellicle.model.raster import Window

_SIMPLER_PX = 0.75
_DIAGONAL = math.sqrt(2)
_LINE, _END = 1, 2
_ALONG = 2
_SIDES = 4
_AROUND = np.array(
    [(-1, 0), (0, 1), (1, 0), (0, -1), (-1, -1), (-1, 1), (1, 1), (1, -1)], np.int64
)


@dataclass(frozen=True, slots=True)
class CentreLines:
    """Centre lines of one region.

    Attributes
    ----------
    lines
        Each (n, 2) float64 (x, y) in raster pixels, corner origin; simplified to within
        three quarters of a pixel.
    length_px
        Of all lines together, before they were simplified.
    width_px
        Mean width.
    """

    lines: tuple[Array, ...]
    length_px: float
    width_px: float


def centre_line(mask: Mask) -> Mask:
    """(H, W) bool, lines one pixel wide in the middle of a mask."""
    thin: Mask = skeletonize(mask)  # type: ignore[no-untyped-call]
    return thin


def centre_lines(mask: Mask, window: Window) -> CentreLines:
    """Trace the centre lines of a region.

    Parameters
    ----------
    mask
        (h, w) bool, the region's pixels in its window.
    window
        Where it lies.
    """
    padded = np.pad(mask, 1)
    thin = centre_line(padded)
    away = cv2.distanceTransform(padded.astype(np.uint8), cv2.DIST_L2, 5)
    width_px = float((2 * away[thin] - 1).mean()) if thin.any() else 0.0
    points, ends = _traced(thin.astype(np.uint8))
    lines, length_px = [], 0.0
    for one in np.split(points, ends[:-1]) if len(ends) else []:
        steps = np.abs(np.diff(one, axis=0)).sum(axis=1)
        length_px += float(np.where(steps > 1, _DIAGONAL, 1.0).sum())
        line = one[:, ::-1].astype(np.int32)[:, None]
        kept = cv2.approxPolyDP(line, _SIMPLER_PX, closed=False)[:, 0]
        lines.append(kept - 0.5 + (window.left, window.top))
    return CentreLines(tuple(lines), length_px, width_px)


@njit(cache=True)
def _joined(thin: Array, r: int, c: int, k: int) -> bool:
    """Whether a pixel goes on to its neighbour `k`; round corners by the side."""
    y, x = _AROUND[k]
    if thin[r + y, c + x] == 0:
        return False
    return k < _SIDES or (thin[r + y, c] == 0 and thin[r, c + x] == 0)


@njit(cache=True)
def _kinds(thin: Array) -> Array:
    """Whether each pixel lies along a line, or ends one or joins several."""
    height, width = thin.shape
    kind = np.zeros_like(thin)
    for r in range(1, height - 1):
        for c in range(1, width - 1):
            if thin[r, c]:
                degree = 0
                for k in range(8):
                    degree += _joined(thin, r, c, k)
                kind[r, c] = _LINE if degree == _ALONG else _END
    return kind


@njit(cache=True)
def _traced(thin: Array) -> tuple[Array, Array]:
    """Points (row, column) of all lines one after the other, and where each ends.

    Lines run from ends and junctions; what is left then are rings.
    """
    height, width = thin.shape
    most = 10 * int((thin > 0).sum()) + 8
    points = np.empty((most, 2), np.int32)
    ends = np.empty(most, np.int64)
    kind = _kinds(thin)
    walked = np.zeros_like(thin)
    count, lines = 0, 0
    for turn in (_END, _LINE):
        for r in range(1, height - 1):
            for c in range(1, width - 1):
                if kind[r, c] != turn or walked[r, c]:
                    continue
                for k in range(8):
                    if not _joined(thin, r, c, k):
                        continue
                    y, x = r + _AROUND[k, 0], c + _AROUND[k, 1]
                    # Of two ends that touch, the line is drawn from the first.
                    again = kind[y, x] == _END and (y, x) < (r, c)
                    if walked[y, x] or again:
                        continue
                    points[count] = r, c
                    count = _walk(thin, kind, walked, points, count + 1, (y, x))
                    ends[lines] = count
                    lines += 1
                    if turn == _LINE:
                        break
    return points[:count], ends[:lines]


@njit(cache=True)
def _walk(  # noqa: PLR0913, PLR0917 -- what is walked, and where it is written
    thin: Array,
    kind: Array,
    walked: Array,
    points: Array,
    count: int,
    first: tuple[int, int],
) -> int:
    """Follow a line from its second pixel to its end; give the new count."""
    from_y, from_x = points[count - 1]
    start_y, start_x = from_y, from_x
    y, x = first
    while True:
        points[count] = y, x
        count += 1
        if kind[y, x] != _LINE or (y == start_y and x == start_x):
            return count
        walked[y, x] = 1
        for k in range(8):
            i, j = y + _AROUND[k, 0], x + _AROUND[k, 1]
            if _joined(thin, y, x, k) and not (i == from_y and j == from_x):
                from_y, from_x, y, x = y, x, i, j
                break

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
_LINE, _END, _WALKED = 1, 2, 2
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
def _degree(thin: Array, r: int, c: int) -> int:
    found = 0
    for k in range(8):
        found += thin[r + _AROUND[k, 0], c + _AROUND[k, 1]] > 0
    return found


@njit(cache=True)
def _traced(thin: Array) -> tuple[Array, Array]:
    """Points (row, column) of all lines one after the other, and where each ends.

    Lines run from ends and junctions; what is left then are rings. `thin` is used up.
    """
    height, width = thin.shape
    most = 2 * int((thin > 0).sum()) + 8
    points = np.empty((most, 2), np.int32)
    ends = np.empty(most, np.int64)
    kind = np.zeros_like(thin)
    for r in range(1, height - 1):
        for c in range(1, width - 1):
            if thin[r, c]:
                kind[r, c] = _LINE if _degree(thin, r, c) == _LINE else _END
    count, lines = 0, 0
    for turn in (_END, _LINE):
        for r in range(1, height - 1):
            for c in range(1, width - 1):
                if thin[r, c] == 0 or kind[r, c] != turn:
                    continue
                for k in range(8):
                    y, x = r + _AROUND[k, 0], c + _AROUND[k, 1]
                    if thin[y, x] != 1 or kind[y, x] != _LINE:
                        continue
                    points[count] = r, c
                    count += 1
                    count = _walk(thin, kind, (y, x), points, count)
                    ends[lines] = count
                    lines += 1
    return points[:count], ends[:lines]


@njit(cache=True)
def _walk(
    thin: Array, kind: Array, first: tuple[int, int], points: Array, count: int
) -> int:
    """Follow a line to its end, marking what was walked; give the new count."""
    from_y, from_x = points[count - 1]
    y, x = first
    while count < len(points) - 1:
        points[count] = y, x
        count += 1
        if kind[y, x] != _LINE:
            return count
        thin[y, x] = _WALKED
        found = False
        for k in range(8):
            i, j = y + _AROUND[k, 0], x + _AROUND[k, 1]
            back = i == from_y and j == from_x
            if (
                back
                or thin[i, j] == 0
                or (thin[i, j] == _WALKED and kind[i, j] == _LINE)
            ):
                continue
            from_y, from_x, y, x = y, x, i, j
            found = True
            break
        if not found:
            return count
    return count

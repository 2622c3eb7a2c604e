# SPDX-License-Identifier: Apache-2.0
"""Widths: which parts of the damage are wide.

Job: the wide parts of a set of damaged pixels.
Not here: what follows from it (`plan.py`), filling them (`diffusion.py`, `patches.py`).
Terms: a part is *wide* where a disc of more than the given diameter fits that touches
no intact paint.
"""

import math
from typing import Any

import numba
import numpy as np

from pellicle.model.arrays import Mask

RIM_PX = 2.5
"""A wide part reaches this much farther than its discs, so that no specks of a ragged
edge are left over to be diffused one by one."""


@numba.njit(cache=True)
def _near(where: Any, wanted: Any, reach: int, limit: int) -> Any:  # noqa: C901
    """Of the pixels `wanted`, those with a pixel of `where` within squared `limit`."""
    height, width = where.shape
    near = np.zeros((height, width), np.bool_)
    # Rows to the nearest pixel of `where` in the same column, up and down.
    apart = np.full((height, width), reach + 1, np.int32)
    for row in range(height):
        for column in range(width):
            if where[row, column]:
                apart[row, column] = 0
            elif row > 0:
                apart[row, column] = min(apart[row - 1, column] + 1, reach + 1)
    for row in range(height - 2, -1, -1):
        for column in range(width):
            below = apart[row + 1, column] + 1
            apart[row, column] = min(apart[row, column], below)
    for row in range(height):
        for column in range(width):
            if not wanted[row, column]:
                continue
            for beside in range(max(column - reach, 0), min(column + reach + 1, width)):
                down, along = apart[row, beside], beside - column
                if down <= reach and down * down + along * along <= limit:
                    near[row, column] = True
                    break
    return near


def wide_parts(target: Mask, known: Mask, diameter_px: float) -> Mask:
    """Target pixels within a disc of that diameter that touches no known pixel.

    Parameters
    ----------
    target
        (H, W) bool: damaged pixels.
    known
        (H, W) bool: intact pixels. What is in neither, and what lies beyond the
        arrays, counts as damage.
    diameter_px
        Widest place that is not wide; at least 1.

    Returns
    -------
    wide
        (H, W) bool, part of `target`.

    Notes
    -----
    Exact: squared distances are whole numbers. Cost follows the damage times its
    width, whatever the length of cracks.
    """
    radius_px = diameter_px / 2
    reach_px = math.floor(radius_px)
    close = _near(known, ~known, reach_px, math.floor(radius_px**2))
    middle = ~known & ~close
    if not middle.any():
        return np.zeros_like(target)
    far_px = radius_px + RIM_PX
    wide: Mask = _near(middle, target, math.floor(far_px), math.floor(far_px**2))
    return wide


def far_from(known: Mask, wanted: Mask, distance_px: float) -> Mask:
    """Of the pixels wanted, those farther than that from every known pixel.

    Parameters
    ----------
    known
        (H, W) bool: intact pixels.
    wanted
        (H, W) bool, disjoint from `known`.
    distance_px
        Between the centres of pixels; at least 0.

    Returns
    -------
    far
        (H, W) bool, part of `wanted`.
    """
    near = _near(known, wanted, math.floor(distance_px), math.floor(distance_px**2))
    far: Mask = wanted & ~near
    return far

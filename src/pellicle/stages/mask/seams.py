# SPDX-License-Identifier: Apache-2.0
"""Seams between sheets, through the places where a joint in the film is seen least.

Job: from a reduced picture of a band across the painting, what a joint costs in each
place, and the path of least cost along the band.
Not here: reading the band (`workflow/imposition.py`), what is on which sheet
(`model/imposition.py`).

On bare film a joint is only an edge of clear film; in ink it is a line where the damage
shows, or where ink stands beside ink. So ink costs by how far film and damage differ
in colour there, bare film little; near ink it costs more, because nobody cuts to the
pixel; and busy paint hides a joint that calm paint shows. The path is found by dynamic
programming over rows (R. Bellman, Dynamic Programming, 1957), and goes sideways by at
most as much as it goes on.
"""

import numpy as np
from scipy import ndimage

from pellicle.model.arrays import Array, Plane

_INK = 20.0
_PER_DE00 = 3.0
_NEAR = 3.0
_NEAR_UM = 1000.0
_BUSY_L = 10.0
_BUSY_UM = 3000.0
_STRAY = 1e-3
_DIAGONAL = 2.0**0.5


def joint_cost(
    inked: Plane, seen_de00: Plane, lightness: Plane, pixel_um: float
) -> Plane:
    """What a joint costs in each place of a reduced picture; 1 on calm bare film.

    Parameters
    ----------
    inked
        (h, w) float32, share of each reduced pixel that is printed, 0 to 1.
    seen_de00
        (h, w) float32, ΔE00 between the work with and without film, 0 where nothing is
        printed, mean over each reduced pixel.
    lightness
        (h, w) float32, L* of the work as it is to look.
    pixel_um
        Side of a reduced pixel on the painting.

    Returns
    -------
    cost
        (h, w) float32 above 0, for each pixel that a seam passes.
    """
    near_px = max(1, round(_NEAR_UM / pixel_um))
    near = ndimage.maximum_filter(inked, 2 * near_px + 1, mode="nearest")
    busy_px = max(0.5, _BUSY_UM / pixel_um / 2)
    calm = ndimage.gaussian_filter(lightness.astype(np.float64), busy_px)
    square = ndimage.gaussian_filter(lightness.astype(np.float64) ** 2, busy_px)
    busy = np.sqrt(np.maximum(square - calm**2, 0))
    plain = 1 + _INK * inked + _PER_DE00 * seen_de00 + _NEAR * near
    cost: Plane = (plain / (1 + busy / _BUSY_L)).astype(np.float32)
    return cost


def least_visible_path(cost: Plane) -> Array:
    """Path from the first row to the last of least total cost.

    Parameters
    ----------
    cost
        (h, w) float32 above 0.

    Returns
    -------
    columns
        (h,) int64: column of the path in each row; neighbours differ by at most 1. Of
        equal paths the one nearest the middle column. Time and memory are those of the
        picture.
    """
    height, width = cost.shape
    middle = (width - 1) / 2
    stray = ((np.arange(width) - middle) / max(middle, 1)) ** 2 * _STRAY
    price = cost.astype(np.float64) + stray
    total = price[0]
    came = np.zeros((height, width), np.int8)
    away = np.full(1, np.inf)
    for row in range(1, height):
        sideways = price[row] * _DIAGONAL
        ways = np.stack(
            [
                total + price[row],
                np.concatenate([away, total[:-1]]) + sideways,
                np.concatenate([total[1:], away]) + sideways,
            ]
        )
        best = ways.argmin(axis=0)
        total = np.take_along_axis(ways, best[None], axis=0)[0]
        came[row] = np.array([0, -1, 1], np.int8)[best]
    path = np.empty(height, np.int64)
    path[-1] = int(total.argmin())
    for row in range(height - 1, 0, -1):
        path[row - 1] = path[row] + came[row, path[row]]
    return path

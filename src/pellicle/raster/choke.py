# SPDX-License-Identifier: Apache-2.0
"""How far the white stays inside the edge of the colour, and how wide a place is.

Job: exact distances on the pixel grid, the choke of a set of pixels, its widest place.
Not here: what the white is for (`stages/mask`), lengths on the painting.
Terms: the *choke* is how far the white stops short of the colour's edge, so that none
shows when the two layers are a little out of register. The *local width* of a pixel is
the diameter of the largest disc that lies in the set and covers the pixel's centre.

Discs are centred on a grid of half pixels: a stripe of w pixels is then exactly w wide,
whether w is even or odd. All distances are compared as squared integers, so that
nothing depends on where a tile begins.
"""

import math

import numba
import numpy as np

from pellicle.model.arrays import Array, Mask, Plane

FAR_PX = 65_535


def choke_reach_px(choke_px: float) -> int:
    """Pixels of context that `choked_share` needs around a pixel.

    A covering disc has a radius of at most 1.5 chokes and is judged from its centre:
    three chokes in all. An edge of the array that is farther away changes nothing.
    """
    return math.ceil(3.0 * choke_px) + 2 if choke_px > 0 else 0


def choked_share(region: Mask, choke_px: float) -> Plane:
    """Share of the white that is left at each pixel of a set after choking.

    With d the distance from the pixel's centre to that of the nearest pixel outside,
    the share is clip(d − c, 0, 1), c = min(`choke_px`, local width / 3): thin places
    keep a third of their width of white instead of losing all of it.

    Parameters
    ----------
    region
        (H, W) bool. All beyond the array is outside, as no ink lies beyond the raster:
        pixels nearer to an edge of the array than `choke_reach_px` are right only if
        it is the raster's.
    choke_px
        Choke asked for, in pixels, at least 0.

    Returns
    -------
    share
        (H, W) float32 in [0, 1]; 0 outside the set; 1 all over it when `choke_px` is 0.
    """
    if choke_px <= 0 or not region.any():
        return region.astype(np.float32)
    inside = np.pad(region, 1).view(np.uint8)
    reach_px = math.ceil(choke_px) + 1
    widest_half_px = math.ceil(3.0 * choke_px)
    halves = inside.repeat(2, axis=0).repeat(2, axis=1)
    share = np.zeros((inside.shape[0], inside.shape[1]), np.float32)
    _choke(
        squared_distance(inside, reach_px),
        squared_distance(halves, widest_half_px),
        float(choke_px),
        widest_half_px,
        share,
    )
    return share[1:-1, 1:-1]


@numba.njit(cache=True)
def _column_distance(inside: Array, far: int) -> Array:
    """(H, W) int32 distance to the nearest pixel outside in the same column."""
    height, width = inside.shape
    column = np.empty((height, width), np.int32)
    for y in range(height):
        for x in range(width):
            above = column[y - 1, x] if y > 0 else far
            column[y, x] = min(above + 1, far) if inside[y, x] else 0
    for y in range(height - 2, -1, -1):
        for x in range(width):
            column[y, x] = min(column[y, x], column[y + 1, x] + 1)
    return column


@numba.njit(cache=True)
def squared_distance(inside: Array, reach_px: int) -> Array:
    """Squared distance to the nearest pixel outside, between centres, up to a reach.

    Parameters
    ----------
    inside
        (H, W) uint8, nonzero for the set. Nothing beyond the array is outside.
    reach_px
        Distances up to this are exact; larger ones come out as (reach + 1)².

    Returns
    -------
    squared_px2
        (H, W) int32; 0 outside the set.
    """
    height, width = inside.shape
    far = reach_px + 1
    column = _column_distance(inside, far)
    squared = np.zeros((height, width), np.int32)
    for y in range(height):
        for x in range(width):
            if column[y, x] == 0:
                continue
            best = min(column[y, x] ** 2, far * far)
            for step in range(1, far):
                if step * step >= best:
                    break
                if x >= step:
                    best = min(best, step * step + column[y, x - step] ** 2)
                if x + step < width:
                    best = min(best, step * step + column[y, x + step] ** 2)
            squared[y, x] = best
    return squared


@numba.njit(cache=True)
def _squared_local_width(halves: Array, y: int, x: int, cap: int) -> int:
    """Squared local width of a pixel, in pixels, at most `cap` squared.

    `halves` is the squared distance on the grid of half pixels. A disc of radius r half
    pixels is r pixels wide.
    """
    height, width = halves.shape
    best = 0
    most = cap * cap
    for row in range(max(0, 2 * y - cap + 1), min(height, 2 * y + cap + 1)):
        for col in range(max(0, 2 * x - cap + 1), min(width, 2 * x + cap + 1)):
            radius_2 = min(int(halves[row, col]), most)
            if radius_2 <= best:
                continue
            # The pixel's centre is half a half pixel from the centres of its quarters.
            down = 2 * (row - 2 * y) - 1
            right = 2 * (col - 2 * x) - 1
            if down * down + right * right < 4 * radius_2:
                best = radius_2
                if best == most:
                    return best
    return best


@numba.njit(cache=True)
def _choke(
    distance_2: Array, halves: Array, choke_px: float, cap: int, share: Array
) -> None:
    height, width = distance_2.shape
    for y in range(height):
        for x in range(width):
            if distance_2[y, x] == 0:
                continue
            distance = math.sqrt(distance_2[y, x])
            if distance >= choke_px + 1.0:
                share[y, x] = 1.0
                continue
            local = math.sqrt(_squared_local_width(halves, y, x, cap))
            short = min(choke_px, local / 3.0)
            share[y, x] = min(max(distance - short, 0.0), 1.0)


@numba.njit(cache=True)
def _pixels_below(inside: Array) -> Array:
    """For each pixel of the set, pixels down to the first one outside, at most FAR."""
    height, width = inside.shape
    below = np.zeros((height, width), np.uint16)
    for y in range(height - 1, -1, -1):
        for x in range(width):
            if inside[y, x]:
                under = below[y + 1, x] if y + 1 < height else 0
                below[y, x] = min(under + 1, FAR_PX)
    return below


@numba.njit(cache=True)
def _largest_in_row(heights: Array, parabola: Array, start: Array, best: int) -> int:
    """Largest of `best` and min over q of (p − q)² + heights[q]², along one row.

    Lower envelope of parabolas (Felzenszwalb & Huttenlocher 2012,
    doi 10.4086/toc.2012.v008a019); `parabola` and `start` are working space.
    """
    count = len(heights)
    last = 0
    parabola[0] = 0
    start[0] = -1e30
    for q in range(1, count):
        value = heights[q] ** 2 + q * q
        while True:
            p = parabola[last]
            cut = (value - heights[p] ** 2 - p * p) / (2.0 * (q - p))
            if cut > start[last]:
                break
            last -= 1
        last += 1
        parabola[last] = q
        start[last] = cut
    piece = 0
    for p in range(count):
        while piece < last and start[piece + 1] < p:
            piece += 1
        away = p - parabola[piece]
        best = max(best, away * away + heights[parabola[piece]] ** 2)
    return best


@numba.njit(cache=True)
def _largest_squared_distance(inside: Array) -> int:
    """Largest squared distance to the outside on the grid of half pixels."""
    height, width = inside.shape
    below = _pixels_below(inside)
    above = np.zeros(width, np.int64)
    # One half pixel of outside at either end: beyond the window is outside.
    heights = np.zeros(2 * width + 2, np.int64)
    parabola = np.zeros(2 * width + 2, np.int64)
    start = np.zeros(2 * width + 2, np.float64)
    best = 0
    for y in range(height):
        for x in range(width):
            above[x] = above[x] + 1 if inside[y, x] else 0
        for half in range(2):
            highest = 0
            for x in range(width):
                up, down = 2 * above[x], 2 * np.int64(below[y, x])
                nearest = min(up - 1, down) if half == 0 else min(up, down - 1)
                nearest = max(nearest, 0)
                heights[2 * x + 1] = nearest
                heights[2 * x + 2] = nearest
                highest = max(highest, nearest)
            if highest * highest > best:
                best = _largest_in_row(heights, parabola, start, best)
    return best


def widest_px(region: Mask) -> float:
    """Diameter of the largest disc that lies in a set of pixels.

    Parameters
    ----------
    region
        (H, W) bool; all beyond the array is outside.

    Returns
    -------
    widest_px
        In pixels: w for a stripe of w pixels, about D for a disc of diameter D; 0 if
        the set is empty.

    Notes
    -----
    Exact; time grows with the number of pixels, two bytes of memory a pixel.
    """
    inside = np.ascontiguousarray(region).view(np.uint8)
    if not inside.any():
        return 0.0
    return math.sqrt(_largest_squared_distance(inside))

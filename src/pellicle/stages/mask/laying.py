# SPDX-License-Identifier: Apache-2.0
"""Film laid beside its place: compiled loops of `alignability.py`.

Job: for each displacement and pixel, the film that comes to lie there, and whose.
Not here: what is seen of it.
"""

import math

import numba
import numpy as np

from pellicle.model.arrays import Array, Numbers
from pellicle.raster.region_sums import mixed

SHIFTS_MOST = 128
"""More displacements than are ever tried at once: tells their samples apart."""

_MISSING = 1e-12


def lay_film(
    film: tuple[Array, Array, Array, Array],
    strip: tuple[int, int, int, int],
    first: tuple[int, int],
    shifts: Array,
    steps: Array,
) -> tuple[Array, Array, Array, Array, Array]:
    """Film that comes to lie on a strip, at every displacement.

    Returns
    -------
    at
        (n,) int64 pixel of the strip, counted row by row.
    part, transmittance, white, shift
        (n,), (n, 3), (n,), (n,) of the film there, and the displacement's place.
    """
    most = (strip[2] - strip[0]) * (strip[3] - strip[1]) * len(shifts)
    at = np.empty(most, np.int64)
    part = np.empty(most, np.uint32)
    seen_t = np.empty((most, 3), np.float32)
    seen_w = np.empty(most, np.float32)
    shift = np.empty(most, np.uint8)
    into = (at, part, seen_t, seen_w, shift)
    count = _lay_into(film, strip, first, shifts, steps, into)
    return at[:count], part[:count], seen_t[:count], seen_w[:count], shift[:count]


@numba.njit(cache=True)
def touching(parts: Numbers) -> Array:
    """(H + 1, W + 1) bool: whether any of the four pixels around a corner is a part."""
    height, width = parts.shape
    found = np.zeros((height + 1, width + 1), np.bool_)
    for i in range(height):
        for j in range(width):
            if parts[i, j]:
                found[i : i + 2, j : j + 2] = True
    return found


@numba.njit(cache=True)
def _owner(parts: Numbers, y: int, x: int, weights: Array) -> int:
    """Part that has the most of the film between four pixels; 0 for none."""
    height, width = parts.shape
    part, most = np.uint32(0), _MISSING
    for corner in range(4):
        i, j = y + corner // 2, x + corner % 2
        inside = 0 <= i < height and 0 <= j < width
        if inside and parts[i, j] and weights[corner] > most:
            part, most = parts[i, j], weights[corner]
    return int(part)


@numba.njit(cache=True)
def _mix_of_four(
    film: tuple[Array, Array, Array, Array],
    y: int,
    x: int,
    weights: Array,
    mixed_into: Array,
) -> None:
    """Three transmittances and the white of the film between four pixels."""
    parts, _, transmittance, white = film
    height, width = parts.shape
    bare = 1.0
    mixed_into[:] = 0.0
    for corner in range(4):
        i, j = y + corner // 2, x + corner % 2
        if 0 <= i < height and 0 <= j < width and parts[i, j]:
            weight = weights[corner]
            bare -= weight
            for n in range(3):
                mixed_into[n] += weight * transmittance[i, j, n]
            mixed_into[3] += weight * white[i, j]
    mixed_into[:3] += bare


@numba.njit(cache=True)
def _lay_into(  # noqa: PLR0917 -- a compiled loop: film, where, how, and into
    film: tuple[Array, Array, Array, Array],
    strip: tuple[int, int, int, int],
    first: tuple[int, int],
    shifts: Array,
    steps: Array,
    into: tuple[Array, Array, Array, Array, Array],
) -> int:
    at, owner, seen_t, seen_w, which = into
    parts, touching, _, _ = film
    height, width = parts.shape
    top, left, bottom, right = strip
    count = 0
    weights, found = np.empty(4), np.empty(4)
    for k in range(shifts.shape[0]):
        down, across = math.floor(-shifts[k, 0]), math.floor(-shifts[k, 1])
        v, u = -shifts[k, 0] - down, -shifts[k, 1] - across
        weights[0], weights[1] = (1.0 - v) * (1.0 - u), (1.0 - v) * u
        weights[2], weights[3] = v * (1.0 - u), v * u
        y_first, x_first = top - first[0] + down, left - first[1] + across
        for row in range(max(0, -1 - y_first), min(bottom - top, height - y_first)):
            y = y_first + row
            begin, end = max(0, -1 - x_first), min(right - left, width - x_first)
            for column in range(begin, end):
                x = x_first + column
                if not touching[y + 1, x + 1]:
                    continue
                part = _owner(parts, y, x, weights)
                lot = mixed((top + row) * SHIFTS_MOST + k, left + column)
                if part == 0 or lot % np.uint64(steps[part]) != np.uint64(0):
                    continue
                _mix_of_four(film, y, x, weights, found)
                at[count] = row * (right - left) + column
                owner[count] = part
                seen_t[count] = found[:3]
                seen_w[count] = found[3]
                which[count] = k
                count += 1
    return count

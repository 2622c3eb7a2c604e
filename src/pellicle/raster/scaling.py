# SPDX-License-Identifier: Apache-2.0
"""Planes at a whole multiple of another's scale, exact at every tile size.

Job: means of blocks, blocks as bands, and linear enlargement, of one window.
Not here: reading windows (`engine/readers.py`).
"""

import numpy as np
from numba import njit

from pellicle.model.arrays import Array
from pellicle.model.raster import Window


def reduced_shape(shape: tuple[int, int], factor: int) -> tuple[int, int]:
    """(height, width) after reduction by `factor`; cut blocks count."""
    return -(-shape[0] // factor), -(-shape[1] // factor)


def times(window: Window, factor: int) -> Window:
    """The same place where a pixel is `factor` pixels along each side."""
    return Window(
        window.top * factor,
        window.left * factor,
        window.bottom * factor,
        window.right * factor,
    )


def over(window: Window, factor: int) -> Window:
    """Smallest window at a scale reduced by `factor` that covers a window."""
    return Window(
        window.top // factor,
        window.left // factor,
        -(-window.bottom // factor),
        -(-window.right // factor),
    )


def block_means(samples: Array, factor: int) -> Array:
    """Rounded means over blocks, of the samples' own type.

    Parameters
    ----------
    samples
        (H, W, bands) unsigned; block (0, 0) starts at the first pixel.
    """
    if factor == 1:
        return samples
    height, width = reduced_shape((samples.shape[0], samples.shape[1]), factor)
    means = np.empty((height, width, samples.shape[2]), samples.dtype)
    _mean_blocks(np.ascontiguousarray(samples), factor, means)
    return means


@njit(cache=True)
def _mean_blocks(samples: Array, factor: int, means: Array) -> None:
    height, width, bands = samples.shape
    for row in range(means.shape[0]):
        bottom = min((row + 1) * factor, height)
        for column in range(means.shape[1]):
            right = min((column + 1) * factor, width)
            count = (bottom - row * factor) * (right - column * factor)
            for k in range(bands):
                total = 0
                for r in range(row * factor, bottom):
                    for c in range(column * factor, right):
                        total += int(samples[r, c, k])
                means[row, column, k] = (total + count // 2) // count


def enlarged(plane: Array, factor: int, window: Window, origin: Window) -> Array:
    """Linear interpolation of a coarse plane, at the pixels of a fine window.

    Parameters
    ----------
    plane
        (h, w, bands) uint8, the pixels of `origin`.
    factor
        Fine pixels to a coarse one, along each side. Centres of blocks keep their
        values; beyond the outermost centres the edge is repeated.
    window
        Fine pixels wanted.
    origin
        Coarse pixels that `plane` holds; a pixel more than `window` on every side,
        unless the raster ends there.

    Returns
    -------
    fine
        (H, W, bands) uint8, rounded.
    """
    height, width = window.shape
    into = np.empty((height, width, plane.shape[2]), np.uint8)
    _enlarge(plane, factor, (window.top, window.left), (origin.top, origin.left), into)
    return into


@njit(cache=True)
def _enlarge(
    plane: Array,
    factor: int,
    first: tuple[int, int],
    origin: tuple[int, int],
    into: Array,
) -> None:
    # Twice the distances, so that all weights are whole numbers.
    height, width, bands = plane.shape
    two = 2 * factor
    half, parts = two * two // 2, 1.0 / (two * two)
    lefts, rights, acrosses = _neighbours(
        into.shape[1], first[1], origin[1], width, two
    )
    uppers, lowers, downs = _neighbours(into.shape[0], first[0], origin[0], height, two)
    line = np.empty((width, bands), np.int64)
    for r in range(into.shape[0]):
        upper, lower, down = uppers[r], lowers[r], downs[r]
        for x in range(width):
            for k in range(bands):
                line[x, k] = (
                    plane[upper, x, k] * (two - down) + plane[lower, x, k] * down
                )
        for c in range(into.shape[1]):
            left, right, across = lefts[c], rights[c], acrosses[c]
            for k in range(bands):
                total = line[left, k] * (two - across) + line[right, k] * across + half
                # A whole number and a half is never so near a multiple that rounding
                # takes it across: faster than dividing, and the same.
                into[r, c, k] = int((total + 0.5) * parts)


@njit(cache=True)
def _neighbours(
    count: int, first: int, origin: int, length: int, two: int
) -> tuple[Array, Array, Array]:
    """Coarse pixels before and after each fine one, and the weight of the later."""
    before = np.empty(count, np.int64)
    after = np.empty(count, np.int64)
    weight = np.empty(count, np.int64)
    for i in range(count):
        at = 2 * (first + i) + 1 - two // 2
        one = at // two - origin
        before[i] = min(max(one, 0), length - 1)
        after[i] = min(max(one + 1, 0), length - 1)
        weight[i] = at % two
    return before, after, weight

# SPDX-License-Identifier: Apache-2.0
"""Thin dark and light lines, at several widths, in units of lightness.

Job: how much darker (or lighter) than *both* its sides the line through a pixel is,
and how restless the paint around it is.
Not here: what a line means (`classify.py`), losses (`losses.py`).
Terms: the *contrast* of a line is the difference in L* to the nearer of its two sides,
so that an edge, however strong, has none; *restlessness* is the mean contrast of all
lines nearby, dark and light: hair, lace and brushwork are full of lines, a crack is
alone.

Lines are found where the Hessian of the smoothed lightness has one strong eigenvalue
(Steger 1998, doi 10.1109/34.659930; cracks: Cornelis et al. 2013, doi
10.1016/j.sigpro.2012.07.022), but judged by contrast, not by the eigenvalue: its
threshold means the same on every painting. Every pixel is computed from its
neighbours alone, in the same order, so that tiles do not show.
"""

import math

import numpy as np
from numba import njit

from pellicle.model.arrays import Array, Plane

# Sigmas of the smoothing, in pixels of a level; level k has pixels of 2^k.
_FINEST_SIGMA_PX = 0.8
_SIGMA_PX = 1.5
_SIDE_SIGMAS = 2.5
_ALONG_STEPS = 4
_WEAKEST = 1.0
LARGEST_CONTRAST = 63.0


def level_count(widest_px: float) -> int:
    """Levels (halvings of the picture, and the picture itself) that lines need."""
    return 1 + max(0, math.ceil(math.log2(max(widest_px, 1.0) / (2.8 * _SIGMA_PX))))


def reach_px(widest_px: float) -> int:
    """How far from a pixel its contrast depends on others."""
    one = math.ceil(3 * _SIGMA_PX) + math.ceil(_SIDE_SIGMAS * _SIGMA_PX + 0.5)
    along = math.ceil(_ALONG_STEPS * _SIGMA_PX)
    return (one + along + 5) << (level_count(widest_px) - 1)


def line_contrast(lightness: Plane, widest_px: float) -> tuple[Plane, Plane]:
    """Contrast of dark and of light lines.

    Parameters
    ----------
    lightness
        (H, W) float32 L*; the first row and column lie at multiples of
        ``2 ** (level_count(widest_px) - 1)`` in the raster.
    widest_px
        Width of the widest line.

    Returns
    -------
    dark, light
        (H, W) float32, 0 to 63, in L*.
    """
    dark = np.zeros(lightness.shape, np.float32)
    light = np.zeros(lightness.shape, np.float32)
    plane = lightness
    for level in range(level_count(widest_px)):
        if level:
            plane = _halved(plane)
        for sigma in (_FINEST_SIGMA_PX, _SIGMA_PX) if level == 0 else (_SIGMA_PX,):
            smooth = smoothed(plane, sigma)
            contrast, across = _contrast(smooth, sigma)
            line = _along(contrast, across, sigma)
            _keep_stronger(line, 1 << level, dark, light)
    return dark, light


def smoothed(plane: Plane, sigma: float) -> Plane:
    """Gaussian mean, cut at 3 sigma; edge pixels are repeated."""
    radius = math.ceil(3 * sigma)
    weights = np.exp(-0.5 * (np.arange(radius + 1) / sigma) ** 2)
    weights /= weights[0] + 2 * weights[1:].sum()
    return _convolved(plane, weights.astype(np.float32))


def box_sums(plane: Array, radius_px: int) -> Array:
    """Exact sums over squares of ``2 * radius_px + 1``; cut at the array's edges.

    Parameters
    ----------
    plane
        (H, W) unsigned integers.
    radius_px
        Half side.

    Returns
    -------
    sums
        (H, W) int64.
    """
    return _box_rows(_box_columns(plane, radius_px), radius_px)


def box_counts(shape: tuple[int, int], radius_px: int) -> Array:
    """Pixels that `box_sums` adds up at each pixel, (H, W) int64."""

    def along(length: int) -> Array:
        at = np.arange(length)
        return (
            np.minimum(at + radius_px, length - 1) - np.maximum(at - radius_px, 0) + 1
        )

    return along(shape[0])[:, None] * along(shape[1])[None, :]


@njit(cache=True)
def _convolved(plane: Plane, weights: Array) -> Plane:
    height, width = plane.shape
    radius = len(weights) - 1
    rows = np.empty_like(plane)
    for r in range(height):
        for c in range(width):
            rows[r, c] = weights[0] * plane[r, c]
        for k in range(1, radius + 1):
            up, down = max(r - k, 0), min(r + k, height - 1)
            for c in range(width):
                rows[r, c] += weights[k] * (plane[up, c] + plane[down, c])
    both = np.empty_like(plane)
    line = np.empty(width + 2 * radius, plane.dtype)
    for r in range(height):
        line[:radius] = rows[r, 0]
        line[radius : radius + width] = rows[r]
        line[radius + width :] = rows[r, width - 1]
        for c in range(width):
            both[r, c] = weights[0] * line[c + radius]
        for k in range(1, radius + 1):
            for c in range(width):
                both[r, c] += weights[k] * (line[c + radius - k] + line[c + radius + k])
    return both


@njit(cache=True)
def _halved(plane: Plane) -> Plane:
    """Means of 2 x 2 pixels; a last odd row or column is repeated."""
    height, width = plane.shape
    half = np.empty(((height + 1) // 2, (width + 1) // 2), plane.dtype)
    for r in range(half.shape[0]):
        top, bottom = 2 * r, min(2 * r + 1, height - 1)
        for c in range(half.shape[1]):
            left, right = 2 * c, min(2 * c + 1, width - 1)
            half[r, c] = np.float32(0.25) * (
                (plane[top, left] + plane[top, right])
                + (plane[bottom, left] + plane[bottom, right])
            )
    return half


@njit(cache=True)
def _between(plane: Plane, r: int, c: int, dy: float, dx: float) -> float:
    """Bilinear sample at (r + dy, c + dx); edge pixels are repeated.

    The offset is split by itself: added to the position first, its last bits would
    depend on where in the tile the pixel is.
    """
    height, width = plane.shape
    down, right = math.floor(dy), math.floor(dx)
    v, u = dy - down, dx - right
    y0, y1 = min(max(r + down, 0), height - 1), min(max(r + down + 1, 0), height - 1)
    x0, x1 = min(max(c + right, 0), width - 1), min(max(c + right + 1, 0), width - 1)
    upper = plane[y0, x0] * (1 - u) + plane[y0, x1] * u
    lower = plane[y1, x0] * (1 - u) + plane[y1, x1] * u
    value: float = upper * (1 - v) + lower * v
    return value


@njit(cache=True)
def _contrast(smooth: Plane, sigma: float) -> tuple[Plane, Array]:
    """Signed contrast (dark lines positive), and (row, column) of a step across."""
    height, width = smooth.shape
    contrast = np.zeros((height, width), np.float32)
    steps = np.zeros((height, width, 2), np.float32)
    reach = _SIDE_SIGMAS * sigma + 0.5
    weakest = 0.2 * _WEAKEST / (sigma * sigma)
    for r in range(height):
        up, down = max(r - 1, 0), min(r + 1, height - 1)
        for c in range(width):
            west, east = max(c - 1, 0), min(c + 1, width - 1)
            here = smooth[r, c]
            xx = smooth[r, east] - 2 * here + smooth[r, west]
            yy = smooth[down, c] - 2 * here + smooth[up, c]
            if abs(xx) + abs(yy) < weakest:
                continue
            xy = 0.25 * (
                smooth[down, east]
                - smooth[down, west]
                - smooth[up, east]
                + smooth[up, west]
            )
            mean, half = 0.5 * (xx + yy), 0.5 * (xx - yy)
            root = max(math.sqrt(half * half + xy * xy), abs(half))
            strongest = mean + root if mean >= 0 else mean - root
            if abs(strongest) < weakest:
                continue
            # Half the angle whose cosine is half / root, without the angle.
            cosine = half / root if root > 0 else 1.0
            by_column = math.sqrt(0.5 + 0.5 * cosine)
            by_row = math.copysign(math.sqrt(0.5 - 0.5 * cosine), xy)
            if mean < 0:
                by_row, by_column = by_column, -by_row
            dy, dx = reach * by_row, reach * by_column
            one = _between(smooth, r, c, dy, dx)
            other = _between(smooth, r, c, -dy, -dx)
            side = min(one, other) if strongest > 0 else max(one, other)
            value = side - here
            if value * strongest > 0:
                contrast[r, c] = value
                steps[r, c, 0], steps[r, c, 1] = by_row, by_column
    return contrast, steps


@njit(cache=True)
def _along(contrast: Plane, across: Array, sigma: float) -> Plane:
    """Contrast, or what the pixels before and behind along the line have, if less."""
    height, width = contrast.shape
    line = np.zeros((height, width), np.float32)
    for r in range(height):
        for c in range(width):
            here = contrast[r, c]
            if abs(here) < _WEAKEST:
                continue
            dy, dx = sigma * across[r, c, 1], -sigma * across[r, c, 0]
            before = behind = 0.0
            for k in range(1, _ALONG_STEPS + 1):
                down, right = math.floor(k * dy + 0.5), math.floor(k * dx + 0.5)
                y = min(max(r + down, 0), height - 1)
                x = min(max(c + right, 0), width - 1)
                if contrast[y, x] * here > 0:
                    before += abs(contrast[y, x])
                y = min(max(r - down, 0), height - 1)
                x = min(max(c - right, 0), width - 1)
                if contrast[y, x] * here > 0:
                    behind += abs(contrast[y, x])
            # A line ends somewhere: the better half counts, if the other is not empty.
            most = max(before, behind) / _ALONG_STEPS
            both = (before + behind) / (2 * _ALONG_STEPS)
            value = min(abs(here), 0.5 * most + 0.7 * both)
            line[r, c] = math.copysign(value, here)
    return line


@njit(cache=True)
def _keep_stronger(line: Plane, factor: int, dark: Plane, light: Plane) -> None:
    """Raise `dark` and `light` to what a level found."""
    height, width = dark.shape
    for r in range(height):
        dy = (r % factor + 0.5) / factor - 0.5
        for c in range(width):
            dx = (c % factor + 0.5) / factor - 0.5
            value = (
                line[r, c]
                if factor == 1
                else _between(line, r // factor, c // factor, dy, dx)
            )
            if value > dark[r, c]:
                dark[r, c] = min(value, LARGEST_CONTRAST)
            elif -value > light[r, c]:
                light[r, c] = min(-value, LARGEST_CONTRAST)


@njit(cache=True)
def _box_columns(plane: Array, radius: int) -> Array:
    height, width = plane.shape
    sums = np.empty((height, width), np.int64)
    column = np.zeros(width, np.int64)
    for r in range(min(radius, height)):
        for c in range(width):
            column[c] += plane[r, c]
    for r in range(height):
        if r + radius < height:
            for c in range(width):
                column[c] += plane[r + radius, c]
        if r - radius - 1 >= 0:
            for c in range(width):
                column[c] -= plane[r - radius - 1, c]
        sums[r] = column
    return sums


@njit(cache=True)
def _box_rows(columns: Array, radius: int) -> Array:
    height, width = columns.shape
    sums = np.empty((height, width), np.int64)
    for r in range(height):
        run = 0
        for c in range(min(radius, width)):
            run += columns[r, c]
        for c in range(width):
            if c + radius < width:
                run += columns[r, c + radius]
            if c - radius - 1 >= 0:
                run -= columns[r, c - radius - 1]
            sums[r, c] = run
    return sums

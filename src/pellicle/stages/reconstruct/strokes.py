# SPDX-License-Identifier: Apache-2.0
"""Selezione cromatica: short strokes laid over each other along the form.

Job: which stroke lies uppermost at each pixel, its own colour and its offset.
Not here: the direction of the form (`form.py`), keeping the mean (`style.py`).

Strokes begin on a grid fixed to the scan, each a little beside its node; which lies
over which is fixed too.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from pellicle.model.arrays import Colour, Mask
from pellicle.model.raster import Window
from pellicle.raster.scatter import scattered
from pellicle.stages.reconstruct.form import FormDirections

_DOWN, _ACROSS, _OVER, _HUE, _LIGHT, _LONG = 21, 22, 23, 24, 25, 26


@dataclass(frozen=True, slots=True)
class Strokes:
    """Form of the strokes, in pixels.

    Attributes
    ----------
    spacing_px
        Side of the grid.
    width_px, length_px
        Of a stroke at its widest, and at its longest.
    """

    spacing_px: float
    width_px: float
    length_px: float

    @property
    def reach_px(self) -> int:
        """Farthest pixel that a stroke on a pixel depends on."""
        return int(np.ceil(self.length_px + self.spacing_px + self.width_px)) + 3


@dataclass(frozen=True, slots=True)
class Stroked:
    """Strokes of a tile.

    Attributes
    ----------
    tone
        (H, W, 3) float32 linear: mean of the target along the uppermost stroke; the
        target itself where there is none.
    offset
        (H, W, 3) float32 Lab: how the stroke stands off; 0 where there is none.
    """

    tone: Colour
    offset: Colour


def lay_strokes(
    target_linear: Colour,
    where: Mask,
    window: Window,
    form: FormDirections,
    strokes: Strokes,
    *,
    contrast: tuple[float, float],
) -> Stroked:
    """Lay strokes over a tile.

    Parameters
    ----------
    target_linear
        (H, W, 3) float32; read where `where` is set.
    where
        (H, W) bool: pixels to draw on. Right at pixels that are `Strokes.reach_px`
        from an edge of the array, or where that edge is the scan's.
    contrast
        ΔL* and distance in a*b* of strokes from the tone.
    """
    tone = target_linear.copy()
    offset = np.zeros_like(target_linear)
    uppermost = np.full(where.shape, -1.0)
    _lay(
        (target_linear, where, window.top, window.left),
        (form.along, form.first[0], form.first[1], form.cell_px),
        (strokes.spacing_px, strokes.width_px, strokes.length_px),
        contrast,
        (uppermost, tone, offset),
    )
    return Stroked(tone, offset)


@njit(cache=True)
def _turned(form: Any, x: float, y: float, ahead_x: float, ahead_y: float) -> Any:
    along, first_row, first_column, cell = form
    row = int(np.floor(y / cell)) - first_row
    column = int(np.floor(x / cell)) - first_column
    row = min(max(row, 0), along.shape[0] - 1)
    column = min(max(column, 0), along.shape[1] - 1)
    dx, dy = along[row, column]
    if dx * ahead_x + dy * ahead_y < 0.0:
        return -dx, -dy
    return dx, dy


@njit(cache=True)
def _traced(form: Any, x: float, y: float, steps: int, path: Any) -> None:
    """Points a pixel apart, `steps` on either side of the first."""
    start_x, start_y = _turned(form, x, y, 0.0, 1.0)
    for side in (-1, 1):
        at_x, at_y = x, y
        dx, dy = side * start_x, side * start_y
        path[steps, 0], path[steps, 1] = x, y
        for step in range(1, steps + 1):
            at_x += dx
            at_y += dy
            path[steps + side * step, 0] = at_x
            path[steps + side * step, 1] = at_y
            dx, dy = _turned(form, at_x, at_y, dx, dy)


@njit(cache=True)
def _mean_along(tile: Any, path: Any, mean: Any) -> int:
    target, where, top, left = tile
    count = 0
    mean[:] = 0.0
    for n in range(len(path)):
        row = int(np.floor(path[n, 1])) - top
        column = int(np.floor(path[n, 0])) - left
        if not (0 <= row < where.shape[0] and 0 <= column < where.shape[1]):
            continue
        if where[row, column]:
            count += 1
            for k in range(3):
                mean[k] += target[row, column, k]
    if count:
        mean /= count
    return count


@njit(cache=True)
def _brush(  # noqa: PLR0917 -- a compiled loop
    tile: Any, path: Any, width: float, over: float, colours: Any, planes: Any
) -> None:
    _, where, top, left = tile
    uppermost, tone, offset = planes
    mean, off = colours
    count = len(path)
    for n in range(count):
        # Tapered at both ends, as a brush leaves the surface.
        from_end = min(n, count - 1 - n) / (0.18 * count)
        radius = 0.5 * width * min(1.0, 0.45 + 0.55 * from_end)
        reach = int(np.ceil(radius))
        middle_row = int(np.floor(path[n, 1]))
        middle_column = int(np.floor(path[n, 0]))
        for at_row in range(middle_row - reach, middle_row + reach + 1):
            for at_column in range(middle_column - reach, middle_column + reach + 1):
                row, column = at_row - top, at_column - left
                if not (0 <= row < where.shape[0] and 0 <= column < where.shape[1]):
                    continue
                if not where[row, column] or uppermost[row, column] >= over:
                    continue
                down, across = at_row + 0.5 - path[n, 1], at_column + 0.5 - path[n, 0]
                if down * down + across * across > radius * radius:
                    continue
                uppermost[row, column] = over
                for k in range(3):
                    tone[row, column, k] = mean[k]
                    offset[row, column, k] = off[k]


@njit(cache=True)
def _lay(tile: Any, form: Any, sizes: Any, contrast: Any, planes: Any) -> None:
    _, where, top, left = tile
    spacing, width, length = sizes
    lightness, chroma = contrast
    height, across = where.shape
    mean, off = np.zeros(3), np.zeros(3)
    steps_most = int(np.ceil(0.5 * length))
    paths = np.zeros((2 * steps_most + 1, 2))
    first_row = int(np.floor((top - length) / spacing))
    last_row = int(np.ceil((top + height + length) / spacing))
    first_column = int(np.floor((left - length) / spacing))
    last_column = int(np.ceil((left + across + length) / spacing))
    for node_row in range(first_row, last_row + 1):
        for node_column in range(first_column, last_column + 1):
            y = (node_row + scattered(node_row, node_column, _DOWN)) * spacing
            x = (node_column + scattered(node_row, node_column, _ACROSS)) * spacing
            long = 0.6 + 0.4 * scattered(node_row, node_column, _LONG)
            steps = max(int(0.5 * length * long), 1)
            path = paths[: 2 * steps + 1]
            _traced(form, x, y, steps, path)
            if not _mean_along(tile, path, mean):
                continue
            hue = int(scattered(node_row, node_column, _HUE) * 3.0)
            angle = np.deg2rad(60.0 + 120.0 * hue)
            light = scattered(node_row, node_column, _LIGHT)
            off[0] = lightness * (light - 0.5)
            off[1] = chroma * np.cos(angle)
            off[2] = chroma * np.sin(angle)
            over = scattered(node_row, node_column, _OVER)
            _brush(tile, path, width, over, (mean, off), planes)

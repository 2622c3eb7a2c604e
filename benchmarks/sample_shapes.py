# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 -- a drawing is made of numbers
"""Shapes of synthetic losses, flakes, scratches and of a split.

Job: cut shapes into a map of layers (0 paint, 1 underpaint, 2 ground, 3 bare canvas)
drawn finer than the scan, so that edges come out antialiased.
Not here: colour and light (`sample_layers.py`), where things go (`make_sample.py`).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from sample_noise import rough_noise, smooth_noise
from scipy.spatial import cKDTree

FINE = 3
"""Drawing pixels per scan pixel."""

UNDERPAINT, GROUND, CANVAS = 1, 2, 3

Levels = NDArray[np.uint8]
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Loss:
    """One place of lost paint, in scan pixels."""

    x: float
    y: float
    radius: float
    stretch: float = 1.0
    angle: float = 0.0
    underpaint: float = 0.0
    canvas: float = 0.0


def carve_loss(
    levels: Levels, loss: Loss, islands: NDArray[np.int32], rng: np.random.Generator
) -> None:
    """Break flakes off the paint: small cells, held back or let go island by island.

    `islands` numbers the islands of the craquelure at scan resolution, so that a
    loss tends to end at a crack.
    """
    reach = loss.radius * max(loss.stretch, 1.0) * 1.75 + 4
    height, width = islands.shape
    left, right = max(int(loss.x - reach), 0), min(int(loss.x + reach), width)
    top, bottom = max(int(loss.y - reach), 0), min(int(loss.y + reach), height)
    if right - left < 3 or bottom - top < 3:
        return
    cell = np.clip(loss.radius / 5, 2.0, 7.0) * rng.uniform(0.75, 1.3)
    seeds = _seeds(rng, (left, top, right, bottom), cell)
    depth = _depth(seeds, loss, islands, rng)
    shape = ((bottom - top) * FINE, (right - left) * FINE)
    grain = 2.2 + loss.radius / 12
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / FINE
    sway = 0.05 * loss.radius

    def crumbled(axis: Points) -> Points:
        fine = 0.42 * rough_noise(rng, shape, grain * FINE)
        return axis + fine + sway * smooth_noise(rng, shape, loss.radius * FINE / 2 + 4)

    rows, columns = crumbled(rows), crumbled(columns)
    at = np.stack([columns.ravel() + left, rows.ravel() + top], axis=1)
    _, nearest = cKDTree(seeds).query(at, workers=1)
    here = _chipped(depth[nearest].reshape(shape).astype(np.uint8), rng)
    view = levels[top * FINE : bottom * FINE, left * FINE : right * FINE]
    np.maximum(view, here, out=view)


def _seeds(
    rng: np.random.Generator, box: tuple[int, int, int, int], cell: float
) -> Points:
    left, top, right, bottom = box
    xs = np.arange(left - cell, right + cell, cell)
    ys = np.arange(top - cell, bottom + cell, cell)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    grid = grid + rng.uniform(-0.62, 0.62, grid.shape) * cell
    return grid[rng.random(len(grid)) > 0.22]  # uneven cell sizes


def _depth(
    seeds: Points, loss: Loss, islands: NDArray[np.int32], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """How deep each cell is broken: 0 paint … 3 canvas."""
    dx, dy = seeds[:, 0] - loss.x, seeds[:, 1] - loss.y
    cos, sin = np.cos(loss.angle), np.sin(loss.angle)
    along, across = dx * cos + dy * sin, dy * cos - dx * sin
    turn = np.arctan2(across, along)
    lobes = sum(
        rng.normal(0, 0.15 / k**0.5) * np.cos(k * turn + rng.uniform(0, 6.3))
        for k in (2, 3, 4, 5, 7)
    )
    rho = np.hypot(along / loss.stretch, across) / loss.radius
    rows = np.clip(seeds[:, 1], 0, islands.shape[0] - 1).astype(int)
    columns = np.clip(seeds[:, 0], 0, islands.shape[1] - 1).astype(int)
    number = islands[rows, columns]
    hold = rng.normal(0, 0.24, int(islands.max()) + 1)[number]
    hold += _slabs(seeds, loss, rng)
    f = 1 - rho + lobes + hold + rng.normal(0, 0.06, len(seeds))
    f = np.where(rho > 1.6, -1, f)
    depth = np.where(f > 0, UNDERPAINT if loss.underpaint else GROUND, 0)
    if loss.underpaint:
        depth = np.where(f > loss.underpaint, GROUND, depth)
    if loss.canvas:
        depth = np.where(f > 1 - loss.canvas, CANVAS, depth)
    return np.asarray(depth, np.uint8)


def _slabs(seeds: Points, loss: Loss, rng: np.random.Generator) -> NDArray[np.float64]:
    """Paint breaks off in slabs as well as crumbs: long, straight edges."""
    spread = loss.radius * max(loss.stretch, 1) * 1.6
    middles = rng.uniform(-spread, spread, (26, 2)) + np.array([loss.x, loss.y])
    _, slab = cKDTree(middles).query(seeds, workers=1)
    return np.asarray(rng.normal(0, 0.26, 26)[slab])


def _chipped(levels: Levels, rng: np.random.Generator) -> Levels:
    """Corners of flakes are never quite sharp, and edges crumble."""
    out = np.zeros_like(levels)
    crumble = 0.5 + 0.13 * rough_noise(rng, levels.shape, 3.0, 2)
    for level in (UNDERPAINT, GROUND, CANVAS):
        soft = cv2.GaussianBlur((levels >= level).astype(np.float32), (0, 0), 1.7)
        out[soft > crumble] = level
    return out


def carve_flake(
    levels: Levels, at: tuple[float, float], size: float, rng: np.random.Generator
) -> None:
    """One chip of paint: an angular polygon of `size` scan pixels across."""
    corners = int(rng.integers(4, 8))
    turns = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radii = size / 2 * rng.uniform(0.65, 1.3, corners)
    squash, angle = rng.uniform(0.45, 1.0), rng.uniform(0, np.pi)
    flat = np.stack([np.cos(turns) * radii, np.sin(turns) * radii * squash], axis=1)
    cos, sin = np.cos(angle), np.sin(angle)
    points = flat @ np.array([[cos, sin], [-sin, cos]]) + np.array(at)
    cv2.fillPoly(levels, [_fixed(points)], GROUND, cv2.LINE_8, 4)


def wander(
    start: tuple[float, float],
    end: tuple[float, float],
    sway: float,
    rng: np.random.Generator,
) -> Points:
    """(N, 2) points from start to end, a pixel apart, swaying by `sway` pixels."""
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    count = max(int(length), 2)
    t = np.linspace(0, 1, count)
    line = np.array(start) + t[:, None] * (np.array(end) - np.array(start))
    normal = np.array([start[1] - end[1], end[0] - start[0]]) / length
    off = np.zeros(count)
    for grain, weight in ((length / 1.7, 1.0), (length / 5, 0.3), (14.0, 0.07)):
        off += weight * sway * smooth_noise(rng, (1, count), max(grain, 3))[0]
    return np.asarray(line + off[:, None] * normal)


def stroke(
    plane: Levels,
    points: Points,
    width: NDArray[np.float32],
    value: NDArray[np.float32],
) -> None:
    """Draw a line of changing width (scan pixels) and value; the larger value stays."""
    layer = np.zeros_like(plane)
    fixed = _fixed(points)
    for i in np.argsort(value[:-1], kind="stable"):
        if value[i] >= 1:
            thickness = max(round(float(width[i]) * FINE), 1)
            start, end = fixed[i].tolist(), fixed[i + 1].tolist()
            cv2.line(layer, start, end, int(value[i]), thickness, cv2.LINE_8, 4)
    np.maximum(plane, layer, out=plane)


def _fixed(points: Points) -> NDArray[np.int32]:
    """Drawing coordinates with four fractional bits."""
    return np.asarray(np.round((points * FINE) * 16), np.int32)

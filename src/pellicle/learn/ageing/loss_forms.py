# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 -- a drawing is made of numbers
"""Outlines of paint losses.

Job: the field of one loss, by its form.
Not here: how many losses there are and where, and what they look like (`losses.py`).
Terms: the *field* of a loss is above 0 where paint is gone and grows inwards, 1 at
most in its middle; a *hold* makes whole cells stay or go.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numba
import numpy as np

from pellicle.learn.ageing.fields import rough_noise, smooth_noise
from pellicle.learn.ageing.network import CrackNetwork
from pellicle.learn.ageing.scene import Scene
from pellicle.learn.ageing.scratches import add_strips
from pellicle.model.arrays import Array, Plane
from pellicle.model.raster import Window


class Form(StrEnum):
    """Kinds of outline."""

    BLOB = "blob"
    FLAKES = "flakes"
    ISLANDS = "islands"
    STAR = "star"
    STREAKS = "streaks"
    SPINDLE = "spindle"
    PATCHES = "patches"
    SWARM = "swarm"
    STROKE = "stroke"
    OVAL = "oval"
    BOX = "box"
    POLYGON = "polygon"
    BAND = "band"


_CRUDE = (Form.STROKE, Form.OVAL, Form.BOX, Form.POLYGON)
_THIN = (Form.STREAKS, Form.SPINDLE, Form.STROKE)
# How the outline is disturbed: sway, fractal noise, slabs, crumbs, islands.
_ROUGH = {
    Form.BLOB: (0.35, 0.30, 0.0, 0.0, 0.0),
    Form.FLAKES: (0.15, 0.05, 0.30, 0.35, 0.0),
    Form.ISLANDS: (0.20, 0.05, 0.0, 0.15, 0.70),
    Form.STAR: (0.25, 0.30, 0.0, 0.0, 0.0),
    Form.STREAKS: (0.30, 0.50, 0.0, 0.0, 0.0),
    Form.SPINDLE: (0.15, 0.15, 0.0, 0.0, 0.0),
    Form.PATCHES: (0.50, 1.00, 0.0, 0.0, 0.0),
    Form.SWARM: (0.0, 0.0, 0.0, 1.2, 0.0),
    Form.BAND: (0.35, 0.30, 0.15, 0.15, 0.0),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """One loss to draw; lengths in scene pixels."""

    x: float
    y: float
    radius: float
    stretch: float
    turn: float
    form: Form

    @property
    def reach(self) -> float:
        """Half the side of the square that holds it."""
        return 1.75 * self.radius * max(self.stretch, 1 / self.stretch) + 4


@dataclass(frozen=True, slots=True)
class Ragged:
    """What disturbs every outline of a painting; see `LossPlan`."""

    crumble_um: float
    rests: float


def loss_field(  # noqa: PLR0913, PLR0917 -- the loss, and all that shapes it
    scene: Scene,
    ragged: Ragged,
    spot: Spot,
    window: Window,
    islands: Plane | None,
    rng: np.random.Generator,
) -> Plane:
    """(h, w) field of one loss."""
    field, grain = _outline(scene, spot, window, rng)
    shape, radius = window.shape, spot.radius
    sway, rough, slab, crumb, island = _ROUGH.get(spot.form, (0, 0, 0, 0, 0))
    if spot.form in _CRUDE and rng.random() < 0.4:
        rough = 0.2
    vigour = rng.uniform(0.5, 1.4)
    if islands is not None and island > 0:
        field += np.float32(island * vigour) * islands[window.slices]
    elif island > 0:
        slab, crumb = 0.4, 0.3
    if sway > 0:
        field += np.float32(sway * vigour) * smooth_noise(rng, shape, 0.8 * grain)
    if rough > 0:
        size = grain * rng.uniform(0.15, 0.5)
        field += np.float32(rough * vigour) * rough_noise(rng, shape, size, 4)
    if slab > 0:
        field += np.float32(slab * vigour) * _cells(rng, shape, 0.7 * radius)
    if crumb > 0:
        cell = max(radius * rng.uniform(0.12, 0.35), scene.px(250), 3.0)
        field += np.float32(crumb * vigour) * _cells(rng, shape, cell)
    if ragged.crumble_um > 0 and spot.form not in {Form.OVAL, Form.BOX}:
        size = scene.px(ragged.crumble_um) / grain
        noise = rough_noise(rng, shape, scene.px(2 * ragged.crumble_um), 2)
        field += np.float32(min(0.3, size)) * noise
    if rng.random() < ragged.rests:
        left = rough_noise(rng, shape, radius * rng.uniform(0.15, 0.6), 3)
        np.minimum(field, np.float32(rng.uniform(0.6, 1.8)) - left, out=field)
    return field


def _outline(
    scene: Scene, spot: Spot, window: Window, rng: np.random.Generator
) -> tuple[Plane, float]:
    """Undisturbed field, and the length (pixels) over which it falls from 1 to 0."""
    rows = np.arange(window.top, window.bottom, dtype=np.float32) + 0.5 - spot.y
    columns = np.arange(window.left, window.right, dtype=np.float32) + 0.5 - spot.x
    if spot.form is Form.BAND:
        return _band(scene, spot, window, rng)
    if spot.form in _THIN:
        strips, wide = _strips(spot, rng)
        field = np.full(window.shape, -3, np.float32)
        add_strips(field, rows, columns, strips, wide)
        return field, wide
    cos, sin = np.cos(spot.turn) / spot.radius, np.sin(spot.turn) / spot.radius
    y, x = rows[:, None], columns[None, :]
    u = (x * np.float32(cos) + y * np.float32(sin)) / np.float32(spot.stretch**0.5)
    v = (y * np.float32(cos) - x * np.float32(sin)) * np.float32(spot.stretch**0.5)
    rho = _rho(spot.form, u, v, rng)
    rho += 2 * np.maximum(rho - np.float32(1.2), 0)  # nothing reaches the window's edge
    if spot.form is Form.STAR:
        # In units of a spike: they would drown in the disturbances of the middle.
        strips, wide = _strips(spot, rng)
        steep = np.float32(spot.radius / wide)
        field = np.maximum(steep * (np.float32(0.55) - rho), np.float32(-3))
        add_strips(field, rows, columns, strips, wide)
        return field, wide
    if spot.form is Form.PATCHES:
        start = np.float32(rng.uniform(0.2, 1))
        return np.asarray(start - np.float32(1.6) * rho), spot.radius
    if spot.form is Form.SWARM:
        return np.asarray(np.float32(-0.7) - np.float32(1.5) * rho), spot.radius
    return np.asarray(1 - rho), spot.radius


def _rho(form: Form, u: Array, v: Array, rng: np.random.Generator) -> Plane:
    """(h, w) float32: 0 in the middle, 1 on the outline."""
    if form is Form.BOX:
        return np.asarray(np.maximum(np.abs(u), np.abs(v)), np.float32)
    if form is Form.POLYGON:
        corners = int(rng.integers(3, 9))
        turns = (np.arange(corners) + rng.uniform(-0.35, 0.35, corners)) / corners
        rho: Plane = np.full((u.shape[0], u.shape[1]), -1, np.float32)
        for turn in 2 * np.pi * turns:
            side = u * np.float32(np.cos(turn)) + v * np.float32(np.sin(turn))
            np.maximum(rho, side / np.float32(rng.uniform(0.55, 1)), out=rho)
        return rho
    round_ = np.hypot(u, v)
    if form is not Form.OVAL and rng.random() < 0.4:
        round_ = 0.5 * round_ + 0.5 * np.maximum(np.abs(u), np.abs(v))
    return np.asarray(round_, np.float32)


def _strips(spot: Spot, rng: np.random.Generator) -> tuple[Array, float]:
    """(n, 6) x, y, half width at both ends of straight tapering strips; pixels."""
    along = np.array([np.cos(spot.turn), np.sin(spot.turn)])
    across = np.array([-along[1], along[0]])
    r = spot.radius
    if spot.form is Form.STROKE:
        wide = r * rng.uniform(0.1, 0.35)
        points = np.cumsum(rng.normal(0, 0.5 * r, (int(rng.integers(2, 7)), 2)), axis=0)
        points = np.clip(points - points.mean(axis=0), -1.3 * r, 1.3 * r)
        half = np.full((len(points) - 1, 1), wide)
        return np.hstack([points[:-1], half, points[1:], half]), wide
    count = int(rng.integers(8, 26))
    if spot.form is Form.STAR:
        turns = rng.integers(0, 2, count) * np.pi + rng.normal(0, 0.6, count)
        turns = np.where(rng.random(count) < 0.35, rng.uniform(0, 6.3, count), turns)
        ways = np.cos(turns)[:, None] * along + np.sin(turns)[:, None] * across
        start = ways * 0.3 * r + rng.uniform(-0.35, 0.35, (count, 1)) * r * across
        end = start + ways * r * rng.uniform(0.3, 1.3, (count, 1))
        half = r * rng.uniform(0.05, 0.2, (count, 1))
        return np.hstack([start, half, end, 0.1 * half]), 0.1 * r
    if spot.form is Form.SPINDLE:
        wide, count, spread = r * rng.uniform(0.2, 0.5), int(rng.integers(1, 3)), 0.3
    else:
        wide, spread = r * rng.uniform(0.02, 0.12), 0.6
    length = r * rng.uniform(0.15, 0.8, (count, 1))
    middle = r * spread * rng.normal(0, 1, (count, 1)) * across
    middle = np.clip(middle + r * rng.normal(0, 0.4, (count, 1)) * along, -r, r)
    bend = middle + 0.1 * rng.normal(0, 1, (count, 1)) * length * across
    half = np.maximum(wide * rng.uniform(0.3, 1.2, (count, 1)), 0.8)
    first = np.hstack([middle - length * along, 0.05 * half, bend, half])
    return np.vstack(
        [first, np.hstack([bend, half, middle + length * along, 0 * half])]
    ), wide


def _band(
    scene: Scene, spot: Spot, window: Window, rng: np.random.Generator
) -> tuple[Plane, float]:
    """Field that falls with the distance from a side of the picture."""
    height, width = scene.shape
    rows = np.arange(window.top, window.bottom, dtype=np.float32)[:, None]
    columns = np.arange(window.left, window.right, dtype=np.float32)[None, :]
    gaps = (spot.y, height - spot.y, spot.x, width - spot.x)
    side = int(np.argmin(gaps))
    away = (rows, height - 1 - rows, columns, width - 1 - columns)[side]
    along, middle = (columns, spot.x) if side < 2 else (rows, spot.y)
    depth = np.float32(max(gaps[side], 0) + spot.radius * rng.uniform(0.15, 0.5))
    ends = np.abs(along - np.float32(middle)) / np.float32(1.5 * spot.radius)
    field = 1 - away / depth - np.clip(ends - 0.6, 0, None) * 2
    return np.asarray(field, np.float32), float(depth)


def _cells(rng: np.random.Generator, shape: tuple[int, int], cell_px: float) -> Plane:
    """(h, w) a random number, deviation 1, for each cell about a random seed."""
    rows, columns = int(shape[0] / cell_px) + 4, int(shape[1] / cell_px) + 4
    seeds = rng.random((rows, columns, 2), dtype=np.float32)
    values = rng.standard_normal((rows, columns), dtype=np.float32)
    out = np.empty(shape, np.float32)
    _fill_cells(seeds, values, cell_px, out)
    return out


@numba.njit(cache=True, fastmath=True)
def _fill_cells(seeds: Array, values: Array, cell_px: float, out: Array) -> None:
    """Fill `out` with the value of the nearest seed, one seed in each square."""
    for i in range(out.shape[0]):
        y = np.float32(i / cell_px + 1)
        for j in range(out.shape[1]):
            x = np.float32(j / cell_px + 1)
            row, column = int(y), int(x)
            best, value = np.float32(9), np.float32(0)
            for a in range(row - 1, row + 2):
                for b in range(column - 1, column + 2):
                    dy = a + seeds[a, b, 0] - y
                    dx = b + seeds[a, b, 1] - x
                    square = dy * dy + dx * dx
                    if square < best:
                        best, value = square, values[a, b]
            out[i, j] = value


def island_hold(
    shape: tuple[int, int], network: CrackNetwork, rng: np.random.Generator
) -> Plane:
    """(H, W) one random number, deviation 1, for each island between cracks."""
    whole = np.ones(shape, np.uint8)
    lines = [np.round(c.points_px * 16 - 8).astype(np.int32) for c in network.cracks]
    cv2.polylines(whole, lines, isClosed=False, color=0, thickness=1, shift=4)
    count, numbers = cv2.connectedComponents(whole, connectivity=4)
    # Large pictures have more islands than 16 bits can count; below 2^24 this is exact.
    spread = cv2.dilate(numbers.astype(np.float32), np.ones((3, 3), np.uint8))
    values = rng.standard_normal(count, dtype=np.float32)
    return np.asarray(values[spread.astype(np.int32)])

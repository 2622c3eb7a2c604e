# SPDX-License-Identifier: Apache-2.0
"""Painted areas that could be taken for losses or abrasion, and are sound.

Job: draw flat patches with painterly texture and outline, window panes, folds of
fabric, veined marble.
Not here: lines (`drawn_marks.py`), ornament (`patterns.py`).
"""

from typing import TypeAlias

import numpy as np

from pellicle.learn.ageing.fields import rough_noise, smooth_noise
from pellicle.learn.ageing.scene import Drawn, Layer, Scene, Shade, drawn_from
from pellicle.learn.ageing.sheets import (
    Sheet,
    blob,
    curve,
    happens,
    mm,
    related_colour,
    softened,
    somewhere,
    uneven,
)
from pellicle.model.arrays import Array, Colour, Plane
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window

Rng: TypeAlias = np.random.Generator

_OUTLINED = 0.45
_CORNERED, _BORROWED = 0.4, 0.35


def patch(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """A few coloured areas with sharp borders: ellipses, polygons, irregular shapes."""
    out: list[Drawn] = []
    for _ in range(int(rng.integers(1, 5))):
        reach = mm(scene, drawn_from(rng, [(0, 0.6), (0.6, 4), (1, 18)]))
        centre = somewhere(scene, rng)
        outline = _shape(rng, centre, reach)
        sheet = Sheet.over(scene, outline, 3)
        sheet.area(outline)
        colour = related_colour(scene, rng, centre, rng.choice([-1, 1]) * apart_l)
        tone = _painted(scene, sheet.window, colour, rng)
        if happens(rng, _BORROWED):
            tone = _borrowed(scene, sheet.window, tone, rng)
        soft = scene.pixel_size.px(drawn_from(rng, [(0, 0), (0.6, 50), (1, 300)]))
        cover = sheet.cover(soft) * np.float32(rng.uniform(0.8, 1))
        out.append(Layer(sheet.window, cover, tone, DamageClass.UNMAPPED))
        if happens(rng, _OUTLINED):
            dark = related_colour(scene, rng, centre, -apart_l)
            out.append(_outlined(scene, outline, dark, rng))
    return out


def _shape(rng: Rng, centre: Array, reach: float) -> Array:
    radii = (reach, reach * rng.uniform(0.35, 1))
    if happens(rng, _CORNERED):
        corners = int(rng.integers(3, 8))
        return blob(rng, centre, radii, roughness=0.15, count=corners)
    return blob(rng, centre, radii, roughness=rng.choice([0, 0.15, 0.35]))


def _borrowed(scene: Scene, window: Window, tone: Colour, rng: Rng) -> Colour:
    """(h, w, 3) another part of the picture, as it is or brought near to a tone."""
    height, width = window.shape
    top = int(rng.integers(0, scene.shape[0] - height + 1))
    left = int(rng.integers(0, scene.shape[1] - width + 1))
    there = Window(top, left, top + height, left + width)
    copied = scene.rgb_linear[there.slices]
    part = np.float32(rng.choice([0, rng.random()]))
    like = copied / (scene.local_rgb[there.slices] + np.float32(0.01)) * tone
    return np.clip(copied + (like - copied) * part, 0, 1)


def _outlined(scene: Scene, outline: Array, tone: Array, rng: Rng) -> Layer:
    line = np.concatenate([outline, outline[:1]])
    width = scene.px(rng.uniform(120, 700))
    sheet = Sheet.over(scene, line, width)
    pressure = 1 + 0.3 * smooth_noise(rng, (1, len(line)), 6)[0]
    for start in range(len(line) - 1):
        sheet.stroke(line[start : start + 2], width * pressure[start : start + 2])
    return sheet.layer(tone, opacity=rng.uniform(0.5, 1))


def _painted(scene: Scene, window: Window, colour: Array, rng: Rng) -> Colour:
    """(h, w, 3) a colour as brushed on: streaks, a slow turn from light to dark."""
    height, width = window.shape
    heading = rng.uniform(0, np.pi)
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, width, dtype=np.float32)
    slope = np.cos(heading) * columns + np.sin(heading) * rows
    level = 1 + np.float32(rng.uniform(0, 0.35)) * slope
    level += np.float32(rng.uniform(0.02, 0.15)) * _streaks(scene, window, rng)
    level += np.float32(rng.uniform(0, 0.1)) * uneven(scene, rng, window, 2_500)
    tone = np.maximum(level, 0.1)[..., None] * colour
    return np.asarray(np.clip(tone, 0, 1), np.float32)


def _streaks(scene: Scene, window: Window, rng: Rng) -> Plane:
    """(h, w) float32, deviation about 1: marks of the brush, level or upright."""
    height, width = window.shape
    long = max(1.0, scene.px(4_000) / max(1.5, scene.pixel_size.px(200)))
    if happens(rng, 0.5):  # half of them
        low = smooth_noise(rng, (height, int(width / long) + 1), scene.px(200) + 1)
        return np.ascontiguousarray(np.repeat(low, int(long) + 1, axis=1)[:, :width])
    low = smooth_noise(rng, (int(height / long) + 1, width), scene.px(200) + 1)
    return np.ascontiguousarray(np.repeat(low, int(long) + 1, axis=0)[:height])


def panes(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """A window, a tiled floor or a chequered cloth: quadrangles in rows."""
    sides = np.array([mm(scene, rng.uniform(1.5, 8)), mm(scene, rng.uniform(1.5, 8))])
    count = rng.integers(1, 6, 2)
    turn = rng.normal(0, 0.15)
    ahead = np.array([np.cos(turn), np.sin(turn)])
    axes = np.stack([ahead * sides[0], np.array([-ahead[1], ahead[0]]) * sides[1]])
    axes[1] += ahead * sides[1] * rng.choice([0, rng.normal(0, 0.4)])
    start = somewhere(scene, rng) - (count / 2) @ axes
    gap, chequered = rng.uniform(0.02, 0.15), happens(rng, 0.3)
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * (1 - gap)
    cells = [
        start + (unit + np.array([i, j])) @ axes
        for i in range(int(count[0]))
        for j in range(int(count[1]))
        if not chequered or (i + j) % 2 == 0
    ]
    sheet = Sheet.over(scene, np.concatenate(cells), 2)
    for cell in cells:
        sheet.area(cell, rng.uniform(0.75, 1))
    sign = rng.choice([-1, 1])
    colour = related_colour(scene, rng, start + (count / 2) @ axes, sign * apart_l)
    tone = _painted(scene, sheet.window, colour, rng)
    return [sheet.layer(tone, softness_px=scene.pixel_size.px(rng.uniform(0, 120)))]


def folds(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """Fabric: long soft ridges with light on one side, dark creases between."""
    reach = mm(scene, rng.uniform(5, 30))
    outline = blob(rng, somewhere(scene, rng), (reach, 0.7 * reach), roughness=0.2)
    soft = 0.15 * reach
    sheet = Sheet.over(scene, outline, 2 * soft)
    sheet.area(outline)
    inside = softened(sheet.cover(), soft)
    heading = rng.uniform(0, np.pi)
    rows = np.arange(inside.shape[0], dtype=np.float32)[:, None]
    columns = np.arange(inside.shape[1], dtype=np.float32)
    pitch = mm(scene, rng.uniform(1.5, 8))
    phase = (np.cos(heading) * columns + np.sin(heading) * rows) / np.float32(pitch)
    grain = max(3.0, 2.5 * pitch)
    phase = phase + np.float32(rng.uniform(0.3, 0.9)) * smooth_noise(
        rng, inside.shape, grain
    )
    wave = 2 * (phase - np.floor(phase)) - 1
    shape = wave * (1 - wave**6)  # rises slowly, falls in a sharp crease
    strength = np.float32(np.clip(apart_l / 60, 0.05, 0.6))
    gain = np.clip(1 + strength * shape * inside, 0.2, 2.5)
    return [Shade(sheet.window, np.asarray(gain, np.float32))]


def marble(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """Painted veins: wandering lines of changing width and strength, soft."""
    middle, heading = somewhere(scene, rng), rng.uniform(0, np.pi)
    spread = mm(scene, rng.uniform(3, 15))
    ways = []
    for _ in range(int(rng.integers(2, 12))):
        start = middle + rng.normal(0, spread, 2)
        turn = heading + rng.normal(0, 0.35)
        length = spread * rng.uniform(0.8, 3)
        way = curve(rng, start, length, heading=turn, bend=0.5, count=60)
        jitter = smooth_noise(rng, (2, 60), 4)
        ways.append(way + 0.02 * spread * jitter.T)
    width = scene.px(rng.uniform(250, 1_000))
    sheet = Sheet.over(scene, np.concatenate(ways), 2 * width)
    for way in ways:
        pressure = np.clip(1 + 0.6 * smooth_noise(rng, (1, 60), 7)[0], 0.1, 2.5)
        sheet.stroke(way, width * pressure, rng.uniform(0.3, 1))
    tone = related_colour(scene, rng, middle, rng.choice([-1, 1]) * apart_l)
    soft = max(0.8, scene.pixel_size.px(rng.uniform(90, 400)))
    cloud = rough_noise(rng, sheet.window.shape, max(2.0, scene.px(2_500)), octaves=3)
    cover = sheet.cover(soft) * np.clip(0.6 + 0.35 * cloud, 0, 1)
    return [Layer(sheet.window, cover, tone, DamageClass.UNMAPPED)]


def scumble(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """Thin paint dragged over the dry surface: broken streaks with a direction."""
    reach = mm(scene, rng.uniform(3, 20))
    centre = somewhere(scene, rng)
    outline = blob(rng, centre, (reach, reach * rng.uniform(0.2, 0.6)), roughness=0.2)
    sheet = Sheet.over(scene, outline, 0.3 * reach)
    sheet.area(outline)
    inside = softened(sheet.cover(), 0.15 * reach)
    streaks = _streaks(scene, sheet.window, rng)
    fine = uneven(scene, rng, sheet.window, rng.uniform(100, 500))
    broken = 1.6 * inside - 0.9 + 0.45 * streaks + 0.2 * fine
    cover = np.clip(broken, 0, 1) * np.float32(rng.uniform(0.4, 0.95))
    tone = related_colour(scene, rng, centre, rng.choice([-1, 1]) * apart_l)
    return [Layer(sheet.window, cover.astype(np.float32), tone, DamageClass.UNMAPPED)]

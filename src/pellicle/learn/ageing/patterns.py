# SPDX-License-Identifier: Apache-2.0
"""Ornament that repeats, and the structure of canvas and wood.

Job: draw punched gold, pearls, lace and woven pattern, canvas weave, wood grain.
Not here: strokes (`drawn_marks.py`), areas (`passages.py`).
Terms: *punchwork* are dots, rings and rosettes pressed into gold with a punch.
"""

from typing import TypeAlias

import cv2
import numpy as np

from pellicle.learn.ageing.fields import smooth_noise, weave
from pellicle.learn.ageing.scene import Drawn, Layer, Scene, Shade
from pellicle.learn.ageing.sheets import (
    Sheet,
    blob,
    curve,
    happens,
    lit,
    mm,
    related_colour,
    softened,
    somewhere,
    uneven,
)
from pellicle.model.arrays import Array, Plane
from pellicle.model.condition import DamageClass

Rng: TypeAlias = np.random.Generator

_GOLD = np.array([0.55, 0.36, 0.1], np.float32)
_MOTIF = 48
_HALF = 0.5


def canvas(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """The weave of the canvas shows through the paint everywhere."""
    pitch = max(2.2, scene.pixel_size.px(rng.uniform(350, 1_300)))
    height = weave(rng, scene.shape, pitch)
    strength = np.float32(np.clip(apart_l / 300, 0.01, 0.12) * rng.uniform(0.4, 1))
    return [Shade(scene.window, np.clip(1 + strength * height, 0.5, 1.6))]


def wood_grain(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """Relief of a panel's grain, all over: fine lines along it, wandering together."""
    height, width = scene.shape
    upright = happens(rng, _HALF)
    along, across = (height, width) if upright else (width, height)
    pitch = max(1.6, scene.pixel_size.px(rng.uniform(250, 1_500)))
    long = int(max(8, scene.px(15_000)))
    lines = smooth_noise(rng, (along // long + 2, across), pitch)
    whole = cv2.resize(lines, (across, along), interpolation=cv2.INTER_LINEAR)
    lean = np.tan(rng.normal(0, 0.03))
    moved = np.array([[1, lean, -lean * along / 2], [0, 1, 0]], np.float32)
    whole = cv2.warpAffine(whole, moved, (across, along), borderMode=cv2.BORDER_REFLECT)
    strength = np.float32(np.clip(apart_l / 300, 0.01, 0.12) * rng.uniform(0.4, 1))
    gain = np.clip(1 + strength * (whole if upright else whole.T), 0.5, 1.6)
    return [Shade(scene.window, np.ascontiguousarray(gain, np.float32))]


def punchwork(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """Rows of punched dots, rings and rosettes, on gold or on the paint as it is."""
    size = mm(scene, rng.uniform(0.4, 2.2))
    reach = mm(scene, rng.uniform(5, 35))
    middle, rosette = somewhere(scene, rng), int(rng.choice([1, 1, 5, 6, 8]))
    points = _rows(rng, middle, reach, size * rng.uniform(1.3, 3.5))
    sheet = Sheet.over(scene, points, 2 * size)
    ring = happens(rng, _HALF)
    for point in points:
        for place in _petals(point, 0.62 * size, rosette):
            radius = 0.5 * size if rosette == 1 else 0.22 * size
            sheet.dot((place[0], place[1]), radius)
            if ring:
                sheet.dot((place[0], place[1]), 0.5 * radius, 0.3)
    pressed = sheet.cover(scene.pixel_size.px(40))
    light = lit(pressed, rng.uniform(0, 2 * np.pi), rng.uniform(0.08, 0.35))
    light *= 1 - np.float32(0.3 * rng.random()) * pressed
    if happens(rng, _HALF):
        return [Shade(sheet.window, light)]
    field = Sheet.over(scene, points, 2 * size)
    for point in points:
        field.dot((point[0], point[1]), 1.9 * size)
    gold = _GOLD * np.float32(rng.uniform(0.4, 1.3) + apart_l / 200)
    shine = 1 + 0.12 * uneven(scene, rng, field.window, 4_000)
    tone = np.clip((light * shine)[..., None] * gold, 0, 1)
    return [field.layer(tone, softness_px=0.5)]


def _rows(rng: Rng, middle: Array, reach: float, pitch: float) -> Array:
    """(n, 2) places in one to three rows, straight or round, at most 240."""
    rows = int(rng.integers(1, 4))
    count = int(np.clip(2 * reach / pitch, 3, 80))
    along = (np.arange(count) - count / 2) * pitch
    turn = rng.uniform(0, 2 * np.pi)
    out = []
    for row in range(rows):
        if happens(rng, _HALF):
            x, y = along, np.full(count, row * pitch)
        else:
            radius = reach + row * pitch
            x, y = radius * np.sin(along / reach), radius * (1 - np.cos(along / reach))
        turned = [
            x * np.cos(turn) - y * np.sin(turn),
            x * np.sin(turn) + y * np.cos(turn),
        ]
        out.append(middle + np.stack(turned, axis=1))
    return np.concatenate(out)


def _petals(point: Array, radius: float, count: int) -> Array:
    """(n, 2) the point itself, or a ring around it and its middle."""
    if count == 1:
        return point[None]
    angle = np.arange(count) * 2 * np.pi / count
    around = point + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.concatenate([point[None], around])


def pearls(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """A string of pearls or beads: round, shaded, each with a point of light."""
    size = mm(scene, rng.uniform(0.5, 3.5))
    count = int(rng.integers(3, 30))
    heading = rng.uniform(0, 2 * np.pi)
    length = 1.05 * size * count
    way = curve(
        rng, somewhere(scene, rng), length, heading=heading, bend=1.2, count=count
    )
    body, light = (Sheet.over(scene, way, size) for _ in range(2))
    dark = Sheet.over(scene, way, size)
    for point in way:
        x, y = float(point[0]), float(point[1])
        radius = 0.48 * size * rng.uniform(0.85, 1.05)
        body.dot((x, y), radius)
        dark.dot((x + 0.15 * radius, y + 0.15 * radius), 0.9 * radius)
        light.dot((x - 0.35 * radius, y - 0.35 * radius), 0.25 * radius)
    base = related_colour(scene, rng, way[0], apart_l)
    volume = dark.cover(0.12 * size)[..., None]
    tone = base * (1.1 - np.float32(rng.uniform(0.3, 0.8)) * volume)
    soft = scene.pixel_size.px(30)
    white = np.clip(base * 1.5 + 0.25, 0, 1)
    lights = light.layer(white, softness_px=soft)
    return [body.layer(np.clip(tone, 0, 1), softness_px=soft), lights]


def lace(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """A motif repeated over a band or a patch, slightly distorted."""
    reach = mm(scene, rng.uniform(5, 28))
    centre = somewhere(scene, rng)
    radii = (reach, reach * rng.uniform(0.15, 0.8))
    outline = blob(rng, centre, radii, roughness=rng.choice([0.02, 0.12]))
    sheet = Sheet.over(scene, outline, 2)
    sheet.area(outline)
    pitch = max(8.0, mm(scene, rng.uniform(1.2, 7)))
    turn = rng.uniform(0, np.pi)
    rows = np.arange(sheet.window.shape[0], dtype=np.float32)[:, None]
    columns = np.arange(sheet.window.shape[1], dtype=np.float32)
    bent = [
        np.float32(0.12) * uneven(scene, rng, sheet.window, 9_000) for _ in range(2)
    ]
    u = (np.cos(turn) * columns + np.sin(turn) * rows) / pitch + bent[0]
    v = (np.cos(turn) * rows - np.sin(turn) * columns) / pitch + bent[1]
    cover = sheet.cover() * _repeated(_motif(rng, pitch), u, v)
    sign = 1 if happens(rng, 0.75) else -1  # mostly light on dark
    tone = related_colour(scene, rng, centre, sign * apart_l)
    return [Layer(sheet.window, cover, tone, DamageClass.UNMAPPED)]


def _repeated(motif: Plane, u: Array, v: Array) -> Plane:
    """The motif at places counted in repeats."""
    side = motif.shape[0]
    x = np.asarray((u - np.floor(u)) * side, np.float32)
    y = np.asarray((v - np.floor(v)) * side, np.float32)
    out = cv2.remap(motif, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(out, np.float32)


def _motif(rng: Rng, pitch_px: float) -> Plane:
    """(n, n) float32 in [0, 1]: lines, dots and rings, four times mirrored."""
    side = _MOTIF
    thin = max(1, round(1.3 * side / pitch_px), int(rng.integers(1, 4)))
    plate = np.zeros((side, side), np.uint8)
    for _ in range(int(rng.integers(2, 7))):
        a, b = (tuple(int(v) for v in rng.integers(0, side, 2)) for _ in range(2))
        kind = rng.integers(3)
        radius = int(rng.integers(2, side // 4))
        if kind == 0:
            cv2.line(plate, a, b, 255, thin, cv2.LINE_AA)
        elif kind == 1:
            cv2.circle(plate, a, radius, 255, thin, cv2.LINE_AA)
        else:
            cv2.circle(plate, a, radius // 2 + 1, 255, cv2.FILLED, cv2.LINE_AA)
    half = np.concatenate([plate, plate[:, ::-1]], axis=1)
    whole = np.concatenate([half, half[::-1]], axis=0)
    size = max(6, round(pitch_px))
    small = cv2.resize(whole, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(small.astype(np.float32) / 255, np.float32)


def masonry(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """A wall or floor of stones: a net of joints, lit on one side, that is painted."""
    reach = mm(scene, rng.uniform(6, 35))
    outline = blob(rng, somewhere(scene, rng), (reach, 0.7 * reach), roughness=0.15)
    joints, shown = (Sheet.over(scene, outline, 0) for _ in range(2))
    window, stone = joints.window, mm(scene, rng.uniform(1.2, 9))
    flat, turn = rng.uniform(0.35, 1), rng.normal(0, 0.08)
    across, along = np.array([np.cos(turn), np.sin(turn)]), np.array([0.0, flat])
    count_x, count_y = (
        int(n / stone / k) + 2
        for n, k in ((window.shape[1], 1), (window.shape[0], flat))
    )
    origin = np.array([window.left, window.top]) - stone
    width = scene.px(rng.uniform(90, 450))
    uneven_px = 0.06 * stone
    for row in range(min(count_y, 40) + 1):
        shift = 0.5 * (row % 2) + rng.normal(0, 0.05)
        for column in range(min(count_x, 40) + 1):
            corner = origin + stone * ((column + shift) * across + row * along)
            ends = [corner, corner + stone * across, corner + stone * along]
            a, b, c = (end + rng.normal(0, uneven_px, 2) for end in ends)
            joints.stroke(np.stack([b, a, c])[:2], width, rng.uniform(0.5, 1))
            joints.stroke(np.stack([a, c]), width, rng.uniform(0.5, 1))
    shown.area(outline)
    inside = softened(shown.cover(), 0.1 * reach)
    cover = joints.cover(scene.pixel_size.px(rng.uniform(20, 150)))
    light = lit(cover, rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.12))
    sign = 1 if happens(rng, 0.3) else -1  # mortar is light at times
    tone = related_colour(scene, rng, outline.mean(axis=0), sign * apart_l)
    cover *= inside * np.clip(0.75 + 0.25 * uneven(scene, rng, window, 3_000), 0, 1)
    stones = 1 + (light - 1) * inside
    return [
        Shade(window, np.asarray(stones, np.float32)),
        Layer(window, cover, tone, DamageClass.UNMAPPED),
    ]

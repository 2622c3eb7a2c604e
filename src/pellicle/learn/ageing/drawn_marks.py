# SPDX-License-Identifier: Apache-2.0
"""Marks that a painter or draughtsman makes, and that are no damage.

Job: draw strokes and lines: brushwork, hair, contours, hatching, writing, branches,
ruled lines, foliage and highlights.
Not here: periodic ornament and structure of the support (`patterns.py`), areas
(`passages.py`), which of them a picture gets (`distractors.py`).
Terms: *impasto* is paint so thick that the bristles left ridges in it.
"""

from typing import TypeAlias

import cv2
import numpy as np

from pellicle.learn.ageing.fields import smooth_noise
from pellicle.learn.ageing.scene import Drawn, Layer, Scene, drawn_from
from pellicle.learn.ageing.sheets import (
    Sheet,
    beside,
    blob,
    curve,
    happens,
    lit,
    mm,
    related_colour,
    somewhere,
    stroke_outline,
)
from pellicle.model.arrays import Array, Plane
from pellicle.model.condition import DamageClass

Rng: TypeAlias = np.random.Generator

_BROKEN, _FILLED = 0.6, 0.55
_MOST_BRANCHES = 90


def impasto(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """One brush stroke or a bundle, with ridges that catch the light."""
    count = int(rng.choice([1, 3, 9, 22]))
    length = mm(scene, drawn_from(rng, [(0, 3), (0.7, 12), (1, 35)]))
    wide = min(mm(scene, drawn_from(rng, [(0, 0.6), (0.6, 2), (1, 6)])), length / 3)
    ways = _bundle(scene, count, length, wide, rng)
    sheet = Sheet.over(scene, np.concatenate(ways), wide)
    ridges = Sheet(sheet.window, np.zeros_like(sheet.plate))
    tone = np.zeros((*sheet.window.shape, 3), np.float32)
    corner = np.array([sheet.window.left, sheet.window.top])
    taper, pitch = rng.uniform(0.01, 0.2), scene.px(rng.uniform(90, 260)) + 0.6
    dry = happens(rng, 0.4)  # a dry brush leaves gaps
    for way in ways:
        width = wide * _pressed(rng, len(way), taper)
        sheet.stroke(way, width)
        _bristles(ridges, way, width, pitch, rng)
        colour = related_colour(scene, rng, way[len(way) // 2], apart_l)
        outline = np.rint(stroke_outline(way, 1.4 * wide) - corner)
        cv2.fillPoly(tone, [outline.astype(np.int32)], colour.tolist())
    height = ridges.cover(scene.pixel_size.px(25))
    gain = lit(height, rng.uniform(0, 2 * np.pi), rng.uniform(0.03, 0.22))
    streaks = np.float32(rng.uniform(0.1, 0.6))
    tone *= (gain * (1 - 0.5 * streaks + streaks * height))[..., None]
    cover = sheet.cover()
    if dry:
        cover *= np.clip(rng.uniform(-0.2, 0.3) + 1.6 * height, 0, 1)
    return [Layer(sheet.window, cover, np.clip(tone, 0, 1), DamageClass.UNMAPPED)]


def _bundle(
    scene: Scene, count: int, length: float, wide: float, rng: Rng
) -> list[Array]:
    """Strokes side by side, set by one hand."""
    middle, heading = somewhere(scene, rng), rng.uniform(0, 2 * np.pi)
    bend = rng.uniform(0, 0.5)
    return [
        curve(
            rng,
            middle + rng.normal(0, 0.6 * wide * count**0.5, 2),
            length * rng.uniform(0.6, 1.2),
            heading=heading + rng.normal(0, 0.15),
            bend=bend,
        )
        for _ in range(count)
    ]


def _pressed(rng: Rng, count: int, taper: float) -> Array:
    """(n,) relative width of a stroke that is set down and lifted, in (0, 1.3]."""
    along = np.linspace(0, 1, count)
    ends = np.minimum(along, 1 - along) / max(taper, 1e-3)
    uneven = 1 + 0.15 * smooth_noise(rng, (1, count), 6)[0]
    return np.asarray(np.clip(np.sqrt(np.clip(ends, 0.02, 1)) * uneven, 0.05, 1.3))


def _bristles(sheet: Sheet, way: Array, width: Array, pitch: float, rng: Rng) -> None:
    """Ridges along a stroke, that begin and end where the paint did."""
    count = int(np.clip(1.6 * width.max() / pitch, 3, 40))
    sheet.stroke(way, width, 0.5)
    for part in rng.uniform(-0.5, 0.5, count):
        first = int(rng.integers(0, len(way) // 2)) if happens(rng, _BROKEN) else 0
        trace = slice(first, len(way) - int(rng.integers(0, 6)))
        ridge = beside(way, part * width)[trace]
        sheet.stroke(ridge, pitch * rng.uniform(0.4, 1.3), float(rng.uniform(0.05, 1)))


def hair(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """A lock or fur: many thin strands side by side, light over dark."""
    length = mm(scene, drawn_from(rng, [(0, 4), (0.5, 18), (1, 60)]))
    wide = length * rng.uniform(0.12, 0.5)
    heading, bend = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 1.2)
    spine = curve(rng, somewhere(scene, rng), length, heading=heading, bend=bend)
    count = int(np.clip(2.5 * wide / scene.px(rng.uniform(150, 700)), 8, 110))
    thin = scene.px(rng.uniform(50, 260))
    middle = spine[len(spine) // 2]
    out: list[Drawn] = []
    if happens(rng, _FILLED):
        mass = Sheet.over(scene, spine, wide)
        mass.stroke(spine, wide * _pressed(rng, len(spine), 0.3))
        base = related_colour(scene, rng, middle, -0.5 * apart_l)
        soft = min(0.1 * wide, scene.px(1_000))
        out.append(mass.layer(base, opacity=0.8, softness_px=soft))
    for sign in (-1, 1) if happens(rng, _FILLED) else (rng.choice([-1, 1]),):
        sheet = Sheet.over(scene, spine, wide)
        for _ in range(count):
            strand = _strand(spine, wide, rng)
            width = thin * _pressed(rng, len(strand), 0.4)
            sheet.stroke(strand, width, float(rng.uniform(0.35, 1)))
        tone = related_colour(scene, rng, middle, sign * apart_l)
        out.append(sheet.layer(tone, softness_px=scene.pixel_size.px(25)))
    return out


def _strand(spine: Array, wide: float, rng: Rng) -> Array:
    """(n, 2) a part of a line that keeps beside the spine, nearly."""
    ends = rng.uniform(0.4, 1.2, 2)
    offset = rng.normal(0, wide / 3) * np.linspace(ends[0], ends[1], len(spine))
    sway = 0.06 * wide * smooth_noise(rng, (1, len(spine)), 8)[0]
    first = int(rng.integers(0, len(spine) // 2))
    last = int(rng.integers(first + len(spine) // 3, len(spine) + 1))
    return beside(spine, offset + sway)[first : last + 1]


def contours(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """Closed or open outlines of varying width, drawn or inked."""
    out: list[Drawn] = []
    for _ in range(int(rng.integers(1, 5))):
        reach = mm(scene, drawn_from(rng, [(0, 1.5), (0.6, 8), (1, 30)]))
        radii = (reach, reach * rng.uniform(0.3, 1))
        centre = somewhere(scene, rng)
        line = blob(rng, centre, radii, roughness=rng.uniform(0, 0.4), count=96)
        shown = 97 if happens(rng, 0.6) else int(rng.integers(30, 90))
        line = np.concatenate([line, line[:1]])[:shown]
        pressure = 1 + 0.5 * smooth_noise(rng, (1, len(line)), 15)[0]
        width = scene.px(drawn_from(rng, [(0, 90), (0.6, 300), (1, 1_200)]))
        sheet = Sheet.over(scene, line, 2.5 * width)
        sheet.stroke(line, width * np.clip(pressure, 0.2, 2.2))
        tone = related_colour(scene, rng, centre, -apart_l)
        out.append(_inked(scene, sheet, tone, rng))
    return out


def _inked(scene: Scene, sheet: Sheet, tone: Array, rng: Rng) -> Layer:
    """Layer whose ink is uneven and whose border is sharp or soft."""
    soft = drawn_from(rng, [(0, 0), (0.5, 30), (1, 200)])
    cover = sheet.cover(scene.pixel_size.px(soft)) * np.float32(rng.uniform(0.5, 1))
    if happens(rng, 0.5):  # half of them
        grain = max(2.0, scene.pixel_size.px(rng.uniform(200, 3_000)))
        noise = smooth_noise(rng, cover.shape, grain)
        cover *= np.clip(0.85 + 0.25 * noise, 0.1, 1)
    return Layer(sheet.window, cover, tone, DamageClass.UNMAPPED)


def hatching(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """Parallel strokes over a patch, once or crossed, as in drawings and prints."""
    reach = mm(scene, rng.uniform(2, 18))
    centre, heading = somewhere(scene, rng), rng.uniform(0, np.pi)
    pitch = scene.px(rng.uniform(280, 1_300)) + 1
    width = min(scene.px(rng.uniform(70, 350)), 0.6 * pitch)
    corners = centre + reach * np.array([[-1, -1], [1, 1]])
    sheet = Sheet.over(scene, corners, 0.3 * reach)
    bend = rng.uniform(0, 0.25)
    for turn in (0, rng.uniform(0.4, 1.5))[: int(rng.integers(1, 3))]:
        angle = heading + turn
        ahead = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-ahead[1], ahead[0]])
        for offset in np.arange(-reach, reach, pitch)[:160]:
            half = np.sqrt(max(reach**2 - offset**2, 0)) * rng.uniform(0.75, 1.05)
            shift = offset + rng.normal(0, 0.12 * pitch)
            start = centre + across * shift - ahead * half
            way = curve(rng, start, 2 * half + 1, heading=angle, bend=0, count=9)
            arch = bend * half * np.sin(np.linspace(0, np.pi, 9))
            thin = width * _pressed(rng, 9, 0.5)
            sheet.stroke(way + across * arch[:, None], thin, rng.uniform(0.6, 1))
    sign = 1 if happens(rng, 0.2) else -1  # white on dark, at times
    tone = related_colour(scene, rng, centre, sign * apart_l)
    return [_inked(scene, sheet, tone, rng)]


def writing(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """An inscription of one or a few lines."""
    size = mm(scene, drawn_from(rng, [(0, 1.5), (0.6, 4), (1, 15)]))
    face = int(rng.choice([0, 2, 3, 4, 5, 6, 7, 16 + 3]))
    letters = "ABCDEFGHIKLMNOPQRSTVXYabcdefghilmnoprstuvx0123456789.,&   "
    font_px = cv2.getTextSize("H", face, 1.0, 1)[0][1]
    scale = 2 * size / font_px
    thick = max(2, round(2 * size * rng.uniform(0.08, 0.22)))
    lines = int(rng.integers(1, 5))
    count = int(rng.integers(2, 24 // lines + 6))
    texts = ["A" + "".join(rng.choice(list(letters), count)) for _ in range(lines)]
    sizes = [cv2.getTextSize(text, face, scale, thick)[0][0] / 2 for text in texts]
    corner = somewhere(scene, rng) - np.array([max(sizes) / 2, size * lines / 2])
    far = corner + np.array([max(sizes), 1.7 * size * lines])
    sheet = Sheet.over(scene, np.stack([corner, far]), 0.5 * size)
    left, top = sheet.window.left, sheet.window.top
    for number, text in enumerate(texts):
        y = corner[1] + (1.7 * number + 1) * size
        at = (round(2 * (corner[0] - left)), round(2 * (y - top)))
        cv2.putText(sheet.plate, text, at, face, scale, 255, thick, cv2.LINE_AA)
    tone = related_colour(scene, rng, corner, rng.choice([-1, 1]) * apart_l)
    return [_inked(scene, sheet, tone, rng)]


def signature(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """Looped handwriting in one line."""
    size = mm(scene, rng.uniform(1.5, 7))
    loops = int(rng.integers(4, 16))
    at = np.linspace(0, 2 * np.pi * loops, 24 * loops)
    grow = 0.5 + 0.35 * np.abs(smooth_noise(rng, (1, len(at)), 24)[0])
    sway, lag = (smooth_noise(rng, (1, len(at)), grain)[0] for grain in (20, 30))
    x = size * (0.13 * at + 0.3 * np.cos(at) + 0.15 * sway)
    y = size * grow * np.sin(at + 0.6 * lag)
    slant = rng.uniform(-0.6, 0.1)
    way = somewhere(scene, rng) + np.stack([x + slant * y, y], axis=1)
    width = size * rng.uniform(0.05, 0.16)
    sheet = Sheet.over(scene, way, width)
    down = np.gradient(y)
    thin = width * (0.4 + 0.6 * np.clip(down / np.abs(down).max(), 0, 1))
    for part in range(0, len(way) - 1, 12):
        sheet.stroke(way[part : part + 14], thin[part : part + 14])
    tone = related_colour(scene, rng, way[0], rng.choice([-1, 1]) * apart_l)
    return [_inked(scene, sheet, tone, rng)]


def branches(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """A bare tree: dark lines that fork and taper."""
    trunk = mm(scene, rng.uniform(0.4, 2.5))
    length = mm(scene, rng.uniform(5, 25))
    todo = [(somewhere(scene, rng), rng.normal(-np.pi / 2, 0.5), trunk, length)]
    ways: list[tuple[Array, Array]] = []
    while todo and len(ways) < _MOST_BRANCHES:
        start, heading, width, long = todo.pop(0)
        way = curve(rng, start, long, heading=heading, bend=0.35, count=12)
        ways.append((way, np.linspace(width, 0.65 * width, 12)))
        if width < scene.pixel_size.px(70) or long < scene.pixel_size.px(700):
            continue
        onward = np.arctan2(*(way[-1] - way[-3])[::-1])
        todo.append((way[-1], onward + rng.normal(0, 0.3), 0.65 * width, 0.75 * long))
        for _ in range(int(rng.integers(1, 3))):
            at = int(rng.integers(4, 12))
            side = onward + rng.choice([-1, 1]) * rng.uniform(0.35, 1.1)
            todo.append((way[at], side, 0.45 * width, long * rng.uniform(0.4, 0.8)))
    sheet = Sheet.over(scene, np.concatenate([way for way, _ in ways]), trunk)
    for way, widths in ways:
        sheet.stroke(way, widths)
    sign = 1 if happens(rng, 0.2) else -1  # seen against the dark
    tone = related_colour(scene, rng, ways[0][0][0], sign * apart_l)
    return [_inked(scene, sheet, tone, rng)]


def ruled(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """Straight lines of rigging or architecture: parallel, fanned or crossed."""
    middle, heading = somewhere(scene, rng), rng.uniform(0, np.pi)
    if happens(rng, 0.5):  # half of them upright or level
        heading = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.02)
    length = mm(scene, rng.uniform(8, 80))
    width = scene.px(drawn_from(rng, [(0, 80), (0.7, 250), (1, 1_000)]))
    pitch = width + mm(scene, rng.uniform(0.6, 8))
    fan = rng.choice([0.0, rng.normal(0, 0.06)])
    ways = []
    for crossed in range(int(rng.integers(1, 3))):
        count = int(rng.integers(1, 9))
        for number in range(count):
            angle = heading + crossed * np.pi / 2 + fan * (number - count / 2)
            ahead = np.array([np.cos(angle), np.sin(angle)])
            across = np.array([-ahead[1], ahead[0]])
            start = middle + (number - count / 2) * pitch * across
            ways.append(start + np.outer(np.linspace(-0.5, 0.5, 6) * length, ahead))
    sheet = Sheet.over(scene, np.concatenate(ways), width)
    for way in ways:
        sheet.stroke(way, width * rng.uniform(0.6, 1.2), rng.uniform(0.6, 1))
    tone = related_colour(scene, rng, middle, rng.choice([-1, -1, 1]) * apart_l)
    return [_inked(scene, sheet, tone, rng)]


def foliage(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """Dabs of a small brush in a group, in one to three tones."""
    reach = mm(scene, rng.uniform(3, 18))
    middle, size = somewhere(scene, rng), mm(scene, rng.uniform(0.25, 1.4))
    long, heading = rng.uniform(0.6, 2.5), rng.uniform(0, 2 * np.pi)
    angle = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    sharp = rng.uniform(0, 0.5)
    leaf = np.stack([long * np.cos(angle), 0.5 * np.sin(angle)], axis=1)
    leaf[:, 1] *= 1 - sharp * np.abs(np.cos(angle))
    out: list[Drawn] = []
    for _ in range(int(rng.integers(1, 4))):
        count = int(rng.integers(15, 150))
        points = middle + rng.normal(0, reach / 2, (count, 2))
        sheet = Sheet.over(scene, points, 2 * long * size)
        for point, turn in zip(points, rng.normal(heading, 0.7, count), strict=True):
            c, s = np.cos(turn), np.sin(turn)
            dab = leaf * (1 + 0.15 * rng.standard_normal((14, 1)))
            dab = dab @ np.array([[c, s], [-s, c]]) * (size * rng.uniform(0.5, 1.3))
            sheet.area(point + dab, rng.uniform(0.6, 1))
        tone = related_colour(scene, rng, middle, rng.uniform(-1, 1) * apart_l)
        out.append(_inked(scene, sheet, tone, rng))
    return out


def highlights(scene: Scene, apart_l: float, rng: Rng) -> list[Drawn]:
    """Small bright spots on thick paint or metal, some with a glow."""
    reach = mm(scene, rng.uniform(1, 15))
    points = somewhere(scene, rng) + rng.normal(0, reach, (int(rng.integers(2, 40)), 2))
    sheet = Sheet.over(scene, points, mm(scene, 2))
    for point in points:
        size = scene.px(drawn_from(rng, [(0, 50), (0.7, 160), (1, 550)]))
        radii = (size, size * rng.uniform(0.3, 1))
        sheet.area(blob(rng, point, radii, roughness=0.12, count=18))
    tone = related_colour(scene, rng, points[0], apart_l + 15)
    white = np.array([0.95, 0.92, 0.85], np.float32)
    tone = tone + (white - tone) * np.float32(rng.random())
    cover: Plane = sheet.cover(scene.pixel_size.px(rng.uniform(10, 120)))
    return [Layer(sheet.window, cover, tone.astype(np.float32), DamageClass.UNMAPPED)]

# SPDX-License-Identifier: Apache-2.0
"""Splits: cracks through the support.

Job: draw the few long cracks of a panel or a torn canvas, their lips and their flakes.
Not here: how they look (`split_plan.py`); cracks of the paint (`network.py` and what
grows it).
Terms: the *course* is the middle of the opening, one position for every row that the
split crosses; the *lip* is the edge that the light meets.
"""

from dataclasses import dataclass

import numpy as np

from pellicle.learn.ageing.fields import rough_noise, smooth_noise
from pellicle.learn.ageing.scene import (
    Drawn,
    Layer,
    Scene,
    Shade,
    at_lightness,
    drawn_from,
    lightness,
)
from pellicle.learn.ageing.sheets import happens
from pellicle.learn.ageing.split_plan import SplitPlan
from pellicle.model.arrays import Array, Colour, Plane
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window

_PIECE_ROWS = 160
_PLAIN_LIP = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """One line in a frame whose rows run along it: from row `first`, (n,) float32."""

    first: int
    middle: Array
    half_left: Array
    half_right: Array
    depth: Array
    slant: Array


def draw_splits(scene: Scene, plan: SplitPlan, rng: np.random.Generator) -> list[Drawn]:
    """Layers of all splits of the scene, labelled `SPLIT`; their flakes `LOSS`."""
    out: list[Drawn] = []
    for _ in range(plan.count):
        course = _course(scene, plan, rng)
        out += _drawn(scene, plan, course, rng)
        if rng.random() < plan.doubled:
            out += _drawn(scene, plan, _companion(scene, course, rng), rng)
    return out


def _extent(scene: Scene, plan: SplitPlan) -> tuple[int, int]:
    """(along, across) the splits, in pixels."""
    height, width = scene.shape
    return (height, width) if plan.vertical else (width, height)


def _course(scene: Scene, plan: SplitPlan, rng: np.random.Generator) -> _Course:
    along, across = _extent(scene, plan)
    whole = max(2, round(plan.length * along))
    spare = along - whole
    from_edge = happens(rng, 0.6)
    start = round(spare * (rng.integers(2) if from_edge else rng.random()))
    first, last = max(start, 0), min(start + whole, along)
    rows = np.arange(first, last, dtype=np.float32)
    middle = np.tan(np.deg2rad(plan.lean_deg)) * (rows - rows.mean())
    middle += _wandering(scene, plan.wander, len(rows), rng)
    low, high = 2 - middle.min(), across - 2 - middle.max()
    middle += rng.uniform(low, high) if low < high else across / 2
    taper = np.ones(len(rows), np.float32)
    reach = whole * rng.uniform(0.1, 0.5)
    if start > 0 or not from_edge:
        taper *= np.clip((rows + 1 - start) / reach, 0, 1)
    if start + whole < along or not from_edge:
        taper *= np.clip((start + whole - rows) / reach, 0, 1)
    width = scene.pixel_size.px(plan.opening_um) * taper**0.7
    return _opened(scene, first, middle, width, rng)


def _wandering(
    scene: Scene, wander: float, count: int, rng: np.random.Generator
) -> Array:
    """(n,) float32, how far the course leaves the straight line, in pixels."""

    def noise(grain_um: float, reach_um: float) -> Array:
        grain = max(2.0, scene.pixel_size.px(grain_um))
        reach = scene.pixel_size.px(reach_um)
        return np.asarray(reach * smooth_noise(rng, (1, count), grain)[0])

    out = noise(25_000, 150 + 3_500 * wander) + noise(6_000, 60 + 700 * wander)
    return np.asarray(out + noise(1_500, 25 + 130 * wander))


def _opened(
    scene: Scene, first: int, middle: Array, width: Array, rng: np.random.Generator
) -> _Course:
    """Course with an uneven opening, `width` pixels on average."""
    count = len(middle)

    def uneven(grain_um: float) -> Array:
        grain = max(1.5, scene.pixel_size.px(grain_um))
        return np.asarray(smooth_noise(rng, (1, count), grain)[0])

    width = width * np.clip(1 + 0.3 * uneven(9_000) + 0.15 * uneven(1_200), 0.25, 1.8)
    shown = np.maximum(width, 1.0)
    ragged = scene.pixel_size.px(rng.uniform(5, 55))
    halves = []
    for _ in range(2):
        edge = shown * np.clip(0.5 + 0.08 * uneven(2_500), 0.3, 0.7)
        torn = ragged * (uneven(250) + uneven(700))
        halves.append(edge + np.clip(torn, -0.3 * shown, 0.5 * shown + 0.3 * ragged))
    depth = np.clip(width, 0.3, 1) * np.clip(1 + 0.12 * uneven(4_000), 0.5, 1)
    slope = np.gradient(middle) if count > 1 else np.zeros(count)
    slant = 1 / np.hypot(1, slope)
    parts = (middle, *halves, np.minimum(depth, 1), slant)
    return _Course(first, *(np.asarray(part, np.float32) for part in parts))


def _companion(scene: Scene, course: _Course, rng: np.random.Generator) -> _Course:
    """A thinner line beside a part of the course."""
    count = len(course.middle)
    start = int(rng.integers(0, max(1, count // 2)))
    stop = int(rng.integers(start + count // 4 + 1, count + 1))
    part = slice(start, min(stop, count))
    beside = scene.px(rng.uniform(400, 2_500)) * rng.choice([-1, 1])
    middle = course.middle[part] + np.float32(beside)
    middle = middle + _wandering(scene, 0.05, len(middle), rng)
    taper = np.sin(np.linspace(0.05, np.pi - 0.05, len(middle))) ** 0.5
    width = (course.half_left + course.half_right)[part] * rng.uniform(0.3, 0.8)
    return _opened(scene, course.first + start, middle, width * taper, rng)


def _drawn(
    scene: Scene, plan: SplitPlan, course: _Course, rng: np.random.Generator
) -> list[Drawn]:
    """Step, lip and shade, flakes and opening of one line."""
    shades: list[Drawn] = []
    openings: list[Drawn] = []
    steps: list[Drawn] = []
    tint = 1 + 0.06 * rng.standard_normal(3).astype(np.float32)
    gleam = plan.relief * np.clip(
        1 + 0.5 * smooth_noise(rng, (1, len(course.middle)), scene.px(5_000))[0], 0, 2
    )
    lip_um, step_um = rng.uniform(120, 500), rng.uniform(800, 4_000)
    for start in range(0, len(course.middle), _PIECE_ROWS):
        piece = slice(start, start + _PIECE_ROWS)
        near = _Strip.of(scene, plan, course, piece, 4 * lip_um)
        if plan.relief:
            shades += near.lit(plan, gleam[piece], scene.px(lip_um))
        openings.append(near.opening(scene, plan, tint))
        if plan.step:
            wide = _Strip.of(scene, plan, course, piece, 3.5 * step_um)
            steps.append(wide.stepped(plan, scene.px(step_um)))
    return steps + shades + _flakes(scene, plan, course, rng) + openings


@dataclass(frozen=True, slots=True, eq=False)
class _Strip:
    """Pixels around a few rows of a course, in the frame whose rows run along it.

    Attributes
    ----------
    window
        In that frame.
    apart
        (h, w) float32, distance from the course in pixels.
    beyond
        (h, w) float32, distance from the opening's border in pixels, below 0 inside.
    right
        (h, w) bool, whether a pixel lies to the right of the course.
    depth
        (h, 1) float32, how much of the opening is seen.
    """

    window: Window
    apart: Plane
    beyond: Plane
    right: Array
    depth: Array

    @classmethod
    def of(
        cls,
        scene: Scene,
        plan: SplitPlan,
        course: _Course,
        piece: slice,
        reach_um: float,
    ) -> "_Strip":
        middle = course.middle[piece, None]
        left, right = course.half_left[piece, None], course.half_right[piece, None]
        reach = scene.px(reach_um) + scene.px(plan.softness_um) + 2
        across = _extent(scene, plan)[1]
        low = int(np.clip((middle - left).min() - reach, 0, across - 1))
        high = int(np.clip((middle + right).max() + reach, low + 1, across))
        signed = np.arange(low, high, dtype=np.float32) + 0.5 - middle
        to_right = signed > 0
        apart = np.abs(signed) * course.slant[piece, None]
        beyond = apart - np.where(to_right, right, left)
        top = course.first + piece.start
        window = Window(top, low, top + len(middle), high)
        return cls(window, apart, beyond, to_right, course.depth[piece, None])

    def opening(self, scene: Scene, plan: SplitPlan, tint: Array) -> Layer:
        """The opening itself: darker than the paint around, or filled."""
        ramp = max(1.0, scene.pixel_size.px(plan.softness_um))
        whole = np.clip(0.5 - self.beyond / ramp, 0, 1)
        cover = _turned(whole * self.depth, plan)
        # A split may close to less than a pixel, and still runs on.
        extent = _turned(np.maximum(whole, 1 - self.apart), plan)
        window = _upright(self.window, plan)
        local = scene.local_rgb[window.slices]
        tone = at_lightness(local * tint, lightness(local) - plan.contrast_l)
        return Layer(window, cover, tone, DamageClass.SPLIT, extent)

    def lit(self, plan: SplitPlan, gleam: Array, lip_px: float) -> list[Drawn]:
        """Light on one lip and shade beside the other; the plain part is split."""
        lit = self.right == (plan.lit_side > 0)
        fall = np.exp(-np.maximum(self.beyond, 0) / np.where(lit, 0.7, 1.0) / lip_px)
        part = np.where(lit, np.float32(0.5), np.float32(-0.6)) * gleam[:, None]
        gain = _turned(np.maximum(1 + part * fall * self.depth, 0.15), plan)
        window = _upright(self.window, plan)
        plain = np.abs(gain - 1) > _PLAIN_LIP
        one = np.float32(1)
        return [
            Shade(window, np.where(plain, one, gain)),
            Shade(window, np.where(plain, gain, one), DamageClass.SPLIT),
        ]

    def stepped(self, plan: SplitPlan, reach_px: float) -> Shade:
        """The two sides lie at different levels and catch different light."""
        fall = np.exp(-np.maximum(self.beyond, 0) / reach_px) * self.depth
        side = np.where(self.right == (plan.lit_side > 0), 0.5, -0.5)
        gain = 1 + np.float32(plan.step) * side * fall
        return Shade(_upright(self.window, plan), _turned(gain, plan))


def _upright(window: Window, plan: SplitPlan) -> Window:
    """The window in the scene's frame."""
    if plan.vertical:
        return window
    return Window(window.left, window.top, window.right, window.bottom)


def _turned(plane: Array, plan: SplitPlan) -> Plane:
    """The plane in the scene's frame, float32."""
    return np.ascontiguousarray(plane if plan.vertical else plane.T, np.float32)


def _flakes(
    scene: Scene, plan: SplitPlan, course: _Course, rng: np.random.Generator
) -> list[Drawn]:
    count = len(course.middle)
    length_cm = count * scene.pixel_size.mm / 10
    out: list[Drawn] = []
    for _ in range(min(40, int(rng.poisson(plan.flakes_per_cm * length_cm)))):
        at = int(rng.integers(count))
        half = float(course.half_left[at] + course.half_right[at]) / 2
        size = scene.px(drawn_from(rng, [(0, 180), (0.7, 450), (1, 1_500)]))
        beside = rng.choice([-1, 1]) * (half + size * rng.uniform(0, 0.4))
        centre = (float(course.middle[at]) + beside, float(course.first + at))
        if not plan.vertical:
            centre = (centre[1], centre[0])
        out.append(_flake(scene, centre, size, plan, rng))
    return out


def _flake(
    scene: Scene,
    centre: tuple[float, float],
    size_px: float,
    plan: SplitPlan,
    rng: np.random.Generator,
) -> Layer:
    """A small angular loss; the course's frame has been left."""
    x, y = centre
    height, width = scene.shape
    reach = 2 * size_px + 2
    left, top = (
        int(np.clip(v - reach, 0, n - 1)) for v, n in ((x, width), (y, height))
    )
    right, bottom = (int(v + reach) + 1 for v in (x, y))
    window = Window(top, left, max(bottom, top + 1), max(right, left + 1))
    window = window.within(scene.window)
    rows = np.arange(window.top, window.bottom, dtype=np.float32)[:, None] + 0.5 - y
    columns = np.arange(window.left, window.right, dtype=np.float32) + 0.5 - x
    along, across = (rows, columns) if plan.vertical else (columns, rows)
    corners, long = int(rng.integers(5, 10)), rng.uniform(1.1, 1.9)
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    inside = np.full(window.shape, np.inf, np.float32)
    for angle in angles:
        apart = np.cos(angle) * along / long + np.sin(angle) * across * long
        inside = np.minimum(inside, size_px * rng.uniform(0.5, 1) - apart)
    inside += 0.14 * size_px * rough_noise(rng, window.shape, max(2.0, size_px / 2))
    cover = np.clip(inside + 0.5, 0, 1).astype(np.float32)
    fall = np.exp(-np.maximum(inside, 0) / scene.px(150))
    shadow = np.asarray(1 - 0.35 * fall, np.float32)
    return Layer(window, cover, _ground(plan, shadow, rng), DamageClass.LOSS)


def _ground(plan: SplitPlan, shadow: Plane, rng: np.random.Generator) -> Colour:
    """(h, w, 3) what lies bare, mottled, in the shadow of its edge."""
    mottled = 1 + 0.1 * rough_noise(rng, shadow.shape, 4)
    tone = np.array(plan.ground_rgb, np.float32) * (shadow * mottled)[..., None]
    return np.asarray(np.clip(tone, 0, 1), np.float32)

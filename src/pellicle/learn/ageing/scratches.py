# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 -- a drawing is made of numbers
"""Scratches and pinholes, and thin and tiny shapes in general.

Job: draw scratches from hand-drawn outlines (`film_shapes.md`) and as lines, and
pinholes; fill outlines with smooth edges; fields of tapering strips.
Not here: cracks, which grow (`crack_growth.py`); losses with an area (`losses.py`).
Terms: a *strip* is straight, with a half width at either end; *deep* scratches lay the
ground bare and are losses, others only mark the surface and are abrasion.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import as_file, files

import cv2
import numba
import numpy as np

from pellicle.learn.ageing.fields import smooth_noise
from pellicle.learn.ageing.grounds import Bare, Ground, drawn_ground, specks_tone
from pellicle.learn.ageing.scene import Drawn, Layer, Scene, drawn_from
from pellicle.model.arrays import Array, Plane
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window

_FINE = 2
_FRACTION_BITS = 4
_LEAST_PX = 1.3
_MOST = 120
_NOT_RARE_PER_DM2 = 8.0


class Scratch(StrEnum):
    """Outlines from film, lines and bundles of lines, pinholes."""

    SHAPES = "shapes"
    LINES = "lines"
    PINHOLES = "pinholes"


@dataclass(frozen=True, slots=True)
class ScratchPlan:
    """How one painting is scratched.

    Attributes
    ----------
    ground
        What deep scratches and pinholes lay bare.
    shapes_per_dm2, lines_per_dm2, pinholes_per_dm2
        Number on a square decimetre: outlines from film, lines or bundles of lines,
        and pinholes.
    width_um
        Median width of scratches.
    pinhole_um
        Median diameter of pinholes.
    deep
        Share of scratches that are losses.
    contrast_l
        See `ground_tone`.
    lighter
        Whether shallow scratches are lighter than the paint (or darker).
    bundled
        Share of lines that are bundles.
    turn
        Common direction of bundles, radians from +x towards +y.
    """

    ground: Ground
    shapes_per_dm2: float
    lines_per_dm2: float
    pinholes_per_dm2: float
    width_um: float
    pinhole_um: float
    deep: float
    contrast_l: float
    lighter: bool
    bundled: float
    turn: float


def drawn_scratch_plan(
    rng: np.random.Generator, ground: Ground | None = None, only: str | None = None
) -> ScratchPlan:
    """Any painting's scratches, down to `ground` or to one drawn here.

    `only` leaves out all but one `Scratch`, which is then not rare.
    """
    plan = ScratchPlan(
        ground=drawn_ground(rng) if ground is None else ground,
        shapes_per_dm2=drawn_from(rng, [(0, 0), (0.3, 2), (0.8, 18), (1, 60)]),
        lines_per_dm2=drawn_from(rng, [(0, 0), (0.2, 1), (0.7, 7), (1, 25)]),
        pinholes_per_dm2=drawn_from(rng, [(0, 0), (0.4, 2), (0.8, 50), (1, 350)]),
        width_um=drawn_from(rng, [(0, 40), (0.5, 130), (0.9, 300), (1, 450)]),
        pinhole_um=drawn_from(rng, [(0, 120), (0.5, 220), (1, 600)]),
        deep=float(rng.choice([0.0, 0.35, 0.7, 1.0])),
        contrast_l=drawn_from(rng, [(0, 5), (0.5, 16), (1, 40)]),
        lighter=bool(rng.random() < 0.65),
        bundled=rng.uniform(0, 0.6),
        turn=rng.uniform(0, np.pi),
    )
    return plan if only is None else _narrowed(plan, Scratch(only))


def _narrowed(plan: ScratchPlan, only: Scratch) -> ScratchPlan:
    shapes, lines, holes = (0.0 if kind is not only else 1.0 for kind in Scratch)
    return replace(
        plan,
        shapes_per_dm2=shapes * max(plan.shapes_per_dm2, _NOT_RARE_PER_DM2),
        lines_per_dm2=lines * max(plan.lines_per_dm2, _NOT_RARE_PER_DM2),
        pinholes_per_dm2=holes * max(plan.pinholes_per_dm2, _NOT_RARE_PER_DM2),
    )


def draw_scratches(
    scene: Scene, plan: ScratchPlan, rng: np.random.Generator
) -> list[Drawn]:
    """Scratches and pinholes of a whole scene.

    Parameters
    ----------
    scene
        Sound painting.
    plan
        What its scratches are like.
    rng
        Source of all chance.

    Returns
    -------
    drawn
        One `DamageClass.ABRASION` layer (shallow) and one `DamageClass.LOSS` layer
        (deep, and pinholes) at most.
    """
    height, width = scene.shape
    area_dm2 = height * width * (scene.pixel_size.um / 100_000) ** 2
    count = _count(plan.shapes_per_dm2 * area_dm2, rng)
    outlines = [_film_outline(scene, plan, rng) for _ in range(count)]
    for _ in range(_count(plan.lines_per_dm2 * area_dm2, rng)):
        outlines += _lines(scene, plan, rng)
    deep = rng.random(len(outlines)) < plan.deep
    drawn: list[Drawn] = []
    shallow = [o for o, lost in zip(outlines, deep, strict=True) if not lost]
    surface = _surface(plan)
    drawn += _laid(scene, plan, shallow, surface, rng)
    holes = min(int(rng.poisson(plan.pinholes_per_dm2 * area_dm2)), 8 * _MOST)
    lost = [o for o, gone in zip(outlines, deep, strict=True) if gone]
    size_px = plan.pinhole_um * np.exp(0.35 * rng.standard_normal(holes))
    size_px /= scene.pixel_size.um
    at = rng.uniform(0, 1, (holes, 2)) * (width, height)
    lost += specks(at, size_px, 0.2, rng)
    return drawn + _laid(scene, plan, lost, plan.ground, rng)


def filled(scene: Scene, outlines: Iterable[Array]) -> tuple[Window, Plane] | None:
    """Outlines as antialiased cover, in the smallest window that holds them.

    Parameters
    ----------
    scene
        Bounds the window.
    outlines
        (n, 2) (x, y) each, corner origin, scene pixels; may leave the scene.

    Returns
    -------
    window, cover
        (h, w) float32 in [0, 1]; None if nothing lies in the scene.
    """
    shapes = [np.asarray(outline) for outline in outlines]
    if not shapes:
        return None
    every = np.concatenate(shapes)
    low, high = np.floor(every.min(axis=0)) - 1, np.ceil(every.max(axis=0)) + 2
    window = Window(int(low[1]), int(low[0]), int(high[1]), int(high[0]))
    window = window.within(scene.window)
    if window.empty:
        return None
    canvas = np.zeros((window.shape[0] * _FINE, window.shape[1] * _FINE), np.uint8)
    corner = np.array([window.left, window.top])
    scale = _FINE * 2**_FRACTION_BITS
    for shape in shapes:
        # Drawing coordinates name pixel centres.
        fixed = np.round((shape - corner) * scale - 2 ** (_FRACTION_BITS - 1))
        points = np.asarray(fixed, np.int32)
        cv2.fillPoly(canvas, [points], 255, cv2.LINE_8, _FRACTION_BITS)
    size = (window.shape[1], window.shape[0])
    small = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    return window, small.astype(np.float32) / np.float32(255)


def specks(
    at: Array, size_px: Array, angular: float, rng: np.random.Generator
) -> list[Array]:
    """Outlines of tiny shapes.

    Parameters
    ----------
    at
        (n, 2) middles, scene pixels.
    size_px
        (n,) diameters; below a pixel and a third counts as that.
    angular
        Share of them that have corners; the rest are round.
    rng
        Source of all chance.
    """
    out: list[Array] = []
    size_px = np.maximum(size_px, _LEAST_PX)
    for middle, size, corners in zip(
        at, size_px, rng.random(len(at)) < angular, strict=True
    ):
        count = int(rng.integers(3, 8)) if corners else 12
        rough = 0.4 if corners else 0.12
        turns = np.arange(count) + rng.uniform(-rough, rough, count)
        turns = turns * (2 * np.pi / count) + rng.uniform(0, 2 * np.pi)
        radii = size / 2 * rng.uniform(1 - rough, 1 + rough, count)
        squash = rng.uniform(0.45 if corners else 0.7, 1)
        if size * squash < _LEAST_PX:
            squash = 1.0
        x, y = radii * np.cos(turns), radii * np.sin(turns) * squash
        lean = rng.uniform(0, np.pi)
        cos, sin = np.cos(lean), np.sin(lean)
        out.append(np.stack([x * cos - y * sin, x * sin + y * cos], axis=1) + middle)
    return out


@numba.njit(cache=True, fastmath=True)
def add_strips(
    field: Array, rows: Array, columns: Array, strips: Array, unit: float
) -> None:
    """Raise a field to (half width - distance to the axis) / unit of tapering strips.

    Done as far as 1.5 units beyond a strip.

    Parameters
    ----------
    field
        (h, w) float32, changed in place.
    rows, columns
        (h,) and (w,) float32, pixel centres about the origin of the strips.
    strips
        (n, 6) float64 x, y, half width at one end and at the other; pixels.
    unit
        Length that counts as 1, in pixels.
    """
    for k in range(strips.shape[0]):
        x0, y0, w0, x1, y1, w1 = strips[k]
        reach = max(w0, w1) + 1.5 * unit
        dx, dy = x1 - x0, y1 - y0
        square = max(dx * dx + dy * dy, 1e-6)
        top = np.searchsorted(rows, min(y0, y1) - reach)
        bottom = np.searchsorted(rows, max(y0, y1) + reach)
        left = np.searchsorted(columns, min(x0, x1) - reach)
        right = np.searchsorted(columns, max(x0, x1) + reach)
        for i in range(top, bottom):
            y = rows[i] - y0
            for j in range(left, right):
                x = columns[j] - x0
                t = min(1.0, max(0.0, (x * dx + y * dy) / square))
                away = np.sqrt((x - t * dx) ** 2 + (y - t * dy) ** 2)
                value = (w0 + t * (w1 - w0) - away) / unit
                field[i, j] = max(field[i, j], value)


def _count(mean: float, rng: np.random.Generator) -> int:
    return min(int(rng.poisson(mean)), _MOST)


def _surface(plan: ScratchPlan) -> Ground:
    """Scratched paint or varnish: haze or dirt over the local colour."""
    grey = 0.8 if plan.lighter else 0.01
    return Ground(
        kind=Bare.UNDERPAINT,
        rgb=(grey, grey, grey * 0.95),
        stain_rgb=(0, 0, 0),
        local_share=0.88 if plan.lighter else 0.6,
        texture=0.1,
        grain_um=500,
        mottle=0,
        gradient=0,
        stain=0,
        dirt=0,
        along_x=False,
    )


def _laid(
    scene: Scene,
    plan: ScratchPlan,
    outlines: list[Array],
    ground: Ground,
    rng: np.random.Generator,
) -> list[Drawn]:
    """The outlines as one layer."""
    drawn = filled(scene, outlines)
    if drawn is None:
        return []
    window, cover = drawn
    label = DamageClass.LOSS
    if ground is not plan.ground:
        label = DamageClass.ABRASION
        # The pressure changes: shallow scratches fade and return.
        grain = scene.px(rng.uniform(800, 4_000))
        fade = smooth_noise(rng, window.shape, grain) * np.float32(0.3)
        cover = cover * np.clip(np.float32(rng.uniform(0.6, 1)) + fade, 0, 1)
    tone = specks_tone(scene, window, ground, rng, plan.contrast_l)
    return [Layer(window, cover, tone, label)]


def _wide_px(scene: Scene, plan: ScratchPlan, rng: np.random.Generator) -> float:
    """Width of one scratch in pixels."""
    um = np.clip(plan.width_um * np.exp(rng.normal(0, 0.4)), 40, 600)
    return max(_LEAST_PX, scene.pixel_size.px(float(um)))


@cache
def _film() -> tuple[Array, Array, Array]:
    """All outlines end to end, where each begins, and the kind of each."""
    resource = files("pellicle.learn.ageing") / "film_shapes.npz"
    with as_file(resource) as path, np.load(path) as table:
        starts = np.concatenate([[0], np.cumsum(table["counts"], dtype=np.int64)])
        return table["points_px"].astype(np.float64), starts, table["kinds"]


def _film_outline(scene: Scene, plan: ScratchPlan, rng: np.random.Generator) -> Array:
    """(n, 2) an outline from film, at the wanted width, turned and placed."""
    points, starts, kinds = _film()
    kind = int(rng.choice(5, p=(0.3, 0.25, 0.3, 0.1, 0.05)))
    index = int(rng.choice(np.flatnonzero(kinds == kind)))
    shape = points[starts[index] : starts[index + 1]]
    around = float(np.linalg.norm(shape - np.roll(shape, 1, axis=0), axis=1).sum())
    x, y = shape[:, 0], shape[:, 1]
    area = abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2
    mean_width = max(2 * area / max(around, 1.0), 1.0)
    scale = _wide_px(scene, plan, rng) / mean_width
    shape = (shape - shape.mean(axis=0)) * scale * (rng.choice([-1, 1]), 1)
    turn = rng.integers(4) * np.pi / 2 + rng.normal(0, 0.25)
    cos, sin = np.cos(turn), np.sin(turn)
    height, width = scene.shape
    middle = rng.uniform(0, 1, 2) * (width, height)
    return np.asarray(shape @ np.array([[cos, sin], [-sin, cos]]) + middle)


def _lines(scene: Scene, plan: ScratchPlan, rng: np.random.Generator) -> list[Array]:
    """Outlines of one scratch, or of a bundle that one thing scratched together."""
    height, width = scene.shape
    middle = rng.uniform(0, 1, 2) * (width, height)
    mean = drawn_from(rng, [(0, 1_500), (0.5, 12_000), (0.9, 45_000), (1, 150_000)])
    bundle = rng.random() < plan.bundled
    count = int(rng.integers(3, 14)) if bundle else 1
    free = rng.random() < 0.4
    turn = rng.uniform(0, np.pi) if free else plan.turn + rng.normal(0, 0.1)
    bend = rng.normal(0, 0.5) if rng.random() < 0.5 else 0.0
    spread = scene.px(rng.uniform(150, 900)) * count / 2
    out: list[Array] = []
    for _ in range(count):
        off = rng.normal(0, spread, 2) if bundle else np.zeros(2)
        long = scene.px(mean) * rng.uniform(0.5, 1.2)
        way = _way(middle + off, long, turn + rng.normal(0, 0.03), bend, rng)
        half = _wide_px(scene, plan, rng) / 2
        pieces = int(rng.integers(2, 5)) if rng.random() < 0.3 else 1
        for piece in np.array_split(way, pieces):
            keep = len(piece) if pieces == 1 else int(len(piece) * rng.uniform(0.4, 1))
            if keep >= 4:
                out.append(_outlined(piece[:keep], half, rng))
    return out


def _way(
    middle: Array, length: float, turn: float, bend: float, rng: np.random.Generator
) -> Array:
    """(n, 2) axis of a scratch: straight, or bent by `bend` radians in all."""
    count = int(np.clip(length / 6, 12, 160))
    t = np.linspace(-0.5, 0.5, count)
    heading = turn + bend * t + 0.02 * smooth_noise(rng, (1, count), count / 6)[0]
    steps = np.stack([np.cos(heading), np.sin(heading)], axis=1) * (length / count)
    way = np.cumsum(steps, axis=0)
    return np.asarray(way - way[count // 2] + middle)


def _outlined(way: Array, half: float, rng: np.random.Generator) -> Array:
    """(2n, 2) outline about an axis, of uneven width, pointed or blunt."""
    count = len(way)
    t = np.linspace(0, 1, count)
    taper = rng.uniform(0.02, 0.5)
    ends = np.clip(np.minimum(t, 1 - t) / taper, 0.3, 1)
    uneven = 1 + 0.2 * smooth_noise(rng, (1, count), 5)[0]
    side = np.gradient(way, axis=0)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-6)
    normal = np.stack([-side[:, 1], side[:, 0]], axis=1)
    off = np.maximum(half * ends * np.clip(uneven, 0.4, 1.6), 0.55)[:, None] * normal
    return np.concatenate([way + off, (way - off)[::-1]])

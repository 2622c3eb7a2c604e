# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 -- a drawing is made of numbers
"""Paint losses: where paint is gone and another layer lies bare.

Job: place losses, cut their shapes, show what lies below and light their edges.
Not here: colour of what lies bare (`grounds.py`), worn paint (`abrasion.py`),
scratches (`scratches.py`).
Terms: the *field* of a loss is above 0 where paint is gone and grows inwards, 1 at
most in its middle; a *hold* makes whole cells stay or go; *specks* are losses too small
for a shape of their own.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numba
import numpy as np

from pellicle.learn.ageing.fields import rough_noise, smooth_noise
from pellicle.learn.ageing.grounds import (
    Bare,
    Ground,
    drawn_ground,
    ground_tone,
    related,
    specks_tone,
    stepped,
    tight,
)
from pellicle.learn.ageing.network import CrackNetwork
from pellicle.learn.ageing.scene import Drawn, Layer, Scene, Shade, drawn_from
from pellicle.learn.ageing.scratches import add_strips, filled, specks
from pellicle.model.arrays import Array, Plane
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window

_MM = 1_000.0
_SMALLEST_UM, _LARGEST_UM = 100.0, 60_000.0
_SPECK_PX = 11.0
_MOST_LOSSES, _MOST_SPECKS = 60, 1_200


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


_COMMON = (4.0, 4.0, 2.5, 1.2, 2.0, 1.0, 2.0, 1.5, 0.7, 0.7, 0.6, 0.8, 0.8)
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
class LossPlan:
    """How one painting has lost paint.

    Attributes
    ----------
    ground, below
        What lies bare, and what shows in the middle of some losses.
    losses_per_dm2, specks_per_dm2
        Number on a square decimetre, of shaped losses and of specks.
    median_um, spread
        Log-normal diameter of shaped losses: median, and deviation of the logarithm.
    speck_um
        Median diameter of specks.
    weights
        Relative frequency of each `Form`, in its order.
    contrast_l, exactly
        See `ground_tone`; each loss takes 0.6 to 1.4 of it.
    crumble_um, soft_um
        Raggedness and softness of edges; 0 is cleanly cut.
    relief_um
        Length of the shadow that the edge of the paint casts; 0 is none.
    shadow, rim
        Strength of that shadow, 0 to 1; light (above 0) or dark (below) along edges.
    light_turn, grain_turn
        Where light comes from, and how streaks run; radians from +x towards +y.
    layered, rests
        Share of losses with several layers, and with islands of paint left in them.
    """

    ground: Ground
    below: Ground
    losses_per_dm2: float
    specks_per_dm2: float
    median_um: float
    spread: float
    speck_um: float
    weights: tuple[float, ...]
    contrast_l: float
    exactly: bool
    crumble_um: float
    soft_um: float
    relief_um: float
    shadow: float
    rim: float
    light_turn: float
    grain_turn: float
    layered: float
    rests: float


def drawn_loss_plan(rng: np.random.Generator, ground: Ground | None = None) -> LossPlan:
    """Any painting's losses, on `ground` or on one drawn here."""
    ground = drawn_ground(rng) if ground is None else ground
    kind = (Bare.CANVAS, Bare.WOOD, Bare.CHALK)[int(rng.integers(3))]
    weights = np.array(_COMMON) * rng.exponential(1, len(_COMMON)) ** 1.7
    soft = rng.random() < 0.15
    edge = rng.random()
    turn = rng.integers(4) * np.pi / 2 if rng.random() < 0.6 else rng.uniform(0, np.pi)
    return LossPlan(
        ground=ground,
        below=related(ground, kind, rng),
        losses_per_dm2=drawn_from(rng, [(0, 2.5), (0.5, 18), (0.9, 50), (1, 85)]),
        specks_per_dm2=drawn_from(rng, [(0, 0), (0.3, 8), (0.7, 120), (1, 900)]),
        median_um=drawn_from(rng, [(0, 900), (0.5, 2_800), (1, 12_000)]),
        spread=rng.uniform(0.4, 1.1),
        speck_um=drawn_from(rng, [(0, 130), (0.5, 300), (1, 700)]),
        weights=tuple((weights / weights.sum()).tolist()),
        contrast_l=drawn_from(rng, [(0, 3), (0.3, 9), (0.7, 20), (1, 40)]),
        exactly=bool(rng.random() < 0.35),
        crumble_um=drawn_from(rng, [(0, 0), (0.3, 0), (0.6, 60), (1, 300)]),
        soft_um=rng.uniform(120, 900) if soft else 0.0,
        relief_um=drawn_from(rng, [(0.45, 0), (0.5, 40), (0.8, 150), (1, 450)]),
        shadow=rng.uniform(0.15, 0.85),
        rim=rng.uniform(-0.5, 0.9) if edge < 0.3 else 0.0,
        light_turn=rng.uniform(0, 2 * np.pi),
        grain_turn=float(turn),
        layered=float(rng.choice([0.0, 0.3, 0.8])),
        rests=float(rng.choice([0.0, 0.2, 0.6])),
    )


def draw_losses(
    scene: Scene,
    plan: LossPlan,
    network: CrackNetwork | None,
    rng: np.random.Generator,
) -> list[Drawn]:
    """Losses of a whole scene.

    Parameters
    ----------
    scene
        Sound painting.
    plan
        What its losses are like.
    network
        Cracks at which flakes begin and islands end; None where there are none.
    rng
        Source of all chance.

    Returns
    -------
    drawn
        Lowest first. Layers are `DamageClass.LOSS`; shades leave the class alone.
    """
    height, width = scene.shape
    area_dm2 = height * width * (scene.pixel_size.um / 100_000) ** 2
    spots = _spots(scene, plan, area_dm2, rng)
    islands = None
    if network is not None and any(spot.form is Form.ISLANDS for spot in spots):
        islands = _island_hold(scene.shape, network, rng)
    drawn: list[Drawn] = []
    for spot in spots:
        drawn += _drawn_loss(scene, plan, spot, islands, rng)
    drawn += _drawn_specks(scene, plan, spots, network, area_dm2, rng)
    return drawn


@dataclass(frozen=True, slots=True)
class _Spot:
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


def _spots(
    scene: Scene, plan: LossPlan, area_dm2: float, rng: np.random.Generator
) -> list[_Spot]:
    """Where shaped losses are; some reach in from outside the frame."""
    height, width = scene.shape
    count = min(int(rng.poisson(plan.losses_per_dm2 * area_dm2)), _MOST_LOSSES)
    size_um = plan.median_um * np.exp(plan.spread * rng.standard_normal(count))
    # A few large ones make a ruin; many would leave no painting.
    room = 0.45 * area_dm2 * 1e10 / (np.pi / 4)
    largest = min(_LARGEST_UM, float(np.sqrt(0.8 * room)))
    size_um = np.clip(size_um, min(_SMALLEST_UM, largest), largest)
    size_um = np.sort(size_um[np.cumsum(size_um**2) < room])[::-1]
    forms = rng.choice(len(Form), len(size_um), p=plan.weights)
    spots = []
    for size, number in zip(size_um, forms, strict=True):
        radius = max(scene.pixel_size.px(float(size)) / 2, 1.5)
        out = 0.7 * radius if rng.random() < 0.3 else 0.0
        form = tuple(Form)[int(number)]
        thin = form in {Form.STREAKS, Form.SPINDLE, Form.STAR}
        turn = plan.grain_turn + rng.normal(0, 0.12) if thin else rng.uniform(0, 6.3)
        if form is Form.BOX and rng.random() < 0.6:
            turn = 0.0
        stretch = float(np.exp(abs(rng.normal(0, 0.35))))
        x, y = rng.uniform((-out, -out), (width + out, height + out)).tolist()
        if form is Form.BAND:
            x, y = ((x, 0.0), (x, height), (0.0, y), (width, y))[int(rng.integers(4))]
        spots.append(_Spot(x, y, radius, stretch, float(turn), form))
    return spots


def _drawn_loss(
    scene: Scene,
    plan: LossPlan,
    spot: _Spot,
    islands: Plane | None,
    rng: np.random.Generator,
) -> list[Drawn]:
    """One shaped loss with its layers, lowest first, and its edge."""
    around = int(np.ceil(spot.reach))
    x, y = int(spot.x), int(spot.y)
    window = Window(y - around, x - around, y + around + 1, x + around + 1)
    window = window.within(scene.window)
    if window.empty or min(window.shape) < 3:
        return []
    field = _field(scene, plan, spot, window, islands, rng)
    soft = max(1.0, scene.pixel_size.px(plan.soft_um) * rng.uniform(0.5, 1.5))
    cover = stepped(field, soft)
    margin = int(np.ceil(scene.pixel_size.px(plan.relief_um))) + 3
    place = tight(cover, window, margin)
    if place is None:
        return []
    inner = place.relative_to(window).slices
    field, cover = field[inner], cover[inner]
    contrast = plan.contrast_l * rng.uniform(0.6, 1.4)
    exactly = plan.exactly and rng.random() < 0.8
    drawn: list[Drawn] = []
    grounds = [(plan.ground, cover)]
    if rng.random() < plan.layered:
        start = rng.uniform(0.08, 0.5)
        shift = 0.12 * rough_noise(rng, place.shape, spot.radius / 3 + 2, 3)
        deep = stepped(field - np.float32(start) + shift, soft) * cover
        upper = related(plan.ground, Bare.UNDERPAINT, rng)
        first = (
            (plan.ground, plan.below) if rng.random() < 0.5 else (upper, plan.ground)
        )
        grounds = [(first[0], cover), (first[1], deep)]
    for ground, part in grounds:
        tone = ground_tone(scene, place, ground, rng, contrast, exactly=exactly)
        drawn.append(Layer(place, part, tone, DamageClass.LOSS))
    return drawn + _lit(scene, plan, place, cover)


def _field(  # noqa: PLR0913, PLR0917 -- the loss, and all that shapes it
    scene: Scene,
    plan: LossPlan,
    spot: _Spot,
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
    if plan.crumble_um > 0 and spot.form not in {Form.OVAL, Form.BOX}:
        size = scene.px(plan.crumble_um) / grain
        noise = rough_noise(rng, shape, scene.px(2 * plan.crumble_um), 2)
        field += np.float32(min(0.3, size)) * noise
    if rng.random() < plan.rests:
        left = rough_noise(rng, shape, radius * rng.uniform(0.15, 0.6), 3)
        np.minimum(field, np.float32(rng.uniform(0.6, 1.8)) - left, out=field)
    return field


def _outline(
    scene: Scene, spot: _Spot, window: Window, rng: np.random.Generator
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


def _strips(spot: _Spot, rng: np.random.Generator) -> tuple[Array, float]:
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
    scene: Scene, spot: _Spot, window: Window, rng: np.random.Generator
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


def _island_hold(
    shape: tuple[int, int], network: CrackNetwork, rng: np.random.Generator
) -> Plane:
    """(H, W) one random number, deviation 1, for each island between cracks."""
    whole = np.ones(shape, np.uint8)
    lines = [np.round(c.points_px * 16 - 8).astype(np.int32) for c in network.cracks]
    cv2.polylines(whole, lines, isClosed=False, color=0, thickness=1, shift=4)
    count, numbers = cv2.connectedComponents(whole, connectivity=4, ltype=cv2.CV_16U)
    numbers = cv2.dilate(numbers, np.ones((3, 3), np.uint8))
    return np.asarray(rng.standard_normal(count, dtype=np.float32)[numbers])


def _drawn_specks(  # noqa: PLR0913, PLR0917 -- all that specks gather about
    scene: Scene,
    plan: LossPlan,
    spots: list[_Spot],
    network: CrackNetwork | None,
    area_dm2: float,
    rng: np.random.Generator,
) -> list[Drawn]:
    """Specks in one layer: scattered, in swarms, about losses, and along cracks."""
    count = min(int(rng.poisson(plan.specks_per_dm2 * area_dm2)), _MOST_SPECKS)
    if count == 0:
        return []
    extent = np.array(scene.shape[::-1], np.float64)
    at = rng.random((count, 2)) * extent
    size = scene.pixel_size.px(plan.speck_um) * np.exp(0.5 * rng.standard_normal(count))
    size = np.clip(size, 0, scene.pixel_size.px(2_500))
    share = rng.dirichlet((1, 1, 1, 1))
    part = rng.choice(4, count, p=share)
    swarms = rng.random((int(rng.integers(1, 5)), 2)) * extent
    if spots:
        near = rng.integers(0, len(spots), count)
        radii = np.array([spot.radius for spot in spots])[near]
        turns, far = rng.uniform(0, 2 * np.pi, count), rng.exponential(0.4, count)
        away = np.stack([np.cos(turns), np.sin(turns)], axis=1)
        middles = np.array([(spot.x, spot.y) for spot in spots])[near]
        at[part == 1] = (middles + away * (radii * (0.9 + far))[:, None])[part == 1]
    if network is not None and network.cracks:
        places = [crack.points_px[::3] for crack in network.cracks]
        places += [network.junctions_px] * 2
        all_places = np.concatenate([p for p in places if len(p)])
        beside = all_places[rng.integers(0, len(all_places), count)]
        beside = beside + rng.normal(0, 0.3, (count, 2)) * size[:, None]
        at[part == 2] = beside[part == 2]
        size[part == 2] *= 1.5
    spread = scene.px(rng.uniform(2_000, 12_000))
    gathered = swarms[rng.integers(0, len(swarms), count)]
    gathered = gathered + spread * rng.standard_normal((count, 2)) * (1, 0.6)
    at[part == 3] = gathered[part == 3]
    drawn = filled(scene, specks(at, size, rng.uniform(0.2, 1), rng))
    if drawn is None:
        return []
    window, cover = drawn
    tone = specks_tone(scene, window, plan.ground, rng, plan.contrast_l)
    return [Layer(window, cover, tone, DamageClass.LOSS)]


def _lit(scene: Scene, plan: LossPlan, window: Window, cover: Plane) -> list[Drawn]:
    """Shadow and gleam of the edge of the paint, and its rim."""
    gain = np.ones(window.shape, np.float32)
    reach = scene.pixel_size.px(plan.relief_um)
    if reach > 0.3:
        dx, dy = reach * np.cos(plan.light_turn), reach * np.sin(plan.light_turn)
        move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        size = (window.shape[1], window.shape[0])
        border = cv2.BORDER_REPLICATE
        moved = cv2.warpAffine(cover, move, size, borderMode=border)
        step = cv2.GaussianBlur(cover - moved, (0, 0), 0.4 + 0.25 * reach)
        gain -= np.float32(plan.shadow) * np.maximum(step, 0) * cover
        gleam = np.float32(0.5 * plan.shadow) * np.maximum(-step, 0)
        gain += gleam * (1 - cover)
    if plan.rim != 0:
        near = cv2.GaussianBlur(cover, (0, 0), scene.px(130))
        gain += np.float32(2 * plan.rim) * near * (1 - cover)
    np.clip(gain, 0.1, 2.5, out=gain)
    gain[np.abs(gain - 1) < 0.01] = 1
    return [Shade(window, gain)] if (gain != 1).any() else []

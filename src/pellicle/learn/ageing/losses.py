# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 -- a drawing is made of numbers
"""Paint losses: where paint is gone and another layer lies bare.

Job: place losses, show what lies below and light their edges.
Not here: their outlines (`loss_forms.py`), colour of what lies bare (`grounds.py`),
worn paint (`abrasion.py`), scratches (`scratches.py`).
Terms: the *field* of a loss is above 0 where paint is gone; *specks* are losses too
small for a shape of their own.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from pellicle.learn.ageing.fields import rough_noise
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
from pellicle.learn.ageing.loss_forms import (
    Form,
    Ragged,
    Spot,
    island_hold,
    loss_field,
)
from pellicle.learn.ageing.network import CrackNetwork
from pellicle.learn.ageing.scene import Drawn, Layer, Scene, Shade, drawn_from
from pellicle.learn.ageing.scratches import filled, specks
from pellicle.model.arrays import Plane
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window

_SMALLEST_UM, _LARGEST_UM = 100.0, 60_000.0
_MOST_LOSSES, _MOST_SPECKS = 60, 1_200
_NOT_RARE_PER_DM2 = 8.0
_COMMON = (4.0, 4.0, 2.5, 1.2, 2.0, 1.0, 2.0, 1.5, 0.7, 0.7, 0.6, 0.8, 0.8)

SPECKS = "specks"
"""Losses of no `Form`, where one sort is asked for alone."""


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


def drawn_loss_plan(
    rng: np.random.Generator, ground: Ground | None = None, only: str | None = None
) -> LossPlan:
    """Any painting's losses, on `ground` or on one drawn here.

    `only` leaves out all but those of one `Form`, or all but `SPECKS`; they are then
    not rare.
    """
    ground = drawn_ground(rng) if ground is None else ground
    kind = (Bare.CANVAS, Bare.WOOD, Bare.CHALK)[int(rng.integers(3))]
    weights = np.array(_COMMON) * rng.exponential(1, len(_COMMON)) ** 1.7
    soft = rng.random() < 0.15
    edge = rng.random()
    turn = rng.integers(4) * np.pi / 2 if rng.random() < 0.6 else rng.uniform(0, np.pi)
    plan = LossPlan(
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
    return plan if only is None else _narrowed(plan, only)


def _narrowed(plan: LossPlan, only: str) -> LossPlan:
    if only == SPECKS:
        specks_per_dm2 = max(plan.specks_per_dm2, _NOT_RARE_PER_DM2)
        return replace(plan, losses_per_dm2=0.0, specks_per_dm2=specks_per_dm2)
    return replace(
        plan,
        losses_per_dm2=max(plan.losses_per_dm2, _NOT_RARE_PER_DM2),
        specks_per_dm2=0.0,
        weights=tuple(float(form is Form(only)) for form in Form),
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
        islands = island_hold(scene.shape, network, rng)
    drawn: list[Drawn] = []
    for spot in spots:
        drawn += _drawn_loss(scene, plan, spot, islands, rng)
    drawn += _drawn_specks(scene, plan, spots, network, area_dm2, rng)
    return drawn


def _spots(
    scene: Scene, plan: LossPlan, area_dm2: float, rng: np.random.Generator
) -> list[Spot]:
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
        spots.append(Spot(x, y, radius, stretch, float(turn), form))
    return spots


def _drawn_loss(
    scene: Scene,
    plan: LossPlan,
    spot: Spot,
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
    field = loss_field(
        scene, Ragged(plan.crumble_um, plan.rests), spot, window, islands, rng
    )
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


def _drawn_specks(  # noqa: PLR0913, PLR0917 -- all that specks gather about
    scene: Scene,
    plan: LossPlan,
    spots: list[Spot],
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

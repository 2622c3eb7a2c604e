# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 -- a drawing is made of numbers
"""Abrasion: paint worn so thin that what lies below shows through.

Job: place worn patches, and wear high points, threads or streaks in them.
Not here: paint that is gone (`losses.py`), single scratches (`scratches.py`).
Terms: the *core* of a patch is where wear is full; towards its border wear gets rare.

The cover of a layer is the wear itself, spot by spot, and not the outline of the patch.
In the core, `AbrasionPlan.worn` of all pixels (half or more) are covered by 0.3 or
more, in spots that lie closer than 0.5 mm: closing the label by 0.5 mm gives the patch
as a conservator maps it. Paint that is `BARED` has fewer spots, and no core.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

import cv2
import numpy as np

from pellicle.learn.ageing.fields import rough_noise, smooth_noise, weave
from pellicle.learn.ageing.grounds import Bare, Ground, drawn_ground, specks_tone, tight
from pellicle.learn.ageing.scene import Drawn, Layer, Scene, drawn_from, luminance
from pellicle.model.arrays import Array, Plane
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window

_SMALLEST_UM, _LARGEST_UM = 3_000.0, 80_000.0
_MOST = 12
_LARGEST_SHARE = 0.5
_NOT_RARE_PER_DM2 = 8.0
_Rng: TypeAlias = np.random.Generator


class Wear(StrEnum):
    """What wears first."""

    THREADS = "threads"
    RELIEF = "relief"
    STREAKS = "streaks"
    CLEANED = "cleaned"
    SPECKLED = "speckled"
    BARED = "bared"


_IN_FULL = 5
"""Of `Wear`, those that a painting's wear is drawn from. The last is drawn where it is
asked for: it came later, and pictures with given numbers stay as they were."""
_BARED_PLAINER = 1.3
_BARED_SHARE = ((0.0, 0.06), (0.5, 0.2), (1.0, 0.5))


@dataclass(frozen=True, slots=True)
class AbrasionPlan:
    """How one painting is worn.

    Attributes
    ----------
    ground
        What shows; often thin paint rather than ground.
    patches_per_dm2
        Number on a square decimetre.
    median_um, spread
        Log-normal diameter: median, and deviation of the logarithm.
    weights
        Relative frequency of each `Wear`, in its order.
    cover
        Strongest cover, 0.4 to 0.9.
    worn
        Share of the core that is worn, 0.5 to 0.95.
    contrast_l
        See `ground_tone`; as it is seen through the partial cover.
    pitch_um
        Of the weave, from thread to thread.
    turn
        Direction of rubbing, radians from +x towards +y.
    at_edges
        Share of patches along a side of the picture, as frames rub.
    """

    ground: Ground
    patches_per_dm2: float
    median_um: float
    spread: float
    weights: tuple[float, ...]
    cover: float
    worn: float
    contrast_l: float
    pitch_um: float
    turn: float
    at_edges: float


def drawn_abrasion_plan(
    rng: np.random.Generator, ground: Ground | None = None, only: str | None = None
) -> AbrasionPlan:
    """Any painting's wear, down to `ground` or to one drawn here.

    `only` leaves out all but one `Wear`, which is then not rare.
    """
    if ground is None:
        ground = drawn_ground(rng)
        if ground.kind in {Bare.ARBITRARY, Bare.FILL} or rng.random() < 0.45:
            ground = _thin_paint(rng)
    weights = rng.exponential(1, _IN_FULL) ** 1.5
    weights = np.pad(weights, (0, len(Wear) - _IN_FULL))
    square = rng.random() < 0.6
    turn = rng.integers(2) * np.pi / 2 if square else rng.uniform(0, np.pi)
    plan = AbrasionPlan(
        ground=ground,
        patches_per_dm2=drawn_from(rng, [(0, 1.5), (0.6, 5), (1, 12)]),
        median_um=drawn_from(rng, [(0, 4_000), (0.5, 10_000), (1, 30_000)]),
        spread=rng.uniform(0.3, 0.8),
        weights=tuple((weights / weights.sum()).tolist()),
        cover=rng.uniform(0.4, 0.9),
        worn=drawn_from(rng, [(0, 0.5), (0.5, 0.68), (1, 0.95)]),
        contrast_l=drawn_from(rng, [(0, 4), (0.5, 12), (1, 32)]),
        pitch_um=rng.uniform(400, 1_000),
        turn=float(turn),
        at_edges=float(rng.choice([0, 0.2, 0.7])),
    )
    if only is None:
        return plan
    if Wear(only) is Wear.BARED and ground.kind is Bare.UNDERPAINT:
        plan = replace(plan, ground=drawn_ground(rng))
    return _narrowed(plan, Wear(only))


def _narrowed(plan: AbrasionPlan, only: Wear) -> AbrasionPlan:
    return replace(
        plan,
        patches_per_dm2=max(plan.patches_per_dm2, _NOT_RARE_PER_DM2),
        weights=tuple(float(wear is only) for wear in Wear),
    )


def draw_abrasion(
    scene: Scene, plan: AbrasionPlan, rng: np.random.Generator
) -> list[Drawn]:
    """Worn patches of a whole scene.

    Parameters
    ----------
    scene
        Sound painting; its relief decides what wears.
    plan
        What its wear is like.
    rng
        Source of all chance.

    Returns
    -------
    drawn
        One `DamageClass.ABRASION` layer for each patch.
    """
    height, width = scene.shape
    area_dm2 = height * width * (scene.pixel_size.um / 100_000) ** 2
    count = min(int(rng.poisson(plan.patches_per_dm2 * area_dm2)), _MOST)
    size_um = plan.median_um * np.exp(plan.spread * rng.standard_normal(count))
    size_um = np.sort(np.clip(size_um, _SMALLEST_UM, _LARGEST_UM))
    size_um = size_um[np.cumsum(size_um**2) < _LARGEST_SHARE * 1.3e10 * area_dm2]
    drawn: list[Drawn] = []
    for size in size_um:
        radius = max(2.0, scene.pixel_size.px(float(size)) / 2)
        drawn += _patch(scene, plan, radius, rng)
    return drawn


def _thin_paint(rng: np.random.Generator) -> Ground:
    """The paint itself, thinned: paler or darker, and greyer."""
    grey = float(rng.choice([0.9, 0.5, 0.2, 0.02]))
    tint = 1 + 0.08 * rng.standard_normal(3)
    red, green, blue = np.clip(grey * tint, 0, 1)
    return Ground(
        kind=Bare.UNDERPAINT,
        rgb=(float(red), float(green), float(blue)),
        stain_rgb=(0, 0, 0),
        local_share=rng.uniform(0.5, 0.85),
        texture=rng.uniform(0, 0.1),
        grain_um=500,
        mottle=0,
        gradient=0,
        stain=0,
        dirt=0,
        along_x=False,
    )


def _patch(
    scene: Scene, plan: AbrasionPlan, radius: float, rng: np.random.Generator
) -> list[Drawn]:
    """One worn patch."""
    envelope, window = _envelope(scene, plan, radius, rng)
    core = envelope > 0.35
    if not core.any():
        return []
    wear = tuple(Wear)[int(rng.choice(len(Wear), p=plan.weights))]
    if wear is Wear.BARED:
        return _bared(scene, plan, envelope, window, rng)
    pattern = _PATTERN[wear](scene, plan, window, rng)
    pattern += np.float32(0.3) * rough_noise(rng, window.shape, scene.px(900), 3)
    sample = pattern[::3, ::3][core[::3, ::3]]
    if not sample.size:
        return []
    level = np.quantile(sample, 1 - plan.worn)
    spread = float(sample.std()) + 1e-3
    # Wear ends where its threshold has risen above the highest points.
    rise = np.float32(drawn_from(rng, [(0, 2.5), (0.6, 7), (1, 14)])) * np.minimum(
        envelope - np.float32(0.35), 0
    )
    slope = np.float32(rng.uniform(0.6, 2.5))
    above = (pattern - np.float32(level)) / np.float32(spread) + rise
    least = np.float32(0.33 / plan.cover)
    cover = np.float32(plan.cover) * np.clip(least + above * slope, 0, 1)
    cover[envelope < 0.02] = 0
    contrast = plan.contrast_l * rng.uniform(0.7, 1.4) / plan.cover
    return _layer(scene, plan, cover, window, contrast_l=contrast, rng=rng)


def _bared(
    scene: Scene, plan: AbrasionPlan, envelope: Plane, window: Window, rng: _Rng
) -> list[Drawn]:
    """High points worn right through: close in the middle, few and far between outside.

    What lies below is plain in each of them, and most of the paint between them whole.
    """
    weights = rng.uniform(0.2, 1.2, 3).astype(np.float32)
    cloud = rough_noise(rng, window.shape, scene.px(rng.uniform(500, 1_600)), 3)
    pattern = weights[0] * _threads(scene, plan, window, rng)
    pattern += weights[1] * _relief(scene, plan, window, rng) + weights[2] * cloud
    pattern /= np.float32(pattern[::3, ::3].std() + 1e-3)
    pattern += np.float32(rng.uniform(1.5, 5)) * np.minimum(envelope, 0.7)
    inside = envelope > 0.1
    share = drawn_from(rng, _BARED_SHARE)
    level = np.quantile(pattern[::2, ::2][inside[::2, ::2]], 1 - share)
    slope, most = np.float32(rng.uniform(0.6, 3)), np.float32(rng.uniform(0.6, 1))
    cover = most * np.clip((pattern - np.float32(level)) * slope, 0, 1)
    cover[envelope < 0.02] = 0
    contrast = _BARED_PLAINER * plan.contrast_l
    return _layer(scene, plan, cover, window, contrast_l=contrast, rng=rng)


def _layer(  # noqa: PLR0913 -- where, what, chance and how plainly
    scene: Scene,
    plan: AbrasionPlan,
    cover: Plane,
    window: Window,
    *,
    contrast_l: float,
    rng: _Rng,
) -> list[Drawn]:
    """What shows where paint is worn, as a camera sees it."""
    cover = np.asarray(cv2.GaussianBlur(cover, (3, 3), 0.45), np.float32)
    place = tight(cover, window, 1)
    if place is None:
        return []
    cover = cover[place.relative_to(window).slices]
    tone = specks_tone(scene, place, plan.ground, rng, min(60.0, contrast_l))
    return [Layer(place, cover, tone, DamageClass.ABRASION)]


def _envelope(
    scene: Scene, plan: AbrasionPlan, radius: float, rng: np.random.Generator
) -> tuple[Plane, Window]:
    """Field of the patch, above 0 inside, and where it lies."""
    height, width = scene.shape
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    if rng.random() < plan.at_edges:
        side = int(rng.integers(4))
        x, y = ((x, 0), (x, height), (0, y), (width, y))[side]
        stretch, turn = rng.uniform(1.5, 3), (0.0, 0.0, np.pi / 2, np.pi / 2)[side]
    else:
        stretch, turn = float(np.exp(abs(rng.normal(0, 0.5)))), plan.turn
    around = int(np.ceil(1.35 * radius * stretch**0.5)) + 2
    window = Window(
        int(y) - around, int(x) - around, int(y) + around + 1, int(x) + around + 1
    ).within(scene.window)
    rows = np.arange(window.top, window.bottom, dtype=np.float32)[:, None]
    columns = np.arange(window.left, window.right, dtype=np.float32)[None, :]
    down, right = rows - np.float32(y), columns - np.float32(x)
    cos, sin = np.float32(np.cos(turn) / radius), np.float32(np.sin(turn) / radius)
    u = (right * cos + down * sin) * np.float32(stretch**-0.5)
    v = (down * cos - right * sin) * np.float32(stretch**0.5)
    field = 1 - np.hypot(u, v)
    field += np.float32(0.25) * smooth_noise(rng, window.shape, 0.7 * radius)
    field += np.float32(0.1) * rough_noise(rng, window.shape, 0.25 * radius, 2)
    return np.asarray(field, np.float32), window


def _threads(scene: Scene, plan: AbrasionPlan, at: Window, rng: _Rng) -> Plane:
    pitch = scene.px(plan.pitch_um)
    if pitch < 2.5:
        return _speckled(scene, plan, at, rng)
    return weave(rng, at.shape, pitch) * np.float32(1.6)


def _relief(scene: Scene, plan: AbrasionPlan, at: Window, rng: _Rng) -> Plane:
    """Ridges of brushwork stand where the picture is lighter than close by."""
    y = luminance(scene.rgb_linear[at.slices])
    near: Array = cv2.GaussianBlur(y, (0, 0), scene.px(250))
    ridge = np.clip((y - near) / (near + np.float32(0.02)), -0.4, 0.4)
    grains = _speckled(scene, plan, at, rng)
    return np.asarray(ridge * np.float32(rng.uniform(4, 9)) + 0.6 * grains, np.float32)


def _streaks(scene: Scene, plan: AbrasionPlan, at: Window, rng: _Rng) -> Plane:
    """Noise drawn out along the direction of rubbing."""
    height, width = at.shape
    long = rng.uniform(8, 30)
    across = max(1.2, scene.pixel_size.px(rng.uniform(120, 350)))
    turn = plan.turn + rng.normal(0, 0.08)
    cos, sin = np.cos(turn), np.sin(turn)
    size = int(np.ceil(np.hypot(height, width))) + 4
    noise = rough_noise(rng, (size, int(size / long) + 4), across, 2)
    # Row vectors of the map from the window to the noise.
    along_row = np.array([cos, sin]) / long
    to = np.array([along_row, [-sin, cos]])
    middle = np.array([noise.shape[1], noise.shape[0]]) / 2
    shift = middle - to @ np.array([width, height]) / 2
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    drawn = cv2.warpAffine(
        noise,
        np.hstack([to, shift[:, None]]),
        (width, height),
        flags=flags,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray(drawn, np.float32)


def _cleaned(scene: Scene, plan: AbrasionPlan, at: Window, rng: _Rng) -> Plane:
    """Nearly even: paint thinned by solvent, a little more on high points."""
    even = smooth_noise(rng, at.shape, scene.px(2_500)) * np.float32(0.5)
    return np.asarray(even + 0.3 * _speckled(scene, plan, at, rng), np.float32)


def _speckled(scene: Scene, _plan: AbrasionPlan, at: Window, rng: _Rng) -> Plane:
    grain = max(1.2, scene.pixel_size.px(rng.uniform(120, 380)))
    return smooth_noise(rng, at.shape, grain)


_PATTERN: Mapping[Wear, Callable[[Scene, AbrasionPlan, Window, _Rng], Plane]] = (
    MappingProxyType(
        {
            Wear.THREADS: _threads,
            Wear.RELIEF: _relief,
            Wear.STREAKS: _streaks,
            Wear.CLEANED: _cleaned,
            Wear.SPECKLED: _speckled,
        }
    )
)

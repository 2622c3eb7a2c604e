# SPDX-License-Identifier: Apache-2.0
"""Varnish and fading: how the whole picture, or a passage, has changed its colour.

Job: draw discoloured varnish, its patches and cleaned windows, bloom, faded passages.
Not here: dirt and stains (`deposits.py`).
Terms: *bloom* is the bluish white haze of varnish that took up moisture; a *cleaning
test* is a small rectangle from which the varnish was taken off.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from pellicle.learn.ageing.fields import rough_noise
from pellicle.learn.ageing.scene import (
    Drawn,
    Layer,
    Scene,
    Shade,
    at_lightness,
    drawn_from,
    lightness,
)
from pellicle.learn.ageing.sheets import (
    Sheet,
    blob,
    happens,
    mm,
    softened,
    somewhere,
)
from pellicle.model.arrays import Array, Colour, Plane
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window

_REDUCED = 8
_PLAIN_L = 16.0
_TINTS = np.array(
    [[0.95, 0.82, 0.5], [0.85, 0.68, 0.4], [0.78, 0.7, 0.55], [0.9, 0.85, 0.7]],
    np.float32,
)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


class Change(StrEnum):
    """What has changed a colour."""

    ALL_OVER = "all-over"
    CLEANING_TESTS = "cleaning-tests"
    PATCHES = "patches"
    BLOOM = "bloom"
    FADING = "fading"


@dataclass(frozen=True, slots=True)
class VarnishPlan:
    """How the varnish of one picture has aged.

    Attributes
    ----------
    density
        0 is clear; 1 is plainly yellow or brown; over the whole picture.
    tint
        Linear gain of red, green and blue where the density is 1.
    strength
        The same for patches; of bloom and fading relative to the usual.
    unevenness
        Relative, of the density.
    cleaning_tests, patches, bloomed, faded
        Numbers of rectangles cleaned, of patches of thicker varnish with edges, of
        places with bloom and of faded passages.
    """

    density: float
    strength: float
    tint: tuple[float, float, float]
    unevenness: float
    cleaning_tests: int
    patches: int
    bloomed: int
    faded: int


def drawn_varnish_plan(
    rng: np.random.Generator, contrast_l: float | None = None, only: str | None = None
) -> VarnishPlan:
    """A plan with some change, or one `Change`; a contrast in L* decides how much.

    Cleaning tests come with the varnish all over that they are cut into.
    """
    drawn = drawn_from(rng, [(0, 0.1), (0.6, 0.6), (1, 1.5)])
    strength = drawn if contrast_l is None else min(contrast_l / _PLAIN_L, 2.0)
    chosen = _TINTS[rng.integers(len(_TINTS))] * rng.uniform(0.92, 1.08, 3)
    tint = np.clip(chosen, 0.2, 1)
    all_over = happens(rng, 0.7)
    local = (None, Change.PATCHES, Change.BLOOM, Change.FADING)
    changes = {local[int(rng.integers(0 if all_over else 1, 4))]}
    few = int(rng.integers(1, 4))
    unevenness = drawn_from(rng, [(0, 0), (1, 0.3)])
    if all_over:
        tested = happens(rng, 0.3)
        changes |= {Change.ALL_OVER, Change.CLEANING_TESTS if tested else None}
    if only is not None:
        changes = {Change(only)}
    whole = not changes.isdisjoint({Change.ALL_OVER, Change.CLEANING_TESTS})
    return VarnishPlan(
        density=strength if whole else 0.0,
        strength=strength,
        tint=(float(tint[0]), float(tint[1]), float(tint[2])),
        unevenness=unevenness,
        cleaning_tests=few if Change.CLEANING_TESTS in changes else 0,
        patches=few if Change.PATCHES in changes else 0,
        bloomed=min(few, 2) if Change.BLOOM in changes else 0,
        faded=min(few, 2) if Change.FADING in changes else 0,
    )


def draw_varnish(
    scene: Scene, plan: VarnishPlan, rng: np.random.Generator
) -> list[Drawn]:
    """Layers and shades: what covers all is `UNMAPPED`, patches are `DISCOLOURED`."""
    out: list[Drawn] = [_faded(scene, plan, rng) for _ in range(plan.faded)]
    if plan.density > 0:
        out.append(_all_over(scene, plan, rng))
        if plan.cleaning_tests:
            out.append(_cleaned(scene, plan, rng))
    out += [_patch(scene, plan, rng) for _ in range(plan.patches)]
    out += [_bloom(scene, plan, rng) for _ in range(plan.bloomed)]
    return out


def _tinted(density: Plane, tint: tuple[float, float, float] | Array) -> Colour:
    """(h, w, 3) float32 gain of varnish, `tint` where the density is 1."""
    bands = [cv2.exp(density * np.float32(v)) for v in np.log(tint)]
    return np.asarray(cv2.merge(bands), np.float32)


def _all_over(scene: Scene, plan: VarnishPlan, rng: np.random.Generator) -> Shade:
    height, width = scene.shape
    small = (height // _REDUCED + 1, width // _REDUCED + 1)
    grain = max(2.0, scene.px(25_000) / _REDUCED)
    cloud = 1 + plan.unevenness * rough_noise(rng, small, grain, octaves=3)
    density = np.maximum(cloud, 0) * np.float32(plan.density)
    gain = _tinted(np.asarray(density, np.float32), plan.tint)
    whole = cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR)
    return Shade(scene.window, np.asarray(whole, np.float32))


def _rectangle(scene: Scene, rng: np.random.Generator) -> Array:
    """(4, 2) corners, nearly upright."""
    sides = np.array([mm(scene, rng.uniform(5, 30)), mm(scene, rng.uniform(5, 30))])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * sides / 2
    corners += rng.normal(0, 0.015, (4, 2)) * sides
    return np.asarray(somewhere(scene, rng) + corners)


def _cleaned(scene: Scene, plan: VarnishPlan, rng: np.random.Generator) -> Shade:
    """Windows from which the varnish has been taken off again, nearly."""
    tests = [_rectangle(scene, rng) for _ in range(plan.cleaning_tests)]
    soft = scene.px(rng.uniform(100, 900))
    sheet = Sheet.over(scene, np.concatenate(tests), 3 * soft)
    for corners in tests:
        sheet.area(corners)
    part = sheet.cover(soft) * np.float32(-plan.density * rng.uniform(0.5, 0.95))
    return Shade(sheet.window, _tinted(part, plan.tint))


def _patch(scene: Scene, plan: VarnishPlan, rng: np.random.Generator) -> Shade:
    """Varnish left by a cleaning, or an old retouched passage: an area with edges."""
    window, inside = _passage(scene, rng, rng.uniform(5, 35), rng.uniform(100, 900))
    density = inside * np.float32(plan.strength * rng.uniform(0.7, 1.4))
    return Shade(window, _tinted(density, plan.tint), DamageClass.DISCOLOURED)


def _bloom(scene: Scene, plan: VarnishPlan, rng: np.random.Generator) -> Layer:
    reach_mm = rng.uniform(6, 40)
    window, inside = _passage(scene, rng, reach_mm, 250 * reach_mm)
    grain = max(2.0, scene.px(rng.uniform(1_500, 9_000)))
    cloud = rough_noise(rng, window.shape, grain, octaves=5)
    cover = inside * np.clip(0.6 + 0.35 * cloud, 0, 1)
    cover *= np.float32(min(0.35, plan.strength * rng.uniform(0.2, 0.6)))
    tone = np.array([0.46, 0.5, 0.54], np.float32) * np.float32(rng.uniform(0.6, 1.5))
    return Layer(window, cover, tone, DamageClass.DISCOLOURED)


def _faded(scene: Scene, plan: VarnishPlan, rng: np.random.Generator) -> Shade:
    """A passage whose colour has paled or gone grey, with soft borders."""
    reach_mm = rng.uniform(6, 40)
    soft_um = reach_mm * 1_000 * rng.uniform(0.05, 0.3)
    window, inside = _passage(scene, rng, reach_mm, soft_um)
    local = scene.local_rgb[window.slices]
    grey = (local @ _LUMINANCE)[..., None]
    strength = min(plan.strength, 1.0)
    paler = local + (grey - local) * np.float32(strength * rng.uniform(0.5, 1))
    paler = at_lightness(paler, lightness(local) + strength * rng.uniform(-6, 18))
    gain = np.clip((paler + 0.01) / (local + 0.01), 0.3, 3)
    shade = 1 + (gain - 1) * inside[..., None]
    return Shade(window, np.asarray(shade, np.float32), DamageClass.DISCOLOURED)


def _passage(
    scene: Scene, rng: np.random.Generator, reach_mm: float, soft_um: float
) -> tuple[Window, Plane]:
    """Window, and (h, w) float32 in [0, 1]: inside an irregular outline."""
    reach, soft = mm(scene, reach_mm), scene.px(soft_um)
    radii = (reach, reach * rng.uniform(0.4, 1))
    outline = blob(rng, somewhere(scene, rng), radii, roughness=0.25)
    sheet = Sheet.over(scene, outline, 2.5 * soft)
    sheet.area(outline)
    return sheet.window, softened(sheet.cover(), soft)

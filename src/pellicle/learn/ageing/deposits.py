# SPDX-License-Identifier: Apache-2.0
"""Deposits: what has come to lie on the painting.

Job: draw stains with tide lines, foxing, drips, dirt and fly specks.
Not here: discoloured varnish (`varnish.py`), paint that is missing.
Terms: a *tide line* is the dark border where a stain dried; *foxing* are small brown
spots in groups.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import cv2
import numpy as np

from pellicle.learn.ageing.fields import rough_noise, smooth_noise
from pellicle.learn.ageing.scene import Drawn, Layer, Scene, Shade, drawn_from
from pellicle.learn.ageing.sheets import (
    Sheet,
    blob,
    curve,
    happens,
    lit,
    mm,
    softened,
    somewhere,
    uneven,
)
from pellicle.model.arrays import Array, Colour, Plane
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window

_STAINS = np.array(
    [[0.9, 0.74, 0.45], [0.85, 0.78, 0.62], [0.72, 0.7, 0.66], [0.8, 0.62, 0.4]],
    np.float32,
)
_DIRT = np.array(
    [[0.02, 0.016, 0.011], [0.07, 0.058, 0.042], [0.2, 0.18, 0.15]], np.float32
)
_SPECKS = np.array(
    [[0.008, 0.006, 0.004], [0.04, 0.024, 0.012], [0.35, 0.3, 0.2]], np.float32
)
_PLAIN_L = 25.0
_TIDE_CHANCE = 0.65
_OPAQUE_CHANCE = 0.4
_DRIPS = np.array([[0.7, 0.68, 0.6], [0.5, 0.4, 0.2], [0.1, 0.07, 0.04]], np.float32)


class Deposit(StrEnum):
    """What has come to lie there. The order decides which ones chance picks."""

    STAINS = "stains"
    FOXING = "foxing"
    DRIPS = "drips"
    DIRT = "dirt"
    SPECKS = "specks"


@dataclass(frozen=True, slots=True)
class DepositPlan:
    """What has come to lie on one picture.

    Attributes
    ----------
    counts
        Number of stains, groups of foxing or of specks, drips, patches of dirt.
    strength
        0 is hardly seen, 1 is plain.
    """

    counts: Mapping[Deposit, int]
    strength: float


def drawn_deposit_plan(
    rng: np.random.Generator, contrast_l: float | None = None, only: str | None = None
) -> DepositPlan:
    """One or two kinds, or one `Deposit`, a few of each; ΔL* decides the strength."""
    usual = rng.choice(tuple(Deposit), size=int(rng.integers(1, 3)), replace=False)
    kinds = [Deposit(str(kind)) for kind in usual] if only is None else [Deposit(only)]
    counts = {kind: int(rng.integers(1, 4)) for kind in kinds}
    drawn = drawn_from(rng, [(0, 0.15), (1, 1)])
    given = drawn if contrast_l is None else contrast_l / _PLAIN_L
    return DepositPlan(counts, strength=float(np.clip(given, 0.05, 1)))


def draw_deposits(
    scene: Scene, plan: DepositPlan, rng: np.random.Generator
) -> list[Drawn]:
    """Layers and shades of all deposits, labelled `DEPOSIT`."""
    return [
        draw(scene, plan.strength, rng)
        for kind, draw in _DRAW.items()
        for _ in range(plan.counts.get(kind, 0))
    ]


def _hue(rng: np.random.Generator, choices: Array) -> Array:
    """(3,) one of the colours, a little varied."""
    chosen = choices[rng.integers(len(choices))] * rng.uniform(0.8, 1.2)
    varied = chosen * rng.uniform(0.94, 1.06, 3)
    return np.asarray(np.clip(varied, 0.002, 1), np.float32)


def _inside(
    scene: Scene, rng: np.random.Generator, reach_mm: float, roughness: float
) -> tuple[Window, Plane]:
    """Window, and (h, w) float32 that is 0 along a ragged border and 1 well inside."""
    reach = mm(scene, reach_mm)
    radii = (reach, reach * rng.uniform(0.5, 1))
    outline = blob(rng, somewhere(scene, rng), radii, roughness=roughness)
    sheet = Sheet.over(scene, outline, 0.5 * reach)
    sheet.area(outline)
    soft = softened(sheet.cover(), 0.3 * reach)
    ragged = rough_noise(rng, sheet.window.shape, max(2.0, 0.5 * reach))
    return sheet.window, np.asarray(2 * soft - 1 + 0.2 * ragged, np.float32)


def _tinted(density: Plane, tint: Array) -> Colour:
    """(h, w, 3) float32 gain of a transparent colour, `tint` where density is 1."""
    out = np.empty((*density.shape, 3), np.float32)
    for channel, logarithm in enumerate(np.log(tint)):
        out[..., channel] = cv2.exp(density * np.float32(logarithm))
    return out


def _stain(scene: Scene, strength: float, rng: np.random.Generator) -> Drawn:
    """A liquid has dried: a pale middle and a darker line where it ended."""
    reach_mm = drawn_from(rng, [(0, 2), (0.6, 9), (1, 30)])
    window, inside = _inside(scene, rng, reach_mm, roughness=0.15)
    steep = reach_mm * 1_000 / rng.uniform(80, 500)
    within = np.clip(0.5 + inside * steep, 0, 1)
    line = np.exp(-np.maximum(inside, 0) * steep / rng.uniform(0.7, 2.5)) * within
    cloud = 0.75 + 0.2 * uneven(scene, rng, window, 250 * reach_mm)
    tide = rng.uniform(0.2, 1.6) if happens(rng, _TIDE_CHANCE) else 0.0
    density = np.clip(within * cloud, 0, None) * rng.uniform(0.3, 1) + tide * line
    gain = _tinted((1.5 * strength * density).astype(np.float32), _hue(rng, _STAINS))
    return Shade(window, gain, DamageClass.DEPOSIT)


def _foxing(scene: Scene, strength: float, rng: np.random.Generator) -> Drawn:
    """A group of small soft brown spots."""
    reach = mm(scene, rng.uniform(4, 22))
    count = int(rng.integers(4, 40))
    points = somewhere(scene, rng) + rng.normal(0, reach / 2, (count, 2))
    sheet = Sheet.over(scene, points, mm(scene, 1.5))
    for point in points:
        size = mm(scene, drawn_from(rng, [(0, 0.12), (0.7, 0.5), (1, 1.8)]))
        value = float(rng.uniform(0.3, 1))
        sheet.area(blob(rng, point, (size, size), roughness=0.3, count=20), value)
    soft = sheet.cover(scene.px(rng.uniform(80, 400)))
    density = soft * (2.2 * strength)
    gain = _tinted(density.astype(np.float32), _hue(rng, _STAINS))
    return Shade(sheet.window, gain, DamageClass.DEPOSIT)


def _drip(scene: Scene, strength: float, rng: np.random.Generator) -> Drawn:
    """Something that ran down and ended in a bead."""
    start, length = somewhere(scene, rng), mm(scene, rng.uniform(5, 60))
    way = curve(rng, start, length, heading=np.pi / 2, bend=0.05, count=80)
    wide = mm(scene, rng.uniform(0.4, 2.5))
    along = np.linspace(0, 1, len(way))
    width = wide * (1 + 0.2 * smooth_noise(rng, (1, len(way)), 9)[0])
    width *= np.clip(along / 0.1, 0.6, 1) * 0.7 + 0.8 * np.exp(
        -(((along - 1) / 0.06) ** 2)
    )
    sheet = Sheet.over(scene, way, 2 * wide)
    sheet.stroke(way, width)
    sheet.dot((float(way[-1, 0]), float(way[-1, 1])), 0.75 * wide)
    cover = sheet.cover(scene.px(60))
    middle = softened(cover, 0.3 * wide)
    if happens(rng, _OPAQUE_CHANCE):
        light = lit(middle, rng.uniform(0, 2 * np.pi), 0.25)
        tone = _hue(rng, _DRIPS) * light[..., None]
        opacity = np.float32(0.4 + 0.6 * strength)
        return Layer(sheet.window, cover * opacity, tone, DamageClass.DEPOSIT)
    rim = cover * np.clip(1.6 - middle, 0.5, 1.5) * (1.6 * strength)
    gain = _tinted(rim.astype(np.float32), _hue(rng, _STAINS))
    return Shade(sheet.window, gain, DamageClass.DEPOSIT)


def _dirt(scene: Scene, strength: float, rng: np.random.Generator) -> Drawn:
    """Dirt that settled in a patch, thicker in some places."""
    window, inside = _inside(scene, rng, rng.uniform(4, 35), roughness=0.3)
    fine = uneven(scene, rng, window, rng.uniform(150, 900))
    cover = np.clip(inside + 0.15 * fine, 0, 1) * (0.15 + 0.4 * strength)
    return Layer(
        window, cover.astype(np.float32), _hue(rng, _DIRT), DamageClass.DEPOSIT
    )


def _specks(scene: Scene, strength: float, rng: np.random.Generator) -> Drawn:
    """What flies leave: small round dark dots in a loose group."""
    reach = mm(scene, rng.uniform(3, 20))
    count = int(rng.integers(3, 40))
    points = somewhere(scene, rng) + rng.normal(0, reach / 2, (count, 2))
    sheet = Sheet.over(scene, points, mm(scene, 0.6))
    for point in points:
        size = scene.px(rng.uniform(60, 350))
        value = float(rng.uniform(0.5, 1))
        radii = (size, size * rng.uniform(0.6, 1))
        sheet.area(blob(rng, point, radii, roughness=0.12, count=14), value)
    return sheet.layer(
        _hue(rng, _SPECKS), opacity=0.5 + 0.5 * strength, label=DamageClass.DEPOSIT
    )


_DRAW: Mapping[Deposit, Callable[[Scene, float, np.random.Generator], Drawn]] = (
    MappingProxyType(
        {
            Deposit.DIRT: _dirt,
            Deposit.STAINS: _stain,
            Deposit.FOXING: _foxing,
            Deposit.DRIPS: _drip,
            Deposit.SPECKS: _specks,
        }
    )
)
"""In the order of drawing."""

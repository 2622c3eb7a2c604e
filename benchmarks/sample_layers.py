# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 -- a drawing is made of numbers
"""Light and colour of the synthetic damage: from layer maps to a photograph of it.

Job: paint ground, underpaint, cracks, split and wear over the original, in linear
light, as a camera would record them; and say which class each changed pixel is.
Not here: shapes (`sample_shapes.py`).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from sample_noise import Field, rough_noise, smooth_noise, weave
from sample_shapes import FINE, Levels

LOSS, ABRASION, CRAQUELURE, SPLIT = 1, 2, 3, 4
RELIEF = np.array([1.0, 0.5, 0.12, 0.0], np.float32)
STRIP_PX, MARGIN_PX = 200, 12
POINT_SPREAD_PX = 0.5
SHADOW_REACH = 8


def linear(srgb: NDArray[np.float32]) -> Field:
    """SRGB, 0 to 1, to linear light (IEC 61966-2-1)."""
    high = ((srgb + 0.055) / 1.055) ** 2.4
    return np.asarray(np.where(srgb <= 0.04045, srgb / 12.92, high), np.float32)


def encoded(rgb_linear: Field) -> Field:
    """Linear light to sRGB, 0 to 1."""
    clipped = np.clip(rgb_linear, 0, 1)
    high = 1.055 * clipped ** (1 / 2.4) - 0.055
    return np.asarray(np.where(clipped <= 0.0031308, clipped * 12.92, high), np.float32)


def colour(*srgb_8bit: int) -> Field:
    """Linear light of an 8-bit sRGB colour."""
    return linear(np.array(srgb_8bit, np.float32) / 255)


CHALK, AGED_CHALK = colour(206, 194, 168), colour(172, 152, 118)
LINEN, GRIME = colour(132, 107, 74), colour(44, 34, 25)
UMBER = colour(126, 101, 78)
DIRT, DUST = colour(30, 24, 19), colour(104, 96, 82)
LIP = colour(232, 222, 204)


@dataclass(frozen=True, slots=True)
class Plates:
    """What was drawn, `FINE` times finer than the scan; values 0 to 255 are opacity.

    Attributes
    ----------
    levels
        0 paint, 1 underpaint, 2 ground, 3 canvas.
    cracks
        Craquelure.
    haze
        Scratches in the varnish and the top of the paint.
    core, lip, shade
        The split itself, its lit edge and its shaded edge.
    """

    levels: Levels
    cracks: Levels
    haze: Levels
    core: Levels
    lip: Levels
    shade: Levels


@dataclass(frozen=True, slots=True)
class Fields:
    """Slowly changing properties of the layers, at scan resolution."""

    aged: Field
    stain: Field
    threads: Field
    local_rgb: Field

    @classmethod
    def of(cls, original: Field, rng: np.random.Generator) -> "Fields":
        """Draw the fields for an original in linear light."""
        shape = original.shape[:2]
        aged = (
            0.30 + 0.22 * rough_noise(rng, shape, 70) + 0.1 * rough_noise(rng, shape, 9)
        )
        return cls(
            np.clip(aged, 0, 1).astype(np.float32),
            smooth_noise(rng, shape, 22),
            cv2.GaussianBlur(weave(rng, shape, 4.2), (0, 0), 0.6),
            cv2.GaussianBlur(original, (0, 0), 9),
        )


@dataclass(frozen=True, slots=True)
class Layer:
    """Colour over the paint, premultiplied, and the share of each class in it."""

    rgb_linear: Field
    opacity: Field
    share: dict[int, Field]


def photograph(plates: Plates, fields: Fields) -> Layer:
    """Light all layers, strip by strip, and reduce to scan resolution."""
    height, width = fields.aged.shape
    rgb = np.zeros((height, width, 3), np.float32)
    shares = {c: np.zeros((height, width), np.float32) for c in (1, 2, 3, 4)}
    for top in range(0, height, STRIP_PX):
        bottom = min(top + STRIP_PX, height)
        low, high = max(top - MARGIN_PX, 0), min(bottom + MARGIN_PX, height)
        part, share = _strip(plates, fields, low, high)
        inner = slice(top - low, bottom - low)
        rgb[top:bottom] = part[inner]
        for key, plane in share.items():
            shares[key][top:bottom] = plane[inner]
    return Layer(rgb, np.sum(list(shares.values()), axis=0), shares)


def _strip(
    plates: Plates, fields: Fields, low: int, high: int
) -> tuple[Field, dict[int, Field]]:
    rows = slice(low * FINE, high * FINE)
    levels = plates.levels[rows]

    def fine(field: Field) -> Field:
        size = (field.shape[1] * FINE, (high - low) * FINE)
        return np.asarray(
            cv2.resize(field[low:high], size, interpolation=cv2.INTER_LINEAR)
        )

    def opacity(plate: Levels) -> Field:
        return plate[rows].astype(np.float32) / 255

    local = fine(fields.local_rgb)
    base = _base(levels, local, fine(fields.aged), fine(fields.threads))
    base *= _light(levels, fine(fields.stain))[..., None]
    lost = (levels > 0).astype(np.float32)
    dark = (local @ np.array([0.2126, 0.7152, 0.0722], np.float32))[..., None]
    dusty = (
        np.clip((0.06 - dark) / 0.05, 0, 1)
        * np.clip(fine(fields.stain), 0, 1)[..., None]
    )
    dirt = DIRT + (DUST - DIRT) * dusty
    over = [
        (LOSS, lost, base),
        (CRAQUELURE, opacity(plates.cracks) * (1 - lost), dirt),
        (ABRASION, opacity(plates.haze) * (1 - lost), local * 0.75 + CHALK * 0.3),
        (SPLIT, opacity(plates.shade) * (1 - 0.4 * lost), local * 0.1 + DIRT * 0.3),
        (SPLIT, opacity(plates.lip) * (1 - lost), local * 0.8 + LIP * 0.35),
        (SPLIT, opacity(plates.core), DIRT * 0.45),
    ]
    rgb = np.zeros((*levels.shape, 3), np.float32)
    shares = {c: np.zeros(levels.shape, np.float32) for c in (1, 2, 3, 4)}
    for key, alpha, tone in over:
        rgb *= (1 - alpha)[..., None]
        rgb += tone * alpha[..., None]
        for covered in shares:
            shares[covered] *= 1 - alpha
        shares[key] += alpha
    return _reduced(rgb), {key: _reduced(plane) for key, plane in shares.items()}


def _base(levels: Levels, local: Field, aged: Field, threads: Field) -> Field:
    """Colour of what lies bare, evenly lit; (H, W, 3)."""
    t, a = threads[..., None], aged[..., None]
    chalk = (CHALK + (AGED_CHALK - CHALK) * a) * (1 + 0.055 * t)
    thin = np.clip(0.16 + 0.10 * t + 0.9 * (0.32 - a), 0, 0.6)
    under = (UMBER * 0.62 + local * 0.38) * (1 - thin) + CHALK * thin
    linen = LINEN * np.clip(0.85 + 0.16 * t + 0.5 * (0.35 - a), 0.25, None)
    level = levels[..., None]
    return np.asarray(
        np.where(level == 3, linen, np.where(level == 1, under, chalk)), np.float32
    )


def _light(levels: Levels, stain: Field) -> Field:
    """Shadow under the upper left edge, gleam on the lower right, dirt in corners."""
    relief = RELIEF[levels]
    shadow = np.zeros_like(relief)
    gleam = np.zeros_like(relief)
    for t in range(1, SHADOW_REACH + 1):
        up = _shifted(relief, t) - relief
        np.maximum(shadow, up * (1 - (t - 1) / SHADOW_REACH), out=shadow)
        if t <= 3:
            np.maximum(
                gleam, (_shifted(relief, -t) - relief) * (1.2 - t / 3), out=gleam
            )
    near = cv2.GaussianBlur((levels == 0).astype(np.float32), (0, 0), 3.2)
    grime = np.clip(near * 2.2 * np.clip(0.35 + 0.5 * stain, 0, 1), 0, 0.55)
    lit = (1 - 0.80 * np.clip(shadow, 0, 1)) * (1 + 0.28 * np.clip(gleam, 0, 1))
    return np.asarray(lit * (1 - grime), np.float32)


def _shifted(plane: Field, by: int) -> Field:
    """The plane moved `by` pixels down and right, edges repeated."""
    padded = np.pad(plane, abs(by), mode="edge")
    start = abs(by) - by
    return padded[start : start + plane.shape[0], start : start + plane.shape[1]]


def _reduced(plane: Field) -> Field:
    """Area means at scan resolution, softened like the photograph."""
    size = (plane.shape[1] // FINE, plane.shape[0] // FINE)
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), POINT_SPREAD_PX))


def worn(
    original: Field, patch: Field, fields: Fields, rng: np.random.Generator
) -> tuple[Field, Field]:
    """Opacity and colour (linear light) of paint rubbed off, thread tops first.

    `patch` is above 0 where the surface was rubbed, 1 in the middle.
    """
    shape = patch.shape
    grey = original.mean(axis=2)
    relief = (grey - cv2.GaussianBlur(grey, (0, 0), 2.5)) / (grey + 0.02)
    rubbing = patch + 0.34 * fields.threads + 1.3 * np.clip(relief, -0.3, 0.3)
    rubbing += 0.30 * rough_noise(rng, shape, 12) - 0.62
    alpha = np.clip(rubbing * 1.5, 0, 0.9) * (patch > 0.02)
    deep = np.clip(rubbing * 1.3 - 0.35 + 0.3 * rough_noise(rng, shape, 5), 0, 1)[
        ..., None
    ]
    under = UMBER * 0.75 + fields.local_rgb * 0.2
    tone = under + (CHALK * 0.92 - under) * deep
    soft = cv2.GaussianBlur(alpha.astype(np.float32), (0, 0), POINT_SPREAD_PX)
    return np.asarray(soft, np.float32), np.asarray(tone, np.float32)

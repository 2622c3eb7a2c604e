# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 -- a drawing is made of numbers
"""What lies bare where paint is missing.

Job: draw the colour and texture of a ground, lay it into a window at a wanted contrast
to the paint around, and soften the border between field and cover.
Not here: where paint is missing (`losses.py`, `abrasion.py`).
Terms: *bole* is the red or yellow clay under gold; *imprimatura* a tinted layer over
the ground; a *fill* is putty that a restorer put into a loss.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numba
import numpy as np

from pellicle.colour.srgb import srgb_light
from pellicle.learn.ageing.fields import rough_noise, smooth_noise, weave
from pellicle.learn.ageing.scene import Scene, at_lightness, drawn_from, lightness
from pellicle.model.arrays import Array, Colour, Plane
from pellicle.model.raster import Window


class Bare(StrEnum):
    """Kinds of material that a loss lays bare."""

    CHALK = "chalk"
    BOLE = "bole"
    IMPRIMATURA = "imprimatura"
    WOOD = "wood"
    CANVAS = "canvas"
    PARCHMENT = "parchment"
    METAL = "metal"
    FILL = "fill"
    UNDERPAINT = "underpaint"
    ARBITRARY = "arbitrary"


_SHARE = (0.27, 0.08, 0.12, 0.09, 0.09, 0.11, 0.04, 0.05, 0.05, 0.10)
_SRGB = {
    Bare.CHALK: "efe9da d8cbaa c9b48a ffffff cfcac0 b7aa90 e8dcc0 a89a80",
    Bare.BOLE: "8a3b22 b0532b c98b3c 6b2a1c c8a05a a5432f",
    Bare.IMPRIMATURA: "7d654e 5a4433 3a2d24 8f7350 15110f 8c8276 6a5a50",
    Bare.WOOD: "a07a4e 7a5533 c8a470 5c412a 94816a b58a5c",
    Bare.CANVAS: "a48c66 84704f c2ad86 6b5a44 948870 b89b78",
    Bare.PARCHMENT: "e0976c d9a27e e3c9a0 cfae78 eadfc4 d88860 c9a48c",
    Bare.METAL: "b4713f 8d8d8a 5e6a66 c7c2b8 a9a39a 3f4644",
    Bare.FILL: "ffffff f3f0e8 c4c4c4 8c8c8c d9cbb2 efe3cf 000000",
    Bare.UNDERPAINT: "7a6a58 9a8f80 4f4a48 8d5a3c 6f7a52 b5a890",
    Bare.ARBITRARY: "000000 ffffff",
}
_PLAIN = (Bare.FILL, Bare.ARBITRARY)
_REDUCED = 4


@dataclass(frozen=True, slots=True)
class Ground:
    """Colour and texture of one bare layer; one or two serve a whole painting.

    Attributes
    ----------
    kind
        Material; decides the structure.
    rgb, stain_rgb
        Linear light in [0, 1]: the layer, and where it is dirty or stained.
    local_share
        Part of the local colour of the paint in it, 0 to 1.
    texture
        Deviation of its structure, relative; 0 is perfectly flat.
    grain_um
        Size of its structure on the painting.
    mottle, gradient, stain, dirt
        Strength of cloudiness, of a slope across each loss, of stains, of specks of
        dirt; 0 is none.
    along_x
        Whether threads or wood fibres run along the rows.
    """

    kind: Bare
    rgb: tuple[float, float, float]
    stain_rgb: tuple[float, float, float]
    local_share: float
    texture: float
    grain_um: float
    mottle: float
    gradient: float
    stain: float
    dirt: float
    along_x: bool


def drawn_ground(rng: np.random.Generator) -> Ground:
    """Any ground."""
    kind = tuple(Bare)[int(rng.choice(len(_SHARE), p=_SHARE))]
    flat = rng.random() < (0.6 if kind in _PLAIN else 0.2)
    calm = 0.0 if flat else drawn_from(rng, [(0, 0.1), (0.5, 0.9), (1, 2.0)])
    share = rng.uniform(0.3, 0.8) if kind is Bare.UNDERPAINT else 0.0
    if kind not in _PLAIN and rng.random() < 0.2:
        share = max(share, rng.uniform(0.05, 0.3))  # thin rests of paint
    sometimes = (rng.random(4) < (0.7, 0.3, 0.4, 0.35)) * calm
    stain_rgb = _mixed(rng, Bare.IMPRIMATURA if rng.random() < 0.8 else Bare.CHALK)
    return Ground(
        kind=kind,
        rgb=_mixed(rng, kind),
        stain_rgb=stain_rgb,
        local_share=share,
        texture=calm * drawn_from(rng, [(0, 0.01), (0.5, 0.08), (1, 0.3)]),
        grain_um=drawn_from(rng, [(0, 120), (0.5, 350), (1, 1500)]),
        mottle=float(sometimes[0] * rng.uniform(0.01, 0.15)),
        gradient=float(sometimes[1] * rng.uniform(0.05, 0.4)),
        stain=float(sometimes[2] * rng.uniform(0.1, 0.6)),
        dirt=float(sometimes[3] * rng.uniform(0.1, 0.7)),
        along_x=bool(rng.random() < 0.5),
    )


def related(ground: Ground, kind: Bare, rng: np.random.Generator) -> Ground:
    """Another layer of the same painting: above or below `ground`, and as textured."""
    share = rng.uniform(0.3, 0.75) if kind is Bare.UNDERPAINT else 0.0
    return replace(ground, kind=kind, rgb=_mixed(rng, kind), local_share=share)


def ground_tone(  # noqa: PLR0913 -- where, what, chance and how plainly
    scene: Scene,
    window: Window,
    ground: Ground,
    rng: np.random.Generator,
    contrast_l: float,
    *,
    exactly: bool = False,
) -> Colour:
    """Colour of bare ground in a window.

    Parameters
    ----------
    scene
        Gives the local paint.
    window
        Inside the scene.
    ground
        What lies bare.
    rng
        Source of all chance.
    contrast_l
        Least CIE 1976 difference between the mean of the ground and the mean of the
        local paint, 0 to about 50; at least 0.6 of it is in L*. A ground too like the
        paint is lightened or darkened.
    exactly
        A ground that differs more is drawn towards the paint, too: a faint loss.

    Returns
    -------
    tone
        (h, w, 3) float32 linear light in [0, 1].
    """
    local = scene.local_rgb[window.slices]
    base = _based(local, ground)
    paint_mean = np.asarray(local[::8, ::8].mean(axis=(0, 1)))
    base_mean = np.asarray(base[::8, ::8].mean(axis=(0, 1)))
    wanted = _apart(base_mean, paint_mean, contrast_l, rng, exactly=exactly)
    gain, stain = _textured(scene, window.shape, ground, rng)
    tone = np.empty((*window.shape, 3), np.float32)
    # An even ground is one colour: no need to shift every pixel.
    tone[:] = wanted if ground.local_share == 0 else base + (wanted - base_mean)
    if gain is not None:
        tone *= gain[..., None]
    if stain is not None:
        tone += (np.array(ground.stain_rgb, np.float32) - tone) * stain[..., None]
    return np.asarray(np.clip(tone, 0, 1, out=tone))


def specks_tone(
    scene: Scene,
    window: Window,
    ground: Ground,
    rng: np.random.Generator,
    contrast_l: float,
) -> Colour:
    """Colour of ground that shows in many small places: contrast is kept in each.

    As `ground_tone`, at a quarter of the size and enlarged.
    """
    size = (max(1, window.shape[1] // _REDUCED), max(1, window.shape[0] // _REDUCED))
    local = scene.local_rgb[window.slices]
    local = np.asarray(cv2.resize(local, size, interpolation=cv2.INTER_NEAREST))
    tone = _based(local, ground)
    there, here = lightness(local), lightness(tone)
    # One side as far as there is room: a ground does not turn from light to dark.
    side = np.full(here.shape, 1 if float((here - there).mean()) >= 0 else -1)
    side = np.where(there > 100 - contrast_l, -1, side)
    side = np.where(there < contrast_l, 1, side)
    enough = side * (here - there) >= contrast_l
    wanted = np.where(enough, here, there + side * contrast_l)
    tone = at_lightness(tone, wanted)
    if ground.texture > 0 and min(tone.shape[:2]) > 1:
        grain = scene.px(ground.grain_um) / _REDUCED
        noise = rough_noise(rng, (tone.shape[0], tone.shape[1]), grain, 2)
        tone = tone * np.clip(1 + ground.texture * noise, 0.2, 2)[..., None]
    full = (window.shape[1], window.shape[0])
    tone = np.asarray(cv2.resize(tone, full, interpolation=cv2.INTER_LINEAR))
    return np.asarray(np.clip(tone, 0, 1), np.float32)


def stepped(field: Plane, soft_px: float) -> Plane:
    """Cover where a field is above 0, with a border of even width.

    Parameters
    ----------
    field
        (h, w) float32, any unit.
    soft_px
        Width of the border in pixels, at least 1.

    Returns
    -------
    cover
        (h, w) float32 in [0, 1].
    """
    cover = np.zeros(field.shape, np.float32)
    _step(field, cover)
    sigma = max(0.5, soft_px / 2.5)
    return np.asarray(cv2.GaussianBlur(cover, (0, 0), sigma), np.float32)


@numba.njit(cache=True, fastmath=True)
def _step(field: Array, cover: Array) -> None:
    """Fill `cover` with 0.5 + distance to the outline, cut at 0 and 1."""
    height, width = field.shape
    for i in range(height):
        above, below = max(i - 1, 0), min(i + 1, height - 1)
        for j in range(width):
            left, right = max(j - 1, 0), min(j + 1, width - 1)
            here, a, b = field[i, j], field[above, j], field[below, j]
            c, d = field[i, left], field[i, right]
            if min(here, a, b, c, d) > 0:
                cover[i, j] = 1
            elif max(here, a, b, c, d) > 0:
                down = (b - a) / max(below - above, 1)
                across = (d - c) / max(right - left, 1)
                steep = np.sqrt(down * down + across * across) + 1e-6
                cover[i, j] = min(1.0, max(0.0, 0.5 + here / steep))


def tight(cover: Plane, window: Window, margin_px: int) -> Window | None:
    """Smallest window, with a margin, that holds all cover; None if there is none."""
    left, top, width, height = cv2.boundingRect((cover > 0.02).view(np.uint8))
    if width == 0:
        return None
    y, x = window.top + top, window.left + left
    return Window(y, x, y + height, x + width).expanded(margin_px, window)


def _mixed(rng: np.random.Generator, kind: Bare) -> tuple[float, float, float]:
    """A colour between two known ones of that material, linear light."""
    if kind is Bare.ARBITRARY:
        srgb = rng.random(3)
    else:
        codes = _SRGB[kind].split()
        first, second = (
            np.frombuffer(bytes.fromhex(codes[i]), np.uint8) / 255
            for i in rng.integers(0, len(codes), 2)
        )
        srgb = first + (second - first) * rng.random() + rng.normal(0, 0.02, 3)
    red, green, blue = srgb_light(np.clip(srgb, 0, 1))
    return float(red), float(green), float(blue)


def _based(local: Array, ground: Ground) -> Array:
    """(h, w, 3) the layer's own colour, even and untextured."""
    colour = np.array(ground.rgb, np.float32)
    if ground.local_share == 0:
        return np.broadcast_to(colour, local.shape)
    share = np.float32(ground.local_share)
    return np.asarray(local * share + colour * (1 - share))


def _apart(
    rgb: Array,
    paint_rgb: Array,
    contrast_l: float,
    rng: np.random.Generator,
    *,
    exactly: bool,
) -> Array:
    """(3,) colour `contrast_l` or more from the paint's."""
    if exactly:
        for _ in range(3):
            apart = float(np.linalg.norm(_lab(rgb) - _lab(paint_rgb)))
            if apart > contrast_l:
                rgb = paint_rgb + (rgb - paint_rgb) * (contrast_l / apart)
    paint, own = _lab(paint_rgb), _lab(rgb)
    chroma = float(np.hypot(*(own - paint)[1:]))
    least = float(np.sqrt(max(contrast_l**2 - chroma**2, (0.6 * contrast_l) ** 2)))
    if abs(own[0] - paint[0]) >= least:
        return rgb
    up, down = paint[0] + least, paint[0] - least
    rises = own[0] > paint[0] if rng.random() < 0.7 else rng.random() < 0.5
    wanted = up if (rises and up <= 98) or down < 2 else down
    return at_lightness(rgb, float(wanted))


def _lab(rgb: Array) -> Array:
    """(3,) CIE L*a*b* (D65) of (3,) linear light."""
    to_xyz = np.array(
        [
            [0.4339, 0.3762, 0.1899],
            [0.2126, 0.7152, 0.0722],
            [0.0178, 0.1095, 0.8727],
        ]
    )
    t = to_xyz @ np.maximum(rgb, 0)
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _textured(
    scene: Scene, shape: tuple[int, int], ground: Ground, rng: np.random.Generator
) -> tuple[Plane | None, Plane | None]:
    """Gain and part stained, (h, w) each; None where there is nothing to do."""
    px = scene.px
    gain = np.ones(shape, np.float32)
    if ground.texture > 0:
        gain += np.float32(ground.texture) * _structure(scene, shape, ground, rng)
    if ground.mottle > 0:
        gain += np.float32(ground.mottle) * smooth_noise(rng, shape, px(6_000))
    if ground.gradient > 0:
        rows = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
        columns = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :]
        down, right = rng.uniform(-ground.gradient, ground.gradient, 2)
        gain += np.float32(down) * rows + np.float32(right) * columns
    if ground.dirt > 0:
        specks = smooth_noise(rng, shape, px(220))
        gain -= np.float32(ground.dirt) * np.clip((specks - 1.5) * 1.5, 0, 1)
    stain: Plane | None = None
    if ground.stain > 0:
        field = rough_noise(rng, shape, px(8_000), 3)
        start, slope = rng.uniform(-0.3, 1), rng.uniform(1, 5)
        stain = np.float32(ground.stain) * np.clip((field - start) * slope, 0, 1)
    plain = ground.texture + ground.mottle + ground.gradient + ground.dirt == 0
    return (None if plain else np.clip(gain, 0.1, 2)), stain


def _structure(
    scene: Scene, shape: tuple[int, int], ground: Ground, rng: np.random.Generator
) -> Plane:
    """(h, w) structure of the material, deviation about 1."""
    if ground.kind is Bare.CANVAS:
        pitch = scene.px(350 + 0.4 * ground.grain_um)
        if pitch >= 2.5:
            return weave(rng, shape, pitch) * np.float32(1.6)
    if ground.kind is Bare.WOOD:
        grain = scene.px(min(ground.grain_um, 600))
        return _fibres(rng, shape, grain, along_x=ground.along_x)
    if ground.kind is Bare.METAL:
        return _fibres(rng, shape, scene.px(120), along_x=ground.along_x)
    octaves = 3 if ground.kind in {Bare.CHALK, Bare.PARCHMENT} else 2
    return rough_noise(rng, shape, scene.px(ground.grain_um), octaves)


def _fibres(
    rng: np.random.Generator, shape: tuple[int, int], grain: float, *, along_x: bool
) -> Plane:
    """Lines that run one way and bend a little: a profile across, bent by noise."""
    height, width = shape if along_x else shape[::-1]
    bend = grain * smooth_noise(rng, (1, width), 30 * grain)[0]
    sway = smooth_noise(rng, (height, width), 12 * grain) * np.float32(grain)
    room = int(12 * grain) + 4
    profile = rough_noise(rng, (height + 2 * room, 1), 2 * grain, 4)
    at = np.arange(height, dtype=np.float32)[:, None] + bend + sway + room
    lines = cv2.remap(
        profile,
        np.zeros((height, width), np.float32),
        at.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray(lines if along_x else lines.T, np.float32)

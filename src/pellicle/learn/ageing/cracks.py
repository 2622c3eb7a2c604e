# SPDX-License-Identifier: Apache-2.0
"""Drawing of crack networks.

Job: what a network looks like on a painting, as layers and shades.
Not here: where cracks run (`crack_growth.py`); the blur of the photograph.
Terms: *cover* is the part of a pixel that a crack takes; the *fill* is what lies in it,
dirt, dust, varnish or bare ground, and is missing where the paint has closed again.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numba
import numpy as np

from pellicle.learn.ageing.fields import smooth_noise
from pellicle.learn.ageing.network import CrackNetwork
from pellicle.learn.ageing.scene import (
    Drawn,
    Layer,
    Scene,
    Shade,
    at_lightness,
    drawn_from,
    lightness,
)
from pellicle.model.arrays import Array, Colour, Plane
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window

THINNEST_PX = 1.0
FAINTEST = 0.45

_DARK_SHARE = 0.72
_CLOSED = 0.08
_TONE_UM = 700.0
_RIM_UM = 130.0
_CUP_UM = 900.0
_DIRT = (
    (1.0, 1.0, 1.0),
    (1.12, 1.0, 0.84),
    (1.3, 0.98, 0.66),
    (0.92, 1.0, 1.1),
)


@dataclass(frozen=True, slots=True)
class CrackLook:
    """How the cracks of one network look.

    Attributes
    ----------
    contrast_l
        L* of the fill less L* of the paint around; negative is darker. Where the paint
        leaves no room for it the sign turns.
    hue
        Linear light of the fill by that of grey of the same lightness, R, G and B.
    dirt_share
        0 to 1, how much the fill has this hue rather than that of the paint.
    fill_um
        Length over which the fill varies along cracks.
    fill_loss
        0 to 1, how uneven the fill is; above about 0.5 cracks are interrupted.
    rim
        Light caught by raised edges, as a share of the light there; 0 is flat paint.
    cup
        Light on islands with raised edges, the same way; 0 is flat paint.
    light_rad
        Where the light comes from, from the x axis to the y axis.
    """

    contrast_l: float
    hue: tuple[float, float, float] = (1.0, 1.0, 1.0)
    dirt_share: float = 0.5
    fill_um: float = 3_000.0
    fill_loss: float = 0.2
    rim: float = 0.0
    cup: float = 0.0
    light_rad: float = -2.2


def drawn_look(rng: np.random.Generator, contrast_l: float) -> CrackLook:
    """Look as paintings have them; `contrast_l` is |ΔL*|, dark or light is drawn."""
    dark = rng.random() < _DARK_SHARE
    flat = ((0.0, 0.0), (0.55, 0.0), (1.0, 0.3))
    return CrackLook(
        contrast_l=-abs(contrast_l) if dark else abs(contrast_l),
        hue=_DIRT[int(rng.integers(len(_DIRT)))],
        dirt_share=rng.uniform(0.15, 0.95),
        fill_um=rng.uniform(800, 9_000),
        fill_loss=drawn_from(rng, ((0.0, 0.02), (0.6, 0.3), (1.0, 0.8))),
        rim=drawn_from(rng, flat),
        cup=0.5 * drawn_from(rng, flat),
        light_rad=rng.uniform(-np.pi, np.pi),
    )


def draw_cracks(
    scene: Scene, network: CrackNetwork, look: CrackLook, rng: np.random.Generator
) -> list[Drawn]:
    """Draw a network.

    Parameters
    ----------
    scene
        What it is drawn on.
    network
        In the scene's pixels; what lies outside is left out.
    look
        How it looks.
    rng
        Source of all chance.

    Returns
    -------
    drawn
        Shades of raised edges and cupped islands, which change no label, then the
        cracks, labelled craquelure. Empty if no crack crosses the scene.
    """
    strokes = _strokes(scene, network, look, rng)
    window = _around(scene, strokes)
    if window.empty:
        return []
    cover, extent = np.zeros((2, *window.shape), np.float32)
    corner = np.array([window.left, window.top], np.float64)
    _stroke(cover, extent, strokes._replace(points=strokes.points - corner))
    drawn: list[Drawn] = []
    if look.rim > 0 or look.cup > 0:
        gain = _relief(scene, cover, look)
        drawn.append(Shade(window, gain, DamageClass.UNMAPPED))
    tone = _tone(scene, window, look, rng)
    return [*drawn, Layer(window, cover, tone, DamageClass.CRAQUELURE, extent)]


class _Strokes(NamedTuple):
    """Points of all cracks, one after another."""

    points: Array  # (n, 2) float64, scene pixels
    wide_px: Array  # (n,) float64
    strength: Array  # (n,) float64, cover along the middle
    goes_on: Array  # (n,) bool, whether a line leads to the next point


def _strokes(
    scene: Scene, network: CrackNetwork, look: CrackLook, rng: np.random.Generator
) -> _Strokes:
    """Width and strength at each point of a network."""
    if not network.cracks:
        nothing = np.empty(0)
        return _Strokes(np.empty((0, 2)), nothing, nothing, nothing)
    points = np.concatenate([crack.points_px for crack in network.cracks])
    width = np.concatenate([crack.width_um for crack in network.cracks])
    counts = np.array([len(crack.width_um) for crack in network.cracks])
    width = width / scene.pixel_size.um
    coarse = scene.px(look.fill_um) / 8
    fill = smooth_noise(rng, _reduced(scene.shape, coarse), 8.0)
    at = np.clip(points / coarse, 0, np.array(fill.shape[::-1]) - 1).astype(np.int64)
    uneven = fill[at[:, 1], at[:, 0]]
    uneven = uneven + np.repeat(0.7 * rng.standard_normal(len(counts)), counts)
    filled = np.clip(1 + 0.75 * look.fill_loss * (uneven - 0.8), 0, 1)
    strength = np.clip(width, FAINTEST, 1) * np.sqrt(filled)
    strength[filled < _CLOSED] = 0
    goes_on = np.ones(len(points), np.bool_)
    goes_on[np.cumsum(counts) - 1] = False
    return _Strokes(points, np.maximum(width, THINNEST_PX), strength, goes_on)


def _reduced(shape: tuple[int, int], by: float) -> tuple[int, int]:
    return int(shape[0] / by) + 2, int(shape[1] / by) + 2


def _around(scene: Scene, strokes: _Strokes) -> Window:
    """Part of the scene in which strokes lie."""
    if not len(strokes.points):
        return Window(0, 0, 0, 0)
    margin = float(strokes.wide_px.max()) / 2 + 2
    margin += scene.px(_RIM_UM)
    left, top = np.floor(strokes.points.min(axis=0) - margin).astype(int).tolist()
    right, bottom = np.ceil(strokes.points.max(axis=0) + margin).astype(int).tolist()
    return Window(top, left, bottom, right).within(scene.window)


def _tone(
    scene: Scene, window: Window, look: CrackLook, rng: np.random.Generator
) -> Colour:
    """Colour of the fill all over the window, worked out at a reduced size."""
    height, width = window.shape
    reduced = max(1.0, min(scene.px(_TONE_UM), min(height, width) / 4))
    size = (max(2, int(width / reduced)), max(2, int(height / reduced)))
    paint = cv2.resize(
        scene.local_rgb[window.slices], size, interpolation=cv2.INTER_AREA
    )
    paint_l = lightness(paint)
    uneven = smooth_noise(rng, paint_l.shape, 9_000.0 / _TONE_UM)
    meant = paint_l + look.contrast_l
    no_room = (meant < 0) | (meant > 100)  # noqa: PLR2004 -- the ends of L*
    step = np.where(no_room, -look.contrast_l, look.contrast_l)
    fill_l = paint_l + step * np.clip(1 + 0.12 * uneven, 0.7, 1.3)
    grey = np.asarray(look.hue, np.float32) * paint.mean(axis=2, keepdims=True)
    mixed = paint + np.float32(look.dirt_share) * (grey - paint)
    fill = at_lightness(np.asarray(mixed, np.float32), fill_l)
    return np.asarray(cv2.resize(fill, (width, height), interpolation=cv2.INTER_LINEAR))


def _relief(scene: Scene, cover: Plane, look: CrackLook) -> Plane:
    """Gain of the light on edges that rise towards cracks: (h, w) float32."""
    towards = np.array([np.cos(look.light_rad), np.sin(look.light_rad)], np.float32)
    gain = np.ones(cover.shape, np.float32)
    for strength, um in ((look.rim, _RIM_UM), (look.cup, _CUP_UM)):
        if strength > 0:
            gain += np.float32(strength) * _facing(cover, scene.px(um), towards)
    return np.clip(gain, 0.5, 1.6)


def _facing(cover: Plane, reach_px: float, towards: Array) -> Plane:
    """About -1 to 1: slopes of the blurred cover that face the light."""
    height, width = cover.shape
    reduced = max(1.0, reach_px / 3)
    size = (max(1, int(width / reduced)), max(1, int(height / reduced)))
    small = cv2.resize(cover, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(0.6, reach_px / reduced / 2))
    # Paint rises towards a crack, so it faces away from it.
    slope = -towards[0] * cv2.Sobel(small, cv2.CV_32F, 1, 0, scale=0.125)
    slope -= towards[1] * cv2.Sobel(small, cv2.CV_32F, 0, 1, scale=0.125)
    slope /= np.float32(0.6 * np.abs(slope).max() + 1e-6)
    slope = cv2.resize(slope, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(slope, -1, 1))


@numba.njit(cache=True)
def _stroke(cover: Plane, extent: Plane, strokes: _Strokes) -> None:
    """Lay each stretch between two points on both; the stronger cover wins."""
    points, wide_px, strength, goes_on = strokes
    rows, columns = cover.shape
    for i in range(points.shape[0] - 1):
        if not goes_on[i] or strength[i] + strength[i + 1] == 0:
            continue
        ax, ay = points[i]
        dx, dy = points[i + 1, 0] - ax, points[i + 1, 1] - ay
        length2 = max(dx * dx + dy * dy, 1e-12)
        reach = max(wide_px[i], wide_px[i + 1]) / 2 + 0.5
        left = max(0, int(np.floor(min(ax, ax + dx) - reach - 0.5)))
        right = min(columns, int(np.ceil(max(ax, ax + dx) + reach + 0.5)))
        top = max(0, int(np.floor(min(ay, ay + dy) - reach - 0.5)))
        bottom = min(rows, int(np.ceil(max(ay, ay + dy) + reach + 0.5)))
        more_wide = wide_px[i + 1] - wide_px[i]
        more_strong = strength[i + 1] - strength[i]
        for row in range(top, bottom):
            y = row + 0.5 - ay
            for column in range(left, right):
                x = column + 0.5 - ax
                t = min(1.0, max(0.0, (x * dx + y * dy) / length2))
                away = np.sqrt((x - t * dx) ** 2 + (y - t * dy) ** 2)
                part = (wide_px[i] + t * more_wide) / 2 + 0.5 - away
                strong = strength[i] + t * more_strong
                if part > 0 and strong > 0:
                    part = min(1.0, part)
                    extent[row, column] = max(extent[row, column], part)
                    cover[row, column] = max(cover[row, column], part * strong)

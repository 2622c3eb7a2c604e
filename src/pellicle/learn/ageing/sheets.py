# SPDX-License-Identifier: Apache-2.0
"""Drawing with antialiased borders, and what is needed to place and colour it.

Job: strokes, outlines and dots in scene pixels become the cover of a layer.
Not here: what is drawn (`drawn_marks.py`, `patterns.py`, `passages.py`, …).
Terms: a *sheet* is a window of the scene, drawn on at twice its size.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from pellicle.learn.ageing.fields import smooth_noise
from pellicle.learn.ageing.scene import Layer, Scene, at_lightness, lightness
from pellicle.model.arrays import Array, Plane
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window

_FINE = 2
_SUBPIXEL_BITS = 4
_FULL = 255

_BORDER_PX = 0.66
"""By so much antialiased OpenCV shapes are wider than asked, at this fineness."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Something to draw on; later strokes cover earlier ones.

    Attributes
    ----------
    window
        Of the scene; never empty.
    plate
        (2 h, 2 w) uint8, 255 where fully covered.
    """

    window: Window
    plate: Array

    @classmethod
    def over(cls, scene: Scene, points_px: Array, margin_px: float) -> "Sheet":
        """Blank sheet around (n, 2) points, as far as they lie in the scene."""
        window = window_around(scene, points_px, margin_px)
        height, width = window.shape
        return cls(window, np.zeros((_FINE * height, _FINE * width), np.uint8))

    def _fixed(self, points_px: Array) -> Array:
        origin = np.array([self.window.left, self.window.top])
        fine = (points_px - origin) * _FINE - 0.5
        return np.asarray(np.rint(fine * (1 << _SUBPIXEL_BITS)), np.int32)

    def area(self, outline_px: Array, value: float = 1.0) -> None:
        """Fill an (n, 2) outline."""
        ink = round(_FULL * value)
        outline = self._fixed(outline_px)
        cv2.fillPoly(self.plate, [outline], ink, cv2.LINE_AA, _SUBPIXEL_BITS)

    def stroke(self, way_px: Array, width_px: Array | float, value: float = 1) -> None:
        """Draw along (n, 2) points, as wide as given at each, at least a pixel."""
        width = np.maximum(width_px, 1.0) - _BORDER_PX
        self.area(stroke_outline(way_px, width), value)

    def dot(
        self, centre_px: tuple[float, float], radius_px: float, value: float = 1
    ) -> None:
        """Fill a circle, at least a pixel across."""
        x, y = self._fixed(np.array(centre_px))
        radius = round(
            (max(radius_px, 0.5) - _BORDER_PX / 2) * _FINE * (1 << _SUBPIXEL_BITS)
        )
        ink = round(_FULL * value)
        cv2.circle(
            self.plate,
            (int(x), int(y)),
            radius,
            ink,
            cv2.FILLED,
            cv2.LINE_AA,
            _SUBPIXEL_BITS,
        )

    def cover(self, softness_px: float = 0) -> Plane:
        """(h, w) float32 in [0, 1], with borders blurred by `softness_px`."""
        height, width = self.window.shape
        small = cv2.resize(self.plate, (width, height), interpolation=cv2.INTER_AREA)
        cover = np.asarray(small, np.float32) * np.float32(1 / _FULL)
        return softened(cover, softness_px) if softness_px > 0 else cover

    def layer(
        self,
        tone: Array,
        *,
        opacity: float = 1,
        softness_px: float = 0,
        label: DamageClass = DamageClass.UNMAPPED,
    ) -> Layer:
        """What was drawn, in one colour or one for each pixel."""
        cover = self.cover(softness_px) * np.float32(opacity)
        return Layer(self.window, cover, np.asarray(tone, np.float32), label)


def window_around(scene: Scene, points_px: Array, margin_px: float) -> Window:
    """Smallest window of the scene around (n, 2) points; at least one pixel."""
    height, width = scene.shape
    low = np.floor(points_px.min(axis=0) - margin_px)
    high = np.ceil(points_px.max(axis=0) + margin_px)
    left, top = (int(v) for v in np.clip(low, 0, [width - 1, height - 1]))
    right, bottom = (int(v) for v in np.clip(high, 1, [width, height]))
    return Window(top, left, max(bottom, top + 1), max(right, left + 1))


def stroke_outline(way_px: Array, width_px: Array | float) -> Array:
    """(2 n, 2) outline of a stroke along (n, 2) points."""
    ahead = np.gradient(way_px, axis=0)
    length = np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-9)
    across = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) / length[:, None]
    half = np.broadcast_to(width_px, len(way_px))[:, None] / 2
    return np.concatenate([way_px + across * half, (way_px - across * half)[::-1]])


def beside(way_px: Array, offset_px: Array | float) -> Array:
    """(n, 2) points at a distance to the left of a way."""
    ahead = np.gradient(way_px, axis=0)
    length = np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-9)
    across = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) / length[:, None]
    return np.asarray(way_px + across * np.reshape(offset_px, (-1, 1)))


def curve(  # noqa: PLR0913 -- a way has so many properties
    rng: np.random.Generator,
    start_px: Array,
    length_px: float,
    *,
    heading: float,
    bend: float,
    count: int = 24,
) -> Array:
    """(count, 2) points of a smooth way that turns by about `bend` radians."""
    along = np.linspace(0, 1, count)
    turn = rng.normal(0, 1, 3) * bend
    angle = heading + turn[0] * along + turn[1] * np.sin(3 * along + turn[2] * 3) / 2
    step = length_px / (count - 1)
    ahead = np.stack([np.cos(angle), np.sin(angle)], axis=1) * step
    ahead[0] = 0
    return np.asarray(start_px + np.cumsum(ahead, axis=0))


def blob(
    rng: np.random.Generator,
    centre_px: Array,
    radii_px: tuple[float, float],
    *,
    roughness: float,
    count: int = 64,
) -> Array:
    """(count, 2) closed outline; roughness 0 is an ellipse, 0.5 is quite irregular."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    radius = np.ones(count)
    for wave in range(2, 8):
        strength = roughness * rng.normal() / wave**0.8
        radius += strength * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    radius = np.maximum(radius, 0.15)
    turn = rng.uniform(0, np.pi)
    x, y = radii_px[0] * radius * np.cos(angle), radii_px[1] * radius * np.sin(angle)
    turned = [x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)]
    return np.asarray(centre_px + np.stack(turned, axis=1))


def happens(rng: np.random.Generator, chance: float) -> bool:
    """Whether something with a chance of 0 to 1 comes about."""
    return bool(rng.random() < chance)


def somewhere(scene: Scene, rng: np.random.Generator) -> Array:
    """(2,) (x, y), a point of the scene."""
    height, width = scene.shape
    return rng.uniform(0, 1, 2) * (width, height)


def mm(scene: Scene, length_mm: float) -> float:
    """Pixels in millimetres, at least one."""
    return scene.px(1_000 * length_mm)


def colour_at(scene: Scene, point_px: Array) -> Array:
    """(3,) mean colour of the paint around a point; the nearest, outside the scene."""
    height, width = scene.shape
    column = int(np.clip(point_px[0], 0, width - 1))
    row = int(np.clip(point_px[1], 0, height - 1))
    return np.asarray(scene.local_rgb[row, column])


def related_colour(
    scene: Scene, rng: np.random.Generator, point_px: Array, apart_l: float
) -> Array:
    """(3,) a colour that a painter would set here, about `apart_l` off in L*."""
    here = colour_at(scene, point_px)
    other = colour_at(scene, somewhere(scene, rng))
    mixed = here + (other - here) * np.float32(rng.random())
    mixed = mixed * (1 + 0.08 * rng.standard_normal(3).astype(np.float32))
    target = float(lightness(here)) + apart_l
    if not 2 < target < 98:  # noqa: PLR2004 -- black and white leave no room
        target = float(lightness(here)) - apart_l
    return at_lightness(np.clip(mixed, 0.003, 1), target)


def lit(height: Plane, angle: float, strength: float) -> Plane:
    """(h, w) float32 gain of light that falls on a relief from one direction."""
    across = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3)
    slope = cv2.addWeighted(across, np.cos(angle), down, np.sin(angle), 0)
    steep = float(np.sqrt(np.mean(slope**2))) + 1e-4
    gain = 1 + np.asarray(slope, np.float32) * np.float32(strength / steep)
    return np.asarray(np.clip(gain, 0.35, 2.2))


def softened(plane: Plane, sigma_px: float) -> Plane:
    """(h, w) float32, blurred; wide blurs are made at a reduced size."""
    by = max(1, int(sigma_px / 3))
    if by == 1:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), max(sigma_px, 0.3)))
    height, width = plane.shape
    size = (max(1, -(-width // by)), max(1, -(-height // by)))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(
        small, (0, 0), sigma_px / by, borderType=cv2.BORDER_REPLICATE
    )
    whole = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole, np.float32)


def uneven(
    scene: Scene, rng: np.random.Generator, window: Window, grain_um: float
) -> Plane:
    """(h, w) float32 smooth noise of deviation 1 with a grain in micrometres."""
    return smooth_noise(rng, window.shape, max(1.5, scene.pixel_size.px(grain_um)))

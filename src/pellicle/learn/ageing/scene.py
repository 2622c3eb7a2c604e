# SPDX-License-Identifier: Apache-2.0
"""What damage is drawn on, and the layers that it is made of.

Job: the values that every kind of damage takes and gives.
Not here: any kind of damage; putting layers together (`age.py`).
Terms: a *layer* covers the paint with another colour and is damage, or is a distractor
that only looks like it; a *shade* lightens or darkens what is there.

All colour is linear light, sRGB primaries, 1 is white. Lengths are on the painting and
reach pixels through `Scene.pixel_size` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from pellicle.model.arrays import Array, Colour, Plane
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_LOCAL_UM = 2_500.0
_REDUCED = 8
_DARKEST_Y, _DARKEST_L = 216 / 24_389, 8.0
"""Below these, CIE 1976 lightness is a straight line."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A sound painting, or a piece of one, that is about to age.

    Attributes
    ----------
    rgb_linear
        (H, W, 3) float32 in [0, 1]; read only.
    pixel_size
        Of the picture on the painting.
    local_rgb
        (H, W, 3) float32, mean colour of the paint within about 2.5 mm.
    """

    rgb_linear: Colour
    pixel_size: PixelSize
    local_rgb: Colour

    @classmethod
    def of(cls, rgb_linear: Colour, pixel_size: PixelSize) -> "Scene":
        """Scene with its local means (computed at an eighth of the size)."""
        height, width = rgb_linear.shape[:2]
        size = (max(1, width // _REDUCED), max(1, height // _REDUCED))
        small = cv2.resize(rgb_linear, size, interpolation=cv2.INTER_AREA)
        sigma = max(0.5, pixel_size.px(_LOCAL_UM) / _REDUCED)
        small = cv2.GaussianBlur(small, (0, 0), sigma)
        local = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
        return cls(rgb_linear, pixel_size, np.asarray(local, np.float32))

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        height, width = self.rgb_linear.shape[:2]
        return height, width

    @property
    def window(self) -> Window:
        """The whole scene."""
        return Window(0, 0, *self.shape)

    def px(self, um: float) -> float:
        """Pixels in a length on the painting, never under one pixel."""
        return max(1.0, self.pixel_size.px(um))


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Something that covers the paint.

    Attributes
    ----------
    window
        Where it lies; inside the scene.
    cover
        (h, w) float32 in [0, 1], part of each pixel that is covered.
    tone
        (h, w, 3) or (3,) float32 linear light, the colour where it covers.
    label
        What the covered pixels are; `UNMAPPED` for a distractor.
    extent
        (h, w) float32 in [0, 1], part of each pixel over which it extends, where that
        is more than it covers: a line thinner than a pixel runs on between two that it
        hardly darkens. None is `cover`.
    """

    window: Window
    cover: Plane
    tone: Array
    label: DamageClass
    extent: Plane | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Shade:
    """Light or shadow on what lies below: raised edges, steps, creases, gleam.

    Attributes
    ----------
    window
        Where it lies; inside the scene.
    gain
        (h, w) or (h, w, 3) float32 above 0; linear light is multiplied by it.
    label
        What the shaded pixels become where the gain differs plainly from 1;
        `UNMAPPED` leaves them what they are.
    """

    window: Window
    gain: Array
    label: DamageClass = DamageClass.UNMAPPED


Drawn: TypeAlias = Layer | Shade
"""What a kind of damage gives, from the lowest to the uppermost."""


def drawn_from(
    rng: np.random.Generator, quantiles: Sequence[tuple[float, float]]
) -> float:
    """One number of a distribution given by its quantiles (fraction, value)."""
    fractions, values = zip(*quantiles, strict=True)
    return float(np.interp(rng.random(), fractions, values))


def luminance(rgb_linear: Array) -> Array:
    """(…,) relative luminance Y of (…, 3) linear light."""
    return np.asarray(rgb_linear @ _LUMINANCE)


def lightness(rgb_linear: Array) -> Array:
    """(…,) CIE 1976 L* of (…, 3) linear light."""
    y = luminance(rgb_linear)
    low, high = 903.3 * y, 116 * np.cbrt(np.maximum(y, 1e-6)) - 16
    return np.asarray(np.where(y > _DARKEST_Y, high, low))


def at_lightness(rgb_linear: Array, lightness_l: Array | float) -> Array:
    """The same hue at another L*: (…, 3) linear light scaled to the luminance.

    Very dark colours become grey as they are lightened, for want of a hue.
    """
    wanted = np.clip(np.asarray(lightness_l, np.float32), 0, 100)
    low, high = wanted / 903.3, ((wanted + 16) / 116) ** 3
    y_wanted = np.where(wanted > _DARKEST_L, high, low)
    y = luminance(rgb_linear)
    grey = np.float32(0.002)
    gain = (y_wanted + grey) / (y + grey)
    scaled = (rgb_linear + grey) * gain[..., None] - grey
    return np.clip(scaled, 0, 1).astype(np.float32)

# SPDX-License-Identifier: Apache-2.0
"""What a camera and its software make of the aged painting.

Job: blur, light, noise, sharpening and compression, for training pictures only; and
the blocks of compression as a distractor.
Not here: damage of the painting itself.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from pellicle.colour.srgb import srgb_curve, srgb_light
from pellicle.learn.ageing.scene import Drawn, Scene, Shade, drawn_from
from pellicle.learn.ageing.sheets import happens
from pellicle.model.arrays import Array, Colour, Plane

_STEPS = 4095
_WHITE = 255
_GRADIENT_SIDE = 16
_BLOCKS_QUALITY = (3.0, 15.0, 60.0), (55.0, 35.0, 12.0)
_DARK = np.float32(0.002)


@dataclass(frozen=True, slots=True)
class Photograph:
    """How a picture was taken. Lengths are in pixels of the picture.

    Attributes
    ----------
    exposure
        Gain of all channels.
    balance
        Gain of red, green and blue.
    gamma
        Exponent on the encoded values; 1 leaves them.
    gradient
        Relative fall of light from one side to the other.
    blur_px
        Deviation of the Gaussian point spread; 0 for none.
    reduced
        Size at which the picture was kept before it was enlarged again; 1 is whole.
    sharpening, halo_px
        Amount of the unsharp mask, 0 for none, and the deviation of its blur.
    noise
        Deviation of the noise at middle grey, as a part of white, linear light.
    grain_px
        Size of the noise's grain; 1 is independent pixels.
    jpeg_quality
        55 to 97, or 0 for no compression.
    """

    exposure: float
    balance: tuple[float, float, float]
    gamma: float
    gradient: float
    blur_px: float
    reduced: float
    sharpening: float
    halo_px: float
    noise: float
    grain_px: float
    jpeg_quality: int


def drawn_photograph(rng: np.random.Generator) -> Photograph:
    """A camera, its light and its settings."""
    red, blue = rng.normal(1, 0.025, 2)
    sharpened = happens(rng, 0.45)
    return Photograph(
        exposure=float(np.clip(rng.normal(1, 0.08), 0.75, 1.2)),
        balance=(float(red), 1.0, float(blue)),
        gamma=float(np.clip(rng.normal(1, 0.05), 0.85, 1.15)),
        gradient=drawn_from(rng, [(0, 0), (0.5, 0.02), (1, 0.25)]),
        blur_px=drawn_from(rng, [(0, 0), (0.15, 0.3), (0.8, 0.7), (1, 1)]),
        reduced=float(rng.uniform(0.5, 0.9)) if happens(rng, 0.12) else 1.0,
        sharpening=float(rng.uniform(0.2, 1.6)) if sharpened else 0.0,
        halo_px=float(rng.uniform(0.6, 2.2)),
        noise=drawn_from(rng, [(0, 0), (0.15, 0), (0.7, 0.006), (1, 0.03)]),
        grain_px=float(rng.choice([1.0, 1.0, 1.6, 2.2])),
        jpeg_quality=int(rng.integers(55, 98)) if happens(rng, 0.65) else 0,
    )


def photographed(
    rgb_linear: Colour, rng: np.random.Generator, plan: Photograph
) -> Colour:
    """The picture as taken, with the accuracy of 8-bit sRGB.

    Parameters
    ----------
    rgb_linear
        (H, W, 3) float32 linear light, sRGB primaries.
    rng
        For noise and the direction of light.
    plan
        The camera.

    Returns
    -------
    rgb_linear
        (H, W, 3) float32 in [0, 1].
    """
    seen = _exposed(rgb_linear, rng, plan)
    if plan.reduced < 1:
        seen = _halfway(seen, plan.reduced)
    if plan.blur_px > 0:
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), plan.blur_px), np.float32)
    if plan.noise > 0:
        seen = _noisy(seen, rng, plan)
    return _DECODED[_developed(encoded_8bit(seen), plan)]


def jpeg_blocks(scene: Scene, apart_l: float, _rng: np.random.Generator) -> list[Drawn]:
    """What strong compression did to the whole picture: blocks, and ringing at edges.

    Blocks are of pixels, whatever the scale. No area is `apart_l` from the paint: the
    plainer, the lower is the quality.
    """
    sound = encoded_8bit(scene.rgb_linear)
    quality = int(np.interp(apart_l, *_BLOCKS_QUALITY))
    lit = _DECODED[_compressed(sound, quality)] + _DARK
    return [Shade(scene.window, lit / (_DECODED[sound] + _DARK))]


def encoded_8bit(rgb_linear: Colour) -> Array:
    """(H, W, 3) uint8 sRGB of linear light; what lies outside [0, 1] is clipped."""
    roots = np.asarray(cv2.sqrt(np.clip(rgb_linear, 0, 1)), np.float32)
    return np.asarray(_ENCODED[(roots * np.float32(_STEPS)).astype(np.uint16)])


def _exposed(rgb_linear: Colour, rng: np.random.Generator, plan: Photograph) -> Colour:
    gain = np.array(plan.balance, np.float32) * np.float32(plan.exposure)
    turn = rng.uniform(0, 2 * np.pi)
    side = np.linspace(-1, 1, _GRADIENT_SIDE, dtype=np.float32)
    slope = np.cos(turn) * side + np.sin(turn) * side[:, None]
    bowl = rng.uniform(-0.5, 0.5) * (side**2 + side[:, None] ** 2)
    light = np.maximum(1 + 0.5 * plan.gradient * (slope + bowl), 0.3)
    height, width = rgb_linear.shape[:2]
    small = (light[..., None] * gain).astype(np.float32)
    whole = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(rgb_linear, whole), np.float32)


def _halfway(rgb_linear: Colour, part: float) -> Colour:
    """Reduced and enlarged again."""
    height, width = rgb_linear.shape[:2]
    size = (max(1, round(width * part)), max(1, round(height * part)))
    small = cv2.resize(rgb_linear, size, interpolation=cv2.INTER_AREA)
    whole = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(whole, np.float32)


def _noisy(rgb_linear: Colour, rng: np.random.Generator, plan: Photograph) -> Colour:
    """Noise that grows with the root of the signal, mostly common to the channels."""
    height, width = rgb_linear.shape[:2]
    common = _grain(rng, (height, width), plan.grain_px)
    out = np.empty_like(rgb_linear)
    for channel in range(3):
        half = _grain(rng, ((height + 1) // 2, (width + 1) // 2), 1)
        own = cv2.resize(half, (width, height), interpolation=cv2.INTER_LINEAR)
        signal = np.ascontiguousarray(rgb_linear[..., channel])
        spread = cv2.sqrt(np.maximum(signal, 0) + np.float32(0.01))
        noise = cv2.addWeighted(common, 2.1 * plan.noise, own, 1.2 * plan.noise, 0)
        out[..., channel] = signal + cv2.multiply(noise, spread)
    return out


def _grain(rng: np.random.Generator, shape: tuple[int, int], grain_px: float) -> Plane:
    """(H, W) float32 noise of deviation about 1."""
    noise = rng.standard_normal(shape, np.float32)
    if grain_px <= 1:
        return noise
    sigma = grain_px / 2.5
    blurred = cv2.GaussianBlur(noise, (0, 0), sigma)
    return np.asarray(blurred * np.float32(1 + 2.2 * sigma), np.float32)


def _developed(srgb: Array, plan: Photograph) -> Array:
    """Sharpening, tone and compression; (H, W, 3) uint8 sRGB, in and out."""
    if plan.sharpening > 0:
        blurred = cv2.GaussianBlur(srgb, (0, 0), plan.halo_px)
        srgb = cv2.addWeighted(srgb, 1 + plan.sharpening, blurred, -plan.sharpening, 0)
    tones = np.rint(255 * (np.arange(256) / 255) ** plan.gamma).astype(np.uint8)
    srgb = cv2.LUT(srgb, tones)
    return _compressed(srgb, plan.jpeg_quality) if plan.jpeg_quality else srgb


def _compressed(srgb: Array, quality: int) -> Array:
    """(H, W, 3) uint8 sRGB after JPEG, in and out."""
    # OpenCV takes blue first: the chroma planes must be those of a real picture.
    bgr = cv2.cvtColor(srgb, cv2.COLOR_RGB2BGR)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    _, packed = cv2.imencode(".jpg", bgr, options)
    opened = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR))
    return np.asarray(cv2.cvtColor(opened, cv2.COLOR_BGR2RGB))


def _encoding() -> Array:
    """(4096,) uint8 sRGB of the square of index / 4095, linear light."""
    light = ((np.arange(_STEPS + 1) + 0.5) / (_STEPS + 1)) ** 2
    return np.asarray(np.rint(_WHITE * srgb_curve(light)), np.uint8)


def _decoding() -> Array:
    """(256,) float32 linear light of sRGB."""
    return np.asarray(srgb_light(np.arange(256) / _WHITE), np.float32)


_ENCODED = _encoding()
_DECODED = _decoding()

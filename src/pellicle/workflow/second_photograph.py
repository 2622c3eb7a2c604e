# SPDX-License-Identifier: Apache-2.0
"""A second photograph of a painting, made from the first: to measure references on.

Job: another place of the camera, lens, light, exposure, white balance, tone curve,
varnish, resolution, sharpness, noise and compression.
Not here: what is measured (`bench_reference`); ageing of the painting (`learn`).
"""

from dataclasses import dataclass, fields

import cv2
import numpy as np

from pellicle.colour.srgb import srgb_curve, srgb_light
from pellicle.model.arrays import Array, Samples

MARGIN = 1.08
VARNISH = np.array([1.0, 0.93, 0.72])
"""Light that comes back through a yellowed varnish."""
HAZE = np.array([0.010, 0.009, 0.005])
GREY = np.array([0.30, 0.59, 0.11])
SURROUNDINGS = (0.05, 0.05, 0.05)


@dataclass(frozen=True, slots=True)
class SecondPhotograph:
    """How it was taken.

    Attributes
    ----------
    scale
        Its pixels to a pixel of the first.
    corners
        How far each corner of the painting is moved, as a part of the sides: x and y
        of top left, top right, bottom right, bottom left.
    lens
        Radial distortion.
    exposure, balance, gamma
        Gain of light, of red, green and blue, and exponent on the encoded values.
    fall
        Change of light across and down; corners are darker by `vignette`.
    varnish
        Amount of yellowed varnish, 0 for none.
    blur_px, noise, jpeg_quality
        Gaussian blur; deviation of noise, of full scale, encoded; 0 to 100.
    """

    scale: float = 1.0
    corners: tuple[float, ...] = (0.0,) * 8
    lens: float = 0.0
    exposure: float = 1.0
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    fall: tuple[float, float] = (0.0, 0.0)
    vignette: float = 0.0
    varnish: float = 0.0
    blur_px: float = 0.0
    noise: float = 0.0
    jpeg_quality: int = 100
    grey: bool = False
    mirrored: bool = False


def drawn_photograph(seed: int, scale: float) -> SecondPhotograph:
    """One at random; the same for the same seed."""
    rng = np.random.default_rng(seed)
    return SecondPhotograph(
        scale=scale,
        corners=tuple(rng.uniform(-0.04, 0.04, 8).tolist()),
        lens=float(rng.uniform(-0.012, 0.012)),
        exposure=float(rng.uniform(0.7, 1.15)),
        balance=(float(rng.uniform(0.85, 1.15)), 1.0, float(rng.uniform(0.85, 1.15))),
        gamma=float(rng.uniform(0.85, 1.2)),
        fall=(float(rng.uniform(-0.15, 0.15)), float(rng.uniform(-0.15, 0.15))),
        vignette=0.1,
        varnish=float(rng.uniform(0.0, 0.8)),
        blur_px=0.4,
        noise=0.003,
        jpeg_quality=92,
    )


def take_photograph(picture: Samples, how: SecondPhotograph, seed: int) -> Samples:
    """Take it.

    Parameters
    ----------
    picture
        (H, W, 3) uint8, sRGB.
    how
        See there.
    seed
        Of the noise.

    Returns
    -------
    photograph
        (h, w, 3) uint8, as it comes back from JPEG.
    """
    light: Array = srgb_light(picture / 255.0).astype(np.float32)
    if how.scale < 1:
        light = cv2.GaussianBlur(light, (0, 0), 0.5 * np.sqrt(how.scale**-2 - 1))
    places, across, down = _places(picture.shape[:2], how)
    seen: Array = cv2.remap(
        light, places[..., 0], places[..., 1], cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT, borderValue=SURROUNDINGS,
    ).astype(np.float64)  # fmt: skip
    if how.blur_px:
        seen = cv2.GaussianBlur(seen, (0, 0), how.blur_px)
    seen = seen * VARNISH**how.varnish + HAZE * how.varnish
    even = 1 + how.fall[0] * across / 2 + how.fall[1] * down / 2
    even *= 1 - how.vignette * (across**2 + down**2) / 2
    seen = np.clip(seen * how.exposure * how.balance * even[..., None], 0, 1)
    encoded = srgb_curve(seen) ** how.gamma
    encoded += np.random.default_rng(seed).normal(0, how.noise, encoded.shape)
    if how.grey:
        encoded = np.repeat((encoded @ GREY)[..., None], 3, axis=2)
    samples = np.rint(np.clip(encoded, 0, 1) * 255).astype(np.uint8)
    if how.mirrored:
        samples = samples[:, ::-1]
    quality = [cv2.IMWRITE_JPEG_QUALITY, how.jpeg_quality]
    _, packed = cv2.imencode(".jpg", samples[..., ::-1], quality)
    made: Samples = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR))[..., ::-1].copy()
    return made


def _places(
    shape: tuple[int, int], how: SecondPhotograph
) -> tuple[Array, Array, Array]:
    """Places in the picture of the photograph's pixels, and -1 to 1 across and down."""
    height, width = shape
    tall, wide = (round(side * how.scale * MARGIN) for side in shape)
    sides = np.array([width, height], np.float64)
    own = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * sides
    moved = own * how.scale + (np.array([wide, tall]) - sides * how.scale) / 2
    moved += np.reshape(how.corners, (4, 2)) * sides * how.scale
    back = cv2.getPerspectiveTransform(moved.astype(np.float32), own.astype(np.float32))
    rows, columns = np.mgrid[0:tall, 0:wide] + 0.5
    across, down = columns / wide * 2 - 1, rows / tall * 2 - 1
    bent = 1 + how.lens * ((across**2 + down**2) / 2 - 0.5)
    x, y = (across * bent + 1) * wide / 2, (down * bent + 1) * tall / 2
    depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    places = [(row[0] * x + row[1] * y + row[2]) / depth - 0.5 for row in back[:2]]
    return np.stack(places, axis=-1).astype(np.float32), across, down


def in_words(how: SecondPhotograph) -> dict[str, object]:
    """Its settings, for a record."""
    return {one.name: getattr(how, one.name) for one in fields(how)}

# SPDX-License-Identifier: Apache-2.0
"""How alike two pictures look in their structure: gradient magnitude similarity.

Job: the multi-scale gradient magnitude similarity deviation (MS-GMSD).
Not here: colour as it is seen (`colour/scielab.py`), texture (`texture_spectrum.py`).

Why this one: an eye judges by edges and their contrast. Among measures that compare two
pictures and need no trained network, GMSD follows the scores that people gave on the
usual collections of distorted pictures as well as any, and is small enough to be
checked by hand. It knows where a stroke ought to be and how strong, but not whether a
texture that is not the true one would pass for it: that is what the spectrum is for.
"""

import cv2
import numpy as np

from pellicle.model.arrays import Array, Mask, Plane

STABILITY = 170.0
"""c of the similarity, for samples in 0 to 255 (Xue et al. 2014)."""

MASKING = 0.5
"""α of the similarity (Zhang et al. 2017); 0 gives that of Xue et al."""

SCALE_WEIGHTS = (0.096, 0.596, 0.289, 0.019)
"""Of full size, half, quarter and eighth (Zhang et al. 2017)."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_PREWITT = np.array([1, 1, 1], np.float32) / 3, np.array([-1, 0, 1], np.float32)


def luma(samples: Array) -> Plane:
    """(H, W) float32 luma in 0 to 255 of (H, W, 3) uint8 or uint16 sRGB."""
    full = np.float32(np.iinfo(samples.dtype).max)
    return np.asarray((samples / full * np.float32(255)) @ _LUMA, np.float32)


def gradient_magnitude(grey: Plane) -> Plane:
    """(H, W) float32 Prewitt gradient magnitude; edges repeat."""
    smooth, step = _PREWITT
    border = cv2.BORDER_REPLICATE
    x = cv2.sepFilter2D(grey, cv2.CV_32F, step, smooth, borderType=border)
    y = cv2.sepFilter2D(grey, cv2.CV_32F, smooth, step, borderType=border)
    return np.asarray(np.hypot(x, y), np.float32)


def gradient_similarity(grey: Plane, other: Plane, masking: float = MASKING) -> Plane:
    """(H, W) similarity of gradient magnitudes, 1 where they are equal."""
    a, b = gradient_magnitude(grey), gradient_magnitude(other)
    product, squares = a * b, a * a + b * b
    above = (2 - masking) * product + STABILITY
    below = squares - masking * product + STABILITY
    return np.asarray(above / below, np.float32)


def multiscale_gmsd(grey: Plane, other: Plane, where: Mask | None = None) -> float:
    """MS-GMSD of two pictures.

    Parameters
    ----------
    grey, other
        (H, W) float32 in 0 to 255, at least 16 px a side.
    where
        (H, W) bool, pixels that count; None counts all.

    Returns
    -------
    deviation
        0 where equal, seldom above 0.35.

    References
    ----------
    Xue, Zhang, Mou & Bovik 2014, doi 10.1109/TIP.2013.2293423 (GMSD); Zhang, Sander &
    Bermak 2017, *Gradient magnitude similarity deviation on multiple scales for color
    image quality assessment* (scales, weights, masking).
    """
    counts: Mask = np.ones(grey.shape, np.bool_) if where is None else where
    total = 0.0
    for scale, weight in enumerate(SCALE_WEIGHTS):
        if scale:
            grey, other = _halved(grey), _halved(other)
            counts = _halved(counts.astype(np.float32)) > 0
        similar = gradient_similarity(grey, other)
        total += weight * float(similar[counts].astype(np.float64).var())
    return float(np.sqrt(total))


def with_surroundings(mask: Mask) -> Mask:
    """The mask and as many of the nearest pixels outside it.

    A deviation tells how uneven likeness is: inside a hole that is blurred all over it
    would be small. Half of what is looked at is therefore intact.
    """
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    outside = away[~mask]
    wanted = min(int(np.count_nonzero(mask)), outside.size)
    if wanted == 0:
        return mask
    reach = np.partition(outside, wanted - 1)[wanted - 1]
    around: Mask = mask | (away <= reach)
    return around


def _halved(plane: Plane) -> Plane:
    height, width = (side + side % 2 for side in plane.shape)
    missing = (0, height - plane.shape[0]), (0, width - plane.shape[1])
    even = np.pad(plane, missing, mode="edge")
    blocks = even.reshape(height // 2, 2, width // 2, 2)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)

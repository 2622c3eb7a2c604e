# SPDX-License-Identifier: Apache-2.0
"""How much finer or coarser a reference image is than the scan.

Job: the Gaussian blur that makes the finer of the two as coarse as the other.
Not here: blurring what is used (`filling.py`), the limit that is still used (the
stage's setting).
"""

import cv2
import numpy as np

from pellicle.model.arrays import Array, Mask, Plane

INNER_PX = 0.8
OUTER_PX = 1.6
"""Details between these two blurs are compared."""
MOST_PX = 24.0
HALVINGS = 12
ALIKE = 0.97
"""Ratio of contrasts from which on the two count as equally sharp."""


def finer_by(reference: Plane, scan: Plane, both: Mask) -> float:
    """Blur in pixels that the reference needs; negative where the scan needs it.

    Parameters
    ----------
    reference, scan
        (H, W) float32 lightness, laid on each other, of the same contrast.
    both
        (H, W) bool: intact paint that the reference shows.
    """
    inner = cv2.erode(both.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    if not inner.any():
        return 0.0
    own, other = _detail(scan, inner), _detail(reference, inner)
    ratio = other / max(own, 1e-9)
    if ALIKE <= ratio <= 1 / ALIKE:
        return 0.0
    if ratio > 1:
        return _blur_to(reference, inner, own)
    return -_blur_to(scan, inner, other)


def softened(picture: Array, sigma_px: float) -> Array:
    """Gaussian blur with its own edge repeated; as it is when there is none."""
    if sigma_px <= 0:
        return picture
    side = 2 * int(np.ceil(3 * sigma_px)) + 1
    made: Array = cv2.GaussianBlur(
        picture, (side, side), sigma_px, borderType=cv2.BORDER_REPLICATE
    )
    return made.reshape(picture.shape)


def _detail(plane: Plane, where: Mask) -> float:
    apart = softened(plane, INNER_PX) - softened(plane, OUTER_PX)
    return float(np.sqrt(np.mean(np.minimum(np.abs(apart[where]), 0.1) ** 2)))


def _blur_to(plane: Plane, where: Mask, wanted: float) -> float:
    low, high = 0.0, MOST_PX
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if _detail(softened(plane, middle), where) > wanted:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)

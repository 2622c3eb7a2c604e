# SPDX-License-Identifier: Apache-2.0
"""How wide a set of pixels is at each of its pixels, in a few classes.

Job: tell arms from bodies by opening with discs.
Not here: which widths matter (`stages/mask`).
Terms: a place is *as wide as w* if a disc of diameter w fits into the set there. A
pixel belongs to such a place if it lies within w of the disc's centre: so the corners
of a body, and the first half of w of an arm, belong to the body.

Discs are centred on a grid of half pixels, as in `choke.py`: a stripe of w pixels is
exactly w wide. All that is compared are distances on the grid, whole numbers under a
root, so nothing depends on where a tile begins.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from pellicle.model.arrays import Array, Labels, Mask

_ROUNDING = 1e-3
"""Far less than two distances on the grid can differ by where they matter."""


def width_reach_px(widest_px: float) -> int:
    """Pixels of context that `width_classes` needs: half a disc, and w from its centre.

    An edge of the array that is farther away changes nothing.
    """
    return math.ceil(1.5 * widest_px) + 3


def width_classes(region: Mask, widths_px: Sequence[float]) -> Labels:
    """Class of each pixel by the greatest of some widths that the set has there.

    Parameters
    ----------
    region
        (H, W) bool; all beyond the array is outside.
    widths_px
        Rising.

    Returns
    -------
    classes
        (H, W) uint8: 0 outside, 1 where the set is narrower than all widths, 1 + k
        where it is as wide as the k-th.
    """
    classes = region.astype(np.uint8)
    if not region.any():
        return classes
    halves = np.pad(classes, 1).repeat(2, axis=0).repeat(2, axis=1)
    depth = _distance(halves)
    for k, width_px in enumerate(widths_px, start=2):
        bodies = _any_quarter(depth >= width_px - _ROUNDING)[1:-1, 1:-1]
        if not bodies.any():
            break
        away = _distance((~bodies).view(np.uint8))
        classes[region & (away <= width_px + _ROUNDING)] = k
    return classes


def _distance(inside: Array) -> Array:
    """(H, W) float32 exact distance to the nearest zero, between centres."""
    return np.asarray(
        cv2.distanceTransform(
            np.ascontiguousarray(inside), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
        )
    )


def _any_quarter(halves: Array) -> Array:
    return np.asarray(
        halves[::2, ::2] | halves[1::2, ::2] | halves[::2, 1::2] | halves[1::2, 1::2]
    )

# SPDX-License-Identifier: Apache-2.0
"""Where a painting is patterned: brocade, lace, lettering, tooled gold, foliage.

Job: a measure of how patterned a place is, and the places where it is largest.
Not here: damage that is put there (`infill_damage.py`).
Terms: *detail* is lightness between 3 and 15 pixels of period; a place is *patterned*
where the same strength of detail is found again all over it, in every part of it and
in no single contour. Painted patterns do not repeat pixel by pixel: the correlation of
lace or foliage with itself, moved, is no higher than that of noise (0.2 to 0.3).
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from pellicle.model.arrays import Mask, Plane

PLACE_PX = 96
"""Side of the square that is judged."""

APART_PX = 160
"""How far apart places are at least."""

LEAST_EVEN_L = 2.5
"""Detail that four fifths of a place's blocks must reach, standard deviation in L*.
One contour, or a few strokes on a smooth ground, leaves most blocks empty."""

STEP_PX = 12
"""Rows and columns between places that are judged."""

_FINE_PX, _COARSE_PX = 0.8, 3.0
_BLOCK_PX = 16
_EMPTY = 0.2


@dataclass(frozen=True, slots=True)
class PatternedPlace:
    """A patterned place.

    Attributes
    ----------
    row, column
        Its middle, in pixels of the picture.
    even_l
        See `even_detail`.
    """

    row: int
    column: int
    even_l: float


def find_patterns(lightness_l: Plane, sound: Mask, most: int) -> list[PatternedPlace]:
    """Patterned places of a picture, none within `APART_PX` of another.

    Parameters
    ----------
    lightness_l
        (H, W) float32, L* in 0 to 100.
    sound
        (H, W) bool, paint that may be used.
    most
        At most so many places.

    Returns
    -------
    places
        By even detail, most first. Fewer than `most`, or none, where the picture is
        not patterned.
    """
    side = np.ones((PLACE_PX, PLACE_PX), np.uint8)
    whole = cv2.erode(sound.astype(np.uint8), side, borderValue=0) > 0
    even_l = np.where(whole[::STEP_PX, ::STEP_PX], even_detail(lightness_l), 0)
    places: list[PatternedPlace] = []
    for flat in np.argsort(-even_l, axis=None, kind="stable"):
        at = np.unravel_index(int(flat), even_l.shape)
        found_l = float(even_l[at])
        if found_l < LEAST_EVEN_L or len(places) == most:
            break
        row, column = (int(n) * STEP_PX for n in at)
        gaps = (math.hypot(row - p.row, column - p.column) for p in places)
        if all(gap >= APART_PX for gap in gaps):
            places.append(PatternedPlace(row, column, found_l))
    return places


def even_detail(lightness_l: Plane) -> Plane:
    """Detail that the less detailed blocks about a pixel have.

    Returns
    -------
    even_l
        (⌈H/12⌉, ⌈W/12⌉) float32, for every twelfth row and column: of the standard
        deviations of detail in the 16 px blocks of the square about the pixel, the one
        that a fifth of them stay under; L*. Blocks beyond the picture count as empty.
    """
    detail = _detail(lightness_l)
    size = (_BLOCK_PX, _BLOCK_PX)
    spread = np.sqrt(np.maximum(cv2.blur(detail * detail, size), 0))
    height, width = spread.shape
    middle = PLACE_PX // 2
    padded = np.pad(spread, middle)
    offsets = range(_BLOCK_PX // 2, PLACE_PX, _BLOCK_PX)
    blocks = np.stack(
        [
            padded[y : y + height : STEP_PX, x : x + width : STEP_PX]
            for y in offsets
            for x in offsets
        ]
    )
    rank = int(_EMPTY * len(blocks))
    return np.asarray(np.partition(blocks, rank, axis=0)[rank], np.float32)


def _detail(lightness_l: Plane) -> Plane:
    fine = cv2.GaussianBlur(lightness_l, (0, 0), _FINE_PX)
    coarse = cv2.GaussianBlur(lightness_l, (0, 0), _COARSE_PX)
    return np.asarray(fine - coarse, np.float32)

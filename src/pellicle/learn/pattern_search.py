# SPDX-License-Identifier: Apache-2.0
"""Where a painting repeats itself: brocade, lace, lettering, tooled gold, foliage.

Job: a measure of repetition, and the places of a picture where it is largest.
Not here: damage that is put there (`infill_damage.py`).
Terms: *detail* is lightness between 3 and 15 pixels of period; a place is *patterned*
where detail is everywhere in it, not in one contour, and is found again nearby.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from pellicle.model.arrays import Array, Mask, Plane

PLACE_PX = 96
"""Side of the square that is judged."""

REACH_PX = 160
"""How far away its detail is looked for, and how far apart places are."""

LEAST_EVEN_L = 2.5
"""Detail that four fifths of a place's blocks must reach, standard deviation in L*.
One contour, or a few strokes on a smooth ground, leaves most blocks empty."""

LEAST_REPETITION = 0.15
"""Best correlation of a place's detail with that beside it; a restless passage without
any order reaches about 0.1."""

STEP_PX = 12
"""Rows and columns between places that are judged."""

_FINE_PX, _COARSE_PX = 0.8, 3.0
_BLOCK_PX = 16
_EMPTY = 0.2

_CANDIDATES = 16


@dataclass(frozen=True, slots=True)
class PatternedPlace:
    """A place that repeats.

    Attributes
    ----------
    row, column
        Its middle, in pixels of the picture.
    even_l
        See `even_detail`.
    repetition
        See `repetition_at`.
    """

    row: int
    column: int
    even_l: float
    repetition: float


def find_patterns(lightness_l: Plane, sound: Mask, most: int) -> list[PatternedPlace]:
    """Patterned places of a picture, none within `REACH_PX` of another.

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
        By even detail, most first. Fewer than `most`, or none, where
        the picture is not patterned.
    """
    detail = _detail(lightness_l)
    side = np.ones((PLACE_PX, PLACE_PX), np.uint8)
    whole = cv2.erode(sound.astype(np.uint8), side, borderValue=0) > 0
    even_l = np.where(whole[::STEP_PX, ::STEP_PX], _even(detail), 0)
    candidates: list[tuple[int, int, float]] = []
    for flat in np.argsort(-even_l, axis=None, kind="stable"):
        at = np.unravel_index(int(flat), even_l.shape)
        found_l = float(even_l[at])
        if found_l < LEAST_EVEN_L or len(candidates) == _CANDIDATES:
            break
        row, column = (int(n) * STEP_PX for n in at)
        if all(math.hypot(row - r, column - c) >= REACH_PX for r, c, _ in candidates):
            candidates.append((row, column, found_l))
    places = [
        PatternedPlace(row, column, found_l, _repetition(detail, row, column))
        for row, column, found_l in candidates
    ]
    patterned = [p for p in places if p.repetition >= LEAST_REPETITION]
    patterned.sort(key=lambda p: -p.even_l)
    return patterned[:most]


def even_detail(lightness_l: Plane) -> Plane:
    """Detail that the less detailed blocks about a pixel have.

    Returns
    -------
    even_l
        (⌈H/12⌉, ⌈W/12⌉) float32, for every twelfth row and column: of the standard
        deviations of detail in the 16 px blocks of the square about the pixel, the one
        that a fifth of them stay under; L*. Blocks beyond the picture count as empty.
    """
    return _even(_detail(lightness_l))


def _even(detail: Plane) -> Plane:
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


def repetition_at(lightness_l: Plane, row: int, column: int) -> float:
    """How well the detail of the half square about a pixel is found again nearby.

    Returns
    -------
    repetition
        -1 to 1: the best normalised cross-correlation with a square that it does not
        overlap, in each of two halves of directions (rather along rows, rather along
        columns); the smaller of the two, since a straight line is always found again
        along itself.
    """
    return _repetition(_detail(lightness_l), row, column)


def _detail(lightness_l: Plane) -> Plane:
    fine = cv2.GaussianBlur(lightness_l, (0, 0), _FINE_PX)
    coarse = cv2.GaussianBlur(lightness_l, (0, 0), _COARSE_PX)
    return np.asarray(fine - coarse, np.float32)


def _repetition(detail: Plane, row: int, column: int) -> float:
    side = PLACE_PX // 2
    top, left = row - side // 2, column - side // 2
    square = detail[max(0, top) : top + side, max(0, left) : left + side]
    if square.shape != (side, side):
        return -1.0
    above, before = max(0, top - REACH_PX), max(0, left - REACH_PX)
    around = detail[above : top + side + REACH_PX, before : left + side + REACH_PX]
    match: Array = np.asarray(cv2.matchTemplate(around, square, cv2.TM_CCOEFF_NORMED))
    rows = np.abs(np.arange(match.shape[0])[:, None] + above - top)
    columns = np.abs(np.arange(match.shape[1])[None, :] + before - left)
    apart = (np.maximum(rows, columns) >= side) & np.isfinite(match)
    best = (
        float(match[apart & half].max(initial=-1.0))
        for half in (rows > columns, columns >= rows)
    )
    return min(best)

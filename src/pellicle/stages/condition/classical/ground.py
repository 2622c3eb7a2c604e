# SPDX-License-Identifier: Apache-2.0
"""Grounds that show through losses, found from the overview of the whole painting.

Job: tell the colour of a lower layer from the colours of the picture.
Not here: which pixels it shows at (`losses.py`).

A painted colour belongs to a thing, blends into its neighbours and lies beside the same
colours each time. A ground does not: it is bared in closed places with sharp edges,
wherever the damage happened to be, whatever the paint around it; and it is bared
*only* there. A colour counts as a ground when most of its pixels lie in such places.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from pellicle.model.arrays import Array, Colour, Labels, Mask

_BIN_DE = 5.0
_L_BINS, _AB_BINS = 21, 52
_BINS = _L_BINS * _AB_BINS * _AB_BINS
_FLAT_DE = 12.0
_BREAK_DE = 12.0
_APART_DE = 8.0
_CANDIDATES = 16
_FEWEST_VOTES = 25
SLICE_DE = 8.0

# What makes a colour a ground.
_FEW_PLACES, _MANY_PLACES = 4, 8
_EXCLUSIVE, _VARIETY_DE = 0.6, 5.0
_MIXED, _MIXED_VARIETY_DE = 0.4, 10.0
_DARK_L = 35.0
_DARK_EXCLUSIVE, _DARK_VARIETY_DE, _DARK_STRETCH = 0.9, 12.0, 3.0


@dataclass(frozen=True, slots=True)
class Places:
    """Closed places of one colour.

    Attributes
    ----------
    colour_lab
        (3,) mean colour.
    labels
        (h, w) int32 number of each place, 0 outside.
    area_px
        (n + 1,) pixels of each.
    sharp
        (n + 1,) fraction of each edge across which the colour breaks.
    around_lab
        (n + 1, 3) mean colour across the edge.
    stretch
        (n + 1,) edge² / (16 area): 1 for a square, 7 for a line 25 times its width.
    at_border
        (n + 1,) whether it touches the end of the picture.
    """

    colour_lab: Array
    labels: Array
    area_px: Array
    sharp: Array
    around_lab: Array
    stretch: Array
    at_border: Array


@dataclass(frozen=True, slots=True)
class Strength:
    """How a colour behaves; see `is_ground`.

    Attributes
    ----------
    closed
        Number of closed places.
    exclusive
        Fraction of the colour's pixels that lie in closed places.
    variety_de
        Spread of the colours around them.
    stretch
        Middle stretch of the closed places, by area.
    """

    closed: int
    exclusive: float
    variety_de: float
    stretch: float


def candidate_colours(lab_d50: Colour, inside: Mask, reach_px: int) -> list[Array]:
    """Colours that are flat and break sharply with others, the likeliest first.

    Parameters
    ----------
    lab_d50
        (h, w, 3) float32.
    inside
        (h, w) bool.
    reach_px
        How far across an edge to look.
    """
    votes, every, own, other, other2 = _votes(lab_d50, inside, reach_px)
    filled = np.nonzero(votes >= _FEWEST_VOTES)[0]
    count = votes[filled, None]
    spread = np.maximum(other2[filled] / count - (other[filled] / count) ** 2, 0)
    share = votes[filled] / every[filled]
    score = votes[filled] * np.sqrt(spread.sum(axis=1)) * share
    means = own[filled] / count
    picked: list[Array] = []
    for k in np.argsort(-score, kind="stable"):
        if all(np.linalg.norm(means[k] - seen) > _APART_DE for seen in picked):
            picked.append(means[k])
            if len(picked) == _CANDIDATES:
                break
    return picked


def places_of(
    lab_d50: Colour, inside: Mask, colour_lab: Array, reach_px: int
) -> Places:
    """Closed and other places of a colour; what lies `reach_px` off is beside them."""
    centre = colour_lab
    for _ in range(3):
        near = _near(lab_d50, inside, centre.astype(np.float32), SLICE_DE)
        if not near.any():
            break
        centre = lab_d50[near > 0].mean(axis=0, dtype=np.float64)
    opened = cv2.morphologyEx(near, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    distance, nearest = cv2.distanceTransformWithLabels(
        1 - opened, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_CCOMP
    )
    own = np.zeros(int(nearest.max()) + 1, np.int64)
    own[nearest[opened > 0]] = labels[opened > 0]
    probes, breaks, around = _beside(
        lab_d50, inside, (own[nearest], count), distance, (centre, reach_px + 0.6)
    )
    edges, ends = _edges(inside, labels, count)
    area = boxes[:, cv2.CC_STAT_AREA].astype(np.int64)
    area[0] = 0
    return Places(
        centre,
        labels,
        area,
        breaks / np.maximum(probes, 1),
        around / np.maximum(probes, 1)[:, None],
        edges**2 / np.maximum(16.0 * area, 1),
        ends > 0,
    )


def is_ground(strength: Strength, lightness: float) -> bool:
    """Whether a colour behaves as a ground, not as a part of the picture.

    Dark grounds must be surer: outlines and shadows behave much like them.
    """
    if lightness < _DARK_L:
        return (
            strength.closed >= _MANY_PLACES
            and strength.exclusive >= _DARK_EXCLUSIVE
            and strength.variety_de >= _DARK_VARIETY_DE
            and strength.stretch <= _DARK_STRETCH
        )
    few = strength.closed >= _FEW_PLACES and strength.exclusive >= _EXCLUSIVE
    many = strength.closed >= _MANY_PLACES and strength.exclusive >= _MIXED
    return (few and strength.variety_de >= _VARIETY_DE) or (
        many and strength.variety_de >= _MIXED_VARIETY_DE
    )


def closed_places(places: Places, *, least_px: int, sharp: float) -> Mask:
    """Which places (n + 1, bool) have a sharp edge all around and are large enough."""
    closed = (places.area_px >= least_px) & (places.sharp >= sharp)
    closed[0] = False
    return closed


def strength_of(places: Places, closed: Mask) -> Strength:
    """Measure how exclusively, and how independently of the picture, a colour shows."""
    judged = closed & ~places.at_border
    if not judged.any():
        return Strength(0, 0.0, 0.0, 0.0)
    area = places.area_px
    variety = np.sqrt(places.around_lab[judged].var(axis=0).sum())
    order = np.argsort(places.stretch[judged], kind="stable")
    middle = np.searchsorted(
        np.cumsum(area[judged][order]), area[judged].sum() / 2, side="left"
    )
    return Strength(
        int(judged.sum()),
        float(area[closed].sum() / max(1, area.sum())),
        float(variety),
        float(places.stretch[judged][order][middle]),
    )


@njit(cache=True)
def _squared_de(one: Array, other: Array) -> float:
    total = 0.0
    for k in range(3):
        total += (one[k] - other[k]) ** 2
    return total


@njit(cache=True)
def _bin_of(colour: Array) -> int:
    at = min(max(int(colour[0] / _BIN_DE), 0), _L_BINS - 1)
    for k in (1, 2):
        step = int((colour[k] + 130.0) / _BIN_DE)
        at = at * _AB_BINS + min(max(step, 0), _AB_BINS - 1)
    return at


@njit(cache=True)
def _roughness(lab: Colour, r: int, c: int) -> float:
    """How much a pixel and its four neighbours differ, summed over L*, a*, b*."""
    total = 0.0
    for k in range(3):
        low = high = lab[r, c, k]
        for y, x in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
            low, high = min(low, lab[y, x, k]), max(high, lab[y, x, k])
        total += high - low
    return total


@njit(cache=True)
def _votes(
    lab: Colour, inside: Mask, reach: int
) -> tuple[Array, Array, Array, Array, Array]:
    """Sums by colour bin over flat pixels next to a break."""
    height, width, _ = lab.shape
    votes = np.zeros(_BINS)
    every = np.zeros(_BINS)
    own = np.zeros((_BINS, 3))
    other = np.zeros((_BINS, 3))
    other2 = np.zeros((_BINS, 3))
    for r in range(reach, height - reach):
        for c in range(reach, width - reach):
            if not inside[r, c]:
                continue
            at = _bin_of(lab[r, c])
            every[at] += 1
            if _roughness(lab, r, c) > _FLAT_DE:
                continue
            best, by, bx = 0.0, r, c
            for y, x in (
                (r - reach, c),
                (r + reach, c),
                (r, c - reach),
                (r, c + reach),
            ):
                if not inside[y, x]:
                    continue
                far = _squared_de(lab[y, x], lab[r, c])
                if far > best:
                    best, by, bx = far, y, x
            if best > _BREAK_DE**2:
                votes[at] += 1
                for k in range(3):
                    own[at, k] += lab[r, c, k]
                    other[at, k] += lab[by, bx, k]
                    other2[at, k] += lab[by, bx, k] ** 2
    return votes, every, own, other, other2


@njit(cache=True)
def _near(lab: Colour, inside: Mask, colour: Array, reach_de: float) -> Labels:
    height, width, _ = lab.shape
    near = np.zeros((height, width), np.uint8)
    for r in range(height):
        for c in range(width):
            if inside[r, c]:
                far = _squared_de(lab[r, c], colour)
                near[r, c] = far <= reach_de * reach_de
    return near


@njit(cache=True)
def _beside(
    lab: Colour,
    inside: Mask,
    owners: tuple[Array, int],
    distance: Array,
    to: tuple[Array, float],
) -> tuple[Array, Array, Array]:
    """Per place: pixels beside it, how many of them break with it, sum of colours."""
    nearest, count = owners
    colour, reach = to
    height, width = nearest.shape
    probes = np.zeros(count)
    breaks = np.zeros(count)
    around = np.zeros((count, 3))
    for r in range(height):
        for c in range(width):
            if not (reach - 2.1 < distance[r, c] <= reach) or not inside[r, c]:
                continue
            place = nearest[r, c]
            far = 0.0
            for k in range(3):
                far += (lab[r, c, k] - colour[k]) ** 2
                around[place, k] += lab[r, c, k]
            probes[place] += 1
            breaks[place] += far >= _BREAK_DE**2
    return probes, breaks, around


@njit(cache=True)
def _edges(inside: Mask, labels: Array, count: int) -> tuple[Array, Array]:
    """Per place: length of its edge, and of the part at the picture's end."""
    height, width = labels.shape
    edges = np.zeros(count)
    ends = np.zeros(count)
    for r in range(height):
        for c in range(width):
            place = labels[r, c]
            if place == 0:
                continue
            for y, x in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                if not (0 <= y < height and 0 <= x < width) or not inside[y, x]:
                    ends[place] += 1
                elif labels[y, x] == 0:
                    edges[place] += 1
    return edges, ends

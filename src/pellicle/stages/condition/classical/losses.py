# SPDX-License-Identifier: Apache-2.0
"""Losses and abrasion: where a known ground shows, pixel by pixel.

Job: how surely each pixel shows the ground instead of paint.
Not here: which grounds there are (`ground.py`), thin lines (`ridges.py`).
Terms: a *place* is where the overview has seen a ground; a *speck* is a spot of ground
too small for the overview.
"""

import math

import numpy as np
from numba import njit

from pellicle.model.arrays import Array, Colour, Labels, Plane

_CLOSED_SIDES = 7
_SOFT_EDGE = 0.6
_LEAST_STEP_DE = 4.0
_DIRECTIONS = np.array(
    [
        (math.sin(k * math.pi / 4), math.cos(k * math.pi / 4)) for k in range(8)
    ]  # (dy, dx), clockwise from the right
)


@njit(cache=True)
def distance_to(lab: Colour, colour: Array) -> Plane:
    """ΔE*ab of every pixel of (H, W, 3) L*a*b* to one colour, (H, W) float32."""
    height, width, _ = lab.shape
    far = np.empty((height, width), np.float32)
    for r in range(height):
        for c in range(width):
            total = np.float32(0)
            for k in range(3):
                total += (lab[r, c, k] - colour[k]) ** 2
            far[r, c] = math.sqrt(total)
    return far


@njit(cache=True)
def exposed_near_places(
    distance: Plane, place: Labels, number: int, reach_de: float, side_px: int
) -> Labels:
    """Certainty (0 to 255) that a pixel at a place shows its ground.

    A pixel counts when it is nearer to the ground than `reach_de`, or than a good half
    of how far the paint beside it is: the soft edge belongs to the loss, since what is
    laid into it must not leave a rim.
    """
    height, width = distance.shape
    sure = np.zeros((height, width), np.uint8)
    for r in range(height):
        for c in range(width):
            if place[r, c] != number:
                continue
            far = distance[r, c]
            limit = reach_de
            if far > reach_de:
                beside = 0.0
                for y, x in (
                    (max(r - side_px, 0), c),
                    (min(r + side_px, height - 1), c),
                    (r, max(c - side_px, 0)),
                    (r, min(c + side_px, width - 1)),
                ):
                    beside = max(beside, distance[y, x])
                limit = max(limit, _SOFT_EDGE * beside)
            if far <= limit:
                sure[r, c] = 255 - int(115.0 * min(far / limit, 1.0))
    return sure


@njit(cache=True)
def specks(distance: Plane, reach_de: float, break_de: float, radii: Array) -> Labels:
    """Certainty that a pixel lies in a small spot of ground, closed on all sides.

    Parameters
    ----------
    distance
        (H, W) ΔE*ab to the ground.
    reach_de
        Farthest a speck's own pixels are from it.
    break_de
        Least that the paint around is farther.
    radii
        (n,) float64, distances in pixels at which paint must be met on at least seven
        of eight sides.
    """
    height, width = distance.shape
    sure = np.zeros((height, width), np.uint8)
    for r in range(height):
        for c in range(width):
            far = distance[r, c]
            if far > reach_de:
                continue
            for k in range(len(radii)):
                closed = 0
                for way in range(len(_DIRECTIONS)):
                    y = r + math.floor(radii[k] * _DIRECTIONS[way, 0] + 0.5)
                    x = c + math.floor(radii[k] * _DIRECTIONS[way, 1] + 0.5)
                    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
                    closed += distance[y, x] >= far + break_de
                if closed >= _CLOSED_SIDES:
                    sure[r, c] = 255 - int(100.0 * far / reach_de)
                    break
    return sure


@njit(cache=True)
def towards(lab: Colour, distance: Plane, colour: Array, side_px: int) -> Plane:
    """How straight the colour runs from the paint beside a pixel towards a ground.

    Returns
    -------
    cosine
        (H, W) float32, -1 to 1: of the angle, in L*a*b*, between the step from beside
        to the pixel and the step from beside to the ground; 0 where the first is
        shorter than 4. The paint beside is the farther of the four pixels `side_px`
        off.
    """
    height, width = distance.shape
    cosine = np.zeros((height, width), np.float32)
    for r in range(height):
        for c in range(width):
            far, y, x = np.float32(-1.0), r, c
            for by, bx in (
                (max(r - side_px, 0), c),
                (min(r + side_px, height - 1), c),
                (r, max(c - side_px, 0)),
                (r, min(c + side_px, width - 1)),
            ):
                if distance[by, bx] > far:
                    far, y, x = distance[by, bx], by, bx
            dot = step = whole = 0.0
            for k in range(3):
                here, there = lab[r, c, k] - lab[y, x, k], colour[k] - lab[y, x, k]
                dot += here * there
                step += here * here
                whole += there * there
            if step >= _LEAST_STEP_DE**2 and whole > 0:
                cosine[r, c] = dot / math.sqrt(step * whole)
    return cosine

# SPDX-License-Identifier: Apache-2.0
"""Search for the inks of a colour that lies far beyond all of them.

Job: the second way to such a colour: the nearest of a grid of inks by ΔE00, and from
there by feeling around.
Not here: the way that does for all other colours (`separation_search.py`).

ΔE00 of large differences has several lows and ridges between them, where no matrix of
weights leads from one to the other. Of deep saturated colours beyond ΔE00 8, one way
down left one in four from which some ink is nearer by more than 0.1; with the second it
is one in twelve: pockets narrower than the grid, most of them where ΔE00 itself jumps,
between opposite hues.
"""

import numba
import numpy as np

from pellicle.colour.difference import de00
from pellicle.colour.lattice import Lattice, Matrix, Vector, look_up_4_sloped

NODE_STEP = 4
"""One node in so many along each axis is looked at."""

MOST_LIGHTNESS_WEIGHT = 1.75
"""S_L of CIEDE2000 is never above this, so ΔL* over it is a lower bound of ΔE00."""

FIRST_STEP, LAST_STEP = 0.1, 0.005
"""Coverage that feeling around starts with, and where it ends."""

AT_LIMIT = 1e-3
"""Nodes this much over the ink limit lie on it."""

BETTER_BY_DE00 = 0.05
"""What a second way must gain, so that pixels alike do not differ for nothing."""

CMYK = 4


@numba.njit(cache=True)
def hold_limit(at: Vector, limit: float) -> None:
    """Scale C, M and Y of `at` so that all four add up to no more than the limit."""
    at[3] = min(at[3], limit)
    colour = at[0] + at[1] + at[2]
    if colour + at[3] > limit:
        share = (limit - at[3]) / colour
        for n in range(3):
            at[n] *= share


@numba.njit(cache=True)
def room_left(at: Vector, limit: float) -> float:
    """What C, M, Y and K of `at` may still grow by."""
    room: float = limit - (at[0] + at[1] + at[2] + at[3])
    return room


@numba.njit(cache=True)
def missed_de00(target: Vector, lab: Vector) -> float:
    """ΔE00 between two (3,) L*a*b*."""
    missed: float = de00(target[0], target[1], target[2], lab[0], lab[1], lab[2])
    return missed


@numba.njit(cache=True)
def _best_node(
    target: Vector, ink_to_lab: Lattice, step: int, limit: float, inks: Vector
) -> float:
    """ΔE00 of the node nearest to a colour that the limit allows; its inks written.

    `ink_to_lab` is over K, C, M, Y; every `step`-th node of an axis is looked at.
    """
    nodes = ink_to_lab.shape[0]
    per_node = 1.0 / (nodes - 1)
    nearest = 1e9
    node_lab = np.empty(3)
    for k in range(0, nodes, step):
        for c in range(0, nodes, step):
            for m in range(0, nodes, step):
                for y in range(0, nodes, step):
                    if (k + c + m + y) * per_node > limit:
                        break
                    lab = ink_to_lab[k, c, m, y]
                    away = abs(target[0] - lab[0]) / MOST_LIGHTNESS_WEIGHT
                    if away >= nearest:
                        continue
                    node_lab[0], node_lab[1], node_lab[2] = lab[0], lab[1], lab[2]
                    missed = missed_de00(target, node_lab)
                    if missed < nearest:
                        nearest = missed
                        inks[0], inks[1] = c * per_node, m * per_node
                        inks[2], inks[3] = y * per_node, k * per_node
    return nearest


@numba.njit(cache=True)
def _feel_around(
    target: Vector, ink_to_lab: Lattice, limit: float, at: Vector, slopes: Matrix
) -> float:
    """Move `at` by ever smaller steps to less ΔE00; what is left of it.

    One ink more or less, or one in exchange for another, which is what is left to do at
    the ink limit (a pattern search: Hooke & Jeeves 1961).
    """
    lab, trial = np.empty(3), np.empty(CMYK)
    look_up_4_sloped(ink_to_lab, at, lab, slopes)
    missed = missed_de00(target, lab)
    step = FIRST_STEP
    while step > LAST_STEP:
        moved = False
        for more in range(CMYK + 1):
            for less in range(CMYK + 1):
                if more == less:
                    continue
                trial[:] = at
                if more < CMYK:
                    trial[more] = min(at[more] + step, 1.0)
                if less < CMYK:
                    trial[less] = max(at[less] - step, 0.0)
                if room_left(trial, limit) < 0.0:
                    continue
                look_up_4_sloped(ink_to_lab, trial, lab, slopes)
                reached = missed_de00(target, lab)
                if reached < missed:
                    missed = reached
                    at[:] = trial
                    moved = True
        if not moved:
            step *= 0.5
    return missed


@numba.njit(cache=True)
def search_anew(
    target: Vector, ink_to_lab: Lattice, limit: float, at: Vector, missed: float
) -> float:
    """Look for inks that come nearer to a colour than those already found.

    Parameters
    ----------
    target
        (3,) L*a*b*.
    ink_to_lab
        (n, n, n, n, 3) over K, C, M, Y.
    limit
        Most C+M+Y+K.
    at
        (4,) C, M, Y, K found so far; written if others are better by `BETTER_BY_DE00`.
    missed
        ΔE00 that they miss the colour by.

    Returns
    -------
    missed
        ΔE00 that is left.

    Notes
    -----
    About 0.07 ms for a saturated colour, some µs for a dark neutral one.
    """
    anew, slopes = np.empty(CMYK), np.empty((3, CMYK))
    _best_node(target, ink_to_lab, NODE_STEP, limit + AT_LIMIT, anew)
    hold_limit(anew, limit)
    reached = _feel_around(target, ink_to_lab, limit, anew, slopes)
    if reached < missed - BETTER_BY_DE00:
        at[:] = anew
        return reached
    return missed

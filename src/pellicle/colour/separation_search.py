# SPDX-License-Identifier: Apache-2.0
"""Search for the inks that make a colour.

Job: the compiled loops behind `OutputProfile`.
Not here: what the tables are (`output_profile.py`).

The search is damped least squares (Levenberg 1944; Marquardt 1963) in L*a*b* weighted
as CIEDE2000 is around the colour asked for, so that where the colour is out of gamut
the answer is close to the one of least ΔE00. Far out of gamut there are several such
places: there `far_search.py` looks for a nearer one.
"""

import math
from typing import NamedTuple

import numba
import numpy as np

from pellicle.colour.far_search import hold_limit, missed_de00, room_left, search_anew
from pellicle.colour.lattice import (
    Lattice,
    Matrix,
    Vector,
    clipped,
    look_up_3,
    look_up_4_sloped,
    solve_spd,
)
from pellicle.model.arrays import Array

CMY = 3
CMYK = 4
STEPS = 14
SETTLED = 0.98
MOST_DAMPING = 100.0
BINDING = 1e7
CLOSE_ENOUGH_DE00 = 0.01
BLACK_MAY_MOVE_ABOVE_DE00 = 0.2
FAR_DE00 = 1.0

STARTED_ANEW_ABOVE_DE00 = 7.0
"""Nearer than this one way down is as good as any other: nothing better was found."""

_25_TO_7 = 25.0**7


@numba.njit(cache=True)
def ink_colours(inks: Array, ink_to_lab: Lattice, into: Array) -> None:
    """L*a*b* of each row of inks."""
    at, lab, slopes = np.empty(4), np.empty(3), np.empty((3, 4))
    for i in range(inks.shape[0]):
        for n in range(4):
            at[n] = inks[i, n]
        look_up_4_sloped(ink_to_lab, at, lab, slopes)
        for n in range(3):
            into[i, n] = lab[n]


@numba.njit(cache=True)
def _weights_around(lab: Vector, into: Matrix) -> None:
    """Matrix whose product with a small L*a*b* step is as long as its ΔE00."""
    plain = math.hypot(lab[1], lab[2])
    seventh = plain**7
    stretch = 1.5 - 0.5 * math.sqrt(seventh / (seventh + _25_TO_7))
    a = lab[1] * stretch
    chroma = math.hypot(a, lab[2])
    cos_hue = a / chroma if chroma > 0.0 else 1.0
    sin_hue = lab[2] / chroma if chroma > 0.0 else 0.0
    hue = math.atan2(sin_hue, cos_hue)
    away = (lab[0] - 50.0) ** 2
    t = (
        1.0
        - 0.17 * math.cos(hue - math.pi / 6.0)
        + 0.24 * math.cos(2.0 * hue)
        + 0.32 * math.cos(3.0 * hue + math.pi / 30.0)
        - 0.20 * math.cos(4.0 * hue - 63.0 * math.pi / 180.0)
    )
    per_c = 1.0 / (1.0 + 0.045 * chroma)
    per_h = 1.0 / (1.0 + 0.015 * chroma * t)
    degrees = hue * 180.0 / math.pi
    blue = ((degrees + 360.0 if degrees < 0.0 else degrees) - 275.0) / 25.0
    seventh = chroma**7
    turn = -2.0 * math.sqrt(seventh / (seventh + _25_TO_7))
    turn *= math.sin(math.pi / 3.0 * math.exp(-blue * blue))
    into[:] = 0.0
    into[0, 0] = 1.0 / (1.0 + 0.015 * away / math.sqrt(20.0 + away))
    # dC² + dH² + turn dC dH = (dC + turn/2 dH)² + (1 − turn²/4) dH²
    into[1, 1] = (cos_hue * per_c - 0.5 * turn * sin_hue * per_h) * stretch
    into[1, 2] = sin_hue * per_c + 0.5 * turn * cos_hue * per_h
    rest = math.sqrt(max(1.0 - 0.25 * turn * turn, 0.05))
    into[2, 1] = -sin_hue * per_h * rest * stretch
    into[2, 2] = cos_hue * per_h * rest


class _Scratch(NamedTuple):
    """Arrays reused for every pixel; making them anew would cost as much as the search.

    `lab`, `slopes` and `residual` belong to the inks reached, their `trial` twins to
    the inks being tried.
    """

    weights: Matrix
    lab: Vector
    residual: Vector
    slopes: Matrix
    trial: Vector
    trial_residual: Vector
    trial_slopes: Matrix
    leaning: Matrix
    normal: Matrix
    system: Matrix
    rhs: Vector
    move: Vector
    free: Vector


@numba.njit(cache=True)
def _weighted_error(
    lab: Vector, target: Vector, weights: Matrix, residual: Vector
) -> float:
    total = 0.0
    for n in range(3):
        residual[n] = 0.0
        for m in range(3):
            residual[n] += weights[n, m] * (lab[m] - target[m])
        total += residual[n] ** 2
    return total


@numba.njit(cache=True)
def _normal_equations(scratch: _Scratch, size: int) -> None:
    leaning, normal, rhs = scratch.leaning, scratch.normal, scratch.rhs
    for n in range(3):
        for i in range(size):
            leaning[n, i] = 0.0
            for m in range(3):
                leaning[n, i] += scratch.weights[n, m] * scratch.slopes[m, i]
    for i in range(size):
        rhs[i] = 0.0
        for n in range(3):
            rhs[i] -= leaning[n, i] * scratch.residual[n]
        for j in range(size):
            normal[i, j] = 0.0
            for n in range(3):
                normal[i, j] += leaning[n, i] * leaning[n, j]


@numba.njit(cache=True)
def _fill_system(scratch: _Scratch, size: int, at: Vector, damping: float) -> None:
    """Damped equations of a step in which inks at an end are not pushed past it."""
    system, move, rhs, free = scratch.system, scratch.move, scratch.rhs, scratch.free
    for i in range(size):
        past = (at[i] <= 0.0 and rhs[i] < 0.0) or (at[i] >= 1.0 and rhs[i] > 0.0)
        free[i] = 0.0 if past else 1.0
    for i in range(size):
        move[i] = free[i] * rhs[i]
        for j in range(size):
            system[i, j] = free[i] * free[j] * scratch.normal[i, j]
        if free[i] == 0.0:
            system[i, i] = 1.0
        system[i, i] += damping * (system[i, i] + 1.0) + 1e-9


@numba.njit(cache=True)
def _step(
    scratch: _Scratch, size: int, at: Vector, damping: float, limit: float
) -> bool:
    """Damped step from `at` into `trial`, within the unit box and the ink limit."""
    system, move, free = scratch.system, scratch.move, scratch.free
    _fill_system(scratch, size, at, damping)
    if not solve_spd(system, move, size):
        return False
    more = 0.0
    for i in range(size):
        more += move[i]
    room = room_left(at, limit)
    if more > room:
        # Once more, with the sum of the inks all but bound to end at the limit.
        _fill_system(scratch, size, at, damping)
        for i in range(size):
            move[i] += free[i] * BINDING * room
            for j in range(size):
                system[i, j] += free[i] * free[j] * BINDING
        if not solve_spd(system, move, size):
            return False
    for i in range(4):
        scratch.trial[i] = clipped(at[i] + move[i]) if i < size else at[i]
    hold_limit(scratch.trial, limit)
    return True


@numba.njit(cache=True)
def _accept(scratch: _Scratch, at: Vector) -> None:
    for i in range(4):
        at[i] = scratch.trial[i]
    for n in range(3):
        scratch.residual[n] = scratch.trial_residual[n]
        for i in range(4):
            scratch.slopes[n, i] = scratch.trial_slopes[n, i]


@numba.njit(cache=True)
def _descend(  # noqa: PLR0913, PLR0917 -- a compiled loop
    target: Vector,
    ink_to_lab: Lattice,
    limit: float,
    size: int,
    at: Vector,
    scratch: _Scratch,
) -> float:
    """Move the first `size` inks of `at` towards the colour; squared ΔE00 left.

    Leaves the colour reached in `scratch.lab`.
    """
    lab, weights = scratch.lab, scratch.weights
    look_up_4_sloped(ink_to_lab, at, lab, scratch.slopes)
    error = _weighted_error(lab, target, weights, scratch.residual)
    damping = 1e-4
    for _ in range(STEPS):
        if error < CLOSE_ENOUGH_DE00**2 or damping > MOST_DAMPING:
            break
        _normal_equations(scratch, size)
        if not _step(scratch, size, at, damping, limit):
            break
        look_up_4_sloped(ink_to_lab, scratch.trial, lab, scratch.trial_slopes)
        reached = _weighted_error(lab, target, weights, scratch.trial_residual)
        if reached < error:
            settled = reached > SETTLED * error
            error = reached
            _accept(scratch, at)
            damping *= 0.1
            if settled:
                break
        else:
            damping = max(damping, 1e-4) * 10.0
    look_up_4_sloped(ink_to_lab, at, lab, scratch.slopes)
    return error


@numba.njit(cache=True)
def search_inks(  # noqa: PLR0913, PLR0917 -- the tables and where to write
    lab_d50: Array,
    ink_to_lab: Lattice,
    lab_to_ink: Lattice,
    corners: Array,
    limit: float,
    inks: Array,
    error_de00: Array,
) -> None:
    """Inks of each row of L*a*b*, and the ΔE00 they miss it by."""
    target, at, unit = np.empty(3), np.empty(4), np.empty(3)
    scratch = _Scratch(
        np.empty((3, 3)),
        np.empty(3),
        np.empty(3),
        np.empty((3, 4)),
        np.empty(4),
        np.empty(3),
        np.empty((3, 4)),
        np.empty((3, 4)),
        np.empty((4, 4)),
        np.empty((4, 4)),
        np.empty(4),
        np.empty(4),
        np.empty(4),
    )
    lab = scratch.lab
    for i in range(lab_d50.shape[0]):
        for n in range(3):
            target[n] = lab_d50[i, n]
            unit[n] = (target[n] - corners[0, n]) / (corners[1, n] - corners[0, n])
        look_up_3(lab_to_ink, unit[0], unit[1], unit[2], at)
        hold_limit(at, limit)
        _weights_around(target, scratch.weights)
        left = _descend(target, ink_to_lab, limit, CMY, at, scratch)
        enough_de00 = BLACK_MAY_MOVE_ABOVE_DE00
        for attempt in range(2):
            if not left > enough_de00**2:
                break
            if attempt == 1:
                # The weights hold around one colour: halfway serves a long way better.
                for n in range(3):
                    lab[n] = 0.5 * (lab[n] + target[n])
                _weights_around(lab, scratch.weights)
            left = _descend(target, ink_to_lab, limit, CMYK, at, scratch)
            enough_de00 = FAR_DE00
        missed = missed_de00(target, lab)
        if missed > STARTED_ANEW_ABOVE_DE00:
            missed = search_anew(target, ink_to_lab, limit, at, missed)
        error_de00[i] = missed
        for n in range(4):
            inks[i, n] = at[n]

# SPDX-License-Identifier: Apache-2.0
"""Search for the inks that make a colour.

Job: the compiled loops behind `OutputProfile`.
Not here: what the tables are (`output_profile.py`).

The search is damped least squares (Levenberg 1944; Marquardt 1963) in L*a*b* weighted
as CIEDE2000 is around the colour asked for, so that where the colour is out of gamut
the answer is close to the one of least ΔE00.
"""

import math

import numba
import numpy as np

from pellicle.colour.difference import de00
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
STEPS_CMY = 14
STEPS_CMYK = 14
CLOSE_ENOUGH_DE00 = 0.01
BLACK_MAY_MOVE_ABOVE_DE00 = 0.2
FAR_DE00 = 1.0
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
def _hold_limit(at: Vector, limit: float) -> None:
    """Scale C, M and Y so that the inks add up to no more than the limit."""
    at[3] = min(at[3], limit)
    colour = at[0] + at[1] + at[2]
    if colour + at[3] > limit:
        share = (limit - at[3]) / colour
        for n in range(3):
            at[n] *= share


@numba.njit(cache=True)
def _normal_equations(
    slopes: Matrix, weights: Matrix, residual: Vector, normal: Matrix, rhs: Vector
) -> None:
    size = rhs.shape[0]
    leaning = np.empty((3, size))
    for n in range(3):
        for i in range(size):
            leaning[n, i] = 0.0
            for m in range(3):
                leaning[n, i] += weights[n, m] * slopes[m, i]
    for i in range(size):
        rhs[i] = 0.0
        for n in range(3):
            rhs[i] -= leaning[n, i] * residual[n]
        for j in range(size):
            normal[i, j] = 0.0
            for n in range(3):
                normal[i, j] += leaning[n, i] * leaning[n, j]


@numba.njit(cache=True)
def _step(
    normal: Matrix, rhs: Vector, at: Vector, damping: float, trial: Vector
) -> bool:
    """Damped step from `at` into `trial`; inks at an end stay when pushed past it."""
    size = rhs.shape[0]
    system = normal.copy()
    move = rhs.copy()
    for i in range(size):
        past = (at[i] <= 0.0 and rhs[i] < 0.0) or (at[i] >= 1.0 and rhs[i] > 0.0)
        if past:
            for j in range(size):
                system[i, j] = 0.0
                system[j, i] = 0.0
            system[i, i] = 1.0
            move[i] = 0.0
        system[i, i] += damping * (system[i, i] + 1.0) + 1e-9
    if not solve_spd(system, move, size):
        return False
    for i in range(4):
        trial[i] = clipped(at[i] + move[i]) if i < size else at[i]
    return True


@numba.njit(cache=True)
def _take_over(  # noqa: PLR0913, PLR0917 -- three arrays into three others
    trial: Vector,
    trial_residual: Vector,
    trial_slopes: Matrix,
    at: Vector,
    residual: Vector,
    slopes: Matrix,
) -> None:
    for i in range(4):
        at[i] = trial[i]
    for n in range(3):
        residual[n] = trial_residual[n]
        for i in range(4):
            slopes[n, i] = trial_slopes[n, i]


@numba.njit(cache=True)
def _descend(  # noqa: PLR0913, PLR0917 -- a compiled loop over scratch arrays
    target: Vector,
    weights: Matrix,
    ink_to_lab: Lattice,
    limit: float,
    size: int,
    steps: int,
    at: Vector,
) -> float:
    """Move the first `size` inks of `at` towards the colour; squared ΔE00 left."""
    lab, residual, trial = np.empty(3), np.empty(3), np.empty(4)
    trial_residual = np.empty(3)
    slopes, trial_slopes = np.empty((3, 4)), np.empty((3, 4))
    normal, rhs = np.empty((size, size)), np.empty(size)
    look_up_4_sloped(ink_to_lab, at, lab, slopes)
    error = _weighted_error(lab, target, weights, residual)
    damping = 1e-4
    for _ in range(steps):
        if error < CLOSE_ENOUGH_DE00**2:
            break
        _normal_equations(slopes, weights, residual, normal, rhs)
        if not _step(normal, rhs, at, damping, trial):
            break
        _hold_limit(trial, limit)
        look_up_4_sloped(ink_to_lab, trial, lab, trial_slopes)
        reached = _weighted_error(lab, target, weights, trial_residual)
        if reached < error:
            settled = reached > 0.9999 * error
            error = reached
            _take_over(trial, trial_residual, trial_slopes, at, residual, slopes)
            damping *= 0.1
            if settled:
                break
        else:
            damping = max(damping, 1e-4) * 10.0
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
    target, at, lab = np.empty(3), np.empty(4), np.empty(3)
    weights, slopes = np.empty((3, 3)), np.empty((3, 4))
    unit = np.empty(3)
    for i in range(lab_d50.shape[0]):
        for n in range(3):
            target[n] = lab_d50[i, n]
            unit[n] = (target[n] - corners[0, n]) / (corners[1, n] - corners[0, n])
        look_up_3(lab_to_ink, unit[0], unit[1], unit[2], at)
        _hold_limit(at, limit)
        _weights_around(target, weights)
        left = _descend(target, weights, ink_to_lab, limit, CMY, STEPS_CMY, at)
        if left > BLACK_MAY_MOVE_ABOVE_DE00**2:
            left = _descend(target, weights, ink_to_lab, limit, CMYK, STEPS_CMYK, at)
        if left > FAR_DE00**2:
            # The weights hold around one colour: halfway serves a long way better.
            look_up_4_sloped(ink_to_lab, at, lab, slopes)
            for n in range(3):
                lab[n] = 0.5 * (lab[n] + target[n])
            _weights_around(lab, weights)
            _descend(target, weights, ink_to_lab, limit, CMYK, STEPS_CMYK, at)
        look_up_4_sloped(ink_to_lab, at, lab, slopes)
        error_de00[i] = de00(target[0], target[1], target[2], lab[0], lab[1], lab[2])
        for n in range(4):
            inks[i, n] = at[n]

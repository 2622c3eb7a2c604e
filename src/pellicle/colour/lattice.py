# SPDX-License-Identifier: Apache-2.0
"""Interpolation in regular lattices of colours.

Job: compiled multilinear look-ups, with derivatives, in three and four dimensions.
Not here: what the numbers mean (`encoding.py`, `output_profile.py`).

Every axis of a lattice spans [0, 1] evenly. Coordinates outside, and NaN, are moved
to the nearest end.
"""

from typing import Any, TypeAlias

import numba
import numpy as np

Lattice: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]
"""(n, …, n, values) float32."""

Vector: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]
"""(n,) float64, scratch of a compiled loop."""

Matrix: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
"""(n, n) float64, scratch of a compiled loop."""


@numba.njit(cache=True)
def clipped(value: float) -> float:
    """Value moved into [0, 1]; NaN becomes 0."""
    if not value > 0.0:
        return 0.0
    return min(value, 1.0)


@numba.njit(cache=True)
def cell_of(coordinate: float, nodes: int) -> tuple[int, float]:
    """Index of the cell a coordinate lies in, and where in it (0 to 1)."""
    at = clipped(coordinate) * (nodes - 1)
    index = min(int(at), nodes - 2)
    return index, at - index


@numba.njit(cache=True)
def look_up_3(lattice: Lattice, x: float, y: float, z: float, into: Vector) -> None:
    """Trilinear value at (x, y, z), the lattice's first three axes, into `into`."""
    i, u = cell_of(x, lattice.shape[0])
    j, v = cell_of(y, lattice.shape[1])
    k, w = cell_of(z, lattice.shape[2])
    for n in range(lattice.shape[3]):
        c00 = lattice[i, j, k, n] * (1.0 - w) + lattice[i, j, k + 1, n] * w
        c01 = lattice[i, j + 1, k, n] * (1.0 - w) + lattice[i, j + 1, k + 1, n] * w
        c10 = lattice[i + 1, j, k, n] * (1.0 - w) + lattice[i + 1, j, k + 1, n] * w
        c11 = (
            lattice[i + 1, j + 1, k, n] * (1.0 - w)
            + lattice[i + 1, j + 1, k + 1, n] * w
        )
        low = c00 * (1.0 - v) + c01 * v
        high = c10 * (1.0 - v) + c11 * v
        into[n] = low * (1.0 - u) + high * u


@numba.njit(cache=True)
def look_up_3_sloped(
    lattice: Lattice, at: Vector, into: Vector, slopes: Matrix
) -> None:
    """Trilinear value at `at` and its derivatives: slopes[n, axis] per unit."""
    i, u = cell_of(at[0], lattice.shape[0])
    j, v = cell_of(at[1], lattice.shape[1])
    k, w = cell_of(at[2], lattice.shape[2])
    for n in range(lattice.shape[3]):
        c000 = float(lattice[i, j, k, n])
        c001 = float(lattice[i, j, k + 1, n])
        c010 = float(lattice[i, j + 1, k, n])
        c011 = float(lattice[i, j + 1, k + 1, n])
        c100 = float(lattice[i + 1, j, k, n])
        c101 = float(lattice[i + 1, j, k + 1, n])
        c110 = float(lattice[i + 1, j + 1, k, n])
        c111 = float(lattice[i + 1, j + 1, k + 1, n])
        c00 = c000 + (c001 - c000) * w
        c01 = c010 + (c011 - c010) * w
        c10 = c100 + (c101 - c100) * w
        c11 = c110 + (c111 - c110) * w
        low = c00 + (c01 - c00) * v
        high = c10 + (c11 - c10) * v
        into[n] = low + (high - low) * u
        slopes[n, 0] = (high - low) * (lattice.shape[0] - 1)
        across = (c01 - c00) * (1.0 - u) + (c11 - c10) * u
        slopes[n, 1] = across * (lattice.shape[1] - 1)
        deep_low = (c001 - c000) * (1.0 - v) + (c011 - c010) * v
        deep_high = (c101 - c100) * (1.0 - v) + (c111 - c110) * v
        deep = deep_low * (1.0 - u) + deep_high * u
        slopes[n, 2] = deep * (lattice.shape[2] - 1)


@numba.njit(cache=True)
def look_up_4_sloped(
    lattice: Lattice, at: Vector, into: Vector, slopes: Matrix
) -> None:
    """Quadrilinear value at `at`, and its derivatives: slopes[n, axis] per unit.

    The lattice's axes are (last, first, second, third) of `at`: for inks the black
    axis comes first, so that a step at constant black stays close in memory.
    """
    h, t = cell_of(at[3], lattice.shape[0])
    values = lattice.shape[4]
    for n in range(values):
        into[n] = 0.0
        slopes[n, 3] = 0.0
        for axis in range(3):
            slopes[n, axis] = 0.0
    i, u = cell_of(at[0], lattice.shape[1])
    j, v = cell_of(at[1], lattice.shape[2])
    k, w = cell_of(at[2], lattice.shape[3])
    for side in range(2):
        share = t if side == 1 else 1.0 - t
        turn = 1.0 if side == 1 else -1.0
        for n in range(values):
            c000 = float(lattice[h + side, i, j, k, n])
            c001 = float(lattice[h + side, i, j, k + 1, n])
            c010 = float(lattice[h + side, i, j + 1, k, n])
            c011 = float(lattice[h + side, i, j + 1, k + 1, n])
            c100 = float(lattice[h + side, i + 1, j, k, n])
            c101 = float(lattice[h + side, i + 1, j, k + 1, n])
            c110 = float(lattice[h + side, i + 1, j + 1, k, n])
            c111 = float(lattice[h + side, i + 1, j + 1, k + 1, n])
            c00 = c000 + (c001 - c000) * w
            c01 = c010 + (c011 - c010) * w
            c10 = c100 + (c101 - c100) * w
            c11 = c110 + (c111 - c110) * w
            low = c00 + (c01 - c00) * v
            high = c10 + (c11 - c10) * v
            value = low + (high - low) * u
            into[n] += share * value
            slopes[n, 3] += turn * value * (lattice.shape[0] - 1)
            slopes[n, 0] += share * (high - low) * (lattice.shape[1] - 1)
            across = (c01 - c00) * (1.0 - u) + (c11 - c10) * u
            slopes[n, 1] += share * across * (lattice.shape[2] - 1)
            deep_low = (c001 - c000) * (1.0 - v) + (c011 - c010) * v
            deep_high = (c101 - c100) * (1.0 - v) + (c111 - c110) * v
            deep = deep_low * (1.0 - u) + deep_high * u
            slopes[n, 2] += share * deep * (lattice.shape[3] - 1)


@numba.njit(cache=True)
def solve_spd(matrix: Matrix, rhs: Vector, size: int) -> bool:
    """Solve a small symmetric positive definite system in place (Cholesky).

    Overwrites `matrix`, leaves the solution in `rhs`; False when not definite.
    """
    for j in range(size):
        for i in range(j, size):
            total = matrix[i, j]
            for k in range(j):
                total -= matrix[i, k] * matrix[j, k]
            if i == j:
                if not total > 0.0:
                    return False
                matrix[j, j] = np.sqrt(total)
            else:
                matrix[i, j] = total / matrix[j, j]
    for i in range(size):
        for k in range(i):
            rhs[i] -= matrix[i, k] * rhs[k]
        rhs[i] /= matrix[i, i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            rhs[i] -= matrix[k, i] * rhs[k]
        rhs[i] /= matrix[i, i]
    return True

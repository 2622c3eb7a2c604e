# SPDX-License-Identifier: Apache-2.0
"""Direct solver of the small symmetric systems that diffusion leads to.

Job: assemble the energy of a field on a pixel grid and minimise it exactly.
Not here: what the energy is made of (`diffusion.py`).
Terms: the *state* of a pixel is void (takes no part), fixed (its value is given) or
free (its value is sought); the *envelope* of a column is the run of rows from the
diagonal to the last that elimination can reach.

A direct solver rather than an iterative one: no tolerance to choose, the same bytes
everywhere, and the unknowns of cracks and small losses have such short envelopes that
it is also the fastest.
"""

from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

VOID, FIXED, FREE = 0, 1, 2

DIRECTIONS = np.array([(0, 1), (1, 0), (1, 1), (1, -1)], np.int64)
"""(row, column) steps along which differences are taken."""

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
States = npt.NDArray[np.uint8]


@numba.njit(cache=True)
def _number_free(state: Any) -> Any:
    height, width = state.shape
    index = np.full((height, width), -1, np.int64)
    count = 0
    for row in range(height):
        for column in range(width):
            if state[row, column] == FREE:
                index[row, column] = count
                count += 1
    return index, count


@numba.njit(cache=True)
def _envelope(state: Any, index: Any, count: int) -> Any:
    """Last row that column k reaches, never falling."""
    height, width = state.shape
    last = np.arange(count)
    for row in range(height):
        for column in range(width):
            own = index[row, column]
            if own < 0:
                continue
            for kind in range(4):
                step_row, step_column = DIRECTIONS[kind]
                for reach in range(1, 3):
                    below = row + reach * step_row
                    beside = column + reach * step_column
                    if below >= height or beside < 0 or beside >= width:
                        continue
                    other = index[below, beside]
                    last[own] = max(last[own], other)
    for k in range(1, count):
        last[k] = max(last[k], last[k - 1])
    return last


@numba.njit(cache=True)
def _add_term(  # noqa: PLR0917 -- a compiled loop
    rows: Any,
    columns: Any,
    factors: Any,
    points: int,
    weight: float,
    index: Any,
    values: Any,
    start: Any,
    lower: Any,
    right: Any,
) -> None:
    """Add weight · (Σ factor · value)² to the energy."""
    for i in range(points):
        own = index[rows[i], columns[i]]
        if own < 0:
            continue
        for j in range(points):
            product = weight * factors[i] * factors[j]
            other = index[rows[j], columns[j]]
            if other < 0:
                for band in range(values.shape[2]):
                    right[own, band] -= product * values[rows[j], columns[j], band]
            elif other <= own:
                lower[start[other] + own - other] += product


@numba.njit(cache=True)
def _assemble(  # noqa: C901, PLR0917 -- a compiled loop
    state: Any,
    near: Any,
    index: Any,
    weights: Any,
    slope: float,
    bend: float,
    values: Any,
    start: Any,
    lower: Any,
    right: Any,
) -> None:
    height, width = state.shape
    rows = np.zeros(3, np.int64)
    columns = np.zeros(3, np.int64)
    first = np.array([1.0, -1.0, 0.0])
    second = np.array([-2.0, 1.0, 1.0])
    for row in range(height):
        for column in range(width):
            if state[row, column] == VOID or not near[row, column]:
                continue
            rows[0], columns[0] = row, column
            for kind in range(4):
                step_row, step_column = DIRECTIONS[kind]
                rows[1], columns[1] = row + step_row, column + step_column
                rows[2], columns[2] = row - step_row, column - step_column
                if rows[1] >= height or columns[1] < 0 or columns[1] >= width:
                    continue
                after = state[rows[1], columns[1]]
                if after == VOID:
                    continue
                weight = weights[kind, row, column]
                if after == FREE or state[row, column] == FREE:
                    mean = 0.5 * (weight + weights[kind, rows[1], columns[1]])
                    _add_term(
                        rows, columns, first, 2, slope * mean,
                        index, values, start, lower, right,
                    )  # fmt: skip
                if rows[2] < 0 or columns[2] < 0 or columns[2] >= width:
                    continue
                before = state[rows[2], columns[2]]
                if before == VOID:
                    continue
                if FREE in (after, before, state[row, column]):
                    _add_term(
                        rows, columns, second, 3, bend * weight,
                        index, values, start, lower, right,
                    )  # fmt: skip


@numba.njit(cache=True)
def _factor_and_solve(start: Any, last: Any, lower: Any, right: Any) -> None:
    """Cholesky by columns, then both substitutions; all in place."""
    count = len(last)
    bands = right.shape[1]
    for k in range(count):
        begin = start[k]
        size = last[k] - k + 1
        root = np.sqrt(lower[begin])
        column = lower[begin : begin + size]
        column /= root
        for j in range(1, size):
            factor = column[j]
            if factor != 0.0:
                into = lower[start[k + j] : start[k + j] + size - j]
                for i in range(size - j):
                    into[i] -= factor * column[j + i]
        for band in range(bands):
            right[k, band] /= root
            value = right[k, band]
            for j in range(1, size):
                right[k + j, band] -= column[j] * value
    for k in range(count - 1, -1, -1):
        begin = start[k]
        for band in range(bands):
            value = right[k, band]
            for j in range(1, last[k] - k + 1):
                value -= lower[begin + j] * right[k + j, band]
            right[k, band] = value / lower[begin]


def elimination_cost(state: States) -> tuple[float, int]:
    """(multiplications, numbers stored) of solving for the free pixels of `state`."""
    index, count = _number_free(state)
    sizes = (_envelope(state, index, count) - np.arange(count) + 1).astype(np.float64)
    return float((sizes * sizes).sum() / 2), int(sizes.sum())


def solve_field(
    state: States, values: Floats, weights: Floats, *, slope: float, bend: float
) -> Floats:
    r"""Values of the free pixels that minimise a quadratic energy.

    .. math:: \sum_{p, d} s\,\bar w_d\,(u_p - u_{p+d})^2
              + b\,w_d(p)\,(u_{p-d} - 2 u_p + u_{p+d})^2

    over the four `DIRECTIONS` d, leaving out terms that touch void pixels or the edge.

    Parameters
    ----------
    state
        (H, W) uint8: `VOID`, `FIXED`, `FREE`. Every group of free pixels must be
        joined to a fixed one, or the energy has no single minimum.
    values
        (H, W, C) float64; read where fixed.
    weights
        (4, H, W) float64, positive where an axis must hold the field together.
    slope, bend
        Weights s and b of first and second differences, not negative.

    Returns
    -------
    solved
        (N, C) float64, the free pixels in reading order.
    """
    index, count = _number_free(state)
    last = _envelope(state, index, count)
    sizes = last - np.arange(count) + 1
    start = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    lower = np.zeros(int(start[-1]))
    right = np.zeros((count, values.shape[2]))
    # A term that has no free pixel in it adds nothing.
    free = (state == FREE).view(np.uint8)
    near = cv2.dilate(free, np.ones((3, 3), np.uint8)).view(np.bool_)
    _assemble(state, near, index, weights, slope, bend, values, start, lower, right)
    _factor_and_solve(start, last, lower, right)
    return right

# SPDX-License-Identifier: Apache-2.0
"""Gradient-domain joining of copied paint, so that no seam shows.

Job: a field with the gradients of the copied pixels that meets the intact paint at the
edge and keeps near a given mean field; the smooth difference that brings a whole
picture to meet the paint around it.
Not here: where pixels are copied from (`patchmatch.py`, `reference/`).
Terms: the *source* of a pixel is the intact pixel it was copied from; a *seam* runs
between neighbours whose sources are not neighbours.

References
----------
Pérez, Gangnet & Blake, *Poisson image editing*, 2003, doi 10.1145/882262.882269;
Bhat et al., *Fourier analysis of the 2D screened Poisson equation*, 2008,
doi 10.1007/978-3-540-88688-4_9.
"""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from pellicle.model.arrays import Mask

Floats32 = npt.NDArray[np.float32]
Places = npt.NDArray[np.integer[Any]]

INTACT, NOTHING = -1, -2
MOST_STEPS = 120
ENOUGH = 3e-4
"""Largest residual at which the solver stops joining copies, of full scale."""
MEMBRANE_ENOUGH = 1e-5
"""The same of a membrane, which is smooth and shows every step."""
MEMBRANE_HOLD = 1e-4
"""Pull of a membrane to 0: a difference at the edge fades over about 100 pixels."""
FEW_PIXELS = 256
STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0))


@numba.njit(cache=True)
def _neighbours(  # noqa: C901, PLR0917 -- a compiled loop
    image: Any, known: Any, index: Any, pixels: Any, sources: Any, own: Any
) -> Any:
    """Numbers of neighbours (`INTACT`, `NOTHING`), steps of value wished to them."""
    height, width = known.shape
    bands = image.shape[2]
    count = len(pixels)
    near = np.full((count, 4), NOTHING, np.int32)
    wish = np.zeros((count, 4, bands), np.float32)
    for n in range(count):
        row, column = pixels[n]
        for side in range(4):
            down = (0, 0, 1, -1)[side]
            right = (1, -1, 0, 0)[side]
            to_row, to_column = row + down, column + right
            if to_row < 0 or to_column < 0 or to_row >= height or to_column >= width:
                continue
            other = index[to_row, to_column]
            if other < 0 and not known[to_row, to_column]:
                continue
            near[n, side] = other if other >= 0 else INTACT
            votes = 0
            at_row, at_column = sources[n, 0] + down, sources[n, 1] + right
            inside = 0 <= at_row < height and 0 <= at_column < width
            if inside and known[at_row, at_column]:
                votes += 1
                for band in range(bands):
                    wish[n, side, band] += image[at_row, at_column, band] - own[n, band]
            if other >= 0:
                at_row, at_column = sources[other, 0] - down, sources[other, 1] - right
                inside = 0 <= at_row < height and 0 <= at_column < width
                if inside and known[at_row, at_column]:
                    votes += 1
                    for band in range(bands):
                        wish[n, side, band] += (
                            own[other, band] - image[at_row, at_column, band]
                        )
            for band in range(bands):
                wish[n, side, band] /= max(votes, 1)
    return near, wish


@numba.njit(cache=True)
def _applied(near: Any, field: Any, hold: float, out: Any) -> None:
    bands = field.shape[1]
    for n in range(len(near)):
        for band in range(bands):
            out[n, band] = hold * field[n, band]
        for side in range(4):
            other = near[n, side]
            if other == NOTHING:
                continue
            for band in range(bands):
                out[n, band] += field[n, band]
                if other >= 0:
                    out[n, band] -= field[other, band]


@numba.njit(cache=True)
def _conjugate_gradients(  # noqa: C901 -- a compiled loop
    near: Any, right: Any, field: Any, hold: float, enough: float
) -> None:
    """Each band on its own steps, all bands in one loop."""
    count, bands = field.shape
    applied = np.empty_like(field)
    _applied(near, field, hold, applied)
    residual = right - applied
    direction = residual.copy()
    energy = np.zeros(bands)
    for n in range(count):
        for band in range(bands):
            energy[band] += residual[n, band] ** 2
    largest = np.abs(residual).max()
    for _ in range(MOST_STEPS):
        if largest <= enough:
            break
        _applied(near, direction, hold, applied)
        curvature = np.zeros(bands)
        for n in range(count):
            for band in range(bands):
                curvature[band] += direction[n, band] * applied[n, band]
        step = energy / np.maximum(curvature, 1e-300)
        fresh = np.zeros(bands)
        largest = 0.0
        for n in range(count):
            for band in range(bands):
                field[n, band] += step[band] * direction[n, band]
                residual[n, band] -= step[band] * applied[n, band]
                fresh[band] += residual[n, band] ** 2
                largest = max(largest, abs(residual[n, band]))
        turn = fresh / np.maximum(energy, 1e-300)
        for n in range(count):
            for band in range(bands):
                direction[n, band] = residual[n, band] + turn[band] * direction[n, band]
        energy = fresh


def join_copies(
    image: Floats32,
    known: Mask,
    pixels: Places,
    sources: Places,
    mean: Floats32,
    *,
    hold: float,
) -> Floats32:
    """Values of copied pixels, joined to each other and to the intact paint.

    Parameters
    ----------
    image
        (H, W, C) float32 in [0, 1], encoded; read at `known` only.
    known
        (H, W) bool: intact pixels.
    pixels
        (N, 2) int64 rows and columns of the pixels to be joined; none is known.
    sources
        (N, 2) int64: the known pixel each was copied from.
    mean
        (N, C) float32: field the result stays near to, over distances of more than
        about hold ** -0.5 pixels.
    hold
        Weight of `mean` against the gradients, positive.

    Returns
    -------
    joined
        (N, C) float32; not clipped.
    """
    index = np.full(known.shape, -1, np.int32)
    index[pixels[:, 0], pixels[:, 1]] = np.arange(len(pixels))
    own = image[sources[:, 0], sources[:, 1]]
    near, wish = _neighbours(image, known, index, pixels, sources, own)
    right = hold * mean.astype(np.float64) - wish.sum(axis=1, dtype=np.float64)
    for side, (down, along) in enumerate(STEPS):
        fixed = near[:, side] == INTACT
        rows, columns = pixels[fixed, 0] + down, pixels[fixed, 1] + along
        right[fixed] += image[rows, columns]
    field = mean.astype(np.float64)
    _conjugate_gradients(near, right, field, hold, ENOUGH)
    return field.astype(np.float32)


def membrane(
    difference: Floats32, edge: Mask, target: Mask, *, hold: float = MEMBRANE_HOLD
) -> Floats32:
    """Smooth field over the target pixels with given values at their edge.

    Adding it to a picture keeps the picture's gradients and lets it meet the paint.

    Parameters
    ----------
    difference
        (H, W, C) float32; read at `edge` only.
    edge
        (H, W) bool, disjoint from `target`: pixels whose value is given.
    target
        (H, W) bool. Where it meets neither edge nor itself, nothing pulls.
    hold
        Pull to 0 against differences between neighbours, positive.

    Returns
    -------
    field
        (H, W, C) float32; 0 outside `target`.

    Notes
    -----
    Solved from half the size upwards; about 1 Mpx a second on one core.
    """
    height, width, bands = difference.shape
    field = np.zeros((height, width, bands), np.float64)
    pixels = np.argwhere(target)
    if not len(pixels) or not edge.any():
        return field.astype(np.float32)
    if len(pixels) > FEW_PIXELS:
        field = _from_half(difference, edge, target, hold)
    index = np.full((height + 2, width + 2), NOTHING, np.int32)
    index[1:-1, 1:-1][edge] = INTACT
    index[1:-1, 1:-1][target] = np.arange(len(pixels))
    given = np.pad(difference, ((1, 1), (1, 1), (0, 0)))
    near = np.empty((len(pixels), 4), np.int32)
    right = np.zeros((len(pixels), bands))
    for side, (down, along) in enumerate(STEPS):
        rows, columns = pixels[:, 0] + 1 + down, pixels[:, 1] + 1 + along
        near[:, side] = index[rows, columns]
        fixed = near[:, side] == INTACT
        right[fixed] += given[rows[fixed], columns[fixed]]
    solved = field[target]
    _conjugate_gradients(near, right, solved, hold, MEMBRANE_ENOUGH)
    made = np.zeros((height, width, bands), np.float32)
    made[target] = solved
    return made


def _from_half(difference: Floats32, edge: Mask, target: Mask, hold: float) -> Any:
    """First guess: the membrane of the picture at half the size, enlarged."""
    height, width = edge.shape
    pad = ((0, height % 2), (0, width % 2))
    weight = np.pad(edge, pad).astype(np.float32)[..., None]
    sums = _pairs(np.pad(difference, (*pad, (0, 0))) * weight)
    counts = _pairs(weight)
    coarse_edge = counts[..., 0] > 0
    free = _pairs(np.pad(target, pad).astype(np.float32)[..., None])[..., 0] > 0
    means = (sums / np.maximum(counts, 1)).astype(np.float32)
    half = membrane(means, coarse_edge, free & ~coarse_edge, hold=4 * hold)
    half[coarse_edge] = means[coarse_edge]
    return np.repeat(np.repeat(half, 2, axis=0), 2, axis=1)[:height, :width].astype(
        np.float64
    )


def _pairs(array: Any) -> Any:
    rows = array[::2] + array[1::2]
    return rows[:, ::2] + rows[:, 1::2]

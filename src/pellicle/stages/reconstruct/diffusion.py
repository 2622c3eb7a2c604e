# SPDX-License-Identifier: Apache-2.0
"""Diffusion: cracks and small losses filled by carrying the edges of paint across.

Job: values of damaged pixels from the intact ones around them, with no texture of its
own.
Not here: the linear systems (`solver.py`), what is diffused and what is patched
(`widths.py`).
Terms: a *place* is the 8-connected pixels to be filled; the *band* is the part of a
wide place near intact paint.

A first field, isotropic, says which way edges run; the second lets values flow along
them and hardly across. On paintings this is closer to the truth than harmonic and
biharmonic interpolation, and closer on encoded samples than in linear light.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from pellicle.model.arrays import Array, Labels, Mask
from pellicle.stages.reconstruct.orientation import edge_weights
from pellicle.stages.reconstruct.solver import (
    FIXED,
    FREE,
    VOID,
    elimination_cost,
    solve_field,
)

Floats = npt.NDArray[np.float64]

REACH_PX = 15
"""Pixels of context that the infill of a pixel of a narrow place depends on."""

BLOCK_PX = 192
"""Side of the blocks that large places are cut into, on a grid fixed to the scan."""

OVERLAP_PX = 64
"""Context of a block in which its place is solved too; what happens at its far edge
has died away at the block."""

WHOLE_PX = 448
"""Places with a longer bounding window are cut into blocks."""

TWO_PX = 2
"""Pixels of a 2 x 2 block that make it part of a place."""

BAND_PX = 24
"""Depth to which wide places are solved at full size; deeper, at a coarser one."""

MOST_MULTIPLICATIONS = 1.5e9
MOST_STORED = 12_000_000

FIRST_SLOPE = 0.3
STEERED_SLOPE = 0.7

EIGHT = np.ones((3, 3), np.bool_)


def diffuse(
    picture: Array, target: Mask, known: Mask, origin: tuple[int, int] = (0, 0)
) -> Mask:
    """Fill the target pixels of a picture, in place, by edge-directed diffusion.

    Parameters
    ----------
    picture
        (H, W, C) uint8 or uint16 samples, or floating in [0, 1]; encoded. Read at
        `known` only; only `filled` pixels are written.
    target
        (H, W) bool: pixels to fill, any number of places, of any size.
    known
        (H, W) bool, disjoint from `target`: intact pixels.
    origin
        (row, column) of the first pixel in the scan: blocks lie on a grid fixed there.

    Returns
    -------
    filled
        (H, W) bool, part of `target`: the places that touch a known pixel.

    Notes
    -----
    About 0.06 Mpx of damage a second on one core. Beyond the arrays given and one
    number a pixel, memory is bounded by the block, unless a place is so deep that its
    middle is solved at a coarser size.

    References
    ----------
    Weickert, *Anisotropic Diffusion in Image Processing*, Teubner 1998; Bornemann &
    März, *Fast image inpainting based on coherence transport*, 2007,
    doi 10.1007/s10851-007-0017-6.
    """
    filled = np.zeros_like(target)
    numbers, _ = ndimage.label(target, EIGHT)
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        crop = expanded(box, REACH_PX, target.shape)
        place = numbers[crop] == number
        if not (ndimage.binary_dilation(place, EIGHT) & known[crop]).any():
            continue
        corner = (origin[0] + crop[0].start, origin[1] + crop[1].start)
        filled[crop] |= _diffuse_place(picture[crop], place, known[crop], corner)
    return filled


def as_fractions(picture: Array, dtype: type[np.floating[Any]] = np.float64) -> Array:
    """Samples in [0, 1], floating; floating pictures unchanged in value."""
    fractions = picture.astype(dtype)
    if np.issubdtype(picture.dtype, np.integer):
        fractions /= dtype(np.iinfo(picture.dtype).max)
    return fractions


def as_samples(fractions: Array, dtype: np.dtype[Any]) -> Array:
    """Inverse of `as_fractions`: rounded and clipped."""
    clipped = np.clip(fractions, 0.0, 1.0)
    if np.issubdtype(dtype, np.integer):
        return np.rint(clipped * np.float64(np.iinfo(dtype).max)).astype(dtype)
    return clipped.astype(dtype)


def expanded(
    box: tuple[slice, slice], margin_px: int, shape: tuple[int, ...]
) -> tuple[slice, slice]:
    """Box with `margin_px` more on every side, cut at an array of that shape."""
    rows, columns = (
        slice(max(part.start - margin_px, 0), min(part.stop + margin_px, side))
        for part, side in zip(box, shape, strict=True)
    )
    return rows, columns


def _diffuse_place(
    picture: Array, place: Mask, known: Mask, origin: tuple[int, int]
) -> Mask:
    if max(place.shape) <= WHOLE_PX + 2 * REACH_PX:
        state = _states(place, known)
        if _affordable(state):
            field = _steered(as_fractions(picture), state)
            picture[place] = as_samples(field[place], picture.dtype)
            return place
    fixed = known
    boxes = list(grid_boxes(place, origin, BLOCK_PX))
    if not all(_affordable(_block_state(place, known, box)) for box in boxes):
        fixed = known | _fill_middle(picture, place, known, origin)
    filled = place & fixed
    for box in boxes:
        outer = expanded(box, OVERLAP_PX, place.shape)
        state = _block_state(place & ~fixed, fixed, box)
        field = _steered(as_fractions(picture[outer]), state)
        solved = np.zeros_like(place[outer])
        inner = tuple(
            slice(part.start - whole.start, part.stop - whole.start)
            for part, whole in zip(box, outer, strict=True)
        )
        solved[inner] = state[inner] == FREE
        picture[outer][solved] = as_samples(field[solved], picture.dtype)
        filled[outer] |= solved
    return filled


def grid_boxes(
    place: Mask, origin: tuple[int, int], side_px: int
) -> Iterator[tuple[slice, slice]]:
    """Blocks of a grid fixed to the scan that hold pixels of a place, row by row."""
    height, width = place.shape
    for top in range(-(origin[0] % side_px), height, side_px):
        for left in range(-(origin[1] % side_px), width, side_px):
            box = (
                slice(max(top, 0), min(top + side_px, height)),
                slice(max(left, 0), min(left + side_px, width)),
            )
            if place[box].any():
                yield box


def _block_state(place: Mask, known: Mask, box: tuple[slice, slice]) -> Labels:
    outer = expanded(box, OVERLAP_PX, place.shape)
    return _joined_only(_states(place[outer], known[outer]))


def _states(place: Mask, known: Mask) -> Labels:
    state = np.full(place.shape, VOID, np.uint8)
    state[known] = FIXED
    state[place] = FREE
    return state


def _affordable(state: Labels) -> bool:
    multiplications, stored = elimination_cost(state)
    return multiplications <= MOST_MULTIPLICATIONS and stored <= MOST_STORED


def _joined_only(state: Labels) -> Labels:
    """Free pixels that touch nothing fixed inside the block become void."""
    numbers, count = ndimage.label(state == FREE, EIGHT)
    touched = np.zeros(count + 1, np.bool_)
    near_fixed = ndimage.binary_dilation(state == FIXED, EIGHT)
    touched[np.unique(numbers[near_fixed])] = True
    lonely = (numbers > 0) & ~touched[numbers]
    return np.where(lonely, np.uint8(VOID), state)


def _fill_middle(
    picture: Array, place: Mask, known: Mask, origin: tuple[int, int]
) -> Mask:
    """Fill what lies deeper than the band from a field solved at half size."""
    ahead = (origin[0] % 2, origin[1] % 2)
    pad = [
        (before, (size + before) % 2)
        for before, size in zip(ahead, place.shape, strict=True)
    ]
    back = tuple(
        slice(before, before + size)
        for before, size in zip(ahead, place.shape, strict=True)
    )
    weight = np.pad(known, pad).astype(np.float64)[..., None]
    sums = _halved(np.pad(as_fractions(picture), [*pad, (0, 0)]) * weight)
    counts = _halved(weight)
    coarse_place = _halved(np.pad(place, pad)[..., None].astype(np.float64)) >= TWO_PX
    coarse_known = (counts > 0) & ~coarse_place
    coarse = sums / np.maximum(counts, 1)
    filled = diffuse(
        coarse, coarse_place[..., 0], coarse_known[..., 0],
        (origin[0] // 2, origin[1] // 2),
    )  # fmt: skip
    usable = np.repeat(np.repeat(filled, 2, axis=0), 2, axis=1)[back]
    middle: Mask = place & usable
    middle &= ndimage.distance_transform_edt(~known) > BAND_PX
    picture[middle] = as_samples(doubled(coarse)[back][middle], picture.dtype)
    return middle


def _halved(array: Floats) -> Floats:
    height, width, bands = array.shape
    blocks = array.reshape(height // 2, 2, width // 2, 2, bands)
    return (
        blocks[:, 0, :, 0]
        + blocks[:, 0, :, 1]
        + blocks[:, 1, :, 0]
        + blocks[:, 1, :, 1]
    )


def doubled(array: Array) -> Array:
    """Twice the size, bilinear between the centres of the coarse pixels."""
    for axis in (0, 1):
        before = np.concatenate(
            (
                np.take(array, [0], axis),
                np.take(array, range(array.shape[axis] - 1), axis),
            ),
            axis,
        )
        after = np.concatenate(
            (
                np.take(array, range(1, array.shape[axis]), axis),
                np.take(array, [-1], axis),
            ),
            axis,
        )
        pair = np.stack(
            (0.75 * array + 0.25 * before, 0.75 * array + 0.25 * after), axis + 1
        )
        shape = list(array.shape)
        shape[axis] *= 2
        array = pair.reshape(shape)
    return array


def _steered(values: Floats, state: Labels) -> Floats:
    """Isotropic field first, then along the edges that it shows."""
    free = state == FREE
    result = values.copy()
    if not free.any():
        return result
    low, high = _range_around(values, state)
    isotropic = np.empty((4, *state.shape))
    isotropic[:2], isotropic[2:] = 1.0, 0.25
    result[free] = solve_field(state, values, isotropic, slope=FIRST_SLOPE, bend=1.0)
    for _ in range(2):
        weights = edge_weights(result, state)
        result[free] = solve_field(
            state, values, weights, slope=STEERED_SLOPE, bend=1.0
        )
    result[free] = np.clip(result[free], low, high)
    return result


def _range_around(values: Floats, state: Labels) -> tuple[Floats, Floats]:
    """Least and greatest value, by band, of the fixed pixels within 3 px."""
    near = ndimage.binary_dilation(state == FREE, EIGHT, iterations=3)
    around = values[near & (state == FIXED)]
    return around.min(axis=0), around.max(axis=0)

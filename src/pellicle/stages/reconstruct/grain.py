# SPDX-License-Identifier: Apache-2.0
"""Grain: what is interpolated gets the fine texture of intact paint beside it.

Job: choose for each small block a stretch of intact paint like the paint around it, and
add what is finer than a given width there.
Not here: the colours themselves (`diffusion.py`, `refine.py`), wide losses
(`patches.py`).
Terms: *grain* is the picture less its Gaussian mean; the *ring* is the intact paint
around a block.

Interpolation is closest to the truth on average and smooth, so that a loss filled by it
shows as a blurred spot in brushwork, canvas or fine craquelure. Grain has no place of
its own in a picture: that of the paint beside it is what the eye misses.
"""

import math
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from pellicle.model.arrays import Array, Mask
from pellicle.stages.reconstruct.diffusion import (
    EIGHT,
    as_fractions,
    as_samples,
    expanded,
    grid_boxes,
)
from pellicle.stages.reconstruct.levels import LUMA, depths

Places = npt.NDArray[np.integer[Any]]

BLOCK_PX = 32
"""Side of the blocks that places are cut into, on a grid fixed to the scan."""
RING_PX = 4
FARTHEST_PX = 56
"""Longest step from a pixel to the one whose grain it gets."""
TRIED = 128
"""Stretches of paint looked at for a block."""
FROM_DEPTH, WHOLE_DEPTH = 1.2, 1.6
"""Depths, in sigmas, where grain begins and is whole: near its edge interpolation has
grain itself, and what is narrower does not show as a blurred spot."""
REACH = 3.0
"""Sigmas that the Gaussian mean reaches."""

_BEYOND_PX = 24
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
_RGB_BANDS = 3


def grain_context_px(shape: tuple[int, int], sigma_px: float) -> int:
    """Pixels that grain depends on around a place with a bounding window of `shape`.

    0 where the place is too narrow to get any.
    """
    if min(shape) + 1 <= 2 * FROM_DEPTH * sigma_px:
        return 0
    return FARTHEST_PX + RING_PX + math.ceil(REACH * sigma_px)


def add_grain(
    picture: Array,
    target: Mask,
    source: Mask,
    sigma_px: float,
    origin: tuple[int, int] = (0, 0),
) -> None:
    """Add grain to the target pixels of a picture, in place.

    Parameters
    ----------
    picture
        (H, W, C) uint8 or uint16 samples, or floating in [0, 1]; encoded, the target
        filled. Read at `target` and `source` only, written at `target` only.
    target
        (H, W) bool: what was interpolated, any number of places.
    source
        (H, W) bool, disjoint from `target`: intact paint.
    sigma_px
        Of the Gaussian; what is finer is grain.
    origin
        (row, column) of the first pixel in the scan.

    Notes
    -----
    Blocks in whose reach no stretch of intact paint has their shape stay as they are,
    and so do places narrower than 2.4 sigmas. Nothing depends on what lies farther
    than `grain_context_px` from a place.
    """
    numbers, _ = ndimage.label(target, EIGHT)
    found = []
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        place = numbers[box] == number
        if not grain_context_px(place.shape, sigma_px):
            continue
        deep = depths(~np.pad(place, 1))[1:-1, 1:-1] / np.float32(sigma_px)
        share = np.clip((deep - FROM_DEPTH) / (WHOLE_DEPTH - FROM_DEPTH), 0, 1)
        grained = share > 0
        corner = origin[0] + box[0].start, origin[1] + box[1].start
        for block in grid_boxes(grained, corner, BLOCK_PX):
            pixels = np.argwhere(grained[block]) + [part.start for part in block]
            parts = share[tuple(pixels.T)]
            pixels += [part.start for part in box]
            grain = _grain_of(picture, pixels, source, sigma_px)
            if grain is not None:
                found.append((pixels, grain * parts[:, None]))
    # Written at the end: the grain of one block is no source of another's.
    for pixels, grain in found:
        at = tuple(pixels.T)
        grained = as_fractions(picture[at], np.float64) + grain
        picture[at] = as_samples(grained, picture.dtype)


def _grain_of(
    picture: Array, pixels: Places, source: Mask, sigma_px: float
) -> npt.NDArray[np.float32] | None:
    """Grain for the pixels of one block, (N, C); None where there is none to be had."""
    low, high = pixels.min(axis=0), pixels.max(axis=0) + 1
    block = slice(low[0], high[0]), slice(low[1], high[1])
    far_px = FARTHEST_PX + RING_PX + math.ceil(REACH * sigma_px)
    reach = expanded(block, far_px, source.shape)
    pixels = pixels - [part.start for part in reach]
    intact = source[reach]
    hole = np.zeros(intact.shape, np.uint8)
    hole[tuple(pixels.T)] = 1
    side = 2 * (RING_PX + math.ceil(FROM_DEPTH * sigma_px)) + 1
    near = cv2.dilate(hole, np.ones((side, side), np.uint8)).view(np.bool_)
    ring = np.argwhere(near & intact)
    if not len(ring):
        return None
    seen = as_fractions(picture[reach], np.float32)
    luma = seen @ LUMA if picture.shape[2] == _RGB_BANDS else seen[..., 0]
    steps = _steps(int(max(high - low)))
    best = _most_alike(luma, intact, pixels, ring, steps)
    return None if best < 0 else _fine(seen, intact, pixels + steps[best], sigma_px)


def _steps(side_px: int) -> npt.NDArray[np.int64]:
    """Steps to try for a block of that side, on a spiral, nearest first."""
    turn = np.arange(TRIED)
    far_px = 0.5 * side_px + (0.5 * side_px + _BEYOND_PX) * np.sqrt(
        (turn + 0.5) / TRIED
    )
    far_px = np.minimum(far_px, FARTHEST_PX)
    angle = turn * _GOLDEN_ANGLE
    down, along = far_px * np.sin(angle), far_px * np.cos(angle)
    return np.stack([np.rint(down), np.rint(along)], axis=1).astype(np.int64)


@numba.njit(cache=True)
def _most_alike(luma: Any, intact: Any, pixels: Any, ring: Any, steps: Any) -> Any:
    """Number of the step under which the ring looks most alike; -1 if none will do."""
    height, width = intact.shape
    best, least = -1, np.inf
    for number in range(len(steps)):
        down, along = steps[number]
        fits = True
        for at in range(len(pixels)):
            row, column = pixels[at, 0] + down, pixels[at, 1] + along
            inside = 0 <= row < height and 0 <= column < width
            if not inside or not intact[row, column]:
                fits = False
                break
        if not fits:
            continue
        apart, count = 0.0, 0
        for at in range(len(ring)):
            row, column = ring[at, 0] + down, ring[at, 1] + along
            inside = 0 <= row < height and 0 <= column < width
            if inside and intact[row, column]:
                gap = luma[row, column] - luma[ring[at, 0], ring[at, 1]]
                apart += gap * gap
                count += 1
        if 2 * count >= len(ring) and apart / count < least:
            best, least = number, apart / count
    return best


def _fine(
    picture: Array, intact: Mask, pixels: Array, sigma_px: float
) -> npt.NDArray[np.float32]:
    """The picture less its Gaussian mean of intact paint, at intact pixels, (N, C)."""
    reach_px = math.ceil(REACH * sigma_px)
    low, high = pixels.min(axis=0), pixels.max(axis=0) + 1
    block = slice(low[0], high[0]), slice(low[1], high[1])
    around = expanded(block, reach_px, intact.shape)
    share = intact[around].astype(np.float32)
    sums = np.dstack([picture[around] * share[..., None], share])
    side = 2 * reach_px + 1
    blurred = cv2.GaussianBlur(
        sums, (side, side), sigma_px, borderType=cv2.BORDER_CONSTANT
    )
    at = tuple((pixels - [part.start for part in around]).T)
    mean = blurred[at][:, :-1] / blurred[at][:, -1:]
    fine: npt.NDArray[np.float32] = picture[tuple(pixels.T)] - mean
    return fine

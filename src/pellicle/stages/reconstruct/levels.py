# SPDX-License-Identifier: Apache-2.0
"""The sizes of a picture that a large loss is completed at, coarse to fine.

Job: halved pictures on grids fixed to the scan, with what each pixel is; what patches
are compared by.
Not here: comparing and copying (`patches.py`).
Terms: *known* pixels border the loss and are matched against; *source* pixels may be
copied; a *usable* pixel is the centre of a patch of sources only; *liveliness* is how
much the paint changes from pixel to pixel around a place, at full size.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from pellicle.model.arrays import Colour, Mask
from pellicle.stages.reconstruct.patch_gap import (
    BANDS,
    RADIUS_PX,
    SIDE_PX,
    guide_array,
)

Guide = npt.NDArray[np.int16]

COARSEST_DEPTH_PX = 10
"""The pyramid ends where no lost pixel is deeper than this."""
SMALLEST_SIDE_PX = 32
MOST_LEVELS = 9
FEWEST_SOURCES = 64
HALF_BLOCK_PX = 2

GUIDE_SCALE = 1023.0
CHROMA = 2.0
LIVELINESS = 1.0
"""Weight of liveliness: without it, smooth paint is copied into lively passages, where
it differs least from any wrong guess."""
LIVELINESS_SIGMA_PX = 3.0
LUMA = np.array([0.3, 0.59, 0.11], np.float32)
RGB_BANDS = 3

PATCH = np.ones((SIDE_PX, SIDE_PX), np.uint8)


@dataclass(frozen=True, slots=True)
class Level:
    """One size of the picture.

    Attributes
    ----------
    values
        (H, W, C + 1) float32: colours in [0, 1], encoded, and liveliness. What is not
        known does not show in them.
    target, known, source, usable
        (H, W) bool.
    corner
        (row, column) of the first pixel, in pixels of this size of the scan.
    """

    values: Colour
    target: Mask
    known: Mask
    source: Mask
    usable: Mask
    corner: tuple[int, int]


def levels_of(
    values: Colour,
    target: Mask,
    known: Mask,
    source: Mask,
    origin: tuple[int, int],
) -> tuple[list[Level], tuple[slice, slice]]:
    """Levels, finest first, and where the arrays given lie in the finest.

    Parameters
    ----------
    values
        (H, W, C) float32 in [0, 1], encoded; read at `known` only.
    target, known, source
        (H, W) bool; `target` and `known` are not empty.
    origin
        (row, column) of the first pixel in the scan.

    Returns
    -------
    levels
        Empty where there are too few sources to copy from.
    inside
        Rows and columns.
    """
    depth_px = float(depths(known)[target].max())
    halvings = max(0, math.ceil(math.log2(depth_px / COARSEST_DEPTH_PX)))
    halvings = min(halvings, MOST_LEVELS)
    while halvings and min(target.shape) >> halvings < SMALLEST_SIDE_PX:
        halvings -= 1
    lively = np.concatenate((values, _liveliness(values, known)[..., None]), axis=2)
    lively[~known] = 0
    while True:
        step = 1 << halvings
        pad = [
            (start % step, -(start % step + size) % step)
            for start, size in zip(origin, target.shape, strict=True)
        ]
        rows, columns = (
            slice(before, before + size)
            for (before, _), size in zip(pad, target.shape, strict=True)
        )
        corner = (origin[0] - rows.start, origin[1] - columns.start)
        masks = [np.pad(mask, pad) for mask in (target, known, source)]
        usable = _usable(masks[-1])
        levels = [Level(np.pad(lively, [*pad, (0, 0)]), *masks, usable, corner)]
        for _ in range(halvings):
            levels.append(_halved(levels[-1]))
        if all(np.count_nonzero(level.usable) >= FEWEST_SOURCES for level in levels):
            return levels, (rows, columns)
        if halvings == 0:
            return [], (rows, columns)
        halvings -= 1


def depths(known: Mask) -> npt.NDArray[np.float32]:
    """(H, W) float32: distance to the nearest known pixel, in pixels."""
    distances: npt.NDArray[np.float32] = cv2.distanceTransform(
        (~known).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )
    return distances


def blurred_known(picture: Colour, known: Mask, sigma_px: float) -> Colour:
    """Gaussian mean of the known pixels, (H, W, C) float32; 0 far from them."""
    share = cv2.GaussianBlur(known.astype(np.float32), (0, 0), sigma_px)
    blurred = cv2.GaussianBlur(
        np.where(known[..., None], picture, np.float32(0)), (0, 0), sigma_px
    ).reshape(picture.shape)
    mean: Colour = blurred / np.maximum(share, np.float32(1e-3))[..., None]
    return mean


def guide_of(values: Colour) -> Guide:
    """Whole numbers to match by: luma, two weighted colour differences, liveliness.

    Of other than three colours, the first is taken.
    """
    guide = guide_array(*values.shape[:2])
    _write_guide(values, guide, LIVELINESS)
    return guide


@numba.njit(cache=True)
def _write_guide(values: Any, guide: Any, liveliness: float) -> None:
    height, width, planes = values.shape
    whole = np.empty(BANDS, np.float32)
    for row in range(height):
        for column in range(width):
            here = values[row, column]
            whole[:] = 0.0
            whole[0] = here[0]
            if planes == RGB_BANDS + 1:
                luma = LUMA[0] * here[0] + LUMA[1] * here[1] + LUMA[2] * here[2]
                whole[0] = luma
                whole[1] = (here[2] - luma) * (0.5 * CHROMA) + 0.5
                whole[2] = (here[0] - luma) * (0.5 * CHROMA) + 0.5
            whole[BANDS - 1] = here[planes - 1] * liveliness
            for band in range(BANDS):
                scaled = np.rint(whole[band] * GUIDE_SCALE)
                guide[row, column, band] = min(max(scaled, -2048.0), 2047.0)


def _liveliness(values: Colour, known: Mask) -> Colour:
    """Mean absolute step of luma around each known pixel, (H, W)."""
    mean = _mean_steps(values, known)[..., None]
    return blurred_known(mean, known, LIVELINESS_SIGMA_PX)[..., 0]


@numba.njit(cache=True)
def _mean_steps(values: Any, known: Any) -> Any:
    height, width, bands = values.shape
    steps = np.zeros((height, width), np.float32)
    for row in range(height):
        for column in range(width):
            if not known[row, column]:
                continue
            total, count = 0.0, 0
            for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
                at_row, at_column = row + down, column + right
                if at_row < 0 or at_column < 0 or at_row >= height:
                    continue
                if at_column >= width or not known[at_row, at_column]:
                    continue
                step = 0.0
                for band in range(bands):
                    weight = LUMA[band] if bands == RGB_BANDS else 1.0 / bands
                    apart = values[row, column, band] - values[at_row, at_column, band]
                    step += weight * apart
                total += abs(step)
                count += 1
            steps[row, column] = total / max(count, 1)
    return steps


def _usable(source: Mask) -> Mask:
    """Centres of patches that hold nothing but sources."""
    usable: Mask = cv2.erode(source.view(np.uint8), PATCH).view(np.bool_)
    usable[:RADIUS_PX] = usable[-RADIUS_PX:] = False
    usable[:, :RADIUS_PX] = usable[:, -RADIUS_PX:] = False
    return usable


def _halved(level: Level) -> Level:
    """Half the size: means of the known pixels; a block is what most of it is."""
    values, target, known, source = _halved_planes(
        level.values, level.target, level.known, level.source
    )
    corner = (level.corner[0] // 2, level.corner[1] // 2)
    return Level(values, target, known, source, _usable(source), corner)


@numba.njit(cache=True)
def _halved_planes(values: Any, target: Any, known: Any, source: Any) -> Any:
    height, width, planes = values.shape
    height, width = height // 2, width // 2
    means = np.zeros((height, width, planes), np.float32)
    masks = np.zeros((3, height, width), np.bool_)
    for row in range(height):
        for column in range(width):
            lost, intact, copied = 0, 0, 0
            for down in range(2):
                for right in range(2):
                    at_row, at_column = 2 * row + down, 2 * column + right
                    lost += target[at_row, at_column]
                    copied += source[at_row, at_column]
                    if known[at_row, at_column]:
                        intact += 1
                        for plane in range(planes):
                            means[row, column, plane] += values[
                                at_row, at_column, plane
                            ]
            for plane in range(planes):
                means[row, column, plane] /= max(intact, 1)
            enough = intact >= HALF_BLOCK_PX and lost < HALF_BLOCK_PX
            masks[0, row, column] = lost >= HALF_BLOCK_PX
            masks[1, row, column] = enough
            masks[2, row, column] = enough and copied >= HALF_BLOCK_PX
    return means, masks[0], masks[1], masks[2]

# SPDX-License-Identifier: Apache-2.0
"""The sizes of a picture that a large loss is completed at, coarse to fine.

Job: halved pictures on grids fixed to the scan, with what each pixel is; what patches
are compared by.
Not here: comparing and copying (`patches.py`).
Terms: *known* pixels border the loss and are matched against; *source* pixels may be
copied; a *usable* pixel is the centre of a patch of sources only.
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
HALF_CHROMA = np.float32(1.0)
MIDDLE = np.float32(0.5)
LUMA = np.array([0.3, 0.59, 0.11], np.float32)
RGB_BANDS = 3

CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
TEXTURE_BOX = 11, 11
TEXTURE_WEIGHT = 4.0
"""Weight of how lively paint is against its luma. Means of patches are smoother than
paint, so that a search by colour alone prefers smooth sources, and fills turn flat
(Newson et al. 2014, doi 10.1137/140954933)."""

PATCH = np.ones((SIDE_PX, SIDE_PX), np.uint8)


@dataclass(frozen=True, slots=True)
class Level:
    """One size of the picture.

    Attributes
    ----------
    values
        (H, W, C) float32 in [0, 1], encoded. What is not known does not show in them.
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
    clean = np.where(known[..., None], values, np.float32(0))
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
        lost, intact, copied = (np.pad(mask, pad) for mask in (target, known, source))
        padded = np.pad(clean, [*pad, (0, 0)])
        levels = [Level(padded, lost, intact, copied, _usable(copied), corner)]
        for _ in range(halvings):
            levels.append(_halved(levels[-1]))
        if all(np.count_nonzero(level.usable) >= FEWEST_SOURCES for level in levels):
            return levels, (rows, columns)
        if halvings == 0:
            return [], (rows, columns)
        halvings -= 1


def depths(known: Mask) -> npt.NDArray[np.float32]:
    """(H, W) float32: distance to the nearest known pixel, in pixels."""
    distances = cv2.distanceTransform(
        (~known).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )
    # Its last bit depends on where the array lies in memory; squares are whole numbers.
    squares = np.rint(np.square(distances, dtype=np.float64))
    return np.sqrt(squares).astype(np.float32)


def blurred_known(picture: Colour, known: Mask, sigma_px: float) -> Colour:
    """Gaussian mean of the known pixels, (H, W, C) float32; 0 far from them."""
    share = cv2.GaussianBlur(known.astype(np.float32), (0, 0), sigma_px)
    blurred = cv2.GaussianBlur(
        np.where(known[..., None], picture, np.float32(0)), (0, 0), sigma_px
    ).reshape(picture.shape)
    mean = blurred / np.maximum(share, 1e-3)[..., None]
    return np.asarray(mean, np.float32)


def texture_of(values: Colour, known: Mask) -> npt.NDArray[np.float32]:
    """How lively the paint is around each pixel: mean slope of its luma, (H, W)."""
    luma = values @ LUMA if values.shape[2] == RGB_BANDS else values[..., 0]
    slope = np.zeros(known.shape, np.float32)
    slope[1:-1, 1:-1] = np.hypot(
        luma[1:-1, 2:] - luma[1:-1, :-2], luma[2:, 1:-1] - luma[:-2, 1:-1]
    )
    sound = cv2.erode(known.view(np.uint8), CROSS).astype(np.float32)
    sums = cv2.boxFilter(slope * sound, -1, TEXTURE_BOX, normalize=False)
    counts = cv2.boxFilter(sound, -1, TEXTURE_BOX, normalize=False)
    return np.asarray(sums / np.maximum(counts, 1), np.float32)


def guide_of(values: Colour, texture: npt.NDArray[np.float32] | None = None) -> Guide:
    """Whole numbers to match by: luma, two weighted colour differences, texture.

    Of other than three colours, the first is taken.
    """
    guide = guide_array(*values.shape[:2])
    _write_guide(values, guide)
    if texture is not None:
        lively = np.rint(texture * (GUIDE_SCALE * TEXTURE_WEIGHT))
        guide[..., BANDS - 1] = np.minimum(lively, 2047)
    return guide


@numba.njit(cache=True)
def _write_guide(values: Any, guide: Any) -> None:
    height, width, planes = values.shape
    for row in range(height):
        for column in range(width):
            luma, red, blue = values[row, column, 0], MIDDLE, MIDDLE
            if planes == RGB_BANDS:
                first, last = values[row, column, 0], values[row, column, 2]
                luma = LUMA[0] * first + LUMA[1] * values[row, column, 1]
                luma += LUMA[2] * last
                blue = (last - luma) * HALF_CHROMA + MIDDLE
                red = (first - luma) * HALF_CHROMA + MIDDLE
            guide[row, column, 0] = _whole(luma)
            guide[row, column, 1] = _whole(blue)
            guide[row, column, 2] = _whole(red)


@numba.njit(cache=True, inline="always")
def _whole(value: Any) -> Any:
    scaled = np.floor(value * np.float32(GUIDE_SCALE) + MIDDLE)
    return np.int16(min(max(scaled, np.float32(-2048)), np.float32(2047)))


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

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
LIVELINESS = 1.5
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
    write_guide(values, guide)
    return guide


def write_guide(values: Colour, guide: Guide) -> None:
    """The same for (..., C + 1) `values`, into (..., 4) `guide`."""
    if values.shape[-1] - 1 == RGB_BANDS:
        luma = values[..., :RGB_BANDS] @ LUMA
        for band, of in ((1, 2), (2, 0)):
            apart = (values[..., of] - luma) * np.float32(0.5 * CHROMA)
            guide[..., band] = _whole(apart + np.float32(0.5))
    else:
        luma = values[..., 0]
    guide[..., 0] = _whole(luma)
    guide[..., BANDS - 1] = _whole(values[..., -1] * np.float32(LIVELINESS))


def _whole(plane: Colour) -> Guide:
    scaled = np.rint(plane * np.float32(GUIDE_SCALE))
    whole: Guide = np.clip(scaled, -2048, 2047).astype(np.int16)
    return whole


def _liveliness(values: Colour, known: Mask) -> Colour:
    """Mean absolute step of luma around each known pixel, (H, W)."""
    luma = values @ LUMA if values.shape[2] == RGB_BANDS else values[..., 0]
    steps = np.zeros(known.shape, np.float32)
    counts = np.zeros(known.shape, np.float32)
    for before, after in (
        (np.s_[:-1], np.s_[1:]),
        (np.s_[:, :-1], np.s_[:, 1:]),
    ):
        both = known[before] & known[after]
        step = np.where(both, np.abs(luma[after] - luma[before]), 0)
        for side in (before, after):
            steps[side] += step
            counts[side] += both
    mean = (steps / np.maximum(counts, 1))[..., None]
    return blurred_known(mean, known & (counts > 0), LIVELINESS_SIGMA_PX)[..., 0]


def _usable(source: Mask) -> Mask:
    """Centres of patches that hold nothing but sources."""
    usable: Mask = cv2.erode(source.view(np.uint8), PATCH).view(np.bool_)
    usable[:RADIUS_PX] = usable[-RADIUS_PX:] = False
    usable[:, :RADIUS_PX] = usable[:, -RADIUS_PX:] = False
    return usable


def _halved(level: Level) -> Level:
    """Half the size: means of the known pixels; a block is what most of it is."""
    counts = _sums(level.known.astype(np.float32))
    sums = _sums(np.where(level.known[..., None], level.values, np.float32(0)))
    lost = _sums(level.target.astype(np.uint8))
    copied = _sums(level.source.astype(np.uint8))
    target = lost >= HALF_BLOCK_PX
    known = (counts >= HALF_BLOCK_PX) & ~target
    values = sums / np.maximum(counts, 1)[..., None]
    source = known & (copied >= HALF_BLOCK_PX)
    corner = (level.corner[0] // 2, level.corner[1] // 2)
    return Level(values, target, known, source, _usable(source), corner)


def _sums(array: Any) -> Any:
    return array[::2, ::2] + array[1::2, ::2] + array[::2, 1::2] + array[1::2, 1::2]

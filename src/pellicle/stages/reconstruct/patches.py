# SPDX-License-Identifier: Apache-2.0
"""Patches: large losses completed with paint copied from elsewhere in the picture.

Job: coarse to fine, find what to copy; at full size, copy it and join it.
Not here: the search (`patchmatch.py`), the joining (`blending.py`).
Terms: *known* pixels border the loss and are matched against; *source* pixels may be
copied; the *anchor* is the smooth field that diffusion gives.

The anchor says roughly which colours belong where; it is asked for strongly while the
picture is small and yields to the patches as it grows. Without it, patches near the
middle of a loss drift to whatever is self-consistent.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from pellicle.model.arrays import Colour, Mask
from pellicle.stages.reconstruct.blending import join_copies
from pellicle.stages.reconstruct.diffusion import diffuse, doubled
from pellicle.stages.reconstruct.patchmatch import (
    best_source,
    improve_field,
    start_field,
    vote,
)

Places = npt.NDArray[np.integer[Any]]
Guide = npt.NDArray[np.int16]

RADIUS_PX = 3
PATCH = np.ones((2 * RADIUS_PX + 1, 2 * RADIUS_PX + 1), np.bool_)
EIGHT = np.ones((3, 3), np.bool_)

COARSEST_DEPTH_PX = 10
"""The pyramid ends where no lost pixel is deeper than this."""
SMALLEST_SIDE_PX = 32
MOST_LEVELS = 9

ROUNDS = 10
"""Search and vote, this often at coarse levels; fewer times at finer ones."""
FINE_ROUNDS = 4
PASSES = 4
MANY_CENTRES = 150_000
"""With more patches than this, half the passes: neighbours help each other more."""

ANCHOR_WEIGHT = 100.0
ANCHOR_YIELDS = 0.5
"""Factor of the anchor's weight at each finer level."""
ANCHOR_SIGMA_PX = 2.0
NEARNESS_COST = 8000.0
"""Cost of copying from as far away as the loss is deep."""
EDGE_TRUST = 1.4
"""Trust in a patch falls by this factor with each pixel from the known paint."""
TRUST_TO_PX = 24.0
"""Depth beyond which it falls no more."""
SPREAD_PERCENTILE = 75.0
HOLD = 0.1
"""Weight of the voted mean against the copied gradients."""

GUIDE_SCALE = 1023.0
CHROMA = 2.0
LUMA = np.array([0.3, 0.59, 0.11], np.float32)
FEWEST_SOURCES = 64
HALF_BLOCK_PX = 2
RGB_BANDS = 3


@dataclass(frozen=True, slots=True)
class _Level:
    """One size of the picture: values and what its pixels are."""

    values: Colour
    target: Mask
    known: Mask
    source: Mask


@dataclass(frozen=True, slots=True)
class _Anchor:
    """Smooth field as a guide; halvings above and below this level."""

    guide: Guide
    finer_than_coarsest: int
    halvings: int


@dataclass(slots=True)
class _Field:
    """Correspondences at one level: patches to match, their sources, their trust."""

    centres: Places
    index: Places
    sources: Places
    trust: npt.NDArray[np.float64]
    current: Colour


def complete(
    values: Colour,
    target: Mask,
    known: Mask,
    source: Mask,
    *,
    seed: int,
    origin: tuple[int, int] = (0, 0),
) -> tuple[Colour, Mask]:
    """Complete a loss with paint copied from the sources.

    Parameters
    ----------
    values
        (H, W, C) float32 in [0, 1], encoded; read at `known` only.
    target
        (H, W) bool: the loss.
    known
        (H, W) bool, disjoint from `target`: pixels the infill must meet.
    source
        (H, W) bool, part of `known`: pixels that may be copied.
    seed
        Of the random search.
    origin
        (row, column) of the first pixel in the scan, so that the result does not
        depend on where the arrays were cut, beyond what they leave out.

    Returns
    -------
    completed
        (H, W, C) float32 in [0, 1]; equal to `values` outside `filled`.
    filled
        (H, W) bool: `target`, or nothing where there is too little to copy from.

    Notes
    -----
    About 25,000 pixels of loss a second on one core.

    References
    ----------
    Wexler, Shechtman & Irani 2007, doi 10.1109/TPAMI.2007.60; Newson et al. 2014,
    doi 10.1137/140954933; Barnes et al. 2009, doi 10.1145/1531326.1531330.
    """
    nothing = np.zeros_like(target)
    if not target.any() or not known.any():
        return values, nothing
    levels, back = _pyramid(values, target, known, source, origin)
    if not levels:
        return values, nothing
    start = [side - part.start for side, part in zip(origin, back, strict=True)]
    smallest = _smooth_field(levels[-1])
    places: Places | None = None
    for number in range(len(levels) - 1, -1, -1):
        corner = np.array([side >> number for side in start], np.int64)
        doublings = len(levels) - 1 - number
        smooth = _anchor_picture(levels[number], smallest, doublings)
        field = _first_field(levels[number], places, smooth)
        anchor = _Anchor(_guide(smooth), doublings, number)
        del smooth
        _match(levels[number], anchor, field, seed, corner)
        places = np.full((*field.index.shape, 2), -1, np.int32)
        places[field.index >= 0] = field.sources
    completed = values.copy()
    completed[target] = _joined(levels[0], field)[back][target]
    return completed, target


def _pyramid(
    values: Colour,
    target: Mask,
    known: Mask,
    source: Mask,
    origin: tuple[int, int],
) -> tuple[list[_Level], tuple[slice, slice]]:
    """Levels, finest first, on grids fixed to the scan; none without sources."""
    depth_px = float(ndimage.distance_transform_edt(~known)[target].max())
    halvings = max(0, math.ceil(math.log2(depth_px / COARSEST_DEPTH_PX)))
    while halvings and min(target.shape) >> halvings < SMALLEST_SIDE_PX:
        halvings -= 1
    while True:
        step = 1 << min(halvings, MOST_LEVELS)
        pad = [
            (start % step, -(start % step + size) % step)
            for start, size in zip(origin, target.shape, strict=True)
        ]
        rows, columns = (
            slice(before, before + size)
            for (before, _), size in zip(pad, target.shape, strict=True)
        )
        level = _Level(
            np.pad(values, [*pad, (0, 0)]),
            *(np.pad(mask, pad) for mask in (target, known, source)),
        )
        levels = [level]
        for _ in range(halvings):
            level = _halved(level)
            levels.append(level)
        if all(_usable(one).sum() >= FEWEST_SOURCES for one in levels):
            return levels, (rows, columns)
        if halvings == 0:
            return [], (rows, columns)
        halvings -= 1


def _halved(level: _Level) -> _Level:
    """Half the size: means of the known pixels; a block is what most of it is."""
    counts = _sums(level.known[..., None].astype(np.float32))
    sums = _sums(level.values * level.known[..., None])
    lost = _sums(level.target[..., None].astype(np.float32))[..., 0]
    copied = _sums(level.source[..., None].astype(np.float32))[..., 0]
    target = lost >= HALF_BLOCK_PX
    known = (counts[..., 0] >= HALF_BLOCK_PX) & ~target
    values = (sums / np.maximum(counts, 1)).astype(np.float32)
    return _Level(values, target, known, known & (copied >= HALF_BLOCK_PX))


def _sums(array: Colour) -> Colour:
    return array[::2, ::2] + array[1::2, ::2] + array[::2, 1::2] + array[1::2, 1::2]


def _usable(level: _Level) -> Mask:
    """Centres of patches that hold nothing but sources."""
    usable: Mask = ndimage.binary_erosion(level.source, PATCH, border_value=0)
    return usable


def _smooth_field(coarsest: _Level) -> Colour:
    """Diffusion over everything that is not known, at the smallest size."""
    field = np.where(coarsest.known[..., None], coarsest.values, 0.5).astype(np.float64)
    diffuse(field, ~coarsest.known, coarsest.known)
    return field.astype(np.float32)


def _anchor_picture(level: _Level, field: Colour, doublings: int) -> Colour:
    """Blurred paint, and the smooth field, enlarged, where there is none."""
    share = ndimage.gaussian_filter(level.known.astype(np.float32), ANCHOR_SIGMA_PX)
    weighted = level.values * level.known[..., None]
    blurred = ndimage.gaussian_filter(weighted, (ANCHOR_SIGMA_PX, ANCHOR_SIGMA_PX, 0))
    blurred /= np.maximum(share, 1e-3)[..., None]
    for _ in range(doublings):
        field = doubled(field)
    return np.where(level.known[..., None], blurred, field)


def _guide(picture: Colour) -> Guide:
    """Whole numbers to match by: luma and weighted colour differences, or grey."""
    if picture.shape[2] != RGB_BANDS:
        scaled = picture * GUIDE_SCALE
    else:
        luma = picture @ LUMA
        blue, red = (
            (picture[..., band] - luma) * (0.5 * CHROMA) + 0.5 for band in (2, 0)
        )
        scaled = np.stack((luma, blue, red), axis=-1) * GUIDE_SCALE
    guide: Guide = np.clip(np.rint(scaled), -2048, 2047).astype(np.int16)
    return guide


def _first_field(level: _Level, places: Places | None, picture: Colour) -> _Field:
    """Field before matching: sources of the coarser level, where there is one."""
    height, width = level.target.shape
    near: Mask = ndimage.binary_dilation(level.target, PATCH)
    near[:RADIUS_PX] = near[height - RADIUS_PX :] = False
    near[:, :RADIUS_PX] = near[:, width - RADIUS_PX :] = False
    centres = np.argwhere(near)
    index = np.full((height, width), -1, np.int32)
    index[near] = np.arange(len(centres))
    current = np.where(level.known[..., None], level.values, picture)
    sources = np.full((len(centres), 2), -1, np.int64)
    if places is not None:
        coarse = centres // 2
        above = places[coarse[:, 0], coarse[:, 1]]
        sources = np.where(above >= 0, 2 * above + centres - 2 * coarse, -1)
    return _Field(centres, index, sources, np.ones(len(centres)), current)


def _match(
    level: _Level, anchor: _Anchor, field: _Field, seed: int, corner: Places
) -> None:
    """Search and vote in turn; leaves sources, trust and colours in `field`."""
    usable = _usable(level)
    intact = np.flatnonzero(usable)
    fallback = field.sources[:, 0] < 0
    around = ndimage.binary_dilation(level.target, EIGHT, iterations=2 * RADIUS_PX)
    pixels = np.argwhere(level.target | (around & ~level.known))
    depth = ndimage.distance_transform_edt(~level.known)
    far_px = np.minimum(depth[field.centres[:, 0], field.centres[:, 1]], TRUST_TO_PX)
    near_paint = EDGE_TRUST**-far_px
    costs = np.zeros(len(field.centres), np.int32)
    faded = ANCHOR_WEIGHT * ANCHOR_YIELDS**anchor.finer_than_coarsest
    nearness = NEARNESS_COST / max(float(depth.max()), 1.0)
    weights = np.array([faded, nearness], np.int32)
    many = len(field.centres) > MANY_CENTRES
    rounds, passes = _effort(anchor, many=many)
    if not fallback.all():
        # The coarser level's sources, at this size, are the first picture.
        field.trust = np.where(fallback, 0.0, near_paint)
        _revise(level, field, pixels, usable)
    for turn in range(rounds):
        guide = _guide(field.current)
        start_field(
            guide, anchor.guide, weights, field.centres, intact,
            field.sources, costs, usable, RADIUS_PX, seed + turn, corner,
        )  # fmt: skip
        improve_field(
            guide, anchor.guide, weights, field.centres, field.index,
            field.sources, costs, usable, RADIUS_PX, seed + turn, corner, passes,
            max(usable.shape),
        )  # fmt: skip
        spread = max(float(np.percentile(costs, SPREAD_PERCENTILE)), 1.0)
        field.trust = near_paint * np.exp(-costs / (2 * spread)) + 1e-30
        _revise(level, field, pixels, usable)


def _effort(anchor: _Anchor, *, many: bool) -> tuple[int, int]:
    """(rounds, passes): most where the picture is small and its plan is made."""
    passes = PASSES // 2 if many else PASSES
    if anchor.halvings == 0:
        return (FINE_ROUNDS // 2 if many else FINE_ROUNDS), passes
    if anchor.halvings == 1:
        return ROUNDS // 2, passes
    return ROUNDS, passes


def _revise(level: _Level, field: _Field, pixels: Places, usable: Mask) -> None:
    """Colours of the lost pixels by vote of the patches over them."""
    height, width = usable.shape
    rows, columns = field.sources.T
    inside = (rows >= 0) & (columns >= 0) & (rows < height) & (columns < width)
    sound: Mask = (
        inside & usable[np.where(inside, rows, 0), np.where(inside, columns, 0)]
    )
    trust = np.where(sound, field.trust, 0.0)
    index = field.index.copy()
    dropped = field.centres[~sound]
    index[dropped[:, 0], dropped[:, 1]] = -1
    colours = vote(level.values, pixels, index, field.sources, trust, RADIUS_PX)
    voted = ~np.isnan(colours[:, 0])
    rows, columns = pixels[voted].T
    field.current[rows, columns] = colours[voted]


def _joined(level: _Level, field: _Field) -> Colour:
    """Copy each pixel from the most trusted patch over it, and join the copies."""
    pixels = np.argwhere(level.target)
    sources = best_source(pixels, field.index, field.sources, field.trust, RADIUS_PX)
    found = sources[:, 0] >= 0
    pixels, sources = pixels[found], sources[found]
    rows, columns = pixels.T
    joined = field.current.copy()
    mean = field.current[rows, columns]
    joined[rows, columns] = join_copies(
        level.values, level.known, pixels, sources, mean, hold=HOLD
    )
    return np.clip(joined, 0.0, 1.0)

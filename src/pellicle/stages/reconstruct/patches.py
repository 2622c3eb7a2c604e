# SPDX-License-Identifier: Apache-2.0
"""Patches: large losses completed with paint copied from elsewhere in the picture.

Job: coarse to fine, find what to copy.
Not here: the sizes and what is compared (`levels.py`), the search (`patchmatch.py`),
the copying at full size (`copying.py`).
Terms: the *anchor* is the smooth field that diffusion gives; a source's *burden* is
what it costs to copy it once more.

The anchor says roughly which colours belong where; it is asked for strongly while the
picture is small and yields to the patches as it grows. Without it, patches near the
middle of a loss drift to whatever is self-consistent.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pellicle.model.arrays import Colour, Mask, Offsets
from pellicle.stages.reconstruct.copying import copy_joined
from pellicle.stages.reconstruct.diffusion import diffuse, doubled
from pellicle.stages.reconstruct.levels import (
    PATCH,
    Guide,
    Level,
    blurred_known,
    depths,
    guide_of,
    levels_of,
    texture_of,
)
from pellicle.stages.reconstruct.patch_gap import RADIUS_PX, SIDE_PX
from pellicle.stages.reconstruct.patchmatch import (
    improve_field,
    revise,
    start_field,
)

Places = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard a level is searched.

    Attributes
    ----------
    pitch
        Pixels from patch to patch, down and across.
    rounds
        Searches, each followed by a vote.
    passes
        Sweeps over all patches in a search.
    reach_px
        Farthest random step.
    """

    pitch: int
    rounds: int
    passes: int
    reach_px: int


EFFORTS = (Effort(2, 2, 2, 8), Effort(2, 3, 2, 32), Effort(1, 6, 3, 4096))
"""By halvings; the last where the plan is made, at the smallest and at coarse sizes."""

ANCHOR_WEIGHT = 100.0
ANCHOR_YIELDS = 0.7
"""Factor of the anchor's weight at each finer level."""
ANCHOR_SIGMA_PX = 2.0
NEARNESS_COST = 8000.0
"""Cost of copying from as far away as the loss is deep."""
REPEAT_COST = 20_000.0
"""Cost of a source for each time it is copied already, but the first; asked while the
plan is made."""
MOST_REPEATS = 8
EDGE_TRUST = 1.4
"""Trust in a patch falls by this factor with each pixel from the known paint."""
TRUST_TO_PX = 24.0
"""Depth beyond which it falls no more."""
SPREAD = 0.75
"""Share of the patches whose costs are below what halves the trust, or so."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A completed loss.

    Attributes
    ----------
    values
        (H, W, C) float32 in [0, 1]; as given outside `filled`.
    offsets
        (H, W, 2) int16: rows and columns from a filled pixel to the pixel it was
        copied from; 0 elsewhere.
    """

    values: Colour
    offsets: Offsets

    @property
    def filled(self) -> Mask:
        """(H, W) bool, part of the loss: nothing where there is too little to copy."""
        return np.asarray((self.offsets != 0).any(axis=2), np.bool_)


@dataclass(slots=True)
class _Field:
    """Correspondences at one level: patches to match, their sources, their trust."""

    centres: Places
    index: Places
    sources: Places
    trust: npt.NDArray[np.float64]
    guide: Guide
    pitch: int
    phase: tuple[int, int]


def complete(
    values: Colour,
    target: Mask,
    known: Mask,
    source: Mask,
    *,
    seed: int,
    origin: tuple[int, int] = (0, 0),
) -> Completed:
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

    References
    ----------
    Wexler, Shechtman & Irani 2007, doi 10.1109/TPAMI.2007.60; Newson et al. 2014,
    doi 10.1137/140954933; Barnes et al. 2009, doi 10.1145/1531326.1531330.
    """
    offsets = np.zeros((*target.shape, 2), np.int16)
    nothing = Completed(values, offsets)
    if not target.any() or not known.any():
        return nothing
    levels, inside = levels_of(values, target, known, source, origin)
    if not levels:
        return nothing
    smallest = _smooth_field(levels[-1])
    field: _Field | None = None
    for halvings in range(len(levels) - 1, -1, -1):
        doublings = len(levels) - 1 - halvings
        level = levels[halvings]
        effort = EFFORTS[-1 if field is None else min(halvings, len(EFFORTS) - 1)]
        if halvings == 0 and field is not None:
            # At full size the anchor has no say any more.
            field = _first_field(level, field, level.values, effort.pitch)
            _match(level, (field.guide, 0.0), field, effort, seed)
        else:
            smooth = _anchor_picture(level, smallest, doublings)
            field = _first_field(level, field, smooth, effort.pitch)
            weight = ANCHOR_WEIGHT * ANCHOR_YIELDS**doublings
            _match(level, (guide_of(smooth), weight), field, effort, seed)
    assert field is not None  # noqa: S101 -- there is a level
    patches = field.index, field.pitch, field.phase, field.sources, field.trust
    pixels, colours, sources = copy_joined(
        levels[0], patches, smallest, len(levels) - 1
    )
    rows, columns = (pixels - [part.start for part in inside]).T
    completed = values.copy()
    completed[rows, columns] = colours
    offsets[rows, columns] = sources - pixels
    return Completed(completed, offsets)


def _smooth_field(coarsest: Level) -> Colour:
    """Diffusion over everything that is not known, at the smallest size."""
    field = np.where(coarsest.known[..., None], coarsest.values, 0.5).astype(np.float64)
    diffuse(field, ~coarsest.known, coarsest.known)
    return field.astype(np.float32)


def _anchor_picture(level: Level, field: Colour, doublings: int) -> Colour:
    """Blurred paint, and the smooth field, enlarged, where there is none."""
    for _ in range(doublings):
        field = doubled(field)
    blurred = blurred_known(level.values, level.known, ANCHOR_SIGMA_PX)
    return np.where(level.known[..., None], blurred, field)


def _first_field(
    level: Level, coarser: _Field | None, picture: Colour, pitch: int
) -> _Field:
    """Field before matching: sources of the coarser level, where there is one."""
    height, width = level.target.shape
    near = cv2.dilate(level.target.view(np.uint8), PATCH).view(np.bool_)
    near[:RADIUS_PX] = near[height - RADIUS_PX :] = False
    near[:, :RADIUS_PX] = near[:, width - RADIUS_PX :] = False
    # The lattice is fixed to the scan, wherever the arrays were cut.
    phase = level.corner[0] % pitch, level.corner[1] % pitch
    lattice = np.zeros_like(near)
    lattice[-phase[0] % pitch :: pitch, -phase[1] % pitch :: pitch] = True
    near &= lattice
    centres = np.argwhere(near).astype(np.int32)
    index = np.full((height, width), -1, np.int32)
    index[near] = np.arange(len(centres))
    start = level.values
    if picture is not start:
        start = np.where(level.known[..., None], start, picture)
    guide = guide_of(start, texture_of(level.values, level.known))
    sources = np.full((len(centres), 2), -1, np.int32)
    if coarser is not None:
        above = centres // 2
        above -= (above + coarser.phase) % coarser.pitch
        number = coarser.index[np.maximum(above[:, 0], 0), np.maximum(above[:, 1], 0)]
        number[(above < 0).any(axis=1)] = -1
        moved = 2 * (coarser.sources[number] - above) + centres
        sources[number >= 0] = moved[number >= 0]
    return _Field(centres, index, sources, np.ones(len(centres)), guide, pitch, phase)


def _match(
    level: Level,
    anchor: tuple[Guide, float],
    field: _Field,
    effort: Effort,
    seed: int,
) -> None:
    """Search and vote in turn; leaves sources, trust and guide in `field`.

    `anchor` is the smooth field and its weight.
    """
    if not len(field.centres):
        return
    smooth, anchor_weight = anchor
    usable = level.usable
    intact = np.flatnonzero(usable)
    depth = depths(level.known)
    far_px = np.minimum(depth[field.centres[:, 0], field.centres[:, 1]], TRUST_TO_PX)
    near_paint = EDGE_TRUST ** -far_px.astype(np.float64)
    deepest = max(float(depth[level.target].max(initial=1.0)), 1.0)
    weights = np.array([anchor_weight, NEARNESS_COST / deepest], np.int64)
    costs = np.zeros(len(field.centres), np.int64)
    pixels = np.argwhere(_voted_on(level))
    corner = np.array(level.corner, np.int64)
    lattice = field.index, field.pitch, field.phase, field.sources
    # The coarser level's sources, at this size, are the first picture.
    field.trust = np.where(_sound(field.sources, usable), near_paint, 0.0)
    revise(field.guide, pixels, *lattice, field.trust)
    burden = np.zeros(usable.shape, np.int32)
    for turn in range(effort.rounds):
        if field.pitch == 1:
            burden = _burden(field, usable.shape)
        start_field(
            field.guide, smooth, burden, weights, field.centres, intact,
            field.sources, costs, usable, seed + turn, corner,
        )  # fmt: skip
        improve_field(
            field.guide, smooth, burden, weights, field.centres, field.index,
            field.sources, costs, usable, field.pitch, seed + turn, corner,
            effort.passes, min(effort.reach_px, max(usable.shape)),
        )  # fmt: skip
        middling = int(SPREAD * (len(costs) - 1))
        spread = max(float(np.partition(costs, middling)[middling]), 1.0)
        field.trust = near_paint * np.exp(-costs / (2 * spread)) + 1e-30
        revise(field.guide, pixels, *lattice, field.trust)


def _burden(field: _Field, shape: tuple[int, ...]) -> npt.NDArray[np.int32]:
    """What it costs to copy each source once more, int32, by its patch's centre."""
    burden = np.zeros(shape, np.int32)
    rows, columns = field.sources[field.sources[:, 0] >= 0].T
    inside = (rows < shape[0]) & (columns < shape[1])
    flat = rows[inside].astype(np.int64) * shape[1] + columns[inside]
    copies = np.bincount(flat, minlength=burden.size).reshape(shape)
    share = np.float32(1 / SIDE_PX**2)
    around = (SIDE_PX, SIDE_PX)
    used = cv2.boxFilter(copies.astype(np.float32), -1, around, normalize=False)
    again = np.clip(used * share - 1, 0, MOST_REPEATS)
    burden[:] = again * np.float32(REPEAT_COST)
    return burden


def _voted_on(level: Level) -> Mask:
    """The loss, and what is not known within reach of a patch over it."""
    side = 4 * RADIUS_PX + 1
    around = cv2.dilate(level.target.view(np.uint8), np.ones((side, side), np.uint8))
    return level.target | (around.view(np.bool_) & ~level.known)


def _sound(sources: Places, usable: Mask) -> npt.NDArray[np.bool_]:
    """Which sources are centres of usable patches."""
    rows, columns = sources.T
    height, width = usable.shape
    inside = (rows >= 0) & (columns >= 0) & (rows < height) & (columns < width)
    sound: npt.NDArray[np.bool_] = (
        inside & usable[np.where(inside, rows, 0), np.where(inside, columns, 0)]
    )
    return sound

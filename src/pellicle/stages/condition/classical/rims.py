# SPDX-License-Identifier: Apache-2.0
"""Rims and pockets of losses: what lies between bare ground and sound paint.

Job: let a loss grow over its own edge and into its bays, as far as they differ from
the paint.
Not here: finding the loss (`losses.py`).
Terms: the *rim* of a loss is a mixture of ground and paint, or the shadow of the broken
edge; a *pocket* is a hole or bay of the bare ground that shows another layer, such as
underpaint left standing. Left out of the map, either would stay as an outline of the
infill, and the infill would take its colour.
"""

import numpy as np
from numba import njit

from pellicle.model.arrays import Array, Colour, Labels, Mask
from pellicle.stages.condition.classical.ridges import box_sums

_STEPS = 16
_OFFSETS = (0.0, 128.0, 128.0)
_LARGEST = 65_535
_SPREAD_FACTOR = 1.5


def with_rims(
    found: Labels, lab: Colour, seeds: Mask, reach_px: int, least_de: float
) -> tuple[Labels, Mask]:
    """Grow seeds by up to `reach_px` over pixels unlike the sound paint nearby.

    Parameters
    ----------
    found
        (H, W) uint8 candidate labels, 0 where none.
    lab
        (H, W, 3) float32 L*a*b*.
    seeds
        (H, W) bool, the labelled pixels that grow; they take in other labels too, such
        as the dark line that a shadowed edge looks like.
    reach_px
        Width of the widest rim.
    least_de
        ΔE*ab from the paint nearby above which a pixel belongs to the rim; more where
        the paint itself varies.

    Returns
    -------
    grown
        (H, W) uint8 like `found`.
    added
        (H, W) bool, pixels that got another label.
    """
    near = _widened(seeds, 2 * reach_px)
    clean = ~near & (found == 0)
    unlike = _unlike_paint(lab, clean, 4 * reach_px, least_de)
    grown = found.copy()
    growing = np.where(seeds, found, 0).astype(np.uint8)
    for _ in range(reach_px):
        growing = _grow(growing, unlike)
    added = (growing != 0) & ~seeds
    grown[added] = growing[added]
    return grown, added


def pockets(
    found: Labels, lab: Colour, seeds: Mask, reach_px: int, least_de: float
) -> Mask:
    """Holes and bays of the seeds, up to 2 * `reach_px` wide, unlike the paint nearby.

    Parameters as for `with_rims`.

    Returns
    -------
    pockets
        (H, W) bool, none of it seeds.
    """
    closed = ~_widened(~_widened(seeds, reach_px), reach_px)
    clean = ~_widened(closed | seeds, reach_px // 2) & (found == 0)
    unlike = _unlike_paint(lab, clean, 2 * reach_px, least_de)
    return np.asarray(closed & unlike & ~seeds)


def halo_px(rim_px: int, pocket_px: int) -> int:
    """Pixels of context that `pockets`, and `with_rims` upon them, need."""
    return 7 * rim_px + 5 * pocket_px


def _widened(mask: Mask, reach_px: int) -> Mask:
    return np.asarray(box_sums(mask.view(np.uint8), reach_px) > 0)


def _unlike_paint(lab: Colour, clean: Mask, reach_px: int, least_de: float) -> Mask:
    """Pixels unlike the mean of the clean ones around; all where there are none."""
    counts = np.maximum(box_sums(clean.view(np.uint8), reach_px), 1)
    squared_de = np.zeros(clean.shape)
    spread = np.zeros(clean.shape)
    for band, offset in enumerate(_OFFSETS):
        steps = np.clip((lab[..., band] + offset) * _STEPS, 0, _LARGEST)
        whole = np.where(clean, steps, 0).astype(np.uint16)
        sums = box_sums(whole, reach_px)
        squares = box_sums(whole.astype(np.uint32) ** 2, reach_px)
        _add_band(steps, (sums, squares, counts), squared_de, spread)
    least = np.maximum(least_de * _STEPS, _SPREAD_FACTOR * np.sqrt(spread))
    return np.asarray(squared_de > least**2)


@njit(cache=True)
def _add_band(
    steps: Array, around: tuple[Array, Array, Array], squared_de: Array, spread: Array
) -> None:
    sums, squares, counts = around
    height, width = steps.shape
    for r in range(height):
        for c in range(width):
            mean = sums[r, c] / counts[r, c]
            apart = steps[r, c] - mean
            squared_de[r, c] += apart * apart
            spread[r, c] += max(squares[r, c] / counts[r, c] - mean * mean, 0.0)


@njit(cache=True)
def _grow(labels: Labels, allowed: Array) -> Labels:
    """One pixel further, over allowed pixels; of two labels the lower one wins."""
    height, width = labels.shape
    grown = labels.copy()
    for r in range(height):
        for c in range(width):
            if labels[r, c] or not allowed[r, c]:
                continue
            best = 0
            for i in range(max(r - 1, 0), min(r + 2, height)):
                for j in range(max(c - 1, 0), min(c + 2, width)):
                    other = labels[i, j]
                    if other and (best == 0 or other < best):
                        best = other
            grown[r, c] = best
    return grown

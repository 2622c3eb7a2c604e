# SPDX-License-Identifier: Apache-2.0
"""Which reference fills which pixels of one window, and the pixels.

Job: lay every reference on the window, take the one that shows most of the loss and
agrees best, then the next for what is left.
Not here: laying and joining one of them (`filling.py`), which pixels are to be filled
so (`infill.py`).
"""

from dataclasses import dataclass, replace

import numpy as np

from pellicle.model.arrays import Array, Labels, Mask
from pellicle.model.raster import Window
from pellicle.stages.contract import RegionWindow
from pellicle.stages.reconstruct.diffusion import (
    as_fractions,
    as_samples,
    diffuse,
    expanded,
    grid_boxes,
)
from pellicle.stages.reconstruct.reference.filling import Laid, fill_from, lay

FEWEST_PIXELS = 16
"""Fewer pixels than this are not worth a picture of their own."""
WHOLE_PX = 1536
"""Windows with a longer side are done block by block, so that memory stays bounded."""
BLOCK_PX = 1024
"""Side of those blocks, on a grid fixed to the scan."""
CONTEXT_PX = 192
"""What a block sees around itself."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    number: int
    laid: Laid
    shown: int

    @property
    def rank(self) -> tuple[int, float, int]:
        """Greatest is best; the first given wins a tie."""
        agreement = self.laid.agreement or 0.0
        return self.shown, round(agreement, 3), -self.number


def take_references(region: RegionWindow, wanted: Mask, samples: Array) -> Labels:
    """Fill pixels from the window's references, in place.

    Parameters
    ----------
    wanted
        (H, W) bool, part of the window's target.
    samples
        The window's samples; changed where the result is not 0, and only there.

    Returns
    -------
    reference
        (H, W) uint8: number of the reference, from 1, that a pixel was taken from.
    """
    taken = np.zeros(wanted.shape, np.uint8)
    if not region.references or np.count_nonzero(wanted) < FEWEST_PIXELS:
        return taken
    if max(wanted.shape) <= WHOLE_PX:
        return _taken(region, wanted, samples)
    origin = (region.window.top, region.window.left)
    for box in grid_boxes(wanted, origin, BLOCK_PX):
        crop = expanded(box, CONTEXT_PX, wanted.shape)
        own = np.zeros_like(wanted)
        own[box] = wanted[box]
        # Later blocks meet what earlier ones have filled.
        part = _cropped(region, crop, region.known | (taken > 0))
        taken[crop] |= _taken(part, own[crop], samples[crop])
    return taken


def _cropped(
    region: RegionWindow, crop: tuple[slice, slice], known: Mask
) -> RegionWindow:
    rows, columns = crop
    top, left = region.window.top, region.window.left
    return replace(
        region,
        window=Window(
            top + rows.start, left + columns.start, top + rows.stop, left + columns.stop
        ),
        samples=region.samples[crop],
        target=region.target[crop],
        known=known[crop],
        method=region.method[crop],
    )


def _taken(region: RegionWindow, wanted: Mask, samples: Array) -> Labels:
    taken = np.zeros(wanted.shape, np.uint8)
    if np.count_nonzero(wanted) < FEWEST_PIXELS:
        return taken
    picture = as_fractions(samples, np.float32)
    # A tenth more of the loss weighs more than any agreement.
    tenth = max(1, int(np.count_nonzero(wanted)) // 10)
    candidates = []
    for number, reference in enumerate(region.references, start=1):
        view = reference.view(region.window)
        if view is None:
            continue
        laid = lay(view, picture, region.known)
        shown = int(np.count_nonzero(laid.inside & wanted))
        if laid.usable and shown >= FEWEST_PIXELS:
            candidates.append(_Candidate(number, laid, shown // tenth))
    for one in sorted(candidates, key=lambda each: each.rank, reverse=True):
        target = wanted & one.laid.inside & (taken == 0)
        if np.count_nonzero(target) < FEWEST_PIXELS:
            continue
        known = region.known | (taken > 0)
        below = as_fractions(samples, np.float32)
        if one.laid.values.shape[2] < samples.shape[2]:
            below, target = _hues(region, samples, target, known)
        made = fill_from(one.laid, below, target, known)
        samples[target] = as_samples(made[target], samples.dtype)
        taken[target] = one.number
    return taken


def _hues(
    region: RegionWindow, samples: Array, target: Mask, known: Mask
) -> tuple[Array, Mask]:
    """Colours carried in from the paint around, and where that could be done."""
    carried = samples.copy()
    origin = (region.window.top, region.window.left)
    filled = diffuse(carried, target, known, origin)
    return as_fractions(carried, np.float32), filled

# SPDX-License-Identifier: Apache-2.0
"""At full size: each lost pixel copied from its dominant source, the copies joined.

Job: which source, which mean colours, and the pixels made.
Not here: finding the patches (`patches.py`), the linear system (`blending.py`).
Terms: the *dominant* source of a pixel is the one that the patches over it trust most
together; the *mean* colours say how light and of what hue the copies come to lie.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from pellicle.model.arrays import Colour, Mask
from pellicle.stages.reconstruct.blending import join_copies
from pellicle.stages.reconstruct.diffusion import doubled
from pellicle.stages.reconstruct.levels import Level, blurred_known
from pellicle.stages.reconstruct.patchmatch import dominant_source, vote

Floats32 = npt.NDArray[np.float32]
Places = npt.NDArray[np.integer[Any]]
Patches = tuple[Places, int, tuple[int, int], Places, npt.NDArray[np.float64]]
"""Numbers of the patches by centre, pitch, phase, sources, trust: see `patchmatch`."""

HOLD = 0.03
"""Weight of the mean colours against the copied gradients."""
ANCHOR_SHARE = 0.5
"""Share of the anchor in the mean colours, the rest being the patches'. Of two guesses
that err independently, the mean errs least; grain and form are the patches' own."""
MEAN_SIGMA_PX = 8.0
"""What is coarser than this counts as mean colour."""
MARGIN_PX = 32


def copy_joined(
    level: Level, patches: Patches, smooth: Colour, doublings: int
) -> tuple[Places, Floats32, Places]:
    """Pixels of a loss, copied and joined.

    Parameters
    ----------
    level
        At full size.
    patches
        What was found there.
    smooth, doublings
        The anchor at the smallest size, and how often that is to be doubled.

    Returns
    -------
    pixels
        (N, 2) int64 rows and columns of the lost pixels that have a source.
    colours
        (N, C) float32 in [0, 1].
    sources
        (N, 2) int64: the pixel that each was copied from.
    """
    pixels = np.argwhere(level.target)
    sources = dominant_source(pixels, *patches)
    found = sources[:, 0] >= 0
    pixels, sources = pixels[found], sources[found]
    colours = level.values
    mean = vote(colours, pixels, *patches)
    if doublings and len(pixels):
        mean = _nearer_the_anchor(colours, level.known, pixels, mean, smooth, doublings)
    joined = join_copies(colours, level.known, pixels, sources, mean, hold=HOLD)
    return pixels, np.clip(joined, 0.0, 1.0), sources


def _nearer_the_anchor(  # noqa: PLR0917 -- planes of one picture
    colours: Colour,
    known: Mask,
    pixels: Places,
    mean: Floats32,
    smooth: Colour,
    doublings: int,
) -> Floats32:
    """Mean colours with the anchor's share in what is coarse."""
    step = 1 << doublings
    first = np.maximum((pixels.min(axis=0) - MARGIN_PX) // step - 1, 0)
    after = (pixels.max(axis=0) + MARGIN_PX) // step + 2
    anchor = smooth[first[0] : after[0], first[1] : after[1]]
    for _ in range(doublings):
        anchor = doubled(anchor)
    begin = first * step
    end = begin + anchor.shape[:2]
    box = slice(begin[0], end[0]), slice(begin[1], end[1])
    rows, columns = (pixels - begin).T
    voted = colours[box].copy()
    voted[rows, columns] = mean
    present = known[box].copy()
    present[rows, columns] = True
    anchored = np.where(known[box][..., None], colours[box], anchor)
    apart = blurred_known(anchored - voted, present, MEAN_SIGMA_PX)[rows, columns]
    nearer: Floats32 = mean + np.float32(ANCHOR_SHARE) * apart
    return nearer

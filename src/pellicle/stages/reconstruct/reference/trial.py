# SPDX-License-Identifier: Apache-2.0
"""How well a reference fits, measured at full size on windows of intact paint.

Job: displacement, colour difference and sharpness of a few windows, and what they say
together.
Not here: which windows (`workflow`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pellicle.colour.difference import ciede2000
from pellicle.colour.encoding import ScanEncoding
from pellicle.model.arrays import Array, Mask, Samples
from pellicle.stages.contract import ReferenceView
from pellicle.stages.reconstruct.diffusion import as_fractions
from pellicle.stages.reconstruct.reference.colour_map import lightness
from pellicle.stages.reconstruct.reference.field import remaining
from pellicle.stages.reconstruct.reference.filling import lay
from pellicle.stages.reconstruct.reference.sharpness import finer_by

FULL_SCALE = 65_535
FEWEST_PIXELS = 64
EVERY = 3
"""Colours of every third row and column are compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What one window says.

    Attributes
    ----------
    left_px
        (N,) displacement left after everything, in scan pixels, at places that show it.
    de00
        (M,) colour difference.
    finer_px
        As `finer_by` gives it; None where too little is seen.
    """

    left_px: Array
    de00: Array
    finer_px: float | None


@dataclass(frozen=True, slots=True)
class Fit:
    """What all windows say together; None where none says anything.

    Attributes
    ----------
    left_median_px, left_p95_px
        Displacement left on intact paint, in scan pixels.
    de00_median, de00_p95
        Colour difference on intact paint, pixel against pixel.
    finer_px
        Blur that the reference needs to be as coarse as the scan; negative: the blur
        that the scan would need.
    windows
        That were looked at.
    """

    left_median_px: float | None
    left_p95_px: float | None
    de00_median: float | None
    de00_p95: float | None
    finer_px: float
    windows: int


def try_window(
    view: ReferenceView, samples: Samples, known: Mask, encoding: ScanEncoding
) -> Trial:
    """Lay the reference on one window of the scan and compare."""
    picture = as_fractions(samples, np.float32)
    laid = lay(view, picture, known)
    both = known & laid.inside
    light = lightness(picture)
    left = remaining(light, lightness(laid.values), both)
    shown = laid.values
    if shown.shape[2] < picture.shape[2]:
        shown = picture + (shown - light[..., None])
    inner = both[::EVERY, ::EVERY]
    pair = (samples[::EVERY, ::EVERY][inner], shown[::EVERY, ::EVERY][inner])
    made = np.rint(np.clip(pair[1], 0, 1) * FULL_SCALE).astype(np.uint16)
    own, other = (encoding.lab_d50(one[:, None]) for one in (pair[0], made))
    sharp = both.sum() >= FEWEST_PIXELS
    return Trial(
        left,
        ciede2000(own, other).ravel(),
        finer_by(lightness(laid.values), light, both) if sharp else None,
    )


def fit_of(trials: Sequence[Trial]) -> Fit:
    """Put the windows together."""
    none = np.zeros(0)
    left = np.concatenate([none, *(one.left_px for one in trials)])
    de00 = np.concatenate([none, *(one.de00 for one in trials)])
    finer = [one.finer_px for one in trials if one.finer_px is not None]
    return Fit(
        *_middle_and_most(left),
        *_middle_and_most(de00),
        float(np.median(finer)) if finer else 0.0,
        len(trials),
    )


def _middle_and_most(values: Array) -> tuple[float | None, float | None]:
    if not len(values):
        return None, None
    return float(np.median(values)), float(np.percentile(values, 95))

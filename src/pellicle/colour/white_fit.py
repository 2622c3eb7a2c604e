# SPDX-License-Identifier: Apache-2.0
"""White ink on film, fitted to measured patches.

Job: SX and K/S of one pass, the tone curve, and how coverages between come about.
Not here: inks (`halftone.py`), the layers' formulas (`optics.py`).

Dots with gaps and thinner closed layers are both fitted; the one that misses less is
what the printer does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from pellicle.colour.film import white_layer_over
from pellicle.colour.optics import DARKEST_BACKING, measured_reflectance
from pellicle.model.arrays import Array
from pellicle.model.print_setup import STRAIGHT, Curve, White, WhiteMixing

MOST_SCATTERING = 60.0
MOST_ABSORPTION = 0.3
YULE_NIELSEN_BOUNDS = (1.0, 4.0)
_MISREAD = 0.02
"""Cube root of reflectance; what is farther off counts less."""
_LEAST_STEP = 1e-4
_DIGITS = 5


@dataclass(frozen=True, slots=True, eq=False)
class WhitePatches:
    """Patches of white alone.

    Attributes
    ----------
    white
        (N,) plate values.
    passes
        (N,) passes they were printed with.
    backing
        (N, 3) internal reflectance beneath the white.
    over
        (N, 3) transmittance, both passes, of what lies over the white.
    measured
        (N, 3) linear Rec.2020 as measured.
    """

    white: Array
    passes: Array
    backing: Array
    over: Array
    measured: Array


def fit_white(start: White, patches: WhitePatches) -> tuple[White, dict[str, float]]:
    """White of a print setup.

    Parameters
    ----------
    start
        Setup whose levels, passes and spot name are kept.
    patches
        Over at least one backing; better two, black and white.

    Returns
    -------
    white
        With SX, K/S, tone curve and mixing as fitted.
    error
        Root mean square error of each way of mixing, in cube roots of reflectance.
    """
    fits = {mixing: _fitted(start, patches, mixing) for mixing in WhiteMixing}
    error = {mixing.value: miss for mixing, (_, miss) in fits.items()}
    best = min(fits, key=lambda mixing: fits[mixing][1])
    return fits[best][0], error


def layer_seen(setup: White, patches: WhitePatches) -> Array:
    """(N, 3) linear Rec.2020 that a white predicts for patches."""
    seen = np.empty_like(patches.measured)
    for passes in np.unique(patches.passes):
        at = patches.passes == passes
        printed = setup.model_copy(update={"passes": int(passes)})
        backing = np.maximum(patches.backing[at], DARKEST_BACKING)
        layer = white_layer_over(printed, backing, patches.white[at])
        seen[at] = measured_reflectance(layer * patches.over[at])
    return seen


def _fitted(
    start: White, patches: WhitePatches, mixing: WhiteMixing
) -> tuple[White, float]:
    steps = [float(level) for level in np.unique(patches.white) if 0 < level < 1]
    halftone = mixing is WhiteMixing.HALFTONE and bool(steps)

    def white_of(numbers: Array) -> White:
        curve = _curve(steps, numbers[7:])
        changes = {
            "scattering": tuple(float(value) for value in np.exp(numbers[:3])),
            "absorption": tuple(float(value) for value in np.exp(numbers[3:6])),
            "mixing": mixing,
            "yule_nielsen": float(numbers[6]) if halftone else 1.0,
            "tone_curve": curve,
        }
        return start.model_copy(update=changes)

    wanted = np.cbrt(np.maximum(patches.measured, 0.0))

    def errors(numbers: Array) -> Array:
        seen = np.cbrt(np.maximum(layer_seen(white_of(numbers), patches), 0.0))
        missed: Array = (seen - wanted).astype(np.float64).ravel()
        return missed

    scattering = np.mean(start.scattering)
    absorption = max(float(np.mean(start.absorption)), 1e-3)
    begin = [*[np.log(scattering)] * 3, *[np.log(absorption)] * 3, 1.2, *steps]
    low = [*[np.log(0.01)] * 3, *[np.log(1e-6)] * 3, YULE_NIELSEN_BOUNDS[0]]
    high = [*[np.log(MOST_SCATTERING)] * 3, *[np.log(MOST_ABSORPTION)] * 3]
    solved = optimize.least_squares(
        errors,
        np.array(begin),
        bounds=(
            np.array([*low, *[0.0] * len(steps)]),
            np.array([*high, YULE_NIELSEN_BOUNDS[1], *[1.0] * len(steps)]),
        ),
        loss="soft_l1",
        f_scale=_MISREAD,
        diff_step=1e-3,  # curves are float32
        x_scale=np.array([*[0.1] * 3, *[1.0] * 3, 0.3, *[0.1] * len(steps)]),
        max_nfev=200,
    )
    found = _rounded(white_of(solved.x))
    missed = errors(solved.x)
    return found, float(np.sqrt(np.mean(np.minimum(missed**2, _MISREAD**2))))


def _curve(steps: Sequence[float], values: Array) -> Curve:
    if not steps:
        return STRAIGHT
    rising = np.clip(np.maximum.accumulate(values), 0.0, 1.0)
    between = ((step, float(value)) for step, value in zip(steps, rising, strict=True))
    return ((0.0, 0.0), *between, (1.0, 1.0))


def _rounded(white: White) -> White:
    def short(values: tuple[float, ...] | float) -> tuple[float, ...]:
        return tuple(float(f"{value:.{_DIGITS}g}") for value in np.atleast_1d(values))

    curve = tuple((round(a, 4), round(b, 4)) for a, b in white.tone_curve)
    return white.model_copy(
        update={
            "scattering": short(white.scattering),
            "absorption": short(white.absorption),
            "yule_nielsen": round(white.yule_nielsen, 3),
            "tone_curve": curve,
        }
    )

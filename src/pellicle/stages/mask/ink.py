# SPDX-License-Identifier: Apache-2.0
"""Ink for wanted colours over known bases.

Job: (N, …) colours in, CMYK, predicted differences and gamut out.
Not here: where to print and how much white (`separation.py`), the optics
(`colour/film.py`).
"""

from dataclasses import dataclass

import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.film import FilmModel
from pellicle.colour.optics import (
    Bands,
    ink_over,
    internal_reflectance,
    measured_reflectance,
    transmittance_wanted,
)
from pellicle.model.arrays import Array

JUST_SEEN_DE00 = 1.0
"""A predicted difference up to this counts as the same colour."""

FULL = 65_535


@dataclass(frozen=True, slots=True)
class InkSolution:
    """Ink for N colours.

    Attributes
    ----------
    cmyk
        (N, 4) uint16, 65535 is full ink; within the ink limit.
    difference_de00
        (N,) float32, predicted colour against target, from the quantised ink.
    in_gamut
        (N,) bool: the profile returns the colour asked for within ΔE00 1, and the base
        is light enough for the target within ΔE00 1.
    ink_limited
        (N,) bool: the ink limit changed the colour by more than ΔE00 1.
    """

    cmyk: Array
    difference_de00: Array
    in_gamut: Array
    ink_limited: Array


def solve_ink(
    model: FilmModel, target_linear: Bands, base: Bands, white: Array | None = None
) -> InkSolution:
    """Ink that turns each base into its target, as far as the inks can.

    Parameters
    ----------
    model
        Film, white and inks.
    target_linear
        (N, 3) float32 linear Rec.2020 on D50, as scanned.
    base
        (N, 3) float32 from `FilmModel.base`.
    white
        (N,) float32 plate values of white that the base was made with; without them
        all ink counts as printed over white.

    Returns
    -------
    solution
        See `InkSolution`.

    Notes
    -----
    Ink only darkens: where the target is lighter than the base in a band, the ratio is
    cut at 1 and the white does not suffice.
    """
    target_lab = lab_d50_from_rec2020(target_linear)
    wanted = transmittance_wanted(internal_reflectance(target_linear), base)
    best_lab = lab_d50_from_rec2020(measured_reflectance(ink_over(base, wanted)))
    light_enough = ciede2000(target_lab, best_lab) <= JUST_SEEN_DE00

    asked = model.asked(wanted)
    free_cmyk, round_trip = model.profile.ink_and_error(asked)
    cmyk, over = _within_limit(model, asked, free_cmyk, white)
    seen_lab = lab_d50_from_rec2020(model.seen(base, coverage(cmyk), white))
    ink_limited = np.zeros(len(base), np.bool_)
    if over.any():
        free_lab = lab_d50_from_rec2020(model.seen(base[over], free_cmyk[over]))
        ink_limited[over] = ciede2000(free_lab, seen_lab[over]) > JUST_SEEN_DE00
    return InkSolution(
        cmyk,
        ciede2000(target_lab, seen_lab),
        light_enough & (round_trip <= JUST_SEEN_DE00),
        ink_limited,
    )


def coverage(codes: Array) -> Array:
    """Float32 coverage, 0 to 1, of uint16 separations."""
    share: Array = codes.astype(np.float32) / np.float32(FULL)
    return share


def _within_limit(
    model: FilmModel, asked: Bands, free_cmyk: Array, white: Array | None
) -> tuple[Array, Array]:
    """(N, 4) uint16 ink that keeps to the setup's limit, and (N,) bool where it binds.

    Where the sum is over, C, M and Y are scaled by (L − K) / (C + M + Y); from there
    the profile looks for the nearest colour that the limit allows, which mostly trades
    the three colours for black.
    """
    limit = model.setup.inks.ink_limit_percent / 100
    cmyk = model.plates(free_cmyk, white)
    over = cmyk.sum(axis=1) > limit
    rounding = np.full(len(free_cmyk), 0.5, np.float32)
    if over.any():
        cmyk = cmyk.copy()
        there = None if white is None else white[over]
        nearest = model.plates(model.profile.ink(asked[over], limit), there)
        cmyk[over] = _scaled_to(nearest, limit)
        # Rounding down keeps the sum of the codes within the limit, too.
        rounding[over] = 0
    codes = np.floor(cmyk * np.float32(FULL) + rounding[:, None])
    return codes.astype(np.uint16), over


def _scaled_to(cmyk: Array, limit: float) -> Array:
    """C, M and Y scaled where curves for clear film carry the sum past the limit."""
    colours = cmyk[:, :3].sum(axis=1)
    over = colours + cmyk[:, 3] > limit
    if over.any():
        black = np.minimum(cmyk[over, 3], limit)
        cmyk[over, :3] *= ((limit - black) / colours[over])[:, None]
        cmyk[over, 3] = black
    return cmyk

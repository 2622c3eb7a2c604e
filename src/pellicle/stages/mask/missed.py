# SPDX-License-Identifier: Apache-2.0
"""What colours out of reach, and the ink limit, cost.

Job: for printed pixels, how far they miss their targets, and would with other choices.
Not here: which pixels (`separation.py` flags them), sums by region (`workflow`).

All are predictions of the model that the film is made with, its own error not included.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.film import FilmModel
from pellicle.colour.optics import Bands
from pellicle.colour.output_profile import OutputProfile
from pellicle.model.arrays import Array, Mask
from pellicle.model.mask import (
    OUTCOME_PLANE,
    WHITE_PLANE,
    GamutChoice,
    PixelOutcome,
)
from pellicle.model.print_setup import PrintSetup
from pellicle.stages.mask.ink import coverage, solve_ink
from pellicle.stages.mask.separation import separate

MOST_PASSES = 10
NO_LIMIT_PERCENT = 400.0
WAYS = (GamutChoice.NEAREST, GamutChoice.KEEP_HUE, GamutChoice.MORE_WHITE)
"""Choices that print differently; `ACCEPT` prints as `NEAREST`."""


def out_of_reach(planes: Array) -> Mask:
    """Where a printed colour cannot be reached, rims left out.

    On rims the choke takes the white away, and nearly every colour is out of reach.
    """
    outcome = planes[..., OUTCOME_PLANE]
    missed: Mask = (outcome & (PixelOutcome.OUT_OF_GAMUT | PixelOutcome.RIM)) == (
        PixelOutcome.OUT_OF_GAMUT
    )
    return missed


def ink_limited(planes: Array) -> Mask:
    """Where the ink limit changed a printed colour by ΔE00 > 1."""
    limited: Mask = (planes[..., OUTCOME_PLANE] & PixelOutcome.INK_LIMITED) != 0
    return limited


def with_one_more_pass(setup: PrintSetup) -> PrintSetup | None:
    """The setup with one more pass of white; None where there can be none.

    What was measured with fewer passes counts as unmeasured with one more.
    """
    passes = setup.white.passes + 1
    if setup.white.none or passes > MOST_PASSES:
        return None
    values = setup.model_dump(mode="json")
    values["white"]["passes"] = passes
    if values["measured"].pop("white", None) is not None:
        values["unmeasured"]["white"] = (
            f"The white was measured with {passes - 1} of its {passes} passes; what "
            "one more makes is computed."
        )
    return PrintSetup.model_validate(values)


@dataclass(frozen=True, slots=True)
class FilmWays:
    """A film as its print setup has it, with one more pass of white, and as chosen.

    Attributes
    ----------
    plain, more
        Setups; `more` is None where no pass can be added.
    chosen
        The one that is printed with.
    """

    plain: PrintSetup
    more: PrintSetup | None
    chosen: PrintSetup
    ink: OutputProfile

    @classmethod
    def of(cls, plain: PrintSetup, chosen: PrintSetup, ink: OutputProfile) -> Self:
        """Those of a treatment."""
        return cls(plain, with_one_more_pass(plain), chosen, ink)


def missed_de00(
    setup: PrintSetup, ink: OutputProfile, paint: Bands, target: Bands, planes: Array
) -> Array:
    """(N,) float32 predicted ΔE00 of printed pixels against their targets.

    Parameters
    ----------
    paint, target
        (N, 3) float32 linear Rec.2020 on D50.
    planes
        (N, 6) uint16 as in `model.mask`.
    """
    model = FilmModel.of(setup, ink)
    plates = coverage(planes[:, : WHITE_PLANE + 1])
    white = np.ascontiguousarray(plates[:, WHITE_PLANE])
    seen = model.seen_over(paint, plates[:, :WHITE_PLANE], white)
    return np.asarray(
        ciede2000(lab_d50_from_rec2020(target), lab_d50_from_rec2020(seen))
    )


def ink_limit_cost_de00(
    ways: FilmWays, paint: Bands, target: Bands, planes: Array
) -> Array:
    """(N,) float32: how much nearer pixels would come without the setup's ink limit.

    The profile's own limit holds. Arguments as for `missed_de00`.
    """
    inks = ways.chosen.inks.model_copy(update={"ink_limit_percent": NO_LIMIT_PERCENT})
    free = FilmModel.of(ways.chosen.model_copy(update={"inks": inks}), ways.ink)
    white = coverage(np.ascontiguousarray(planes[:, WHITE_PLANE]))
    freely = solve_ink(free, target, free.base(paint, white), white).difference_de00
    printed = missed_de00(ways.chosen, ways.ink, paint, target, planes)
    return np.asarray(printed - freely)


def ways_de00(ways: FilmWays, paint: Bands, target: Bands, planes: Array) -> Array:
    """(N, 3) float32 ΔE00 that each of `WAYS` leaves; NaN for white not to be had.

    For pixels whose white is not choked. Other arguments as for `missed_de00`.
    """
    glaze = (planes[:, OUTCOME_PLANE] & PixelOutcome.GLAZE) != 0
    whole = np.ones(len(planes), np.float32)
    left = np.full((len(planes), len(WAYS)), np.nan, np.float32)
    for n, way in enumerate(WAYS):
        setup = ways.more if way is GamutChoice.MORE_WHITE else ways.plain
        if setup is None:
            continue
        model = FilmModel.of(setup, ways.ink)
        keep_hue = np.full(len(planes), way is GamutChoice.KEEP_HUE)
        made = separate(model, paint, target, glaze, whole, keep_hue=keep_hue)
        left[:, n] = missed_de00(setup, ways.ink, paint, target, made)
    return left

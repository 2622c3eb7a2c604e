# SPDX-License-Identifier: Apache-2.0
"""What is worth printing, and in words why the rest is not.

Job: limits against measures; reasons with what was found and what is needed.
Not here: measuring (`visibility.py`, `alignability.py`, `printable.py`), persons'
decisions, which override all of it (the workflow's).
"""

import math

from pellicle.model.mask import Left, LeftReason
from pellicle.model.print_choice import PrintChoice
from pellicle.stages.mask.alignability import Alignment
from pellicle.stages.mask.needed_width import width_needed
from pellicle.stages.mask.parts import ALWAYS_FROM

_WIDEST_NEEDED = 6.3
"""Width over δ that a disc as unlike its surroundings as the film is needs."""


def narrow(width_um: float, needed_um: float) -> Left | None:
    """Why a region is left that the printer cannot print; None if it can."""
    if width_um >= needed_um:
        return None
    text = f"too fine: {width_um / 1000:.3f} mm wide, {needed_um / 1000:.3f} mm needed"
    return Left(LeftReason.TOO_FINE, text)


def unseen(rule: PrintChoice, seen_de00: float) -> Left | None:
    """Why a region is left that looks this different; None if it is seen."""
    if seen_de00 > rule.visible_de00:
        return None
    shown = _rounded_down(seen_de00, 1)
    text = f"invisible at {rule.inspection_mm:g} mm: ΔE00 {shown:.1f}"
    return Left(LeftReason.INVISIBLE, text)


def hides(rule: PrintChoice, alignment: Alignment) -> bool:
    """Whether a film, lying as it may, hides enough."""
    return alignment.ratio <= rule.alignable_ratio


def unhidden(
    rule: PrintChoice, alignment: Alignment, width_um: float, displacement_um: float
) -> Left:
    """Why that is left whose film would not hide enough.

    Parameters
    ----------
    width_um
        Of it, at its widest place.
    displacement_um
        δ.
    """
    needed_um = _needed_um(rule, alignment, width_um, displacement_um)
    if needed_um <= width_um:
        share = f"{100 * min(alignment.ratio, 9.99):.0f} %"
        text = f"the film would not help: {share} of the difference would be left"
        return Left(LeftReason.NO_HELP, text)
    text = (
        f"too fine for {displacement_um:g} µm: "
        f"{_rounded_down(width_um / 1000, 2):.2f} mm wide, "
        f"{math.ceil(needed_um / 10) / 100:.2f} needed"
    )
    return Left(LeftReason.UNALIGNABLE, text)


def _needed_um(
    rule: PrintChoice, alignment: Alignment, width_um: float, displacement_um: float
) -> float:
    """Width from which it would be worth printing; 0 where no width would help."""
    if displacement_um <= 0:
        return 0.0
    widths = width_um / displacement_um
    needed = width_needed(widths, alignment, rule.alignable_ratio)
    # Beyond, its film has the wrong colour even where it lies right. A fine place has
    # too little white for its colour, and would be better off wider all the same.
    return displacement_um * (needed if needed <= _WIDEST_NEEDED else ALWAYS_FROM)


def _rounded_down(value: float, digits: int) -> float:
    return math.floor(value * 10.0**digits + 1e-6) / 10.0**digits

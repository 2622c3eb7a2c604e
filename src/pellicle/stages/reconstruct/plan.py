# SPDX-License-Identifier: Apache-2.0
"""Plan: by which method a region is infilled, and the reason in plain words.

Job: from what was measured of a region to a method, and what is said of it.
Not here: measuring (`widths.py`, `surroundings.py`), reading pixels (`workflow`).
"""

from pellicle.model.infill_plan import Passage, PlannedInfill, RegionFacts, Surroundings
from pellicle.model.reconstruction import InfillMethod

LEAST_RIM_KNOWN = 0.1
"""Intact paint along the edge of a wide region, as a share, below which it is left."""
MOST_OF_PAINTING = 0.5
"""Share of the painting from which on a region is left until a person asks for it."""

_PASSAGES = {
    Passage.FLAT: "in flat paint",
    Passage.GRADED: "in smoothly graded paint",
    Passage.TEXTURED: "textured",
    Passage.ORIENTED: "strokes in one direction",
    Passage.PATTERNED: "patterned",
}
_ENDS = {
    InfillMethod.DIFFUSION: "interpolated from its edges",
    InfillMethod.PATCHES: "copied from similar paint nearby",
    InfillMethod.REFERENCE: "taken from a reference",
    InfillMethod.RECOLOUR: "recoloured as a person asked",
    InfillMethod.PAINTED: "painted by a person",
}


def plan_region(facts: RegionFacts) -> PlannedInfill:
    """Choose the method of a region by what was measured of it.

    Narrow regions are interpolated. Wide ones are taken from a reference image that
    shows them, else copied from the same picture, also where the paint around is flat
    or graded: in 37 such losses on held-out paintings, diffusion with grain came no
    nearer to the truth (ΔE00 as seen at 500 mm within 0.05), had less of its texture,
    and blurred what little form there was. A wide region with hardly any intact paint
    at its edge is left.
    """
    if not facts.wide:
        return PlannedInfill(facts, InfillMethod.DIFFUSION)
    if facts.references:
        return PlannedInfill(facts, InfillMethod.REFERENCE)
    if facts.surroundings is None or facts.rim_known < LEAST_RIM_KNOWN:
        return PlannedInfill(facts, None)
    return PlannedInfill(facts, InfillMethod.PATCHES)


def reason_in_words(
    planned: PlannedInfill,
    became: InfillMethod | None,
    *,
    copied: bool = False,
    asked: str = "",
) -> str:
    """What a conservator reads of a region.

    Parameters
    ----------
    became
        Method that most of it was infilled by; None if it was not.
    copied
        Whether any of it was copied from the same picture.
    asked
        What a person asked for: a method, or a candidate; empty for nothing.

    Returns
    -------
    reason
        Such as "2.4 mm wide, textured, no reference: copied from similar paint nearby".
    """
    facts = planned.facts
    words = [f"{width_in_words(facts.width_mm)} wide"]
    if facts.surroundings is not None:
        words += _surroundings_in_words(facts.surroundings)
    if facts.at_border:
        words.append("at the edge of the painting")
    if facts.wide and planned.method is not None:
        words.append(_references_in_words(facts))
    if asked and became is not None:
        return f"{', '.join(words)}: {asked}, as a person asked"
    if became is None:
        return f"{', '.join(words)}: {_left_in_words(planned)}"
    if planned.method is InfillMethod.REFERENCE and became is not planned.method:
        words.append("which does not fit there")
    if became is InfillMethod.PATCHES and not facts.wide:
        words.append("beside other damage")
    return f"{', '.join(words)}: {_end_in_words(planned, became, copied)}"


def end_in_words(method: InfillMethod) -> str:
    """How a region was infilled."""
    return _ENDS.get(method, f"by {method}")


def _end_in_words(planned: PlannedInfill, became: InfillMethod, copied: bool) -> str:
    if planned.method is became is InfillMethod.REFERENCE:
        return "taken from it"
    if planned.facts.wide and became is InfillMethod.DIFFUSION and copied:
        widest = _ENDS[InfillMethod.PATCHES]
        return f"its widest part {widest}, the rest {_ENDS[became]}"
    return end_in_words(became)


def too_much_in_words(share: float) -> str:
    """Why a region that covers a great part of the painting is left."""
    return (
        f"covers {100 * share:.0f} % of the painting: left until a person approves it"
        " or asks for a method"
    )


def width_in_words(mm: float) -> str:
    """A width as it is said: two digits, not finer than 0.01 mm."""
    if mm >= 10:  # noqa: PLR2004 -- whole millimetres
        return f"{mm:.0f} mm"
    return f"{mm:.1f} mm" if mm >= 0.1 else f"{max(mm, 0.01):.2f} mm"  # noqa: PLR2004


def _surroundings_in_words(paint: Surroundings) -> list[str]:
    words = [_PASSAGES[paint.passage]]
    if paint.passage is Passage.PATTERNED and paint.period_mm:
        words = [f"patterned every {width_in_words(paint.period_mm)}"]
    if paint.contours == 1:
        words.append("one contour runs in")
    elif paint.contours:
        words.append(f"{paint.contours} contours run in")
    return words


def _references_in_words(facts: RegionFacts) -> str:
    if facts.references:
        numbers = " and ".join(str(number) for number in facts.references)
        return f"shown by reference {numbers}"
    return "no reference shows it" if facts.references_given else "no reference"


def _left_in_words(planned: PlannedInfill) -> str:
    facts = planned.facts
    if planned.method is None and facts.surroundings is not None:
        percent = f"{100 * facts.rim_known:.0f} %"
        return f"left, for intact paint meets only {percent} of its edge"
    return "left, for there is no intact paint near enough to infill from"

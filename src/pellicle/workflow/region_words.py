# SPDX-License-Identifier: Apache-2.0
"""Words for regions: what was decided, why each is infilled as it is.

Job: sentences of the report and of `regions.geojson`.
Not here: figures and assumptions (`io/report_words.py`).
"""

from collections.abc import Iterator

from pellicle.io.report_content import Cell, ReportTable
from pellicle.io.report_words import set_area, set_number
from pellicle.model.condition import DamageClass, FoundBy, Region, RegionOrigin
from pellicle.model.decision import Chosen, Verdict
from pellicle.model.figures import Figures
from pellicle.stages.condition.network import SEEN_CLASSES
from pellicle.workflow.figures import Chain
from pellicle.workflow.found_by import RegionEvidence
from pellicle.workflow.selection import UNDECIDED, RegionDecision

_CHOSEN_WORDS = {
    Chosen.VIEWED: "",
    Chosen.GROUPED: " in a group",
    Chosen.BY_RULE: " by a rule",
}


_ALL = 0.9999


def decision_in_words(said: RegionDecision) -> str:
    """Last decisions on a region, in a few words; empty if there are none."""
    words = [*_correction_in_words(said)]
    if said.approved_by:
        how = _CHOSEN_WORDS[said.approved_how]
        words.append(f"approved by {said.approved_by}{how}")
    if said.print_asked_by:
        words.append(f"printed all the same, says {said.print_asked_by}")
    if said.left_by:
        words.append(f"left by {said.left_by}")
    if said.method:
        words.append(f"{said.method} asked for")
    if said.candidate:
        words.append(f"{said.candidate.in_words.partition(':')[0]} chosen")
    if said.recolouring:
        words.append(f"recoloured by {said.recoloured_by}")
    if said.gamut:
        words.append(f"colours out of reach: {said.gamut}, says {said.gamut_by}")
    if said.style:
        words.append(f"{said.style} asked for")
    if not words and said.decisions:
        words.append("noted")
    return ", ".join(words)


def _correction_in_words(said: RegionDecision) -> Iterator[str]:
    for decision in said.decisions:
        by = decision.by
        match decision.verdict:
            case Verdict.ADD:
                yield f"added by {by}"
            case Verdict.REDRAW:
                yield f"outline redrawn by {by}"
            case Verdict.RELABEL if decision.relabelled is decision.damage_class:
                yield f"confirmed by {by}"
            case Verdict.RELABEL:
                yield f"relabelled from {decision.damage_class.label} by {by}"
            case _:
                pass


_FOUND_BY = {
    FoundBy.NETWORKS: "networks",
    FoundBy.FILTERS: "filters",
    FoundBy.BOTH: "networks and filters",
}
_ORIGINS = {RegionOrigin.GIVEN: "a file", RegionOrigin.PERSON: "a person"}
_LIKELIEST = 2


def found_by_in_words(region: Region, evidence: RegionEvidence | None) -> str:
    """Who found a region."""
    if region.origin is not RegionOrigin.FOUND:
        return _ORIGINS[region.origin]
    return "" if evidence is None else _FOUND_BY[evidence.found_by]


def seen_in_words(evidence: RegionEvidence | None) -> str:
    """What the networks saw in a region, the two likeliest; empty without networks."""
    if evidence is None:
        return ""
    seen = sorted(zip(evidence.seen, SEEN_CLASSES, strict=True), key=lambda a: -a[0])
    said = [f"{one.label} {value:.2f}" for value, one in seen[:_LIKELIEST]]
    words = f"networks see {', '.join(said)}"
    if evidence.filters_share:
        words += f"; filters found {_percent(evidence.filters_share)} of it"
    return words


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "< 1 %"  # noqa: PLR2004


def why_in_words(region: Region, chain: Chain) -> str:
    """Why a region was infilled so, and where copied paint is from.

    Empty where it would repeat why the region is not printed.
    """
    said = chain.said.get(region.number, UNDECIDED)
    left = chain.mask.left.get(region.number)
    made = chain.reconstruction
    words = [made.reason(region.number, said)]
    if left is not None and left.text == words[0]:
        return ""
    if region.number in made.copied_from:
        pixel_mm = chain.scan.raster.pixel_size.mm
        words.append(f"Source: {made.copied_from[region.number].in_words(pixel_mm)}")
    return ". ".join(one for one in words if one)


def why_not_printed(chain: Chain, number: int) -> str:
    """Why a region is not printed, or what of it is not; empty if all of it is."""
    left = chain.mask.left.get(number)
    if left is not None:
        return left.text
    part = chain.mask.in_part.get(number)
    if part is None:
        return ""
    mm2 = set_area(part.pixels * chain.scan.raster.pixel_size.area_mm2)
    where = "" if part.parts == 1 else f" in {part.parts} places"
    return f"{mm2} mm² left{where}, {part.left.text}"


def shift_table(figures: Figures) -> ReportTable | None:
    """What is seen without a film, and with it where it belongs and beside."""
    if not figures.film_shift:
        return None
    rows: list[tuple[Cell, ...]] = [
        (
            _laid(one.film_shifted_um),
            _with_worst(one.visible_area_mm2, one.visible_area_worst_mm2),
            _with_worst(one.difference_de00_mm2, one.difference_worst_de00_mm2),
            set_area(one.sound_de00_mm2),
        )
        for one in figures.film_shift
    ]
    share = figures.film_shift_share
    sampled = (
        ""
        if share > _ALL
        else f" Computed where {100 * share:.0f} % of the film's ink lies, and taken in"
        " proportion."
    )
    return ReportTable(
        title="Before, after, and with the film askew",
        note=(
            "Against the reconstruction; damage that is left as it is counts in every "
            "line. Seen: area where an eye sees a difference from 500 mm (S-CIELAB "
            "ΔE00 above 2). Difference: ΔE00 times area, pixel by pixel, and how much "
            "of it lies on paint without mapped damage. The film is moved by one and "
            "by two standard deviations of where it may come to lie, each in four "
            f"directions: their mean, and the worst. {_reckoned(figures)}{sampled}"
        ),
        columns=(
            "",
            "seen, mm²",
            "difference, ΔE00 mm²",
            "of it on sound paint",
        ),
        rows=tuple(rows),
    )


def _with_worst(mean: float, worst: float) -> str:
    shown, most = set_area(mean), set_area(worst)
    return shown if shown == most else f"{shown}, at worst {most}"


def _reckoned(figures: Figures) -> str:
    """The displacement reckoned with, beside what the error budget comes to."""
    told = f"Reckoned with are {figures.judged_by.displacement_um:g} µm along each axis"
    budget = figures.error_budget
    if budget is None:
        return f"{told}."
    corner = set_number(max(budget.corner_across_um, budget.corner_down_um))
    agrees = "and agrees" if budget.agrees_with_displacement else "which is more"
    middle = set_number(budget.middle_um)
    return (
        f"{told}; the error budget comes to {middle} µm in the middle of the work and "
        f"{corner} µm at its corner, {agrees}."
    )


def _laid(shifted_um: float | None) -> str:
    if shifted_um is None:
        return "without a film"
    if not shifted_um:
        return "film laid exactly"
    return f"film {set_number(shifted_um / 1000, 2)} mm beside its place"


def craquelure_in_words(chain: Chain) -> str:
    """What was done with craquelure that the software found."""
    found = [
        region
        for region in chain.regions.condition.regions
        if region.damage_class is DamageClass.CRAQUELURE
        and region.origin is RegionOrigin.FOUND
    ]
    if not found:
        return ""
    left = sum(region.number not in chain.reconstruction.infills for region in found)
    if not left:
        return "Craquelure that the software found was infilled, as was asked for."
    whole = "Craquelure that the software found is left as it is"
    if left < len(found):
        whole = (
            f"Of craquelure that the software found, {left} of {len(found)} regions are"
            " left as they are"
        )
    return (
        f"{whole}: age cracks belong to the painting, and are infilled only if a person"
        " asks for it, for all with --infill-craquelure or region by region."
    )

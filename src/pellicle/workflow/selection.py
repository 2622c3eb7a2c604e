# SPDX-License-Identifier: Apache-2.0
"""Which regions are infilled and printed, and why the others are not.

Decisions hold for the region they were made about: by id, else by outline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pellicle.model.condition import DamageClass, Region, RegionOrigin
from pellicle.model.decision import ChosenMethod, Decision, Verdict
from pellicle.model.policy import Policy
from pellicle.raster.polygons import polygon_bounds, rasterise
from pellicle.workflow.regions import RegionsInUse

_SAME_REGION_IOU = 0.5


@dataclass(frozen=True, slots=True)
class RegionDecision:
    """What persons have said about one region, the last word on each question."""

    approved_by: str = ""
    left_by: str = ""
    method: ChosenMethod | None = None
    decisions: tuple[Decision, ...] = ()

    @property
    def only_noted(self) -> bool:
        """Whether nothing was said but remarks."""
        return all(one.verdict is Verdict.NOTE for one in self.decisions)

    def then(self, decision: Decision) -> "RegionDecision":
        """Take one more decision into account."""
        after = replace(self, decisions=(*self.decisions, decision))
        match decision.verdict:
            case Verdict.APPROVE:
                return replace(after, approved_by=decision.by, left_by="")
            case Verdict.LEAVE:
                return replace(after, approved_by="", left_by=decision.by)
            case Verdict.METHOD:
                return replace(after, method=decision.method)
            case Verdict.NOTE:
                return after


UNDECIDED = RegionDecision()


@dataclass(frozen=True, slots=True)
class ResolvedDecisions:
    """Decisions, by the number of the region they hold for.

    Attributes
    ----------
    standing_alone
        What was said of regions that are mapped no more, and more than noted: each
        stands as a region of its own. In the order of their last verdicts.
    """

    by_number: Mapping[int, RegionDecision]
    standing_alone: tuple[RegionDecision, ...] = ()

    def carried_to(self, regions: RegionsInUse, before: int) -> "ResolvedDecisions":
        """The same once persons' own regions are added to the `before` first ones.

        What is left of a region that they cover in part keeps its decisions.
        """
        said = {**self.by_number, **dict(enumerate(self.standing_alone, before + 1))}
        return ResolvedDecisions(
            {
                number: said[basis]
                for number, basis in enumerate(regions.basis, start=1)
                if basis in said
            },
            self.standing_alone,
        )


def resolve_decisions(
    decisions: Sequence[Decision], regions: RegionsInUse
) -> ResolvedDecisions:
    """Find the region that each decision holds for."""
    by_id = {region.id: region.number for region in regions.condition.regions}
    by_number: dict[int, RegionDecision] = {}
    alone: dict[str, RegionDecision] = {}
    matched: dict[str, int | None] = {}
    for decision in decisions:
        name = decision.region_id
        if name not in matched:
            matched[name] = by_id.get(name) or _overlapping(decision, regions)
        number = matched[name]
        if number is not None:
            by_number[number] = by_number.get(number, UNDECIDED).then(decision)
        elif decision.verdict is Verdict.NOTE:
            alone[name] = alone.get(name, UNDECIDED).then(decision)
        else:
            # Put last: where outlines overlap, the last verdict is the uppermost.
            alone[name] = alone.pop(name, UNDECIDED).then(decision)
    return ResolvedDecisions(
        by_number, tuple(said for said in alone.values() if not said.only_noted)
    )


def _overlapping(decision: Decision, regions: RegionsInUse) -> int | None:
    bounds = polygon_bounds(decision.rings)
    box = bounds.within(regions.condition.raster.window)
    if box.empty:
        return None
    drawn = rasterise(decision.rings, box)
    numbers = regions.numbers.read(box)[drawn]
    counts = np.bincount(numbers, minlength=1)
    counts[0] = 0
    number = int(counts.argmax())
    shared = int(counts[number])
    if not shared:
        return None
    region = regions.condition.regions[number - 1]
    union = int(np.count_nonzero(drawn)) + region.pixels - shared
    return number if shared / union >= _SAME_REGION_IOU else None


@dataclass(frozen=True, slots=True)
class InfillRules:
    """When a region is infilled without anybody asking for it."""

    policy: Policy
    craquelure: bool

    def infills(self, region: Region, said: RegionDecision) -> bool:
        """Whether a region is reconstructed."""
        if said.left_by:
            return False
        if region.origin is not RegionOrigin.FOUND or said.approved_by or said.method:
            return True
        if region.damage_class is DamageClass.CRAQUELURE and self.craquelure:
            return True
        return self.policy.infills(region.damage_class)

# SPDX-License-Identifier: Apache-2.0
"""Which regions are infilled and printed, and why the others are not.

Decisions hold for the region they were made about: by id, else by outline.
"""

from collections.abc import Sequence
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
        Approvals of regions that are found no more.
    """

    by_number: dict[int, RegionDecision]
    standing_alone: tuple[Decision, ...]


def resolve_decisions(
    decisions: Sequence[Decision], regions: RegionsInUse
) -> ResolvedDecisions:
    """Find the region that each decision holds for."""
    by_id = {region.id: region.number for region in regions.condition.regions}
    by_number: dict[int, RegionDecision] = {}
    lost: dict[str, RegionDecision] = {}
    matched: dict[str, int | None] = {}
    for decision in decisions:
        name = decision.region_id
        if name not in matched:
            matched[name] = by_id.get(name) or _overlapping(decision, regions)
        number = matched[name]
        if number is None:
            lost[name] = lost.get(name, UNDECIDED).then(decision)
        else:
            by_number[number] = by_number.get(number, UNDECIDED).then(decision)
    alone = tuple(said.decisions[-1] for said in lost.values() if said.approved_by)
    return ResolvedDecisions(by_number, alone)


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

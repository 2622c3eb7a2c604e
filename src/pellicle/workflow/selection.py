# SPDX-License-Identifier: Apache-2.0
"""Which regions are infilled and printed, and why the others are not.

Decisions hold for the region they were made about: by id, else by outline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pellicle.model.candidate import Candidate
from pellicle.model.condition import DamageClass, Region, RegionOrigin
from pellicle.model.decision import (
    CORRECTING,
    DRAWN,
    Chosen,
    ChosenMethod,
    Decision,
    Verdict,
)
from pellicle.model.mask import GamutChoice
from pellicle.model.policy import Policy
from pellicle.model.recolouring import Recolouring
from pellicle.model.style import RetouchingStyle
from pellicle.raster.polygons import polygon_bounds, rasterise
from pellicle.workflow.corrected_map import Corrections, OwnOutline
from pellicle.workflow.likeness import Outlines, region_like
from pellicle.workflow.regions import RegionsInUse


@dataclass(frozen=True, slots=True)
class RegionDecision:
    """What persons have said about one region, the last word on each question.

    Attributes
    ----------
    approved_how
        How the region was chosen by who approved it.
    print_asked_by
        Who wants it printed even if it is not worth it by measure; that is an approval,
        too.
    corrected
        Last decision about what the region is.
    drawn
        Last decision whose outline a person drew.
    added
        Whether a person drew it where nothing like it was mapped.
    style
        How its infill is rendered; None if nothing was said of that.
    recolouring, recoloured_by
        How its paint is recoloured instead of infilled, and who says so; a method that
        is asked for later takes it back.
    candidate
        Infill chosen from several; a method or colours said later take it back.
    """

    approved_by: str = ""
    left_by: str = ""
    print_asked_by: str = ""
    method: ChosenMethod | None = None
    decisions: tuple[Decision, ...] = ()
    approved_how: Chosen = Chosen.VIEWED
    corrected: Decision | None = None
    drawn: Decision | None = None
    added: bool = False
    style: RetouchingStyle | None = None
    recolouring: Recolouring | None = None
    recoloured_by: str = ""
    candidate: Candidate | None = None
    gamut: GamutChoice | None = None
    gamut_by: str = ""

    @property
    def infill_asked(self) -> bool:
        """Whether a person asked for an infill, whatever kind."""
        return bool(
            self.approved_by or self.method or self.candidate or self.recolouring
        )

    @property
    def infill_in_words(self) -> str:
        """By what it is to be infilled, if a person said so."""
        if self.candidate is not None:
            return self.candidate.in_words.replace(": ", ", ")
        glaze = self.method is ChosenMethod.GLAZE
        return "" if self.method is None or glaze else str(self.method)

    @property
    def said_class(self) -> DamageClass | None:
        """Class that a person says it is of; None if nothing was said of it."""
        return None if self.corrected is None else self.corrected.said_class

    @property
    def no_damage(self) -> bool:
        """Whether it is said to be no damage."""
        return self.said_class is DamageClass.UNMAPPED

    @property
    def outline(self) -> Decision:
        """Decision whose outline stands if the region is mapped no more."""
        return self.drawn or self.decisions[-1]

    @property
    def stands_alone(self) -> bool:
        """Whether it stands as a region of its own if it is mapped no more."""
        noted = all(one.verdict is Verdict.NOTE for one in self.decisions)
        return not noted and not self.no_damage

    def then(self, decision: Decision) -> "RegionDecision":
        """Take one more decision into account."""
        after = replace(self, decisions=(*self.decisions, decision))
        verdict = decision.verdict
        if verdict in CORRECTING:
            return replace(
                after,
                corrected=decision,
                drawn=decision if verdict in DRAWN else self.drawn,
                added=self.added or verdict is Verdict.ADD,
            )
        return replace(after, **_fate(decision))


def _fate(decision: Decision) -> dict[str, Any]:
    """What a decision changes of what is to be done with a region."""
    by = decision.by
    match decision.verdict:
        case Verdict.APPROVE:
            how = decision.chosen
            return {"approved_by": by, "approved_how": how, "left_by": ""}
        case Verdict.PRINT:
            approved = {"approved_by": by, "approved_how": decision.chosen}
            return {**approved, "left_by": "", "print_asked_by": by}
        case Verdict.LEAVE:
            return {"approved_by": "", "left_by": by, "print_asked_by": ""}
        case Verdict.STYLE:
            return {"style": decision.style}
        case Verdict.GAMUT:
            return {"gamut": decision.out_of_gamut, "gamut_by": by}
        case _:
            return _way(decision)


def _way(decision: Decision) -> dict[str, Any]:
    """What a decision changes of how a region comes to its new colours."""
    none = {"recolouring": None, "recoloured_by": ""}
    match decision.verdict:
        case Verdict.METHOD if decision.method is ChosenMethod.GLAZE:
            # A way of printing: a candidate that was chosen stays.
            return {"method": decision.method, **none}
        case Verdict.METHOD:
            return {"method": decision.method, "candidate": None, **none}
        case Verdict.CANDIDATE:
            return {"candidate": decision.candidate, "left_by": "", **none}
        case Verdict.RECOLOUR:
            pairs = {"recolouring": decision.recolouring, "recoloured_by": decision.by}
            return {"method": None, "candidate": None, "left_by": "", **pairs}
        case _:
            return {}


UNDECIDED = RegionDecision()


@dataclass(frozen=True, slots=True)
class ResolvedDecisions:
    """Decisions, by the number of the region they hold for.

    Attributes
    ----------
    standing_alone
        What was said of regions that are mapped no more, and more than noted: each
        stands as a region of its own, and so does what a person added. In the order
        of their last verdicts.
    corrections
        What they change in the condition map.
    """

    by_number: Mapping[int, RegionDecision]
    standing_alone: tuple[RegionDecision, ...] = ()
    corrections: Corrections = field(default_factory=lambda: Corrections({}, ()))

    def carried_to(self, regions: RegionsInUse, before: int) -> "ResolvedDecisions":
        """The same once the map is corrected, which had `before` regions.

        What is left of a region that is covered in part keeps its decisions.
        """
        said = {**self.by_number, **dict(enumerate(self.standing_alone, before + 1))}
        return replace(
            self,
            by_number={
                number: said[basis]
                for number, basis in enumerate(regions.basis, start=1)
                if basis in said
            },
        )


def resolve_decisions(
    decisions: Sequence[Decision], regions: RegionsInUse
) -> ResolvedDecisions:
    """Find the region that each decision holds for.

    Parameters
    ----------
    regions
        The condition map without corrections.
    """
    resolver = _Resolver(regions)
    for decision in decisions:
        resolver.take(decision)
    return resolver.resolved()


class _Resolver:
    """Takes decisions one after the other.

    A key is the number of a mapped region, or else the id that a region had when it
    was first decided about.
    """

    def __init__(self, regions: RegionsInUse) -> None:
        self._regions = regions.read_lately
        self._by_id = {one.id: one.number for one in regions.condition.regions}
        self._keys: dict[str, int | str] = {}
        self._said: dict[int | str, RegionDecision] = {}
        self._own: Outlines[int | str] = Outlines()

    def take(self, decision: Decision) -> None:
        name = decision.region_id
        if name not in self._keys:
            self._keys[name] = self._key(decision)
        key = self._keys[name]
        if decision.verdict is Verdict.NOTE:
            self._said[key] = self._said.get(key, UNDECIDED).then(decision)
            return
        # Put last: where outlines overlap, the last verdict is the uppermost.
        said = self._said[key] = self._said.pop(key, UNDECIDED).then(decision)
        if said.drawn or isinstance(key, str):
            self._own.put(key, said.outline.rings)

    def _key(self, decision: Decision) -> int | str:
        rings = decision.rings
        key = self._by_id.get(decision.region_id) or self._own.like(rings)
        if key is not None:
            return key
        window = polygon_bounds(rings).within(self._regions.condition.raster.window)
        if window.empty:
            return decision.region_id
        found = region_like(rasterise(rings, window), window, self._regions)
        return found[0].number if found else decision.region_id

    def resolved(self) -> ResolvedDecisions:
        every = self._regions.condition.regions
        by_number: dict[int, RegionDecision] = {}
        alone: list[RegionDecision] = []
        relabelled: dict[int, DamageClass] = {}
        outlines: list[OwnOutline] = []
        for key, said in self._said.items():
            if isinstance(key, int):
                by_number[key] = said
                region = every[key - 1]
                said_class = said.said_class
                if said.drawn and not said.no_damage:
                    outlines.append(_outline(key, said, region.origin))
                elif said_class is not None and said_class is not region.damage_class:
                    relabelled[key] = said_class
            elif said.stands_alone:
                alone.append(said)
                number = len(every) + len(alone)
                outlines.append(_outline(number, said, RegionOrigin.PERSON))
        corrections = Corrections(relabelled, tuple(outlines))
        return ResolvedDecisions(by_number, tuple(alone), corrections)


def _outline(number: int, said: RegionDecision, origin: RegionOrigin) -> OwnOutline:
    outline, said_class = said.outline, said.said_class
    return OwnOutline(
        number,
        outline.damage_class if said_class is None else said_class,
        RegionOrigin.PERSON if said.added else origin,
        outline.polygons,
    )


@dataclass(frozen=True, slots=True)
class InfillRules:
    """When a region is infilled without anybody asking for it."""

    policy: Policy
    craquelure: bool

    def infills(self, region: Region, said: RegionDecision) -> bool:
        """Whether a region is reconstructed."""
        if said.left_by:
            return False
        discoloured = region.damage_class is DamageClass.DISCOLOURED
        asked = bool(said.approved_by or said.method or said.candidate)
        # Its paint is there: what becomes of it is a named person's decision.
        if asked or discoloured:
            return asked or said.recolouring is not None
        if said.added:
            return True
        # Who says what a found region really is has not asked for its infill.
        corrected_only = region.origin is RegionOrigin.PERSON and said.corrected
        if region.origin is not RegionOrigin.FOUND and not corrected_only:
            return True
        if region.damage_class is DamageClass.CRAQUELURE and self.craquelure:
            return True
        return self.policy.infills(region.damage_class)

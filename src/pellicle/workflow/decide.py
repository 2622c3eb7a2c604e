# SPDX-License-Identifier: Apache-2.0
"""Decide: append what a named person says about regions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pellicle.engine.progress import ProgressReport
from pellicle.engine.regions import ask_each
from pellicle.errors import (
    BadSettingError,
    NoRegionMatchesError,
    NotYetMadeError,
    UnknownRegionError,
)
from pellicle.model.arrays import Mask
from pellicle.model.artefact import ArtefactKind
from pellicle.model.candidate import Candidate
from pellicle.model.condition import NO_DAMAGE, DamageClass, Region, RegionOrigin
from pellicle.model.decision import (
    Chosen,
    ChosenMethod,
    Decision,
    Polygons,
    Verdict,
)
from pellicle.model.mask import GamutChoice
from pellicle.model.recolouring import Recolouring
from pellicle.model.reconstruction import EvidenceGrade, Infill, InfillMethod
from pellicle.model.region_rule import RegionFacts, parse_rule
from pellicle.model.style import RetouchingStyle
from pellicle.raster.polygons import Polygon, region_polygons
from pellicle.treatment.decisions import append_decisions, read_decisions
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.workflow.reconstruct import reconstruction_in_use
from pellicle.workflow.regions import RegionsInUse, regions_in_use
from pellicle.workflow.scan import ScanInUse, use_scan
from pellicle.workflow.work import Work

_WORDS: Mapping[str, frozenset[str]] = {
    "class": frozenset(one.label for one in DamageClass if one),
    "evidence": frozenset({NO_DAMAGE, *(one.label for one in EvidenceGrade if one)}),
    "method": frozenset({NO_DAMAGE, *InfillMethod}),
    "origin": frozenset(RegionOrigin),
}


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said of one region or of many.

    Attributes
    ----------
    relabelled
        With `RELABEL` only; `UNMAPPED` is no damage.
    style, recolouring, candidate, out_of_gamut
        With `STYLE`, `RECOLOUR`, `CANDIDATE` and `GAMUT` only.
    """

    verdict: Verdict
    method: ChosenMethod | None = None
    note: str = ""
    relabelled: DamageClass | None = None
    style: RetouchingStyle | None = None
    recolouring: Recolouring | None = None
    candidate: Candidate | None = None
    out_of_gamut: GamutChoice | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """Region that something is said of."""

    region_id: str
    damage_class: DamageClass
    polygons: Polygons


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who decides, when, and how the regions were chosen."""

    by: str
    chosen: Chosen = Chosen.VIEWED
    rule: str = ""

    @classmethod
    def named(cls, by: str, chosen: Chosen, rule: str = "") -> "Speaker":
        """Make sure that it is somebody.

        Raises
        ------
        BadSettingError
            If the name is empty.
        """
        if not by.strip():
            raise BadSettingError("--by", repr(by), "a person's name is needed")
        return cls(by.strip(), chosen, rule)

    def decision(self, subject: Subject, saying: Saying) -> Decision:
        """Put it down."""
        return Decision(
            made=datetime.now(UTC).replace(microsecond=0),
            by=self.by,
            verdict=saying.verdict,
            region_id=subject.region_id,
            damage_class=subject.damage_class,
            polygons=subject.polygons,
            method=saying.method,
            note=saying.note,
            relabelled=saying.relabelled,
            style=saying.style,
            recolouring=saying.recolouring,
            candidate=saying.candidate,
            out_of_gamut=saying.out_of_gamut,
            chosen=self.chosen,
            rule=self.rule,
        )


@dataclass(frozen=True, slots=True)
class Mapped:
    """The condition map in use, to be decided about."""

    work: Work
    scan: ScanInUse
    regions: RegionsInUse

    @classmethod
    def of(cls, treatment: Treatment) -> "Mapped":
        """Open it.

        Raises
        ------
        NotYetMadeError
            If there is no condition map.
        """
        run_id = treatment.current().get(ArtefactKind.REGIONS)
        if run_id is None:
            raise NotYetMadeError("condition map")
        work = Work(treatment, 1, ProgressReport(quiet=True))
        scan = use_scan(work)
        return cls(work, scan, regions_in_use(treatment, scan, run_id))

    def subjects(self, chosen: Sequence[Region]) -> list[Subject]:
        """Regions with their outlines."""
        with self.work.pool() as pool:
            drawn = ask_each(pool, self.regions.numbers, chosen, _number, _polygons)
        return [
            Subject(one.id, one.damage_class, as_polygons(drawn[one.number]))
            for one in chosen
        ]

    def infills(self) -> Mapping[int, Infill]:
        """How regions were infilled, if the reconstruction in use is of this map."""
        treatment, kind = self.work.treatment, ArtefactKind.RECONSTRUCTION
        run_id = treatment.current().get(kind)
        if run_id is None or not treatment.has_run(kind, run_id):
            return {}
        rests_on = treatment.manifest(kind, run_id).inputs.get("regions")
        if rests_on != self.regions.run_id:
            return {}
        made = reconstruction_in_use(treatment, self.scan, self.regions, run_id)
        return made.infills


def decide(
    path: Path,
    region_id: str,
    *,
    by: str,
    verdict: Verdict,
    method: ChosenMethod | None = None,
    note: str = "",
    relabelled: DamageClass | None = None,
    style: RetouchingStyle | None = None,
    recolouring: Recolouring | None = None,
    candidate: Candidate | None = None,
    out_of_gamut: GamutChoice | None = None,
) -> Decision:
    """Record one decision. It takes effect when the treatment is next made.

    A region that was said to be no damage may be relabelled again, by the id it had.

    Raises
    ------
    UnknownRegionError
        If no region has the id.
    NotYetMadeError
        If there is no condition map.
    """
    speaker = Speaker.named(by, Chosen.VIEWED)
    saying = Saying(
        verdict,
        method,
        note,
        relabelled,
        style,
        recolouring,
        candidate,
        out_of_gamut,
    )
    treatment = Treatment.open(path)
    with writing(treatment):
        mapped = Mapped.of(treatment)
        every = mapped.regions.condition.regions
        named = [region for region in every if region.id == region_id]
        subjects = mapped.subjects(named)
        if not named and verdict is Verdict.RELABEL:
            subjects = _removed(treatment, region_id)
        if not subjects:
            raise UnknownRegionError(region_id, len(every))
        _require_discoloured(subjects, saying)
        decision = speaker.decision(subjects[-1], saying)
        append_decisions(treatment, [decision])
    return decision


def _require_discoloured(subjects: Sequence[Subject], saying: Saying) -> None:
    """Refuse to recolour what is not paint that changed colour.

    Raises
    ------
    BadSettingError
        Naming the first region of another class.
    """
    if saying.verdict is not Verdict.RECOLOUR:
        return
    for one in subjects:
        if one.damage_class is not DamageClass.DISCOLOURED:
            found = f"{one.damage_class.label} {one.region_id}"
            needed = "a discoloured region is needed, relabelled so if it is one"
            raise BadSettingError("--recolour-from", found, needed)


def _removed(treatment: Treatment, region_id: str) -> list[Subject]:
    return [
        Subject(one.region_id, one.damage_class, one.polygons)
        for one in read_decisions(treatment)
        if one.region_id == region_id and one.said_class is DamageClass.UNMAPPED
    ]


def decide_class(
    path: Path, damage_class: DamageClass, saying: Saying, *, by: str
) -> list[Decision]:
    """Record the same decision about every region of a class.

    Raises
    ------
    NoRegionMatchesError
        If there is none.
    NotYetMadeError
        If there is no condition map.
    """
    text = f"class = {damage_class.label}"
    speaker = Speaker.named(by, Chosen.GROUPED, text)
    return _decide_all(
        path, saying, speaker, lambda facts: facts["class"] == damage_class.label
    )


def decide_where(path: Path, rule: str, saying: Saying, *, by: str) -> list[Decision]:
    """Record the same decision about every region that a rule chooses now.

    Parameters
    ----------
    rule
        See `model.region_rule`. `evidence` and `method` are `none` for regions that are
        not infilled, or not yet.

    Raises
    ------
    BadRuleError
        If it cannot be read.
    NoRegionMatchesError
        If it chooses none.
    NotYetMadeError
        If there is no condition map.
    """
    chooses = parse_rule(rule, _WORDS)
    speaker = Speaker.named(by, Chosen.BY_RULE, " ".join(rule.split()))
    return _decide_all(path, saying, speaker, chooses)


def _decide_all(
    path: Path, saying: Saying, speaker: Speaker, chooses: Callable[[RegionFacts], bool]
) -> list[Decision]:
    treatment = Treatment.open(path)
    with writing(treatment):
        mapped = Mapped.of(treatment)
        every, infills = mapped.regions.condition.regions, mapped.infills()
        chosen = [one for one in every if chooses(_facts(one, infills))]
        if not chosen:
            raise NoRegionMatchesError(speaker.rule, len(every))
        subjects = mapped.subjects(chosen)
        _require_discoloured(subjects, saying)
        decisions = [speaker.decision(subject, saying) for subject in subjects]
        append_decisions(treatment, decisions)
    return decisions


def _facts(region: Region, infills: Mapping[int, Infill]) -> dict[str, Any]:
    infill = infills.get(region.number)
    return {
        "area_mm2": region.area_mm2,
        "confidence": region.confidence,
        "class": region.damage_class.label,
        "evidence": infill.evidence.label if infill else NO_DAMAGE,
        "method": str(infill.method) if infill else NO_DAMAGE,
        "origin": str(region.origin),
    }


def as_polygons(polygons: Sequence[Polygon]) -> Polygons:
    """Polygons as they are kept in a decision."""
    return [
        [[(float(x), float(y)) for x, y in ring] for ring in polygon]
        for polygon in polygons
    ]


def _polygons(region: Region, mask: Mask) -> list[Polygon]:
    return region_polygons(mask, region.window)


def _number(region: Region) -> int:
    return region.number

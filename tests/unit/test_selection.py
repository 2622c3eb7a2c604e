# SPDX-License-Identifier: Apache-2.0
"""Which region a decision holds for, and which regions are infilled."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from pellicle.io.policy_file import load_policy
from pellicle.model.arrays import Array
from pellicle.model.candidate import Candidate, CandidateMethod
from pellicle.model.condition import ConditionMap, DamageClass, Region, RegionOrigin
from pellicle.model.decision import ChosenMethod, Decision, Verdict
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.workflow.regions import RegionsInUse
from pellicle.workflow.selection import (
    UNDECIDED,
    InfillRules,
    RegionDecision,
    resolve_decisions,
)

WHEN = datetime(2026, 1, 2, tzinfo=UTC)


class Held:
    """A plane in memory."""

    def __init__(self, pixels: Array) -> None:
        self.pixels = pixels

    def read(self, window: Window) -> Array:
        return self.pixels[window.slices].copy()


def square(top: int, left: int, side: int = 10) -> Window:
    return Window(top, left, top + side, left + side)


def region(number: int, window: Window, **changes: Any) -> Region:
    known = {
        "number": number,
        "id": f"region{number}",
        "damage_class": DamageClass.LOSS,
        "window": window,
        "pixels": window.shape[0] * window.shape[1],
        "area_mm2": 1.0,
        "confidence": 1.0,
        "origin": RegionOrigin.FOUND,
    }
    return Region(**{**known, **changes})


def regions_at(*windows: Window, basis: tuple[int, ...] = ()) -> RegionsInUse:
    raster = RasterSpec(60, 60, PixelSize(50.0))
    numbers = np.zeros(raster.shape, np.uint32)
    for number, window in enumerate(windows, start=1):
        numbers[window.slices] = number
    found = tuple(region(n, window) for n, window in enumerate(windows, start=1))
    held: Any = Held(numbers)
    return RegionsInUse(ConditionMap(raster, found), held, held, "run", basis)


def said_of(name: str, window: Window, verdict: Verdict, **more: Any) -> Decision:
    if verdict is Verdict.RELABEL:
        more.setdefault("relabelled", DamageClass.ABRASION)
    top, left, bottom, right = window.top, window.left, window.bottom, window.right
    ring = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return Decision(
        made=WHEN,
        by=more.pop("by", "Ada"),
        verdict=verdict,
        region_id=name,
        damage_class=more.pop("damage_class", DamageClass.LOSS),
        polygons=[[[(float(x), float(y)) for x, y in ring]]],
        **more,
    )


def test_a_decision_holds_for_the_region_of_its_id_wherever_that_lies() -> None:
    regions = regions_at(square(0, 0), square(30, 30))
    said = said_of("region2", square(0, 0), Verdict.APPROVE)
    resolved = resolve_decisions([said], regions)
    assert set(resolved.by_number) == {2}
    assert not resolved.standing_alone


@pytest.mark.parametrize(("shift", "holds"), [(0, True), (3, True), (4, False)])
def test_a_decision_holds_for_a_region_that_shares_half_of_their_union(
    shift: int, holds: bool
) -> None:
    said = said_of("lost", square(0, shift), Verdict.LEAVE)
    resolved = resolve_decisions([said], regions_at(square(0, 0)))
    assert (1 in resolved.by_number) is holds
    assert bool(resolved.standing_alone) is not holds


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.LEAVE, Verdict.METHOD])
def test_every_verdict_on_a_lost_region_stands_alone(verdict: Verdict) -> None:
    said = said_of("lost", square(40, 40), verdict, method=ChosenMethod.PATCHES)
    (alone,) = resolve_decisions([said], regions_at(square(0, 0))).standing_alone
    assert alone.decisions == (said,)


def test_a_note_on_a_lost_region_does_not_stand_alone() -> None:
    said = said_of("lost", square(40, 40), Verdict.NOTE, note="old fill")
    resolved = resolve_decisions([said], regions_at(square(0, 0)))
    assert not resolved.standing_alone
    assert not resolved.by_number


def test_of_lost_regions_the_one_decided_last_comes_last() -> None:
    first = said_of("first", square(30, 30), Verdict.APPROVE)
    second = said_of("second", square(30, 35), Verdict.LEAVE)
    again = said_of("first", square(30, 30), Verdict.APPROVE, by="Bo")
    note = said_of("second", square(30, 35), Verdict.NOTE, note="why")
    resolved = resolve_decisions([first, second, again, note], regions_at())
    names = [said.decisions[0].region_id for said in resolved.standing_alone]
    assert names == ["second", "first"]


def test_what_is_left_of_a_region_keeps_its_decisions() -> None:
    before = regions_at(square(0, 0), square(20, 20))
    approved = said_of("region2", square(20, 20), Verdict.APPROVE)
    left = said_of("lost", square(40, 40), Verdict.LEAVE)
    resolved = resolve_decisions([approved, left], before)
    windows = [square(0, 0), square(20, 20, 4), square(26, 26, 4), square(40, 40)]
    carried = resolved.carried_to(regions_at(*windows, basis=(1, 2, 2, 3)), before=2)
    assert set(carried.by_number) == {2, 3, 4}
    assert carried.by_number[2].approved_by == "Ada"
    assert carried.by_number[3].approved_by == "Ada"
    assert carried.by_number[4].left_by == "Ada"


def test_the_last_word_counts() -> None:
    window = square(0, 0)
    said = UNDECIDED.then(said_of("a", window, Verdict.APPROVE))
    said = said.then(said_of("a", window, Verdict.LEAVE, by="Bo"))
    assert (said.approved_by, said.left_by) == ("", "Bo")
    said = said.then(said_of("a", window, Verdict.APPROVE))
    assert (said.approved_by, said.left_by) == ("Ada", "")
    assert said.stands_alone
    assert not UNDECIDED.then(said_of("a", window, Verdict.NOTE)).stands_alone


def test_a_relabelled_region_keeps_its_number_and_outline() -> None:
    regions = regions_at(square(0, 0), square(30, 30))
    said = [
        said_of("region2", square(30, 30), Verdict.RELABEL),
        said_of("lost", square(0, 2), Verdict.RELABEL, relabelled=DamageClass.UNMAPPED),
    ]
    found = resolve_decisions(said, regions).corrections
    assert found.relabelled == {1: DamageClass.UNMAPPED, 2: DamageClass.ABRASION}
    assert not found.outlines


def test_a_region_relabelled_as_what_it_is_corrects_nothing() -> None:
    said = said_of("region1", square(0, 0), Verdict.RELABEL, relabelled=DamageClass(1))
    resolved = resolve_decisions([said], regions_at(square(0, 0)))
    assert not resolved.corrections
    assert resolved.by_number[1].said_class is DamageClass.LOSS


def test_what_is_relabelled_and_lost_stands_alone_but_for_false_alarms() -> None:
    none = DamageClass.UNMAPPED
    said = [
        said_of("lost", square(40, 40), Verdict.RELABEL),
        said_of("none", square(20, 20), Verdict.RELABEL, relabelled=none),
    ]
    resolved = resolve_decisions(said, regions_at(square(0, 0)))
    (own,) = resolved.corrections.outlines
    assert (own.number, own.damage_class) == (2, DamageClass.ABRASION)
    assert own.origin is RegionOrigin.PERSON
    assert len(resolved.standing_alone) == 1


def test_an_added_region_stands_as_drawn_whatever_is_found_there() -> None:
    added = said_of("own", square(0, 3), Verdict.ADD)
    apart = resolve_decisions([added], regions_at(square(0, 9)))
    (own,) = apart.corrections.outlines
    assert own.number == 2
    over = resolve_decisions([added], regions_at(square(0, 0)))
    (own,) = over.corrections.outlines
    assert own.number == 1
    assert own.polygons == added.polygons
    assert own.origin is RegionOrigin.PERSON
    assert not over.standing_alone


def test_a_redrawn_region_is_still_the_one_that_was_found() -> None:
    regions = regions_at(square(0, 0))
    said = [
        said_of("region1", square(0, 3), Verdict.REDRAW),
        # Of what was drawn, which shares too little with what was found.
        said_of("drawn", square(0, 6), Verdict.REDRAW),
        said_of("drawn again", square(0, 6), Verdict.APPROVE),
    ]
    resolved = resolve_decisions(said, regions)
    (own,) = resolved.corrections.outlines
    assert (own.number, own.origin) == (1, RegionOrigin.FOUND)
    assert own.polygons == said[1].polygons
    assert resolved.by_number[1].approved_by == "Ada"


def test_decisions_about_one_lost_region_stay_together_by_outline() -> None:
    said = [
        said_of("own", square(40, 40), Verdict.ADD),
        said_of("own, relabelled", square(40, 41), Verdict.LEAVE),
        said_of("elsewhere", square(20, 20), Verdict.LEAVE),
    ]
    resolved = resolve_decisions(said, regions_at())
    first, second = resolved.standing_alone
    assert (first.left_by, len(first.decisions)) == ("Ada", 2)
    assert len(second.decisions) == 1
    none = said_of(
        "x", square(40, 40), Verdict.RELABEL, relabelled=DamageClass.UNMAPPED
    )
    (only,) = resolve_decisions([*said, none], regions_at()).standing_alone
    assert only.decisions[0].region_id == "elsewhere"


def test_a_false_alarm_may_be_damage_after_all() -> None:
    none = said_of(
        "region1", square(0, 0), Verdict.RELABEL, relabelled=DamageClass.UNMAPPED
    )
    again = said_of("region1", square(0, 0), Verdict.RELABEL)
    found = resolve_decisions([none, again], regions_at(square(0, 0))).corrections
    assert found.relabelled == {1: DamageClass.ABRASION}


def test_outlines_beyond_the_scan_hold_for_nothing() -> None:
    said = said_of("out", square(100, 100), Verdict.APPROVE)
    resolved = resolve_decisions([said], regions_at(square(0, 0)))
    assert not resolved.by_number


def test_many_outlines_are_told_apart() -> None:
    said = [
        said_of(f"own {n}", square(2 * (n // 6), 8 * (n % 6), 2), Verdict.ADD)
        for n in range(40)
    ]
    assert len(resolve_decisions(said * 2, regions_at()).standing_alone) == 40


def rules(*, craquelure: bool = False) -> InfillRules:
    return InfillRules(load_policy("draft"), craquelure)


def crack(origin: RegionOrigin = RegionOrigin.FOUND) -> Region:
    return region(1, square(0, 0), damage_class=DamageClass.CRAQUELURE, origin=origin)


def test_craquelure_that_was_found_is_left_unless_asked_for() -> None:
    assert not rules().infills(crack(), UNDECIDED)
    assert rules(craquelure=True).infills(crack(), UNDECIDED)
    assert rules().infills(crack(), RegionDecision(approved_by="Ada"))
    assert rules().infills(crack(), RegionDecision(method=ChosenMethod.GLAZE))
    assert rules().infills(region(1, square(0, 0)), UNDECIDED)


@pytest.mark.parametrize("origin", [RegionOrigin.GIVEN, RegionOrigin.PERSON])
def test_what_files_and_persons_mapped_is_infilled_unless_left(
    origin: RegionOrigin,
) -> None:
    assert rules().infills(crack(origin), UNDECIDED)
    left = RegionDecision(left_by="Ada", method=ChosenMethod.PATCHES)
    assert not rules(craquelure=True).infills(crack(origin), left)


def test_correcting_a_region_does_not_ask_for_its_infill() -> None:
    window = square(0, 0)
    own = crack(RegionOrigin.PERSON)
    relabelled = UNDECIDED.then(
        said_of("a", window, Verdict.RELABEL, relabelled=DamageClass.CRAQUELURE)
    )
    assert not rules().infills(own, relabelled)
    assert not rules().infills(crack(), relabelled)
    assert rules(craquelure=True).infills(own, relabelled)
    assert rules().infills(own, UNDECIDED.then(said_of("a", window, Verdict.ADD)))
    assert rules().infills(crack(RegionOrigin.GIVEN), relabelled)
    approved = relabelled.then(said_of("a", window, Verdict.APPROVE))
    assert rules().infills(own, approved)


def test_discoloured_paint_is_left_unless_a_person_asks_for_it() -> None:
    square_px = square(0, 0)
    kind = DamageClass.DISCOLOURED
    for origin in RegionOrigin:
        one = region(1, square_px, damage_class=kind, origin=origin)
        assert not rules().infills(one, UNDECIDED)
        assert not rules().infills(one, RegionDecision(added=True))
        assert rules().infills(one, RegionDecision(approved_by="Ada"))
        assert rules().infills(one, RegionDecision(method=ChosenMethod.PATCHES))


CHOSEN = Candidate(
    number=2, method=CandidateMethod.PATCHES, seed=4, pixels_sha256="a" * 64
)


def after(*verdicts: tuple[Verdict, dict[str, Any]]) -> RegionDecision:
    said = UNDECIDED
    for verdict, more in verdicts:
        said = said.then(said_of("a", square(0, 0), verdict, **more))
    return said


def test_choosing_a_candidate_asks_for_the_infill_and_the_last_word_holds() -> None:
    choose = (Verdict.CANDIDATE, {"candidate": CHOSEN})
    chosen = after((Verdict.LEAVE, {}), choose)
    assert chosen.candidate == CHOSEN
    assert not chosen.left_by
    assert rules().infills(crack(), chosen)
    discoloured = region(1, square(0, 0), damage_class=DamageClass.DISCOLOURED)
    assert rules().infills(discoloured, chosen)
    assert chosen.infill_in_words == "candidate 2, patches, seed 4"

    glaze = (Verdict.METHOD, {"method": ChosenMethod.GLAZE})
    patches = (Verdict.METHOD, {"method": ChosenMethod.PATCHES})
    assert after(choose, glaze).candidate == CHOSEN
    assert after(choose, patches).candidate is None
    assert after(patches, choose).candidate == CHOSEN
    assert after(choose, (Verdict.APPROVE, {})).candidate == CHOSEN
    assert not rules().infills(crack(), after(choose, (Verdict.LEAVE, {})))


def test_a_candidate_is_said_with_its_own_verdict_only() -> None:
    with pytest.raises(ValueError, match="a candidate is said with its own verdict"):
        said_of("a", square(0, 0), Verdict.APPROVE, candidate=CHOSEN)
    with pytest.raises(ValueError, match="a candidate is said with its own verdict"):
        said_of("a", square(0, 0), Verdict.CANDIDATE)
    one = said_of("a", square(0, 0), Verdict.CANDIDATE, candidate=CHOSEN)
    assert one.in_words == "candidate 2: patches, seed 4"
    assert Decision.model_validate_json(one.model_dump_json()) == one

# SPDX-License-Identifier: Apache-2.0
"""A person corrects the condition map, and the corrections hold."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import imagecodecs
import numpy as np
import pytest
import tifffile
from command_line import SCAN, pellicle

from pellicle.cli.main import build_app
from pellicle.engine.progress import ProgressReport
from pellicle.engine.readers import Constant
from pellicle.errors import (
    BadGeojsonError,
    NoRegionMatchesError,
    NotYetMadeError,
    PellicleError,
    UnknownDamageClassError,
    UnknownRegionError,
)
from pellicle.io.geojson import Feature, read_features, write_features
from pellicle.model.condition import DamageClass, Region, RegionOrigin
from pellicle.model.decision import Decision, Verdict
from pellicle.model.palette import CLASS_COLOURS
from pellicle.model.raster import Window
from pellicle.treatment.decisions import read_decisions
from pellicle.treatment.folder import Treatment
from pellicle.workflow.begin import Request, begun
from pellicle.workflow.corrections import Correction, corrected_places
from pellicle.workflow.decide import Mapped, Saying, decide, decide_class, decide_where
from pellicle.workflow.drawn import Taken, decide_from
from pellicle.workflow.found import FoundDamage
from pellicle.workflow.job import JobDone, run_job
from pellicle.workflow.restore import make_regions
from pellicle.workflow.scan import use_scan
from pellicle.workflow.work import Work

WHOLE = Window(0, 0, 320, 320)
LOSS, CRACK = Window(20, 20, 40, 40), Window(100, 40, 104, 140)
SPOT, TINY = Window(200, 200, 212, 212), Window(260, 60, 266, 66)


@dataclass(frozen=True, slots=True)
class Held:
    """A plane in memory."""

    pixels: np.ndarray

    def read(self, window: Window) -> np.ndarray:
        return self.pixels[window.slices].copy()


def labels(loss: Window = LOSS) -> np.ndarray:
    drawn = np.zeros(WHOLE.shape, np.uint8)
    for window, label in ((loss, 1), (CRACK, 3), (SPOT, 1), (TINY, 2)):
        drawn[window.slices] = label
    return drawn


class Finder:
    """A treatment whose damage is found by hand: no network is needed here."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.treatment = Treatment(work)
        self.labels = labels()

    def found(self, *_: Any) -> FoundDamage:
        name = f"found-{hash(self.labels.tobytes())}"
        return FoundDamage(Held(self.labels), Constant(102, "uint8"), name)

    def map(self) -> np.ndarray:
        """Labels of a new condition map; no other step is made."""
        work = Work(self.treatment, 1, ProgressReport(quiet=True))
        regions, _ = make_regions(work, use_scan(work))
        return regions.labels.read(WHOLE)

    def regions(self) -> tuple[Region, ...]:
        return Mapped.of(self.treatment).regions.condition.regions

    def region_at(self, window: Window) -> Region:
        (region,) = (one for one in self.regions() if one.window == window)
        return region

    def id_at(self, window: Window) -> str:
        return self.region_at(window).id

    def whole_job(self) -> JobDone:
        # What is found cannot change by itself; here it may.
        (self.work / "exports/.made.json").unlink(missing_ok=True)
        return run_job(self.work, Request(SCAN), 1, quiet=True)

    def exported(self) -> dict[str, dict[str, Any]]:
        """Properties in `regions.geojson`, by id."""
        found = read_features(self.work / "exports/regions.geojson")
        return {str(one.properties["id"]): dict(one.properties) for one in found}

    def features(self) -> list[Feature]:
        """As exported, as far as corrections read it."""
        mapped = Mapped.of(self.treatment)
        return [
            Feature(
                [[np.array(ring) for ring in polygon] for polygon in one.polygons],
                {"id": one.region_id, "class": one.damage_class.label},
            )
            for one in mapped.subjects(mapped.regions.condition.regions)
        ]

    def take(self, *features: Feature, **more: Any) -> Taken:
        """Let a file of features come back."""
        path = self.work.parent / "corrected.geojson"
        write_features(path, features)
        return decide_from(self.work, path, by="Ada", **more)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return read_decisions(self.treatment)


def begun_finder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finder:
    """A treatment with a condition map of four regions that were found."""
    one = Finder(tmp_path / "found.pellicle")
    monkeypatch.setattr("pellicle.workflow.restore.find_damage", one.found)
    monkeypatch.setattr(
        "pellicle.workflow.proposed.load_condition_weights", lambda _folder: None
    )
    with begun(one.work, Request(SCAN, ppi=300)):
        one.map()
    return one


@pytest.fixture
def finder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finder:
    return begun_finder(tmp_path, monkeypatch)


def box(window: Window) -> list[list[np.ndarray]]:
    top, left, bottom, right = window.top, window.left, window.bottom, window.right
    ring = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return [[np.array(ring, float)]]


def relabel(finder: Finder, window: Window, said: DamageClass) -> None:
    name = finder.id_at(window)
    verdict = Verdict.RELABEL
    decide(finder.work, name, by="Ada", verdict=verdict, relabelled=said)


def test_a_region_is_relabelled_and_a_false_alarm_is_mapped_no_more(
    finder: Finder,
) -> None:
    for window, word in ((LOSS, "abrasion"), (SPOT, "none")):
        name = finder.id_at(window)
        said = pellicle(
            "decide", finder.work, "--region", name, "--relabel", word, "--by", "Ada"
        )
        assert said.returncode == 0, said.stderr
        assert said.stdout.startswith(f"relabel: {word}")
    done = finder.whole_job()
    expected = labels()
    expected[LOSS.slices], expected[SPOT.slices] = 2, 0
    np.testing.assert_array_equal(condition_png(finder.work), expected)
    mine = finder.exported()[finder.id_at(LOSS)]
    assert mine["class"] == "abrasion"
    assert mine["decision"] == "relabelled from loss by Ada"
    assert (mine["origin"], mine["confidence"]) == ("found", 1.0)
    assert mine["method"]
    assert finder.exported()[finder.id_at(CRACK)]["confidence"] == 0.4
    assert done.figures["regions"] == 3
    made = tifffile.imread(finder.work / "exports/reconstruction.tif")
    scan = tifffile.imread(SCAN)
    np.testing.assert_array_equal(made[SPOT.slices], scan[SPOT.slices])
    page = done.report.read_text("utf-8")
    assert "relabel: abrasion" in page
    assert "relabel: none, no damage" in page


def condition_png(work: Path) -> np.ndarray:
    """Labels of `condition.png`, from the colours of its palette."""
    content = (work / "exports/condition.png").read_bytes()
    rgb = np.asarray(imagecodecs.png_decode(content))
    found = np.zeros(WHOLE.shape, np.uint8)
    for label, colour in enumerate(CLASS_COLOURS):
        found[(rgb == np.array(colour)).all(axis=2)] = label
    return found


def test_corrections_survive_another_map(finder: Finder) -> None:
    relabel(finder, LOSS, DamageClass.DEPOSIT)
    relabel(finder, SPOT, DamageClass.UNMAPPED)
    relabel(finder, CRACK, DamageClass.SPLIT)
    near = Window(22, 22, 42, 42)
    finder.labels = labels(near)
    expected = labels(near)
    expected[near.slices], expected[SPOT.slices], expected[CRACK.slices] = 7, 0, 4
    np.testing.assert_array_equal(finder.map(), expected)

    # Nothing of them is found any more: what is damage stands, with its first outline.
    finder.labels = np.zeros_like(expected)
    finder.labels[TINY.slices] = 2
    expected = finder.labels.copy()
    expected[LOSS.slices], expected[CRACK.slices] = 7, 4
    np.testing.assert_array_equal(finder.map(), expected)
    assert finder.region_at(LOSS).origin is RegionOrigin.PERSON

    # And when it is found again it is that region again.
    finder.labels = labels()
    expected = labels()
    expected[LOSS.slices], expected[SPOT.slices], expected[CRACK.slices] = 7, 0, 4
    np.testing.assert_array_equal(finder.map(), expected)
    assert finder.region_at(LOSS).origin is RegionOrigin.FOUND


def test_a_false_alarm_is_damage_again_by_the_id_it_had(finder: Finder) -> None:
    name = finder.id_at(SPOT)
    relabel(finder, SPOT, DamageClass.UNMAPPED)
    assert not finder.map()[SPOT.slices].any()
    with pytest.raises(UnknownRegionError):
        decide(finder.work, name, by="Bo", verdict=Verdict.APPROVE)
    verdict = Verdict.RELABEL
    decide(finder.work, name, by="Bo", verdict=verdict, relabelled=DamageClass.LOSS)
    np.testing.assert_array_equal(finder.map(), labels())


def test_an_export_that_comes_back_as_it_was_says_nothing(finder: Finder) -> None:
    relabel(finder, LOSS, DamageClass.CRAQUELURE)
    decide_class(finder.work, DamageClass.ABRASION, Saying(Verdict.LEAVE), by="Bo")
    finder.whole_job()
    mine = finder.exported()[finder.id_at(LOSS)]
    assert not mine["printed"]  # nobody has asked for it
    before = finder.decisions
    path = finder.work / "exports/regions.geojson"
    said = pellicle("decide", finder.work, "--from", path, "--by", "Ada")
    assert said.returncode == 0, said.stderr
    assert said.stdout == "features that say nothing new: 4\n"
    assert finder.decisions == before
    # Nor does it when the map has moved on since.
    finder.labels = labels(Window(22, 22, 42, 42))
    finder.map()
    taken = decide_from(finder.work, path, by="Ada")
    assert (taken.decisions, taken.unchanged) == ((), 4)


def test_a_corrected_export_comes_back(finder: Finder) -> None:
    at = {finder.id_at(window): window for window in (LOSS, CRACK, SPOT, TINY)}
    wider, own = Window(200, 198, 214, 212), Window(150, 20, 160, 30)

    def corrected(one: Feature) -> Feature:
        said = dict(one.properties)
        window = at[said["id"]]
        if window == LOSS:
            return Feature(one.polygons, {**said, "class": "tear", "note": "torn"})
        if window == SPOT:  # drawn anew, by a program that keeps no ids
            return Feature(box(wider), {"class": "loss", "decision": "approve"})
        if window == TINY:
            return Feature(one.polygons, {**said, "class": "none"})
        return Feature(one.polygons, {**said, "decision": "approve"})

    added = Feature(box(own), {"class": "craquelure", "decision": None})
    file = [*map(corrected, finder.features()), added]
    taken = finder.take(*file)
    assert sorted((one.verdict, one.damage_class) for one in taken.decisions) == [
        (Verdict.ADD, DamageClass.CRAQUELURE),
        (Verdict.APPROVE, DamageClass.LOSS),
        (Verdict.APPROVE, DamageClass.CRAQUELURE),
        (Verdict.REDRAW, DamageClass.LOSS),
        (Verdict.RELABEL, DamageClass.LOSS),
        (Verdict.RELABEL, DamageClass.ABRASION),
    ]
    assert [one.note for one in taken.decisions if one.note] == ["torn"]
    assert finder.take(*file).unchanged == 5
    done = finder.whole_job()
    expected = np.zeros_like(finder.labels)
    for window, label in ((LOSS, 8), (CRACK, 3), (wider, 1), (own, 3)):
        expected[window.slices] = label
    np.testing.assert_array_equal(condition_png(finder.work), expected)
    mine = finder.exported()[finder.id_at(own)]
    assert (mine["origin"], mine["decision"]) == ("person", "added by Ada")
    assert mine["method"]
    words = finder.exported()[finder.id_at(wider)]["decision"]
    assert words == "outline redrawn by Ada, approved by Ada in a group"
    assert done.figures["approvals"] == {"viewed": 0, "grouped": 2, "by_rule": 0}
    assert "add: drawn by a person (in a group: corrected.geojson)" in (
        done.report.read_text("utf-8")
    )
    # Once they are on the map they say nothing new either.
    assert finder.take(*file).decisions == ()


def test_a_polygon_over_half_of_a_region_relabels_and_redraws_it(
    finder: Finder,
) -> None:
    drawn = Window(20, 20, 40, 36)
    taken = finder.take(Feature(box(drawn), {"class": "deposit"}))
    assert [one.verdict for one in taken.decisions] == [Verdict.RELABEL, Verdict.REDRAW]
    expected = labels()
    expected[LOSS.slices] = 0
    expected[drawn.slices] = 7
    np.testing.assert_array_equal(finder.map(), expected)
    none = Feature(box(LOSS), {"class": "none"})
    assert finder.take(none).unchanged == 0
    expected[drawn.slices] = 0
    np.testing.assert_array_equal(finder.map(), expected)
    assert finder.take(none).unchanged == 1


def test_added_regions_hold_as_drawn_and_touching_ones_stay_apart(
    finder: Finder,
) -> None:
    beside, over = Window(20, 40, 40, 60), Window(190, 190, 230, 230)
    finder.take(
        Feature(box(beside), {"class": "loss"}),
        Feature(box(over), {"class": "loss", "decision": "leave"}),
    )
    finder.map()
    assert len(finder.regions()) == 5
    # Something much like it is found there now: the person's outline stands.
    finder.labels = labels()
    finder.labels[192:232, 192:232] = 1
    now = finder.map()
    assert (now[190, 190], now[231, 231]) == (1, 0)
    assert finder.region_at(over).origin is RegionOrigin.PERSON


def test_a_file_is_taken_whole_or_not_at_all(finder: Finder) -> None:
    good = Feature(box(Window(150, 20, 160, 30)), {"class": "loss"})
    between_pixels = [[np.array([[5.6, 5], [5.9, 5], [5.9, 5.2]])]]
    beyond = box(Window(321, 0, 322, 10))
    for wrong, error in (
        (Feature(box(SPOT), {"note": "?"}), UnknownDamageClassError),
        (Feature(box(SPOT), {"class": "loss", "decision": "ok"}), BadGeojsonError),
        (Feature(box(Window(900, 0, 910, 10)), {"class": "loss"}), BadGeojsonError),
        (Feature(beyond, {"class": "loss"}), BadGeojsonError),
        (Feature(between_pixels, {"class": "loss"}), BadGeojsonError),
    ):
        with pytest.raises(error):
            finder.take(good, wrong)
    assert finder.decisions == ()
    assert finder.take(Feature(between_pixels, {"class": "none"})).unchanged == 1


def test_what_is_said_with_a_file_is_said_of_every_region_in_it(
    finder: Finder,
) -> None:
    file = [one for one in finder.features() if one.properties["class"] != "abrasion"]
    for one in file:
        if one.properties["class"] == "craquelure":
            cast("dict", one.properties)["decision"] = "leave"
    taken = finder.take(*file, saying=Saying(Verdict.APPROVE))
    said = sorted((one.verdict, one.damage_class) for one in taken.decisions)
    loss, craquelure = DamageClass.LOSS, DamageClass.CRAQUELURE
    assert said == [
        (Verdict.APPROVE, loss),
        (Verdict.APPROVE, loss),
        (Verdict.LEAVE, craquelure),
    ]


def test_many_regions_are_decided_by_class_and_by_rule(finder: Finder) -> None:
    finder.whole_job()
    by_rule = decide_where(
        finder.work,
        "area_mm2 <  0.3 and confidence < 0.6 and evidence != none",
        Saying(Verdict.APPROVE),
        by="Ada",
    )
    assert [one.region_id for one in by_rule] == [finder.id_at(TINY)]
    left = decide_class(
        finder.work, DamageClass.LOSS, Saying(Verdict.LEAVE, note="later"), by="Bo"
    )
    assert {one.region_id for one in left} == {finder.id_at(LOSS), finder.id_at(SPOT)}
    approve = Saying(Verdict.APPROVE)
    decide_class(finder.work, DamageClass.CRAQUELURE, approve, by="Bo")
    decide(finder.work, finder.id_at(SPOT), by="Ada", verdict=Verdict.APPROVE)
    done = finder.whole_job()
    assert done.figures["approvals"] == {"viewed": 1, "grouped": 1, "by_rule": 1}
    words = finder.exported()[finder.id_at(TINY)]["decision"]
    assert words == "approved by Ada by a rule"
    page = done.report.read_text("utf-8")
    assert "leave (in a group: class = loss)" in page
    assert "area_mm2 &lt; 0.3 and confidence &lt; 0.6" in page
    with pytest.raises(NoRegionMatchesError):
        decide_where(finder.work, "evidence = painted", approve, by="Ada")


@pytest.mark.parametrize(
    ("arguments", "code", "status"),
    [
        (("--class", "tear", "--leave"), "no-region-matches", 2),
        (("--where", "area_mm2 > 1e9", "--leave"), "no-region-matches", 2),
        (("--where", "area > 1; class = loss", "--leave"), "bad-rule", 2),
        (("--class", "hole", "--leave"), "bad-setting", 2),
        (("--class", "none", "--leave"), "bad-setting", 2),
        (("--class", "loss"), "bad-setting", 2),
        (("--class", "loss", "--relabel", "hole"), "bad-setting", 2),
        (("--class", "loss", "--relabel", "tear", "--leave"), "bad-setting", 2),
        (("--class", "loss", "--where", "class = loss", "--leave"), "bad-setting", 2),
        (("--leave",), "bad-setting", 2),
        (("--from", "nowhere.geojson"), "no-such-file", 69),
        (("--from", str(SCAN)), "bad-geojson", 65),
        (("--from", "x.geojson", "--relabel", "tear"), "bad-setting", 2),
        (("--region", "0123456789ab", "--relabel", "tear"), "unknown-region", 2),
    ],
)
def test_what_cannot_be_meant_is_one_clear_error(
    finder: Finder, arguments: tuple[str, ...], code: str, status: int
) -> None:
    command = ["decide", str(finder.work), *arguments, "--by", "Ada"]
    with pytest.raises(PellicleError) as caught:
        build_app("decide")(command, standalone_mode=False)
    assert caught.value.exit_status == status
    form = rf"[^;]+; [^;]+; [^;]+ \[{code}\]"
    assert re.fullmatch(form, str(caught.value)), str(caught.value)
    assert finder.decisions == ()


def test_corrected_places_are_what_there_is_to_learn_from(finder: Finder) -> None:
    treatment = finder.treatment
    assert corrected_places(treatment).places == ()
    decide(finder.work, finder.id_at(CRACK), by="Ada", verdict=Verdict.APPROVE)
    (place,) = corrected_places(treatment).places
    assert place.kind is Correction.APPROVED
    relabel(finder, LOSS, DamageClass.ABRASION)
    with pytest.raises(NotYetMadeError, match="latest decisions"):
        corrected_places(treatment)
    relabel(finder, SPOT, DamageClass.UNMAPPED)
    own, wider = Window(150, 20, 160, 30), Window(260, 58, 266, 66)
    finder.take(
        Feature(box(own), {"class": "tear"}), Feature(box(wider), {"class": "abrasion"})
    )
    finder.map()
    found = corrected_places(treatment)
    assert [(one.window, one.kind, one.damage_class) for one in found.places] == [
        (LOSS, Correction.RELABELLED, DamageClass.ABRASION),
        (CRACK, Correction.APPROVED, DamageClass.CRAQUELURE),
        (own, Correction.ADDED, DamageClass.TEAR),
        (wider, Correction.REDRAWN, DamageClass.ABRASION),
        (SPOT, Correction.REMOVED, DamageClass.UNMAPPED),
    ]
    window = found.places[0].window
    assert (found.regions.labels.read(window) == DamageClass.ABRASION).all()
    scan = tifffile.imread(SCAN)
    np.testing.assert_array_equal(found.scan.samples.read(window), scan[window.slices])
    (finder.work / "current.json").unlink()
    with pytest.raises(NotYetMadeError):
        corrected_places(treatment)

# SPDX-License-Identifier: Apache-2.0
"""What a feature of a corrected file says, and what words the export itself writes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pellicle.errors import BadGeojsonError, UnknownDamageClassError
from pellicle.io.corrections_file import read_corrections
from pellicle.model.condition import DamageClass
from pellicle.model.decision import Chosen, ChosenMethod, Decision, Verdict
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.workflow.region_words import decision_in_words
from pellicle.workflow.selection import UNDECIDED

RASTER = RasterSpec(50, 80, PixelSize.from_ppi(300))
SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]


def written(tmp_path: Path, *every: dict[str, Any]) -> Path:
    geometry = {"type": "Polygon", "coordinates": [SQUARE]}
    features = [
        {"type": "Feature", "geometry": geometry, "properties": properties}
        for properties in every
    ]
    path = tmp_path / "regions.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def said(verdict: Verdict, **more: Any) -> Decision:
    return Decision(
        made=datetime(2026, 1, 2, tzinfo=UTC),
        by="Ada",
        verdict=verdict,
        region_id="a",
        damage_class=DamageClass.LOSS,
        polygons=[],
        **more,
    )


def test_a_feature_says_class_decision_and_note(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"id": "3f9a", "class": "Split", "decision": "approve", "note": " wide "},
        {"class": "none", "decision": None, "id": 7},
        {"class": "no damage mapped", "decision": ""},
        {"class": 8, "decision": "LEAVE"},
    )
    split, none, unmapped, tear = read_corrections(path, RASTER)
    assert (split.damage_class, split.verdict) == (DamageClass.SPLIT, Verdict.APPROVE)
    assert (split.id, split.note) == ("3f9a", "wide")
    assert (none.damage_class, none.verdict) == (DamageClass.UNMAPPED, None)
    assert (none.id, none.note) == ("", "")
    assert unmapped.damage_class is DamageClass.UNMAPPED
    assert (tear.damage_class, tear.verdict) == (DamageClass.TEAR, Verdict.LEAVE)


@pytest.mark.parametrize("stated", [None, "hole", 9, 1.5, True, ["loss"]])
def test_a_class_that_is_missing_or_unknown_is_refused(
    tmp_path: Path, stated: object
) -> None:
    path = written(tmp_path, {"class": "loss"}, {"class": stated})
    with pytest.raises(UnknownDamageClassError, match=r"in feature 2.*none"):
        read_corrections(path, RASTER)


@pytest.mark.parametrize("stated", ["aprove", "yes; do", 1, True])
def test_a_decision_that_is_none_is_refused(tmp_path: Path, stated: object) -> None:
    path = written(tmp_path, {"class": "loss", "decision": stated})
    with pytest.raises(BadGeojsonError, match="feature 1 has the decision") as caught:
        read_corrections(path, RASTER)
    assert str(caught.value).count("; ") == 2


def test_a_note_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, {"class": "loss", "note": 3})
    with pytest.raises(BadGeojsonError, match="note that is no text"):
        read_corrections(path, RASTER)


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (said(Verdict.APPROVE), "approved by Ada"),
        (said(Verdict.APPROVE, chosen=Chosen.GROUPED), "approved by Ada in a group"),
        (said(Verdict.APPROVE, chosen=Chosen.BY_RULE), "approved by Ada by a rule"),
        (said(Verdict.LEAVE), "left by Ada"),
        (said(Verdict.NOTE), "noted"),
        (said(Verdict.METHOD, method=ChosenMethod.PATCHES), "patches asked for"),
        (said(Verdict.RELABEL, relabelled=2), "relabelled from loss by Ada"),
        (said(Verdict.RELABEL, relabelled=1), "confirmed by Ada"),
        (said(Verdict.ADD), "added by Ada"),
        (said(Verdict.REDRAW), "outline redrawn by Ada"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_the_words_of_our_own_export_say_nothing_new(
    tmp_path: Path, decision: Decision, words: str
) -> None:
    assert decision_in_words(UNDECIDED.then(decision)) == words
    path = written(tmp_path, {"class": "loss", "decision": words})
    assert read_corrections(path, RASTER)[0].verdict is None


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (said(Verdict.APPROVE), "approve"),
        (said(Verdict.METHOD, method=ChosenMethod.GLAZE), "method: glaze"),
        (said(Verdict.RELABEL, relabelled=0), "relabel: none, no damage"),
        (said(Verdict.RELABEL, relabelled=4), "relabel: split"),
        (said(Verdict.ADD), "add: drawn by a person"),
        (said(Verdict.REDRAW), "redraw: another outline"),
        (
            said(Verdict.LEAVE, chosen=Chosen.GROUPED, rule="class = tear"),
            "leave (in a group: class = tear)",
        ),
        (
            said(Verdict.LEAVE, chosen=Chosen.BY_RULE, rule="area_mm2 < 1"),
            "leave (by rule: area_mm2 < 1)",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_decisions_are_said_in_words(decision: Decision, words: str) -> None:
    assert decision.in_words == words


def test_only_a_relabelling_says_another_class() -> None:
    for wrong in (
        {"verdict": Verdict.RELABEL},
        {"verdict": Verdict.NOTE, "relabelled": 1},
    ):
        with pytest.raises(ValidationError, match="another class"):
            said(**wrong)
    assert said(Verdict.RELABEL, relabelled=0).said_class is DamageClass.UNMAPPED
    assert said(Verdict.ADD).said_class is DamageClass.LOSS
    assert said(Verdict.APPROVE).said_class is None


def test_lines_of_earlier_versions_are_read() -> None:
    line = (
        '{"made":"2025-01-02T03:04:05Z","by":"Ada","verdict":"approve","region_id":"a",'
        '"damage_class":1,"polygons":[],"method":null,"note":""}'
    )
    decision = Decision.model_validate_json(line)
    assert decision.chosen is Chosen.VIEWED
    assert decision.relabelled is None

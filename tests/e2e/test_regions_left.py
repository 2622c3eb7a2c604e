# SPDX-License-Identifier: Apache-2.0
"""Regions that there is too little to infill from are left, and it is said why."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from command_line import SCAN
from test_decisions import WHOLE, drawn, pixels, regions

from pellicle.errors import NothingKnownError
from pellicle.model.decision import ChosenMethod, Verdict
from pellicle.workflow.begin import Request
from pellicle.workflow.decide import decide
from pellicle.workflow.job import JobDone, run_job

ROWS, COLUMNS = np.mgrid[:320, :320]
LOSS, DISCOLOURED = 1, 5


def restored(folder: Path, labels: Any) -> JobDone:
    damage = drawn(folder / "damage.png", labels)
    path = folder / "own.pellicle"
    return run_job(path, Request(SCAN, ppi=300, damage=damage), 1, quiet=True)


def changed(treatment: Path) -> Any:
    made = tifffile.imread(treatment / "exports/reconstruction.tif")
    return (made != tifffile.imread(SCAN)).any(axis=2)


def test_a_region_that_covers_half_of_the_painting_is_left_until_asked_for(
    tmp_path: Path,
) -> None:
    labels = np.where(COLUMNS < 176, LOSS, 0)
    labels[40:44, 250:300] = LOSS
    done = restored(tmp_path, labels)
    large, crack = regions(done.treatment).values()
    assert large.properties["method"] is None
    reason = large.properties["method_reason"]
    assert reason.startswith(
        "covers 55 % of the painting: left until a person approves"
    )
    assert large.properties["reason"] == reason
    assert crack.properties["method"] == "diffusion"
    assert done.figures["regions_left"]["too much of the painting"] == 1
    assert not changed(done.treatment)[pixels(large)].any()
    assert reason in done.report.read_text("utf-8")

    name = large.properties["id"]
    decide(done.treatment, name, by="Ada", verdict=Verdict.APPROVE)
    again = run_job(done.treatment, Request(SCAN), 1, quiet=True)
    made = regions(done.treatment)[name].properties
    assert made["method"] == "patches"
    assert "at the edge of the painting" in made["method_reason"]
    assert "too much of the painting" not in again.figures["regions_left"]


def test_a_region_without_intact_paint_around_it_is_left(tmp_path: Path) -> None:
    labels = np.zeros(WHOLE.shape, np.uint8)
    labels[40:160, 40:160] = DISCOLOURED  # not infilled unasked
    labels[70:130, 70:130] = LOSS
    labels[200:260, 200:260] = DISCOLOURED
    labels[226:234, 226:234] = LOSS
    done = restored(tmp_path, labels)
    found = regions(done.treatment).values()
    losses = [one for one in found if one.properties["class"] == "loss"]
    wide, narrow = losses
    words = "left, for there is no intact paint near enough to infill from"
    assert wide.properties["method_reason"].endswith(
        "left, for intact paint meets only 0 % of its edge"
    )
    assert narrow.properties["method_reason"].endswith(words)
    for one in losses:
        assert one.properties["method"] is None
        assert one.properties["printed"] is False
        assert one.properties["reason"] == one.properties["method_reason"]
    assert not changed(done.treatment).any()
    assert done.figures["regions_left"]["no intact paint near enough"] == 2

    # A person may think otherwise of it; the ring is no evidence even then.
    patches = ChosenMethod.PATCHES
    name = wide.properties["id"]
    decide(done.treatment, name, by="Ada", verdict=Verdict.METHOD, method=patches)
    run_job(done.treatment, Request(SCAN), 1, quiet=True)
    assert regions(done.treatment)[name].properties["method"] in {None, "patches"}


def test_a_region_at_the_border_is_infilled_from_its_other_sides_and_says_so(
    tmp_path: Path,
) -> None:
    labels = np.zeros(WHOLE.shape, np.uint8)
    labels[:50, 100:160] = LOSS
    labels[150:156, 300:] = LOSS
    done = restored(tmp_path, labels)
    for one in regions(done.treatment).values():
        assert "at the edge of the painting" in one.properties["method_reason"]
        assert changed(done.treatment)[pixels(one)].mean() > 0.9


def test_a_region_at_the_edge_of_an_outline_is_at_the_edge_of_the_painting(
    tmp_path: Path,
) -> None:
    labels = np.zeros(WHOLE.shape, np.uint8)
    labels[130:190, 60:120] = LOSS
    outline = np.where(np.hypot(ROWS - 160, COLUMNS - 160) < 100, 255, 0)
    done = run_job(
        tmp_path / "own.pellicle",
        Request(
            SCAN,
            ppi=300,
            damage=drawn(tmp_path / "damage.png", labels),
            outline=drawn(tmp_path / "outline.png", outline),
        ),
        1,
        quiet=True,
    )
    (one,) = regions(done.treatment).values()
    assert "at the edge of the painting" in one.properties["method_reason"]


def test_a_mask_that_covers_everything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingKnownError):
        restored(tmp_path, np.full(WHOLE.shape, LOSS))
    assert not list(tmp_path.glob("own.pellicle/exports/*"))


def test_a_mask_that_covers_all_but_a_corner_fills_nothing(tmp_path: Path) -> None:
    labels = np.full(WHOLE.shape, LOSS)
    labels[:12, :12] = 0
    done = restored(tmp_path, labels)
    (one,) = regions(done.treatment).values()
    assert one.properties["method_reason"].startswith("covers 100 % of the painting")
    assert not changed(done.treatment).any()


def test_where_copied_paint_is_from_stands_with_the_region(small_job: JobDone) -> None:
    found = [one.properties for one in regions(small_job.treatment).values()]
    copied = [one for one in found if one["evidence"] == "copied"]
    assert copied
    for one in copied:
        source = one["copied_from"]
        assert 0 < source["share"] <= 1
        assert source["x_mm"] == pytest.approx(source["x_px"] * 25.4 / 300, abs=6e-4)
        assert source["y_mm"] == pytest.approx(source["y_px"] * 25.4 / 300, abs=6e-4)
    others = [one for one in found if one["evidence"] == "interpolated"]
    assert others
    assert not any("copied_from" in one for one in others)
    page = small_job.report.read_text("utf-8")
    assert "Source: " in page
    assert "interpolated from its edges" in page

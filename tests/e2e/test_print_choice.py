# SPDX-License-Identifier: Apache-2.0
"""What is not seen or cannot be laid is left and says why, unless a person insists."""

import json
import re
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from command_line import LABELS, SCAN, pellicle
from test_decisions import again, drawn, pixels, regions

from pellicle.model.decision import Verdict
from pellicle.model.raster import Window
from pellicle.raster.polygons import rasterise
from pellicle.workflow.begin import Request
from pellicle.workflow.decide import decide
from pellicle.workflow.job import JobDone, run_job

FINE = re.compile(r"too fine for 250 µm: \d\.\d\d mm wide, \d\.\d\d needed")
FAINT = re.compile(r"invisible at 500 mm: ΔE00 [01]\.\d")


def inked(treatment: Path) -> np.ndarray:
    planes = [
        tifffile.imread(treatment / f"exports/mask-{name}.tif")
        for name in ("colour", "white")
    ]
    return planes[0].any(axis=2) | (planes[1] != 0)


def test_every_region_that_is_left_says_why_with_values(small_job: JobDone) -> None:
    found = [one.properties for one in regions(small_job.treatment).values()]
    left = [one for one in found if not one["printed"]]
    assert left
    for one in left:
        fine = FINE.fullmatch(one["reason"]) and one["left_by_film"] > 0.5
        faint = FAINT.fullmatch(one["reason"]) and one["seen_de00"] <= 2
        assert bool(fine) != bool(faint)
    printed = [one for one in found if one["printed"]]
    assert printed
    for one in printed:
        assert one["seen_de00"] > 2
        assert one["reason"] is None or " left" in one["reason"]
    for one in regions(small_job.treatment).values():
        inside = inked(small_job.treatment)[pixels(one)]
        assert inside.any() == one.properties["printed"]
    page = small_job.report.read_text("utf-8")
    assert "Before, after, and with the film askew" in page
    assert "film 0.25 mm beside its place" in page
    assert "too fine to align" in page


def test_an_arm_of_a_loss_is_left_and_the_loss_is_printed(tmp_path: Path) -> None:
    rows, columns = np.mgrid[:320, :320]
    labels = (np.hypot(rows - 160, columns - 100) < 40).astype(np.uint8)
    labels[159:162, 100:260] = 1
    damage = drawn(tmp_path / "damage.png", labels)
    scan = tifffile.imread(SCAN)
    scan[labels == 1] = 60_000  # a pale ground
    aged = tmp_path / "aged.tif"
    tifffile.imwrite(aged, scan, photometric="rgb")
    done = run_job(
        tmp_path / "own.pellicle", Request(aged, ppi=300, damage=damage), 1, quiet=True
    )
    (one,) = regions(done.treatment).values()
    assert one.properties["printed"] is True
    words = re.match(r"[\d.]+ mm² left, too fine for 250 µm", one.properties["reason"])
    assert words
    film = inked(done.treatment)
    assert film[(labels == 1) & (columns < 138)].mean() > 0.99
    assert not film[159:162, 150:].any()
    assert done.figures["regions_printed"] == 1
    assert done.figures["regions_in_part"] == 1
    assert done.figures["left_area_mm2"]["too fine to align"] > 2
    assert "in part: " in done.report.read_text("utf-8")

    loss, parts = (
        json.loads((done.treatment / f"exports/{name}.geojson").read_text("utf-8"))
        for name in ("regions", "parts-left")
    )
    both = done.treatment / "both.geojson"
    both.write_text(
        json.dumps({**loss, "features": loss["features"] + parts["features"]}),
        encoding="utf-8",
    )
    (loss,), parts = loss["features"], parts["features"]
    assert loss["properties"]["parts_left"] == len(parts) > 0
    assert {one["properties"]["part_of"] for one in parts} == {loss["properties"]["id"]}
    assert len({one["properties"]["id"] for one in parts}) == len(parts)
    where = np.zeros(labels.shape, np.bool_)
    for one in parts:
        said = one["properties"]
        assert said["printed"] is False
        assert said["reason_kind"] == "too fine to align"
        wide, _needed = re.findall(r"\d\.\d\d", said["reason"])
        assert 0 <= said["width_mm"] - float(wide) < 0.01
        assert said["left_by_film"] > 0.5
        rings = [np.array(ring[:-1], float) for ring in one["geometry"]["coordinates"]]
        found = rasterise([rings], Window(0, 0, *labels.shape))
        assert found.sum() * (25.4 / 300) ** 2 == pytest.approx(said["area_mm2"])
        where |= found
    assert (where == ((labels == 1) & ~film)).all()
    # Given back, they say nothing: they are no regions.
    said = pellicle("decide", done.treatment, "--from", both, "--by", "Ada")
    assert said.returncode == 0, said.stderr
    assert regions(done.treatment).keys() == {loss["properties"]["id"]}


def test_a_person_may_want_it_printed_all_the_same(own_treatment: Path) -> None:
    left = [n for n, o in regions(own_treatment).items() if not o.properties["printed"]]
    fine, faint = (
        next(
            n
            for n in left
            if words.match(regions(own_treatment)[n].properties["reason"])
        )
        for words in (FINE, FAINT)
    )
    decide(own_treatment, fine, by="Ada", verdict=Verdict.APPROVE)
    done = again(own_treatment)
    assert regions(own_treatment)[fine].properties["printed"] is False
    before = done.figures["regions_printed"]
    said = pellicle("decide", own_treatment, "--region", fine, "--print", "--by", "Bo")
    assert said.returncode == 0, said.stderr
    decide(own_treatment, faint, by="Bo", verdict=Verdict.PRINT)
    done = again(own_treatment)
    now = regions(own_treatment)
    assert done.figures["regions_printed"] == before + 2
    for name in (fine, faint):
        assert now[name].properties["printed"] is True
        assert now[name].properties["reason"] is None
        assert "printed all the same, says Bo" in now[name].properties["decision"]
        # Not everywhere: without white, where it is choked, ink cannot lighten.
        assert inked(own_treatment)[pixels(now[name])].mean() > 0.2
    assert done.figures["undamaged_inked_mm2"] == 0

    decide(own_treatment, fine, by="Cy", verdict=Verdict.LEAVE)
    again(own_treatment)
    assert regions(own_treatment)[fine].properties["reason"] == "left by Cy"


def test_limits_are_settings_that_hold_until_changed(own_treatment: Path) -> None:
    before = sum(o.properties["printed"] for o in regions(own_treatment).values())
    made = pellicle(
        "mask",
        own_treatment,
        *("--visible-de00", 0.1, "--alignable-ratio", 10, "--inspection-mm", 400),
    )
    assert made.returncode == 0, made.stderr
    again(own_treatment)
    found = regions(own_treatment).values()
    assert sum(one.properties["printed"] for one in found) == len(found) > before
    text = (own_treatment / "treatment.toml").read_text("utf-8")
    assert "alignable_ratio = 10" in text
    bad = pellicle("mask", own_treatment, "--visible-de00", -1)
    assert bad.returncode == 2
    assert "visible_de00" in bad.stderr


def test_the_choice_is_the_same_with_more_workers(
    small_job: JobDone, tmp_path: Path
) -> None:
    path = tmp_path / "two.pellicle"
    run_job(path, Request(SCAN, ppi=300, damage=str(LABELS)), 2, quiet=True)
    for name in ("mask-choice.png", "mask.tif", "regions.geojson", "figures.json"):
        ours, theirs = (one / "exports" / name for one in (path, small_job.treatment))
        assert ours.read_bytes() == theirs.read_bytes()
    picture = imagecodecs.imread(path / "exports/mask-choice.png")
    assert picture.shape[0] > 320
    assert json.loads((path / "exports/figures.json").read_bytes())["regions_in_part"]

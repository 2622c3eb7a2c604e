# SPDX-License-Identifier: Apache-2.0
"""Damage that is found: why each region is mapped, and what else might have been."""

import json
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from command_line import SCAN, pellicle

from pellicle.io.report_words import described_assumption
from pellicle.workflow.begin import Request
from pellicle.workflow.job import JobDone, run_job

CLASSES = ("loss", "abrasion", "craquelure", "split")


@pytest.fixture(scope="module")
def grey_scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small scan as a grey photograph."""
    grey = tifffile.imread(SCAN).mean(axis=2).astype(np.uint16)
    path = tmp_path_factory.mktemp("grey") / "grey.tif"
    tifffile.imwrite(path, grey, photometric="minisblack")
    return path


@pytest.fixture(scope="module")
def grey_job(grey_scan: Path) -> JobDone:
    """A grey scan too coarse for cracks, with its damage found; do not change it."""
    path = grey_scan.parent / "grey.pellicle"
    return run_job(path, Request(grey_scan, ppi=150), 1, quiet=True)


def properties(job: JobDone) -> list[dict[str, Any]]:
    path = job.treatment / "exports/regions.geojson"
    return [one["properties"] for one in json.loads(path.read_bytes())["features"]]


def test_a_grey_scan_is_mapped_by_networks_and_infilled_in_grey(
    grey_job: JobDone,
) -> None:
    # Its cracks are about 180 mm² at this scale, and join into a few networks.
    found = next(one for one in grey_job.figures["at_sensitivity"] if one["asked"])
    assert found["by_class"]["craquelure"]["area_mm2"] > 100
    exports = grey_job.treatment / "exports"
    made = tifffile.imread(exports / "reconstruction.tif")
    assert made.shape == tifffile.imread(grey_job.treatment.parent / "grey.tif").shape
    assert any(one["found_by"] in {"networks", "both"} for one in properties(grey_job))


def test_each_region_says_who_found_it_and_what_was_seen(grey_job: JobDone) -> None:
    for one in properties(grey_job):
        assert one["origin"] == "found"
        assert one["found_by"] in {"networks", "filters", "both"}
        assert tuple(one["seen_as"]) == CLASSES
        assert all(0 <= value <= 1 for value in one["seen_as"].values())
        assert 0 <= one["filters_share"] <= 1
        if one["found_by"] == "networks":
            assert sum(one["seen_as"].values()) > 0.1
        if one["found_by"] == "filters":
            assert one["filters_share"] > 0


def test_cracks_are_kept_as_lines_with_width_and_length(grey_job: JobDone) -> None:
    path = grey_job.treatment / "exports/regions.geojson"
    features = json.loads(path.read_bytes())["features"]
    cracks = [f for f in features if f["properties"]["class"] == "craquelure"]
    assert cracks
    pixel_mm = 25.4 / 150
    for one in (f["properties"] for f in cracks):
        lines = [np.array(line, float) for line in one["centre_lines"]]
        along = sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in lines)
        assert lines
        assert one["length_mm"] == pytest.approx(along * pixel_mm, rel=0.25, abs=0.5)
        assert one["width_um"] > 0
        # A line times its width is about the area.
        area_mm2 = one["length_mm"] * one["width_um"] / 1000
        assert 0.3 < area_mm2 / one["area_mm2"] < 3
    others = [f["properties"] for f in features if f not in cracks]
    assert not any("centre_lines" in one for one in others if one["class"] == "loss")


def test_evidence_is_a_picture_with_its_scale_and_in_the_report(
    grey_job: JobDone,
) -> None:
    content = (grey_job.treatment / "exports/condition-evidence.png").read_bytes()
    picture = imagecodecs.png_decode(content)
    height, width = tifffile.imread(grey_job.treatment.parent / "grey.tif").shape
    assert picture.shape[0] > height + 100
    shown = picture[:height, :width].astype(int)
    coloured = np.ptp(shown, axis=2) > 60
    assert 0.001 < coloured.mean() < 0.9
    page = grey_job.report.read_text("utf-8")
    assert 'id="view-evidence"' in page
    assert "the stronger a colour, the more probable" in page
    assert "networks see " in page


def test_damage_that_was_given_has_no_evidence(small_job: JobDone) -> None:
    assert not (small_job.treatment / "exports/condition-evidence.png").exists()
    assert 'id="view-evidence"' not in small_job.report.read_text("utf-8")
    assert {one["found_by"] for one in properties(small_job)} == {"given"}
    assert small_job.figures["at_sensitivity"] == []


def test_figures_say_what_other_sensitivities_would_map(grey_job: JobDone) -> None:
    counted = grey_job.figures["at_sensitivity"]
    assert [one["sensitivity"] for one in counted] == [0.25, 0.5, 0.75]
    assert [one["asked"] for one in counted] == [False, True, False]
    areas = [sum(c["area_mm2"] for c in one["by_class"].values()) for one in counted]
    assert areas == sorted(areas)
    assert areas[0] < areas[-1]
    # One scan pixel to a working pixel: the count is what is mapped.
    for name, mapped in counted[1]["by_class"].items():
        known = grey_job.figures["by_class"].get(name, {"regions": 0})
        assert mapped["regions"] == known["regions"]
        area_mm2 = sum(
            o["area_mm2"] for o in properties(grey_job) if o["class"] == name
        )
        assert mapped["area_mm2"] == pytest.approx(area_mm2, abs=0.01)


def test_condition_prints_what_other_sensitivities_would_map(
    grey_job: JobDone,
) -> None:
    done = pellicle("condition", grey_job.treatment)
    assert done.returncode == 0, done.stderr
    assert "0.5 (set)" in done.stdout
    assert all(name in done.stdout for name in (*CLASSES, "0.25", "0.75", "mm²"))
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_scan_too_coarse_for_cracks_says_so_and_which_one_is_needed(
    grey_job: JobDone, small_job: JobDone
) -> None:
    said = grey_job.figures["assumed"]["cracks"]
    assert said == (
        "One pixel covers 169 µm of the painting: cracks as fine as most cannot be "
        "seen; what is mapped are the widest. A scan of at least 300 ppi resolves them."
    )
    page = grey_job.report.read_text("utf-8")
    assert said in page
    assert "at least 300 ppi" in described_assumption("cracks").remedy
    assert "cracks" not in small_job.figures["assumed"]
    manual = (Path(__file__).parents[2] / "docs/manual.md").read_text("utf-8")
    assert "at least 300 ppi resolves them" in " ".join(manual.split())


def test_a_scan_without_features_leaves_nothing_but_its_map(tmp_path: Path) -> None:
    scan = tmp_path / "flat.tif"
    flat = np.full((260, 300, 3), 30_000, np.uint16)
    tifffile.imwrite(scan, flat, photometric="rgb")
    job = run_job(tmp_path / "flat.pellicle", Request(scan, ppi=600), 1, quiet=True)
    assert job.figures["regions"] == 0
    (run,) = (job.treatment / "runs/condition").iterdir()
    left = {one.name for one in run.iterdir() if one.suffix == ".zarr"}
    assert left == {"raster.zarr", "evidence.zarr"}

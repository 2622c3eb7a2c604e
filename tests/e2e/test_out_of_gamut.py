# SPDX-License-Identifier: Apache-2.0
"""Colours out of reach: told where, by how much, and what other choices would leave."""

import json
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from command_line import SCAN, pellicle
from test_decisions import drawn, pixels, regions

from pellicle.workflow.begin import Request
from pellicle.workflow.job import run_job


@pytest.fixture
def vivid_treatment(tmp_path: Path) -> Path:
    """Two losses in vivid paint that no offset ink reaches."""
    rows, columns = np.mgrid[:320, :320]
    labels = np.zeros((320, 320), np.uint8)
    labels[np.hypot(rows - 90, columns - 90) < 36] = 1
    labels[np.hypot(rows - 220, columns - 220) < 36] = 1
    damage = drawn(tmp_path / "damage.png", labels)
    scan = tifffile.imread(SCAN)
    for middle in (90, 220):
        vivid = np.hypot(rows - middle, columns - middle) < 70
        scan[vivid] = (2_000, 40_000, 65_000)
    scan[labels == 1] = 60_000
    tifffile.imwrite(tmp_path / "vivid.tif", scan, photometric="rgb")
    path = tmp_path / "vivid.pellicle"
    run_job(
        path, Request(tmp_path / "vivid.tif", ppi=300, damage=damage), 1, quiet=True
    )
    return path


def figures(path: Path) -> dict:
    return json.loads((path / "exports/figures.json").read_text("utf-8"))


def test_choices_for_colours_out_of_reach(vivid_treatment: Path) -> None:
    path = vivid_treatment
    told = figures(path)["out_of_gamut"]
    assert told["choice"] == "nearest"
    assert told["regions_accepted"] == 0
    assert set(told["left_de00_mean"]) == {
        "nearest",
        "keep-hue",
        "more-white",
        "accept",
    }
    of_regions = [
        one.properties["out_of_gamut"]
        for one in regions(path).values()
        if "out_of_gamut" in one.properties
    ]
    area_mm2 = sum(one["area_mm2"] for one in of_regions)
    assert area_mm2 == pytest.approx(told["area_mm2"], abs=1e-3)
    assert told["de00_max"] >= told["de00_mean"] > 1
    picture = imagecodecs.imread(path / "exports/mask-gamut.png")[:320, :320]
    coloured = np.ptp(picture.astype(int), axis=2) > 30
    assert coloured[60:120, 60:120].mean() > 0.3
    assert not coloured[:140, 180:].any()
    before = tifffile.imread(path / "exports/mask-colour.tif")

    # The film's are accepted; of one region the hue is kept.
    assert pellicle("mask", path, "--out-of-gamut", "accept").returncode == 0
    region = next(
        name
        for name, one in regions(path).items()
        if "out_of_gamut" in one.properties and pixels(one)[90, 90]
    )
    said = ["--region", region, "--by", "Ada", "--out-of-gamut"]
    assert pellicle("decide", path, *said, "keep-hue").returncode == 0
    assert pellicle("record", path).returncode == 0
    changed = (tifffile.imread(path / "exports/mask-colour.tif") != before).any(axis=2)
    assert changed[60:120, 60:120].any()
    assert not changed[150:, 150:].any()
    told = figures(path)["out_of_gamut"]
    assert told["choice"] == "accept"
    assert 0 < told["accepted_mm2"] < told["area_mm2"]
    own = regions(path)[region].properties
    assert own["out_of_gamut"]["choice"] == "keep-hue"
    assert own["out_of_gamut"]["decided_by"] == "Ada"
    assert "keep-hue, says Ada" in own["decision"]
    page = (path / "report/index.html").read_text("utf-8")
    assert "Colours out of reach" in page
    assert "nearest of the same hue" in page

    refused = pellicle("decide", path, *said, "more-white")
    assert refused.returncode == 2
    assert "whole film" in refused.stderr


def test_a_film_without_white_refuses_more_of_it(own_treatment: Path) -> None:
    refused = pellicle(
        "mask",
        str(own_treatment),
        "--out-of-gamut",
        "more-white",
        "--print-setup",
        "film-glaze-colour-only",
    )
    assert refused.returncode == 2
    assert "film-glaze-colour-only has not that" in refused.stderr

# SPDX-License-Identifier: Apache-2.0
"""Styles and recolouring go through to mask and proof, and back again."""

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from command_line import LABELS, SCAN

from pellicle.cli.main import build_app
from pellicle.io.geojson import Feature, read_features
from pellicle.io.png_file import EVIDENCE_PALETTE
from pellicle.model.raster import Window
from pellicle.model.reconstruction import EvidenceGrade
from pellicle.model.style import RetouchingStyle
from pellicle.raster.polygons import rasterise
from pellicle.workflow.begin import Request
from pellicle.workflow.job import JobDone, run_job
from pellicle.workflow.status import DONE, status

WHOLE = Window(0, 0, 320, 320)
FADED = np.s_[40:120, 180:290]


def again(treatment: Path, **changes: Any) -> JobDone:
    return run_job(treatment, Request(SCAN, **changes), 1, quiet=True)


def run(*arguments: object) -> None:
    build_app(str(arguments[0]))([str(one) for one in arguments], standalone_mode=False)


def regions(treatment: Path) -> dict[str, Feature]:
    """By id, the largest first."""
    found = read_features(treatment / "exports/regions.geojson")
    found.sort(key=lambda one: -one.properties["area_mm2"])
    return {one.properties["id"]: one for one in found}


def pixels(feature: Feature) -> np.ndarray:
    return rasterise(feature.polygons, WHOLE)


def exported(treatment: Path, name: str) -> np.ndarray:
    return np.asarray(tifffile.imread(treatment / "exports" / name))


def test_one_region_in_another_style_and_back(own_treatment: Path) -> None:
    before = exported(own_treatment, "reconstruction.tif")
    name, largest = next(iter(regions(own_treatment).items()))
    run("decide", own_treatment, "--region", name, "--style", "tratteggio", "--by", "A")
    done = again(own_treatment)
    assert "reconstruction" not in done.seconds
    assert {"style", "mask", "proof"} <= set(done.seconds)
    shown, inside = exported(own_treatment, "reconstruction.tif"), pixels(largest)
    np.testing.assert_array_equal(shown[~inside], before[~inside])
    assert (shown != before)[inside].mean() > 0.8
    np.testing.assert_array_equal(
        exported(own_treatment, "reconstruction-mimetic.tif"), before
    )
    features = regions(own_treatment)
    assert features[name].properties["style"] == "tratteggio"
    assert features[name].properties["decision"] == "tratteggio asked for"
    method = largest.properties["method"]
    assert f"{method}, tratteggio" in done.report.read_text("utf-8")
    assert {step.state for step in status(own_treatment).steps} <= {DONE, "given"}
    lines = (own_treatment / "decisions.jsonl").read_text("utf-8")
    assert '"style":"tratteggio"' in lines

    run("decide", own_treatment, "--region", name, "--style", "mimetic", "--by", "B")
    done = again(own_treatment)
    assert not {"reconstruction", "style", "mask", "proof"} & set(done.seconds)
    after = exported(own_treatment, "reconstruction.tif")
    np.testing.assert_array_equal(after, before)
    assert not (own_treatment / "exports/reconstruction-mimetic.tif").exists()


def test_the_usual_style_is_kept_and_its_sizes_are_options(own_treatment: Path) -> None:
    before = exported(own_treatment, "reconstruction.tif")
    again(own_treatment, style="lighter")
    again(own_treatment)
    shown = exported(own_treatment, "reconstruction.tif").astype(int)
    evidence = imagecodecs.imread(own_treatment / "exports/evidence.png")
    inside = (evidence != EVIDENCE_PALETTE[0]).any(axis=2)
    assert (shown[inside].sum(axis=1) >= before[inside].astype(int).sum(axis=1)).all()
    np.testing.assert_array_equal(shown[~inside], before[~inside])
    run("reconstruct", own_treatment, "--style", "tratteggio", "--line-width-mm", 0.2)
    text = (own_treatment / "treatment.toml").read_text("utf-8")
    assert "line_width_mm = 0.2" in text
    with pytest.raises(Exception, match=r"line_width_mm.*bad-setting"):
        run("reconstruct", own_treatment, "--line-width-mm", -1)


@pytest.fixture(scope="module")
def faded_job(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A scan of which a part has lost a glaze, and its treatment."""
    folder = tmp_path_factory.mktemp("faded")
    scan = np.asarray(tifffile.imread(SCAN)).astype(np.float64)
    top = 65_535 if scan.max() > 255 else 255
    scan[FADED] = top - (top - scan[FADED]) * 0.7
    path = folder / "faded.tif"
    kept = np.rint(scan).astype(np.uint16 if top > 255 else np.uint8)
    tifffile.imwrite(path, kept, photometric="rgb")
    labels = imagecodecs.imread(LABELS).copy()
    labels[FADED] = 5
    damage = folder / "labels.png"
    damage.write_bytes(imagecodecs.png_encode(labels))
    treatment = folder / "faded.pellicle"
    run_job(treatment, Request(path, ppi=300, damage=str(damage)), 1, quiet=True)
    return treatment, path


def test_discoloured_paint_is_left_until_a_person_says_its_colours(
    faded_job: tuple[Path, Path],
) -> None:
    treatment, path = faded_job
    scan = np.asarray(tifffile.imread(path))
    found = regions(treatment)
    name = next(n for n, o in found.items() if o.properties["class"] == "discoloured")
    assert found[name].properties["printed"] is False
    made = exported(treatment, "reconstruction.tif")
    inside = pixels(found[name])
    np.testing.assert_array_equal(made[inside], scan[inside])

    pairs = treatment.parent / "pairs.csv"
    pairs.write_text(
        "from_x,from_y,to_L,to_a,to_b,radius_mm\n200,60,20,8,6,1\n240,100,25,9,6,1\n",
        encoding="utf-8",
    )
    loss = next(n for n, o in found.items() if o.properties["class"] == "loss")
    asked = ("--recolour-from", pairs, "--by", "Ada")
    with pytest.raises(Exception, match=r"loss.*bad-setting"):
        run("decide", treatment, "--region", loss, *asked)
    run("decide", treatment, "--region", name, *asked)
    done = run_job(treatment, Request(path), 1, quiet=True)
    made = exported(treatment, "reconstruction.tif")
    evidence = imagecodecs.imread(treatment / "exports/evidence.png")
    recoloured = EVIDENCE_PALETTE[EvidenceGrade.RECOLOURED]
    assert (evidence[inside] == recoloured).all()
    assert (made[inside].astype(int) <= scan[inside]).mean() > 0.99
    assert (made != scan)[inside].mean() > 0.9
    detail = np.corrcoef(made[inside][:, 1], scan[inside][:, 1])[0, 1]
    assert detail > 0.97
    white = exported(treatment, "mask-white.tif")
    assert not white[inside].any()
    one = regions(treatment)[name].properties
    assert (one["method"], one["evidence"]) == ("recolour", "recoloured")
    assert one["decision"] == "recoloured by Ada"
    assert 0 <= one["beyond_glaze_share"] <= 1
    assert done.figures["evidence_area_mm2"]["recoloured"] > 0

    again_styled = run_job(treatment, Request(path, style="neutral"), 1, quiet=True)
    shown = exported(treatment, "reconstruction.tif")
    np.testing.assert_array_equal(shown[inside], made[inside])
    assert "style" in again_styled.seconds


def test_a_place_without_paint_is_refused(faded_job: tuple[Path, Path]) -> None:
    treatment, _ = faded_job
    pairs = treatment.parent / "beside.csv"
    pairs.write_text("from_x,from_y,to_L,to_a,to_b\n9000,60,20,8,6\n", "utf-8")
    with pytest.raises(Exception, match=r"row 1.*bad-colour-pairs"):
        run(
            *("decide", treatment, "--class", "discoloured"),
            *("--recolour-from", pairs, "--by", "Ada"),
        )


def test_styles_have_the_codes_that_rasters_hold() -> None:
    assert [one.code for one in RetouchingStyle] == [0, 1, 2, 3, 4]

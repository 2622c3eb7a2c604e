# SPDX-License-Identifier: Apache-2.0
"""What persons and files say about damage holds, whatever is found beside it."""

from importlib import resources
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from command_line import LABELS, SCAN
from scipy import ndimage

from pellicle.io.geojson import Feature, read_features
from pellicle.model.decision import ChosenMethod, Verdict
from pellicle.model.raster import Window
from pellicle.raster.polygons import rasterise
from pellicle.workflow.begin import Request
from pellicle.workflow.decide import decide
from pellicle.workflow.job import JobDone, run_job

WHOLE = Window(0, 0, 320, 320)


@pytest.fixture(scope="session")
def found_job(tmp_path_factory: pytest.TempPathFactory) -> JobDone:
    """The small scan with its damage found; do not change it."""
    path = tmp_path_factory.mktemp("found") / "found.pellicle"
    return run_job(path, Request(SCAN, ppi=300), 1, quiet=True)


def again(treatment: Path, **changes: Any) -> JobDone:
    return run_job(treatment, Request(SCAN, **changes), 1, quiet=True)


def regions(treatment: Path) -> dict[str, Feature]:
    """By id, the largest first."""
    found = read_features(treatment / "exports/regions.geojson")
    found.sort(key=lambda one: -one.properties["area_mm2"])
    return {one.properties["id"]: one for one in found}


def pixels(feature: Feature) -> np.ndarray:
    return rasterise(feature.polygons, WHOLE)


def drawn(path: Path, labels: np.ndarray) -> str:
    path.write_bytes(imagecodecs.png_encode(labels.astype(np.uint8)))
    return str(path)


def own_setup(folder: Path, *changes: tuple[str, str]) -> str:
    built_in = resources.files("pellicle") / "print_setups"
    text = (built_in / "film-inkjet-default.toml").read_text("utf-8")
    for before, after in changes:
        assert text.count(before) == 1
        text = text.replace(before, after)
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_given_pixel_on_a_network_that_was_found_is_a_region_of_its_own(
    found_job: JobDone, tmp_path: Path
) -> None:
    largest, network = next(iter(regions(found_job.treatment).items()))
    assert network.properties["class"] == "craquelure"
    row, column = np.argwhere(pixels(network))[40]
    labels = np.zeros(WHOLE.shape)
    labels[row, column] = 3
    given = drawn(tmp_path / "given.png", labels)
    path = tmp_path / "own.pellicle"
    done = run_job(path, Request(SCAN, ppi=300, damage_adds=given), 1, quiet=True)
    now = regions(path)
    assert largest not in now
    (mine,) = (one for one in now.values() if one.properties["origin"] == "given")
    assert np.count_nonzero(pixels(mine)) == 1
    assert mine.properties["method"]
    whole = pixels(network)
    whole[row, column] = False
    others = [one for one in now.values() if one is not mine]
    cracks = [one for one in others if one.properties["class"] == "craquelure"]
    for one in others:
        assert one.properties["origin"] == "found"
    for one in cracks:
        assert one.properties["method"] is None
    united = np.logical_or.reduce([pixels(one) for one in others])
    np.testing.assert_array_equal(united & whole, whole)
    assert done.figures["regions_infilled"] == 1 + len(others) - len(cracks)


def test_the_report_says_that_craquelure_is_left_unless_asked_for(
    found_job: JobDone,
) -> None:
    page = found_job.report.read_text("utf-8")
    assert "Craquelure that the software found is left as it is" in page
    assert "--infill-craquelure" in page


def test_verdicts_on_regions_that_are_mapped_no_more_stand_and_go_on_standing(
    own_treatment: Path, tmp_path: Path
) -> None:
    before = regions(own_treatment)
    # Beside a crack that is left, paint that is said to be lost now.
    left = next(
        n for n, one in before.items() if one.properties["class"] == "craquelure"
    )
    lost = ndimage.binary_dilation(pixels(before[left]), iterations=6)
    approved, noted = [n for n, o in before.items() if not lost[pixels(o)].any()][:2]
    decide(own_treatment, left, by="Ada", verdict=Verdict.LEAVE)
    decide(own_treatment, approved, by="Bo", verdict=Verdict.APPROVE)
    decide(own_treatment, noted, by="Cy", verdict=Verdict.NOTE, note="old fill")
    done = again(own_treatment, damage=drawn(tmp_path / "lost.png", lost))
    now = regions(own_treatment)
    own = {n for n, one in now.items() if one.properties["origin"] == "person"}
    assert own == {left, approved}
    assert now[left].properties["reason"] == "left by Ada"
    assert now[approved].properties["decision"] == "approved by Bo"
    assert now[approved].properties["method"]
    for name in own:
        np.testing.assert_array_equal(pixels(now[name]), pixels(before[name]))
    made = tifffile.imread(own_treatment / "exports/reconstruction.tif")
    scan = tifffile.imread(SCAN)
    inside = pixels(before[left])
    np.testing.assert_array_equal(made[inside], scan[inside])
    assert (made != scan)[lost & ~inside].any()
    assert done.figures["regions_left"]["left by a person"] == 1
    assert done.figures["approvals"]["viewed"] == 1
    page = done.report.read_text("utf-8")
    assert f"{noted}, mapped no more" in page
    assert f"{left}, mapped no more" not in page

    decide(own_treatment, left, by="Di", verdict=Verdict.APPROVE)
    done = again(own_treatment)
    assert regions(own_treatment)[left].properties["decision"] == "approved by Di"
    assert done.figures["approvals"]["viewed"] == 2
    assert "left by a person" not in done.figures["regions_left"]


def test_a_strict_mask_whose_regions_are_all_approved_is_no_draft(
    own_treatment: Path,
) -> None:
    done = again(own_treatment, policy="strict")
    assert done.print_files == "withheld"
    waiting = [
        name
        for name, one in regions(own_treatment).items()
        if one.properties["reason"] == "awaits approval"
    ]
    assert waiting
    for name in waiting:
        decide(own_treatment, name, by="Ada", verdict=Verdict.APPROVE)
    done = again(own_treatment)
    assert done.print_files == "written"
    assert done.figures["regions_printed"] > len(waiting)
    assert "DRAFT" not in done.report.read_text("utf-8")
    assert "DRAFT" in again(own_treatment, policy="draft").report.read_text("utf-8")


def test_nobody_is_asked_to_approve_what_is_too_fine_to_print(
    own_treatment: Path, tmp_path: Path
) -> None:
    finest = ("smallest_width_um = 125", "smallest_width_um = 1500")
    setup = own_setup(tmp_path, finest)
    draft = again(own_treatment, print_setup=setup).figures
    strict = again(own_treatment, policy="strict").figures
    too_fine = draft["regions_left"]["too fine to print"]
    assert strict["regions_left"]["too fine to print"] == too_fine
    waiting = strict["regions_left"].get("awaits approval", 0)
    assert strict["regions_printed"] == draft["regions_printed"] - waiting
    evidence = [
        (one.properties["evidence"], one.properties["reason"] or "")
        for one in regions(own_treatment).values()
    ]
    assert any(e == "copied" and r.startswith("too fine") for e, r in evidence)


def test_a_setup_that_only_says_other_words_makes_no_new_mask(
    own_treatment: Path, tmp_path: Path
) -> None:
    plate = own_treatment / "exports/mask.tif"
    before = tifffile.imread(plate)
    setup = own_setup(
        tmp_path,
        ('name = "film-inkjet-default"', 'name = "ours"'),
        ("mirrored = false", "mirrored = true"),
    )
    done = again(own_treatment, print_setup=setup)
    assert not {"reconstruction", "mask", "proof"} & set(done.seconds)
    np.testing.assert_array_equal(tifffile.imread(plate), before[:, ::-1])
    assert "ours" in done.report.read_text("utf-8")


def test_asking_for_a_glaze_infills_nothing_anew(own_treatment: Path) -> None:
    name = next(iter(regions(own_treatment)))
    glaze = ChosenMethod.GLAZE
    decide(own_treatment, name, by="Ada", verdict=Verdict.METHOD, method=glaze)
    done = again(own_treatment)
    assert "reconstruction" not in done.seconds
    assert "mask" in done.seconds
    white = tifffile.imread(own_treatment / "exports/mask-white.tif")
    assert not white[pixels(regions(own_treatment)[name])].any()


def test_an_outline_without_a_pixel_is_refused_by_its_name(
    own_treatment: Path, tmp_path: Path
) -> None:
    outline = drawn(tmp_path / "black.png", np.zeros(WHOLE.shape))
    with pytest.raises(Exception, match=r"black\.png.*empty-outline"):
        again(own_treatment, outline=outline)


def test_size_and_examination_stand_in_the_report(own_treatment: Path) -> None:
    toml = own_treatment / "treatment.toml"
    text = toml.read_text("utf-8").replace(
        'examination = ""', 'examination = "raking light, 3 May"'
    )
    toml.write_text(f"size_mm = [740.0, 1010.5]\n{text}", encoding="utf-8")
    page = again(own_treatment).report.read_text("utf-8")
    assert "740.0 × 1,010.5 mm" in page
    assert "raking light, 3 May" in page


def test_labels_and_regions_agree(small_job: JobDone) -> None:
    labels = imagecodecs.png_decode(LABELS.read_bytes())
    drawn_again = np.zeros_like(labels)
    classes = {"loss": 1, "abrasion": 2, "craquelure": 3, "split": 4}
    for one in regions(small_job.treatment).values():
        drawn_again[pixels(one)] = classes[one.properties["class"]]
        assert one.properties["origin"] == "given"
    np.testing.assert_array_equal(drawn_again, labels)

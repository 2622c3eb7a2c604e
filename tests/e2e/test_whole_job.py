# SPDX-License-Identifier: Apache-2.0
import hashlib
import json
import re
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from command_line import LABELS, SCAN, pellicle

from pellicle.workflow.begin import Request
from pellicle.workflow.job import JobDone, run_job
from pellicle.workflow.verify import verify

EXPORTS = {
    "condition.png",
    "regions.geojson",
    "parts-left.geojson",
    "reconstruction.tif",
    "evidence.png",
    "mask-colour.tif",
    "mask-white.tif",
    "mask.tif",
    "mask-spot.tif",
    "mask-choice.png",
    "mask-transparent.png",
    "mask-white-plate.png",
    "mask-gamut.png",
    "mask-ink-limit.png",
    "mask.pdf",
    "mask-colour.pdf",
    "mask-white.pdf",
    "mask-ticket.pdf",
    "mask-preflight.json",
    "mask-inspection.pdf",
    "proof.tif",
    "proof-difference.png",
    "proof-difference-map.png",
    "proof-distances.png",
    "proof-sheet.png",
    "error-budget.json",
    "error-budget.csv",
    "figures.json",
}
FIGURES = {
    "pixel_count",
    "regions",
    "regions_infilled",
    "regions_printed",
    "regions_left",
    "regions_in_part",
    "by_class",
    "at_sensitivity",
    "judged_by",
    "left_area_mm2",
    "mask_area_mm2",
    "unique_colours",
    "undamaged_inked_mm2",
    "out_of_gamut",
    "ink_limited",
    "predicted_de00_mean",
    "predicted_de00_p95",
    "predicted_de00_in_gamut_mean",
    "predicted_de00_in_gamut_p95",
    "rim_de00_mean",
    "out_of_gamut_fraction",
    "untouched_de00_mean",
    "visible_area_before_mm2",
    "visible_area_after_mm2",
    "film_shift",
    "film_shift_share",
    "hand_hours_estimate",
    "error_budget",
    "evidence_area_mm2",
    "approvals",
    "references",
    "assumed",
}


def labels() -> np.ndarray:
    return imagecodecs.png_decode(LABELS.read_bytes())


def export_hashes(treatment: Path) -> dict[str, str]:
    names = [*(treatment / "exports").iterdir(), treatment / "report" / "index.html"]
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in names
        if not path.name.startswith(".")
    }


def test_every_export_is_there(small_job: JobDone) -> None:
    made = {path.name for path in (small_job.treatment / "exports").iterdir()}
    assert made - {".made.json"} == EXPORTS
    assert small_job.report.is_file()
    assert small_job.print_files == "written"


def test_figures_are_complete_and_plausible(small_job: JobDone) -> None:
    found = json.loads((small_job.treatment / "exports/figures.json").read_bytes())
    assert set(found) == FIGURES
    assert found["pixel_count"] == labels().size
    assert found["undamaged_inked_mm2"] == 0
    assert found["regions_printed"] <= found["regions_infilled"] <= found["regions"]
    left = sum(found["regions_left"].values())
    assert left == found["regions"] - found["regions_printed"]
    inked_mm2 = np.count_nonzero(labels()) * (25.4 / 300) ** 2
    assert 0 < found["mask_area_mm2"] <= inked_mm2 + 1e-3
    assert found["visible_area_after_mm2"] < found["visible_area_before_mm2"]
    without, exact, one, two = found["film_shift"]
    assert without["visible_area_mm2"] == found["visible_area_before_mm2"]
    assert exact["visible_area_mm2"] == found["visible_area_after_mm2"]
    assert [f["film_shifted_um"] for f in (without, exact, one, two)] == [
        None,
        0,
        250,
        500,
    ]
    difference = [f["difference_de00_mm2"] for f in (exact, one, two, without)]
    assert difference == sorted(difference)
    for one_ring in (one, two):
        for name in ("visible_area", "difference"):
            unit = "mm2" if name == "visible_area" else "de00_mm2"
            assert one_ring[f"{name}_{unit}"] <= one_ring[f"{name}_worst_{unit}"]
    sound = [f["sound_de00_mm2"] for f in (without, exact, one, two)]
    assert sound[0] == sound[1] == 0 < sound[2] < sound[3]
    assert found["film_shift_share"] == 1
    left_mm2 = sum(found["left_area_mm2"].values())
    assert 0.9 * inked_mm2 < found["mask_area_mm2"] + left_mm2 < inked_mm2 + 1e-2
    assert found["predicted_de00_in_gamut_mean"] <= 1.5
    assert found["predicted_de00_in_gamut_p95"] <= 4
    assert {"colour", "white", "displacement"} <= set(found["assumed"])
    assert "scale" not in found["assumed"]


def test_outside_the_damage_not_one_bit_differs_from_the_scan(
    small_job: JobDone,
) -> None:
    exports = small_job.treatment / "exports"
    scan = tifffile.imread(SCAN)
    sound = labels() == 0
    for name in ("reconstruction.tif", "proof.tif"):
        with tifffile.TiffFile(exports / name) as tiff, tifffile.TiffFile(SCAN) as src:
            made, page, source = tiff.asarray(), tiff.pages[0], src.pages[0]
            assert page.tags[34675].value == source.tags[34675].value
            assert page.tags["XResolution"].value[0] / page.tags["XResolution"].value[
                1
            ] == pytest.approx(300, rel=1e-6)
        assert made.dtype == scan.dtype == np.uint16
        np.testing.assert_array_equal(made[sound], scan[sound])
        assert (made[~sound] != scan[~sound]).any()


def test_ink_lies_only_in_loss_and_the_proof_only_changes_where_there_is_ink(
    small_job: JobDone,
) -> None:
    exports = small_job.treatment / "exports"
    inked = tifffile.imread(exports / "mask.tif").any(axis=2)
    assert inked.any()
    assert not inked[labels() == 0].any()
    changed = (tifffile.imread(exports / "proof.tif") != tifffile.imread(SCAN)).any(2)
    assert not changed[~inked].any()


def test_every_print_file_says_what_was_assumed(small_job: JobDone) -> None:
    for name in ("mask.tif", "mask-spot.tif"):
        with tifffile.TiffFile(small_job.treatment / "exports" / name) as tiff:
            said = tiff.pages[0].tags["ImageDescription"].value
        assert said.count("Assumed: ") == len(small_job.figures["assumed"])


def test_the_report_needs_no_network(small_job: JobDone) -> None:
    page = small_job.report.read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="https?:', page)
    assert "data:image/jpeg;base64," in page


def test_regions_are_listed_with_their_geometry(small_job: JobDone) -> None:
    path = small_job.treatment / "exports/regions.geojson"
    features = json.loads(path.read_bytes())["features"]
    assert len(features) == small_job.figures["regions"]
    area_mm2 = sum(feature["properties"]["area_mm2"] for feature in features)
    expected_mm2 = np.count_nonzero(labels()) * (25.4 / 300) ** 2
    assert area_mm2 == pytest.approx(expected_mm2, rel=1e-4)


def test_verify_finds_nothing_and_then_names_what_was_changed(
    own_treatment: Path,
) -> None:
    assert verify(own_treatment)
    mask = own_treatment / "exports/mask-white.tif"
    mask.write_bytes(mask.read_bytes()[:-1] + b"x")
    found = pellicle("verify", own_treatment)
    assert found.returncode == 65
    assert "exports/mask-white.tif" in found.stderr
    assert "Traceback" not in found.stderr


def test_two_workers_and_a_second_time_give_the_same_bytes(
    small_job: JobDone, tmp_path: Path
) -> None:
    request = Request(SCAN, ppi=300, damage=str(LABELS))
    again = run_job(tmp_path / "again.pellicle", request, 2, quiet=True)
    assert export_hashes(again.treatment) == export_hashes(small_job.treatment)


def test_a_repeated_command_does_nothing(own_treatment: Path) -> None:
    before = export_hashes(own_treatment)
    times = {path: path.stat().st_mtime_ns for path in own_treatment.rglob("*.*")}
    done = pellicle("restore", SCAN, "-o", own_treatment, "--damage", LABELS, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert told["timings"]["seconds"] == {}
    assert told["print_files"] == "written"
    assert export_hashes(own_treatment) == before
    assert times == {p: p.stat().st_mtime_ns for p in own_treatment.rglob("*.*")}


def test_changing_the_policy_redoes_only_the_mask_and_what_follows(
    own_treatment: Path,
) -> None:
    request = Request(SCAN, policy="strict")
    done = run_job(own_treatment, request, 1, quiet=True)
    assert done.print_files == "withheld"
    assert not {"decode", "scan", "regions", "reconstruction"} & set(done.seconds)
    assert {"mask", "proof"} <= set(done.seconds)
    left = {path.name for path in (own_treatment / "exports").iterdir()}
    assert not left & {"mask.tif", "mask.pdf", "mask-white.pdf", "mask-ticket.pdf"}
    assert {"mask-colour.tif", "mask-white.tif", "reconstruction.tif"} <= left
    assert done.figures["regions_left"]["awaits approval"] > 0


def test_a_region_that_a_person_leaves_is_not_printed_and_one_approved_counts(
    own_treatment: Path,
) -> None:
    path = own_treatment / "exports/regions.geojson"
    features = json.loads(path.read_bytes())["features"]
    largest = sorted(features, key=lambda one: -one["properties"]["area_mm2"])[:2]
    leave, approve = (one["properties"]["id"] for one in largest)
    for region, verdict in ((leave, "--leave"), (approve, "--approve")):
        said = pellicle(
            "decide", own_treatment, "--region", region, verdict, "--by", "Ada"
        )
        assert said.returncode == 0, said.stderr
    done = run_job(own_treatment, Request(SCAN), 1, quiet=True)
    assert done.figures["regions_left"]["left by a person"] == 1
    assert done.figures["approvals"]["viewed"] == 1
    scan = tifffile.imread(SCAN)
    made = tifffile.imread(own_treatment / "exports/reconstruction.tif")
    ring = largest[0]["geometry"]["coordinates"][0]
    while np.ndim(ring[0]) != 1:  # of several polygons, the first
        ring = ring[0]
    ring = np.array(ring, int)
    row, column = ring[:, 1].min(), ring[ring[:, 1].argmin(), 0]
    np.testing.assert_array_equal(made[row, column], scan[row, column])
    assert "left by Ada" in (own_treatment / "report/index.html").read_text("utf-8")


def test_status_tells_what_is_done_and_what_is_stale(own_treatment: Path) -> None:
    told = json.loads(pellicle("status", own_treatment, "--json").stdout)
    assert told["state"] == "done"
    assert told["figures"]["regions"] > 0
    toml = own_treatment / "treatment.toml"
    toml.write_text(toml.read_text().replace('title = ""', 'title = "Madonna"'))
    assert (
        json.loads(pellicle("status", own_treatment, "--json").stdout)["state"]
        == "stale"
    )


def test_export_writes_only_what_is_asked_for(
    own_treatment: Path, tmp_path: Path
) -> None:
    target = tmp_path / "for the printer"
    done = pellicle("export", own_treatment, "--only", "mask", "--to", target)
    assert done.returncode == 0, done.stderr
    made = {path.name for path in target.iterdir()}
    assert made == {name for name in EXPORTS if name.startswith("mask")} | {
        "figures.json"
    }


def test_a_reconstruction_painted_elsewhere_is_taken_and_graded_so(
    own_treatment: Path, tmp_path: Path
) -> None:
    scan = tifffile.imread(SCAN)
    painted = tmp_path / "painted.tif"
    with tifffile.TiffFile(SCAN) as tiff:
        profile = tiff.pages[0].tags[34675].value
    tifffile.imwrite(painted, scan // 2, photometric="rgb", iccprofile=profile)
    request = Request(SCAN, reconstruction=str(painted))
    done = run_job(own_treatment, request, 1, quiet=True)
    assert set(done.figures["evidence_area_mm2"]) == {"painted"}
    made = tifffile.imread(own_treatment / "exports/reconstruction.tif")
    damaged = labels() != 0
    np.testing.assert_array_equal(made[damaged], scan[damaged] // 2)
    np.testing.assert_array_equal(made[~damaged], scan[~damaged])


def test_a_protected_place_is_neither_damage_nor_inked(
    own_treatment: Path, tmp_path: Path
) -> None:
    protect = np.zeros(labels().shape, np.uint8)
    protect[:, : protect.shape[1] // 2] = 255
    path = tmp_path / "signature.png"
    path.write_bytes(imagecodecs.png_encode(protect))
    done = run_job(own_treatment, Request(SCAN, protect=str(path)), 1, quiet=True)
    inked = tifffile.imread(own_treatment / "exports/mask.tif").any(axis=2)
    assert inked.any()
    assert not inked[protect > 0].any()
    condition = imagecodecs.png_decode(
        (own_treatment / "exports/condition.png").read_bytes()
    )
    assert condition.shape[:2] == protect.shape
    assert done.figures["undamaged_inked_mm2"] == 0

# SPDX-License-Identifier: Apache-2.0
"""Proofs from distances and of a shifted film; the budget; why regions are left."""

import csv
import json
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from command_line import LABELS, SCAN, pellicle

from pellicle.workflow.begin import Request
from pellicle.workflow.job import JobDone, run_job


def terms(treatment: Path, axis: str) -> dict[str, dict[str, Any]]:
    told = json.loads((treatment / "exports/error-budget.json").read_bytes())
    return {one["name"]: one for one in told[axis]["terms"]}


def picture(path: Path) -> np.ndarray:
    return imagecodecs.png_decode(path.read_bytes())


def test_a_shifted_film_covers_what_lies_beside_its_place(own_treatment: Path) -> None:
    exports = own_treatment / "exports"
    pixel_um = 25_400 / 300
    made = pellicle(
        "proof",
        own_treatment,
        *("--shift-um", f"{3 * pixel_um},{-2 * pixel_um}", "--shift-um", "0,0"),
        *("--distance-mm", 500, "--distance-mm", 1700),
    )
    assert made.returncode == 0, made.stderr
    scan, proof = tifffile.imread(SCAN), tifffile.imread(exports / "proof.tif")
    assert (tifffile.imread(exports / "proof-shifted-+0+0-um.tif") == proof).all()
    (path,) = exports.glob("proof-shifted-+254*.tif")
    shifted = tifffile.imread(path)
    white = tifffile.imread(exports / "mask-white.tif") != 0
    ink = tifffile.imread(exports / "mask-colour.tif").any(axis=2) | white
    moved = np.zeros_like(ink)
    moved[:-2, 3:] = ink[2:, :-3]
    differs = (shifted != scan).any(axis=2)
    assert not (differs & ~moved).any()
    assert differs[moved].mean() > 0.9
    names = {one.name for one in exports.iterdir()}
    for distance_mm in (500, 1700):
        seen = picture(exports / f"proof-from-{distance_mm}-mm.png")
        assert seen.ndim == 3
        same = picture(exports / f"proof-from-{distance_mm}-mm-shifted-+0+0-um.png")
        assert (same == seen).all()
        assert f"Look at: {exports}/proof-from-{distance_mm}-mm.png" in made.stdout
    near, far = (picture(exports / f"proof-from-{d}-mm.png") for d in (500, 1700))
    assert np.ptp(near) >= np.ptp(far)
    assert len([name for name in names if name.startswith("proof-from-")]) == 6

    back = pellicle("proof", own_treatment, "--distance-mm", 0, "--shift-um", "none")
    assert back.returncode == 0, back.stderr
    left = {one.name for one in exports.iterdir()}
    assert left == {n for n in names if not n.startswith(("proof-from-", "proof-shi"))}


def test_what_cannot_be_asked_of_a_proof_is_refused(own_treatment: Path) -> None:
    for option, value in (
        ("--shift-um", "250"),
        ("--shift-um", "nan,0"),
        ("--shift-um", "90000,0"),
        ("--distance-mm", 10),
    ):
        made = pellicle("proof", own_treatment, option, value)
        assert made.returncode == 2, (value, made.stdout)
        assert made.stderr.startswith("error: ")
    text = (own_treatment / "treatment.toml").read_text("utf-8")
    assert "[settings.proof]" not in text


def test_pictures_for_people_are_what_they_say(small_job: JobDone) -> None:
    exports = small_job.treatment / "exports"
    white = tifffile.imread(exports / "mask-white.tif")
    ink = tifffile.imread(exports / "mask-colour.tif").any(axis=2) | (white != 0)
    clear = picture(exports / "mask-transparent.png")
    assert clear.shape == (*ink.shape, 4)
    assert ((clear[:, :, 3] == 255) == ink).all()
    assert not clear[~ink].any()
    plate = picture(exports / "mask-white-plate.png")[: ink.shape[0], : ink.shape[1]]
    assert (plate[white == 65_535] == 255).all()
    assert (plate[~ink] == plate[~ink][0]).all()
    assert len(np.unique(plate[ink & (white == 0)], axis=0)) == 1
    scan = (tifffile.imread(SCAN) / 257).round()
    sheet = picture(exports / "proof-sheet.png")
    # The small scan fits into the first cell as it is.
    first = sheet[76 : 76 + scan.shape[0], 10 : 10 + scan.shape[1]]
    assert np.abs(first.astype(int) - scan).max() <= 1
    strip = picture(exports / "proof-distances.png")
    assert strip.shape[1] > 4 * 300
    page = small_job.report.read_text("utf-8")
    for words in (
        "Side by side",
        "From several distances",
        "White plate",
        "Error budget",
    ):
        assert words in page


def test_the_budget_says_what_each_term_rests_on(small_job: JobDone) -> None:
    place = terms(small_job.treatment, "position")
    assert place["hand"]["value"] == 250
    assert place["scan_scale"]["source"].startswith("A person gave the pixels")
    assert place["scan_scale"]["value"] == round(1000 / 3**0.5, 3)
    assert {one["basis"] for one in place.values()} == {"assumed", "computed"}
    colour = terms(small_job.treatment, "colour")
    mean = small_job.figures["predicted_de00_mean"]
    assert colour["separation"]["value"] == round(mean, 3)
    assert colour["model"]["value"] == 0.28
    found = small_job.figures["error_budget"]
    squares = sum(one["middle_um"] ** 2 for one in place.values())
    assert abs(found["middle_um"] - squares**0.5) < 0.1
    assert found["agrees_with_displacement"] is True  # a small work
    assert "aligning with 100 µm instead of 250 µm" in found["improve_first"][0]
    path = small_job.treatment / "exports/error-budget.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(place) + len(colour) + 2


def test_a_scale_that_nobody_confirmed_is_the_first_thing_to_improve(
    tmp_path: Path,
) -> None:
    tagged = tmp_path / "tagged.tif"
    tifffile.imwrite(
        tagged,
        tifffile.imread(SCAN),
        photometric="rgb",
        resolution=(30, 30),
        resolutionunit="INCH",
    )
    path = tmp_path / "own.pellicle"
    done = run_job(path, Request(tagged, damage=str(LABELS)), 1, quiet=True)
    scale = terms(path, "position")["scan_scale"]
    assert scale["basis"] == "assumed"
    assert scale["corner_down_um"] > 700
    told = done.figures["error_budget"]
    assert told["improve_first"][0].startswith("Scale of the scan first: measuring")
    assert told["agrees_with_displacement"] is False
    assert "which is more" in done.report.read_text("utf-8")


def test_a_person_may_say_what_the_budget_cannot_know(own_treatment: Path) -> None:
    made = pellicle(
        "record",
        own_treatment,
        *("--support-ppm-per-rh", 0, "--humidity-percent", 3, "--capture-de00", 0.8),
    )
    assert made.returncode == 0, made.stderr
    support = terms(own_treatment, "position")["support"]
    assert (support["value"], support["basis"]) == (0, "given by a person")
    capture = terms(own_treatment, "colour")["capture"]
    assert (capture["value"], capture["basis"]) == (0.8, "given by a person")
    assert "to improve: " in made.stdout
    bad = pellicle("record", own_treatment, "--humidity-percent", -3)
    assert bad.returncode == 2


def test_the_console_says_why_regions_are_left(small_job: JobDone) -> None:
    found = pellicle("status", small_job.treatment)
    assert found.returncode == 0, found.stderr
    left = small_job.figures["regions_left"]
    fine, faint = left["too fine to align"], left["not seen"]
    assert f"{fine} too fine for 250 µm" in found.stdout
    assert f"{faint} invisible at 500 mm" in found.stdout
    for name, one in small_job.figures["by_class"].items():
        line = next(
            line for line in found.stdout.splitlines() if line.startswith(f"{name}  ")
        )
        assert f"{one['printed']} of {one['regions']} printed" in line
        assert sum(one["left"].values()) == one["regions"] - one["printed"]
    every = small_job.figures["by_class"].values()
    assert sum(one["regions"] for one in every) == small_job.figures["regions"]

# SPDX-License-Identifier: Apache-2.0
"""Reference images of a treatment: kept, used or refused, and recorded."""

import json

import numpy as np
import pytest

from pellicle.engine.progress import ProgressReport
from pellicle.errors import (
    BadPointsError,
    BadSettingError,
    NoSuchFileError,
    UnknownFormatError,
)
from pellicle.io.png_file import png_bytes
from pellicle.io.sample_painting import read_undamaged, sample_painting
from pellicle.model.artefact import ArtefactKind
from pellicle.model.decision import Verdict
from pellicle.model.reconstruction import EvidenceGrade, InfillMethod
from pellicle.stages.reconstruct.infill import PaintingInfill
from pellicle.workflow.begin import Request, begun
from pellicle.workflow.candidates import make_candidates, read_candidate
from pellicle.workflow.decide import decide
from pellicle.workflow.reconstruct import reconstruct
from pellicle.workflow.reference_record import reference_figures, region_references
from pellicle.workflow.restore import make_reconstruction, make_regions
from pellicle.workflow.scan import use_scan
from pellicle.workflow.second_photograph import drawn_photograph, take_photograph
from pellicle.workflow.selection import UNDECIDED
from pellicle.workflow.status import status
from pellicle.workflow.verify import verify
from pellicle.workflow.work import Work


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Scan, damage, a second photograph, and noise."""
    folder = tmp_path_factory.mktemp("files")
    whole = (read_undamaged(sample_painting()) >> 8).astype(np.uint8)
    painting = np.ascontiguousarray(whole[1060:1360, 560:940])
    damage = np.zeros(painting.shape[:2], np.uint8)
    damage[120:170, 150:210] = 255
    damage[40:43, 30:200] = 255
    second = take_photograph(painting, drawn_photograph(7, 1.0), 1)
    noise = np.random.default_rng(1).integers(0, 256, (200, 240, 3), np.uint8)
    pictures = {"scan": painting, "damage": damage, "second": second, "noise": noise}
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(png_bytes(picture))
    return folder


def request(files, *references, points=()):
    return Request(
        scan=files / "scan.png",
        ppi=300,
        damage=str(files / "damage.png"),
        reference=tuple(
            one if one == "none" else str(files / f"{one}.png") for one in references
        ),
        reference_points=points,
    )


def made(path, asked):
    with begun(path, asked) as treatment:
        work = Work(treatment, 1, ProgressReport())
        scan = use_scan(work)
        regions, _ = make_regions(work, scan)
        every = regions.condition.regions
        infilled = dict.fromkeys(one.number for one in every)
        return (
            reconstruct(work, scan, regions, infilled, PaintingInfill(), {}),
            regions,
            scan,
        )


def test_a_reference_is_kept_used_and_recorded_and_another_one_refused(
    files, tmp_path, capsys
):
    path = tmp_path / "work.pellicle"
    found, regions, scan = made(path, request(files, "noise", "second"))
    assert "[reference-mismatch]" in capsys.readouterr().err
    kept = sorted(one.name for one in (path / "sources").glob("reference-*.png"))
    assert [one.partition("-")[2][0] for one in kept] == ["1", "2"]

    refused, used = reference_figures(found, scan.raster.pixel_size.area_mm2)
    assert (refused.used, used.used) == (False, True)
    assert "matching details" in refused.reason
    assert used.inliers > 20
    assert used.residual_um_p95 < 85
    assert used.fit_de00_median < 2.5
    assert used.area_mm2 > 0

    loss = max(regions.condition.regions, key=lambda one: one.pixels)
    assert found.infills[loss.number].method is InfillMethod.REFERENCE
    assert found.infills[loss.number].evidence is EvidenceGrade.REFERENCE
    (shown,) = region_references(found, loss)
    assert shown == {"sha256": used.sha256, "share": 1.0}

    window = scan.raster.window
    before, after = scan.samples.read(window), found.samples.read(window)
    untouched = found.evidence.read(window) == 0
    np.testing.assert_array_equal(before[untouched], after[untouched])
    states = {step.kind: step.state for step in status(path).steps}
    assert states[ArtefactKind.REFERENCES] == "done"
    assert states[ArtefactKind.RECONSTRUCTION] == "done"
    assert verify(path)

    # Taken back, the loss is infilled as if there had been none.
    found, _, _ = made(path, request(files, "none"))
    assert EvidenceGrade.REFERENCE not in found.evidence_pixels
    assert not found.references.every
    kinds = {step.kind for step in status(path).steps}
    assert ArtefactKind.REFERENCES not in kinds


def test_what_cannot_be_a_reference_is_refused_before_anything_is_kept(files, tmp_path):
    points = tmp_path / "points.csv"
    points.write_text("1,2,3,4\n", encoding="utf-8")
    text = tmp_path / "text.png"
    text.write_text("no picture", encoding="utf-8")
    for asked, error in (
        (request(files, "missing"), NoSuchFileError),
        (request(files, "second", points=(str(points),)), BadPointsError),
        (request(files, "second", points=(str(points),) * 2), BadSettingError),
        (request(files, "second", "none"), BadSettingError),
        (
            Request(scan=files / "scan.png", ppi=300, reference=(str(text),)),
            UnknownFormatError,
        ),
    ):
        with pytest.raises(error), begun(tmp_path / "work.pellicle", asked):
            pass
        assert not (tmp_path / "work.pellicle").exists()


def test_the_plan_names_the_reference_and_a_candidate_may_be_taken_from_it(
    files, tmp_path
):
    path = tmp_path / "work.pellicle"
    with begun(path, request(files, "second")) as treatment:
        work = Work(treatment, 1, ProgressReport(quiet=True))
        first = make_reconstruction(work)
    loss = max(first.regions.condition.regions, key=lambda one: one.pixels)
    facts = first.made.plans[loss.number].facts
    assert (facts.references, facts.references_given) == ((1,), True)
    words = first.made.reason(loss.number, UNDECIDED)
    assert words.endswith("shown by reference 1: taken from it")

    made = make_candidates(path, loss.id, 1)
    ways = [one.method for one in made.candidates]
    assert ways == ["diffusion", "patches", "patches", "patches", "reference"]
    listed = json.loads((made.folder / "candidates.json").read_bytes())["candidates"]
    assert listed[4]["reference_file"] == "second.png"
    assert listed[0]["reference_file"] is None

    before = first.made.samples.read(loss.window)
    for number, method in ((2, InfillMethod.PATCHES), (5, InfillMethod.REFERENCE)):
        one = read_candidate(path, loss.id, number)
        decide(path, loss.id, by="Ada", verdict=Verdict.CANDIDATE, candidate=one)
        with begun(path, request(files)) as treatment:
            done = make_reconstruction(Work(treatment, 1, ProgressReport(quiet=True)))
        assert done.made.infills[loss.number].method is method
        after = done.made.samples.read(loss.window)
        assert np.array_equal(before, after) is (number == 5)

    # Without its reference the candidate cannot be made: it is said, not guessed.
    with begun(path, request(files, "none")) as treatment:
        done = make_reconstruction(Work(treatment, 1, ProgressReport(quiet=True)))
    assert done.made.infills[loss.number].method is InfillMethod.PATCHES

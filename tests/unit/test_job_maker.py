# SPDX-License-Identifier: Apache-2.0
"""Standard benchmark jobs hold what their definition says, at a size made for tests."""

import dataclasses
import math
import shutil
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile

from pellicle.errors import JobOffSpecError, WorksMissingError
from pellicle.io.icc import srgb_profile
from pellicle.io.sample_painting import sample_painting
from pellicle.workflow.bench_damage import LARGE_REGIONS, region_areas
from pellicle.workflow.bench_job import (
    JOB_A,
    JOB_B,
    JobFiles,
    JobSpec,
    check_job,
    make_job,
    region_areas_of,
)

SMALL_JOB = JobSpec(900, 1000, 600.0, 200, 0.08)


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("works")
    shutil.copy(sample_painting().scan, folder / "painting.tif")
    (folder / "notes.txt").write_text("not a picture", encoding="utf-8")
    (folder / "broken.jpg").write_bytes(b"neither is this")
    return folder


@pytest.fixture(scope="module")
def job(works: Path, tmp_path_factory: pytest.TempPathFactory) -> JobFiles:
    return make_job(works, tmp_path_factory.mktemp("job"), spec=SMALL_JOB)


def test_job_meets_its_definition(job: JobFiles) -> None:
    figures = check_job(job)
    assert figures.regions == pytest.approx(200, rel=0.05)
    assert figures.damaged_fraction == pytest.approx(0.08, abs=0.01)
    assert figures.smallest_px >= 12
    assert figures.largest_px > 10 * 0.08 * 900_000 / 200 / 5


def test_regions_do_not_touch_each_other_whatever_their_class(job: JobFiles) -> None:
    labels = imagecodecs.png_decode(job.damage.read_bytes())
    damaged = (labels > 0).astype(np.uint8)
    together = cv2.connectedComponents(damaged, connectivity=8)[0] - 1
    assert together == len(region_areas_of(labels))


def test_scan_is_16_bit_srgb_with_its_scale(job: JobFiles) -> None:
    with tifffile.TiffFile(job.scan) as tiff:
        page = tiff.pages.first
        assert page.shape == (1000, 900, 3)
        assert page.dtype == np.uint16
        assert page.tags["XResolution"].value == (600, 1)
        assert page.tags["InterColorProfile"].value == srgb_profile()


def test_truth_holds_the_painting_under_the_damage_and_nothing_else(
    job: JobFiles, works: Path
) -> None:
    labels = imagecodecs.png_decode(job.damage.read_bytes())
    scan, truth = tifffile.imread(job.scan), tifffile.imread(job.truth)
    assert not truth[labels == 0].any()
    restored = np.where(labels[..., None] > 0, truth, scan).astype(np.int32)
    painting = tifffile.imread(works / "painting.tif")[80:1080, 80:980]
    in_8_bits = np.round(painting / 257).astype(np.int32)
    off = np.abs(restored - in_8_bits * 257)
    assert off.max() <= 128


def test_damage_is_a_light_ground_with_texture(job: JobFiles) -> None:
    labels = imagecodecs.png_decode(job.damage.read_bytes())
    ground = tifffile.imread(job.scan)[labels > 0] / 65535
    assert ground.mean() > 0.65
    assert 0.01 < (ground / ground.mean(axis=0)).std() < 0.1


def test_pictures_smaller_than_the_job_are_mirrored(
    works: Path, tmp_path: Path
) -> None:
    spec = dataclasses.replace(SMALL_JOB, width_px=1500)
    job = make_job(works, tmp_path, spec=spec)
    labels = imagecodecs.png_decode(job.damage.read_bytes())
    scan, truth = tifffile.imread(job.scan), tifffile.imread(job.truth)
    restored = np.where(labels[..., None] > 0, truth, scan).astype(np.int32)
    edge = 1344 - 160
    left, right = restored[:, edge - 50 : edge], restored[:, edge : edge + 50]
    assert np.abs(left - right[:, ::-1]).max() <= 256


def test_same_seed_gives_the_same_bytes_and_another_seed_others(
    job: JobFiles, works: Path, tmp_path: Path
) -> None:
    again = make_job(works, tmp_path / "again", spec=SMALL_JOB)
    other = make_job(works, tmp_path / "other", seed=1, spec=SMALL_JOB)
    for part in ("scan", "damage", "truth"):
        first, second, third = (getattr(j, part) for j in (job, again, other))
        assert first.read_bytes() == second.read_bytes()
        assert first.read_bytes() != third.read_bytes()


def test_job_that_was_tampered_with_is_refused(job: JobFiles, tmp_path: Path) -> None:
    labels = imagecodecs.png_decode(job.damage.read_bytes())
    damage = tmp_path / "damage.png"
    changed = dataclasses.replace(job, damage=damage)

    def refusal(new_labels: np.ndarray) -> str:
        damage.write_bytes(imagecodecs.png_encode(new_labels))
        with pytest.raises(JobOffSpecError) as caught:
            check_job(changed)
        return caught.value.problem

    speck = labels.copy()
    row, column = np.argwhere(cv2.dilate(labels, np.ones((5, 5), np.uint8)) == 0)[0]
    speck[row, column] = 1
    assert "smallest region" in refusal(speck)
    half = labels.copy()
    half[500:] = 0
    assert "has regions" in refusal(half)
    more = dataclasses.replace(SMALL_JOB, damaged_fraction=0.12)
    with pytest.raises(JobOffSpecError, match="damaged fraction"):
        check_job(dataclasses.replace(job, spec=more))


@pytest.mark.parametrize("case", ["absent", "empty", "small"])
def test_works_without_a_large_picture_are_refused(case: str, tmp_path: Path) -> None:
    folder = tmp_path / "works"
    if case != "absent":
        folder.mkdir()
    if case == "small":
        pixels = np.zeros((64, 64, 3), np.uint8)
        (folder / "small.png").write_bytes(imagecodecs.png_encode(pixels))
    with pytest.raises(WorksMissingError) as caught:
        make_job(folder, tmp_path / "job")
    assert "3,160 × 3,235 pixels" in str(caught.value)
    assert not (tmp_path / "job").exists()


def test_works_may_lie_in_a_folder_named_met(works: Path, tmp_path: Path) -> None:
    (tmp_path / "works").mkdir()
    (tmp_path / "works" / "met").symlink_to(works, target_is_directory=True)
    job = make_job(tmp_path / "works", tmp_path / "job", spec=SMALL_JOB)
    assert job.picture == "painting.tif"


def test_areas_of_job_a_are_log_normal_with_a_few_large_ones() -> None:
    area_px = round(JOB_A.damaged_fraction * JOB_A.raster.pixel_count)
    areas = region_areas(JOB_A.regions, area_px, 12, np.random.default_rng(0))
    assert JOB_A.raster.size_mm == pytest.approx((254.0, 260.35))
    assert len(areas) == 5600
    assert sum(areas) == pytest.approx(area_px, rel=0.01)
    assert min(areas) >= 12
    assert sum(areas[:LARGE_REGIONS]) > 0.1 * area_px
    logs = np.log(areas)
    assert np.std(logs) == pytest.approx(1.4, abs=0.2)
    assert math.exp(np.median(logs)) < 0.5 * np.mean(areas)


def test_job_b_has_the_size_of_the_reference_works_mask() -> None:
    width_mm, height_mm = JOB_B.raster.size_mm
    assert (width_mm, height_mm) == pytest.approx((600, 450), rel=0.001)
    damaged_mm2 = JOB_B.damaged_fraction * width_mm * height_mm
    assert damaged_mm2 == pytest.approx(66_205, rel=0.001)

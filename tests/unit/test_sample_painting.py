# SPDX-License-Identifier: Apache-2.0
"""The bundled painting: its files are the ones described, and its truth is true."""

import hashlib
import re
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from scipy import ndimage

from pellicle.io.icc import srgb_profile
from pellicle.io.sample_painting import (
    SamplePainting,
    read_truth,
    read_undamaged,
    sample_painting,
)
from pellicle.model.condition import DamageClass

DATA = Path(__file__).parents[1] / "data"
ROW = re.compile(r"^\| `([^`]+)` \| ([\d,]+) \| `([0-9a-f]{64})` \|$", re.MULTILINE)
EIGHT = np.ones((3, 3))
FOUR_CLASSES = (
    DamageClass.LOSS,
    DamageClass.ABRASION,
    DamageClass.CRAQUELURE,
    DamageClass.SPLIT,
)


@pytest.fixture(scope="module")
def painting() -> SamplePainting:
    return sample_painting()


def listed(page: Path) -> dict[str, tuple[int, str]]:
    rows = ROW.findall(page.read_text(encoding="utf-8"))
    return {name: (int(size.replace(",", "")), digest) for name, size, digest in rows}


def test_files_are_the_ones_the_readme_lists(painting: SamplePainting) -> None:
    folder = painting.scan.parent
    table = listed(folder / "README.md")
    assert set(table) == {path.name for path in folder.iterdir()} - {"README.md"}
    for name, (size, digest) in table.items():
        content = (folder / name).read_bytes()
        assert len(content) == size
        assert hashlib.sha256(content).hexdigest() == digest


def test_all_files_together_stay_under_eight_megabytes(
    painting: SamplePainting,
) -> None:
    files = painting.scan.parent.iterdir()
    assert sum(path.stat().st_size for path in files) <= 8_000_000


def test_scan_is_16_bit_rgb_with_profile_and_resolution(
    painting: SamplePainting,
) -> None:
    facts = painting.facts
    with tifffile.TiffFile(painting.scan) as tiff:
        page = tiff.pages.first
        assert page.shape == (facts.height_px, facts.width_px, 3)
        assert page.dtype == np.uint16
        assert page.tags["XResolution"].value == (300, 1)
        assert page.tags["ResolutionUnit"].value == 2
        assert page.tags["InterColorProfile"].value == srgb_profile()


def test_size_in_mm_follows_from_pixels_and_ppi(painting: SamplePainting) -> None:
    facts = painting.facts
    assert facts.ppi == 300
    assert facts.width_mm == pytest.approx(facts.width_px / 300 * 25.4, abs=1e-3)
    assert facts.height_mm == pytest.approx(facts.height_px / 300 * 25.4, abs=1e-3)


def test_scan_equals_the_original_outside_the_damage(painting: SamplePainting) -> None:
    undamaged = read_undamaged(painting)
    assert (undamaged % 257 == 0).all()
    samples = (undamaged // 257).astype(np.uint8)
    digest = hashlib.sha256(samples.tobytes()).hexdigest()
    assert digest == painting.facts.undamaged_samples_sha256


def test_truth_is_kept_only_inside_the_damage(painting: SamplePainting) -> None:
    labels, hidden = read_truth(painting)
    scan = tifffile.imread(painting.scan)
    assert not hidden[labels == 0].any()
    changed = (scan != hidden).any(axis=2)[labels > 0].mean()
    assert changed > 0.85  # the rest is sound paint inside abraded patches


def test_damage_is_of_four_kinds_and_of_the_size_described(
    painting: SamplePainting,
) -> None:
    labels, _ = read_truth(painting)
    assert set(np.unique(labels)) == {0, *FOUR_CLASSES}
    total = 0
    for kind in FOUR_CLASSES:
        here = labels == kind
        facts = painting.facts.damage[kind.label]
        assert ndimage.label(here, EIGHT)[1] == facts.regions
        assert here.mean() == pytest.approx(facts.area_fraction, abs=1e-5)
        total += facts.regions
    assert 0.06 <= (labels > 0).mean() <= 0.10
    assert 150 <= total <= 400


def test_small_crop_agrees_with_its_readme_and_its_truth() -> None:
    names = ("small-scan.tif", "small-labels.png", "small-undamaged.png")
    table = listed(DATA / "README.md")
    for name in names:
        digest = hashlib.sha256((DATA / name).read_bytes()).hexdigest()
        assert digest == table[name][1]
    scan = tifffile.imread(DATA / "small-scan.tif")
    labels, undamaged = (
        imagecodecs.png_decode((DATA / name).read_bytes()) for name in names[1:]
    )
    assert scan.shape == (320, 320, 3)
    sound = labels == 0
    assert (scan[sound] == undamaged[sound].astype(np.uint16) * 257).all()
    assert set(np.unique(labels)) == {0, *FOUR_CLASSES}

# SPDX-License-Identifier: Apache-2.0
"""Profiles that Pellicle writes, read by Little CMS."""

import imagecodecs
import numpy as np
import pytest
import pyvips

from pellicle.colour.black_generation import with_black
from pellicle.colour.convert import (
    D50_XYZ,
    lab_d50_from_xyz_d50,
    xyz_d50_from_rec2020,
)
from pellicle.colour.difference import ciede2000
from pellicle.io.icc import describe, output_profile
from pellicle.io.icc_writer import printer_profile

WHITE_XYZ = np.array([0.82, 0.85, 0.69])
SOLIDS = np.array(
    [[0.04, 0.45, 0.75], [0.75, 0.03, 0.35], [0.9, 0.8, 0.03], [0.02, 0.02, 0.02]]
)
INK_LIMIT = 2.2


def printed_xyz(inks: np.ndarray) -> np.ndarray:
    """A printer without any gain; each ink a filter that fades in evenly."""
    shares = 1 - inks[:, :, None] * (1 - np.sqrt(SOLIDS))
    through = (shares**2).prod(axis=1)
    return xyz_d50_from_rec2020(through) * WHITE_XYZ / D50_XYZ


@pytest.fixture(scope="module")
def icc() -> bytes:
    return printer_profile("Étude", WHITE_XYZ, printed_xyz, INK_LIMIT)


def random_inks(count: int) -> np.ndarray:
    cmy = np.random.default_rng(2).random((count, 3))
    return with_black(cmy, INK_LIMIT)


def lab_of(inks: np.ndarray) -> np.ndarray:
    return lab_d50_from_xyz_d50(printed_xyz(inks) * D50_XYZ / WHITE_XYZ)


def through_lcms(values: np.ndarray, source: bytes, target: bytes, spaces: str):
    before, after = spaces.split(">")
    made = imagecodecs.cms_transform(
        np.ascontiguousarray(values[None]),
        source,
        target,
        colorspace=before,
        outcolorspace=after,
        outdtype="f8",
        intent=1,
    )
    return made.reshape(len(values), -1)


def test_the_same_printer_gives_the_same_bytes(icc: bytes) -> None:
    assert printer_profile("Étude", WHITE_XYZ, printed_xyz, INK_LIMIT) == icc
    assert describe(icc).description == "?tude"
    assert describe(icc).colour_space == "CMYK"


def test_lcms_predicts_the_printer(icc: bytes) -> None:
    inks = random_inks(3000)
    lab = through_lcms(inks * 100, icc, imagecodecs.cms_profile("lab4"), "cmyk>lab")
    off = ciede2000(lab, lab_of(inks))
    assert off.mean() < 0.1
    assert off.max() < 0.6


def test_lcms_separates_to_what_the_printer_shows(icc: bytes) -> None:
    lab = lab_of(random_inks(3000))
    inks = through_lcms(lab, imagecodecs.cms_profile("lab4"), icc, "lab>cmyk") / 100
    assert inks.sum(axis=1).max() <= INK_LIMIT + 1e-3
    off = ciede2000(lab_of(inks), lab)
    assert np.median(off) < 0.4
    assert np.percentile(off, 95) < 1.5


def test_vips_takes_it_with_every_intent(icc: bytes) -> None:
    lab = np.array([[[60, 10, -12], [100, 0, 0]]], np.float32)
    picture = pyvips.Image.new_from_memory(lab.tobytes(), 2, 1, 3, "float")
    picture = picture.copy(interpretation="lab")
    for intent in ("perceptual", "relative", "saturation"):
        made = picture.copy()
        made.set_type(pyvips.GValue.blob_type, "icc-profile-data", icc)
        plates = np.array(made.icc_export(intent=intent, depth=16)) / 65535
        assert plates.shape == (1, 2, 4)
        relative = lab_of(plates[0].astype(np.float64))
        off = ciede2000(relative, lab[0].astype(np.float64))
        assert off.max() < 1.5


def test_our_own_reader_finds_its_white_and_its_limit(icc: bytes) -> None:
    profile = output_profile(icc)
    assert profile.ink_limit == pytest.approx(INK_LIMIT, abs=1e-3)
    white = xyz_d50_from_rec2020(np.array(profile.media_white_rgb_linear))
    np.testing.assert_allclose(white, WHITE_XYZ, atol=2e-5)
    inks, error_de00 = profile.ink_and_error(np.ones((1, 3), np.float32))
    assert inks.max() < 0.01
    assert error_de00[0] < 0.2


def test_black_comes_into_the_shadows_only(icc: bytes) -> None:
    greys = np.zeros((9, 3))
    greys[:, 0] = np.linspace(100, 20, 9)
    inks = through_lcms(greys, imagecodecs.cms_profile("lab4"), icc, "lab>cmyk")
    assert inks[:2, 3].max() < 1
    assert (np.diff(inks[:, 3]) > -1.5).all()
    assert inks[-1, 3] > 30

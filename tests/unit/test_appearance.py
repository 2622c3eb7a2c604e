# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.optics import (
    internal_reflectance,
    measured_reflectance,
    white_over,
)
from pellicle.colour.output_profile import OutputProfile
from pellicle.io.icc import output_profile, scan_encoding
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.model.artefact import ArtefactKind
from pellicle.model.mask import OUTCOME_PLANE, WHITE_PLANE, PixelOutcome
from pellicle.model.print_setup import PrintedSide
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.mask.separation import FilmSeparation
from pellicle.stages.proof.appearance import PredictedAppearance
from pellicle.stages.proof.compare import difference_centi_de00, untouched_de00

SETUP, ICC = load_print_setup(DEFAULT_PRINT_SETUP)
PIXEL_SIZE = PixelSize(50.0)


@pytest.fixture(scope="module")
def ink() -> OutputProfile:
    return output_profile(ICC)


@pytest.fixture(scope="module")
def scan() -> ScanEncoding:
    return scan_encoding(None, 3)


@pytest.fixture(scope="module")
def stage(ink: OutputProfile, scan: ScanEncoding) -> PredictedAppearance:
    return PredictedAppearance(setup=SETUP, scan=scan, ink=ink)


def proof_of(
    stage: PredictedAppearance, paint: np.ndarray, planes: np.ndarray
) -> np.ndarray:
    tiles = {ArtefactKind.SCAN: paint, ArtefactKind.MASK: planes}
    return stage.run_tile(tiles, PIXEL_SIZE, Window(0, 0, *paint.shape[:2]))


def printed(shape: tuple[int, int], *plates: int) -> np.ndarray:
    planes = np.zeros((*shape, 6), np.uint16)
    planes[..., :5] = plates
    planes[..., OUTCOME_PLANE] = PixelOutcome.OPAQUE
    return planes


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_scan_is_kept_bit_for_bit_outside_the_mask(
    stage: PredictedAppearance, dtype: type
) -> None:
    generator = np.random.default_rng(0)
    paint = generator.integers(
        0, np.iinfo(dtype).max, (30, 40, 3), dtype, endpoint=True
    )
    before = paint.copy()
    planes = printed((30, 40), 20_000, 30_000, 10_000, 0, 65_535)
    planes[generator.random((30, 40)) < 0.5] = 0
    proof = proof_of(stage, paint, planes)
    outside = planes[..., OUTCOME_PLANE] == 0
    np.testing.assert_array_equal(proof[outside], before[outside])
    np.testing.assert_array_equal(paint, before)
    assert proof.dtype == dtype
    assert (proof[~outside] != before[~outside]).any(axis=-1).mean() > 0.99


@pytest.mark.parametrize("side", list(PrintedSide))
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_paint_beside_the_ink_is_seen_through_a_film_that_is_not_clear(
    stage: PredictedAppearance, scan: ScanEncoding, dtype: type, side: PrintedSide
) -> None:
    film = SETUP.film.model_copy(update={"transmittance": 0.9, "printed_side": side})
    setup = SETUP.model_copy(update={"film": film})
    generator = np.random.default_rng(0)
    most = np.iinfo(dtype).max
    paint = generator.integers(most // 4, most, (30, 40, 3), dtype, endpoint=True)
    planes = printed((30, 40), 20_000, 30_000, 10_000, 0, 65_535)
    bare = generator.random((30, 40)) < 0.5
    planes[bare] = 0
    proof = proof_of(stage.model_copy(update={"setup": setup}), paint, planes)
    through = internal_reflectance(scan.linear(paint[bare])) * 0.9
    expected = scan.encode(measured_reflectance(through), dtype)
    np.testing.assert_array_equal(proof[bare], expected)
    assert proof.dtype == dtype
    found = difference_centi_de00(proof, paint, scan, bare)[bare] / 100
    told = untouched_de00(paint, scan, film)[bare]
    assert found.mean() == pytest.approx(told.mean(), abs=0.05)
    # Ink and white of no coverage are the bare film.
    planes[bare, OUTCOME_PLANE] = PixelOutcome.OPAQUE
    again = proof_of(stage.model_copy(update={"setup": setup}), paint, planes)
    assert np.abs(again[bare].astype(int) - expected).max() <= 2


def test_white_alone_is_kubelka_and_munk_under_the_surface(
    stage: PredictedAppearance, scan: ScanEncoding
) -> None:
    paint = np.full((1, 1, 3), 60 * 257, np.uint16)
    proof = proof_of(stage, paint, printed((1, 1), 0, 0, 0, 0, 65_535))
    backing = internal_reflectance(scan.linear(paint))
    by_hand = measured_reflectance(white_over(backing, 3.0, 0.001))
    np.testing.assert_allclose(scan.linear(proof), by_hand, rtol=1e-3)


def test_film_without_ink_and_white_leaves_the_paint(
    stage: PredictedAppearance,
) -> None:
    paint = np.arange(20_000, 60_000, 400, np.uint16)[None, :, None].repeat(3, axis=2)
    proof = proof_of(stage, paint, printed((1, 100), 0, 0, 0, 0, 0))
    assert np.abs(proof.astype(int) - paint).max() <= 2


def test_proof_shows_the_plates_and_not_the_intention(
    stage: PredictedAppearance, scan: ScanEncoding, ink: OutputProfile
) -> None:
    generator = np.random.default_rng(1)
    target = (generator.integers(80, 140, (40, 40, 3)) * 257).astype(np.uint16)
    paint = np.full((40, 40, 3), 200 * 257, np.uint16)
    everywhere = np.ones((40, 40), np.bool_)
    tiles = {
        ArtefactKind.SCAN: paint,
        ArtefactKind.RECONSTRUCTION: target,
        ArtefactKind.INFILL: everywhere.astype(np.uint8),
    }
    separation = FilmSeparation(setup=SETUP, scan=scan, ink=ink)
    planes = separation.run_tile(tiles, PIXEL_SIZE, Window(0, 0, 40, 40))
    right = difference_centi_de00(
        proof_of(stage, paint, planes), target, scan, everywhere
    )
    assert right.mean() < 20
    without_yellow = planes.copy()
    without_yellow[..., 2] = 0
    wrong = difference_centi_de00(
        proof_of(stage, paint, without_yellow), target, scan, everywhere
    )
    assert wrong.mean() > 500


def test_less_white_shows_more_of_the_painting(stage: PredictedAppearance) -> None:
    dark = np.full((1, 5, 3), 30 * 257, np.uint16)
    planes = printed((1, 5), 0, 0, 0, 0, 0)
    planes[0, :, WHITE_PLANE] = [0, 16_384, 32_768, 49_152, 65_535]
    proof = proof_of(stage, dark, planes)
    assert (np.diff(proof[0, :, 1].astype(int)) > 0).all()


def test_proof_is_made_pixel_by_pixel(stage: PredictedAppearance) -> None:
    assert stage.halo_px(PIXEL_SIZE) == 0
    generator = np.random.default_rng(2)
    paint = generator.integers(0, 65_536, (17, 19, 3), np.uint16)
    planes = generator.integers(0, 65_536, (17, 19, 6), np.uint16)
    planes[..., OUTCOME_PLANE] = generator.integers(0, 2, (17, 19)) * 2
    whole = proof_of(stage, paint, planes)
    for row in range(17):
        one = slice(row, row + 1)
        np.testing.assert_array_equal(
            proof_of(stage, paint[one], planes[one]), whole[one]
        )


def test_grey_scan_has_a_grey_proof(ink: OutputProfile) -> None:
    stage = PredictedAppearance(setup=SETUP, scan=scan_encoding(None, 1), ink=ink)
    paint = np.full((2, 2, 1), 200, np.uint8)
    proof = proof_of(stage, paint, printed((2, 2), 0, 0, 0, 30_000, 65_535))
    assert proof.shape == (2, 2, 1)
    assert (proof < 150).all()

# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from pellicle.colour.encoding import ScanEncoding
from pellicle.io.icc import scan_encoding
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.proof.compare import difference_centi_de00, untouched_de00
from pellicle.stages.proof.proof_difference import ProofDifference


@pytest.fixture(scope="module")
def scan() -> ScanEncoding:
    return scan_encoding(None, 3)


def test_difference_is_in_hundredths_and_only_where_asked(scan: ScanEncoding) -> None:
    black = np.zeros((4, 5, 3), np.uint8)
    white = np.full((4, 5, 3), 255, np.uint8)
    where = np.zeros((4, 5), np.bool_)
    where[1:3, 2:4] = True
    found = difference_centi_de00(black, white, scan, where)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, where * 10_000)


def test_equal_pictures_do_not_differ(scan: ScanEncoding) -> None:
    samples = np.random.default_rng(0).integers(0, 65_536, (9, 7, 3), np.uint16)
    everywhere = np.ones((9, 7), np.bool_)
    assert not difference_centi_de00(samples, samples, scan, everywhere).any()


def test_proof_differs_from_the_reconstruction_also_where_it_is_the_scan(
    scan: ScanEncoding,
) -> None:
    generator = np.random.default_rng(3)
    target = generator.integers(0, 65_536, (9, 7, 3), np.uint16)
    proof = target.copy()
    proof[2:5, 3] = 65_535 - proof[2:5, 3]
    tiles = {ArtefactKind.PROOF: proof, ArtefactKind.RECONSTRUCTION: target}
    stage = ProofDifference(scan=scan)
    found = stage.run_tile(tiles, PixelSize(50.0), Window(0, 0, 9, 7))
    everywhere = np.ones((9, 7), np.bool_)
    expected = difference_centi_de00(proof, target, scan, everywhere)
    np.testing.assert_array_equal(found, expected)
    assert np.count_nonzero(found) == 3


def test_depths_of_one_picture_compare_alike(scan: ScanEncoding) -> None:
    generator = np.random.default_rng(1)
    first, second = generator.integers(0, 256, (2, 9, 7, 3), np.uint8)
    everywhere = np.ones((9, 7), np.bool_)
    np.testing.assert_array_equal(
        difference_centi_de00(first, second, scan, everywhere),
        difference_centi_de00(
            first.astype(np.uint16) * 257,
            second.astype(np.uint16) * 257,
            scan,
            everywhere,
        ),
    )


def test_clear_film_leaves_untouched_paint_and_a_tinted_one_does_not(
    scan: ScanEncoding,
) -> None:
    film = load_print_setup(DEFAULT_PRINT_SETUP)[0].film
    samples = np.random.default_rng(2).integers(30, 256, (8, 8, 3), np.uint8)
    assert film.transmittance == 1
    clear = untouched_de00(samples, scan, film)
    assert clear.shape == (8, 8)
    assert not clear.any()
    tinted = film.model_copy(update={"transmittance": 0.95})
    found = untouched_de00(samples, scan, tinted)
    assert (found > 0).all()
    assert found.mean() < 4

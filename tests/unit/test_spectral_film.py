# SPDX-License-Identifier: Apache-2.0
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from simulated_printer import NM, mixtures, surface

from pellicle.colour.convert import rec2020_from_xyz_d50
from pellicle.colour.film import FilmModel
from pellicle.colour.spectral_film import MOST_TIMES
from pellicle.colour.spectrum import (
    BANDS,
    smoothest_spectra,
    xyz_d50_from_even,
    xyz_d50_from_spectrum,
)
from pellicle.io.icc import output_profile
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.model.print_setup import Spectra

SETUP, ICC = load_print_setup(DEFAULT_PRINT_SETUP)
EVEN = (1.0,) * BANDS

GREY = Spectra(
    white_scattering=(1.5,) * BANDS,
    white_absorption=(0.001,) * BANDS,
    film=EVEN,
    medium=(0.9,) * BANDS,
    yule_nielsen=2,
    gains=((0.1, 0.0),) * 4,
    primaries=(EVEN, *((0.3,) * BANDS,) * 15),
)
"""A printer that is the same at every wavelength."""


def model(spectra: Spectra | None) -> FilmModel:
    setup = SETUP.model_copy(update={"spectra": spectra})
    return FilmModel.of(setup, output_profile(ICC))


def test_smoothest_spectra_have_the_colour_they_were_made_for() -> None:
    paint = surface(mixtures(300, 1, 0.7))
    xyz_d50 = xyz_d50_from_spectrum(NM, paint)
    found = smoothest_spectra(xyz_d50)
    np.testing.assert_allclose(xyz_d50_from_even(found), xyz_d50, atol=1e-9)
    assert np.abs(found - paint).mean() < 0.02
    slopes = np.diff(found, axis=1)
    assert (np.sum(slopes**2, axis=1) <= np.sum(np.diff(paint) ** 2, axis=1)).all()


@given(st.lists(st.floats(0, 1.2), min_size=3, max_size=3))
def test_any_colour_has_a_spectrum_that_a_surface_can_have(xyz: list[float]) -> None:
    found = smoothest_spectra(np.array([xyz]))
    assert found.min() >= 0
    assert found.max() <= 1


def test_without_spectra_nothing_changes() -> None:
    paint = rec2020_from_xyz_d50(xyz_d50_from_even(surface(mixtures(50, 2, 0.7))))
    paint = paint.astype(np.float32)
    plain = model(None)
    inks = np.random.default_rng(0).random((50, 4), np.float32) / 2
    white = np.ones(50, np.float32)
    expected = plain.seen(plain.base(paint, white), inks, white)
    np.testing.assert_array_equal(plain.seen_over(paint, inks, white), expected)


def test_what_is_the_same_at_every_wavelength_is_right_in_bands() -> None:
    inks = np.random.default_rng(0).random((50, 4), np.float32) / 2
    grey = np.repeat(np.linspace(0.02, 0.8, 50, dtype=np.float32)[:, None], 3, axis=1)
    for coverage in (0.0, 1.0):
        white = np.full(50, coverage, np.float32)
        times = model(GREY).spectral_over_bands(grey, inks, white)
        np.testing.assert_allclose(times, 1, atol=2e-3)


def test_no_paint_is_corrected_without_bound() -> None:
    random = np.random.default_rng(3)
    paint = random.random((500, 3), np.float32) ** 3
    inks = random.random((500, 4), np.float32)
    steep = GREY.model_copy(update={"film": tuple(np.linspace(0.5, 1, BANDS))})
    times = model(steep).spectral_over_bands(paint, inks, np.zeros(500, np.float32))
    assert times.shape == (500, 3)
    assert np.isfinite(times).all()
    assert times.min() >= 1 / MOST_TIMES - 1e-6
    assert times.max() <= MOST_TIMES + 1e-6

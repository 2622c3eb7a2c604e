# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from pellicle.colour import optics
from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000


def band(value: float) -> np.ndarray:
    return np.array([[value] * 3])


def test_saunderson_lifts_a_mid_grey_to_its_internal_reflectance() -> None:
    np.testing.assert_allclose(
        optics.internal_reflectance(band(0.18)), 0.36585, atol=5e-6
    )


def test_saunderson_goes_both_ways() -> None:
    measured = np.linspace(0, 0.96, 97)[:, None].repeat(3, 1)
    back = optics.measured_reflectance(optics.internal_reflectance(measured))
    np.testing.assert_allclose(back, measured, atol=1e-12)


def test_nothing_reflects_more_than_all_light_or_less_than_none() -> None:
    inside = optics.internal_reflectance(np.array([[-0.2, 0.97, 3.0]]))
    np.testing.assert_array_equal(inside, [[0, 1, 1]])


@pytest.mark.parametrize(
    ("backing", "scattering", "absorption", "expected"),
    [
        (0.2, 1.0, 0.5, 0.363836),
        (0.2, 1e9, 0.5, 0.381966),
        (0.03, 3.0, 0.001, 0.750215),
        (0.03, 3.0, 0.0, 0.751918),
    ],
)
def test_white_over_a_backing_follows_kubelka_and_munk(
    backing: float, scattering: float, absorption: float, expected: float
) -> None:
    white = optics.white_over(band(backing), scattering, absorption)
    np.testing.assert_allclose(white, expected, atol=5e-7)


def test_white_is_continuous_where_the_forms_change() -> None:
    below = optics.white_over(band(0.03), 3.0, 0.999e-6)
    above = optics.white_over(band(0.03), 3.0, 1.001e-6)
    np.testing.assert_allclose(below, above, atol=5e-6)
    thick = 20.0 / np.sqrt(1.5**2 - 1)
    np.testing.assert_allclose(
        optics.white_over(band(0.2), thick * 0.9999, 0.5),
        optics.white_over(band(0.2), thick * 1.0001, 0.5),
        atol=1e-12,
    )


def test_no_white_leaves_the_backing() -> None:
    for absorption in (0.0, 0.01):
        white = optics.white_over(band(0.3), 0.0, absorption)
        np.testing.assert_allclose(white, 0.3, atol=1e-12)
        dots = optics.halftone_white_over(
            band(0.3), np.zeros((1, 1)), 3.0, absorption, 2
        )
        np.testing.assert_allclose(dots, 0.3, atol=1e-12)


@pytest.mark.parametrize(
    ("scattering", "expected"), [(1.0, 0.560), (3.0, 0.823), (5.0, 0.901)]
)
def test_contrast_ratio_of_white(scattering: float, expected: float) -> None:
    over_black = optics.white_over(band(0.0), scattering, 0.0)
    over_light = optics.white_over(band(0.88), scattering, 0.0)
    np.testing.assert_allclose(over_black / over_light, expected, atol=5e-4)


@pytest.mark.parametrize(
    ("scattering", "inside_de00", "seen_de00"),
    [(1.0, 7.1, 16.9), (3.0, 1.7, 6.1), (5.0, 0.8, 3.2)],
)
def test_one_white_shows_the_backing_through(
    scattering: float, inside_de00: float, seen_de00: float
) -> None:
    dark, light = band(0.03), band(0.57)
    inside = [optics.white_over(backing, scattering, 0.0) for backing in (dark, light)]
    seen = [
        optics.measured_reflectance(
            optics.white_over(optics.internal_reflectance(backing), scattering, 0.0)
        )
        for backing in (dark, light)
    ]
    for pair, expected in ((inside, inside_de00), (seen, seen_de00)):
        lab_a, lab_b = (lab_d50_from_rec2020(colour) for colour in pair)
        np.testing.assert_allclose(ciede2000(lab_a, lab_b), expected, atol=0.05)


def test_half_covered_white_depends_on_how_coverage_is_made() -> None:
    half = np.full((1, 1), 0.5)
    dots = optics.halftone_white_over(band(0.03), half, 3.0, 0.0, 1.0)
    drops = optics.drops_white_over(band(0.03), half, 3.0, 0.0)
    np.testing.assert_allclose(dots, 0.391, atol=5e-4)
    np.testing.assert_allclose(drops, 0.605, atol=5e-4)


def test_wandering_light_darkens_a_halftone() -> None:
    half = np.full((1, 1), 0.5)
    n1 = optics.halftone_white_over(band(0.03), half, 3.0, 0.0, 1.0)
    n2 = optics.halftone_white_over(band(0.03), half, 3.0, 0.0, 2.0)
    np.testing.assert_allclose(
        n2, (0.5 * 0.03**0.5 + 0.5 * 0.751918**0.5) ** 2, atol=1e-6
    )
    assert (n2 < n1).all()


def test_ink_turns_the_backing_into_the_target_or_leaves_it() -> None:
    backing = np.array([[0.5, 0.4, 0.2]])
    target = np.array([[0.25, 0.5, 0.2]])
    wanted = optics.transmittance_wanted(target, backing)
    np.testing.assert_allclose(optics.ink_over(backing, wanted), [[0.25, 0.4, 0.2]])


def test_single_precision_stays_single() -> None:
    backing = band(0.3).astype(np.float32)
    half = np.full((1, 1), 0.5, np.float32)
    for white in (
        optics.white_over(backing, 3.0, 0.0),
        optics.white_over(backing, 3.0, 0.01),
        optics.halftone_white_over(backing, half, 3.0, 0.01, 2.0),
        optics.drops_white_over(backing, half, 3.0, 0.01),
        optics.measured_reflectance(optics.internal_reflectance(backing)),
    ):
        assert white.dtype == np.float32

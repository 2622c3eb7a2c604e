# SPDX-License-Identifier: Apache-2.0
import warnings

import numpy as np
import pytest

from pellicle.colour.convert import (
    D50_XYZ,
    cube_root,
    lab_d50_from_rec2020,
    lab_d50_from_xyz_d50,
    rec2020_from_lab_d50,
    rec2020_from_xyz_d50,
    xyz_d50_from_lab_d50,
    xyz_d50_from_rec2020,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it misses Matplotlib, which is not needed
    import colour


def test_white_is_the_white_of_the_profile_connection_space() -> None:
    np.testing.assert_allclose(xyz_d50_from_rec2020(np.ones(3)), D50_XYZ, atol=1e-12)
    np.testing.assert_allclose(
        lab_d50_from_rec2020(np.ones(3)), [100, 0, 0], atol=1e-10
    )


def test_primaries_are_those_of_rec_2020_adapted_by_bradford() -> None:
    space = colour.RGB_COLOURSPACES["ITU-R BT.2020"]
    expected_xyz = colour.RGB_to_XYZ(
        np.eye(3),
        space,
        illuminant=colour.XYZ_to_xy(D50_XYZ),
        chromatic_adaptation_transform="Bradford",
        apply_cctf_decoding=False,
    )
    np.testing.assert_allclose(xyz_d50_from_rec2020(np.eye(3)), expected_xyz, atol=2e-4)


def test_lab_is_that_of_colour_science() -> None:
    xyz_d50 = np.random.default_rng(2).uniform(0, 1, (500, 3))
    expected_lab = colour.XYZ_to_Lab(xyz_d50, colour.XYZ_to_xy(D50_XYZ))
    np.testing.assert_allclose(lab_d50_from_xyz_d50(xyz_d50), expected_lab, atol=2e-3)


@pytest.mark.parametrize(
    ("there", "back"),
    [
        (xyz_d50_from_rec2020, rec2020_from_xyz_d50),
        (lab_d50_from_xyz_d50, xyz_d50_from_lab_d50),
        (lab_d50_from_rec2020, rec2020_from_lab_d50),
    ],
)
def test_every_conversion_goes_back_even_for_negative_light(there, back) -> None:
    colours = np.random.default_rng(1).uniform(-0.2, 1.3, (40, 25, 3))
    np.testing.assert_allclose(back(there(colours)), colours, atol=1e-10)
    single = colours.astype(np.float32)
    assert back(there(single)).dtype == np.float32
    np.testing.assert_allclose(back(there(single)), single, atol=2e-6)


def test_one_step_and_two_steps_agree() -> None:
    rgb_linear = np.random.default_rng(4).uniform(0, 1, (50, 3))
    two_steps = lab_d50_from_xyz_d50(xyz_d50_from_rec2020(rgb_linear))
    np.testing.assert_allclose(lab_d50_from_rec2020(rgb_linear), two_steps, atol=1e-10)


def test_whole_numbers_are_taken_as_light() -> None:
    np.testing.assert_allclose(lab_d50_from_rec2020([[1, 1, 1]])[0, 0], 100)


def test_cube_root_is_exact_to_the_last_bits() -> None:
    values = np.concatenate(
        [np.geomspace(1e-6, 1e6, 4_000), np.linspace(0.005, 2, 999)]
    )
    roots = np.array([cube_root(one) for one in values])
    np.testing.assert_allclose(roots, np.cbrt(values), rtol=1e-15)

# SPDX-License-Identifier: Apache-2.0
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pellicle
from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.output_profile import OutputProfile
from pellicle.io.icc import output_profile

DATA = Path(__file__).parents[1] / "data"
ICC = Path(pellicle.__file__).parent / "print_setups" / "ISOcoated_v2_300_bas.icc"


@pytest.fixture(scope="session")
def offset() -> OutputProfile:
    return output_profile(ICC.read_bytes())


@pytest.fixture(scope="session")
def patches() -> tuple[np.ndarray, np.ndarray]:
    """Ink fractions and measured absolute L*a*b* of 61 FOGRA39 patches."""
    table = np.loadtxt(DATA / "fogra39l-patches.csv", delimiter=",", skiprows=1)
    return table[:, :4] / 100, table[:, 4:]


def random_inks(count: int, ink_limit: float, seed: int = 0) -> np.ndarray:
    cmyk = np.random.default_rng(seed).random((count, 4), np.float32)
    cmyk[:, 3] **= 3
    total = cmyk.sum(axis=1, keepdims=True)
    return cmyk * np.minimum(1, ink_limit / total).astype(np.float32)


def test_no_ink_is_the_bare_medium(offset: OutputProfile) -> None:
    bare = offset.reflectance(np.zeros((1, 4)))
    np.testing.assert_allclose(bare, 1, atol=1e-6)
    assert bare.dtype == np.float32
    cmyk, error_de00 = offset.ink_and_error(np.ones((1, 3), np.float32))
    assert cmyk.max() < 2e-3
    assert error_de00[0] < 0.02


def test_profile_predicts_the_measurements_it_was_made_from(
    offset: OutputProfile, patches: tuple[np.ndarray, np.ndarray]
) -> None:
    cmyk, measured_lab = patches
    absolute = offset.reflectance(cmyk) * np.array(offset.media_white_rgb_linear)
    away_de00 = ciede2000(lab_d50_from_rec2020(absolute), measured_lab)
    assert away_de00.mean() < 0.05
    assert away_de00.max() < 0.4


def test_profile_ink_limit_is_its_own(offset: OutputProfile) -> None:
    assert offset.ink_limit == pytest.approx(3.0, abs=0.005)


def test_printable_colours_come_back_from_their_inks(offset: OutputProfile) -> None:
    asked = offset.reflectance(random_inks(5_000, offset.ink_limit))
    cmyk, error_de00 = offset.ink_and_error(asked)
    reached = offset.reflectance(cmyk)
    away_de00 = ciede2000(lab_d50_from_rec2020(reached), lab_d50_from_rec2020(asked))
    np.testing.assert_allclose(away_de00, error_de00, atol=2e-3)
    assert away_de00.mean() < 0.01
    assert np.percentile(away_de00, 99) < 0.1
    assert offset.in_gamut(asked).mean() > 0.999


def test_separation_keeps_the_black_of_the_profile(offset: OutputProfile) -> None:
    asked = offset.reflectance(random_inks(3_000, offset.ink_limit))
    unit = lab_d50_from_rec2020(asked) - np.array(offset.lab_low)
    unit = unit / (np.array(offset.lab_high) - np.array(offset.lab_low))
    nodes = offset.lab_to_ink.shape[0]
    at = np.rint(unit * (nodes - 1)).astype(int)
    profile_black = offset.lab_to_ink[at[:, 0], at[:, 1], at[:, 2], 3]
    moved = abs(offset.ink(asked)[:, 3] - profile_black)
    assert np.median(moved) < 0.03
    assert np.percentile(moved, 95) < 0.15


@pytest.mark.parametrize("ink_limit", [None, 3.5, 2.2, 1.0, 0.3])
def test_inks_never_exceed_the_limit(
    offset: OutputProfile, ink_limit: float | None
) -> None:
    asked = np.random.default_rng(1).random((2_000, 3), np.float32) ** 3
    cmyk = offset.ink(asked, ink_limit)
    assert cmyk.min() >= 0
    assert cmyk.max() <= 1
    limit = min(offset.ink_limit, 4 if ink_limit is None else ink_limit)
    assert cmyk.sum(axis=1, dtype=np.float64).max() <= limit


def test_black_makes_up_for_a_tight_ink_limit(offset: OutputProfile) -> None:
    asked = offset.reflectance(random_inks(3_000, offset.ink_limit))
    assert offset.in_gamut(asked, 2.2).mean() > 0.97


def test_colours_no_ink_can_make_are_told(offset: OutputProfile) -> None:
    beyond = np.array(
        [[1.4, 1.4, 1.4], [0.0, 1.0, 0.0], [1, 0, 0], [0, 0, 0]], np.float32
    )
    assert not offset.in_gamut(beyond).any()
    assert offset.in_gamut(np.full((1, 3), 0.3, np.float32)).all()


def test_a_colour_out_of_gamut_comes_no_worse_than_by_the_profile_alone(
    offset: OutputProfile,
) -> None:
    asked = np.random.default_rng(2).random((3_000, 3), np.float32)
    lab = lab_d50_from_rec2020(asked)
    low, high = np.array(offset.lab_low), np.array(offset.lab_high)
    at = np.clip((lab - low) / (high - low), 0, 1) * (offset.lab_to_ink.shape[0] - 1)
    at = np.rint(at).astype(int)
    plain = offset.lab_to_ink[at[:, 0], at[:, 1], at[:, 2]]
    plain_de00 = ciede2000(lab_d50_from_rec2020(offset.reflectance(plain)), lab)
    error_de00 = offset.ink_and_error(asked)[1]
    assert error_de00.mean() < plain_de00.mean()
    assert (error_de00 - plain_de00).max() < 0.5


def test_neighbouring_colours_get_neighbouring_inks(offset: OutputProfile) -> None:
    ramp = np.linspace(0.03, 0.9, 800, dtype=np.float32)[:, None]
    cmyk = offset.ink(ramp * np.array([[1.0, 0.85, 0.7]], np.float32))
    assert abs(np.diff(cmyk, axis=0)).max() < 0.03


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(width=32), min_size=3, max_size=3))
def test_any_three_numbers_give_inks(
    offset: OutputProfile, colour: list[float]
) -> None:
    with np.errstate(all="ignore"):
        cmyk = offset.ink(np.array([colour], np.float32))
    assert ((cmyk >= 0) & (cmyk <= 1)).all()


def test_any_inks_give_a_colour(offset: OutputProfile) -> None:
    cmyk = np.array([[np.nan, 2, -1, 0.5], [np.inf, 0, 0, -np.inf]], np.float32)
    expected = offset.reflectance(np.array([[0, 1, 0, 0.5], [1, 0, 0, 0]]))
    np.testing.assert_array_equal(offset.reflectance(cmyk), expected)


def test_answers_do_not_depend_on_company(offset: OutputProfile) -> None:
    asked = np.random.default_rng(3).random((400, 3), np.float32)
    together = offset.ink(asked)
    apart = np.concatenate([offset.ink(asked[:7]), offset.ink(asked[7:])])
    np.testing.assert_array_equal(together, apart)


def test_a_profile_travels_to_workers_and_is_known_by_its_hash(
    offset: OutputProfile,
) -> None:
    copy = pickle.loads(pickle.dumps(offset))  # noqa: S301 -- our own bytes
    assert copy == offset
    assert hash(copy) == hash(offset)
    assert len(offset.sha256) == 64
    asked = np.full((1, 3), 0.4, np.float32)
    np.testing.assert_array_equal(copy.ink(asked), offset.ink(asked))
    assert repr(offset) == "OutputProfile('ISO Coated v2 300% (basICColor)')"


def test_nothing_on_a_grid_of_inks_does_better_for_a_colour_far_out_of_gamut(
    offset: OutputProfile,
) -> None:
    # Deep saturated colours, most of which lie beyond ΔE00 8: one way down from the
    # profile's own separation stuck at one in four of them.
    asked = np.random.default_rng(5).random((120, 3), np.float32) ** 4
    limit = 2.2
    _, error_de00 = offset.ink_and_error(asked, limit)
    axis = np.linspace(0, 1, offset.ink_to_lab.shape[0])
    total = sum(np.meshgrid(axis, axis, axis, axis, indexing="ij"))
    nodes = offset.ink_to_lab[total <= limit]
    lab = lab_d50_from_rec2020(asked)
    far = np.flatnonzero(error_de00 > 8)
    stuck = 0
    for one in far:
        # ΔL* / 1.75 is never above ΔE00.
        near = np.abs(nodes[:, 0] - lab[one, 0]) < 1.75 * error_de00[one]
        least_de00 = ciede2000(lab[one][None], nodes[near]).min()
        stuck += bool(least_de00 < error_de00[one] - 0.1)
    assert len(far) > 60
    assert stuck <= 0.1 * len(far)

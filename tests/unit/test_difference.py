# SPDX-License-Identifier: Apache-2.0
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellicle.colour.difference import ciede2000, exceeds_de00

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it misses Matplotlib, which is not needed
    import colour

# Sharma, Wu & Dalal 2005, table 1: two colours (L*, a*, b*) and their ΔE00.
PAIRS = np.array(
    [
        (50.0, 2.6772, -79.7751, 50.0, 0.0, -82.7485, 2.0425),
        (50.0, 3.1571, -77.2803, 50.0, 0.0, -82.7485, 2.8615),
        (50.0, 2.8361, -74.0200, 50.0, 0.0, -82.7485, 3.4412),
        (50.0, -1.3802, -84.2814, 50.0, 0.0, -82.7485, 1.0000),
        (50.0, -1.1848, -84.8006, 50.0, 0.0, -82.7485, 1.0000),
        (50.0, -0.9009, -85.5211, 50.0, 0.0, -82.7485, 1.0000),
        (50.0, 0.0, 0.0, 50.0, -1.0, 2.0, 2.3669),
        (50.0, -1.0, 2.0, 50.0, 0.0, 0.0, 2.3669),
        (50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0009, 7.1792),
        (50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0010, 7.1792),
        (50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0011, 7.2195),
        (50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0012, 7.2195),
        (50.0, -0.0010, 2.4900, 50.0, 0.0009, -2.4900, 4.8045),
        (50.0, -0.0010, 2.4900, 50.0, 0.0010, -2.4900, 4.8045),
        (50.0, -0.0010, 2.4900, 50.0, 0.0011, -2.4900, 4.7461),
        (50.0, 2.5, 0.0, 50.0, 0.0, -2.5, 4.3065),
        (50.0, 2.5, 0.0, 73.0, 25.0, -18.0, 27.1492),
        (50.0, 2.5, 0.0, 61.0, -5.0, 29.0, 22.8977),
        (50.0, 2.5, 0.0, 56.0, -27.0, -3.0, 31.9030),
        (50.0, 2.5, 0.0, 58.0, 24.0, 15.0, 19.4535),
        (50.0, 2.5, 0.0, 50.0, 3.1736, 0.5854, 1.0000),
        (50.0, 2.5, 0.0, 50.0, 3.2972, 0.0, 1.0000),
        (50.0, 2.5, 0.0, 50.0, 1.8634, 0.5757, 1.0000),
        (50.0, 2.5, 0.0, 50.0, 3.2592, 0.3350, 1.0000),
        (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
        (63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630),
        (61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731),
        (35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645),
        (22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373),
        (36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146),
        (90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441),
        (90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381),
        (6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377),
        (2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082),
    ]
)
LAB = st.tuples(st.floats(0, 100), st.floats(-120, 120), st.floats(-120, 120))


def test_published_pairs_come_out_to_the_last_printed_digit() -> None:
    found_de00 = ciede2000(PAIRS[:, :3], PAIRS[:, 3:6])
    assert len(PAIRS) == 34
    np.testing.assert_allclose(found_de00, PAIRS[:, 6], atol=5.1e-5, rtol=0)


def test_published_pairs_come_out_the_other_way_round_too() -> None:
    found_de00 = ciede2000(PAIRS[:, 3:6], PAIRS[:, :3])
    np.testing.assert_allclose(found_de00, PAIRS[:, 6], atol=5.1e-5, rtol=0)


def test_random_colours_agree_with_colour_science() -> None:
    rng = np.random.default_rng(5)
    lab = rng.uniform([0, -128, -128], [100, 128, 128], (20_000, 2, 3))
    expected_de00 = colour.delta_E(lab[:, 0], lab[:, 1], method="CIE 2000")
    found_de00 = ciede2000(lab[:, 0], lab[:, 1])
    np.testing.assert_allclose(found_de00, expected_de00, atol=1e-9)


@settings(max_examples=80, deadline=None)
@given(LAB, LAB)
def test_difference_is_symmetric_never_negative_and_none_to_itself(
    lab_a: tuple[float, float, float], lab_b: tuple[float, float, float]
) -> None:
    a, b = np.array([lab_a]), np.array([lab_b])
    there, back = ciede2000(a, b)[0], ciede2000(b, a)[0]
    assert there >= 0
    assert ciede2000(a, a)[0] == 0
    # The mean hue of exactly opposite hues depends on rounding alone.
    opposite = abs(lab_a[1] * lab_b[2] - lab_a[2] * lab_b[1]) < 1e-6
    assert opposite or there == pytest.approx(back, abs=1e-9)


def test_greys_have_no_hue_whatever_the_sign_of_zero() -> None:
    grey = np.array([[40.0, 0.0, 0.0], [40.0, -0.0, 0.0], [40.0, 0.0, -0.0]])
    red = np.array([[45.0, 20.0, 10.0]])
    assert np.ptp(ciede2000(grey, red)) == 0


def test_hue_across_the_positive_a_axis_is_a_small_difference() -> None:
    above, below = np.array([[50.0, 60.0, 0.5]]), np.array([[50.0, 60.0, -0.5]])
    assert ciede2000(above, below)[0] < 0.6


def test_shape_and_precision_follow_the_input() -> None:
    lab = np.full((4, 5, 3), 50, np.float32)
    assert ciede2000(lab, lab).shape == (4, 5)
    assert ciede2000(lab, lab).dtype == np.float32
    assert ciede2000(lab.astype(np.float64), lab).dtype == np.float64


def test_one_colour_is_compared_with_many() -> None:
    rng = np.random.default_rng(3)
    many, one = rng.uniform(0, 60, (7, 2, 3)), np.array([50.0, 3.0, 2.0])
    expected_de00 = ciede2000(many, np.broadcast_to(one, many.shape).copy())
    np.testing.assert_array_equal(ciede2000(many, one), expected_de00)


def test_what_exceeds_a_limit_is_told_as_by_the_formula() -> None:
    rng = np.random.default_rng(5)
    spread = np.geomspace(0.01, 40.0, 40_000)[:, None]
    first = rng.uniform([0, -90, -90], [100, 90, 90], (40_000, 3)).astype(np.float32)
    second = (first + spread * rng.normal(size=(40_000, 3))).astype(np.float32)
    found = ciede2000(first, second)
    for limit in (0.0, 0.7, 2.0, 5.0):
        exceeds = exceeds_de00(first, second, limit)
        np.testing.assert_array_equal(exceeds, found > np.float32(limit))
        assert 0.05 < exceeds.mean() <= 1.0


def test_no_difference_is_more_than_its_bound_from_which_the_formula_is_asked() -> None:
    # Blue and turned, where the formula's turning term is strongest; and near grey,
    # where a* is stretched most.
    rng = np.random.default_rng(6)
    hue = np.radians(rng.uniform(255, 295, 20_000))
    chroma = np.geomspace(0.1, 120, 20_000)
    first = np.stack(
        [np.full(20_000, 50.0), chroma * np.cos(hue), chroma * np.sin(hue)], axis=1
    )
    second = first + rng.normal(size=first.shape)
    d_l, d_a, d_b = (second - first).T
    bound = d_l**2 + (1 + 3**0.5 / 2) * (2.25 * d_a**2 + d_b**2)
    assert (ciede2000(first, second) ** 2 <= bound).all()

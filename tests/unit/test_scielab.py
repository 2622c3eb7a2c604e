# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from pellicle.colour.convert import (
    D50_XYZ,
    lab_d50_from_xyz_d50,
    xyz_d50_from_rec2020,
)
from pellicle.colour.scielab import (
    D65_XYZ,
    OPPONENT_FROM_REC2020,
    SPREADS_DEGREES,
    WEIGHTS,
    XYZ_D65_FROM_OPPONENT,
    ScielabFilter,
    blurred,
    half_kernel,
    pixels_per_degree,
    scielab_difference,
)

GREY_PX = 301


def response(pixels_across: int, channel: int, dimensions: int) -> float:
    """Value at the centre of a bar (1 dimension) or a square (2) of light."""
    total = 0.0
    for spread, weight in zip(SPREADS_DEGREES[channel], WEIGHTS[channel], strict=True):
        taps = half_kernel(spread, 100)
        inside = taps[0] + 2 * taps[1 : pixels_across // 2 + 1].sum()
        total += weight * inside**dimensions
    return total


def test_gaussians_have_their_half_widths() -> None:
    half_widths = [
        [spread * math.sqrt(math.log(2)) for spread in channel]
        for channel in SPREADS_DEGREES
    ]
    assert half_widths[0] == pytest.approx([0.02356, 0.11073, 3.60996], abs=5e-6)
    assert half_widths[1] == pytest.approx([0.03264, 0.41128], abs=5e-6)
    assert half_widths[2] == pytest.approx([0.04462, 0.32137], abs=5e-6)


def test_kernels_reach_half_a_degree_and_weigh_one() -> None:
    for channel in range(3):
        assert sum(WEIGHTS[channel]) == pytest.approx(1, abs=1e-6)
        for spread in SPREADS_DEGREES[channel]:
            taps = half_kernel(spread, 100)
            assert taps[0] + 2 * taps[1:].sum() == pytest.approx(1, abs=1.01e-7)
    assert len(half_kernel(4.336, 100)) == 51
    assert len(half_kernel(0.0283, 100)) < 20


@pytest.mark.parametrize(
    ("channel", "centre", "bar", "square"),
    [
        (0, 0.040069, 0.81398, 1.01319),
        (1, 0.012844, 0.41762, 0.56952),
        (2, 0.006400, 0.31304, 0.42733),
    ],
)
def test_kernels_answer_to_a_point_a_bar_and_a_square(
    channel: int, centre: float, bar: float, square: float
) -> None:
    assert response(1, channel, 2) == pytest.approx(centre, abs=1e-6)
    assert response(5, channel, 1) == pytest.approx(bar, abs=1e-5)
    assert response(11, channel, 2) == pytest.approx(square, abs=1e-5)


def test_blur_of_a_point_is_the_kernel() -> None:
    plane = np.zeros((121, 121), np.float32)
    plane[60, 60] = 1
    kernels = [half_kernel(spread, 100) for spread in SPREADS_DEGREES[0]]
    assert blurred(plane, kernels, WEIGHTS[0])[60, 60] == pytest.approx(
        0.040069, abs=1e-6
    )


def test_flat_grey_keeps_its_whole_difference() -> None:
    grey = np.full((GREY_PX, GREY_PX, 3), 0.20, np.float32)
    seen_de00 = scielab_difference(grey, grey * np.float32(0.75), 100)
    assert seen_de00[150, 150] == pytest.approx(6.1712, abs=2e-4)
    assert np.ptp(seen_de00) < 1e-3


@pytest.mark.parametrize(
    ("bar_px", "peak_de00"), [(1, 1.3233), (3, 3.7820), (5, 5.5259), (11, 6.9047)]
)
def test_grey_bars_are_seen_as_much_as_published(bar_px: int, peak_de00: float) -> None:
    grey = np.full((GREY_PX, GREY_PX, 3), 0.20, np.float32)
    barred = grey.copy()
    left = GREY_PX // 2 - bar_px // 2
    barred[:, left : left + bar_px] *= np.float32(0.75)
    seen_de00 = scielab_difference(grey, barred, 100)
    assert seen_de00.max() == pytest.approx(peak_de00, abs=3e-4)


def test_viewing_distance_gives_pixels_per_degree() -> None:
    assert pixels_per_degree(500, 25.4 / 600) == pytest.approx(206.15, abs=0.005)
    assert pixels_per_degree(1700, 25.4 / 600) == pytest.approx(700.90, abs=0.005)


@pytest.mark.parametrize(
    ("per_degree", "reduction", "halo_px"),
    [(100, 1, 50), (206.15, 1, 103), (700.9, 5, 355)],
)
def test_fine_pictures_are_reduced_first(
    per_degree: float, reduction: int, halo_px: int
) -> None:
    eye = ScielabFilter(per_degree)
    assert eye.reduction == reduction
    assert eye.halo_px == halo_px


def test_reduced_pixels_are_area_means_wherever_the_tile_begins() -> None:
    scan = np.random.default_rng(0).random((23, 31, 3), np.float32)
    eye = ScielabFilter(250)
    whole = eye.reduced(scan)
    assert whole.shape == (12, 16, 3)
    np.testing.assert_allclose(whole[3, 4], scan[6:8, 8:10].mean((0, 1)), rtol=1e-6)
    np.testing.assert_allclose(whole[11, 0], scan[22:, :2].mean((0, 1)), rtol=1e-6)
    part = eye.reduced(scan[3:17, 5:20], (3, 5))
    np.testing.assert_array_equal(part[1:-1, 1:-1], whole[2:8, 3:9])


@settings(max_examples=15, deadline=None)
@given(
    per_degree=st.sampled_from([14.3, 30.0, 119.0, 206.15]),
    top=st.integers(0, 60),
    left=st.integers(0, 60),
    side=st.integers(1, 40),
    seed=st.integers(0, 99),
)
def test_tiles_with_their_halo_equal_the_whole_bit_for_bit(
    per_degree: float, top: int, left: int, side: int, seed: int
) -> None:
    """Stronger than the tolerance of 1e-4 that would do."""
    rng = np.random.default_rng(seed)
    a, b = rng.random((2, 100, 100, 3), np.float32)
    eye = ScielabFilter(per_degree)
    whole_de00 = eye.difference(a, b)
    bottom, right = min(top + side, 100), min(left + side, 100)
    y, x = max(top - eye.halo_px, 0), max(left - eye.halo_px, 0)
    tile = np.s_[y : bottom + eye.halo_px, x : right + eye.halo_px]
    tile_de00 = eye.difference(a[tile], b[tile], (y, x))
    np.testing.assert_array_equal(
        tile_de00[top - y : bottom - y, left - x : right - x],
        whole_de00[top:bottom, left:right],
    )


def test_reduced_tiles_with_their_halo_equal_the_whole_bit_for_bit() -> None:
    a, b = np.random.default_rng(1).random((2, 400, 410, 3), np.float32)
    eye = ScielabFilter(250)
    assert eye.reduction == 2
    whole_de00 = eye.difference(a, b)
    y, x = 151 - eye.halo_px, 160 - eye.halo_px  # an odd row: a block is cut
    tile = np.s_[y : 200 + eye.halo_px, x : 163 + eye.halo_px]
    tile_de00 = eye.difference(a[tile], b[tile], (y, x))
    inner = tile_de00[151 - y : 200 - y, 160 - x : 163 - x]
    np.testing.assert_array_equal(inner, whole_de00[151:200, 160:163])


def test_filter_agrees_with_a_plain_double_precision_one() -> None:
    scan = np.random.default_rng(7).random((90, 70, 3), np.float32)
    per_degree = 60.0
    opponent = scan.astype(np.float64) @ OPPONENT_FROM_REC2020.T
    offsets = np.arange(-30, 31)
    seen = np.zeros_like(opponent)
    for n in range(3):
        for spread, weight in zip(SPREADS_DEGREES[n], WEIGHTS[n], strict=True):
            kernel = np.exp(-((offsets / per_degree / spread) ** 2))
            kernel /= kernel.sum()
            plane = ndimage.correlate1d(opponent[:, :, n], kernel, 0, mode="reflect")
            seen[:, :, n] += weight * ndimage.correlate1d(
                plane, kernel, 1, mode="reflect"
            )
    xyz_d65 = np.maximum(seen @ XYZ_D65_FROM_OPPONENT.T, 0)
    expected_lab = lab_d50_from_xyz_d50(xyz_d65 / D65_XYZ * D50_XYZ)
    found_lab = ScielabFilter(per_degree).filtered_lab_d65(scan)
    np.testing.assert_allclose(found_lab, expected_lab, atol=1e-3)


def test_white_is_neutral_to_the_eye() -> None:
    white = np.ones((1, 1, 3), np.float32)
    lab_d65 = ScielabFilter(30).filtered_lab_d65(white)
    np.testing.assert_allclose(lab_d65[0, 0], [100, 0, 0], atol=1e-3)
    assert xyz_d50_from_rec2020(white)[0, 0, 1] == pytest.approx(1)


def test_light_below_nothing_is_seen_as_black() -> None:
    below = np.full((3, 3, 3), -0.5, np.float32)
    lab_d65 = ScielabFilter(30).filtered_lab_d65(below)
    np.testing.assert_allclose(lab_d65, 0, atol=1e-4)

# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from pellicle.colour.srgb import rec2020_from_srgb, srgb_from_rec2020
from pellicle.io.icc import scan_encoding


def test_white_and_black_stay() -> None:
    ends = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    np.testing.assert_allclose(rec2020_from_srgb(ends), ends, atol=1e-4)
    np.testing.assert_allclose(srgb_from_rec2020(ends), ends, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_colours_of_srgb_come_back(dtype) -> None:
    srgb = np.random.default_rng(0).random((5, 7, 3)).astype(dtype)
    srgb[0, 0] = [0.01, 0.02, 0.03]  # below the curve's straight part
    back = srgb_from_rec2020(rec2020_from_srgb(srgb))
    assert back.dtype == dtype
    np.testing.assert_allclose(back, srgb, atol=2e-5)


def test_it_is_what_a_scan_without_profile_means() -> None:
    samples = np.random.default_rng(1).integers(0, 65536, (4, 6, 3), np.uint16)
    linear = scan_encoding(None, 3).linear(samples)
    np.testing.assert_allclose(srgb_from_rec2020(linear), samples / 65535, atol=1e-4)


def test_what_srgb_cannot_hold_is_clipped() -> None:
    green = np.array([[0.0, 1.0, 0.0]])  # Rec.2020's own
    clipped = srgb_from_rec2020(green)
    assert clipped.min() == 0
    assert clipped.max() == pytest.approx(1)
    np.testing.assert_allclose(
        rec2020_from_srgb(np.array([[1.4, -0.2, 0.5]])),
        rec2020_from_srgb(np.array([[1.0, 0.0, 0.5]])),
    )

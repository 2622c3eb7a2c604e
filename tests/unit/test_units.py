# SPDX-License-Identifier: Apache-2.0
import math

import pytest

from pellicle.errors import BadScaleError
from pellicle.model.units import PixelSize


def test_ppi_and_micrometres_are_two_names_of_one_length() -> None:
    size = PixelSize.from_ppi(600)
    assert size.um == pytest.approx(42.3333, abs=1e-4)
    assert size.ppi == pytest.approx(600)
    assert size.mm == pytest.approx(0.0423333, abs=1e-7)
    assert size.area_mm2 == pytest.approx(0.0423333**2, abs=1e-8)


def test_scale_follows_from_a_measured_width() -> None:
    assert PixelSize.from_width(10_000, 500.0).um == pytest.approx(50.0)


@pytest.mark.parametrize("um", [0.05, 5_000.0])
def test_finest_and_coarsest_scans_are_allowed(um: float) -> None:
    assert PixelSize(um).um == um


@pytest.mark.parametrize("um", [0.0, -1.0, 0.049, 5_000.1, math.nan, math.inf])
def test_length_that_no_scan_has_is_refused(um: float) -> None:
    with pytest.raises(BadScaleError) as caught:
        PixelSize(um)
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("ppi", [0.0, -600.0, math.nan, math.inf, 1e9])
def test_sampling_rate_that_no_scan_has_is_refused(ppi: float) -> None:
    with pytest.raises(BadScaleError):
        PixelSize.from_ppi(ppi)


@pytest.mark.parametrize(("um", "px"), [(0.0, 0), (10.0, 1), (10.1, 2), (30.0, 3)])
def test_length_is_covered_by_whole_pixels(um: float, px: int) -> None:
    assert PixelSize(10.0).px_covering(um) == px


def test_length_that_fits_exactly_is_not_rounded_up_by_floating_point() -> None:
    for px in range(1, 200):
        size = PixelSize.from_ppi(300)
        assert size.px_covering(px * size.um) == px
    assert PixelSize(20.0).px(50.0) == 2.5

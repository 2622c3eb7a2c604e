# SPDX-License-Identifier: Apache-2.0
"""Terms come from what is known: a setup's fit once there is one, else assumptions."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.optics import measured_reflectance
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.model.error_budget import Basis, ErrorTerm
from pellicle.model.print_setup import FitError, PrintSetup
from pellicle.model.raster import RasterSpec
from pellicle.model.scan import ScaleSource
from pellicle.model.units import PixelSize
from pellicle.workflow.error_budget import error_budget

DEFAULT = load_print_setup(DEFAULT_PRINT_SETUP)[0]
FIGURES: Any = SimpleNamespace(predicted_de00_mean=0.4, out_of_gamut_fraction=0.1)


def fitted() -> PrintSetup:
    geometry = DEFAULT.geometry.model_copy(
        update={"displacement_um": 80.0, "choke_um": 45.0, "scale_x": 1.001}
    )
    said = dict.fromkeys(("colour", "white", "choke", "size", "displacement"), "So.")
    fit = {
        "all": FitError(patches=300, mean_de00=0.9, p95_de00=2.0),
        "white": FitError(patches=40, mean_de00=0.5, p95_de00=1.0),
    }
    changes = {"geometry": geometry, "measured": said, "unmeasured": {}, "fit": fit}
    return DEFAULT.model_copy(update=changes)


def terms(
    setup: PrintSetup,
    source: ScaleSource = ScaleSource.GIVEN,
    assumed: tuple[str, ...] = (),
    **settings: Any,
) -> dict[str, ErrorTerm]:
    raster = RasterSpec(4000, 3000, PixelSize(100.0))  # 300 × 400 mm
    chain: Any = SimpleNamespace(
        scan=SimpleNamespace(raster=raster, spec=SimpleNamespace(scale_source=source)),
        mask=SimpleNamespace(setup=SimpleNamespace(setup=setup)),
        assumed=dict.fromkeys(assumed, "Assumed."),
    )
    steps = {"scan": {}, "error_budget": {}, **settings}
    described = SimpleNamespace(step=steps.__getitem__)
    treatment: Any = SimpleNamespace(description=lambda: described)
    budget = error_budget(treatment, chain, FIGURES)
    return {one.name: one for one in (*budget.lengths, *budget.colours)}


def test_a_fitted_setup_is_taken_at_its_word() -> None:
    found = terms(fitted())
    assert found["profile"].value == 0.9
    assert found["white"].value == 0.5
    assert found["hand"].value == 80
    assert found["layers"].value == pytest.approx(45 / math.sqrt(3))
    assert found["print_scale"].value == pytest.approx(192.45, abs=0.01)
    assert "100.100 % across" in found["print_scale"].source
    for name in ("profile", "white", "hand", "layers", "print_scale"):
        assert found[name].basis is Basis.MEASURED
        assert found[name].remedy is None
    assert found["separation"].value == 0.4
    assert found["separation"].basis is Basis.COMPUTED


def test_what_was_not_measured_says_what_measuring_would_gain() -> None:
    found = terms(DEFAULT)
    for name in ("profile", "white", "hand", "layers", "print_scale", "support"):
        remedy = found[name].remedy
        assert found[name].basis is Basis.ASSUMED
        assert remedy is not None
        assert remedy.value < found[name].value


def test_the_scale_is_as_good_as_it_was_measured() -> None:
    width = terms(DEFAULT, scan={"width_mm": 300.0})["scan_scale"]
    # Half a millimetre on 300 mm, at the end of half the width.
    assert width.at(150) == pytest.approx(1000 * 0.5 / 2 / math.sqrt(3))
    finer = terms(
        DEFAULT, scan={"width_mm": 300.0}, error_budget={"scale_reading_mm": 0.1}
    )["scan_scale"]
    assert finer.at(150) == pytest.approx(width.at(150) / 5)
    assert finer.basis is Basis.GIVEN
    assert finer.remedy is None
    unconfirmed = terms(DEFAULT, ScaleSource.FILE)["scan_scale"]
    assert unconfirmed.at(150) == pytest.approx(1500 / math.sqrt(3))
    assert unconfirmed.remedy is not None
    assert unconfirmed.remedy.value == pytest.approx(width.value)


def test_the_white_is_off_by_what_its_scattering_does_over_dark_paint() -> None:
    # SX 3 and 25 % / √3 less, K → 0, over 0.03; then the surface, then L*a*b*.
    layers = np.array([3.0, 3.0 * (1 - 0.25 / math.sqrt(3))])
    internal = (0.03 + layers * 0.97) / (1 + layers * 0.97)
    grey = np.repeat(measured_reflectance(internal)[:, None], 3, axis=1)
    lab = lab_d50_from_rec2020(grey)
    expected = float(ciede2000(lab[:1], lab[1:])[0])
    assert terms(DEFAULT)["white"].value == pytest.approx(expected, abs=0.02)
    none = DEFAULT.white.model_copy(update={"levels": (0.0,)})
    colour_only = terms(DEFAULT.model_copy(update={"white": none}))
    assert "white" not in colour_only
    assert colour_only["model"].value == 0.57


def test_a_scan_without_a_profile_has_another_capture() -> None:
    assert terms(DEFAULT)["capture"].value == 2
    assert terms(DEFAULT, assumed=("scan_colour",))["capture"].value == 5
    told = terms(DEFAULT, assumed=("scan_colour",), error_budget={"capture_de00": 1.2})[
        "capture"
    ]
    assert (told.value, told.basis) == (1.2, Basis.GIVEN)

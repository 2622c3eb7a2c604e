# SPDX-License-Identifier: Apache-2.0
"""Error budget of a treatment: the terms of its colour.

Job: take each difference from the print setup's fit, the figures or the settings, and
say which; say what would make it smaller.
Not here: lengths (`error_budget.py`), how terms combine (`model/error_budget.py`).

A fit's error holds what the optical model does wrong on the chart, so that with a
fitted setup the model's own term counts some of it twice.
"""

from collections.abc import Iterator

import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.optics import measured_reflectance, white_over
from pellicle.model.error_budget import (
    RECTANGULAR,
    Basis,
    BudgetSettings,
    ErrorTerm,
    Remedy,
)
from pellicle.model.figures import Figures
from pellicle.model.print_setup import PrintSetup, UnmeasuredPart, White
from pellicle.workflow.figures import Chain

FITTED_DE00 = 1.0
PROFILED_DE00 = 1.0
CONTRACT_DE00 = 2.5
"""ISO 12647-7:2016, mean of a chart: for a profile that is said to be measured without
an error of its own."""
UNPROFILED_DE00 = 5.0
MEASURED_WHITE_PERCENT = 5.0

_DARK = 0.03
_SX = (0.0, 1.0, 3.0)
_MODEL_DE00 = (0.57, 0.54, 0.28)
"""Medians of the optics' three bands against spectral calculations on 19 artists'
acrylics and three inks: glaze, and over white of SX 1 and 3."""


def colour_terms(
    chain: Chain, figures: Figures, settings: BudgetSettings
) -> Iterator[ErrorTerm]:
    """Terms in ΔE00."""
    setup = chain.mask.setup.setup
    yield _capture(chain, settings)
    yield _profile(setup, settings)
    yield from _separation(figures)
    yield _model(setup.white)
    yield from _white(setup, settings)


def _capture(chain: Chain, settings: BudgetSettings) -> ErrorTerm:
    basis, de00 = settings.basis_of("capture_de00"), settings.capture_de00
    source = "Mean of a capture that keeps FADGI's four stars."
    if basis is Basis.GIVEN:
        source = "Mean of the scan against the painting, as a person gave it."
    elif "scan_colour" in chain.assumed:
        de00 = UNPROFILED_DE00
        source = "The scan has no colour profile: a guess."
    words = "profiling the capture with a colour target in the frame"
    return ErrorTerm(
        name="capture",
        label="Capture",
        group="capture",
        value=de00,
        unit="ΔE00",
        basis=basis,
        source=source,
        remedy=Remedy(words, PROFILED_DE00) if de00 > PROFILED_DE00 else None,
    )


def _profile(setup: PrintSetup, settings: BudgetSettings) -> ErrorTerm:
    fit = setup.fit.get("all")
    remedy = None
    if UnmeasuredPart.COLOUR not in setup.measured:
        de00, basis = settings.profile_de00, settings.basis_of("profile_de00")
        source = "Not made on this film; halftones alone differ by 2 to 10."
        words = "printing, measuring and fitting the chart on this film"
        remedy = Remedy(words, FITTED_DE00) if de00 > FITTED_DE00 else None
    elif fit is None:
        de00, basis = CONTRACT_DE00, Basis.ASSUMED
        source = "Measured, it is said; ISO 12647-7's mean for a chart."
    else:
        de00, basis = fit.mean_de00, Basis.MEASURED
        source = f"Mean of {fit.patches} readings against what the others predict."
    return ErrorTerm(
        "profile", "Print profile", "profile", de00, "ΔE00", basis, source, remedy
    )


def _separation(figures: Figures) -> Iterator[ErrorTerm]:
    if figures.predicted_de00_mean is None:
        return
    out = 100 * figures.out_of_gamut_fraction
    yield ErrorTerm(
        name="separation",
        label="Separation, round trip",
        group="profile",
        value=figures.predicted_de00_mean,
        unit="ΔE00",
        basis=Basis.COMPUTED,
        source="Mean of proof against reconstruction, the choked rims apart; "
        f"{out:.1f} % of it cannot be reached by these inks.",
    )


def _model(white: White) -> ErrorTerm:
    sx = 0.0 if white.none else float(np.mean(white.scattering)) * white.passes
    return ErrorTerm(
        name="model",
        label="Optical model",
        group="model",
        value=float(np.interp(sx, _SX, _MODEL_DE00)),
        unit="ΔE00",
        basis=Basis.ASSUMED,
        source=f"Median for white of SX {sx:g} against spectral calculations on "
        "acrylics; 95 of 100 within five times that.",
    )


def _white(setup: PrintSetup, settings: BudgetSettings) -> Iterator[ErrorTerm]:
    white = setup.white
    if white.none:
        return
    fit, remedy = setup.fit.get("white"), None
    if UnmeasuredPart.WHITE not in setup.measured:
        percent = settings.white_percent
        de00, basis = _white_off(white, percent), settings.basis_of("white_percent")
        source = f"Scattering ± {percent:g} %, over dark paint."
        better = _white_off(white, MEASURED_WHITE_PERCENT)
        words = "measuring the white over black and over white"
        remedy = Remedy(words, better) if better < de00 else None
    elif fit is None:
        de00, basis = _white_off(white, MEASURED_WHITE_PERCENT), Basis.ASSUMED
        source = (
            f"Measured, it is said; ± {MEASURED_WHITE_PERCENT:g} %, over dark paint."
        )
    else:
        de00, basis = fit.mean_de00, Basis.MEASURED
        source = f"Mean of {fit.patches} readings of white against the fit."
    yield ErrorTerm(
        "white", "White underprint", "white", de00, "ΔE00", basis, source, remedy
    )


def _white_off(white: White, percent: float) -> float:
    """ΔE00 of a full layer over dark paint, its scattering off by such a limit."""
    absorption = float(np.mean(white.absorption))
    sx = float(np.mean(white.scattering)) * white.passes
    layers = np.array([sx, sx * (1 - percent / 100 / RECTANGULAR)])
    internal = white_over(np.full(2, _DARK), layers, absorption)
    grey = np.repeat(measured_reflectance(internal)[:, None], 3, axis=1)
    lab = lab_d50_from_rec2020(grey.astype(np.float32))
    return float(ciede2000(lab[:1], lab[1:])[0])

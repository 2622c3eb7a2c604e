# SPDX-License-Identifier: Apache-2.0
"""Error budget of a treatment: its terms, from what the treatment really knows.

Job: take each length from the scan, the print setup or the settings, and say which; say
what would make it smaller.
Not here: terms of colour (`error_budget_colour.py`), how terms combine
(`model/error_budget.py`), sentences (`io/budget_words.py`).

Not among the terms, because nothing is known of them: a film laid turned, distortion
within the scan, a panel's warp, the printer from day to day.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from pellicle.model.error_budget import (
    RECTANGULAR,
    Basis,
    BudgetSettings,
    ErrorBudget,
    ErrorTerm,
    Remedy,
)
from pellicle.model.figures import Figures
from pellicle.model.print_setup import PrintSetup, UnmeasuredPart
from pellicle.model.scan import ScaleSource
from pellicle.treatment.folder import Treatment
from pellicle.workflow.error_budget_colour import colour_terms
from pellicle.workflow.figures import Chain
from pellicle.workflow.scale import ScanSettings
from pellicle.workflow.settings import configured

TABLE = "error_budget"
FINE_READING_MM = 0.1
STEADY_PERCENT = 2.0
STEADY_KELVIN = 1.0
PRACTISED_UM = 100.0
"""Of alignment, once it has been practised: expected, not measured."""
GOOD_CHOKE_UM = 50.0
CHART_PPM = 1e6 * 0.05 / 150 / RECTANGULAR
"""Of the printer's size, measured between crosses 150 mm apart to 0.05 mm."""


def error_budget(treatment: Treatment, chain: Chain, figures: Figures) -> ErrorBudget:
    """Budget of a treatment as it stands.

    Raises
    ------
    BadSettingError
        If `[settings.error_budget]` holds something that cannot be used.
    """
    settings = budget_settings(treatment.description().step(TABLE))
    setup = chain.mask.setup.setup
    scale = ScanSettings.read(treatment.description().step("scan"))
    lengths = [
        _scale(chain, scale, settings),
        _sampling(chain),
        _support(settings),
        _film(settings),
        _print_scale(setup, settings),
        *_layers(setup),
        _hand(setup),
    ]
    return ErrorBudget(
        size_mm=chain.scan.raster.size_mm,
        displacement_um=setup.geometry.displacement_um,
        lengths=tuple(lengths),
        colours=tuple(colour_terms(chain, figures, settings)),
    )


def budget_settings(settings: Mapping[str, Any]) -> BudgetSettings:
    """Settings of the budget, checked."""
    return configured(BudgetSettings, settings)


def _scale(chain: Chain, scale: ScanSettings, settings: BudgetSettings) -> ErrorTerm:
    width_mm = scale.width_mm or chain.scan.raster.size_mm[0]

    def read_to(mm: float) -> float:
        return 1e6 * mm / RECTANGULAR / width_mm

    reading_mm = settings.scale_reading_mm
    remedy: Remedy | None
    if chain.scan.spec.scale_source is not ScaleSource.GIVEN:
        percent = settings.scale_unconfirmed_percent
        ppm, basis = 1e4 * percent / RECTANGULAR, Basis.ASSUMED
        source = f"Only the scan file states it; ± {percent:g} % is assumed."
        words = f"measuring the painted width to {reading_mm:g} mm"
        remedy = Remedy(words, read_to(reading_mm))
    elif scale.width_mm is None:
        percent = settings.scale_given_percent
        ppm = 1e4 * percent / RECTANGULAR
        basis = settings.basis_of("scale_given_percent")
        source = f"A person gave the pixels to an inch; ± {percent:g} % of it."
        words = f"measuring the painted width to {FINE_READING_MM:g} mm"
        remedy = Remedy(words, read_to(FINE_READING_MM))
    else:
        ppm = read_to(reading_mm)
        basis = settings.basis_of("scale_reading_mm")
        source = f"A person measured {width_mm:g} mm across, to ± {reading_mm:g} mm."
        words = f"measuring the width to {FINE_READING_MM:g} mm, not {reading_mm:g} mm"
        remedy = Remedy(words, read_to(FINE_READING_MM))
    if remedy.value >= ppm:
        remedy = None
    return ErrorTerm(
        "scan_scale", "Scale of the scan", "scan", ppm, "ppm", basis, source, remedy
    )


def _sampling(chain: Chain) -> ErrorTerm:
    pixel_um = chain.scan.raster.pixel_size.um
    return ErrorTerm(
        name="scan_sampling",
        label="Pixels of the scan",
        group="scan",
        value=pixel_um / math.sqrt(12),
        unit="µm",
        basis=Basis.COMPUTED,
        source=f"Half a pixel of {pixel_um:.1f} µm to either side.",
    )


def _support(settings: BudgetSettings) -> ErrorTerm:
    rate, percent = settings.support_ppm_per_rh, settings.humidity_percent
    ppm = rate * percent / RECTANGULAR
    steady = rate * STEADY_PERCENT / RECTANGULAR
    names = ("support_ppm_per_rh", "humidity_percent")
    basis = settings.basis_of(*names)
    # Hoadley in Dardes & Rothe (eds), The Structural Conservation of Panel Paintings,
    # Getty 1998: poplar 8.5 % tangentially, 3.4 % radially from about 28 % moisture;
    # about 0.17 % moisture to a % of relative humidity.
    whose = "" if basis is Basis.GIVEN else " (a poplar panel across its grain)"
    return ErrorTerm(
        name="support",
        label="Movement of the support",
        group="support",
        value=ppm,
        unit="ppm",
        basis=basis,
        source=f"{rate:g} ppm for each % of relative humidity{whose}, which is the "
        f"same to ± {percent:g} %.",
        remedy=Remedy(f"keeping the humidity the same to {STEADY_PERCENT:g} %", steady)
        if steady < ppm
        else None,
    )


def _film(settings: BudgetSettings) -> ErrorTerm:
    rate, kelvin = settings.film_ppm_per_kelvin, settings.temperature_kelvin
    ppm, steady = rate * kelvin / RECTANGULAR, rate * STEADY_KELVIN / RECTANGULAR
    return ErrorTerm(
        name="film",
        label="Expansion of the film",
        group="film",
        value=ppm,
        unit="ppm",
        basis=settings.basis_of("film_ppm_per_kelvin", "temperature_kelvin"),
        source=f"{rate:g} ppm for each kelvin (17 is PET), the temperature the same to "
        f"± {kelvin:g} K.",
        remedy=Remedy(f"laying on within {STEADY_KELVIN:g} K of printing", steady)
        if steady < ppm
        else None,
    )


def _print_scale(setup: PrintSetup, settings: BudgetSettings) -> ErrorTerm:
    if UnmeasuredPart.SIZE in setup.measured:
        x, y = (100 * one for one in (setup.geometry.scale_x, setup.geometry.scale_y))
        ppm, basis, remedy = CHART_PPM, Basis.MEASURED, None
        source = (
            f"The chart printed {x:.3f} % across and {y:.3f} % down, read to 0.05 mm "
            "on 150 mm; the printer's software corrects it."
        )
    else:
        percent = settings.print_scale_percent
        ppm = 1e4 * percent / RECTANGULAR
        basis = settings.basis_of("print_scale_percent")
        source = f"The printer's size was not measured; ± {percent:g} %."
        words = "measuring the crosses of the calibration chart"
        remedy = Remedy(words, CHART_PPM) if ppm > CHART_PPM else None
    return ErrorTerm(
        "print_scale", "Scale of the print", "print", ppm, "ppm", basis, source, remedy
    )


def _layers(setup: PrintSetup) -> Iterator[ErrorTerm]:
    choke_um = setup.geometry.choke_um
    if not choke_um:
        return
    told = setup.measured.get(UnmeasuredPart.CHOKE)
    better = told is None and choke_um > GOOD_CHOKE_UM
    words = "reading the verniers and gaps of the calibration chart"
    yield ErrorTerm(
        name="layers",
        label="Print layers and dot gain",
        group="print",
        value=choke_um / RECTANGULAR,
        unit="µm",
        basis=Basis.ASSUMED if told is None else Basis.MEASURED,
        source=f"White against colour, within the choke of ± {choke_um:g} µm."
        + (f" {told}" if told else ""),
        remedy=Remedy(words, GOOD_CHOKE_UM / RECTANGULAR) if better else None,
    )


def _hand(setup: PrintSetup) -> ErrorTerm:
    um = setup.geometry.displacement_um
    told = setup.measured.get(UnmeasuredPart.DISPLACEMENT)
    words = f"aligning with {PRACTISED_UM:g} µm instead of {um:g} µm"
    return ErrorTerm(
        name="hand",
        label="Alignment by hand",
        group="hand",
        value=um,
        unit="µm",
        basis=Basis.ASSUMED if told is None else Basis.MEASURED,
        source=told or f"The print setup's {um:g} µm; about 100 µm after practice.",
        remedy=Remedy(words, PRACTISED_UM) if um > PRACTISED_UM else None,
    )

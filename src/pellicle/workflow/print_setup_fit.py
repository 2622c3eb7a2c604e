# SPDX-License-Identifier: Apache-2.0
"""A print setup made from the measurements of its chart.

Job: measurement files and readings in; checks; a setup, its ICC profile and the error
of the fit out.
Not here: the fit (`colour/print_fit.py`), the files' formats (`io`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pellicle.colour.chart_readings import Laid, exchanged
from pellicle.colour.convert import xyz_d50_from_rec2020
from pellicle.colour.optics import measured_reflectance
from pellicle.colour.print_fit import FittedPrint, fit_print
from pellicle.errors import (
    BadSettingError,
    MissingFieldsError,
    MissingPatchesError,
    SwappedPatchesError,
    UnlikelyMeasurementsError,
)
from pellicle.io.cgats import CgatsTable, read_cgats
from pellicle.io.icc_writer import printer_profile
from pellicle.io.measurements_file import (
    INK_FIELDS,
    WHITE_FIELD,
    WHITE_PASSES,
    Measurements,
    read_measurements,
)
from pellicle.io.print_setup_file import load_print_setup, write_print_setup
from pellicle.model.arrays import Array
from pellicle.model.print_setup import PrintSetup
from pellicle.workflow.print_setup_chart import (
    BARE_BACKING,
    DISTANCE_X,
    DISTANCE_Y,
)
from pellicle.workflow.print_setup_measured import (
    SheetReadings,
    fit_errors,
    setup_of,
)

_INKS = ("cyan", "magenta", "yellow", "black")
_PERCENT = 100.0
_SOLID = 0.95
_LEAST_STEPS = 2
_MOST_ODD = 0.03
_WRONG_CHART = 0.15
"""From this share of readings on it is no question of patches exchanged."""
_LEAST_ODD = 3
_BACKINGS_DIFFER = 3.0


@dataclass(frozen=True, slots=True)
class FitRequest:
    """What was measured.

    Attributes
    ----------
    measurements
        Files, one for each backing (and number of passes).
    output
        Setup file to write; the profile goes beside it.
    start
        Setup to start from, for all that was not measured.
    chart
        The chart's list of patches; None when the files name the inks themselves.
    sheet
        What was read off the sheet with ruler and loupe.
    white_levels
        "2", "3", "5" or "continuous"; None keeps those of `start`.
    """

    measurements: tuple[Path, ...]
    output: Path
    start: str
    chart: Path | None
    sheet: SheetReadings
    white_levels: str | None


@dataclass(frozen=True, slots=True)
class FitDone:
    """A setup, written."""

    setup: PrintSetup
    files: tuple[Path, Path]
    fitted: FittedPrint
    left_out: tuple[str, ...]


def fit_print_setup(request: FitRequest) -> FitDone:
    """Fit a setup to measurements and write it.

    Raises
    ------
    BadMeasurementsError, MissingFieldsError, MissingPatchesError
        If files cannot be read, or do not hold what a fit needs.
    SwappedPatchesError, UnlikelyMeasurementsError
        If patches contradict each other.
    ScaleDiffersError
        If the sheet was not printed at its size.
    BadSettingError
        If a reading off the sheet, or a name, cannot be.
    """
    name = _name_of(request.output)
    start, _ = load_print_setup(request.start)
    table = None if request.chart is None else read_cgats(request.chart)[0]
    charts = [
        _laid(read_measurements(path), table, start) for path in request.measurements
    ]
    _check(charts)
    sheet = request.sheet.with_asked(*_asked_mm(table))
    found = fit_print(charts, start.white, start.film)
    left_out = _contradictions(found)
    setup = setup_of(name, start, found, charts, sheet, request.white_levels)
    icc_profile = _profile(setup, found)
    profile_path = request.output.with_name(setup.inks.profile)
    write_print_setup(request.output, setup, profile_path, icc_profile)
    return FitDone(setup, (request.output, profile_path), found, left_out)


def _name_of(output: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", output.stem.lower()).strip("-")
    if output.suffix.lower() != ".toml" or not name:
        raise BadSettingError("--output", str(output), "a file name.toml is needed")
    return name


def _profile(setup: PrintSetup, found: FittedPrint) -> bytes:
    medium = np.asarray(found.medium, np.float64)

    def to_xyz(inks: Array) -> Array:
        internal = found.inks.transmittance(inks) * medium
        return xyz_d50_from_rec2020(measured_reflectance(internal))

    return printer_profile(
        f"{setup.name} (fitted)",
        xyz_d50_from_rec2020(measured_reflectance(medium)),
        to_xyz,
        setup.inks.ink_limit_percent / _PERCENT,
    )


def _laid(measured: Measurements, table: CgatsTable | None, start: PrintSetup) -> Laid:
    """Measurements with the inks of each patch."""
    passes = start.white.passes
    if table is not None:
        names, inks, white = _asked_patches(table)
        at = _places(measured, names)
        passes_said = table.keywords.get(WHITE_PASSES, "")
        passes = int(passes_said) if passes_said.isdigit() else passes
    else:
        if measured.inks is None:
            found = "no inks (CMYK_C, CMYK_M, CMYK_Y, CMYK_K)"
            raise MissingFieldsError(measured.path, found, "the inks of each patch")
        bare = np.array([name.upper() == BARE_BACKING for name in measured.names])
        at = [int(row) for row in np.flatnonzero(~bare)]
        names = tuple(measured.names[row] for row in at)
        inks = measured.inks[at]
        white = np.ones(len(at)) if measured.white is None else measured.white[at]
    if start.white.none:
        white = np.ones(len(names))  # the film itself is what the inks lie on
    backing = [
        row
        for row, pair in enumerate(zip(measured.names, measured.ids, strict=True))
        if BARE_BACKING in (pair[0].upper(), pair[1].upper())
    ]
    return Laid(
        Path(measured.path).name,
        names,
        inks,
        white,
        measured.xyz_d50[at],
        measured.passes or passes,
        measured.xyz_d50[backing[0]] if backing else None,
        None if measured.spectra is None else measured.spectra[at],
        measured.spectra[backing[0]]
        if backing and measured.spectra is not None
        else None,
    )


def _asked_patches(table: CgatsTable) -> tuple[tuple[str, ...], Array, Array]:
    def column(field: str) -> list[str]:
        return [row[table.fields.index(field)] for row in table.rows]

    needed = ("SAMPLE_LOC", *INK_FIELDS, WHITE_FIELD)
    lacking = [field for field in needed if field not in table.fields]
    if lacking:
        raise MissingFieldsError("--chart", f"no {lacking[0]}", "the chart's own list")
    plates = np.array([column(field) for field in needed[1:]], np.float64).T / _PERCENT
    return tuple(column("SAMPLE_LOC")), plates[:, :4], plates[:, 4]


def _places(measured: Measurements, names: Sequence[str]) -> list[int]:
    """Row of each of the chart's patches."""
    rows: dict[str, int] = {}
    for row, pair in enumerate(zip(measured.names, measured.ids, strict=True)):
        for name in pair:
            rows[name.upper().lstrip("0")] = row
    # Places are told from running numbers by their letter.
    keys = [name.upper() for name in names]
    if not any(key in rows for key in keys):
        keys = [str(number) for number in range(1, len(names) + 1)]
    lacking = tuple(
        name for name, key in zip(names, keys, strict=True) if key not in rows
    )
    if lacking:
        needed = f"each of the chart's {len(names)} patches"
        raise MissingPatchesError(measured.path, lacking, needed)
    return [rows[key] for key in keys]


def _check(charts: Sequence[Laid]) -> None:
    for laid in charts:
        full = laid.white >= _SOLID
        for ink, name in enumerate(_INKS):
            others = np.delete(laid.inks, ink, axis=1).sum(axis=1)
            ramp = laid.inks[full & (others == 0) & (laid.inks[:, ink] > 0), ink]
            steps = len(np.unique(ramp[ramp < _SOLID]))
            lacking: tuple[str, ...] = ()
            if not (ramp >= _SOLID).any():
                lacking += (f"the solid of {name}",)
            if steps < _LEAST_STEPS:
                lacking += (f"tints of {name} alone",)
            if lacking:
                needed = f"the solid and {_LEAST_STEPS} tints of each ink over white"
                raise MissingPatchesError(laid.label, lacking, needed)
        if not (full & (laid.inks.sum(axis=1) == 0)).any():
            needed = "a patch without ink"
            raise MissingPatchesError(laid.label, ("the unprinted white",), needed)
    if any((laid.white < _SOLID).any() for laid in charts):
        _check_backings(charts)


def _check_backings(charts: Sequence[Laid]) -> None:
    lightness = []
    for laid in charts:
        if not laid.unprinted.any():
            needed = "a patch of film without white and ink"
            raise MissingPatchesError(laid.label, ("the unprinted film",), needed)
        lightness.append(float(np.median(laid.xyz_d50[laid.unprinted, 1])))
    if max(lightness) < _BACKINGS_DIFFER * min(lightness):
        needed = "the chart measured on white and on black"
        lacking = ("the same chart on a backing of the other kind",)
        raise MissingPatchesError(charts[0].label, lacking, needed)


def _asked_mm(table: CgatsTable | None) -> tuple[float | None, float | None]:
    if table is None:
        return None, None

    def asked(keyword: str) -> float | None:
        text = table.keywords.get(keyword, "")
        return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None

    return asked(DISTANCE_X), asked(DISTANCE_Y)


def _contradictions(found: FittedPrint) -> tuple[str, ...]:
    """Readings left out of the fit; raises where they are more than chance."""
    odd = tuple(
        f"{readings.laid.names[row]} in {readings.laid.label}"
        for readings in found.readings
        for row in np.flatnonzero(~readings.used)
    )
    count = sum(len(readings.used) for readings in found.readings)
    if len(odd) > _WRONG_CHART * count:
        raise UnlikelyMeasurementsError(odd, len(odd), count)
    pairs = [pair for readings in found.readings for pair in exchanged(readings)]
    if pairs:
        raise SwappedPatchesError(tuple(dict.fromkeys(pairs)))
    if len(odd) > max(_LEAST_ODD, _MOST_ODD * count):
        raise UnlikelyMeasurementsError(odd, len(odd), count)
    return odd


__all__ = ["FitDone", "FitRequest", "SheetReadings", "fit_errors", "fit_print_setup"]

# SPDX-License-Identifier: Apache-2.0
"""Measurements of a printed chart (.ti3 and other CGATS text).

Job: patches, their inks if the file names them, and their colours as absolute XYZ.
Not here: the table format (`cgats.py`), making a print setup of them.

Colours are read as spectra (`SPEC_400`, `SPECTRAL_NM_400`, `NM_400`, `R_400`), XYZ or
L*a*b*, the first of these that a row has. Spectra and XYZ are percentages as the
standard has them; files that hold fractions are told by their lightest patch.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pellicle.colour.convert import xyz_d50_from_lab_d50
from pellicle.colour.spectrum import even_spectra, xyz_d50_from_even
from pellicle.errors import BadMeasurementsError, MissingFieldsError
from pellicle.io.cgats import CgatsTable, read_cgats
from pellicle.model.arrays import Array

INK_FIELDS = ("CMYK_C", "CMYK_M", "CMYK_Y", "CMYK_K")
WHITE_FIELD = "WHITE"
BACKING = "BACKING"
WHITE_PASSES = "WHITE_PASSES"
_SPECTRAL = re.compile(r"^(?:SPEC|SPECTRAL_NM|SPECTRAL|NM|R)_?(\d{3})$")
_XYZ, _LAB = ("XYZ_X", "XYZ_Y", "XYZ_Z"), ("LAB_L", "LAB_A", "LAB_B")
_NAMES = ("SAMPLE_LOC", "SAMPLE_ID", "SAMPLEID", "SAMPLE_NAME")
_PERCENT = 100.0
_A_FRACTION = 2.0
_LEAST_BANDS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """Patches of one chart, measured over one backing.

    Attributes
    ----------
    path
        Of the file, to be named in messages.
    names
        Of the patches, as in the file; a place on the chart or an id.
    ids
        Their other name, "" where there is none.
    inks
        (N, 4) cyan, magenta, yellow, black from 0 to 1; None if not in the file.
    white
        (N,) plate value of white; None if not in the file.
    xyz_d50
        (N, 3) absolute, Y of a perfect white is 1.
    backing
        What the file says it was laid on, in small letters; "" if nothing.
    passes
        Passes of white that the file says it was printed with; 0 if nothing.
    spectra
        (N, BANDS) reflectance every 10 nm, see `colour/spectrum.py`; None if the file
        has none.
    """

    path: str
    names: tuple[str, ...]
    ids: tuple[str, ...]
    inks: Array | None
    white: Array | None
    xyz_d50: Array
    backing: str
    passes: int
    spectra: Array | None = None


def read_measurements(path: Path) -> Measurements:
    """Read the first table of a file that holds colours.

    Raises
    ------
    BadMeasurementsError
        If it is no CGATS file, or a value in it is no number or no colour.
    MissingFieldsError
        If no table has colours.
    NoSuchFileError, UnreadableFileError
        If there is nothing to read.
    """
    tables = read_cgats(path)
    for table in tables:
        xyz_d50 = _colours(str(path), table)
        if xyz_d50 is not None:
            found = _measurements(str(path), table, xyz_d50)
            return replace(found, spectra=_spectra(str(path), table))
    fields = ", ".join(tables[0].fields[:6])
    needed = "XYZ_X…, LAB_L… or spectral fields (SPEC_380…)"
    raise MissingFieldsError(str(path), f"the fields {fields}…", needed)


def _measurements(path: str, table: CgatsTable, xyz_d50: Array) -> Measurements:
    columns = [name for name in _NAMES if name in table.fields]
    if not columns:
        found = "no field that names the patches"
        raise MissingFieldsError(path, found, "SAMPLE_ID or SAMPLE_LOC")
    names = _texts(table, columns[0])
    _refuse_repeated(path, names)
    inks = white = None
    if all(field in table.fields for field in INK_FIELDS):
        inks = np.stack([_numbers(path, table, name) for name in INK_FIELDS], axis=1)
        inks = np.clip(inks / _PERCENT, 0.0, 1.0)
    if WHITE_FIELD in table.fields:
        white = np.clip(_numbers(path, table, WHITE_FIELD) / _PERCENT, 0.0, 1.0)
    passes = table.keywords.get(WHITE_PASSES, "")
    return Measurements(
        path,
        names,
        _texts(table, columns[1]) if len(columns) > 1 else ("",) * len(names),
        inks,
        white,
        xyz_d50,
        table.keywords.get(BACKING, "").strip().lower(),
        int(passes) if passes.isdigit() else 0,
    )


def _texts(table: CgatsTable, field: str) -> tuple[str, ...]:
    column = table.fields.index(field)
    return tuple(row[column] for row in table.rows)


def _refuse_repeated(path: str, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            found = f"patch {name} stands in it twice"
            raise BadMeasurementsError(path, found, "each patch once")
        seen.add(name)


def _numbers(path: str, table: CgatsTable, field: str) -> Array:
    column = table.fields.index(field)
    values = np.empty(len(table.rows))
    for row, cells in enumerate(table.rows):
        try:
            values[row] = float(cells[column].replace(",", "."))
        except ValueError as error:
            found = f"row {row + 1} has {cells[column]!r} as {field}"
            raise BadMeasurementsError(path, found, "a number") from error
    if not np.isfinite(values).all():
        found = f"row {int(np.argmin(np.isfinite(values))) + 1} has no {field}"
        raise BadMeasurementsError(path, found, "a number")
    return values


def _colours(path: str, table: CgatsTable) -> Array | None:
    spectra = _spectra(path, table)
    if spectra is not None:
        xyz_d50 = xyz_d50_from_even(spectra)
    elif all(field in table.fields for field in _XYZ):
        values = [_numbers(path, table, name) for name in _XYZ]
        xyz_d50 = _as_fractions(np.stack(values, axis=1))
    elif all(field in table.fields for field in _LAB):
        values = [_numbers(path, table, name) for name in _LAB]
        xyz_d50 = xyz_d50_from_lab_d50(np.stack(values, axis=1))
    else:
        return None
    possible = (xyz_d50 > -0.05) & (xyz_d50 < 2.0)  # noqa: PLR2004 -- colours of paper
    if not possible.all():
        row = int(np.argmin(possible.all(axis=1)))
        found = f"row {row + 1} holds no colour that a surface can have"
        raise BadMeasurementsError(path, found, "XYZ or reflectance in percent")
    return np.maximum(xyz_d50, 0.0)


def _spectra(path: str, table: CgatsTable) -> Array | None:
    bands = _spectral_fields(table.fields)
    if len(bands) < _LEAST_BANDS:
        return None
    values = [_numbers(path, table, name) for name in bands.values()]
    measured = _as_fractions(np.stack(values, axis=1))
    return even_spectra(np.array(list(bands), np.float64), measured)


def _as_fractions(values: Array) -> Array:
    return values if values.max() <= _A_FRACTION else values / _PERCENT


def _spectral_fields(fields: Sequence[str]) -> Mapping[int, str]:
    found = {}
    for field in fields:
        match = _SPECTRAL.match(field)
        if match:
            found[int(match[1])] = field
    return dict(sorted(found.items()))

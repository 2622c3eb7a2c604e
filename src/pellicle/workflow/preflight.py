# SPDX-License-Identifier: Apache-2.0
"""Preflight: reopen every print file with readers that are not ours, and compare.

Job: measure each file in a worker; refuse what is not as it was meant.
Not here: the readers (`io/preflight_pdf.py`, `io/preflight_tiff.py`).
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from pellicle.engine.workers import run_tasks
from pellicle.errors import PrintFileError
from pellicle.io.preflight_pdf import measure_pdf
from pellicle.io.preflight_tiff import (
    measure_inks_tiff,
    measure_layer_tiff,
    measure_spot_tiff,
)
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.writing import write_whole
from pellicle.model.mask import COLOURANTS
from pellicle.model.preflight import FileMeasured, Preflight

PREFLIGHT = "mask-preflight.json"
LENGTH_MM = 0.05
"""How far a length on the page may be from what it should be."""

_PLACED_MM = 0.002
_ROUNDED_PERCENT = 0.004
"""Four plates, each rounded to the nearest at 16 bits, come to 0.003 % more at most;
that figure is rounded, too."""
_EXACT_BITS = 16
_EIGHT_BIT_PERCENT = 100 / 255
_WITH_PROFILE = frozenset(
    {
        "mask.pdf",
        "mask-colour.pdf",
        "mask-white.pdf",
        "mask-colour.tif",
        "mask-spot.tif",
    }
)

PRINTED: Mapping[str, slice] = MappingProxyType(
    {
        "mask-colour.pdf": slice(0, 4),
        "mask-colour.tif": slice(0, 4),
        "mask-spot.tif": slice(0, 5),
        "mask-white.pdf": slice(4, 5),
        "mask-white.tif": slice(4, 5),
        "mask.pdf": slice(0, 5),
        "mask.tif": slice(0, 5),
    }
)
"""Files that carry plates, and which of cyan, magenta, yellow, black and white."""


@dataclass(frozen=True, slots=True)
class _Task:
    name: str
    measure: Callable[[], FileMeasured]


def _measure(task: _Task) -> FileMeasured:
    return task.measure()


def preflight(
    pool: Executor, folder: Path, sheet: PrintSheet, measured: Callable[[], None]
) -> Preflight:
    """Measure the print files of a folder and hold them to the sheet.

    Parameters
    ----------
    measured
        Called after each file.

    Raises
    ------
    PrintFileError
        Of the first file, by name, that is not as meant.
    """
    found: dict[str, FileMeasured] = {}

    def keep(task: _Task, file: FileMeasured) -> None:
        found[task.name] = file
        measured()

    run_tasks(pool, "preflight", _measure, list(_tasks(folder, sheet)), keep)
    files = tuple(found[name] for name in sorted(found))
    seen = Preflight(mask=sheet.id, files=files)
    _hold_to(sheet, seen)
    return seen


def write_preflight(path: Path, seen: Preflight) -> None:
    """Write `mask-preflight.json`."""
    write_whole(path, f"{seen.model_dump_json(indent=1)}\n".encode())


def _tasks(folder: Path, sheet: PrintSheet) -> Iterator[_Task]:
    for name in PRINTED:
        path = folder / name
        if name.endswith(".pdf"):
            yield _Task(name, partial(measure_pdf, path))
        elif name == "mask.tif":
            yield _Task(name, partial(measure_inks_tiff, path))
        elif name == "mask-spot.tif":
            yield _Task(name, partial(measure_spot_tiff, path, sheet.spot_name))
        else:
            plates = _plates(sheet, name)
            yield _Task(name, partial(measure_layer_tiff, path, plates))


def _plates(sheet: PrintSheet, name: str) -> tuple[str, ...]:
    every: tuple[str, ...] = (*COLOURANTS, sheet.spot_name)
    return every[PRINTED[name]]


def _hold_to(sheet: PrintSheet, seen: Preflight) -> None:
    exact = {plate.name: plate for plate in seen.file("mask.tif").plates}
    profile = hashlib.sha256(sheet.icc_profile).hexdigest()
    for file in seen.files:
        for found in _wrong(sheet, file):
            raise PrintFileError(file.name, found)
        if file.name in _WITH_PROFILE and file.profile_sha256 != profile:
            found = f"it does not hold the profile {sheet.profile_name}"
            raise PrintFileError(file.name, found)
        allowed = 0.0 if file.bits == _EXACT_BITS else _EIGHT_BIT_PERCENT
        for plate in file.plates:
            off = abs(plate.coverage_percent - exact[plate.name].coverage_percent)
            if off > allowed:
                found = f"{plate.name} covers {plate.coverage_percent:.4f} % of it"
                raise PrintFileError(file.name, found)


def _wrong(sheet: PrintSheet, file: FileMeasured) -> Iterator[str]:
    """What of one file is not as the sheet has it, in words."""
    plates = tuple(plate.name for plate in file.plates)
    if plates != _plates(sheet, file.name):
        yield f"its plates are {', '.join(plates) or 'without names'}"
    if (file.height_px, file.width_px) != sheet.raster.shape:
        yield f"its image has {file.width_px} × {file.height_px} px"
    width_mm, height_mm = sheet.raster.size_mm
    off_mm = max(abs(file.width_mm - width_mm), abs(file.height_mm - height_mm))
    placed_mm = file.placed_off_mm or 0.0
    if off_mm > LENGTH_MM or placed_mm > _PLACED_MM:
        yield (
            f"it prints {file.width_mm:.3f} × {file.height_mm:.3f} mm, "
            f"{placed_mm:.3f} mm from its place"
        )
    most = file.largest_total_percent or 0.0
    if most > sheet.ink_limit_percent + _ROUNDED_PERCENT:
        yield f"its inks add up to {most:.2f} %"

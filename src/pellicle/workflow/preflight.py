# SPDX-License-Identifier: Apache-2.0
"""Preflight: reopen every print file with readers that are not ours, and compare.

Job: measure each file in a worker; refuse what is not as it was meant.
Not here: the readers (`io/preflight_pdf.py`, `io/preflight_tiff.py`).
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from pellicle.workflow.imposition import SheetsInUse

PREFLIGHT = "mask-preflight.json"
LENGTH_MM = 0.05
"""How far a length on the page may be from what it should be."""

_PLACED_MM = 0.002
_ROUNDED_PERCENT = 0.004
"""Four plates, each rounded to the nearest at 16 bits, come to 0.003 % more at most;
that figure is rounded, too."""
_ROUNDED_COVERAGE = 1e-4  # percent, of each figure
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

_WHOLE = ("mask-colour.tif", "mask-white.tif")
"""Never parted: they are the scan's own geometry, for people and programs."""


@dataclass(frozen=True, slots=True)
class _Task:
    kind: str
    name: str
    sheet: PrintSheet
    measure: Callable[[], FileMeasured]


def _measure(task: _Task) -> FileMeasured:
    return task.measure()


def files_measured(laid: SheetsInUse) -> int:
    """How many files and pages a preflight measures."""
    return len(list(_tasks(Path(), laid.whole, laid.sheets)))


def preflight(
    pool: Executor,
    folder: Path,
    whole: PrintSheet,
    measured: Callable[[], None],
    sheets: Sequence[PrintSheet] = (),
) -> Preflight:
    """Measure the print files of a folder and hold them to the sheets.

    Parameters
    ----------
    whole
        The whole mask.
    measured
        Called after each file or page.
    sheets
        Those that the mask is printed on, if they are several.

    Raises
    ------
    PrintFileError
        Of the first file, by name, that is not as meant.
    """
    tasks = list(_tasks(folder, whole, sheets or (whole,)))
    found: dict[int, FileMeasured] = {}

    def keep(task: _Task, file: FileMeasured) -> None:
        found[tasks.index(task)] = file
        measured()

    run_tasks(pool, "preflight", _measure, tasks, keep)
    order = sorted(found, key=lambda at: (found[at].name, found[at].sheet or 0))
    seen = Preflight(mask=whole.id, files=tuple(found[at] for at in order))
    for at in order:
        _hold_to(tasks[at], found[at], seen)
    if len(sheets) > 1:
        _hold_sheets_to_whole(sheets, seen)
    return seen


def preflight_page(
    path: Path, sheet: PrintSheet, coverage_percent: Mapping[str, float]
) -> FileMeasured:
    """Measure one page of all plates and hold it to its own sheet.

    Parameters
    ----------
    coverage_percent
        Mean of each plate over the page's image, by name, as meant.

    Raises
    ------
    PrintFileError
        If it is not as meant.
    """
    task = _Task("mask.pdf", path.name, sheet, partial(measure_pdf, path, None))
    seen = task.measure()
    wrong = list(_wrong(task, seen))
    if seen.profile_sha256 != hashlib.sha256(sheet.icc_profile).hexdigest():
        wrong.append(f"it does not hold the profile {sheet.profile_name}")
    wrong += [
        f"{plate.name} covers {plate.coverage_percent:.4f} % of it"
        for plate in seen.plates
        if abs(plate.coverage_percent - coverage_percent.get(plate.name, 0.0))
        > _EIGHT_BIT_PERCENT
    ]
    for found in wrong:
        raise PrintFileError(seen.name, found)
    return seen


def write_preflight(path: Path, seen: Preflight) -> None:
    """Write `mask-preflight.json`."""
    write_whole(path, f"{seen.model_dump_json(indent=1)}\n".encode())


def _tasks(
    folder: Path, whole: PrintSheet, sheets: Sequence[PrintSheet]
) -> Iterator[_Task]:
    for kind in PRINTED:
        for sheet in (whole,) if kind in _WHOLE else sheets:
            number = None if sheet.part is None else sheet.part.number
            numbered = kind.endswith(".tif") and number is not None
            name = f"{kind.removesuffix('.tif')}-{number}.tif" if numbered else kind
            path = folder / name
            yield _Task(kind, name, sheet, _measuring(kind, path, sheet, number))


def _measuring(
    kind: str, path: Path, sheet: PrintSheet, number: int | None
) -> Callable[[], FileMeasured]:
    if kind.endswith(".pdf"):
        return partial(measure_pdf, path, number)
    if kind == "mask.tif":
        return partial(measure_inks_tiff, path, number)
    if kind == "mask-spot.tif":
        return partial(measure_spot_tiff, path, sheet.spot_name, number)
    return partial(measure_layer_tiff, path, _plates(sheet, kind))


def _plates(sheet: PrintSheet, kind: str) -> tuple[str, ...]:
    every: tuple[str, ...] = (*COLOURANTS, sheet.spot_name)
    return every[PRINTED[kind]]


def _hold_to(task: _Task, file: FileMeasured, seen: Preflight) -> None:
    for found in _wrong(task, file):
        raise PrintFileError(file.name, found)
    sheet = task.sheet
    profile = hashlib.sha256(sheet.icc_profile).hexdigest()
    if task.kind in _WITH_PROFILE and file.profile_sha256 != profile:
        found = f"it does not hold the profile {sheet.profile_name}"
        raise PrintFileError(file.name, found)
    if file.sheet is None and seen.several:
        return  # the whole one is held to all sheets together
    reference = seen.of_sheet("mask.tif", file.sheet)
    exact = {plate.name: plate for plate in reference.plates}
    allowed = 0.0 if file.bits == _EXACT_BITS else _EIGHT_BIT_PERCENT
    for plate in file.plates:
        off = abs(plate.coverage_percent - exact[plate.name].coverage_percent)
        if off > allowed:
            found = f"{plate.name} covers {plate.coverage_percent:.4f} % of it"
            raise PrintFileError(file.name, found)


def _hold_sheets_to_whole(sheets: Sequence[PrintSheet], seen: Preflight) -> None:
    """Every pixel on exactly one sheet: together they hold the ink of the whole."""
    numbers = [sheet.part.number for sheet in sheets if sheet.part]
    parts = [seen.of_sheet("mask.tif", number) for number in numbers]
    for kind in _WHOLE:
        whole = seen.file(kind)
        pixels = whole.width_px * whole.height_px
        for plate in whole.plates:
            covered = sum(
                one.coverage_percent * part.width_px * part.height_px / pixels
                for part in parts
                for one in part.plates
                if one.name == plate.name
            )
            rounded = _ROUNDED_COVERAGE * (1 + len(parts))
            if abs(covered - plate.coverage_percent) > rounded:
                found = (
                    f"{plate.name} covers {plate.coverage_percent:.4f} % of it, of all "
                    f"sheets together {covered:.4f} %"
                )
                raise PrintFileError(kind, found)


def _wrong(task: _Task, file: FileMeasured) -> Iterator[str]:
    """What of one file is not as the sheet has it, in words."""
    sheet = task.sheet
    plates = tuple(plate.name for plate in file.plates)
    if plates != _plates(sheet, task.kind):
        yield f"its plates are {', '.join(plates) or 'without names'}"
    if (file.height_px, file.width_px) != sheet.raster.shape:
        yield f"its image has {file.width_px} × {file.height_px} px"
    width_mm, height_mm = sheet.raster.size_mm
    if task.kind not in _WHOLE:
        across, down = sheet.size_correction
        width_mm, height_mm = width_mm * across, height_mm * down
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

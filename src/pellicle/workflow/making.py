# SPDX-License-Identifier: Apache-2.0
"""Make a treatment's steps: all of them, one, or its exports."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pellicle.engine.memory import MemoryWatch
from pellicle.engine.progress import ProgressReport
from pellicle.errors import BadSettingError
from pellicle.io.print_sheet import PrintSheet
from pellicle.model.artefact import ArtefactKind
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.treatment.log import log_timings
from pellicle.workflow.exports import (
    ExportPart,
)
from pellicle.workflow.imposition import lay_on_media
from pellicle.workflow.job import Truth, finish
from pellicle.workflow.made import print_files
from pellicle.workflow.print_files import (
    PRINT_FILES,
)
from pellicle.workflow.printer_view import look_as_printer
from pellicle.workflow.record import export, record, recorded_paths
from pellicle.workflow.restore import make_chain, whole_chain
from pellicle.workflow.work import Work


def make_all(
    treatment: Treatment, workers: int, quiet: bool, truth: Truth | None
) -> tuple[dict[str, float], float]:
    """Make every step and the record; the caller is the treatment's writer.

    Returns
    -------
    seconds
        By step.
    peak_memory_mb
        Summed PSS of all processes.
    """
    progress = ProgressReport(quiet=quiet)
    with MemoryWatch() as memory:
        work = Work(treatment, workers, progress)
        with work.pool():
            chain = whole_chain(work)
            record(work, chain, truth(chain) if truth else None)
    return progress.seconds, memory.peak_mb


def make_step(path: Path, kind: ArtefactKind, workers: int) -> str:
    """Make one step and what it rests on; give the id of its run."""
    started = time.monotonic()
    treatment = Treatment.open(path)
    progress = ProgressReport()
    with writing(treatment), MemoryWatch() as memory:
        work = Work(treatment, workers, progress)
        with work.pool():
            make_chain(work, kind)
        shown = ArtefactKind.REGIONS if kind is ArtefactKind.CONDITION else kind
        run_id = treatment.current()[shown]
    timings = {
        "seconds": {name: round(s, 2) for name, s in progress.seconds.items()},
        "total_seconds": round(time.monotonic() - started, 2),
        "peak_memory_mb": round(memory.peak_mb, 1),
    }
    if progress.seconds:
        log_timings(treatment, kind, timings)
    return run_id


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote, and what a policy kept back.

    Attributes
    ----------
    looked
        Programs of printers that are installed here and found `mask.pdf` right.
    """

    paths: tuple[Path, ...]
    withheld: tuple[str, ...] = ()
    looked: tuple[str, ...] = ()


def export_parts(
    path: Path, folder: Path | None, parts: Iterable[ExportPart], workers: int
) -> Exported:
    """Write exports to a folder; the treatment's own are the record's.

    Parameters
    ----------
    folder
        Outside the treatment; None brings the treatment's record up to date.

    Raises
    ------
    BadSettingError
        If the folder lies inside the treatment.
    PrintFileError
        If a program that is not ours finds a print file other than it was meant.
    """
    treatment, wanted = Treatment.open(path), frozenset(parts)
    work = Work(treatment, workers, ProgressReport())
    printing = ExportPart.MASK in wanted
    if folder is None or _same(folder, treatment.exports):
        with writing(treatment):
            finish(treatment, workers, quiet=False)
        paths = recorded_paths(treatment, wanted)
        awaiting = print_files(treatment) == "withheld"
        folder = treatment.exports
        sheets: tuple[PrintSheet, ...] = ()
        if printing and not awaiting:
            with writing(treatment), work.pool():
                sheets = lay_on_media(treatment, whole_chain(work)).sheets
    elif treatment.path.resolve() in {folder.resolve(), *folder.resolve().parents}:
        needed = "a folder outside the treatment is needed"
        raise BadSettingError("--to", str(folder), needed)
    else:
        with writing(treatment), work.pool():
            chain = whole_chain(work)
            paths = export(work, chain, folder, wanted)
            sheets = lay_on_media(treatment, chain).sheets
        awaiting = chain.mask.awaiting
    held = sorted(PRINT_FILES) if awaiting and printing else []
    looked: tuple[str, ...] = ()
    if printing and not awaiting:
        looked = look_as_printer(folder, *sheets)
    return Exported(tuple(paths), tuple(held), looked)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()

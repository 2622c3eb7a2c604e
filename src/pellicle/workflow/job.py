# SPDX-License-Identifier: Apache-2.0
"""The whole job: begin, make every step, record; or find that nothing is to be done."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pellicle.engine.memory import MemoryWatch
from pellicle.engine.progress import ProgressReport
from pellicle.io.report_content import ReportTable
from pellicle.model.artefact import ArtefactKind
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.workflow.begin import Request, begun
from pellicle.workflow.exports import ExportPart
from pellicle.workflow.record import (
    REPORT,
    export,
    print_files,
    read_figures,
    record,
    up_to_date,
)
from pellicle.workflow.restore import make_chain, whole_chain
from pellicle.workflow.work import Work


@dataclass(frozen=True, slots=True)
class JobDone:
    """What a finished job tells.

    Attributes
    ----------
    figures
        Content of `figures.json`.
    seconds
        By step, of this run only; empty when nothing was to be done.
    peak_memory_mb
        Summed PSS of all processes.
    print_files
        `written` or `withheld`.
    """

    treatment: Path
    figures: dict[str, Any]
    print_files: str
    seconds: dict[str, float] = field(default_factory=dict)
    total_seconds: float = 0.0
    peak_memory_mb: float = 0.0

    @property
    def report(self) -> Path:
        """The page to open first."""
        return self.treatment / REPORT

    def as_json(self) -> dict[str, Any]:
        """JSON of `restore --json`."""
        return {
            "treatment": str(self.treatment),
            "figures": self.figures,
            "timings": {
                "seconds": {n: round(s, 2) for n, s in self.seconds.items()},
                "total_seconds": round(self.total_seconds, 2),
                "peak_memory_mb": round(self.peak_memory_mb, 1),
            },
            "print_files": self.print_files,
        }


def run_job(
    path: Path, request: Request, workers: int, *, quiet: bool, truth: Any = None
) -> JobDone:
    """Begin or go on with a treatment, up to its record.

    Parameters
    ----------
    truth
        Function from the chain to a `ReportTable`, where the truth is known.

    Raises
    ------
    PellicleError
        Whatever cannot be done; what was finished is kept.
    """
    with begun(path, request) as treatment:
        return make_all(treatment, workers, quiet=quiet, truth=truth)


def make_all(
    treatment: Treatment, workers: int, *, quiet: bool, truth: Any = None
) -> JobDone:
    """Make every step and the record; the caller is the treatment's writer."""
    if up_to_date(treatment):
        return _done(treatment, {}, 0.0, 0.0)
    progress = ProgressReport(quiet=quiet)
    with MemoryWatch() as memory:
        work = Work(treatment, workers, progress)
        with work.pool():
            chain = whole_chain(work)
            table: ReportTable | None = truth(chain) if truth else None
            record(work, chain, table)
    total = sum(progress.seconds.values())
    return _done(treatment, progress.seconds, total, memory.peak_mb)


def make_step(path: Path, kind: ArtefactKind, workers: int, *, quiet: bool) -> str:
    """Make one step and what it rests on; give the id of its run."""
    treatment = Treatment.open(path)
    with writing(treatment):
        work = Work(treatment, workers, ProgressReport(quiet=quiet))
        with work.pool():
            make_chain(work, kind)
        shown = ArtefactKind.REGIONS if kind is ArtefactKind.CONDITION else kind
        return treatment.current()[shown]


def export_parts(
    path: Path, folder: Path | None, parts: Iterable[ExportPart], workers: int
) -> list[Path]:
    """Write exports to a folder, or to the treatment's own; give their paths."""
    treatment = Treatment.open(path)
    with writing(treatment):
        work = Work(treatment, workers, ProgressReport())
        with work.pool():
            chain = whole_chain(work)
            return export(work, chain, folder or treatment.exports, parts)


def _done(
    treatment: Treatment, seconds: dict[str, float], total: float, peak_mb: float
) -> JobDone:
    return JobDone(
        treatment=treatment.path,
        figures=read_figures(treatment),
        print_files=print_files(treatment),
        seconds=seconds,
        total_seconds=total,
        peak_memory_mb=peak_mb,
    )

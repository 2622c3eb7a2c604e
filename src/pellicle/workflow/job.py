# SPDX-License-Identifier: Apache-2.0
"""The whole job: begin, make every step, record; or find that nothing is to be done.

What computes is loaded only when something is to be computed: it takes longer than
finding out that nothing is.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from pellicle.io.report_content import ReportTable
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.treatment.log import log_timings
from pellicle.workflow.begin import Request, begun
from pellicle.workflow.made import REPORT, print_files, read_figures, up_to_date

Truth: TypeAlias = Callable[[Any], ReportTable]
"""From the chain of steps to a table of how close they came, where that is known."""


@dataclass(frozen=True, slots=True)
class JobDone:
    """What a finished job tells.

    Attributes
    ----------
    figures
        Content of `figures.json`.
    seconds
        By step, of this run only; empty when nothing was to be done.
    total_seconds
        From the start to the end, whatever the time went to.
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
            "timings": self.timings,
            "print_files": self.print_files,
        }

    @property
    def timings(self) -> dict[str, Any]:
        """Seconds by step and in all, and peak memory, as JSON."""
        return {
            "seconds": {n: round(s, 2) for n, s in self.seconds.items()},
            "total_seconds": round(self.total_seconds, 2),
            "peak_memory_mb": round(self.peak_memory_mb, 1),
        }


def run_job(
    path: Path,
    request: Request,
    workers: int,
    *,
    quiet: bool,
    truth: Truth | None = None,
) -> JobDone:
    """Begin or go on with a treatment, up to its record.

    Parameters
    ----------
    quiet
        Show no progress.

    Raises
    ------
    PellicleError
        Whatever cannot be done; what was finished is kept.
    """
    started = time.monotonic()
    with begun(path, request) as treatment:
        return finish(treatment, workers, started, quiet=quiet, truth=truth)


def record_job(path: Path, workers: int) -> JobDone:
    """Make whatever of a treatment is missing or stale, up to its record."""
    started = time.monotonic()
    treatment = Treatment.open(path)
    with writing(treatment):
        return finish(treatment, workers, started, quiet=False)


def finish(
    treatment: Treatment,
    workers: int,
    started: float | None = None,
    *,
    quiet: bool,
    truth: Truth | None = None,
) -> JobDone:
    """Make what is missing or stale; the caller is the treatment's writer.

    Parameters
    ----------
    started
        When the job began, by `time.monotonic`; None is now.
    """
    started = time.monotonic() if started is None else started
    seconds: dict[str, float] = {}
    peak_mb = 0.0
    if not up_to_date(treatment):
        making = import_module("pellicle.workflow.making")
        seconds, peak_mb = making.make_all(treatment, workers, quiet, truth)
    done = JobDone(
        treatment=treatment.path,
        figures=read_figures(treatment),
        print_files=print_files(treatment),
        seconds=seconds,
        total_seconds=time.monotonic() - started,
        peak_memory_mb=peak_mb,
    )
    if seconds:
        log_timings(treatment, "job", done.timings)
    return done

# SPDX-License-Identifier: Apache-2.0
"""Make a treatment's steps: all of them, one, or its exports."""

from collections.abc import Iterable
from pathlib import Path

from pellicle.engine.memory import MemoryWatch
from pellicle.engine.progress import ProgressReport
from pellicle.model.artefact import ArtefactKind
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.workflow.exports import ExportPart
from pellicle.workflow.job import Truth
from pellicle.workflow.record import export, record
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
    treatment = Treatment.open(path)
    with writing(treatment):
        work = Work(treatment, workers, ProgressReport())
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

# SPDX-License-Identifier: Apache-2.0
"""Status: what of a treatment is done, what is stale, its figures."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellicle.model.artefact import ArtefactKind
from pellicle.treatment.folder import Treatment
from pellicle.workflow.made import exports_made, print_files, read_figures, up_to_date

DONE = "done"
STALE = "stale"
MISSING = "missing"


@dataclass(frozen=True, slots=True)
class StepStatus:
    """One step: `done`, or `missing`; the run in use and how long it took."""

    kind: ArtefactKind
    state: str
    run_id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class TreatmentStatus:
    """State of a treatment.

    Attributes
    ----------
    state
        `done` when the record holds for everything asked for and decided; `stale` when
        something changed since; `missing` when there is no record yet.
    figures
        Content of `figures.json`; empty when there is none.
    """

    state: str
    steps: tuple[StepStatus, ...]
    print_files: str
    figures: dict[str, Any]


def status(path: Path) -> TreatmentStatus:
    """Look at a treatment without changing it."""
    treatment = Treatment.open(path)
    current = treatment.current()
    recorded = bool(exports_made(treatment))
    steps = tuple(_step(treatment, kind, current) for kind in ArtefactKind.made())
    state = MISSING
    if recorded:
        state = DONE if up_to_date(treatment) else STALE
    return TreatmentStatus(
        state=state,
        steps=steps,
        print_files=print_files(treatment) if recorded else MISSING,
        figures=read_figures(treatment) if recorded else {},
    )


def _step(
    treatment: Treatment, kind: ArtefactKind, current: dict[str, str]
) -> StepStatus:
    run_id = current.get(kind, "")
    if not run_id or not treatment.has_run(kind, run_id):
        return StepStatus(kind, MISSING, run_id, 0.0)
    return StepStatus(kind, DONE, run_id, treatment.manifest(kind, run_id).seconds)

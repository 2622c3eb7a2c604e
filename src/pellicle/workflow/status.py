# SPDX-License-Identifier: Apache-2.0
"""Status: what of a treatment is done, what is stale, its figures.

Job: compare what each run in use was made from with what is in use now.
Not here: what a changed setting or decision would change; that shows in the record,
which is stale, and in full when the command is repeated.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellicle.model.artefact import ArtefactKind
from pellicle.model.record import RunManifest
from pellicle.treatment.folder import INPUTS, Treatment
from pellicle.workflow.made import exports_made, print_files, read_figures, up_to_date

DONE = "done"
STALE = "stale"
MISSING = "missing"
GIVEN = "given"

_FILES: dict[ArtefactKind, dict[str, tuple[str, ...]]] = {
    ArtefactKind.SCAN: {
        "scan": ("scan",),
        "outline": ("outline",),
        "protect": ("protect",),
    },
    ArtefactKind.CONDITION: {"scan": ("scan",)},
    ArtefactKind.REGIONS: {"given": ("damage", "damage-adds")},
    ArtefactKind.RECONSTRUCTION: {"scan": ("scan",), "painted": ("reconstruction",)},
    ArtefactKind.MASK: {"scan": ("scan",)},
    ArtefactKind.PROOF: {"scan": ("scan",)},
}
"""Inputs of a run that are files received, each with the roles it may have."""


@dataclass(frozen=True, slots=True)
class StepStatus:
    """One step; the run in use and how long it took.

    Attributes
    ----------
    state
        `done`; `stale` when something that the run rests on is in use no more;
        `missing` when there is no run; `given` when files say what it would find.
    """

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
    recorded = bool(exports_made(treatment))
    state = MISSING
    if recorded:
        state = DONE if up_to_date(treatment) else STALE
    return TreatmentStatus(
        state=state,
        steps=_steps(treatment, state),
        print_files=print_files(treatment) if recorded else MISSING,
        figures=read_figures(treatment) if recorded else {},
    )


def _steps(treatment: Treatment, whole: str) -> tuple[StepStatus, ...]:
    current = treatment.current()
    # What the runs in use may be named as inputs, each with its step's state.
    in_use: dict[str, dict[str, str]] = {}
    steps = []
    for kind in ArtefactKind.made():
        run_id = current.get(kind, "")
        seconds = 0.0
        if kind is ArtefactKind.CONDITION and treatment.source("damage") is not None:
            state, run_id = GIVEN, "none"
        elif kind is ArtefactKind.STYLE and not run_id:
            in_use[kind] = {}
            continue  # every infill is mimetic
        elif not run_id or not treatment.has_run(kind, run_id):
            state = MISSING
        else:
            manifest = treatment.manifest(kind, run_id)
            seconds = manifest.seconds
            state = DONE if _holds(treatment, manifest, in_use) else STALE
        if kind is ArtefactKind.REFERENCES and not _references(treatment):
            in_use[kind] = {"": GIVEN}
            continue
        if kind is ArtefactKind.RECORD and state == DONE:
            state = whole
        in_use[kind] = {run_id: state}
        steps.append(StepStatus(kind, state, run_id, seconds))
    return tuple(steps)


def _references(treatment: Treatment) -> dict[str, str]:
    """Hashes of references and their points, by role; none beside a painted one."""
    inputs = treatment.description().step(INPUTS)
    if "reconstruction" in inputs:
        return {}
    found = {}
    for role in inputs:
        source = treatment.source(role) if role.startswith("reference-") else None
        if source is not None:
            found[role] = source.sha256
    return found


def _holds(
    treatment: Treatment, manifest: RunManifest, in_use: dict[str, dict[str, str]]
) -> bool:
    files = _FILES.get(manifest.kind, {})
    if manifest.kind is ArtefactKind.REFERENCES:
        given = _references(treatment)
        used = {n: h for n, h in manifest.inputs.items() if n.startswith("reference-")}
        if given != used:
            return False
    for name, roles in files.items():
        sources = [treatment.source(role) for role in roles]
        hashes = [source.sha256 for source in sources if source is not None]
        if manifest.inputs.get(name) != (hashes[0] if hashes else None):
            return False
    if (
        manifest.kind is ArtefactKind.RECONSTRUCTION
        and "painted" not in manifest.inputs
    ):
        wanted = in_use[ArtefactKind.REFERENCES]
        if "references" not in manifest.inputs and MISSING in wanted.values():
            return False
    return all(
        in_use[name].get(run_id) in {DONE, GIVEN}
        for name, run_id in manifest.inputs.items()
        if name in in_use and name not in files
    )

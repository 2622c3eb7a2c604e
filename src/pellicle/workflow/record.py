# SPDX-License-Identifier: Apache-2.0
"""Record: figures, exports and report of a treatment."""

from collections.abc import Iterable
from pathlib import Path

from pellicle.io.hashing import hash_of
from pellicle.io.report_content import ReportTable
from pellicle.io.writing import write_whole
from pellicle.model.artefact import ArtefactKind
from pellicle.model.figures import Figures
from pellicle.treatment.folder import write_value
from pellicle.workflow.exports import (
    PRINT_FILES,
    ExportPart,
    export_tasks,
    run_exports,
    write_figures,
    write_regions,
)
from pellicle.workflow.figures import Chain, compute_figures
from pellicle.workflow.made import (
    FIGURES,
    REGIONS,
    REPORT,
    files_made,
    stands,
    write_made,
)
from pellicle.workflow.report import make_report
from pellicle.workflow.work import Making, RunPlan, Work

_VERSION = 1


def record(work: Work, chain: Chain, truth: ReportTable | None = None) -> Figures:
    """Compute the figures, and write every export that is missing or out of date."""
    treatment = work.treatment
    figures = make_figures(work, chain)
    known = files_made(treatment)
    tasks = export_tasks(treatment, chain, treatment.exports)
    keys = {f"exports/{task.name}": task.key for task in tasks}
    due = [
        task
        for task in tasks
        if not stands(treatment, known, f"exports/{task.name}", task.key)
    ]
    total_mpx = (len(due) + 1) * chain.scan.mpx
    with work.pool() as pool, work.progress.step("export", total_mpx) as advance:
        run_exports(pool, due, lambda: advance(chain.scan.mpx))
        if chain.mask.awaiting:
            for name in PRINT_FILES:
                (treatment.exports / name).unlink(missing_ok=True)
        write_regions(pool, chain, treatment.path / REGIONS)
        write_figures(treatment.path / FIGURES, figures)
        page = make_report(pool, treatment, chain, figures, truth)
        write_whole(treatment.path / REPORT, page.encode())
        advance(chain.scan.mpx)
    new = {f"exports/{task.name}" for task in due}
    write_made(treatment, known, keys, new, withheld=chain.mask.awaiting)
    return figures


def make_figures(work: Work, chain: Chain) -> Figures:
    """Compute the figures of a chain, once."""
    approved = sorted(n for n, said in chain.said.items() if said.approved_by)
    left = sorted([n, left.text] for n, left in chain.mask.left.items())
    plan = RunPlan(
        ArtefactKind.RECORD,
        "record",
        _VERSION,
        {"assumed": chain.assumed},
        {
            "scan": chain.scan.run_id,
            "regions": chain.regions.run_id,
            "reconstruction": chain.reconstruction.run_id,
            "mask": chain.mask.run_id,
            "proof": chain.proof.run_id,
            "approved": hash_of(approved),
            "left": hash_of(left),
        },
    )

    def make(making: Making) -> None:
        figures = compute_figures(making, chain)
        write_value(making.folder, figures.model_dump(mode="json"))

    run_id = work.run(plan, chain.scan.mpx, make)
    value = work.treatment.value(ArtefactKind.RECORD, run_id)
    return Figures.model_validate(value)


def export(
    work: Work, chain: Chain, folder: Path, parts: Iterable[ExportPart]
) -> list[Path]:
    """Write the parts asked for to any folder.

    Returns
    -------
    paths
        Of the files written, sorted.
    """
    treatment, wanted = work.treatment, frozenset(parts)
    figures = make_figures(work, chain)
    tasks = [
        task for task in export_tasks(treatment, chain, folder) if task.part in wanted
    ]
    paths = [folder / task.name for task in tasks]
    total_mpx = len(tasks) * chain.scan.mpx
    with work.pool() as pool, work.progress.step("export", total_mpx) as advance:
        run_exports(pool, tasks, lambda: advance(chain.scan.mpx))
        if ExportPart.CONDITION in wanted:
            paths.append(folder / "regions.geojson")
            write_regions(pool, chain, paths[-1])
        if ExportPart.REPORT in wanted:
            paths.append(folder / "index.html")
            page = make_report(pool, treatment, chain, figures, None)
            write_whole(paths[-1], page.encode())
    paths.append(folder / "figures.json")
    write_figures(paths[-1], figures)
    return sorted(paths)

# SPDX-License-Identifier: Apache-2.0
"""Record: figures, exports and report of a treatment."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from pellicle.io.report_content import ReportTable
from pellicle.io.writing import write_whole
from pellicle.model.artefact import ArtefactKind
from pellicle.model.figures import Figures
from pellicle.treatment.folder import Treatment, write_value
from pellicle.workflow.error_budget import error_budget
from pellicle.workflow.exports import (
    MIMETIC,
    PARTS,
    TICKET_PARTS,
    ExportPart,
    ExportTask,
    budget_figures,
    export_tasks,
    run_exports,
    write_budget,
    write_figures,
)
from pellicle.workflow.figures import Chain, figures_of, sum_up
from pellicle.workflow.imposition import (
    SheetsInUse,
    lay_on_media,
    sheets_of_regions,
)
from pellicle.workflow.job_ticket import ticket_key, write_ticket
from pellicle.workflow.made import (
    ALWAYS,
    BUDGET,
    FIGURES,
    PARTS_LEFT,
    REGIONS,
    REPORT,
    FilesMade,
    files_made,
    stands,
    write_made,
)
from pellicle.workflow.missed_figures import gamut_figures, ink_limit_figures
from pellicle.workflow.parts_features import write_parts_left
from pellicle.workflow.picture_exports import part_of_picture, picture_tasks
from pellicle.workflow.preflight import PRINTED, files_measured
from pellicle.workflow.print_files import (
    plain_name,
    remove_files,
    remove_other_sheets,
    remove_print_files,
)
from pellicle.workflow.region_features import draw_regions, write_regions
from pellicle.workflow.report import make_report
from pellicle.workflow.software import STEP_VERSIONS
from pellicle.workflow.work import RunPlan, Work


def record(work: Work, chain: Chain, truth: ReportTable | None = None) -> Figures:
    """Compute the figures, and write every export that is missing or out of date."""
    treatment = work.treatment
    figures = make_figures(work, chain)
    known = files_made(treatment)
    laid = lay_on_media(treatment, chain)
    tasks = export_tasks(chain, laid, treatment.exports)
    tasks += picture_tasks(treatment, chain, treatment.exports)
    keys = {f"exports/{task.name}": task.key for task in tasks}
    due = [
        task
        for task in tasks
        if not stands(treatment, known, f"exports/{task.name}", task.key)
    ]
    ticket = _ticket_due(treatment, chain, laid, tasks, known, keys)
    steps = len(due) + 1 + (files_measured(laid) if ticket else 0)
    total_mpx = steps * chain.scan.mpx
    with work.pool() as pool, work.progress.step("export", total_mpx) as advance:
        run_exports(pool, due, lambda: advance(chain.scan.mpx))
        if chain.mask.awaiting:
            remove_print_files(treatment.exports)
        else:
            remove_other_sheets(treatment.exports, laid)
        if chain.reconstruction.mimetic is None:
            remove_files(treatment.exports, [MIMETIC])
        remove_files(treatment.path, set(known) - set(keys) - ALWAYS)
        drawn = draw_regions(pool, chain)
        sheets = sheets_of_regions(chain, laid.imposition)
        if ticket:
            done = partial(advance, chain.scan.mpx)
            target = treatment.exports
            write_ticket(pool, treatment, chain, laid, target, drawn, sheets, done)
        write_regions(treatment.path / REGIONS, chain, drawn, sheets)
        write_parts_left(pool, treatment.path / PARTS_LEFT, chain)
        write_figures(treatment.path / FIGURES, figures)
        budget = error_budget(treatment, chain, figures)
        write_budget(treatment.exports, budget)
        page = make_report(pool, treatment, chain, figures, budget, truth, drawn)
        write_whole(treatment.path / REPORT, page.encode())
        advance(chain.scan.mpx)
    new = {f"exports/{task.name}" for task in due} | ticket
    write_made(treatment, known, keys, new, withheld=chain.mask.awaiting)
    return figures


def _ticket_due(
    treatment: Treatment,
    chain: Chain,
    laid: SheetsInUse,
    tasks: Sequence[ExportTask],
    known: FilesMade,
    keys: dict[str, str],
) -> set[str]:
    """Ticket and preflight, if they do not stand; their key goes to the others."""
    if chain.mask.awaiting:
        return set()
    key = ticket_key(treatment, chain, laid, tasks)
    names = {f"exports/{name}" for name in TICKET_PARTS}
    keys |= dict.fromkeys(names, key)
    resting = names | {
        f"exports/{task.name}" for task in tasks if plain_name(task.name) in PRINTED
    }
    stand = all(stands(treatment, known, name, keys[name]) for name in resting)
    return set() if stand else names


def recorded_paths(treatment: Treatment, parts: frozenset[ExportPart]) -> list[Path]:
    """Files of the last record that belong to the parts named, sorted."""
    every = {**PARTS, **TICKET_PARTS}
    known = {f"exports/{name}": part for name, part in every.items()}
    known |= dict.fromkeys((REGIONS, PARTS_LEFT), ExportPart.CONDITION)
    known[REPORT] = ExportPart.REPORT
    known |= dict.fromkeys(BUDGET, ExportPart.REPORT)

    def part_of(name: str) -> ExportPart | None:
        folder, _, file = name.rpartition("/")
        part = known.get(f"{folder}/{plain_name(file)}")
        return part_of_picture(file) if part is None else part

    return sorted(
        treatment.path / name
        for name in files_made(treatment)
        if name == FIGURES or part_of(name) in parts
    )


def make_figures(work: Work, chain: Chain) -> Figures:
    """Figures of a chain; its tiles are summed up once."""
    plan = RunPlan(
        ArtefactKind.RECORD,
        "record",
        STEP_VERSIONS["record"],
        {"pixel_um": chain.scan.raster.pixel_size.um},
        {
            "scan": chain.scan.run_id,
            "regions": chain.regions.run_id,
            **chain.reconstruction.inputs,
            "mask": chain.mask.run_id,
            "proof": chain.proof.run_id,
        },
    )
    run_id = work.run(
        plan,
        chain.scan.mpx,
        lambda making: write_value(making.folder, sum_up(making, chain)),
    )
    found = figures_of(chain, work.treatment.value(ArtefactKind.RECORD, run_id))
    budget = error_budget(work.treatment, chain, found)
    return found.model_copy(
        update={
            "error_budget": budget_figures(budget),
            "out_of_gamut": gamut_figures(chain),
            "ink_limited": ink_limit_figures(chain),
        }
    )


def export(
    work: Work, chain: Chain, folder: Path, parts: Iterable[ExportPart]
) -> list[Path]:
    """Write the parts asked for to a folder outside the treatment.

    Print files that the policy withholds are not written, and those of an earlier
    export are removed: nobody shall print what nobody stands for any more.

    Returns
    -------
    paths
        Of the files written, sorted.
    """
    treatment, wanted = work.treatment, frozenset(parts)
    figures = make_figures(work, chain)
    laid = lay_on_media(treatment, chain)
    if ExportPart.MASK in wanted:
        if chain.mask.awaiting:
            remove_print_files(folder)
        else:
            remove_other_sheets(folder, laid)
    if chain.reconstruction.mimetic is None and ExportPart.RECONSTRUCTION in wanted:
        remove_files(folder, [MIMETIC])
    tasks = [
        task
        for task in (
            *export_tasks(chain, laid, folder),
            *picture_tasks(treatment, chain, folder),
        )
        if task.part in wanted
    ]
    paths = [folder / task.name for task in tasks]
    ticket = ExportPart.MASK in wanted and not chain.mask.awaiting
    steps = len(tasks) + (files_measured(laid) if ticket else 0)
    total_mpx = steps * chain.scan.mpx
    with work.pool() as pool, work.progress.step("export", total_mpx) as advance:
        run_exports(pool, tasks, lambda: advance(chain.scan.mpx))
        if ticket or wanted & {ExportPart.CONDITION, ExportPart.REPORT}:
            drawn = draw_regions(pool, chain)
            sheets = sheets_of_regions(chain, laid.imposition)
        if ticket:
            done = partial(advance, chain.scan.mpx)
            paths += write_ticket(
                pool, treatment, chain, laid, folder, drawn, sheets, done
            )
        if ExportPart.CONDITION in wanted:
            paths.append(folder / "regions.geojson")
            write_regions(paths[-1], chain, drawn, sheets)
            paths.append(folder / "parts-left.geojson")
            write_parts_left(pool, paths[-1], chain)
        if ExportPart.REPORT in wanted:
            paths.append(folder / "index.html")
            budget = error_budget(treatment, chain, figures)
            page = make_report(pool, treatment, chain, figures, budget, None, drawn)
            write_whole(paths[-1], page.encode())
            paths += write_budget(folder, budget)
    paths.append(folder / "figures.json")
    write_figures(paths[-1], figures)
    return sorted(paths)

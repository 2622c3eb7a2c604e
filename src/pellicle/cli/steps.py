# SPDX-License-Identifier: Apache-2.0
"""`pellicle condition|reconstruct|mask|proof|record`: one step, with its options."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pellicle.cli.options import (
    InfillNetwork,
    MemoryGb,
    ReferencePoints,
    References,
    Style,
    TreatmentPath,
    Workers,
    checked_workers,
    with_fields,
)
from pellicle.cli.shown import print_figures, print_report, print_sensitivities
from pellicle.model.artefact import ArtefactKind
from pellicle.model.error_budget import BudgetSettings
from pellicle.model.mask import GamutChoice
from pellicle.model.print_choice import PrintChoice
from pellicle.stages.condition.mapping import MapCondition
from pellicle.stages.reconstruct.infill import PaintingInfill
from pellicle.stages.reconstruct.style import StyledInfill
from pellicle.treatment.folder import Treatment
from pellicle.workflow.begin import configure
from pellicle.workflow.candidates import make_candidates
from pellicle.workflow.error_budget import TABLE
from pellicle.workflow.found import sensitivities_of
from pellicle.workflow.job import record_job
from pellicle.workflow.made import proof_pictures
from pellicle.workflow.making import make_step
from pellicle.workflow.network_setting import network_setting
from pellicle.workflow.proofs_asked import proofs_asked
from pellicle.workflow.restore import require_step
from pellicle.workflow.trial import make_trial


def _make(
    path: Path,
    kind: ArtefactKind,
    settings: dict[str, Any],
    workers: int | None,
    memory_gb: float | None,
) -> None:
    count = checked_workers(workers, memory_gb)
    treatment = Treatment.open(path)
    require_step(treatment, kind)
    configure(treatment, settings)
    run_id = make_step(path, kind, count)
    typer.echo(f"{kind} {run_id}")


def condition(
    treatment: TreatmentPath,
    *,
    settings: dict[str, Any],
    network: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="Networks that `pellicle train condition` has written."
        ),
    ] = None,
    workers: Workers = None,
    memory_gb: MemoryGb = None,
) -> None:
    """Map the damage: found, given by files, and drawn by persons.

    Example: pellicle condition madonna.pellicle --sensitivity 0.6
    """
    changes = {f"settings.condition.{name}": v for name, v in settings.items()}
    if network is not None:
        changes["settings.condition.network"] = str(Path(network).resolve())
    _make(treatment, ArtefactKind.CONDITION, changes, workers, memory_gb)
    print_sensitivities(sensitivities_of(Treatment.open(treatment)))


def reconstruct(
    treatment: TreatmentPath,
    *,
    settings: dict[str, Any],
    drawing: dict[str, Any],
    style: Style = None,
    infill_craquelure: Annotated[
        bool | None, typer.Option("--infill-craquelure/--leave-craquelure")
    ] = None,
    network: InfillNetwork = None,
    reference: References = None,
    reference_points: ReferencePoints = None,
    candidates: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Infill one region in several ways, to choose."
        ),
    ] = None,
    workers: Workers = None,
    memory_gb: MemoryGb = None,
) -> None:
    """Infill the damaged places, and render the infills in a retouching style.

    With --candidates ID, infill that region in several ways, to choose from.

    Example: pellicle reconstruct madonna.pellicle --infill-craquelure
    """
    changes = {f"settings.reconstruct.{name}": v for name, v in settings.items()}
    changes |= {f"settings.style.{name}": v for name, v in drawing.items()}
    if style is not None:
        changes["settings.style.name"] = str(style)
    if infill_craquelure is not None:
        changes["settings.reconstruct.infill_craquelure"] = infill_craquelure
    if network is not None:
        changes["settings.reconstruct.network"] = network_setting(network)
    changes["reference"] = tuple(reference or ())
    changes["reference_points"] = tuple(reference_points or ())
    if candidates is None:
        _make(treatment, ArtefactKind.RECONSTRUCTION, changes, workers, memory_gb)
        return
    count = checked_workers(workers, memory_gb)
    configure(Treatment.open(treatment), changes)
    made = make_candidates(treatment, candidates, count)
    for one in made.candidates:
        typer.echo(one.in_words)
    typer.echo(f"Look at: {made.sheet}")


def mask(
    treatment: TreatmentPath,
    *,
    settings: dict[str, Any],
    print_setup: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help="Inks, white and film.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="draft, strict, or a policy file."),
    ] = None,
    out_of_gamut: Annotated[
        GamutChoice | None,
        typer.Option(help="What becomes of colours out of reach. [default: nearest]"),
    ] = None,
    trial: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,W,H",
            help="Print this piece (mm on the painting, at most 100) in nine ways.",
        ),
    ] = None,
    workers: Workers = None,
    memory_gb: MemoryGb = None,
) -> None:
    """Choose what is worth printing, and solve ink and white for it.

    With --trial, write a page with three white levels and three shifts of one piece, to
    be laid on before the whole film is printed.

    Example: pellicle mask madonna.pellicle --policy strict --visible-de00 3
    """
    given = {f"settings.mask.{name}": value for name, value in settings.items()}
    given |= {"print_setup": print_setup, "policy": policy}
    if out_of_gamut is not None:
        given["settings.mask.out_of_gamut"] = str(out_of_gamut)
    _make(treatment, ArtefactKind.MASK, given, workers, memory_gb)
    if trial is not None:
        count = checked_workers(workers, memory_gb)
        seen = make_trial(treatment, trial, count)
        typer.echo(
            f"read back with {seen.read_with}: {len(seen.plates)} plates, "
            f"{seen.width_mm:.2f} × {seen.height_mm:.2f} mm, at most "
            f"{seen.largest_total_percent or 0:.1f} % ink"
        )
        typer.echo(f"Print and lay on: {treatment / 'exports' / seen.name}")


def proof(
    treatment: TreatmentPath,
    *,
    distance_mm: Annotated[
        list[float] | None,
        typer.Option(
            metavar="MM", help="Show it as seen from there; 0 takes them back."
        ),
    ] = None,
    shift_um: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DX,DY",
            help="Show it with the film so far right and down; none takes them back.",
        ),
    ] = None,
    workers: Workers = None,
    memory_gb: MemoryGb = None,
) -> None:
    """Predict how the painting looks with the film on.

    Pictures from distances and of a shifted film are written with the record, which is
    then brought up to date, and hold until they are taken back.

    Example: pellicle proof madonna.pellicle --distance-mm 500 --shift-um 250,0
    """
    asked = proofs_asked(distance_mm, shift_um)
    _make(treatment, ArtefactKind.PROOF, asked, workers, memory_gb)
    if asked:
        done = record_job(treatment, checked_workers(workers, memory_gb))
        for path in proof_pictures(done.treatment):
            typer.echo(f"Look at: {path}")


def record(
    treatment: TreatmentPath,
    *,
    settings: dict[str, Any],
    workers: Workers = None,
    memory_gb: MemoryGb = None,
) -> None:
    """Make whatever is missing or stale, then figures, exports and report.

    Options say what the error budget cannot know otherwise.

    Example: pellicle record madonna.pellicle --humidity-percent 3
    """
    count = checked_workers(workers, memory_gb)
    changes = {f"settings.{TABLE}.{name}": value for name, value in settings.items()}
    configure(Treatment.open(treatment), changes)
    done = record_job(treatment, count)
    print_figures(done.figures)
    print_report(done.report)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("condition")(with_fields(MapCondition, condition))
    drawn = with_fields(StyledInfill, reconstruct, "drawing")
    app.command("reconstruct")(with_fields(PaintingInfill, drawn))
    app.command("mask")(with_fields(PrintChoice, mask))
    app.command("proof")(proof)
    app.command("record")(with_fields(BudgetSettings, record))

# SPDX-License-Identifier: Apache-2.0
"""`pellicle restore`: the whole job, resuming where it stopped."""

from pathlib import Path
from typing import Annotated

import typer

from pellicle.cli.options import (
    AsJson,
    InfillNetwork,
    MemoryGb,
    ReferencePoints,
    References,
    Style,
    Workers,
    checked_workers,
)
from pellicle.cli.shown import print_figures, print_json, print_report
from pellicle.workflow.begin import Request
from pellicle.workflow.job import run_job


def restore(
    scan: Annotated[Path, typer.Argument(help="Scan: TIFF, PNG or JPEG.")],
    *,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="WORK.pellicle", help="Treatment."),
    ],
    ppi: Annotated[
        float | None, typer.Option(help="Scan pixels to an inch of painting.")
    ] = None,
    width_mm: Annotated[
        float | None,
        typer.Option(help="Width of the picture (of its outline, if any), in mm."),
    ] = None,
    outline: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|auto|none",
            help="What is painting: a mask or GeoJSON; auto looks for it.",
        ),
    ] = None,
    damage: Annotated[
        str | None,
        typer.Option(metavar="FILE|none", help="Damage instead of what is found."),
    ] = None,
    damage_adds: Annotated[
        str | None,
        typer.Option(metavar="FILE|none", help="Damage beside what is found."),
    ] = None,
    protect: Annotated[
        str | None,
        typer.Option(metavar="FILE|none", help="Never touched, such as a signature."),
    ] = None,
    reconstruction: Annotated[
        str | None,
        typer.Option(metavar="FILE|none", help="A restoration painted elsewhere."),
    ] = None,
    reference: References = None,
    reference_points: ReferencePoints = None,
    print_setup: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help="Inks, white and film.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="draft, strict, or a policy file."),
    ] = None,
    infill_craquelure: Annotated[
        bool | None,
        typer.Option(
            "--infill-craquelure/--leave-craquelure",
            help="Whether craquelure that was found is infilled.",
        ),
    ] = None,
    style: Style = None,
    network: InfillNetwork = None,
    workers: Workers = None,
    memory_gb: MemoryGb = None,
    as_json: AsJson = False,
) -> None:
    """Restore: condition, reconstruct, mask, proof and record, in one go.

    Run it again to go on after an interruption, or with other options to change them:
    only what depends on the change is done again.

    Example: pellicle restore madonna.tif -o madonna.pellicle --width-mm 412
    """
    request = Request(
        scan=scan,
        ppi=ppi,
        width_mm=width_mm,
        outline=outline,
        damage=damage,
        damage_adds=damage_adds,
        protect=protect,
        reconstruction=reconstruction,
        print_setup=print_setup,
        policy=policy,
        infill_craquelure=infill_craquelure,
        network=network,
        style=None if style is None else str(style),
        reference=tuple(reference or ()),
        reference_points=tuple(reference_points or ()),
    )
    count = checked_workers(workers, memory_gb)
    done = run_job(output, request, count, quiet=False)
    if as_json:
        print_json(done.as_json())
        return
    print_figures(done.figures)
    if done.print_files == "withheld":
        typer.echo("Print files are withheld: regions await approval.")
    print_report(done.report)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(restore)

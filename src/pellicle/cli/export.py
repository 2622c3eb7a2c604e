# SPDX-License-Identifier: Apache-2.0
"""`pellicle export`: files for other programs, to any folder."""

from pathlib import Path
from typing import Annotated

import typer

from pellicle.cli.options import MemoryGb, TreatmentPath, Workers, checked_workers
from pellicle.cli.shown import print_withheld
from pellicle.workflow.exports import ExportPart
from pellicle.workflow.making import export_parts


def export(
    treatment: TreatmentPath,
    *,
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder; else exports/.")
    ] = None,
    only: Annotated[
        list[ExportPart] | None, typer.Option(help="Part to export; may be repeated.")
    ] = None,
    workers: Workers = None,
    memory_gb: MemoryGb = None,
) -> None:
    """Write the exports, all or some, here or elsewhere.

    Print files are opened again with other programs' readers; where Ghostscript and
    Poppler are installed, these look at the page too.

    Without --to, what is missing or stale of the treatment is made, as by `record`.

    Example: pellicle export madonna.pellicle --only mask --to /media/printer
    """
    count = checked_workers(workers, memory_gb)
    done = export_parts(treatment, to, only or list(ExportPart), count)
    for path in done.paths:
        typer.echo(str(path))
    if done.looked:
        typer.echo(f"mask.pdf was found right by {' and '.join(done.looked)}", err=True)
    if done.withheld:
        print_withheld(done.withheld)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)

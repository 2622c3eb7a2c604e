# SPDX-License-Identifier: Apache-2.0
"""`pellicle status`: what is done, what is stale, figures, timings."""

from dataclasses import asdict

import typer

from pellicle.cli.options import AsJson, TreatmentPath
from pellicle.cli.shown import print_classes, print_figures, print_json
from pellicle.workflow.status import status as look


def status(treatment: TreatmentPath, *, as_json: AsJson = False) -> None:
    """Show what of a treatment is done, what is stale, and its figures.

    Example: pellicle status madonna.pellicle
    """
    found = look(treatment)
    if as_json:
        print_json({"treatment": str(treatment), **asdict(found)})
        return
    for step in found.steps:
        run = f"{step.run_id:<18}{step.seconds:8.1f} s"
        typer.echo(f"{step.kind:<16}{step.state:<9}{run}")
    typer.echo(f"{'whole':<16}{found.state}")
    typer.echo(f"{'print files':<16}{found.print_files}")
    if found.figures:
        print_figures(found.figures)
        print_classes(found.figures)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)

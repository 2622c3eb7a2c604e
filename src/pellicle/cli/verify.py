# SPDX-License-Identifier: Apache-2.0
"""`pellicle verify`: hash everything again."""

import typer

from pellicle.cli.options import TreatmentPath
from pellicle.workflow.verify import verify as hash_again


def verify(treatment: TreatmentPath) -> None:
    """Hash every source, run and export again, and compare with the record.

    Example: pellicle verify madonna.pellicle
    """
    checked = hash_again(treatment)
    typer.echo(f"{len(checked)} files and runs are as recorded.")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(verify)

# SPDX-License-Identifier: Apache-2.0
"""`pellicle print-setup`: inks, white and film."""

import typer

from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, built_in_print_setups

_app = typer.Typer(help="Inks, white and film.", no_args_is_help=True)


@_app.callback()
def _root() -> None:
    pass


@_app.command("list")
def list_setups() -> None:
    """List the built-in print setups, and what of each has not been measured.

    Example: pellicle print-setup list
    """
    for setup in built_in_print_setups():
        mark = " (default)" if setup.name == DEFAULT_PRINT_SETUP else ""
        typer.echo(f"{setup.name}{mark}: {setup.title}")
        for part, sentence in setup.unmeasured.items():
            typer.echo(f"  assumed ({part}): {sentence}")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="print-setup")

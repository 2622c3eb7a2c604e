# SPDX-License-Identifier: Apache-2.0
"""The command `pellicle`.

Job: put the commands together, and turn every failure into an exit code, here only.
"""

import sys

import typer
from typer.main import get_command

from pellicle.cli import (
    bench,
    decide,
    demo,
    export,
    print_setup,
    restore,
    status,
    steps,
    verify,
)
from pellicle.cli.failures import report
from pellicle.workflow.work import software_versions

app = typer.Typer(
    name="pellicle",
    help="From the scan of a damaged painting to a printable, removable film that "
    "restores it, and the record of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for module in (demo, restore, steps, status, decide, export, verify):
    module.add_to(app)
app.add_typer(print_setup.app, name="print-setup")
app.add_typer(bench.app, name="bench")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pellicle {software_versions()['pellicle']}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: bool = typer.Option(
        False,
        "--version",
        callback=_show_version,
        is_eager=True,
        help="Show the version and exit.",
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line. The only place that turns an error into an exit code."""
    try:
        outcome = get_command(app)(standalone_mode=False)
    except BaseException as error:  # noqa: BLE001 -- every failure gets its code here
        sys.exit(report(error))
    sys.exit(outcome if isinstance(outcome, int) else 0)

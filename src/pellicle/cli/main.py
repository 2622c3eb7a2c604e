# SPDX-License-Identifier: Apache-2.0
"""The command `pellicle`.

Job: put the commands together, and turn every failure into an exit code, here only.
"""

import os
import sys
import threading
from importlib import import_module
from importlib.metadata import version as installed_version
from typing import NoReturn

import typer

from pellicle.cli.failures import INTERRUPTED, report

COMMANDS = {
    "demo": "demo",
    "restore": "restore",
    "condition": "steps",
    "reconstruct": "steps",
    "mask": "steps",
    "proof": "steps",
    "record": "steps",
    "status": "status",
    "decide": "decide",
    "export": "export",
    "verify": "verify",
    "print-setup": "print_setup",
    "train": "train",
    "bench": "bench",
    "age": "age",
}
"""Module of each command. Only the one asked for is imported: together they take a
second, which a command that finds nothing to do must not."""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pellicle {installed_version('pellicle')}")
        raise typer.Exit


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


def build_app(asked: str | None) -> typer.Typer:
    """Command line with the command asked for, or with all to list them."""
    app = typer.Typer(
        name="pellicle",
        help="From the scan of a damaged painting to a printable, removable film that "
        "restores it, and the record of it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    known = COMMANDS.get(asked or "")
    for name in dict.fromkeys([known] if known else COMMANDS.values()):
        import_module(f"pellicle.cli.{name}").add_to(app)
    return app


def main() -> None:
    """Run the command line. The only place that turns an error into an exit code."""
    try:
        asked = sys.argv[1] if len(sys.argv) > 1 else None
        outcome = build_app(asked)(standalone_mode=False)
    except BaseException as error:  # noqa: BLE001 -- every failure gets its code here
        _leave(report(error))
    if outcome == INTERRUPTED:  # typer takes the exception, and says nothing
        _leave(report(KeyboardInterrupt()))
    sys.exit(outcome if isinstance(outcome, int) else 0)


def _leave(code: int) -> NoReturn:
    others = (
        one for one in threading.enumerate() if one is not threading.main_thread()
    )
    if any(not thread.daemon for thread in others):
        # A pool whose workers were stopped may never end; Python would wait for it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)

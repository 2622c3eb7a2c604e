# SPDX-License-Identifier: Apache-2.0
"""`pellicle demo`: the whole job on the bundled painting."""

from pathlib import Path
from typing import Annotated

import typer

from pellicle.cli.options import AsJson, MemoryGb, Workers, checked_workers
from pellicle.cli.shown import print_figures, print_json, print_report
from pellicle.workflow.demo import run_demo


def demo(
    *,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Treatment folder.")
    ] = Path("demo.pellicle"),
    workers: Workers = None,
    memory_gb: MemoryGb = None,
    as_json: AsJson = False,
) -> None:
    """Do the whole job on the bundled painting, and say where the results are.

    Example: pellicle demo -o demo.pellicle
    """
    done = run_demo(output, checked_workers(workers, memory_gb), quiet=False)
    if as_json:
        print_json(done.as_json())
        return
    print_figures(done.figures)
    print_report(done.report)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)

# SPDX-License-Identifier: Apache-2.0
"""The table of `pellicle bench infill`."""

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from pellicle.workflow.bench_infill import InfillFigures, bench_infill


def bench_infill_table(works: Path | None, output: Path) -> None:
    """Run the benchmark and print its figures, class by class."""
    done = bench_infill(works, output, lambda line: typer.echo(line, err=True))
    table = Table(box=None, pad_edge=False)
    table.add_column("damage")
    table.add_column("method")
    for unit in ("PSNR dB", "ΔE00", "s a crop"):
        table.add_column(unit, justify="right")
    table.add_column("")
    for row in done.rows:
        table.add_row(row.damage, row.method, *_numbers(row), row.note)
    Console(highlight=False).print(table)
    typer.echo(
        f"{len(done.crops)} crops; error inside the damage only, mean over the crops."
    )
    typer.echo(f"Figures: {done.figures}")
    typer.echo(f"Pictures to look at: {done.sheet}")


def _numbers(row: InfillFigures) -> tuple[str, str, str]:
    if row.psnr_db is None or row.de00_mean is None or row.seconds is None:
        return "–", "–", "–"
    return f"{row.psnr_db:.2f}", f"{row.de00_mean:.2f}", f"{row.seconds:.2f}"

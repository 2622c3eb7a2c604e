# SPDX-License-Identifier: Apache-2.0
"""The table of `pellicle bench reference`."""

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from pellicle.workflow.bench_reference import bench_reference


def bench_reference_table(
    works: Path, output: Path, paintings: int | None, workers: int
) -> None:
    """Run the benchmark and print its figures, loss by loss."""
    done = bench_reference(
        works, output, paintings, workers, lambda line: typer.echo(line, err=True)
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("painting")
    for name in ("Ø px", "ΔE00", "p95", "seam", "share", "µm left", "resolution"):
        table.add_column(name, justify="right")
    for row in done.rows:
        table.add_row(
            row.painting,
            str(row.diameter_px),
            *(
                "–" if one is None else f"{one:.2f}"
                for one in (row.de00_mean, row.de00_p95, row.seam_de00, row.share)
            ),
            "–" if row.residual_um is None else f"{row.residual_um:.0f}",
            f"{row.scale:.2f}",
        )
    Console(highlight=False).print(table)
    filled = [row.de00_mean for row in done.rows if row.de00_mean is not None]
    if filled:
        typer.echo(
            f"{len(filled)} of {len(done.rows)} losses filled from the reference; "
            f"mean ΔE00 {sum(filled) / len(filled):.2f}, worst {max(filled):.2f}."
        )
    typer.echo(f"Figures: {done.figures}")
    typer.echo(f"Pictures to look at: {done.sheet}")

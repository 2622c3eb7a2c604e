# SPDX-License-Identifier: Apache-2.0
"""The tables of `pellicle bench infill`."""

import typer
from rich.console import Console
from rich.table import Table

from pellicle.cli.shown import print_json
from pellicle.workflow.bench_infill import InfillBenchRequest, bench_infill
from pellicle.workflow.bench_infill_table import (
    MEANS,
    TIMES,
    figure_label,
    shown_figure,
)

_MARKS = {"aim": "aim", "bar": "yes", "no": "NO"}


def bench_infill_table(request: InfillBenchRequest, *, as_json: bool) -> None:
    """Run the benchmark and print its figures, class by class."""
    done = bench_infill(request, lambda line: typer.echo(line, err=True))
    if as_json:
        print_json(done.figures)
        return
    console = Console(highlight=False)
    heads = {**MEANS, **TIMES}
    for one in done.figures["classes"].values():
        table = Table(
            box=None, pad_edge=False, title=one["label"], title_justify="left"
        )
        table.add_column("method")
        for head in heads.values():
            table.add_column(head, justify="right")
        for name, run in one["methods"].items():
            if "left_out" in run:
                table.add_row(name, run["left_out"])
                continue
            values = [run[figure] for figure in heads]
            pairs = zip(heads, values, strict=True)
            table.add_row(
                name, *("–" if v is None else shown_figure(f, v) for f, v in pairs)
            )
        console.print(table)
    verdicts = Table(box=None, pad_edge=False)
    for head in ("class", "figure", "ours", "best peer", "value", "bar", "reached"):
        verdicts.add_column(head)
    for row in done.figures["verdicts"]:
        verdicts.add_row(
            row["class"],
            figure_label(row["figure"]),
            shown_figure(row["figure"], row["ours"]),
            row["peer"],
            f"{row['value']:.3f}",
            f"{row['least']:g}",
            _MARKS[row["reached"]],
        )
    console.print(verdicts)
    typer.echo(
        f"{done.figures['crops']} crops, fingerprint {done.figures['fingerprint']}; "
        "inside the damage only, means over crops."
    )
    typer.echo(f"All figures: {done.markdown}")
    for path in done.pictures:
        typer.echo(f"Picture: {path}")

# SPDX-License-Identifier: Apache-2.0
"""The tables of `pellicle bench infill`."""

import typer
from rich.console import Console
from rich.table import Table

from pellicle.cli.shown import print_json
from pellicle.workflow.bench_infill import InfillBenchRequest, bench_infill
from pellicle.workflow.bench_infill_table import figure_label, shown_figure

_MARKS = {"aim": "aim", "bar": "yes", "no": "NO"}
_HEADS = {
    "de00_mean": "ΔE00",
    "psnr_db": "PSNR",
    "gmsd": "GMSD",
    "seen_de00": "seen",
    "spectrum_db": "spectrum",
    "seam_de00": "seam",
    "s_per_mpx": "s/Mpx",
}


def bench_infill_table(request: InfillBenchRequest, *, as_json: bool) -> None:
    """Run the benchmark and print what matters most of its figures."""
    done = bench_infill(request, lambda line: typer.echo(line, err=True))
    if as_json:
        print_json(done.figures)
        return
    console = Console(highlight=False)
    for one in done.figures["classes"].values():
        table = Table(box=None, pad_edge=False)
        table.add_column(one["label"], no_wrap=True)
        for head in _HEADS.values():
            table.add_column(head, justify="right")
        left_out = []
        for name, run in one["methods"].items():
            if "left_out" in run:
                left_out.append(f"{name} is left out: {run['left_out']}")
            else:
                table.add_row(name, *(shown_figure(f, run[f]) for f in _HEADS))
        console.print(table)
        for line in left_out:
            typer.echo(line)
        typer.echo("")
    verdicts = Table(box=None, pad_edge=False)
    for head in ("class", "figure", "ours", "best peer", "value", "bar", "reached"):
        verdicts.add_column(head, no_wrap=True)
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

# SPDX-License-Identifier: Apache-2.0
"""The table of `pellicle bench mask`."""

import typer
from rich.console import Console
from rich.table import Table

from pellicle.cli.shown import print_json
from pellicle.workflow.bench_mask import MaskBenchRequest, bench_mask

MOST_DIFFERENCE = 1.05
MOST_INK = 0.90


def bench_mask_table(request: MaskBenchRequest, *, as_json: bool) -> None:
    """Run the benchmark and print its figures."""
    figures = bench_mask(request, lambda line: typer.echo(line, err=True))
    if as_json:
        print_json(figures)
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("painting")
    heads = ("V none", "all", "ours", "ours/all", "ink", "area", "printed", "worse")
    for head in heads:
        table.add_column(head, justify="right")
    for name, one in figures.items():
        table.add_row(
            name,
            f"{one['difference_none']:,.0f}",
            f"{one['difference_everything']:,.0f}",
            f"{one['difference_chosen']:,.0f}",
            f"{one['difference_ratio']:.3f}",
            f"{one['ink_ratio']:.3f}",
            f"{one['area_ratio']:.3f}",
            f"{one['regions_printed']}/{one['regions']}",
            f"{one['regions_worse']} ({one['regions_worse_everything']})",
        )
    Console(highlight=False).print(table)
    typer.echo(
        "V: mean ΔE00 · mm² against the reconstruction, the film moved by random draws "
        "of the print setup's displacement. Ink, area: ours over all. Worse: printed "
        f"regions that raise V (of all). Bars: ours/all at most {MOST_DIFFERENCE}, ink "
        f"at most {MOST_INK:.2f}, none worse."
    )

# SPDX-License-Identifier: Apache-2.0
"""The tables of `pellicle bench condition`."""

from collections.abc import Iterator, Mapping
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from pellicle.cli.shown import print_json
from pellicle.workflow.bench_condition import ConditionBenchRequest, bench_condition
from pellicle.workflow.bench_condition_table import (
    CRACK_HEADLINE,
    HEADLINES,
    cracks_only,
    headline,
    number,
)

_SOUND_ROWS = (
    ("sound called loss or abrasion, %", ("loss", "abrasion"), "0.30"),
    ("sound called craquelure, %", ("craquelure",), "0.50"),
    ("sound called split, %", ("split",), ""),
)


def bench_condition_table(request: ConditionBenchRequest, *, as_json: bool) -> None:
    """Run the benchmark and print what matters most of its figures."""
    done = bench_condition(request, lambda line: typer.echo(line, err=True))
    if as_json:
        print_json(done.figures)
        return
    methods = done.figures["methods"]
    shown = Table(box=None, pad_edge=False)
    for head in ("figure", *methods, "wanted"):
        shown.add_column(head, justify="left" if head == "figure" else "right")
    for row in _rows(done.figures):
        shown.add_row(*row)
    Console(highlight=False).print(shown)
    for line in _lines(done.figures):
        typer.echo(line)
    typer.echo(f"All figures: {done.markdown}")
    for path in done.pictures:
        typer.echo(f"Picture: {path}")


def _rows(figures: Mapping[str, Any]) -> Iterator[list[str]]:
    methods = figures["methods"]
    for name, (_, wanted) in HEADLINES.items():
        found = [
            f"{headline(method['groups']['all'], name):.3f}"
            if name == CRACK_HEADLINE or not cracks_only(method)
            else "–"
            for method in methods.values()
        ]
        yield [name, *found, f"{wanted:.2f}"]
    over = figures.get("sound", {}).get("all")
    if over is None:
        return
    for name, kinds, most in _SOUND_ROWS:
        areas = [
            f"{sum(over[of][kind]['area_percent'] for kind in kinds):.3f}"
            if "craquelure" in kinds or not cracks_only(method)
            else "–"
            for of, method in methods.items()
        ]
        yield [name, *areas, most]


def _lines(figures: Mapping[str, Any]) -> Iterator[str]:
    for pair in figures.get("real", {}).get("pairs", ()):
        for method, found in pair["methods"].items():
            lines = found.get("craquelure")
            shown = (
                f"lines at 3 px {lines['f1']:.3f} "
                f"(precision {lines['precision']:.3f}, recall {lines['recall']:.3f})"
                if lines
                else ", ".join(
                    f"{n.replace('_', ' ')} {v:.3f}" for n, v in found.items()
                )
            )
            yield f"{pair['name']} at {pair['assumed_ppi']:g} ppi, {method}: {shown}"
    for run in figures.get("speed", {}).get("runs", ()):
        yield (
            f"{run['workers']} worker(s): {run['mpx_per_s']:.2f} Mpx/s from file to "
            f"labels, {run['mpx_per_cpu_s']:.2f} Mpx a second of processor time"
        )
    chain = figures.get("chain", {}).get("all")
    if chain:
        yield (
            f"whole chain on {chain['crops']} crops: "
            f"{number(chain['sound_inked_percent'])} % of sound paint inked, "
            f"{number(chain['loss_covered_percent'], 1)} % of loss covered; "
            f"reconstructed {number(chain['sound_infilled_percent'])} and "
            f"{number(chain['loss_infilled_percent'], 1)} %"
        )

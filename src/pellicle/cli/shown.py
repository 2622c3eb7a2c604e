# SPDX-License-Identifier: Apache-2.0
"""What commands print: a short table for people, or one JSON object for programs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from pellicle.io.left_words import classes_in_words, left_in_words
from pellicle.io.report_words import described_figures
from pellicle.io.sensitivity_words import sensitivity_table
from pellicle.model.figures import SensitivityFigures

_SHORT = (
    "regions",
    "regions_infilled",
    "regions_printed",
    "mask_area_mm2",
    "unique_colours",
    "undamaged_inked_mm2",
    "predicted_de00_mean",
    "predicted_de00_p95",
    "predicted_de00_in_gamut_mean",
    "predicted_de00_in_gamut_p95",
    "out_of_gamut_fraction",
    "visible_area_before_mm2",
    "visible_area_after_mm2",
    "hand_hours_estimate",
)


def print_json(value: Mapping[str, Any]) -> None:
    """Print exactly one JSON object."""
    typer.echo(json.dumps(value, ensure_ascii=False, sort_keys=True))


def print_figures(figures: Mapping[str, Any]) -> None:
    """Print the figures that matter most, in plain words with units."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for figure in described_figures(figures):
        if figure.name in _SHORT:
            table.add_row(figure.label, figure.value, figure.unit)
    Console(highlight=False).print(table)
    if "judged_by" in figures and figures["regions_left"]:
        why = left_in_words(figures["regions_left"], figures["judged_by"])
        typer.echo(f"left as they are: {why}")
    for sentence in (figures.get("error_budget") or {}).get("improve_first", ()):
        typer.echo(f"to improve: {sentence}")
    print_gamut(figures.get("out_of_gamut"))
    for subject, statement in figures["assumed"].items():
        typer.echo(f"assumed ({subject.replace('_', ' ')}): {statement}")


def print_sensitivities(counted: Sequence[SensitivityFigures]) -> None:
    """Print what each sensitivity would map; nothing if the damage was given."""
    told = sensitivity_table([one.model_dump(mode="json") for one in counted])
    if told is None:
        return
    table = Table(box=None, pad_edge=False)
    for name in told.columns:
        table.add_column(name.partition(",")[0], justify="right", no_wrap=True)
    for row in told.rows:
        table.add_row(*map(str, row))
    typer.echo(f"{told.title}, in regions · mm² at about 85 µm a pixel:")
    Console(highlight=False).print(table)


def print_classes(figures: Mapping[str, Any]) -> None:
    """Print of each class of damage how much is printed, and why the rest is not."""
    if "by_class" in figures:  # else recorded by an earlier version
        for name, told in classes_in_words(figures):
            typer.echo(f"{name:<16}{told}")


def print_gamut(gamut: Mapping[str, Any] | None) -> None:
    """Say what could be chosen for colours out of reach, if there are any."""
    if not gamut or not gamut["left_de00_mean"]:
        return
    left = ", ".join(f"{way} {v:.2f}" for way, v in gamut["left_de00_mean"].items())
    typer.echo(
        f"Colours out of reach: {gamut['area_mm2']:.0f} mm² in {gamut['regions']} "
        f"regions, now {gamut['choice']}; mean ΔE00 left by each choice: {left} "
        "(mask --out-of-gamut; picture: exports/mask-gamut.png)"
    )


def print_withheld(names: Sequence[str]) -> None:
    """Name the print files that the policy keeps back."""
    typer.echo(f"Withheld until regions are approved: {', '.join(names)}")


def print_report(path: Path) -> None:
    """Say which file to open first."""
    typer.echo(f"Open first: {path}")

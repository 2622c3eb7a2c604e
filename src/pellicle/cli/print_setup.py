# SPDX-License-Identifier: Apache-2.0
"""`pellicle print-setup`: inks, white and film."""

from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.table import Table

from pellicle.cli.options import AsJson
from pellicle.cli.shown import print_json
from pellicle.errors import BadSettingError
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, built_in_print_setups

_LEVEL_HEADINGS = (
    "white levels",
    "in gamut mean",
    "p95",
    "all mean",
    "p95",
    "out of gamut",
    "white",
)

Setup: TypeAlias = Annotated[
    str,
    typer.Option(
        "--print-setup", metavar="NAME|FILE", help="Print setup to start from."
    ),
]

_app = typer.Typer(help="Inks, white and film.", no_args_is_help=True)


@_app.callback()
def _root() -> None:
    pass


@_app.command("list")
def list_setups() -> None:
    """List the built-in print setups, and what of each has not been measured.

    Example: pellicle print-setup list
    """
    for setup in built_in_print_setups():
        mark = " (default)" if setup.name == DEFAULT_PRINT_SETUP else ""
        typer.echo(f"{setup.name}{mark}: {setup.title}")
        for part, sentence in setup.measured.items():
            typer.echo(f"  measured ({part}): {sentence}")
        for part, sentence in setup.unmeasured.items():
            typer.echo(f"  assumed ({part}): {sentence}")


@_app.command()
def chart(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write.")
    ],
    print_setup: Setup = DEFAULT_PRINT_SETUP,
) -> None:
    """Make the chart that a print setup is calibrated with.

    Example: pellicle print-setup chart -o chart
    """
    # Loads what writes PDF; listing the setups must not wait for it.
    charts = import_module("pellicle.workflow.print_setup_chart")
    made = charts.write_chart(output, print_setup)
    for path in made.files:
        typer.echo(str(path))
    typer.echo(
        f"{made.patches} patches on {made.width_mm:.0f} × {made.height_mm:.0f} mm; "
        f"crosses {made.distance_x_mm:.0f} × {made.distance_y_mm:.0f} mm apart"
    )


@_app.command()
def levels(
    print_setup: Setup = DEFAULT_PRINT_SETUP, *, as_json: AsJson = False
) -> None:
    """Show what two, three, five levels of white or any coverage cost in colour.

    Example: pellicle print-setup levels --print-setup studio.toml
    """
    costs = import_module("pellicle.workflow.white_levels")
    found = costs.white_level_costs(print_setup)
    if as_json:
        print_json({cost.levels: asdict(cost) for cost in found})
        return
    table = Table(box=None, pad_edge=False)
    for heading in _LEVEL_HEADINGS:
        table.add_column(
            heading, justify="left" if heading == "white levels" else "right"
        )
    for cost in found:
        table.add_row(
            cost.levels,
            f"{cost.in_gamut_mean_de00:.2f}",
            f"{cost.in_gamut_p95_de00:.2f}",
            f"{cost.mean_de00:.2f}",
            f"{cost.p95_de00:.2f}",
            f"{100 * cost.out_of_gamut:.1f} %",
            f"{100 * cost.white:.0f} %",
        )
    Console(highlight=False, width=100).print(table)
    typer.echo(
        "Predicted ΔE00 on the bundled painting's damage; the model's own error is not "
        "included. In gamut: what the first choice reaches."
    )


@_app.command()
def fit(  # noqa: PLR0917 -- an option is a parameter
    measurements: Annotated[
        list[Path],
        typer.Argument(
            metavar="MEASUREMENTS...",
            help="Measured chart, .ti3 or CGATS: one file on white, one on black.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="SETUP.toml", help="Setup to write."),
    ],
    chart_list: Annotated[
        Path | None,
        typer.Option(
            "--chart", metavar="chart.ti2", help="List of the chart's patches."
        ),
    ] = None,
    print_setup: Setup = DEFAULT_PRINT_SETUP,
    distances_mm: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y", help="Measured between the crosses, across and down."
        ),
    ] = None,
    vernier_um: Annotated[
        list[str] | None,
        typer.Option(metavar="X,Y", help="Vernier reading; one for each vernier."),
    ] = None,
    open_gap_um: Annotated[
        float | None,
        typer.Option(min=0, max=1000, help="Narrowest gap in the white still open."),
    ] = None,
    laid_off_um: Annotated[
        list[str] | None,
        typer.Option(
            metavar="X,Y", help="How far a trial piece was laid off; each trial."
        ),
    ] = None,
    white_levels: Annotated[
        str | None,
        typer.Option(
            metavar="2|3|5|continuous", help="Levels of white the printer takes."
        ),
    ] = None,
) -> None:
    """Make a print setup from measurements of the chart.

    Example: pellicle print-setup fit on-white.ti3 on-black.ti3 --chart chart.ti2 -o
    studio.toml
    """
    fits = import_module("pellicle.workflow.print_setup_fit")
    sheet = fits.SheetReadings(
        distances_mm=None if distances_mm is None else _pair(distances_mm),
        verniers_um=tuple(_pair(text) for text in vernier_um or ()),
        open_gap_um=open_gap_um,
        laid_off_um=tuple(_pair(text) for text in laid_off_um or ()),
    )
    done = fits.fit_print_setup(
        fits.FitRequest(
            tuple(measurements), output, print_setup, chart_list, sheet, white_levels
        )
    )
    for path in done.files:
        typer.echo(str(path))
    for kind, error in done.setup.fit.items():
        typer.echo(
            f"{kind}: {error.patches} readings, ΔE00 mean {error.mean_de00:.2f}, "
            f"p95 {error.p95_de00:.2f}"
        )
    for worst in done.setup.fit["all"].worst:
        typer.echo(f"  worst: {worst}")
    for patch in done.left_out:
        typer.echo(f"  left out, unlike the others: {patch}")
    for part, sentence in done.setup.measured.items():
        typer.echo(f"measured ({part}): {sentence}")
    for part, sentence in done.setup.unmeasured.items():
        typer.echo(f"assumed ({part}): {sentence}")


def _pair(text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        x, y = (float(part) for part in parts)
    except ValueError as error:
        needed = "two numbers with a comma between are needed, such as 50,-100"
        raise BadSettingError("a reading", repr(text), needed) from error
    return x, y


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="print-setup")

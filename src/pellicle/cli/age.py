# SPDX-License-Identifier: Apache-2.0
"""`pellicle age`: synthetic damage on a scan, with its truth."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pellicle.cli.options import AsJson
from pellicle.cli.shown import print_json
from pellicle.learn.ageing.recipe import VARIETIES, Recipe
from pellicle.workflow.age import AGED, AgeRequest, age_scan


def age(
    scan: Annotated[Path, typer.Argument(help="Scan: TIFF, PNG or JPEG.")],
    *,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help="Folder to write.")
    ],
    ppi: Annotated[
        float | None, typer.Option(help="Scan pixels to an inch of painting.")
    ] = None,
    width_mm: Annotated[
        float | None, typer.Option(help="Width of the picture, in mm.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND[:VARIETY]",
            help="What happens to it; may be given again. Chance chooses among the "
            "varieties of a kind, or one is named. [default: all kinds]",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same gives the same damage.")] = 0,
    plainness: Annotated[
        float, typer.Option(help=Recipe.model_fields["plainness"].description)
    ] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Age a scan: cracks, losses, wear, stains, and the truth about them.

    OUT gets aged.tif (in the scan's own encoding, bit-identical where nothing
    happened), labels.png (the truth), the scan as received, and age.json (what was
    done). Distractors look like damage and are none. Damage runs from edge to edge, so
    the picture is aged whole: up to 100 megapixels, 0.12 GB of memory for each.

    Example: pellicle age madonna.tif -o aged --width-mm 412 --kind craquelure --seed 7

    Example: pellicle age madonna.tif -o aged --width-mm 412 --kind craquelure:drying
    """
    request = AgeRequest(
        scan=scan,
        ppi=ppi,
        width_mm=width_mm,
        kinds=tuple(kind or ()),
        seed=seed,
        plainness=plainness,
    )
    record = age_scan(output, request, quiet=False)
    if as_json:
        print_json({"output": str(output), **record})
        return
    _print_classes(record["classes"])
    typer.echo(f"Open first: {output / AGED}")


def _print_classes(classes: Mapping[str, Mapping[str, Any]]) -> None:
    if not classes:
        typer.echo("No damage.")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("damage")
    for name in ("regions", "pixels", "mm²"):
        table.add_column(name, justify="right")
    for name, one in classes.items():
        area = f"{one['area_mm2']:,.2f}"
        table.add_row(name, f"{one['regions']:,}", f"{one['pixels']:,}", area)
    Console(highlight=False).print(table)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    varieties = "\n\n".join(
        f"{kind}: {', '.join(names)}" for kind, names in VARIETIES.items()
    )
    app.command(epilog=f"Kinds and their varieties:\n\n{varieties}")(age)

# SPDX-License-Identifier: Apache-2.0
"""`pellicle decide`: what a named person says about a region."""

from typing import Annotated

import typer

from pellicle.cli.options import TreatmentPath
from pellicle.errors import BadSettingError
from pellicle.model.decision import ChosenMethod, Verdict
from pellicle.workflow.decide import decide as append


def decide(
    treatment: TreatmentPath,
    *,
    region: Annotated[str, typer.Option(metavar="ID", help="Region's id.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decides.")],
    approve: Annotated[
        bool, typer.Option("--approve", help="Infill it and print it.")
    ] = False,
    leave: Annotated[
        bool, typer.Option("--leave", help="Neither infill nor print it.")
    ] = False,
    method: Annotated[
        ChosenMethod | None, typer.Option(help="How to infill or print it.")
    ] = None,
    note: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Remark for the record.")
    ] = None,
) -> None:
    """Decide about one region. It takes effect at the next restore.

    Example: pellicle decide madonna.pellicle --region 3f9a1c04be22 --approve --by Ada
    """
    asked = [
        verdict
        for verdict, given in (
            (Verdict.APPROVE, approve),
            (Verdict.LEAVE, leave),
            (Verdict.METHOD, method is not None),
        )
        if given
    ]
    if len(asked) > 1 or not (asked or note):
        raise BadSettingError(
            "the decision",
            "more than one thing" if asked else "nothing",
            "one of --approve, --leave and --method is needed, or a --note",
        )
    made = append(
        treatment,
        region,
        by=by,
        verdict=asked[0] if asked else Verdict.NOTE,
        method=method,
        note=note or "",
    )
    typer.echo(f"{made.verdict} {made.region_id} by {made.by}")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(decide)

# SPDX-License-Identifier: Apache-2.0
"""`pellicle train`: networks on a museum's own collection."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from pellicle.cli.options import Workers, checked_workers
from pellicle.errors import TrainExtraMissingError

_app = typer.Typer(
    help="Train the networks on one's own collection.", no_args_is_help=True
)
_SHOWN_BROKEN = 10


@_app.callback()
def _root() -> None:
    pass


@_app.command()
def condition(
    corpus: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="CORPUS...",
            help="Folders of photographs, pictures, or downloaded IIIF manifests.",
        ),
    ] = None,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="Networks, log and examples; the same folder goes on.",
        ),
    ],
    corrected: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            metavar="TREATMENT",
            help="Learn from persons' corrections in this treatment, beginning with "
            "trained networks; may be given several times.",
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Begin from the networks in this folder. Otherwise training begins "
            "anew; with --from, from the networks that all treatments named use, or "
            "else from those that come with Pellicle.",
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Steps in all.", min=1, show_default="6000")
    ] = None,
    examples: Annotated[
        int | None,
        typer.Option(help="Aged crops to learn from.", min=16, show_default="3200"),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Kind of damage that is not learnt, to see how networks do on what "
            "they never met; may be given several times.",
        ),
    ] = None,
    batch: Annotated[int, typer.Option(help="Examples in a step.", min=1)] = 8,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.", min=0)] = 0,
    workers: Workers = None,
) -> None:
    """Train the networks that map damage. Stopped, the same command goes on.

    Example: pellicle train condition photographs -o our-networks
    """
    training = _training()
    given: dict[str, Any] = {"steps": steps, "examples": examples, "without": without}
    settings = {n: v for n, v in given.items() if v is not None}
    outcome = training.trained(
        corpus or [],
        corrected or [],
        output,
        {**settings, "batch": batch, "seed": seed},
        checked_workers(workers, None),
        start,
    )
    for name, value in outcome.figures.items():
        typer.echo(f"F1 {name:<18}{value:8.3f}")
    _print_broken(outcome.corpus.broken, output)
    typer.echo(f"Networks: {outcome.folder}")


@_app.command()
def infill(
    corpus: Annotated[
        list[Path],
        typer.Argument(
            metavar="CORPUS...",
            help="Folders of photographs, pictures, or downloaded IIIF manifests.",
        ),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="Network, log and examples; the same folder goes on.",
        ),
    ],
    steps: Annotated[
        int | None, typer.Option(help="Steps in all.", min=1, show_default="7000")
    ] = None,
    examples: Annotated[
        int | None,
        typer.Option(help="Damaged crops to learn from.", min=16, show_default="4000"),
    ] = None,
    batch: Annotated[int, typer.Option(help="Crops in a step.", min=1)] = 16,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.", min=0)] = 0,
    workers: Workers = None,
) -> None:
    """Train the network that corrects diffusion. Stopped, the same command goes on.

    Example: pellicle train infill photographs -o our-infill
    """
    training = _training()
    given: dict[str, Any] = {"steps": steps, "examples": examples}
    settings = {n: v for n, v in given.items() if v is not None}
    outcome = training.trained_infill(
        corpus,
        output,
        {**settings, "batch": batch, "seed": seed},
        checked_workers(workers, None),
    )
    for name, value in outcome.figures.items():
        typer.echo(f"ΔE00 {name:<18}{value:8.3f}")
    _print_broken(outcome.corpus.broken, output)
    typer.echo(f"Network: {outcome.folder}")


def _print_broken(broken: Sequence[tuple[Path, str]], folder: Path) -> None:
    for path, reason in broken[:_SHOWN_BROKEN]:
        typer.echo(f"left out: {path} {reason}", err=True)
    if len(broken) > _SHOWN_BROKEN:
        more = len(broken) - _SHOWN_BROKEN
        listed = folder / "left-out.csv"
        typer.echo(f"left out: {more} more, see {listed}", err=True)


def _training() -> Any:
    try:
        return import_module("pellicle.workflow.train")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in {"torch", "onnx"}:
            raise
        raise TrainExtraMissingError(error.name or "torch") from error


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="train")

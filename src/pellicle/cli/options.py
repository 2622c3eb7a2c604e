# SPDX-License-Identifier: Apache-2.0
"""Options that several commands share, and options made from a stage's fields."""

import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from pydantic import BaseModel

from pellicle.engine.budget import worker_count
from pellicle.errors import BadSettingError
from pellicle.model.style import RetouchingStyle

TreatmentPath: TypeAlias = Annotated[
    Path, typer.Argument(metavar="WORK.pellicle", help="Treatment folder.")
]
Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(help="Processes to use; one for each core unless given."),
]
MemoryGb: TypeAlias = Annotated[
    float | None,
    typer.Option(help="Memory to stay within, in GB; fewer processes are used."),
]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON object instead of a table.")
]

Style: TypeAlias = Annotated[
    RetouchingStyle | None,
    typer.Option(help="How infills are rendered, unless decided otherwise."),
]
References: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILE|none",
        help="Another picture of this or a related work; may be repeated.",
    ),
]
ReferencePoints: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILE|none",
        help="Its point pairs (CSV or JSON), one for each --reference.",
    ),
]

InfillNetwork: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--network",
        metavar="FILE.onnx|DIR|built-in|none",
        help="Network for infill: a file that paints what is wide, a folder that "
        "`pellicle train infill` has written, the built-in one, or none.",
    ),
]

_SIMPLE = (bool, int, float, str)


def checked_workers(workers: int | None, memory_gb: float | None) -> int:
    """Workers to use.

    Raises
    ------
    BadSettingError
        If either number cannot be meant.
    """
    if workers is not None and workers < 1:
        raise BadSettingError("--workers", str(workers), "at least 1 is needed")
    if memory_gb is not None and not 0 < memory_gb < math.inf:
        raise BadSettingError("--memory-gb", str(memory_gb), "more than 0 is needed")
    return worker_count(workers, memory_gb)


def with_fields(
    model: type[BaseModel],
    function: Callable[..., None],
    into: str = "settings",
) -> Callable[..., None]:
    """Give a command one option for each simple field of a stage.

    The option's help and range are the field's own; not given means None. The function
    gets them as a dict in the parameter that `into` names.
    """
    own = inspect.signature(function).parameters
    fields = {
        name: field
        for name, field in model.model_fields.items()
        if field.annotation in _SIMPLE
    }
    added = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                field.annotation | None,  # type: ignore[operator]
                typer.Option(
                    help=f"{field.description or ''} [default: {field.default}]"
                ),
            ],
        )
        for name, field in fields.items()
    ]

    def command(**values: Any) -> None:
        settings = {name: values.pop(name) for name in fields}
        given = {name: value for name, value in settings.items() if value is not None}
        function(**values, **{into: given})

    kept = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in own.items()
        if name != into
    ]
    command.__doc__ = function.__doc__
    command.__name__ = function.__name__
    signature = inspect.Signature([*kept, *added])
    command.__signature__ = signature  # type: ignore[attr-defined]
    return command

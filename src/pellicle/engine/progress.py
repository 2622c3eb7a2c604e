# SPDX-License-Identifier: Apache-2.0
"""Progress on stderr, and how long each step took.

A bar with megapixels a second and time left on a terminal; one line a step elsewhere.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as RichTask
from rich.text import Text
from typing_extensions import override

Advance = Callable[[float], None]
"""Tell that so many more megapixels, or other units, are done."""


class _SpeedColumn(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    @override
    def render(self, task: RichTask) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f} {self._unit}/s" if speed else "")


class ProgressReport:
    """Shows progress, and remembers seconds by step.

    Parameters
    ----------
    quiet
        Show nothing; still remember.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.seconds: dict[str, float] = {}
        self._quiet = quiet

    @contextmanager
    def step(self, name: str, total: float, unit: str = "Mpx") -> Iterator[Advance]:
        """Show one step of `total` megapixels (or other units) while the block runs."""
        started = time.monotonic()
        try:
            if self._quiet or not sys.stderr.isatty():
                yield lambda _more: None
            else:
                with _bar(unit) as bar:
                    task = bar.add_task(name, total=max(total, 1e-6))
                    yield lambda more: bar.update(task, advance=more)
        finally:
            seconds = time.monotonic() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        if not self._quiet:
            line = f"{name}: {total:.1f} {unit} in {seconds:.1f} s\n"
            sys.stderr.write(line)
            sys.stderr.flush()

    def warn(self, text: str) -> None:
        """Say something that a person should know, and go on."""
        if not self._quiet:
            sys.stderr.write(f"warning: {text}\n")
            sys.stderr.flush()


def _bar(unit: str) -> Progress:
    return Progress(
        TextColumn("{task.description:<14}"),
        BarColumn(),
        TaskProgressColumn(),
        _SpeedColumn(unit),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
        transient=True,
    )

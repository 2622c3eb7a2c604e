# SPDX-License-Identifier: Apache-2.0
"""The report's sheets of pictures, with a line each on what is seen.

Job: draw them in workers.
Not here: the sheets (`look_sheets.py`), the page (`io/report.py`).
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

from pellicle.engine.workers import run_tasks
from pellicle.io.report_content import ReportPicture
from pellicle.model.arrays import Array
from pellicle.workflow.figures import Chain
from pellicle.workflow.look_sheets import (
    distances_sheet,
    place_for_distances,
    side_by_side_sheet,
)
from pellicle.workflow.pictures import as_picture


@dataclass(frozen=True, slots=True)
class _LookTask:
    title: str
    caption: str
    draw: Callable[[], Array]


def _draw(task: _LookTask) -> ReportPicture:
    return as_picture(task.title, task.caption, task.draw())


def draw_looks(pool: Executor, chain: Chain) -> tuple[ReportPicture, ...]:
    """Sheets of a treatment; the second only where something is printed."""
    tasks = [
        _LookTask(
            "Before, with the film, target",
            "The whole work, and the places where the film changes most, a pixel of the"
            " scan to a pixel of the page.",
            partial(side_by_side_sheet, chain),
        )
    ]
    place = place_for_distances(chain)
    if place is not None:
        tasks.append(
            _LookTask(
                "From several distances",
                "What the eye's blur leaves of one place, at the same size from each"
                " distance: look at it from close, for from afar it is blurred twice.",
                partial(distances_sheet, chain, place),
            )
        )
    found: dict[str, ReportPicture] = {}

    def keep(task: _LookTask, picture: ReportPicture) -> None:
        found[task.title] = picture

    run_tasks(pool, "report", _draw, tasks, keep)
    return tuple(found[task.title] for task in tasks)

# SPDX-License-Identifier: Apache-2.0
"""Runs a region stage on every place to be infilled.

A *place* is 8-connected pixels that are all to be infilled, whatever the classes of
the regions they belong to: what touches is infilled together. A place sees the scan
and intact paint around it, never another place's infill, so order does not matter.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from pellicle.engine.areas import ReadOnce, grouped
from pellicle.engine.ledger import Ledger
from pellicle.engine.progress import Advance
from pellicle.engine.readers import PlaneReader
from pellicle.engine.workers import run_tasks
from pellicle.model.arrays import Labels, Mask, Samples
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.regions import RegionShape
from pellicle.stages.contract import RegionResult, RegionStage, RegionWindow

_LARGEST_PX = 3072
_BLOCK_PX = 1024
"""Places larger than the first are done in blocks of a grid that begins at the scan's
corner, so that memory does not grow with the place. Fixed: not a tile size."""


@dataclass(frozen=True, slots=True)
class PlaceInputs:
    """Where the planes come from.

    Attributes
    ----------
    samples
        Scan samples.
    numbers
        Number of the place a pixel belongs to; 0 is none.
    known
        Not 0 where the paint is intact.
    method
        0 where the stage chooses, else the code a person's decision asks for.
    """

    samples: PlaneReader
    numbers: PlaneReader
    known: PlaneReader
    method: PlaneReader


@dataclass(frozen=True, slots=True)
class PlaceTask:
    """Places that lie close together."""

    stage: RegionStage
    inputs: PlaceInputs
    raster: RasterSpec
    places: tuple[RegionShape, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """New pixels of one window."""

    window: Window
    samples: Samples
    filled: Mask
    evidence: Labels


def run_place_task(task: PlaceTask) -> tuple[Filled, ...]:
    """Infill every place of a task."""
    jobs = [job for place in task.places for job in _jobs(task, place)]
    together = max(place.window.shape[0] for place in task.places) <= _LARGEST_PX
    made = []
    groups = [jobs] if together else [[job] for job in jobs]
    for group in groups:
        windows = [job.wide for job in group]
        samples = ReadOnce.covering(task.inputs.samples, windows)
        numbers = ReadOnce.covering(task.inputs.numbers, windows)
        known = ReadOnce.covering(task.inputs.known, windows)
        method = ReadOnce.covering(task.inputs.method, windows)
        for job in group:
            region = RegionWindow(
                window=job.wide,
                samples=np.ascontiguousarray(samples.view(job.wide)),
                target=numbers.view(job.wide) == job.number,
                known=known.view(job.wide) != 0,
                pixel_size=task.raster.pixel_size,
                method=np.ascontiguousarray(method.view(job.wide)),
            )
            if region.target[job.keep.relative_to(job.wide).slices].any():
                made.append(_kept(task.stage.run_region(region), job))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class _Job:
    number: int
    wide: Window
    keep: Window


def _jobs(task: PlaceTask, place: RegionShape) -> list[_Job]:
    whole = task.raster.window
    window = place.window
    if max(window.shape) <= _LARGEST_PX:
        context_px = task.stage.context_px(window, task.raster.pixel_size)
        return [_Job(place.number, window.expanded(context_px, whole), window)]
    jobs = []
    first_row, first_column = window.top // _BLOCK_PX, window.left // _BLOCK_PX
    for top in range(first_row * _BLOCK_PX, window.bottom, _BLOCK_PX):
        for left in range(first_column * _BLOCK_PX, window.right, _BLOCK_PX):
            block = Window(top, left, top + _BLOCK_PX, left + _BLOCK_PX)
            keep = block.within(window)
            context_px = task.stage.context_px(keep, task.raster.pixel_size)
            jobs.append(_Job(place.number, keep.expanded(context_px, whole), keep))
    return jobs


def _kept(result: RegionResult, job: _Job) -> Filled:
    inside = job.keep.relative_to(job.wide).slices
    return Filled(
        job.keep,
        result.samples[inside].copy(),
        result.filled[inside].copy(),
        result.evidence[inside].copy(),
    )


@dataclass(frozen=True, slots=True)
class PlaceRun:
    """How to run the places: by whom, and what is done already."""

    pool: Executor
    advance: Advance
    ledger: Ledger

    def run(
        self,
        stage: RegionStage,
        inputs: PlaceInputs,
        raster: RasterSpec,
        places: Sequence[RegionShape],
        write: Callable[[tuple[Filled, ...]], None],
    ) -> None:
        """Infill the places that are not done yet; `write` is called here."""
        tasks = []
        for group in grouped(places):
            if self.ledger.has(_name(group)):
                self.advance(_mpx(group))
            else:
                tasks.append(PlaceTask(stage, inputs, raster, group))

        def keep(task: PlaceTask, made: tuple[Filled, ...]) -> None:
            write(made)
            self.ledger.done(_name(task.places))
            self.advance(_mpx(task.places))

        run_tasks(self.pool, stage.name, run_place_task, tasks, keep)


def _name(places: Sequence[RegionShape]) -> str:
    return f"places {places[0].number}-{places[-1].number} ({len(places)})"


def _mpx(places: Sequence[RegionShape]) -> float:
    return sum(place.pixels for place in places) / 1e6

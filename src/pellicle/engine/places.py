# SPDX-License-Identifier: Apache-2.0
"""Runs a region stage on every place to be infilled.

A *place* is 8-connected pixels that are all to be infilled, whatever the classes of
the regions they belong to: what touches is infilled together. A place sees the scan
and intact paint around it, never another place's infill, so order does not matter.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pellicle.engine.areas import Placed, ReadOnce, grouped
from pellicle.engine.ledger import Ledger
from pellicle.engine.progress import Advance
from pellicle.engine.readers import PlaneReader
from pellicle.engine.workers import run_tasks
from pellicle.model.arrays import Labels, Mask, Offsets, Samples
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.stages.contract import (
    ReferencePicture,
    RegionResult,
    RegionStage,
    RegionWindow,
)

LARGEST_PX = 3072
BLOCK_PX = 1024
"""Places larger than the first are done in blocks of a grid that begins at the scan's
corner, so that memory does not grow with the place. Fixed: other blocks may give other
pixels."""


class Place(Placed, Protocol):
    """Pixels that are infilled together."""

    @property
    def number(self) -> int:
        """Value of its pixels in the plane of numbers."""
        ...

    @property
    def pixels(self) -> int:
        """How many they are."""
        ...


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
    references
        Reference images that match, read as far as the stage looks at them.
    """

    samples: PlaneReader
    numbers: PlaneReader
    known: PlaneReader
    method: PlaneReader
    references: tuple[ReferencePicture, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceJob:
    """A place, or one block of a large one.

    Attributes
    ----------
    number
        Of the place.
    keep
        What is to be infilled: the place's window, or the part of it in one block.
    wide
        The same with the context that the stage asks for.
    mpx
        Megapixels to tell as done.
    """

    number: int
    keep: Window
    wide: Window
    mpx: float


@dataclass(frozen=True, slots=True)
class PlaceTask:
    """Places that lie close together, or one block of a large one."""

    stage: RegionStage
    inputs: PlaceInputs
    pixel_size: PixelSize
    jobs: tuple[PlaceJob, ...]

    @property
    def name(self) -> str:
        """Name in the ledger; the same in every run of the same scan and stage."""
        first, last = self.jobs[0], self.jobs[-1]
        count = len(self.jobs)
        at = f"{first.keep.top} {first.keep.left}"
        return f"places {first.number}-{last.number} ({count}) from {at}"

    @property
    def mpx(self) -> float:
        """Megapixels to tell as done."""
        return sum(job.mpx for job in self.jobs)


@dataclass(frozen=True, slots=True)
class Filled:
    """New pixels of one window, and where copied ones are from."""

    window: Window
    samples: Samples
    filled: Mask
    evidence: Labels
    offsets: Offsets | None = None
    reference: Labels | None = None


def run_place_task(task: PlaceTask) -> tuple[Filled, ...]:
    """Infill every place of a task."""
    numbers = ReadOnce.covering(task.inputs.numbers, [job.wide for job in task.jobs])
    # A block of a large place may hold none of its pixels.
    jobs = [job for job in task.jobs if (numbers.view(job.keep) == job.number).any()]
    if not jobs:
        return ()
    windows = [job.wide for job in jobs]
    samples = ReadOnce.covering(task.inputs.samples, windows)
    known = ReadOnce.covering(task.inputs.known, windows)
    method = ReadOnce.covering(task.inputs.method, windows)
    made = []
    for job in jobs:
        region = RegionWindow(
            window=job.wide,
            samples=np.ascontiguousarray(samples.view(job.wide)),
            target=numbers.view(job.wide) == job.number,
            known=known.view(job.wide) != 0,
            pixel_size=task.pixel_size,
            method=np.ascontiguousarray(method.view(job.wide)),
            references=task.inputs.references,
        )
        made.append(_kept(task.stage.run_region(region), job))
    return tuple(made)


def _kept(result: RegionResult, job: PlaceJob) -> Filled:
    inside = job.keep.relative_to(job.wide).slices
    return Filled(
        job.keep,
        result.samples[inside].copy(),
        result.filled[inside].copy(),
        result.evidence[inside].copy(),
        None if result.offsets is None else result.offsets[inside].copy(),
        None if result.reference is None else result.reference[inside].copy(),
    )


@dataclass(frozen=True, slots=True)
class PlaceRun:
    """How to run the places: by whom, what is done already, what is large.

    Attributes
    ----------
    turn
        Sets tasks apart in the ledger when places are run more than once.
    """

    pool: Executor
    advance: Advance
    ledger: Ledger
    largest_px: int = LARGEST_PX
    block_px: int = BLOCK_PX
    turn: str = ""

    def run(
        self,
        stage: RegionStage,
        inputs: PlaceInputs,
        raster: RasterSpec,
        places: Sequence[Place],
        write: Callable[[tuple[Filled, ...]], None],
    ) -> None:
        """Infill the places that are not done yet; `write` is called here."""
        tasks = []
        for jobs in self._jobs(stage, raster, places):
            task = PlaceTask(stage, inputs, raster.pixel_size, jobs)
            if self.ledger.has(self.turn + task.name):
                self.advance(task.mpx)
            else:
                tasks.append(task)

        def keep(task: PlaceTask, made: tuple[Filled, ...]) -> None:
            write(made)
            self.ledger.done(self.turn + task.name)
            self.advance(task.mpx)

        run_tasks(self.pool, stage.name, run_place_task, tasks, keep)

    def _jobs(
        self, stage: RegionStage, raster: RasterSpec, places: Sequence[Place]
    ) -> Iterator[tuple[PlaceJob, ...]]:
        """Jobs that are done together."""
        near: list[Place] = []
        for place in places:
            if max(place.window.shape) <= self.largest_px:
                near.append(place)
                continue
            blocks = tuple(self._blocks(place.window))
            for block in blocks:
                yield (_job(stage, raster, place, block, len(blocks)),)
        for group in grouped(near):
            yield tuple(_job(stage, raster, place, place.window) for place in group)

    def _blocks(self, window: Window) -> Iterator[Window]:
        side = self.block_px
        for top in range(window.top // side * side, window.bottom, side):
            for left in range(window.left // side * side, window.right, side):
                yield Window(top, left, top + side, left + side).within(window)


def _job(
    stage: RegionStage,
    raster: RasterSpec,
    place: Place,
    keep: Window,
    parts: int = 1,
) -> PlaceJob:
    context_px = stage.context_px(keep, raster.pixel_size)
    wide = keep.expanded(context_px, raster.window)
    return PlaceJob(place.number, keep, wide, place.pixels / parts / 1e6)

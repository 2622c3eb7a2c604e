# SPDX-License-Identifier: Apache-2.0
"""Measures that what is printed is chosen by, taken tile by tile in workers.

Job: read a treatment's pixels for `stages/mask`, and add up what it finds.
Not here: what follows from it (`print_choice.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.film import FilmModel
from pellicle.colour.scielab import ScielabFilter, pixels_per_degree
from pellicle.engine.readers import PlaneReader, Stored
from pellicle.engine.regions import NUMBERS, TILE_PX, RegionTile, number_regions
from pellicle.engine.workers import run_tasks
from pellicle.io.store import RasterStore
from pellicle.model.arrays import Array, Colour, Numbers
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.regions import RegionShape
from pellicle.stages.mask.alignability import (
    AlignmentSums,
    PrintedTile,
    align_tile,
    alignment_reach_px,
    displacements,
    sampling_step,
)
from pellicle.stages.mask.parts import WIDTH_CLASSES
from pellicle.stages.mask.separation import FilmSeparation
from pellicle.stages.mask.visibility import SeenCounts, SeenTotals, seen_in_tile
from pellicle.workflow.work import Making


@dataclass(frozen=True, slots=True)
class Pictures:
    """What is there, and what it should look like.

    Attributes
    ----------
    numbers
        Region numbers where something may be printed, else 0.
    """

    scan: PlaneReader
    reconstruction: PlaneReader
    numbers: PlaneReader
    encoding: ScanEncoding
    raster: RasterSpec

    def linear(self, window: Window) -> tuple[Colour, Colour]:
        """Linear light of scan and reconstruction."""
        return (
            self.encoding.linear(self.scan.read(window)),
            self.encoding.linear(self.reconstruction.read(window)),
        )

    @property
    def tiles(self) -> list[Window]:
        """Tiles of the scan."""
        return list(self.raster.tiles(TILE_PX))


@dataclass(frozen=True, slots=True)
class _SeenTask:
    pictures: Pictures
    eye: ScielabFilter
    window: Window


def _seen(task: _SeenTask) -> SeenCounts:
    numbers = task.pictures.numbers.read(task.window)
    if not numbers.any():
        return SeenCounts.none()
    wide = task.window.expanded(task.eye.halo_px, task.pictures.raster.window)
    scan, target = task.pictures.linear(wide)
    return seen_in_tile(task.eye, scan, target, numbers, task.window, wide)


def measure_visibility(
    making: Making, pictures: Pictures, distance_mm: float
) -> dict[int, float]:
    """S-CIELAB ΔE00 of each region from a distance, by its number."""
    per_degree = pixels_per_degree(distance_mm, pictures.raster.pixel_size.mm)
    eye = ScielabFilter(per_degree)
    total = SeenTotals()

    def keep(task: _SeenTask, counts: SeenCounts) -> None:
        total.add(counts)
        making.advance(_mpx(task.window))

    tasks = [_SeenTask(pictures, eye, window) for window in pictures.tiles]
    run_tasks(making.pool, "visibility", _seen, tasks, keep)
    return total.by_region()


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Parts of what is proposed.

    Attributes
    ----------
    shapes
        In order of their numbers, from 1.
    table
        1-D uint32: number of the part by provisional number in the raster.
    regions
        1-D int64: number of the region by number of the part; 0 for none.
    """

    numbers: Stored
    shapes: tuple[RegionShape, ...]
    table: Array
    regions: Array

    def by_provisional(self, of_parts: Array) -> Array:
        """Table by provisional number, from one by number of the part."""
        return np.asarray(of_parts[self.table])


def number_parts(
    pictures: Pictures, classes: Stored, store: RasterStore, path: str
) -> Parts:
    """Join the connected pixels of one region and one width class."""

    def tiles() -> Iterator[RegionTile]:
        for window in pictures.tiles:
            width_class = classes.read(window)
            labels: Numbers = np.zeros(window.shape, np.uint32)
            if width_class.any():
                numbers = pictures.numbers.read(window)
                labels[:] = (numbers * WIDTH_CLASSES + width_class) * (width_class != 0)
            yield RegionTile(window, labels, np.zeros(labels.shape, np.uint8))

    shapes, table = number_regions(tiles(), pictures.raster, store, TILE_PX)
    regions = np.concatenate([np.zeros(1, np.int64), shapes.labels // WIDTH_CLASSES])
    return Parts(Stored(path, NUMBERS), tuple(shapes), table, regions)


@dataclass(frozen=True, slots=True)
class _AlignTask:
    """One tile; the table of parts is handed over cut to what lies on it."""

    pictures: Pictures
    parts: Stored
    film: Stored
    stage: FilmSeparation
    delta_px: float
    table: Array
    steps: Array
    window: Window


def _aligned(task: _AlignTask) -> AlignmentSums:
    raster = task.pictures.raster
    reach_px = alignment_reach_px(task.delta_px)
    wide = task.window.expanded(reach_px, raster.window)
    provisional = task.parts.read(wide)
    if not provisional.any():
        return AlignmentSums.none()
    scan, target = task.pictures.linear(task.window)
    return align_tile(
        FilmModel.of(task.stage.setup, task.stage.ink),
        scan,
        target,
        PrintedTile(task.table[provisional], task.film.read(wide), wide),
        task.window,
        shifts=displacements(task.delta_px),
        steps=task.steps,
    )


def measure_alignment(
    making: Making,
    pictures: Pictures,
    parts: Parts,
    film: Stored,
    stage: FilmSeparation,
) -> Array:
    """(parts + 1, 3) int64: difference, gained and exact of `AlignmentSums`."""
    pixels = [0, *(shape.pixels for shape in parts.shapes)]
    steps = np.array([sampling_step(count) for count in pixels], np.int64)
    displacement_um = stage.setup.geometry.displacement_um
    delta_px = pictures.raster.pixel_size.px(displacement_um)
    total = np.zeros((len(pixels), 3), np.int64)

    def keep(task: _AlignTask, sums: AlignmentSums) -> None:
        total[sums.parts] += np.stack([sums.difference, sums.gained, sums.exact], 1)
        making.advance(_mpx(task.window))

    tasks = [
        _AlignTask(
            pictures, parts.numbers, film, stage, delta_px, parts.table, steps, window
        )
        for window in pictures.tiles
    ]
    run_tasks(making.pool, "alignment", _aligned, tasks, keep)
    return total


def _mpx(window: Window) -> float:
    height, width = window.shape
    return height * width / 1e6

# SPDX-License-Identifier: Apache-2.0
"""What another sensitivity would map: regions and area of each class, counted.

Job: go from the evidence that is kept to regions once more at each of a few
sensitivities.
Not here: the map itself (`found.py`).

Counted at the working scale, by the same steps as the map. Of a finer scan, which is
mapped at its own scale, its numbers differ a little.
"""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from pellicle.engine.readers import Banded, Constant, PlaneReader, Reduced
from pellicle.engine.regions import TILE_PX
from pellicle.engine.workers import UnderWay, begin_task
from pellicle.model.arrays import Labels
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass
from pellicle.model.figures import ClassMapped, SensitivityFigures
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.regions import RegionJoiner, RegionShapes
from pellicle.stages.condition.mapping import MapCondition, mapped_classes
from pellicle.stages.condition.network import EVIDENCE_CLASSES
from pellicle.workflow.evidence_kept import KeptEvidence
from pellicle.workflow.scan import ScanInUse

AT_SENSITIVITY = "at_sensitivity"
"""Entry of a condition run's value."""
COUNTED = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class CountTask:
    """What a few sensitivities would map.

    Attributes
    ----------
    stages
        The map's stage at each of them.
    asked
        The sensitivity that is set.
    evidence
        (h, w, 4) uint8 at the working scale.
    painting
        (h, w, 1) uint8 at the working scale, not 0 on painting; None: all of it.
    raster
        Working scale.
    """

    stages: tuple[MapCondition, ...]
    asked: float
    evidence: PlaneReader
    painting: PlaneReader | None
    raster: RasterSpec


def begin_counting(
    pool: Executor, stage: MapCondition, kept: KeptEvidence, scan: ScanInUse
) -> UnderWay[tuple[SensitivityFigures, ...]]:
    """Let a worker count at a quarter, a half, three quarters, and as it is set."""
    painting = None
    if not isinstance(scan.painting, Constant):
        plane = Banded(scan.painting)
        painting = Reduced(plane, scan.raster.shape, kept.factor)
    stages = tuple(
        stage.model_copy(update={"sensitivity": sensitivity})
        for sensitivity in sorted({*COUNTED, stage.sensitivity})
    )
    task = CountTask(
        stages, stage.sensitivity, kept.joint_working, painting, kept.working
    )
    return begin_task(pool, "sensitivity", count_mapped, task)


def count_mapped(task: CountTask) -> tuple[SensitivityFigures, ...]:
    """Regions and area of each class at each sensitivity, a tile at a time.

    Twice over the raster: what came to count as one class, as a short split and
    craquelure across it do, is one region only once all classes are known.
    """
    raster = task.raster
    first = [RegionJoiner(raster.shape, TILE_PX) for _ in task.stages]
    for window, tiles in _labelled(task):
        for (labels, confidence), joiner in zip(tiles, first, strict=True):
            joiner.add(window, labels, confidence)
    classes = []
    for stage, joiner in zip(task.stages, first, strict=True):
        shapes, final = joiner.finish()
        classes.append(mapped_classes(shapes, raster.pixel_size, stage)[final])
    again, second = (
        [RegionJoiner(raster.shape, TILE_PX) for _ in task.stages] for _ in range(2)
    )
    for window, tiles in _labelled(task):
        for n, (labels, confidence) in enumerate(tiles):
            numbers = again[n].add(window, labels, confidence)
            second[n].add(window, classes[n][numbers], confidence)
    return tuple(
        _counted(stage, joiner.finish()[0], raster, asked=task.asked)
        for stage, joiner in zip(task.stages, second, strict=True)
    )


def _labelled(task: CountTask) -> Iterator[tuple[Window, list[tuple[Labels, Labels]]]]:
    """Windows, and class and confidence of their pixels at each sensitivity."""
    for window in task.raster.tiles(TILE_PX):
        tiles = {ArtefactKind.CONDITION: task.evidence.read(window)}
        beyond = None
        if task.painting is not None:
            beyond = task.painting.read(window)[:, :, 0] == 0
        found = []
        for stage in task.stages:
            one = stage.run_tile(tiles, task.raster.pixel_size, window)
            if beyond is not None:
                one[beyond] = 0
            found.append((one[:, :, 0].copy(), one[:, :, 1].copy()))
        yield window, found


def _counted(
    stage: MapCondition, shapes: RegionShapes, raster: RasterSpec, *, asked: float
) -> SensitivityFigures:
    classes = shapes.labels
    regions = np.bincount(classes, minlength=EVIDENCE_CLASSES + 1)
    pixels = np.bincount(classes, shapes.pixels, minlength=EVIDENCE_CLASSES + 1)
    return SensitivityFigures(
        sensitivity=stage.sensitivity,
        asked=stage.sensitivity == asked,
        by_class={
            DamageClass(k).label: ClassMapped(
                regions=int(regions[k]),
                area_mm2=round(float(pixels[k]) * raster.pixel_size.area_mm2, 3),
            )
            for k in range(1, EVIDENCE_CLASSES + 1)
        },
    )

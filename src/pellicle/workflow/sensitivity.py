# SPDX-License-Identifier: Apache-2.0
"""What another sensitivity would map: regions and area of each class, counted.

Job: go from the evidence that is kept to regions once more at each of a few
sensitivities.
Not here: the map itself (`found.py`).

Counted at the working scale, by the same steps as the map. Its numbers differ a
little: of a finer scan it is drawn at the scan's own scale, and regions that came to
count as one class, as a short split and craquelure across it do, are one in it.
"""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from pellicle.engine.readers import Banded, Constant, PlaneReader, Reduced
from pellicle.engine.regions import TILE_PX
from pellicle.engine.workers import run_tasks
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass
from pellicle.model.figures import ClassMapped, SensitivityFigures
from pellicle.model.raster import RasterSpec
from pellicle.raster.regions import RegionJoiner
from pellicle.stages.condition.mapping import MapCondition, mapped_classes
from pellicle.stages.condition.network import EVIDENCE_CLASSES
from pellicle.workflow.evidence_kept import KeptEvidence
from pellicle.workflow.scan import ScanInUse

AT_SENSITIVITY = "at_sensitivity"
"""Entry of a condition run's value."""
COUNTED = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class CountTask:
    """What one sensitivity would map.

    Attributes
    ----------
    evidence
        (h, w, 4) uint8 at the working scale.
    painting
        (h, w, 1) uint8 at the working scale, not 0 on painting; None: all of it.
    raster
        Working scale.
    asked
        Whether this is the sensitivity that is set.
    """

    stage: MapCondition
    evidence: PlaneReader
    painting: PlaneReader | None
    raster: RasterSpec
    asked: bool = False


def count_at_each(
    pool: Executor, stage: MapCondition, kept: KeptEvidence, scan: ScanInUse
) -> tuple[SensitivityFigures, ...]:
    """Count at a quarter, a half, three quarters, and as it is set; ascending."""
    painting = None
    if not isinstance(scan.painting, Constant):
        plane = Banded(scan.painting)
        painting = Reduced(plane, scan.raster.shape, kept.factor)
    tasks = [
        CountTask(
            stage.model_copy(update={"sensitivity": sensitivity}),
            kept.joint_working,
            painting,
            kept.working,
            asked=sensitivity == stage.sensitivity,
        )
        for sensitivity in {*COUNTED, stage.sensitivity}
    ]
    found: list[SensitivityFigures] = []
    run_tasks(pool, "sensitivity", count_mapped, tasks, lambda _, c: found.append(c))
    return tuple(sorted(found, key=lambda one: one.sensitivity))


def count_mapped(task: CountTask) -> SensitivityFigures:
    """Regions and area of each class; one tile is held at a time."""
    raster, stage = task.raster, task.stage
    joiner = RegionJoiner(raster.shape, TILE_PX)
    for window in raster.tiles(TILE_PX):
        tiles = {ArtefactKind.CONDITION: task.evidence.read(window)}
        found = stage.run_tile(tiles, raster.pixel_size, window)
        if task.painting is not None:
            found[task.painting.read(window)[:, :, 0] == 0] = 0
        joiner.add(window, found[:, :, 0], found[:, :, 1])
    shapes, _ = joiner.finish()
    classes = mapped_classes(shapes, raster.pixel_size, stage)[1:]
    regions = np.bincount(classes, minlength=EVIDENCE_CLASSES + 1)
    pixels = np.bincount(classes, shapes.pixels, minlength=EVIDENCE_CLASSES + 1)
    return SensitivityFigures(
        sensitivity=stage.sensitivity,
        asked=task.asked,
        by_class={
            DamageClass(k).label: ClassMapped(
                regions=int(regions[k]),
                area_mm2=round(float(pixels[k]) * raster.pixel_size.area_mm2, 3),
            )
            for k in range(1, EVIDENCE_CLASSES + 1)
        },
    )

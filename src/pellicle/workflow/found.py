# SPDX-License-Identifier: Apache-2.0
"""Damage found automatically: the whole at a glance, then tiles, then regions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellicle.engine.overview import overview
from pellicle.engine.readers import Constant, LookedUp, PlaneReader, Stored
from pellicle.engine.regions import (
    NUMBERS,
    TILE_PX,
    RegionTile,
    number_regions,
    renumber,
)
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.condition.classify import classify
from pellicle.stages.condition.coarse import CoarseCondition
from pellicle.stages.condition.evidence import (
    CoarseEvidence,
    Overview,
    overview_factor,
)
from pellicle.stages.condition.fine import FineCondition
from pellicle.treatment.folder import RASTER, write_value
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.settings import configured
from pellicle.workflow.work import Making, RunPlan, Work

_CANDIDATES = "candidates"
_CONFIDENCE = "confidence"
_MOSTLY = 0.5
_COARSE_FIELDS = frozenset(CoarseCondition.model_fields)


@dataclass(frozen=True, slots=True)
class FoundDamage:
    """What the condition stage found.

    Attributes
    ----------
    labels
        (H, W) uint8 `DamageClass`.
    confidence
        (H, W) uint8, 255 is certain.
    run_id
        Of the condition run, or "none" when damage was given instead.
    """

    labels: PlaneReader
    confidence: PlaneReader
    run_id: str


NOTHING = FoundDamage(Constant(0, "uint8"), Constant(0, "uint8"), "none")


def find_damage(work: Work, scan: ScanInUse) -> FoundDamage:
    """Survey the scan, unless the damage is given instead."""
    if work.treatment.source("damage") is not None:
        work.treatment.drop(ArtefactKind.CONDITION)  # nothing rests on it any more
        return NOTHING
    settings = work.treatment.description().step("condition")
    coarse = configured(
        CoarseCondition, {n: v for n, v in settings.items() if n in _COARSE_FIELDS}
    )
    # Configured before the survey: a setting that cannot be must not cost one. Its
    # coarse evidence follows from the scan and the coarse stage, which name the run.
    fine = _fine_stage(settings, scan, CoarseEvidence.none(scan.raster.shape, 1))
    plan = RunPlan(
        ArtefactKind.CONDITION,
        fine.name,
        fine.version,
        {
            "fine": {n: v for n, v in fine.settings().items() if n != "coarse"},
            "coarse": coarse.settings(),
            "coarse_version": coarse.version,
            "pixel_um": scan.raster.pixel_size.um,
        },
        {"scan": scan.source.sha256, "areas": scan.run_id},
    )

    def make(making: Making) -> None:
        evidence = _look_at_whole(coarse, scan)
        _survey(making, _fine_stage(settings, scan, evidence), scan)

    run_id = work.run(plan, scan.mpx, make)
    kind = ArtefactKind.CONDITION
    path = str(work.treatment.run_folder(kind, run_id) / RASTER)
    classes = work.treatment.value(kind, run_id)["classes"]
    return FoundDamage(
        labels=LookedUp(Stored(path, NUMBERS), np.array(classes, np.uint8)),
        confidence=Stored(path, _CONFIDENCE),
        run_id=run_id,
    )


def _fine_stage(
    settings: Mapping[str, Any], scan: ScanInUse, evidence: CoarseEvidence
) -> FineCondition:
    own = {n: v for n, v in settings.items() if n not in _COARSE_FIELDS}
    return configured(FineCondition, own, coarse=evidence, scan=scan.encoding)


def _look_at_whole(stage: CoarseCondition, scan: ScanInUse) -> CoarseEvidence:
    factor = overview_factor(scan.raster)
    means = np.rint(overview(scan.samples, scan.raster, factor))
    inside = overview(scan.painting, scan.raster, factor)[:, :, 0] > _MOSTLY
    return stage.run(
        {
            ArtefactKind.SCAN: Overview(
                lab_d50=scan.encoding.lab_d50(means.astype(scan.spec.dtype)),
                factor=factor,
                pixel_size=PixelSize(scan.raster.pixel_size.um * factor),
                inside=None if inside.all() else inside,
            )
        }
    )


def _survey(making: Making, stage: FineCondition, scan: ScanInUse) -> None:
    planes = {
        _CANDIDATES: PlaneSpec("uint8"),
        _CONFIDENCE: PlaneSpec("uint8"),
        NUMBERS: PlaneSpec("uint32"),
    }
    store = RasterStore.create(making.raster, scan.raster.shape, planes)

    def write(window: Window, found: Array) -> None:
        store.write(_CANDIDATES, window, found[:, :, 0])
        store.write(_CONFIDENCE, window, found[:, :, 1])

    making.tiles.run(stage, {ArtefactKind.SCAN: scan.samples}, scan.raster, write)
    tiles = (
        RegionTile(
            window, store.read(_CANDIDATES, window), store.read(_CONFIDENCE, window)
        )
        for window in scan.raster.tiles(TILE_PX)
    )
    shapes, final = number_regions(tiles, scan.raster, store, TILE_PX)
    renumber(store, scan.raster, final)
    classes = classify(shapes, scan.raster.pixel_size, stage)
    write_value(making.folder, {"classes": classes.tolist()})

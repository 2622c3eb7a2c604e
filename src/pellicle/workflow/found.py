# SPDX-License-Identifier: Apache-2.0
"""Damage found automatically: evidence of the networks, then pixels, then regions."""

from dataclasses import dataclass

import numpy as np

from pellicle.engine.readers import (
    Constant,
    Enlarged,
    InBlocks,
    LookedUp,
    PlaneReader,
    Reduced,
    Repeated,
    Stored,
)
from pellicle.engine.regions import (
    NUMBERS,
    TILE_PX,
    RegionTile,
    number_regions,
    renumber,
)
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.io.weights_file import ConditionWeights, load_condition_weights
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import Window
from pellicle.stages.condition.mapping import MapCondition, mapped_classes
from pellicle.stages.condition.network import (
    CONTEXT_CHANNELS,
    CONTEXT_STEP,
    EVIDENCE_CLASSES,
    ContextCondition,
    DetailCondition,
    working_factor,
    working_raster,
)
from pellicle.treatment.folder import RASTER, Treatment, write_value
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.settings import ConditionSettings, configured
from pellicle.workflow.work import Making, RunPlan, Work

EVIDENCE = "evidence"
_EVIDENCE_RASTER = "evidence.zarr"
_CONTEXT_RASTER = "context.zarr"
_CANDIDATES = "candidates"
_CONFIDENCE = "confidence"
_CONTEXT_TILE_PX = 512


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
    settings = ConditionSettings.model_validate(
        work.treatment.description().step("condition")
    )
    # Configured before the survey: a setting that cannot be must not cost one.
    stage = configured(MapCondition, settings.stage)
    weights = load_condition_weights(settings.network)
    plan = RunPlan(
        ArtefactKind.CONDITION,
        stage.name,
        stage.version,
        {
            "map": stage.settings(),
            "networks": [ContextCondition.version, DetailCondition.version],
            "pixel_um": scan.raster.pixel_size.um,
        },
        {
            "scan": scan.source.sha256,
            "areas": scan.run_id,
            "context": weights.context.sha256,
            "detail": weights.detail.sha256,
        },
    )
    run_id = work.run(
        plan, 2 * scan.mpx, lambda making: _survey(making, stage, weights, scan)
    )
    kind = ArtefactKind.CONDITION
    path = str(work.treatment.run_folder(kind, run_id) / RASTER)
    classes = work.treatment.value(kind, run_id)["classes"]
    return FoundDamage(
        labels=LookedUp(Stored(path, NUMBERS), np.array(classes, np.uint8)),
        confidence=Stored(path, _CONFIDENCE),
        run_id=run_id,
    )


def evidence_of(treatment: Treatment, scan: ScanInUse) -> PlaneReader | None:
    """Evidence that the condition map in use rests on; None when damage was given.

    (H, W, 4) uint8 at the scan's scale: loss, abrasion, craquelure, split.
    """
    run_id = treatment.current().get(ArtefactKind.CONDITION)
    if run_id is None:
        return None
    path = treatment.run_folder(ArtefactKind.CONDITION, run_id) / _EVIDENCE_RASTER
    return _evidence(str(path), scan)


def _evidence(path: str, scan: ScanInUse) -> Enlarged:
    factor = working_factor(scan.raster.pixel_size)
    working = working_raster(scan.raster, factor)
    return Enlarged(Stored(path, EVIDENCE), working.shape, factor)


def _survey(
    making: Making, stage: MapCondition, weights: ConditionWeights, scan: ScanInUse
) -> None:
    evidence = see(making, weights, scan)
    planes = {
        _CANDIDATES: PlaneSpec("uint8"),
        _CONFIDENCE: PlaneSpec("uint8"),
        NUMBERS: PlaneSpec("uint32"),
    }
    store = RasterStore.create(making.raster, scan.raster.shape, planes)

    def write(window: Window, found: Array) -> None:
        found[scan.painting.read(window) == 0] = 0
        if found.any():
            store.write(_CANDIDATES, window, found[:, :, 0])
            store.write(_CONFIDENCE, window, found[:, :, 1])

    making.tiles.run(
        stage,
        {ArtefactKind.CONDITION: evidence},
        scan.raster,
        write,
        only_where=ArtefactKind.CONDITION,
    )
    tiles = (
        RegionTile(
            window, store.read(_CANDIDATES, window), store.read(_CONFIDENCE, window)
        )
        for window in scan.raster.tiles(TILE_PX)
    )
    shapes, final = number_regions(tiles, scan.raster, store, TILE_PX)
    renumber(store, scan.raster, final)
    classes = mapped_classes(shapes, scan.raster.pixel_size, stage)
    write_value(making.folder, {"classes": classes.tolist()})


def see(making: Making, weights: ConditionWeights, scan: ScanInUse) -> Enlarged:
    """Run both networks; give the evidence at the scan's scale."""
    factor = working_factor(scan.raster.pixel_size)
    working = working_raster(scan.raster, factor)
    around = working_raster(working, CONTEXT_STEP)
    reduced = Reduced(scan.samples, scan.raster.shape, factor)
    context_path = making.folder / _CONTEXT_RASTER
    context = RasterStore.create(
        context_path,
        around.shape,
        {_CONTEXT_RASTER: PlaneSpec("uint8", CONTEXT_CHANNELS)},
    )
    first = ContextCondition(network=weights.context, scan=scan.encoding)
    making.sized_tiles(_CONTEXT_TILE_PX).run(
        first,
        {ArtefactKind.SCAN: InBlocks(reduced, working.shape, CONTEXT_STEP)},
        around,
        lambda window, seen: context.write(_CONTEXT_RASTER, window, seen),
    )
    path = making.folder / _EVIDENCE_RASTER
    store = RasterStore.create(
        path, working.shape, {EVIDENCE: PlaneSpec("uint8", EVIDENCE_CLASSES)}
    )

    def write(window: Window, seen: Array) -> None:
        if seen.any():
            store.write(EVIDENCE, window, seen)

    second = DetailCondition(network=weights.detail, scan=scan.encoding)
    heard = Stored(str(context_path), _CONTEXT_RASTER)
    making.tiles.run(
        second,
        {
            ArtefactKind.SCAN: reduced,
            ArtefactKind.CONTEXT: Repeated(heard, CONTEXT_STEP),
        },
        working,
        write,
    )
    making.discard(context_path)
    return _evidence(str(path), scan)

# SPDX-License-Identifier: Apache-2.0
"""Damage found automatically: from evidence to pixels to regions."""

from dataclasses import dataclass

import numpy as np

from pellicle.engine.readers import Constant, LookedUp, PlaneReader, Stored
from pellicle.engine.regions import (
    NUMBERS,
    TILE_PX,
    RegionTile,
    number_regions,
)
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.io.weights_file import ConditionWeights, load_condition_weights
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.figures import SensitivityFigures
from pellicle.model.raster import Window
from pellicle.stages.condition.classical.coarse import CoarseCondition
from pellicle.stages.condition.classical.fine import FineCondition
from pellicle.stages.condition.mapping import MapCondition, mapped_classes
from pellicle.stages.condition.network import ContextCondition, DetailCondition
from pellicle.treatment.folder import RASTER, Treatment, write_value
from pellicle.workflow.evidence import evidence_mpx, see
from pellicle.workflow.evidence_kept import KeptEvidence
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.sensitivity import AT_SENSITIVITY, begin_counting
from pellicle.workflow.settings import ConditionSettings, configured
from pellicle.workflow.work import Making, RunPlan, Work

_CANDIDATES = "candidates"
_CONFIDENCE = "confidence"


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
    weights = load_condition_weights(settings.network)
    # Configured before the survey: a setting that cannot be must not cost one.
    stage = configured(MapCondition, settings.stage, thresholds=weights.thresholds)
    plan = RunPlan(
        ArtefactKind.CONDITION,
        stage.name,
        stage.version,
        {
            "map": stage.settings(),
            "seen_by": [
                ContextCondition.version,
                DetailCondition.version,
                CoarseCondition.version,
                FineCondition.version,
            ],
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
        plan,
        scan.mpx + evidence_mpx(scan),
        lambda making: _survey(making, stage, weights, scan),
    )
    kind = ArtefactKind.CONDITION
    path = str(work.treatment.run_folder(kind, run_id) / RASTER)
    classes = work.treatment.value(kind, run_id)["classes"]
    return FoundDamage(
        labels=LookedUp(Stored(path, NUMBERS), np.array(classes, np.uint8)),
        confidence=Stored(path, _CONFIDENCE),
        run_id=run_id,
    )


@dataclass(frozen=True, slots=True)
class EvidenceInUse:
    """Why the condition map in use is as it is.

    Attributes
    ----------
    kept
        What networks and filters said.
    stage
        With which settings that was mapped.
    at_sensitivity
        How much would be mapped at other sensitivities.
    """

    kept: KeptEvidence
    stage: MapCondition
    at_sensitivity: tuple[SensitivityFigures, ...]


def evidence_of(treatment: Treatment, scan: ScanInUse) -> EvidenceInUse | None:
    """Evidence that the condition map in use rests on; None when damage was given."""
    kind = ArtefactKind.CONDITION
    run_id = treatment.current().get(kind)
    if run_id is None:
        return None
    made = treatment.manifest(kind, run_id)
    return EvidenceInUse(
        KeptEvidence.of(treatment.run_folder(kind, run_id), scan.raster),
        MapCondition.model_validate(made.settings["map"]),
        sensitivities_of(treatment),
    )


def sensitivities_of(treatment: Treatment) -> tuple[SensitivityFigures, ...]:
    """How much would be mapped at other sensitivities; empty when damage was given."""
    run_id = treatment.current().get(ArtefactKind.CONDITION)
    if run_id is None:
        return ()
    value = treatment.value(ArtefactKind.CONDITION, run_id)
    return tuple(SensitivityFigures(**one) for one in value[AT_SENSITIVITY])


def _survey(
    making: Making, stage: MapCondition, weights: ConditionWeights, scan: ScanInUse
) -> None:
    kept = see(making, weights, scan)
    counting = begin_counting(making.pool, stage, kept, scan)  # meanwhile
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
        {ArtefactKind.CONDITION: kept.joint},
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
    # By provisional numbers, as they stand in the store: nothing needs the final ones.
    classes = mapped_classes(shapes, scan.raster.pixel_size, stage)[final]
    told = [one.model_dump(mode="json") for one in counting.result()]
    write_value(making.folder, {"classes": classes.tolist(), AT_SENSITIVITY: told})

# SPDX-License-Identifier: Apache-2.0
"""Evidence of damage at the working scale: what networks and filters see in a scan."""

from dataclasses import dataclass

import numpy as np

from pellicle.engine.overview import overview
from pellicle.engine.readers import (
    Banded,
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
)
from pellicle.engine.workers import begin_task
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.io.weights_file import ConditionWeights
from pellicle.model.arrays import Array, Labels, Numbers
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.stages.condition.classical.classify import classify
from pellicle.stages.condition.classical.coarse import CoarseCondition
from pellicle.stages.condition.classical.evidence import (
    CoarseEvidence,
    Overview,
    overview_factor,
)
from pellicle.stages.condition.classical.fine import FineCondition
from pellicle.stages.condition.joint import Backing, believed
from pellicle.stages.condition.network import (
    CONTEXT_CHANNELS,
    CONTEXT_STEP,
    ContextCondition,
    DetailCondition,
    ReduceScan,
    working_factor,
    working_raster,
)
from pellicle.workflow.evidence_kept import KeptEvidence
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.work import Making

_CONTEXT = "context"
_CONTEXT_RASTER = "context.zarr"
_FILTERS_RASTER = "filters.zarr"
_WORKING_RASTER, _SAMPLES = "working.zarr", "samples"
_CANDIDATES, _CONFIDENCE = "candidates", "confidence"
_CONTEXT_TILE_PX, _FILTERS_TILE_PX, _DETAIL_TILE_PX = 640, 1280, 1280
"""Largest sides of tiles, without halo. With it the layers of the context network take
0.54 GB, those of the detail network 0.34 GB."""
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class _Filtered:
    """Regions that filters found.

    Attributes
    ----------
    numbers
        (h, w) uint32, provisional numbers.
    confidence
        (h, w) uint8.
    classes, final
        Damage class and final number of each provisional one.
    """

    numbers: PlaneReader
    confidence: PlaneReader
    classes: Labels
    final: Numbers


def evidence_mpx(scan: ScanInUse) -> float:
    """Megapixels that making the evidence goes over, for progress."""
    factor = working_factor(scan.raster.pixel_size)
    working = working_raster(scan.raster, factor).pixel_count / 1e6
    return working * (2 + CONTEXT_STEP**-2 + (factor > 1))


def see(making: Making, weights: ConditionWeights, scan: ScanInUse) -> KeptEvidence:
    """Run both networks and the filters; keep what each says.

    A scan without features has no damage that could be told from paint.
    """
    kept = KeptEvidence.of(making.folder, scan.raster)
    _see(making, weights, scan, kept)
    for name in (_CONTEXT_RASTER, _FILTERS_RASTER, _WORKING_RASTER):
        making.discard(making.folder / name)
    return kept


def _see(
    making: Making, weights: ConditionWeights, scan: ScanInUse, kept: KeptEvidence
) -> None:
    factor, working = kept.factor, kept.working
    store = kept.create()
    reduced = _reduced(making, scan, factor, working)
    # One task, while the other workers look around.
    looking = begin_task(
        making.pool, CoarseCondition.name, _coarse, _Whole(scan, reduced, working)
    )
    context = _context(making, weights, scan, reduced, working)
    coarse = looking.result()
    if coarse is None:
        return
    filtered = _by_filters(making, scan, reduced, working, coarse)
    making.even_tiles(_DETAIL_TILE_PX).run(
        DetailCondition(network=weights.detail, scan=scan.encoding),
        {ArtefactKind.SCAN: reduced, ArtefactKind.CONTEXT: context},
        working,
        store.write_networks,
    )
    # Not while tiles arrive: some may be there from an earlier attempt.
    backing = Backing(filtered.classes)
    for window in working.tiles(TILE_PX):
        backing.add(filtered.numbers.read(window), kept.networks_working.read(window))
    backed = LookedUp(filtered.numbers, backing.backed(filtered.final))
    for window in working.tiles(TILE_PX):
        found = believed(backed.read(window), filtered.confidence.read(window))
        store.write_filters(window, found)


def _reduced(
    making: Making, scan: ScanInUse, factor: int, working: RasterSpec
) -> PlaneReader:
    """The scan at the working scale, which is read again and again."""
    if factor == 1:
        return scan.samples
    path = making.folder / _WORKING_RASTER
    spec = PlaneSpec(scan.spec.dtype, scan.spec.bands)
    store = RasterStore.create(path, working.shape, {_SAMPLES: spec})
    making.tiles.run(
        ReduceScan(),
        {ArtefactKind.SCAN: Reduced(scan.samples, scan.raster.shape, factor)},
        working,
        lambda window, samples: store.write(_SAMPLES, window, samples),
    )
    return Stored(str(path), _SAMPLES)


def _context(
    making: Making,
    weights: ConditionWeights,
    scan: ScanInUse,
    reduced: PlaneReader,
    working: RasterSpec,
) -> PlaneReader:
    around = working_raster(working, CONTEXT_STEP)
    path = making.folder / _CONTEXT_RASTER
    store = RasterStore.create(
        path, around.shape, {_CONTEXT: PlaneSpec("uint8", CONTEXT_CHANNELS)}
    )
    making.even_tiles(_CONTEXT_TILE_PX).run(
        ContextCondition(network=weights.context, scan=scan.encoding),
        {ArtefactKind.SCAN: InBlocks(reduced, working.shape, CONTEXT_STEP)},
        around,
        lambda window, seen: store.write(_CONTEXT, window, seen),
    )
    return Repeated(Stored(str(path), _CONTEXT), CONTEXT_STEP)


def _by_filters(
    making: Making,
    scan: ScanInUse,
    reduced: PlaneReader,
    working: RasterSpec,
    coarse: CoarseEvidence,
) -> _Filtered:
    """What filters alone find, at the working scale."""
    path = making.folder / _FILTERS_RASTER
    planes = {
        _CANDIDATES: PlaneSpec("uint8"),
        _CONFIDENCE: PlaneSpec("uint8"),
        NUMBERS: PlaneSpec("uint32"),
    }
    store = RasterStore.create(path, working.shape, planes)

    def write(window: Window, found: Array) -> None:
        store.write(_CANDIDATES, window, found[:, :, 0])
        store.write(_CONFIDENCE, window, found[:, :, 1])

    stage = FineCondition(coarse=coarse, scan=scan.encoding)
    making.even_tiles(_FILTERS_TILE_PX).run(
        stage, {ArtefactKind.SCAN: reduced}, working, write
    )
    tiles = (
        RegionTile(
            window, store.read(_CANDIDATES, window), store.read(_CONFIDENCE, window)
        )
        for window in working.tiles(TILE_PX)
    )
    shapes, final = number_regions(tiles, working, store, TILE_PX)
    classes = classify(shapes, working.pixel_size, stage)[final]
    numbers, confidence = (Stored(str(path), name) for name in (NUMBERS, _CONFIDENCE))
    return _Filtered(numbers, confidence, classes, final)


@dataclass(frozen=True, slots=True)
class _Whole:
    """A scan, and itself at the working scale."""

    scan: ScanInUse
    reduced: PlaneReader
    working: RasterSpec


def _coarse(whole: _Whole) -> CoarseEvidence | None:
    """What filters see in the whole picture; None where it has no features."""
    scan, working = whole.scan, whole.working
    factor = overview_factor(working)
    means = np.rint(overview(whole.reduced, working, factor)).astype(scan.spec.dtype)
    by = working_factor(scan.raster.pixel_size)
    painting = Reduced(Banded(scan.painting), scan.raster.shape, by)
    inside = overview(painting, working, factor)[:, :, 0] > _MOSTLY
    seen = Overview(
        lab_d50=scan.encoding.lab_d50(means),
        factor=factor,
        pixel_size=PixelSize(working.pixel_size.um * factor),
        inside=None if inside.all() else inside,
    )
    return (
        None if seen.featureless else CoarseCondition().run({ArtefactKind.SCAN: seen})
    )

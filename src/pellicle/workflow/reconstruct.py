# SPDX-License-Identifier: Apache-2.0
"""Reconstruction: infill every selected place, or take a picture painted elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pellicle.engine.areas import ReadOnce
from pellicle.engine.places import Filled, PlaceInputs, PlaceRun
from pellicle.engine.readers import LookedUp, Overlaid, PlaneReader, Stored
from pellicle.engine.regions import NUMBERS, TILE_PX, RegionTile, number_regions
from pellicle.io.hashing import hash_of
from pellicle.io.scan_file import probe_scan, read_strips_like
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.decision import ChosenMethod
from pellicle.model.raster import RasterSpec
from pellicle.model.recolouring import Recolouring
from pellicle.model.reconstruction import EvidenceGrade, Infill, InfillMethod
from pellicle.model.record import Source
from pellicle.model.style import RetouchingStyle
from pellicle.stages.reconstruct.infill import PaintingInfill
from pellicle.treatment.folder import RASTER, Treatment, write_value
from pellicle.treatment.received import named_as_received
from pellicle.workflow.infill_networks import InfillNetworks
from pellicle.workflow.recolour import (
    SHORTFALL,
    SHORTFALL_SPEC,
    GlazeReach,
    glaze_rows,
    recolour_passages,
    recolouring_inputs,
)
from pellicle.workflow.references import (
    ReferenceInUse,
    ReferencesInUse,
    use_references,
)
from pellicle.workflow.regions import RegionsInUse, known_paint
from pellicle.workflow.scan import SAMPLES, ScanInUse
from pellicle.workflow.settings import configured
from pellicle.workflow.software import STEP_VERSIONS
from pellicle.workflow.work import Making, RunPlan, Work

_EVIDENCE = "evidence"
_OFFSETS = "offsets"
_REFERENCE = "reference"
_METHOD_CODES = {
    ChosenMethod.DIFFUSION: 1,
    ChosenMethod.PATCHES: 2,
    ChosenMethod.REFERENCE: 3,
    ChosenMethod.NETWORK: 4,
}
_METHODS = {
    EvidenceGrade.INTERPOLATED: InfillMethod.DIFFUSION,
    EvidenceGrade.COPIED: InfillMethod.PATCHES,
    EvidenceGrade.REFERENCE: InfillMethod.REFERENCE,
    EvidenceGrade.GENERATED: InfillMethod.NETWORK,
    EvidenceGrade.PAINTED: InfillMethod.PAINTED,
    EvidenceGrade.RECOLOURED: InfillMethod.RECOLOUR,
}


@dataclass(frozen=True, slots=True)
class ReconstructionInUse:
    """The reconstruction in use.

    Attributes
    ----------
    samples
        Dense: the scan, with new pixels where infilled.
    evidence
        `EvidenceGrade`, 0 where untouched.
    offsets
        int16 rows and columns from each copied pixel to the one it was copied from.
    infills
        By region number; regions of which no pixel could be infilled are left out.
    evidence_pixels
        Infilled pixels by grade.
    glazes
        By number of a recoloured region, how far a glaze can recolour it.
    mimetic
        The samples before styles, where these differ.
    styles
        By region number.
    style_run_id
        Empty when every infill is mimetic.
    reference_pixels
        By region number: its pixels by the number of the reference image they rest on.
    references
        Every reference image, used or not.
    """

    samples: PlaneReader
    evidence: Stored
    offsets: Stored
    infills: Mapping[int, Infill]
    evidence_pixels: Mapping[EvidenceGrade, int]
    run_id: str
    glazes: Mapping[int, GlazeReach] = field(default_factory=dict)
    mimetic: PlaneReader | None = None
    styles: Mapping[int, RetouchingStyle] = field(default_factory=dict)
    style_run_id: str = ""
    reference_pixels: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    references: ReferencesInUse = field(default_factory=ReferencesInUse)

    @property
    def inputs(self) -> dict[str, str]:
        """What names runs that rest on the picture as it is shown."""
        style = {"style": self.style_run_id} if self.style_run_id else {}
        return {"reconstruction": self.run_id, **style}


def reconstruct(
    work: Work,
    scan: ScanInUse,
    regions: RegionsInUse,
    infilled: Mapping[int, ChosenMethod | None],
    settings: Mapping[str, Any],
    networks: InfillNetworks,
    recoloured: Mapping[int, Recolouring],
) -> ReconstructionInUse:
    """Infill the regions named, each by the method asked for or the stage's choice.

    Parameters
    ----------
    infilled
        Region number to method; None lets the stage choose.
    settings
        Of the stage.
    networks
        Those that it uses; unused when the picture was painted elsewhere.
    recoloured
        Those of them that are recoloured instead; not when the picture was painted
        elsewhere.
    """
    treatment = work.treatment
    painted = treatment.source("reconstruction")
    stage = configured(
        PaintingInfill,
        settings,
        refiner=networks.refiner,
        painter=networks.painter,
        scan=scan.encoding if networks.painter else None,
    )
    recoloured = {} if painted else recoloured
    references = use_references(work, scan, regions, stage.reference_coarser_up_to_um)
    usable = references.usable
    ids = {region.number: region.id for region in regions.condition.regions}
    codes = {
        number: _METHOD_CODES.get(way, 0) if way and painted is None else 0
        for number, way in infilled.items()
    }
    asked = hash_of(sorted([ids[number], code] for number, code in codes.items()))
    inputs = {"scan": scan.source.sha256, "regions": regions.run_id, "infill": asked}
    inputs |= recolouring_inputs(regions, recoloured)
    if usable:
        inputs["references"] = references.run_id
    if painted is None:
        plan = RunPlan(
            ArtefactKind.RECONSTRUCTION,
            stage.name,
            stage.version,
            {**stage.settings(), "pixel_um": scan.raster.pixel_size.um},
            inputs,
        )
    else:
        inputs["painted"] = painted.sha256
        plan = RunPlan(
            ArtefactKind.RECONSTRUCTION, "painted", STEP_VERSIONS["painted"], {}, inputs
        )

    def make(making: Making) -> None:
        planes = {
            SAMPLES: PlaneSpec(scan.spec.dtype, scan.spec.bands),
            _EVIDENCE: PlaneSpec("uint8"),
            **({SHORTFALL: SHORTFALL_SPEC} if recoloured else {}),
            _OFFSETS: PlaneSpec("int16", 2),
        }
        if usable:
            planes[_REFERENCE] = PlaneSpec("uint8")
        shape = scan.raster.shape
        store = RasterStore.create(making.raster, shape, planes)
        asked_for = regions.where(dict.fromkeys(infilled.keys() - recoloured.keys(), 1))
        if painted is None:
            method = regions.where(codes)
            _infill(making, store, stage, scan, regions, asked_for, method, usable)
        else:
            _take_painted(making, store, treatment, painted, scan, asked_for)
        if recoloured:
            planes_made = SAMPLES, _EVIDENCE
            recolour_passages(making, store, planes_made, scan, regions, recoloured)
        _write_infills(making, store, regions, scan.raster, recoloured, usable)

    mpx = sum(regions.condition.regions[number - 1].pixels for number in infilled) / 1e6
    run_id = work.run(plan, mpx, make)
    made = reconstruction_in_use(treatment, scan, regions, run_id)
    return replace(made, references=references)


def _infill(
    making: Making,
    store: RasterStore,
    stage: PaintingInfill,
    scan: ScanInUse,
    regions: RegionsInUse,
    asked_for: PlaneReader,
    method: PlaneReader,
    references: Sequence[ReferenceInUse],
) -> None:
    # The places are found anew on each attempt: quick, and always the same.
    places_path = making.folder / "places.zarr"
    places = RasterStore.create(
        places_path, scan.raster.shape, {NUMBERS: PlaneSpec("uint32")}
    )
    tiles = (
        RegionTile(window, labels, labels)
        for window in scan.raster.tiles(TILE_PX)
        for labels in (asked_for.read(window),)
    )
    shapes, final = number_regions(tiles, scan.raster, places, TILE_PX)
    inputs = PlaceInputs(
        samples=scan.samples,
        numbers=LookedUp(Stored(str(places_path), NUMBERS), final),
        known=known_paint(scan, regions),
        method=method,
        references=tuple(one.picture for one in references if one.picture),
    )

    def write(made: tuple[Filled, ...]) -> None:
        _write_filled(store, made, [one.number for one in references])

    run = PlaceRun(making.pool, making.advance, making.ledger)
    run.run(stage, inputs, scan.raster, shapes, write)
    making.discard(places_path)


def _write_filled(
    store: RasterStore, made: tuple[Filled, ...], numbers: Sequence[int]
) -> None:
    made = tuple(part for part in made if part.filled.any())
    if not made:
        return
    windows = [part.window for part in made]
    samples = ReadOnce.covering(_Plane(store, SAMPLES), windows)
    evidence = ReadOnce.covering(_Plane(store, _EVIDENCE), windows)
    for part in made:
        samples.view(part.window)[part.filled] = part.samples[part.filled]
        evidence.view(part.window)[part.filled] = part.evidence[part.filled]
    store.write(SAMPLES, samples.area, samples.pixels)
    store.write(_EVIDENCE, evidence.area, evidence.pixels)
    _write_offsets(store, made)
    if numbers:
        _write_references(store, made, np.array([0, *numbers], np.uint8))


def _write_offsets(store: RasterStore, made: tuple[Filled, ...]) -> None:
    copied = [(part, part.offsets) for part in made if part.offsets is not None]
    if copied:
        windows = [part.window for part, _ in copied]
        plane = ReadOnce.covering(_Plane(store, _OFFSETS), windows)
        for part, offsets in copied:
            plane.view(part.window)[part.filled] = offsets[part.filled]
        store.write(_OFFSETS, plane.area, plane.pixels)


def _write_references(
    store: RasterStore, made: tuple[Filled, ...], numbers: Array
) -> None:
    """Write which reference image each pixel rests on, by its number in the record."""
    plane = ReadOnce.covering(_Plane(store, _REFERENCE), [p.window for p in made])
    for part in made:
        if part.reference is not None:
            taken = numbers[part.reference[part.filled]]
            plane.view(part.window)[part.filled] = taken
    store.write(_REFERENCE, plane.area, plane.pixels)


@dataclass(frozen=True, slots=True)
class _Plane:
    store: RasterStore
    name: str

    def read(self, window: Any) -> Any:
        return self.store.read(self.name, window)


def _take_painted(
    making: Making,
    store: RasterStore,
    treatment: Treatment,
    painted: Source,
    scan: ScanInUse,
    asked_for: PlaneReader,
) -> None:
    path = treatment.source_path(painted)
    with named_as_received(path, painted.received_as):
        file = probe_scan(path)
        strips = read_strips_like(file, scan.spec, scratch=treatment.cache)
        for window, samples in strips:
            inside = asked_for.read(window) != 0
            if inside.any():
                store.write(SAMPLES, window, samples * inside[:, :, None])
                grades = inside.astype(np.uint8) * np.uint8(EvidenceGrade.PAINTED)
                store.write(_EVIDENCE, window, grades)
            making.advance(np.count_nonzero(inside) / 1e6)


def _write_infills(
    making: Making,
    store: RasterStore,
    regions: RegionsInUse,
    raster: RasterSpec,
    recoloured: Mapping[int, Recolouring],
    references: Sequence[ReferenceInUse],
) -> None:
    grades = len(EvidenceGrade)
    last = max((one.number for one in references), default=0)
    shown = np.zeros((len(regions.condition.regions) + 1, last + 1), np.int64)
    counts = np.zeros((len(regions.condition.regions) + 1) * grades, np.int64)
    for window in raster.tiles(TILE_PX):
        evidence = store.read(_EVIDENCE, window)
        if evidence.any():
            numbers = regions.numbers.read(window).astype(np.int64)
            pairs = (numbers * grades + evidence).reshape(-1)
            counts += np.bincount(pairs, minlength=len(counts))
            if references:
                taken = store.read(_REFERENCE, window)
                pairs = (numbers * (last + 1) + taken).reshape(-1)
                shown += np.bincount(pairs, minlength=shown.size).reshape(shown.shape)
    table = counts.reshape(-1, grades)
    table[:, EvidenceGrade.UNTOUCHED] = 0
    rows = [
        [int(number), *map(int, table[number])]
        for number in np.flatnonzero(table.any(axis=1))
    ]
    glazes = {"glazes": glaze_rows(store, regions, recoloured)} if recoloured else {}
    value = {"pixels_by_grade": rows, **glazes}
    if references:
        shown[:, 0] = 0
        value["pixels_by_reference"] = [
            [int(number), *map(int, shown[number, 1:])]
            for number in np.flatnonzero(shown.any(axis=1))
        ]
    write_value(making.folder, value)


def reconstruction_in_use(
    treatment: Treatment, scan: ScanInUse, regions: RegionsInUse, run_id: str
) -> ReconstructionInUse:
    """Open a finished reconstruction."""
    kind = ArtefactKind.RECONSTRUCTION
    path = str(treatment.run_folder(kind, run_id) / RASTER)
    value = treatment.value(kind, run_id)
    rows = value["pixels_by_grade"]
    glazes = value.get("glazes", [])
    evidence = Stored(path, _EVIDENCE)
    infills = {}
    total = np.zeros(len(EvidenceGrade), np.int64)
    for number, *pixels in rows:
        total += pixels
        greatest = EvidenceGrade(int(np.argmax(pixels)))
        infills[number] = Infill(
            region_id=regions.condition.regions[number - 1].id,
            method=_METHODS[greatest],
            evidence=EvidenceGrade(int(np.flatnonzero(pixels)[-1])),
        )
    return ReconstructionInUse(
        samples=Overlaid(scan.samples, Stored(path, SAMPLES), evidence),
        evidence=evidence,
        offsets=Stored(path, _OFFSETS),
        infills=infills,
        evidence_pixels={
            grade: int(total[grade]) for grade in EvidenceGrade if total[grade]
        },
        run_id=run_id,
        glazes={int(number): GlazeReach(*reach) for number, *reach in glazes},
        reference_pixels={
            number: {at: n for at, n in enumerate(pixels, start=1) if n}
            for number, *pixels in value.get("pixels_by_reference", [])
        },
    )

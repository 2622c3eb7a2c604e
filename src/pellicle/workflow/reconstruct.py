# SPDX-License-Identifier: Apache-2.0
"""Reconstruction: infill every selected place, or take a picture painted elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pellicle.engine.places import Filled, PlaceInputs, PlaceRun
from pellicle.engine.readers import LookedUp, Overlaid, PlaneReader, Stored
from pellicle.engine.regions import NUMBERS, TILE_PX, RegionTile, number_regions
from pellicle.io.hashing import hash_of
from pellicle.io.scan_file import probe_scan, read_strips_like
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.artefact import ArtefactKind
from pellicle.model.candidate import Candidate
from pellicle.model.decision import ChosenMethod
from pellicle.model.infill_plan import PlannedInfill
from pellicle.model.recolouring import Recolouring
from pellicle.model.reconstruction import (
    CopiedFrom,
    EvidenceGrade,
    Infill,
    InfillMethod,
)
from pellicle.model.record import Source
from pellicle.model.style import RetouchingStyle
from pellicle.stages.reconstruct.infill import PaintingInfill
from pellicle.stages.reconstruct.plan import end_in_words, reason_in_words
from pellicle.treatment.folder import RASTER, Treatment, write_value
from pellicle.treatment.received import named_as_received
from pellicle.workflow.candidate_infill import CandidateInfill, candidate_inputs
from pellicle.workflow.infill_plan import (
    left_unasked,
    plan_regions,
    plan_rows,
    plans_of,
)
from pellicle.workflow.infilled import (
    EVIDENCE,
    OFFSETS,
    copied_from,
    planes_of,
    region_sums,
    write_filled,
)
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
from pellicle.workflow.region_facts import PlanSources
from pellicle.workflow.regions import RegionsInUse, known_paint
from pellicle.workflow.scan import SAMPLES, ScanInUse
from pellicle.workflow.selection import RegionDecision
from pellicle.workflow.software import STEP_VERSIONS
from pellicle.workflow.work import Making, RunPlan, Work

NO_CANDIDATES: Mapping[int, Candidate] = {}
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
    plans
        By region number: how it was to be infilled, and what that rests on. Not of what
        was painted or recoloured.
    copied_from
        By region number: where its copied pixels are from.
    left
        By region number: why it was not to be infilled at all.
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
    plans: Mapping[int, PlannedInfill] = field(default_factory=dict)
    copied_from: Mapping[int, CopiedFrom] = field(default_factory=dict)
    left: Mapping[int, str] = field(default_factory=dict)

    def reason(self, number: int, said: RegionDecision) -> str:
        """Why a region is infilled as it is, or is not; empty if that was not asked."""
        if number in self.left:
            return self.left[number]
        infill = self.infills.get(number)
        became = infill.method if infill else None
        if number in self.plans:
            return reason_in_words(
                self.plans[number],
                became,
                copied=number in self.copied_from,
                asked=said.infill_in_words,
            )
        return end_in_words(became) if became else ""

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
    stage: PaintingInfill,
    recoloured: Mapping[int, Recolouring],
    chosen: Mapping[int, Candidate] = NO_CANDIDATES,
) -> ReconstructionInUse:
    """Infill the regions named, each by the method asked for or as planned.

    Parameters
    ----------
    infilled
        Region number to method; None lets the stage choose.
    stage
        With its settings and networks; unused when the picture was painted elsewhere.
    recoloured
        Those of them that are recoloured instead; not when the picture was painted
        elsewhere.
    chosen
        Candidates that persons chose, by region number; not when the picture was
        painted elsewhere. The other regions stay as they are without.
    """
    treatment = work.treatment
    painted = treatment.source("reconstruction")
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
    infill = CandidateInfill(stage, scan, regions, usable)
    chosen = infill.those_possible(work, {} if painted else chosen)
    inputs |= candidate_inputs(ids, chosen)
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
        planes = planes_of(scan, usable)
        if recoloured:
            planes[SHORTFALL] = SHORTFALL_SPEC
        shape = scan.raster.shape
        store = RasterStore.create(making.raster, shape, planes)
        filled = infilled.keys() - recoloured.keys()
        asked_for = regions.where(dict.fromkeys(filled, 1))
        plans: dict[int, PlannedInfill] = {}
        if painted is None:
            diffusion_px = stage.diffusion_px(scan.raster.pixel_size)
            sources = PlanSources.of(scan, regions, asked_for, diffusion_px, usable)
            filling = regions.among(filled)
            plans = plan_regions(
                making.pool, sources, filling, painted=stage.painter is not None
            )
            left = left_unasked(plans, {n for n, code in codes.items() if code})
            wanted = regions.where(dict.fromkeys(set(filled) - set(left), 1))
            method = regions.where(codes)
            _infill(making, store, stage, scan, regions, wanted, method, usable)
            infill.make_chosen(work, making, store, chosen)
        else:
            _take_painted(making, store, treatment, painted, scan, asked_for)
        if recoloured:
            planes_made = SAMPLES, EVIDENCE
            recolour_passages(making, store, planes_made, scan, regions, recoloured)
        _write_value(making, store, regions, recoloured, usable, plans)

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
    wanted: PlaneReader,
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
        for labels in (wanted.read(window),)
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
        write_filled(store, made, [one.number for one in references])

    run = PlaceRun(making.pool, making.advance, making.ledger)
    run.run(stage, inputs, scan.raster, shapes, write)
    making.discard(places_path)


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
                store.write(EVIDENCE, window, grades)
            making.advance(np.count_nonzero(inside) / 1e6)


def _write_value(
    making: Making,
    store: RasterStore,
    regions: RegionsInUse,
    recoloured: Mapping[int, Recolouring],
    references: Sequence[ReferenceInUse],
    plans: Mapping[int, PlannedInfill],
) -> None:
    last = max((one.number for one in references), default=0)
    sums = region_sums(store, regions, regions.condition.raster, last)
    glazes = {"glazes": glaze_rows(store, regions, recoloured)} if recoloured else {}
    write_value(making.folder, {"plan": plan_rows(plans), **sums, **glazes})


def reconstruction_in_use(
    treatment: Treatment, scan: ScanInUse, regions: RegionsInUse, run_id: str
) -> ReconstructionInUse:
    """Open a finished reconstruction."""
    kind = ArtefactKind.RECONSTRUCTION
    path = str(treatment.run_folder(kind, run_id) / RASTER)
    value = treatment.value(kind, run_id)
    rows = value["pixels_by_grade"]
    glazes = value.get("glazes", [])
    evidence = Stored(path, EVIDENCE)
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
        offsets=Stored(path, OFFSETS),
        infills=infills,
        evidence_pixels={
            grade: int(total[grade]) for grade in EvidenceGrade if total[grade]
        },
        run_id=run_id,
        plans=plans_of(value["plan"]),
        copied_from=copied_from(value["copied_from"]),
        glazes={int(number): GlazeReach(*reach) for number, *reach in glazes},
        reference_pixels={
            number: {at: n for at, n in enumerate(pixels, start=1) if n}
            for number, *pixels in value.get("pixels_by_reference", [])
        },
    )

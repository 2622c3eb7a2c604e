# SPDX-License-Identifier: Apache-2.0
"""Regions: what counts as damage once files, outline and decisions are added."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from pellicle.engine.areas import ReadLately
from pellicle.engine.readers import LookedUp, PlaneReader, Stored
from pellicle.engine.regions import (
    NUMBERS,
    TILE_PX,
    RegionTile,
    number_regions,
    renumber,
)
from pellicle.errors import NothingKnownError
from pellicle.io.area_file import read_damage_strips
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array, Labels, Mask
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import (
    ConditionMap,
    DamageClass,
    Region,
    RegionOrigin,
)
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.record import Source
from pellicle.raster.regions import RegionShape, region_id
from pellicle.treatment.folder import RASTER, Treatment, write_value
from pellicle.treatment.received import named_as_received
from pellicle.workflow.found import FoundDamage
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.software import STEP_VERSIONS
from pellicle.workflow.work import Making, RunPlan, Work

STEP = "regions"
LABELS = "labels"
_GIVEN = "given"
_CERTAIN = 255
_GIVEN_LABEL = 16
"""Added to the class of given pixels: they join with none that were found."""


@dataclass(frozen=True, slots=True)
class RegionsInUse:
    """The condition map in use.

    Attributes
    ----------
    basis
        By region, with corrections only: number of the region it is, or is left of,
        before persons corrected the map; or, counted on from the last of those, the
        place of the person's own among them.
    """

    condition: ConditionMap
    labels: PlaneReader
    numbers: PlaneReader
    run_id: str
    basis: tuple[int, ...] = ()

    @property
    def read_lately(self) -> "RegionsInUse":
        """The same, for many small windows one after the other; in this process."""
        return replace(self, numbers=ReadLately(self.numbers, self.condition.raster))

    def lookup(self, values: Mapping[int, int]) -> Array:
        """Table for `LookedUp`: uint8 value of each region number, else 0."""
        table = np.zeros(len(self.condition.regions) + 1, np.uint8)
        for number, value in values.items():
            table[number] = value
        return table

    def among(self, numbers: Iterable[int]) -> tuple[Region, ...]:
        """Regions by their numbers, in order of these."""
        every = self.condition.regions
        return tuple(every[number - 1] for number in sorted(numbers))

    def where(self, values: Mapping[int, int]) -> LookedUp:
        """Plane that holds a value on the pixels of each region named."""
        return LookedUp(self.numbers, self.lookup(values))


def compose_regions(work: Work, scan: ScanInUse, found: FoundDamage) -> RegionsInUse:
    """Join what was found and what files give, where the painting may be changed.

    What is given stands over what was found; the two are never one region.

    Raises
    ------
    NothingKnownError
        If no intact paint is left.
    """
    treatment = work.treatment
    given = _given(treatment)
    plan = RunPlan(
        ArtefactKind.REGIONS,
        STEP,
        STEP_VERSIONS[STEP],
        {},
        region_inputs(treatment, scan, found),
    )

    def make(making: Making) -> None:
        store = new_region_store(making, scan)
        if given is not None:
            path = treatment.source_path(given)
            with named_as_received(path, given.received_as):
                for window, labels in read_damage_strips(
                    path, scan.raster, scratch=treatment.cache
                ):
                    store.write(_GIVEN, window, labels)
        tiles = _tiles(making, store, scan, found)
        shapes = number_in_store(store, scan, tiles)
        rows = [
            region_row(
                shape,
                shape.label % _GIVEN_LABEL,
                RegionOrigin.FOUND
                if shape.label < _GIVEN_LABEL
                else RegionOrigin.GIVEN,
            )
            for shape in shapes
        ]
        write_value(making.folder, {"regions": rows, "basis": []})

    run_id = work.run(plan, scan.mpx, make)
    return regions_in_use(treatment, scan, run_id)


def _given(treatment: Treatment) -> Source | None:
    return treatment.source("damage") or treatment.source("damage-adds")


def region_inputs(
    treatment: Treatment, scan: ScanInUse, found: FoundDamage
) -> dict[str, str]:
    """What every condition map rests on."""
    inputs = {"scan": scan.run_id, "condition": found.run_id}
    given = _given(treatment)
    return inputs if given is None else {**inputs, "given": given.sha256}


def new_region_store(making: Making, scan: ScanInUse) -> RasterStore:
    """Empty planes of a condition map."""
    planes = {
        LABELS: PlaneSpec("uint8"),
        NUMBERS: PlaneSpec("uint32"),
        _GIVEN: PlaneSpec("uint8"),
    }
    return RasterStore.create(making.raster, scan.raster.shape, planes)


def number_in_store(
    store: RasterStore, scan: ScanInUse, tiles: Iterator[RegionTile]
) -> tuple[RegionShape, ...]:
    """Number the regions of a map in its own store.

    Raises
    ------
    NothingKnownError
        If no intact paint is left.
    """
    shapes, final = number_regions(tiles, scan.raster, store, TILE_PX)
    if shapes.pixels.sum() >= scan.painting_pixels:
        raise NothingKnownError(100.0)
    renumber(store, scan.raster, final)
    return tuple(shapes)


def _tiles(
    making: Making, store: RasterStore, scan: ScanInUse, found: FoundDamage
) -> Iterator[RegionTile]:
    for window in scan.raster.tiles(TILE_PX):
        given = store.read(_GIVEN, window)
        labels = np.where(given != 0, given, found.labels.read(window))
        confidence: Labels = found.confidence.read(window)
        confidence = np.where(given != 0, np.uint8(_CERTAIN), confidence)
        labels[out_of_bounds(scan, window)] = DamageClass.UNMAPPED
        if labels.any():
            store.write(LABELS, window, labels)
        making.advance(labels.size / 1e6)
        joined = labels + np.uint8(_GIVEN_LABEL) * ((given != 0) & (labels != 0))
        yield RegionTile(window, joined, confidence)


def out_of_bounds(scan: ScanInUse, window: Window) -> Mask:
    """Where nothing may be changed: beside the painting, and protected places."""
    painting = scan.painting.read(window) != 0
    out: Mask = ~painting | (scan.protected.read(window) != 0)
    return out


def region_row(
    shape: RegionShape, damage_class: int, origin: RegionOrigin, *, said: bool = False
) -> list[int | float | str]:
    """One region as a run keeps it; `said` if a person said its class or outline."""
    window = shape.window
    certain = said or origin is not RegionOrigin.FOUND
    return [
        shape.number,
        region_id(shape, damage_class),
        int(damage_class),
        window.top,
        window.left,
        window.bottom,
        window.right,
        shape.pixels,
        1.0 if certain else round(shape.confidence, 4),
        origin,
    ]


def regions_in_use(treatment: Treatment, scan: ScanInUse, run_id: str) -> RegionsInUse:
    """Open a finished condition map."""
    value = treatment.value(ArtefactKind.REGIONS, run_id)
    path = str(treatment.run_folder(ArtefactKind.REGIONS, run_id) / RASTER)
    regions = tuple(_region(row, scan.raster) for row in value["regions"])
    return RegionsInUse(
        ConditionMap(scan.raster, regions),
        Stored(path, LABELS),
        Stored(path, NUMBERS),
        run_id,
        tuple(value["basis"]),
    )


def _region(row: list[int | float | str], raster: RasterSpec) -> Region:
    number, name, label, top, left, bottom, right, pixels, confidence, origin = row
    return Region(
        number=int(number),
        id=str(name),
        damage_class=DamageClass(int(label)),
        window=Window(int(top), int(left), int(bottom), int(right)),
        pixels=int(pixels),
        area_mm2=int(pixels) * raster.pixel_size.area_mm2,
        confidence=float(confidence),
        origin=RegionOrigin(str(origin)),
    )


def known_paint(scan: ScanInUse, regions: RegionsInUse) -> PlaneReader:
    """Plane that is not 0 where the surface is intact paint."""
    return _IntactPaint(scan.painting, regions.labels)


@dataclass(frozen=True, slots=True)
class _IntactPaint:
    painting: PlaneReader
    labels: PlaneReader

    def read(self, window: Window) -> Array:
        """(h, w) uint8, 1 on painting with no damage mapped."""
        painting = self.painting.read(window) != 0
        intact: Array = painting & (self.labels.read(window) == 0)
        return intact.astype(np.uint8)

# SPDX-License-Identifier: Apache-2.0
"""Regions: what counts as damage once files, outline and decisions are added."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

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
from pellicle.model.arrays import Array, Labels
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import (
    ConditionMap,
    DamageClass,
    Region,
    RegionOrigin,
)
from pellicle.model.decision import Decision
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.polygons import rasterise
from pellicle.raster.regions import RegionShape, region_id
from pellicle.treatment.folder import RASTER, Treatment, write_value
from pellicle.workflow.found import FoundDamage
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.work import Making, RunPlan, Work

_VERSION = 1
_LABELS = "labels"
_GIVEN = "given"
_CERTAIN = 255


@dataclass(frozen=True, slots=True)
class RegionsInUse:
    """The condition map in use."""

    condition: ConditionMap
    labels: Stored
    numbers: Stored
    run_id: str

    def lookup(self, values: Mapping[int, int]) -> Array:
        """Table for `LookedUp`: uint8 value of each region number, else 0."""
        table = np.zeros(len(self.condition.regions) + 1, np.uint8)
        for number, value in values.items():
            table[number] = value
        return table

    def where(self, values: Mapping[int, int]) -> LookedUp:
        """Plane that holds a value on the pixels of each region named."""
        return LookedUp(self.numbers, self.lookup(values))


def compose_regions(
    work: Work, scan: ScanInUse, found: FoundDamage, persons: Sequence[Decision] = ()
) -> RegionsInUse:
    """Join what was found, what files give, and what persons drew.

    Parameters
    ----------
    persons
        Decisions about regions that are found no more: their outlines stand as
        regions of their own, over whatever is there.

    Raises
    ------
    NothingKnownError
        If no intact paint is left.
    """
    treatment = work.treatment
    given = treatment.source("damage") or treatment.source("damage-adds")
    inputs = {"scan": scan.run_id, "condition": found.run_id}
    if given is not None:
        inputs["given"] = given.sha256
    settings = {
        "persons": [
            {"class": decision.damage_class, "polygons": decision.polygons}
            for decision in persons
        ]
    }
    plan = RunPlan(ArtefactKind.REGIONS, "regions", _VERSION, settings, inputs)
    given_path = None if given is None else treatment.source_path(given)

    def make(making: Making) -> None:
        planes = {
            _LABELS: PlaneSpec("uint8"),
            NUMBERS: PlaneSpec("uint32"),
            _GIVEN: PlaneSpec("uint8"),
        }
        store = RasterStore.create(making.raster, scan.raster.shape, planes)
        if given_path is not None:
            for window, labels in read_damage_strips(
                given_path, scan.raster, scratch=treatment.cache
            ):
                store.write(_GIVEN, window, labels)
        tiles = _tiles(making, store, scan, found, persons)
        shapes, final = number_regions(tiles, scan.raster, store, TILE_PX)
        damaged_pixels = sum(shape.pixels for shape in shapes)
        if damaged_pixels >= scan.painting_pixels:
            raise NothingKnownError(100.0)
        renumber(store, scan.raster, final)
        write_value(making.folder, {"regions": [_row(shape) for shape in shapes]})

    run_id = work.run(plan, scan.mpx, make)
    return regions_in_use(treatment, scan, run_id)


def _tiles(
    making: Making,
    store: RasterStore,
    scan: ScanInUse,
    found: FoundDamage,
    persons: Sequence[Decision],
) -> Iterator[RegionTile]:
    for window in scan.raster.tiles(TILE_PX):
        labels: Labels = found.labels.read(window)
        confidence: Labels = found.confidence.read(window)
        given = store.read(_GIVEN, window)
        for decision in persons:
            given[rasterise(decision.rings, window)] = decision.damage_class
        labels = np.where(given != 0, given, labels)
        confidence = np.where(given != 0, np.uint8(_CERTAIN), confidence)
        labels[scan.painting.read(window) == 0] = DamageClass.UNMAPPED
        labels[scan.protected.read(window) != 0] = DamageClass.UNMAPPED
        if labels.any():
            store.write(_LABELS, window, labels)
        making.advance(labels.size / 1e6)
        yield RegionTile(window, labels, confidence, (given != 0) & (labels != 0))


def _row(shape: RegionShape) -> list[int | float | str]:
    given = shape.given_pixels > 0
    window = shape.window
    return [
        shape.number,
        region_id(shape, shape.label),
        shape.label,
        window.top,
        window.left,
        window.bottom,
        window.right,
        shape.pixels,
        1.0 if given else round(shape.confidence, 4),
        RegionOrigin.GIVEN if given else RegionOrigin.FOUND,
    ]


def regions_in_use(treatment: Treatment, scan: ScanInUse, run_id: str) -> RegionsInUse:
    """Open a finished condition map."""
    rows = treatment.value(ArtefactKind.REGIONS, run_id)["regions"]
    path = str(treatment.run_folder(ArtefactKind.REGIONS, run_id) / RASTER)
    regions = tuple(_region(row, scan.raster) for row in rows)
    return RegionsInUse(
        ConditionMap(scan.raster, regions),
        Stored(path, _LABELS),
        Stored(path, NUMBERS),
        run_id,
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

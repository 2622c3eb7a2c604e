# SPDX-License-Identifier: Apache-2.0
"""The condition map as persons correct it: relabelled, removed, added, redrawn.

Job: lay what persons have said over what was found and given.
Not here: what they have said (`selection.py`), the map before that (`regions.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from pellicle.engine.regions import TILE_PX, RegionTile
from pellicle.io.hashing import hash_of
from pellicle.io.store import RasterStore
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass, RegionOrigin
from pellicle.model.decision import Polygons, as_rings
from pellicle.model.raster import Window
from pellicle.raster.polygons import polygon_bounds, rasterise
from pellicle.treatment.folder import write_value
from pellicle.workflow.found import FoundDamage
from pellicle.workflow.regions import (
    LABELS,
    STEP,
    RegionsInUse,
    new_region_store,
    number_in_store,
    out_of_bounds,
    region_inputs,
    region_row,
    regions_in_use,
)
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.software import STEP_VERSIONS
from pellicle.workflow.work import Making, RunPlan, Work


@dataclass(frozen=True, slots=True)
class OwnOutline:
    """A region whose outline is a person's.

    Attributes
    ----------
    number
        Of the region that it takes the place of, or counted on from the last.
    polygons
        As in `Decision`.
    """

    number: int
    damage_class: DamageClass
    origin: RegionOrigin
    polygons: Polygons


@dataclass(frozen=True, slots=True)
class Corrections:
    """What persons have said is otherwise than it was found or given.

    Attributes
    ----------
    relabelled
        Class by region number; `UNMAPPED` takes the region off the map.
    outlines
        Laid over whatever is there, the last one uppermost.
    """

    relabelled: Mapping[int, DamageClass]
    outlines: tuple[OwnOutline, ...]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.relabelled or self.outlines)


def correct_regions(
    work: Work,
    scan: ScanInUse,
    found: FoundDamage,
    before: RegionsInUse,
    corrections: Corrections,
) -> RegionsInUse:
    """Relabel regions, take some off the map, and lay persons' own over all.

    Each stays a region of its own, whatever class touches it.

    Parameters
    ----------
    before
        The condition map without corrections.

    Raises
    ------
    NothingKnownError
        If no intact paint is left.
    """
    relabelled, outlines = corrections.relabelled, corrections.outlines
    plan = RunPlan(
        ArtefactKind.REGIONS,
        STEP,
        STEP_VERSIONS[STEP],
        {"persons": len(outlines), "relabelled": len(relabelled)},
        {
            **region_inputs(work.treatment, scan, found),
            "before": before.run_id,
            "persons": corrections_hash(corrections),
        },
    )
    classes, origins = _with_corrections(before, corrections)
    certain = {*relabelled, *(outline.number for outline in outlines)}

    def make(making: Making) -> None:
        store = new_region_store(making, scan)
        by_label = np.array(classes, np.uint8)
        tiles = _tiles_with(making, store, scan, found, before, corrections, by_label)
        shapes = number_in_store(store, scan, tiles)
        rows = [
            region_row(
                shape,
                classes[shape.label],
                origins[shape.label],
                said=shape.label in certain,
            )
            for shape in shapes
        ]
        basis = [shape.label for shape in shapes]
        write_value(making.folder, {"regions": rows, "basis": basis})

    run_id = work.run(plan, scan.mpx, make)
    return regions_in_use(work.treatment, scan, run_id)


def corrections_hash(corrections: Corrections) -> str:
    """Hash of all that corrections say."""
    outlines = [
        [one.number, one.damage_class, one.origin, one.polygons]
        for one in corrections.outlines
    ]
    return hash_of([sorted(corrections.relabelled.items()), outlines])


def _with_corrections(
    before: RegionsInUse, corrections: Corrections
) -> tuple[list[int], list[RegionOrigin]]:
    """Class and origin by number; of 0, and of numbers not used, nothing."""
    regions = before.condition.regions
    last = max([len(regions), *(one.number for one in corrections.outlines)])
    classes = [int(DamageClass.UNMAPPED)] * (last + 1)
    origins = [RegionOrigin.FOUND] * (last + 1)
    for region in regions:
        said = corrections.relabelled.get(region.number, region.damage_class)
        classes[region.number] = said
        origins[region.number] = region.origin
    for outline in corrections.outlines:
        classes[outline.number] = outline.damage_class
        origins[outline.number] = outline.origin
    return classes, origins


def _tiles_with(
    making: Making,
    store: RasterStore,
    scan: ScanInUse,
    found: FoundDamage,
    before: RegionsInUse,
    corrections: Corrections,
    classes: Array,
) -> Iterator[RegionTile]:
    drawn = [_Drawn.of(outline) for outline in corrections.outlines]
    kept = np.arange(len(before.condition.regions) + 1, dtype=np.uint32)
    kept[classes[: len(kept)] == DamageClass.UNMAPPED] = 0
    kept[[one.number for one in drawn if one.number < len(kept)]] = 0
    for window in scan.raster.tiles(TILE_PX):
        numbers = kept[before.numbers.read(window)]
        for one in drawn:
            if not one.bounds.within(window).empty:
                numbers[rasterise(one.rings, window)] = one.number
        numbers[out_of_bounds(scan, window)] = 0
        if numbers.any():
            store.write(LABELS, window, classes[numbers])
        making.advance(numbers.size / 1e6)
        yield RegionTile(window, numbers, found.confidence.read(window))


@dataclass(frozen=True, slots=True)
class _Drawn:
    number: int
    rings: list[list[Array]]
    bounds: Window

    @classmethod
    def of(cls, outline: OwnOutline) -> "_Drawn":
        rings = as_rings(outline.polygons)
        return cls(outline.number, rings, polygon_bounds(rings))

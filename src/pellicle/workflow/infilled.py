# SPDX-License-Identifier: Apache-2.0
"""Planes of a reconstruction: written place by place, summed up region by region.

Job: where new pixels go, and what each region came to be made of.
Not here: making the pixels (`reconstruct.py`, `candidate_infill.py`).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pellicle.engine.areas import ReadOnce
from pellicle.engine.places import Filled
from pellicle.engine.readers import PlaneReader
from pellicle.engine.regions import TILE_PX
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array
from pellicle.model.condition import Region
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.reconstruction import CopiedFrom, EvidenceGrade
from pellicle.raster.offset_counts import OffsetCounts
from pellicle.workflow.references import ReferenceInUse
from pellicle.workflow.regions import RegionsInUse
from pellicle.workflow.scan import SAMPLES, ScanInUse

EVIDENCE = "evidence"
OFFSETS = "offsets"
REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class PlaneOf:
    """One plane of a store that is being written."""

    store: RasterStore
    name: str

    def read(self, window: Window) -> Array:
        """Pixels as written so far."""
        return self.store.read(self.name, window)


def planes_of(
    scan: ScanInUse, references: Sequence[ReferenceInUse]
) -> dict[str, PlaneSpec]:
    """Planes that places are written to."""
    planes = {
        SAMPLES: PlaneSpec(scan.spec.dtype, scan.spec.bands),
        EVIDENCE: PlaneSpec("uint8"),
        OFFSETS: PlaneSpec("int16", 2),
    }
    if references:
        planes[REFERENCE] = PlaneSpec("uint8")
    return planes


def write_filled(
    store: RasterStore, made: tuple[Filled, ...], numbers: Sequence[int]
) -> None:
    """Write the pixels of places.

    Parameters
    ----------
    numbers
        Of the reference images in the record, in the order the places got them.
    """
    made = tuple(part for part in made if part.filled.any())
    if not made:
        return
    windows = [part.window for part in made]
    samples = ReadOnce.covering(PlaneOf(store, SAMPLES), windows)
    evidence = ReadOnce.covering(PlaneOf(store, EVIDENCE), windows)
    for part in made:
        samples.view(part.window)[part.filled] = part.samples[part.filled]
        evidence.view(part.window)[part.filled] = part.evidence[part.filled]
    store.write(SAMPLES, samples.area, samples.pixels)
    store.write(EVIDENCE, evidence.area, evidence.pixels)
    _write_offsets(store, made)
    if numbers:
        _write_references(store, made, np.array([0, *numbers], np.uint8))


def _write_offsets(store: RasterStore, made: tuple[Filled, ...]) -> None:
    copied = [(part, part.offsets) for part in made if part.offsets is not None]
    if copied:
        windows = [part.window for part, _ in copied]
        plane = ReadOnce.covering(PlaneOf(store, OFFSETS), windows)
        for part, offsets in copied:
            plane.view(part.window)[part.filled] = offsets[part.filled]
        store.write(OFFSETS, plane.area, plane.pixels)


def _write_references(
    store: RasterStore, made: tuple[Filled, ...], numbers: Array
) -> None:
    """Write which reference image each pixel rests on, by its number in the record."""
    plane = ReadOnce.covering(PlaneOf(store, REFERENCE), [p.window for p in made])
    for part in made:
        if part.reference is not None:
            taken = numbers[part.reference[part.filled]]
            plane.view(part.window)[part.filled] = taken
    store.write(REFERENCE, plane.area, plane.pixels)


def clear_region(
    store: RasterStore,
    planes: Iterable[str],
    numbers: PlaneReader,
    region: int,
    made: tuple[Filled, ...],
) -> None:
    """Take back what was written on a region's pixels in the windows of places."""
    for part in made:
        inside = numbers.read(part.window) == region
        for name in planes:
            pixels = store.read(name, part.window)
            pixels[inside] = 0
            store.write(name, part.window, pixels)


def region_sha256(store: RasterStore, numbers: PlaneReader, region: Region) -> str:
    """Hash of the infilled samples of a region, in reading order."""
    digest = hashlib.sha256()
    for strip in _strips(region.window):
        inside = numbers.read(strip) == region.number
        inside &= store.read(EVIDENCE, strip) != 0
        digest.update(
            np.ascontiguousarray(store.read(SAMPLES, strip)[inside]).tobytes()
        )
    return digest.hexdigest()


def region_grades(
    store: RasterStore, numbers: PlaneReader, region: Region
) -> frozenset[EvidenceGrade]:
    """Evidence grades among the infilled pixels of a region."""
    found: set[EvidenceGrade] = set()
    for strip in _strips(region.window):
        inside = numbers.read(strip) == region.number
        grades = np.unique(store.read(EVIDENCE, strip)[inside])
        found.update(map(EvidenceGrade, grades.tolist()))
    return frozenset(found - {EvidenceGrade.UNTOUCHED})


def _strips(window: Window) -> Iterator[Window]:
    for top in range(window.top, window.bottom, TILE_PX):
        yield Window(top, window.left, top + TILE_PX, window.right).within(window)


def region_sums(
    store: RasterStore, regions: RegionsInUse, raster: RasterSpec, last_reference: int
) -> dict[str, Any]:
    """What the pixels of each region came to be made of, as JSON.

    Returns
    -------
    sums
        `pixels_by_grade`: rows of region number and pixels by evidence grade;
        `pixels_by_reference`, with references only: the same by their number, from 1;
        `copied_from`: a `CopiedFrom` for each region with copied pixels.
    """
    grades = len(EvidenceGrade)
    every = regions.condition.regions
    count = len(every) + 1
    bottoms = np.array([0, *(region.window.bottom for region in every)])
    shown = np.zeros((count, last_reference + 1), np.int64)
    counts = np.zeros(count * grades, np.int64)
    offsets = OffsetCounts()
    copied: dict[int, CopiedFrom] = {}
    for window in raster.tiles(TILE_PX):
        evidence = store.read(EVIDENCE, window)
        if evidence.any():
            numbers = regions.numbers.read(window).astype(np.int64)
            pairs = (numbers * grades + evidence).reshape(-1)
            counts += np.bincount(pairs, minlength=len(counts))
            if last_reference:
                taken = store.read(REFERENCE, window)
                pairs = (numbers * (last_reference + 1) + taken).reshape(-1)
                shown += np.bincount(pairs, minlength=shown.size).reshape(shown.shape)
            moved = evidence == EvidenceGrade.COPIED
            if moved.any():
                offsets.add(numbers[moved], store.read(OFFSETS, window)[moved])
        if window.right == raster.width_px:  # the row of tiles is done
            copied.update(offsets.settled(bottoms <= window.bottom))
    table = counts.reshape(-1, grades)
    table[:, EvidenceGrade.UNTOUCHED] = 0
    shown[:, 0] = 0
    found: dict[str, Any] = {
        "pixels_by_grade": _rows(table),
        "copied_from": [
            {"region": number, **asdict(copied[number])} for number in sorted(copied)
        ],
    }
    if last_reference:
        found["pixels_by_reference"] = [
            [number, *pixels[1:]] for number, *pixels in _rows(shown)
        ]
    return found


def _rows(table: Array) -> list[list[int]]:
    return [
        [int(number), *map(int, table[number])]
        for number in np.flatnonzero(table.any(axis=1))
    ]


def copied_from(rows: Sequence[Mapping[str, Any]]) -> dict[int, CopiedFrom]:
    """`CopiedFrom` by region number, from what `region_sums` gave."""
    return {
        row["region"]: CopiedFrom(**{n: v for n, v in row.items() if n != "region"})
        for row in rows
    }

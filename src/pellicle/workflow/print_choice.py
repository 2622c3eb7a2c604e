# SPDX-License-Identifier: Apache-2.0
"""Choose what to print: what is seen and can be laid, region by region.

Job: find for each region and each part of one whether it is printed, and why not.
Not here: the measures (`print_measures.py`), their limits (`stages/mask/choice.py`),
persons' decisions and policies (`mask.py`).

The film's colours decide what a film that lies askew spoils. So all that is seen is
separated first, as proposed; then judged part by part; then the planes are kept where
something is printed.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from pellicle.engine.readers import Kept, LookedUp, Stored
from pellicle.engine.regions import NUMBERS, ask_each
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array, Mask
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import Region
from pellicle.model.mask import MASK_PLANES, Left, PartLeft, PartsLeft
from pellicle.model.print_choice import PrintChoice
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.raster.regions import RegionShape
from pellicle.stages.mask.alignability import Alignment
from pellicle.stages.mask.choice import hides, narrow, unhidden, unseen
from pellicle.stages.mask.parts import (
    FilmParts,
    part_left,
    parts_left_of,
    parts_to_leave,
)
from pellicle.stages.mask.printable import widest_um
from pellicle.stages.mask.separation import FilmSeparation, ProposedFilm
from pellicle.workflow.print_measures import (
    Parts,
    Pictures,
    measure_alignment,
    measure_visibility,
    number_parts,
)
from pellicle.workflow.reconstruct import ReconstructionInUse
from pellicle.workflow.regions import RegionsInUse
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.work import Making

PASSES = 5
"""Times that the scan is gone through until the mask is made."""

_SCRATCH = "proposed.zarr"
_CLASSES = "classes"
_FILM = "film"


@dataclass(frozen=True, slots=True)
class PrintChoices:
    """What is printed and what is left.

    Attributes
    ----------
    intents
        Plane of `PrintIntent` of what is printed.
    left_codes
        Plane of `LeftReason.code` of parts that are left.
    film
        Planes as proposed, for all that was judged.
    left
        By region number: why nothing of it is printed.
    in_part
        By region number: what is left of it though the rest is printed.
    left_numbers
        Plane of the numbers of those parts.
    parts_left
        Each of them, by number.
    seen_de00
        By region number: how visible it is.
    alignments
        By region number: what its film would hide.
    """

    intents: LookedUp
    left_codes: LookedUp
    film: Stored
    left: dict[int, Left]
    in_part: dict[int, PartsLeft]
    left_numbers: LookedUp
    parts_left: tuple[PartLeft, ...]
    seen_de00: dict[int, float]
    alignments: dict[int, Alignment]

    def as_json(self) -> dict[str, Any]:
        """What is kept of it with the mask."""
        return {
            "left": {str(n): [one.reason, one.text] for n, one in self.left.items()},
            "in_part": {
                str(n): [one.pixels, one.parts, one.left.reason, one.left.text]
                for n, one in self.in_part.items()
            },
            "parts_left": [one.as_json() for one in self.parts_left],
            "seen_de00": {str(n): round(v, 2) for n, v in self.seen_de00.items()},
            "alignment": {
                str(n): round(one.ratio, 4)
                for n, one in self.alignments.items()
                if np.isfinite(one.ratio)
            },
        }


@dataclass(frozen=True, slots=True)
class Chooser:
    """Everything the choice rests on.

    Attributes
    ----------
    asked
        Regions that may be printed: infilled, and not left by a person.
    insisted
        Numbers of those that a person wants printed whatever is found.
    intents
        1-D uint8 `PrintIntent`, by region number; 0 for what a policy keeps back.
    proposed
        The same, of all that is judged.
    """

    making: Making
    scan: ScanInUse
    regions: RegionsInUse
    reconstruction: ReconstructionInUse
    stage: FilmSeparation
    rule: PrintChoice
    asked: tuple[Region, ...]
    insisted: frozenset[int]
    intents: Array
    proposed: Array

    def choose(self) -> PrintChoices:
        """Find out what is printed."""
        left = self._too_narrow()
        printable = [one for one in self.asked if one.number not in left]
        seen_de00 = measure_visibility(
            self.making, self._pictures(printable), self.rule.inspection_mm
        )
        for number, de00 in seen_de00.items():
            why = unseen(self.rule, de00)
            if why is not None and number not in self.insisted:
                left[number] = why
        wanted = [one for one in printable if one.number in seen_de00.keys() - left]
        pictures = self._pictures(wanted)
        parts = self._part(pictures)
        film = self._propose(parts)
        sums = measure_alignment(self.making, pictures, parts, film, self.stage)
        return self._judged(parts, film, sums, left, seen_de00)

    def discard(self) -> None:
        """Remove what was only needed to choose."""
        self.making.discard(self._scratch)

    @property
    def _scratch(self) -> Any:
        return self.making.folder / _SCRATCH

    def _too_narrow(self) -> dict[int, Left]:
        needed_um = self.stage.setup.geometry.smallest_width_um
        ask = partial(_width_um, pixel_size=self.scan.raster.pixel_size)
        asked = [one for one in self.asked if one.number not in self.insisted]
        pool, numbers = self.making.pool, self.regions.numbers
        widths = ask_each(pool, numbers, asked, _number, ask)
        found = {number: narrow(um, needed_um) for number, um in widths.items()}
        return {number: why for number, why in found.items() if why is not None}

    def _pictures(self, regions: Sequence[Region]) -> Pictures:
        every = self.regions.condition.regions
        table = np.zeros(len(every) + 1, np.uint32)
        for region in regions:
            table[region.number] = region.number
        numbers = LookedUp(self.regions.numbers, table)
        return Pictures(
            scan=self.scan.samples,
            reconstruction=self.reconstruction.samples,
            numbers=Kept(numbers, self.reconstruction.evidence),
            encoding=self.scan.encoding,
            raster=self.scan.raster,
        )

    def _part(self, pictures: Pictures) -> Parts:
        """Cut what is proposed into parts."""
        store = RasterStore.create(
            self._scratch,
            self.scan.raster.shape,
            {
                _CLASSES: PlaneSpec("uint8"),
                NUMBERS: PlaneSpec("uint32"),
                _FILM: PlaneSpec("uint16", MASK_PLANES),
            },
        )

        def write(window: Window, classes: Array) -> None:
            store.write(_CLASSES, window, classes)

        self.making.tiles.run(
            FilmParts(displacement_um=self._displacement_um),
            {ArtefactKind.INFILL: pictures.numbers},
            self.scan.raster,
            write,
            only_where=ArtefactKind.INFILL,
        )
        path = str(self._scratch)
        return number_parts(pictures, Stored(path, _CLASSES), store, path)

    def _propose(self, parts: Parts) -> Stored:
        """Separate all of it."""
        store = RasterStore.open(self._scratch, writable=True)

        def write(window: Window, planes: Array) -> None:
            store.write(_FILM, window, planes)

        self.making.tiles.run(
            ProposedFilm(**dict(self.stage)),
            {
                ArtefactKind.SCAN: self.scan.samples,
                ArtefactKind.RECONSTRUCTION: self.reconstruction.samples,
                ArtefactKind.INFILL: _asked(parts, self.proposed),
            },
            self.scan.raster,
            write,
            only_where=ArtefactKind.INFILL,
        )
        return Stored(str(self._scratch), _FILM)

    def _judged(
        self,
        parts: Parts,
        film: Stored,
        sums: Array,
        left: dict[int, Left],
        seen_de00: dict[int, float],
    ) -> PrintChoices:
        judged = _Judged.of(parts, sums, len(self.intents), self.rule)
        delta_px = self.scan.raster.pixel_size.px(self._displacement_um)
        leaving = judged.leaving(delta_px)
        leaving &= ~np.isin(parts.regions, list(self.insisted))
        numbers = np.flatnonzero(leaving)
        widths_um = self._widths_um([parts.shapes[n - 1] for n in numbers], parts)
        why = {n: self._words(judged.part(n), um) for n, um in widths_um.items()}
        left_codes = np.zeros(len(parts.regions), np.uint8)
        by_region: defaultdict[int, list[RegionShape]] = defaultdict(list)
        for number in numbers:
            left_codes[number] = why[int(number)].reason.code
            region = int(parts.regions[number])
            by_region[region].append(parts.shapes[number - 1])
        counts = np.bincount(parts.regions)
        whole = [n for n, shapes in by_region.items() if len(shapes) == counts[n]]
        left |= self._why_whole(whole, judged)
        in_part = {
            number: parts_left_of(shapes, why)
            for number, shapes in sorted(by_region.items())
            if number not in left
        }
        parts_left = tuple(
            part_left(shape, region, judged.part(n), widths_um[n], why[n])
            for region in in_part
            for n, shape in ((one.number, one) for one in by_region[region])
        )
        left_numbers = np.zeros(len(parts.regions), np.uint32)
        for one in parts_left:
            left_numbers[one.number] = one.number
        return PrintChoices(
            intents=_asked(parts, self.intents, left_codes),
            left_codes=LookedUp(parts.numbers, parts.by_provisional(left_codes)),
            film=film,
            left=dict(sorted(left.items())),
            in_part=in_part,
            left_numbers=LookedUp(parts.numbers, parts.by_provisional(left_numbers)),
            parts_left=parts_left,
            seen_de00=seen_de00,
            alignments=judged.alignments,
        )

    def _widths_um(
        self, shapes: Sequence[RegionShape], parts: Parts
    ) -> dict[int, float]:
        """Width of each of some parts, by its number."""
        ask = partial(_width_um, pixel_size=self.scan.raster.pixel_size)
        numbers = LookedUp(parts.numbers, parts.table)
        return ask_each(self.making.pool, numbers, shapes, _number, ask)

    def _why_whole(self, numbers: Sequence[int], judged: "_Judged") -> dict[int, Left]:
        ask = partial(_width_um, pixel_size=self.scan.raster.pixel_size)
        regions = self.regions.among(numbers)
        widths = ask_each(self.making.pool, self.regions.numbers, regions, _number, ask)
        return {n: self._words(judged.poor(n), um) for n, um in widths.items()}

    @property
    def _displacement_um(self) -> float:
        return self.stage.setup.geometry.displacement_um

    def _words(self, alignment: Alignment, width_um: float) -> Left:
        return unhidden(self.rule, alignment, width_um, self._displacement_um)


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """What was found of parts and of regions.

    Attributes
    ----------
    sums
        (parts + 1, 3) of `AlignmentSums`.
    regions
        The same by number of the region.
    poor_sums
        The same of the parts that hide too little.
    good, good_regions
        Whether they hide enough.
    """

    parts: Parts
    sums: Array
    regions: Array
    poor_sums: Array
    good: Array
    good_regions: Array

    @classmethod
    def of(
        cls, parts: Parts, sums: Array, regions: int, rule: PrintChoice
    ) -> "_Judged":
        """Judge each by itself."""
        good = _good(sums, rule)
        of_regions = np.zeros((regions, 3), np.int64)
        np.add.at(of_regions, parts.regions, sums)
        poor_sums = np.zeros((regions, 3), np.int64)
        np.add.at(poor_sums, parts.regions[~good], sums[~good])
        good_regions = _good(of_regions, rule)
        return cls(parts, sums, of_regions, poor_sums, good, good_regions)

    def leaving(self, delta_px: float) -> Array:
        """(parts + 1,) bool: which parts are left."""
        pixels = np.array([0, *(shape.pixels for shape in self.parts.shapes)])
        left = parts_to_leave(
            self.parts.regions, pixels, self.good, self.good_regions, delta_px
        )
        left[0] = False
        return left

    def part(self, number: int) -> Alignment:
        """Of one part."""
        return _alignment(self.sums[number])

    def poor(self, region: int) -> Alignment:
        """Of a region, or, if that is good, of its parts that are not."""
        good = self.good_regions[region]
        return _alignment((self.poor_sums if good else self.regions)[region])

    @property
    def alignments(self) -> dict[int, Alignment]:
        """By number of the region."""
        return {
            int(number): _alignment(self.regions[number])
            for number in np.unique(self.parts.regions[1:])
        }


def _alignment(sums: Array) -> Alignment:
    return Alignment.of(*map(int, sums))


def _good(sums: Array, rule: PrintChoice) -> Array:
    return np.array([hides(rule, _alignment(one)) for one in sums], np.bool_)


def _asked(parts: Parts, intents: Array, left_codes: Array | None = None) -> LookedUp:
    """Plane of what is asked for, without the parts that are left."""
    table = intents[parts.regions]
    if left_codes is not None:
        table[left_codes != 0] = 0
    return LookedUp(parts.numbers, parts.by_provisional(table))


def _width_um(_place: object, mask: Mask, *, pixel_size: PixelSize) -> float:
    return widest_um(mask, pixel_size)


def _number(place: Region | RegionShape) -> int:
    return place.number

# SPDX-License-Identifier: Apache-2.0
"""Measure where a film misses its colours, region by region, in workers.

Job: read the planes made, and add up what `stages/mask/missed.py` finds.
Not here: what it is shown as (`missed_figures.py`).

Every pixel counts for areas, means and maxima. What other choices would leave is
computed for a sample of each region's pixels, chosen by their place in the scan.
"""

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.optics import Bands
from pellicle.engine.readers import PlaneReader
from pellicle.engine.regions import TILE_PX
from pellicle.engine.workers import run_tasks
from pellicle.model.arrays import Array, Mask
from pellicle.model.mask import GamutChoice
from pellicle.model.missed import MissedColour, MissedColours
from pellicle.model.raster import RasterSpec, Window
from pellicle.stages.mask.missed import (
    WAYS,
    FilmWays,
    ink_limit_cost_de00,
    ink_limited,
    missed_de00,
    out_of_reach,
    ways_de00,
)
from pellicle.workflow.work import Making

LEAST_SAMPLE, MOST_SAMPLE = 8, 64
"""Pixels of a region that other choices are computed for, or about so many."""

_ONE_IN = 256
_MILLI = 1000.0
_MIX = (73_856_093, 19_349_663)


@dataclass(frozen=True, slots=True)
class MissedSources:
    """What is read of a treatment."""

    scan: PlaneReader
    reconstruction: PlaneReader
    numbers: PlaneReader
    planes: PlaneReader
    encoding: ScanEncoding
    raster: RasterSpec
    ways: FilmWays

    def pixels(self, window: Window, where: Mask) -> tuple[Bands, Bands, Array]:
        """Linear paint and target, and region numbers, of some pixels of a window."""
        return (
            self.encoding.linear(self.scan.read(window)[where]),
            self.encoding.linear(self.reconstruction.read(window)[where]),
            self.numbers.read(window)[where].astype(np.int64),
        )


@dataclass(slots=True)
class _Found:
    """Sums over one tile, or over all, in thousandths of ΔE00; by region number."""

    sums: dict[int, Array] = field(default_factory=dict)
    most: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, numbers: Array, de00: Array) -> "_Found":
        """(N,) numbers, (N, columns) ΔE00."""
        found = cls()
        milli = np.rint(de00 * _MILLI).astype(np.int64)
        for number in np.unique(numbers):
            own = milli[numbers == number]
            found.sums[int(number)] = np.array([len(own), *own.sum(axis=0)])
            found.most[int(number)] = int(own[:, 0].max())
        return found

    def add(self, other: "_Found") -> None:
        for number, sums in other.sums.items():
            before = self.sums.get(number)
            self.sums[number] = sums if before is None else before + sums
            most = other.most[number]
            self.most[number] = max(self.most.get(number, most), most)

    def mean_de00(self, number: int, column: int) -> float:
        sums = self.sums[number]
        return round(int(sums[1 + column]) / int(sums[0]) / _MILLI, 3)

    def colour(self, number: int) -> MissedColour:
        return MissedColour(
            pixels=int(self.sums[number][0]),
            mean_de00=self.mean_de00(number, 0),
            max_de00=round(self.most[number] / _MILLI, 2),
        )


def measure_missed(making: Making, sources: MissedSources) -> MissedColours:
    """Where the film misses its colours."""
    windows = list(sources.raster.tiles(TILE_PX))
    gamut, limited, sampled = _Found(), _Found(), _Found()

    def keep(_window: Window, found: tuple[_Found, _Found]) -> None:
        gamut.add(found[0])
        limited.add(found[1])

    run_tasks(making.pool, "mask", partial(_look, sources), windows, keep)
    steps = {n: _step(int(sums[0])) for n, sums in gamut.sums.items()}
    if steps:

        def keep_sample(_window: Window, found: _Found) -> None:
            sampled.add(found)

        look = partial(_sample, sources, steps)
        run_tasks(making.pool, "mask", look, windows, keep_sample)
    return MissedColours(
        {n: _with_ways(gamut, sampled, n, sources.ways) for n in sorted(gamut.sums)},
        {n: limited.colour(n) for n in sorted(limited.sums)},
    )


def _step(pixels: int) -> int:
    """Of so many pixels, one in how many is sampled."""
    return -(-pixels // min(max(pixels // _ONE_IN, LEAST_SAMPLE), MOST_SAMPLE))


def _with_ways(
    gamut: _Found, sampled: _Found, number: int, ways: FilmWays
) -> MissedColour:
    found = gamut.colour(number)
    if number not in sampled.sums:
        return found
    left = {
        way: sampled.mean_de00(number, n)
        for n, way in enumerate(WAYS)
        if way is not GamutChoice.MORE_WHITE or ways.more is not None
    }
    return MissedColour(found.pixels, found.mean_de00, found.max_de00, left)


def _look(sources: MissedSources, window: Window) -> tuple[_Found, _Found]:
    planes = sources.planes.read(window)
    found = []
    for where, cost in ((out_of_reach(planes), False), (ink_limited(planes), True)):
        if not where.any():
            found.append(_Found())
            continue
        paint, target, numbers = sources.pixels(window, where)
        ways, own = sources.ways, planes[where]
        if cost:
            de00 = ink_limit_cost_de00(ways, paint, target, own)
        else:
            de00 = missed_de00(ways.chosen, ways.ink, paint, target, own)
        found.append(_Found.of(numbers, de00[:, None]))
    return found[0], found[1]


def _sample(sources: MissedSources, steps: dict[int, int], window: Window) -> _Found:
    planes = sources.planes.read(window)
    where = out_of_reach(planes)
    if not where.any():
        return _Found()
    rows, columns = (at.astype(np.int64) for at in np.nonzero(where))
    place = ((rows + window.top) * _MIX[0]) ^ ((columns + window.left) * _MIX[1])
    numbers = sources.numbers.read(window)[where]
    step = np.array([steps[int(number)] for number in numbers])
    where[where] = place % step == 0
    if not where.any():
        return _Found()
    paint, target, numbers = sources.pixels(window, where)
    de00 = ways_de00(sources.ways, paint, target, planes[where])
    return _Found.of(numbers, np.nan_to_num(de00))

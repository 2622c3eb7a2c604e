# SPDX-License-Identifier: Apache-2.0
"""Facts that the infill plan rests on: widths, and the paint around what is wide.

Job: read them off a treatment.
Not here: what is measured (`stages/reconstruct/surroundings.py`), the plan
(`infill_plan.py`).

Only wide regions are looked at in the scan, those that lie close together at once,
reduced to the scale of measuring; very large ones further, so that memory does not grow
with them.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from pellicle.colour.encoding import ScanEncoding
from pellicle.engine.areas import grouped
from pellicle.engine.readers import LookedUp, PlaneReader
from pellicle.engine.regions import ask_each
from pellicle.engine.workers import run_tasks
from pellicle.model.arrays import Array, Mask, Plane
from pellicle.model.condition import Region
from pellicle.model.infill_plan import RegionFacts
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.choke import widest_px
from pellicle.raster.pyramid import block_counts, block_sums
from pellicle.raster.scaling import over, reduced_shape, times
from pellicle.stages.contract import ReferencePicture
from pellicle.stages.reconstruct.surroundings import (
    MEASURED_UM,
    RING_PX,
    measure_surroundings,
)
from pellicle.workflow.references import ReferenceInUse
from pellicle.workflow.regions import RegionsInUse
from pellicle.workflow.scan import ScanInUse

MARGIN_PX = RING_PX + 8
MOST_MEASURED_PX = 2048
"""Longest side that is measured; larger regions are reduced further."""
LOOKED_AT_PX = 192
"""Side of the square, about the middle of a region, where references are tried."""
LEAST_SHOWN = 0.5
_STRIP_PIXELS = 2_000_000
_RIM_PX = (1.5, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class PlanSources:
    """What is read of a treatment to plan its infill.

    Attributes
    ----------
    numbers
        Region numbers; 0 where nothing is damaged.
    infilled
        1-D, by region number: not 0 for what is to be infilled.
    painting
        Not 0 on painting.
    diffusion_px
        Greatest width that is diffused.
    references
        Number and picture of each reference image that can be used.
    """

    samples: PlaneReader
    numbers: PlaneReader
    infilled: Array
    painting: PlaneReader
    encoding: ScanEncoding
    raster: RasterSpec
    diffusion_px: float
    references: tuple[tuple[int, ReferencePicture], ...] = ()

    @classmethod
    def of(
        cls,
        scan: ScanInUse,
        regions: RegionsInUse,
        infilled: LookedUp,
        diffusion_px: float,
        references: Sequence[ReferenceInUse],
    ) -> "PlanSources":
        """Those of a treatment."""
        return cls(
            samples=scan.samples,
            numbers=regions.numbers,
            infilled=infilled.table,
            painting=scan.painting,
            encoding=scan.encoding,
            raster=scan.raster,
            diffusion_px=diffusion_px,
            references=tuple(
                (one.number, one.picture) for one in references if one.picture
            ),
        )


def look_at(
    pool: Executor, sources: PlanSources, regions: Sequence[Region]
) -> dict[int, RegionFacts]:
    """Facts of each region, by its number."""
    widths = ask_each(pool, sources.numbers, regions, _number, _width_px)
    facts = {one.number: _narrow(sources, one, widths[one.number]) for one in regions}
    wide = [one for one in regions if facts[one.number].wide]
    tasks = [_Look(sources, group) for group in grouped(wide)]

    def keep(_task: _Look, found: "dict[int, RegionFacts]") -> None:
        for number, seen in found.items():
            border = seen.at_border or facts[number].at_border
            width_mm = facts[number].width_mm
            facts[number] = replace(seen, width_mm=width_mm, at_border=border)

    run_tasks(pool, "plan", _look, tasks, keep)
    return facts


def _number(region: Region) -> int:
    return region.number


def _width_px(_region: Region, mask: Mask) -> float:
    return widest_px(mask)


def _narrow(sources: PlanSources, region: Region, widest: float) -> RegionFacts:
    height, width = region.window.shape
    touching = region.window.expanded(1, sources.raster.window)
    return RegionFacts(
        width_mm=round(widest * sources.raster.pixel_size.mm, 4),
        wide=widest > sources.diffusion_px,
        at_border=touching.shape != (height + 2, width + 2),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """Wide regions that lie close together."""

    sources: PlanSources
    regions: tuple[Region, ...]


def _look(task: _Look) -> dict[int, RegionFacts]:
    """What lies around each region; width and border of the scan are known already."""
    sources = task.sources
    factor = _factor(sources.raster, task.regions)
    seen = _Reduced.of(sources, task.regions, factor)
    whole = sources.raster.window
    found = {}
    for region in task.regions:
        part, lost = seen.around(region)
        rim = part.rim(lost)
        found[region.number] = RegionFacts(
            width_mm=0.0,
            wide=True,
            at_border=bool((rim & ~part.painting).any()),
            rim_known=part.rim_known(rim),
            surroundings=measure_surroundings(
                part.lightness_l,
                lost,
                part.known,
                sources.raster.pixel_size.mm * factor,
            ),
            references=tuple(
                number
                for number, picture in sources.references
                if _shows(picture, region.window, whole)
            ),
            references_given=bool(sources.references),
        )
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Reduced:
    """Planes of an area, reduced; beyond the scan nothing is painting.

    Attributes
    ----------
    area
        At the reduced scale, with the margin.
    lost
        By region number, its pixels in its own reduced window.
    """

    factor: int
    area: Window
    lightness_l: Plane
    known: Mask
    infilled: Mask
    painting: Mask
    lost: dict[int, Mask]

    @classmethod
    def of(
        cls, sources: PlanSources, regions: Sequence[Region], factor: int
    ) -> "_Reduced":
        """Read it in strips."""
        windows = [over(one.window, factor) for one in regions]
        scan = Window(0, 0, *reduced_shape(sources.raster.shape, factor))
        area = windows[0]
        for window in windows[1:]:
            area = area.joined(window)
        inside = area.expanded(MARGIN_PX, scan)
        lost = {
            one.number: np.zeros(window.shape, np.bool_)
            for one, window in zip(regions, windows, strict=True)
        }
        parts = []
        rows_px = max(1, _STRIP_PIXELS // (factor**2 * inside.shape[1]))
        for top in range(inside.top, inside.bottom, rows_px):
            strip = Window(top, inside.left, top + rows_px, inside.right).within(inside)
            fine = times(strip, factor).within(sources.raster.window)
            numbers = sources.numbers.read(fine)
            for one, window in zip(regions, windows, strict=True):
                both = strip.within(window)
                if not both.empty:
                    own = times(both, factor).within(fine).relative_to(fine)
                    here = _any(numbers[own.slices] == one.number, factor)
                    lost[one.number][both.relative_to(window).slices] = here
            parts.append(_planes(sources, fine, numbers, factor))
        joined = [np.concatenate(plane) for plane in zip(*parts, strict=True)]
        # As wide on every side, whether the scan goes on there or not.
        whole = Window(
            area.top - MARGIN_PX,
            area.left - MARGIN_PX,
            area.bottom + MARGIN_PX,
            area.right + MARGIN_PX,
        )
        beside = (
            (inside.top - whole.top, whole.bottom - inside.bottom),
            (inside.left - whole.left, whole.right - inside.right),
        )
        lightness, known, infilled, painting = (np.pad(one, beside) for one in joined)
        return cls(factor, whole, lightness, known, infilled, painting, lost)

    def around(self, region: Region) -> tuple["_Reduced", Mask]:
        """A region with its margin, and where it lies in that."""
        window = over(region.window, self.factor)
        wide = window.expanded(MARGIN_PX, self.area)
        at = wide.relative_to(self.area).slices
        part = replace(
            self,
            area=wide,
            lightness_l=self.lightness_l[at],
            known=self.known[at],
            infilled=self.infilled[at],
            painting=self.painting[at],
        )
        return part, np.pad(self.lost[region.number], MARGIN_PX)

    def rim(self, lost: Mask) -> Mask:
        """What lies close beside a region."""
        away = ndimage.distance_transform_edt(~lost)
        near_px, far_px = _RIM_PX
        return np.asarray((away > near_px) & (away <= far_px), np.bool_)

    def rim_known(self, rim: Mask) -> float:
        """Share of it that is intact paint, of what is not infilled too."""
        rest = rim & (self.known | ~self.infilled)
        total = np.count_nonzero(rest)
        return round(np.count_nonzero(rest & self.known) / total, 4) if total else 1.0


def _planes(
    sources: PlanSources, fine: Window, numbers: Array, factor: int
) -> tuple[Plane, Mask, Mask, Mask]:
    """Lightness, known, infilled and painting of a strip."""
    samples = sources.samples.read(fine)
    painting = sources.painting.read(fine) != 0
    means = block_sums(samples, factor) / block_counts(fine.shape, factor)
    lab = sources.encoding.lab_d50(means.round().astype(samples.dtype))
    return (
        np.asarray(lab[..., 0], np.float32),
        ~_any((numbers != 0) | ~painting, factor),
        _any(sources.infilled[numbers] != 0, factor),
        _any(painting, factor),
    )


def _factor(raster: RasterSpec, regions: Sequence[Region]) -> int:
    factor = max(1, int(MEASURED_UM / raster.pixel_size.um))
    longest_px = max(max(region.window.shape) for region in regions)
    while longest_px > factor * MOST_MEASURED_PX:
        factor *= 2
    return factor


def _any(mask: Array, factor: int) -> Mask:
    """Whether any pixel of each block is set."""
    return np.asarray(block_sums(mask[..., None], factor)[..., 0] > 0, np.bool_)


def _shows(picture: ReferencePicture, window: Window, whole: Window) -> bool:
    """Whether a reference reaches over the middle of a region."""
    row, column = (window.top + window.bottom) // 2, (window.left + window.right) // 2
    half = LOOKED_AT_PX // 2
    middle = Window(row - half, column - half, row + half, column + half)
    view = picture.view(middle.within(window).within(whole))
    if view is None:
        return False
    height, width = view.pixels.shape[:2]
    x, y = view.places[..., 0], view.places[..., 1]
    inside = (x >= 0) & (y >= 0) & (x <= width) & (y <= height)
    return float(inside.mean()) >= LEAST_SHOWN

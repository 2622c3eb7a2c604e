# SPDX-License-Identifier: Apache-2.0
"""Infill plan of a treatment: measure every region that is to be infilled.

Job: read what lies around each region, and keep the plan with the reconstruction's run.
Not here: what is measured (`stages/reconstruct/surroundings.py`), what follows from it
(`stages/reconstruct/plan.py`).

Only wide regions are looked at in the scan, reduced to the scale of measuring and,
where a region is very large, further, so that memory does not grow with it.
"""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy import ndimage

from pellicle.colour.encoding import ScanEncoding
from pellicle.engine.readers import PlaneReader
from pellicle.engine.regions import ask_each
from pellicle.model.arrays import Array, Mask, Plane
from pellicle.model.condition import Region
from pellicle.model.infill_plan import (
    Passage,
    PlannedInfill,
    RegionFacts,
    Surroundings,
)
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.reconstruction import InfillMethod
from pellicle.raster.choke import widest_px
from pellicle.raster.pyramid import block_counts, block_sums
from pellicle.raster.scaling import over, reduced_shape, times
from pellicle.stages.contract import ReferencePicture
from pellicle.stages.reconstruct.plan import plan_region
from pellicle.stages.reconstruct.surroundings import (
    MEASURED_UM,
    RING_PX,
    measure_surroundings,
)
from pellicle.workflow.references import ReferenceInUse
from pellicle.workflow.regions import RegionsInUse, known_paint
from pellicle.workflow.scan import ScanInUse

MARGIN_PX = RING_PX + 8
MOST_MEASURED_PX = 1024
"""Longest side of what is measured at once; larger regions are reduced further."""
LOOKED_AT_PX = 192
"""Side of the square, about the middle of a region, where references are tried."""
LEAST_SHOWN = 0.5
_STRIP_PX = 64
_RIM_PX = (1.5, 3.0)


@dataclass(frozen=True, slots=True)
class PlanSources:
    """What is read of a treatment to plan its infill.

    Attributes
    ----------
    known, infilled, painting
        Not 0 on intact paint, on what is to be infilled, and on painting.
    diffusion_px
        Greatest width that is diffused.
    references
        Number and picture of each reference image that can be used.
    """

    samples: PlaneReader
    numbers: PlaneReader
    known: PlaneReader
    infilled: PlaneReader
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
        infilled: PlaneReader,
        diffusion_px: float,
        references: Sequence[ReferenceInUse],
    ) -> "PlanSources":
        """Those of a treatment."""
        return cls(
            samples=scan.samples,
            numbers=regions.numbers,
            known=known_paint(scan, regions),
            infilled=infilled,
            painting=scan.painting,
            encoding=scan.encoding,
            raster=scan.raster,
            diffusion_px=diffusion_px,
            references=tuple(
                (one.number, one.picture) for one in references if one.picture
            ),
        )


def plan_regions(
    pool: Executor, sources: PlanSources, regions: Sequence[Region]
) -> dict[int, PlannedInfill]:
    """Plan of each region, by its number."""
    ask = partial(_facts, sources)
    facts = ask_each(pool, sources.numbers, regions, _number, ask)
    return {number: plan_region(one) for number, one in facts.items()}


def left_unasked(
    plans: Mapping[int, PlannedInfill], asked: Collection[int]
) -> list[int]:
    """Regions that the plan leaves, if no person said how to infill them."""
    return [
        number
        for number, plan in plans.items()
        if plan.method is None and number not in asked
    ]


def plan_rows(plans: Mapping[int, PlannedInfill]) -> list[dict[str, Any]]:
    """The plan as JSON, as it is kept with the run."""
    return [
        {"region": number, "method": plan.method, **asdict(plan.facts)}
        for number, plan in plans.items()
    ]


def plans_of(rows: Sequence[Mapping[str, Any]]) -> dict[int, PlannedInfill]:
    """Inverse of `plan_rows`."""
    return dict(map(_plan_of, rows))


def _plan_of(row: Mapping[str, Any]) -> tuple[int, PlannedInfill]:
    facts = dict(row)
    number, method = facts.pop("region"), facts.pop("method")
    paint = facts["surroundings"]
    if paint is not None:
        facts["surroundings"] = Surroundings(
            **{**paint, "passage": Passage(paint["passage"])}
        )
    facts["references"] = tuple(facts["references"])
    planned = InfillMethod(method) if method else None
    return number, PlannedInfill(RegionFacts(**facts), planned)


def _number(region: Region) -> int:
    return region.number


def _facts(sources: PlanSources, region: Region, mask: Mask) -> RegionFacts:
    widest = widest_px(mask)
    width_mm = round(widest * sources.raster.pixel_size.mm, 4)
    whole = sources.raster.window
    window = region.window
    height, width = window.shape
    at_border = window.expanded(1, whole).shape != (height + 2, width + 2)
    if widest <= sources.diffusion_px:
        return RegionFacts(width_mm, wide=False, at_border=at_border)
    seen = _Measured.of(sources, region)
    rim = seen.rim()
    pixel_mm = sources.raster.pixel_size.mm * seen.factor
    return RegionFacts(
        width_mm=width_mm,
        wide=True,
        at_border=at_border or bool((rim & ~seen.painting).any()),
        rim_known=seen.rim_known(rim),
        surroundings=measure_surroundings(
            seen.lightness_l, seen.region, seen.known, pixel_mm
        ),
        references=tuple(
            number
            for number, picture in sources.references
            if _shows(picture, window, whole)
        ),
        references_given=bool(sources.references),
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    """A region with its surroundings, reduced; beyond the scan nothing is painting."""

    factor: int
    lightness_l: Plane
    region: Mask
    known: Mask
    infilled: Mask
    painting: Mask

    @classmethod
    def of(cls, sources: PlanSources, region: Region) -> "_Measured":
        """Read it, in strips."""
        factor = _factor(sources.raster, region.window)
        shape = reduced_shape(sources.raster.shape, factor)
        inside = Window(0, 0, *shape)
        wide = over(region.window, factor).expanded(MARGIN_PX, inside)
        parts = []
        for top in range(wide.top, wide.bottom, _STRIP_PX):
            strip = Window(top, wide.left, top + _STRIP_PX, wide.right).within(wide)
            fine = times(strip, factor).within(sources.raster.window)
            samples = sources.samples.read(fine)
            counts = block_counts(fine.shape, factor)
            means = (block_sums(samples, factor) / counts).round().astype(samples.dtype)
            parts.append(
                (
                    np.asarray(sources.encoding.lab_d50(means)[..., 0], np.float32),
                    _any(sources.numbers.read(fine) == region.number, factor),
                    ~_any(sources.known.read(fine) == 0, factor),
                    _any(sources.infilled.read(fine) != 0, factor),
                    _any(sources.painting.read(fine) != 0, factor),
                )
            )
        lightness, *masks = (
            np.concatenate(plane) for plane in zip(*parts, strict=True)
        )
        padded = [np.pad(mask, MARGIN_PX) for mask in masks]
        return cls(factor, np.pad(lightness, MARGIN_PX), *padded)

    def rim(self) -> Mask:
        """What lies close beside the region."""
        away = ndimage.distance_transform_edt(~self.region)
        near_px, far_px = _RIM_PX
        return np.asarray((away > near_px) & (away <= far_px), np.bool_)

    def rim_known(self, rim: Mask) -> float:
        """Share of it that is intact paint, of what is not infilled too."""
        rest = rim & (self.known | ~self.infilled)
        total = np.count_nonzero(rest)
        return round(np.count_nonzero(rest & self.known) / total, 4) if total else 1.0


def _factor(raster: RasterSpec, window: Window) -> int:
    factor = max(1, int(MEASURED_UM / raster.pixel_size.um))
    while max(window.shape) > factor * MOST_MEASURED_PX:
        factor *= 2
    return factor


def _any(mask: Array, factor: int) -> Mask:
    """Whether any pixel of each block is set."""
    return np.asarray(block_sums(mask.view(np.uint8)[..., None], factor)[..., 0] != 0)


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

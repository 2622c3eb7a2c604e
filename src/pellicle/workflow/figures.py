# SPDX-License-Identifier: Apache-2.0
"""Figures of a treatment, from sums over its tiles."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellicle.engine.workers import run_tasks
from pellicle.io.icc import output_profile
from pellicle.model.condition import DamageClass
from pellicle.model.decision import Chosen
from pellicle.model.figures import Approvals, ClassFigures, Figures, JudgedBy
from pellicle.model.policy import Policy
from pellicle.workflow.figure_sums import (
    HISTOGRAMS,
    FigureInputs,
    FigureTask,
    Histogram,
    Sums,
    Tally,
    sum_up_tile,
)
from pellicle.workflow.film_shift import (
    ShiftedFilm,
    ShiftTally,
    ShiftTask,
    shift_figures,
    shift_tiles,
    sum_up_shifts,
)
from pellicle.workflow.found import EvidenceInUse
from pellicle.workflow.mask import MaskInUse
from pellicle.workflow.proof import ProofInUse
from pellicle.workflow.reconstruct import ReconstructionInUse
from pellicle.workflow.reference_record import reference_figures
from pellicle.workflow.regions import RegionsInUse
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.selection import RegionDecision
from pellicle.workflow.work import Making

MINUTES_BY_HAND = 2.5
TILE_PX = 1024
_P95 = 0.95


@dataclass(frozen=True, slots=True)
class Chain:
    """Every step of a treatment, from scan to proof.

    Attributes
    ----------
    evidence
        Why damage was found; None when all of it was given.
    """

    scan: ScanInUse
    regions: RegionsInUse
    said: Mapping[int, RegionDecision]
    reconstruction: ReconstructionInUse
    mask: MaskInUse
    proof: ProofInUse
    policy: Policy
    evidence: EvidenceInUse | None = None

    @property
    def assumed(self) -> dict[str, str]:
        """What was not measured: subject to one sentence."""
        found = {**self.scan.assumed, **self.mask.setup.setup.unmeasured}
        return dict(sorted(found.items()))


def sum_up(making: Making, chain: Chain) -> dict[str, Any]:
    """Read every tile once, in workers.

    Returns
    -------
    sums
        JSON; depends on the pixels of the steps and the scale only, not on what was
        decided or is known of the work.
    """
    raster = chain.scan.raster
    inputs = FigureInputs(
        scan=chain.scan.samples,
        labels=chain.regions.labels,
        reconstruction=chain.reconstruction.samples,
        evidence=chain.reconstruction.evidence,
        planes=chain.mask.planes,
        proof=chain.proof.samples,
        difference=chain.proof.difference,
        painting=chain.scan.painting,
    )
    film = chain.mask.setup.setup.film
    tiles = list(raster.tiles(TILE_PX))
    tasks = [
        FigureTask(
            inputs,
            chain.scan.encoding,
            film,
            raster,
            window,
        )
        for window in tiles
    ]
    total = Sums()

    def keep(task: FigureTask, tally: Tally) -> None:
        total.add(tally)
        making.advance(task.window.shape[0] * task.window.shape[1] / 1e6)

    run_tasks(making.pool, "record", sum_up_tile, tasks, keep)
    shifted = _sum_up_shifts(making, chain, inputs)
    return {
        **total.as_json(),
        "shift": shifted.sums.tolist(),
        "shift_printed": shifted.printed,
    }


def _sum_up_shifts(making: Making, chain: Chain, inputs: FigureInputs) -> ShiftTally:
    raster, chosen = chain.scan.raster, chain.mask.setup
    film = ShiftedFilm(chain.mask.planes, chosen.setup, output_profile(chosen.profile))
    tasks = [
        ShiftTask(inputs, chain.scan.encoding, film, raster, window)
        for window in shift_tiles(raster, chain.mask.printed(chain.regions))
    ]
    found = [ShiftTally.empty()]

    def keep(_task: ShiftTask, tally: ShiftTally) -> None:
        found[0] = found[0].plus(tally)

    run_tasks(making.pool, "film shift", sum_up_shifts, tasks, keep)
    return found[0]


def figures_of(chain: Chain, sums: Mapping[str, Any]) -> Figures:
    """Put the figures together from the sums over all tiles."""
    area_mm2 = chain.scan.raster.pixel_size.area_mm2
    every = chain.regions.condition.regions
    printed = chain.mask.printed(chain.regions)
    inside, in_gamut, rim = (
        (np.array(values, np.int64), np.array(counts, np.int64))
        for values, counts in (sums[name] for name in HISTOGRAMS)
    )
    left = Counter(left.reason.value for left in chain.mask.left.values())
    shift_share = sums["shift_printed"] / max(sums["printed"], 1)
    displacement_um = chain.mask.setup.setup.geometry.displacement_um
    approved = Counter(
        said.approved_how for said in chain.said.values() if said.approved_by
    )
    evidence = chain.reconstruction.evidence_pixels.items()
    inside_pixels = max(int(inside[1].sum()), 1)
    return Figures(
        pixel_count=chain.scan.raster.pixel_count,
        regions=len(every),
        regions_infilled=len(chain.reconstruction.infills),
        regions_printed=len(printed),
        regions_left=dict(sorted(left.items())),
        regions_in_part=len(chain.mask.in_part),
        by_class=_by_class(chain),
        at_sensitivity=chain.evidence.at_sensitivity if chain.evidence else (),
        judged_by=_judged_by(chain),
        left_area_mm2=_left_area_mm2(chain, area_mm2),
        mask_area_mm2=round(sums["printed"] * area_mm2, 4),
        unique_colours=sums["colours"],
        undamaged_inked_mm2=round(sums["undamaged_inked"] * area_mm2, 4),
        predicted_de00_mean=_mean(inside),
        predicted_de00_p95=_p95(inside),
        predicted_de00_in_gamut_mean=_mean(in_gamut),
        predicted_de00_in_gamut_p95=_p95(in_gamut),
        rim_de00_mean=_mean(rim),
        out_of_gamut_fraction=round(sums["out_of_gamut"] / inside_pixels, 6),
        untouched_de00_mean=round(
            sums["untouched_de00"] / max(sums["untouched"], 1), 4
        ),
        visible_area_before_mm2=round(sums["visible_before"] * area_mm2, 4),
        visible_area_after_mm2=round(sums["visible_after"] * area_mm2, 4),
        film_shift=shift_figures(sums["shift"], shift_share, area_mm2, displacement_um),
        film_shift_share=round(shift_share, 4),
        hand_hours_estimate=round(len(printed) * MINUTES_BY_HAND / 60, 2),
        evidence_area_mm2={
            grade.label: round(pixels * area_mm2, 4) for grade, pixels in evidence
        },
        approvals=Approvals(
            viewed=approved[Chosen.VIEWED],
            grouped=approved[Chosen.GROUPED],
            by_rule=approved[Chosen.BY_RULE],
        ),
        references=reference_figures(chain.reconstruction, area_mm2),
        assumed=chain.assumed,
    )


def _by_class(chain: Chain) -> dict[str, ClassFigures]:
    found = {}
    for damage_class in DamageClass:
        regions = [
            region
            for region in chain.regions.condition.regions
            if region.damage_class is damage_class
        ]
        left = Counter(
            chain.mask.left[region.number].reason.value
            for region in regions
            if region.number in chain.mask.left
        )
        if regions:
            found[damage_class.label] = ClassFigures(
                regions=len(regions),
                printed=len(regions) - left.total(),
                left=dict(sorted(left.items())),
            )
    return found


def _judged_by(chain: Chain) -> JudgedBy:
    rule, geometry = chain.mask.rule, chain.mask.setup.setup.geometry
    return JudgedBy(
        inspection_mm=rule.inspection_mm,
        visible_de00=rule.visible_de00,
        displacement_um=geometry.displacement_um,
        alignable_ratio=rule.alignable_ratio,
        smallest_width_um=geometry.smallest_width_um,
    )


def _left_area_mm2(chain: Chain, area_mm2: float) -> dict[str, float]:
    pixels: Counter[str] = Counter()
    for number, left in chain.mask.left.items():
        region = chain.regions.condition.regions[number - 1]
        pixels[left.reason.value] += region.pixels
    for part in chain.mask.in_part.values():
        pixels[part.left.reason.value] += part.pixels
    return {name: round(n * area_mm2, 4) for name, n in sorted(pixels.items())}


def _mean(histogram: Histogram) -> float | None:
    values, counts = histogram
    count = int(counts.sum())
    return round(int(values @ counts) / count / 100, 4) if count else None


def _p95(histogram: Histogram) -> float | None:
    values, counts = histogram
    if not counts.sum():
        return None
    reached = np.searchsorted(np.cumsum(counts), _P95 * counts.sum())
    return round(float(values[reached]) / 100, 2)

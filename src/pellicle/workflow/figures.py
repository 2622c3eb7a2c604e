# SPDX-License-Identifier: Apache-2.0
"""Figures of a treatment, summed up tile by tile."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pellicle.colour.difference import ciede2000
from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.scielab import ScielabFilter, pixels_per_degree
from pellicle.engine.readers import PlaneReader
from pellicle.engine.workers import run_tasks
from pellicle.io.separations import eight_bit
from pellicle.model.arrays import Array
from pellicle.model.figures import Approvals, Figures
from pellicle.model.mask import OUTCOME_PLANE, WHITE_PLANE, PixelOutcome
from pellicle.model.print_setup import Film
from pellicle.model.raster import RasterSpec, Window
from pellicle.stages.proof.compare import MOST_CENTI_DE00, untouched_de00
from pellicle.workflow.mask import MaskInUse
from pellicle.workflow.proof import ProofInUse
from pellicle.workflow.reconstruct import ReconstructionInUse
from pellicle.workflow.regions import RegionsInUse
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.selection import RegionDecision
from pellicle.workflow.work import Making

INSPECTION_MM = 500.0
VISIBLE_DE00 = 2.0
MINUTES_BY_HAND = 2.5
TILE_PX = 1024
_BINS = MOST_CENTI_DE00 + 1
_P95 = 0.95


@dataclass(frozen=True, slots=True)
class FigureInputs:
    """Planes that the figures are computed from."""

    scan: PlaneReader
    labels: PlaneReader
    reconstruction: PlaneReader
    evidence: PlaneReader
    planes: PlaneReader
    proof: PlaneReader
    difference: PlaneReader
    painting: PlaneReader


@dataclass(frozen=True, slots=True)
class FigureTask:
    """One tile to be summed up."""

    inputs: FigureInputs
    encoding: ScanEncoding
    film: Film
    raster: RasterSpec
    window: Window


@dataclass(slots=True)
class Tally:
    """Sums over tiles. Histograms are of ΔE00 × 100."""

    inside: Array
    in_gamut: Array
    rim: Array
    colours: Array
    printed: int = 0
    undamaged_inked: int = 0
    out_of_gamut: int = 0
    visible_before: int = 0
    visible_after: int = 0
    untouched_de00: float = 0.0
    untouched: int = 0

    @classmethod
    def empty(cls) -> "Tally":
        """Nothing summed up yet."""
        inside, in_gamut, rim = (np.zeros(_BINS, np.int64) for _ in range(3))
        return cls(inside, in_gamut, rim, np.zeros(0, np.uint64))

    def add(self, other: "Tally") -> None:
        """Add another tally; the order of adding does not matter."""
        self.inside += other.inside
        self.in_gamut += other.in_gamut
        self.rim += other.rim
        self.colours = np.union1d(self.colours, other.colours)
        self.printed += other.printed
        self.undamaged_inked += other.undamaged_inked
        self.out_of_gamut += other.out_of_gamut
        self.visible_before += other.visible_before
        self.visible_after += other.visible_after
        self.untouched_de00 += other.untouched_de00
        self.untouched += other.untouched


def sum_up_tile(task: FigureTask) -> Tally:
    """Sums of one tile."""
    tally = Tally.empty()
    _add_mask(task, tally)
    _add_visible(task, tally)
    if task.film.transmittance < 1:
        _add_untouched(task, tally)
    return tally


def _add_mask(task: FigureTask, tally: Tally) -> None:
    planes = task.inputs.planes.read(task.window)
    inked = planes[:, :, : WHITE_PLANE + 1].any(axis=2)
    tally.printed = int(np.count_nonzero(inked))
    outcome = planes[:, :, OUTCOME_PLANE]
    if not outcome.any():
        return
    labels = task.inputs.labels.read(task.window)
    tally.undamaged_inked = int(np.count_nonzero(inked & (labels == 0)))
    tally.colours = _distinct(planes[inked][:, : WHITE_PLANE + 1])
    centi_de00 = task.inputs.difference.read(task.window)
    rim = (outcome & PixelOutcome.RIM) != 0
    inside = (outcome != 0) & ~rim
    missed = (outcome & PixelOutcome.OUT_OF_GAMUT) != 0
    tally.inside = np.bincount(centi_de00[inside], minlength=_BINS)
    tally.in_gamut = np.bincount(centi_de00[inside & ~missed], minlength=_BINS)
    tally.rim = np.bincount(centi_de00[rim], minlength=_BINS)
    tally.out_of_gamut = int(np.count_nonzero(inside & missed))


def _distinct(separations: Array) -> Array:
    packed = np.zeros(len(separations), np.uint64)
    for plane in eight_bit(separations).T:
        packed = (packed << np.uint64(8)) | plane
    return np.unique(packed)


def _add_visible(task: FigureTask, tally: Tally) -> None:
    per_degree = pixels_per_degree(INSPECTION_MM, task.raster.pixel_size.mm)
    eye = ScielabFilter(per_degree)
    wide = task.window.expanded(eye.halo_px, task.raster.window)
    if not task.inputs.evidence.read(wide).any():
        return
    origin = wide.top, wide.left
    inner = task.window.relative_to(wide).slices
    seen = {
        name: eye.filtered_lab_d65(
            eye.reduced(task.encoding.linear(reader.read(wide)), origin)
        )
        for name, reader in (
            ("target", task.inputs.reconstruction),
            ("before", task.inputs.scan),
            ("after", task.inputs.proof),
        )
    }
    shape = wide.shape
    for name in ("before", "after"):
        reduced = ciede2000(seen[name], seen["target"])
        visible = eye.spread(reduced, shape, origin)[inner] > VISIBLE_DE00
        count = int(np.count_nonzero(visible))
        if name == "before":
            tally.visible_before = count
        else:
            tally.visible_after = count


def _add_untouched(task: FigureTask, tally: Tally) -> None:
    outcome = task.inputs.planes.read(task.window)[:, :, OUTCOME_PLANE]
    bare = (outcome == 0) & (task.inputs.painting.read(task.window) != 0)
    scan = task.inputs.scan.read(task.window)
    de00 = untouched_de00(scan, task.encoding, task.film)
    tally.untouched_de00 = float(de00[bare].sum(dtype=np.float64))
    tally.untouched = int(np.count_nonzero(bare))


@dataclass(frozen=True, slots=True)
class Chain:
    """Every step of a treatment, from scan to proof."""

    scan: ScanInUse
    regions: RegionsInUse
    said: Mapping[int, RegionDecision]
    reconstruction: ReconstructionInUse
    mask: MaskInUse
    proof: ProofInUse

    @property
    def assumed(self) -> dict[str, str]:
        """What was not measured: subject to one sentence."""
        found = {**self.scan.assumed, **self.mask.setup.setup.unmeasured}
        return dict(sorted(found.items()))


def compute_figures(making: Making, chain: Chain) -> Figures:
    """Read every tile once, in workers, and put the figures together."""
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
    tasks = [
        FigureTask(inputs, chain.scan.encoding, film, raster, window)
        for window in raster.tiles(TILE_PX)
    ]
    made: dict[Window, Tally] = {}

    def keep(task: FigureTask, tally: Tally) -> None:
        made[task.window] = tally
        making.advance(task.window.shape[0] * task.window.shape[1] / 1e6)

    run_tasks(making.pool, "record", sum_up_tile, tasks, keep)
    total = Tally.empty()
    for window in sorted(made):  # sums of floats depend on the order
        total.add(made[window])
    return _figures(chain, total)


def _figures(chain: Chain, total: Tally) -> Figures:
    area_mm2 = chain.scan.raster.pixel_size.area_mm2
    every = chain.regions.condition.regions
    printed = chain.mask.printed(chain.regions)
    inside = int(total.inside.sum())
    left = Counter(left.reason.value for left in chain.mask.left.values())
    viewed = sum(1 for said in chain.said.values() if said.approved_by)
    evidence = chain.reconstruction.evidence_pixels.items()
    return Figures(
        pixel_count=chain.scan.raster.pixel_count,
        regions=len(every),
        regions_infilled=len(chain.reconstruction.infills),
        regions_printed=len(printed),
        regions_left=dict(sorted(left.items())),
        mask_area_mm2=round(total.printed * area_mm2, 4),
        unique_colours=len(total.colours),
        undamaged_inked_mm2=round(total.undamaged_inked * area_mm2, 4),
        predicted_de00_mean=_mean(total.inside),
        predicted_de00_p95=_p95(total.inside),
        predicted_de00_in_gamut_mean=_mean(total.in_gamut),
        predicted_de00_in_gamut_p95=_p95(total.in_gamut),
        rim_de00_mean=_mean(total.rim),
        out_of_gamut_fraction=round(total.out_of_gamut / max(inside, 1), 6),
        untouched_de00_mean=round(total.untouched_de00 / max(total.untouched, 1), 4),
        visible_area_before_mm2=round(total.visible_before * area_mm2, 4),
        visible_area_after_mm2=round(total.visible_after * area_mm2, 4),
        hand_hours_estimate=round(len(printed) * MINUTES_BY_HAND / 60, 2),
        evidence_area_mm2={
            grade.label: round(pixels * area_mm2, 4) for grade, pixels in evidence
        },
        approvals=Approvals(viewed=viewed, grouped=0, by_rule=0),
        assumed=chain.assumed,
    )


def _mean(histogram: Array) -> float | None:
    count = int(histogram.sum())
    if not count:
        return None
    return round(float(histogram @ np.arange(_BINS)) / count / 100, 4)


def _p95(histogram: Array) -> float | None:
    count = int(histogram.sum())
    if not count:
        return None
    reached = np.searchsorted(np.cumsum(histogram), _P95 * count)
    return round(float(reached) / 100, 2)

# SPDX-License-Identifier: Apache-2.0
"""Figures of a treatment, summed up tile by tile."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from pellicle.colour.difference import ciede2000
from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.scielab import ScielabFilter, pixels_per_degree
from pellicle.engine.readers import PlaneReader
from pellicle.engine.workers import run_tasks
from pellicle.io.icc import output_profile
from pellicle.io.separations import eight_bit
from pellicle.model.arrays import Array, Colour
from pellicle.model.decision import Chosen
from pellicle.model.figures import Approvals, Figures
from pellicle.model.mask import OUTCOME_PLANE, WHITE_PLANE, PixelOutcome
from pellicle.model.policy import Policy
from pellicle.model.print_choice import INSPECTION_MM, VISIBLE_DE00
from pellicle.model.print_setup import Film
from pellicle.model.raster import RasterSpec, Window
from pellicle.stages.proof.compare import MOST_CENTI_DE00, untouched_de00
from pellicle.workflow.film_shift import (
    SITUATIONS,
    ShiftedFilm,
    difference_sums,
    shift_figures,
    shift_tiles,
)
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
_BINS = MOST_CENTI_DE00 + 1
_P95 = 0.95

Histogram: TypeAlias = tuple[Array, Array]
"""Values of ΔE00 × 100 that occur, ascending, and how often."""

_COUNTS = (
    "printed",
    "undamaged_inked",
    "out_of_gamut",
    "visible_before",
    "visible_after",
    "untouched",
    "shift_printed",
)
_HISTOGRAMS = ("inside", "in_gamut", "rim")


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
    """One tile to be summed up.

    Attributes
    ----------
    shifted
        The film, if it is to be displaced here.
    """

    inputs: FigureInputs
    encoding: ScanEncoding
    film: Film
    raster: RasterSpec
    window: Window
    shifted: ShiftedFilm | None = None


def _histogram(values: Array) -> Histogram:
    found, counts = np.unique(values, return_counts=True)
    return found, counts


@dataclass(slots=True)
class Tally:
    """Sums of one tile. Pixels, but for the distinct colours and a sum of ΔE00."""

    inside: Histogram
    in_gamut: Histogram
    rim: Histogram
    colours: Array
    printed: int = 0
    undamaged_inked: int = 0
    out_of_gamut: int = 0
    visible_before: int = 0
    visible_after: int = 0
    untouched_de00: float = 0.0
    untouched: int = 0
    shift_printed: int = 0
    shift: Array = field(default_factory=lambda: np.zeros((SITUATIONS, 2), np.int64))

    @classmethod
    def empty(cls) -> "Tally":
        """Nothing summed up yet."""
        none = _histogram(np.zeros(0, np.uint16))
        return cls(none, none, none, np.zeros(0, np.uint64))


class _Colours:
    """Distinct colours of many tiles; sorted anew only when they may have doubled."""

    def __init__(self) -> None:
        self._known: Array = np.zeros(0, np.uint64)
        self._more: list[Array] = []

    def add(self, colours: Array) -> None:
        self._more.append(colours)
        if sum(map(len, self._more)) > len(self._known):
            self._known = self._joined()
            self._more = []

    def _joined(self) -> Array:
        return np.unique(np.concatenate([self._known, *self._more]))

    def __len__(self) -> int:
        return len(self._joined())


@dataclass(slots=True)
class Sums:
    """Sums over all tiles: the same in whatever order tiles are added."""

    counts: Counter[str] = field(default_factory=Counter)
    histograms: dict[str, Array] = field(
        default_factory=lambda: {n: np.zeros(_BINS, np.int64) for n in _HISTOGRAMS}
    )
    colours: _Colours = field(default_factory=_Colours)
    untouched_de00: list[float] = field(default_factory=list)
    shift: Array = field(default_factory=lambda: np.zeros((SITUATIONS, 2), np.int64))

    def add(self, tally: Tally) -> None:
        """Add one tile."""
        for name in _COUNTS:
            self.counts[name] += getattr(tally, name)
        for name, histogram in self.histograms.items():
            values, counts = getattr(tally, name)
            histogram[values] += counts
        self.colours.add(tally.colours)
        self.shift += tally.shift
        if tally.untouched_de00:
            self.untouched_de00.append(tally.untouched_de00)

    def as_json(self) -> dict[str, Any]:
        """What the figures are made of."""
        found: dict[str, Any] = {name: int(self.counts[name]) for name in _COUNTS}
        for name, histogram in self.histograms.items():
            values = np.flatnonzero(histogram)
            found[name] = [values.tolist(), histogram[values].tolist()]
        found["colours"] = len(self.colours)
        found["shift"] = self.shift.tolist()
        # Rounded once, from the exact sum: no order shows.
        found["untouched_de00"] = math.fsum(self.untouched_de00)
        return found


def sum_up_tile(task: FigureTask) -> Tally:
    """Sums of one tile."""
    tally = Tally.empty()
    _add_mask(task, tally)
    _add_visible(task, tally)
    if not task.film.clear:
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
    tally.inside = _histogram(centi_de00[inside])
    tally.in_gamut = _histogram(centi_de00[inside & ~missed])
    tally.rim = _histogram(centi_de00[rim])
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
    # The eye's blur reaches past the painting's edge; what lies there is not damage.
    painting = task.inputs.painting.read(task.window) != 0
    infilled = task.inputs.evidence.read(wide).any()
    # A film that is not clear changes sound paint too.
    if not painting.any() or (task.film.clear and not infilled):
        return
    inner = eye.inner(task.window, wide)
    linear = {
        name: task.encoding.linear(reader.read(wide))
        for name, reader in (
            ("target", task.inputs.reconstruction),
            ("before", task.inputs.scan),
            ("after", task.inputs.proof),
        )
    }
    pictures = [linear["before"], linear["after"]]
    if task.shifted is not None:
        pictures += [*task.shifted.seen(linear["before"], wide, task.raster)]

    def seen_lab(picture: Colour) -> Colour:
        reduced = eye.reduced(picture, (wide.top, wide.left))
        return eye.filtered_lab_d65(reduced, inner)

    target_lab = seen_lab(linear["target"])
    corner = task.window.top, task.window.left
    counts = []
    for picture in pictures:
        reduced_de00 = ciede2000(seen_lab(picture), target_lab)
        seen_de00 = eye.spread(reduced_de00, task.window.shape, corner)
        visible = (seen_de00 > VISIBLE_DE00) & painting
        counts.append(int(np.count_nonzero(visible)))
    tally.visible_before, tally.visible_after = counts[:2]
    if task.shifted is not None:
        core = task.window.relative_to(wide).slices
        sums = difference_sums(
            [one[core] for one in pictures], linear["target"][core], painting
        )
        tally.shift_printed = tally.printed
        tally.shift[:] = np.array([counts, sums]).T


def _add_untouched(task: FigureTask, tally: Tally) -> None:
    outcome = task.inputs.planes.read(task.window)[:, :, OUTCOME_PLANE]
    bare = (outcome == 0) & (task.inputs.painting.read(task.window) != 0)
    bare &= task.inputs.labels.read(task.window) == 0
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
    policy: Policy

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
    chosen = chain.mask.setup
    shifted = ShiftedFilm(
        chain.mask.planes, chosen.setup, output_profile(chosen.profile)
    )
    displaced = shift_tiles(tiles, chain.mask.printed(chain.regions))
    tasks = [
        FigureTask(
            inputs,
            chain.scan.encoding,
            film,
            raster,
            window,
            shifted if window in displaced else None,
        )
        for window in tiles
    ]
    total = Sums()

    def keep(task: FigureTask, tally: Tally) -> None:
        total.add(tally)
        making.advance(task.window.shape[0] * task.window.shape[1] / 1e6)

    run_tasks(making.pool, "record", sum_up_tile, tasks, keep)
    return total.as_json()


def figures_of(chain: Chain, sums: Mapping[str, Any]) -> Figures:
    """Put the figures together from the sums over all tiles."""
    area_mm2 = chain.scan.raster.pixel_size.area_mm2
    every = chain.regions.condition.regions
    printed = chain.mask.printed(chain.regions)
    inside, in_gamut, rim = (
        (np.array(values, np.int64), np.array(counts, np.int64))
        for values, counts in (sums[name] for name in _HISTOGRAMS)
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

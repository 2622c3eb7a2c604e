# SPDX-License-Identifier: Apache-2.0
"""What the figures of a treatment are made of: sums over tiles.

Job: sum up one tile, and add tiles up in whatever order they come.
Not here: the figures (`figures.py`).
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from pellicle.colour.difference import exceeds_de00
from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.scielab import ScielabFilter, pixels_per_degree
from pellicle.engine.readers import PlaneReader
from pellicle.io.separations import eight_bit
from pellicle.model.arrays import Array, Colour
from pellicle.model.mask import OUTCOME_PLANE, WHITE_PLANE, PixelOutcome
from pellicle.model.print_choice import INSPECTION_MM, VISIBLE_DE00
from pellicle.model.print_setup import Film
from pellicle.model.raster import RasterSpec, Window
from pellicle.stages.proof.compare import MOST_CENTI_DE00, untouched_de00

_BINS = MOST_CENTI_DE00 + 1

Histogram: TypeAlias = tuple[Array, Array]
"""Values of ΔE00 × 100 that occur, ascending, and how often."""

_COUNTS = (
    "printed",
    "undamaged_inked",
    "out_of_gamut",
    "visible_before",
    "visible_after",
    "untouched",
)
HISTOGRAMS = ("inside", "in_gamut", "rim")


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


def histogram_of(values: Array) -> Histogram:
    """Values that occur, and how often."""
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

    @classmethod
    def empty(cls) -> "Tally":
        """Nothing summed up yet."""
        none = histogram_of(np.zeros(0, np.uint16))
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
        default_factory=lambda: {n: np.zeros(_BINS, np.int64) for n in HISTOGRAMS}
    )
    colours: _Colours = field(default_factory=_Colours)
    untouched_de00: list[float] = field(default_factory=list)

    def add(self, tally: Tally) -> None:
        """Add one tile."""
        for name in _COUNTS:
            self.counts[name] += getattr(tally, name)
        for name, histogram in self.histograms.items():
            values, counts = getattr(tally, name)
            histogram[values] += counts
        self.colours.add(tally.colours)
        if tally.untouched_de00:
            self.untouched_de00.append(tally.untouched_de00)

    def as_json(self) -> dict[str, Any]:
        """What the figures are made of."""
        found: dict[str, Any] = {name: int(self.counts[name]) for name in _COUNTS}
        for name, histogram in self.histograms.items():
            values = np.flatnonzero(histogram)
            found[name] = [values.tolist(), histogram[values].tolist()]
        found["colours"] = len(self.colours)
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
    tally.inside = histogram_of(centi_de00[inside])
    tally.in_gamut = histogram_of(centi_de00[inside & ~missed])
    tally.rim = histogram_of(centi_de00[rim])
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

    def seen_lab(picture: Colour) -> Colour:
        reduced = eye.reduced(picture, (wide.top, wide.left))
        return eye.filtered_lab_d65(reduced, inner)

    target_lab = seen_lab(linear["target"])
    corner = task.window.top, task.window.left
    counts = []
    for picture in pictures:
        seen = exceeds_de00(seen_lab(picture), target_lab, VISIBLE_DE00)
        visible = eye.spread(seen, task.window.shape, corner) & painting
        counts.append(int(np.count_nonzero(visible)))
    tally.visible_before, tally.visible_after = counts[:2]


def _add_untouched(task: FigureTask, tally: Tally) -> None:
    outcome = task.inputs.planes.read(task.window)[:, :, OUTCOME_PLANE]
    bare = (outcome == 0) & (task.inputs.painting.read(task.window) != 0)
    bare &= task.inputs.labels.read(task.window) == 0
    scan = task.inputs.scan.read(task.window)
    de00 = untouched_de00(scan, task.encoding, task.film)
    tally.untouched_de00 = float(de00[bare].sum(dtype=np.float64))
    tally.untouched = int(np.count_nonzero(bare))

# SPDX-License-Identifier: Apache-2.0
"""What of the damage an eye sees: by region, from a distance.

Job: S-CIELAB ΔE00 between scan and reconstruction, gathered region by region.
Not here: the eye's blur (`colour/scielab.py`), what is therefore printed
(`choice.py`).

A region is as visible as the 95th percentile of its pixels, or, of fewer than twenty,
the greatest. Values are counted in hundredths, by region and tile: the sums are whole
numbers, so that a region is as visible at every tile size and in every order.
"""

from dataclasses import dataclass

import numpy as np

from pellicle.colour.difference import ciede2000
from pellicle.colour.scielab import ScielabFilter, lab_d65_of
from pellicle.model.arrays import Array, Colour, Numbers
from pellicle.model.raster import Window

FEW_PIXELS = 20
MOST_CENTI = 65_535
_P95 = 0.95
_CENTI_BITS = np.uint64(16)
_COMPACTED = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class SeenCounts:
    """How many pixels of which region look how different.

    Attributes
    ----------
    keys
        (n,) uint64, ascending: region number · 2^16 + ΔE00 in hundredths.
    pixels
        (n,) int64.
    """

    keys: Array
    pixels: Array

    @classmethod
    def none(cls) -> "SeenCounts":
        """Nothing seen yet."""
        return cls(np.zeros(0, np.uint64), np.zeros(0, np.int64))

    def with_(self, *others: "SeenCounts") -> "SeenCounts":
        """All of them together."""
        keys = np.concatenate([self.keys, *(one.keys for one in others)])
        pixels = np.concatenate([self.pixels, *(one.pixels for one in others)])
        found, at = np.unique(keys, return_inverse=True)
        total = np.zeros(len(found), np.int64)
        np.add.at(total, at, pixels)
        return SeenCounts(found, total)


class SeenTotals:
    """Counts of many tiles, in whatever order they come."""

    def __init__(self) -> None:
        self._known = SeenCounts.none()
        self._more: list[SeenCounts] = []

    def add(self, counts: SeenCounts) -> None:
        """Add one tile's."""
        self._more.append(counts)
        if sum(len(one.keys) for one in self._more) > _COMPACTED:
            self._compact()

    def _compact(self) -> None:
        self._known = self._known.with_(*self._more)
        self._more = []

    def by_region(self) -> dict[int, float]:
        """How visible each region is, as ΔE00, by its number."""
        self._compact()
        numbers = (self._known.keys >> _CENTI_BITS).astype(np.int64)
        centi = (self._known.keys & np.uint64(MOST_CENTI)).astype(np.int64)
        regions, first = np.unique(numbers, return_index=True)
        ends = [*first, len(numbers)][1:]
        return {
            int(number): _percentile(centi[a:b], self._known.pixels[a:b]) / 100
            for number, a, b in zip(regions, first, ends, strict=True)
        }


def _percentile(ascending: Array, pixels: Array) -> int:
    upto = np.cumsum(pixels)
    if upto[-1] < FEW_PIXELS:
        return int(ascending[-1])
    return int(ascending[np.searchsorted(upto, _P95 * upto[-1])])


def seen_in_tile(  # noqa: PLR0917 -- two pictures, the regions, where they lie
    eye: ScielabFilter,
    scan_linear: Colour,
    target_linear: Colour,
    numbers: Numbers,
    window: Window,
    wide: Window,
) -> SeenCounts:
    """Count how different the pixels of each region look.

    Parameters
    ----------
    eye
        Its blur from the distance asked for.
    scan_linear, target_linear
        (H, W, 3) float32 linear Rec.2020 on D50 of `wide`: what is there, and what it
        should look like.
    numbers
        (h, w) uint32 region numbers of `window`; 0 is not counted.
    window, wide
        The tile, and the tile with `eye.halo_px` of context, cut at the scan's edges.
    """
    rows, columns = np.nonzero(numbers)
    if not len(rows):
        return SeenCounts.none()
    origin, inner = (wide.top, wide.left), eye.inner(window, wide)
    blocks = eye.blocks_of((rows, columns), (window.top, window.left))
    scan_lab, target_lab = (
        lab_d65_of(eye.filtered(eye.reduced(one, origin), inner)[blocks])
        for one in (scan_linear, target_linear)
    )
    seen_de00 = ciede2000(scan_lab, target_lab)
    centi = np.minimum(np.rint(seen_de00 * 100), MOST_CENTI)
    keys = numbers[rows, columns].astype(np.uint64) << _CENTI_BITS
    found, pixels = np.unique(keys | centi.astype(np.uint64), return_counts=True)
    return SeenCounts(found, pixels)

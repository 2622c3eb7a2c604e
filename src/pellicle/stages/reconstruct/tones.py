# SPDX-License-Identifier: Apache-2.0
"""Neutral tones: the mean of an infill, flat unless it is long.

Job: sums of one region by cells, and the tone they give at each of its pixels.
Not here: reading regions (the workflow's).
Terms: a region that fits into a square of two cells' side has one tone; of a longer
one the cells' means are joined by a smooth weight, so that a crack through the whole
painting does not take the tone of all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pellicle.model.arrays import Array, Colour, Mask
from pellicle.model.raster import Window
from pellicle.raster.local_means import STEP


@dataclass(frozen=True, slots=True)
class CellSums:
    """Sums of one region.

    Attributes
    ----------
    first
        (row, column) of the first cell of the region's window.
    cell_px
        Side of a cell; 0 where all of the region is one.
    sums
        (h, w, 3) int64: linear light in whole multiples of `STEP`.
    counts
        (h, w) int64 pixels.
    """

    first: tuple[int, int]
    cell_px: int
    sums: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]

    @classmethod
    def empty(cls, window: Window, cell_px: int) -> "CellSums":
        """Of a region in that window, nothing summed up yet."""
        if max(window.shape) <= 2 * cell_px:
            return cls((0, 0), 0, np.zeros((1, 1, 3), np.int64), _none(1, 1))
        top, left = window.top // cell_px, window.left // cell_px
        high = (window.bottom - 1) // cell_px - top + 1
        wide = (window.right - 1) // cell_px - left + 1
        sums = np.zeros((high, wide, 3), np.int64)
        return cls((top, left), cell_px, sums, _none(high, wide))

    def add(self, rgb_linear: Colour, where: Mask, window: Window) -> None:
        """Add the pixels of a set in a window."""
        rows, columns = np.nonzero(where)
        whole = np.rint(rgb_linear[rows, columns] / STEP).astype(np.int64)
        if self.cell_px:
            rows = (rows + window.top) // self.cell_px - self.first[0]
            columns = (columns + window.left) // self.cell_px - self.first[1]
        else:
            rows, columns = np.zeros_like(rows), np.zeros_like(columns)
        np.add.at(self.sums, (rows, columns), whole)
        np.add.at(self.counts, (rows, columns), 1)

    def tones(self, rows: Array, columns: Array) -> npt.NDArray[np.float64]:
        """(N, 3) linear tone at pixels of the region; scan rows and columns."""
        if not self.cell_px:
            mean = self.sums[0, 0] * STEP / max(int(self.counts[0, 0]), 1)
            return np.broadcast_to(mean, (len(rows), 3)).copy()
        total = np.zeros((len(rows), 3))
        weight = np.zeros(len(rows))
        down = (rows + 0.5) / self.cell_px - 0.5 - self.first[0]
        across = (columns + 0.5) / self.cell_px - 0.5 - self.first[1]
        high, wide = self.counts.shape
        for step_down in (0, 1):
            for step_across in (0, 1):
                row = np.floor(down).astype(np.int64) + step_down
                column = np.floor(across).astype(np.int64) + step_across
                share = (1 - np.abs(down - row)) * (1 - np.abs(across - column))
                inside = (row >= 0) & (row < high) & (column >= 0) & (column < wide)
                at = np.where(inside, row, 0), np.where(inside, column, 0)
                share = np.where(inside, share, 0.0)
                total += share[:, None] * (self.sums[at] * STEP)
                weight += share * self.counts[at]
        return total / np.maximum(weight, 1e-9)[:, None]


def _none(high: int, wide: int) -> npt.NDArray[np.int64]:
    return np.zeros((high, wide), np.int64)


@dataclass(frozen=True, slots=True)
class NeutralTones:
    """Tones of the regions that are rendered neutral, by region number."""

    by_number: Mapping[int, CellSums] = field(default_factory=dict)

    def paint(self, into: Colour, numbers: Array, where: Mask, window: Window) -> None:
        """Put the tone of its region on every pixel of a set."""
        for number in np.unique(numbers[where]).tolist():
            cells = self.by_number.get(int(number))
            if cells is None:
                continue
            rows, columns = np.nonzero(where & (numbers == number))
            into[rows, columns] = cells.tones(rows + window.top, columns + window.left)

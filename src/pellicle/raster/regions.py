# SPDX-License-Identifier: Apache-2.0
"""Regions: 8-connected pixels of equal label, joined across tile edges.

Job: number the regions of a raster that arrives tile by tile, and sum up each one's
pixels, box, moments and identity, in memory that does not grow with the raster.
Not here: what a region means (`stages/condition/classify.py`).
Terms: a *provisional* number is given while tiles still arrive; the *final* number is
1, 2, … in reading order of the regions' first pixels.

All sums are integers, so that a region is the same at every tile size. They hold for
rasters up to 500,000 pixels a side in tiles up to 4,096.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self, overload

import numpy as np
from typing_extensions import override

from pellicle.model.arrays import Array, Labels, Mask, Numbers
from pellicle.model.raster import Window
from pellicle.raster.region_sums import (
    COLUMNS,
    CONFIDENCE,
    FIRST_X,
    FIRST_Y,
    LABEL,
    LOW_BITS,
    PEAK,
    PIXELS,
    TOP,
    X,
    join_tile,
    merge,
    roots_of,
    unite_line,
)

ID_HEX_DIGITS = 12


@dataclass(frozen=True, slots=True)
class RegionShape:
    """Geometry of one region.

    Attributes
    ----------
    number
        1, 2, … in reading order of the regions' first pixels.
    label
        The label all its pixels share.
    window
        Smallest window that holds it.
    pixels
        Number of pixels.
    hash64
        Sum mod 2^64 of a 64-bit mix of each pixel's row and column: tells two regions
        of equal box and size apart, whatever order the pixels came in.
    confidence_sum
        Sum of its pixels' confidences, 0 to 255 each.
    first_row, first_column
        First pixel in reading order.
    peak
        Greatest confidence of its pixels, 0 to 255.
    sum_x, sum_y, sum_xx, sum_xy, sum_yy
        Exact sums over the pixels of column, row, and their products.
    """

    number: int
    label: int
    window: Window
    pixels: int
    hash64: int
    confidence_sum: int
    first_row: int
    first_column: int
    peak: int
    sum_x: int
    sum_y: int
    sum_xx: int
    sum_xy: int
    sum_yy: int

    @property
    def confidence(self) -> float:
        """Mean confidence, 0 to 1."""
        return self.confidence_sum / (255 * self.pixels)

    @property
    def covariance_px2(self) -> tuple[float, float, float]:
        """Variances and covariance (xx, xy, yy) of its pixels' positions, in px²."""
        n = self.pixels
        return (
            (n * self.sum_xx - self.sum_x * self.sum_x) / (n * n),
            (n * self.sum_xy - self.sum_x * self.sum_y) / (n * n),
            (n * self.sum_yy - self.sum_y * self.sum_y) / (n * n),
        )


class RegionShapes(Sequence[RegionShape]):
    """Regions in order of their numbers; each is made when it is asked for.

    Of a map's candidates most are too small to be anything: these are told by `pixels`
    and the like, (n,) arrays, and never made.
    """

    def __init__(self, sums: Array, low: Array, hashes: Array) -> None:
        self._sums, self._low, self._hashes = sums, low, hashes

    @classmethod
    def none(cls) -> Self:
        """No region."""
        nothing = np.zeros((0, COLUMNS), np.int64)
        return cls(nothing, nothing, nothing)

    @property
    def pixels(self) -> Array:
        """(n,) number of pixels of each."""
        return np.asarray(self._sums[:, PIXELS])

    @property
    def peaks(self) -> Array:
        """(n,) greatest confidence of each, 0 to 255."""
        return np.asarray(self._sums[:, PEAK])

    @property
    def labels(self) -> Array:
        """(n,) label of each."""
        return np.asarray(self._sums[:, LABEL])

    @property
    def diagonals_px(self) -> Array:
        """(n,) diagonal of each one's window."""
        top, left, bottom, right = self._sums[:, TOP:PIXELS].T
        return np.asarray(np.hypot(bottom - top, right - left))

    def picked(self, where: Mask) -> Iterator[RegionShape]:
        """Those where a (n,) mask says so, in order."""
        return (self[index] for index in np.flatnonzero(where).tolist())

    @override
    def __len__(self) -> int:
        return len(self._sums)

    @overload
    def __getitem__(self, index: int) -> RegionShape: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[RegionShape]: ...

    @override
    def __getitem__(self, index: int | slice) -> RegionShape | Sequence[RegionShape]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        row, low = self._sums[index].tolist(), self._low[index].tolist()
        return RegionShape(
            index + 1,
            row[LABEL],
            Window(*row[TOP:PIXELS]),
            row[PIXELS],
            int(self._hashes[index]),
            row[CONFIDENCE],
            row[FIRST_Y],
            row[FIRST_X],
            row[PEAK],
            *((row[X + k] << LOW_BITS) + low[k] for k in range(5)),
        )


def region_id(shape: RegionShape, label: int) -> str:
    """Name of a region that depends on its pixels and class only: 12 hex digits.

    Parameters
    ----------
    shape
        The region.
    label
        Its class, which may differ from the label it was joined by.
    """
    box = shape.window
    parts = (label, shape.pixels, box.top, box.left, box.bottom, box.right)
    text = ":".join(map(str, (*parts, shape.hash64)))
    return hashlib.blake2b(text.encode(), digest_size=ID_HEX_DIGITS // 2).hexdigest()


def mask_shape(mask: Mask, window: Window) -> RegionShape | None:
    """Geometry of a set of pixels, connected or not; None if there are none.

    Parameters
    ----------
    mask
        (h, w) bool.
    window
        Where it lies.

    Returns
    -------
    shape
        Numbered 1, label 1; for a connected set, what `RegionJoiner` finds of it.
    """
    labels = mask.astype(np.uint8)
    first = window.top, window.left
    _, sums, hashes = join_tile(labels, np.zeros_like(labels), first, 0)
    if not len(sums):
        return None
    as_one = np.ones(len(sums) + 1, np.uint32)
    as_one[0] = 0
    (shape,) = RegionShapes(*merge(as_one, sums, hashes))
    return shape


class RegionJoiner:
    """Numbers the regions of a raster whose tiles come one after the other.

    Holds the last row of the tiles above, the last column of the tile to the left and
    a row of sums for each provisional region; never the raster.

    Parameters
    ----------
    shape
        (height, width) of the raster in pixels.
    tile_px
        Side of a tile; tiles at the right and lower edge are smaller.
    """

    def __init__(self, shape: tuple[int, int], tile_px: int) -> None:
        self._width = shape[1]
        self._tile_px = tile_px
        self._next = Window(0, 0, tile_px, tile_px).within(Window(0, 0, *shape))
        self._raster = Window(0, 0, *shape)
        self._count = 0
        self._parent: Array = np.zeros(1, np.uint32)
        self._sums: list[Array] = []
        self._hashes: list[Array] = []
        # Labels and numbers of the row above, and of the row being made below.
        self._above = self._empty_line(self._width)
        self._below = self._empty_line(self._width)
        self._left = self._empty_line(0)

    @staticmethod
    def _empty_line(length: int) -> tuple[Array, Array]:
        return np.zeros(length, np.uint32), np.zeros(length, np.uint32)

    def add(
        self,
        window: Window,
        labels: Labels | Numbers,
        confidence: Labels,
    ) -> Numbers:
        """Join one tile to what came before.

        Parameters
        ----------
        window
            Where the tile lies. Tiles come in row-major order of a regular grid, all
            of them.
        labels
            (h, w) uint8 or uint32; 0 is background.
        confidence
            (h, w) uint8, 0 to 255.

        Returns
        -------
        provisional
            (h, w) uint32, unique over the raster; `finish` gives the final numbers.

        Raises
        ------
        ValueError
            If the tile is not the next one of the grid.
        """
        self._expect(window)
        if window.left == 0:
            self._left = self._empty_line(0)
            if window.top:
                self._above, self._below = self._below, self._above
        numbers, sums, hashes = join_tile(
            labels, confidence, (window.top, window.left), self._count
        )
        self._sums.append(sums)
        self._hashes.append(hashes)
        self._grow(len(sums))
        unite_line(self._parent, labels[0], numbers[0], self._above, window.left)
        unite_line(self._parent, labels[:, 0], numbers[:, 0], self._left, 0)
        columns = slice(window.left, window.right)
        for line, tile in zip(self._below, (labels, numbers), strict=True):
            line[columns] = tile[-1]
        self._left = labels[:, -1].astype(np.uint32), numbers[:, -1].copy()
        return numbers

    def _expect(self, window: Window) -> None:
        if window != self._next:
            message = f"the next tile is {self._next}, not {window}"
            raise ValueError(message)
        side = self._tile_px
        top, left = window.top, window.right
        if left == self._raster.right:
            top, left = window.bottom, 0
        after = Window(top, left, top + side, left + side)
        self._next = after.within(self._raster)

    def _grow(self, more: int) -> None:
        needed = self._count + more + 1
        if needed > len(self._parent):
            grown = np.zeros(max(needed, 2 * len(self._parent)), np.uint32)
            grown[: len(self._parent)] = self._parent
            self._parent = grown
        self._parent[self._count + 1 : needed] = np.arange(
            self._count + 1, needed, dtype=np.uint32
        )
        self._count = needed - 1

    def finish(self) -> "tuple[RegionShapes, Array]":
        """Sum up the regions once every tile has been added.

        Returns
        -------
        shapes
            In order of `RegionShape.number`.
        lookup
            (provisional numbers + 1,) uint32: final number of each provisional one;
            ``lookup[0]`` is 0.
        """
        if not self._count:
            return RegionShapes.none(), np.zeros(1, np.uint32)
        roots = roots_of(self._parent[: self._count + 1])
        sums = np.concatenate(self._sums)
        first = sums[:, FIRST_Y] * self._width + sums[:, FIRST_X]
        lookup = _final_numbers(roots, first)
        merged, low, hashes = merge(lookup, sums, np.concatenate(self._hashes))
        return RegionShapes(merged, low, hashes), lookup


def _final_numbers(roots: Array, first: Array) -> Array:
    """Numbers in reading order of the first pixel of each set of joined regions."""
    groups, group = np.unique(roots[1:], return_inverse=True)
    earliest = np.full(len(groups), np.iinfo(np.int64).max)
    np.minimum.at(earliest, group, first)
    rank = np.empty(len(groups), np.uint32)
    rank[np.argsort(earliest)] = np.arange(1, len(groups) + 1, dtype=np.uint32)
    return np.concatenate([np.zeros(1, np.uint32), rank[group]])

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
from dataclasses import dataclass

import numpy as np
from numba import njit

from pellicle.model.arrays import Array, Labels, Numbers
from pellicle.model.raster import Window

ID_HEX_DIGITS = 12

# Columns of the table of sums, one row a provisional or final region.
_LABEL, _TOP, _LEFT, _BOTTOM, _RIGHT = 0, 1, 2, 3, 4
_PIXELS, _CONFIDENCE, _FIRST_Y, _FIRST_X = 5, 6, 7, 8
_X, _Y, _XX, _XY, _YY = 9, 10, 11, 12, 13
_COLUMNS = 14
_LOW_BITS = 32
_LOW = (1 << _LOW_BITS) - 1


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
        numbers, sums, hashes = _join_tile(
            labels, confidence, (window.top, window.left), self._count
        )
        self._sums.append(sums)
        self._hashes.append(hashes)
        self._grow(len(sums))
        _unite_line(self._parent, labels[0], numbers[0], self._above, window.left)
        _unite_line(self._parent, labels[:, 0], numbers[:, 0], self._left, 0)
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

    def finish(self) -> tuple[tuple[RegionShape, ...], Array]:
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
            return (), np.zeros(1, np.uint32)
        roots = _roots(self._parent[: self._count + 1])
        sums = np.concatenate(self._sums)
        first = sums[:, _FIRST_Y] * self._width + sums[:, _FIRST_X]
        lookup = _final_numbers(roots, first)
        merged, low, hashes = _merge(lookup, sums, np.concatenate(self._hashes))
        return _shapes(merged, low, hashes), lookup


def _final_numbers(roots: Array, first: Array) -> Array:
    """Numbers in reading order of the first pixel of each set of joined regions."""
    groups, group = np.unique(roots[1:], return_inverse=True)
    earliest = np.full(len(groups), np.iinfo(np.int64).max)
    np.minimum.at(earliest, group, first)
    rank = np.empty(len(groups), np.uint32)
    rank[np.argsort(earliest)] = np.arange(1, len(groups) + 1, dtype=np.uint32)
    return np.concatenate([np.zeros(1, np.uint32), rank[group]])


def _shapes(merged: Array, low: Array, hashes: Array) -> tuple[RegionShape, ...]:
    rows = zip(merged.tolist(), low.tolist(), hashes.tolist(), strict=True)
    return tuple(
        RegionShape(
            number,
            row[_LABEL],
            Window(*row[_TOP:_PIXELS]),
            row[_PIXELS],
            hash64,
            row[_CONFIDENCE],
            row[_FIRST_Y],
            row[_FIRST_X],
            *((row[_X + k] << _LOW_BITS) + low_row[k] for k in range(5)),
        )
        for number, (row, low_row, hash64) in enumerate(rows, start=1)
    )


@njit(cache=True)
def _root(parent: Array, number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


@njit(cache=True)
def _unite(parent: Array, one: int, other: int) -> int:
    one, other = _root(parent, one), _root(parent, other)
    if one < other:
        parent[other] = one
        return one
    parent[one] = other
    return other


@njit(cache=True)
def _roots(parent: Array) -> Array:
    roots = np.empty_like(parent)
    for number in range(len(parent)):
        roots[number] = _root(parent, number)
    return roots


@njit(cache=True)
def _mixed(row: int, column: int) -> np.uint64:
    """One step of splitmix64 (Steele, Lea & Flood 2014, 10.1145/2714064.2660195)."""
    z = (np.uint64(row) << np.uint64(32)) | np.uint64(column)
    z += np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True)
def _label_tile(labels: Array, parent: Array, numbers: Array) -> int:
    """First pass: numbers that may still be several to a region. Gives their count."""
    height, width = labels.shape
    count = 0
    for r in range(height):
        for c in range(width):
            label = labels[r, c]
            if label == 0:
                continue
            number = 0
            if r > 0 and labels[r - 1, c] == label:
                # North touches west, north-west and north-east: all joined already.
                number = numbers[r - 1, c]
            else:
                if c > 0 and labels[r, c - 1] == label:
                    number = numbers[r, c - 1]
                elif r > 0 and c > 0 and labels[r - 1, c - 1] == label:
                    number = numbers[r - 1, c - 1]
                if r > 0 and c + 1 < width and labels[r - 1, c + 1] == label:
                    east = numbers[r - 1, c + 1]
                    number = east if number == 0 else _unite(parent, number, east)
            if number == 0:
                count += 1
                number = count
                parent[number] = number
            numbers[r, c] = number
    return count


@njit(cache=True)
def _join_tile(
    labels: Array, confidence: Array, first: tuple[int, int], base: int
) -> tuple[Array, Array, Array]:
    """Provisional numbers of one tile, and the sums of each."""
    height, width = labels.shape
    top, left = first
    numbers = np.zeros((height, width), np.uint32)
    parent = np.empty(height * width + 1, np.uint32)
    found = _label_tile(labels, parent, numbers)
    compact = np.zeros(found + 1, np.uint32)
    count = 0
    for number in range(1, found + 1):
        root = _root(parent, number)
        if root == number:
            count += 1
            compact[number] = count
        else:
            compact[number] = compact[root]
    sums = np.zeros((count, _COLUMNS), np.int64)
    hashes = np.zeros(count, np.uint64)
    for r in range(height):
        y = top + r
        for c in range(width):
            if labels[r, c] == 0:
                continue
            x = left + c
            k = compact[numbers[r, c]] - 1
            numbers[r, c] = base + k + 1
            row = sums[k]
            if row[_PIXELS] == 0:
                row[_LABEL] = labels[r, c]
                row[_TOP], row[_LEFT] = y, x
                row[_FIRST_Y], row[_FIRST_X] = y, x
            row[_LEFT] = min(row[_LEFT], x)
            row[_BOTTOM] = y + 1
            row[_RIGHT] = max(row[_RIGHT], x + 1)
            row[_PIXELS] += 1
            row[_CONFIDENCE] += confidence[r, c]
            row[_X] += x
            row[_Y] += y
            row[_XX] += x * x
            row[_XY] += x * y
            row[_YY] += y * y
            hashes[k] += _mixed(y, x)
    return numbers, sums, hashes


@njit(cache=True)
def _unite_line(
    parent: Array, labels: Array, numbers: Array, beside: tuple[Array, Array], at: int
) -> None:
    """Join a tile's edge to the line of pixels beside it, which starts `at` earlier."""
    beside_labels, beside_numbers = beside
    for k in range(len(labels)):
        if labels[k] == 0:
            continue
        position = at + k
        for other in range(max(position - 1, 0), min(position + 2, len(beside_labels))):
            if beside_labels[other] == labels[k]:
                _unite(parent, numbers[k], beside_numbers[other])


@njit(cache=True)
def _merge(lookup: Array, sums: Array, hashes: Array) -> tuple[Array, Array, Array]:
    """Sums of final regions; moments in two halves, since they may exceed 64 bits."""
    count = lookup.max()
    merged = np.zeros((count, _COLUMNS), np.int64)
    low = np.zeros((count, 5), np.int64)
    merged_hashes = np.zeros(count, np.uint64)
    for provisional in range(len(sums)):
        source = sums[provisional]
        k = lookup[provisional + 1] - 1
        row = merged[k]
        if row[_PIXELS] == 0:
            row[:_PIXELS] = source[:_PIXELS]
            row[_FIRST_Y], row[_FIRST_X] = source[_FIRST_Y], source[_FIRST_X]
        elif source[_FIRST_Y] < row[_FIRST_Y] or (
            source[_FIRST_Y] == row[_FIRST_Y] and source[_FIRST_X] < row[_FIRST_X]
        ):
            row[_FIRST_Y], row[_FIRST_X] = source[_FIRST_Y], source[_FIRST_X]
        row[_TOP] = min(row[_TOP], source[_TOP])
        row[_LEFT] = min(row[_LEFT], source[_LEFT])
        row[_BOTTOM] = max(row[_BOTTOM], source[_BOTTOM])
        row[_RIGHT] = max(row[_RIGHT], source[_RIGHT])
        row[_PIXELS] += source[_PIXELS]
        row[_CONFIDENCE] += source[_CONFIDENCE]
        for moment in range(5):
            row[_X + moment] += source[_X + moment] >> _LOW_BITS
            low[k, moment] += source[_X + moment] & _LOW
        merged_hashes[k] += hashes[provisional]
    return merged, low, merged_hashes

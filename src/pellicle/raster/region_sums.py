# SPDX-License-Identifier: Apache-2.0
"""Compiled loops of `regions.py`: numbering a tile, and sums for each region.

Sums are rows of an int64 table; moments are kept in two halves where they may overflow.
"""

import numpy as np
from numba import njit

from pellicle.model.arrays import Array

# Columns of the table of sums, one row a provisional or final region.
LABEL, TOP, LEFT, BOTTOM, RIGHT = 0, 1, 2, 3, 4
PIXELS, CONFIDENCE, FIRST_Y, FIRST_X = 5, 6, 7, 8
X, Y, XX, XY, YY = 9, 10, 11, 12, 13
PEAK = 14
COLUMNS = 15
LOW_BITS = 32
LOW = (1 << LOW_BITS) - 1


@njit(cache=True)
def root_of(parent: Array, number: int) -> int:
    """Number that stands for all that were united with one."""
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


@njit(cache=True)
def unite(parent: Array, one: int, other: int) -> int:
    """Unite two numbers; the lower one stands for both."""
    one, other = root_of(parent, one), root_of(parent, other)
    if one < other:
        parent[other] = one
        return one
    parent[one] = other
    return other


@njit(cache=True)
def roots_of(parent: Array) -> Array:
    """Root of every number."""
    roots = np.empty_like(parent)
    for number in range(len(parent)):
        roots[number] = root_of(parent, number)
    return roots


@njit(cache=True)
def mixed(row: int, column: int) -> np.uint64:
    """One step of splitmix64 (Steele, Lea & Flood 2014, 10.1145/2714064.2660195)."""
    z = (np.uint64(row) << np.uint64(32)) | np.uint64(column)
    z += np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True)
def label_tile(labels: Array, parent: Array, numbers: Array) -> int:
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
                    number = east if number == 0 else unite(parent, number, east)
            if number == 0:
                count += 1
                number = count
                parent[number] = number
            numbers[r, c] = number
    return count


@njit(cache=True)
def join_tile(
    labels: Array, confidence: Array, first: tuple[int, int], base: int
) -> tuple[Array, Array, Array]:
    """Provisional numbers of one tile, and the sums of each."""
    height, width = labels.shape
    top, left = first
    numbers = np.zeros((height, width), np.uint32)
    parent = np.empty(height * width + 1, np.uint32)
    found = label_tile(labels, parent, numbers)
    compact = np.zeros(found + 1, np.uint32)
    count = 0
    for number in range(1, found + 1):
        root = root_of(parent, number)
        if root == number:
            count += 1
            compact[number] = count
        else:
            compact[number] = compact[root]
    sums = np.zeros((count, COLUMNS), np.int64)
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
            if row[PIXELS] == 0:
                row[LABEL] = labels[r, c]
                row[TOP], row[LEFT] = y, x
                row[FIRST_Y], row[FIRST_X] = y, x
            row[LEFT] = min(row[LEFT], x)
            row[BOTTOM] = y + 1
            row[RIGHT] = max(row[RIGHT], x + 1)
            row[PIXELS] += 1
            row[CONFIDENCE] += confidence[r, c]
            row[PEAK] = max(row[PEAK], confidence[r, c])
            row[X] += x
            row[Y] += y
            row[XX] += x * x
            row[XY] += x * y
            row[YY] += y * y
            hashes[k] += mixed(y, x)
    return numbers, sums, hashes


@njit(cache=True)
def unite_line(
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
                unite(parent, numbers[k], beside_numbers[other])


@njit(cache=True)
def merge(lookup: Array, sums: Array, hashes: Array) -> tuple[Array, Array, Array]:
    """Sums of final regions; moments in two halves, since they may exceed 64 bits."""
    count = lookup.max()
    merged = np.zeros((count, COLUMNS), np.int64)
    low = np.zeros((count, 5), np.int64)
    merged_hashes = np.zeros(count, np.uint64)
    for provisional in range(len(sums)):
        source = sums[provisional]
        k = lookup[provisional + 1] - 1
        row = merged[k]
        if row[PIXELS] == 0:
            row[:PIXELS] = source[:PIXELS]
            row[FIRST_Y], row[FIRST_X] = source[FIRST_Y], source[FIRST_X]
        elif source[FIRST_Y] < row[FIRST_Y] or (
            source[FIRST_Y] == row[FIRST_Y] and source[FIRST_X] < row[FIRST_X]
        ):
            row[FIRST_Y], row[FIRST_X] = source[FIRST_Y], source[FIRST_X]
        row[TOP] = min(row[TOP], source[TOP])
        row[LEFT] = min(row[LEFT], source[LEFT])
        row[BOTTOM] = max(row[BOTTOM], source[BOTTOM])
        row[RIGHT] = max(row[RIGHT], source[RIGHT])
        row[PIXELS] += source[PIXELS]
        row[CONFIDENCE] += source[CONFIDENCE]
        row[PEAK] = max(row[PEAK], source[PEAK])
        for moment in range(5):
            row[X + moment] += source[X + moment] >> LOW_BITS
            low[k, moment] += source[X + moment] & LOW
        merged_hashes[k] += hashes[provisional]
    return merged, low, merged_hashes

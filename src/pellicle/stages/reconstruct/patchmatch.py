# SPDX-License-Identifier: Apache-2.0
"""Correspondences: for each patch that touches a loss, the intact patch most like it.

Job: PatchMatch search, and the vote of the patches found.
Not here: pyramid, order of passes, colours of the result (`patches.py`).
Terms: a patch is named by its *centre*; the *field* holds, for each centre to be
matched, the centre of its intact counterpart (its *source*) and their distance.

Distances are sums of whole numbers, so they are exact in any order of addition; the
random candidates are hashes of the seed, the place in the scan and the pass. Hence
equal inputs give equal bytes on every machine.

References
----------
Barnes, Shechtman, Finkelstein & Goldman, *PatchMatch*, 2009,
doi 10.1145/1531326.1531330; Wexler, Shechtman & Irani, *Space-time completion of
video*, 2007, doi 10.1109/TPAMI.2007.60.
"""

from typing import Any

import numba
import numpy as np

RGB_RUN = 21
"""Samples in a row of an RGB patch of radius 3."""

FAR = 2**31 - 1
"""Distance of a patch that has no source yet."""


@numba.njit(cache=True)
def hashed(seed: int, row: int, column: int, draw: int) -> Any:
    """63 random-looking bits (the finaliser of SplitMix64)."""
    bits = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
    bits ^= np.uint64(row) * np.uint64(0xC2B2AE3D27D4EB4F)
    bits ^= np.uint64(column) * np.uint64(0x165667B19E3779F9)
    bits ^= np.uint64(draw) * np.uint64(0xD6E8FEB86659FD93)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((bits ^ (bits >> np.uint64(31))) >> np.uint64(1))


@numba.njit(cache=True)
def distance(  # noqa: PLR0917 -- a compiled loop
    guide: Any, anchor: Any, weights: Any, row: int, column: int, other_row: int,
    other_column: int, radius: int, limit: int,
) -> Any:  # fmt: skip
    """Sum of squared differences of two patches; stops once over `limit`."""
    bands = guide.shape[2]
    run = (2 * radius + 1) * bands
    total = np.int32(0)
    for band in range(anchor.shape[2]):
        apart = np.int32(anchor[row, column, band])
        apart -= np.int32(anchor[other_row, other_column, band])
        total += apart * apart * weights[0]
    down, along = abs(row - other_row), abs(column - other_column)
    total += weights[1] * (down + along)
    if total >= limit:
        return total
    flat = guide.reshape(guide.shape[0], guide.shape[1] * bands)
    for step in range(-radius, radius + 1):
        one = flat[row + step]
        two = flat[other_row + step]
        begin = (column - radius) * bands
        other = (other_column - radius) * bands
        part = np.int32(0)
        if run == RGB_RUN:  # a length known to the compiler makes it twice as fast
            for i in range(RGB_RUN):
                difference = np.int32(one[begin + i]) - np.int32(two[other + i])
                part = np.int32(part + np.int32(difference * difference))
        else:
            for i in range(run):
                difference = np.int32(one[begin + i]) - np.int32(two[other + i])
                part = np.int32(part + np.int32(difference * difference))
        total += part
        if total >= limit:
            return total
    return total


@numba.njit(cache=True)
def start_field(  # noqa: PLR0917 -- a compiled loop
    guide: Any, anchor: Any, weights: Any, centres: Any, sources: Any,
    field: Any, costs: Any, usable: Any, radius: int, seed: int, origin: Any,
) -> None:  # fmt: skip
    """Give centres whose source is missing or not usable a random one; measure all."""
    count = len(sources)
    for k in range(len(centres)):
        row, column = centres[k]
        sound = field[k, 0] >= 0 and field[k, 0] < usable.shape[0]
        sound = sound and field[k, 1] >= 0 and field[k, 1] < usable.shape[1]
        if not sound or not usable[field[k, 0], field[k, 1]]:
            pick = hashed(seed, row + origin[0], column + origin[1], 0) % count
            field[k, 0] = sources[pick] // usable.shape[1]
            field[k, 1] = sources[pick] % usable.shape[1]
        costs[k] = distance(
            guide, anchor, weights, row, column, field[k, 0], field[k, 1], radius, FAR
        )  # fmt: skip


@numba.njit(cache=True)
def improve_field(  # noqa: C901, PLR0917 -- a compiled loop
    guide: Any, anchor: Any, weights: Any, centres: Any, index: Any,
    field: Any, costs: Any, usable: Any,
    radius: int, seed: int, origin: Any, passes: int, widest: int,
) -> None:  # fmt: skip
    """Propagate from neighbours and search at random; in place."""
    height, width = usable.shape
    total = len(centres)
    for sweep in range(passes):
        step = 1 if sweep % 2 == 0 else -1
        for position in range(total):
            k = position if step == 1 else total - 1 - position
            row, column = centres[k]
            best_row, best_column = field[k, 0], field[k, 1]
            best = costs[k]
            for axis in range(2):
                near = index[row - step, column] if axis == 0 else -1
                if axis == 1:
                    near = index[row, column - step]
                if near < 0:
                    continue
                to_row = field[near, 0] + (step if axis == 0 else 0)
                to_column = field[near, 1] + (step if axis == 1 else 0)
                if to_row < 0 or to_column < 0 or to_row >= height:
                    continue
                if to_column >= width or not usable[to_row, to_column]:
                    continue
                found = distance(
                    guide, anchor, weights, row, column, to_row, to_column, radius, best
                )  # fmt: skip
                if found < best:
                    best, best_row, best_column = found, to_row, to_column
            reach = widest
            draw = 1 + 64 * sweep
            while reach >= 1:
                bits = hashed(seed, row + origin[0], column + origin[1], draw)
                draw += 1
                side = 2 * reach + 1
                to_row = best_row - reach + bits % side
                to_column = best_column - reach + (bits >> 24) % side
                reach //= 3
                if to_row < 0 or to_column < 0 or to_row >= height:
                    continue
                if to_column >= width or not usable[to_row, to_column]:
                    continue
                found = distance(
                    guide, anchor, weights, row, column, to_row, to_column, radius, best
                )  # fmt: skip
                if found < best:
                    best, best_row, best_column = found, to_row, to_column
            field[k, 0], field[k, 1] = best_row, best_column
            costs[k] = best


@numba.njit(cache=True)
def vote(  # noqa: PLR0917 -- a compiled loop
    image: Any, pixels: Any, index: Any, field: Any, trust: Any, radius: int,
) -> Any:  # fmt: skip
    """Weighted mean of what the patches over each pixel propose.

    Returns
    -------
    colours
        (N, C) float32, for `pixels`; NaN where no patch lies over a pixel.
    """
    height, width, bands = image.shape
    colours = np.empty((len(pixels), bands), np.float32)
    sums = np.empty(bands, np.float64)
    for n in range(len(pixels)):
        row, column = pixels[n]
        sums[:] = 0.0
        total = 0.0
        for down in range(-radius, radius + 1):
            for right in range(-radius, radius + 1):
                at_row, at_column = row + down, column + right
                if at_row < 0 or at_column < 0 or at_row >= height:
                    continue
                if at_column >= width:
                    continue
                k = index[at_row, at_column]
                if k < 0:
                    continue
                weight = trust[k]
                from_row = field[k, 0] - down
                from_column = field[k, 1] - right
                for band in range(bands):
                    sums[band] += weight * image[from_row, from_column, band]
                total += weight
        for band in range(bands):
            colours[n, band] = sums[band] / total if total > 0.0 else np.nan
    return colours


@numba.njit(cache=True)
def best_source(pixels: Any, index: Any, field: Any, merit: Any, radius: int) -> Any:
    """Source pixel proposed by the best of the patches over each pixel, (N, 2)."""
    height, width = index.shape
    chosen = np.full((len(pixels), 2), -1, np.int64)
    for n in range(len(pixels)):
        row, column = pixels[n]
        best = -1.0
        for down in range(-radius, radius + 1):
            for right in range(-radius, radius + 1):
                at_row, at_column = row + down, column + right
                if at_row < 0 or at_column < 0 or at_row >= height:
                    continue
                if at_column >= width:
                    continue
                k = index[at_row, at_column]
                if k >= 0 and merit[k] > best:
                    best = merit[k]
                    chosen[n, 0] = field[k, 0] - down
                    chosen[n, 1] = field[k, 1] - right
    return chosen

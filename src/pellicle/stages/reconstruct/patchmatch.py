# SPDX-License-Identifier: Apache-2.0
"""Correspondences: for each patch that touches a loss, the intact patch most like it.

Job: PatchMatch search, and what the patches found say of each pixel.
Not here: pyramid, order of passes, colours of the result (`patches.py`), the distance
of two patches (`patch_gap.py`).
Terms: a patch is named by its *centre*; the patches to be matched lie on a lattice of
some *pitch*; the *field* holds, for each of them, the centre of its intact counterpart
(its *source*).

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

from pellicle.stages.reconstruct.patch_gap import BANDS, RADIUS_PX, SIDE_PX, patch_gap

MOST_OVER_A_PIXEL = SIDE_PX * SIDE_PX


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
    guide: Any, anchor: Any, burden: Any, weights: Any, row: int, column: int,
    other_row: int, other_column: int, limit: int,
) -> Any:  # fmt: skip
    """Cost of a source, whole number; of those over `limit` at least that much."""
    total = np.int64(burden[other_row, other_column])
    down, along = abs(row - other_row), abs(column - other_column)
    total += weights[1] * (down + along)
    for band in range(BANDS):
        apart = np.int64(anchor[row, column, band])
        apart -= np.int64(anchor[other_row, other_column, band])
        total += apart * apart * weights[0]
    if total >= limit:
        return total
    stride = guide.shape[1] * BANDS
    begin = (row - RADIUS_PX) * stride + (column - RADIUS_PX) * BANDS
    other = (other_row - RADIUS_PX) * stride + (other_column - RADIUS_PX) * BANDS
    return total + patch_gap(guide, begin, stride, guide, other, stride)


@numba.njit(cache=True)
def start_field(  # noqa: PLR0917 -- a compiled loop
    guide: Any, anchor: Any, burden: Any, weights: Any, centres: Any, sources: Any,
    field: Any, costs: Any, usable: Any, seed: int, origin: Any,
) -> None:  # fmt: skip
    """Give centres whose source is missing or not usable a random one; measure all."""
    far = 2**62
    for k in range(len(centres)):
        row, column = centres[k]
        sound = field[k, 0] >= 0 and field[k, 0] < usable.shape[0]
        sound = sound and field[k, 1] >= 0 and field[k, 1] < usable.shape[1]
        if not sound or not usable[field[k, 0], field[k, 1]]:
            pick = hashed(seed, row + origin[0], column + origin[1], 0) % len(sources)
            field[k, 0] = sources[pick] // usable.shape[1]
            field[k, 1] = sources[pick] % usable.shape[1]
        costs[k] = distance(
            guide, anchor, burden, weights, row, column, field[k, 0], field[k, 1], far
        )  # fmt: skip


@numba.njit(cache=True)
def improve_field(  # noqa: C901, PLR0912, PLR0917 -- a compiled loop
    guide: Any, anchor: Any, burden: Any, weights: Any, centres: Any, index: Any,
    field: Any, costs: Any, usable: Any, pitch: int, seed: int, origin: Any,
    passes: int, widest: int,
) -> None:  # fmt: skip
    """Propagate from neighbours and search at random; in place."""
    height, width = usable.shape
    total = len(centres)
    for sweep in range(passes):
        step = pitch if sweep % 2 == 0 else -pitch
        for position in range(total):
            k = position if step > 0 else total - 1 - position
            row, column = centres[k]
            best_row, best_column = field[k, 0], field[k, 1]
            best = costs[k]
            for axis in range(2):
                near_row = row - step if axis == 0 else row
                near_column = column - step if axis == 1 else column
                if near_row < 0 or near_column < 0 or near_row >= height:
                    continue
                if near_column >= width or index[near_row, near_column] < 0:
                    continue
                near = index[near_row, near_column]
                to_row = field[near, 0] + row - near_row
                to_column = field[near, 1] + column - near_column
                if to_row < 0 or to_column < 0 or to_row >= height:
                    continue
                if to_column >= width or not usable[to_row, to_column]:
                    continue
                if to_row == best_row and to_column == best_column:
                    continue
                found = distance(
                    guide, anchor, burden, weights, row, column, to_row, to_column, best
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
                    guide, anchor, burden, weights, row, column, to_row, to_column, best
                )  # fmt: skip
                if found < best:
                    best, best_row, best_column = found, to_row, to_column
            field[k, 0], field[k, 1] = best_row, best_column
            costs[k] = best


@numba.njit(cache=True)
def _over(  # noqa: PLR0917 -- a compiled loop
    row: int, column: int, index: Any, pitch: int, phase: Any, found: Any
) -> Any:
    """Write the patches over a pixel to `found`: (number, down, right); count them."""
    height, width = index.shape
    count = 0
    top = row - RADIUS_PX
    top += -(top + phase[0]) % pitch
    left = column - RADIUS_PX
    left += -(left + phase[1]) % pitch
    for at_row in range(top, row + RADIUS_PX + 1, pitch):
        if at_row < 0 or at_row >= height:
            continue
        for at_column in range(left, column + RADIUS_PX + 1, pitch):
            if at_column < 0 or at_column >= width:
                continue
            k = index[at_row, at_column]
            if k >= 0:
                found[count, 0] = k
                found[count, 1] = at_row - row
                found[count, 2] = at_column - column
                count += 1
    return count


@numba.njit(cache=True)
def vote(  # noqa: PLR0917 -- a compiled loop
    picture: Any, pixels: Any, index: Any, pitch: int, phase: Any, field: Any,
    trust: Any,
) -> Any:  # fmt: skip
    """Weighted mean of what the patches over each pixel propose.

    Returns
    -------
    proposed
        (N, C) float32, for `pixels`; NaN where no trusted patch lies over a pixel.
    """
    bands = picture.shape[2]
    proposed = np.empty((len(pixels), bands), np.float32)
    found = np.empty((MOST_OVER_A_PIXEL, 3), np.int64)
    sums = np.empty(bands, np.float64)
    for n in range(len(pixels)):
        row, column = pixels[n]
        count = _over(row, column, index, pitch, phase, found)
        sums[:] = 0.0
        total = 0.0
        for i in range(count):
            k, down, right = found[i]
            weight = trust[k]
            from_row, from_column = field[k, 0] - down, field[k, 1] - right
            for band in range(bands):
                sums[band] += weight * picture[from_row, from_column, band]
            total += weight
        for band in range(bands):
            proposed[n, band] = sums[band] / total if total > 0.0 else np.nan
    return proposed


@numba.njit(cache=True)
def revise(  # noqa: PLR0917 -- a compiled loop
    guide: Any, pixels: Any, index: Any, pitch: int, phase: Any, field: Any, trust: Any
) -> None:
    """Give lost pixels of a guide, in place, the mean of the trusted patches' sources.

    A pixel without a trusted patch over it stays as it is.
    """
    found = np.empty((MOST_OVER_A_PIXEL, 3), np.int64)
    for n in range(len(pixels)):
        row, column = pixels[n]
        count = _over(row, column, index, pitch, phase, found)
        one, two, three, four, total = 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(count):
            k, down, right = found[i]
            weight = trust[k]
            if weight > 0.0:
                source = guide[field[k, 0] - down, field[k, 1] - right]
                one += weight * source[0]
                two += weight * source[1]
                three += weight * source[2]
                four += weight * source[3]
                total += weight
        if total > 0.0:
            guide[row, column, 0] = np.rint(one / total)
            guide[row, column, 1] = np.rint(two / total)
            guide[row, column, 2] = np.rint(three / total)
            guide[row, column, 3] = np.rint(four / total)


@numba.njit(cache=True)
def dominant_source(  # noqa: PLR0917 -- a compiled loop
    pixels: Any, index: Any, pitch: int, phase: Any, field: Any, trust: Any
) -> Any:
    """Source pixel that the patches over each pixel trust most together, (N, 2)."""
    width = index.shape[1]
    chosen = np.full((len(pixels), 2), -1, np.int64)
    found = np.empty((MOST_OVER_A_PIXEL, 3), np.int64)
    places = np.empty(MOST_OVER_A_PIXEL, np.int64)
    trusts = np.empty(MOST_OVER_A_PIXEL, np.float64)
    for n in range(len(pixels)):
        row, column = pixels[n]
        count = _over(row, column, index, pitch, phase, found)
        for i in range(count):
            k, down, right = found[i]
            places[i] = (field[k, 0] - down) * width + field[k, 1] - right
            trusts[i] = trust[k]
        most = -1.0
        for i in range(count):
            together = 0.0
            for j in range(count):
                if places[j] == places[i]:
                    together += trusts[j]
            if together > most:
                most = together
                chosen[n, 0], chosen[n, 1] = places[i] // width, places[i] % width
    return chosen

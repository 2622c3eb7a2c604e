# SPDX-License-Identifier: Apache-2.0
"""Offsets of copied pixels, counted region by region as tiles come.

Job: the commonest offset of each region, and how many pixels follow it.
Not here: reading tiles (`workflow/infilled.py`), the words for it.

Only offsets that occur are kept, and of regions that are not finished only: memory
follows the damage about the current row of tiles, whatever the size of the scan.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pellicle.model.arrays import Array, Offsets
from pellicle.model.reconstruction import CopiedFrom

FOLLOWS_PX = 1
"""A pixel follows an offset that its own differs from by no more, along each axis."""

_HALF = 1 << 15
_BITS = 16
_LOW = (1 << _BITS) - 1

_Numbers = npt.NDArray[np.int64]


class OffsetCounts:
    """Counts of offsets by region."""

    def __init__(self) -> None:
        self._keys: _Numbers = np.zeros(0, np.int64)
        self._counts: _Numbers = np.zeros(0, np.int64)

    def add(self, numbers: Array, offsets: Offsets) -> None:
        """Count copied pixels.

        Parameters
        ----------
        numbers
            (N,) region numbers.
        offsets
            (N, 2) int16 rows and columns from each pixel to the one it was copied from.
        """
        if not len(numbers):
            return
        packed = numbers.astype(np.int64) << (2 * _BITS)
        packed |= (offsets[:, 0].astype(np.int64) + _HALF) << _BITS
        packed |= offsets[:, 1].astype(np.int64) + _HALF
        keys, counts = np.unique(packed, return_counts=True)
        self._keys, place = np.unique(
            np.concatenate([self._keys, keys]), return_inverse=True
        )
        together = np.concatenate([self._counts, counts])
        self._counts = np.zeros(len(self._keys), np.int64)
        np.add.at(self._counts, place, together)

    def settled(self, finished: Array) -> Iterator[tuple[int, CopiedFrom]]:
        """Sum up regions of which every pixel was counted, and forget their offsets.

        Parameters
        ----------
        finished
            1-D bool, by region number.
        """
        done = finished[self._keys >> (2 * _BITS)]
        keys, counts = self._keys[done], self._counts[done]
        self._keys, self._counts = self._keys[~done], self._counts[~done]
        yield from _summed_up(keys, counts)


def _summed_up(keys: _Numbers, counts: _Numbers) -> Iterator[tuple[int, CopiedFrom]]:
    """Sums of each region; keys are sorted, so a region's lie beside each other."""
    if not len(keys):
        return
    numbers, first = np.unique(keys >> (2 * _BITS), return_index=True)
    group = np.repeat(np.arange(len(numbers)), np.diff(np.append(first, len(keys))))
    down = ((keys >> _BITS) & _LOW) - _HALF
    right = (keys & _LOW) - _HALF
    total = np.add.reduceat(counts, first)
    # The last of a group sorted by count; of equal counts the nearest, then the first.
    near = down * down + right * right
    order = np.lexsort((-np.arange(len(keys)), -near, counts, group))
    best = order[np.append(first[1:], len(keys)) - 1]
    apart = np.maximum(
        np.abs(down - down[best][group]), np.abs(right - right[best][group])
    )
    follow = np.add.reduceat(np.where(apart <= FOLLOWS_PX, counts, 0), first)
    by_distance = np.lexsort((near, group))
    reached = np.cumsum(counts[by_distance])
    before = reached[first] - counts[by_distance][first]
    middle = np.searchsorted(reached, before + (total + 1) // 2)
    distance = np.sqrt(near[by_distance][middle])
    for k, number in enumerate(numbers.tolist()):
        yield (
            number,
            CopiedFrom(
                x_px=int(right[best[k]]),
                y_px=int(down[best[k]]),
                share=round(int(follow[k]) / int(total[k]), 4),
                distance_px=round(float(distance[k]), 2),
                pixels=int(total[k]),
            ),
        )

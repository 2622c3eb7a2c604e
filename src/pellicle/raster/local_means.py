# SPDX-License-Identifier: Apache-2.0
"""Means over boxes around each pixel of a set, exact wherever a tile begins.

Job: sums and means over rectangles that count only the pixels of a set.
Not here: what they are for.

Values are rounded to whole multiples of `STEP` first: sums of integers are the same in
any order, so that running sums may begin anywhere.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pellicle.model.arrays import Array, Mask

STEP = 2.0**-24
"""Rounding of the values before they are summed; far below one 16-bit sample."""


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels around a pixel: rows -above … +below, columns -left … +right."""

    above: int
    below: int
    left: int
    right: int

    @classmethod
    def sized(cls, height_px: int, width_px: int) -> "Box":
        """As centred as a box of that size can be; at least a pixel each way."""
        high, wide = max(height_px, 1) - 1, max(width_px, 1) - 1
        return cls(high // 2, high - high // 2, wide // 2, wide - wide // 2)

    @property
    def reach_px(self) -> int:
        """Farthest pixel that counts, along either side."""
        return max(self.above, self.below, self.left, self.right)


def box_sums(values: Array, box: Box) -> npt.NDArray[np.int64]:
    """Sums over the box around each pixel; beyond the array is nothing.

    Parameters
    ----------
    values
        (H, W) or (H, W, C) integers.

    Returns
    -------
    sums
        int64, of the same shape. Cost does not grow with the box.
    """
    down = _along(np.asarray(values, np.int64), 0, box.above, box.below)
    return _along(down, 1, box.left, box.right)


def _along(
    values: npt.NDArray[np.int64], axis: int, before: int, after: int
) -> npt.NDArray[np.int64]:
    length = values.shape[axis]
    none = np.zeros_like(values.take([0], axis))
    running = np.concatenate([none, values.cumsum(axis)], axis)
    at = np.arange(length)
    last = running.take(np.minimum(at + after + 1, length), axis)
    last -= running.take(np.maximum(at - before, 0), axis)
    return last


def local_means(values: Array, where: Mask, box: Box) -> npt.NDArray[np.float64]:
    """Means over the pixels of a set in the box around each pixel.

    Parameters
    ----------
    values
        (H, W, C) floating; read where `where` is set.
    where
        (H, W) bool.

    Returns
    -------
    means
        (H, W, C) float64; 0 where the box holds no pixel of the set.
    """
    whole = np.rint(np.where(where[..., None], values, 0.0) / STEP).astype(np.int64)
    counts = box_sums(where, box)
    return box_sums(whole, box) * STEP / np.maximum(counts, 1)[..., None]

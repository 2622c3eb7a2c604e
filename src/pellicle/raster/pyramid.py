# SPDX-License-Identifier: Apache-2.0
"""Reduced rasters by exact area means.

Job: sums and pixel counts of square blocks of one tile.
Not here: reading tiles, whole rasters (`engine/overview.py`).
"""

import numpy as np
from numba import njit

from pellicle.model.arrays import Array


def block_sums(tile: Array, factor: int) -> Array:
    """Sums over `factor` x `factor` blocks, exact in uint64.

    Parameters
    ----------
    tile
        (H, W, C) unsigned integers; block (0, 0) starts at the tile's first pixel.
        Blocks cut by the lower or right edge hold fewer pixels.
    factor
        Side of a block in pixels, at least 1.

    Returns
    -------
    sums
        (ceil(H / factor), ceil(W / factor), C) uint64.
    """
    height, width, bands = tile.shape
    sums = np.zeros((-(-height // factor), -(-width // factor), bands), np.uint64)
    _add_blocks(np.ascontiguousarray(tile), factor, sums)
    return sums


@njit(cache=True)
def _add_blocks(tile: Array, factor: int, sums: Array) -> None:
    for r in range(tile.shape[0]):
        row = r // factor
        for column in range(sums.shape[1]):
            first = column * factor
            for k in range(tile.shape[2]):
                total = np.uint64(0)
                for c in range(first, min(first + factor, tile.shape[1])):
                    total += np.uint64(tile[r, c, k])
                sums[row, column, k] += total


def block_counts(shape: tuple[int, int], factor: int) -> Array:
    """Pixels in each block of `block_sums`, (h, w, 1) uint64."""
    heights, widths = (
        np.diff(np.append(np.arange(0, side, factor), side)).astype(np.uint64)
        for side in shape
    )
    return (heights[:, None] * widths)[:, :, None]

# SPDX-License-Identifier: Apache-2.0
"""Reduced rasters by exact area means."""

import numpy as np

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
    rows = np.arange(0, tile.shape[0], factor)
    columns = np.arange(0, tile.shape[1], factor)
    by_rows = np.add.reduceat(tile.astype(np.uint64), rows, axis=0)
    return np.add.reduceat(by_rows, columns, axis=1)


def block_counts(shape: tuple[int, int], factor: int) -> Array:
    """Pixels in each block of `block_sums`, (h, w, 1) uint64."""
    return block_sums(np.ones((*shape, 1), np.uint8), factor)

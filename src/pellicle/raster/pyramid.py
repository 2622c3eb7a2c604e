# SPDX-License-Identifier: Apache-2.0
"""Reduced rasters by exact area means.

Job: sums and pixel counts of square blocks of one tile.
Not here: reading tiles, whole rasters (`engine/overview.py`).
"""

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
    by_rows = np.add.reduceat(tile, rows, axis=0, dtype=np.uint64)
    return np.add.reduceat(by_rows, columns, axis=1, dtype=np.uint64)


def block_counts(shape: tuple[int, int], factor: int) -> Array:
    """Pixels in each block of `block_sums`, (h, w, 1) uint64."""
    heights, widths = (
        np.diff(np.append(np.arange(0, side, factor), side)).astype(np.uint64)
        for side in shape
    )
    return (heights[:, None] * widths)[:, :, None]

# SPDX-License-Identifier: Apache-2.0
"""Reduced copies of a raster, exact and the same at every tile size."""

import math

import numpy as np

from pellicle.engine.readers import PlaneReader
from pellicle.model.arrays import Array
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.pyramid import block_counts, block_sums

_ROWS_PX = 512


def overview(reader: PlaneReader, raster: RasterSpec, factor: int) -> Array:
    """Area means over `factor` x `factor` pixels.

    Parameters
    ----------
    reader
        (H, W) or (H, W, bands) unsigned integers.
    factor
        Side of a block in pixels, at least 1; blocks at the right and lower edge may
        be cut.

    Returns
    -------
    means
        (ceil(H / factor), ceil(W / factor), bands) float64, in the reader's units.
    """
    rows_px = max(1, _ROWS_PX // factor) * factor
    parts = []
    for top in range(0, raster.height_px, rows_px):
        strip = Window(top, 0, top + rows_px, raster.width_px).within(raster.window)
        pixels = reader.read(strip)
        if pixels.ndim == 2:  # noqa: PLR2004 -- a plane without a band axis
            pixels = pixels[:, :, None]
        parts.append(block_sums(pixels, factor) / block_counts(strip.shape, factor))
    return np.concatenate(parts)


def factor_for(raster: RasterSpec, side_px: int) -> int:
    """Factor that brings the longer side to at most `side_px` pixels."""
    return max(1, math.ceil(max(raster.shape) / side_px))

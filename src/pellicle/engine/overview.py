# SPDX-License-Identifier: Apache-2.0
"""Reduced copies of a raster, exact and the same at every tile size."""

import math
from collections.abc import Iterator

import numpy as np

from pellicle.engine.readers import PlaneReader
from pellicle.model.arrays import Array
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.pyramid import block_counts, block_sums

_SIDE_PX = 2048


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
    return np.concatenate(list(overview_strips(reader, raster, factor)))


def overview_strips(
    reader: PlaneReader, raster: RasterSpec, factor: int
) -> Iterator[Array]:
    """Strips of `overview`, one below the other, for what is made of them at once."""
    side_px = max(1, _SIDE_PX // factor) * factor  # whole blocks to a tile
    for top in range(0, raster.height_px, side_px):
        strip = [
            _means(
                reader,
                Window(top, left, top + side_px, left + side_px).within(raster.window),
                factor,
            )
            for left in range(0, raster.width_px, side_px)
        ]
        yield np.concatenate(strip, axis=1)


def _means(reader: PlaneReader, tile: Window, factor: int) -> Array:
    pixels = reader.read(tile)
    if pixels.ndim == 2:  # noqa: PLR2004 -- a plane without a band axis
        pixels = pixels[:, :, None]
    means: Array = block_sums(pixels, factor) / block_counts(tile.shape, factor)
    return means


def factor_for(raster: RasterSpec, side_px: int) -> int:
    """Factor that brings the longer side to at most `side_px` pixels."""
    return max(1, math.ceil(max(raster.shape) / side_px))

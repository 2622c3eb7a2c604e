# SPDX-License-Identifier: Apache-2.0
"""Which way the form runs: along edges, folds and brushwork.

Job: a direction for each cell of a grid that is fixed to the scan.
Not here: drawing along it (`strokes.py`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from pellicle.model.arrays import Samples
from pellicle.model.raster import Window
from pellicle.raster.local_means import Box, box_sums
from pellicle.raster.pyramid import block_counts, block_sums

_FAINT = 0.004
"""Slope from cell to cell, of full scale, below which strokes run straight down."""
_SIXTEEN_FROM_EIGHT = 257


@dataclass(frozen=True, slots=True)
class FormDirections:
    """Directions, cell by cell.

    Attributes
    ----------
    first
        (row, column) of the first cell, counted from the scan's corner.
    cell_px
        Side of a cell.
    along
        (h, w, 2) float64 unit vectors (x, y) along the form; their sense says nothing.
    """

    first: tuple[int, int]
    cell_px: int
    along: npt.NDArray[np.float64]


def form_halo_px(cell_px: int, reach_cells: int) -> int:
    """Pixels of context that the directions need."""
    return cell_px * (2 * reach_cells + 3)


def form_directions(
    samples: Samples, window: Window, cell_px: int, reach_cells: int
) -> FormDirections:
    """Directions of a tile, from the structure tensor of its cells' means.

    Parameters
    ----------
    samples
        (H, W, bands) uint8 or uint16.
    window
        Where they lie in the scan.
    reach_cells
        Half the side of the square that the tensor is summed over, twice.

    References
    ----------
    Bigün & Granlund, *Optimal orientation detection of linear symmetry*, ICCV 1987.
    """
    first = -(-window.top // cell_px), -(-window.left // cell_px)
    inside = samples[
        first[0] * cell_px - window.top :, first[1] * cell_px - window.left :
    ]
    scale = _SIXTEEN_FROM_EIGHT if samples.dtype == np.uint8 else 1
    counts = block_counts((inside.shape[0], inside.shape[1]), cell_px)
    sums = block_sums(inside, cell_px)
    means = (sums * np.uint64(scale) // counts).sum(axis=2, dtype=np.int64)
    down, across = (_slopes(means, axis) for axis in (0, 1))
    box = Box.sized(2 * reach_cells + 1, 2 * reach_cells + 1)
    moments = np.stack([across * across, across * down, down * down], axis=2)
    for _ in range(2):
        moments = box_sums(moments, box)
    full = _FAINT * 2 * 65_535 * samples.shape[2] * (2 * reach_cells + 1) ** 2
    along = np.zeros((*means.shape, 2))
    _directions(moments, full * full, along)
    return FormDirections(first, cell_px, along)


def _slopes(means: npt.NDArray[np.int64], axis: int) -> npt.NDArray[np.int64]:
    length = means.shape[axis]
    at = np.arange(length)
    after = means.take(np.minimum(at + 1, length - 1), axis)
    slopes: npt.NDArray[np.int64] = after - means.take(np.maximum(at - 1, 0), axis)
    return slopes


@njit(cache=True)
def _directions(moments: Any, faint: float, along: Any) -> None:
    for row in range(along.shape[0]):
        for column in range(along.shape[1]):
            xx, xy, yy = moments[row, column]
            # Twice the angle of the form, which runs across the gradient; a little
            # is added towards straight down.
            angle = 0.5 * np.arctan2(-2.0 * xy, float(yy - xx) - faint)
            along[row, column, 0] = np.cos(angle)
            along[row, column, 1] = np.sin(angle)

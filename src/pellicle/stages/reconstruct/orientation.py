# SPDX-License-Identifier: Apache-2.0
"""Which way edges run: conductances that let values flow along them.

Job: structure tensor of a field with void pixels, as weights of four directions.
Not here: solving for the field (`solver.py`).
"""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from pellicle.model.arrays import Labels
from pellicle.stages.reconstruct.solver import VOID

Floats = npt.NDArray[np.float64]

ACROSS_EDGES = 0.05
"""Conductance across an edge; along it, 1."""
EDGE_STRENGTH = 3e-4
"""Squared contrast, of full scale and three bands, that counts as an edge."""
EDGE_SIGMA_PX = 0.7
ORIENTATION_SIGMA_PX = 3.0
SUPPORT_PX = 13
"""Weights of a pixel depend on the pixels this near."""


def _gaussian(sigma_px: float, reach_px: int) -> Floats:
    taps = np.exp(-0.5 * (np.arange(-reach_px, reach_px + 1) / sigma_px) ** 2)
    normalised: Floats = taps / taps.sum()
    return normalised


EDGE_TAPS = _gaussian(EDGE_SIGMA_PX, 2)
ORIENTATION_TAPS = _gaussian(ORIENTATION_SIGMA_PX, 9)


@numba.njit(cache=True)
def _smoothed(plane: Any, taps: Any) -> Any:
    """Separable sums, zero outside; every pixel adds its taps in the same order."""
    height, width = plane.shape
    reach = len(taps) // 2
    across = np.zeros((height, width))
    for row in range(height):
        for tap in range(-reach, reach + 1):
            weight = taps[tap + reach]
            begin = max(0, -tap)
            end = min(width, width - tap)
            for column in range(begin, end):
                across[row, column] += weight * plane[row, column + tap]
    both = np.zeros((height, width))
    for row in range(height):
        for tap in range(-reach, reach + 1):
            if 0 <= row + tap < height:
                weight = taps[tap + reach]
                for column in range(width):
                    both[row, column] += weight * across[row + tap, column]
    return both


@numba.njit(cache=True)
def _gradient_moments(values: Any, state: Any) -> Any:
    """Gradient products summed over bands, (3, H, W), from non-void pixels only."""
    height, width, bands = values.shape
    moments = np.zeros((3, height, width))
    valid = (state != VOID).astype(np.float64)
    share = _smoothed(valid, EDGE_TAPS)
    for band in range(bands):
        smooth = _smoothed(values[:, :, band] * valid, EDGE_TAPS)
        for row in range(height):
            for column in range(width):
                if state[row, column] == VOID:
                    smooth[row, column] = 0.0
                else:
                    smooth[row, column] /= share[row, column]
        for row in range(height):
            above, below = max(row - 1, 0), min(row + 1, height - 1)
            for column in range(width):
                if state[row, column] == VOID:
                    continue
                left, right = max(column - 1, 0), min(column + 1, width - 1)
                top = above if state[above, column] != VOID else row
                bottom = below if state[below, column] != VOID else row
                first = left if state[row, left] != VOID else column
                last = right if state[row, right] != VOID else column
                down = smooth[bottom, column] - smooth[top, column]
                down /= max(bottom - top, 1)
                along = smooth[row, last] - smooth[row, first]
                along /= max(last - first, 1)
                moments[0, row, column] += along * along
                moments[1, row, column] += along * down
                moments[2, row, column] += down * down
    return moments


@numba.njit(cache=True)
def _weights(moments: Any, share: Any, scale: float) -> Any:
    height, width = share.shape
    weights = np.zeros((4, height, width))
    for row in range(height):
        for column in range(width):
            if share[row, column] <= 0.0:
                continue
            by = scale / share[row, column]
            difference = (moments[0, row, column] - moments[2, row, column]) * by
            mixed = 2.0 * moments[1, row, column] * by
            contrast2 = difference * difference + mixed * mixed
            length = np.sqrt(contrast2)
            cosine, sine = 1.0, 0.0
            if length > 0.0:
                cosine, sine = difference / length, mixed / length
            coherence = contrast2 / (contrast2 + EDGE_STRENGTH * EDGE_STRENGTH)
            across = 1.0 - (1.0 - ACROSS_EDGES) * coherence
            xx = 0.5 * (across * (1.0 + cosine) + 1.0 - cosine)
            yy = 0.5 * (across * (1.0 - cosine) + 1.0 + cosine)
            xy = 0.5 * (across - 1.0) * sine
            diagonal = min(abs(xy), xx, yy)
            weights[0, row, column] = xx - diagonal + 1e-3
            weights[1, row, column] = yy - diagonal + 1e-3
            # What is joined by corners only must be held too.
            weights[2, row, column] = weights[3, row, column] = 1e-6
            if xy > 0.0:
                weights[2, row, column] += diagonal
            else:
                weights[3, row, column] += diagonal
    return weights


def edge_weights(values: Floats, state: Labels) -> Floats:
    """Weights of the solver's four directions, large along edges.

    Parameters
    ----------
    values
        (H, W, C) float64 in [0, 1], encoded.
    state
        (H, W) uint8; void pixels are neither read nor weighted.

    Returns
    -------
    weights
        (4, H, W) float64; `ACROSS_EDGES` to 1, plus a little that holds the field
        together. Depends on the pixels within `SUPPORT_PX` only.

    References
    ----------
    Weickert, *Anisotropic Diffusion in Image Processing*, Teubner 1998.
    """
    moments = _gradient_moments(values, state)
    smooth = np.stack([_smoothed(plane, ORIENTATION_TAPS) for plane in moments])
    share = _smoothed((state != VOID).astype(np.float64), ORIENTATION_TAPS)
    weights: Floats = _weights(smooth, share, 3.0 / values.shape[2])
    return weights

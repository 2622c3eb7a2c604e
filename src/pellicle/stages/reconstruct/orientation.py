# SPDX-License-Identifier: Apache-2.0
"""Which way edges run: conductances that let values flow along them.

Job: structure tensor of a field with void pixels, as weights of four directions.
Not here: solving for the field (`solver.py`).
"""

from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from pellicle.model.arrays import Labels, Mask
from pellicle.stages.reconstruct.solver import FREE, VOID

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
def _runs(active: Any) -> Any:
    """(row, first column, column after the last) of the runs of active pixels."""
    height, width = active.shape
    count = 0
    for row in range(height):
        for column in range(width):
            begins = column == 0 or not active[row, column - 1]
            count += active[row, column] and begins
    runs = np.empty((count, 3), np.int64)
    count = 0
    for row in range(height):
        for column in range(width):
            if not active[row, column]:
                continue
            if column == 0 or not active[row, column - 1]:
                runs[count, 0], runs[count, 1] = row, column
            if column == width - 1 or not active[row, column + 1]:
                runs[count, 2] = column + 1
                count += 1
    return runs


@numba.njit(cache=True)
def _smoothed(plane: Any, taps: Any, runs: Any) -> Any:
    """Separable sums, zero outside; every pixel adds its taps in the same order."""
    height, width = plane.shape
    reach = len(taps) // 2
    across = np.zeros((height, width))
    for row, first, after in runs:
        for tap in range(-reach, reach + 1):
            weight = taps[tap + reach]
            for column in range(max(first, -tap), min(after, width - tap)):
                across[row, column] += weight * plane[row, column + tap]
    both = np.zeros((height, width))
    for row, first, after in runs:
        for tap in range(-reach, reach + 1):
            if 0 <= row + tap < height:
                weight = taps[tap + reach]
                for column in range(first, after):
                    both[row, column] += weight * across[row + tap, column]
    return both


@numba.njit(cache=True)
def _gradient_moments(values: Any, state: Any, runs: Any) -> Any:
    """Gradient products summed over bands, (3, H, W), from non-void pixels only."""
    height, width, bands = values.shape
    moments = np.zeros((3, height, width))
    valid = (state != VOID).astype(np.float64)
    share = _smoothed(valid, EDGE_TAPS, runs)
    for band in range(bands):
        smooth = _smoothed(values[:, :, band] * valid, EDGE_TAPS, runs)
        for row, begin, after in runs:
            for column in range(begin, after):
                if state[row, column] == VOID:
                    smooth[row, column] = 0.0
                else:
                    smooth[row, column] /= share[row, column]
        for row, begin, end in runs:
            above, below = max(row - 1, 0), min(row + 1, height - 1)
            for column in range(begin, end):
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
def _weights(moments: Any, share: Any, scale: float, runs: Any) -> Any:
    height, width = share.shape
    weights = np.zeros((4, height, width))
    for row, begin, after in runs:
        for column in range(begin, after):
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
        together; right at the free pixels and those beside them, where alone the
        solver asks. Depends on the pixels within `SUPPORT_PX` only.

    References
    ----------
    Weickert, *Anisotropic Diffusion in Image Processing*, Teubner 1998.
    """
    runs = _runs(_around_free(state))
    moments = _gradient_moments(values, state, runs)
    smooth = np.stack([_smoothed(plane, ORIENTATION_TAPS, runs) for plane in moments])
    valid = (state != VOID).astype(np.float64)
    share = _smoothed(valid, ORIENTATION_TAPS, runs)
    weights: Floats = _weights(smooth, share, 3.0 / values.shape[2], runs)
    return weights


def _around_free(state: Labels) -> Mask:
    """Pixels that the weights at the free pixels and beside them depend on."""
    side = 2 * SUPPORT_PX + 3
    free = (state == FREE).view(np.uint8)
    return cv2.dilate(free, np.ones((side, side), np.uint8)).view(np.bool_)

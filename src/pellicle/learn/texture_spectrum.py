# SPDX-License-Identifier: Apache-2.0
"""Whether a filled place has the texture that it ought to have: its power spectrum.

Job: compare radially averaged power spectra in windows on the damage.
Not here: whether each stroke is where it was (`gradient_similarity.py`).

Two textures that differ in every pixel but have the same grain have the same spectrum;
a blurred one lacks its upper part, a noisy one has too much of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from pellicle.model.arrays import Array, Mask, Plane

FLOOR_L = 0.5
"""White noise of so many L* (standard deviation) is added to both spectra: what is
fainter is not seen, and its absence no error."""

LEAST_SHARE = 0.15
"""Part of a window that must be damaged for it to count."""

BANDS = 8
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class SpectrumError:
    """Of one crop, in decibels.

    Attributes
    ----------
    mean_db
        Mean absolute difference of the log spectra over bands and windows; windows
        count by the part of them that is damaged. 0 is equal.
    grain_db
        Mean signed difference in the upper half of the bands: below 0 is too smooth.
    windows
        That were compared.
    """

    mean_db: float
    grain_db: float
    windows: int


def spectrum_error(
    truth_l: Plane, made_l: Plane, mask: Mask, window_px: int
) -> SpectrumError:
    """Compare the texture of two pictures where one was filled.

    Parameters
    ----------
    truth_l, made_l
        (H, W) float32 L*.
    mask
        (H, W) bool, what was filled.
    window_px
        Side of the windows, even; they overlap by half.
    """
    hann = np.hanning(window_px + 1)[:-1]
    taper = np.asarray(np.outer(hann, hann), np.float32)
    bands = _bands(window_px)
    floor = FLOOR_L**2 * float((taper**2).sum())
    mean, grain, weight, count = 0.0, 0.0, 0.0, 0
    for truth, made, share in _windows(truth_l, made_l, mask, window_px):
        ratio_db = 10 * np.log10(
            (_power(made, taper, bands) + floor) / (_power(truth, taper, bands) + floor)
        )
        mean += share * float(np.abs(ratio_db).mean())
        grain += share * float(ratio_db[len(ratio_db) // 2 :].mean())
        weight += share
        count += 1
    if count == 0:
        return SpectrumError(0.0, 0.0, 0)
    return SpectrumError(mean / weight, grain / weight, count)


def _windows(
    truth: Plane, made: Plane, mask: Mask, window_px: int
) -> Iterator[tuple[Plane, Plane, float]]:
    step = window_px // 2
    size = (window_px, window_px)
    every = (slice(None, None, step), slice(None, None, step))
    shares = sliding_window_view(mask, size)[every].mean(axis=(2, 3))
    for row, column in np.argwhere(shares >= LEAST_SHARE).tolist():
        at = (
            slice(row * step, row * step + window_px),
            slice(column * step, column * step + window_px),
        )
        yield truth[at], made[at], float(shares[row, column])


def _bands(window_px: int) -> Array:
    """(n, m) bool: which coefficients of the half spectrum are in which band."""
    rows = np.fft.fftfreq(window_px)[:, None] * window_px
    columns = np.fft.rfftfreq(window_px)[None, :] * window_px
    radius = np.hypot(rows, columns)
    edges = np.unique(np.round(np.geomspace(1, window_px // 2, BANDS + 1)))
    inside = [
        (radius >= low - 0.5) & (radius < high - 0.5) for low, high in pairwise(edges)
    ]
    inside[-1] |= (radius >= edges[-1] - 0.5) & (radius < edges[-1] + 0.5)
    return np.stack(inside)


def _power(window: Plane, taper: Plane, bands: Array) -> Array:
    """Mean power of each band, of the window without its mean."""
    flat = window - (window * taper).sum() / taper.sum()
    power = np.abs(np.fft.rfft2(flat * taper)) ** 2
    return np.array([power[band].mean() for band in bands])


def grain_without_truth(made_l: Plane, mask: Mask, window_px: int) -> float:
    """Grain inside a filled mask against that of the paint around it.

    For real damage, of which nobody knows the truth.

    Returns
    -------
    grain_db
        Mean log power of the upper half of the bands in windows of which at least half
        is filled, less that of the intact windows beside them; below 0 is smoother than
        the paint around. 0 where there are no such windows.
    """
    hann = np.hanning(window_px + 1)[:-1]
    taper = np.asarray(np.outer(hann, hann), np.float32)
    bands = _bands(window_px)
    floor = FLOOR_L**2 * float((taper**2).sum())
    step = window_px // 2
    every = (slice(None, None, step), slice(None, None, step))
    shares = sliding_window_view(mask, (window_px, window_px))[every].mean(axis=(2, 3))
    filled = shares >= _MOSTLY
    beside = ndimage.binary_dilation(filled, np.ones((7, 7), np.bool_)) & (shares == 0)
    levels = []
    for where in (filled, beside):
        powers_db = [
            10
            * np.log10(_power(window, taper, bands) + floor)[len(bands) // 2 :].mean()
            for window in sliding_window_view(made_l, (window_px, window_px))[every][
                where
            ]
        ]
        levels.append(float(np.mean(powers_db)) if powers_db else np.nan)
    difference = levels[0] - levels[1]
    return float(difference) if np.isfinite(difference) else 0.0

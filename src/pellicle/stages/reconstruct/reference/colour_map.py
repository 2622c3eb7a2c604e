# SPDX-License-Identifier: Apache-2.0
"""Colours of a reference image brought to the painting's own.

Job: one mapping for the whole picture (exposure, white balance, tone curve, yellowed
varnish), and a gain and offset that vary smoothly over it (uneven light, uneven
varnish), both fitted robustly on intact paint.
Not here: where the two pictures coincide (`field.py`), the edge of a loss
(`blending.py`).
Terms: a *monochrome* reference, an engraving or a black-and-white or sepia photograph,
says how light the paint is and nothing of its hue.

Everything is computed on encoded samples, which are roughly even to the eye: exposure
and white balance become gains there, and a tone curve stays one.
"""

from dataclasses import dataclass

import numpy as np

from pellicle.model.arrays import Array, Mask
from pellicle.stages.reconstruct.reference.field import blurred

KNOTS = 17
STIFFNESS = 0.03
"""Weight of a curve's bends against the pixels."""
ROUNDS = 6
MOST_PIXELS = 30_000
HOLD_SLOPES = 2e-3
HOLD_BENDS = 2e-2
"""How firmly the mix of channels keeps to the channels themselves, and to no curve."""
LEAST_SPREAD = 0.004
MONOCHROME = 0.3
"""Part of the painting's own play of hues below which a reference has none."""
COLOURED = 0.006
"""Play of hues, of full scale, below which a painting has none itself."""
GAIN_HOLD = 0.03**2
"""Variance at which a local gain is half its own and half 1."""
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
RGB_BANDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class ColourMap:
    """The mapping of the whole picture.

    Attributes
    ----------
    curves
        (C, KNOTS) float64: each channel's value at evenly spaced samples.
    mix
        (terms, C) float64: weights of 1, the channels, their squares and products.
    monochrome
        Whether only lightness is to be taken; then C is 1.
    """

    curves: Array
    mix: Array
    monochrome: bool

    def apply(self, pixels: Array) -> Array:
        """(..., bands) encoded in [0, 1] → (..., C) float32 in the painting's colours.

        A monochrome mapping takes the lightness of colour pixels by itself.
        """
        taken = lightness(pixels)[..., None] if self.monochrome else pixels
        knots = np.linspace(0, 1, KNOTS)
        bent = np.stack(
            [
                np.interp(taken[..., band], knots, curve)
                for band, curve in enumerate(self.curves)
            ],
            axis=-1,
        )
        flat = bent.reshape(-1, bent.shape[-1])
        mixed = _terms(flat) @ self.mix
        return mixed.reshape(bent.shape).astype(np.float32)


def lightness(pixels: Array) -> Array:
    """(...) float32 luma of (..., 1 or 3) encoded pixels."""
    if pixels.shape[-1] != RGB_BANDS:
        return pixels[..., 0].astype(np.float32)
    return (pixels @ LUMA).astype(np.float32)


def fit_colours(reference: Array, scan: Array, weight: Array) -> ColourMap:
    """Fit the mapping on pixels of intact paint.

    Parameters
    ----------
    reference, scan
        (N, bands) encoded in [0, 1]: the same places in both pictures.
    weight
        (N,) trust in each, not negative.
    """
    chosen = np.flatnonzero(weight > 0)
    chosen = chosen[:: max(1, len(chosen) // MOST_PIXELS)]
    source, target = reference[chosen].astype(np.float64), scan[chosen]
    trust = weight[chosen].astype(np.float64)
    monochrome = is_monochrome(source, target)
    if monochrome:
        source, target = lightness(source)[:, None], lightness(target)[:, None]
    target = target.astype(np.float64)
    curves = np.stack(
        [
            _curve(source[:, band], target[:, band], trust)
            for band in range(source.shape[1])
        ]
    )
    knots = np.linspace(0, 1, KNOTS)
    bent = np.stack(
        [np.interp(source[:, i], knots, curve) for i, curve in enumerate(curves)], -1
    )
    return ColourMap(curves, _mix(bent, target, trust), monochrome)


def is_monochrome(reference: Array, scan: Array) -> bool:
    """Whether a reference lacks the hues that a scan has.

    Hues that follow from lightness, as in a sepia print, are none.

    Parameters
    ----------
    reference, scan
        (N, bands) encoded in [0, 1]: the same places in both pictures.
    """
    own = _play_of_hues(scan)
    return own > COLOURED and _play_of_hues(reference) < MONOCHROME * own


def _play_of_hues(pixels: Array) -> float:
    """Deviation of the channels that lightness does not explain."""
    if pixels.shape[1] != RGB_BANDS:
        return 0.0
    light = lightness(pixels)
    bins = np.clip((light * (KNOTS - 1)).astype(np.int64), 0, KNOTS - 1)
    counts = np.maximum(np.bincount(bins, minlength=KNOTS), 1)
    left = 0.0
    for band in (0, 2):
        apart = pixels[:, band] - light
        mean = np.bincount(bins, apart, KNOTS) / counts
        left += float(np.mean((apart - mean[bins]) ** 2))
    return float(np.sqrt(left))


def _robust(away: Array, trust: Array) -> Array:
    spread = max(1.5 * float(np.median(away)), LEAST_SPREAD)
    weights: Array = trust / (1.0 + (away / (2 * spread)) ** 2)
    return weights


def _curve(source: Array, target: Array, trust: Array) -> Array:
    """Values at the knots of the curve through the pairs; smooth beyond them."""
    at = np.clip(source, 0, 1) * (KNOTS - 1)
    low = np.minimum(at.astype(np.int64), KNOTS - 2)
    part = at - low
    bends = np.diff(np.eye(KNOTS), n=2, axis=0)
    hold = STIFFNESS * float(trust.sum()) / KNOTS * bends.T @ bends
    hold += 1e-9 * np.eye(KNOTS)
    values: Array = np.linspace(0, 1, KNOTS)
    weights: Array = trust
    for _ in range(ROUNDS):
        normal, right = hold.copy(), np.zeros(KNOTS)
        for step, share in ((0, 1 - part), (1, part)):
            right += np.bincount(low + step, weights * share * target, KNOTS)
            for other, beside in ((0, 1 - part), (1, part)):
                np.add.at(normal, (low + step, low + other), weights * share * beside)
        values = np.linalg.solve(normal, right)
        fitted = (1 - part) * values[low] + part * values[low + 1]
        weights = _robust(np.abs(fitted - target), trust)
    return values


def _terms(values: Array) -> Array:
    """1, the channels, their squares and products."""
    bands = values.shape[1]
    products = [
        values[:, i] * values[:, j] for i in range(bands) for j in range(i, bands)
    ]
    ones = np.ones(len(values))
    return np.stack([ones, *values.T, *products], axis=1)


def _mix(bent: Array, target: Array, trust: Array) -> Array:
    bands = bent.shape[1]
    terms = _terms(bent)
    start = np.zeros((terms.shape[1], bands))
    start[1 : bands + 1] = np.eye(bands)
    firm = np.full(terms.shape[1], HOLD_BENDS)
    firm[: bands + 1] = HOLD_SLOPES
    total = float(trust.sum())
    mix = start
    weights: Array = trust
    for _ in range(ROUNDS):
        weighted = terms * weights[:, None]
        normal = weighted.T @ terms + np.diag(firm) * total
        mix = start + np.linalg.solve(normal, weighted.T @ (target - terms @ start))
        away = np.linalg.norm(terms @ mix - target, axis=1)
        weights = _robust(away, trust)
    return mix


def local_gains(
    mapped: Array, scan: Array, both: Mask, sigma_px: float
) -> tuple[Array, Array]:
    """Gain and offset, smooth over the picture, that are left after the mapping.

    Parameters
    ----------
    mapped, scan
        (H, W, C) float32, encoded.
    both
        (H, W) bool: intact paint that the reference shows.
    sigma_px
        How far a pixel's word carries.

    Returns
    -------
    gain, offset
        (H, W, C) float32: scan ≈ gain · mapped + offset. Far from any such paint they
        are 1 and the mean difference.
    """
    apart = np.linalg.norm(mapped - scan, axis=-1)
    spread = max(2.5 * float(np.median(apart[both])), LEAST_SPREAD)
    weight = (both / (1.0 + (apart / spread) ** 2)).astype(np.float32)
    share = blurred(weight, sigma_px)[..., None]
    mean_share = float(weight.sum())
    hold = 1e-3 * float(share.max())

    def averaged(values: Array) -> Array:
        weighted = np.ascontiguousarray(values * weight[..., None])
        overall = weighted.sum(axis=(0, 1)) / mean_share
        soft = blurred(weighted, sigma_px).reshape(values.shape)
        made: Array = (soft + hold * overall) / (share + hold)
        return made

    mean, wanted = averaged(mapped), averaged(scan)
    variance = averaged(mapped * mapped) - mean * mean
    together = averaged(mapped * scan) - mean * wanted
    gain = (together + GAIN_HOLD) / (np.maximum(variance, 0) + GAIN_HOLD)
    gain = np.clip(gain, 0.5, 2.0)
    return gain.astype(np.float32), (wanted - gain * mean).astype(np.float32)

# SPDX-License-Identifier: Apache-2.0
"""Halftoned inks as filters: a model fitted to measured patches.

Job: plate values of four inks ↔ transmittance of both passes, from a chart.
Not here: white and film (`white_fit.py`), looking for inks (`separation_search.py`).
Terms: *Neugebauer primaries* are the sixteen solid overprints; *Demichel weights* the
shares of a spot that each covers; a patch's *left-out* prediction is what the fit says
of it when made from all the others.

Two layers. First Yule–Nielsen–Neugebauer with one gain curve an ink: sixteen
transmittances a band, n, two numbers an ink. What that leaves (it has a shape: optical
gain differs by ink and band) is interpolated between the patches by a Gaussian process
whose length and noise are chosen by the left-out error. Residuals live in cube roots
of transmittance, where equal steps look about equal.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import linalg, optimize

from pellicle.model.arrays import Array

LEAST_TRANSMITTANCE = 1e-4
YULE_NIELSEN_BOUNDS = (1.0, 4.0)
MOST_GAIN = 0.9
_LENGTHS = (0.5, 0.8, 1.3)
_NOISES = (3e-3, 1e-2, 3e-2, 1e-1)
_BLOCK = 8192
_PRIMARIES = np.array([[(p >> i) & 1 for i in range(4)] for p in range(16)], np.float64)
_RIDGE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class InkModel:
    """Fitted inks.

    Attributes
    ----------
    yule_nielsen
        n of the fit.
    gains
        (4, 2) gain of each ink: coverage = a + 4a(1 − a)(g₀ + g₁(2a − 1)).
    primaries
        (16, 3) transmittances of the solid overprints, to the power 1/n.
    length, noise, centres, weights
        Of the interpolated rest: kernel length, noise over signal, (N, 4) coverages,
        (N, 3) weights.
    """

    yule_nielsen: float
    gains: Array
    primaries: Array
    length: float
    noise: float
    centres: Array
    weights: Array

    @classmethod
    def fitted(cls, inks: Array, transmittance: Array, repeats: Array) -> Self:
        """Fit to patches.

        Parameters
        ----------
        inks
            (N, 4) plate values, 0 to 1.
        transmittance
            (N, 3) of both passes, per band.
        repeats
            (N,) how many readings each is the mean of.
        """
        n, gains, primaries = _neugebauer_fit(inks, transmittance)
        centres = ink_coverages(inks, gains)
        rest = _roots(transmittance) - _roots(_mixed(centres, primaries, n))
        length, noise = _best_kernel(centres, rest, repeats)
        inverse = _kernel_inverse(centres, length, noise, repeats)
        return cls(n, gains, primaries, length, noise, centres, inverse @ rest)

    def left_out(self, transmittance: Array, repeats: Array) -> Array:
        """(N, 3) what the other patches say of each patch of the fit, in its order.

        Only the interpolated layer leaves it out: sixteen primaries and nine numbers
        hardly move with one patch.
        """
        rest = _roots(transmittance) - _roots(
            _mixed(self.centres, self.primaries, self.yule_nielsen)
        )
        inverse = _kernel_inverse(self.centres, self.length, self.noise, repeats)
        error = (inverse @ rest) / np.diag(inverse)[:, None]
        root: Array = np.maximum(_roots(transmittance) - error, 0.0) ** 3
        return np.minimum(root, 1.0)

    def transmittance(self, inks: Array) -> Array:
        """(N, 3) float64 transmittance of both passes of (N, 4) plate values."""
        parts = [
            self._block(inks[start : start + _BLOCK])
            for start in range(0, len(inks), _BLOCK)
        ]
        return np.concatenate(parts)

    def _block(self, inks: Array) -> Array:
        at = ink_coverages(np.asarray(inks, np.float64), self.gains)
        smooth = _roots(_mixed(at, self.primaries, self.yule_nielsen))
        rest = _kernel(at, self.centres, self.length) @ self.weights
        result: Array = np.clip(smooth + rest, 0.0, 1.0) ** 3
        return result

    def coverage(self, ink: int, plate: float) -> float:
        """Effective coverage of one ink's plate value, physical and optical gain."""
        inks = np.zeros((1, 4))
        inks[0, ink] = plate
        return float(ink_coverages(inks, self.gains)[0, ink])


def _roots(transmittance: Array) -> Array:
    roots: Array = np.cbrt(np.maximum(transmittance, LEAST_TRANSMITTANCE))
    return roots


def ink_coverages(inks: Array, gains: Array) -> Array:
    """(N, 4) effective coverages of plate values; see `InkModel.gains`."""
    bulge = 4.0 * inks * (1.0 - inks)
    covered: Array = inks + bulge * (gains[:, 0] + gains[:, 1] * (2.0 * inks - 1.0))
    return np.clip(covered, 0.0, 1.0)


def overprint_shares(coverages: Array) -> Array:
    """(N, 16) shares of the primaries (Demichel 1924)."""
    shares = np.where(
        _PRIMARIES[None] > 0, coverages[:, None, :], 1.0 - coverages[:, None, :]
    )
    weights: Array = shares.prod(axis=2)
    return weights


def _mixed(coverages: Array, primaries: Array, n: float) -> Array:
    mixed: Array = np.maximum(overprint_shares(coverages) @ primaries, 0.0) ** n
    return np.minimum(mixed, 1.0)


def _primaries_for(weights: Array, transmittance: Array, n: float) -> Array:
    return overprint_roots(weights, transmittance, n, np.ones(len(weights)))


def overprint_roots(
    shares: Array, transmittance: Array, n: float, weights: Array
) -> Array:
    """(16, B) transmittances to the power 1/n of the overprints that fit best.

    Parameters
    ----------
    shares
        (N, 16) from `overprint_shares`.
    transmittance
        (N, B) of both passes, in bands or by wavelength.
    n
        Of Yule and Nielsen.
    weights
        (N,) what each patch counts.

    Returns
    -------
    roots
        0 to 1; bare medium is exactly 1.
    """
    wanted = np.maximum(transmittance, LEAST_TRANSMITTANCE) ** (1.0 / n)
    rest = wanted - shares[:, :1]
    weighted = shares[:, 1:] * weights[:, None]
    normal = weighted.T @ shares[:, 1:]
    # Overprints that nobody printed are the product of their inks, more or less.
    singles = {}
    for ink in range(4):
        own = shares[:, 1 << ink]
        singles[1 << ink] = (own[:, None] * wanted).sum(axis=0) / max(own.sum(), 1e-9)
    bare = np.ones((1, wanted.shape[1]))
    prior = np.repeat(bare, 16, axis=0)
    for primary in range(1, 16):
        for ink in range(4):
            if primary >> ink & 1:
                prior[primary] *= singles[1 << ink]
    ridge = _RIDGE * len(shares) / 16
    system = normal + ridge * np.eye(15)
    solved = linalg.solve(system, weighted.T @ rest + ridge * prior[1:], assume_a="pos")
    every: Array = np.concatenate([bare, solved])
    return np.clip(every, 0.0, 1.0)


def _neugebauer_fit(inks: Array, transmittance: Array) -> tuple[float, Array, Array]:
    measured = _roots(transmittance)

    def unpacked(numbers: Array) -> tuple[float, Array, Array]:
        n, gains = float(numbers[0]), numbers[1:].reshape(4, 2)
        weights = overprint_shares(ink_coverages(inks, gains))
        return n, gains, _primaries_for(weights, transmittance, n)

    def errors(numbers: Array) -> Array:
        n, gains, primaries = unpacked(numbers)
        found = _roots(_mixed(ink_coverages(inks, gains), primaries, n))
        missed: Array = (found - measured).ravel()
        return missed

    start = np.array([1.8, *[0.05, 0.0] * 4])
    low = np.array([YULE_NIELSEN_BOUNDS[0], *[-MOST_GAIN / 4, -MOST_GAIN / 4] * 4])
    high = np.array([YULE_NIELSEN_BOUNDS[1], *[MOST_GAIN / 2, MOST_GAIN / 4] * 4])
    solved = optimize.least_squares(
        errors,
        start,
        bounds=(low, high),
        loss="soft_l1",  # a patch misread must not bend the curves
        f_scale=0.02,
        max_nfev=40,
    )
    return unpacked(solved.x)


def _kernel(one: Array, other: Array, length: float) -> Array:
    """Matérn 5/2 between coverages, in units of the sample variance."""
    squared = (
        (one**2).sum(axis=1)[:, None]
        + (other**2).sum(axis=1)[None, :]
        - 2.0 * one @ other.T
    )
    far = np.sqrt(5.0 * np.maximum(squared, 0.0)) / length
    near: Array = (1.0 + far + far * far / 3.0) * np.exp(-far)
    return near


def _kernel_inverse(
    centres: Array, length: float, noise: float, repeats: Array
) -> Array:
    kernel = _kernel(centres, centres, length)
    kernel[np.diag_indices(len(kernel))] += noise / repeats
    inverse: Array = linalg.inv(kernel)
    return inverse


def _best_kernel(centres: Array, rest: Array, repeats: Array) -> tuple[float, float]:
    """Length and noise of least left-out error; a few patches misread count little."""
    best = (np.inf, _LENGTHS[0], _NOISES[0])
    for length in _LENGTHS:
        for noise in _NOISES:
            inverse = _kernel_inverse(centres, length, noise, repeats)
            error = (inverse @ rest) / np.diag(inverse)[:, None]
            best = min(best, (float(np.abs(error).mean()), length, noise))
    return best[1], best[2]

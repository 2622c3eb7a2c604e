# SPDX-License-Identifier: Apache-2.0
"""Spectra of a printer, from spectra of its chart.

Job: white, film and the sixteen overprints by wavelength, for a fit made in bands.
Not here: that fit (`print_fit.py`), what the spectra are used for (`spectral_film.py`).

What the bands' fit found of plates and dots (tone curve, mixing, n, gains) holds for
every wavelength; only reflectance, scattering and transmittance are found anew.
"""

from collections.abc import Sequence

import numpy as np
from scipy import optimize

from pellicle.colour.chart_readings import FULL_WHITE, Laid
from pellicle.colour.film import white_coverage
from pellicle.colour.halftone import InkModel, ink_coverages, overprint_roots
from pellicle.colour.halftone import overprint_shares as shares_of
from pellicle.colour.optics import (
    DARKEST_BACKING,
    drops_white_over,
    halftone_white_over,
    internal_reflectance,
    measured_reflectance,
)
from pellicle.model.arrays import Array
from pellicle.model.print_setup import Film, PrintedSide, Spectra, White, WhiteMixing

MOST_SCATTERING, MOST_ABSORPTION = 60.0, 1.0
_LIGHT = 0.3
_DARKEST_FILM = 0.5
_DIGITS = 5


def fit_spectra(
    charts: Sequence[Laid],
    used: Sequence[Array],
    inks: InkModel,
    white: White | None,
    film: Film,
) -> Spectra | None:
    """White, film and inks by wavelength.

    Parameters
    ----------
    charts
        The same chart over one or more backings.
    used
        For each, (N,) bool: False for readings that contradict the others.
    inks, white, film
        As fitted in bands.

    Returns
    -------
    spectra
        None unless every chart has spectra, white and film without ink.
    """
    if white is None or any(one.spectra is None for one in charts):
        return None
    if not all(
        (one.unprinted & at).any() for one, at in zip(charts, used, strict=True)
    ):
        return None
    parts = [_Chart(one, at) for one, at in zip(charts, used, strict=True)]
    through = _film(parts)
    top = film.printed_side is PrintedSide.TOP
    scattering, absorption = _white(parts, white, through, top=top)
    medium, primaries = _inks(parts, inks)
    return Spectra(
        white_scattering=_short(scattering),
        white_absorption=_short(absorption),
        film=_short(through),
        medium=_short(medium),
        yule_nielsen=round(inks.yule_nielsen, _DIGITS),
        gains=tuple((_one(a), _one(b)) for a, b in inks.gains),
        primaries=tuple(_short(row) for row in primaries),
    )


def _one(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _short(values: Array) -> tuple[float, ...]:
    return tuple(_one(value) for value in values)


class _Chart:
    """A chart's spectra in the terms of the model."""

    def __init__(self, laid: Laid, used: Array) -> None:
        self.laid, self.used = laid, used
        self.measured = np.asarray(laid.spectra, np.float64)
        self.internal = internal_reflectance(self.measured)
        self.film_over = np.median(self.internal[laid.unprinted & used], axis=0)

    @property
    def alone(self) -> Array:
        alone: Array = (self.laid.inks.sum(axis=1) == 0) & (self.laid.white > 0)
        return alone & self.used

    @property
    def full(self) -> Array:
        full: Array = (self.laid.white >= FULL_WHITE) & self.used
        return full

    @property
    def medium(self) -> Array:
        """Full white without ink."""
        spots = self.full & (self.laid.inks.sum(axis=1) == 0)
        medium: Array = np.median(self.internal[spots], axis=0)
        return medium


def _film(charts: Sequence[_Chart]) -> Array:
    shares = []
    for chart in charts:
        bare = chart.laid.bare_spectrum
        if bare is None:
            continue
        backing = internal_reflectance(bare)
        if np.median(backing) > _LIGHT:
            shares.append(chart.film_over / np.maximum(backing, DARKEST_BACKING))
    if not shares:
        return np.ones(charts[0].measured.shape[1])
    through: Array = np.clip(np.mean(shares, axis=0), _DARKEST_FILM, 1.0)
    return through


def _white(
    charts: Sequence[_Chart], white: White, through: Array, *, top: bool
) -> tuple[Array, Array]:
    """SX of one pass and K/S at each wavelength."""
    found = np.empty((2, len(through)))
    absorbing = max(float(np.mean(white.absorption)), 1e-3)
    start = np.log([float(np.mean(white.scattering)), absorbing])
    for band, film in enumerate(through):

        def errors(numbers: Array, band: int = band, film: float = film) -> Array:
            scattering, absorption = np.exp(numbers)
            missed = []
            for chart in charts:
                at, passes = chart.alone, chart.laid.passes
                under = chart.film_over[band] / (1.0 if top else film)
                backing = np.maximum(np.atleast_1d(under), DARKEST_BACKING)
                cover = white_coverage(white, chart.laid.white[at]).astype(np.float64)
                full = scattering * passes
                if white.mixing is WhiteMixing.DROPS:
                    layer = drops_white_over(backing, cover, full, float(absorption))
                else:
                    layer = halftone_white_over(
                        backing, cover, full, float(absorption), white.yule_nielsen
                    )
                seen = measured_reflectance(layer * (1.0 if top else film))
                missed.append(np.cbrt(seen) - np.cbrt(chart.measured[at, band]))
            return np.concatenate(missed)

        solved = optimize.least_squares(
            errors,
            start,
            bounds=(np.log([0.01, 1e-6]), np.log([MOST_SCATTERING, MOST_ABSORPTION])),
            loss="soft_l1",
            f_scale=0.02,
        )
        found[:, band] = np.exp(solved.x)
    return found[0], found[1]


def _inks(charts: Sequence[_Chart], inks: InkModel) -> tuple[Array, Array]:
    """Lightest medium, and (16, BANDS) roots of the overprints' transmittance."""
    plates, ratios, weights = [], [], []
    for chart in charts:
        medium = chart.medium
        rows = np.flatnonzero(chart.full)
        plates.append(chart.laid.inks[rows])
        ratios.append(np.clip(chart.internal[rows] / medium, 0.0, 1.0))
        weights.append(np.full(len(rows), float(np.mean(medium))))
    covered = ink_coverages(np.concatenate(plates), inks.gains)
    roots = overprint_roots(
        shares_of(covered),
        np.concatenate(ratios),
        inks.yule_nielsen,
        np.concatenate(weights),
    )
    lightest = max(
        (chart.medium for chart in charts), key=lambda one: float(one.mean())
    )
    return lightest, roots

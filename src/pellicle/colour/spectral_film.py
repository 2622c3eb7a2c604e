# SPDX-License-Identifier: Apache-2.0
"""A printed film by wavelength: what its three bands of light leave out.

Job: how much a colour predicted in bands differs when the same film, over paint of the
same colour, is reckoned every 10 nm.
Not here: the prediction in bands (`film.py`), fitting spectra (`spectral_fit.py`).

A scan says the paint's colour, not its spectrum; the smoothest spectrum of that colour
stands for it. White, film and inks are known by wavelength. The same layers are
reckoned twice, by wavelength and in bands, from the same sixteen overprints; only the
ratio of both is used. So what the bands' own fit knows better than sixteen overprints
(it interpolates between all patches of the chart) is kept.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from pellicle.colour.convert import rec2020_from_xyz_d50, xyz_d50_from_rec2020
from pellicle.colour.halftone import ink_coverages, overprint_shares
from pellicle.colour.optics import (
    DARKEST_BACKING,
    Bands,
    drops_white_over,
    halftone_white_over,
    internal_reflectance,
    measured_reflectance,
)
from pellicle.colour.spectrum import smoothest_spectra, xyz_d50_from_even
from pellicle.model.arrays import Array
from pellicle.model.print_setup import (
    PrintedSide,
    PrintSetup,
    Spectra,
    WhiteMixing,
)

LEAST_BAND = 1e-4
"""Bands darker than this are not corrected: their ratio would be noise."""

MOST_TIMES = 1.5
"""No band is corrected by more than this factor either way."""


@dataclass(frozen=True, slots=True, eq=False)
class SpectralFilm:
    """White, film and inks of a setup by wavelength.

    Attributes
    ----------
    setup, spectra
        The setup, and its spectra.
    medium_bands
        (3,) internal reflectance of the inks' medium in bands.
    """

    setup: PrintSetup
    spectra: Spectra
    medium_bands: Array

    @classmethod
    def of(cls, setup: PrintSetup) -> Self | None:
        """Of a setup; None if it has no spectra."""
        if setup.spectra is None:
            return None
        medium = _row(setup.spectra.medium)
        seen = _bands(measured_reflectance(medium))
        return cls(setup, setup.spectra, internal_reflectance(seen)[0])

    def paint(self, rgb_linear: Bands) -> tuple[Array, Array]:
        """Spectra that stand for paint, and their colours.

        Parameters
        ----------
        rgb_linear
            (N, 3) linear Rec.2020 on D50 as scanned.

        Returns
        -------
        spectra
            (N, BANDS) float32 as measured.
        rgb_linear
            (N, 3) of them: what was given, or slightly duller.
        """
        xyz_d50 = xyz_d50_from_rec2020(np.maximum(rgb_linear, np.float32(0)))
        spectra = smoothest_spectra(xyz_d50.astype(np.float32))
        return spectra, _bands(spectra)

    def base(self, spectra: Array, coverage: Array) -> Array:
        """(N, BANDS) internal reflectance without ink.

        Parameters
        ----------
        spectra
            (N, BANDS) of the paint, as measured.
        coverage
            (N,) of white, or share of its full layer.
        """
        through = _row(self.spectra.film)
        top = self.setup.film.printed_side is PrintedSide.TOP
        backing = np.maximum(internal_reflectance(spectra), np.float32(DARKEST_BACKING))
        backing = backing * through if top else backing
        white = self.setup.white
        full = _row(self.spectra.white_scattering) * np.float32(white.passes)
        absorption = _row(self.spectra.white_absorption)
        cover = coverage[:, None]
        if white.mixing is WhiteMixing.DROPS:
            layer = drops_white_over(backing, cover, full, absorption)
        else:
            layer = halftone_white_over(
                backing, cover, full, absorption, white.yule_nielsen
            )
        return np.asarray(layer if top else layer * through)

    def transmittance(self, inks: Array) -> Array:
        """(N, BANDS) of both passes of (N, 4) plates as over white."""
        shares = overprint_shares(ink_coverages(inks, np.array(self.spectra.gains)))
        roots = shares.astype(np.float32) @ np.array(self.spectra.primaries, np.float32)
        passed: Array = np.maximum(roots, 0) ** np.float32(self.spectra.yule_nielsen)
        return np.minimum(passed, np.float32(1))

    def band_transmittance(self, transmittance: Array) -> Array:
        """(N, 3) that a chart on the inks' medium would say in bands."""
        seen = _bands(measured_reflectance(transmittance * _row(self.spectra.medium)))
        ratio = internal_reflectance(seen) / self.medium_bands
        return np.asarray(np.minimum(ratio, np.float32(1)))


def _row(values: tuple[float, ...]) -> Array:
    return np.array([values], np.float32)


def _bands(spectra: Array) -> Array:
    """(N, 3) float32 linear Rec.2020 of (N, BANDS) spectra."""
    return np.asarray(rec2020_from_xyz_d50(xyz_d50_from_even(spectra)), np.float32)


def spectral_over_bands(
    film: SpectralFilm, spectra: Array, coverage: Array, inks: Array, band_base: Array
) -> Array:
    """What a colour predicted in bands is to be multiplied by.

    Parameters
    ----------
    film
        White, film and inks by wavelength.
    spectra
        (N, BANDS) of the paint, from `SpectralFilm.paint`.
    coverage
        (N,) of white, or share of its full layer.
    inks
        (N, 4) plates as over white.
    band_base
        (N, 3) base in bands over the colours of `spectra`.

    Returns
    -------
    times
        (N, 3) float32, about 1.
    """
    passed = film.transmittance(inks)
    by_wavelength = _bands(measured_reflectance(film.base(spectra, coverage) * passed))
    in_bands = measured_reflectance(band_base * film.band_transmittance(passed))
    dark = (by_wavelength < LEAST_BAND) | (in_bands < LEAST_BAND)
    times = by_wavelength / np.where(dark, 1, in_bands)
    limited = np.clip(times, 1 / MOST_TIMES, MOST_TIMES)
    return np.where(dark, np.float32(1), limited).astype(np.float32)

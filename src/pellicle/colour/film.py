# SPDX-License-Identifier: Apache-2.0
"""The printed film of one print setup, laid on paint: its forward model.

Job: from the colour of the paint, the white and the ink, the colour a viewer sees; and
what an output profile must be asked so that ink filters light as wanted.
Not here: the layers' formulas (`optics.py`), the profile's tables
(`output_profile.py`), choosing white and ink (`stages/mask`).
Terms: *base* is everything but the colour ink: painting, film and white. The *chart* is
the printed target that the output profile was made from; its *white* is the unprinted
spot of it.

Both the separation and the proof go through this one model.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from pellicle.colour.optics import (
    DARKEST_BACKING,
    Bands,
    drops_white_over,
    halftone_white_over,
    ink_over,
    internal_reflectance,
    measured_reflectance,
)
from pellicle.colour.output_profile import OutputProfile
from pellicle.colour.spectral_film import SpectralFilm, spectral_over_bands
from pellicle.model.arrays import Array
from pellicle.model.print_setup import (
    STRAIGHT,
    Curve,
    Film,
    FilmCurves,
    PerBand,
    PrintedSide,
    PrintSetup,
    White,
    WhiteMixing,
)


@dataclass(frozen=True, slots=True, eq=False)
class FilmModel:
    r"""Forward model of a print setup with its output profile.

    Stack from the viewer: colour, white, film, painting; printed on the film's
    underside: film, colour, white, painting. In internal reflectances, band by band,

    .. math:: R = T(cmyk) \cdot \tau_o \cdot \mathrm{KM}(\tau_u R_g, W)

    where the film's :math:`\tau` stands under (u) or over (o) the printed layers.

    Attributes
    ----------
    setup
        White, film and inks.
    profile
        Ink ↔ reflectance of the chart, relative to its white.
    chart_measured
        (3,) float32 measured reflectance of the chart's white, per band.
    chart_internal
        (3,) float32 internal reflectance of it.
    spectral
        The film by wavelength, where the setup has spectra.

    Notes
    -----
    *What the profile is asked.* Ink of transmittance T (both passes) over the chart's
    white has the internal reflectance T · R_white and would be measured, surface and
    all, as the absolute colour m(T · R_white). `OutputProfile` speaks of colours as
    shares of the measured white, band by band, and itself goes from there to the
    profile's relative colorimetric tables (absolute XYZ · XYZ_D50 / XYZ_white, without
    black-point compensation). So

        asked = m(T · R_white) / m(R_white),    T = R_target / base

    T = 1 asks for exactly (1, 1, 1): no ink. Asking for the target itself as a relative
    colour would apply the white twice: once by the profile, once by our own base, whose
    share is already divided out of T. The way back is the same read backwards:
    T = i(answered · m(R_white)) / R_white, with m and i the surface's two directions.
    """

    setup: PrintSetup
    profile: OutputProfile
    chart_measured: Array
    chart_internal: Array
    spectral: SpectralFilm | None = None

    @classmethod
    def of(cls, setup: PrintSetup, profile: OutputProfile) -> Self:
        """Model of a setup; `profile` is the one its inks name."""
        measured = np.array(profile.media_white_rgb_linear)
        internal = internal_reflectance(measured)
        # Through the surface and back, so that a white beyond what a surface lets out
        # (1 is more than a perfect diffuser shows beneath gloss) stays consistent.
        return cls(
            setup,
            profile,
            measured_reflectance(internal).astype(np.float32),
            internal.astype(np.float32),
            SpectralFilm.of(setup),
        )

    def base(self, rgb_linear: Bands, white: Array) -> Bands:
        """Internal reflectance of painting, film and white, without colour ink.

        Parameters
        ----------
        rgb_linear
            (N, 3) float32 colour of the paint as scanned.
        white
            (N,) float32 coverage of the white, 0 to 1.

        Returns
        -------
        base
            (N, 3) float32, at least `DARKEST_BACKING` times the film's transmittance.
        """
        under, over = film_transmittances(self.setup.film)
        backing = np.maximum(internal_reflectance(rgb_linear), DARKEST_BACKING) * under
        return np.asarray(white_layer_over(self.setup.white, backing, white) * over)

    def seen(self, base: Bands, cmyk: Array, white: Array | None = None) -> Bands:
        """(N, 3) float32 linear colour of ink over a base, as a scan would see it.

        Parameters
        ----------
        base
            (N, 3) from `base`.
        cmyk
            (N, 4) plate values, 0 to 1.
        white
            (N,) plate values of white that the base was made with; without them the
            ink counts as printed over white.
        """
        return self.seen_through(base, self.transmittance(cmyk, white))

    def as_over_white(self, cmyk: Array, white: Array | None) -> Array:
        """Plates that make over white what these make where they are printed.

        Parameters
        ----------
        cmyk
            (N, 4) plate values, 0 to 1.
        white
            (N,) plate values of white under them.
        """
        curves = self.setup.inks.film_curves
        if curves is None or white is None:
            return cmyk
        return as_over_white(curves, cmyk, white_coverage(self.setup.white, white))

    def plates(self, inks: Array, white: Array | None) -> Array:
        """Plates to be printed, from those that would do over white.

        The inverse of `as_over_white`; where a curve ends below 1, full ink is the
        nearest.
        """
        curves = self.setup.inks.film_curves
        if curves is None or white is None:
            return inks
        return as_printed(curves, inks, white_coverage(self.setup.white, white))

    def seen_over(self, rgb_linear: Bands, cmyk: Array, white: Array) -> Bands:
        """(N, 3) float32 linear colour of ink and white over paint.

        By wavelength where the setup has spectra, else as `seen` over `base`.

        Parameters
        ----------
        rgb_linear
            (N, 3) float32 colour of the paint as scanned.
        cmyk, white
            (N, 4) and (N,) plate values, 0 to 1.
        """
        seen = self.seen(self.base(rgb_linear, white), cmyk, white)
        return seen * self.spectral_over_bands(rgb_linear, cmyk, white)

    def spectral_over_bands(
        self, rgb_linear: Bands, cmyk: Array, white: Array
    ) -> Bands | np.float32:
        """(N, 3) by which the bands' prediction is too dark; 1 without spectra.

        Arguments as in `seen_over`.
        """
        if self.spectral is None:
            return np.float32(1)
        spectra, own_linear = self.spectral.paint(rgb_linear)
        return spectral_over_bands(
            self.spectral,
            spectra,
            white_coverage(self.setup.white, white),
            self.as_over_white(cmyk, white),
            self.base(own_linear, white),
        )

    @staticmethod
    def seen_through(base: Bands, transmittance: Bands) -> Bands:
        """The same for ink of a known transmittance, (N, 3) float32, both passes."""
        return measured_reflectance(ink_over(base, transmittance))

    def transmittance(self, cmyk: Array, white: Array | None = None) -> Bands:
        """(N, 3) float32 transmittance, both passes, of ink; arguments as in `seen`."""
        inks = self.as_over_white(cmyk, white)
        on_chart = self.profile.reflectance(inks) * self.chart_measured
        ratio = internal_reflectance(on_chart) / self.chart_internal
        return np.asarray(np.minimum(ratio, np.float32(1)))

    def asked(self, transmittance: Bands) -> Bands:
        """Reflectance, relative to the chart's white, that ink has there.

        Parameters
        ----------
        transmittance
            (N, 3) float32 of the ink, both passes, 0 to 1.

        Returns
        -------
        relative
            (N, 3) float32 rgb_linear, to be given to `OutputProfile.ink`.
        """
        on_chart = measured_reflectance(transmittance * self.chart_internal)
        return np.asarray(on_chart / self.chart_measured)


def as_over_white(curves: FilmCurves, cmyk: Array, coverage: Array) -> Array:
    """Plates that make over white what these make where white covers a part.

    Dots on white spread as over white, those beside it as on clear film: the curves
    count by what is not covered.

    Parameters
    ----------
    curves
        On clear film, as plates over white.
    cmyk
        (N, 4) plate values, 0 to 1.
    coverage
        (N,) of white, 0 to 1.
    """
    result = np.array(cmyk, np.float32)
    bare = coverage < 1
    share = 1 - coverage[bare]
    for ink, curve in enumerate(curves.by_ink):
        plates = result[bare, ink]
        result[bare, ink] = plates + share * (_on_curve(curve, plates) - plates)
    return result


def as_printed(curves: FilmCurves, inks: Array, coverage: Array) -> Array:
    """The inverse of `as_over_white`; what is more than full ink makes, is full ink."""
    result = np.array(inks, np.float32)
    bare = coverage < 1
    share = 1 - coverage[bare][:, None]
    for ink, curve in enumerate(curves.by_ink):
        at, makes = (np.array(axis, np.float32) for axis in zip(*curve, strict=True))
        makes_here = at + share * (makes - at)
        result[bare, ink] = _inverse(at, makes_here, result[bare, ink])
    return result


def _inverse(at: Array, makes: Array, wanted: Array) -> Array:
    """(N,) where rows of (N, P) rising points at (P,) first make what is wanted."""
    upper = (makes < wanted[:, None]).sum(axis=1).clip(1, len(at) - 1)
    rows = np.arange(len(wanted))
    low, high = makes[rows, upper - 1], makes[rows, upper]
    step = np.where(high > low, high - low, 1)
    part = np.clip((wanted - low) / step, 0, 1)
    found: Array = at[upper - 1] + part * (at[upper] - at[upper - 1])
    return found


def film_transmittances(film: Film) -> tuple[Bands | float, Bands | float]:
    """Transmittance of the film, both passes, under and over the printed layers."""
    through = _per_band(film.transmittance)
    if film.printed_side is PrintedSide.TOP:
        return through, 1.0
    return 1.0, through


def bare_film_over(rgb_linear: Bands, film: Film) -> Bands:
    """(N, 3) colour of paint under film without ink; exactly the paint if it is clear.

    What another surface does (gloss, varnish) is not part of the model.
    """
    if film.clear:
        return rgb_linear
    through = _per_band(film.transmittance)
    return measured_reflectance(internal_reflectance(rgb_linear) * through)


def white_coverage(setup: White, white: Array) -> Array:
    """(N,) float32 coverage, or share of the full layer, of (N,) plate values."""
    if setup.tone_curve == STRAIGHT:
        return white
    return _on_curve(setup.tone_curve, white)


def white_layer_over(setup: White, backing: Bands, white: Array) -> Bands:
    """Internal reflectance of a setup's white, (N,) plate values, over (N, 3)."""
    coverage = white_coverage(setup, white)[:, None]
    full = _per_band(setup.scattering) * setup.passes
    absorption = _per_band(setup.absorption)
    if setup.mixing is WhiteMixing.DROPS:
        return drops_white_over(backing, coverage, full, absorption)
    return halftone_white_over(backing, coverage, full, absorption, setup.yule_nielsen)


def _per_band(value: PerBand) -> Bands | float:
    return np.array(value, np.float32) if isinstance(value, tuple) else value


def _on_curve(curve: Curve, values: Array) -> Array:
    at, makes = zip(*curve, strict=True)
    made: Array = np.interp(values, at, makes).astype(np.float32)
    return made

# SPDX-License-Identifier: Apache-2.0
"""A printer and its film, fitted to the measurements of a chart.

Job: white, film, inks over white and on clear film, and what the fit predicts for each
reading.
Not here: which readings contradict it (`chart_readings.py`), reading files, and the
setup that is written (`workflow/print_setup_fit.py`).
Terms: a *reading* is one patch measured over one backing. Its *predicted* colour comes
from the whole model, with the patch itself left out of the inks' fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from pellicle.colour.chart_readings import ChartReadings, Laid, Readings, far_off
from pellicle.colour.convert import (
    lab_d50_from_rec2020,
    lab_d50_from_xyz_d50,
    rec2020_from_xyz_d50,
)
from pellicle.colour.film import as_over_white, white_coverage
from pellicle.colour.halftone import InkModel
from pellicle.colour.optics import internal_reflectance, measured_reflectance
from pellicle.colour.spectral_fit import fit_spectra
from pellicle.colour.white_fit import WhitePatches, fit_white
from pellicle.model.arrays import Array
from pellicle.model.print_setup import Curve, Film, FilmCurves, Spectra, White

_CURVE_STEPS = 21
_LIGHTEST_FILM = 1.0
_DARKEST_FILM = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class FittedPrint:
    """What a chart says of a printer.

    Attributes
    ----------
    inks
        Over white (or over the only medium measured).
    white
        None where the chart has none.
    film
        None where film or backing were not measured apart.
    film_curves
        None where the inks on clear film were not measured.
    medium
        (3,) internal reflectance of the medium that the inks' profile is on.
    white_errors
        Of each way of mixing, see `fit_white`.
    readings
        One for each chart laid down.
    spectra
        By wavelength; None where only colours, or no white, were measured.
    """

    inks: InkModel
    white: White | None
    film: Film | None
    film_curves: FilmCurves | None
    medium: Array
    white_errors: dict[str, float]
    readings: tuple[Readings, ...]
    spectra: Spectra | None = None


def fit_print(charts: Sequence[Laid], white: White, film: Film) -> FittedPrint:
    """Fit, find readings that contradict the rest, and fit again without them.

    Parameters
    ----------
    charts
        The same chart over one or more backings; each holds its own bare medium.
    white, film
        What to begin with; printed side, levels and spot name are kept.
    """
    everything = [np.ones(len(laid.names), np.bool_) for laid in charts]
    first = _fit(charts, white, film, everything)
    used = [~far_off(readings) for readings in first.readings]
    if all(part.all() for part in used):
        return first
    return _fit(charts, white, film, used)


def _fit(
    charts: Sequence[Laid], white: White, film: Film, used: Sequence[Array]
) -> FittedPrint:
    laid = [
        ChartReadings(one, part, film) for one, part in zip(charts, used, strict=True)
    ]
    found_film = _film(laid, film)
    through = np.broadcast_to(np.asarray((found_film or film).transmittance), (3,))
    found_white, errors = _white(laid, white, through)
    patches, over_white = _transmittances(laid, full=True)
    inks = InkModel.fitted(patches.inks, over_white, patches.repeats)
    curves = _film_curves(laid, inks)
    held = dict(
        zip(
            patches.keys,
            inks.left_out(over_white, patches.repeats),
            strict=True,
        )
    )
    readings = tuple(
        _readings(one, found_white, inks, held, curves, through) for one in laid
    )
    lightest = max(laid, key=lambda one: float(one.measured_medium(one.full).mean()))
    return FittedPrint(
        inks,
        found_white,
        found_film,
        curves,
        lightest.measured_medium(lightest.full),
        errors,
        readings,
        fit_spectra(charts, used, inks, found_white, found_film or film),
    )


def _film(charts: Sequence[ChartReadings], film: Film) -> Film | None:
    """Transmittance, from film and backing measured apart over light backings."""
    shares = []
    for chart in charts:
        bare = chart.laid.bare_xyz_d50
        if bare is None or not chart.has_film:
            continue
        backing = internal_reflectance(rec2020_from_xyz_d50(bare[None]))[0]
        if backing.min() > 0.3:  # noqa: PLR2004 -- over black nothing is to be seen
            shares.append(chart.film_over / backing)
    if not shares:
        return None
    share = np.clip(np.mean(shares, axis=0), _DARKEST_FILM, _LIGHTEST_FILM)
    through = tuple(round(float(value), 4) for value in share)
    return film.model_copy(update={"transmittance": through})


def _white(
    charts: Sequence[ChartReadings], white: White, through: Array
) -> tuple[White | None, dict[str, float]]:
    parts = [
        (chart, chart.alone & chart.used)
        for chart in charts
        if chart.has_film and (chart.alone & chart.used).any()
    ]
    if not parts:
        return None, {}

    def joined(values: list[Array]) -> Array:
        return np.concatenate(values)

    def rows(value: Array, where: Array) -> Array:
        return np.tile(value, (int(where.sum()), 1))

    patches = WhitePatches(
        joined([chart.laid.white[at] for chart, at in parts]),
        joined([np.full(int(at.sum()), chart.laid.passes) for chart, at in parts]),
        joined(
            [
                rows(chart.film_over if chart.top else chart.film_over / through, at)
                for chart, at in parts
            ]
        ),
        joined([rows(np.ones(3) if chart.top else through, at) for chart, at in parts]),
        joined([chart.rgb[at] for chart, at in parts]),
    )
    return fit_white(white, patches)


@dataclass(frozen=True, slots=True, eq=False)
class _Patches:
    keys: tuple[tuple[float, ...], ...]
    inks: Array
    repeats: Array


def _transmittances(
    charts: Sequence[ChartReadings], *, full: bool
) -> tuple[_Patches, Array]:
    """Mean transmittance of each patch's inks; lighter bases count more."""
    sums: dict[tuple[float, ...], list[tuple[Array, Array]]] = {}
    for chart in charts:
        where = chart.full if full else chart.laid.white == 0
        if not where.any():
            continue
        medium = chart.measured_medium(where)
        for at in np.flatnonzero(where & chart.used):
            key = tuple(float(value) for value in chart.laid.inks[at])
            ratio = np.clip(chart.internal[at] / medium, 0.0, 1.0)
            sums.setdefault(key, []).append((ratio, medium**2))
    keys = tuple(sums)
    means = [
        sum(ratio * weight for ratio, weight in sums[key])
        / sum(weight for _, weight in sums[key])
        for key in keys
    ]
    repeats = np.array([float(len(sums[key])) for key in keys])
    return _Patches(keys, np.array(keys), repeats), np.array(means)


def _film_curves(charts: Sequence[ChartReadings], inks: InkModel) -> FilmCurves | None:
    """Gain curves on clear film, over the lightest backing, as plates over white."""
    bare = [
        chart
        for chart in charts
        if chart.has_film
        and (chart.laid.white[chart.laid.inks.sum(axis=1) > 0] == 0).any()
    ]
    if not bare:
        return None
    lightest = max(bare, key=lambda chart: float(chart.film_over.mean()))
    patches, measured = _transmittances([lightest], full=False)
    wanted = np.cbrt(measured)

    def errors(numbers: Array) -> Array:
        moved = _moved(patches.inks, numbers.reshape(4, 3))
        missed: Array = (np.cbrt(inks.transmittance(moved)) - wanted).ravel()
        return missed

    solved = optimize.least_squares(
        errors,
        np.tile([0.0, 0.0, 1.0], 4),
        bounds=(np.tile([-0.24, -0.24, 0.7], 4), np.tile([0.24, 0.24, 1.0], 4)),
        loss="soft_l1",
        f_scale=0.02,
        max_nfev=60,
    )
    numbers = solved.x.reshape(4, 3)
    axis = np.linspace(0.0, 1.0, _CURVE_STEPS)
    moved = np.maximum.accumulate(
        _moved(np.tile(axis[:, None], (1, 4)), numbers), axis=0
    )

    def curve(ink: int) -> Curve:
        points = zip(axis, moved[:, ink], strict=True)
        return tuple((round(float(a), 4), round(float(b), 4)) for a, b in points)

    return FilmCurves(cyan=curve(0), magenta=curve(1), yellow=curve(2), black=curve(3))


def _moved(inks: Array, numbers: Array) -> Array:
    bulge = 4.0 * inks * (1.0 - inks)
    moved = inks * numbers[:, 2]
    moved = moved + bulge * (numbers[:, 0] + numbers[:, 1] * (2.0 * inks - 1.0))
    clipped: Array = np.clip(moved, 0.0, 1.0)
    return clipped


def _readings(  # noqa: PLR0913, PLR0917 -- the parts of the model
    chart: ChartReadings,
    white: White | None,
    inks: InkModel,
    held: dict[tuple[float, ...], Array],
    curves: FilmCurves | None,
    through: Array,
) -> Readings:
    laid = chart.laid
    plates = np.array(laid.inks, np.float64)
    if curves is not None and white is not None:
        plates = as_over_white(curves, plates, white_coverage(white, laid.white))
    through_ink = inks.transmittance(plates)
    for row in np.flatnonzero(chart.full & chart.used):
        through_ink[row] = held[tuple(float(value) for value in laid.inks[row])]
    predicted = measured_reflectance(through_ink * chart.base(white, through))
    return Readings(
        laid,
        lab_d50_from_rec2020(predicted),
        lab_d50_from_xyz_d50(laid.xyz_d50),
        chart.used,
    )

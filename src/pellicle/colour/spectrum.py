# SPDX-License-Identifier: Apache-2.0
"""Colours of reflectance spectra.

Job: spectra, as instruments give them, to absolute XYZ on D50; and, where only a
colour is known, the likeliest spectrum of it.
Not here: reading them (`io/measurements_file.py`).
"""

import numpy as np

from pellicle.colour.convert import D50_XYZ
from pellicle.model.arrays import Array

_FIRST_NM, _LAST_NM, _STEP_NM = 380, 730, 10
_WEIGHTS = np.array(
    [
        (0.000032, 0.000001, 0.000150),
        (0.000121, 0.000003, 0.000570),
        (0.000672, 0.000019, 0.003185),
        (0.002341, 0.000065, 0.011157),
        (0.007679, 0.000229, 0.036893),
        (0.015625, 0.000638, 0.076257),
        (0.024806, 0.001638, 0.124432),
        (0.027921, 0.003156, 0.147170),
        (0.025082, 0.005175, 0.143970),
        (0.016991, 0.007913, 0.111987),
        (0.008658, 0.012586, 0.073598),
        (0.002802, 0.018209, 0.040720),
        (0.000446, 0.029431, 0.024784),
        (0.000855, 0.046257, 0.014549),
        (0.005850, 0.065642, 0.007235),
        (0.016084, 0.083773, 0.004097),
        (0.027851, 0.091494, 0.001947),
        (0.042215, 0.096901, 0.000852),
        (0.056589, 0.094711, 0.000371),
        (0.070899, 0.088566, 0.000195),
        (0.086276, 0.081917, 0.000155),
        (0.091340, 0.067372, 0.000098),
        (0.098770, 0.058674, 0.000074),
        (0.094737, 0.047529, 0.000032),
        (0.080553, 0.035919, 0.000018),
        (0.058532, 0.024145, 0.000005),
        (0.042147, 0.016467, 0.000002),
        (0.025816, 0.009744, 0.000000),
        (0.015412, 0.005701, 0.000000),
        (0.008569, 0.003137, 0.000000),
        (0.004413, 0.001604, 0.000000),
        (0.001888, 0.000683, 0.000000),
        (0.000990, 0.000358, 0.000000),
        (0.000512, 0.000185, 0.000000),
        (0.000212, 0.000077, 0.000000),
        (0.000223, 0.000080, 0.000000),
    ]
)
"""CIE 1931 2° observer times CIE D50, by band; what lies beyond the last band counts
with it."""

BANDS = len(_WEIGHTS)
_OF_WHITE = _WEIGHTS * (D50_XYZ / _WEIGHTS.sum(axis=0))


def _smoothest() -> Array:
    """(3, BANDS) that takes XYZ to the spectrum of least sum of squared slopes."""
    slopes = np.diff(np.eye(BANDS), axis=0)
    none = np.zeros((3, 3))
    system = np.block([[2.0 * slopes.T @ slopes, _OF_WHITE], [_OF_WHITE.T, none]])
    wanted = np.vstack([np.zeros((BANDS, 3)), np.eye(3)])
    found: Array = np.linalg.solve(system, wanted)[:BANDS].T
    return found


_SMOOTHEST = _smoothest()


def even_spectra(wavelengths_nm: Array, reflectance: Array) -> Array:
    """(N, BANDS) spectra every 10 nm, 380 to 730 nm; see `xyz_d50_from_spectrum`."""
    bands_nm = np.arange(_FIRST_NM, _LAST_NM + 1, _STEP_NM)
    rows = [np.interp(bands_nm, wavelengths_nm, row) for row in reflectance]
    return np.stack(rows)


def xyz_d50_from_even(spectra: Array) -> Array:
    """(N, 3) absolute XYZ on D50 of (N, BANDS) spectra."""
    xyz_d50: Array = spectra @ _OF_WHITE.astype(spectra.dtype)
    return xyz_d50


def smoothest_spectra(xyz_d50: Array) -> Array:
    """Reflectance spectra of colours of which nothing else is known.

    Parameters
    ----------
    xyz_d50
        (N, 3) absolute, 1 for a perfect white.

    Returns
    -------
    spectra
        (N, BANDS), 0 to 1: of all spectra of that colour the one whose slopes, squared,
        add up to least. Where it leaves 0 to 1 it is cut there, and is then of a
        slightly duller colour.

    Notes
    -----
    Paints have smooth spectra, as a rule. A closed form; one matrix product.

    References
    ----------
    Burns 2020, Numerical methods for smoothest reflectance reconstruction,
    doi 10.1002/col.22437 (the "least slope squared" form, cut instead of iterated).
    """
    spectra: Array = np.clip(xyz_d50 @ _SMOOTHEST.astype(xyz_d50.dtype), 0, 1)
    return spectra


def xyz_d50_from_spectrum(wavelengths_nm: Array, reflectance: Array) -> Array:
    """Absolute XYZ on D50 of reflectance spectra, 2° observer.

    Parameters
    ----------
    wavelengths_nm
        (B,) rising.
    reflectance
        (N, B), 1 for a perfect white.

    Returns
    -------
    xyz_d50
        (N, 3) float64; a perfect white has exactly `D50_XYZ`.

    Notes
    -----
    Spectra are read every 10 nm, straight between the given bands, and carried on
    beyond the first and last.

    References
    ----------
    CIE 015:2018; CIE 1931 colour-matching functions and illuminant D50.
    """
    return xyz_d50_from_even(even_spectra(wavelengths_nm, reflectance))

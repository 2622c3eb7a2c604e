# SPDX-License-Identifier: Apache-2.0
"""Film over paint: what white, film and ink make of the colour beneath.

Job: surface reflection, a white layer over a backing, ink as a filter; array in, array
out, band by band.
Not here: which ink gives which colour (`output_profile.py`), the stack of one print
setup (`film.py`), choosing ink (`stages/mask`).
Terms: all in linear Rec.2020 on D50 (`rgb_linear`). *Measured* reflectance R_m is what
a scan or an instrument without specular light sees; *internal* reflectance R_i is what
the layers do beneath the glossy surface, and layers multiply and add only there.
*SX* is scattering times thickness; *K/S* absorption over scattering.

These bands were found to err by a median ΔE00 of about 0.5 against spectral reckoning;
no predicted ΔE00 includes that error of the model.
"""

import math
from typing import Any, TypeAlias

import numpy as np

Bands: TypeAlias = np.ndarray[Any, np.dtype[np.floating[Any]]]
"""(..., 3) float32 or float64 reflectances, or anything that broadcasts with them."""

OUTER_REFLECTION = 0.04
"""k1: share of light reflected at the surface from outside (n = 1.5)."""

INNER_REFLECTION = 0.60
"""k2: share of diffuse light from within that the surface throws back."""

DARKEST_BACKING = 0.003
"""Least internal reflectance of a backing: glazes divide by it."""

WHITE_WITHOUT_ABSORPTION = 1e-6
"""Below this K/S the limit K → 0 is used; the general form loses all its digits."""

LEAST_ABSORPTION = 1e-8
"""K/S given band by band counts as at least this: nothing to be seen."""

THICK = 20.0
"""Above this b·SX a layer is as good as infinitely thick: coth = 1."""


def internal_reflectance(measured: Bands) -> Bands:
    """Reflectance beneath a glossy surface, from that measured without specular light.

    R_i = R_m / ((1 − k1)(1 − k2) + k2·R_m), clipped to [0, 1]; negative bands (colours
    beyond Rec.2020) count as 0.

    References
    ----------
    Saunderson 1942, doi 10.1364/JOSA.32.000727.
    """
    through = (1.0 - OUTER_REFLECTION) * (1.0 - INNER_REFLECTION)
    positive = np.maximum(measured, 0.0)
    inside: Bands = np.minimum(positive / (through + INNER_REFLECTION * positive), 1.0)
    return inside


def measured_reflectance(internal: Bands) -> Bands:
    """Reflectance that a scan sees, from that beneath the surface.

    R_m = (1 − k1)(1 − k2)·R_i / (1 − k2·R_i): 0.96 for a perfect white.

    References
    ----------
    Saunderson 1942, doi 10.1364/JOSA.32.000727.
    """
    through = (1.0 - OUTER_REFLECTION) * (1.0 - INNER_REFLECTION)
    outside: Bands = through * internal / (1.0 - INNER_REFLECTION * internal)
    return outside


def white_over(
    backing: Bands, scattering: Bands | float, absorption: Bands | float
) -> Bands:
    """Internal reflectance of a full layer of white over a backing.

    Parameters
    ----------
    backing
        Internal reflectance R_g beneath the layer, 0 to 1.
    scattering
        SX of the layer, at least 0; broadcasts with `backing`.
    absorption
        K/S of the white, at least 0; broadcasts likewise.

    Returns
    -------
    reflectance
        Internal; shape of `backing` and `scattering` broadcast.

    Notes
    -----
    The general form (1 − R_g(a − b·coth)) / (a − R_g + b·coth) is multiplied through by
    tanh, so that a layer without thickness is the backing itself.

    References
    ----------
    Kubelka & Munk 1931, Z. tech. Phys. 12, 593–601.
    """
    if not isinstance(absorption, int | float):
        some = np.maximum(np.asarray(absorption, np.float64), LEAST_ABSORPTION)
        return _absorbing_white_over(backing, scattering, some)
    if absorption < WHITE_WITHOUT_ABSORPTION:
        gained = scattering * (1.0 - backing)
        clear: Bands = (backing + gained) / (1.0 + gained)
        return clear
    return _absorbing_white_over(backing, scattering, absorption)


def _absorbing_white_over(
    backing: Bands, scattering: Bands | float, absorption: Bands | float
) -> Bands:
    a = 1.0 + absorption
    # A plain number stays one: it does not widen float32 bands.
    b = np.sqrt(a * a - 1.0) if isinstance(a, np.ndarray) else math.sqrt(a * a - 1.0)
    depth = np.minimum(b * np.asarray(scattering), THICK)
    tanh = np.where(depth < THICK, np.tanh(depth), 1.0)
    layer: Bands = (tanh - backing * (a * tanh - b)) / ((a - backing) * tanh + b)
    return layer.astype(np.asarray(backing).dtype, copy=False)


def halftone_white_over(
    backing: Bands,
    coverage: Bands,
    scattering: Bands | float,
    absorption: Bands | float,
    yule_nielsen: float,
) -> Bands:
    """Internal reflectance of dots of full white that cover part of a backing.

    Parameters
    ----------
    backing
        (..., 3) internal reflectance R_g.
    coverage
        (..., 1) share W of the spot that is covered, 0 to 1.
    scattering, absorption
        SX and K/S of the full layer.
    yule_nielsen
        n: 1 for large dots, 2 when light wanders much farther than a dot.

    Returns
    -------
    reflectance
        ((1 − W)·R_g^(1/n) + W·R_full^(1/n))^n.

    References
    ----------
    Yule & Nielsen 1951, TAGA Proc. 3, 65–76.
    """
    full = white_over(backing, scattering, absorption)
    if yule_nielsen == 1:
        mixed: Bands = (1.0 - coverage) * backing + coverage * full
        return mixed
    root = 1.0 / yule_nielsen
    spread: Bands = (1.0 - coverage) * backing**root + coverage * full**root
    result: Bands = spread**yule_nielsen
    return result


def drops_white_over(
    backing: Bands,
    coverage: Bands,
    scattering: Bands | float,
    absorption: Bands | float,
) -> Bands:
    """Internal reflectance of a closed layer made of smaller drops.

    Like `halftone_white_over`, but a coverage W makes the layer thinner instead of
    leaving gaps: SX(W) = W·SX, W being what the tone curve makes of the plate value.
    """
    return white_over(backing, coverage * scattering, absorption)


def ink_over(backing: Bands, transmittance: Bands) -> Bands:
    """Internal reflectance of clear ink over a backing.

    Light passes the ink twice: `transmittance` is t², of both passes together.
    """
    inked: Bands = backing * transmittance
    return inked


def transmittance_wanted(target: Bands, backing: Bands) -> Bands:
    """Transmittance, both passes, that turns a backing into a target; at most 1.

    Parameters
    ----------
    target, backing
        (..., 3) internal reflectances; the backing at least `DARKEST_BACKING`.
    """
    ratio: Bands = np.minimum(target / backing, 1.0)
    return ratio

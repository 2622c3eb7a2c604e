# SPDX-License-Identifier: Apache-2.0
"""Conversions between linear Rec.2020, XYZ and CIELAB, all on D50.

Job: the few colour spaces every other module speaks.
Not here: a file's own encoding (`encoding.py`), inks (`output_profile.py`).
Terms: *rgb_linear* is linear Rec.2020 (ITU-R BT.2020) Bradford-adapted from D65 to the
D50 of the ICC profile connection space, so that a perfect white is (1, 1, 1);
*xyz_d50* has Y = 1 for that white; *lab_d50* is CIE 1976 L*a*b* on the same white.

Arithmetic is float64; float32 arrays come back as float32, anything else as float64.
"""

from typing import Any, TypeAlias

import numba
import numpy as np

Floats: TypeAlias = np.ndarray[Any, np.dtype[Any]]
"""(..., 3) numbers, one colour in the last axis."""

D50_XYZ = np.array([0.9642, 1.0, 0.8249])
"""XYZ of the ICC profile connection space's white (ICC.1:2022, 7.2.16)."""

BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
"""Cone responses of the Bradford transform (Lam 1985; ICC.1:2022, annex E)."""

LAB_LINEAR_BELOW = (6.0 / 29.0) ** 3
LAB_SLOPE = (29.0 / 6.0) ** 2 / 3.0
LAB_OFFSET = 4.0 / 29.0


def bradford_adaptation(from_xyz: Floats, to_xyz: Floats) -> Floats:
    """Matrix that turns XYZ under one white into corresponding XYZ under another.

    Parameters
    ----------
    from_xyz, to_xyz
        (3,) whites.

    Returns
    -------
    matrix
        (3, 3) float64.
    """
    gains = (BRADFORD @ to_xyz) / (BRADFORD @ from_xyz)
    adapted: Floats = np.linalg.inv(BRADFORD) @ np.diag(gains) @ BRADFORD
    return adapted


def matrix_from_primaries(primaries_xy: Floats, white_xy: Floats) -> Floats:
    """Linear RGB → XYZ on D50 of a space given by its chromaticities.

    Parameters
    ----------
    primaries_xy
        (3, 2) chromaticities of red, green and blue.
    white_xy
        (2,) chromaticity of the space's white, which is Bradford-adapted to D50.

    Returns
    -------
    matrix
        (3, 3) float64; maps (1, 1, 1) to `D50_XYZ` exactly but for rounding.
    """
    x, y = np.asarray(primaries_xy, np.float64).T
    columns = np.stack([x / y, np.ones(3), (1 - x - y) / y])
    white = np.array(
        [white_xy[0] / white_xy[1], 1.0, (1 - white_xy[0] - white_xy[1]) / white_xy[1]]
    )
    native = columns * np.linalg.solve(columns, white)
    adapted: Floats = bradford_adaptation(white, D50_XYZ) @ native
    return adapted


D65_XY = np.array([0.3127, 0.3290])
REC2020_PRIMARIES_XY = np.array([[0.708, 0.292], [0.170, 0.797], [0.131, 0.046]])

XYZ_D50_FROM_REC2020 = matrix_from_primaries(REC2020_PRIMARIES_XY, D65_XY)
"""(3, 3) float64, linear Rec.2020 → XYZ, both on D50."""

REC2020_FROM_XYZ_D50 = np.linalg.inv(XYZ_D50_FROM_REC2020)
"""(3, 3) float64, the inverse."""


_THIRD_OF_BIAS = 3_071_306_043_645_493_248


@numba.njit(cache=True)
def cube_root(value: float) -> float:
    """Cube root of a number above 0, to the last bit or two; scalar.

    The library's takes twice as long, and most of the time of a conversion to L*a*b*.
    A third of the bits, read as a whole number, is within 4 % (its exponent is divided
    by three); each of Halley's steps trebles the digits that are right.
    """
    bits = np.float64(value).view(np.int64)
    root = np.int64(bits // 3 + _THIRD_OF_BIAS).view(np.float64)
    for _ in range(3):
        cube = root * root * root
        root *= (cube + 2.0 * value) / (2.0 * cube + value)
    return float(root)


@numba.njit(cache=True)
def _lab_f(ratio: float) -> float:
    if ratio > LAB_LINEAR_BELOW:
        return cube_root(ratio)
    return ratio * LAB_SLOPE + LAB_OFFSET


@numba.njit(cache=True)
def _lab_f_inverse(f: float) -> float:
    if f > 6.0 / 29.0:
        return f * f * f
    return (f - LAB_OFFSET) / LAB_SLOPE


@numba.njit(cache=True)
def lab_of_xyz(x: float, y: float, z: float) -> tuple[float, float, float]:
    """L*, a*, b* of one XYZ on D50; scalars, for use in other compiled loops."""
    fx = _lab_f(x / 0.9642)
    fy = _lab_f(y)
    fz = _lab_f(z / 0.8249)
    return 116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz)


@numba.njit(cache=True)
def xyz_of_lab(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    """XYZ on D50 of one L*a*b*; scalars, for use in other compiled loops."""
    fy = (lightness + 16.0) / 116.0
    fx = fy + a / 500.0
    fz = fy - b / 200.0
    return (
        _lab_f_inverse(fx) * 0.9642,
        _lab_f_inverse(fy),
        _lab_f_inverse(fz) * 0.8249,
    )


@numba.njit(cache=True)
def _apply(source: Floats, matrix: Floats, into: Floats) -> None:
    for i in range(source.shape[0]):
        r = float(source[i, 0])
        g = float(source[i, 1])
        b = float(source[i, 2])
        for k in range(3):
            into[i, k] = matrix[k, 0] * r + matrix[k, 1] * g + matrix[k, 2] * b


@numba.njit(cache=True)
def _lab_from_linear(source: Floats, matrix: Floats, into: Floats) -> None:
    for i in range(source.shape[0]):
        r = float(source[i, 0])
        g = float(source[i, 1])
        b = float(source[i, 2])
        into[i, 0], into[i, 1], into[i, 2] = lab_of_xyz(
            matrix[0, 0] * r + matrix[0, 1] * g + matrix[0, 2] * b,
            matrix[1, 0] * r + matrix[1, 1] * g + matrix[1, 2] * b,
            matrix[2, 0] * r + matrix[2, 1] * g + matrix[2, 2] * b,
        )


@numba.njit(cache=True)
def _linear_from_lab(source: Floats, matrix: Floats, into: Floats) -> None:
    for i in range(source.shape[0]):
        x, y, z = xyz_of_lab(
            float(source[i, 0]), float(source[i, 1]), float(source[i, 2])
        )
        for k in range(3):
            into[i, k] = matrix[k, 0] * x + matrix[k, 1] * y + matrix[k, 2] * z


IDENTITY = np.eye(3)


def as_colours(colours: Floats) -> Floats:
    """(N, 3) contiguous view or copy: float32 stays, anything else turns float64."""
    kept = np.asarray(colours)
    dtype = np.float32 if kept.dtype == np.float32 else np.float64
    return np.ascontiguousarray(kept, dtype).reshape(-1, 3)


def linear_map(colours: Floats, matrix: Floats) -> Floats:
    """Apply a (3, 3) matrix to each colour of a (..., 3) array."""
    source = as_colours(colours)
    into = np.empty_like(source)
    _apply(source, np.ascontiguousarray(matrix, np.float64), into)
    return into.reshape(np.shape(colours))


def xyz_d50_from_rec2020(rgb_linear: Floats) -> Floats:
    """(..., 3) linear Rec.2020 on D50 → XYZ on D50, Y of white = 1."""
    return linear_map(rgb_linear, XYZ_D50_FROM_REC2020)


def rec2020_from_xyz_d50(xyz_d50: Floats) -> Floats:
    """(..., 3) XYZ on D50 → linear Rec.2020 on D50. Not clipped."""
    return linear_map(xyz_d50, REC2020_FROM_XYZ_D50)


def lab_d50_from_xyz_d50(xyz_d50: Floats) -> Floats:
    """(..., 3) XYZ on D50 → L*a*b* (CIE 15:2018).

    Negative values follow the straight part of the curve, so the inverse is exact.
    """
    source = as_colours(xyz_d50)
    into = np.empty_like(source)
    _lab_from_linear(source, IDENTITY, into)
    return into.reshape(np.shape(xyz_d50))


def xyz_d50_from_lab_d50(lab_d50: Floats) -> Floats:
    """(..., 3) L*a*b* → XYZ on D50."""
    source = as_colours(lab_d50)
    into = np.empty_like(source)
    _linear_from_lab(source, IDENTITY, into)
    return into.reshape(np.shape(lab_d50))


def lab_d50_from_rec2020(rgb_linear: Floats) -> Floats:
    """(..., 3) linear Rec.2020 on D50 → L*a*b* on D50, in one pass."""
    source = as_colours(rgb_linear)
    into = np.empty_like(source)
    _lab_from_linear(source, XYZ_D50_FROM_REC2020, into)
    return into.reshape(np.shape(rgb_linear))


def rec2020_from_lab_d50(lab_d50: Floats) -> Floats:
    """(..., 3) L*a*b* on D50 → linear Rec.2020 on D50, in one pass. Not clipped."""
    source = as_colours(lab_d50)
    into = np.empty_like(source)
    _linear_from_lab(source, REC2020_FROM_XYZ_D50, into)
    return into.reshape(np.shape(lab_d50))

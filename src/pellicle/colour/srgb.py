# SPDX-License-Identifier: Apache-2.0
"""sRGB: the encoding that networks and screens take.

Job: its curve (IEC 61966-2-1), and linear Rec.2020 on D50 ↔ encoded sRGB, as fractions.
Not here: a scan's own encoding (`encoding.py`).
"""

import numpy as np

from pellicle.colour.convert import (
    D65_XY,
    REC2020_FROM_XYZ_D50,
    Floats,
    linear_map,
    matrix_from_primaries,
)

SRGB_PRIMARIES_XY = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
REC2020_FROM_SRGB = REC2020_FROM_XYZ_D50 @ matrix_from_primaries(
    SRGB_PRIMARIES_XY, D65_XY
)
"""(3, 3) float64, linear sRGB → linear Rec.2020, both on D50."""
SRGB_FROM_REC2020 = np.linalg.inv(REC2020_FROM_SRGB)
"""(3, 3) float64, linear Rec.2020 → linear sRGB, both on D50."""

LINEAR_UP_TO = 0.0031308
"""Light up to which the curve is a line."""
LINEAR_UNTIL = 0.04045
"""Encoded value up to which it is."""


def srgb_curve(light: Floats) -> Floats:
    """Encoded values of linear light, (...) of its own type; not clipped."""
    curve = 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055
    encoded: Floats = np.where(light <= LINEAR_UP_TO, 12.92 * light, curve)
    return encoded


def srgb_light(encoded: Floats) -> Floats:
    """Linear light of encoded values, (...) of their own type, at least 0 each."""
    curve = ((encoded + 0.055) / 1.055) ** 2.4
    light: Floats = np.where(encoded <= LINEAR_UNTIL, encoded / 12.92, curve)
    return light


def srgb_from_rec2020(rgb_linear: Floats) -> Floats:
    """Encoded sRGB of colours; what sRGB cannot hold is clipped.

    Parameters
    ----------
    rgb_linear
        (..., 3) linear Rec.2020 on D50.

    Returns
    -------
    srgb
        (..., 3) in [0, 1].
    """
    light = np.clip(linear_map(rgb_linear, SRGB_FROM_REC2020), 0, 1)
    return srgb_curve(light).astype(light.dtype)


def rec2020_from_srgb(srgb: Floats) -> Floats:
    """Colours of encoded sRGB.

    Parameters
    ----------
    srgb
        (..., 3) in [0, 1]; clipped.

    Returns
    -------
    rgb_linear
        (..., 3) linear Rec.2020 on D50.
    """
    encoded = np.clip(srgb, 0, 1)
    return linear_map(srgb_light(encoded).astype(encoded.dtype), REC2020_FROM_SRGB)

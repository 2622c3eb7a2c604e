# SPDX-License-Identifier: Apache-2.0
"""sRGB: the encoding that networks and screens take.

Job: linear Rec.2020 on D50 ↔ encoded sRGB (IEC 61966-2-1) as fractions.
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

_LINEAR_UP_TO = 0.0031308
_LINEAR_UNTIL = 0.04045


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
    curve = 1.055 * light ** (1 / 2.4) - 0.055
    encoded: Floats = np.where(light <= _LINEAR_UP_TO, 12.92 * light, curve)
    return encoded.astype(light.dtype)


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
    curve = ((encoded + 0.055) / 1.055) ** 2.4
    light = np.where(encoded <= _LINEAR_UNTIL, encoded / 12.92, curve)
    return linear_map(light.astype(encoded.dtype), REC2020_FROM_SRGB)

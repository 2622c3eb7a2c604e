# SPDX-License-Identifier: Apache-2.0
"""What the eye's blur leaves of a picture, as light that can be shown again.

Job: from the L*a*b* of `scielab.py` back to linear light.
Not here: the blur (`scielab.py`).

The result is for looking at from close: who looks at it from the distance that it was
computed for blurs it a second time. The blur's fine-detail kernel of lightness reaches
below 0, so edges overshoot a little; what leaves the gamut is clipped when encoded.
"""

import numpy as np

from pellicle.colour.convert import (
    D50_XYZ,
    REC2020_FROM_XYZ_D50,
    Floats,
    bradford_adaptation,
    linear_map,
    xyz_d50_from_lab_d50,
)
from pellicle.colour.scielab import D65_XYZ

_LINEAR_FROM_RATIOS = (
    REC2020_FROM_XYZ_D50
    @ bradford_adaptation(D65_XYZ, D50_XYZ)
    @ np.diag(D65_XYZ / D50_XYZ)
)


def rec2020_from_seen_lab(lab_d65: Floats) -> Floats:
    """(..., 3) L*a*b* on D65 → linear Rec.2020 on D50. Not clipped."""
    # L*a*b* depends on ratios to the white alone; these are then XYZ on D65.
    return linear_map(xyz_d50_from_lab_d50(lab_d65), _LINEAR_FROM_RATIOS)

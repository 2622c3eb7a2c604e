# SPDX-License-Identifier: Apache-2.0
"""How far two pictures, laid on each other, show the same thing.

Job: local correlation of lightness on intact paint; the verdict whether a reference
matches.
Not here: finding how they lie (`features.py`, `field.py`).
"""

from dataclasses import dataclass

import numpy as np

from pellicle.model.arrays import Array, Mask, Plane
from pellicle.stages.reconstruct.reference.field import blurred

WINDOW_PX = 5.0
LEAST_CONTRAST = 0.01
FEWEST_PIXELS = 400
MOSTLY = 0.5
"""Share of the window around a pixel that must be intact and seen."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Local correlation of two pictures.

    Attributes
    ----------
    median
        Of the correlations around pixels that show structure, -1 to 1.
    pixels
        How many there are.
    """

    median: float
    pixels: int


def correlate(
    one: Plane, other: Plane, both: Mask, window_px: float = WINDOW_PX
) -> Agreement:
    """Median local correlation of two (H, W) lightness planes where `both` holds."""
    weight = both.astype(np.float32)
    share = np.maximum(blurred(weight, window_px), 1e-4)

    def apart(plane: Plane) -> Array:
        return (plane - blurred(plane * weight, window_px) / share) * weight

    first, second = apart(one), apart(other)
    power = blurred(first * first, window_px) / share
    other_power = blurred(second * second, window_px) / share
    product = blurred(first * second, window_px) / share
    shows = both & (power > LEAST_CONTRAST**2) & (share > MOSTLY)
    if shows.sum() < FEWEST_PIXELS:
        return Agreement(0.0, int(shows.sum()))
    scale = power[shows] * np.maximum(other_power[shows], 1e-7)
    found = product[shows] / np.sqrt(scale)
    return Agreement(float(np.median(found)), int(shows.sum()))

# SPDX-License-Identifier: Apache-2.0
"""Physical units. `PixelSize` is the only door between pixels and lengths."""

import math
from dataclasses import dataclass
from typing import Self

from pellicle.errors import BadScaleError

UM_PER_INCH = 25_400.0
COARSEST_UM = 5_000.0
FINEST_UM = 0.05


@dataclass(frozen=True, slots=True)
class PixelSize:
    """Side of one (square) scan pixel on the painting.

    Attributes
    ----------
    um
        Micrometres, 0.05 to 5,000.

    Raises
    ------
    BadScaleError
        If the size is not a length that a scan of a painting can have.
    """

    um: float

    def __post_init__(self) -> None:
        if not FINEST_UM <= self.um <= COARSEST_UM:  # also false for NaN
            raise BadScaleError(self.um)

    @classmethod
    def from_ppi(cls, ppi: float) -> Self:
        """Size of a pixel of a scan with `ppi` pixels per inch of painting."""
        return cls(UM_PER_INCH / ppi if ppi else math.inf)

    @classmethod
    def from_width(cls, width_px: int, width_mm: float) -> Self:
        """Size of a pixel when `width_px` pixels span `width_mm` of painting."""
        return cls(1000.0 * width_mm / width_px)

    @property
    def ppi(self) -> float:
        """Pixels per inch of painting."""
        return UM_PER_INCH / self.um

    @property
    def mm(self) -> float:
        """Millimetres."""
        return self.um / 1000.0

    @property
    def area_mm2(self) -> float:
        """Area of one pixel, in square millimetres."""
        return self.mm**2

    def px(self, um: float) -> float:
        """Pixels in a length, not rounded."""
        return um / self.um

    def px_covering(self, um: float) -> int:
        """Whole pixels that cover a length (rounded up)."""
        return math.ceil(um / self.um - 1e-9)

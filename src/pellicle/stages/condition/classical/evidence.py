# SPDX-License-Identifier: Apache-2.0
"""What the whole painting says about a place: the coarse half of the condition stage.

Job: the values handed from the look at the overview to the look at the tiles.
Not here: finding them (`ground.py`, `split.py`), using them (`fine.py`).
Terms: the *overview* is the scan reduced by exact area means; a *ground* is the lower
layer (preparation, support, metal's bole) that shows where paint is lost.
"""

import hashlib
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from typing_extensions import override

from pellicle.model.arrays import Array, Colour, Labels, Mask
from pellicle.model.hashed import KnownByHash
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize

OVERVIEW_UM = 190.0
LARGEST_OVERVIEW_PX = 4_000_000
OTHER_LAYER = 255
FEATURE_PX = 8
"""Side of the squares of the overview that are compared: wide enough for noise to even
out."""
LEAST_FEATURE = 3.0
"""Difference of two squares in L*, a* or b* that is more than noise."""


def overview_factor(raster: RasterSpec) -> int:
    """How many scan pixels make one overview pixel, along each side.

    The nearest whole number to 190 µm; coarser where the overview would have more than
    four million pixels.
    """
    wanted = max(1, round(OVERVIEW_UM / raster.pixel_size.um))
    while raster.pixel_count > LARGEST_OVERVIEW_PX * wanted * wanted:
        wanted += 1
    return wanted


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole scan, reduced.

    Attributes
    ----------
    lab_d50
        (h, w, 3) float32 L*a*b* of area means over `factor` x `factor` scan pixels.
    factor
        Scan pixels to an overview pixel, along each side.
    pixel_size
        Of the overview: `factor` times the scan's.
    inside
        (h, w) bool, where the painting is; None for everywhere.
    """

    lab_d50: Colour
    factor: int
    pixel_size: PixelSize
    inside: Mask | None = None

    @property
    def featureless(self) -> bool:
        """Nothing in the scan differs from anything else by more than noise does.

        There is then nothing to tell damage by, and networks guess.
        """
        means = cv2.blur(self.lab_d50, (FEATURE_PX, FEATURE_PX))
        spread = means.max(axis=(0, 1)) - means.min(axis=(0, 1))
        return bool(spread.max() < LEAST_FEATURE)


@dataclass(frozen=True, slots=True, eq=False)
class CoarseEvidence(KnownByHash):
    """What to look for, and where. Frozen, picklable, equal by hash.

    Attributes
    ----------
    sha256
        Of everything below.
    factor
        Scan pixels to a pixel of the planes, along each side.
    grounds_lab
        (k, 3) float32 L*a*b* of the grounds that show in losses.
    tolerances_de
        (k,) float32, how far (ΔE*ab) a ground's own colour varies.
    places
        (h, w) uint8: 1 + index of the ground that shows at or next to a pixel;
        `OTHER_LAYER` where another lower layer lies amid it; else 0.
    splits
        (h, w) uint8: 255 on and next to the path of a split, else 0.
    outside
        (h, w) uint8: 255 on and next to the backdrop of the photograph, else 0.
    """

    sha256: str
    factor: int
    grounds_lab: Array
    tolerances_de: Array
    places: Labels
    splits: Labels
    outside: Labels

    @override
    def __repr__(self) -> str:
        return f"CoarseEvidence(grounds={len(self.grounds_lab)}, {self.sha256[:12]})"

    @classmethod
    def of(
        cls,
        factor: int,
        grounds_lab: Array,
        tolerances_de: Array,
        planes: tuple[Labels, Labels, Labels],
    ) -> Self:
        """Value that knows its own hash; planes are places, splits, outside."""
        parts = (grounds_lab, tolerances_de, *planes)
        digest = hashlib.sha256(f"{factor}".encode())
        for part in parts:
            digest.update(f";{part.dtype.str}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        return cls(digest.hexdigest(), factor, *parts)

    @classmethod
    def none(cls, shape: tuple[int, int], factor: int) -> Self:
        """Nothing known, for a scan of (height, width) pixels, at least `factor`."""
        nothing = np.zeros((1, 1), np.uint8)
        return cls.of(
            max(factor, *shape),
            np.zeros((0, 3), np.float32),
            np.zeros(0, np.float32),
            (nothing, nothing, nothing),
        )

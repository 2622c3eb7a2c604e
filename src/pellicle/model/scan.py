# SPDX-License-Identifier: Apache-2.0
"""Scan: size, encoding and scale of the picture a treatment starts from."""

from dataclasses import dataclass
from enum import StrEnum

from pellicle.model.raster import RasterSpec


class ScaleSource(StrEnum):
    """Where the scale comes from. Only `GIVEN` counts as confirmed."""

    GIVEN = "given"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class ScanSpec:
    """A scan, upright (EXIF orientation 1), without alpha.

    Attributes
    ----------
    raster
        Size and pixel size.
    bands
        1 (grey) or 3 (RGB).
    bit_depth
        8 or 16.
    icc_profile
        The embedded ICC profile, or None if the file has none.
    scale_source
        Who says how large a pixel is.
    """

    raster: RasterSpec
    bands: int
    bit_depth: int
    icc_profile: bytes | None
    scale_source: ScaleSource

    @property
    def dtype(self) -> str:
        """Numpy name of the sample type."""
        return f"uint{self.bit_depth}"

# SPDX-License-Identifier: Apache-2.0
"""What the header of a TIFF, PNG or JPEG says about its pixels.

Job: the value that the three header readers fill, and what they share.
Not here: the readers (`tiff_header`, `png_header`, `jpeg_header`), the choice between
them and the pixels (`picture_file`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pellicle.io.exif import UNSTATED, StatedResolution


class PictureFormat(StrEnum):
    """Formats that are read."""

    TIFF = "tiff"
    PNG = "png"
    JPEG = "jpeg"


class AlphaKind(StrEnum):
    """Alpha channel of a file; premultiplied colours are already times alpha."""

    NONE = "none"
    STRAIGHT = "straight"
    PREMULTIPLIED = "premultiplied"


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """Picture in a file, as stored: not yet upright, alpha still there.

    Attributes
    ----------
    path, format
        Where it is, and what it is by its content.
    height_px, width_px
        As stored.
    bands
        1 (grey or palette indexes) or 3 (RGB), without alpha.
    bit_depth
        Of one sample or palette index: 1, 2, 4, 8 or 16.
    orientation
        EXIF orientation, 1 to 8.
    palette
        RGBA of each index, four bytes each, for palette PNGs; else None.
    notes
        What a person should know about how the header was read.
    made
        When the picture was taken or last changed, by its content, as UTC.
    """

    path: Path
    format: PictureFormat
    height_px: int
    width_px: int
    bands: int
    bit_depth: int
    alpha: AlphaKind = AlphaKind.NONE
    icc_profile: bytes | None = None
    orientation: int = 1
    resolution: StatedResolution = UNSTATED
    palette: bytes | None = None
    notes: tuple[str, ...] = field(default=())
    made: datetime | None = None

    @property
    def upright_shape(self) -> tuple[int, int]:
        """(height, width) once the orientation is honoured."""
        if self.orientation >= 5:  # noqa: PLR2004 -- 5 to 8 swap the axes
            return self.width_px, self.height_px
        return self.height_px, self.width_px

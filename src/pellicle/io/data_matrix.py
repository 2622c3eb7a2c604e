# SPDX-License-Identifier: Apache-2.0
"""Data matrix codes (ISO/IEC 16022, ECC 200): an id that a camera reads.

Job: text to modules and back, through ZXing-C++.
Not here: where a code stands on the sheet and in which ink (`sheet_marks`).
"""

from dataclasses import dataclass

import numpy as np
import zxingcpp

from pellicle.model.arrays import Labels, Mask

_FORMAT = zxingcpp.BarcodeFormat.DataMatrix


@dataclass(frozen=True, slots=True)
class CodeRead:
    """A code found in a picture.

    Attributes
    ----------
    text
        What it says.
    centre_px
        (x, y) of its centre, to about a pixel; pixel (r, c) covers [r, r+1) × [c, c+1).
    """

    text: str
    centre_px: tuple[float, float]


def data_matrix(text: str) -> Mask:
    """Modules of the smallest square code that holds a text.

    Parameters
    ----------
    text
        ASCII, at least one letter.

    Returns
    -------
    dark
        (N, N) bool, True for dark modules, without a quiet zone.
    """
    code = zxingcpp.create_barcode(text, _FORMAT, force_square=True)
    picture = np.asarray(code.to_image(scale=1, add_quiet_zones=False))
    dark: Mask = picture == 0
    return dark


def read_data_matrix(picture: Labels) -> tuple[CodeRead, ...]:
    """Codes in a picture: dark on light or light on dark, turned or mirrored.

    Parameters
    ----------
    picture
        (H, W) uint8.

    Returns
    -------
    codes
        As found. Whether one is mirrored cannot be told from it alone.
    """
    return tuple(
        CodeRead(code.text, _centre(code))
        for code in zxingcpp.read_barcodes(
            np.ascontiguousarray(picture),
            formats=zxingcpp.BarcodeFormats([_FORMAT]),
        )
    )


def _centre(code: zxingcpp.Barcode) -> tuple[float, float]:
    place = code.position
    corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
    return (
        sum(corner.x for corner in corners) / len(corners) + 0.5,
        sum(corner.y for corner in corners) / len(corners) + 0.5,
    )

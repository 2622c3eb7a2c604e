# SPDX-License-Identifier: Apache-2.0
"""Words on pictures: labels of contact sheets and scales.

Job: draw a line of text into 8-bit pixels.
Not here: letters of print files, which are lines (`io/stroke_letters.py`).

The face is the one that OpenCV carries with it, so the same words give the same pixels
wherever it is installed.
"""

from functools import cache

import cv2
import numpy as np

from pellicle.model.arrays import Array
from pellicle.model.palette import Rgb

INK: Rgb = (20, 20, 20)
PAPER: Rgb = (255, 255, 255)
TEXT_PX = 14
LINE_PX = 22
"""Height of a line of text of `TEXT_PX`."""
_FACE = "sans"
_REGULAR = 400
# Said with every text: else the weight is whatever text drawn before has left in the
# face, which all of a process share.


@cache
def _face() -> "cv2.FontFace":
    return cv2.FontFace(_FACE)


def write_text(
    picture: Array, text: str, left: int, baseline: int, *, ink: Rgb = INK
) -> None:
    """Draw a line of text in place; what does not fit is cut off.

    Parameters
    ----------
    picture
        (H, W, 3) uint8 sRGB, contiguous.
    left, baseline
        Column of the first letter, and row that the letters stand on.
    """
    cv2.putText(picture, text, (left, baseline), ink, _face(), TEXT_PX, _REGULAR)


def text_width_px(text: str) -> int:
    """Columns that a line of text takes."""
    size = cv2.getTextSize((0, 0), text, (0, 0), _face(), TEXT_PX, _REGULAR)
    return int(size[2])


def text_line(text: str, width_px: int) -> Array:
    """A line of text by itself, (`LINE_PX`, W, 3) uint8, dark on white."""
    line = np.full((LINE_PX, width_px, 3), PAPER, np.uint8)
    write_text(line, text, 2, LINE_PX - 6)
    return line

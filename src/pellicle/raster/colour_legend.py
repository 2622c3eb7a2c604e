# SPDX-License-Identifier: Apache-2.0
"""A picture with a legend of colours under it, as one picture.

Job: draw swatches with their words, so that the picture can be read by itself.
Not here: the colours (`model/palette.py`), scales (`colour_scale.py`).
"""

from collections.abc import Sequence

import numpy as np

from pellicle.model.arrays import Array
from pellicle.model.palette import Rgb
from pellicle.raster.lettering import LINE_PX, PAPER, text_width_px, write_text

SWATCH_PX = 16
OUTLINE: Rgb = (140, 140, 140)
"""Round each swatch: a white one shows on white."""
LEAST_WIDTH_PX = 480
_EDGE_PX = 12
_GAP_PX = 24


def with_legend(picture: Array, entries: Sequence[tuple[Rgb, str]], note: str) -> Array:
    """Lay a legend under a picture.

    Parameters
    ----------
    picture
        (H, W, 3) uint8 sRGB.
    entries
        Colour and words, set in lines as long as the picture is wide.
    note
        A line of text over them.

    Returns
    -------
    whole
        (H + …, at least 480, 3) uint8 sRGB, on white.
    """
    height, width = picture.shape[:2]
    wide = max(width, LEAST_WIDTH_PX, text_width_px(note) + 2 * _EDGE_PX)
    places, x, line = [], _EDGE_PX, 0
    for _, words in entries:
        long_px = SWATCH_PX + 8 + text_width_px(words)
        if x > _EDGE_PX and x + long_px > wide - _EDGE_PX:
            x, line = _EDGE_PX, line + 1
        places.append((x, line))
        x += long_px + _GAP_PX
    step_px = LINE_PX + 6
    legend = np.full((LINE_PX + step_px * (line + 2), wide, 3), PAPER, np.uint8)
    write_text(legend, note, _EDGE_PX, LINE_PX)
    for (colour, words), (left, row) in zip(entries, places, strict=True):
        top = LINE_PX + 8 + step_px * row
        legend[top - 1 : top + SWATCH_PX + 1, left - 1 : left + SWATCH_PX + 1] = OUTLINE
        legend[top : top + SWATCH_PX, left : left + SWATCH_PX] = colour
        write_text(legend, words, left + SWATCH_PX + 8, top + SWATCH_PX - 3)
    whole = np.full((height + len(legend), wide, 3), PAPER, np.uint8)
    whole[:height, :width] = picture
    whole[height:] = legend
    return whole

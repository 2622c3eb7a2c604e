# SPDX-License-Identifier: Apache-2.0
"""A picture of colour differences with its scale, as one picture.

Job: draw the legend under the picture, so that it can be read by itself.
Not here: the colours of the map (`overlay.py`).
"""

import numpy as np

from pellicle.model.arrays import Array
from pellicle.raster.lettering import LINE_PX, PAPER, text_width_px, write_text
from pellicle.raster.overlay import DIFFERENCE_RAMP, NOT_MEASURED, ramp_table

BAR_PX = 16
LEAST_WIDTH_PX = 480
_EDGE_PX = 12
_TICKS = 5


def with_difference_scale(
    picture: Array, max_de00: float, note: str, *, grey: str = "grey: no ink"
) -> Array:
    """Lay a scale in ΔE00 under a map of differences.

    Parameters
    ----------
    picture
        (H, W, 3) uint8 sRGB, from `difference_heatmap`.
    max_de00
        Difference drawn in the ramp's last colour.
    note
        A line of text over the scale.
    grey
        What grey means.

    Returns
    -------
    whole
        (H + about 90, at least 480, 3) uint8 sRGB: the picture, on white; the note; the
        ramp with numbers; what grey means.
    """
    height, width = picture.shape[:2]
    wide = max(width, LEAST_WIDTH_PX, text_width_px(note) + 2 * _EDGE_PX)
    legend = np.full((4 * LINE_PX + BAR_PX, wide, 3), PAPER, np.uint8)
    write_text(legend, note, _EDGE_PX, LINE_PX)
    last = f"{max_de00:g} and more ΔE00"
    long_px = min(wide - _EDGE_PX - text_width_px(last), 640)
    table = ramp_table(np.asarray(DIFFERENCE_RAMP, np.float32))
    places = np.linspace(0, len(table) - 1, long_px).round().astype(np.intp)
    top = LINE_PX + 10
    legend[top : top + BAR_PX, _EDGE_PX : _EDGE_PX + long_px] = table[places]
    below = top + BAR_PX + LINE_PX - 4
    for tick in range(_TICKS + 1):
        at = _EDGE_PX + round((long_px - 1) * tick / _TICKS)
        legend[top + BAR_PX : top + BAR_PX + 5, at] = 0
        label = f"{max_de00 * tick / _TICKS:g}"
        left = max(at - text_width_px(label) // 2, 2)
        write_text(legend, last if tick == _TICKS else label, left, below)
    swatch = slice(below + 8, below + 8 + BAR_PX)
    legend[swatch, _EDGE_PX : _EDGE_PX + 2 * BAR_PX] = NOT_MEASURED
    after = _EDGE_PX + 2 * BAR_PX + 8
    write_text(legend, grey, after, below + BAR_PX + 5)
    whole = np.full((height + len(legend), wide, 3), PAPER, np.uint8)
    whole[:height, :width] = picture
    whole[height:] = legend
    return whole

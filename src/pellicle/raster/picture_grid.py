# SPDX-License-Identifier: Apache-2.0
"""Pictures in rows and columns with words, as one picture.

Job: headings, labels, cells on mid grey, a scale bar in millimetres.
Not here: letters (`lettering.py`), what is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pellicle.model.arrays import Array
from pellicle.raster.lettering import (
    LINE_PX,
    PAPER,
    text_line,
    text_width_px,
    write_text,
)

GAP_PX = 10
_SURROUND = 128
_BAR_PX = 5
_BARS_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_EDGE_PX = 2


@dataclass(frozen=True, slots=True, eq=False)
class GridRow:
    """One row: a line of text over its pictures.

    Attributes
    ----------
    label
        Over the row.
    cells
        (H, W, 3) uint8 sRGB each, from left to right.
    mm_per_px
        For a scale bar under the row; None draws none.
    """

    label: str
    cells: Sequence[Array]
    mm_per_px: float | None = None


def picture_grid(title: str, columns: Sequence[str], rows: Sequence[GridRow]) -> Array:
    """Lay pictures out, each column as wide as its widest.

    Parameters
    ----------
    title
        A line over all.
    columns
        Heading of each column.
    rows
        From top to bottom; each with a cell to a column.

    Returns
    -------
    whole
        (H, W, 3) uint8 sRGB, words on white, pictures on mid grey, which does not tint
        the judgement.
    """
    widths = [
        max(text_width_px(name) + 8, *(row.cells[k].shape[1] for row in rows))
        for k, name in enumerate(columns)
    ]
    total = sum(widths) + GAP_PX * (len(widths) + 1)
    labels = [title, *(row.label for row in rows)]
    total = max(total, *(text_width_px(label) + 8 for label in labels))
    lefts = np.cumsum([GAP_PX, *(width + GAP_PX for width in widths[:-1])]).tolist()
    heads = np.full((LINE_PX, total, 3), PAPER, np.uint8)
    for left, name in zip(lefts, columns, strict=True):
        write_text(heads, name, left, LINE_PX - 6)
    parts = [text_line(title, total), heads]
    for row in rows:
        if row.label:
            parts.append(text_line(row.label, total))
        parts.append(_laid(row.cells, lefts, total))
        if row.mm_per_px is not None:
            parts.append(_scale_bar(row.mm_per_px, widths[0], total))
    return np.concatenate(parts)


def _laid(cells: Sequence[Array], lefts: Sequence[int], total: int) -> Array:
    tallest = max(cell.shape[0] for cell in cells)
    laid = np.full((tallest + 2 * GAP_PX, total, 3), _SURROUND, np.uint8)
    for left, cell in zip(lefts, cells, strict=True):
        height, width = cell.shape[:2]
        laid[GAP_PX : GAP_PX + height, left : left + width] = cell
    return laid


def _scale_bar(mm_per_px: float, most_px: int, total: int) -> Array:
    """A bar of a round length, as long as fits in a column."""
    fitting = [mm for mm in _BARS_MM if mm / mm_per_px <= most_px]
    mm = fitting[-1] if fitting else _BARS_MM[0]
    line = np.full((LINE_PX, total, 3), PAPER, np.uint8)
    long_px = round(mm / mm_per_px)
    middle = LINE_PX // 2
    line[middle : middle + _BAR_PX, GAP_PX : GAP_PX + long_px] = 0
    write_text(line, f"{mm} mm", GAP_PX + long_px + 8, LINE_PX - 6)
    return line

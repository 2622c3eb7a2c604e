# SPDX-License-Identifier: Apache-2.0
"""The inspection plate: `mask-inspection.pdf`, the painting with its regions numbered.

Job: a page at true size for whoever checks film and painting: a pale picture of the
painting, every region outlined, the printed ones with their numbers.
Not here: where outlines come from (`workflow/inspection.py`), drawing (`reading_page`).

It is never mirrored: it shows the work as it is looked at, at 100 %, so that the film
can be laid on it.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from pellicle.io.helvetica import POINT_MM, Face, text_lines, text_width_mm
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.reading_page import Jpeg, ReadingPage
from pellicle.io.sheet_text import size_correction_told
from pellicle.io.ticket_sheets import middle_mm, outlines_mm

Outline: TypeAlias = Sequence[tuple[float, float]]
"""Corners of a closed line, in millimetres from the painting's upper left corner."""

_EDGE_MM = 12.0
_FOOT_MM = 26.0
_NARROWEST_MM = 120.0
_TITLE_PT, _BODY_PT, _NUMBER_PT = 11.0, 7.0, 5.5
_OUTLINE_MM = 0.1
_FRAME_MM = 0.15
_GAP_MM = 0.5
_CELL_MM = 0.8
_PRINTED = (0.75, 0.05, 0.15)
_LEFT = (0.25, 0.45, 0.7)
_SEAM = (0.0, 0.45, 0.2)
_SEAM_MM = 0.15
_SHEET_PT = 16.0
_GREY = (0.42, 0.42, 0.42)
_CAPITAL = 0.72


@dataclass(frozen=True, slots=True)
class InspectedRegion:
    """One region of the plate.

    Attributes
    ----------
    number
        As in `regions.geojson`.
    outlines
        Outer lines and holes.
    box_mm
        Left, top, right, bottom.
    printed
        Whether it is on the film.
    """

    number: int
    outlines: tuple[Outline, ...]
    box_mm: tuple[float, float, float, float]
    printed: bool


def write_inspection_pdf(
    path: Path,
    sheet: PrintSheet,
    picture: Jpeg,
    regions: Sequence[InspectedRegion],
    sheets: Sequence[PrintSheet] = (),
) -> None:
    """Write the plate.

    Parameters
    ----------
    picture
        The painting, pale; fills its rectangle.
    regions
        Every region, in order of their numbers.
    sheets
        Those that the mask is printed on, if they are several: their seams are drawn,
        to be cut along.

    Raises
    ------
    DiskFullError, UnwritableError
        If the file cannot be written.
    """
    width_mm, height_mm = sheet.raster.size_mm
    page_mm = max(width_mm, _NARROWEST_MM) + 2 * _EDGE_MM
    height_of_page_mm = height_mm + _EDGE_MM + _FOOT_MM
    page = ReadingPage(page_mm, height_of_page_mm, sheet.size_correction)
    page.picture(picture, (_EDGE_MM, _EDGE_MM), (width_mm, height_mm))
    frame = [(0.0, 0.0), (width_mm, 0.0), (width_mm, height_mm), (0.0, height_mm)]
    page.lines([_on_page(frame)], _FRAME_MM, _GREY, closed=True)
    for printed, colour in ((False, _LEFT), (True, _PRINTED)):
        lines = [
            _on_page(outline)
            for region in regions
            if region.printed is printed
            for outline in region.outlines
        ]
        page.lines(lines, _OUTLINE_MM, colour, closed=True)
    _draw_sheets(page, sheet, sheets)
    labels = _Labels(page.width_mm, page.height_mm - _FOOT_MM + _GAP_MM)
    for region in regions:
        if region.printed:
            text = str(region.number)
            page.text(text, labels.place(text, region.box_mm), _NUMBER_PT)
    _write_foot(page, sheet, regions, len(sheets), height_mm + _EDGE_MM)
    page.write(path, f"{sheet.title}: inspection plate", sheet.id, sheet.made)


def _draw_sheets(
    page: ReadingPage, whole: PrintSheet, sheets: Sequence[PrintSheet]
) -> None:
    """Seams, and the sheets' numbers in their middles."""
    parts = [sheet.part for sheet in sheets if sheet.part]
    if not parts:
        return
    mm = whole.raster.pixel_size.mm
    lines = [_on_page(line) for line in outlines_mm(parts, mm)]
    page.lines(lines, _SEAM_MM, _SEAM)
    for part in parts:
        x, y = middle_mm(part, mm)
        number = f"Sheet {part.number}"
        corner = (x + _EDGE_MM, y + _EDGE_MM)
        page.text(number, corner, _SHEET_PT, face=Face.BOLD, colour=_SEAM)


def _on_page(outline: Outline) -> list[tuple[float, float]]:
    return [(x + _EDGE_MM, y + _EDGE_MM) for x, y in outline]


def _write_foot(
    page: ReadingPage,
    sheet: PrintSheet,
    regions: Sequence[InspectedRegion],
    sheets: int,
    top_mm: float,
) -> None:
    printed = sum(region.printed for region in regions)
    y = top_mm + 7.0
    room_mm = page.width_mm - 2 * _EDGE_MM
    title = text_lines(sheet.title, room_mm, _TITLE_PT, Face.BOLD)
    page.text(title[0] if title else "", (_EDGE_MM, y), _TITLE_PT, face=Face.BOLD)
    width_mm, height_mm = sheet.raster.size_mm
    said = (
        f"Inspection plate of mask {sheet.id}, {width_mm:.1f} × {height_mm:.1f} mm: "
        "print at 100 %, never mirrored. "
        f"Red, numbered: {printed} regions on the film; blue: {len(regions) - printed} "
        "regions left. Numbers are those of regions.geojson, which says the rest."
    )
    if sheets:
        said += (
            f" Green: seams of {sheets} sheets; lay the film over them to cut, never "
            "on the painting."
        )
    if sheet.size_correction != (1, 1):
        said += f" {size_correction_told(sheet)}."
    for line in text_lines(said, room_mm, _BODY_PT):
        y += 3.4
        page.text(line, (_EDGE_MM, y), _BODY_PT, colour=_GREY)


@dataclass(slots=True)
class _Labels:
    """Numbers set beside their regions, kept off each other where there is room."""

    right_mm: float
    bottom_mm: float
    _taken: set[tuple[int, int]] = field(default_factory=set)

    def place(
        self, text: str, box_mm: tuple[float, float, float, float]
    ) -> tuple[float, float]:
        """Left end of the number's baseline, on the page."""
        wide = text_width_mm(text, _NUMBER_PT)
        tall = _NUMBER_PT * POINT_MM * _CAPITAL
        for x, y in _places(box_mm, wide, tall):
            cells = set(self._cells(x, y, wide, tall))
            inside = x > 0 and x + wide < self.right_mm and y - tall > 0
            if inside and y < self.bottom_mm and not cells & self._taken:
                break
        else:
            x, y = next(_places(box_mm, wide, tall))
            cells = set(self._cells(x, y, wide, tall))
        self._taken |= cells
        return x, y

    @staticmethod
    def _cells(
        x: float, y: float, wide: float, tall: float
    ) -> Iterator[tuple[int, int]]:
        columns = range(math.floor(x / _CELL_MM), math.floor((x + wide) / _CELL_MM) + 1)
        rows = range(math.floor((y - tall) / _CELL_MM), math.floor(y / _CELL_MM) + 1)
        yield from itertools.product(columns, rows)


def _places(
    box_mm: tuple[float, float, float, float], wide: float, tall: float
) -> Iterator[tuple[float, float]]:
    """Right of the region, left, above, below; then farther off."""
    left, top, right, bottom = (edge + _EDGE_MM for edge in box_mm)
    middle_x, middle_y = (left + right - wide) / 2, (top + bottom + tall) / 2
    for step in range(6):
        gap = _GAP_MM + step * tall
        yield right + gap, middle_y
        yield left - gap - wide, middle_y
        yield middle_x, top - gap
        yield middle_x, bottom + gap + tall
        yield right + gap, top - gap
        yield right + gap, bottom + gap + tall
        yield left - gap - wide, top - gap
        yield left - gap - wide, bottom + gap + tall

# SPDX-License-Identifier: Apache-2.0
"""Pages of the job ticket about several sheets: which is where, and what is on each.

Job: a drawing of the work with its seams and numbered sheets, then a block a sheet.
Not here: the ticket's first page (`ticket_pdf`), drawing (`reading_page`).
"""

from collections.abc import Iterator, Sequence

from pellicle.io.helvetica import Face, text_lines, text_width_mm
from pellicle.io.reading_page import WHITE, ReadingPage
from pellicle.io.ticket_content import TicketContent
from pellicle.model.imposition import Place, SheetPart

_A4_MM = (210.0, 297.0)
_EDGE_MM = 15.0
_RIGHT_MM = _A4_MM[0] - _EDGE_MM
_LAST_MM = _A4_MM[1] - _EDGE_MM
_HEAD_PT, _BODY_PT, _SMALL_PT, _NUMBER_PT = 12.0, 8.0, 6.5, 14.0
_DRAWING_MM = (_RIGHT_MM - _EDGE_MM, 110.0)
_BLOCK_MM = 17.0
_HASH_LEFT_MM = _RIGHT_MM - 76.0
_SEAM_MM, _HALO_MM, _RULE_MM = 0.4, 1.0, 0.35
_SEAM = (0.75, 0.05, 0.15)
_GREY = (0.42, 0.42, 0.42)
_TOLD = (
    "Sheets meet without overlap. Lay the film over the inspection plate, which shows "
    "the seams at true size, and cut along the seam; never cut on the painting. What "
    "lies beyond a seam is trimmed off: marks that stand there have done their work "
    "when the sheet has been checked. Lay the sheets in the order of their numbers, "
    "each by the marks and short lines that are left on it, close against the last."
)


def sheet_pages(content: TicketContent) -> list[ReadingPage]:
    """Pages that follow the ticket where the mask is on several sheets."""
    page = ReadingPage(*_A4_MM)
    y = _EDGE_MM + 4.0
    title = f"Mask {content.sheet.id[:16]}: {len(content.sheets)} sheets"
    page.text(title, (_EDGE_MM, y), _HEAD_PT, face=Face.BOLD)
    for line in text_lines(_TOLD, _RIGHT_MM - _EDGE_MM, _BODY_PT):
        y += 3.6
        page.text(line, (_EDGE_MM, y), _BODY_PT)
    y = _draw(page, content, y + 5.0) + 4.0
    pages = [page]
    for sheet in content.sheets:
        if y + _BLOCK_MM > _LAST_MM:
            page, y = ReadingPage(*_A4_MM), _EDGE_MM
            pages.append(page)
        if sheet.part:
            y = _block(page, content, sheet.part, y)
    return pages


def outlines_mm(parts: Sequence[SheetPart], pixel_mm: float) -> Iterator[list[Place]]:
    """Seams of the sheets, once each, in millimetres of the whole painting."""
    for part in parts:
        left, top = part.window.left * pixel_mm, part.window.top * pixel_mm
        corners = (*part.corners_mm, part.corners_mm[0])
        for index in (1, 2):  # right and bottom: the other sides are the neighbours'
            edge = part.edges_mm[index]
            if edge:
                line = [corners[index], *edge, corners[index + 1]]
                yield [(x + left, y + top) for x, y in line]


def middle_mm(part: SheetPart, pixel_mm: float) -> Place:
    """Middle of a sheet's corners, in millimetres of the whole painting."""
    x = sum(corner[0] for corner in part.corners_mm) / len(part.corners_mm)
    y = sum(corner[1] for corner in part.corners_mm) / len(part.corners_mm)
    return x + part.window.left * pixel_mm, y + part.window.top * pixel_mm


def _draw(page: ReadingPage, content: TicketContent, top_mm: float) -> float:
    size_mm, mm = content.sheet.raster.size_mm, content.sheet.raster.pixel_size.mm
    scale = min(room / side for room, side in zip(_DRAWING_MM, size_mm, strict=True))
    width, height = (side * scale for side in size_mm)
    page.picture(content.thumbnail, (_EDGE_MM, top_mm), (width, height))
    parts = [sheet.part for sheet in content.sheets if sheet.part]

    def placed(place: Place) -> Place:
        return _EDGE_MM + place[0] * scale, top_mm + place[1] * scale

    lines = [[placed(place) for place in line] for line in outlines_mm(parts, mm)]
    page.lines(lines, _HALO_MM, WHITE)
    page.lines(lines, _SEAM_MM, _SEAM)
    frame = [(0.0, 0.0), (size_mm[0], 0.0), size_mm, (0.0, size_mm[1])]
    page.lines([[placed(corner) for corner in frame]], 0.15, _GREY, closed=True)
    for part in parts:
        x, y = placed(middle_mm(part, mm))
        text = str(part.number)
        wide = text_width_mm(text, _NUMBER_PT, Face.BOLD)
        page.boxes([(x - wide / 2 - 1.5, y - 3.0, wide + 3.0, 6.0)], WHITE)
        corner = (x - wide / 2, y + 1.8)
        page.text(text, corner, _NUMBER_PT, face=Face.BOLD, colour=_SEAM)
    return top_mm + height


def _block(
    page: ReadingPage, content: TicketContent, part: SheetPart, top_mm: float
) -> float:
    """One sheet: where it is, and what other programs read in its files."""
    seen = content.preflight
    shown = seen.of_sheet("mask.pdf", part.number)
    exact = seen.of_sheet("mask.tif", part.number)
    page.lines([[(_EDGE_MM, top_mm), (_RIGHT_MM, top_mm)]], _RULE_MM)
    y = top_mm + 3.8
    page.text(f"Sheet {part.number}", (_EDGE_MM, y), _BODY_PT, face=Face.BOLD)
    mm = content.sheet.raster.pixel_size.mm
    left, top = part.window.left * mm, part.window.top * mm
    said = (
        f"{left:.1f} mm from the left, {top:.1f} mm from the top; image "
        f"{shown.width_mm:.2f} × {shown.height_mm:.2f} mm, {shown.width_px} × "
        f"{shown.height_px} px; page {shown.page_width_mm:.2f} × "
        f"{shown.page_height_mm:.2f} mm"
    )
    page.text(said, (_EDGE_MM + 16.0, y), _SMALL_PT)
    y += 3.4
    plates = ", ".join(f"{p.name} {p.coverage_percent:.3f} %" for p in exact.plates)
    most = f"most C+M+Y+K {shown.largest_total_percent or 0:.1f} %"
    said = f"{plates}; {most}; inked {exact.inked_mm2:.1f} mm²"
    page.text(said, (_EDGE_MM + 16.0, y), _SMALL_PT)
    for kind in ("mask.tif", "mask-spot.tif"):
        y += 3.2
        file = seen.of_sheet(kind, part.number)
        page.text(file.name, (_EDGE_MM + 16.0, y), _SMALL_PT)
        page.text(file.sha256, (_HASH_LEFT_MM, y), 6.0)
    return top_mm + _BLOCK_MM

# SPDX-License-Identifier: Apache-2.0
"""Where things stand on a print sheet: the painting's rectangle and the tab around it.

Job: margins in whole scan pixels, the place of every mark and line of text.
Not here: the marks themselves (`sheet_marks`), what the text says (`sheet_text`), PDF
(`mask_pdf`).
Terms: the *tab* is the film outside the painting; it stays on the film and carries
*register marks* (do the layers lie on each other?), *scale bars* (is the size right?),
the *control strip* (are the inks right?), the *pass-through strip* (did software
convert the plates again?), the id as a *data matrix* and the text that says what this
is.

A sheet that is one of several has the same tab round its own rectangle. Where it has a
seam, the film beyond is a *trim strip*: marks may stand there while the sheet is
printed and checked, and go when it is cut. What says whose sheet this is stands on a
side that is the painting's own, if there is one above or below.

Lengths are in millimetres from the painting's upper left corner (of one of several
sheets: from its rectangle's), x to the right, y downwards, as seen from the side that
is looked at. They are true lengths; a page is made smaller or larger by the size
correction, so that they come out true.
"""

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass

from pellicle.io.print_sheet import PrintSheet
from pellicle.io.sheet_cut import cut_line
from pellicle.io.sheet_marks import (
    BAR_OFF_MM,
    BLACK,
    CONTROL_SIZE_MM,
    LINE_TO_CAPITAL,
    PASS_SIZE_MM,
    PEN_TO_CAPITAL,
    SHORTEST_BAR_MM,
    WHITE,
    Mark,
    Strokes,
    bar_length_mm,
    control_strip,
    corner_ticks,
    edge_ticks,
    horizontal_bar,
    identity_codes,
    letters,
    pass_through_strip,
    register_marks,
    vertical_bar,
)
from pellicle.io.sheet_text import LARGE_MM, NORMAL_MM, identity_text, tab_lines
from pellicle.io.stroke_letters import (
    Point,
    Polyline,
    text_strokes,
    text_width_mm,
    wrapped,
)
from pellicle.model.imposition import SheetPart, Sides
from pellicle.stages.mask.imposition import PageNeeds

_LEFT_MM, _TOP_MM, _RIGHT_MM, _BOTTOM_MM = 24.0, 12.0, 12.0, 6.0
_NARROWEST_MM = 112.0
_TAB_OFF_MM = 21.0
_BLOCK_GAP_MM = 7.0
_UNDER_LARGE_MM = 0.8
_WHITE_TEXT_MM = 40.0
_CODE_RIGHT_MM = -1.5
_UNDER_BAR_MM = 54.0
_CODES_MM = 26.0
_OFF_SEAM_MM = 3.0
_CODES_HIGH_MM = 14.0
_OFF_MARK_MM = 11.0
_UNDER_BARS_MM = 24.0


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """Page and marks.

    Attributes
    ----------
    left_px, top_px, right_px, bottom_px
        Margins around the painting, in whole scan pixels, as seen from the side that
        is looked at.
    marks
        Drawn outside the painting, but for those that the sheet has inside.
    cut
        Closed line round painting and tab; empty if none is asked for.
    """

    left_px: int
    top_px: int
    right_px: int
    bottom_px: int
    marks: tuple[Mark, ...]
    cut: Polyline = ()


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A scale bar: from its zero to its last tick.

    Attributes
    ----------
    tick
        Direction of the ticks, from the bar's line: (0, 1) down, (-1, 0) left.
    """

    start_mm: Point
    end_mm: Point
    tick: Point

    @property
    def length_mm(self) -> float:
        """What the bar says that it measures."""
        return math.dist(self.start_mm, self.end_mm)


def scale_bars(sheet: PrintSheet) -> tuple[ScaleBar, ScaleBar]:
    """The bar below the painting and the one left of it."""
    width_mm, height_mm = sheet.raster.size_mm
    across = bar_length_mm(max(width_mm, _NARROWEST_MM) - _BLOCK_GAP_MM)
    down = bar_length_mm(max(height_mm, SHORTEST_BAR_MM))
    y, x = height_mm + BAR_OFF_MM, -BAR_OFF_MM
    return (
        ScaleBar((0.0, y), (float(across), y), (0.0, 1.0)),
        ScaleBar((x, 0.0), (x, float(down)), (-1.0, 0.0)),
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """Where strips and text stand: left, top, and how wide they may be."""

    left_mm: float
    top_mm: float
    room_mm: float

    @property
    def pass_through(self) -> Point:
        """Where the block of the pass-through strip begins."""
        beside = CONTROL_SIZE_MM[0] + _BLOCK_GAP_MM
        if beside + PASS_SIZE_MM[0] <= self.room_mm:
            return self.left_mm + beside, self.top_mm
        return self.left_mm, self.top_mm + CONTROL_SIZE_MM[1]


def _block(sheet: PrintSheet) -> _Block:
    width_mm, height_mm = sheet.raster.size_mm
    below_mm = height_mm + _TAB_OFF_MM
    if sheet.part is None:
        return _Block(0.0, below_mm, max(width_mm, _NARROWEST_MM))
    seams, corners = sheet.part.seams, sheet.part.corners_mm
    above = stands_above(sheet.part)
    ends = corners[:2] if above else (corners[3], corners[2])
    left_mm = ends[0][0] + _CODES_MM if seams.left else 0.0
    right_mm = ends[1][0] - _OFF_SEAM_MM if seams.right else width_mm
    room_mm = max(right_mm - left_mm, _NARROWEST_MM)
    if not above:
        return _Block(left_mm, below_mm, room_mm)
    _, end_mm = _texts(sheet, _Block(left_mm, 0.0, room_mm))
    return _Block(left_mm, -_TOP_MM - end_mm, room_mm)


def stands_above(part: SheetPart) -> bool:
    """Whether strips and text stand above: only there is the side the painting's."""
    return part.seams.bottom and not part.seams.top


def pass_through_corner(sheet: PrintSheet) -> Point:
    """Where the block of the pass-through strip begins."""
    return _block(sheet).pass_through


def page_size_mm(sheet: PrintSheet) -> tuple[float, float]:
    """Width and height of a sheet's page, as it comes out of the printer."""
    layout, mm = lay_out(sheet), sheet.raster.pixel_size.mm
    return (
        (layout.left_px + sheet.raster.width_px + layout.right_px) * mm,
        (layout.top_px + sheet.raster.height_px + layout.bottom_px) * mm,
    )


def page_needs(sheet: PrintSheet) -> PageNeeds:
    """What pages of a mask take beside the painting.

    Parameters
    ----------
    sheet
        The whole mask as if it were one sheet.
    """
    # Turned pages say so, which may need a line more.
    single_mm = page_size_mm(dataclasses.replace(sheet, turned=True))
    mm = sheet.raster.pixel_size.mm
    none = (0.0, 0.0)
    last = SheetPart(100, 100, sheet.raster.window, Sides(), (none,) * 4, ((),) * 4)
    several = dataclasses.replace(sheet, part=last, turned=True)
    beside_mm = _LEFT_MM + _RIGHT_MM + 2 * mm

    def around_mm(room_mm: float) -> float:
        _, block_mm = _texts(several, _Block(0.0, 0.0, room_mm))
        below_mm = _TOP_MM + _TAB_OFF_MM + block_mm + _BOTTOM_MM
        above_mm = _TOP_MM + _TOP_MM / 2 + block_mm + _UNDER_BARS_MM
        return max(below_mm, above_mm) + 2 * mm

    return PageNeeds(
        single_mm=single_mm,
        beside_mm=beside_mm,
        narrowest_mm=_NARROWEST_MM + beside_mm,
        narrowest_parted_mm=_NARROWEST_MM + _CODES_MM + beside_mm,
        around_mm=around_mm,
        text_inset_mm=_CODES_MM + _OFF_SEAM_MM,
        least_text_mm=_NARROWEST_MM,
    )


def lay_out(sheet: PrintSheet) -> SheetLayout:
    """Place the tab around the painting, or around one sheet of several.

    The page is at least 148 mm wide, so that a small painting has its marks too; the
    painting's left margin does not depend on that.
    """
    width_mm, height_mm = sheet.raster.size_mm
    block = _block(sheet)
    marks: list[Mark] = [*register_marks(width_mm, height_mm)]
    marks += _ticks(sheet)
    bar_mm = max(width_mm, _NARROWEST_MM) - _BLOCK_GAP_MM
    marks += horizontal_bar(bar_mm, height_mm + BAR_OFF_MM)
    marks += vertical_bar(height_mm)
    marks += control_strip((block.left_mm, block.top_mm))
    marks += pass_through_strip(block.pass_through)
    marks += identity_codes(identity_text(sheet), *_code_corner(sheet, block))
    texts, end_mm = _texts(sheet, block)
    marks += texts
    px = sheet.raster.pixel_size.px_covering
    right_mm = max(width_mm, block.left_mm + block.room_mm, _NARROWEST_MM) + _RIGHT_MM
    top_mm = -_TOP_MM
    bottom_mm = end_mm + _BOTTOM_MM
    if block.top_mm < 0:
        top_mm = block.top_mm - _TOP_MM / 2
        bottom_mm = height_mm + _UNDER_BARS_MM
    return SheetLayout(
        left_px=px(1000 * _LEFT_MM),
        top_px=px(-1000 * top_mm),
        right_px=px(1000 * (right_mm - width_mm)),
        bottom_px=px(1000 * (bottom_mm - height_mm)),
        marks=(*marks, *sheet.inside),
        cut=cut_line(sheet.part, (-_LEFT_MM, top_mm, right_mm, bottom_mm))
        if sheet.cut_line
        else (),
    )


def _code_corner(sheet: PrintSheet, block: _Block) -> Point:
    """Right and upper end of the codes: where they stay, if there is such a place."""
    right_mm = block.left_mm + _CODE_RIGHT_MM
    if block.left_mm > 0 or block.top_mm < 0:
        return right_mm, block.top_mm
    if sheet.part and sheet.part.seams.bottom:  # what is below will be trimmed off
        height_mm = sheet.raster.size_mm[1]
        top_mm = bar_length_mm(max(height_mm, SHORTEST_BAR_MM)) + _UNDER_BAR_MM
        top_mm -= SHORTEST_BAR_MM
        off_mark_mm = abs(top_mm + _CODES_HIGH_MM / 2 - height_mm / 2)
        fits = top_mm + _CODES_HIGH_MM < sheet.part.corners_mm[3][1]
        if fits and off_mark_mm > _OFF_MARK_MM:
            return right_mm, top_mm
    return right_mm, max(block.top_mm, _UNDER_BAR_MM)


def _ticks(sheet: PrintSheet) -> Iterator[Mark]:
    """Short lines that point at the painting's edges, and at the ends of seams."""
    size_mm = sheet.raster.size_mm
    if sheet.part is None:
        yield from corner_ticks(*size_mm)
    else:
        yield edge_ticks(size_mm, sheet.part.seams, sheet.part.corners_mm)


def _texts(sheet: PrintSheet, block: _Block) -> tuple[list[Mark], float]:
    """Lines of text below the strips, and where they end."""
    marks: list[Mark] = []
    left, y = block.left_mm, block.pass_through[1] + PASS_SIZE_MM[1]
    for text, capital_mm in tab_lines(sheet):
        for line in wrapped(text, block.room_mm, capital_mm):
            y += capital_mm * LINE_TO_CAPITAL
            marks.append(letters(line, (left, y), capital_mm))
        y += _UNDER_LARGE_MM if capital_mm == LARGE_MM else 0.0
    y += NORMAL_MM * LINE_TO_CAPITAL + _UNDER_LARGE_MM
    marks.append(letters("colour layer", (left, y), NORMAL_MM))
    white_mm = left + _WHITE_TEXT_MM
    marks.append(letters("white layer", (white_mm, y), NORMAL_MM, WHITE))
    if sheet.mirrored:
        y += NORMAL_MM * LINE_TO_CAPITAL
        marks.append(_mirror_warning((left, y)))
    return marks, y


def _mirror_warning(corner_mm: Point) -> Strokes:
    """A line that reads right on the mirrored page, for whoever prints it."""
    text = "MIRRORED ON PURPOSE: DO NOT MIRROR AGAIN"
    left_mm, baseline_mm = corner_mm
    ahead = text_strokes(text, (0.0, baseline_mm), NORMAL_MM)
    right_mm = left_mm + text_width_mm(text, NORMAL_MM)
    turned = tuple(tuple((right_mm - x, y) for x, y in line) for line in ahead)
    return Strokes(turned, NORMAL_MM * PEN_TO_CAPITAL, BLACK)

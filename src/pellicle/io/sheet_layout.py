# SPDX-License-Identifier: Apache-2.0
"""Where things stand on a print sheet: the painting's rectangle and the tab around it.

Job: margins in whole scan pixels, the place of every mark, the text.
Not here: the marks themselves (`sheet_marks`), PDF (`mask_pdf`).
Terms: the *tab* is the film outside the painting; it stays on the film and carries
*register marks* (do the layers lie on each other?), *scale bars* (is the size right?),
the *control strip* (are the inks right?), the *pass-through strip* (did software
convert the plates again?), the id as a *data matrix* and the text that says what this
is.

Lengths are in millimetres from the painting's upper left corner, x to the right, y
downwards, as seen from the side that is looked at.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

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
    horizontal_bar,
    identity_codes,
    letters,
    pass_through_strip,
    register_marks,
    vertical_bar,
)
from pellicle.io.stroke_letters import (
    Point,
    Polyline,
    text_strokes,
    text_width_mm,
    wrapped,
)
from pellicle.model.raster import RasterSpec

_LEFT_MM, _TOP_MM, _RIGHT_MM, _BOTTOM_MM = 24.0, 12.0, 12.0, 6.0
_NARROWEST_MM = 112.0
_TAB_OFF_MM = 21.0
_BLOCK_GAP_MM = 7.0
_NORMAL_MM, _LARGE_MM = 2.0, 3.0
_UNDER_LARGE_MM = 0.8
_WHITE_TEXT_MM = 40.0
_ID_DIGITS = 16
_CODE_RIGHT_MM = -1.5
_UNDER_BAR_MM = 54.0
_CUT_INSIDE_MM = 1.5


@dataclass(frozen=True, slots=True)
class PrintSheet:
    """What is printed, apart from the pixels.

    Attributes
    ----------
    title
        Of the work.
    id
        Identity of the mask, a hash; file identifiers are made from it.
    raster
        Size of the mask and its scale: the sheet is printed at true size.
    mirrored
        Whether left and right are exchanged, marks included.
    spot_name
        Name of the white separation, as the printer's software expects it.
    ink_limit_percent
        Most C+M+Y+K on one spot; the plates keep to it.
    icc_profile
        CMYK output profile that the colour plates were made for.
    profile_name
        Description of that profile.
    made
        Date of the scan, by its content; taken as UTC if it names no zone, None if
        the scan has none.
    cut_line
        Spot name of the line round the film that a cutter follows; None draws none.
    drafts
        Regions printed without having been approved.
    notes
        Further lines, for instance "scale unconfirmed".
    assumed
        What has not been measured, a sentence each.
    inside
        Marks within the sheet's rectangle, where it is no painting but trial pieces.
    """

    title: str
    id: str
    raster: RasterSpec
    mirrored: bool
    spot_name: str
    ink_limit_percent: float
    icc_profile: bytes
    profile_name: str
    made: datetime | None
    cut_line: str | None = None
    drafts: int = 0
    notes: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    inside: tuple[Mark, ...] = ()


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


def pass_through_corner(sheet: PrintSheet) -> Point:
    """Where the block of the pass-through strip begins."""
    width_mm, height_mm = sheet.raster.size_mm
    top_mm = height_mm + _TAB_OFF_MM
    beside = CONTROL_SIZE_MM[0] + _BLOCK_GAP_MM
    fits = beside + PASS_SIZE_MM[0] <= max(width_mm, _NARROWEST_MM)
    return (beside, top_mm) if fits else (0.0, top_mm + CONTROL_SIZE_MM[1])


def identity_text(mask_id: str) -> str:
    """What the codes of a sheet say: the first 16 digits of the mask's id."""
    return f"pellicle:{mask_id[:_ID_DIGITS]}"


def lay_out(sheet: PrintSheet) -> SheetLayout:
    """Place the tab around the painting.

    The page is at least 148 mm wide, so that a small painting has its marks too; the
    painting's left margin does not depend on that.
    """
    width_mm, height_mm = sheet.raster.size_mm
    tab_mm = max(width_mm, _NARROWEST_MM)
    marks: list[Mark] = [*register_marks(width_mm, height_mm)]
    marks += corner_ticks(width_mm, height_mm)
    marks += horizontal_bar(tab_mm - _BLOCK_GAP_MM, height_mm + BAR_OFF_MM)
    marks += vertical_bar(height_mm)
    top_mm = height_mm + _TAB_OFF_MM
    pass_mm = pass_through_corner(sheet)
    marks += control_strip((0.0, top_mm))
    marks += pass_through_strip(pass_mm)
    code_mm = max(top_mm, _UNDER_BAR_MM)
    marks += identity_codes(identity_text(sheet.id), _CODE_RIGHT_MM, code_mm)
    texts, end_mm = _texts(sheet, tab_mm, pass_mm[1] + PASS_SIZE_MM[1])
    marks += texts
    px = sheet.raster.pixel_size.px_covering
    right_mm, bottom_mm = tab_mm + _RIGHT_MM, end_mm + _BOTTOM_MM
    return SheetLayout(
        left_px=px(1000 * _LEFT_MM),
        top_px=px(1000 * _TOP_MM),
        right_px=px(1000 * (right_mm - width_mm)),
        bottom_px=px(1000 * (bottom_mm - height_mm)),
        marks=(*marks, *sheet.inside),
        cut=_cut(right_mm, bottom_mm) if sheet.cut_line else (),
    )


def _cut(right_mm: float, bottom_mm: float) -> Polyline:
    left, top = _CUT_INSIDE_MM - _LEFT_MM, _CUT_INSIDE_MM - _TOP_MM
    right, bottom = right_mm - _CUT_INSIDE_MM, bottom_mm - _CUT_INSIDE_MM
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _texts(
    sheet: PrintSheet, width_mm: float, top_mm: float
) -> tuple[list[Mark], float]:
    """Lines of text, and where they end."""
    marks: list[Mark] = []
    y = top_mm
    for text, capital_mm in _lines(sheet):
        for line in wrapped(text, width_mm, capital_mm):
            y += capital_mm * LINE_TO_CAPITAL
            marks.append(letters(line, (0.0, y), capital_mm))
        y += _UNDER_LARGE_MM if capital_mm == _LARGE_MM else 0.0
    y += _NORMAL_MM * LINE_TO_CAPITAL + _UNDER_LARGE_MM
    marks.append(letters("colour layer", (0.0, y), _NORMAL_MM))
    marks.append(letters("white layer", (_WHITE_TEXT_MM, y), _NORMAL_MM, WHITE))
    if sheet.mirrored:
        y += _NORMAL_MM * LINE_TO_CAPITAL
        marks.append(_mirror_warning(y))
    return marks, y


def _lines(sheet: PrintSheet) -> Iterator[tuple[str, float]]:
    if sheet.drafts:
        regions = "region" if sheet.drafts == 1 else "regions"
        yield f"DRAFT: {sheet.drafts} {regions} not approved", _LARGE_MM
    yield sheet.title, _LARGE_MM
    width_mm, height_mm = sheet.raster.size_mm
    dated = f" · scan of {sheet.made:%Y-%m-%d}" if sheet.made else ""
    yield (
        (
            f"Mask {sheet.id[:_ID_DIGITS]}{dated} · "
            f"{width_mm:.1f} × {height_mm:.1f} mm · "
            f"{sheet.raster.pixel_size.ppi:.1f} ppi · "
            "print at 100 %, do not scale or rotate"
        ),
        _NORMAL_MM,
    )
    yield (
        (
            f"Plates: Cyan, Magenta, Yellow, Black, {sheet.spot_name} (white ink). "
            f"No colour conversion. Made for {sheet.profile_name}"
        ),
        _NORMAL_MM,
    )
    if sheet.mirrored:
        yield "Mirrored: this text reads right from the side looked at", _NORMAL_MM
    else:
        yield "Not mirrored: this text reads right from the printed side", _NORMAL_MM
    yield "Target values of the control strip: see the job ticket", _NORMAL_MM
    for note in sheet.notes:
        yield note, _NORMAL_MM
    for line in sheet.assumed:
        yield f"Assumed: {line}", _NORMAL_MM


def _mirror_warning(baseline_mm: float) -> Strokes:
    """A line that reads right on the mirrored page, for whoever prints it."""
    text = "MIRRORED ON PURPOSE: DO NOT MIRROR AGAIN"
    ahead = text_strokes(text, (0.0, baseline_mm), _NORMAL_MM)
    width_mm = text_width_mm(text, _NORMAL_MM)
    turned = tuple(tuple((width_mm - x, y) for x, y in line) for line in ahead)
    return Strokes(turned, _NORMAL_MM * PEN_TO_CAPITAL, BLACK)

# SPDX-License-Identifier: Apache-2.0
"""Print files as PDF: `mask.pdf`, `mask-colour.pdf`, `mask-white.pdf`.

Job: pages at true size, one a sheet, after the manner of PDF/X-4 (ISO 15930-7): an
image of the plates, the marks of the tab, output intent, metadata.
Not here: what stands on the tab (`sheet_layout`), the objects of a PDF (`pdf_file`),
the job ticket (`ticket_pdf`).

Every mark and pixel is given in the plates' own inks (DeviceN, or Separation for the
white alone), 8 bit each, so that a printer's software has no reason to convert it. The
colour and the white sheet are the plates of `mask.pdf` on the same page with the same
marks; they register. The line that a cutter follows is a spot colour of its own, on
each. On screens the white shows as a pale cyan where no more cyan lies over it; that
exists in the substitute for screens only, never on a plate.

Where the printer prints lengths wrong, the page, its boxes and the placed image are
made larger or smaller by as much; pixels are never resampled.

A mirrored sheet is mirrored as a whole, text included, and so reads right from the side
that is looked at; one line reads right on the page itself and says that this is meant.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pellicle.io.pdf_file import (
    LARGEST_PAGE_UNITS,
    Name,
    PdfWriter,
    Ref,
    Value,
    deflated,
    number_text,
)
from pellicle.io.pdf_metadata import PDF_X, DocumentFacts, add_metadata
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.separations import eight_bit_plates
from pellicle.io.sheet_layout import SheetLayout, lay_out
from pellicle.io.sheet_marks import Cells, Mark, Patch
from pellicle.io.strips import Strips, even_strips
from pellicle.io.writing import whole_file
from pellicle.model.mask import COLOURANTS, WHITE_PLANE
from pellicle.model.units import UM_PER_INCH

POINTS_PER_INCH = 72.0
MM_PER_INCH = UM_PER_INCH / 1000.0
_ROWS_PX = 64
_SCREEN_WHITE = "0.12 mul"
_SCREEN_CUT = "{ 0 exch 0 0 }"
_CUT_MM = 0.25
_OVERPRINT: Mapping[str, Value] = {
    "ExtGState": {"Over": {"Type": Name("ExtGState"), "OP": True, "OPM": 1}}
}
"""So that the line that is cut takes no ink away beneath it."""


Sheets: TypeAlias = Sequence[tuple[PrintSheet, Strips]]
"""Sheets of one mask, and the pixels of each."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """Plates that a file carries."""

    name: str
    planes: slice
    tint: str  # PostScript: inks -> CMYK for screens


# C M Y K W -> max(C, 0.12 W) M Y K
_EVERY_PLATE = _Layer(
    "mask",
    slice(0, WHITE_PLANE + 1),
    f"{{ {_SCREEN_WHITE} 5 -1 roll 2 copy lt {{ exch }} if pop 4 1 roll }}",
)
_COLOUR_PLATES = _Layer("mask, colour layer", slice(0, WHITE_PLANE), "{ }")
_WHITE_PLATE = _Layer(
    "mask, white layer",
    slice(WHITE_PLANE, WHITE_PLANE + 1),
    f"{{ {_SCREEN_WHITE} 0 0 0 }}",
)


def write_mask_pdf(path: Path, sheet: PrintSheet, strips: Strips) -> None:
    """Write `mask.pdf`: CMYK and white on one page.

    Parameters
    ----------
    path
        File to write; replaced only when complete.
    sheet
        What is printed and said about it.
    strips
        (rows, W, 5) uint16 `Separations` in scan geometry, never mirrored.

    Raises
    ------
    DiskFullError, UnwritableError
        If the file cannot be written.
    """
    _write(path, [(sheet, strips)], _EVERY_PLATE)


def write_colour_pdf(path: Path, sheet: PrintSheet, strips: Strips) -> None:
    """Write `mask-colour.pdf`: the CMYK plates. See `write_mask_pdf`."""
    _write(path, [(sheet, strips)], _COLOUR_PLATES)


def write_white_pdf(path: Path, sheet: PrintSheet, strips: Strips) -> None:
    """Write `mask-white.pdf`: the white plate. See `write_mask_pdf`."""
    _write(path, [(sheet, strips)], _WHITE_PLATE)


def write_mask_sheets(path: Path, sheets: Sheets) -> None:
    """Write `mask.pdf` of several sheets, a page each, in order of their numbers.

    Parameters
    ----------
    sheets
        Each with its own pixels; see `write_mask_pdf`.

    Raises
    ------
    DiskFullError, UnwritableError
        If the file cannot be written.
    """
    _write(path, sheets, _EVERY_PLATE)


def write_colour_sheets(path: Path, sheets: Sheets) -> None:
    """Write `mask-colour.pdf` of several sheets. See `write_mask_sheets`."""
    _write(path, sheets, _COLOUR_PLATES)


def write_white_sheets(path: Path, sheets: Sheets) -> None:
    """Write `mask-white.pdf` of several sheets. See `write_mask_sheets`."""
    _write(path, sheets, _WHITE_PLATE)


@dataclass(frozen=True, slots=True)
class _Page:
    """Boxes of the page; one PDF unit is `user_unit` points."""

    width_px: int
    height_px: int
    left_px: int  # of the painting, on the page as it is printed
    bottom_px: int
    unit_px: tuple[float, float]  # PDF units of one scan pixel, across and down
    user_unit: int

    def box(self, left_px: int, bottom_px: int, size_px: tuple[int, int]) -> Value:
        width_px, height_px = size_px
        across, down = self.unit_px
        left, right = left_px * across, (left_px + width_px) * across
        return [left, bottom_px * down, right, (bottom_px + height_px) * down]


def _page(sheet: PrintSheet, layout: SheetLayout) -> _Page:
    raster = sheet.raster
    width_px = layout.left_px + raster.width_px + layout.right_px
    height_px = layout.top_px + raster.height_px + layout.bottom_px
    points = POINTS_PER_INCH * raster.pixel_size.um / UM_PER_INCH
    across, down = (points * factor for factor in sheet.size_correction)
    longest = max(width_px * across, height_px * down)
    user_unit = max(1, -int(-longest // LARGEST_PAGE_UNITS))
    left_px = layout.right_px if sheet.mirrored else layout.left_px
    unit_px = across / user_unit, down / user_unit
    return _Page(width_px, height_px, left_px, layout.bottom_px, unit_px, user_unit)


def _write(path: Path, sheets: Sheets, layer: _Layer) -> None:
    first = sheets[0][0]
    with whole_file(path) as beside, beside.open("wb") as file:
        pdf = PdfWriter(file)
        inks = pdf.add(_ink_space(pdf, first, layer))
        images = [_add_image(pdf, one, layer, inks, strips) for one, strips in sheets]
        spaces: dict[str, Value] = {"Inks": inks}
        if first.cut_line:
            spaces["Cut"] = pdf.add(_cut_space(pdf, first.cut_line))
        drawn = [_add_drawing(pdf, sheet, layer) for sheet, _ in sheets]
        pages = pdf.reserve()
        kids: list[Value] = []
        for (sheet, _), image, content in zip(sheets, images, drawn, strict=True):
            page = _page(sheet, lay_out(sheet))
            size_px = (sheet.raster.width_px, sheet.raster.height_px)
            painting = page.box(page.left_px, page.bottom_px, size_px)
            entries: dict[str, Value] = {
                "Type": Name("Page"),
                "Parent": pages,
                "MediaBox": page.box(0, 0, (page.width_px, page.height_px)),
                "BleedBox": painting,
                "TrimBox": painting,
                "Resources": {
                    "ColorSpace": spaces,
                    "XObject": {"Mask": image},
                    **(_OVERPRINT if sheet.part and sheet.cut_line else {}),
                },
                "Contents": content,
            }
            if page.user_unit > 1:
                entries["UserUnit"] = page.user_unit
            kids.append(pdf.add(entries))
        pdf.add({"Type": Name("Pages"), "Kids": kids, "Count": len(kids)}, pages)
        _finish(pdf, first, layer, pages)


def _add_drawing(pdf: PdfWriter, sheet: PrintSheet, layer: _Layer) -> Ref:
    layout = lay_out(sheet)
    content = _content(sheet, layer, layout, _page(sheet, layout))
    return pdf.add_stream({"Filter": Name("FlateDecode")}, deflated(content))


def _colourants(sheet: PrintSheet, layer: _Layer) -> Sequence[str]:
    return (*COLOURANTS, sheet.spot_name)[layer.planes]


def _ink_space(pdf: PdfWriter, sheet: PrintSheet, layer: _Layer) -> Value:
    cmyk = Name("DeviceCMYK")
    names = [Name(name) for name in _colourants(sheet, layer)]
    tint = _add_tint(pdf, layer)
    if layer is _WHITE_PLATE:
        return [Name("Separation"), names[0], cmyk, tint]
    attributes: dict[str, Value] = {
        "Subtype": Name("NChannel"),
        "Process": {"ColorSpace": cmyk, "Components": names[:WHITE_PLANE]},
    }
    if layer is _EVERY_PLATE:
        white_tint = _add_tint(pdf, _WHITE_PLATE)
        white: Value = [Name("Separation"), names[WHITE_PLANE], cmyk, white_tint]
        attributes["Colorants"] = {sheet.spot_name: white}
    return [Name("DeviceN"), names, cmyk, tint, attributes]


def _cut_space(pdf: PdfWriter, name: str) -> Value:
    tint = _add_function(pdf, 1, _SCREEN_CUT)
    return [Name("Separation"), Name(name), Name("DeviceCMYK"), tint]


def _add_tint(pdf: PdfWriter, layer: _Layer) -> Ref:
    return _add_function(pdf, layer.planes.stop - layer.planes.start, layer.tint)


def _add_function(pdf: PdfWriter, inputs: int, calculated: str) -> Ref:
    entries: Mapping[str, Value] = {
        "FunctionType": 4,
        "Domain": [0, 1] * inputs,
        "Range": [0, 1] * len(COLOURANTS),
    }
    return pdf.add_stream(entries, [calculated.encode()])


def _add_image(
    pdf: PdfWriter, sheet: PrintSheet, layer: _Layer, inks: Ref, strips: Strips
) -> Ref:
    entries: Mapping[str, Value] = {
        "Type": Name("XObject"),
        "Subtype": Name("Image"),
        "Width": sheet.raster.width_px,
        "Height": sheet.raster.height_px,
        "ColorSpace": inks,
        "BitsPerComponent": 8,
        "Interpolate": False,
        "Filter": Name("FlateDecode"),
    }
    rows = even_strips(strips, sheet.raster, _ROWS_PX, mirrored=sheet.mirrored)
    plates = (
        eight_bit_plates(strip, sheet.ink_limit_percent)[..., layer.planes].tobytes()
        for strip in rows
    )
    return pdf.add_stream(entries, deflated(plates))


def _content(
    sheet: PrintSheet, layer: _Layer, layout: SheetLayout, page: _Page
) -> Iterator[bytes]:
    across, down = page.unit_px
    width = number_text(sheet.raster.width_px * across)
    height = number_text(sheet.raster.height_px * down)
    left, bottom = (
        number_text(page.left_px * across),
        number_text(page.bottom_px * down),
    )
    yield f"q {width} 0 0 {height} {left} {bottom} cm /Mask Do Q\n".encode()
    yield b"q /Inks cs /Inks CS 1 J 1 j\n"
    yield f"{_marks_matrix(sheet, layout, page)} cm\n".encode()
    for mark in layout.marks:
        yield _drawn(mark, layer).encode()
    if layout.cut:
        points = [f"{number_text(x)} {number_text(y)}" for x, y in layout.cut]
        path = f"{points[0]} m {' '.join(f'{point} l' for point in points[1:])}"
        over = "/Over gs " if sheet.part else ""  # a seam runs through ink and marks
        yield f"{over}/Cut CS 1 SCN {number_text(_CUT_MM)} w {path} s\n".encode()
    yield b"Q\n"


def _marks_matrix(sheet: PrintSheet, layout: SheetLayout, page: _Page) -> str:
    """From millimetres at the painting's upper left corner to PDF units."""
    mm = sheet.raster.pixel_size.mm
    unit_x, unit_y = page.unit_px
    across = -unit_x / mm if sheet.mirrored else unit_x / mm
    edge_px = sheet.raster.width_px if sheet.mirrored else 0
    left = (page.left_px + edge_px) * unit_x
    top = (page.height_px - layout.top_px) * unit_y
    return " ".join(map(number_text, (across, 0, 0, -unit_y / mm, left, top)))


def _drawn(mark: Mark, layer: _Layer) -> str:
    levels = list(mark.inks)[layer.planes]
    if not any(levels):
        return ""
    tints = " ".join(number_text(level / 255) for level in levels)
    if isinstance(mark, Patch):
        corner = (mark.left_mm, mark.top_mm, mark.width_mm, mark.height_mm)
        return f"{tints} scn {' '.join(map(number_text, corner))} re f\n"
    if isinstance(mark, Cells):
        cells = (f"{' '.join(map(number_text, cell))} re" for cell in mark.rectangles)
        return "\n".join([f"{tints} scn", *cells, "f\n"])
    drawn = [f"{tints} SCN {number_text(mark.width_mm)} w"]
    for line in mark.lines:
        points = [f"{number_text(x)} {number_text(y)}" for x, y in line]
        rest = points[1:] or points[:1]  # a dot is a line to where it starts
        drawn.append(f"{points[0]} m {' '.join(f'{point} l' for point in rest)}")
    return "\n".join([*drawn, "S\n"])


def _finish(pdf: PdfWriter, sheet: PrintSheet, layer: _Layer, pages: Ref) -> None:
    title = f"{sheet.title}: {layer.name}"
    identity = hashlib.sha256(f"{sheet.id} {title}".encode()).digest()[:16]
    profile = pdf.add_stream(
        {"N": len(COLOURANTS), "Filter": Name("FlateDecode")},
        deflated([sheet.icc_profile]),
    )
    intent: Mapping[str, Value] = {
        "Type": Name("OutputIntent"),
        "S": Name("GTS_PDFX"),
        "OutputConditionIdentifier": "Custom",
        "OutputCondition": sheet.profile_name,
        "Info": sheet.profile_name,
        "DestOutputProfile": profile,
    }
    facts = DocumentFacts(title, sheet.id, sheet.made, identity, PDF_X)
    add_metadata(pdf, facts, pages, {"OutputIntents": [intent]})

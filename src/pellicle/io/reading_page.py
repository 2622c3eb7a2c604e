# SPDX-License-Identifier: Apache-2.0
"""Pages that people read: text, lines and pictures on paper, as PDF.

Job: draw in millimetres from the page's upper left corner, y downwards; equal content
gives equal bytes.
Not here: what stands on a page (`ticket_pdf`, `inspection_pdf`), print files
(`mask_pdf`), type (`helvetica`).
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pellicle.io.helvetica import FONTS, POINT_MM, Face, text_runs, text_width_mm
from pellicle.io.pdf_file import (
    LARGEST_PAGE_UNITS,
    Name,
    PdfWriter,
    Ref,
    Value,
    deflated,
    number_text,
)
from pellicle.io.pdf_metadata import DocumentFacts, add_metadata
from pellicle.io.writing import whole_file

BLACK = (0.0, 0.0, 0.0)
WHITE = (1.0, 1.0, 1.0)
_JPEG_BANDS = {1: "DeviceGray", 3: "DeviceRGB"}


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A picture as it stands in the file.

    Attributes
    ----------
    content
        A baseline JPEG of grey or RGB samples.
    """

    content: bytes
    width_px: int
    height_px: int
    bands: int = 3


@dataclass(slots=True)
class ReadingPage:
    """One page being drawn.

    Attributes
    ----------
    width_mm, height_mm
        Of the paper.
    stretch
        What everything is multiplied by, across and down, paper included: for a
        printer that prints lengths wrong.
    """

    width_mm: float
    height_mm: float
    stretch: tuple[float, float] = (1.0, 1.0)
    _drawn: list[bytes] = field(default_factory=list)
    _pictures: list[Jpeg] = field(default_factory=list)

    @property
    def _user_unit(self) -> int:
        """Points to a unit: no side of a page may have more than 14,400 units."""
        across, down = self.stretch
        longest_pt = max(self.width_mm * across, self.height_mm * down) / POINT_MM
        return max(1, math.ceil(longest_pt / LARGEST_PAGE_UNITS))

    @property
    def _unit_mm(self) -> float:
        return POINT_MM * self._user_unit

    def text(
        self,
        text: str,
        corner_mm: tuple[float, float],
        size_pt: float,
        *,
        face: Face = Face.REGULAR,
        colour: Sequence[float] = BLACK,
    ) -> None:
        """A line of text; `corner_mm` is the left end of its baseline."""
        x, y = self._point(corner_mm)
        shown = [b"BT", _numbers(colour) + b" rg", b"1 0 0 1 %b %b Tm" % (x, y)]
        size = _number(size_pt / self._user_unit)
        for run_face, encoded in text_runs(text, face):
            shown.append(b"/%b %b Tf" % (run_face.encode(), size))
            shown.append(b"<%b> Tj" % encoded.hex().encode())
        self._drawn += [*shown, b"ET"]

    def text_to_right(
        self, text: str, corner_mm: tuple[float, float], size_pt: float
    ) -> None:
        """A line of text that ends at `corner_mm`."""
        x, y = corner_mm
        self.text(text, (x - text_width_mm(text, size_pt), y), size_pt)

    def lines(
        self,
        lines: Iterable[Sequence[tuple[float, float]]],
        width_mm: float,
        colour: Sequence[float] = BLACK,
        *,
        closed: bool = False,
    ) -> None:
        """Polylines of one width and colour."""
        self._drawn.append(
            b"%b RG %b w" % (_numbers(colour), _number(width_mm / self._unit_mm))
        )
        for line in lines:
            points = [b"%b %b" % self._point(point) for point in line]
            rest = b" ".join(point + b" l" for point in points[1:])
            end = b"s" if closed else b"S"
            self._drawn.append(b"%b m %b %b" % (points[0], rest, end))

    def boxes(
        self,
        boxes: Iterable[tuple[float, float, float, float]],
        colour: Sequence[float] = BLACK,
    ) -> None:
        """Filled rectangles: left, top, width, height."""
        self._drawn.append(_numbers(colour) + b" rg")
        for left, top, width, height in boxes:
            corner = b"%b %b" % self._point((left, top + height))
            size = _numbers((width / self._unit_mm, height / self._unit_mm))
            self._drawn.append(b"%b %b re" % (corner, size))
        self._drawn.append(b"f")

    def picture(
        self,
        picture: Jpeg,
        corner_mm: tuple[float, float],
        size_mm: tuple[float, float],
    ) -> None:
        """A picture whose upper left corner stands at `corner_mm`."""
        left, top = corner_mm
        width, height = size_mm
        x, y = self._point((left, top + height))
        size = _number(width / self._unit_mm), _number(height / self._unit_mm)
        name = len(self._pictures)
        self._pictures.append(picture)
        self._drawn.append(b"q %b 0 0 %b %b %b cm /P%d Do Q" % (*size, x, y, name))

    def write(
        self,
        path: Path,
        title: str,
        identifier: str,
        made: datetime | None,
        following: Sequence["ReadingPage"] = (),
    ) -> None:
        """Write the page, and others after it, as a PDF.

        Parameters
        ----------
        title, identifier
            For the file's metadata.
        made
            Date in the file; the time of writing never counts.
        following
            Pages that come after this one.

        Raises
        ------
        DiskFullError, UnwritableError
            If the file cannot be written.
        """
        every = (self, *following)
        contents = b"".join(page.content() for page in every)
        digest = hashlib.sha256(f"{identifier} {title}".encode() + contents)
        facts = DocumentFacts(title, identifier, made, digest.digest()[:16])
        with whole_file(path) as beside, beside.open("wb") as file:
            pdf = PdfWriter(file)
            drawn = [page.add_drawing(pdf) for page in every]
            pages = pdf.reserve()
            kids: list[Value] = [
                page.add_page(pdf, one, pages)
                for page, one in zip(every, drawn, strict=True)
            ]
            pdf.add({"Type": Name("Pages"), "Kids": kids, "Count": len(kids)}, pages)
            add_metadata(pdf, facts, pages)

    def content(self) -> bytes:
        """Drawing operators of the page."""
        drawn = self._drawn
        if self.stretch != (1, 1):
            across, down = (number_text(factor).encode() for factor in self.stretch)
            drawn = [b"%b 0 0 %b 0 0 cm" % (across, down), *drawn]
        return b"\n".join(drawn)

    def add_drawing(self, pdf: PdfWriter) -> tuple[Mapping[str, Value], Ref]:
        """Write the pictures and the drawing; `add_page` wants what is given back."""
        pictures: Mapping[str, Value] = {
            f"P{number}": _add_picture(pdf, picture)
            for number, picture in enumerate(self._pictures)
        }
        flate: Mapping[str, Value] = {"Filter": Name("FlateDecode")}
        return pictures, pdf.add_stream(flate, deflated([self.content()]))

    def add_page(
        self, pdf: PdfWriter, drawn: tuple[Mapping[str, Value], Ref], pages: Ref
    ) -> Ref:
        """Write the page itself, which belongs to the list of pages."""
        pictures, content = drawn
        size = (
            self.width_mm / self._unit_mm * self.stretch[0],
            self.height_mm / self._unit_mm * self.stretch[1],
        )
        entries: dict[str, Value] = {
            "Type": Name("Page"),
            "Parent": pages,
            "MediaBox": [0, 0, *size],
            "Resources": {"Font": _fonts(), "XObject": pictures},
            "Contents": content,
        }
        if self._user_unit > 1:
            entries["UserUnit"] = self._user_unit
        return pdf.add(entries)

    def _point(self, point_mm: tuple[float, float]) -> tuple[bytes, bytes]:
        x, y = point_mm
        unit_mm = self._unit_mm
        return _number(x / unit_mm), _number((self.height_mm - y) / unit_mm)


def _number(value: float) -> bytes:
    return number_text(round(value, 3)).encode()


def _numbers(values: Iterable[float]) -> bytes:
    return b" ".join(map(_number, values))


def _fonts() -> Mapping[str, Value]:
    fonts: dict[str, Value] = {}
    for face, name in FONTS.items():
        font: dict[str, Value] = {
            "Type": Name("Font"),
            "Subtype": Name("Type1"),
            "BaseFont": Name(name),
        }
        if face is not Face.SYMBOL:
            font["Encoding"] = Name("WinAnsiEncoding")
        fonts[face.value] = font
    return fonts


def _add_picture(pdf: PdfWriter, picture: Jpeg) -> Ref:
    entries: Mapping[str, Value] = {
        "Type": Name("XObject"),
        "Subtype": Name("Image"),
        "Width": picture.width_px,
        "Height": picture.height_px,
        "ColorSpace": Name(_JPEG_BANDS[picture.bands]),
        "BitsPerComponent": 8,
        "Filter": Name("DCTDecode"),
    }
    return pdf.add_stream(entries, [picture.content])

# SPDX-License-Identifier: Apache-2.0
"""`mask.pdf` as Ghostscript and Poppler see it; both must be installed."""

import dataclasses
from pathlib import Path

import imagecodecs
import numpy as np
import pikepdf
import pytest

import pellicle
from pellicle.errors import PrintFileError
from pellicle.io.ghostscript import ghostscript, poppler_size_mm, rendered_plates
from pellicle.io.inspection_pdf import InspectedRegion, write_inspection_pdf
from pellicle.io.mask_pdf import write_mask_pdf
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.reading_page import Jpeg
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.workflow.printer_view import look_as_printer

SETUPS = Path(pellicle.__file__).parent / "print_setups"
ICC = (SETUPS / "ISOcoated_v2_300_bas.icc").read_bytes()
SHEET = PrintSheet(
    title="A test",
    id="0123456789abcdef",
    raster=RasterSpec(400, 500, PixelSize.from_ppi(200)),
    mirrored=False,
    spot_name="White",
    ink_limit_percent=220,
    icc_profile=ICC,
    profile_name="Coated",
    made=None,
)


def written(folder: Path, sheet: PrintSheet) -> Path:
    inks = np.zeros((*sheet.raster.shape, 5), np.uint16)
    inks[50:90, 60:200] = 20_000
    path = folder / "mask.pdf"
    write_mask_pdf(path, sheet, [(sheet.raster.window, inks)])
    return path


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("size_px", [(90, 70), (400, 500), (1500, 1800)])
def test_pages_as_written_are_found_right(
    tmp_path: Path, mirrored: bool, size_px: tuple[int, int]
) -> None:
    raster = RasterSpec(*size_px, SHEET.raster.pixel_size)
    sheet = dataclasses.replace(SHEET, raster=raster, mirrored=mirrored)
    written(tmp_path, sheet)
    assert look_as_printer(tmp_path, sheet) == ("Ghostscript", "Poppler")


def test_a_page_mirrored_once_more_is_refused(tmp_path: Path) -> None:
    written(tmp_path, SHEET)
    with pytest.raises(PrintFileError, match="the sheet is mirrored"):
        look_as_printer(tmp_path, dataclasses.replace(SHEET, mirrored=True))


def test_a_page_of_another_size_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, SHEET)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        page = pdf.pages[0]
        page.contents_add(pdf.make_stream(b"q 1.002 0 0 1.002 0 0 cm"), prepend=True)
        page.contents_add(pdf.make_stream(b"Q"))
        pdf.save(path)
    with pytest.raises(PrintFileError, match=r"\+0\.20 % off size across"):
        look_as_printer(tmp_path, SHEET)


def test_a_page_whose_colours_were_converted_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, SHEET)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        content = pdf.pages[0].Contents.read_bytes()
        assert b"0.6 0 0 0 0 scn" in content
        pdf.pages[0].Contents = pdf.make_stream(
            content.replace(b"0.6 0 0 0 0 scn", b"0.63 0.02 0 0 0 scn")
        )
        pdf.save(path)
    with pytest.raises(PrintFileError, match=r"patch C 60 reads .* 63"):
        look_as_printer(tmp_path, SHEET)


def test_what_is_no_pdf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mask.pdf"
    path.write_bytes(b"nothing")
    program = ghostscript()
    assert program is not None
    with pytest.raises(PrintFileError, match=r"mask\.pdf"):
        rendered_plates(program, path, ["Cyan"], 72)
    with pytest.raises(PrintFileError, match=r"mask\.pdf"):
        poppler_size_mm(path)


def test_numbers_of_the_inspection_plate_keep_off_each_other(tmp_path: Path) -> None:
    grey = np.full((40, 50), 220, np.uint8)
    picture = Jpeg(bytes(imagecodecs.jpeg8_encode(grey)), 50, 40, bands=1)
    boxes = [(20.0, 20.0, 21.0, 21.0)] * 6 + [(62.0, 0.0, 63.5, 1.0)]
    regions = [
        InspectedRegion(
            number,
            (((box[0], box[1]), (box[2], box[1]), (box[2], box[3])),),
            box,
            printed=number != 3,
        )
        for number, box in enumerate(boxes, start=1)
    ]
    path = tmp_path / "mask-inspection.pdf"
    write_inspection_pdf(path, SHEET, picture, regions)
    with pikepdf.open(path) as pdf:
        steps = pikepdf.parse_content_stream(pdf.pages[0], "Tm")
    places = [(float(step.operands[4]), float(step.operands[5])) for step in steps[:6]]
    assert len(set(places)) == 6
    apart = np.hypot(*(np.array(places)[:, None] - np.array(places)).transpose(2, 0, 1))
    assert apart[apart > 0].min() > 3.0


def test_a_plate_of_more_than_five_metres_gets_larger_units(tmp_path: Path) -> None:
    raster = RasterSpec(1103, 101, PixelSize.from_ppi(5.08))
    sheet = dataclasses.replace(SHEET, raster=raster)
    grey = np.full((110, 10), 220, np.uint8)
    picture = Jpeg(bytes(imagecodecs.jpeg8_encode(grey)), 10, 110, bands=1)
    path = tmp_path / "mask-inspection.pdf"
    write_inspection_pdf(path, sheet, picture, [])
    with pikepdf.open(path) as pdf:
        page = pdf.pages[0]
        assert int(page.obj.UserUnit) == 2
        height = float(page.mediabox[3]) * 2 * 25.4 / 72
    assert height == pytest.approx(1103 * 5 + 38, abs=0.01)

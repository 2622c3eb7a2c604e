# SPDX-License-Identifier: Apache-2.0
"""Pages of several sheets, and of printers that print lengths wrong, by Ghostscript."""

import dataclasses
import re
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
import tifffile

from pellicle.io.mask_pdf import write_colour_sheets, write_mask_sheets
from pellicle.io.print_setup_file import load_print_setup
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.separations import eight_bit, write_mask_inks
from pellicle.io.sheet_layout import lay_out
from pellicle.io.sheet_text import identity_text, tab_lines
from pellicle.io.strips import strip_windows
from pellicle.model.arrays import Array
from pellicle.model.imposition import Imposition, Seam
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.workflow.imposition import SheetStrips
from pellicle.workflow.sheet_check import check_plates

PPI = 50.8  # half a millimetre
PX_MM = 300 / 25.4
PLATES = ("Cyan", "Magenta", "Yellow", "Black", "White")
_, ICC = load_print_setup("film-inkjet-default")
RASTER = RasterSpec(560, 700, PixelSize.from_ppi(PPI))
WHOLE = PrintSheet(
    title="A test",
    id="0123456789abcdef",
    raster=RASTER,
    mirrored=False,
    spot_name="White",
    ink_limit_percent=400,
    icc_profile=ICC,
    profile_name="Coated",
    made=None,
    cut_line="CutContour",
)
UPRIGHT = Seam((0, 140, 280, 420, 560), (350, 330, 390, 340, 345.5))
LEVEL = tuple(
    (Seam((0, 350, 500, 700), (bend, bend + 20, bend - 15, bend)),)
    for bend in (280.0, 250.0)
)
IMPOSITION = Imposition(RASTER, (UPRIGHT,), LEVEL)
PARTS = IMPOSITION.parts()
CORRECTIONS = [(1.0, 1.0), (1 / 1.004, 1 / 0.9995)]


@dataclasses.dataclass(frozen=True)
class Held:
    """Pixels in memory, read like a store."""

    planes: Array

    def read(self, window: Window) -> Array:
        return self.planes[window.slices].copy()


@pytest.fixture(scope="module")
def planes() -> Array:
    random = np.random.default_rng(3)
    planes = np.zeros((*RASTER.shape, 6), np.uint16)
    for row, column in random.integers(0, 540, (90, 2)):
        planes[row : row + 30, column : column + 40, :5] = random.integers(0, 65535, 5)
    return planes


def sheets(correction: tuple[float, float], planes: Array) -> list:
    whole = dataclasses.replace(WHOLE, size_correction=correction)
    return [
        (whole.of_part(part), SheetStrips(Held(planes), IMPOSITION, part))
        for part in PARTS
    ]


@pytest.fixture(scope="module", params=CORRECTIONS, ids=["true", "corrected"])
def written(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    planes: Array,
) -> tuple[Path, list[PrintSheet]]:
    folder = tmp_path_factory.mktemp("sheets")
    every = sheets(request.param, planes)
    write_mask_sheets(folder / "mask.pdf", every)
    return folder / "mask.pdf", [sheet for sheet, _ in every]


def rendered(path: Path, number: int, plate: str = "Black") -> Array:
    """One plate of a page: a printer of 600 dpi, looked at with 300 ppi."""
    page = path.parent / f"page-{number}.tif"
    command = ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=tiffsep", "-r600"]
    command += ["-dDownScaleFactor=2", f"-dFirstPage={number}", f"-dLastPage={number}"]
    subprocess.run([*command, f"-sOutputFile={page}", path], check=True, timeout=60)
    return 255 - tifffile.imread(page.with_name(f"page-{number}({plate}).tif"))


@pytest.fixture(scope="module")
def plates(written: tuple[Path, list[PrintSheet]]) -> list[Array]:
    """(H, W, 5) of each page."""
    path, pages = written
    found = []
    for number in range(1, len(pages) + 1):
        rendered(path, number)
        names = [path.parent / f"page-{number}({plate}).tif" for plate in PLATES]
        found.append(np.dstack([255 - tifffile.imread(name) for name in names]))
    return found


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_detector_finds_everything_on_every_sheet(
    written: tuple[Path, list[PrintSheet]], plates: list[Array], number: int
) -> None:
    pages = written[1]
    sheet = pages[number - 1]
    check = check_plates(plates[number - 1], PX_MM, sheet)
    assert check.faults == ()
    assert check.codes == (f"pellicle:0123456789abcdef:{number}",)
    assert check.found is not None
    assert len(check.found.marks_mm) == 8
    assert check.found.residual_mm < 0.03
    assert {bar.axis for bar in check.bars} == {"across", "down"}
    for bar in check.bars:
        asked = bar.length_mm * sheet.size_correction[bar.axis == "down"]
        assert bar.measured_mm == pytest.approx(asked, abs=0.05)
    # Another sheet of the mask is told from this one.
    other = pages[number % 4]
    told = check_plates(plates[number - 1], PX_MM, other).faults
    assert f"it is sheet {number} of this mask" in told


@pytest.mark.parametrize("number", [1, 4])
def test_what_a_printer_prints_wrong_comes_out_true(
    written: tuple[Path, list[PrintSheet]], plates: list[Array], number: int
) -> None:
    """The page as printed by the printer that the correction is for, scanned again."""
    sheet = written[1][number - 1]
    across, down = (1 / factor for factor in sheet.size_correction)
    page = plates[number - 1][..., 3]
    size = round(page.shape[1] * across), round(page.shape[0] * down)
    # Centres of pixels are at halves: the matrix moves them by what that makes.
    matrix = np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2]])
    printed = np.zeros((size[1], size[0], 5), np.uint8)
    printed[..., 3] = cv2.warpAffine(page, matrix, size, flags=cv2.INTER_LINEAR)
    found = check_plates(
        printed, PX_MM, dataclasses.replace(sheet, size_correction=(1.0, 1.0))
    )
    assert not [fault for fault in found.faults if "off size" in fault]
    for bar in found.bars:
        assert bar.measured_mm == pytest.approx(bar.length_mm, abs=0.05)


def test_the_tab_says_that_the_size_was_corrected_and_by_how_much(
    planes: Array,
) -> None:
    sheet, _ = sheets(CORRECTIONS[1], planes)[0]
    said = " ".join(line for line, _ in tab_lines(sheet))
    assert "page made 99.602 % across and 100.050 % down" in said
    assert "Sheet 1 of 4" in said
    assert "corrected" not in " ".join(line for line, _ in tab_lines(WHOLE))


def test_a_mirrored_sheet_is_mirrored_as_a_whole(planes: Array, tmp_path: Path) -> None:
    pages = [
        (dataclasses.replace(sheet, mirrored=True), strips)
        for sheet, strips in sheets((1.0, 1.0), planes)
    ]
    path = tmp_path / "mask.pdf"
    write_mask_sheets(path, pages)
    rendered(path, 2)
    names = [path.parent / f"page-2({plate}).tif" for plate in PLATES]
    seen = np.dstack([255 - tifffile.imread(name) for name in names])
    check = check_plates(seen[:, ::-1], PX_MM, pages[1][0])
    assert check.faults == ()
    assert check.codes == ("pellicle:0123456789abcdef:2",)
    wrong = check_plates(seen, PX_MM, pages[1][0])
    assert any("mirrored" in fault for fault in wrong.faults)


def test_every_printed_pixel_is_on_exactly_one_page(
    written: tuple[Path, list[PrintSheet]], planes: Array
) -> None:
    path, _ = written
    found = np.zeros((*RASTER.shape, 5), int)
    with pikepdf.open(path) as pdf:
        assert not pdf.check_pdf_syntax()
        assert len(pdf.pages) == len(PARTS)
        for page, part in zip(pdf.pages, PARTS, strict=True):
            image = page.Resources.XObject.Mask
            pixels = np.frombuffer(image.read_bytes(), np.uint8)
            found[part.window.slices] += pixels.reshape(*part.window.shape, 5)
    np.testing.assert_array_equal(found, eight_bit(planes[..., :5]))


def test_a_page_has_its_sheets_size(written: tuple[Path, list[PrintSheet]]) -> None:
    path, pages = written
    for number, sheet in enumerate(pages, start=1):
        command = ["pdfinfo", "-box", "-f", str(number), "-l", str(number), str(path)]
        told = subprocess.run(command, check=True, capture_output=True, text=True)
        box = re.search(r"TrimBox: *(.*)$", told.stdout, re.MULTILINE)
        assert box
        left, bottom, right, top = (float(x) * 25.4 / 72 for x in box[1].split())
        meant = np.multiply(sheet.raster.size_mm, sheet.size_correction)
        assert (right - left, top - bottom) == pytest.approx(meant, abs=0.05)


def test_the_cut_runs_along_the_seam_and_round_the_outer_sides(
    written: tuple[Path, list[PrintSheet]],
) -> None:
    path, pages = written
    sheet = pages[0]
    line = rendered(path, 1, "CutContour")
    layout = lay_out(sheet)
    px = PX_MM

    def on_page(x_mm: float, y_mm: float) -> tuple[int, int]:
        mm, (across, down) = RASTER.pixel_size.mm, sheet.size_correction
        x = (x_mm + layout.left_px * mm) * across
        y = (y_mm + layout.top_px * mm) * down
        return int(y * px), int(x * px)

    for along in (10, 100, 200):  # pixels of the painting
        row, column = on_page(UPRIGHT.place(along) / 2, along / 2)
        assert line[row - 2 : row + 3, column - 2 : column + 3].max() > 100
    for along in (20, 300):
        row, column = on_page(along / 2, LEVEL[0][0].place(along) / 2)
        assert line[row - 2 : row + 3, column - 2 : column + 3].max() > 100
    # Left and above it runs along the page's edge, past the marks.
    assert line[:, : int(3 * px)].any()
    assert line[: int(3 * px)].any()


def test_the_cut_takes_no_ink_away(
    plates: list[Array], written: tuple[Path, list[PrintSheet]], planes: Array
) -> None:
    sheet = written[1][0]
    uncut = [
        (dataclasses.replace(one, cut_line=None), strips)
        for one, strips in sheets(sheet.size_correction, planes)
    ]
    near = cv2.dilate(rendered(written[0], 1, "CutContour"), np.ones((5, 5))) > 0
    assert (plates[0].any(axis=2) & near).any()
    path = written[0].with_name("uncut.pdf")
    write_mask_sheets(path, uncut)
    rendered(path, 1)
    for index, name in enumerate(PLATES):
        plate = 255 - tifffile.imread(path.parent / f"page-1({name}).tif")
        # Ghostscript sets single pixels at the ends of marks elsewhere by chance.
        np.testing.assert_array_equal(plates[0][near, index], plate[near])


@pytest.mark.parametrize("mirrored", [False, True])
def test_marks_stay_on_the_page_and_the_text_off_the_painting(
    planes: Array, mirrored: bool
) -> None:
    for sheet, _ in sheets((1.0, 1.0), planes):
        turned = dataclasses.replace(sheet, mirrored=mirrored)
        layout, mm = lay_out(turned), RASTER.pixel_size.mm
        width_mm, height_mm = sheet.raster.size_mm
        for mark in layout.marks:
            for line in getattr(mark, "lines", ()):
                x, y = np.array(line).T
                assert x.min() > -layout.left_px * mm
                assert y.min() > -layout.top_px * mm
                assert x.max() < width_mm + layout.right_px * mm
                assert y.max() < height_mm + layout.bottom_px * mm
                outside = x.max() < 0, x.min() > width_mm, y.max() < 0
                assert any((*outside, y.min() > height_mm))


def test_the_codes_stay_on_a_sheet_whose_tab_is_trimmed_off() -> None:
    """The middle one of three rows has the painting's own sides left and right only."""
    seams = tuple(Seam((0, 700), (at, at)) for at in (186.0, 374.0))
    parts = Imposition(RASTER, (), (seams,)).parts()
    sheet = WHOLE.of_part(parts[1])
    codes = [m for m in lay_out(sheet).marks if hasattr(m, "rectangles")]
    assert len(codes) == 2
    for code in codes:
        bottoms = [top + height for _, top, _, height in code.rectangles]
        assert max(bottoms) < sheet.raster.size_mm[1]
    assert identity_text(sheet) == "pellicle:0123456789abcdef:2"


def test_a_tiff_states_the_size_that_comes_out_true(tmp_path: Path) -> None:
    path = tmp_path / "mask.tif"
    planes = np.zeros((*RASTER.shape, 5), np.uint16)
    planes[5, 7] = 9
    strips = ((w, planes[w.slices]) for w in strip_windows(RASTER, 100))
    write_mask_inks(
        path,
        RASTER,
        "White",
        strips,
        made=None,
        mirrored=False,
        size_correction=CORRECTIONS[1],
    )
    with tifffile.TiffFile(path) as tiff:
        tags = tiff.pages[0].tags
        ppi = [tags[name].value for name in ("XResolution", "YResolution")]
        np.testing.assert_array_equal(tiff.asarray(), planes)  # nothing is resampled
    asked = [n / (a / b) * 25.4 for n, (a, b) in zip((700, 560), ppi, strict=True)]
    printed = np.multiply(asked, (1.004, 0.9995))
    assert printed == pytest.approx(RASTER.size_mm, abs=0.01)


def test_the_colour_pages_have_the_plates_of_the_mask_pages(
    planes: Array, tmp_path: Path
) -> None:
    every = sheets((1.0, 1.0), planes)
    write_colour_sheets(tmp_path / "colour.pdf", every[:2])
    with pikepdf.open(tmp_path / "colour.pdf") as pdf:
        assert len(pdf.pages) == 2
        names = pdf.pages[1].Resources.XObject.Mask.ColorSpace[1]
        assert [str(name)[1:] for name in names] == list(PLATES[:4])

# SPDX-License-Identifier: Apache-2.0
"""Print files, looked at as a printer's software does: through Ghostscript."""

import dataclasses
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import tifffile

import pellicle
from pellicle.io.data_matrix import read_data_matrix
from pellicle.io.mask_pdf import write_colour_pdf, write_mask_pdf, write_white_pdf
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.separations import eight_bit
from pellicle.io.sheet_layout import lay_out
from pellicle.io.sheet_marks import PASS_THROUGH, Cells, Patch, Strokes
from pellicle.io.strips import Strips, strip_windows
from pellicle.io.stroke_letters import text_strokes, text_width_mm, wrapped
from pellicle.model.arrays import Array, Separations
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize

SETUPS = Path(pellicle.__file__).parent / "print_setups"
ICC = (SETUPS / "ISOcoated_v2_300_bas.icc").read_bytes()
PLATES = ("Cyan", "Magenta", "Yellow", "Black", "White")
MM_PER_POINT = 25.4 / 72


def sheet_of(size_px: tuple[int, int], ppi: float, *, mirrored: bool) -> PrintSheet:
    return PrintSheet(
        title="Königin (Bildnis), oil on panel \\ 1620",
        id="9f86d081884c7d659a2feaa0c55ad015",
        raster=RasterSpec(*size_px, PixelSize.from_ppi(ppi)),
        mirrored=mirrored,
        spot_name="White",
        ink_limit_percent=400,
        icc_profile=ICC,
        profile_name="ISO Coated v2 300 %",
        made=datetime(2025, 6, 1, 14, 30, tzinfo=UTC),
        drafts=3,
        notes=("Scale unconfirmed",),
        assumed=("white: scattering was not measured",),
    )


def planes_of(sheet: PrintSheet) -> Separations:
    """Noise in places, all plates different; first and last pixels inked."""
    random = np.random.default_rng(11)
    planes = random.integers(0, 65536, (*sheet.raster.shape, 5), np.uint16)
    planes[random.random(sheet.raster.shape) < 0.5] = 0
    planes[0, 0] = planes[-1, -1] = 65535
    return planes


def strips_of(planes: Array, sheet: PrintSheet, rows_px: int = 100) -> Strips:
    for window in strip_windows(sheet.raster, rows_px):
        yield window, planes[window.slices]


def plates(path: Path, ppi: float, *options: str) -> dict[str, Array]:
    """Separations that Ghostscript makes of a file; 255 is full ink.

    Fails, and does not skip, where Ghostscript is not installed.
    """
    folder = path.with_suffix("")
    folder.mkdir()
    subprocess.run(
        [
            *("gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=tiffsep"),
            *(f"-r{ppi}", *options, f"-sOutputFile={folder}/page.tif", path),
        ],
        check=True,
        capture_output=True,
    )
    found = {file.name[9:-5]: file for file in folder.glob("page.tif(*).tif")}
    if not found:
        found = {file.name[5:-5]: file for file in folder.glob("page(*).tif")}
    return {name: 255 - tifffile.imread(file) for name, file in found.items()}


Write = Callable[[Path, PrintSheet, Strips], None]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    ("ppi", "size_px"), [(300, (331, 217)), (600, (101, 1203)), (437.3, (613, 409))]
)
def test_ghostscript_gets_the_exported_plates_back(
    tmp_path, ppi, size_px, mirrored
) -> None:
    sheet = sheet_of(size_px, ppi, mirrored=mirrored)
    planes = planes_of(sheet)
    path = tmp_path / "mask.pdf"
    write_mask_pdf(path, sheet, strips_of(planes, sheet))
    found = plates(path, ppi, "-dUseTrimBox")
    assert sorted(found) == sorted(PLATES)
    for index, name in enumerate(PLATES):
        plate = found[name][:, ::-1] if mirrored else found[name]
        np.testing.assert_array_equal(plate, eight_bit(planes[..., index]))


def test_plates_of_eight_bits_keep_to_the_ink_limit(tmp_path) -> None:
    sheet = sheet_of((40, 60), 100, mirrored=False)
    sheet = dataclasses.replace(sheet, ink_limit_percent=220)
    planes = np.zeros((40, 60, 5), np.uint16)
    # 561 codes of eight bits in all; the nearest to each would be 141, 141, 140, 140.
    planes[..., :4] = np.array([140.8, 140.8, 139.7, 139.7]) * 257
    path = tmp_path / "mask.pdf"
    write_mask_pdf(path, sheet, strips_of(planes, sheet))
    found = plates(path, 100, "-dUseTrimBox")
    total = sum(found[name].astype(int) for name in PLATES[:4])
    assert total.max() <= 561
    assert total.min() >= 558
    assert eight_bit(planes[..., :4]).sum(axis=-1, dtype=int).min() > 561


def test_a_spot_name_with_a_space_stays_a_plate_of_its_own(tmp_path) -> None:
    sheet = sheet_of((20, 30), 100, mirrored=False)
    sheet = dataclasses.replace(sheet, spot_name="Spot 1")
    path = tmp_path / "white.pdf"
    write_white_pdf(path, sheet, strips_of(planes_of(sheet), sheet))
    assert sorted(plates(path, 100)) == sorted((*PLATES[:4], "Spot 1"))


def test_colour_and_white_sheets_are_the_plates_of_the_mask_sheet(tmp_path) -> None:
    sheet = sheet_of((160, 200), 120, mirrored=True)
    planes = planes_of(sheet)
    found = {}
    writers: dict[str, Write] = {
        "mask": write_mask_pdf,
        "colour": write_colour_pdf,
        "white": write_white_pdf,
    }
    for name, write in writers.items():
        path = tmp_path / f"{name}.pdf"
        write(path, sheet, strips_of(planes, sheet))
        found[name] = plates(path, 120)
    assert "White" not in found["colour"]
    for name in PLATES[:4]:
        np.testing.assert_array_equal(found["colour"][name], found["mask"][name])
        assert not found["white"][name].any()
    np.testing.assert_array_equal(found["white"]["White"], found["mask"]["White"])


def test_the_pass_through_strip_comes_out_as_its_labels_say(tmp_path) -> None:
    ppi = 200
    sheet = sheet_of((90, 1500), ppi, mirrored=False)
    path = tmp_path / "mask.pdf"
    write_mask_pdf(path, sheet, strips_of(planes_of(sheet), sheet))
    found = plates(path, ppi)
    layout = lay_out(sheet)
    patches = [mark for mark in layout.marks if isinstance(mark, Patch)]
    strip = [patch for patch in patches if patch.height_mm > patch.width_mm]
    assert [patch.inks for patch in strip] == [inks for _, inks in PASS_THROUGH]
    for patch in patches:
        if patch.left_mm < 0:  # the ground of the code
            continue
        x_mm = patch.left_mm + patch.width_mm / 2
        y_mm = patch.top_mm + patch.height_mm / 2
        row = layout.top_px + round(y_mm * ppi / 25.4)
        column = layout.left_px + round(x_mm * ppi / 25.4)
        seen = tuple(int(found[name][row, column]) for name in PLATES)
        assert seen == patch.inks


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("size_px", [(20, 30), (900, 1600)])
def test_each_layer_carries_the_id_as_a_data_matrix(
    tmp_path, mirrored, size_px
) -> None:
    sheet = sheet_of(size_px, 300, mirrored=mirrored)
    path = tmp_path / "mask.pdf"
    blank = np.zeros((*size_px, 5), np.uint16)
    write_mask_pdf(path, sheet, strips_of(blank, sheet))
    found = plates(path, 300)
    says = {code.text for code in read_data_matrix(255 - found["Black"])}
    assert says == {"pellicle:9f86d081884c7d65"}
    # White on a dark ground, and with the solid ground of the black one beside it.
    (white,) = read_data_matrix(found["White"])
    assert white.text == "pellicle:9f86d081884c7d65"


def test_a_cut_line_is_a_plate_of_its_own_round_everything(tmp_path) -> None:
    ppi = 150
    sheet = sheet_of((300, 700), ppi, mirrored=False)
    blank = np.zeros((300, 700, 5), np.uint16)
    path, without = tmp_path / "cut.pdf", tmp_path / "plain.pdf"
    cut = dataclasses.replace(sheet, cut_line="CutContour")
    write_mask_pdf(path, cut, strips_of(blank, sheet))
    write_mask_pdf(without, sheet, strips_of(blank, sheet))
    found, plain = plates(path, ppi), plates(without, ppi)
    line = found.pop("CutContour")
    assert sorted(found) == sorted(plain)
    for name, plate in plain.items():
        np.testing.assert_array_equal(found[name], plate)
    inked = np.any(list(plain.values()), axis=0)
    rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    cut_rows, cut_columns = (np.flatnonzero(line.any(axis=axis)) for axis in (1, 0))
    assert cut_rows[0] < rows[0] < rows[-1] < cut_rows[-1]
    assert cut_columns[0] < columns[0] < columns[-1] < cut_columns[-1]
    assert line[rows[0] : rows[-1], columns[0] : columns[-1]].max() == 0


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    ("ppi", "size_px"), [(300, (30, 20)), (437.3, (1401, 999)), (1200, (300, 4001))]
)
def test_the_page_has_the_paintings_size(tmp_path, ppi, size_px, mirrored) -> None:
    sheet = sheet_of(size_px, ppi, mirrored=mirrored)
    path = tmp_path / "mask.pdf"
    write_mask_pdf(path, sheet, strips_of(np.zeros((*size_px, 5), np.uint16), sheet))
    with pikepdf.open(path) as pdf:
        assert not pdf.check_pdf_syntax()
        page = pdf.pages[0]
        trim = [float(edge) for edge in page.trimbox]
        media = [float(edge) for edge in page.mediabox]
        assert list(page.obj.BleedBox) == list(page.obj.TrimBox)
    size_mm = [(trim[2] - trim[0]) * MM_PER_POINT, (trim[3] - trim[1]) * MM_PER_POINT]
    assert size_mm == pytest.approx(sheet.raster.size_mm, abs=1e-5)
    assert media[0] < trim[0] < trim[2] < media[2]
    assert media[1] < trim[1] < trim[3] < media[3]
    margins_px = [(trim[0] - media[0]) * ppi / 72, (trim[1] - media[1]) * ppi / 72]
    assert margins_px == pytest.approx(np.round(margins_px), abs=1e-3)
    told = subprocess.run(
        ["pdfinfo", "-box", path], check=True, capture_output=True, text=True
    ).stdout
    trim_line = next(line for line in told.splitlines() if line.startswith("TrimBox"))
    told_mm = [float(edge) * MM_PER_POINT for edge in trim_line.split()[1:]]
    told_size_mm = [told_mm[2] - told_mm[0], told_mm[3] - told_mm[1]]
    assert told_size_mm == pytest.approx(sheet.raster.size_mm, abs=0.1)
    assert "PDF/X-4" in told


def test_a_painting_of_more_than_five_metres_gets_larger_units(tmp_path) -> None:
    sheet = sheet_of((1103, 101), 5.08, mirrored=False)
    planes = planes_of(sheet)
    path = tmp_path / "mask.pdf"
    write_mask_pdf(path, sheet, strips_of(planes, sheet))
    with pikepdf.open(path) as pdf:
        page = pdf.pages[0]
        unit = int(page.obj.UserUnit)
        top = float(page.trimbox[3]) - float(page.trimbox[1])
        assert max(float(edge) for edge in page.mediabox) <= 14_400
    assert unit == 2
    assert top * unit * MM_PER_POINT == pytest.approx(1103 * 5.0, abs=0.1)
    found = plates(path, 5.08, "-dUseTrimBox")
    for index, name in enumerate(PLATES):
        np.testing.assert_array_equal(found[name], eight_bit(planes[..., index]))


def test_the_file_says_what_it_is(tmp_path) -> None:
    sheet = sheet_of((50, 60), 300, mirrored=False)
    path = tmp_path / "mask.pdf"
    write_mask_pdf(path, sheet, strips_of(planes_of(sheet), sheet))
    with pikepdf.open(path) as pdf:
        image = pdf.pages[0].Resources.XObject.Mask
        space = pdf.pages[0].Resources.ColorSpace.Inks
        assert str(space[0]) == "/DeviceN"
        assert [str(name)[1:] for name in space[1]] == list(PLATES)
        assert str(space[4].Subtype) == "/NChannel"
        assert str(space[4].Colorants.White[0]) == "/Separation"
        assert image.ColorSpace.objgen == space.objgen
        assert int(image.BitsPerComponent) == 8
        intent = pdf.Root.OutputIntents[0]
        assert str(intent.S) == "/GTS_PDFX"
        assert intent.DestOutputProfile.read_bytes() == ICC
        assert str(pdf.docinfo.Title) == f"{sheet.title}: mask"
        assert str(pdf.docinfo.CreationDate) == "D:20250601143000Z"
        assert str(pdf.docinfo.Trapped) == "/False"
        with pdf.open_metadata(update_docinfo=False) as xmp:
            assert xmp["dc:title"] == f"{sheet.title}: mask"
            assert xmp["dc:identifier"] == sheet.id
            assert xmp["pdfxid:GTS_PDFXVersion"] == "PDF/X-4"
            assert xmp["pdf:Trapped"] == "False"
        assert "/Group" not in pdf.pages[0]


def test_equal_sheets_give_equal_bytes_and_other_masks_other_names(tmp_path) -> None:
    sheet = sheet_of((300, 60), 300, mirrored=True)
    planes = planes_of(sheet)
    other = dataclasses.replace(sheet, id="00" * 16)
    written = []
    for each, rows_px in ((sheet, 1), (sheet, 64), (sheet, 300), (other, 64)):
        path = tmp_path / f"{len(written)}.pdf"
        write_mask_pdf(path, each, strips_of(planes, each, rows_px))
        written.append(path.read_bytes())
    assert len(set(written[:3])) == 1
    names = []
    for index in (0, 3):
        with pikepdf.open(tmp_path / f"{index}.pdf") as pdf:
            names.append(bytes(pdf.trailer.ID[0]))
    assert names[0] != names[1]


@pytest.mark.parametrize("size_px", [(2, 3), (500, 400), (900, 6000), (20000, 9000)])
def test_marks_stay_on_the_page_and_off_the_painting(size_px) -> None:
    sheet = sheet_of(size_px, 300, mirrored=True)
    layout = lay_out(sheet)
    mm = sheet.raster.pixel_size.mm
    width_mm, height_mm = sheet.raster.size_mm
    for mark in layout.marks:
        if isinstance(mark, Strokes):
            points = np.array([point for line in mark.lines for point in line])
            pen = mark.width_mm / 2
        elif isinstance(mark, Cells):
            cells = np.array(mark.rectangles)
            points, pen = np.concatenate([cells[:, :2], cells[:, :2] + cells[:, 2:]]), 0
        else:
            corner = np.array([mark.left_mm, mark.top_mm])
            size = np.array([mark.width_mm, mark.height_mm])
            points, pen = np.array([corner, corner + size]), 0.0
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        assert left - pen > -layout.left_px * mm
        assert top - pen > -layout.top_px * mm
        assert right + pen < width_mm + layout.right_px * mm
        assert bottom + pen < height_mm + layout.bottom_px * mm
        apart = (right < 0) | (left > width_mm) | (bottom < 0) | (top > height_mm)
        # Crossed lines of a corner tick span the painting; each line alone does not.
        lines = [np.array(line) for line in getattr(mark, "lines", ())]
        assert apart or all(
            (line.max(axis=0) < 0).any()
            or line[:, 0].min() > width_mm
            or line[:, 1].min() > height_mm
            for line in lines
        )


def test_a_draft_and_what_is_assumed_are_written_on_the_tab() -> None:
    sheet = sheet_of((500, 400), 300, mirrored=False)

    def lines(**changes) -> set[tuple[object, ...]]:
        marks = lay_out(dataclasses.replace(sheet, **changes)).marks
        return {mark.lines for mark in marks if isinstance(mark, Strokes)}

    def has(text: str, capital_mm: float, drawn: set[tuple[object, ...]]) -> bool:
        """Whether a line of text stands anywhere: strokes, from their first point."""

        def shape(strokes) -> bytes:
            points = np.array([point for line in strokes for point in line])
            return np.round(points - points[0], 6).tobytes()

        return shape(text_strokes(text, (0, 0), capital_mm)) in map(shape, drawn)

    assert has("DRAFT: 3 regions not approved", 3.0, lines())
    assert has("DRAFT: 1 region not approved", 3.0, lines(drafts=1))
    assert not has("DRAFT: 0 regions not approved", 3.0, lines(drafts=0))
    assert has("Scale unconfirmed", 2.0, lines())
    assert not has("Scale unconfirmed", 2.0, lines(notes=()))
    assert has("Assumed: white: scattering was not measured", 2.0, lines())


def test_every_letter_has_a_shape_and_accents_are_left_out() -> None:
    box = text_strokes("\N{SNOWMAN}", (0, 0), 6)
    printable = [chr(code) for code in range(33, 127)]
    shapes = {text_strokes(letter, (0, 0), 6) for letter in printable}
    assert len(shapes) == len(printable)
    assert box not in shapes
    assert text_strokes("Éß", (0, 0), 6) == text_strokes("Ess", (0, 0), 6)
    assert text_width_mm("", 2.0) == 0


def test_text_is_wrapped_and_long_words_are_cut() -> None:
    text = "a hash of sixty-four digits: " + "0123456789abcdef" * 4
    lines = wrapped(text, 30.0, 2.0)
    assert all(text_width_mm(line, 2.0) <= 30.0 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_memory_does_not_grow_with_the_painting(tmp_path) -> None:
    def peak_bytes(height_px: int) -> int:
        sheet = sheet_of((height_px, 800), 600, mirrored=True)

        def strips() -> Iterator[tuple[Window, Array]]:
            random = np.random.default_rng(0)
            for window in strip_windows(sheet.raster):
                yield window, random.integers(0, 65536, (*window.shape, 5), np.uint16)

        tracemalloc.start()
        write_mask_pdf(tmp_path / "mask.pdf", sheet, strips())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak_bytes(1280) < 1.2 * peak_bytes(512)

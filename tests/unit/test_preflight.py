# SPDX-License-Identifier: Apache-2.0
"""Print files that are not as meant are named, with what was found."""

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest

import pellicle
from pellicle.engine.workers import SerialExecutor
from pellicle.errors import PrintFileError
from pellicle.io.mask_pdf import (
    write_colour_pdf,
    write_colour_sheets,
    write_mask_pdf,
    write_mask_sheets,
    write_white_pdf,
    write_white_sheets,
)
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.separations import (
    write_mask_colour,
    write_mask_inks,
    write_mask_spot,
    write_mask_white,
)
from pellicle.model.arrays import Array
from pellicle.model.imposition import Imposition, Seam
from pellicle.model.preflight import Preflight
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.workflow.imposition import SheetStrips
from pellicle.workflow.preflight import PRINTED, preflight

SETUPS = Path(pellicle.__file__).parent / "print_setups"
ICC = (SETUPS / "ISOcoated_v2_300_bas.icc").read_bytes()
RASTER = RasterSpec(173, 211, PixelSize.from_ppi(300))
SHEET = PrintSheet(
    title="",
    id="0123456789abcdef",
    raster=RASTER,
    mirrored=True,
    spot_name="White",
    ink_limit_percent=220,
    icc_profile=ICC,
    profile_name="ISO Coated v2 300 %",
    made=None,
)


def planes() -> Array:
    random = np.random.default_rng(3)
    found = np.zeros((*RASTER.shape, 5), np.uint16)
    found[20:90, 30:140] = random.integers(0, 36_000, (70, 110, 5))
    found[20:90, 30:140, 4] = 65_535
    return found


def write_all(folder: Path, inks: Array, sheet: PrintSheet = SHEET) -> None:
    def strips() -> list[tuple[object, Array]]:
        return [(RASTER.window, inks)]

    plain = {"made": None}
    printer = {"made": None, "mirrored": sheet.mirrored}
    write_mask_pdf(folder / "mask.pdf", sheet, strips())
    write_colour_pdf(folder / "mask-colour.pdf", sheet, strips())
    write_white_pdf(folder / "mask-white.pdf", sheet, strips())
    write_mask_inks(folder / "mask.tif", RASTER, sheet.spot_name, strips(), **printer)
    write_mask_spot(
        folder / "mask-spot.tif", RASTER, sheet.spot_name, ICC, strips(), **printer
    )
    write_mask_colour(folder / "mask-colour.tif", RASTER, ICC, strips(), **plain)
    write_mask_white(folder / "mask-white.tif", RASTER, strips(), **plain)


def checked(folder: Path, sheet: PrintSheet = SHEET) -> Preflight:
    return preflight(SerialExecutor(), folder, sheet, lambda: None)


def test_files_as_meant_pass_and_are_measured(tmp_path: Path) -> None:
    inks = planes()
    write_all(tmp_path, inks)
    seen = checked(tmp_path)
    assert [file.name for file in seen.files] == sorted(PRINTED)
    exact = seen.file("mask.tif")
    for index, plate in enumerate(exact.plates):
        share = inks[..., index].mean() / 655.35
        assert plate.coverage_percent == pytest.approx(share, abs=1e-4)
    most = inks[..., :4].sum(axis=2, dtype=int).max() / 655.35
    assert exact.largest_total_percent == pytest.approx(most, abs=1e-4)
    inked = inks.any(axis=2).sum() * RASTER.pixel_size.area_mm2
    assert exact.inked_mm2 == pytest.approx(inked, abs=1e-3)
    assert seen.file("mask-spot.tif").plates == exact.plates
    assert seen.file("mask-white.tif").plates == exact.plates[4:]
    assert exact.ppi_x == exact.ppi_y == pytest.approx(300, abs=0.01)


def test_a_film_without_anything_on_it_passes(tmp_path: Path) -> None:
    write_all(tmp_path, np.zeros((*RASTER.shape, 5), np.uint16))
    seen = checked(tmp_path)
    assert {file.inked_mm2 for file in seen.files} == {0}
    assert all(plate.largest_percent == 0 for plate in seen.file("mask.pdf").plates)


def scaled(page: pikepdf.Page) -> None:
    page.mediabox = [float(edge) * 1.002 for edge in page.mediabox]
    page.trimbox = [float(edge) * 1.02 for edge in page.trimbox]


def moved(page: pikepdf.Page) -> None:
    page.trimbox = [float(edge) + 0.5 for edge in page.trimbox]


def renamed(page: pikepdf.Page) -> None:
    page.Resources.XObject.Mask.ColorSpace[1][4] = pikepdf.Name("/Spot1")


@pytest.mark.parametrize(
    ("change", "found"),
    [(scaled, "it prints 18.2"), (moved, "mm from its place"), (renamed, "Spot1")],
)
def test_a_page_that_was_changed_is_named(
    tmp_path: Path, change: Callable[[pikepdf.Page], None], found: str
) -> None:
    write_all(tmp_path, planes())
    path = tmp_path / "mask.pdf"
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        change(pdf.pages[0])
        pdf.save(path, compress_streams=False)
    with pytest.raises(PrintFileError, match=r"mask\.pdf") as raised:
        checked(tmp_path)
    assert found in str(raised.value)


def test_ink_over_the_limit_is_named(tmp_path: Path) -> None:
    inks = planes()
    inks[40, 50, :4] = 40_000
    write_all(tmp_path, inks)
    with pytest.raises(PrintFileError, match=re.escape("add up to 243.1")):
        checked(tmp_path)


def test_ink_at_the_limit_may_be_rounded_past_it(tmp_path: Path) -> None:
    inks = planes()
    limit = round(2.2 * 65_535)
    inks[40, 50, :4] = (limit + 2) // 4
    inks[40, 50, 0] += limit + 2 - inks[40, 50, :4].sum(dtype=int)
    write_all(tmp_path, inks)
    most = checked(tmp_path).file("mask.tif").largest_total_percent
    assert most == pytest.approx(220.003, abs=1e-3)


def test_plates_that_differ_between_files_are_named(tmp_path: Path) -> None:
    inks = planes()
    write_all(tmp_path, inks)
    inks[30:80, 40:120, 2] += 300
    (tmp_path / "other").mkdir()
    write_all(tmp_path / "other", inks)
    (tmp_path / "other/mask-spot.tif").replace(tmp_path / "mask-spot.tif")
    with pytest.raises(PrintFileError, match=r"mask-spot\.tif.*Yellow covers"):
        checked(tmp_path)


def test_a_spot_channel_of_another_name_is_named(tmp_path: Path) -> None:
    write_all(tmp_path, planes(), dataclasses.replace(SHEET, spot_name="Spot 1"))
    with pytest.raises(PrintFileError, match="names no spot channel 'White'"):
        checked(tmp_path)


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_a_file_that_was_cut_off_is_named(tmp_path: Path, name: str) -> None:
    write_all(tmp_path, planes())
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(PrintFileError, match=re.escape(name)):
        checked(tmp_path)


IMPOSITION = Imposition(RASTER, (Seam((0, 90, 173), (100, 120, 90)),))
PARTS = IMPOSITION.parts()
CORRECTION = (1 / 1.004, 1 / 0.9995)
SEVERAL = dataclasses.replace(SHEET, size_correction=CORRECTION)


@dataclasses.dataclass(frozen=True)
class Held:
    """Pixels in memory, read like a store."""

    inks: Array

    def read(self, window: Window) -> Array:
        return self.inks[window.slices].copy()


def write_several(folder: Path, inks: Array) -> tuple[PrintSheet, ...]:
    pages = [
        (SEVERAL.of_part(part), SheetStrips(Held(inks), IMPOSITION, part))
        for part in PARTS
    ]
    write_mask_sheets(folder / "mask.pdf", pages)
    write_colour_sheets(folder / "mask-colour.pdf", pages)
    write_white_sheets(folder / "mask-white.pdf", pages)
    for number, (sheet, strips) in enumerate(pages, start=1):
        facts = {"made": None, "mirrored": True, "size_correction": CORRECTION}
        spot, raster = sheet.spot_name, sheet.raster
        write_mask_inks(folder / f"mask-{number}.tif", raster, spot, strips, **facts)
        path = folder / f"mask-spot-{number}.tif"
        write_mask_spot(path, raster, spot, ICC, strips, **facts)
    whole = [(RASTER.window, inks)]
    write_mask_colour(folder / "mask-colour.tif", RASTER, ICC, whole, made=None)
    write_mask_white(folder / "mask-white.tif", RASTER, whole, made=None)
    return tuple(sheet for sheet, _ in pages)


def checked_several(folder: Path, sheets: tuple[PrintSheet, ...]) -> Preflight:
    return preflight(SerialExecutor(), folder, SEVERAL, lambda: None, sheets)


def test_every_sheet_is_measured_and_all_together_are_the_mask(tmp_path: Path) -> None:
    inks = planes()
    seen = checked_several(tmp_path, write_several(tmp_path, inks))
    assert [(file.name, file.sheet) for file in seen.files] == [
        ("mask-1.tif", 1),
        ("mask-2.tif", 2),
        ("mask-colour.pdf", 1),
        ("mask-colour.pdf", 2),
        ("mask-colour.tif", None),
        ("mask-spot-1.tif", 1),
        ("mask-spot-2.tif", 2),
        ("mask-white.pdf", 1),
        ("mask-white.pdf", 2),
        ("mask-white.tif", None),
        ("mask.pdf", 1),
        ("mask.pdf", 2),
    ]
    assert seen.several
    mm = RASTER.pixel_size.mm
    for part in PARTS:
        for kind in ("mask.pdf", "mask.tif", "mask-spot.tif"):
            file = seen.of_sheet(kind, part.number)
            assert (file.height_px, file.width_px) == part.window.shape
            meant = file.width_px * mm * CORRECTION[0]
            assert file.width_mm == pytest.approx(meant, abs=0.002)
    inked = sum(seen.of_sheet("mask.tif", n).inked_mm2 for n in (1, 2))
    true = inked / CORRECTION[0] / CORRECTION[1]
    assert true == pytest.approx(inks.any(axis=2).sum() * mm**2, rel=1e-4)


def test_sheets_that_lack_or_double_ink_are_named(tmp_path: Path) -> None:
    inks = planes()
    sheets = write_several(tmp_path, inks)
    inks[30, 50:90, :4] = (30_000, 0, 0, 0)  # the whole has ink that no sheet has
    inks[31:60, 50:90, 0] = 30_000
    inks[31:60, 50:90, 1:4] = 0
    whole = [(RASTER.window, inks)]
    write_mask_colour(tmp_path / "mask-colour.tif", RASTER, ICC, whole, made=None)
    with pytest.raises(PrintFileError, match=r"Cyan covers .* of all sheets together"):
        checked_several(tmp_path, sheets)


def test_sheets_exchanged_are_named(tmp_path: Path) -> None:
    sheets = write_several(tmp_path, planes())
    one, other = tmp_path / "mask-1.tif", tmp_path / "mask-2.tif"
    other.replace(tmp_path / "kept")
    one.replace(other)
    (tmp_path / "kept").replace(one)
    with pytest.raises(PrintFileError, match=r"mask-1\.tif.*its image has"):
        checked_several(tmp_path, sheets)


def test_a_size_that_was_not_corrected_is_named(tmp_path: Path) -> None:
    write_all(tmp_path, planes())
    meant = dataclasses.replace(SHEET, size_correction=(0.99, 0.99))
    with pytest.raises(PrintFileError, match=r"mask-colour\.pdf.*it prints"):
        checked(tmp_path, meant)

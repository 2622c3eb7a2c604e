# SPDX-License-Identifier: Apache-2.0
"""The calibration chart's plates, looked at through Ghostscript."""

import subprocess
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import tifffile

from pellicle.io.cgats import read_cgats
from pellicle.io.chart_sheet import (
    PIXEL_MM,
    cross_centres_px,
    lay_out_chart,
    patch_window,
)
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP
from pellicle.model.chart import chart_patches
from pellicle.workflow.print_setup_chart import write_chart

PPI = 508
PLATES = ("Cyan", "Magenta", "Yellow", "Black", "White")
SHEET = lay_out_chart(chart_patches(2.2))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chart")
    write_chart(folder, DEFAULT_PRINT_SETUP)
    return folder


@pytest.fixture(scope="module")
def plates(folder: Path) -> np.ndarray:
    """(H, W, 5) uint8 of the trim box as Ghostscript separates it; 255 is full ink."""
    subprocess.run(
        [
            *("gs", "-q", "-dBATCH", "-dNOPAUSE", "-dUseTrimBox", "-sDEVICE=tiffsep"),
            *(f"-r{PPI}", f"-sOutputFile={folder / 'page.tif'}", folder / "chart.pdf"),
        ],
        check=True,
        timeout=120,
    )
    pages = [tifffile.imread(folder / f"page({name}).tif") for name in PLATES]
    return 255 - np.stack(pages, axis=-1)


def test_every_patch_has_the_plates_that_its_list_says(
    folder: Path, plates: np.ndarray
) -> None:
    (table,) = read_cgats(folder / "chart.ti2")
    assert plates.shape[:2] == SHEET.raster.shape
    assert len(table.rows) == len(SHEET.patches) > 300
    for place, row in enumerate(table.rows):
        assert row[1] == SHEET.patches[place].name
        asked = np.array(row[2:], np.float64) * 2.55
        window = patch_window(place)
        found = plates[window.slices].reshape(-1, 5)
        assert (found == found[0]).all()
        assert np.abs(found[0] - asked).max() <= 1
        assert found[0, :4].sum() <= 220 * 2.55


def test_crosses_lie_where_the_list_says(folder: Path, plates: np.ndarray) -> None:
    (table,) = read_cgats(folder / "chart.ti2")
    (left, top), (right, _), (_, bottom), _ = cross_centres_px(SHEET)
    assert (right - left) * PIXEL_MM == float(table.keywords["DISTANCE_X_MM"])
    assert (bottom - top) * PIXEL_MM == float(table.keywords["DISTANCE_Y_MM"])
    for x, y in cross_centres_px(SHEET):
        black = plates[y - 60 : y + 60, x - 60 : x + 60, 3] > 0
        rows, columns = np.nonzero(black)
        # Centre of gravity of the ink, in pixel corners.
        assert rows.mean() + 0.5 == pytest.approx(60)
        assert columns.mean() + 0.5 == pytest.approx(60)


def test_verniers_meet_in_the_middle_and_part_by_a_twentieth(
    plates: np.ndarray,
) -> None:
    below = patch_window(len(SHEET.patches) - 1).bottom
    magenta, white = plates[below:, :, 1] > 0, plates[below:, :, 4] > 0
    across = np.flatnonzero(magenta.any(axis=1))
    assert len(across) > 0
    # The row just over the end of the first comb's colour lines, and just under it.
    for x in (24.0, 108.0):
        middle = round((x + 12) / PIXEL_MM)
        span = slice(middle - 210, middle + 210)
        rows = np.flatnonzero(magenta[:, middle] & (magenta[:, span].sum(axis=1) > 60))
        colour_row, white_row = rows[-1], rows[-1] + 2
        lines = starts(magenta[colour_row, span])
        whites = starts(white[white_row, span])
        assert len(lines) == len(whites) == 21
        off_um = (lines - whites) * 1000 * PIXEL_MM
        np.testing.assert_allclose(off_um, 50 * np.arange(-10, 11), atol=1e-6)


def starts(line: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.diff(line.astype(int), prepend=0) == 1)


def test_the_page_is_of_true_size_and_fits_a4(folder: Path) -> None:
    with pikepdf.open(folder / "chart.pdf") as pdf:
        media = [float(v) * 25.4 / 72 for v in pdf.pages[0].MediaBox]
        trim = [float(v) * 25.4 / 72 for v in pdf.pages[0].TrimBox]
    width_mm, height_mm = SHEET.raster.size_mm
    assert trim[2] - trim[0] == pytest.approx(width_mm, abs=0.01)
    assert trim[3] - trim[1] == pytest.approx(height_mm, abs=0.01)
    assert media[2] - media[0] <= 210
    assert media[3] - media[1] <= 297


def test_the_tiff_has_the_same_plates(folder: Path, plates: np.ndarray) -> None:
    found = tifffile.imread(folder / "chart.tif")
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found // 257, plates)


def test_a_printer_without_white_gets_inks_on_film_alone(tmp_path: Path) -> None:
    write_chart(tmp_path, "film-glaze-colour-only")
    (table,) = read_cgats(tmp_path / "chart.ti2")
    assert {row[-1] for row in table.rows} == {"0"}
    assert len(table.rows) > 200

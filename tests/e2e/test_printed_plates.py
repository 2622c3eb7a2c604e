# SPDX-License-Identifier: Apache-2.0
"""The exported PDF, read by a program that is not ours."""

import subprocess
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import tifffile

from pellicle.io.separations import eight_bit_plates
from pellicle.workflow.job import JobDone

PPI = 300
INK_LIMIT_PERCENT = 220
PLATES = ("Cyan", "Magenta", "Yellow", "Black", "White")


@pytest.fixture(scope="module")
def plates(
    small_job: JobDone, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, np.ndarray]:
    """Plates of the trim box as Ghostscript separates them; 255 is full ink."""
    folder = tmp_path_factory.mktemp("plates")
    subprocess.run(
        [
            "gs",
            "-q",
            "-dBATCH",
            "-dNOPAUSE",
            "-dUseTrimBox",
            "-sDEVICE=tiffsep",
            f"-r{PPI}",
            f"-sOutputFile={folder / 'page.tif'}",
            str(small_job.treatment / "exports/mask.pdf"),
        ],
        check=True,
        timeout=120,
    )
    return {
        name: 255 - tifffile.imread(folder / f"page({name}).tif") for name in PLATES
    }


@pytest.mark.parametrize("number", range(len(PLATES)))
def test_ghostscript_gives_the_exported_plates(
    small_job: JobDone, plates: dict[str, np.ndarray], number: int
) -> None:
    exports = small_job.treatment / "exports"
    colour = tifffile.imread(exports / "mask-colour.tif")
    white = tifffile.imread(exports / "mask-white.tif")
    expected = eight_bit_plates(np.dstack([colour, white]), INK_LIMIT_PERCENT)
    expected = expected[:, :, number]
    found = plates[PLATES[number]]
    assert found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_the_plates_keep_to_the_ink_limit(plates: dict[str, np.ndarray]) -> None:
    percent = sum(plates[name].astype(int) for name in PLATES[:4]) / 2.55
    assert 200 < percent.max() <= INK_LIMIT_PERCENT + 1e-9


def test_the_page_has_the_paintings_size(small_job: JobDone) -> None:
    scan = tifffile.imread(small_job.treatment / "exports/reconstruction.tif")
    path: Path = small_job.treatment / "exports/mask.pdf"
    with pikepdf.open(path) as pdf:
        left, bottom, right, top = (float(v) for v in pdf.pages[0].TrimBox)
    points_to_mm = 25.4 / 72
    height_px, width_px = scan.shape[:2]
    assert (right - left) * points_to_mm == pytest.approx(
        width_px / PPI * 25.4, abs=0.1
    )
    assert (top - bottom) * points_to_mm == pytest.approx(
        height_px / PPI * 25.4, abs=0.1
    )

# SPDX-License-Identifier: Apache-2.0
"""The trial piece, as Ghostscript separates it."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import tifffile
from command_line import pellicle

from pellicle.errors import PrintFileError
from pellicle.io.mask_pdf import write_mask_pdf
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.io.separations import eight_bit
from pellicle.io.sheet_layout import PrintSheet
from pellicle.io.strips import Strips
from pellicle.model.print_setup import White
from pellicle.model.raster import Window
from pellicle.workflow.job import JobDone
from pellicle.workflow.trial import levels_told, make_trial

PPI = 300
PLATES = ("Cyan", "Magenta", "Yellow", "Black", "White")
GAP_MM, SHIFT_PX = 9.0, 3  # 250 µm at 300 ppi


@pytest.fixture(scope="module")
def trial(small_job: JobDone, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """(H, W, 5) uint8 plates of the trim box."""
    done = pellicle("mask", "--trial", "2,4,12,10", small_job.treatment)
    assert done.returncode == 0, done.stderr
    assert "read back with pikepdf: 5 plates, " in done.stdout
    path = Path(done.stdout.splitlines()[-1].removeprefix("Print and lay on: "))
    assert path == small_job.treatment / "exports/mask-trial.pdf"
    folder = tmp_path_factory.mktemp("trial")
    moved = path.rename(folder / "mask-trial.pdf")  # others count the exports
    with pikepdf.open(moved) as pdf:
        assert str(pdf.docinfo.Title) == "Untitled: trial piece: mask"
    command = ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dUseTrimBox", "-sDEVICE=tiffsep"]
    options = [f"-r{PPI}", f"-sOutputFile={folder}/page.tif", str(moved)]
    subprocess.run([*command, *options], check=True, timeout=120)
    found = [tifffile.imread(folder / f"page({name}).tif") for name in PLATES]
    return 255 - np.dstack(found)


@pytest.fixture(scope="module")
def piece(small_job: JobDone) -> np.ndarray:
    """The same place of the mask."""
    exports = small_job.treatment / "exports"
    colour = tifffile.imread(exports / "mask-colour.tif")
    white = tifffile.imread(exports / "mask-white.tif")
    px = [round(mm * PPI / 25.4) for mm in (2, 4, 14, 14)]
    planes = np.dstack([colour, white])[px[1] : px[3], px[0] : px[2]]
    assert planes.any()
    return planes


def place(trial: np.ndarray, piece: np.ndarray, row: int, column: int) -> np.ndarray:
    """One of the nine, where its shift has put it."""
    height, width = piece.shape[:2]
    gap = int(np.ceil(GAP_MM * PPI / 25.4)) + 4 * SHIFT_PX
    top = row * (height + gap) + column * SHIFT_PX
    left = column * (width + gap + SHIFT_PX)
    return trial[top : top + height, left : left + width]


@pytest.mark.parametrize("column", range(3))
def test_the_first_row_is_the_mask_itself_shifted(
    trial: np.ndarray, piece: np.ndarray, column: int
) -> None:
    seen = place(trial, piece, 0, column).astype(int)
    assert np.abs(seen - eight_bit(piece)).max() <= 1


@pytest.mark.parametrize(("row", "share"), [(1, 0.8), (2, 0.6)])
def test_other_rows_have_less_white_and_other_colour(
    trial: np.ndarray, piece: np.ndarray, row: int, share: float
) -> None:
    seen = place(trial, piece, row, 0).astype(int)
    white = piece[..., 4] / 257 * share
    assert np.abs(seen[..., 4] - white).max() <= 1
    inked = piece[..., 4] > 60_000
    before = eight_bit(piece)[..., :4].astype(int)
    # Less light comes back from beneath: less ink is needed on top.
    assert seen[inked][:, :4].sum() < before[inked].sum()
    outside = ~piece.any(axis=2)
    assert not seen[outside].any()


def test_a_trial_that_was_not_written_as_meant_is_refused(
    own_treatment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_white(path: Path, sheet: PrintSheet, strips: Strips) -> None:
        def changed() -> Iterator[tuple[Window, np.ndarray]]:
            for window, pixels in strips:
                pixels[:, :, 4] = 0
                yield window, pixels

        write_mask_pdf(path, sheet, changed())

    monkeypatch.setattr("pellicle.workflow.trial.write_mask_pdf", without_white)
    with pytest.raises(PrintFileError, match=r"White covers 0\.0000 % of it"):
        make_trial(own_treatment, "2,4,12,10", 1)


def test_the_page_says_which_whites_the_setup_does_not_name() -> None:
    white = load_print_setup(DEFAULT_PRINT_SETUP)[0].white
    [told] = levels_told(white)
    assert told.startswith("80 and 60 % white show only if the printer makes them")
    assert told.endswith("the print setup names 0, 100 %")
    every = White.model_validate({**white.model_dump(), "levels": "continuous"})
    assert list(levels_told(every)) == []


@pytest.mark.parametrize(
    ("place_mm", "needed"),
    [
        ("2,4,12", "4 numbers X,Y,W,H"),
        ("a,b,c,d", "4 numbers X,Y,W,H"),
        ("0,0,101,5", "at most 100"),
        ("20,20,12,10", "a piece of the painting (27.1 × 27.1 mm)"),
    ],
)
def test_a_place_that_cannot_be_tried_is_refused(
    small_job: JobDone, place_mm: str, needed: str
) -> None:
    failed = pellicle("mask", "--trial", place_mm, small_job.treatment)
    assert failed.returncode == 2
    assert needed in failed.stderr
    assert re.search(r"\[bad-setting\]", failed.stderr)

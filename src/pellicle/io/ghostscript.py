# SPDX-License-Identifier: Apache-2.0
"""Ghostscript and Poppler: print files as a printer's software sees them.

Job: plates of a page, size of a page, where these programs are installed.
Not here: the readers that are always there (`preflight_pdf`), what is made of it
(`workflow/printer_view.py`).

The programs are run, never linked: Ghostscript is AGPL, Poppler GPL.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tifffile

from pellicle.errors import PrintFileError
from pellicle.model.arrays import Array

_NAMES = ("gs", "gswin64c", "gswin32c")
_SECONDS = 600
_MM_PER_POINT = 25.4 / 72


def ghostscript() -> str | None:
    """Path of Ghostscript, None where it is not installed."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def rendered_plates(
    program: str, path: Path, names: Sequence[str], ppi: float, page_number: int = 1
) -> Array:
    """Plates of a PDF's page, separated by Ghostscript's `tiffsep`.

    Parameters
    ----------
    program
        From `ghostscript`.
    names
        Plates wanted.
    ppi
        Pixels to an inch.
    page_number
        From 1.

    Returns
    -------
    plates
        (H, W, plates) uint8 of the whole page, 255 is full ink.

    Raises
    ------
    PrintFileError
        If Ghostscript fails, or finds no such plate.
    """
    with TemporaryDirectory() as folder:
        page = Path(folder) / "page.tif"
        command = [program, "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER"]
        command += [f"-dFirstPage={page_number}", f"-dLastPage={page_number}"]
        command += ["-sDEVICE=tiffsep", f"-r{ppi:g}", f"-sOutputFile={page}", str(path)]
        _run(command, path)
        plates = []
        for name in names:
            plate = page.with_name(f"page({name}).tif")
            if not plate.exists():
                found = f"Ghostscript finds no plate {name}"
                raise PrintFileError(path.name, found)
            plates.append(255 - tifffile.imread(plate))
    return np.dstack(plates)


def poppler_size_mm(path: Path, page_number: int = 1) -> tuple[float, float] | None:
    """Width and height of a TrimBox as Poppler reads it; None without Poppler."""
    program = shutil.which("pdfinfo")
    if program is None:
        return None
    page = str(page_number)
    told = _run([program, "-box", "-f", page, "-l", page, str(path)], path)
    box = re.search(r"^Page +\d+ TrimBox: *(.*)$", told, re.MULTILINE)
    if box is None:
        raise PrintFileError(path.name, "Poppler finds no TrimBox")
    left, bottom, right, top = (float(edge) for edge in box[1].split())
    return (right - left) * _MM_PER_POINT, (top - bottom) * _MM_PER_POINT


def _run(command: list[str], path: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603 -- the program found, our own file
            command, check=True, capture_output=True, text=True, timeout=_SECONDS
        )
    except (subprocess.SubprocessError, OSError) as error:
        found = f"{Path(command[0]).name} cannot read it"
        raise PrintFileError(path.name, found) from error
    return done.stdout

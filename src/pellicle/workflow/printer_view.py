# SPDX-License-Identifier: Apache-2.0
"""Print files before they leave the house: a last look through a printer's software.

Job: where Ghostscript and Poppler are installed, render `mask.pdf` and read its marks,
strips, codes and size from the rendered page.
Not here: the preflight that is always made (`preflight.py`).
"""

from collections.abc import Iterator
from pathlib import Path

from pellicle.errors import PrintFileError
from pellicle.io.ghostscript import ghostscript, poppler_size_mm, rendered_plates
from pellicle.io.print_sheet import PrintSheet
from pellicle.model.mask import COLOURANTS
from pellicle.workflow.sheet_check import check_plates

_PAGE = "mask.pdf"
_PPI = 300.0
_LEAST_PPI = 160.0
_MOST_PIXELS = 40e6
_TAB_MM = 60.0
_UNIT_MM = 4900.0
"""Larger pages have larger units, which Poppler does not apply."""

_POPPLER_MM = 0.1  # it prints points with two decimals, of larger pages with fewer


def look_as_printer(folder: Path, *sheets: PrintSheet) -> tuple[str, ...]:
    """Check `mask.pdf` with the programs that are installed.

    Parameters
    ----------
    folder
        Holds the print files.
    sheets
        A page each.

    Returns
    -------
    programs
        Names of those that found it right; a page too large for marks to be seen in a
        rendering of 40 Mpx is left to Poppler.

    Raises
    ------
    PrintFileError
        If one of them finds it other than it was meant.
    """
    looked = [
        set(_look(folder / _PAGE, sheet, number))
        for number, sheet in enumerate(sheets, start=1)
    ]
    return tuple(sorted(set.intersection(*looked)))


def _look(path: Path, sheet: PrintSheet, page_number: int) -> Iterator[str]:
    """Names of the programs that find one page right."""
    page = f"sheet {page_number} of {_PAGE}" if sheet.part else _PAGE
    program = ghostscript()
    ppi = _ppi(sheet)
    if program is not None and ppi >= _LEAST_PPI:
        names = (*COLOURANTS, sheet.spot_name)
        plates = rendered_plates(program, path, names, ppi, page_number)
        check = check_plates(
            plates[:, ::-1] if sheet.mirrored else plates, ppi / 25.4, sheet
        )
        if check.faults:
            found = ", ".join(check.faults)
            raise PrintFileError(page, f"as Ghostscript renders it, {found}")
        yield "Ghostscript"
    size_mm = poppler_size_mm(path, page_number)
    if size_mm is not None and max(sheet.raster.size_mm) < _UNIT_MM:
        sides = zip(size_mm, sheet.raster.size_mm, sheet.size_correction, strict=True)
        if max(abs(is_mm - meant * by) for is_mm, meant, by in sides) > _POPPLER_MM:
            found = f"Poppler finds {size_mm[0]:.2f} × {size_mm[1]:.2f} mm"
            raise PrintFileError(page, found)
        yield "Poppler"


def _ppi(sheet: PrintSheet) -> float:
    """Sampling at which the page has at most 40 Mpx."""
    width_mm, height_mm = (side + _TAB_MM for side in sheet.raster.size_mm)
    most = (_MOST_PIXELS / (width_mm * height_mm)) ** 0.5 * 25.4
    return min(_PPI, float(int(most)))

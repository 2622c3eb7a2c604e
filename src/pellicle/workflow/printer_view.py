# SPDX-License-Identifier: Apache-2.0
"""Print files before they leave the house: a last look through a printer's software.

Job: where Ghostscript and Poppler are installed, render `mask.pdf` and read its marks,
strips, codes and size from the rendered page.
Not here: the preflight that is always made (`preflight.py`).
"""

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


def look_as_printer(folder: Path, sheet: PrintSheet) -> tuple[str, ...]:
    """Check `mask.pdf` with the programs that are installed.

    Parameters
    ----------
    folder
        Holds the print files.

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
    path = folder / _PAGE
    looked = []
    program = ghostscript()
    ppi = _ppi(sheet)
    if program is not None and ppi >= _LEAST_PPI:
        plates = rendered_plates(program, path, (*COLOURANTS, sheet.spot_name), ppi)
        check = check_plates(
            plates[:, ::-1] if sheet.mirrored else plates, ppi / 25.4, sheet
        )
        if check.faults:
            found = ", ".join(check.faults)
            raise PrintFileError(_PAGE, f"as Ghostscript renders it, {found}")
        looked.append("Ghostscript")
    size_mm = poppler_size_mm(path)
    if size_mm is not None and max(sheet.raster.size_mm) < _UNIT_MM:
        pairs = zip(size_mm, sheet.raster.size_mm, strict=True)
        if max(abs(is_mm - meant) for is_mm, meant in pairs) > _POPPLER_MM:
            found = f"Poppler finds {size_mm[0]:.2f} × {size_mm[1]:.2f} mm"
            raise PrintFileError(_PAGE, found)
        looked.append("Poppler")
    return tuple(looked)


def _ppi(sheet: PrintSheet) -> float:
    """Sampling at which the page has at most 40 Mpx."""
    width_mm, height_mm = (side + _TAB_MM for side in sheet.raster.size_mm)
    most = (_MOST_PIXELS / (width_mm * height_mm)) ** 0.5 * 25.4
    return min(_PPI, float(int(most)))

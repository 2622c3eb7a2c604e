# SPDX-License-Identifier: Apache-2.0
"""What programs that are not ours read in the print files.

Job: the values of `mask-preflight.json`, which the job ticket quotes.
Not here: reading files (`io/preflight_pdf.py`, `io/preflight_tiff.py`), comparing
what was read with what was meant (`workflow/preflight.py`).

No times and no versions: the same files give the same bytes.
"""

from pydantic import BaseModel, ConfigDict

_VALUE = ConfigDict(frozen=True, extra="forbid")


class PlateMeasured(BaseModel):
    """One plate over the painting's rectangle.

    Attributes
    ----------
    coverage_percent
        Mean over all pixels, 0 to 100.
    largest_percent
        Of any pixel.
    """

    model_config = _VALUE

    name: str
    coverage_percent: float
    largest_percent: float


class FileMeasured(BaseModel):
    """One print file, or its page of one sheet, as another program's reader sees it.

    Attributes
    ----------
    sheet
        Number of the sheet, where there are several; None of a file of the whole mask.
    read_with
        Library that read it.
    width_px, height_px, bits
        Of the image.
    width_mm, height_mm
        Of the painting's rectangle: the TrimBox of a PDF, what resolution and pixels of
        a TIFF make.
    page_width_mm, page_height_mm
        Of a PDF's page.
    ppi_x, ppi_y
        Pixels of the image to an inch of the painting.
    placed_off_mm
        Greatest distance between an edge of a PDF's image and of its TrimBox.
    profile_sha256
        Of the ICC profile in the file (a PDF's output intent); None if it has none.
    plates
        In the file's order; the cut line is none.
    largest_total_percent
        Greatest C + M + Y + K of a pixel; None without these plates.
    inked_mm2
        Area of the pixels that carry any of the plates.
    """

    model_config = _VALUE

    name: str
    sheet: int | None = None
    sha256: str
    size_bytes: int
    read_with: str
    width_px: int
    height_px: int
    bits: int
    width_mm: float
    height_mm: float
    page_width_mm: float | None = None
    page_height_mm: float | None = None
    ppi_x: float
    ppi_y: float
    placed_off_mm: float | None = None
    profile_sha256: str | None = None
    plates: tuple[PlateMeasured, ...]
    largest_total_percent: float | None
    inked_mm2: float


class Preflight(BaseModel):
    """Content of `mask-preflight.json`.

    Attributes
    ----------
    mask
        Identity of the mask.
    files
        Sorted by name, pages by their sheets.
    """

    model_config = _VALUE

    mask: str
    files: tuple[FileMeasured, ...]

    @property
    def several(self) -> bool:
        """Whether the mask is on several sheets."""
        return any(file.sheet is not None for file in self.files)

    def file(self, name: str, sheet: int | None = None) -> FileMeasured:
        """The file of that name, or its page of a sheet; it is there."""
        found = (file for file in self.files if file.name == name)
        return next(file for file in found if file.sheet == sheet)

    def of_sheet(self, kind: str, sheet: int | None) -> FileMeasured:
        """A file of one sheet by what it is called where there is only one."""
        numbered = kind.endswith(".tif") and sheet is not None
        name = f"{kind.removesuffix('.tif')}-{sheet}.tif" if numbered else kind
        return self.file(name, sheet)

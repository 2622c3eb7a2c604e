# SPDX-License-Identifier: Apache-2.0
"""Files that a printer gets: their names, their pixels, and removing them.

Job: which files there are for one sheet or several, what is written into each.
Not here: other exports (`exports.py`), formats (`io/mask_pdf.py`, `io/separations.py`).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pellicle.engine.readers import PlaneReader
from pellicle.io.mask_pdf import Sheets
from pellicle.io.separations import write_mask_inks, write_mask_spot
from pellicle.io.strips import strip_windows
from pellicle.io.writing import cannot_write
from pellicle.model.arrays import Array
from pellicle.model.mask import OUTCOME_PLANE
from pellicle.model.raster import RasterSpec, Window
from pellicle.workflow.figures import Chain
from pellicle.workflow.imposition import SheetsInUse, SheetStrips
from pellicle.workflow.preflight import PREFLIGHT

_STRIP_PX = 512
"""Height of a chunk: each is read once."""

TICKET = "mask-ticket.pdf"
INSPECTION = "mask-inspection.pdf"
TRIAL = "mask-trial.pdf"
"""Written when asked for only; like print files, not kept while these are withheld."""

PRINT_FILES = frozenset(
    {
        "mask.tif",
        "mask-spot.tif",
        "mask.pdf",
        "mask-colour.pdf",
        "mask-white.pdf",
        PREFLIGHT,
        TICKET,
        INSPECTION,
        TRIAL,
    }
)
"""Files for the printer: kept back while a policy withholds them. Of several sheets
each has its own TIFFs, numbered, and a page in the PDFs."""

_NUMBERED = re.compile(r"^(mask|mask-spot)-\d+\.tif$")


def plain_name(name: str) -> str:
    """Name without the number of a sheet: mask-spot.tif for mask-spot-2.tif."""
    numbered = _NUMBERED.match(name)
    return f"{numbered[1]}.tif" if numbered else name


@dataclass(frozen=True, slots=True)
class StripsOf:
    """Full-width strips of a plane, read when they are asked for."""

    reader: PlaneReader
    raster: RasterSpec
    separations: bool = False

    def __iter__(self) -> Iterator[tuple[Window, Array]]:
        for window in strip_windows(self.raster, _STRIP_PX):
            pixels = self.reader.read(window)
            yield window, pixels[:, :, :OUTCOME_PLANE] if self.separations else pixels


def pages_of(chain: Chain, laid: SheetsInUse) -> Sheets:
    """Each sheet with its pixels."""
    planes = chain.mask.planes
    return [
        (sheet, StripsOf(planes, sheet.raster, separations=True))
        if sheet.part is None
        else (sheet, SheetStrips(planes, laid.imposition, sheet.part))
        for sheet in laid.sheets
    ]


def plate_writers(
    chain: Chain, pages: Sheets
) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """The printer's TIFFs: one of each kind for each sheet."""
    setup = chain.mask.setup.setup
    spot = partial(write_mask_spot, icc_profile=chain.mask.setup.profile)
    for kind, write in (("mask-spot", spot), ("mask", write_mask_inks)):
        for sheet, strips in pages:
            number = f"-{sheet.part.number}" if sheet.part else ""
            yield (
                f"{kind}{number}.tif",
                partial(
                    write,
                    raster=sheet.raster,
                    spot_name=sheet.spot_name,
                    strips=strips,
                    made=sheet.made,
                    mirrored=sheet.mirrored,
                    assumed=tuple(setup.unmeasured.values()),
                    size_correction=sheet.size_correction,
                ),
            )


def remove_other_sheets(folder: Path, laid: SheetsInUse) -> None:
    """Remove TIFFs of sheets that are no more, lest an old one be printed.

    Raises
    ------
    UnwritableError
        If a file cannot be removed.
    """
    numbers = [f"-{number + 1}" for number in range(len(laid.sheets))]
    ends = numbers if laid.several else [""]
    stand = {f"{kind}{end}.tif" for kind in ("mask", "mask-spot") for end in ends}
    held = {"mask.tif", "mask-spot.tif"}
    found = [path.name for path in folder.glob("mask*.tif")]
    remove_files(folder, [n for n in found if plain_name(n) in held and n not in stand])


def remove_print_files(folder: Path) -> None:
    """Remove every print file, those of several sheets too.

    Raises
    ------
    UnwritableError
        If a file cannot be removed.
    """
    found = [path.name for path in folder.glob("mask*")]
    remove_files(folder, [name for name in found if plain_name(name) in PRINT_FILES])


def remove_files(folder: Path, names: Iterable[str]) -> None:
    """Remove files that hold no more, such as what the printer would take.

    Raises
    ------
    UnwritableError
        If a file cannot be removed.
    """
    for name in sorted(names):
        path = folder / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(path, error) from error

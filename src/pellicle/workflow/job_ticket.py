# SPDX-License-Identifier: Apache-2.0
"""The print files' last step: measure them again, then write the ticket that says so.

Job: `mask-preflight.json`, `mask-ticket.pdf` and `mask-inspection.pdf`, once the print
files stand.
Not here: writing the print files (`exports.py`), measuring (`preflight.py`).
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from pathlib import Path

import imagecodecs

from pellicle.io.hashing import hash_of
from pellicle.io.reading_page import Jpeg
from pellicle.io.ticket_content import TicketContent
from pellicle.io.ticket_pdf import write_ticket_pdf
from pellicle.treatment.folder import Treatment
from pellicle.workflow.exports import (
    ExportTask,
)
from pellicle.workflow.figures import Chain
from pellicle.workflow.imposition import SheetsInUse
from pellicle.workflow.inspection import write_inspection
from pellicle.workflow.pictures import Painter, Part
from pellicle.workflow.preflight import PREFLIGHT, PRINTED, preflight, write_preflight
from pellicle.workflow.print_files import (
    INSPECTION,
    TICKET,
    plain_name,
)
from pellicle.workflow.print_sheet import control_targets
from pellicle.workflow.region_features import RegionsDrawn
from pellicle.workflow.software import EXPORT_VERSION

_THUMBNAIL_PX = 700
_JPEG_LEVEL = 90


def ticket_key(
    treatment: Treatment, chain: Chain, laid: SheetsInUse, tasks: Iterable[ExportTask]
) -> str:
    """Hash of what preflight and ticket rest on: the print files and what is known."""
    printed = [task.key for task in tasks if plain_name(task.name) in PRINTED]
    setup = chain.mask.setup.setup.model_dump(mode="json")
    sheet = laid.whole
    said = [sheet.title, _about(treatment), sheet.drafts, sheet.notes, sheet.assumed]
    return hash_of([EXPORT_VERSION, printed, setup, *said])


def write_ticket(
    pool: Executor,
    treatment: Treatment,
    chain: Chain,
    laid: SheetsInUse,
    folder: Path,
    drawn: RegionsDrawn,
    sheets: Mapping[int, tuple[int, ...]],
    measured: Callable[[], None],
) -> list[Path]:
    """Measure the print files of a folder; write what goes with them beside them.

    Parameters
    ----------
    sheets
        By region number, the sheets it is printed on, where there are several.
    measured
        Called after each file.

    Raises
    ------
    PrintFileError
        If a file is not what was meant; no ticket is written then.
    """
    sheet = laid.whole
    paths = [folder / PREFLIGHT, folder / TICKET, folder / INSPECTION]
    seen = preflight(pool, folder, sheet, measured, laid.sheets)
    write_preflight(paths[0], seen)
    content = TicketContent(
        sheet=sheet,
        setup=chain.mask.setup.setup,
        preflight=seen,
        targets=control_targets(chain.mask.setup),
        thumbnail=_thumbnail(chain),
        about=_about(treatment),
        sheets=laid.sheets if laid.several else (),
        regions_cut=sum(len(on) > 1 for on in sheets.values()),
    )
    write_ticket_pdf(paths[1], content)
    write_inspection(paths[2], chain, laid, drawn)
    return paths


def _about(treatment: Treatment) -> str:
    known = treatment.description()
    parts = (known.artist, known.inventory_number, known.owner)
    return " · ".join(part for part in parts if part)


def _thumbnail(chain: Chain) -> Jpeg:
    rgb8 = Painter(chain).mask(Part.whole(chain.scan.raster, _THUMBNAIL_PX))
    content = bytes(imagecodecs.jpeg8_encode(rgb8, level=_JPEG_LEVEL))
    return Jpeg(content, width_px=rgb8.shape[1], height_px=rgb8.shape[0])

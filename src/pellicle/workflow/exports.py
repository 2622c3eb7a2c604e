# SPDX-License-Identifier: Apache-2.0
"""Exports: every file that leaves a treatment, each written whole or not at all.

The same inputs give the same bytes: dates inside files are those inside the scan.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pellicle.engine.workers import run_tasks
from pellicle.io.budget_words import budget_csv, budget_json, improvements
from pellicle.io.hashing import hash_of
from pellicle.io.mask_pdf import (
    write_colour_sheets,
    write_mask_sheets,
    write_white_sheets,
)
from pellicle.io.png_file import (
    CONDITION_PALETTE,
    EVIDENCE_PALETTE,
    png_bytes,
    write_png,
)
from pellicle.io.scan_tiff import write_scan_tiff
from pellicle.io.separations import (
    write_mask_colour,
    write_mask_white,
)
from pellicle.io.writing import write_whole
from pellicle.model.error_budget import ErrorBudget
from pellicle.model.figures import BudgetFigures, Figures
from pellicle.model.palette import FATE_COLOURS
from pellicle.raster.colour_legend import with_legend
from pellicle.raster.colour_scale import with_difference_scale
from pellicle.workflow.figures import Chain
from pellicle.workflow.imposition import SheetsInUse
from pellicle.workflow.missed_figures import (
    GAMUT_MAP,
    INK_LIMIT_MAP,
    MAPS,
    write_missed_map,
)
from pellicle.workflow.pictures import (
    DIFFERENCE_MAX_DE00,
    Painter,
    Part,
    fates_in_words,
)
from pellicle.workflow.preflight import PREFLIGHT
from pellicle.workflow.print_files import (
    INSPECTION,
    PRINT_FILES,
    TICKET,
    StripsOf,
    pages_of,
    plain_name,
    plate_writers,
)
from pellicle.workflow.software import EXPORT_VERSION

_MAP_SIDE_PX = 2000


class ExportPart(StrEnum):
    """What can be exported by itself."""

    CONDITION = "condition"
    RECONSTRUCTION = "reconstruction"
    MASK = "mask"
    PROOF = "proof"
    REPORT = "report"


TICKET_PARTS = dict.fromkeys((PREFLIGHT, TICKET, INSPECTION), ExportPart.MASK)
"""Files that are written once the print files stand."""

MIMETIC = "reconstruction-mimetic.tif"
"""The reconstruction before styles; written only where they change it."""

DIFFERENCE_MAP = "proof-difference-map.png"
"""The difference as a person can see it, with its scale; reduced if it is large."""

CHOICE_MAP = "mask-choice.png"
"""What is printed and why the rest is not, with its legend; reduced if it is large."""

PARTS = {
    "proof.tif": ExportPart.PROOF,
    "reconstruction.tif": ExportPart.RECONSTRUCTION,
    MIMETIC: ExportPart.RECONSTRUCTION,
    "proof-difference.png": ExportPart.PROOF,
    "mask-spot.tif": ExportPart.MASK,
    "mask.tif": ExportPart.MASK,
    "mask-colour.tif": ExportPart.MASK,
    "mask-white.tif": ExportPart.MASK,
    "mask.pdf": ExportPart.MASK,
    "mask-colour.pdf": ExportPart.MASK,
    "mask-white.pdf": ExportPart.MASK,
    DIFFERENCE_MAP: ExportPart.PROOF,
    CHOICE_MAP: ExportPart.MASK,
    GAMUT_MAP: ExportPart.MASK,
    INK_LIMIT_MAP: ExportPart.MASK,
    "condition.png": ExportPart.CONDITION,
    "evidence.png": ExportPart.RECONSTRUCTION,
}
"""Part that each raster and print file belongs to, slowest to write first."""


@dataclass(frozen=True, slots=True)
class ExportTask:
    """One file to be written by a worker.

    Attributes
    ----------
    key
        Hash of what the file's content rests on.
    """

    name: str
    part: ExportPart
    write: Callable[[Path], None]
    folder: Path
    key: str


def _write(task: ExportTask) -> None:
    task.write(task.folder / task.name)


def export_tasks(chain: Chain, laid: SheetsInUse, folder: Path) -> list[ExportTask]:
    """Every raster and print file that the policy allows, slowest first."""
    raster, made = chain.scan.raster, chain.scan.made
    profile = chain.mask.setup.profile
    planes = StripsOf(chain.mask.planes, raster, separations=True)
    proof = StripsOf(chain.proof.samples, raster)
    reconstruction = StripsOf(chain.reconstruction.samples, raster)
    difference = StripsOf(chain.proof.difference, raster)
    scan_like = partial(write_scan_tiff, raster=raster, spec=chain.scan.spec, made=made)
    png = partial(write_png, raster=raster)
    pages = pages_of(chain, laid)
    writers: list[tuple[str, Callable[[Path], None]]] = [
        ("proof.tif", partial(scan_like, strips=proof)),
        (
            "reconstruction.tif",
            partial(scan_like, strips=reconstruction),
        ),
        (
            "proof-difference.png",
            partial(png, strips=difference),
        ),
        *plate_writers(chain, pages),
        (
            "mask-colour.tif",
            partial(
                write_mask_colour,
                raster=raster,
                icc_profile=profile,
                strips=planes,
                made=made,
            ),
        ),
        (
            "mask-white.tif",
            partial(write_mask_white, raster=raster, strips=planes, made=made),
        ),
        ("mask.pdf", partial(write_mask_sheets, sheets=pages)),
        ("mask-colour.pdf", partial(write_colour_sheets, sheets=pages)),
        ("mask-white.pdf", partial(write_white_sheets, sheets=pages)),
        (DIFFERENCE_MAP, partial(_write_difference_map, painter=Painter(chain))),
        (CHOICE_MAP, partial(_write_choice_map, painter=Painter(chain))),
        *(
            (
                name,
                partial(write_missed_map, chain=chain, kind=kind, side_px=_MAP_SIDE_PX),
            )
            for name, kind in MAPS.items()
        ),
        (
            "condition.png",
            partial(
                png,
                strips=StripsOf(chain.regions.labels, raster),
                palette=CONDITION_PALETTE,
            ),
        ),
        (
            "evidence.png",
            partial(
                png,
                strips=StripsOf(chain.reconstruction.evidence, raster),
                palette=EVIDENCE_PALETTE,
            ),
        ),
    ]
    mimetic = chain.reconstruction.mimetic
    if mimetic is not None:
        beneath = partial(scan_like, strips=StripsOf(mimetic, raster))
        writers.insert(2, (MIMETIC, beneath))
    return [
        ExportTask(name, PARTS[plain_name(name)], write, folder, key)
        for name, write in writers
        if not (chain.mask.awaiting and plain_name(name) in PRINT_FILES)
        for key in [_key(name, chain, laid)]
    ]


def _write_difference_map(path: Path, painter: Painter) -> None:
    raster = painter.chain.scan.raster
    part = Part.whole(raster, _MAP_SIDE_PX)
    rgb8 = painter.difference(part)
    side = part.factor
    scale = "at 100 %" if side == 1 else f"the greatest of each {side} × {side} pixels"
    note = f"Predicted appearance against reconstruction, {scale}"
    write_whole(path, png_bytes(with_difference_scale(rgb8, DIFFERENCE_MAX_DE00, note)))


def _write_choice_map(path: Path, painter: Painter) -> None:
    part = Part.whole(painter.chain.scan.raster, _MAP_SIDE_PX)
    entries = [(FATE_COLOURS[n], words) for n, words in fates_in_words(painter.chain)]
    note = "Mapped damage: what is printed, and why the rest is left"
    write_whole(path, png_bytes(with_legend(painter.choice(part), entries, note)))


def _key(name: str, chain: Chain, laid: SheetsInUse) -> str:
    """Hash of what a file rests on."""
    part, sheet = PARTS[plain_name(name)], laid.whole
    runs = {
        ExportPart.CONDITION: chain.regions.run_id,
        ExportPart.RECONSTRUCTION: hash_of(chain.reconstruction.inputs),
        ExportPart.MASK: chain.mask.run_id,
        ExportPart.PROOF: chain.proof.run_id,
    }
    basis: list[Any] = [name, EXPORT_VERSION, version("pellicle"), runs[part]]
    basis += [chain.scan.run_id, chain.scan.raster.pixel_size.um]
    basis += [None if chain.scan.made is None else chain.scan.made.isoformat()]
    if part is ExportPart.MASK:
        basis += [sheet.spot_name, sheet.mirrored]
    if name == CHOICE_MAP:
        basis += [[n, one.reason] for n, one in chain.mask.left.items()]
    if plain_name(name) in PRINT_FILES:
        basis += [list(chain.mask.setup.setup.unmeasured.values()), laid.as_json()]
    if name.endswith(".pdf"):  # only these have a tab
        basis += [sheet.title, sheet.drafts, sheet.notes, sheet.assumed]
        basis += [sheet.cut_line]
    return hash_of(basis)


def run_exports(
    pool: Executor, tasks: Sequence[ExportTask], written: Callable[[], None]
) -> None:
    """Write files, several at a time; `written` is called after each.

    Raises
    ------
    DiskFullError, UnwritableError
        If a file cannot be written; the others stay.
    """
    run_tasks(pool, "export", _write, tasks, lambda _task, _nothing: written())


def write_figures(path: Path, figures: Figures) -> None:
    """Write `figures.json`."""
    text = json.dumps(figures.model_dump(mode="json"), indent=1, ensure_ascii=False)
    write_whole(path, f"{text}\n".encode())


def budget_figures(budget: ErrorBudget) -> BudgetFigures:
    """Totals of the error budget, and what to do first."""
    across, down = budget.corner_um
    return BudgetFigures(
        middle_um=round(budget.middle_um, 1),
        corner_across_um=round(across, 1),
        corner_down_um=round(down, 1),
        colour_de00=round(budget.colour_de00, 2),
        agrees_with_displacement=budget.agrees,
        improve_first=tuple(improvements(budget)),
    )


def write_budget(folder: Path, budget: ErrorBudget) -> list[Path]:
    """Write `error-budget.json` and `error-budget.csv`."""
    paths = [folder / "error-budget.json", folder / "error-budget.csv"]
    write_whole(paths[0], budget_json(budget).encode())
    write_whole(paths[1], budget_csv(budget).encode())
    return paths

# SPDX-License-Identifier: Apache-2.0
"""The trial piece: a small part of the mask, printed in nine ways to be laid on first.

Job: `mask-trial.pdf`: three white levels, one below the other, and three shifts, side
by side, of one piece of the painting, each with ticks at the piece's own corners.
Not here: the sheet around it (`io/sheet_layout.py`), its preflight (`preflight.py`).

The upper left piece is the mask itself, bit for bit. Beside it the print is shifted by
once and twice the displacement that the print setup reckons with, which shows how a
film laid that far off looks; below it there is less white, the colour solved again over
it.
"""

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from pellicle.colour.film import FilmModel
from pellicle.engine.progress import ProgressReport
from pellicle.errors import BadSettingError
from pellicle.io.icc import output_profile
from pellicle.io.mask_pdf import write_mask_pdf
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.sheet_layout import page_size_mm
from pellicle.io.sheet_marks import Mark, letters, piece_ticks
from pellicle.model.arrays import Array
from pellicle.model.mask import COLOURANTS, OUTCOME_PLANE, WHITE_PLANE
from pellicle.model.preflight import FileMeasured
from pellicle.model.print_setup import Media, White
from pellicle.model.raster import RasterSpec, Window
from pellicle.stages.mask.ink import coverage, solve_ink
from pellicle.stages.mask.separation import BLOCK_PIXELS
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.workflow.figures import Chain
from pellicle.workflow.preflight import preflight_page
from pellicle.workflow.print_files import TRIAL
from pellicle.workflow.print_sheet import print_sheet
from pellicle.workflow.restore import whole_chain
from pellicle.workflow.work import Work

MOST_MM = 100.0
WHITE_SHARES = (1.0, 0.8, 0.6)
"""Of the white that the mask has there."""
SHIFTS = (0, 1, 2)
"""To the right and down, in displacements of the print setup."""

_GAP_MM = 9.0
_LABEL_MM, _LABEL_OFF_MM = 1.6, 5.0
_TICK_OFF_MM = 0.5
_ROWS_PX = 256
_FULL = 65_535
_NUMBERS = 4


def make_trial(path: Path, place: str, workers: int) -> FileMeasured:
    """Write the trial piece of a treatment, and open it again with another reader.

    Parameters
    ----------
    place
        "X,Y,W,H": left, top, width and height on the painting, in millimetres.

    Raises
    ------
    BadSettingError
        If the place is no rectangle of at most 100 mm on the painting, if nothing is
        printed there, if the policy withholds the print files, or if the nine pieces
        have no room on the media.
    PrintFileError
        If what that reader finds is not what was meant.
    """
    treatment = Treatment.open(path)
    x_mm, y_mm, width_mm, height_mm = _numbers(place)
    work = Work(treatment, workers, ProgressReport())
    with writing(treatment):
        with work.pool():
            chain = whole_chain(work)
        if chain.mask.awaiting:
            raise BadSettingError(
                "--trial", place, "regions that a person has approved were needed"
            )
        px = chain.scan.raster.pixel_size.px
        window = Window(
            round(px(1000 * y_mm)),
            round(px(1000 * x_mm)),
            round(px(1000 * (y_mm + height_mm))),
            round(px(1000 * (x_mm + width_mm))),
        )
        inside = window.within(chain.scan.raster.window)
        if inside != window or window.empty:
            size = "{:.1f} × {:.1f} mm".format(*chain.scan.raster.size_mm)
            needed = f"a piece of the painting ({size}) was needed"
            raise BadSettingError("--trial", place, needed)
        target = treatment.exports / TRIAL
        sheet = print_sheet(treatment, chain)
        told = levels_told(chain.mask.setup.setup.white)
        sheet = dataclasses.replace(sheet, notes=(*sheet.notes, *told))
        media = chain.mask.setup.setup.media
        return _write(target, place, sheet, _piece(chain, window), media)


def levels_told(white: White) -> Iterator[str]:
    """What to expect where the printer may not make the shares of white tried."""
    missing = [one for one in WHITE_SHARES if one not in white.levels]
    if white.continuous or not missing:
        return
    shares = " and ".join(f"{100 * share:g}" for share in missing)
    levels = ", ".join(f"{100 * level:g}" for level in white.levels)
    yield (
        f"{shares} % white show only if the printer makes them: the print setup names "
        f"{levels} %"
    )


def _numbers(place: str) -> tuple[float, float, float, float]:
    try:
        x, y, width, height = (float(number) for number in place.split(","))
    except ValueError:
        x = y = width = height = math.nan
    if not (0 < width <= MOST_MM and 0 < height <= MOST_MM and x >= 0 and y >= 0):
        needed = (
            f"{_NUMBERS} numbers X,Y,W,H in millimetres, width and height at most "
            f"{MOST_MM:g}, were needed"
        )
        raise BadSettingError("--trial", place, needed)
    return x, y, width, height


@dataclass(frozen=True, slots=True)
class TrialPiece:
    """One piece of the mask at three white levels.

    Attributes
    ----------
    levels
        (h, w, 5) uint16 for each of `WHITE_SHARES`.
    shift_px
        One displacement, in pixels.
    """

    levels: tuple[Array, ...]
    shift_px: int


def _piece(chain: Chain, window: Window) -> TrialPiece:
    planes = chain.mask.planes.read(window)
    paint, target = (
        reader.read(window)
        for reader in (chain.scan.samples, chain.reconstruction.samples)
    )
    linear = chain.scan.encoding.linear
    chosen = chain.mask.setup
    model = FilmModel.of(chosen.setup, output_profile(chosen.profile))
    rows, columns = np.nonzero(planes[:, :, OUTCOME_PLANE])
    levels = [planes[:, :, :OUTCOME_PLANE].copy() for _ in WHITE_SHARES]
    for start in range(0, len(rows), BLOCK_PIXELS):
        part = slice(start, start + BLOCK_PIXELS)
        at = rows[part], columns[part]
        paint_linear, target_linear = linear(paint[at]), linear(target[at])
        for level, share in zip(levels, WHITE_SHARES, strict=True):
            level[at] = less_white(
                model, paint_linear, target_linear, planes[at], share
            )
    px = chain.scan.raster.pixel_size.px
    shift_px = max(1, round(px(chosen.setup.geometry.displacement_um)))
    return TrialPiece(tuple(levels), shift_px)


def less_white(
    model: FilmModel,
    paint_linear: Array,
    target_linear: Array,
    planes: Array,
    share: float,
) -> Array:
    """Separations with a share of their white, the colour solved again over it.

    Parameters
    ----------
    paint_linear, target_linear
        (N, 3) float32 linear Rec.2020 on D50.
    planes
        (N, 6) uint16 of the mask.
    share
        0 to 1; 1 gives the mask's own separations.

    Returns
    -------
    separations
        (N, 5) uint16.
    """
    white = np.floor(planes[:, WHITE_PLANE] * share + 0.5).astype(np.uint16)
    covered = coverage(white)
    base = model.base(paint_linear, covered)
    solution = solve_ink(model, target_linear, base, covered)
    return np.concatenate([solution.cmyk, white[:, None]], axis=1)


def _write(
    path: Path,
    place: str,
    sheet: PrintSheet,
    piece: TrialPiece,
    media: Media | None,
) -> FileMeasured:
    pixel = sheet.raster.pixel_size
    height_px, width_px = piece.levels[0].shape[:2]
    gap_px = pixel.px_covering(1000 * _GAP_MM) + 2 * SHIFTS[-1] * piece.shift_px
    step_px = height_px + gap_px, width_px + gap_px
    rows, columns = len(WHITE_SHARES), len(SHIFTS)
    raster = RasterSpec(rows * step_px[0], columns * step_px[1], pixel)
    if not any(level.any() for level in piece.levels):
        raise BadSettingError(
            "--trial", place, "a place where the film has ink was needed"
        )
    trial = dataclasses.replace(
        sheet,
        title=f"{sheet.title}: trial piece",
        raster=raster,
        notes=(
            *sheet.notes,
            f"Trial piece of the painting at {place} mm (X,Y,W,H)",
            "White: a share of the mask's; shifts: to the right and down",
        ),
        inside=tuple(_labels(piece, step_px, pixel.mm)),
    )
    _check_media(place, trial, media)
    write_mask_pdf(path, trial, _strips(piece, raster, step_px))
    return preflight_page(path, trial, _coverage_percent(piece, trial))


def _coverage_percent(piece: TrialPiece, sheet: PrintSheet) -> dict[str, float]:
    """Mean of each plate over the page: every level once for each shift."""
    sums = np.sum([level.sum(axis=(0, 1), dtype=np.int64) for level in piece.levels], 0)
    whole = sheet.raster.pixel_count * _FULL
    shares = 100.0 * len(SHIFTS) * sums / whole
    return dict(zip((*COLOURANTS, sheet.spot_name), shares.tolist(), strict=True))


def _check_media(place: str, trial: PrintSheet, media: Media | None) -> None:
    """Refuse a page that does not lie upright on the media: it is laid on at once."""
    if media is None:
        return
    page_mm, printable_mm = page_size_mm(trial), media.printable_mm
    if any(side > most for side, most in zip(page_mm, printable_mm, strict=True)):
        needed = (
            "a smaller piece was needed: its page of "
            f"{page_mm[0]:.0f} × {page_mm[1]:.0f} mm is larger than the print setup's "
            "media without their margins"
        )
        raise BadSettingError("--trial", place, needed)


def _labels(piece: TrialPiece, step_px: tuple[int, int], mm: float) -> Iterator[Mark]:
    """Under each piece what it is, and ticks at its corners as laid without a shift."""
    height_px, width_px = piece.levels[0].shape[:2]
    size_mm = width_px * mm, height_px * mm
    most_mm = SHIFTS[-1] * piece.shift_px * mm
    for (row, share), (column, shift) in product(
        enumerate(WHITE_SHARES), enumerate(SHIFTS)
    ):
        corner = column * step_px[1] * mm, row * step_px[0] * mm
        yield piece_ticks(corner, size_mm, most_mm + _TICK_OFF_MM)
        shift_mm = shift * piece.shift_px * mm
        number = row * len(SHIFTS) + column + 1
        told = f"{number}: white {100 * share:g} %, shift {shift_mm:.2f} mm"
        baseline = corner[1] + size_mm[1] + most_mm + _LABEL_OFF_MM
        yield letters(told, (corner[0], baseline), _LABEL_MM)


def _strips(
    piece: TrialPiece, raster: RasterSpec, step_px: tuple[int, int]
) -> Iterator[tuple[Window, Array]]:
    for row, level in enumerate(piece.levels):
        for top in range(0, step_px[0], _ROWS_PX):
            bottom = min(top + _ROWS_PX, step_px[0])
            strip = np.zeros((bottom - top, raster.width_px, level.shape[2]), np.uint16)
            _lay(strip, top, level, _lefts(piece, step_px[1]))
            base = row * step_px[0]
            yield Window(base + top, 0, base + bottom, raster.width_px), strip


def _lefts(piece: TrialPiece, step_px: int) -> Sequence[tuple[int, int]]:
    """Left edge and shift of each column of pieces, in pixels."""
    return [
        (column * step_px, shift * piece.shift_px)
        for column, shift in enumerate(SHIFTS)
    ]


def _lay(
    strip: Array, top: int, level: Array, lefts: Sequence[tuple[int, int]]
) -> None:
    """Copy the rows of a level that lie in the strip, once for each shift."""
    height_px, width_px = level.shape[:2]
    for left, shift in lefts:
        first, last = max(top, shift), min(top + len(strip), height_px + shift)
        if first < last:
            rows = level[first - shift : last - shift]
            columns = slice(left + shift, left + shift + width_px)
            strip[first - top : last - top, columns] = rows

# SPDX-License-Identifier: Apache-2.0
"""The mask of a treatment laid on the media of its print setup.

Job: how many sheets, where they are parted, which regions a seam cuts.
Not here: the grid and the path (`stages/mask/imposition.py`, `stages/mask/seams.py`),
the sheets' marks (`io/sheet_layout.py`).

Seams come from a picture reduced to half a millimetre, read strip by strip in a band
about the even cut: memory follows the seams' length, not the scan's area.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.engine.readers import PlaneReader
from pellicle.errors import MediaTooSmallError
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.sheet_layout import page_needs
from pellicle.io.strips import strip_windows
from pellicle.model.arrays import Array, Plane
from pellicle.model.imposition import Imposition, Seam, SheetPart
from pellicle.model.mask import OUTCOME_PLANE
from pellicle.model.print_setup import PrintSetup
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.pyramid import block_counts, block_sums
from pellicle.stages.mask.imposition import Grid, least_page_mm, plan_grid
from pellicle.stages.mask.seams import joint_cost, least_visible_path
from pellicle.treatment.folder import Treatment
from pellicle.workflow.figures import Chain
from pellicle.workflow.print_sheet import print_sheet, size_correction

_REDUCED_UM = 500.0
_MOST_ALONG = 8000
_STRIP_PX = 512
_TILE_PX = 512


@dataclass(frozen=True, slots=True)
class SheetsInUse:
    """The sheets of a treatment's mask.

    Attributes
    ----------
    whole
        What is said on every sheet, round the whole mask.
    sheets
        Those that are printed; the whole one alone if it fits.
    """

    imposition: Imposition
    whole: PrintSheet
    sheets: tuple[PrintSheet, ...]

    @property
    def several(self) -> bool:
        """Whether the mask is on more than one sheet."""
        return len(self.sheets) > 1

    def as_json(self) -> list[object]:
        """Everything that pixels and pages of print files rest on."""
        every = self.imposition
        seams = [every.upright, *every.level]
        lines = [[[one.along_px, one.at_px] for one in group] for group in seams]
        return [every.turned, self.whole.size_correction, lines]


def lay_on_media(treatment: Treatment, chain: Chain) -> SheetsInUse:
    """Sheets of a treatment's mask; only one while its print files are withheld.

    Raises
    ------
    MediaTooSmallError
        If the media have no room for the tab with a useful piece of the painting.
    """
    sheet = print_sheet(treatment, chain)
    if chain.mask.awaiting:
        return SheetsInUse(Imposition(chain.scan.raster), sheet, (sheet,))
    imposition = impose(chain, sheet)
    if imposition.turned:
        correction = size_correction(chain.mask.setup.setup, turned=True)
        sheet = replace(sheet, turned=True, size_correction=correction)
    if imposition.count == 1:
        return SheetsInUse(imposition, sheet, (sheet,))
    parts = tuple(sheet.of_part(part) for part in imposition.parts())
    return SheetsInUse(imposition, sheet, parts)


@dataclass(frozen=True, slots=True)
class SheetStrips:
    """Plates of one sheet, strip by strip: no ink where other sheets have theirs."""

    planes: PlaneReader
    imposition: Imposition
    part: SheetPart

    def __iter__(self) -> Iterator[tuple[Window, Array]]:
        own = self.part.window
        raster = RasterSpec(*own.shape, self.imposition.raster.pixel_size)
        for strip in strip_windows(raster, _TILE_PX):
            top, bottom = own.top + strip.top, own.top + strip.bottom
            window = Window(top, own.left, bottom, own.right)
            plates = self.planes.read(window)[:, :, :OUTCOME_PLANE]
            plates[self.imposition.numbers(window) != self.part.number] = 0
            yield strip, plates


def impose(chain: Chain, sheet: PrintSheet) -> Imposition:
    """Lay a mask on its media.

    Parameters
    ----------
    sheet
        The whole mask as if it were one sheet.

    Raises
    ------
    MediaTooSmallError
        If the media have no room for the tab with a useful piece of the painting.
    """
    grid = grid_of(sheet, chain.mask.setup.setup)
    raster = chain.scan.raster
    if grid.columns * grid.rows == 1:
        return Imposition(raster, turned=grid.turned)
    band_px = [raster.pixel_size.px(1000 * mm) for mm in grid.half_band_mm]
    upright = tuple(
        _seam(chain, raster.width_px * step / grid.columns, band_px[0], upright=True)
        for step in range(1, grid.columns)
    )
    columns = Imposition(raster, upright)
    level = tuple(
        tuple(
            _seam(
                chain,
                raster.height_px * step / grid.rows,
                band_px[1],
                upright=False,
                within=columns.window(column + 1),
            )
            for step in range(1, grid.rows)
        )
        for column in range(grid.columns)
    )
    return replace(columns, level=level, turned=grid.turned)


def grid_of(sheet: PrintSheet, setup: PrintSetup) -> Grid:
    """Sheets that a mask needs on the media of a setup.

    Raises
    ------
    MediaTooSmallError
        If the media have no room for the tab with a useful piece of the painting.
    """
    media = setup.media
    if media is None:
        return Grid(1, 1, turned=False)
    needs = page_needs(sheet)
    scales = setup.geometry.scale_x, setup.geometry.scale_y
    # Neither as asked nor as printed may a page be larger than what ink reaches.
    width, length = (
        side * min(scale, 1.0)
        for side, scale in zip(media.printable_mm, scales, strict=True)
    )
    grid = plan_grid(sheet.raster.size_mm, (width, length), needs)
    if grid is None:
        least = least_page_mm(sheet.raster.size_mm, needs)
        raise MediaTooSmallError(setup.name, media.printable_mm, least)
    return grid


def _seam(
    chain: Chain,
    at_px: float,
    half_band_px: float,
    *,
    upright: bool,
    within: Window | None = None,
) -> Seam:
    """A seam in its band; one from left to right is sought in a turned picture."""
    raster = chain.scan.raster
    whole = within or raster.window
    start, stop = math.ceil(at_px - half_band_px), math.floor(at_px + half_band_px)
    if upright:
        band = Window(whole.top, start, whole.bottom, max(stop, start + 1))
    else:
        band = Window(start, whole.left, max(stop, start + 1), whole.right)
    along_px = max(band.shape)
    factor = max(
        1,
        round(_REDUCED_UM / raster.pixel_size.um),
        math.ceil(along_px / _MOST_ALONG),
    )
    cost = _cost(chain, band, factor)
    path = least_visible_path(cost if upright else np.ascontiguousarray(cost.T))
    first, side = (band.top, band.left) if upright else (band.left, band.top)
    length = raster.height_px if upright else raster.width_px
    along = (first + (np.arange(len(path)) + 0.5) * factor).tolist()
    at = np.minimum(side + (path + 0.5) * factor, stop).tolist()
    points = [(0.0, at[0]), *zip(along, at, strict=True), (float(length), at[-1])]
    kept = _without_points_on_lines(sorted(points))
    return Seam(tuple(p[0] for p in kept), tuple(p[1] for p in kept))


def _without_points_on_lines(
    points: list[tuple[float, float]],
) -> list[tuple[float, float]]:
    kept = points[:1]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        run, rise = point[0] - before[0], point[1] - before[1]
        if abs((after[1] - point[1]) * run - rise * (after[0] - point[0])) > 1e-6:  # noqa: PLR2004
            kept.append(point)
    return [*kept, points[-1]]


def _cost(chain: Chain, band: Window, factor: int) -> Plane:
    """What a joint costs in a band, reduced; strip by strip along the longer side."""
    step = max(1, _STRIP_PX // factor) * factor
    rows = []
    for top in range(band.top, band.bottom, step):
        row = [
            _sums(
                chain,
                Window(top, left, top + step, left + step).within(band),
                factor,
            )
            for left in range(band.left, band.right, step)
        ]
        rows.append(np.concatenate(row, axis=1))
    means = np.concatenate(rows)
    linear = chain.scan.encoding.linear(
        np.rint(means[:, :, 2:]).astype(chain.scan.spec.dtype)
    )
    lightness: Plane = lab_d50_from_rec2020(linear)[..., 0].astype(np.float32)
    inked, seen = (means[:, :, band].astype(np.float32) for band in (0, 1))
    pixel_um = factor * chain.scan.raster.pixel_size.um
    return joint_cost(inked, seen, lightness, pixel_um)


def _sums(chain: Chain, window: Window, factor: int) -> Array:
    """Means over blocks: share of ink, ΔE00 with and without film, target's samples."""
    inked = chain.mask.planes.read(window)[:, :, OUTCOME_PLANE] != 0
    target = chain.reconstruction.samples.read(window)
    centi_de00 = np.zeros(window.shape, np.uint32)
    if inked.any():
        paint = chain.scan.samples.read(window)
        lab = [
            np.ascontiguousarray(
                lab_d50_from_rec2020(chain.scan.encoding.linear(samples[inked]))
            )
            for samples in (paint, target)
        ]
        centi_de00[inked] = np.rint(100 * ciede2000(*lab))
    target = target.reshape(*window.shape, -1)
    stacked = np.dstack([inked.astype(np.uint32), centi_de00, target.astype(np.uint32)])
    means: Array = block_sums(stacked, factor) / block_counts(window.shape, factor)
    means[:, :, 1] /= 100
    return means


def sheets_of_regions(
    chain: Chain, imposition: Imposition
) -> dict[int, tuple[int, ...]]:
    """Region number to the sheets it is printed on; more than one if a seam cuts it.

    One pass over the tiles; nothing to be told, and none, when there is one sheet.
    """
    if imposition.count == 1:
        return {}
    found: dict[int, set[int]] = {}
    for window in chain.scan.raster.tiles(_TILE_PX):
        numbers = chain.regions.numbers.read(window)
        if not numbers.any():
            continue
        outcome = chain.mask.planes.read(window)[:, :, OUTCOME_PLANE]
        inked = (outcome != 0) & (numbers != 0)
        if not inked.any():
            continue
        sheets = imposition.numbers(window)[inked].astype(np.int64)
        pairs = np.unique(np.stack([numbers[inked].astype(np.int64), sheets]), axis=1)
        for number, sheet in pairs.T.tolist():
            found.setdefault(number, set()).add(sheet)
    return {number: tuple(sorted(found[number])) for number in sorted(found)}

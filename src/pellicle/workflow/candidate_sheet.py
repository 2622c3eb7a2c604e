# SPDX-License-Identifier: Apache-2.0
"""The sheet of a region's candidates: the scan, then each candidate, side by side.

Job: at 100 %, and beside that enlarged where the region is small, or reduced where it
does not fit; and one picture by itself.
Not here: making candidates (`candidates.py`).
"""

from collections.abc import Sequence

import numpy as np

from pellicle.engine.readers import PlaneReader
from pellicle.io.png_file import png_bytes
from pellicle.model.arrays import Array
from pellicle.model.candidate import Candidate
from pellicle.model.condition import Region
from pellicle.model.raster import Window
from pellicle.raster.lettering import text_line, text_width_px
from pellicle.raster.pyramid import block_counts, block_sums
from pellicle.workflow.pictures import to_srgb8
from pellicle.workflow.regions import RegionsInUse
from pellicle.workflow.scan import ScanInUse

CELL_PX = 360
"""Longest side of a picture on the sheet."""
PICTURE_PX = 1600
"""Longest side of a candidate's own picture."""
SMALL_PX = 180
"""Regions that fit into this with their margin are enlarged as well."""
MOST_TIMES = 8
_GAP_PX = 6
_LEAST_MARGIN_PX = 24
_MOST_MARGIN_PX = 240
_STRIP_PX = 512


def around(scan: ScanInUse, region: Region) -> Window:
    """A region with some of the paint around it."""
    side = max(region.window.shape)
    margin = min(max(side // 2, _LEAST_MARGIN_PX), _MOST_MARGIN_PX)
    return region.window.expanded(margin, scan.raster.window)


def picture_of(scan: ScanInUse, picture: PlaneReader, region: Region) -> bytes:
    """PNG of a region and the paint around it, at 100 % or reduced to `PICTURE_PX`."""
    window = around(scan, region)
    return png_bytes(_seen(scan, picture, window, _reduction(window, PICTURE_PX)))


def draw_sheet(
    scan: ScanInUse,
    regions: RegionsInUse,
    region: Region,
    candidates: Sequence[Candidate],
    pictures: Sequence[PlaneReader],
) -> bytes:
    """PNG of the sheet; rows are scales, the first is 100 %."""
    readers = [scan.samples, *pictures]
    names = ["scan", *(f"{one.number} {_short(one)}" for one in candidates)]
    whole = around(scan, region)
    rows = []
    if max(whole.shape) <= CELL_PX:
        rows.append(("100 %", [_seen(scan, one, whole, 1) for one in readers]))
    else:
        part = _fullest(scan, regions, region)
        rows.append(("100 %, in part", [_seen(scan, one, part, 1) for one in readers]))
        factor = _reduction(whole, CELL_PX)
        reduced = [_seen(scan, one, whole, factor) for one in readers]
        rows.append((f"reduced to {100 / factor:.0f} %", reduced))
    if max(whole.shape) <= SMALL_PX:
        times = min(CELL_PX // max(whole.shape), MOST_TIMES)
        large = [
            np.kron(cell, np.ones((times, times, 1), np.uint8)) for cell in rows[0][1]
        ]
        rows.append((f"{times}00 %", large))
    return png_bytes(_laid_out(_title(scan, region), names, rows))


def _title(scan: ScanInUse, region: Region) -> str:
    height, width = (side * scan.raster.pixel_size.mm for side in region.window.shape)
    name = f"{region.damage_class.label} {region.id}"
    return f"{name}, {width:.1f} × {height:.1f} mm: candidates"


def _short(one: Candidate) -> str:
    return one.in_words.partition(": ")[2]


def _laid_out(
    title: str, names: Sequence[str], rows: Sequence[tuple[str, Sequence[Array]]]
) -> Array:
    widest = max(cell.shape[1] for _, cells in rows for cell in cells)
    widest = max(widest, *(text_width_px(name) + 8 for name in names))
    total = max((widest + _GAP_PX) * len(names), text_width_px(title) + 8)
    parts = [text_line(title, total)]
    for scale, cells in rows:
        tallest = max(cell.shape[0] for cell in cells)
        row = np.full((tallest + _GAP_PX, total, 3), 255, np.uint8)
        heads = []
        for k, (name, cell) in enumerate(zip(names, cells, strict=True)):
            left = k * (widest + _GAP_PX)
            row[: cell.shape[0], left : left + cell.shape[1]] = cell
            heads.append(text_line(name, widest + _GAP_PX))
        head = np.concatenate(heads, axis=1)
        head = np.pad(head, ((0, 0), (0, total - head.shape[1]), (0, 0)), "edge")
        parts += [text_line(scale, total), head, row]
    return np.concatenate(parts)


def _reduction(window: Window, side_px: int) -> int:
    return max(1, -(-max(window.shape) // side_px))


def _seen(scan: ScanInUse, picture: PlaneReader, window: Window, factor: int) -> Array:
    """(h, w, 3) uint8 sRGB of a window, reduced; read in strips."""
    rows_px = max(1, _STRIP_PX // factor) * factor
    parts = []
    for top in range(window.top, window.bottom, rows_px):
        strip = Window(top, window.left, top + rows_px, window.right).within(window)
        samples = picture.read(strip)
        if factor > 1:
            means = block_sums(samples, factor) / block_counts(strip.shape, factor)
            samples = np.rint(means).astype(samples.dtype)
        parts.append(to_srgb8(samples, scan.encoding))
    return np.concatenate(parts)


def _fullest(scan: ScanInUse, regions: RegionsInUse, region: Region) -> Window:
    """A square of `CELL_PX` that holds much of a large region."""
    window = region.window
    best, most = window, -1
    for top in range(window.top, window.bottom, CELL_PX):
        strip = Window(top, window.left, top + CELL_PX, window.right).within(window)
        inside = regions.numbers.read(strip) == region.number
        columns = inside.sum(axis=0)
        for left in range(0, len(columns), CELL_PX):
            held = int(columns[left : left + CELL_PX].sum())
            if held > most:
                at = window.left + left
                best, most = Window(top, at, top + CELL_PX, at + CELL_PX), held
    height, width = (min(CELL_PX, side) for side in scan.raster.shape)
    down = min(best.top, scan.raster.height_px - height)
    along = min(best.left, scan.raster.width_px - width)
    return Window(down, along, down + height, along + width)

# SPDX-License-Identifier: Apache-2.0
"""The calibration chart as plates: patches, names, verniers, gaps, crosses.

Job: where everything stands, and the pixels.
Not here: which patches (`model/chart.py`), the tab with register marks and scale bars
and the file formats, which are those of every mask (`mask_pdf.py`, `separations.py`).
Terms: a *vernier* is two combs of lines, one of each layer, whose pitches differ by
0.05 mm: the number where the lines meet is how far the white lies off, in 0.05 mm.

The chart goes to the printer as pixels, as masks do, and so through the same steps of
its software. One pixel is 0.05 mm, which every length here is a whole number of.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from pellicle.io.strips import strip_windows
from pellicle.io.stroke_letters import text_strokes, text_width_mm
from pellicle.model.arrays import Array
from pellicle.model.chart import (
    COLUMNS,
    PLATE_STEPS,
    VERNIER_REACH,
    VERNIER_STEP_UM,
    ChartPatch,
    patch_name,
)
from pellicle.model.mask import WHITE_PLANE
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize

PIXEL_MM = VERNIER_STEP_UM / 1000
DISTANCE_X_MM = 150.0
GAPS_UM = (50, 100, 150, 200, 300, 500)
_PITCH_MM, _PATCH_MM = 6.8, 6.5
_LEFT_MM, _TOP_MM, _RIGHT_MM = 7.0, 12.0, 3.0
_BAND_MM = 38.0
_CROSS_X_MM, _CROSS_Y_MM, _CROSS_ARM_MM = 14.0, 4.0, 2.5
_LEAST_BELOW_MM = 6.0
_ROUND_MM = 10.0
_HAIR_PX = 2
_LETTER_MM = 1.6
_UNDER_PX = 17
_MAGENTA, _BLACK = 1, 3
_COMB_MM, _COMB_LINE_PX = 5.0, 4
_COMB_PITCH_PX, _WHITE_PITCH_PX = 20, 19
_FULL = 255
_TO_16_BIT = 257


@dataclass(frozen=True, slots=True)
class ChartSheet:
    """Chart, laid out.

    Attributes
    ----------
    raster
        Its size.
    patches
        In order of their places.
    distance_x_mm, distance_y_mm
        Between the centres of the crosses, as asked of the printer.
    """

    raster: RasterSpec
    patches: tuple[ChartPatch, ...]
    distance_x_mm: float
    distance_y_mm: float

    def strips(self) -> Iterator[tuple[Window, Array]]:
        """Strips of (rows, W, 5) uint16 plates, 65535 is full ink."""
        plates = _drawn(self)
        for window in strip_windows(self.raster):
            yield window, plates[window.slices].astype(np.uint16) * _TO_16_BIT


def lay_out_chart(patches: tuple[ChartPatch, ...]) -> ChartSheet:
    """Sheet that holds the patches."""
    end_mm = _patches_end_mm(len(patches))
    room_mm = end_mm + _LEAST_BELOW_MM - _CROSS_Y_MM
    distance_y_mm = _ROUND_MM * math.ceil(room_mm / _ROUND_MM)
    width_mm = _LEFT_MM + COLUMNS * _PITCH_MM + _RIGHT_MM
    raster = RasterSpec(
        height_px=_px(end_mm + _BAND_MM),
        width_px=_px(width_mm),
        pixel_size=PixelSize(float(VERNIER_STEP_UM)),
    )
    return ChartSheet(raster, patches, DISTANCE_X_MM, distance_y_mm)


def patch_window(place: int) -> Window:
    """Pixels of the patch at a place."""
    row, column = divmod(place, COLUMNS)
    top = _px(_TOP_MM + row * _PITCH_MM)
    left = _px(_LEFT_MM + column * _PITCH_MM)
    side = _px(_PATCH_MM)
    return Window(top, left, top + side, left + side)


def cross_centres_px(sheet: ChartSheet) -> tuple[tuple[int, int], ...]:
    """(x, y) pixel corners at the centres of the four crosses."""
    left, top = _px(_CROSS_X_MM), _px(_CROSS_Y_MM)
    across, down = _px(sheet.distance_x_mm), _px(sheet.distance_y_mm)
    return tuple((x, y) for y in (top, top + down) for x in (left, left + across))


def _px(mm: float) -> int:
    return round(mm / PIXEL_MM)


def _patches_end_mm(count: int) -> float:
    return _TOP_MM + math.ceil(count / COLUMNS) * _PITCH_MM


def _drawn(sheet: ChartSheet) -> Array:
    plates = np.zeros((*sheet.raster.shape, WHITE_PLANE + 1), np.uint8)
    for place, patch in enumerate(sheet.patches):
        codes = [round(value * PLATE_STEPS) for value in (*patch.inks, patch.white)]
        plates[patch_window(place).slices] = codes
    words = np.zeros(sheet.raster.shape, np.uint8)
    _name_patches(words, len(sheet.patches))
    _draw_crosses(plates, sheet)
    top_mm = _patches_end_mm(len(sheet.patches))
    for left_mm in (24.0, 108.0):
        _draw_verniers(plates, words, left_mm, top_mm + 6.0)
    _draw_gaps(plates, words, 70.0, top_mm + 7.0)
    distances = (
        f"Crosses: {sheet.distance_x_mm:.0f} mm across, "
        f"{sheet.distance_y_mm:.0f} mm down, from centre to centre"
    )
    _write(words, distances, _CROSS_X_MM + 4.0, top_mm + _BAND_MM - 2.0)
    plates[..., _BLACK] = np.maximum(plates[..., _BLACK], words)
    # White beneath the words: the chart is read on black, too.
    around = cv2.dilate(words, np.ones((_UNDER_PX, _UNDER_PX), np.uint8))
    plates[..., WHITE_PLANE] = np.maximum(plates[..., WHITE_PLANE], around)
    return plates


def _name_patches(words: Array, count: int) -> None:
    for column in range(COLUMNS):
        label = str(column + 1)
        middle_mm = _LEFT_MM + column * _PITCH_MM + _PATCH_MM / 2
        half_mm = text_width_mm(label, _LETTER_MM) / 2
        _write(words, label, middle_mm - half_mm, _TOP_MM - 1.2)
    for row in range(math.ceil(count / COLUMNS)):
        label = patch_name(row * COLUMNS).rstrip("1")
        baseline_mm = _TOP_MM + row * _PITCH_MM + (_PATCH_MM + _LETTER_MM) / 2
        right_mm = _LEFT_MM - 1.2 - text_width_mm(label, _LETTER_MM)
        _write(words, label, right_mm, baseline_mm)


def _write(words: Array, text: str, left_mm: float, baseline_mm: float) -> None:
    for line in text_strokes(text, (left_mm, baseline_mm), _LETTER_MM):
        points = np.array([[round(x / PIXEL_MM), round(y / PIXEL_MM)] for x, y in line])
        cv2.polylines(words, [points.astype(np.int32)], False, _FULL, thickness=4)  # noqa: FBT003 -- OpenCV's own


def _draw_crosses(plates: Array, sheet: ChartSheet) -> None:
    arm, half = _px(_CROSS_ARM_MM), _HAIR_PX // 2
    for x, y in cross_centres_px(sheet):
        plates[y - half : y + half, x - arm : x + arm, _BLACK] = _FULL
        plates[y - arm : y + arm, x - half : x + half, _BLACK] = _FULL


def _draw_verniers(plates: Array, words: Array, left_mm: float, top_mm: float) -> None:
    """Across, and beside it down; colour lines first, white ones where they end."""
    reach, length, half = VERNIER_REACH, _px(_COMB_MM), _COMB_LINE_PX // 2
    middle_x, middle_y = _px(left_mm + 12.0), _px(top_mm + 12.0)
    for step in range(-reach, reach + 1):
        x, white_x = (
            middle_x + step * pitch for pitch in (_COMB_PITCH_PX, _WHITE_PITCH_PX)
        )
        end = _px(top_mm + 4.0) + length
        plates[end - length : end, x - half : x + half, _MAGENTA] = _FULL
        plates[end : end + length, white_x - half : white_x + half, WHITE_PLANE] = _FULL
        y, white_y = (
            middle_y + step * pitch for pitch in (_COMB_PITCH_PX, _WHITE_PITCH_PX)
        )
        side = _px(left_mm + 29.0) + length
        plates[y - half : y + half, side - length : side, _MAGENTA] = _FULL
        plates[white_y - half : white_y + half, side : side + length, WHITE_PLANE] = (
            _FULL
        )
        if step % 5 == 0:
            label = str(step)
            wide_mm = text_width_mm(label, _LETTER_MM)
            _write(words, label, x * PIXEL_MM - wide_mm / 2, top_mm + 3.2)
            _write(
                words,
                label,
                left_mm + 28.2 - wide_mm,
                y * PIXEL_MM + _LETTER_MM / 2,
            )
    _write(words, "x", left_mm - 3.5, top_mm + 3.2)
    _write(words, "y", left_mm + 26.0, top_mm - 0.4)


def _draw_gaps(plates: Array, words: Array, left_mm: float, top_mm: float) -> None:
    """Gaps in the white: the narrowest still open tells how far it spreads."""
    side_px, high_px = _px(1.6), _px(8.0)
    _write(words, "open gap, µm", left_mm, top_mm - 2.0)
    for number, gap_um in enumerate(GAPS_UM):
        x = _px(left_mm + (number % 3) * 9.0)
        y = _px(top_mm + (number // 3) * 14.0)
        gap_px = gap_um // VERNIER_STEP_UM
        rows = slice(y, y + high_px)
        plates[rows, x : x + side_px, WHITE_PLANE] = _FULL
        second = x + side_px + gap_px
        plates[rows, second : second + side_px, WHITE_PLANE] = _FULL
        _write(words, str(gap_um), x * PIXEL_MM, y * PIXEL_MM + 8.0 + 2.4)

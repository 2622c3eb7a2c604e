# SPDX-License-Identifier: Apache-2.0
"""Sheets of pictures to look at: a scan and maps of it side by side.

Job: draw rows, choose the best, middle and worst, stack rows on a sheet.
Not here: what is on them (`bench_condition_parts`), charts (`bench_condition_plots`).
"""

from collections.abc import Sequence

import cv2
import numpy as np

from pellicle.model.arrays import Array, Labels, Samples
from pellicle.raster.overlay import condition_overlay

ROW_PX = 640
SMALL_PX = 420
_GAP_PX = 6
_WHITE = 255
_TO_8 = 257
_GREY_BANDS = 1
_LETTERS_PX = 28
_LETTERS = 0.6


def picture_row(samples: Samples, maps: Sequence[Labels]) -> Samples:
    """Scan, then each map over it, each `ROW_PX` wide at most, as uint8 RGB."""
    rgb = (samples // _TO_8).astype(np.uint8)
    if rgb.shape[2] == _GREY_BANDS:
        rgb = np.repeat(rgb, 3, axis=2)
    overlaid = [condition_overlay(rgb, labels) for labels in maps]
    return _beside([_reduced(one, ROW_PX) for one in (rgb, *overlaid)])


def small_row(rgb: Samples, maps: Sequence[Labels]) -> Samples:
    """Like `picture_row`, reduced first so that single pixels stay to be seen."""
    small = _reduced(rgb, SMALL_PX)
    height, width = small.shape[:2]
    step = max(1, round(rgb.shape[0] / height))
    square = np.ones((step, step), np.uint8)
    parts = [small]
    for labels in maps:
        widest = cv2.dilate(labels, square)
        at = cv2.resize(widest, (width, height), interpolation=cv2.INTER_NEAREST)
        parts.append(condition_overlay(small, np.asarray(at, np.uint8)))
    return _beside(parts)


def stacked(rows: Sequence[tuple[str, Samples]], columns: Sequence[str]) -> Samples:
    """One sheet of rows, each under its name; `columns` say what is where."""
    width = max(row.shape[1] for _, row in rows)
    parts: list[Array] = []
    for name, row in rows:
        padded = np.full((row.shape[0], width, 3), _WHITE, np.uint8)
        padded[:, : row.shape[1]] = row
        step = (row.shape[1] + _GAP_PX) // len(columns)
        heads = [f"{name}: {columns[0]}", *columns[1:]]
        parts += [_headed(heads, step, width), padded]
    sheet: Samples = np.concatenate(parts)
    return sheet


def _headed(heads: Sequence[str], step: int, width: int) -> Samples:
    strip = np.full((_LETTERS_PX, width, 3), _WHITE, np.uint8)
    for place, head in enumerate(heads):
        at, font = (place * step + 4, 20), cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(strip, head, at, font, _LETTERS, (0, 0, 0), 1, cv2.LINE_AA)
    return strip


def _beside(pictures: Sequence[Array]) -> Samples:
    gap = np.full((pictures[0].shape[0], _GAP_PX, 3), _WHITE, np.uint8)
    parts = [part for picture in pictures for part in (picture, gap)][:-1]
    row: Samples = np.concatenate(parts, axis=1)
    return row


def _reduced(rgb: Array, side_px: int) -> Array:
    longest = max(rgb.shape[:2])
    if longest <= side_px:
        return rgb
    scale = side_px / longest
    size = round(rgb.shape[1] * scale), round(rgb.shape[0] * scale)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))

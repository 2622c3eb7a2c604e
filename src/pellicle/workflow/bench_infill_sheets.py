# SPDX-License-Identifier: Apache-2.0
"""Sheets of infills to look at, at 100 %: original, damaged, ours, peers side by side.

Job: choose the worst and median cases of each class, and lay them out with their names.
Not here: cutting them out (`bench_infill_crop`), charts (`bench_infill_plots`).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pellicle.model.arrays import Array, Mask, Samples
from pellicle.workflow.bench_infill_methods import OWN
from pellicle.workflow.bench_infill_real import RealInfills
from pellicle.workflow.bench_infill_table import Crops

CASES = 4
REAL_CUT_PX = 360
REAL_CUTS = 2
_FIXED = ("original", "damaged", *OWN)
_GAP_PX = 4
_STRIP_PX = 22
_WHITE = 255
_LETTERS = 0.45


def class_sheets(
    crops: Crops, classes: Mapping[str, Mapping[str, Any]], folder: Path
) -> Iterator[tuple[str, Samples]]:
    """Sheets of the worst and of the median cases of each class.

    Parameters
    ----------
    crops
        As measured.
    classes
        Their figures by class: peers are shown in the order of their ΔE00.
    folder
        Where the pictures of crops are.
    """
    for kind, one in classes.items():
        own = [crop for crop in crops if crop["class"] == kind]
        for what in ("worst", "median"):
            chosen = _chosen(own, what)
            order = _order(own[0]["columns"], one["methods"])
            rows = [_row(crop, what, folder) for crop in chosen]
            yield f"sheet-{kind}-{what}.png", _stacked(rows, order)


def _row(
    crop: Mapping[str, Any], what: str, folder: Path
) -> tuple[str, dict[str, Samples]]:
    picture = crop["pictures"][what]
    name = f"{crop['name']}, {what} region, seen ΔE00 {picture['seen_de00']:.2f}"
    return name, _cells(folder / picture["file"], crop["columns"])


def real_sheet(real: RealInfills) -> Samples:
    """One sheet of a photograph with real losses: where most is lost, at 100 %."""
    order = ["original", "losses marked", *real.made]
    pictures = {"original": real.original, "losses marked": real.marked, **real.made}
    lost = (real.marked != real.original).any(axis=2)
    rows = []
    for number, (at_rows, at_columns) in enumerate(_places(lost), start=1):
        cells = {name: part[at_rows, at_columns] for name, part in pictures.items()}
        rows.append((f"{real.name}, place {number}", cells))
    return _stacked(rows, order)


def _places(lost: Mask) -> Iterator[tuple[slice, slice]]:
    """Squares that hold most of the losses, apart from each other."""
    left = lost.astype(np.float32)
    sides = [min(REAL_CUT_PX, side) for side in lost.shape]
    for _ in range(REAL_CUTS):
        sums = cv2.blur(left, (sides[1], sides[0]), borderType=cv2.BORDER_CONSTANT)
        row, column = np.unravel_index(int(np.argmax(sums)), sums.shape)
        starts = [
            max(0, min(int(middle) - side // 2, length - side))
            for middle, side, length in zip(
                (row, column), sides, lost.shape, strict=True
            )
        ]
        at = (
            slice(starts[0], starts[0] + sides[0]),
            slice(starts[1], starts[1] + sides[1]),
        )
        if not left[at].any():
            return
        left[at] = 0
        yield at


def _chosen(crops: Crops, what: str) -> Crops:
    """Cases from the worst, or those about the middle."""

    def seen(crop: Mapping[str, Any]) -> float:
        return -float(crop["pictures"][what]["seen_de00"])

    order = sorted(crops, key=seen)
    start = 0 if what == "worst" else max(0, (len(order) - CASES) // 2)
    return order[start : start + CASES]


def _order(
    columns: Sequence[str], methods: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    peers = [name for name in columns if name not in _FIXED]
    peers.sort(key=lambda name: methods[name]["de00_mean"])
    return [*(name for name in _FIXED if name in columns), *peers]


def _cells(path: Path, columns: Sequence[str]) -> dict[str, Samples]:
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    row: Array = np.zeros((1, len(columns), 3), np.uint8) if bgr is None else bgr
    parts = np.split(np.ascontiguousarray(row[..., ::-1]), len(columns), axis=1)
    return dict(zip(columns, parts, strict=True))


def _stacked(
    rows: Sequence[tuple[str, Mapping[str, Samples]]], order: Sequence[str]
) -> Samples:
    widest = max(cells[name].shape[1] for _, cells in rows for name in order)
    width = (widest + _GAP_PX) * len(order)
    parts: list[Array] = []
    for name, cells in rows:
        title = _strip(width)
        _write(title, name, 4)
        heads = _strip(width)
        tallest = max(cell.shape[0] for cell in cells.values())
        row: Array = np.full((tallest + _GAP_PX, width, 3), _WHITE, np.uint8)
        for place, head in enumerate(order):
            left = place * (widest + _GAP_PX)
            _write(heads, head, left + 2)
            cell = cells[head]
            row[: cell.shape[0], left : left + cell.shape[1]] = cell
        parts += [title, heads, row]
    sheet: Array = np.concatenate(parts)
    return sheet


def _strip(width: int) -> Samples:
    return np.full((_STRIP_PX, width, 3), _WHITE, np.uint8)


def _write(strip: Samples, text: str, left: int) -> None:
    plain = text.replace("–", "-").replace("Δ", "d")
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(strip, plain, (left, 16), font, _LETTERS, (0, 0, 0), 1, cv2.LINE_AA)

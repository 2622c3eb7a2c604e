# SPDX-License-Identifier: Apache-2.0
"""Pairs of places that a person found in the scan and in a reference image.

Job: read them from CSV or JSON.
Not here: what is made of them (`stages/reconstruct/reference`).
"""

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pellicle.errors import BadPointsError
from pellicle.io.picture_file import require_file

FEWEST_PAIRS = 4
_NUMBERS = 4
PointPair = tuple[float, float, float, float]


def read_points(path: Path) -> tuple[PointPair, ...]:
    """Read pairs: x and y in the scan, x and y in the reference; pixels, from a corner.

    Parameters
    ----------
    path
        CSV, one pair a line (a first line of words is skipped; commas, semicolons or
        tabs), or JSON: a list of lists of four numbers.

    Raises
    ------
    NoSuchFileError, UnreadableFileError
        If there is nothing to read.
    BadPointsError
        If it holds anything else, or fewer than four pairs.
    """
    require_file(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadPointsError(str(path), "is not text") from error
    rows = _from_json(path, text) if text.lstrip()[:1] == "[" else _from_csv(path, text)
    pairs = tuple(_pair(path, number, row) for number, row in enumerate(rows, start=1))
    if len(pairs) < FEWEST_PAIRS:
        raise BadPointsError(str(path), f"holds {len(pairs)} pairs")
    return pairs


def _from_json(path: Path, text: str) -> list[Any]:
    try:
        return list(json.loads(text))
    except ValueError as error:
        raise BadPointsError(str(path), f"is not JSON ({error})") from error


def _from_csv(path: Path, text: str) -> list[Any]:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise BadPointsError(str(path), "is empty")
    by = next((sign for sign in "\t;," if sign in lines[0]), ",")
    rows: list[Any] = list(csv.reader(lines, delimiter=by))
    worded = any(not _is_number(cell) for cell in rows[0])
    return rows[1:] if worded else rows


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _pair(path: Path, number: int, row: Any) -> PointPair:
    wrong = BadPointsError(str(path), f"has no four numbers as its pair {number}")
    if not isinstance(row, Sequence) or isinstance(row, str) or len(row) != _NUMBERS:
        raise wrong
    try:
        x, y, there_x, there_y = (float(one) for one in row)
    except (TypeError, ValueError) as error:
        raise wrong from error
    if not all(map(math.isfinite, (x, y, there_x, there_y))):
        raise wrong
    return x, y, there_x, there_y

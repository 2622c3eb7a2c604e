# SPDX-License-Identifier: Apache-2.0
"""Pairs of colours that a person writes down, as a table or as JSON.

Job: read the rows; each side of a pair is a place or a measured colour.
Not here: the colour at a place (`workflow/colour_pairs.py`).
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellicle.errors import BadColourPairsError, UnreadableFileError
from pellicle.io.picture_file import require_file
from pellicle.model.recolouring import LabD50, Place

USUAL_RADIUS_MM = 1.0
_LARGEST_RADIUS_MM = 50.0
_SIDES = ("from", "to")
_COLUMNS = (
    *(f"{side}_{name}" for side in _SIDES for name in ("x", "y", "l", "a", "b")),
    "radius_mm",
    "note",
)
_MOST_ROWS = 1000
_MOST_LIGHTNESS = 100.0
_MOST_CHROMA = 160.0


@dataclass(frozen=True, slots=True)
class GivenPair:
    """One row; each side is a place or a colour."""

    row: int
    before: Place | LabD50
    after: Place | LabD50
    note: str


def read_colour_pairs(path: Path) -> list[GivenPair]:
    """Read a CSV or JSON file.

    Raises
    ------
    BadColourPairsError
        Naming the row that cannot be used.
    NoSuchFileError, UnreadableFileError
        If there is nothing to read.
    """
    require_file(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadColourPairsError(
            str(path), "it is not UTF-8 text", "a table or JSON"
        ) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFileError(str(path), reason.lower()) from error
    is_json = text.lstrip()[:1] in {"[", "{"}
    rows = _json_rows(path, text) if is_json else _table_rows(path, text)
    pairs = [_pair(path, number, row) for number, row in rows]
    if not 0 < len(pairs) <= _MOST_ROWS:
        found, needed = f"it holds {len(pairs)} pairs", f"1 to {_MOST_ROWS} pairs"
        raise BadColourPairsError(str(path), found, needed)
    return pairs


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise BadColourPairsError(
            str(path), f"line {line} is not JSON", "a list of objects"
        ) from error
    rows = found.get("pairs") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise BadColourPairsError(str(path), "it is no list", "a list of objects")
    yield from enumerate(rows, start=1)


def _table_rows(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    table = csv.DictReader(io.StringIO(text.lstrip()), delimiter=delimiter)
    for number, row in enumerate(table, start=1):
        if None in row:
            found = f"row {number} has more cells than the first line has names"
            raise BadColourPairsError(str(path), found, "a name for each cell")
        cells = {name: (cell or "").strip() for name, cell in row.items()}
        if not any(cells.values()):
            continue
        if delimiter == ";":
            cells = {
                name: cell if name.strip() == "note" else cell.replace(",", ".")
                for name, cell in cells.items()
            }
        yield number, cells


def _pair(path: Path, number: int, row: Mapping[str, Any]) -> GivenPair:
    cells = {str(name).strip().lower(): cell for name, cell in row.items()}
    for name in cells:
        if name not in _COLUMNS:
            found = f"row {number} has a value called {name!r}"
            needed = "from_x, from_y, from_L, from_a, from_b, to_…, radius_mm or note"
            raise BadColourPairsError(str(path), found, needed)
    given = {name: cell for name, cell in cells.items() if cell not in {None, ""}}
    numbers = {
        name: _number(path, number, name, cell)
        for name, cell in given.items()
        if name != "note"
    }
    radius_mm = numbers.get("radius_mm", USUAL_RADIUS_MM)
    if not 0 < radius_mm <= _LARGEST_RADIUS_MM:
        found = f"row {number} has radius_mm {radius_mm:g}"
        needed = f"above 0 and up to {_LARGEST_RADIUS_MM:g}"
        raise BadColourPairsError(str(path), found, needed)
    before, after = (_side(path, number, side, numbers, radius_mm) for side in _SIDES)
    return GivenPair(number, before, after, str(given.get("note", ""))[:1000])


def _number(path: Path, row: int, name: str, cell: Any) -> float:
    try:
        value = math.nan if isinstance(cell, bool) else float(cell)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        found = f"row {row} has {name} {str(cell)[:40]!r}"
        raise BadColourPairsError(str(path), found, "a number")
    return value


def _side(
    path: Path,
    row: int,
    side: str,
    numbers: Mapping[str, float],
    radius_mm: float,
) -> Place | LabD50:
    place = [numbers.get(f"{side}_{name}") for name in "xy"]
    colour = [numbers.get(f"{side}_{name}") for name in "lab"]
    match [*place, *colour]:
        case [float(x), float(y), None, None, None]:
            return Place(x=x, y=y, radius_mm=radius_mm)
        case [None, None, float(lightness), float(a), float(b)]:
            if 0 <= lightness <= _MOST_LIGHTNESS and max(abs(a), abs(b)) < _MOST_CHROMA:
                return lightness, a, b
            found = f"row {row} has {side}_ L, a, b {lightness:g}, {a:g}, {b:g}"
            raise BadColourPairsError(str(path), found, "L*a*b* of a surface")
        case _:
            found = f"row {row} says neither one place nor one colour with {side}_"
            needed = f"{side}_x and {side}_y, or {side}_L, {side}_a and {side}_b"
            raise BadColourPairsError(str(path), found, needed)

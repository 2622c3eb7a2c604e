# SPDX-License-Identifier: Apache-2.0
"""CGATS text tables (CGATS.17, ANSI IT8.7; ArgyllCMS's .ti1, .ti2 and .ti3).

Job: keywords, field names and rows of every table in a file; and writing one table.
Not here: what the fields mean (`measurements_file.py`, `chart_files.py`).

Real files differ from the standard, and are taken as they come: a wrong
NUMBER_OF_FIELDS or NUMBER_OF_SETS as long as the rows are complete; field names over
several lines, names in small letters, tabs, quoted text with spaces, comments, decimal
commas, and keywords that were never declared.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pellicle.errors import BadMeasurementsError, UnreadableFileError
from pellicle.io.picture_file import require_file
from pellicle.io.writing import write_whole

_TOKEN = re.compile(r'"((?:[^"]|"")*)"|([^\s"]+)')
_LARGEST_BYTES = 64 << 20
_NEEDED = "a CGATS table with BEGIN_DATA_FORMAT and BEGIN_DATA"


@dataclass(frozen=True, slots=True)
class CgatsTable:
    """One table of a file.

    Attributes
    ----------
    keywords
        Keyword, in capitals, to its text; those of earlier tables included.
    fields
        Names of the columns, in capitals.
    rows
        A text for each field.
    """

    keywords: Mapping[str, str]
    fields: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_cgats(path: Path) -> tuple[CgatsTable, ...]:
    """Every table of a file that has rows.

    Raises
    ------
    BadMeasurementsError
        If it is no such file, is cut off, or a row does not fit its fields.
    NoSuchFileError, UnreadableFileError
        If there is nothing to read.
    """
    require_file(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFileError(str(path), reason.lower()) from error
    if len(content) > _LARGEST_BYTES or b"\0" in content:
        raise BadMeasurementsError(str(path), "it is not a text table", _NEEDED)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    tables = _Reader(str(path), text.splitlines()).tables()
    if not tables:
        raise BadMeasurementsError(str(path), "it holds no table", _NEEDED)
    return tables


def write_cgats(
    path: Path,
    kind: str,
    keywords: Mapping[str, str],
    fields: Sequence[str],
    rows: Iterable[Sequence[str | float]],
) -> None:
    """Write one table; keywords and fields beyond the standard's are declared.

    Raises
    ------
    DiskFullError, UnwritableError
        If it cannot be written.
    """
    lines = [kind, ""]
    for name, text in keywords.items():
        quoted = text.replace('"', '""')
        lines += [f'KEYWORD "{name}"', f'{name} "{quoted}"']
    lines += ["", f"NUMBER_OF_FIELDS {len(fields)}", "BEGIN_DATA_FORMAT"]
    lines += [" ".join(fields), "END_DATA_FORMAT", ""]
    written = [" ".join(_shown(value) for value in row) for row in rows]
    lines += [f"NUMBER_OF_SETS {len(written)}", "BEGIN_DATA", *written, "END_DATA", ""]
    write_whole(path, "\n".join(lines).encode())


def _shown(value: str | float) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:.5g}"


class _Reader:
    def __init__(self, path: str, lines: Sequence[str]) -> None:
        self._path = path
        self._lines = lines
        self._at = 0
        self._keywords: dict[str, str] = {}
        self._fields: tuple[str, ...] = ()

    def tables(self) -> tuple[CgatsTable, ...]:
        found: list[CgatsTable] = []
        while self._at < len(self._lines):
            words = _words(self._lines[self._at])
            self._at += 1
            if not words:
                continue
            match words[0].upper():
                case "BEGIN_DATA_FORMAT":
                    names = self._until("END_DATA_FORMAT", words[1:])
                    self._fields = tuple(name.upper() for row in names for name in row)
                case "BEGIN_DATA":
                    rows = self._until("END_DATA", words[1:])
                    table = self._table(rows)
                    if table.rows:
                        found.append(table)
                case "KEYWORD":
                    pass
                case name:
                    self._keywords[name] = " ".join(words[1:])
        return tuple(found)

    def _until(self, end: str, first: list[str]) -> list[list[str]]:
        begun, rows = self._at, [first] if first else []
        while self._at < len(self._lines):
            words = _words(self._lines[self._at])
            self._at += 1
            if words and words[0].upper() == end:
                return rows
            if words:
                rows.append(words)
        found = f"line {begun} begins a list without {end}"
        raise BadMeasurementsError(self._path, found, "a whole file")

    def _table(self, rows: list[list[str]]) -> CgatsTable:
        width = len(self._fields)
        if not width:
            found = "its rows come without names of fields"
            raise BadMeasurementsError(self._path, found, _NEEDED)
        if any(len(row) != width for row in rows):
            # Long rows may be broken; whole ones come out of their sequence.
            words = [word for row in rows for word in row]
            odd = next(n for n, row in enumerate(rows, 1) if len(row) != width)
            even = len(words) % width == 0 and all(len(row) < width for row in rows)
            if not even:
                found = f"row {odd} of its data has {len(rows[odd - 1])} values"
                needed = f"one for each of the {width} fields"
                raise BadMeasurementsError(self._path, found, needed)
            rows = [words[n : n + width] for n in range(0, len(words), width)]
        return CgatsTable(
            dict(self._keywords), self._fields, tuple(tuple(row) for row in rows)
        )


def _words(line: str) -> list[str]:
    words: list[str] = []
    for match in _TOKEN.finditer(line):
        quoted, plain = match.groups()
        if plain is not None and plain.startswith("#"):
            break
        words.append(plain if quoted is None else quoted.replace('""', '"'))
    return words

# SPDX-License-Identifier: Apache-2.0
"""`decisions.jsonl`: one decision a line, appended, never edited."""

import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from pellicle.errors import TreatmentDamagedError, UnreadableFileError
from pellicle.io.writing import cannot_write
from pellicle.model.decision import Decision
from pellicle.treatment.folder import Treatment

_FILE_NAME = "decisions.jsonl"


def read_decisions(treatment: Treatment) -> tuple[Decision, ...]:
    """Every decision, oldest first.

    Raises
    ------
    TreatmentDamagedError
        If a line cannot be read; a last line cut short by a crash is left out.
    """
    path = treatment.path / _FILE_NAME
    *lines, last = _content(path).split(b"\n")
    if _is_whole(last):
        lines.append(last)
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(Decision.model_validate_json(line))
        except ValidationError as error:
            raise TreatmentDamagedError(
                str(path), f"line {number} is not a decision"
            ) from error
    return tuple(found)


def append_decisions(treatment: Treatment, decisions: Sequence[Decision]) -> None:
    """Add decisions and wait until they are on the disk.

    Raises
    ------
    UnwritableError, DiskFullError
        If they cannot be added.
    """
    path = treatment.path / _FILE_NAME
    last = _content(path).rpartition(b"\n")[2]
    lines = b"".join(one.model_dump_json().encode() + b"\n" for one in decisions)
    try:
        with path.open("ab") as file:
            if _is_whole(last):
                lines = b"\n" + lines
            elif last:  # nothing may join what a crash cut short
                file.truncate(file.tell() - len(last))
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise cannot_write(path, error) from error


def append_decision(treatment: Treatment, decision: Decision) -> None:
    """Add one decision; see `append_decisions`."""
    append_decisions(treatment, [decision])


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.exists() else b""
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFileError(str(path), reason.lower()) from error


def _is_whole(last: bytes) -> bool:
    """Whether a last line without its end is a decision: an editor may drop the end."""
    try:
        Decision.model_validate_json(last)
    except ValidationError:
        return False
    return True

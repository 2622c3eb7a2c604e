# SPDX-License-Identifier: Apache-2.0
"""`decisions.jsonl`: one decision a line, appended, never edited."""

import os

from pydantic import ValidationError

from pellicle.errors import TreatmentDamagedError
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
    if not path.exists():
        return ()
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = text.split("\n")[:-1]
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(Decision.model_validate_json(line))
        except ValidationError as error:
            raise TreatmentDamagedError(
                str(path), f"line {number} is not a decision"
            ) from error
    return tuple(found)


def append_decision(treatment: Treatment, decision: Decision) -> None:
    """Add one decision and wait until it is on the disk."""
    path = treatment.path / _FILE_NAME
    try:
        whole = path.exists() and path.read_bytes().rpartition(b"\n")[2]
        with path.open("ab") as file:
            if whole:  # a line cut short by a crash: nothing after it may join it
                file.truncate(file.tell() - len(whole))
            file.write(decision.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise cannot_write(path, error) from error

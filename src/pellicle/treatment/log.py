# SPDX-License-Identifier: Apache-2.0
"""`log/timings.jsonl`: how long each job took. Safe to delete; no export says it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from pellicle.treatment.folder import Treatment

_FILE_NAME = "timings.jsonl"


def log_timings(treatment: Treatment, what: str, timings: Mapping[str, Any]) -> None:
    """Add one line: what was done, when it ended, how long it took.

    A line that cannot be written is left out: the job itself is done.
    """
    ended = datetime.now(UTC).replace(microsecond=0).isoformat()
    line = json.dumps({"what": what, "ended": ended, **timings})
    with suppress(OSError):
        folder = treatment.path / "log"
        folder.mkdir(exist_ok=True)
        with (folder / _FILE_NAME).open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"{line}\n")

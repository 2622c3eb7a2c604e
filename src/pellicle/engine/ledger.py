# SPDX-License-Identifier: Apache-2.0
"""Which tasks of an unfinished run are done: what makes resuming possible."""

import os
from pathlib import Path

from pellicle.io.writing import cannot_write


class Ledger:
    """Names of finished tasks, one a line, on disk before `done` returns.

    Parameters
    ----------
    path
        File, made with the first task.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        found = self._path.read_bytes() if self._path.exists() else b""
        whole, _, torn = found.rpartition(b"\n")
        self._done = set(whole.decode(errors="replace").split("\n")) - {""}
        # A line cut short by a crash does not count, and the next must not join it.
        self._begin = "\n" if torn else ""

    def has(self, task: str) -> bool:
        """Whether a task was finished."""
        return task in self._done

    def done(self, task: str) -> None:
        """Remember that a task's result is on disk."""
        try:
            with self._path.open("a", encoding="utf-8", newline="\n") as file:
                file.write(f"{self._begin}{task}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise cannot_write(self._path, error) from error
        self._begin = ""
        self._done.add(task)

# SPDX-License-Identifier: Apache-2.0
"""Files that people hand in: hashed, copied, and not read again without need.

Job: what a failing read means, as distinct from a failing write.
Not here: where the copies lie and what is known of them (`folder.py`).
"""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pellicle.errors import CannotWriteError, PellicleError, UnreadableFileError
from pellicle.io.writing import whole_file, write_whole

_PIECE_BYTES = 1 << 20
_SETTLED_S = 2.0
"""A file changed this lately may change again within its time stamp: FAT's is 2 s."""


def received_sha256(path: Path, memory: Path) -> str:
    """Hash of a file; one that is as it was when last hashed is not read again.

    Parameters
    ----------
    memory
        JSON file of hashes by path, size and time. Safe to delete.

    Raises
    ------
    UnreadableFileError
        If the file cannot be read.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    name = str(path.resolve())
    state = [stat.st_size, stat.st_mtime_ns]
    known = _remembered(memory)
    match known.get(name):
        case [*before, str(sha256)] if before == state:
            return sha256
    total = hashlib.sha256()
    for piece in _pieces(path):
        total.update(piece)
    if abs(time.time() - stat.st_mtime) > _SETTLED_S:
        known[name] = [*state, total.hexdigest()]
        with suppress(CannotWriteError):  # it will be hashed again
            write_whole(memory, json.dumps(known, indent=1, sort_keys=True).encode())
    return total.hexdigest()


def keep_copy(path: Path, kept: Path, sha256: str) -> None:
    """Copy a file whose hash is known; the copy is read-only.

    Raises
    ------
    UnreadableFileError
        If the file cannot be read, or is not what was hashed.
    UnwritableError, DiskFullError
        If it cannot be kept.
    """
    if not kept.exists():
        total = hashlib.sha256()
        with whole_file(kept) as beside:
            with beside.open("wb") as copy:
                for piece in _pieces(path):
                    total.update(piece)
                    copy.write(piece)
            if total.hexdigest() != sha256:
                raise UnreadableFileError(str(path), "it changed while it was read")
    with suppress(OSError):  # some drives know no permissions
        kept.chmod(0o444)


@contextmanager
def named_as_received(kept: Path, name: str) -> Iterator[None]:
    """Let errors about a kept copy name the file that a person handed in."""
    try:
        yield
    except PellicleError as error:
        if not name or str(kept) not in error.args:
            raise
        arguments = (name if one == str(kept) else one for one in error.args)
        raise type(error)(*arguments) from error


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> UnreadableFileError:
    reason = error.strerror or type(error).__name__
    return UnreadableFileError(str(path), reason.lower())


def _remembered(memory: Path) -> dict[str, Any]:
    try:
        known = json.loads(memory.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}

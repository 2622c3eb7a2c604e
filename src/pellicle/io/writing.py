# SPDX-License-Identifier: Apache-2.0
"""Whole files or none: write beside, then rename.

Job: one way to write a file so that a crash, a full disk or a second reader never sees
half of it, and one way to say why it could not be written.
Not here: rasters (`store.py`).
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pellicle.errors import DiskFullError, UnwritableError


def cannot_write(path: Path, error: OSError) -> DiskFullError | UnwritableError:
    """Name the reason why `path` could not be written."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFullError(str(path))
    return UnwritableError(str(path), error.strerror or type(error).__name__)


def partial_name(name: str) -> str:
    """Name of a file while it is written."""
    return f".{name}.partial"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Path to write to; becomes `path` when the block ends well, else is removed.

    Raises
    ------
    DiskFullError, UnwritableError
        If the file cannot be written.
    """
    beside = path.with_name(partial_name(path.name))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        with beside.open("rb+") as written:
            os.fsync(written.fileno())
        beside.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):  # the reason why is on its way already
            beside.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file, whole or not at all."""
    with whole_file(path) as beside:
        beside.write_bytes(content)

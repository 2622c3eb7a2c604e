# SPDX-License-Identifier: Apache-2.0
"""One writer at a time. The system frees the lock when its holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from pellicle.errors import TreatmentBusyError
from pellicle.io.writing import cannot_write
from pellicle.treatment.folder import Treatment


@contextmanager
def writing(treatment: Treatment) -> Iterator[None]:
    """Be the only writer inside the block.

    Raises
    ------
    TreatmentBusyError
        If somebody else writes to the treatment.
    """
    lock = FileLock(treatment.path / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise TreatmentBusyError(str(treatment.path)) from error
    except OSError as error:
        raise cannot_write(treatment.path, error) from error
    try:
        yield
    finally:
        lock.release()

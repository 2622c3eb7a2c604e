# SPDX-License-Identifier: Apache-2.0
"""Errors that a user can act on.

Job: one tree of exceptions; each says what was found, what was needed and what to do,
and carries the exit status of the command line.
Not here: turning them into exit codes (`cli/main.py`).

Every concrete class has a page `docs/errors/<code>.md` and a sample in
`tests/unit/test_errors.py`. Constructors hand their own arguments to
`super().__init__`, so that an error survives the way back from a worker process.
"""

from typing import ClassVar

from typing_extensions import override


class PellicleError(Exception):
    """Base class. `code` names the page of the manual that explains the error."""

    code: ClassVar[str] = "internal"
    exit_status: ClassVar[int] = 70

    problem: str = "Something went wrong inside Pellicle."
    hint: str = "Please report it, with the files in the treatment's log folder."

    @override
    def __str__(self) -> str:
        return f"{self.problem} {self.hint} [{self.code}]"


class UsageError(PellicleError):
    """The command or a setting cannot be used as given."""

    exit_status = 2


class BadInputError(PellicleError):
    """A file's content cannot be used."""

    exit_status = 65


class MissingError(PellicleError):
    """Something the command needs is not there."""

    exit_status = 69


class CannotWriteError(PellicleError):
    """A result cannot be written."""

    exit_status = 73


class TemporaryError(PellicleError):
    """Nothing is wrong with the input; run the same command again."""

    exit_status = 75


class BadScaleError(UsageError):
    """A pixel size that no scan of a painting has."""

    code = "bad-scale"

    def __init__(self, um: float) -> None:
        super().__init__(um)
        self.problem = (
            f"The scale given makes one pixel {um:g} µm of painting; "
            "0.05 to 5,000 µm was expected."
        )
        self.hint = (
            "Give the painting's width with --width-mm, or the scan's with --ppi."
        )


class DiskFullError(CannotWriteError):
    """No space is left."""

    code = "disk-full"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = f"The disk is full: {path} could not be written."
        self.hint = (
            "Nothing that was finished is lost. "
            "Free some space and run the same command again."
        )


class UnwritableError(CannotWriteError):
    """A file or folder cannot be written."""

    code = "cannot-write"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.problem = f"{path} could not be written: {reason}."
        self.hint = (
            "Choose a folder that you may write to, or change its permissions, "
            "and run the same command again."
        )


class StoreDamagedError(BadInputError):
    """A raster of a treatment cannot be read back."""

    code = "store-damaged"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = f"{path} is missing or cannot be read back."
        self.hint = (
            "Run `pellicle verify` to see what was changed by hand; move the damaged "
            "run's folder away and run the same command again to make it anew."
        )

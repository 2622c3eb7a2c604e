# SPDX-License-Identifier: Apache-2.0
"""Families of errors: each carries the exit status of the command line."""

from typing import ClassVar

from typing_extensions import override


class PellicleError(Exception):
    """Base class. `code` names the page of the manual that explains the error.

    Attributes
    ----------
    problem
        What was found; what was needed.
    hint
        What to do.
    """

    code: ClassVar[str] = "internal"
    exit_status: ClassVar[int] = 70

    problem: str = (
        "something went wrong inside Pellicle; nothing of the kind was expected"
    )
    hint: str = "please report it, with the files in the treatment's log folder"

    @override
    def __str__(self) -> str:
        return f"{self.problem}; {self.hint} [{self.code}]"


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

# SPDX-License-Identifier: Apache-2.0
"""Errors of print files."""

from pellicle.errors.families import BadInputError


class PrintFileError(BadInputError):
    """A print file is not what was meant, as another program's reader sees it."""

    code = "print-file"

    def __init__(self, name: str, found: str) -> None:
        super().__init__(name, found)
        self.problem = (
            f"the print file {name} failed the preflight: {found}; a file that other "
            "programs read as it was meant was needed"
        )
        self.hint = (
            "do not print it: remove it and run `pellicle export` again with enough "
            "room on the disk, and report it if that does not help"
        )

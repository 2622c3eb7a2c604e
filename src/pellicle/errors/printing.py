# SPDX-License-Identifier: Apache-2.0
"""Errors of print files."""

import math

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


class MediaTooSmallError(BadInputError):
    """Film on which the marks and a useful piece of the painting have no room."""

    code = "media-too-small"

    def __init__(
        self,
        setup: str,
        printable_mm: tuple[float, float],
        needed_mm: tuple[float, float],
    ) -> None:
        super().__init__(setup, printable_mm, needed_mm)
        width, length = printable_mm
        down = "any length" if math.isinf(length) else f"{length:.1f} mm"
        self.problem = (
            f"the media of the print setup {setup} can be printed on {width:.1f} mm × "
            f"{down}; {needed_mm[0]:.1f} × {needed_mm[1]:.1f} mm were needed for the "
            "marks with a piece of the painting"
        )
        self.hint = (
            "print on larger film and say so under [media] in the print setup, where "
            "width, length and margins stand in millimetres"
        )

# SPDX-License-Identifier: Apache-2.0
"""Errors of colour: ICC profiles and print setups."""

from pellicle.errors.families import BadInputError, MissingError, UsageError


class ProfileConversionError(BadInputError):
    """Colours cannot be brought from one ICC profile to another."""

    code = "profile-conversion"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.problem = (
            f"the colours of {path} could not be converted to the scan's profile: "
            f"{reason}; an RGB or grey profile that can be read was needed"
        )
        self.hint = "convert it to the scan's own profile where it was painted"


class BrokenProfileError(BadInputError):
    """An ICC profile that cannot be used as it is."""

    code = "broken-profile"

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.problem = (
            f"the ICC profile cannot be read: {found}; a whole, valid profile was "
            "needed"
        )
        self.hint = (
            "get the profile again from its maker, or save the scan again with a "
            "standard profile such as Adobe RGB or sRGB"
        )


class WrongProfileError(BadInputError):
    """An ICC profile of another kind than its use asks for."""

    code = "wrong-profile"

    def __init__(self, description: str, found: str, needed: str) -> None:
        super().__init__(description, found, needed)
        self.problem = f"the ICC profile '{description}' is {found}; {needed}"
        self.hint = (
            "convert the scan to RGB in the program it came from, or name the "
            "printer's CMYK profile in the print setup"
        )


class UnknownPrintSetupError(UsageError):
    """No print setup has the name that was given."""

    code = "unknown-print-setup"

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.problem = (
            f"there is no print setup named {name!r}; one of the built-in ones "
            f"({', '.join(known)}) or a file was needed"
        )
        self.hint = "give one of these names, or the path of a .toml file"


class PrintSetupFileError(BadInputError):
    """A print setup file holds something that cannot be used."""

    code = "bad-print-setup"

    def __init__(self, path: str, place: str, found: str) -> None:
        super().__init__(path, place, found)
        where = f"{path}, {place}" if place else path
        self.problem = (
            f"the print setup {where} cannot be used: {found}; a TOML file in the form "
            "of the built-in setups was needed"
        )
        self.hint = (
            "correct it: `pellicle print-setup list` names the built-in setups, whose "
            "files explain every entry"
        )


class InkProfileMissingError(MissingError):
    """The ICC profile that a print setup names is not there."""

    code = "ink-profile-missing"

    def __init__(self, profile: str, setup: str) -> None:
        super().__init__(profile, setup)
        self.problem = (
            f"the print setup {setup} names the ICC profile {profile!r}; a profile "
            "beside it, or one of those that come with Pellicle, was needed"
        )
        self.hint = "put the profile into the setup file's folder"

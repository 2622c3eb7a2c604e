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


class NotATreatmentError(MissingError):
    """The folder is not a treatment."""

    code = "not-a-treatment"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = f"{path} is not a treatment folder."
        self.hint = (
            "A treatment is made by `pellicle restore SCAN -o NAME.pellicle`, in a new "
            "or empty folder."
        )


class TreatmentDamagedError(BadInputError):
    """A file of the treatment was changed so that it cannot be read."""

    code = "treatment-damaged"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = f"{path} cannot be used: {found}."
        self.hint = (
            "Put back the file as it was, or see `pellicle verify` for what else "
            "was changed."
        )


class SourceConflictError(UsageError):
    """The treatment was begun with another scan."""

    code = "other-scan"

    def __init__(self, treatment: str, known: str, given: str) -> None:
        super().__init__(treatment, known, given)
        self.problem = (
            f"{treatment} was begun with the scan kept as {known}; "
            f"{given} is another picture."
        )
        self.hint = "Choose another folder with -o for another scan."


class TreatmentBusyError(TemporaryError):
    """Somebody else writes to the treatment."""

    code = "treatment-busy"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = f"Another Pellicle is writing to {path}."
        self.hint = "Wait until it is done, then run the same command again."


class WorkerLostError(TemporaryError):
    """A worker process died."""

    code = "worker-lost"

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self.problem = f"A worker process ended unexpectedly during {stage}."
        self.hint = (
            "What was finished is kept: run the same command again. If memory is "
            "short, use --workers 1."
        )


class ScaleUnknownError(MissingError):
    """Nothing says how large the painting is."""

    code = "scale-unknown"

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.problem = (
            f"{file} does not say how large the painting is "
            "(1, 72 and 96 ppi count as unstated)."
        )
        self.hint = (
            "Measure the width that the picture shows and give it with --width-mm, "
            "or give the scan's sampling rate with --ppi."
        )


class UnknownRegionError(UsageError):
    """No region has this id."""

    code = "unknown-region"

    def __init__(self, region: str, count: int) -> None:
        super().__init__(region, count)
        self.problem = f"None of the {count} regions has the id {region!r}."
        self.hint = "Ids are listed in the report and in exports/regions.geojson."


class NotYetMadeError(MissingError):
    """An earlier step has not been done."""

    code = "not-yet-made"

    def __init__(self, needed: str) -> None:
        super().__init__(needed)
        self.problem = f"This needs the {needed}, which has not been made yet."
        self.hint = "Run `pellicle restore` to make everything in order."


class BadSettingError(UsageError):
    """A setting has a value that it cannot have."""

    code = "bad-setting"

    def __init__(self, setting: str, found: str, needed: str) -> None:
        super().__init__(setting, found, needed)
        self.problem = f"{setting} cannot be {found}: {needed}."
        self.hint = "Give another value; --help lists each setting with its range."


class PolicyFileError(UsageError):
    """A policy cannot be used."""

    code = "bad-policy"

    def __init__(self, name: str, found: str) -> None:
        super().__init__(name, found)
        self.problem = f"The policy {name} cannot be used: {found}."
        self.hint = "Use draft, strict, or a TOML file in the form of these two."


class NothingKnownError(BadInputError):
    """No intact paint is left to work from."""

    code = "nothing-intact"

    def __init__(self, share_percent: float) -> None:
        super().__init__(share_percent)
        self.problem = (
            f"{share_percent:.0f} % of the painting is marked as damage; there is no "
            "intact paint to work from."
        )
        self.hint = (
            "Check the file given with --damage (white is damage) and the outline."
        )


class EmptyOutlineError(BadInputError):
    """The outline holds no pixel of the scan."""

    code = "empty-outline"

    def __init__(self, outline: str) -> None:
        super().__init__(outline)
        self.problem = (
            f"The outline ({outline}) marks no pixel of the scan as painting; at least "
            "one is needed."
        )
        self.hint = (
            "Give an --outline that is white where the painting is, or --outline none "
            "for the whole picture."
        )


class NoSuchFileError(MissingError):
    """A file that was named is not there, or is not a file."""

    code = "no-such-file"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = f"{path} {found}; a file was needed."
        self.hint = "Check the name and the folder, and run the command again."


class UnreadableFileError(MissingError):
    """A file is there but may not be read."""

    code = "cannot-read"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.problem = f"{path} could not be read: {reason}."
        self.hint = (
            "Check its permissions and that the disk or network drive is connected, "
            "and run the command again."
        )


class UnknownFormatError(BadInputError):
    """A file is of a kind that is not read."""

    code = "unknown-format"

    def __init__(self, path: str, found: str, needed: str) -> None:
        super().__init__(path, found, needed)
        self.problem = f"{path} {found}; {needed} was needed."
        self.hint = "Save it as TIFF from the program that made it, and use that file."


class TruncatedScanError(BadInputError):
    """A picture file ends before its last pixel."""

    code = "truncated-scan"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = f"{path} is incomplete: {found}; a whole picture was needed."
        self.hint = "Copy the file again from where it came, or export it again."


class CorruptScanError(BadInputError):
    """A picture file's content contradicts itself."""

    code = "corrupt-scan"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = f"{path} is damaged: {found}; an intact picture was needed."
        self.hint = "Copy the file again from where it came, or export it again."


class ScanColourError(BadInputError):
    """A picture's colour channels cannot be used."""

    code = "scan-colour"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = f"{path} holds {found}; RGB or grey was needed."
        self.hint = (
            "Convert it to RGB, with its ICC profile embedded, at 16 bits a channel."
        )


class ScanDepthError(BadInputError):
    """A picture's samples are not 8- or 16-bit integers."""

    code = "scan-depth"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = (
            f"{path} holds {found}; integers of 8 or 16 bits a channel were needed."
        )
        self.hint = "Convert it to 16 bits a channel and save it as TIFF."


class ScanCompressionError(BadInputError):
    """A picture's compression is not read."""

    code = "scan-compression"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = (
            f"{path} is compressed with {found}; no compression, LZW, deflate, "
            "PackBits or JPEG was needed."
        )
        self.hint = "Save it again as TIFF without compression or with LZW."


class SeveralPagesError(BadInputError):
    """A TIFF holds several full pictures, or a thumbnail comes first."""

    code = "several-pages"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = f"{path} holds {found}; one picture was needed."
        self.hint = "Save the page that is meant as a TIFF of its own."


class ScanTooSmallError(BadInputError):
    """A scan has too few pixels to be one."""

    code = "scan-too-small"

    def __init__(self, path: str, width_px: int, height_px: int, least_px: int) -> None:
        super().__init__(path, width_px, height_px, least_px)
        self.problem = (
            f"{path} is {width_px} × {height_px} px; "
            f"at least {least_px} px a side were needed."
        )
        self.hint = "Use the full-size scan, not its thumbnail."


class ReconstructionSizeError(BadInputError):
    """A virtual restoration has another size than the scan."""

    code = "reconstruction-size"

    def __init__(
        self, path: str, found_px: tuple[int, int], scan_px: tuple[int, int]
    ) -> None:
        super().__init__(path, found_px, scan_px)
        self.problem = (
            f"{path} is {found_px[0]} × {found_px[1]} px; the scan's "
            f"{scan_px[0]} × {scan_px[1]} px were needed."
        )
        self.hint = (
            "Export the restoration at the scan's size, neither cropped nor turned."
        )


class ProfileConversionError(BadInputError):
    """Colours cannot be brought from one ICC profile to another."""

    code = "profile-conversion"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.problem = (
            f"The colours of {path} could not be converted to the scan's profile: "
            f"{reason}."
        )
        self.hint = "Convert it to the scan's own profile where it was painted."


class MaskSizeError(BadInputError):
    """A mask has another size than the scan."""

    code = "mask-size"

    def __init__(
        self, path: str, found_px: tuple[int, int], scan_px: tuple[int, int]
    ) -> None:
        super().__init__(path, found_px, scan_px)
        self.problem = (
            f"{path} is {found_px[0]} × {found_px[1]} px; the scan's "
            f"{scan_px[0]} × {scan_px[1]} px were needed."
        )
        self.hint = "Export the mask at the scan's size, neither cropped nor turned."


class UnknownDamageClassError(BadInputError):
    """A file names a damage class that does not exist."""

    code = "unknown-damage-class"

    def __init__(self, path: str, found: str, known: str) -> None:
        super().__init__(path, found, known)
        self.problem = (
            f"{path} names the damage class {found}; one of {known} was needed."
        )
        self.hint = "Correct the property `class` of that feature."


class BadGeojsonError(BadInputError):
    """A file is not the GeoJSON it should be."""

    code = "bad-geojson"

    def __init__(self, path: str, found: str, needed: str) -> None:
        super().__init__(path, found, needed)
        self.problem = f"{path}: {found}; {needed} was needed."
        self.hint = (
            "Export polygons in scan pixels, (x, y) from the top left corner, "
            "as GeoJSON."
        )


class BrokenProfileError(BadInputError):
    """An ICC profile that cannot be used as it is."""

    code = "broken-profile"

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.problem = (
            f"The ICC profile cannot be read: {found}; a whole, valid profile was "
            "needed."
        )
        self.hint = (
            "Get the profile again from its maker, or save the scan again with a "
            "standard profile such as Adobe RGB or sRGB."
        )


class WrongProfileError(BadInputError):
    """An ICC profile of another kind than its use asks for."""

    code = "wrong-profile"

    def __init__(self, description: str, found: str, needed: str) -> None:
        super().__init__(description, found, needed)
        self.problem = f"The ICC profile '{description}' is {found}; {needed}."
        self.hint = (
            "Convert the scan to RGB in the program it came from, or name the "
            "printer's CMYK profile in the print setup."
        )


class UnknownPrintSetupError(UsageError):
    """No print setup has the name that was given."""

    code = "unknown-print-setup"

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.problem = (
            f"There is no print setup named {name!r}; "
            f"the built-in ones are: {', '.join(known)}."
        )
        self.hint = "Give one of these names, or the path of a .toml file."


class PrintSetupFileError(BadInputError):
    """A print setup file holds something that cannot be used."""

    code = "bad-print-setup"

    def __init__(self, path: str, place: str, found: str) -> None:
        super().__init__(path, place, found)
        where = f"{path}, {place}" if place else path
        self.problem = f"The print setup {where} cannot be used: {found}."
        self.hint = (
            "Correct it; `pellicle print-setup list` names the built-in setups, whose "
            "files explain every entry."
        )


class InkProfileMissingError(MissingError):
    """The ICC profile that a print setup names is not there."""

    code = "ink-profile-missing"

    def __init__(self, profile: str, setup: str) -> None:
        super().__init__(profile, setup)
        self.problem = (
            f"The print setup {setup} names the ICC profile {profile!r}, which is "
            "neither beside it nor among those that come with Pellicle."
        )
        self.hint = "Put the profile into the setup file's folder."


class VerifyFailedError(BadInputError):
    """Files of a treatment differ from what was recorded."""

    code = "verify-failed"

    def __init__(self, checked: int, wrong: tuple[str, ...]) -> None:
        super().__init__(checked, wrong)
        self.problem = (
            f"{len(wrong)} of {checked} files and runs differ from the record:\n  "
            + "\n  ".join(wrong)
            + "\n"
        )
        self.hint = (
            "Put sources back from a backup; exports and runs are made anew by "
            "`pellicle restore` once the changed ones are moved away."
        )


class WorksMissingError(MissingError):
    """No photograph to make a benchmark job from."""

    code = "works-missing"

    def __init__(self, folder: str, found: int, width_px: int, height_px: int) -> None:
        super().__init__(folder, found, width_px, height_px)
        self.problem = (
            f"{folder} holds {found} pictures, none of them an RGB picture of at least "
            f"{width_px:,} × {height_px:,} pixels."
        )
        self.hint = (
            "Name a folder with large photographs of paintings; museums publish many "
            "under CC0."
        )


class JobOffSpecError(BadInputError):
    """The files of a benchmark job do not hold what its definition says."""

    code = "job-off-spec"

    def __init__(self, quantity: str, found: float, needed: float) -> None:
        super().__init__(quantity, found, needed)
        self.problem = (
            f"The benchmark job has {quantity} {found:g}; its definition says "
            f"{needed:g}."
        )
        self.hint = "Delete the job's folder, and let it be made again."


class BenchExtraMissingError(MissingError):
    """The methods to compare with are not installed."""

    code = "bench-extra-missing"

    def __init__(self, package: str) -> None:
        super().__init__(package)
        self.problem = (
            f"The benchmark compares with methods of other packages, and {package} "
            "is not installed."
        )
        self.hint = "Install them with `pip install 'pellicle[bench]'`."

# SPDX-License-Identifier: Apache-2.0
"""Errors of files: scans, masks and outlines, and places to write to."""

from pellicle.errors.families import BadInputError, CannotWriteError, MissingError


class NoSuchFileError(MissingError):
    """A file that was named is not there, or is not a file."""

    code = "no-such-file"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = f"{path} {found}; a file was needed"
        self.hint = "check the name and the folder, and run the command again"


class UnreadableFileError(MissingError):
    """A file is there but may not be read."""

    code = "cannot-read"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.problem = (
            f"{path} could not be read: {reason}; a file that may be read was needed"
        )
        self.hint = (
            "check its permissions and that the disk or network drive is connected, "
            "and run the command again"
        )


class DiskFullError(CannotWriteError):
    """No space is left."""

    code = "disk-full"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = f"the disk is full; space to write {path} was needed"
        self.hint = (
            "free some space and run the same command again: nothing that was "
            "finished is lost"
        )


class UnwritableError(CannotWriteError):
    """A file or folder cannot be written."""

    code = "cannot-write"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.problem = (
            f"{path} could not be written: {reason}; a place that may be written to "
            "was needed"
        )
        self.hint = (
            "choose a folder that you may write to, or change its permissions, "
            "and run the same command again"
        )


class UnknownFormatError(BadInputError):
    """A file is of a kind that is not read."""

    code = "unknown-format"

    def __init__(self, path: str, found: str, needed: str) -> None:
        super().__init__(path, found, needed)
        self.problem = f"{path} {found}; {needed} was needed"
        self.hint = "save it as TIFF from the program that made it, and use that file"


class TruncatedScanError(BadInputError):
    """A picture file ends before its last pixel."""

    code = "truncated-scan"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = f"{path} is incomplete: {found}; a whole picture was needed"
        self.hint = "copy the file again from where it came, or export it again"


class CorruptScanError(BadInputError):
    """A picture file's content contradicts itself."""

    code = "corrupt-scan"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = f"{path} is damaged: {found}; an intact picture was needed"
        self.hint = "copy the file again from where it came, or export it again"


class ScanColourError(BadInputError):
    """A picture's colour channels cannot be used."""

    code = "scan-colour"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = f"{path} holds {found}; RGB or grey was needed"
        self.hint = (
            "convert it to RGB, with its ICC profile embedded, at 16 bits a channel"
        )


class ScanDepthError(BadInputError):
    """A picture's samples are not 8- or 16-bit integers."""

    code = "scan-depth"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = (
            f"{path} holds {found}; integers of 8 or 16 bits a channel were needed"
        )
        self.hint = "convert it to 16 bits a channel and save it as TIFF"


class ScanCompressionError(BadInputError):
    """A picture's compression is not read."""

    code = "scan-compression"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = (
            f"{path} is compressed with {found}; no compression, LZW, deflate, "
            "PackBits or JPEG was needed"
        )
        self.hint = "save it again as TIFF without compression or with LZW"


class SeveralPagesError(BadInputError):
    """A TIFF holds several full pictures, or a thumbnail comes first."""

    code = "several-pages"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = f"{path} holds {found}; one picture was needed"
        self.hint = "save the page that is meant as a TIFF of its own"


class ScanTooSmallError(BadInputError):
    """A scan has too few pixels to be one."""

    code = "scan-too-small"

    def __init__(self, path: str, width_px: int, height_px: int, least_px: int) -> None:
        super().__init__(path, width_px, height_px, least_px)
        self.problem = (
            f"{path} is {width_px} × {height_px} px; "
            f"at least {least_px} px a side were needed"
        )
        self.hint = "use the full-size scan, not its thumbnail"


class ScanTooLargeError(BadInputError):
    """A scan has more pixels than a command that takes it whole can hold."""

    code = "scan-too-large"

    def __init__(self, path: str, width_px: int, height_px: int, most_mpx: int) -> None:
        super().__init__(path, width_px, height_px, most_mpx)
        self.problem = (
            f"{path} is {width_px:,} × {height_px:,} px, "
            f"{width_px * height_px / 1e6:,.0f} megapixels; at most {most_mpx} "
            "megapixels were needed, for the whole scan is held in memory"
        )
        self.hint = "cut out the part that is meant, or reduce the scan"


class ReconstructionSizeError(BadInputError):
    """A virtual restoration has another size than the scan."""

    code = "reconstruction-size"

    def __init__(
        self, path: str, found_px: tuple[int, int], scan_px: tuple[int, int]
    ) -> None:
        super().__init__(path, found_px, scan_px)
        self.problem = (
            f"{path} is {found_px[0]} × {found_px[1]} px; the scan's "
            f"{scan_px[0]} × {scan_px[1]} px were needed"
        )
        self.hint = (
            "export the restoration at the scan's size, neither cropped nor turned"
        )


class ReferenceMismatchError(BadInputError):
    """A reference image does not show the painting, or not well enough."""

    code = "reference-mismatch"

    def __init__(self, path: str, found: str, needed: str) -> None:
        super().__init__(path, found, needed)
        self.problem = (
            f"the reference {path} is not used: {found} found; {needed} was needed"
        )
        self.hint = (
            "give another picture of the same work, or say with --reference-points "
            "which places correspond"
        )


class BadPointsError(BadInputError):
    """A file of point pairs cannot be used."""

    code = "bad-points"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = (
            f"{path} {found}; at least four pairs of places, x and y in the scan, then "
            "x and y in the reference, were needed"
        )
        self.hint = (
            "write one pair a line as CSV, or a JSON list of lists of four numbers"
        )


class MaskSizeError(BadInputError):
    """A mask has another size than the scan."""

    code = "mask-size"

    def __init__(
        self, path: str, found_px: tuple[int, int], scan_px: tuple[int, int]
    ) -> None:
        super().__init__(path, found_px, scan_px)
        self.problem = (
            f"{path} is {found_px[0]} × {found_px[1]} px; the scan's "
            f"{scan_px[0]} × {scan_px[1]} px were needed"
        )
        self.hint = "export the mask at the scan's size, neither cropped nor turned"


class UnknownDamageClassError(BadInputError):
    """A file names a damage class that does not exist."""

    code = "unknown-damage-class"

    def __init__(self, path: str, found: str, known: str) -> None:
        super().__init__(path, found, known)
        self.problem = (
            f"{path} names the damage class {found}; one of {known} was needed"
        )
        self.hint = "correct the property `class` of that feature"


class BadGeojsonError(BadInputError):
    """A file is not the GeoJSON it should be."""

    code = "bad-geojson"

    def __init__(self, path: str, found: str, needed: str) -> None:
        super().__init__(path, found, needed)
        self.problem = f"{path}: {found}; {needed} was needed"
        self.hint = (
            "export polygons in scan pixels, (x, y) from the top left corner, "
            "as GeoJSON"
        )


class BadColourPairsError(BadInputError):
    """A file of colour pairs cannot be used."""

    code = "bad-colour-pairs"

    def __init__(self, path: str, found: str, needed: str) -> None:
        super().__init__(path, found, needed)
        self.problem = f"{path}: {found}; {needed} was needed"
        self.hint = (
            "write a table of from_x, from_y or from_L, from_a, from_b, and the same "
            "with to_, as the manual shows"
        )


class EmptyOutlineError(BadInputError):
    """The outline holds no pixel of the scan."""

    code = "empty-outline"

    def __init__(self, outline: str) -> None:
        super().__init__(outline)
        self.problem = (
            f"the outline ({outline}) marks no pixel of the scan as painting; at least "
            "one was needed"
        )
        self.hint = (
            "give an --outline that is white where the painting is, or --outline none "
            "for the whole picture"
        )

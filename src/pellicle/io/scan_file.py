# SPDX-License-Identifier: Apache-2.0
"""Scans: what is accepted as one, and its pixels in strips.

Job: refuse early, with one clear error, what cannot be treated; read the rest upright,
without alpha, bit for bit.
Not here: file formats (`picture_file`), the scale of a treatment (`model/scan.py`),
what an ICC profile means (`icc`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from pellicle.errors import ReconstructionSizeError, ScanDepthError, ScanTooSmallError
from pellicle.io.picture_file import read_picture_header, read_picture_strips
from pellicle.io.picture_header import AlphaKind, PictureFormat, PictureHeader
from pellicle.io.profile_transform import ProfileTransform
from pellicle.model.arrays import Array, Samples
from pellicle.model.raster import Window
from pellicle.model.scan import ScanSpec

LEAST_SIDE_PX = 16
STRIP_PX = 512
_DEPTHS = (8, 16)


@dataclass(frozen=True, slots=True)
class ScanFile:
    """A file that can be a scan. Sizes are upright.

    Attributes
    ----------
    path, format
        Where it is, and what it is by its content.
    height_px, width_px
        With the orientation honoured.
    bands
        1 (grey) or 3 (RGB); alpha is not counted and never read.
    bit_depth
        8 or 16.
    icc_profile
        Embedded profile; None if the file has none.
    stated_ppi
        Pixels per inch by the file; None if it states none, a placeholder (1, 72,
        96), or rates for x and y that differ by more than 0.5 %.
    orientation
        EXIF orientation, 1 to 8; already honoured by the sizes and by `read_strips`.
    notes
        Sentences on what the file states and was not used.
    made
        When the picture was taken or last changed, by its content, as UTC; None if
        the file states nothing. Its time stamp in the file system is not looked at.
    """

    path: Path
    format: PictureFormat
    height_px: int
    width_px: int
    bands: int
    has_alpha: bool
    bit_depth: int
    icc_profile: bytes | None
    stated_ppi: float | None
    orientation: int
    notes: tuple[str, ...] = ()
    made: datetime | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels, upright."""
        return self.height_px, self.width_px

    @property
    def dtype(self) -> str:
        """Numpy name of the sample type."""
        return f"uint{self.bit_depth}"


def probe_scan(path: Path) -> ScanFile:
    """Describe a scan from its header; no pixel is decoded.

    Parameters
    ----------
    path
        TIFF, BigTIFF, PNG or JPEG, by content.

    Raises
    ------
    NoSuchFileError, UnreadableFileError
        If there is nothing to read.
    UnknownFormatError, TruncatedScanError, CorruptScanError, ScanCompressionError,
    SeveralPagesError
        If it is no such file, or a broken one. A header that promises more pixels than
        the file can hold is found here, without room being made for them.
    ScanColourError, ScanDepthError
        If it is not RGB or grey in integers of 8 or 16 bits. Palette PNGs count as
        8-bit RGB.
    ScanTooSmallError
        If a side has fewer than 16 pixels.
    """
    header = read_picture_header(path)
    if header.bit_depth not in _DEPTHS and header.palette is None:
        raise ScanDepthError(str(path), f"{header.bit_depth}-bit samples")
    height, width = header.upright_shape
    if min(height, width) < LEAST_SIDE_PX:
        raise ScanTooSmallError(str(path), width, height, LEAST_SIDE_PX)
    note = header.resolution.note
    return ScanFile(
        path=path,
        format=header.format,
        height_px=height,
        width_px=width,
        bands=3 if header.palette is not None else header.bands,
        has_alpha=header.alpha is not AlphaKind.NONE,
        bit_depth=max(header.bit_depth, 8),
        icc_profile=header.icc_profile,
        stated_ppi=header.resolution.ppi,
        orientation=header.orientation,
        notes=(*header.notes, note) if note else header.notes,
        made=header.made,
    )


def read_strips(
    scan: ScanFile, strip_px: int = STRIP_PX, scratch: Path | None = None
) -> Iterator[tuple[Window, Samples]]:
    """Read all pixels of a scan from top to bottom, upright, without alpha.

    Parameters
    ----------
    scan
        From `probe_scan`.
    strip_px
        Rows of a strip, at least 1; the last strip may have fewer.
    scratch
        Folder for a temporary uncompressed copy, needed for orientations 3 to 8 only;
        the system's own when None.

    Yields
    ------
    window, samples
        (H, W, bands) of the scan's dtype, C-contiguous: the file's own samples.

    Raises
    ------
    TruncatedScanError, CorruptScanError
        Where pixels are missing or broken; never a grey area instead.
    DiskFullError, UnwritableError
        If the temporary copy cannot be written.

    Notes
    -----
    Memory is about 100 MB and three strips, but for the three kinds of file that
    `read_picture_strips` names.
    """
    header = read_picture_header(scan.path)
    for window, samples in read_picture_strips(header, strip_px, scratch):
        yield window, _colours(header, samples)


def read_strips_like(
    scan: ScanFile,
    like: ScanSpec,
    strip_px: int = STRIP_PX,
    scratch: Path | None = None,
) -> Iterator[tuple[Window, Samples]]:
    """Read a picture in the encoding of another scan.

    Job: a virtual restoration painted elsewhere, brought to the treatment's scan.

    Parameters
    ----------
    scan
        The restoration, from `probe_scan`.
    like
        The treatment's scan.
    strip_px, scratch
        As for `read_strips`.

    Yields
    ------
    window, samples
        (H, W, `like.bands`) of `like.dtype`. Where both profiles are the same file,
        only the depth changes (8 to 16 bit: × 257; 16 to 8: rounded). Otherwise
        colours are converted at 16 bits, relative colorimetric, without black-point
        compensation; no profile means sRGB.

    Raises
    ------
    ReconstructionSizeError
        If the sizes differ.
    ProfileConversionError
        If one of the profiles cannot be used.
    TruncatedScanError, CorruptScanError, DiskFullError, UnwritableError
        As for `read_strips`.
    """
    if scan.shape != like.raster.shape:
        raise ReconstructionSizeError(
            str(scan.path), scan.shape[::-1], like.raster.shape[::-1]
        )
    yield from read_strips_encoded_like(scan, like, strip_px, scratch, like.bit_depth)


def read_strips_encoded_like(
    scan: ScanFile,
    like: ScanSpec,
    strip_px: int = STRIP_PX,
    scratch: Path | None = None,
    bit_depth: int = 16,
) -> Iterator[tuple[Window, Samples]]:
    """Read a picture of any size in the encoding of another scan.

    As `read_strips_like`, but for the size, and at a depth of its own.
    """
    same = scan.icc_profile == like.icc_profile and scan.bands == like.bands
    transform = (
        None
        if same
        else ProfileTransform(scan.path, scan.icc_profile, scan.bands, like)
    )
    for window, samples in read_strips(scan, strip_px, scratch):
        converted = transform.convert(samples) if transform else samples
        yield window, with_depth(converted, bit_depth)


def with_depth(samples: Array, bit_depth: int) -> Samples:
    """Samples at 8 or 16 bits; 8 → 16 is exact, 16 → 8 is rounded."""
    if samples.dtype.itemsize * 8 == bit_depth:
        return samples
    if bit_depth == 8:  # noqa: PLR2004
        wide = samples.astype(np.uint32)
        return ((wide * 255 + 32767) // 65535).astype(np.uint8)
    return samples.astype(np.uint16) * np.uint16(257)


def _colours(header: PictureHeader, samples: Array) -> Samples:
    if header.palette is None:
        return np.ascontiguousarray(samples[:, :, : header.bands])
    palette = np.zeros((256, 3), np.uint8)
    stated = np.frombuffer(header.palette, np.uint8).reshape(-1, 4)
    palette[: len(stated)] = stated[:, :3]
    return palette[samples[:, :, 0]]

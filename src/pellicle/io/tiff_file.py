# SPDX-License-Identifier: Apache-2.0
"""TIFF with exactly the tags a print file needs.

Job: write one image strip by strip in flat memory, deflated, with the tags given, as
classic TIFF when the finished file fits 4 GB and as BigTIFF when it does not.
Not here: which tags a reconstruction (`scan_tiff`) or a mask (`separations`) carries;
reading (`scan_file`).

The directory is written last, behind the strips: only then is the size known, and
many a RIP reads classic TIFF only. TIFF 6.0 and its Technical Note 2; BigTIFF as in
libtiff.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np

from pellicle.io.strips import Strips, even_strips
from pellicle.io.writing import whole_file
from pellicle.model.arrays import Array
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize

CLASSIC_LIMIT_BYTES = 2**32 - 2
_STRIP_BYTES = 1 << 20
_HEADER_BYTES = 16
_DEFLATE_LEVEL = 1
_SOFTWARE = "Pellicle"
_INCH_DENOMINATOR = 8000
_PLANE_RANK = 2


class TagType(IntEnum):
    """Types of values in a TIFF directory."""

    BYTE = 1
    ASCII = 2
    SHORT = 3
    LONG = 4
    RATIONAL = 5
    UNDEFINED = 7
    LONG8 = 16


_FORMATS = {
    TagType.SHORT: "H",
    TagType.LONG: "I",
    TagType.RATIONAL: "I",
    TagType.LONG8: "Q",
}


@dataclass(frozen=True, slots=True)
class TiffTag:
    """One entry of the directory.

    Attributes
    ----------
    code
        Number of the tag.
    kind
        Type of the values.
    values
        Numbers, or bytes for BYTE, ASCII (with its final NUL) and UNDEFINED. A
        RATIONAL is two numbers.
    """

    code: int
    kind: TagType
    values: bytes | tuple[int, ...]

    @property
    def count(self) -> int:
        """Number of values as TIFF counts them."""
        return len(self.values) // (2 if self.kind is TagType.RATIONAL else 1)

    @property
    def packed(self) -> bytes:
        """Values as little-endian bytes."""
        if isinstance(self.values, bytes):
            return self.values
        return struct.pack(f"<{len(self.values)}{_FORMATS[self.kind]}", *self.values)


def short_tag(code: int, *values: int) -> TiffTag:
    """Tag of 16-bit numbers."""
    return TiffTag(code, TagType.SHORT, values)


def ascii_tag(code: int, *texts: str) -> TiffTag:
    """Tag of texts, each ended by NUL."""
    joined = "".join(f"{text}\0" for text in texts)
    return TiffTag(code, TagType.ASCII, joined.encode("ascii"))


def icc_tag(icc_profile: bytes) -> TiffTag:
    """Tag that embeds an ICC profile."""
    return TiffTag(34675, TagType.UNDEFINED, icc_profile)


def write_tiff(  # noqa: PLR0913 -- what a TIFF consists of
    path: Path,
    raster: RasterSpec,
    strips: Strips,
    tags: Sequence[TiffTag],
    made: datetime | None,
    *,
    mirrored: bool = False,
    size_correction: tuple[float, float] = (1.0, 1.0),
    classic_limit_bytes: int = CLASSIC_LIMIT_BYTES,
) -> None:
    """Write one image; equal pixels, tags and date give equal bytes.

    Parameters
    ----------
    path
        File to write; replaced only when complete.
    raster
        Size, and the scale that goes into the file.
    strips
        (rows, W) or (rows, W, samples) uint8 or uint16, interleaved in the file.
    tags
        Photometric interpretation (262) and whatever else the kind of image needs;
        size, depth, compression, scale, software and date are added here.
    made
        Date and time written into the file; left out when None.
    mirrored
        Whether left and right change places.
    size_correction
        What width and height that the file states are multiplied by; pixels stay.
    classic_limit_bytes
        Files longer than this are BigTIFF.

    Raises
    ------
    DiskFullError, UnwritableError
        If the file cannot be written.
    """
    with whole_file(path) as beside, beside.open("wb") as file:
        file.write(bytes(_HEADER_BYTES))
        image = _write_strips(file, raster, strips, mirrored=mirrored)
        directory = [*image, *_scale_tags(raster.pixel_size, size_correction), *tags]
        directory.append(ascii_tag(305, _SOFTWARE))
        if made is not None:
            directory.append(ascii_tag(306, f"{made:%Y:%m:%d %H:%M:%S}"))
        _write_directory(file, sorted(directory, key=_code), classic_limit_bytes)


def _code(tag: TiffTag) -> int:
    return tag.code


def _write_strips(
    file: BinaryIO, raster: RasterSpec, strips: Strips, *, mirrored: bool
) -> list[TiffTag]:
    """Write the pixels; tags that say how they lie in the file."""
    pixels = _tall_strips(strips, raster, mirrored=mirrored)
    offsets: list[int] = []
    lengths: list[int] = []
    rows_px, samples, depth = raster.height_px, 1, 8
    for strip in pixels:
        if not offsets:
            rows_px, _, samples = strip.shape
            depth = strip.dtype.itemsize * 8
        squeezed = _deflated(strip)
        offsets.append(file.tell())
        lengths.append(len(squeezed))
        file.write(squeezed)
    return [
        TiffTag(256, TagType.LONG, (raster.width_px,)),
        TiffTag(257, TagType.LONG, (raster.height_px,)),
        short_tag(258, *[depth] * samples),
        short_tag(259, 8),  # deflate
        TiffTag(273, TagType.LONG8, tuple(offsets)),
        short_tag(274, 1),  # upright
        short_tag(277, samples),
        TiffTag(278, TagType.LONG, (rows_px,)),
        TiffTag(279, TagType.LONG8, tuple(lengths)),
        short_tag(284, 1),  # interleaved
        short_tag(317, 2),  # horizontal differences
        short_tag(339, *[1] * samples),  # unsigned integers
    ]


def _tall_strips(
    strips: Strips, raster: RasterSpec, *, mirrored: bool
) -> Iterator[Array]:
    """Strips of about a megabyte, (rows, W, samples)."""
    source = iter(strips)
    window, pixels = next(source)
    row_bytes = pixels[0].nbytes
    rows_px = max(1, min(raster.height_px, _STRIP_BYTES // row_bytes))

    def again() -> Strips:
        yield window, pixels
        yield from source

    for strip in even_strips(again(), raster, rows_px, mirrored=mirrored):
        yield strip[..., np.newaxis] if strip.ndim == _PLANE_RANK else strip


def _deflated(strip: Array) -> bytes:
    samples = np.ascontiguousarray(strip, strip.dtype.newbyteorder("<"))
    differences = samples.copy()
    differences[:, 1:] -= samples[:, :-1]
    return bytes(
        imagecodecs.deflate_encode(differences.tobytes(), level=_DEFLATE_LEVEL)
    )


def _scale_tags(
    pixel_size: PixelSize, size_correction: tuple[float, float]
) -> list[TiffTag]:
    across, down = (
        Fraction(pixel_size.ppi / factor).limit_denominator(_INCH_DENOMINATOR)
        for factor in size_correction
    )
    return [
        TiffTag(282, TagType.RATIONAL, (across.numerator, across.denominator)),
        TiffTag(283, TagType.RATIONAL, (down.numerator, down.denominator)),
        short_tag(296, 2),  # per inch
    ]


def _write_directory(
    file: BinaryIO, tags: Sequence[TiffTag], classic_limit_bytes: int
) -> None:
    file.write(bytes(-file.tell() % 8))
    start = file.tell()
    content = sum(len(tag.packed) + 32 for tag in tags)
    big = start + content > classic_limit_bytes
    count, entry, word = ("<Q", "<HHQ", "<Q") if big else ("<H", "<HHI", "<I")
    word_bytes = struct.calcsize(word)
    entry_bytes = struct.calcsize(entry) + word_bytes
    values_start = start + struct.calcsize(count) + entry_bytes * len(tags) + word_bytes
    entries, values = b"", b""
    for tag in tags if big else map(_narrow, tags):
        packed = tag.packed
        entries += struct.pack(entry, tag.code, tag.kind, tag.count)
        if len(packed) <= word_bytes:
            entries += packed.ljust(word_bytes, b"\0")
            continue
        values += bytes(-(values_start + len(values)) % 8)
        entries += struct.pack(word, values_start + len(values))
        values += packed
    file.write(struct.pack(count, len(tags)) + entries + struct.pack(word, 0) + values)
    file.seek(0)
    header = struct.pack("<2sHHHQ", b"II", 43, 8, 0, start)
    file.write(header if big else struct.pack("<2sHI", b"II", 42, start))


def _narrow(tag: TiffTag) -> TiffTag:
    """The tag as classic TIFF spells it."""
    if tag.kind is not TagType.LONG8:
        return tag
    return TiffTag(tag.code, TagType.LONG, tag.values)

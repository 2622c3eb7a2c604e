# SPDX-License-Identifier: Apache-2.0
"""Header of a PNG file (ISO/IEC 15948).

Job: walk the chunks without decoding pixels; say what they state, and whether the file
can hold the pixels it promises.
Not here: decoding (`picture_file`), which also checks every chunk's checksum.
"""

import struct
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pellicle.errors import CorruptScanError, ScanDepthError, TruncatedScanError
from pellicle.io.exif import (
    UNSTATED,
    StatedResolution,
    per_inch,
    read_exif,
    read_exif_date,
    stated_resolution,
)
from pellicle.io.picture_header import AlphaKind, PictureFormat, PictureHeader

SIGNATURE = b"\x89PNG\r\n\x1a\n"
DEFLATE_LIMIT = 1032
"""Deflate cannot shrink data further than this (zlib technical notes)."""

_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {_GREY: 1, _RGB: 3, _PALETTE: 1, _GREY_ALPHA: 2, _RGB_ALPHA: 4}
_DEPTHS = {
    _GREY: (1, 2, 4, 8, 16),
    _RGB: (8, 16),
    _PALETTE: (1, 2, 4, 8),
    _GREY_ALPHA: (8, 16),
    _RGB_ALPHA: (8, 16),
}
_KEPT = (
    b"PLTE",
    b"tRNS",
    b"iCCP",
    b"pHYs",
    b"eXIf",
    b"sRGB",
    b"gAMA",
    b"cICP",
    b"tIME",
)
_LONGEST_KEPT = 1 << 24
_PER_METRE = 1
_SRGB_GAMMA = 45455


@dataclass(slots=True)
class _Chunks:
    header: bytes
    kept: dict[bytes, bytes] = field(default_factory=dict)
    pixel_bytes: int = 0
    ended: bool = False


def read_png_header(path: Path) -> PictureHeader:
    """Read everything but the pixels.

    Raises
    ------
    TruncatedScanError, CorruptScanError, ScanDepthError
        As their names say.
    """
    with path.open("rb") as file:
        chunks = _walk(path, file)
    width, height, depth, kind, method, filtering, interlace = struct.unpack(
        ">IIBBBBB", chunks.header
    )
    if not width or not height:
        raise CorruptScanError(str(path), f"its header says {width} × {height} px")
    if (method, filtering) != (0, 0) or interlace > 1 or kind not in _CHANNELS:
        raise CorruptScanError(str(path), "its header is not one of a PNG")
    if depth not in _DEPTHS[kind]:
        raise ScanDepthError(str(path), f"{depth}-bit samples")
    row_bytes = 1 + (width * depth * _CHANNELS[kind] + 7) // 8
    if chunks.pixel_bytes * DEFLATE_LIMIT + DEFLATE_LIMIT < height * row_bytes:
        raise TruncatedScanError(
            str(path),
            f"its header says {width} × {height} px, and {chunks.pixel_bytes:,} bytes "
            "of pixels follow",
        )
    if not chunks.ended:
        raise TruncatedScanError(str(path), "it stops before its end mark")
    if kind == _PALETTE and b"PLTE" not in chunks.kept:
        raise CorruptScanError(str(path), "its colour palette is missing")
    orientation, resolution = _orientation_and_resolution(chunks.kept)
    has_alpha = kind in {_GREY_ALPHA, _RGB_ALPHA} or b"tRNS" in chunks.kept
    return PictureHeader(
        path=path,
        format=PictureFormat.PNG,
        height_px=height,
        width_px=width,
        bands=3 if kind in {_RGB, _RGB_ALPHA} else 1,
        bit_depth=depth,
        alpha=AlphaKind.STRAIGHT if has_alpha else AlphaKind.NONE,
        icc_profile=_icc_profile(path, chunks.kept),
        orientation=orientation,
        resolution=resolution,
        palette=_palette(chunks.kept) if kind == _PALETTE else None,
        notes=_encoding_notes(chunks.kept),
        made=_made(chunks.kept),
    )


def _walk(path: Path, file: BinaryIO) -> _Chunks:
    size = path.stat().st_size
    head = file.read(33)
    if len(head) < 33:  # noqa: PLR2004 -- signature and IHDR chunk
        raise TruncatedScanError(str(path), "it ends within its header")
    if head[12:16] != b"IHDR" or zlib.crc32(head[12:29]) != int.from_bytes(head[29:]):
        raise CorruptScanError(str(path), "the checksum of its header is wrong")
    chunks = _Chunks(head[16:29])
    at = len(head)
    while at + 12 <= size and not chunks.ended:
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        if not kind.isalpha() or length > 0x7FFF_FFFF:  # noqa: PLR2004 -- standard
            raise CorruptScanError(str(path), f"there is no chunk at byte {at:,}")
        at += 12 + length
        if at > size:
            break
        if kind == b"IDAT":
            chunks.pixel_bytes += length
        elif kind in _KEPT and length <= _LONGEST_KEPT:
            content = file.read(length)
            if zlib.crc32(kind + content) != int.from_bytes(file.read(4)):
                raise CorruptScanError(
                    str(path), f"the checksum of its chunk {kind.decode()} is wrong"
                )
            chunks.kept.setdefault(kind, content)
        chunks.ended = kind == b"IEND"
    return chunks


def _palette(kept: dict[bytes, bytes]) -> bytes:
    """RGBA of each index."""
    colours, opacities = kept[b"PLTE"], kept.get(b"tRNS", b"")
    count = min(len(colours) // 3, 256)
    opacities = opacities[:count].ljust(count, b"\xff")
    return b"".join(
        colours[3 * index : 3 * index + 3] + opacities[index : index + 1]
        for index in range(count)
    )


def _icc_profile(path: Path, kept: dict[bytes, bytes]) -> bytes | None:
    if b"iCCP" not in kept:
        return None
    _, _, packed = kept[b"iCCP"].partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], _LONGEST_KEPT)
    except zlib.error as error:
        raise CorruptScanError(str(path), "its ICC profile is broken") from error
    if not unpacker.eof:
        raise CorruptScanError(str(path), "its ICC profile is broken")
    return profile


def _orientation_and_resolution(
    kept: dict[bytes, bytes],
) -> tuple[int, StatedResolution]:
    orientation, resolution = read_exif(kept.get(b"eXIf", b""))
    density = kept.get(b"pHYs", b"")
    if len(density) == 9 and density[8] == _PER_METRE:  # noqa: PLR2004 -- standard
        x, y = struct.unpack_from(">II", density)
        return orientation, stated_resolution(per_inch(x / 100), per_inch(y / 100))
    return orientation, resolution if resolution.ppi else UNSTATED


def _made(kept: dict[bytes, bytes]) -> datetime | None:
    taken = read_exif_date(kept.get(b"eXIf", b""))
    changed = kept.get(b"tIME", b"")
    if taken or len(changed) != 7:  # noqa: PLR2004 -- standard
        return taken
    try:
        year, month, day, hour, minute, second = struct.unpack(">HBBBBB", changed)
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _encoding_notes(kept: dict[bytes, bytes]) -> tuple[str, ...]:
    if b"iCCP" in kept or b"sRGB" in kept:
        return ()
    if b"cICP" in kept:
        return ("The file states its colours in a cICP chunk, which is not read.",)
    gamma = kept.get(b"gAMA", b"")
    if len(gamma) == 4 and int.from_bytes(gamma) != _SRGB_GAMMA:  # noqa: PLR2004
        return ("The file states its own gamma without a profile; it is not read.",)
    return ()

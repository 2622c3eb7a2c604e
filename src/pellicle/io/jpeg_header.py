# SPDX-License-Identifier: Apache-2.0
"""Header of a JPEG file (ITU-T T.81).

Job: walk the markers up to the first scan of pixels; say what they state.
Not here: decoding (`picture_file`), which finds missing and broken pixels.
"""

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pellicle.errors import (
    CorruptScanError,
    ScanColourError,
    ScanCompressionError,
    ScanDepthError,
    TruncatedScanError,
)
from pellicle.io.exif import (
    UNSTATED,
    StatedResolution,
    per_inch,
    read_exif,
    read_exif_date,
    stated_resolution,
)
from pellicle.io.picture_header import PictureFormat, PictureHeader

SIGNATURE = b"\xff\xd8\xff"

_START_OF_SCAN, _END = 0xDA, 0xD9
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_DECODED_FRAMES = {0xC0, 0xC1, 0xC2}
_APP0, _APP1, _APP2 = 0xE0, 0xE1, 0xE2
_EXIF, _ICC, _JFIF = b"Exif\0\0", b"ICC_PROFILE\0", b"JFIF\0"
_PER_INCH, _PER_CM = 1, 2
_PIXELS_PER_BYTE = 512
"""Each 8 × 8 block of each channel takes at least one bit."""


@dataclass(slots=True)
class _Segments:
    frame: tuple[int, bytes] | None = None
    jfif: bytes = b""
    exif: bytes = b""
    icc_parts: dict[int, bytes] = field(default_factory=dict)
    icc_count: int = 0


def read_jpeg_header(path: Path) -> PictureHeader:
    """Read everything before the pixels.

    Raises
    ------
    TruncatedScanError, CorruptScanError, ScanColourError, ScanDepthError
        As their names say.
    ScanCompressionError
        For lossless, hierarchical and arithmetic JPEGs.
    """
    with path.open("rb") as file:
        segments = _walk(path, file)
    if segments.frame is None:
        raise CorruptScanError(str(path), "its header states no size")
    marker, frame = segments.frame
    depth, height, width, channels = struct.unpack_from(">BHHB", frame)
    if marker not in _DECODED_FRAMES:
        raise ScanCompressionError(str(path), "a rare kind of JPEG")
    if depth != 8:  # noqa: PLR2004 -- what baseline and progressive JPEG hold
        raise ScanDepthError(str(path), f"{depth}-bit samples")
    if channels not in {1, 3}:
        raise ScanColourError(
            str(path),
            "CMYK colours" if channels == 4 else f"{channels} channels",  # noqa: PLR2004
        )
    if not width or not height:
        raise CorruptScanError(str(path), f"its header says {width} × {height} px")
    size = path.stat().st_size
    if size * _PIXELS_PER_BYTE < height * width:
        raise TruncatedScanError(
            str(path),
            f"its header says {width} × {height} px, and the file has {size:,} bytes",
        )
    orientation, resolution = read_exif(segments.exif)
    return PictureHeader(
        path=path,
        format=PictureFormat.JPEG,
        height_px=height,
        width_px=width,
        bands=channels,
        bit_depth=8,
        icc_profile=_icc_profile(path, segments),
        orientation=orientation,
        resolution=resolution if resolution.ppi else _jfif_resolution(segments.jfif),
        made=read_exif_date(segments.exif),
    )


def _walk(path: Path, file: BinaryIO) -> _Segments:
    segments = _Segments()
    file.seek(2)
    while True:
        marker = _next_marker(path, file)
        if marker in _WITHOUT_LENGTH:
            continue
        if marker in {_START_OF_SCAN, _END}:
            return segments
        head = file.read(2)
        length = int.from_bytes(head) - 2
        content = file.read(max(length, 0))
        if len(head) < 2 or length < 0 or len(content) < length:  # noqa: PLR2004
            raise TruncatedScanError(str(path), "it ends within its header")
        _keep(segments, marker, content)


def _next_marker(path: Path, file: BinaryIO) -> int:
    lead = file.read(1)
    if lead and lead != b"\xff":
        raise CorruptScanError(str(path), "its header is broken")
    code = b"\xff" if lead else b""
    while code == b"\xff":  # markers may be padded
        code = file.read(1)
    if not code:
        raise TruncatedScanError(str(path), "it ends within its header")
    return code[0]


def _keep(segments: _Segments, marker: int, content: bytes) -> None:
    if marker in _FRAMES and len(content) >= 6:  # noqa: PLR2004 -- fixed part
        segments.frame = marker, content
    elif marker == _APP0 and content.startswith(_JFIF):
        segments.jfif = content
    elif marker == _APP1 and content.startswith(_EXIF):
        segments.exif = segments.exif or content[len(_EXIF) :]
    elif marker == _APP2 and content.startswith(_ICC) and len(content) > len(_ICC) + 2:
        number, count = content[len(_ICC) : len(_ICC) + 2]
        segments.icc_parts[number] = content[len(_ICC) + 2 :]
        segments.icc_count = count


def _icc_profile(path: Path, segments: _Segments) -> bytes | None:
    if not segments.icc_parts:
        return None
    if set(segments.icc_parts) != set(range(1, segments.icc_count + 1)):
        raise CorruptScanError(str(path), "a part of its ICC profile is missing")
    return b"".join(segments.icc_parts[number] for number in sorted(segments.icc_parts))


def _jfif_resolution(jfif: bytes) -> StatedResolution:
    if len(jfif) < 12:  # noqa: PLR2004 -- fixed part of the JFIF segment
        return UNSTATED
    unit, x, y = struct.unpack_from(">BHH", jfif, 7)
    if unit == _PER_INCH:
        return stated_resolution(x, y)
    if unit == _PER_CM:
        return stated_resolution(per_inch(x), per_inch(y))
    return UNSTATED

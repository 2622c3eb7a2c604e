# SPDX-License-Identifier: Apache-2.0
"""Header of a TIFF or BigTIFF file (TIFF 6.0 and its supplements).

Job: read the tags of the first picture, refuse what is not an 8- or 16-bit RGB or grey
picture, and check that every strip or tile lies in the file.
Not here: decoding (`picture_file`), checksums in strips and tiles (`tiff_segments`).
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tifffile

from pellicle.errors import (
    CorruptScanError,
    PellicleError,
    ScanColourError,
    ScanCompressionError,
    ScanDepthError,
    SeveralPagesError,
    TruncatedScanError,
)
from pellicle.io.exif import (
    DATE_TAG,
    EXIF_TAG,
    ORIENTATION_TAG,
    UNIT_TAG,
    UNSTATED,
    X_RESOLUTION_TAG,
    Y_RESOLUTION_TAG,
    StatedResolution,
    resolution_of_tags,
    stated_date,
    valid_orientation,
)
from pellicle.io.picture_header import AlphaKind, PictureFormat, PictureHeader

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

UNCOMPRESSED, LZW, JPEG, DEFLATE, OLD_DEFLATE, PACKBITS = 1, 5, 7, 8, 32946, 32773
_COMPRESSIONS = {
    UNCOMPRESSED: 1,
    LZW: 2731,
    JPEG: 512 * 3,
    DEFLATE: 1032,
    OLD_DEFLATE: 1032,
    PACKBITS: 64,
}
"""Compressions that are read, and how far each can shrink data."""

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_COLOURS = {
    _PALETTE: "colours in a palette",
    4: "a transparency mask",
    _CMYK: "CMYK colours",
    _YCBCR: "YCbCr colours",
    8: "Lab colours",
    9: "Lab colours",
    10: "Lab colours",
    32803: "raw sensor values",
    34892: "raw sensor values",
}
_SIGNED, _FLOAT, _COMPLEX_INT, _COMPLEX = 2, 3, 5, 6
_KINDS = {
    _SIGNED: "signed integers",
    _FLOAT: "floating point numbers",
    _COMPLEX_INT: "complex numbers",
    _COMPLEX: "complex numbers",
}
_PREMULTIPLIED = 1
_REDUCED, _TRANSPARENCY = 1, 4
_MOST_PAGES = 32
_ICC_TAG, _JPEG_TABLES_TAG = 34675, 347

# tifffile reports what it skips in broken files; we raise errors of our own.
logging.getLogger("tifffile").addHandler(logging.NullHandler())
logging.getLogger("tifffile").propagate = False


@dataclass(frozen=True, slots=True)
class TiffLayout:
    """Where the compressed pixels of a TIFF lie.

    Attributes
    ----------
    offsets, byte_counts
        int64 arrays, one entry a strip or tile; planes follow each other.
    segment_px
        (height, width) of a strip or tile.
    segment_bytes
        Bytes of a full strip or tile once decompressed.
    per_plane
        (rows, columns) of strips or tiles.
    """

    compression: int
    offsets: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    byte_counts: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    segment_px: tuple[int, int]
    segment_bytes: int
    per_plane: tuple[int, int]
    planes: int
    is_tiled: bool
    jpeg_tables: bytes


def read_tiff_header(path: Path) -> tuple[PictureHeader, TiffLayout]:
    """Read the tags of the first picture. No pixel is decoded.

    Pictures that say 0 is white are described, and later decoded, as 0 is black.

    Raises
    ------
    TruncatedScanError, CorruptScanError, ScanColourError, ScanDepthError,
    ScanCompressionError, SeveralPagesError
        As their names say. Pages behind the first are no trouble when they are marked
        as reduced or as a transparency mask, or are at most half as large.
    """
    try:
        with tifffile.TiffFile(path) as tiff:
            page: Any = tiff.pages[0]
            header = _header(path, page)
            layout = _layout(path, page)
            _require_one_picture(path, tiff.pages)
    except (PellicleError, OSError):
        raise
    except Exception as error:  # tifffile raises many kinds for one broken header
        if _directory_is_missing(path):
            found = "it ends before the directory of its pictures"
            raise TruncatedScanError(str(path), found) from error
        raise CorruptScanError(str(path), "its header cannot be read") from error
    return header, layout


def _directory_is_missing(path: Path) -> bool:
    """Whether the first directory lies at or beyond the end of the file."""
    with path.open("rb") as file:
        head = file.read(16)
    order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
    is_big = b"+" in head[2:4]
    start = int.from_bytes(head[8:16] if is_big else head[4:8], order)
    return start >= path.stat().st_size


def _header(path: Path, page: Any) -> PictureHeader:
    height, width = int(page.imagelength), int(page.imagewidth)
    if not height or not width:
        raise CorruptScanError(str(path), f"its header says {width} × {height} px")
    depth = _bit_depth(path, page)
    bands, alpha = _channels(path, page)
    stated = page.tags.get(ORIENTATION_TAG)
    profile = page.tags.get(_ICC_TAG)
    return PictureHeader(
        path=path,
        format=PictureFormat.TIFF,
        height_px=height,
        width_px=width,
        bands=bands,
        bit_depth=depth,
        alpha=alpha,
        icc_profile=bytes(profile.value) if profile else None,
        orientation=valid_orientation(int(stated.value)) if stated else 1,
        resolution=_resolution(page),
        made=_made(page),
    )


def _bit_depth(path: Path, page: Any) -> int:
    depths = {int(bits) for bits in np.atleast_1d(page.bitspersample)}
    kinds = {int(kind) for kind in np.atleast_1d(page.sampleformat)}
    if len(depths) > 1 or len(kinds) > 1:
        raise ScanDepthError(str(path), "channels of different depths")
    depth, kind = depths.pop(), kinds.pop()
    if kind in _KINDS:
        raise ScanDepthError(str(path), f"{depth}-bit {_KINDS[kind]}")
    if depth not in {1, 2, 4, 8, 16}:
        raise ScanDepthError(str(path), f"{depth}-bit samples")
    return depth


def _channels(path: Path, page: Any) -> tuple[int, AlphaKind]:
    photometric, samples = int(page.photometric), int(page.samplesperpixel)
    compression = int(page.compression)
    if photometric == _YCBCR and compression == JPEG:
        photometric = _RGB  # the JPEG decoder gives RGB
    if photometric not in {_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB}:
        found = _COLOURS.get(photometric, f"colours of kind {photometric}")
        raise ScanColourError(str(path), found)
    if compression not in _COMPRESSIONS:
        name = getattr(page.compression, "name", str(compression))
        raise ScanCompressionError(str(path), name)
    bands = 3 if photometric == _RGB else 1
    extra = samples - bands
    if extra < 0:
        raise CorruptScanError(str(path), f"an RGB picture with {samples} channels")
    if extra > 1:
        raise ScanColourError(str(path), f"{samples} channels (multispectral or spot)")
    if not extra:
        return bands, AlphaKind.NONE
    kinds = [int(kind) for kind in page.extrasamples]
    premultiplied = kinds == [_PREMULTIPLIED]
    return bands, AlphaKind.PREMULTIPLIED if premultiplied else AlphaKind.STRAIGHT


def _resolution(page: Any) -> StatedResolution:
    x, y = page.tags.get(X_RESOLUTION_TAG), page.tags.get(Y_RESOLUTION_TAG)
    unit = page.tags.get(UNIT_TAG)
    try:
        x_rate = x.value[0] / x.value[1]
        y_rate = y.value[0] / y.value[1]
    except (AttributeError, TypeError, IndexError, ZeroDivisionError):
        return UNSTATED
    return resolution_of_tags(x_rate, y_rate, int(unit.value) if unit else 2)


def _made(page: Any) -> datetime | None:
    exif, changed = page.tags.get(EXIF_TAG), page.tags.get(DATE_TAG)
    taken = exif.value.get("DateTimeOriginal") if exif else None
    return stated_date(taken) or stated_date(changed.value if changed else None)


def _layout(path: Path, page: Any) -> TiffLayout:
    height, width = int(page.imagelength), int(page.imagewidth)
    samples, depth = int(page.samplesperpixel), int(np.max(page.bitspersample))
    separate = int(page.planarconfig) != 1 and samples > 1
    in_segment = 1 if separate else samples
    is_tiled = bool(page.is_tiled)
    if is_tiled:
        rows, columns = int(page.tilelength), int(page.tilewidth)
    else:
        rows, columns = min(int(page.rowsperstrip) or height, height), width
    if not rows or not columns:
        raise CorruptScanError(str(path), "its tiles have no size")
    per_plane = -(-height // rows), -(-width // columns)
    tables = page.tags.get(_JPEG_TABLES_TAG)
    layout = TiffLayout(
        compression=int(page.compression),
        offsets=np.asarray(page.dataoffsets, np.int64).reshape(-1),
        byte_counts=np.asarray(page.databytecounts, np.int64).reshape(-1),
        segment_px=(rows, columns),
        segment_bytes=rows * ((columns * depth * in_segment + 7) // 8),
        per_plane=per_plane,
        planes=samples if separate else 1,
        is_tiled=is_tiled,
        jpeg_tables=bytes(tables.value) if tables else b"",
    )
    _require_segments(path, layout, height)
    return layout


def _require_segments(path: Path, layout: TiffLayout, height: int) -> None:
    rows, columns = layout.per_plane
    expected = rows * columns * layout.planes
    found = min(len(layout.offsets), len(layout.byte_counts))
    kind = "tile" if layout.is_tiled else "strip"
    if found < expected:
        raise TruncatedScanError(str(path), f"{found:,} of its {expected:,} {kind}s")
    offsets, counts = layout.offsets[:expected], layout.byte_counts[:expected]
    size = path.stat().st_size
    missing = (offsets <= 0) | (counts <= 0) | (counts > size - offsets)
    if missing.any():
        raise TruncatedScanError(
            str(path),
            f"{kind} {int(missing.argmax()) + 1:,} of {expected:,} is not in the file",
        )
    needed = np.full(expected, layout.segment_bytes)
    if not layout.is_tiled:
        last_rows = height - (rows - 1) * layout.segment_px[0]
        last_bytes = layout.segment_bytes // layout.segment_px[0] * last_rows
        needed.reshape(layout.planes, rows)[:, -1] = last_bytes
    short = counts * _COMPRESSIONS[layout.compression] < needed
    if short.any():
        raise TruncatedScanError(
            str(path),
            f"{kind} {int(short.argmax()) + 1:,} of {expected:,} is too short",
        )


def _require_one_picture(path: Path, pages: Any) -> None:
    first = pages[0]
    if int(first.subfiletype) & _REDUCED:
        raise SeveralPagesError(str(path), "a thumbnail as its first picture")
    full = 1
    for index in range(1, _MOST_PAGES):
        try:
            page = pages[index]
        except IndexError:
            break
        reduced = int(page.subfiletype) & (_REDUCED | _TRANSPARENCY)
        small = (
            page.imagelength * 2 <= first.imagelength
            and page.imagewidth * 2 <= first.imagewidth
        )
        full += not (reduced or small)
    if full > 1:
        raise SeveralPagesError(str(path), f"{full} full pictures")

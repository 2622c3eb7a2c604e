# SPDX-License-Identifier: Apache-2.0
"""Integrity of the compressed strips and tiles of a TIFF.

Job: find damage that libtiff decodes without a word. It stops reading a deflate stream
once it has enough pixels, so the checksum at the stream's end goes unread; and it keeps
what a broken JPEG tile gives, which is grey.
Not here: what LZW, PackBits and uncompressed data cannot reveal (they carry no
checksum); whether strips lie in the file (`tiff_header`).
"""

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import imagecodecs

from pellicle.errors import CorruptScanError
from pellicle.io.tiff_header import DEFLATE, JPEG, OLD_DEFLATE, TiffLayout
from pellicle.io.vips import pyvips

_PIECE_BYTES = 1 << 20
_WHOLE_BYTES = 1 << 24
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"


def check_segments(path: Path, layout: TiffLayout) -> Iterator[int]:
    """Check strips or tiles from the top; yield the rows known to be sound so far.

    Memory is that of one compressed JPEG tile, or 32 MB.

    Raises
    ------
    CorruptScanError
        Naming the first strip or tile that is broken.
    """
    rows, columns = layout.per_plane
    checked = layout.compression in {JPEG, DEFLATE, OLD_DEFLATE}
    room = bytearray(min(layout.segment_bytes, _WHOLE_BYTES))
    with path.open("rb") as file:
        for row in range(rows):
            for plane in range(layout.planes if checked else 0):
                start = (plane * rows + row) * columns
                for index in range(start, start + columns):
                    file.seek(int(layout.offsets[index]))
                    count = int(layout.byte_counts[index])
                    if layout.compression == JPEG:
                        sound = _jpeg_is_sound(layout.jpeg_tables, file.read(count))
                    elif max(count, layout.segment_bytes) <= _WHOLE_BYTES:
                        sound = _whole_is_sound(file.read(count), room)
                    else:
                        pieces = _pieces(count)
                        sound = _deflate_is_sound(file.read(n) for n in pieces)
                    if not sound:
                        kind = "tile" if layout.is_tiled else "strip"
                        raise CorruptScanError(
                            str(path), f"{kind} {index + 1:,} cannot be decoded"
                        )
            yield (row + 1) * layout.segment_px[0]


def _pieces(count: int) -> Iterator[int]:
    for start in range(0, count, _PIECE_BYTES):
        yield min(_PIECE_BYTES, count - start)


def _whole_is_sound(stream: bytes, room: bytearray) -> bool:
    """As `_deflate_is_sound`, in a third of the time where there is room for it all."""
    try:
        imagecodecs.deflate_decode(stream, out=room)
    except RuntimeError:  # broken, or of another length: zlib tells which
        return _deflate_is_sound([stream])
    return True


def _deflate_is_sound(pieces: Iterable[bytes]) -> bool:
    stream = zlib.decompressobj()
    try:
        for piece in pieces:
            while piece and not stream.eof:
                stream.decompress(piece, _PIECE_BYTES)
                piece = stream.unconsumed_tail  # noqa: PLW2901 -- what is left of it
        while not stream.eof and stream.decompress(b"", _PIECE_BYTES):
            pass
    except zlib.error:
        return False
    return stream.eof


def _jpeg_is_sound(tables: bytes, stream: bytes) -> bool:
    if tables:
        stream = tables.removesuffix(_JPEG_END) + stream.removeprefix(_JPEG_START)
    try:
        pyvips.Image.jpegload_buffer(stream, fail_on="warning").avg()
    except pyvips.Error:
        return False
    return True

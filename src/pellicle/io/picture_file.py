# SPDX-License-Identifier: Apache-2.0
"""Pixels of a TIFF, PNG or JPEG, strip by strip, upright, exactly as stored.

Job: find out what a file is by its content, and read it from top to bottom in memory
that does not grow with it.
Not here: which pictures may be scans (`scan_file`) or masks (`area_file`).

No colour is ever converted, so samples are the file's own, with two exceptions: JPEG
gives RGB for its YCbCr, and 0-is-white grey is turned round.
"""

import shutil
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from pellicle.errors import (
    CorruptScanError,
    NoSuchFileError,
    TruncatedScanError,
    UnknownFormatError,
    UnreadableFileError,
)
from pellicle.io import jpeg_header, png_header, tiff_header
from pellicle.io.picture_header import PictureFormat, PictureHeader
from pellicle.io.tiff_segments import check_segments
from pellicle.io.vips import pyvips
from pellicle.io.writing import cannot_write
from pellicle.model.arrays import Array
from pellicle.model.raster import Window

_OTHER_FORMATS = (
    (b"8BPS", "is a Photoshop document"),
    (b"%PDF", "is a PDF"),
    (b"GIF8", "is a GIF"),
    (b"BM", "is a Windows bitmap"),
    (b"\0\0\0\x0cjP  ", "is a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "is a JPEG 2000"),
    (b"\xff\x0a", "is a JPEG XL"),
    (b"\0\0\0\x0cJXL ", "is a JPEG XL"),
    (b"PK\x03\x04", "is a ZIP archive"),
    (b"gimp xcf", "is a GIMP document"),
    (b"RIFF", "is a WebP or another RIFF file"),
    (b"\x76\x2f\x31\x01", "is an OpenEXR picture"),
)
_HEAD_BYTES = 16
_TRUNCATION_WORDS = ("premature end", "not enough data", "truncat", "got 0 bytes")
_FORMATS = {"uchar": np.uint8, "ushort": np.uint16}


def require_file(path: Path) -> None:
    """Make sure that a file stands at `path` and may be read.

    Raises
    ------
    NoSuchFileError, UnreadableFileError
        If not.
    """
    try:
        if not path.exists():
            raise NoSuchFileError(str(path), "does not exist")
        if not path.is_file():
            raise NoSuchFileError(str(path), "is not a file but a folder or device")
        with path.open("rb"):
            pass
    except OSError as error:
        raise UnreadableFileError(str(path), error.strerror or "unknown") from error


def read_picture_header(path: Path) -> PictureHeader:
    """Describe a picture without decoding it.

    Raises
    ------
    NoSuchFileError, UnreadableFileError, UnknownFormatError, TruncatedScanError,
    CorruptScanError, ScanColourError, ScanDepthError, ScanCompressionError,
    SeveralPagesError
        As their names say.
    """
    require_file(path)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if not head:
            raise TruncatedScanError(str(path), "it is empty (0 bytes)")
        if head.startswith(tiff_header.SIGNATURES):
            return tiff_header.read_tiff_header(path)[0]
        if head.startswith(png_header.SIGNATURE):
            return png_header.read_png_header(path)
        if head.startswith(jpeg_header.SIGNATURE):
            return jpeg_header.read_jpeg_header(path)
    except OSError as error:
        raise UnreadableFileError(str(path), error.strerror or "unknown") from error
    known = [found for magic, found in _OTHER_FORMATS if head.startswith(magic)]
    found = known[0] if known else "is not a picture in a format that is known"
    raise UnknownFormatError(str(path), found, "TIFF, PNG or JPEG")


def read_picture_strips(
    header: PictureHeader, strip_px: int, scratch: Path | None = None
) -> Iterator[tuple[Window, Array]]:
    """Read all pixels, upright, alpha behind the colours, from top to bottom.

    Parameters
    ----------
    header
        From `read_picture_header`.
    strip_px
        Rows of a strip; the last may have fewer.
    scratch
        Folder for a temporary copy of pictures that lie on their side or upside down;
        the system's own when None. It takes the size of the uncompressed picture.

    Yields
    ------
    window, samples
        (H, W, bands and alpha) uint8 or uint16, C-contiguous, writable. Samples of 1,
        2 and 4 bits are spread to the range of 8, palette indexes are not.

    Raises
    ------
    TruncatedScanError, CorruptScanError
        Where pixels are missing or broken, before any of them is given out.
    DiskFullError, UnwritableError
        If the temporary copy cannot be written.

    Notes
    -----
    Three kinds of file cannot be read in flat memory, for lack of structure:
    interlaced PNG and progressive JPEG (decoded whole) and compressed TIFF in a single
    strip (its compressed bytes are held).
    """
    stored = _stored_strips(header, strip_px)
    if header.orientation == 1:
        yield from stored
    elif header.orientation == 2:  # noqa: PLR2004 -- mirrored; rows stay in order
        for window, samples in stored:
            yield window, np.ascontiguousarray(samples[:, ::-1])
    else:
        yield from _turned_strips(header, stored, strip_px, scratch)


def upright(samples: Array, orientation: int) -> Array:
    """Turn stored samples (H, W, C) upright; a view where possible.

    Parameters
    ----------
    samples
        As stored.
    orientation
        EXIF orientation, 1 to 8 (CIPA DC-008, Orientation).
    """
    if orientation in {3, 4, 6, 7}:
        samples = samples[::-1]
    if orientation in {2, 3, 7, 8}:
        samples = samples[:, ::-1]
    swapped = orientation >= 5  # noqa: PLR2004 -- 5 to 8 swap the axes
    return samples.swapaxes(0, 1) if swapped else samples


def _stored_strips(
    header: PictureHeader, strip_px: int
) -> Iterator[tuple[Window, Array]]:
    sound_rows = header.height_px
    sound: Iterator[int] = iter(())
    if header.format is PictureFormat.TIFF:
        sound_rows = 0
        layout = tiff_header.read_tiff_header(header.path)[1]
        sound = check_segments(header.path, layout)
    with _opened(header) as image:
        region = pyvips.Region.new(image)
        for top in range(0, header.height_px, strip_px):
            bottom = min(top + strip_px, header.height_px)
            while sound_rows < bottom:
                sound_rows = next(sound)
            try:
                block = region.fetch(0, top, header.width_px, bottom - top)
            except pyvips.Error as error:
                raise _broken(header.path, str(error), top) from error
            window = Window(top, 0, bottom, header.width_px)
            yield window, _samples(header, image, block, window.shape)


def _samples(
    header: PictureHeader, image: Any, block: Any, shape: tuple[int, int]
) -> Array:
    stored = np.frombuffer(block, _FORMATS[image.format])
    samples = stored.reshape(*shape, image.bands).copy()
    if header.palette is not None:
        samples //= np.uint8(255 // (2**header.bit_depth - 1))
    return samples


@contextmanager
def _opened(header: PictureHeader) -> Iterator[Any]:
    with header.path.open("rb") as file:
        # must live as long as the image does
        indexes = None if header.palette is None else _IndexSource(file)
        yield _image(header, indexes)


def _image(header: PictureHeader, indexes: "_IndexSource | None") -> Any:
    options: dict[str, Any] = {"access": "sequential", "fail_on": "warning"}
    if header.format is not PictureFormat.JPEG:
        options["unlimited"] = True  # the header has been checked against the file
    try:
        if indexes is not None:
            image = pyvips.Image.new_from_source(indexes.source, "", **options)
        else:
            image = pyvips.Image.new_from_file(str(header.path), **options)
    except pyvips.Error as error:
        require_file(header.path)
        raise _broken(header.path, str(error), 0) from error
    bands = header.bands + (header.alpha != "none" and header.palette is None)
    wanted = "ushort" if header.bit_depth == 16 else "uchar"  # noqa: PLR2004
    found = image.height, image.width, image.bands, image.format
    if found != (header.height_px, header.width_px, bands, wanted):
        raise CorruptScanError(
            str(header.path), "its header does not agree with its pixels"
        )
    return image


def _broken(path: Path, reason: str, top: int) -> TruncatedScanError | CorruptScanError:
    if any(word in reason.lower() for word in _TRUNCATION_WORDS):
        return TruncatedScanError(str(path), f"pixels are missing from row {top} on")
    return CorruptScanError(str(path), f"rows from {top} on cannot be decoded")


def _turned_strips(
    header: PictureHeader,
    stored: Iterator[tuple[Window, Array]],
    strip_px: int,
    scratch: Path | None,
) -> Iterator[tuple[Window, Array]]:
    folder = Path(tempfile.mkdtemp(prefix="pellicle-", dir=scratch))
    copy = folder / "stored.raw"
    try:
        shape, dtype = _write_raw(copy, stored, header)
        height, width = header.upright_shape
        for top in range(0, height, strip_px):
            window = Window(top, 0, min(top + strip_px, height), width)
            block = _read_raw(copy, shape, dtype, _stored_window(header, window))
            yield window, np.ascontiguousarray(upright(block, header.orientation))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_raw(
    copy: Path, stored: Iterator[tuple[Window, Array]], header: PictureHeader
) -> tuple[tuple[int, int, int], "np.dtype[Any]"]:
    bands, dtype = 1, np.dtype(np.uint8)
    try:
        with copy.open("wb") as file:
            for _, samples in stored:
                bands, dtype = samples.shape[2], samples.dtype
                file.write(samples.data)
    except OSError as error:
        raise cannot_write(copy, error) from error
    return (header.height_px, header.width_px, bands), dtype


def _read_raw(
    copy: Path, shape: tuple[int, int, int], dtype: "np.dtype[Any]", window: Window
) -> Array:
    # row by row: a mapped file would count as memory, all of it
    height, width = window.shape
    block = np.empty((height, width, shape[2]), dtype)
    pixel_bytes = shape[2] * dtype.itemsize
    with copy.open("rb", buffering=0) as file:
        for row in range(height):
            start = (window.top + row) * shape[1] + window.left
            file.seek(start * pixel_bytes)
            file.readinto(block[row].data)
    return block


def _stored_window(header: PictureHeader, upright_window: Window) -> Window:
    top, bottom = upright_window.top, upright_window.bottom
    height, width = header.height_px, header.width_px
    if header.orientation in {3, 4}:
        return Window(height - bottom, 0, height - top, width)
    if header.orientation in {7, 8}:
        return Window(0, width - bottom, height, width - top)
    return Window(0, top, height, bottom)


class _IndexSource:
    """Palette PNG that libvips takes for grey, so that it gives the indexes.

    Only the header changes on the way: colour type grey, palette and transparency
    skipped. Decoding, checksums and interlacing stay libvips's own.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = self._grey_header()
        self.source = pyvips.SourceCustom()
        self.source.on_read(self._read)

    def _grey_header(self) -> bytes:
        head = bytearray(self._file.read(33))
        head[25] = 0
        head[29:33] = zlib.crc32(head[12:29]).to_bytes(4)
        while True:
            lead = self._file.read(8)
            length, kind = struct.unpack(">I4s", lead)
            if kind == b"IDAT":
                self._file.seek(-8, 1)
                return bytes(head)
            self._file.seek(length + 4, 1)

    def _read(self, size: int) -> bytes:
        given = self._left[:size] or self._file.read(size)
        self._left = self._left[size:]
        return given

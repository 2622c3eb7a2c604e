# SPDX-License-Identifier: Apache-2.0
"""Dates come from what a scan says inside, never from its time stamp."""

import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from pellicle.io.exif import read_exif_date, stated_date
from pellicle.io.scan_file import probe_scan
from pellicle.io.tiff_file import short_tag, write_tiff
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize

TAKEN = datetime(2019, 3, 4, 5, 6, 7, tzinfo=UTC)
TEXT = b"2019:03:04 05:06:07\0"
SAMPLES = np.zeros((20, 30, 3), np.uint8)


def exif(order: str, tag: int, *, in_exif: bool) -> bytes:
    """A block with one date, in the first directory or the EXIF one."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    block = mark + struct.pack(f"{order}I", 8)
    if in_exif:
        block += struct.pack(f"{order}HHHIII", 1, 34665, 4, 1, 26, 0)
    at = len(block) + 18
    block += struct.pack(f"{order}HHHIII", 1, tag, 2, len(TEXT), at, 0)
    return block + TEXT


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("tag", "in_exif"), [(306, False), (36867, True)])
def test_exif_block_tells_its_date(order: str, tag: int, in_exif: bool) -> None:
    block = exif(order, tag, in_exif=in_exif)
    assert read_exif_date(block) == TAKEN
    for length in range(len(block) - 1):
        assert read_exif_date(block[:length]) is None


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "    :  :     :  :  ",
        "0000:00:00 00:00:00",
        "2019-03-04",
        None,
        "1899:01:01",
    ],
)
def test_blank_dates_are_none(stated: object) -> None:
    assert stated_date(stated) is None


def test_tiff_tells_its_date(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    tifffile.imwrite(path, SAMPLES, photometric="rgb", datetime=TEXT[:-1].decode())
    assert probe_scan(path).made == TAKEN
    tifffile.imwrite(path, SAMPLES, photometric="rgb")
    assert probe_scan(path).made is None


def chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return (
        struct.pack(">I", len(content))
        + checked
        + struct.pack(">I", zlib.crc32(checked))
    )


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (chunk(b"tIME", struct.pack(">HBBBBB", 2019, 3, 4, 5, 6, 7)), TAKEN),
        (chunk(b"tIME", struct.pack(">HBBBBB", 2019, 13, 4, 5, 6, 7)), None),
        (chunk(b"eXIf", exif(">", 36867, in_exif=True)), TAKEN),
        (b"", None),
    ],
)
def test_png_tells_its_date(
    added: bytes, expected: datetime | None, tmp_path: Path
) -> None:
    content = imagecodecs.png_encode(SAMPLES)
    path = tmp_path / "scan.png"
    path.write_bytes(content[:33] + added + content[33:])
    assert probe_scan(path).made == expected


def test_jpeg_tells_its_date(tmp_path: Path) -> None:
    content = imagecodecs.jpeg_encode(SAMPLES)
    block = b"Exif\0\0" + exif("<", 36867, in_exif=True)
    segment = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
    path = tmp_path / "scan.jpg"
    path.write_bytes(content[:2] + segment + content[2:])
    assert probe_scan(path).made == TAKEN


@pytest.mark.parametrize("made", [None, TAKEN])
def test_tiff_of_an_undated_scan_has_no_date(
    made: datetime | None, tmp_path: Path
) -> None:
    path = tmp_path / "made.tif"
    raster = RasterSpec(20, 30, PixelSize(50.0))
    strips = [(raster.window, SAMPLES)]
    write_tiff(path, raster, strips, [short_tag(262, 2)], made)
    with tifffile.TiffFile(path) as tiff:
        tag = tiff.pages[0].tags.get(306)
        found = tag.value if tag else None
    assert found == (TEXT[:-1].decode() if made else None)

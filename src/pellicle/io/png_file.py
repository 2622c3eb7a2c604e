# SPDX-License-Identifier: Apache-2.0
"""PNG: labels with their palette, 16-bit differences, previews.

Job: write PNG (ISO/IEC 15948) row by row with zlib, with the scale of the painting.
Not here: reading PNG scans (`scan_file`), drawing overlays (`overlay`).

The palettes keep to colours that people with red-green blindness tell apart: the eight
of Okabe & Ito (2008, https://jfly.uni-koeln.de/color/) for the classes of damage, whose
order means nothing; a scale from light to dark for grades of evidence, whose order
does.
"""

import itertools
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pellicle.io.strips import Strips, even_strips
from pellicle.io.writing import whole_file
from pellicle.model.arrays import Array, Labels
from pellicle.model.palette import CLASS_COLOURS
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize

CONDITION_PALETTE: Labels = np.array(CLASS_COLOURS, np.uint8)
"""(9, 3) sRGB of each `DamageClass`."""

EVIDENCE_PALETTE: Labels = np.array(
    [
        (245, 244, 240),  # 0 untouched: near white
        (240, 228, 66),  # 1 interpolated: yellow, closest to the painting
        (230, 159, 0),  # 2 copied: orange
        (213, 94, 0),  # 3 reference: vermilion
        (96, 16, 72),  # 4 generated: dark plum, farthest from it
        (0, 114, 178),  # 5 painted by a person: blue, beside the scale
        (0, 158, 115),  # 6 recoloured: green; the paint is original
    ],
    np.uint8,
)
"""(7, 3) sRGB of each `EvidenceGrade`; 1 to 4 darken as the ground grows weaker."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ROWS_PX = 64
_LEVEL = 6
_PALETTE_COLOUR_TYPE = 3
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # samples of a pixel -> PNG colour type
_PLANE_RANK = 2


def write_png(
    path: Path, raster: RasterSpec, strips: Strips, palette: Labels | None = None
) -> None:
    """Write a PNG of any size in flat memory.

    Parameters
    ----------
    path
        File to write; replaced only when complete.
    raster
        Size, and the scale that goes into the file.
    strips
        (rows, W) or (rows, W, 1 to 4) uint8 or uint16: grey, grey + alpha, RGB, RGBA.
    palette
        (N, 3) uint8 sRGB; then the pixels are (rows, W) uint8 labels below N.

    Raises
    ------
    DiskFullError, UnwritableError
        If the file cannot be written.
    """
    with whole_file(path) as beside, beside.open("wb") as file:
        for part in _parts(raster, strips, palette, scale=True):
            file.write(part)


def png_bytes(
    pixels: Array, palette: Labels | None = None, pixel_size: PixelSize | None = None
) -> bytes:
    """A small picture as PNG; see `write_png` for shapes and palette."""
    height_px, width_px = pixels.shape[:2]
    raster = RasterSpec(height_px, width_px, pixel_size or PixelSize(1.0))
    strips = [(raster.window, pixels)]
    parts = _parts(raster, strips, palette, scale=pixel_size is not None)
    return b"".join(parts)


def _parts(
    raster: RasterSpec, strips: Strips, palette: Labels | None, *, scale: bool
) -> Iterator[bytes]:
    rows = even_strips(strips, raster, _ROWS_PX)
    first = next(rows)
    samples = 1 if first.ndim == _PLANE_RANK else first.shape[2]
    colour_type = _COLOUR_TYPES[samples] if palette is None else _PALETTE_COLOUR_TYPE
    size = struct.pack(">II", raster.width_px, raster.height_px)
    depth = first.dtype.itemsize * 8
    yield _SIGNATURE
    yield _chunk(b"IHDR", size + bytes([depth, colour_type, 0, 0, 0]))
    if scale:
        per_metre = max(1, round(1e6 / raster.pixel_size.um))
        yield _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    if palette is not None:
        yield _chunk(b"PLTE", palette.tobytes())
    deflate = zlib.compressobj(_LEVEL)
    for content in _filtered(itertools.chain([first], rows), samples, palette):
        squeezed = deflate.compress(content)
        if squeezed:
            yield _chunk(b"IDAT", squeezed)
    yield _chunk(b"IDAT", deflate.flush())
    yield _chunk(b"IEND", b"")


def _filtered(
    strips: Iterator[Array], samples: int, palette: Labels | None
) -> Iterator[bytes]:
    above: Array | None = None
    for strip in strips:
        if palette is not None and strip.max(initial=0) >= len(palette):
            message = (
                f"label {strip.max()} has no colour in a palette of {len(palette)}"
            )
            raise ValueError(message)
        height = strip.shape[0]
        big_endian = strip.astype(strip.dtype.newbyteorder(">"), copy=False)
        scanlines = np.ascontiguousarray(big_endian).reshape(height, -1).view(np.uint8)
        before = np.zeros_like(scanlines[0]) if above is None else above
        if palette is not None or not (before.any() or scanlines.any()):
            kinds = np.zeros((height, 1), np.uint8)
            yield np.concatenate([kinds, scanlines], axis=1).tobytes()
        else:
            pixel_bytes = samples * strip.dtype.itemsize
            yield _best_filter(scanlines, before, pixel_bytes).tobytes()
        above = scanlines[-1]


def _best_filter(scanlines: Array, above: Array, pixel_bytes: int) -> Array:
    """Filter each row: nothing, left, above or Paeth, whichever leaves least.

    The usual rule: the smallest sum of the differences taken as signed bytes.
    """
    up = np.concatenate([above[np.newaxis], scanlines[:-1]])
    left = np.zeros_like(scanlines)
    left[:, pixel_bytes:] = scanlines[:, :-pixel_bytes]
    corner = np.zeros_like(scanlines)
    corner[:, pixel_bytes:] = up[:, :-pixel_bytes]
    predictions = {0: None, 1: left, 2: up, 4: _paeth(left, up, corner)}
    best = np.zeros((scanlines.shape[0], 1 + scanlines.shape[1]), np.uint8)
    least = np.full(scanlines.shape[0], np.iinfo(np.int64).max)
    for kind, prediction in predictions.items():
        rest = scanlines if prediction is None else scanlines - prediction
        cost = np.minimum(rest, 0 - rest).sum(axis=1, dtype=np.int64)
        better = cost < least
        least[better] = cost[better]
        best[better, 0] = kind
        best[better, 1:] = rest[better]
    return best


def _paeth(left: Array, up: Array, corner: Array) -> Array:
    """PNG's own prediction: the neighbour nearest to left + up - corner."""
    a, b, c = (plane.astype(np.int16) for plane in (left, up, corner))
    to_a, to_b, to_c = np.abs(b - c), np.abs(a - c), np.abs(a + b - c - c)
    nearest = np.where(to_b <= to_c, up, corner)
    return np.where((to_a <= to_b) & (to_a <= to_c), left, nearest)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
    )

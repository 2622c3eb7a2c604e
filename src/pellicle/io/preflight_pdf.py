# SPDX-License-Identifier: Apache-2.0
"""Preflight of a PDF: reopened with pikepdf (QPDF), not with what wrote it.

Job: page, painting's rectangle, image and its place, plates, coverage.
Not here: TIFF (`preflight_tiff`), whether it is what was meant (`workflow/preflight`).
"""

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf

from pellicle.errors import PrintFileError
from pellicle.io.hashing import file_sha256
from pellicle.io.plate_sums import PlateSums
from pellicle.model.preflight import FileMeasured

_MM_PER_POINT = 25.4 / 72
_MM_DIGITS = 4
_PIECE_BYTES = 64 << 10
_CHUNK_BYTES = 4 << 20
_FULL_8_BIT = 255


def measure_pdf(path: Path, sheet: int | None = None) -> FileMeasured:
    """Measure a print file, or one page; its image is inflated piece by piece.

    Parameters
    ----------
    sheet
        Number of the page, from 1; None where there is only one.

    Raises
    ------
    PrintFileError
        If pikepdf cannot read it, or it is no page with one image of plates.
    """
    try:
        with pikepdf.open(path) as pdf:
            profile = pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes()
            page = pdf.pages[0 if sheet is None else sheet - 1]
            measured = _measured(path, page, hashlib.sha256(profile).hexdigest())
            return measured.model_copy(update={"sheet": sheet})
    except (
        pikepdf.PdfError,
        AttributeError,
        KeyError,
        IndexError,
        zlib.error,
    ) as error:
        found = str(error) or type(error).__name__
        raise PrintFileError(path.name, f"pikepdf cannot read it: {found}") from error


def _measured(path: Path, page: pikepdf.Page, profile_sha256: str) -> FileMeasured:
    image = page.Resources.XObject.Mask
    names = _plate_names(image.ColorSpace)
    sums = PlateSums(names, _FULL_8_BIT)
    for pixels in _pixels(image.read_raw_bytes(), len(names)):
        sums.add(pixels)
    unit_mm = float(page.obj.get("/UserUnit", 1)) * _MM_PER_POINT
    trim_mm = [float(edge) * unit_mm for edge in page.trimbox]
    media_mm = [float(edge) * unit_mm for edge in page.mediabox]
    placed_mm = [edge * unit_mm for edge in _placed(page)]
    width_mm, height_mm = _size(trim_mm)
    width_px, height_px = int(image.Width), int(image.Height)
    page_mm = _size(media_mm)
    if sums.pixels != width_px * height_px:
        found = f"its image holds {sums.pixels} pixels of {width_px * height_px}"
        raise PrintFileError(path.name, found)
    return FileMeasured(
        name=path.name,
        sha256=file_sha256(path),
        size_bytes=path.stat().st_size,
        read_with="pikepdf",
        width_px=width_px,
        height_px=height_px,
        bits=int(image.BitsPerComponent),
        width_mm=round(width_mm, _MM_DIGITS),
        height_mm=round(height_mm, _MM_DIGITS),
        page_width_mm=round(page_mm[0], _MM_DIGITS),
        page_height_mm=round(page_mm[1], _MM_DIGITS),
        ppi_x=round(width_px / width_mm * 25.4, 3),
        ppi_y=round(height_px / height_mm * 25.4, 3),
        placed_off_mm=round(
            max(abs(a - b) for a, b in zip(placed_mm, trim_mm, strict=True)), _MM_DIGITS
        ),
        profile_sha256=profile_sha256,
        plates=sums.plates,
        largest_total_percent=sums.largest_total_percent,
        inked_mm2=round(
            width_mm * height_mm * sums.inked_pixels / max(sums.pixels, 1), 4
        ),
    )


def _size(box_mm: list[float]) -> tuple[float, float]:
    return box_mm[2] - box_mm[0], box_mm[3] - box_mm[1]


def _plate_names(space: Any) -> tuple[str, ...]:
    """Colourants of a DeviceN or Separation colour space."""
    names = [space[1]] if str(space[0]) == "/Separation" else list(space[1])
    return tuple(str(name).removeprefix("/") for name in names)


def _pixels(squeezed: bytes, planes: int) -> Iterator[np.ndarray[Any, Any]]:
    """(N, planes) uint8, a few megabytes at a time."""
    inflate = zlib.decompressobj()
    rest = b""
    for start in range(0, len(squeezed), _PIECE_BYTES):
        waiting = squeezed[start : start + _PIECE_BYTES]
        full = True
        while waiting or full:
            inflated = inflate.decompress(waiting, _CHUNK_BYTES)
            waiting, full = inflate.unconsumed_tail, len(inflated) == _CHUNK_BYTES
            held = rest + inflated
            whole = len(held) - len(held) % planes
            rest = held[whole:]
            yield np.frombuffer(held[:whole], np.uint8).reshape(-1, planes)


def _placed(page: pikepdf.Page) -> list[float]:
    """Left, bottom, right and top of the image on the page, in its units."""
    matrix = pikepdf.Matrix()
    kept: list[pikepdf.Matrix] = []
    for step in pikepdf.parse_content_stream(page, "q Q cm Do"):
        match str(step.operator):
            case "q":
                kept.append(matrix)
            case "Q":
                matrix = kept.pop()
            case "cm":
                matrix = pikepdf.Matrix(step.operands) @ matrix
            case "Do":
                left, bottom = matrix.transform((0, 0))
                right, top = matrix.transform((1, 1))
                return [left, bottom, right, top]
    message = "no image is drawn on the page"
    raise KeyError(message)

# SPDX-License-Identifier: Apache-2.0
"""Preflight of a TIFF: reopened with tifffile or libvips, not with what wrote it.

Job: size, resolution, named inks, coverage. `mask.tif` and `mask-spot.tif` are read
with tifffile, which knows their tags; the single layers with libvips.
Not here: PDF (`preflight_pdf`), whether it is what was meant (`workflow/preflight`).
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from pellicle.errors import PrintFileError
from pellicle.io.hashing import file_sha256
from pellicle.io.plate_sums import PlateSums
from pellicle.io.vips import pyvips
from pellicle.model.arrays import Array
from pellicle.model.mask import COLOURANTS, WHITE_PLANE
from pellicle.model.preflight import FileMeasured

_FULL_16_BIT = 65_535
_MM_PER_UNIT = {2: 25.4, 3: 10.0}
_MM_DIGITS = 4
_STRIP_PX = 256
_PHOTOSHOP_TAG, _INK_NAMES_TAG, _INK_SET_TAG = 34377, 333, 332
_OTHER_INKS = 2


def measure_inks_tiff(path: Path, sheet: int | None = None) -> FileMeasured:
    """Measure `mask.tif`: five plates, named in the file; read with tifffile.

    Parameters
    ----------
    sheet
        Number of the sheet, where there are several.
    """
    with _opened(path) as tiff:
        page = _first_page(tiff)
        names = _ink_names(page)
        sums = PlateSums(names, _FULL_16_BIT)
        for pixels in _segments(page):
            sums.add(pixels)
        return _measured(path, "tifffile", _found(page), sums, sheet)


def measure_spot_tiff(
    path: Path, spot_name: str, sheet: int | None = None
) -> FileMeasured:
    """Measure `mask-spot.tif`: CMYK and an inverted spot channel; read with tifffile.

    Parameters
    ----------
    sheet
        Number of the sheet, where there are several.

    Raises
    ------
    PrintFileError
        If it cannot be read, or its spot channel is not named `spot_name`.
    """
    with _opened(path) as tiff:
        page = _first_page(tiff)
        resources = page.tags.get(_PHOTOSHOP_TAG)
        named = bytes([len(spot_name)]) + spot_name.encode("ascii")
        if resources is None or named not in _raw(tiff, resources):
            found = f"it names no spot channel {spot_name!r}"
            raise PrintFileError(path.name, found)
        sums = PlateSums((*COLOURANTS, spot_name), _FULL_16_BIT)
        for pixels in _segments(page):
            plates = pixels.copy()
            plates[:, WHITE_PLANE] = _FULL_16_BIT - pixels[:, WHITE_PLANE]
            sums.add(plates)
        return _measured(path, "tifffile", _found(page), sums, sheet)


def measure_layer_tiff(path: Path, names: tuple[str, ...]) -> FileMeasured:
    """Measure `mask-colour.tif` or `mask-white.tif`; read with libvips."""
    try:
        image = pyvips.Image.new_from_file(
            str(path), access="sequential", fail_on="error"
        )
        region = pyvips.Region.new(image)
        sums = PlateSums(names, _FULL_16_BIT)
        for top in range(0, image.height, _STRIP_PX):
            rows = min(_STRIP_PX, image.height - top)
            strip = region.fetch(0, top, image.width, rows)
            pixels = np.frombuffer(strip, np.uint16)
            sums.add(pixels.reshape(-1, len(names)))
        profile = None
        if image.get_typeof("icc-profile-data"):
            profile = bytes(image.get("icc-profile-data"))
    except (pyvips.Error, ValueError) as error:
        found = f"libvips cannot read it: {str(error).strip()}"
        raise PrintFileError(path.name, found) from error
    seen = _Found(image.width, image.height, image.xres, image.yres, profile)
    return _measured(path, "pyvips", seen, sums)


@contextmanager
def _opened(path: Path) -> Iterator[tifffile.TiffFile]:
    try:
        with tifffile.TiffFile(path) as tiff:
            yield tiff
    except (
        tifffile.TiffFileError,
        LookupError,
        ValueError,
        RuntimeError,
    ) as error:  # the last is what its decoders raise
        found = f"tifffile cannot read it: {error}"
        raise PrintFileError(path.name, found) from error


def _first_page(tiff: tifffile.TiffFile) -> Any:
    return tiff.pages[0]


def _ink_names(page: Any) -> tuple[str, ...]:
    inks, names = page.tags.get(_INK_SET_TAG), page.tags.get(_INK_NAMES_TAG)
    if inks is None or names is None or int(inks.value) != _OTHER_INKS:
        return ()
    return tuple(name for name in str(names.value).split("\0") if name)


def _raw(tiff: tifffile.TiffFile, tag: Any) -> bytes:
    tiff.filehandle.seek(tag.valueoffset)
    return bytes(tiff.filehandle.read(tag.count))


def _segments(page: Any) -> Iterator[Array]:
    """(N, samples) uint16, a strip at a time."""
    for pixels, _, shape in page.segments(maxworkers=1):
        if pixels is None:
            yield np.zeros((int(np.prod(shape[:-1])), shape[-1]), np.uint16)
        else:
            yield np.asarray(pixels).reshape(-1, shape[-1])


def _found(page: Any) -> "_Found":
    unit_mm = _MM_PER_UNIT[int(page.tags["ResolutionUnit"].value)]
    across, down = (page.tags[name].value for name in ("XResolution", "YResolution"))
    return _Found(
        page.imagewidth,
        page.imagelength,
        across[0] / across[1] / unit_mm,
        down[0] / down[1] / unit_mm,
        page.iccprofile,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What the tags say."""

    width_px: int
    height_px: int
    across_px_mm: float
    down_px_mm: float
    profile: bytes | None


def _measured(
    path: Path,
    reader: str,
    found: _Found,
    sums: PlateSums,
    sheet: int | None = None,
) -> FileMeasured:
    if sums.pixels != found.width_px * found.height_px:
        held = f"it holds {sums.pixels} pixels of {found.width_px * found.height_px}"
        raise PrintFileError(path.name, held)
    across, down = found.across_px_mm, found.down_px_mm
    profile = found.profile
    return FileMeasured(
        name=path.name,
        sheet=sheet,
        sha256=file_sha256(path),
        size_bytes=path.stat().st_size,
        read_with=reader,
        width_px=found.width_px,
        height_px=found.height_px,
        bits=16,
        width_mm=round(found.width_px / across, _MM_DIGITS),
        height_mm=round(found.height_px / down, _MM_DIGITS),
        ppi_x=round(across * 25.4, 3),
        ppi_y=round(down * 25.4, 3),
        profile_sha256=hashlib.sha256(profile).hexdigest() if profile else None,
        plates=sums.plates,
        largest_total_percent=sums.largest_total_percent,
        inked_mm2=round(sums.inked_pixels / (across * down), 4),
    )

# SPDX-License-Identifier: Apache-2.0
"""Separations as TIFF: what a printer's software takes besides PDF.

Job: `mask-colour.tif` and `mask-white.tif`, in the scan's geometry, for people and
programs; `mask.tif` and `mask-spot.tif` for the printer, mirrored if the film is
printed from behind.
Not here: the file format (`tiff_file`), PDF (`mask_pdf`).

All are 16 bit; 0 is no ink and 65535 full ink, with one exception that is Adobe
Photoshop's: in `mask-spot.tif` the fifth channel is stored as Photoshop keeps spot
channels, 65535 for no ink and 0 for full ink, while the four colours keep TIFF's own
sense. Software that knows spot channels (it reads their names and colours from
Photoshop's image resources) expects it so; any other should be given `mask.tif`.
"""

import struct
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from pellicle.io.strips import Strips
from pellicle.io.tiff_file import (
    TagType,
    TiffTag,
    ascii_tag,
    icc_tag,
    short_tag,
    write_tiff,
)
from pellicle.model.arrays import Array, Separations
from pellicle.model.mask import COLOURANTS, WHITE_PLANE
from pellicle.model.raster import RasterSpec

FULL_INK = 65535
_TO_8_BIT = ((np.arange(FULL_INK + 1) * 255 + 32767) // FULL_INK).astype(np.uint8)
_SEPARATED = short_tag(262, 5)
_CMYK_INKS = short_tag(332, 1)
_OTHER_INKS = short_tag(332, 2)

# Photoshop's numbers: a colour space, and how a spot channel looks on the screen.
_PHOTOSHOP_TAG = 34377
_CMYK_SPACE = 2
_PALE_CYAN = (int(FULL_INK * 0.75), FULL_INK, FULL_INK, FULL_INK)  # 65535 is no ink
_SEE_THROUGH_PERCENT = 0
_CHANNEL_IDENTIFIER = 3


def eight_bit(planes: Array) -> Array:
    """Sixteen-bit coverages rounded to eight: (v · 255 + 32767) // 65535.

    Parameters
    ----------
    planes
        uint16 of any shape, 65535 is full ink.

    Returns
    -------
    planes_8_bit
        uint8 of the same shape, 255 is full ink.
    """
    return _TO_8_BIT[planes]


def eight_bit_plates(planes: Separations, ink_limit_percent: float) -> Array:
    """Plates of eight bits that keep to the ink limit if those of sixteen do.

    Rounding to the nearest may add up to two codes to the sum of the four colours.
    Where that carries it past the limit, all four are rounded down; the white never
    counts.

    Parameters
    ----------
    planes
        (H, W, 5) uint16, 65535 is full ink.
    ink_limit_percent
        Most C+M+Y+K on one spot.

    Returns
    -------
    plates_8_bit
        (H, W, 5) uint8, 255 is full ink.
    """
    plates = eight_bit(planes)
    colours = plates[..., :WHITE_PLANE]
    total = colours.sum(axis=-1, dtype=np.uint16)
    over = total * 100.0 > ink_limit_percent * 255
    if over.any():
        exact = planes[over][:, :WHITE_PLANE].astype(np.uint32)
        colours[over] = exact * 255 // FULL_INK
    return plates


def write_mask_colour(
    path: Path,
    raster: RasterSpec,
    icc_profile: bytes,
    strips: Strips,
    *,
    made: datetime | None,
) -> None:
    """Write the colour layer: 16-bit CMYK with its profile, in scan geometry.

    Parameters
    ----------
    path
        File to write; replaced only when complete.
    raster
        Size, and the scale that goes into the file.
    icc_profile
        CMYK output profile the separations were made for.
    strips
        (rows, W, 5) `Separations`.
    made
        Date and time written into the file; left out when None.

    Raises
    ------
    DiskFullError, UnwritableError
        If the file cannot be written.
    """
    colours = ((window, planes[..., :WHITE_PLANE]) for window, planes in strips)
    tags = [_SEPARATED, _CMYK_INKS, icc_tag(icc_profile)]
    write_tiff(path, raster, colours, tags, made)


def write_mask_white(
    path: Path, raster: RasterSpec, strips: Strips, *, made: datetime | None
) -> None:
    """Write the white layer: 16-bit grey, 65535 is full white, in scan geometry.

    Parameters and errors as for `write_mask_colour`.
    """
    white = ((window, planes[..., WHITE_PLANE]) for window, planes in strips)
    write_tiff(path, raster, white, [short_tag(262, 1)], made)


def write_mask_inks(  # noqa: PLR0913 -- a print file's particulars
    path: Path,
    raster: RasterSpec,
    spot_name: str,
    strips: Strips,
    *,
    made: datetime | None,
    mirrored: bool,
    assumed: Sequence[str] = (),
    size_correction: tuple[float, float] = (1.0, 1.0),
) -> None:
    """Write `mask.tif`: five named inks (InkSet 2), for the printer.

    No ICC profile: one for four inks does not describe five.

    Parameters
    ----------
    spot_name
        Name of the white ink, as the printer's software expects it; ASCII.
    mirrored
        Whether the print setup wants left and right exchanged.
    assumed
        What of ink, white and film was not measured, a sentence each; a TIFF has no
        tab, so they become its description.
    size_correction
        What width and height that the file states are multiplied by, for a printer
        that prints lengths wrong.

    Others, and errors, as for `write_mask_colour`.
    """
    names = ascii_tag(333, *COLOURANTS, spot_name)
    tags = [_SEPARATED, _OTHER_INKS, names, short_tag(334, len(COLOURANTS) + 1)]
    tags += _description(assumed)
    write_tiff(
        path,
        raster,
        strips,
        tags,
        made,
        mirrored=mirrored,
        size_correction=size_correction,
    )


def write_mask_spot(  # noqa: PLR0913 -- a print file's particulars
    path: Path,
    raster: RasterSpec,
    spot_name: str,
    icc_profile: bytes,
    strips: Strips,
    *,
    made: datetime | None,
    mirrored: bool,
    assumed: Sequence[str] = (),
    size_correction: tuple[float, float] = (1.0, 1.0),
) -> None:
    """Write `mask-spot.tif`: CMYK and a spot channel, as Adobe Photoshop stores them.

    The spot channel is inverted (see the head of this module).

    Parameters and errors as for `write_mask_inks` and `write_mask_colour`.
    """
    tags = [
        _SEPARATED,
        _CMYK_INKS,
        short_tag(338, 0),  # one extra sample, of no meaning TIFF has a word for
        TiffTag(_PHOTOSHOP_TAG, TagType.BYTE, spot_channel_resources(spot_name)),
        icc_tag(icc_profile),
        *_description(assumed),
    ]
    inverted = ((window, _white_inverted(planes)) for window, planes in strips)
    write_tiff(
        path,
        raster,
        inverted,
        tags,
        made,
        mirrored=mirrored,
        size_correction=size_correction,
    )


def _description(assumed: Sequence[str]) -> list[TiffTag]:
    """ImageDescription (270), which TIFF wants in ASCII: µ becomes u."""
    if not assumed:
        return []
    text = "\n".join(f"Assumed: {sentence}" for sentence in assumed)
    plain = text.replace("µ", "u").encode("ascii", "replace")
    return [ascii_tag(270, plain.decode("ascii"))]


def _white_inverted(planes: Separations) -> Separations:
    stored = planes.copy()
    stored[..., WHITE_PLANE] = FULL_INK - planes[..., WHITE_PLANE]
    return stored


def spot_channel_resources(spot_name: str) -> bytes:
    """Photoshop image resources that make the extra channel a spot channel.

    Adobe Photoshop File Formats Specification: alpha channel names (1006, and 1045 in
    Unicode), identifiers (1053), display of the channel (1007, and 1077 as newer
    versions write it), alternate spot colours (1067).
    """
    ascii_name = spot_name.encode("ascii")
    wide_name = f"{spot_name}\0"
    colour = struct.pack(">5H", _CMYK_SPACE, *_PALE_CYAN)
    shown = colour + struct.pack(">H", _SEE_THROUGH_PERCENT)
    identifier = struct.pack(">I", _CHANNEL_IDENTIFIER)
    resources = {
        1006: bytes([len(ascii_name)]) + ascii_name,
        1007: shown + bytes([2, 0]),
        1045: struct.pack(">I", len(wide_name)) + wide_name.encode("utf-16-be"),
        1053: identifier,
        1067: struct.pack(">HH", 1, 1) + identifier + colour,
        1077: struct.pack(">I", 1) + shown + bytes([2]),
    }
    return b"".join(_resource(number, body) for number, body in resources.items())


def _resource(number: int, body: bytes) -> bytes:
    head = b"8BIM" + struct.pack(">HHI", number, 0, len(body))
    return head + body + bytes(len(body) % 2)

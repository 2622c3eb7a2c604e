# SPDX-License-Identifier: Apache-2.0
"""Orientation and resolution, as EXIF blocks and picture headers state them.

Job: read the few EXIF fields that matter, and decide which stated resolutions say
anything about the painting.
Not here: the scale of a treatment (`model/scan.py`).
"""

import math
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pellicle.model.units import COARSEST_UM, FINEST_UM, UM_PER_INCH

PLACEHOLDER_PPI = (1.0, 72.0, 96.0)
"""Rates that programs write when they know none."""

CM_PER_INCH = 2.54
ORIENTATION_TAG, X_RESOLUTION_TAG, Y_RESOLUTION_TAG, UNIT_TAG = 274, 282, 283, 296
DATE_TAG, EXIF_TAG, DATE_TAKEN_TAG = 306, 34665, 36867
_UNIT_INCH, _UNIT_CM = 2, 3
_ASCII, _SHORT, _LONG, _RATIONAL = 2, 3, 4, 5
_DATE_LENGTH = len("2001:12:31 23:59:59")
_FIRST_YEAR = 1900
_MOST_ENTRIES = 512


@dataclass(frozen=True, slots=True)
class StatedResolution:
    """Sampling rate a file states.

    Attributes
    ----------
    ppi
        Pixels per inch; None if nothing believable is stated.
    note
        Why a stated rate was not believed, as a sentence; else empty.
    """

    ppi: float | None = None
    note: str = ""


UNSTATED = StatedResolution()


def per_inch(per_cm: float) -> float:
    """Pixels per inch of a rate per centimetre.

    Metric fields hold few decimals (300 ppi is written 118.11 per cm or 11,811 per
    metre), so a whole number of pixels per inch is restored where it was rounded away.
    """
    ppi = per_cm * CM_PER_INCH
    nearest = round(ppi) if math.isfinite(ppi) else 0
    return float(nearest) if abs(ppi - nearest) < CM_PER_INCH * 0.005 + 1e-4 else ppi


def stated_resolution(x_ppi: float, y_ppi: float) -> StatedResolution:
    """Judge a stated rate: placeholders and impossible or unequal rates are unstated.

    Rates for x and y that differ by more than 0.5 % leave the scale unstated, with a
    note, rather than refuse the file: the scale can still be given by hand.
    """
    if not (math.isfinite(x_ppi) and math.isfinite(y_ppi) and min(x_ppi, y_ppi) > 0):
        return UNSTATED
    if abs(x_ppi - y_ppi) > 0.005 * max(x_ppi, y_ppi):
        return StatedResolution(
            note=f"The file states {x_ppi:g} ppi across and {y_ppi:g} ppi down; "
            "pixels must be square, so neither was used."
        )
    if any(abs(x_ppi - ppi) <= 0.001 * ppi for ppi in PLACEHOLDER_PPI):
        return UNSTATED
    if not FINEST_UM <= UM_PER_INCH / x_ppi <= COARSEST_UM:
        return StatedResolution(
            note=f"The file states {x_ppi:g} ppi, which no scan of a painting has; "
            "it was not used."
        )
    return StatedResolution(ppi=x_ppi)


def resolution_of_tags(x: float, y: float, unit: int) -> StatedResolution:
    """Resolution of the TIFF and EXIF fields XResolution, YResolution, Unit."""
    if unit == _UNIT_CM:
        return stated_resolution(per_inch(x), per_inch(y))
    if unit == _UNIT_INCH:
        return stated_resolution(x, y)
    return UNSTATED


def read_exif(block: bytes) -> tuple[int, StatedResolution]:
    r"""Orientation (1 to 8) and resolution of an EXIF block.

    Parameters
    ----------
    block
        The TIFF structure, without the leading "Exif\0\0". Broken blocks count as
        absent: cameras and editors write many, and they hold no pixels.
    """
    try:
        values = _first_directory(block)
    except struct.error:
        return 1, UNSTATED
    orientation = int(values.get(ORIENTATION_TAG, 1))
    x = values.get(X_RESOLUTION_TAG, math.nan)
    y = values.get(Y_RESOLUTION_TAG, x)
    unit = int(values.get(UNIT_TAG, _UNIT_INCH))
    return valid_orientation(orientation), resolution_of_tags(x, y, unit)


def valid_orientation(stated: int) -> int:
    """The stated orientation, or 1 (upright) where the value is none."""
    return stated if 1 <= stated <= 8 else 1  # noqa: PLR2004 -- EXIF knows eight


def stated_date(stated: Any) -> datetime | None:
    """Date of the TIFF and EXIF date fields, taken as UTC; None if it is none.

    Parameters
    ----------
    stated
        Text "2001:12:31 23:59:59". Many files hold blanks or zeros.
    """
    try:
        text = str(stated)[:_DATE_LENGTH].ljust(_DATE_LENGTH, "?")
        found = datetime.strptime(f"{text}Z", "%Y:%m:%d %H:%M:%S%z")
    except ValueError:
        return None
    return found if found.year >= _FIRST_YEAR else None


def read_exif_date(block: bytes) -> datetime | None:
    """When the picture was taken, by its EXIF block; else when it was last changed."""
    try:
        start = _order_and_start(block)
        if start is None:
            return None
        order, first = start
        found = _texts(block, order, first)
        for at in _directories(block, order, first):
            found |= _texts(block, order, at)
    except struct.error:
        return None
    return stated_date(found.get(DATE_TAKEN_TAG)) or stated_date(found.get(DATE_TAG))


def _order_and_start(block: bytes) -> tuple[str, int] | None:
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    return (order, struct.unpack_from(f"{order}4xI", block)[0]) if order else None


def _directories(block: bytes, order: str, start: int) -> list[int]:
    (count,) = struct.unpack_from(f"{order}H", block, start)
    entries = (start + 2 + 12 * index for index in range(min(count, _MOST_ENTRIES)))
    return [
        struct.unpack_from(f"{order}I", block, at + 8)[0]
        for at in entries
        if struct.unpack_from(f"{order}HH", block, at) == (EXIF_TAG, _LONG)
    ]


def _texts(block: bytes, order: str, start: int) -> dict[int, str]:
    (count,) = struct.unpack_from(f"{order}H", block, start)
    found = {}
    for index in range(min(count, _MOST_ENTRIES)):
        at = start + 2 + 12 * index
        tag, kind, length, where = struct.unpack_from(f"{order}HHII", block, at)
        if kind == _ASCII and length >= _DATE_LENGTH:
            text = block[where : where + _DATE_LENGTH]
            found[tag] = text.decode("ascii", "replace")
    return found


def _first_directory(block: bytes) -> dict[int, float]:
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return {}
    (start,) = struct.unpack_from(f"{order}4xI", block)
    (count,) = struct.unpack_from(f"{order}H", block, start)
    values: dict[int, float] = {}
    for entry in range(min(count, _MOST_ENTRIES)):
        at = start + 2 + 12 * entry
        tag, kind, _ = struct.unpack_from(f"{order}HHI", block, at)
        if kind == _SHORT:
            (values[tag],) = struct.unpack_from(f"{order}H", block, at + 8)
        elif kind == _RATIONAL:
            (where,) = struct.unpack_from(f"{order}I", block, at + 8)
            above, below = struct.unpack_from(f"{order}II", block, where)
            values[tag] = above / below if below else math.nan
    return values

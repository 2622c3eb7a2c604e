# SPDX-License-Identifier: Apache-2.0
"""Bytes of an ICC profile: header, tags, tone curves.

Job: read profiles of versions 2 and 4 (ICC.1:2001-04, ICC.1:2022) as far as Pellicle
evaluates them itself, and refuse broken ones with one clear error.
Not here: what a profile is used for, and tables of measured colours (`icc.py`).
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pellicle.errors import BrokenProfileError
from pellicle.model.arrays import Array

HEADER_BYTES = 128
TAG_ENTRY = struct.Struct(">4sII")
MOST_TAGS = 200
CODES = 65_536
FIXED_ONE = 65_536.0
PARAMETERS = (1, 3, 4, 5, 7)
"""Numbers a parametric curve of type 0, 1, … carries."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile's header fields and its tags' bytes."""

    icc: bytes
    device_class: str
    colour_space: str
    connection_space: str
    tags: Mapping[str, bytes]

    def tag(self, signature: str) -> bytes:
        """Bytes of a tag that has to be there."""
        if signature not in self.tags:
            found = f"it has no tag {signature!r}"
            raise BrokenProfileError(found)
        return self.tags[signature]


def parse_profile(icc: bytes) -> Profile:
    """Read header and tag table.

    Raises
    ------
    BrokenProfileError
        If the bytes are no ICC profile, or are cut short.
    """
    if len(icc) < HEADER_BYTES + 4 or icc[36:40] != b"acsp":
        raise BrokenProfileError("it does not begin as an ICC profile does")
    size, count = _u32(icc, 0), _u32(icc, HEADER_BYTES)
    if size > len(icc):
        found = f"it is cut off: {len(icc):,} of {size:,} bytes"
        raise BrokenProfileError(found)
    if not 0 < count <= MOST_TAGS:
        found = f"it claims to have {count:,} tags"
        raise BrokenProfileError(found)
    if HEADER_BYTES + 4 + count * TAG_ENTRY.size > len(icc):
        raise BrokenProfileError("its list of tags is cut off")
    tags: dict[str, bytes] = {}
    for index in range(count):
        at = HEADER_BYTES + 4 + index * TAG_ENTRY.size
        signature, start, length = TAG_ENTRY.unpack_from(icc, at)
        name = _text(signature)
        if start + length > len(icc) or length < 8:  # noqa: PLR2004 -- type and reserved
            found = f"its tag {name!r} lies outside the file"
            raise BrokenProfileError(found)
        tags[name] = icc[start : start + length]
    return Profile(
        icc, _text(icc[12:16]), _text(icc[16:20]).strip(), _text(icc[20:24]), tags
    )


def profile_description(profile: Profile) -> str:
    """Name a profile gives itself, "" if it gives none that can be read."""
    tag = profile.tags.get("desc", b"")
    if tag[:4] == b"desc" and len(tag) > 12:  # noqa: PLR2004 -- ASCII count
        return _text(tag[12 : 12 + _u32(tag, 8)]).rstrip("\0 ")
    if tag[:4] == b"mluc" and len(tag) >= 28:  # noqa: PLR2004 -- one record
        length, start = _u32(tag, 20), _u32(tag, 24)
        return tag[start : start + length].decode("utf-16-be", "replace").rstrip("\0 ")
    return ""


def xyz_tag(tag: bytes) -> Array:
    """(3,) float64 of an XYZ tag.

    Raises
    ------
    BrokenProfileError
        If the tag is of another type, or too short.
    """
    if tag[:4] != b"XYZ " or len(tag) < 20:  # noqa: PLR2004 -- three numbers
        raise BrokenProfileError("a colour in it is not given as XYZ")
    return np.array(struct.unpack_from(">3i", tag, 8)) / FIXED_ONE


def tone_curve(tag: bytes) -> Array:
    """Linear light of every 16-bit sample, (65536,) float64 in [0, 1], never falling.

    Parameters
    ----------
    tag
        Bytes of a `curv` tag (gamma or table) or a `para` tag (types 0 to 4).

    Raises
    ------
    BrokenProfileError
        If the tag is of another type or too short, or the curve does not rise.
    """
    samples = np.arange(CODES) / (CODES - 1.0)
    if tag[:4] == b"curv":
        light = _sampled_curve(tag, samples)
    elif tag[:4] == b"para":
        light = _parametric_curve(tag, samples)
    else:
        raise BrokenProfileError("a tone curve in it is of an unknown type")
    if not np.isfinite(light).all():
        raise BrokenProfileError("a tone curve in it is not made of numbers")
    light = np.maximum.accumulate(np.clip(light, 0.0, 1.0))
    if light[-1] <= light[0]:
        raise BrokenProfileError("a tone curve in it does not rise")
    return light


def _sampled_curve(tag: bytes, samples: Array) -> Array:
    count = _u32(tag, 8) if len(tag) >= 12 else -1  # noqa: PLR2004 -- the count itself
    if count < 0 or 12 + 2 * count > len(tag):
        raise BrokenProfileError("a tone curve in it is cut off")
    if count == 0:
        return samples
    points = np.frombuffer(tag, ">u2", count, 12).astype(np.float64)
    if count == 1:
        powered: Array = np.power(samples, points[0] / 256.0)
        return powered
    at = samples * (count - 1)
    light: Array = np.interp(at, np.arange(count), points / (CODES - 1.0))
    return light


def _parametric_curve(tag: bytes, samples: Array) -> Array:
    kind = struct.unpack_from(">H", tag, 8)[0] if len(tag) >= 12 else -1  # noqa: PLR2004
    if not 0 <= kind < len(PARAMETERS):
        raise BrokenProfileError("a tone curve in it follows an unknown formula")
    count = PARAMETERS[kind]
    if len(tag) < 12 + 4 * count:
        raise BrokenProfileError("a tone curve in it is cut off")
    numbers = [n / FIXED_ONE for n in struct.unpack_from(f">{count}i", tag, 12)]
    gamma, a, b, c, d, e, f = _named_parameters(kind, numbers)
    with np.errstate(all="ignore"):  # what is not a number is refused by the caller
        power = np.power(np.maximum(a * samples + b, 0.0), gamma) + e
        return np.where(samples >= d, power, c * samples + f)


def _named_parameters(kind: int, numbers: list[float]) -> tuple[float, ...]:
    """g, a, b, c, d, e, f of Y = (aX + b)^g + e from d on, and cX + f below."""
    gamma = numbers[0]
    if kind == 0:
        return gamma, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    a, b = numbers[1:3]
    corner = -b / a if a else 0.0
    if kind == 1:
        return gamma, a, b, 0.0, corner, 0.0, 0.0
    if kind == 2:  # noqa: PLR2004 -- the standard's type number
        return gamma, a, b, 0.0, corner, numbers[3], numbers[3]
    c, d = numbers[3:5]
    if kind == 3:  # noqa: PLR2004 -- the standard's type number
        return gamma, a, b, c, d, 0.0, 0.0
    return gamma, a, b, c, d, numbers[5], numbers[6]


def _u32(buffer: bytes, at: int) -> int:
    number: int = struct.unpack_from(">I", buffer, at)[0]
    return number


def _text(buffer: bytes) -> str:
    return buffer.decode("ascii", "replace")

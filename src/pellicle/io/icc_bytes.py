# SPDX-License-Identifier: Apache-2.0
"""An ICC profile put together from its tags.

Job: header, table of tags, numbers as profiles keep them (ICC.1:2001-04, ICC.1:2022).
Not here: reading (`icc_tags.py`), what the tags hold (`icc.py`, `icc_writer.py`).
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pellicle.colour.convert import D50_XYZ
from pellicle.io.icc_tags import FIXED_ONE, HEADER_BYTES, TAG_ENTRY
from pellicle.model.arrays import Array

_MADE = (2025, 1, 1, 0, 0, 0)
"""Always the same, so that equal tags give equal bytes."""


@dataclass(frozen=True, slots=True)
class ProfileKind:
    """What a profile's header says it is: its version, and four-letter signatures."""

    version: int
    device_class: bytes
    device_space: bytes
    connection_space: bytes


SCREEN = ProfileKind(0x04400000, b"mntr", b"RGB ", b"XYZ ")
PRINTER = ProfileKind(0x02400000, b"prtr", b"CMYK", b"Lab ")


def fixed(numbers: Array) -> bytes:
    """Numbers as s15Fixed16, big-endian."""
    encoded: bytes = np.rint(np.asarray(numbers) * FIXED_ONE).astype(">i4").tobytes()
    return encoded


def profile_bytes(kind: ProfileKind, tags: Mapping[bytes, bytes]) -> bytes:
    """A profile of these tags, by signature; equal tags are stored once."""
    start = HEADER_BYTES + 4 + TAG_ENTRY.size * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    places: dict[bytes, int] = {}
    for signature, tag in tags.items():
        if tag not in places:
            places[tag] = start + len(body)
            body += tag + b"\0" * (-len(tag) % 4)
        table += TAG_ENTRY.pack(signature, places[tag], len(tag))
    header = struct.pack(
        ">I4sI4s4s4s6H4s4sI4s4sQI12s4s",
        start + len(body),
        b"\0\0\0\0",
        kind.version,
        kind.device_class,
        kind.device_space,
        kind.connection_space,
        *_MADE,
        b"acsp",
        b"\0\0\0\0",
        0,
        b"\0\0\0\0",
        b"\0\0\0\0",
        0,
        1,
        fixed(D50_XYZ),
        b"\0\0\0\0",
    )
    return header.ljust(HEADER_BYTES, b"\0") + table + body

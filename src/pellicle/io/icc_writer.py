# SPDX-License-Identifier: Apache-2.0
"""ICC output profiles of fitted printers, as bytes.

Job: version 2 profiles (ICC.1:2001-04) of CMYK printers with `lut16` tables.
Not here: what stands in the tables (`colour/black_generation.py`), reading profiles
(`icc.py`).

One pair of tables serves every rendering intent: relative colorimetric, the only one
that a film laid on paint has a use for. The same input gives the same bytes.
"""

import struct
from collections.abc import Callable

import numpy as np

from pellicle.colour.black_generation import (
    LAB_HIGH,
    SeparationTables,
    separation_tables,
)
from pellicle.colour.convert import D50_XYZ, lab_d50_from_xyz_d50
from pellicle.io.icc_bytes import PRINTER, fixed, profile_bytes
from pellicle.model.arrays import Array

_FULL = 65_535.0
_L_CODE = 652.8  # 0xFF00 is L* 100
_AB_CODE = 256.0
_AB_ZERO = 128.0
_IN_GAMUT_DE00 = 1.0


def printer_profile(
    description: str,
    media_white_xyz: Array,
    to_xyz: Callable[[Array], Array],
    ink_limit: float,
) -> bytes:
    """Profile of a printer.

    Parameters
    ----------
    description
        Its name; letters beyond ASCII are replaced.
    media_white_xyz
        (3,) absolute XYZ on D50 of the unprinted medium.
    to_xyz
        (N, 4) plate values, 0 to 1 → (N, 3) absolute XYZ on D50.
    ink_limit
        Most C+M+Y+K that its separation uses, 0 to 4.
    """
    gain = D50_XYZ / np.asarray(media_white_xyz, np.float64)

    def to_lab(inks: Array) -> Array:
        return lab_d50_from_xyz_d50(np.asarray(to_xyz(inks), np.float64) * gain)

    tables = separation_tables(to_lab, ink_limit)
    forward, inverse, gamut = _tags(tables)
    ascii_name = description.encode("ascii", "replace")
    return profile_bytes(
        PRINTER,
        {
            b"desc": _description(ascii_name),
            b"cprt": b"text\0\0\0\0No copyright, use freely\0",
            b"wtpt": b"XYZ \0\0\0\0" + fixed(np.asarray(media_white_xyz)),
            b"A2B0": forward,
            b"A2B1": forward,
            b"A2B2": forward,
            b"B2A0": inverse,
            b"B2A1": inverse,
            b"B2A2": inverse,
            b"gamt": gamut,
        },
    )


def _tags(tables: SeparationTables) -> tuple[bytes, bytes, bytes]:
    lab = np.asarray(tables.ink_to_lab, np.float64)
    codes = np.concatenate(
        [lab[..., :1] * _L_CODE, (lab[..., 1:] + _AB_ZERO) * _AB_CODE], axis=-1
    )
    ramp = np.array([0.0, 1.0])
    # Codes go up to 65535, which is L* 100.39; the tables' last node is L* 100.
    across = (LAB_HIGH[1] + _AB_ZERO) * _AB_CODE
    reach = np.array([LAB_HIGH[0] * _L_CODE, across, across])
    stretched = np.minimum(np.linspace(0, _FULL, 4096)[None] / reach[:, None], 1.0)
    inverse = np.asarray(tables.lab_to_ink, np.float64) * _FULL
    outside = (tables.error_de00 > _IN_GAMUT_DE00)[..., None] * _FULL
    return (
        _lut16(np.stack([ramp] * 4), codes),
        _lut16(stretched, inverse),
        _lut16(stretched, outside),
    )


def _lut16(curves: Array, grid: Array) -> bytes:
    """A `lut16Type` tag: input curves 0 to 1, codes over a grid, plain output."""
    inputs, outputs, nodes = len(curves), grid.shape[-1], grid.shape[0]
    head = struct.pack(">4sI4B", b"mft2", 0, inputs, outputs, nodes, 0)
    head += fixed(np.eye(3).ravel()) + struct.pack(">2H", curves.shape[1], 2)
    plain = np.tile([0.0, _FULL], (outputs, 1))
    return head + _codes(curves * _FULL) + _codes(grid) + _codes(plain)


def _codes(values: Array) -> bytes:
    codes: bytes = np.rint(np.clip(values, 0.0, _FULL)).astype(">u2").tobytes()
    return codes


def _description(name: bytes) -> bytes:
    text = struct.pack(">I", len(name) + 1) + name + b"\0"
    no_unicode = struct.pack(">II", 0, 0)
    no_macintosh = struct.pack(">HB67x", 0, 0)
    return b"desc\0\0\0\0" + text + no_unicode + no_macintosh

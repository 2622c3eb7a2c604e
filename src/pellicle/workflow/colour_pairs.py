# SPDX-License-Identifier: Apache-2.0
"""What a person says of a changed passage's colours, with the colours at their places.

Job: read the file; read the scan at the places it names.
Not here: the file's form (`io/colour_pairs_file.py`), recolouring (`recolour.py`).
"""

import math
from pathlib import Path

import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.errors import BadColourPairsError
from pellicle.io.colour_pairs_file import GivenPair, read_colour_pairs
from pellicle.io.hashing import file_sha256
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window
from pellicle.model.recolouring import ColourPair, LabD50, Place, Recolouring
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.workflow.decide import Mapped

_READABLE = (DamageClass.UNMAPPED, DamageClass.DISCOLOURED)
"""Classes of pixels whose colour is that of paint."""


def read_recolouring(path: Path, file: Path) -> Recolouring:
    """Read pairs; colours at places are means of linear light in the scan.

    Parameters
    ----------
    path
        Of the treatment.

    Raises
    ------
    BadColourPairsError
        If the file cannot be used, or a place holds no paint.
    NotYetMadeError
        If there is no condition map.
    """
    given = read_colour_pairs(file)
    treatment = Treatment.open(path)
    with writing(treatment):
        mapped = Mapped.of(treatment)
        pairs = tuple(
            ColourPair(
                from_lab=_colour(mapped, file, pair, pair.before),
                to_lab=_colour(mapped, file, pair, pair.after),
                from_place=pair.before if isinstance(pair.before, Place) else None,
                to_place=pair.after if isinstance(pair.after, Place) else None,
                note=pair.note,
            )
            for pair in given
        )
    return Recolouring(pairs=pairs, file=file.name, sha256=file_sha256(file))


def _colour(
    mapped: Mapped, file: Path, pair: GivenPair, side: Place | LabD50
) -> LabD50:
    if not isinstance(side, Place):
        return side
    scan = mapped.scan
    radius_px = max(side.radius_mm / scan.raster.pixel_size.mm, 0.75)
    window = Window(
        math.floor(side.y - radius_px),
        math.floor(side.x - radius_px),
        math.ceil(side.y + radius_px) + 1,
        math.ceil(side.x + radius_px) + 1,
    ).within(scan.raster.window)
    if window.empty:
        raise _no_paint(file, pair, side)
    rows = np.arange(window.top, window.bottom)[:, None] + 0.5 - side.y
    columns = np.arange(window.left, window.right) + 0.5 - side.x
    inside = rows**2 + columns**2 <= radius_px**2
    inside &= np.isin(mapped.regions.labels.read(window), _READABLE)
    inside &= scan.painting.read(window) != 0
    if not inside.any():
        raise _no_paint(file, pair, side)
    linear = scan.encoding.linear(scan.samples.read(window)[inside])
    mean = linear.mean(axis=0, dtype=np.float64).astype(np.float32)
    lightness, a, b = (round(float(v), 3) for v in lab_d50_from_rec2020(mean))
    return lightness, a, b


def _no_paint(file: Path, pair: GivenPair, side: Place) -> BadColourPairsError:
    found = f"row {pair.row}: at x {side.x:g}, y {side.y:g} there is no paint to read"
    needed = "a place on the scan, on sound or discoloured paint"
    return BadColourPairsError(str(file), found, needed)

# SPDX-License-Identifier: Apache-2.0
"""Tratteggio: vertical lines in three hues, with a lighter ground between them.

Job: by how much each pixel of the pattern differs from the tone it stands for.
Not here: the tone, keeping its mean (`style.py`).
Terms: a *line* is one column of the pattern; it is drawn in *pieces* of a given length,
at another height in each column.

The pattern is fixed to the scan's top left corner.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from pellicle.model.arrays import Array, Colour, Mask
from pellicle.model.raster import Window
from pellicle.raster.scatter import scattered

HUES = 3
_FIRST_HUE_DEGREES = 60.0
_SHIFT = 0.12
"""Most that a line lies beside its place, as a part of the spacing."""
_STRENGTH = 0.35
"""By how much pieces differ in strength."""
_COLUMN, _PIECE = 11, 12


@dataclass(frozen=True, slots=True)
class Lines:
    """Form of the lines, in pixels.

    Attributes
    ----------
    spacing_px
        From line to line.
    width_px, length_px
        Of a piece.
    """

    spacing_px: float
    width_px: float
    length_px: float

    @property
    def covered(self) -> float:
        """Share of the surface under lines."""
        return min(self.width_px / self.spacing_px, 1.0)


@dataclass(frozen=True, slots=True)
class Contrast:
    """How far lines stand off, in Lab.

    Attributes
    ----------
    lightness
        ΔL* between lines and the ground between them.
    chroma
        Distance in a*b* of a line from its tone.
    """

    lightness: float
    chroma: float

    def off(self, covered: float) -> Array:
        """(`HUES` + 1, 3) float32 offsets of the lines, and of the ground; mean 0."""
        hues = np.deg2rad(_FIRST_HUE_DEGREES + 360.0 / HUES * np.arange(HUES))
        offsets = np.zeros((HUES + 1, 3), np.float32)
        offsets[:HUES, 0] = -self.lightness * (1.0 - covered)
        offsets[:HUES, 1] = self.chroma * np.cos(hues)
        offsets[:HUES, 2] = self.chroma * np.sin(hues)
        offsets[HUES, 0] = self.lightness * covered
        return offsets


def line_offsets(where: Mask, window: Window, lines: Lines, off: Any) -> Colour:
    """Offset in Lab of each pixel from the tone it stands for.

    Parameters
    ----------
    where
        (H, W) bool: pixels to draw on.
    window
        Where they lie in the scan.
    off
        (`HUES` + 1, 3) float32; see `Contrast.off`.

    Returns
    -------
    offsets
        (H, W, 3) float32; 0 elsewhere. Lines are smoothed at their edges by the share
        of a pixel that they cover.
    """
    offsets = np.zeros((*where.shape, 3), np.float32)
    _draw(
        where,
        window.top,
        window.left,
        (lines.spacing_px, lines.width_px, lines.length_px),
        off,
        offsets,
    )
    return offsets


@njit(cache=True)
def _overlap(start: float, end: float, pixel: int) -> float:
    return max(0.0, min(end, pixel + 1.0) - max(start, float(pixel)))


@njit(cache=True)
def _draw(  # noqa: PLR0917 -- a compiled loop
    where: Any, top: int, left: int, sizes: Any, off: Any, into: Any
) -> None:
    spacing, width, length = sizes
    ground = len(off) - 1
    ends = min(3.0 * width, 0.3 * length)
    for column in range(where.shape[1]):
        x = left + column
        nearest = int(np.floor((x + 0.5) / spacing))
        for row in range(where.shape[0]):
            if not where[row, column]:
                continue
            y = top + row
            bare = 1.0
            for line in range(nearest - 1, nearest + 2):
                shift = _SHIFT * (2.0 * scattered(line, 0, _COLUMN) - 1.0)
                middle = (line + 0.5 + shift) * spacing
                across = _overlap(middle - 0.5 * width, middle + 0.5 * width, x)
                if across <= 0.0:
                    continue
                begun = length * scattered(line, 1, _COLUMN)
                piece = int(np.floor((y + 0.5 - begun) / length))
                # Thin at both ends, as a brush is set down and lifted.
                along = y + 0.5 - begun - piece * length
                share = across * min(1.0, min(along, length - along) / ends)
                share = min(share, bare)
                bare -= share
                strength = _STRENGTH * (2.0 * scattered(line, piece, _PIECE) - 1.0)
                for k in range(3):
                    into[row, column, k] += share * (1.0 + strength) * off[line % 3, k]
            for k in range(3):
                into[row, column, k] += bare * off[ground, k]

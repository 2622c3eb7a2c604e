# SPDX-License-Identifier: Apache-2.0
"""Sheets that a mask is printed on, and the seams that part them.

Job: which pixel is on which sheet; each sheet's rectangle and the line it is cut along.
Not here: where seams run (`stages/mask/seams.py`), how many sheets there are
(`stages/mask/imposition.py`), marks and text (`io/sheet_layout.py`).
Terms: a *seam* is the line along which two sheets meet, without overlap and without a
gap: ink over ink would be seen. A *trim strip* is the film of a sheet beyond its seam;
it is bare but for marks and is cut off.

Columns of sheets are parted by seams from top to bottom, one x for each row of pixels;
within a column, sheets are parted by seams from left to right, one y for each column of
pixels. Every pixel is on exactly one sheet.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from pellicle.model.arrays import Array
from pellicle.model.raster import RasterSpec, Window

Place: TypeAlias = tuple[float, float]
"""x and y, in scan pixels or in millimetres, corner origin."""


@dataclass(frozen=True, slots=True)
class Seam:
    """A line across the painting, straight between its points.

    Attributes
    ----------
    along_px
        Rising, from 0 to the painting's side.
    at_px
        Where the seam is there: x of a seam from top to bottom, y of one from left to
        right.
    """

    along_px: tuple[float, ...]
    at_px: tuple[float, ...]

    def firsts(self, start: int, stop: int) -> Array:
        """(stop - start,) int64: the first pixel past the seam in each row (column)."""
        centres = np.arange(start, stop) + 0.5
        return np.rint(self.places(centres)).astype(np.int64)

    def places(self, along_px: Array) -> Array:
        """Where the seam is at these places, not rounded."""
        return np.interp(along_px, self.along_px, self.at_px)

    def place(self, along_px: float) -> float:
        """Where the seam is at one place."""
        return float(np.interp(along_px, self.along_px, self.at_px))


@dataclass(frozen=True, slots=True)
class Sides:
    """Which sides of a sheet are seams; the others are the painting's own."""

    top: bool = False
    right: bool = False
    bottom: bool = False
    left: bool = False


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One of several sheets.

    Attributes
    ----------
    number, count
        From 1; read row by row.
    window
        Rectangle of the scan that holds the sheet's pixels, and some of others.
    seams
        Its sides that are seams.
    corners_mm
        Where its sides meet, clockwise from the upper left; from the rectangle's upper
        left corner, as all that follows.
    edges_mm
        Top, right, bottom and left, clockwise, between the corners; empty where the
        side is the painting's own.
    """

    number: int
    count: int
    window: Window
    seams: Sides
    corners_mm: tuple[Place, Place, Place, Place]
    edges_mm: tuple[tuple[Place, ...], ...]


@dataclass(frozen=True, slots=True)
class Imposition:
    """How a mask is laid on its media.

    Attributes
    ----------
    raster
        Of the whole mask.
    upright
        Seams from top to bottom, from left to right.
    level
        For each column of sheets, its seams from left to right, from top to bottom;
        as many in each; empty where there is one row of sheets.
    turned
        Whether pages are laid on the media turned by a quarter.
    """

    raster: RasterSpec
    upright: tuple[Seam, ...] = ()
    level: tuple[tuple[Seam, ...], ...] = ()
    turned: bool = False

    @property
    def columns(self) -> int:
        """Sheets beside each other."""
        return len(self.upright) + 1

    @property
    def rows(self) -> int:
        """Sheets below each other."""
        return len(self.level[0]) + 1 if self.level else 1

    @property
    def count(self) -> int:
        """Sheets in all."""
        return self.columns * self.rows

    def numbers(self, window: Window) -> Array:
        """(h, w) uint16: number of the sheet that each pixel is on."""
        rows = np.arange(window.top, window.bottom)[:, None]
        columns = np.arange(window.left, window.right)
        found = np.zeros(window.shape, np.uint16)
        for seam in self.upright:
            firsts = seam.firsts(window.top, window.bottom)
            found += columns >= firsts[:, None]
        column = found.copy()
        for index, seams in enumerate(self.level):
            for seam in seams:
                firsts = seam.firsts(window.left, window.right)
                past = (rows >= firsts) & (column == index)
                found[past] += np.uint16(self.columns)
        return found + np.uint16(1)

    def window(self, number: int) -> Window:
        """Rectangle that holds all pixels of a sheet; cheap, and never too small."""
        row, column = divmod(number - 1, self.columns)
        height, width = self.raster.shape
        left, right = 0, width
        if column > 0:
            left = int(self.upright[column - 1].firsts(0, height).min())
        if column < self.columns - 1:
            right = int(self.upright[column].firsts(0, height).max())
        top, bottom = 0, height
        seams = self.level[column] if self.level else ()
        if row > 0:
            top = int(seams[row - 1].firsts(left, right).min())
        if row < self.rows - 1:
            bottom = int(seams[row].firsts(left, right).max())
        return Window(top, left, bottom, right)

    def parts(self) -> tuple[SheetPart, ...]:
        """Every sheet, in order of the numbers."""
        return tuple(self._part(number) for number in range(1, self.count + 1))

    def _part(self, number: int) -> SheetPart:
        row, column = divmod(number - 1, self.columns)
        window, mm = self.window(number), self.raster.pixel_size.mm
        sides = Sides(
            top=row > 0,
            right=column < self.columns - 1,
            bottom=row < self.rows - 1,
            left=column > 0,
        )
        height, width = self.raster.shape
        level = self.level[column] if self.level else ()
        top = level[row - 1] if sides.top else _straight(width, 0)
        bottom = level[row] if sides.bottom else _straight(width, height)
        left = self.upright[column - 1] if sides.left else _straight(height, 0)
        right = self.upright[column] if sides.right else _straight(height, width)
        corners = (
            _crossing(left, top),
            _crossing(right, top),
            _crossing(right, bottom),
            _crossing(left, bottom),
        )
        edges = (
            _level_between(top, corners[0][0], corners[1][0]) if sides.top else (),
            _upright_between(right, corners[1][1], corners[2][1])
            if sides.right
            else (),
            _level_between(bottom, corners[3][0], corners[2][0])[::-1]
            if sides.bottom
            else (),
            _upright_between(left, corners[0][1], corners[3][1])[::-1]
            if sides.left
            else (),
        )

        def local(place: Place) -> Place:
            return (place[0] - window.left) * mm, (place[1] - window.top) * mm

        first, second, third, fourth = map(local, corners)
        return SheetPart(
            number,
            self.count,
            window,
            sides,
            (first, second, third, fourth),
            tuple(tuple(map(local, edge)) for edge in edges),
        )


def _straight(length: float, at: float) -> Seam:
    return Seam((0.0, float(length)), (float(at), float(at)))


def _crossing(upright: Seam, level: Seam) -> Place:
    """Where a seam from top to bottom meets one from left to right.

    Neither moves sideways by more than it moves on, so that halving finds it.
    """
    low, high = min(upright.at_px) - 1, max(upright.at_px) + 1
    for _ in range(60):
        x = (low + high) / 2
        if x < upright.place(level.place(x)):
            low = x
        else:
            high = x
    x = (low + high) / 2
    return x, level.place(x)


def _level_between(seam: Seam, start: float, stop: float) -> tuple[Place, ...]:
    pairs = zip(seam.along_px, seam.at_px, strict=True)
    return tuple((x, y) for x, y in pairs if start < x < stop)


def _upright_between(seam: Seam, start: float, stop: float) -> tuple[Place, ...]:
    pairs = zip(seam.along_px, seam.at_px, strict=True)
    return tuple((x, y) for y, x in pairs if start < y < stop)

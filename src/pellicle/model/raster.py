# SPDX-License-Identifier: Apache-2.0
"""Size of a raster and windows into it. Pixels are elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from pellicle.model.units import PixelSize

_EVEN_PX = 16


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Rows `top` to `bottom`, columns `left` to `right`; pixels, ends excluded."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.bottom - self.top, self.right - self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the window in an array of the whole raster."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def empty(self) -> bool:
        """Whether the window holds no pixel."""
        return self.bottom <= self.top or self.right <= self.left

    def expanded(self, margin_px: int, within: "Window") -> "Window":
        """Window with `margin_px` pixels more on every side, cut at `within`."""
        return Window(
            max(self.top - margin_px, within.top),
            max(self.left - margin_px, within.left),
            min(self.bottom + margin_px, within.bottom),
            min(self.right + margin_px, within.right),
        )

    def within(self, other: "Window") -> "Window":
        """Part of the window that lies in `other`; may be empty."""
        return Window(
            max(self.top, other.top),
            max(self.left, other.left),
            min(self.bottom, other.bottom),
            min(self.right, other.right),
        )

    def relative_to(self, origin: "Window") -> "Window":
        """The same pixels, counted from the top left pixel of `origin`."""
        return Window(
            self.top - origin.top,
            self.left - origin.left,
            self.bottom - origin.top,
            self.right - origin.left,
        )

    def joined(self, other: "Window") -> "Window":
        """Smallest window that holds both."""
        return Window(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )


@dataclass(frozen=True, slots=True)
class RasterSpec:
    """Size of a raster in pixels and on the painting."""

    height_px: int
    width_px: int
    pixel_size: PixelSize

    @property
    def pixel_count(self) -> int:
        """Pixels in the raster."""
        return self.height_px * self.width_px

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.height_px, self.width_px

    @property
    def size_mm(self) -> tuple[float, float]:
        """(width, height) on the painting, in millimetres."""
        mm = self.pixel_size.mm
        return self.width_px * mm, self.height_px * mm

    @property
    def window(self) -> Window:
        """The whole raster."""
        return Window(0, 0, self.height_px, self.width_px)

    def tiles(self, tile_px: int) -> Iterator[Window]:
        """Windows of at most `tile_px` squared that cover the raster, row by row."""
        for top in range(0, self.height_px, tile_px):
            for left in range(0, self.width_px, tile_px):
                tile = Window(top, left, top + tile_px, left + tile_px)
                yield tile.within(self.window)

    def even_tiles(self, most_px: int) -> Iterator[Window]:
        """Windows of nearly equal sides, at most `most_px`, row by row.

        As few as `tiles` gives, without slivers at the far edges: what reads far about
        each tile does so less often. Sides are multiples of 16 where tiles meet.
        """
        height, width = (_even_side(side, most_px) for side in self.shape)
        for top in range(0, self.height_px, height):
            for left in range(0, self.width_px, width):
                tile = Window(top, left, top + height, left + width)
                yield tile.within(self.window)

    def resized(self, pixel_size: PixelSize) -> Self:
        """The same raster with another pixel size."""
        return type(self)(self.height_px, self.width_px, pixel_size)


def _even_side(side_px: int, most_px: int) -> int:
    count = -(-side_px // most_px)
    even = -(-side_px // (count * _EVEN_PX)) * _EVEN_PX
    return min(even, most_px)

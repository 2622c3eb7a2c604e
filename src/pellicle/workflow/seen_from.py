# SPDX-License-Identifier: Apache-2.0
"""Pictures of a work as an eye would see it from a distance.

Job: the blur of an eye's optics, of a window at 100 % or of the whole work reduced,
read in tiles: memory does not grow with the scan.
Not here: the blur (`colour/scielab.py`), which places are shown (`telling_places.py`).

A picture holds what the blur leaves, at the painting's own scale: it does not shrink
with the distance. Blocks of scan pixels that cannot be told apart from there (120 to a
degree) are one value; at 100 % these are interpolated for the eye.
"""

from dataclasses import dataclass

import numpy as np

from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.scielab import ScielabFilter, pixels_per_degree
from pellicle.engine.readers import PlaneReader
from pellicle.io.icc import scan_encoding
from pellicle.model.arrays import Array, Colour
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.scaling import enlarged, over, times

_ROWS_PX = 512
_TILE_PX = 1024


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """A picture of the whole work, reduced.

    Attributes
    ----------
    rgb8
        (h, w, 3) uint8 sRGB.
    factor
        Scan pixels to one of its pixels.
    """

    rgb8: Array
    factor: int


@dataclass(frozen=True, slots=True)
class SeenFrom:
    """An eye at a distance from a picture of the work."""

    samples: PlaneReader
    encoding: ScanEncoding
    raster: RasterSpec
    distance_mm: float

    @property
    def _eye(self) -> ScielabFilter:
        per_degree = pixels_per_degree(self.distance_mm, self.raster.pixel_size.mm)
        return ScielabFilter(per_degree)

    def at_full_size(self, window: Window) -> Array:
        """(h, w, 3) uint8 sRGB of a window, a picture pixel to a scan pixel."""
        factor = self._eye.reduction
        whole = over(self.raster.window, factor)
        # A block more on every side, to interpolate between their middles.
        blocks = over(window, factor).expanded(1, whole)
        rgb8 = _encoded(self._blocks(blocks))
        return enlarged(rgb8, factor, window, blocks)

    def whole(self, side_px: int) -> SeenPicture:
        """The whole work, at most about `side_px` pixels on the longer side."""
        factor = self._eye.reduction
        blocks = over(self.raster.window, factor)
        merged = max(1, -(-max(blocks.shape) // side_px))
        height, width = over(blocks, merged).shape
        picture = np.empty((height, width, 3), np.uint8)
        side = max(1, _TILE_PX // (factor * merged)) * merged
        for top in range(0, blocks.bottom, side):
            for left in range(0, blocks.right, side):
                tile = Window(top, left, top + side, left + side).within(blocks)
                at = over(tile, merged)
                picture[at.slices] = _encoded(_means(self._blocks(tile), merged))
        return SeenPicture(picture, factor * merged)

    def _blocks(self, blocks: Window) -> Colour:
        """(h, w, 3) float32 linear light left by the blur, of blocks of scan pixels."""
        eye = self._eye
        raster = self.raster.window
        window = times(blocks, eye.reduction).within(raster)
        wide = over(window.expanded(eye.halo_px, raster), eye.reduction)
        wide = times(wide, eye.reduction).within(raster)
        rows_px = max(1, _ROWS_PX // eye.reduction) * eye.reduction
        parts = []
        for top in range(wide.top, wide.bottom, rows_px):
            strip = Window(top, wide.left, top + rows_px, wide.right).within(wide)
            linear = self.encoding.linear(self.samples.read(strip))
            parts.append(eye.reduced(linear, (strip.top, strip.left)))
        reduced: Colour = np.concatenate(parts)
        return eye.light_left(reduced, eye.inner(window, wide))


def _means(linear: Colour, factor: int) -> Array:
    """Means of blocks, those at the lower and right edges of what they hold."""
    rows, columns = (np.arange(0, side, factor) for side in linear.shape[:2])
    sums = np.add.reduceat(linear.astype(np.float64), rows, axis=0)
    sums = np.add.reduceat(sums, columns, axis=1)
    heights = np.diff(np.append(rows, linear.shape[0]))
    widths = np.diff(np.append(columns, linear.shape[1]))
    return np.asarray(sums / (heights[:, None] * widths)[:, :, None])


def _encoded(linear: Array) -> Array:
    light = np.asarray(linear, np.float32)
    return np.asarray(scan_encoding(None, 3).encode(light, np.uint8))

# SPDX-License-Identifier: Apache-2.0
"""Parts of a region: bodies and arms, each judged by itself.

Job: the width class of every pixel that may be printed; a part is the connected pixels
of one region and one class.
Not here: joining them (`engine/regions.py`), judging them (`alignability.py`).

A large loss with a crack running from it is one region, and has no one answer: the film
covers the loss well and the crack badly. Width is what decides how well a film that
lies a little askew covers, so width parts it, at the two widths where the answer may
change. With δ the displacement per axis, a crack narrower than 1.47 δ is never worth
printing, even if the film beside it is not seen; one of 3.19 δ always is, even if the
film beside it is seen as much as the crack itself (METHOD: B = 0.5 for an opaque infill
like its surroundings, and for equal contrast). What lies between is judged by its own
colours, and so is everything else: the widths only say where to cut. Corners and the
first stretch of an arm stay with the body, or every jagged edge would make parts.

The width is that of all the film, not of one region: where a loss lies in a worn place
and both are printed, no edge runs between them.
"""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field
from typing_extensions import override

from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.mask import Left, PartLeft, PartsLeft
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.raster.regions import RegionShape
from pellicle.raster.width_classes import width_classes, width_reach_px
from pellicle.stages.contract import TileStage
from pellicle.stages.mask.alignability import Alignment

NEVER_BELOW = 1.47
"""Width over δ of a crack under which no film is worth printing."""

ALWAYS_FROM = 3.19
"""Width over δ of a crack from which every film of the right colour is."""

SMALLEST_DISC = 2.99
"""Diameter over δ of a disc under which no film is worth printing by itself."""

WIDTH_CLASSES = 4
"""Classes 1 to 3 are kept apart; a label is region number times this plus class."""


class FilmParts(TileStage):
    """Stage: what may be printed in, width classes out.

    `INFILL` is (H, W), not 0 where something may be printed; the result is (H, W)
    uint8: 0 nothing, 1 fine, 2 between, 3 wide.
    """

    name: ClassVar[str] = "parts"
    version: ClassVar[int] = 2
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (ArtefactKind.INFILL,)
    produces: ClassVar[ArtefactKind] = ArtefactKind.MASK

    displacement_um: float = Field(ge=0, description="Film against painting, per axis.")

    @property
    def _widths_um(self) -> tuple[float, float]:
        return NEVER_BELOW * self.displacement_um, ALWAYS_FROM * self.displacement_um

    @override
    def halo_px(self, pixel_size: PixelSize) -> int:
        return width_reach_px(pixel_size.px(self._widths_um[-1]))

    @override
    def run_tile(
        self,
        tiles: Mapping[ArtefactKind, Array],
        pixel_size: PixelSize,
        window: Window,
    ) -> Array:
        widths_px = [pixel_size.px(um) for um in self._widths_um]
        return width_classes(tiles[ArtefactKind.INFILL] != 0, widths_px)


def smallest_part_px(delta_px: float) -> float:
    """Pixels of the smallest part that may be all that is printed of a region."""
    return math.pi / 4 * (SMALLEST_DISC * delta_px) ** 2


def parts_to_leave(
    regions: Array, pixels: Array, good: Array, good_regions: Array, delta_px: float
) -> Array:
    """Which parts are left, from what was found of each by itself.

    A crumb, too small to be worth printing by itself at the best of times, is never all
    that is printed of a region: it owes what it hides to the damage beside it. A region
    of nothing but crumbs is judged whole.

    Parameters
    ----------
    regions
        (n,) int64 region of each part.
    pixels
        (n,) int64 of each part.
    good
        (n,) bool: whether its film hides enough.
    good_regions
        1-D bool, the same of whole regions, by their number.

    Returns
    -------
    left
        (n,) bool.
    """
    of_size = pixels >= smallest_part_px(delta_px)
    has_body = np.zeros(len(good_regions), np.bool_)
    has_body[regions[of_size]] = True
    carried = np.zeros(len(good_regions), np.bool_)
    carried[regions[of_size & good]] = True
    bodies = has_body[regions]
    return np.where(bodies, ~good | ~carried[regions], ~good_regions[regions])


def part_left(
    shape: RegionShape, region: int, alignment: Alignment, width_um: float, left: Left
) -> PartLeft:
    """One part that is left, with what was found of it."""
    finite = math.isfinite(alignment.ratio)
    return PartLeft(
        number=shape.number,
        region=region,
        window=shape.window,
        pixels=shape.pixels,
        width_um=round(width_um, 1),
        ratio=round(alignment.ratio, 4) if finite else None,
        left=left,
    )


def parts_left_of(shapes: Sequence[RegionShape], why: Mapping[int, Left]) -> PartsLeft:
    """All that is left of one region, under the reason of the largest part."""
    largest = max(shapes, key=lambda shape: (shape.pixels, -shape.number))
    pixels = sum(shape.pixels for shape in shapes)
    return PartsLeft(pixels, len(shapes), why[largest.number])

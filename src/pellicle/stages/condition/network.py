# SPDX-License-Identifier: Apache-2.0
"""What trained networks see in the scan: first around, then near.

Job: the two tile stages that run the networks, and what their planes mean.
Not here: their layers and training (`learn`), from evidence to regions (`evidence.py`,
`classify.py`).
Terms: the *working scale* is the scan reduced by a whole factor to about 85 µm a pixel,
so that a crack is the same crack at 300 and at 1,200 ppi; *context* is 16 numbers for
every 4 x 4 working pixels, what the first network tells the second; *evidence* is the
calibrated probability of each class.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from typing_extensions import override

from pellicle.colour.encoding import ScanEncoding
from pellicle.model.arrays import Array, Labels, Samples
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass
from pellicle.model.network_file import NetworkFile
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.stages.contract import TileStage
from pellicle.stages.sessions import session_of

WORKING_UM = 84.667
"""Side of a working pixel, 300 to the inch; as near as a whole factor comes to it."""
CONTEXT_STEP = 4
CONTEXT_CHANNELS = 16
EVIDENCE_CLASSES = 4
SEEN_CLASSES = tuple(DamageClass(k) for k in range(1, EVIDENCE_CLASSES + 1))
"""Loss, abrasion, craquelure, split: in order of the bands of the evidence."""

_CONTEXT_HALO = 98
_DETAIL_HALO = 147
"""As far as the layers reach (`tests/unit/test_network_reach.py`), and no less: rounded
to whole numbers inside, what is not read changes evidence. With 96 and 128 it was by up
to 8 in 255."""
_CONTEXT_MULTIPLE = 16
_DETAIL_MULTIPLE = 16


def working_factor(pixel_size: PixelSize) -> int:
    """Scan pixels that make one working pixel, along each side."""
    return max(1, round(WORKING_UM / pixel_size.um))


def working_raster(raster: RasterSpec, factor: int) -> RasterSpec:
    """A raster reduced by a whole factor; blocks at its edges may be cut."""
    return RasterSpec(
        -(-raster.height_px // factor),
        -(-raster.width_px // factor),
        PixelSize(raster.pixel_size.um * factor),
    )


class ReduceScan(TileStage):
    """Stage: the scan as its reader reduces it, unchanged.

    Written once, since all that look at the working scale read it several times.
    """

    name: ClassVar[str] = "condition-working"
    version: ClassVar[int] = 1
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (ArtefactKind.SCAN,)
    produces: ClassVar[ArtefactKind] = ArtefactKind.SCAN

    @override
    def halo_px(self, pixel_size: PixelSize) -> int:
        return 0

    @override
    def run_tile(
        self,
        tiles: Mapping[ArtefactKind, Array],
        pixel_size: PixelSize,
        window: Window,
    ) -> Array:
        return tiles[ArtefactKind.SCAN]


class ContextCondition(TileStage):
    """Stage: 4 x 4 working pixels as bands in, context out.

    Gives (h, w, 16) uint8, 255 for 1. Equal at every tile size but for rounding: at
    most 1 in 255.
    """

    name: ClassVar[str] = "condition-context"
    version: ClassVar[int] = 2
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (ArtefactKind.SCAN,)
    produces: ClassVar[ArtefactKind] = ArtefactKind.CONTEXT

    network: NetworkFile
    scan: ScanEncoding

    @override
    def halo_px(self, pixel_size: PixelSize) -> int:
        return _CONTEXT_HALO

    @override
    def run_tile(
        self,
        tiles: Mapping[ArtefactKind, Array],
        pixel_size: PixelSize,
        window: Window,
    ) -> Array:
        blocks = tiles[ArtefactKind.SCAN]
        height, width = window.shape
        side = CONTEXT_STEP
        square = blocks.reshape(height, width, side, side, -1)
        samples = square.transpose(0, 2, 1, 3, 4)
        samples = samples.reshape(height * side, width * side, -1)
        padded = _Padded(window, _CONTEXT_MULTIPLE)
        lab = padded.filled(_planes(self.scan, samples), side)
        context = session_of(self.network).run(None, {"lab": lab})[0]
        return padded.cut(np.rint(255 * context).astype(np.uint8))


class DetailCondition(TileStage):
    """Stage: working pixels and their context in, evidence out.

    Takes the context at the working scale, each number repeated 4 x 4 times. Gives
    (H, W, 4) uint8, 255 for certain. Equal at every tile size but for rounding: at
    most 2 in 255.
    """

    name: ClassVar[str] = "condition-detail"
    version: ClassVar[int] = 3
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (
        ArtefactKind.SCAN,
        ArtefactKind.CONTEXT,
    )
    produces: ClassVar[ArtefactKind] = ArtefactKind.CONDITION

    network: NetworkFile
    scan: ScanEncoding

    @override
    def halo_px(self, pixel_size: PixelSize) -> int:
        return _DETAIL_HALO

    @override
    def run_tile(
        self,
        tiles: Mapping[ArtefactKind, Array],
        pixel_size: PixelSize,
        window: Window,
    ) -> Array:
        padded = _Padded(window, _DETAIL_MULTIPLE)
        lab = padded.filled(_planes(self.scan, tiles[ArtefactKind.SCAN]), 1)
        context = padded.filled(_bands_first(tiles[ArtefactKind.CONTEXT]), 1)
        context = context[:, :, ::CONTEXT_STEP, ::CONTEXT_STEP].astype(np.float32) / 255
        inputs = {"lab": lab, "context": np.ascontiguousarray(context)}
        likely = session_of(self.network).run(None, inputs)[0]
        return padded.cut(np.rint(255 * likely[:, 1:]).astype(np.uint8))


def _planes(encoding: ScanEncoding, samples: Samples) -> Array:
    return _bands_first(encoding.lab_d50(samples))


def _bands_first(pixels: Array) -> Array:
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


class _Padded:
    """A tile whose sides are filled up to whole multiples, aligned in the raster.

    Networks halve again and again: their grid must lie alike in every tile.
    """

    def __init__(self, window: Window, multiple: int) -> None:
        height, width = window.shape
        self._above, self._before = window.top % multiple, window.left % multiple
        self._below = -(self._above + height) % multiple
        self._beside = -(self._before + width) % multiple
        self._shape = window.shape

    def filled(self, planes: Array, step: int) -> Array:
        """(1, bands, H, W) with its edges repeated; `step` pixels to a window's."""
        sides = (self._above, self._below), (self._before, self._beside)
        (a, b), (c, d) = ((step * one, step * other) for one, other in sides)
        return np.pad(planes, ((0, 0), (0, 0), (a, b), (c, d)), mode="edge")

    def cut(self, planes: Array) -> Labels:
        """(h, w, bands) of the window, from (1, bands, H, W)."""
        height, width = self._shape
        inner = planes[
            0,
            :,
            self._above : self._above + height,
            self._before : self._before + width,
        ]
        return np.ascontiguousarray(inner.transpose(1, 2, 0))

# SPDX-License-Identifier: Apache-2.0
"""Reference images as values that can be sent to a worker.

Job: what a reference shows around a window of the scan, read from disk.
Not here: how it lies on the scan (`stages/reconstruct/reference/alignment.py`).
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from pellicle.engine.readers import PlaneReader, Reduced
from pellicle.io.store import RasterStore
from pellicle.model.arrays import Array
from pellicle.model.raster import Window
from pellicle.stages.contract import ReferenceView
from pellicle.stages.reconstruct.reference.alignment import (
    at_nodes,
    pixel_centres,
    places_in,
)
from pellicle.stages.reconstruct.reference.colour_map import ColourMap
from pellicle.stages.reconstruct.reference.sharpness import softened

MARGIN_PX = 6
MOST_PIXELS = 64_000_000
"""A view that would need more of the reference than this is not taken."""
SHIFT, GAIN, OFFSET = "shift", "gain", "offset"


@lru_cache(maxsize=8)
def _fields(path: str, shape: tuple[int, int]) -> tuple[Array, Array, Array]:
    store = RasterStore.open(Path(path))
    whole = Window(0, 0, *shape)
    shift, gain, offset = (store.read(name, whole) for name in (SHIFT, GAIN, OFFSET))
    return shift, gain, offset


@dataclass(frozen=True, slots=True, eq=False)
class LaidReference:
    """A reference image that lies on the scan.

    Attributes
    ----------
    samples
        (H, W, bands) unsigned, in the scan's encoding.
    shape
        (height, width) of the reference.
    fields
        Path of the store that holds `SHIFT`, `GAIN` and `OFFSET` at nodes.
    nodes
        (height, width) of that store.
    reference_from_scan, step_px, colours, by_points
        As in `Alignment`.
    blur_px
        As in `ReferenceView`.
    """

    samples: PlaneReader
    shape: tuple[int, int]
    fields: str
    nodes: tuple[int, int]
    reference_from_scan: Array
    step_px: int
    colours: ColourMap
    blur_px: float
    by_points: bool = False

    def view(self, window: Window) -> ReferenceView | None:
        """What it shows around a window of the scan; None if nothing."""
        shift, gain, offset = _fields(self.fields, self.nodes)
        centres = pixel_centres(window.top, window.left, window.shape)
        moved = centres + at_nodes(shift, self.step_px, centres)
        places = places_in(self.reference_from_scan, moved)
        scale = _scale(places)
        factor = max(1, int(scale))
        raster = _reduced_window(self.shape, factor)
        places /= np.float32(factor)
        wanted = _around(places).within(raster)
        if wanted.empty or wanted.shape[0] * wanted.shape[1] > MOST_PIXELS:
            return None
        tile = Reduced(self.samples, self.shape, factor).read(wanted)
        pixels = tile.astype(np.float32) / np.float32(np.iinfo(tile.dtype).max)
        rest = scale / factor
        if rest > 1.0:
            pixels = softened(pixels, 0.5 * math.sqrt(rest * rest - 1.0))
        places -= np.array([wanted.left, wanted.top], np.float32)
        return ReferenceView(
            pixels=self.colours.apply(pixels),
            places=places,
            gain=at_nodes(gain, self.step_px, centres),
            offset=at_nodes(offset, self.step_px, centres),
            blur_px=self.blur_px,
            by_points=self.by_points,
        )


def _scale(places: Array) -> float:
    """Reference pixels to a scan pixel: median of the steps to the next pixel."""
    across = np.linalg.norm(np.diff(places, axis=1), axis=-1)
    down = np.linalg.norm(np.diff(places, axis=0), axis=-1)
    steps = np.concatenate((across.ravel(), down.ravel()))
    return float(np.median(steps)) if len(steps) else 1.0


def _around(places: Array) -> Window:
    low = np.floor(np.clip(places.min(axis=(0, 1)), -1e8, 1e8)).astype(np.int64)
    high = np.ceil(np.clip(places.max(axis=(0, 1)), -1e8, 1e8)).astype(np.int64)
    left, top = (int(one) - MARGIN_PX for one in low)
    right, bottom = (int(one) + MARGIN_PX for one in high)
    return Window(top, left, bottom, right)


def _reduced_window(shape: tuple[int, int], factor: int) -> Window:
    height, width = (-(-side // factor) for side in shape)
    return Window(0, 0, height, width)

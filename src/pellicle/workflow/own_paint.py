# SPDX-License-Identifier: Apache-2.0
"""Paintings under treatment as a collection to age and learn from.

Job: pictures of their scans in which all that is damaged already is transparent.
Not here: what persons corrected (`corrected_examples.py`), training (`learn`).

A real loss must not be learnt as sound paint because nothing was drawn there: what is
on the map, and what lies within a millimetre of it, is taught as nothing at all.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pellicle.io.png_file import write_png
from pellicle.io.strips import STRIP_PX
from pellicle.learn.evaluation import distance_to
from pellicle.model.arrays import Array
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.scaling import times
from pellicle.stages.condition.network import working_factor, working_raster
from pellicle.treatment.folder import Treatment
from pellicle.workflow.corrected_examples import RIM_UM, working_rgb
from pellicle.workflow.corrections import CorrectedPlaces, corrected_places
from pellicle.workflow.regions import out_of_bounds

_MOST_PX = 6_000
"""Longest side of a picture; of a larger painting, its middle."""


def own_paint(treatments: Sequence[Path], folder: Path) -> list[Path]:
    """Write a picture of each treatment's scan, at the working scale.

    Parameters
    ----------
    treatments
        Whose condition maps are made.
    folder
        Where the pictures are written: 8-bit sRGB PNG, transparent where the map has
        damage, near it, and where nothing is painting.

    Raises
    ------
    NotYetMadeError
        If a condition map is missing, or lacks the latest decisions.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, treatment in enumerate(treatments):
        places = corrected_places(Treatment.open(treatment))
        path = folder / f"{number:03d}-{treatment.resolve().stem}.png"
        scan = places.scan.raster
        working = working_raster(scan, working_factor(scan.pixel_size))
        part = _middle(working)
        raster = RasterSpec(*part.shape, working.pixel_size)
        write_png(path, raster, _strips(places, working, part))
        paths.append(path)
    return paths


def _strips(
    places: CorrectedPlaces, working: RasterSpec, part: Window
) -> Iterator[tuple[Window, Array]]:
    """Windows of a part of the working scale, and (h, w, 4) uint8 of each."""
    scan = places.scan
    factor = working_factor(scan.raster.pixel_size)
    rim_px = working.pixel_size.px(RIM_UM)
    around = int(np.ceil(rim_px))
    for top in range(part.top, part.bottom, STRIP_PX):
        strip = Window(top, part.left, top + STRIP_PX, part.right).within(part)
        seen = strip.expanded(around, working.window)
        wide = times(seen, factor).within(scan.raster.window)
        damaged: Array = places.regions.numbers.read(wide) > 0
        shut: Array = damaged | out_of_bounds(scan, wide)
        unknown = _reduced(shut, factor, seen.shape)
        open_ = distance_to(unknown)[strip.relative_to(seen).slices] > rim_px
        alpha = np.where(open_, 255, 0).astype(np.uint8)
        rgb = working_rgb(scan, strip, factor)
        yield strip.relative_to(part), np.dstack([rgb, alpha])


def _middle(working: RasterSpec) -> Window:
    height, width = (min(side, _MOST_PX) for side in working.shape)
    top, left = (working.height_px - height) // 2, (working.width_px - width) // 2
    return Window(top, left, top + height, left + width)


def _reduced(mask: Array, factor: int, shape: tuple[int, int]) -> Array:
    """Working pixels of which any part is in a mask."""
    size = shape[1] * factor, shape[0] * factor
    below, beside = size[1] - mask.shape[0], size[0] - mask.shape[1]
    whole: Array = np.pad(mask, ((0, below), (0, beside)), mode="edge")
    blocks = whole.reshape(shape[0], factor, shape[1], factor)
    return np.asarray(blocks.any(axis=(1, 3)))

# SPDX-License-Identifier: Apache-2.0
"""Places that tell most about a treatment: where much was seen and is printed.

Job: choose windows for pictures at 100 %.
Not here: the pictures (`look_sheets.py`).
"""

import math
from collections.abc import Iterator

from pellicle.model.condition import Region
from pellicle.model.raster import RasterSpec, Window
from pellicle.workflow.figures import Chain


def telling_places(chain: Chain, shape_px: tuple[int, int], most: int) -> list[Window]:
    """Windows around printed regions, the most telling first, none over another.

    A region tells by how much it is seen (S-CIELAB ΔE00 from the inspection distance)
    times the root of its area, as far as a window shows it.

    Parameters
    ----------
    shape_px
        Height and width of the windows; less where the work is smaller.
    most
        How many at most.
    """
    shown = shape_px[0] * shape_px[1]

    def tells(region: Region) -> tuple[float, int]:
        seen_de00 = chain.mask.seen_de00.get(region.number, 0.0)
        return -seen_de00 * math.sqrt(min(region.pixels, shown)), region.number

    chosen: list[Window] = []
    for region in sorted(chain.mask.printed(chain.regions), key=tells):
        window = _around(region, shape_px, chain.scan.raster)
        if all(window.within(other).empty for other in chosen):
            chosen.append(window)
        if len(chosen) == most:
            break
    return chosen


def _around(region: Region, shape_px: tuple[int, int], raster: RasterSpec) -> Window:
    """A window about a region's middle, or about the edge of one that would fill it."""
    top, left = _placed(region, shape_px, raster)
    height, width = (
        min(side, whole) for side, whole in zip(shape_px, raster.shape, strict=True)
    )
    return Window(top, left, top + height, left + width)


def _placed(
    region: Region, shape_px: tuple[int, int], raster: RasterSpec
) -> Iterator[int]:
    box = region.window
    spans = ((box.top, box.bottom), (box.left, box.right))
    for (first, last), side, whole in zip(spans, shape_px, raster.shape, strict=True):
        middle = first if last - first > side // 2 else (first + last) // 2
        yield max(0, min(middle - side // 2, whole - side))

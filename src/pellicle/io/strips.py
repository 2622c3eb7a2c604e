# SPDX-License-Identifier: Apache-2.0
"""Rasters on their way into a file: strips of full width, from top to bottom.

Job: the one form in which writers take pixels, and cutting it to the height a format
wants, so that a file's bytes do not depend on how its pixels arrived.
Not here: the formats (`png_file`, `tiff_file`, `mask_pdf`), reading stores (`store`).
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np

from pellicle.model.arrays import Array
from pellicle.model.raster import RasterSpec, Window

STRIP_PX = 256
"""Height of the strips that readers are asked to make; writers take any height."""

Strips: TypeAlias = Iterable[tuple[Window, Array]]
"""(window, pixels) of full-width strips that follow each other from top to bottom.

Pixels are (rows, W) or (rows, W, samples). Every writer takes one pass over them.
"""


def strip_windows(raster: RasterSpec, rows_px: int = STRIP_PX) -> Iterator[Window]:
    """Windows of full-width strips of `rows_px` rows, top to bottom."""
    for top in range(0, raster.height_px, rows_px):
        bottom = min(top + rows_px, raster.height_px)
        yield Window(top, 0, bottom, raster.width_px)


def even_strips(
    strips: Strips, raster: RasterSpec, rows_px: int, *, mirrored: bool = False
) -> Iterator[Array]:
    """The same pixels in strips of exactly `rows_px` rows; the last may be lower.

    Parameters
    ----------
    strips
        Full-width strips that cover the raster from top to bottom without a gap.
    raster
        Size of the whole.
    rows_px
        Height wanted, at least 1.
    mirrored
        Whether left and right change places.

    Yields
    ------
    strip
        (rows, W, …) like the pixels given. Memory: two strips.

    Raises
    ------
    ValueError
        If the strips are not of full width, leave a gap, or end too early: an error
        of the caller, never of the user.
    """
    waiting: list[Array] = []
    waiting_px = next_top = 0
    for window, pixels in strips:
        _check_follows(window, pixels, raster, next_top)
        next_top = window.bottom
        waiting.append(pixels[:, ::-1] if mirrored else pixels)
        waiting_px += pixels.shape[0]
        if waiting_px < rows_px:
            continue
        joined = waiting[0] if len(waiting) == 1 else np.concatenate(waiting)
        full_px = waiting_px - waiting_px % rows_px
        for top in range(0, full_px, rows_px):
            yield joined[top : top + rows_px]
        waiting, waiting_px = [joined[full_px:]], waiting_px - full_px
    if next_top != raster.height_px:
        message = f"strips end at row {next_top} of {raster.height_px}"
        raise ValueError(message)
    if waiting_px:
        yield np.concatenate(waiting)


def _check_follows(
    window: Window, pixels: Array, raster: RasterSpec, next_top: int
) -> None:
    full_width = (window.left, window.right) == (0, raster.width_px)
    follows = window.top == next_top and window.bottom <= raster.height_px
    if not full_width or not follows or pixels.shape[:2] != window.shape:
        message = f"{window} with pixels {pixels.shape} cannot follow row {next_top}"
        raise ValueError(message)

# SPDX-License-Identifier: Apache-2.0
"""The printed film as layers that can be moved over the paint.

Job: ink and white of printed planes as transmittance and coverage, and both displaced.
Not here: what is seen of them (`film.py`), which displacements matter (`stages`,
`workflow`).

Transmittance and coverage are shares of light and of area: interpolating them is
interpolating in linear light. White and colour lie on one film and move together.
"""

import math

import numpy as np

from pellicle.colour.film import FilmModel, bare_film_over
from pellicle.model.arrays import Array, Mask, Plane
from pellicle.model.mask import WHITE_PLANE

_FULL = np.float32(65_535)


def film_layers(model: FilmModel, printed: Mask, planes: Array) -> tuple[Array, Plane]:
    """Layers of a film.

    Parameters
    ----------
    printed
        (H, W) bool.
    planes
        (H, W, 6) uint16, see `model.mask`.

    Returns
    -------
    transmittance
        (H, W, 3) float32 of the ink, both passes; 1 where nothing is printed.
    white
        (H, W) float32 coverage, 0 to 1; 0 where nothing is printed.
    """
    plates = planes[printed][:, : WHITE_PLANE + 1].astype(np.float32) / _FULL
    transmittance = np.ones((*printed.shape, 3), np.float32)
    white = np.zeros(printed.shape, np.float32)
    white[printed] = plates[:, WHITE_PLANE]
    transmittance[printed] = model.transmittance(
        plates[:, :WHITE_PLANE], white[printed]
    )
    return transmittance, white


def displaced(layer: Array, down_px: float, right_px: float, beyond: float) -> Array:
    """A layer moved by a fraction of pixels, bilinearly.

    Parameters
    ----------
    layer
        (H, W) or (H, W, 3) float32.
    beyond
        What lies beyond the array.

    Returns
    -------
    moved
        Of the same shape.
    """
    top, left = math.floor(-down_px), math.floor(-right_px)
    v, u = -down_px - top, -right_px - left
    total = np.zeros_like(layer)
    for i, j, weight in (
        (0, 0, (1 - v) * (1 - u)),
        (0, 1, (1 - v) * u),
        (1, 0, v * (1 - u)),
        (1, 1, v * u),
    ):
        total += np.float32(weight) * _shifted(layer, top + i, left + j, beyond)
    return total


def _shifted(layer: Array, down: int, right: int, beyond: float) -> Array:
    """Pixel (r + down, c + right) of a layer at each (r, c)."""
    height, width = layer.shape[:2]
    moved = np.full_like(layer, beyond)
    rows = slice(max(0, -down), min(height, height - down))
    columns = slice(max(0, -right), min(width, width - right))
    if rows.start < rows.stop and columns.start < columns.stop:
        moved[rows, columns] = layer[
            rows.start + down : rows.stop + down,
            columns.start + right : columns.stop + right,
        ]
    return moved


def with_film(
    model: FilmModel, rgb_linear: Array, transmittance: Array, white: Plane
) -> Array:
    """(H, W, 3) float32 linear colour of paint under such layers.

    Where there is neither ink nor white, the paint as seen through the bare film.
    """
    seen = bare_film_over(rgb_linear, model.setup.film).copy()
    touched = (white > 0) | (transmittance != 1).any(axis=2)
    base = model.base(rgb_linear[touched], white[touched])
    seen[touched] = model.seen_through(base, transmittance[touched])
    return seen

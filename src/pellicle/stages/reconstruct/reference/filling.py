# SPDX-License-Identifier: Apache-2.0
"""A loss filled from a reference image, at the full size of the scan.

Job: the last parts of a pixel and of a colour step, found on the paint around the loss;
then the reference's structure joined to that paint.
Not here: laying the reference on the scan (`alignment.py`), which losses are filled so
(`infill.py`).
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from pellicle.model.arrays import Array, Mask, Plane
from pellicle.stages.contract import ReferenceView
from pellicle.stages.reconstruct.blending import membrane
from pellicle.stages.reconstruct.reference.agreement import correlate
from pellicle.stages.reconstruct.reference.alignment import pixel_centres, sampled
from pellicle.stages.reconstruct.reference.colour_map import lightness
from pellicle.stages.reconstruct.reference.field import FINE_SCALES, register
from pellicle.stages.reconstruct.reference.sharpness import softened

LEAST_AGREEMENT = 0.25
"""Median local correlation around a loss below which it is not filled so."""
FEWEST_AROUND = 400
OUTLIERS = 4.0
"""Differences at the edge are cut at so many median deviations."""
RGB_BANDS = 3


@dataclass(frozen=True, slots=True)
class Laid:
    """A reference brought to its place and colours in one window.

    Attributes
    ----------
    values
        (H, W, C) float32, encoded as the scan.
    inside
        (H, W) bool: what it shows.
    shift
        (H, W, 2) float32: displacement found here, in scan pixels.
    agreement
        Median local correlation with the intact paint; None where too little of it
        shows anything.
    """

    values: Array
    inside: Mask
    shift: Array
    agreement: float | None

    @property
    def usable(self) -> bool:
        """Whether it agrees with the paint around."""
        return self.agreement is None or self.agreement >= LEAST_AGREEMENT


def lay(view: ReferenceView, picture: Array, known: Mask) -> Laid:
    """Bring a reference to its place and colours in a window.

    Parameters
    ----------
    view
        The reference around the window, roughly in place.
    picture
        (H, W, 1 or 3) float32, encoded in [0, 1]; read at `known` only.
    known
        (H, W) bool: intact paint.
    """
    light = lightness(picture) * known
    source = lightness(view.pixels)
    centres = pixel_centres(0, 0, known.shape)

    def moved(shift: Array) -> Array:
        return sampled(view.places, centres + shift)[0]

    def shown(shift: Array) -> tuple[Plane, Mask]:
        return sampled(source, moved(shift))

    def placed(shift: Array) -> Laid:
        raw, inside = sampled(view.pixels, moved(shift))
        raw = softened(raw.reshape(*known.shape, -1), view.blur_px)
        values = raw * view.gain + view.offset
        found = correlate(light, lightness(values), known & inside)
        agreement = found.median if found.pixels >= FEWEST_AROUND else None
        return Laid(values, inside, shift, agreement)

    still = np.zeros((*known.shape, 2), np.float32)
    if not known.any():
        return placed(still)
    laid = placed(register(light, known, shown, FINE_SCALES))
    if view.by_points and not laid.usable:
        return replace(placed(still), agreement=None)
    return laid


def fill_from(laid: Laid, picture: Array, target: Mask, known: Mask) -> Array:
    """Values of target pixels: the reference's structure, joined to the paint.

    Parameters
    ----------
    laid
        The reference; (H, W, C). With one channel for a picture of three, lightness
        alone is taken, and `picture` holds the hues already.
    picture
        (H, W, bands) float32, encoded.
    target
        (H, W) bool: pixels to fill, all of them shown by the reference.
    known
        (H, W) bool, disjoint from `target`: pixels to be met at the edge.

    Returns
    -------
    filled
        (H, W, bands) float32, clipped to [0, 1]; `picture` outside `target`.
    """
    light_only = laid.values.shape[2] < picture.shape[2]
    wanted = lightness(picture)[..., None] if light_only else picture
    edge = known & laid.inside & _beside(target)
    difference = np.where(edge[..., None], wanted - laid.values, 0).astype(np.float32)
    if edge.any():
        middle = np.median(difference[edge], axis=0)
        spread = np.median(np.abs(difference[edge] - middle), axis=0)
        most = OUTLIERS * np.maximum(spread, 1 / 255)
        difference[edge] = np.clip(difference[edge], middle - most, middle + most)
    joined = laid.values + membrane(difference, edge, target)
    if light_only:
        joined = picture + (joined - lightness(picture)[..., None])
    made = picture.copy()
    made[target] = np.clip(joined[target], 0, 1)
    return made


def _beside(target: Mask) -> Mask:
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    grown = cv2.dilate(target.astype(np.uint8), cross) > 0
    beside: Mask = grown & ~target
    return beside

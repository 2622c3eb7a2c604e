# SPDX-License-Identifier: Apache-2.0
"""Smooth displacement of a reference image against the scan, to parts of a pixel.

Job: from a reference that lies roughly right to the field that brings it to its place:
coarse to fine, on intact paint only, carried smoothly into the damage.
Not here: the first rough map (`features.py`), colours (`colour_map.py`).
Terms: *evidence* is how firmly the picture around a pixel fixes its displacement in
each direction.

Both pictures are compared after local mean and contrast have been taken out, so that
neither exposure nor varnish counts.

References
----------
Lucas & Kanade, *An iterative image registration technique*, IJCAI 1981; Farnebäck,
*Two-frame motion estimation based on polynomial expansion*, 2003,
doi 10.1007/3-540-45103-X_50; Knutsson & Westin, *Normalized and differential
convolution*, 1993, doi 10.1109/CVPR.1993.341081.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from pellicle.model.arrays import Array, Mask, Plane

LEAST_CONTRAST = 0.012
"""Local deviation, of full scale, below which a picture says nothing of its place."""
MOSTLY = 0.9
"""Part of a block that is intact and seen, from which on it counts."""
FIRM = 0.25
ROBUST = 0.6
"""Deviation of local contrasts at which a difference counts half."""
MOST_STEP = 2.0
"""Longest step of one round, in units of the blur."""


BLUR_PX = 1.2
WINDOW_PX = 8.0
SMOOTH_PX = 32.0
"""Blur of the pictures, reach of the sums, and smoothness of the field; each in pixels
of the scale that is compared."""
COARSER = 4
"""The field is smoothed at this reduction of the scale."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One size of detail: pictures reduced by a factor, compared so many times."""

    factor: int
    rounds: int


WHOLE_SCALES = (Scale(8, 4), Scale(4, 4), Scale(2, 3), Scale(1, 3))
"""For pictures reduced to an overview."""
FINE_SCALES = (Scale(4, 2), Scale(2, 2), Scale(1, 3))
"""For what is left at the full size of the scan."""

Shown = Callable[[Array], tuple[Plane, Mask]]
"""Reference's lightness in scan geometry under a displacement, and where it is."""


def blurred(plane: Array, sigma_px: float) -> Array:
    """Gaussian blur; nothing beyond the edge counts as 0."""
    side = 2 * int(np.ceil(3 * sigma_px)) + 1
    made: Array = cv2.GaussianBlur(
        plane, (side, side), sigma_px, borderType=cv2.BORDER_CONSTANT
    )
    return made


def register(
    scan: Plane, intact: Mask, shown: Shown, scales: tuple[Scale, ...]
) -> Array:
    """Displacement at which the reference agrees best with the intact paint.

    Parameters
    ----------
    scan
        (H, W) float32 lightness in [0, 1]; read at `intact` only.
    intact
        (H, W) bool.
    shown
        Gives the reference's lightness at each pixel's place plus a displacement.
    scales
        From coarse to fine.

    Returns
    -------
    shift
        (H, W, 2) float32: x and y, in pixels of the scan; smooth, also in the damage.
    """
    shift = np.zeros((*scan.shape, 2), np.float32)
    for scale in scales:
        if min(scan.shape) < scale.factor * 2 * WINDOW_PX:
            continue
        weight = _reduced(intact.astype(np.float32), scale.factor)
        own = _reduced(scan * intact, scale.factor) / np.maximum(weight, 1e-3)
        for _ in range(scale.rounds):
            seen, inside = shown(shift)
            both = _reduced((intact & inside).astype(np.float32), scale.factor)
            other = _reduced(seen * inside, scale.factor)
            share = _reduced(inside.astype(np.float32), scale.factor)
            sound = (both > MOSTLY).astype(np.float32)
            step, evidence = _step(own, other / np.maximum(share, 1e-3), sound)
            coarse = _reduced(shift, scale.factor) / scale.factor + step
            shift = _enlarged(_smooth(coarse, evidence), scan.shape) * scale.factor
    return shift


def _reduced(plane: Array, factor: int) -> Array:
    """Area means over blocks; those at the edge repeat its pixels."""
    height, width = plane.shape[:2]
    pad = [(0, -height % factor), (0, -width % factor), *[(0, 0)] * (plane.ndim - 2)]
    whole = np.pad(plane, pad, mode="edge") if any(pad[0] + pad[1]) else plane
    size = (whole.shape[1] // factor, whole.shape[0] // factor)
    made: Array = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    return made


def _enlarged(field: Array, shape: tuple[int, int]) -> Array:
    """Field of a coarser grid at full size, linearly interpolated."""
    height, width = shape
    factor = max(-(-height // field.shape[0]), -(-width // field.shape[1]))
    if factor == 1:
        return field
    size = (field.shape[1] * factor, field.shape[0] * factor)
    made: Array = cv2.resize(field, size, interpolation=cv2.INTER_LINEAR)
    return made[:height, :width]


def _step(scan: Array, seen: Array, both: Array) -> tuple[Array, Array]:
    """(H, W, 2) displacement that is missing, and (H, W) evidence for it."""
    one, one_firm = _flattened(scan, both)
    other, other_firm = _flattened(seen, both)
    weight = both * one_firm * other_firm
    difference = one - other
    weight /= 1.0 + (difference / ROBUST) ** 2
    along = cv2.Sobel(other, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(other, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    a = blurred(weight * along * along, WINDOW_PX)
    b = blurred(weight * along * down, WINDOW_PX)
    c = blurred(weight * down * down, WINDOW_PX)
    p = blurred(weight * along * difference, WINDOW_PX)
    q = blurred(weight * down * difference, WINDOW_PX)
    # What holds the step back where little is seen.
    hold = 0.02 * np.maximum(0.5 * (a + c), 1e-7) + 1e-7
    a, c = a + hold, c + hold
    area = a * c - b * b
    step = np.stack(((c * p - b * q) / area, (a * q - b * p) / area), axis=-1)
    length = np.linalg.norm(step, axis=-1, keepdims=True)
    most = MOST_STEP * BLUR_PX
    step *= np.minimum(1.0, most / np.maximum(length, 1e-6))
    smaller = 0.5 * (a + c) - np.sqrt(0.25 * (a - c) ** 2 + b * b)
    return step.astype(np.float32), np.maximum(smaller - hold, 0.0) * both


def _flattened(plane: Array, both: Array) -> tuple[Array, Array]:
    """Picture with local mean 0 and contrast 1, and where it has any."""
    near = np.maximum(blurred(both, BLUR_PX), 1e-4)
    soft = blurred(plane * both, BLUR_PX) / near
    share = np.maximum(blurred(both, WINDOW_PX), 1e-4)
    mean = blurred(soft * both, WINDOW_PX) / share
    apart = (soft - mean) * both
    contrast = np.sqrt(blurred(apart * apart, WINDOW_PX) / share)
    firm = np.clip(contrast / LEAST_CONTRAST - 0.5, 0.0, 1.0)
    return apart / np.maximum(contrast, LEAST_CONTRAST), firm


def _smooth(shift: Array, evidence: Array) -> Array:
    """Affine field first, then what is left, averaged by evidence."""
    total = float(evidence.sum())
    if total <= 0:
        return np.zeros_like(shift)
    typical = float(np.percentile(evidence[evidence > 0], 75))
    weight = np.minimum(evidence / typical, 1.0)
    affine = _affine(shift, weight)
    rest = shift - affine
    away = np.linalg.norm(rest, axis=-1)
    spread = max(float(np.median(away[weight > 0])), 0.02)
    weight = weight / (1.0 + (away / (3 * spread)) ** 2)
    factor = COARSER if min(weight.shape) >= 2 * COARSER else 1
    few = _reduced(weight, factor)
    moved = _reduced(np.ascontiguousarray(rest * weight[..., None]), factor)
    share = blurred(few, SMOOTH_PX / factor)
    hold = 0.02 * float(share.max())
    averaged = blurred(moved, SMOOTH_PX / factor) / (share + hold)[..., None]
    made: Array = affine + _enlarged(averaged, weight.shape)
    return made.astype(np.float32)


def _affine(shift: Array, weight: Array) -> Array:
    """Affine field closest to the weighted displacements."""
    height, width = weight.shape
    step = max(1, int(np.sqrt(weight.size / 20_000)))
    rows, columns = np.mgrid[0:height:step, 0:width:step]
    span = max(height, width)
    places = np.stack(
        (np.ones(rows.size), columns.ravel() / span, rows.ravel() / span), axis=-1
    )
    some = weight[::step, ::step].ravel().astype(np.float64)
    values = shift[::step, ::step].reshape(-1, 2).astype(np.float64)
    hold = np.diag([1e-6, 1e-2, 1e-2]) * max(some.sum(), 1e-9)
    found = np.zeros((3, 2))
    robust = some
    for _ in range(4):
        weighted = places * robust[:, None]
        found = np.linalg.solve(weighted.T @ places + hold, weighted.T @ values)
        away = np.linalg.norm(values - places @ found, axis=1)
        spread = max(float(np.median(away[some > 0])) if some.any() else 0.0, 0.05)
        robust = some / (1.0 + (away / (2 * spread)) ** 2)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = columns[..., None] / span, rows[..., None] / span
    field: Array = found[0] + across * found[1] + down * found[2]
    return field.astype(np.float32)


def remaining(scan: Plane, seen: Plane, both: Mask) -> Array:
    """(N,) displacement in pixels still to be seen, where the pictures show any.

    Not smoothed over more than the reach of one comparison, so that it is no part of
    what the field was made to minimise.
    """
    step, evidence = _step(scan * both, seen * both, both.astype(np.float32))
    if not (evidence > 0).any():
        return np.zeros(0, np.float32)
    firm = evidence > FIRM * np.percentile(evidence[evidence > 0], 75)
    left: Array = np.linalg.norm(step[firm], axis=-1)[:: int(WINDOW_PX)]
    return left

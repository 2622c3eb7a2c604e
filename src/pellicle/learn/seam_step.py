# SPDX-License-Identifier: Apache-2.0
"""Whether the edge of a filled place shows: the colour step across it.

Job: the step that there is and should not be, along the edge of a mask.
Not here: errors inside (`infill_scores.py`).
Terms: the *step* at a point of the edge is ΔE00 between the mean colours of a strip
inside and a strip outside, both about 6 px long and 2 px deep: grain averages out, a
contour of the painting that happens to lie there does not, and is taken off.
"""

import cv2
import numpy as np

from pellicle.colour.difference import ciede2000
from pellicle.model.arrays import Array, Colour, Mask

DEPTH_PX = 2.0
ALONG_PX = 2.0
"""Standard deviation of the weights along the edge; a strip is about three of them."""

_BESIDE_PX = 8


def seam_excess_de00(truth_lab: Colour, made_lab: Colour, mask: Mask) -> Array:
    """Step across the edge beyond that which the intact painting has there.

    Parameters
    ----------
    truth_lab, made_lab
        (H, W, 3) float32 L*a*b*; equal outside the mask.
    mask
        (H, W) bool, what was filled.

    Returns
    -------
    excess_de00
        (n,) one value for each pixel along the edge, 0 or more. 0 where the fill is the
        truth, and where it meets its surroundings more smoothly than that.
    """
    edge = _edge(mask)
    there = step_de00(truth_lab, mask, edge)
    excess: Array = np.maximum(step_de00(made_lab, mask, edge) - there, 0.0)
    return excess


def seam_excess_without_truth(made_lab: Colour, mask: Mask) -> float:
    """Mean step across the edge less the usual one in the paint beside it; ΔE00.

    For real damage, of which nobody knows the truth: the same outline is taken again
    further out, all of it in intact paint.
    """
    side = np.ones((2 * _BESIDE_PX + 1, 2 * _BESIDE_PX + 1), np.uint8)
    wider: Mask = cv2.dilate(mask.astype(np.uint8), side) > 0
    beside = _edge(wider)
    usual = step_de00(made_lab, wider, beside)
    found = step_de00(made_lab, mask, _edge(mask))
    if not found.size or not usual.size:
        return 0.0
    return float(found.mean() - usual.mean())


def step_de00(lab: Colour, mask: Mask, edge: Mask) -> Array:
    """(n,) ΔE00 across the edge of a mask at the pixels of `edge`."""
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    within = _strip_mean(lab, mask & (inside <= DEPTH_PX), edge)
    beyond = _strip_mean(lab, ~mask & (outside <= DEPTH_PX), edge)
    return np.asarray(ciede2000(within[:, None], beyond[:, None])[:, 0], np.float64)


def _strip_mean(lab: Colour, strip: Mask, edge: Mask) -> Colour:
    """(n, 3) mean of the strip near each pixel of the edge."""
    weight = strip.astype(np.float32)
    sums = cv2.GaussianBlur(lab * weight[..., None], (0, 0), ALONG_PX)[edge]
    weights = cv2.GaussianBlur(weight, (0, 0), ALONG_PX)[edge]
    return np.asarray(sums / np.maximum(weights, 1e-6)[:, None], np.float32)


def _edge(mask: Mask) -> Mask:
    """Pixels of the mask beside intact ones; the picture's own border is no edge."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    inner = cv2.erode(mask.astype(np.uint8), cross, borderValue=1)
    edge: Mask = mask & (inner == 0)
    return edge

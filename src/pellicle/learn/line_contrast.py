# SPDX-License-Identifier: Apache-2.0
"""How far cracks stand out from the paint beside them, and how many of them are found.

Job: the contrast of true lines, and recall by it.
Not here: F1 over all lines (`evaluation.py`).

A crack is drawn with one contrast for a whole picture; but dark on dark, or among
strokes as dark, it hardly changes what is seen. Recall over all lines cannot tell a
method that overlooks plain cracks from a picture that hides them.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from pellicle.learn.evaluation import distance_to
from pellicle.model.arrays import Array, Colour, Labels, Mask, Plane
from pellicle.model.units import PixelSize
from pellicle.raster.centre_lines import centre_line

STEPS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Lower ends of the groups; the last has no upper end."""

_AROUND_UM = 760.0
_LEAST_BESIDE_PX = 8
_SEEN_L = 0.7
"""Added to the paint's own unevenness, in L*: what is smoother is not seen."""


def line_contrast(
    lab: Colour, truth: Labels, kind: int, pixel_size: PixelSize
) -> Plane:
    """How far lines of one class stand out, in units of the paint's unevenness.

    The ΔE*ab between the mean of the lines' pixels within 0.76 mm and that of the
    undamaged paint among them, over that paint's standard deviation of L*.

    Parameters
    ----------
    lab
        (H, W, 3) float32 L*a*b*.
    truth
        (H, W) uint8 `DamageClass`.
    kind
        Which of them are the lines.

    Returns
    -------
    contrast
        (H, W) float32, 0 and more; NaN where hardly any paint is left to compare with.
    """
    side = max(3, 2 * round(pixel_size.px(_AROUND_UM) / 2) + 1)

    def sums(plane: Array) -> Array:
        summed: Array = cv2.boxFilter(plane, cv2.CV_32F, (side, side), normalize=False)
        return summed

    damaged = (truth > 0).astype(np.uint8)
    beside = (cv2.dilate(damaged, np.ones((3, 3), np.uint8)) == 0).astype(np.float32)
    line = (truth == kind).astype(np.float32)
    count = sums(beside)
    paint = sums(lab * beside[..., None]) / np.maximum(count, 1)[..., None]
    crack = sums(lab * line[..., None]) / np.maximum(sums(line), 1)[..., None]
    squares = sums(lab[..., 0] ** 2 * beside) / np.maximum(count, 1)
    uneven = np.sqrt(np.maximum(squares - paint[..., 0] ** 2, 0)) + _SEEN_L
    contrast = np.linalg.norm(crack - paint, axis=2) / uneven
    contrast[count < _LEAST_BESIDE_PX] = np.nan
    return np.asarray(contrast, np.float32)


@dataclass
class FoundByContrast:
    """True lines, and those found, by how far they stand out.

    Attributes
    ----------
    tolerance_px
        How near to a true line a found one must be.
    """

    tolerance_px: float
    true_px: Array = field(init=False)
    found_px: Array = field(init=False)

    def __post_init__(self) -> None:
        self.true_px, self.found_px = (np.zeros(len(STEPS), np.int64) for _ in range(2))

    def add(self, truth: Mask, found: Mask, contrast: Plane) -> None:
        """Count one picture: (H, W) crack masks, and `line_contrast`."""
        line = centre_line(truth) & np.isfinite(contrast)
        group = np.digitize(contrast[line], STEPS) - 1
        near = distance_to(centre_line(found))[line] <= self.tolerance_px
        self.true_px += np.bincount(group, minlength=len(STEPS))
        self.found_px += np.bincount(group[near], minlength=len(STEPS))

    def as_json(self) -> list[dict[str, float]]:
        """Rows from faint to plain; groups without a line are left out."""
        whole = max(1, int(self.true_px.sum()))
        return [
            {
                "from": low,
                "share": round(int(true) / whole, 4),
                "recall": round(int(found) / int(true), 4),
            }
            for low, true, found in zip(STEPS, self.true_px, self.found_px, strict=True)
            if true
        ]

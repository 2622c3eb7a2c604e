# SPDX-License-Identifier: Apache-2.0
"""How well a condition map agrees with the truth.

Job: F1 of pixels and of centre lines; how far confidence can be believed.
Not here: where maps and truths come from (`condition.py`, `bench`).

All counts add up over pictures, so that a large picture counts for more than a small
one, and a picture without a class does not count for it.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from pellicle.model.arrays import Array, Labels, Mask, Plane
from pellicle.raster.centre_lines import centre_line

_NO_LIMIT = 1e9


def f1_of(precision: float, recall: float) -> float:
    """Harmonic mean of the two; 0 when both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


class PixelCounts:
    """Pixels found, there, and both, by class.

    Parameters
    ----------
    classes
        Labels are 0 to `classes` - 1.
    """

    def __init__(self, classes: int) -> None:
        self._classes = classes
        self.confusion = np.zeros((classes, classes), np.int64)

    def add(self, truth: Labels, found: Labels) -> None:
        """Count one picture; rows of `confusion` are the truth."""
        index = truth.astype(np.int64) * self._classes + found
        counts = np.bincount(index.ravel(), minlength=self._classes**2)
        self.confusion += counts.reshape(self._classes, self._classes)

    def precision(self) -> list[float]:
        """Part of what was found that is there, by class."""
        return _parts(np.diag(self.confusion), self.confusion.sum(axis=0))

    def recall(self) -> list[float]:
        """Part of what is there that was found, by class."""
        return _parts(np.diag(self.confusion), self.confusion.sum(axis=1))

    def f1(self) -> list[float]:
        """F1 by class."""
        pairs = zip(self.precision(), self.recall(), strict=True)
        return [f1_of(precision, recall) for precision, recall in pairs]


def _parts(of: Array, whole: Array) -> list[float]:
    return [float(a / b) if b else 0.0 for a, b in zip(of, whole, strict=True)]


class LineCounts:
    """Centre lines of cracks: found ones near a true one, true ones near a found one.

    Parameters
    ----------
    tolerance_px
        What is near.
    """

    def __init__(self, tolerance_px: float) -> None:
        self._tolerance_px = tolerance_px
        self.found_px = self.found_right_px = self.true_px = self.true_found_px = 0

    def add(self, truth: Mask, found: Mask, *, truth_is_line: bool = False) -> None:
        """Count one picture of crack masks.

        Parameters
        ----------
        truth_is_line
            The truth is one pixel wide already.
        """
        true_line = truth if truth_is_line else centre_line(truth)
        found_line = centre_line(found)
        self.found_px += int(found_line.sum())
        self.true_px += int(true_line.sum())
        self.found_right_px += self._near(found_line, true_line)
        self.true_found_px += self._near(true_line, found_line)

    def _near(self, line: Mask, other: Mask) -> int:
        return int((line & (distance_to(other) <= self._tolerance_px)).sum())

    @property
    def precision(self) -> float:
        """Part of the found lines that is near a true one."""
        return self.found_right_px / self.found_px if self.found_px else 0.0

    @property
    def recall(self) -> float:
        """Part of the true lines that is near a found one."""
        return self.true_found_px / self.true_px if self.true_px else 0.0

    @property
    def f1(self) -> float:
        """F1 of the two."""
        return f1_of(self.precision, self.recall)


def distance_to(mask: Mask) -> Plane:
    """(H, W) float32 distance in pixels to the nearest pixel of a mask."""
    if not mask.any():
        return np.full(mask.shape, _NO_LIMIT, np.float32)
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(away, np.float32)


@dataclass
class Reliability:
    """How often what was said with a confidence was right.

    Attributes
    ----------
    bins
        Confidences are gathered into so many, evenly from 0 to 1.
    """

    bins: int = 10
    count: Array = field(init=False)
    right: Array = field(init=False)
    said: Array = field(init=False)

    def __post_init__(self) -> None:
        self.count = np.zeros(self.bins, np.int64)
        self.right = np.zeros(self.bins, np.int64)
        self.said = np.zeros(self.bins)

    def add(self, confidence: Array, right: Mask) -> None:
        """Count predictions: confidence in [0, 1], and whether each was right."""
        place = np.minimum((confidence * self.bins).astype(int), self.bins - 1).ravel()
        self.count += np.bincount(place, minlength=self.bins)
        self.right += np.bincount(place[right.ravel()], minlength=self.bins)
        self.said += np.bincount(place, confidence.ravel(), minlength=self.bins)

    @property
    def expected_error(self) -> float:
        """Mean of |confidence - part that was right|, weighted by count (ECE)."""
        filled = self.count > 0
        gap = np.abs(self.said[filled] - self.right[filled])
        return float(gap.sum() / max(1, self.count.sum()))

# SPDX-License-Identifier: Apache-2.0
"""Everything that is measured of a condition map, added up over crops.

Job: F1 of pixels, centre lines and regions by class, reliability; as JSON.
Not here: one measure by itself (`evaluation.py`), running methods (`surveys.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np

from pellicle.learn.evaluation import LineCounts, PixelCounts, Reliability, f1_of
from pellicle.learn.surveys import Survey
from pellicle.model.arrays import Array, Labels, Mask
from pellicle.model.condition import DamageClass
from pellicle.model.units import PixelSize
from pellicle.stages.condition.mapping import MapCondition

FOUND = (
    DamageClass.LOSS,
    DamageClass.ABRASION,
    DamageClass.CRAQUELURE,
    DamageClass.SPLIT,
)
"""Classes that a condition stage finds."""

LINE_TOLERANCE_PX = 2.0
LEAST_IOU = 0.3
JOINED_UM = 1_000.0
"""Gaps within a class up to this wide are closed before joined regions are counted."""

LEAST_TRUTH_PX = 100
"""A class with fewer true pixels on a crop does not count in the mean of crops."""

_CLASSES = 1 + max(FOUND)
_SHOWN_DIGITS = 4


@dataclass
class RegionTally:
    """Regions found, there, and matched one to one at IoU 0.3 or more."""

    true: int = 0
    found: int = 0
    matched: int = 0

    def add(self, truth: Mask, found: Mask, least_px: int = 1) -> None:
        """Count the 8-connected regions of at least so many pixels."""
        true_numbers, true_areas = _regions(truth, least_px)
        found_numbers, found_areas = _regions(found, least_px)
        self.true += int((true_areas > 0).sum())
        self.found += int((found_areas > 0).sum())
        self.matched += matched_regions(
            (true_numbers, true_areas), (found_numbers, found_areas), LEAST_IOU
        )

    @property
    def f1(self) -> float:
        """F1 of matched regions."""
        return 2 * self.matched / (self.true + self.found) if self.matched else 0.0


def matched_regions(
    true: tuple[Array, Array], found: tuple[Array, Array], least_iou: float
) -> int:
    """Pairs of regions that overlap enough, best first, each region once.

    Parameters
    ----------
    true, found
        (H, W) region numbers, and (n + 1,) area by number; 0 for what is left out.
    least_iou
        Overlap over union.
    """
    (true_numbers, true_areas), (found_numbers, found_areas) = true, found
    met = (true_areas[true_numbers] > 0) & (found_areas[found_numbers] > 0)
    width = len(found_areas)
    pairs = true_numbers[met].astype(np.int64) * width + found_numbers[met]
    pair, both = np.unique(pairs, return_counts=True)
    rows, columns = pair // width, pair % width
    iou = both / (true_areas[rows] + found_areas[columns] - both)
    order = np.argsort(-iou, kind="stable")
    taken_true: set[int] = set()
    taken_found: set[int] = set()
    for i in order[iou[order] >= least_iou].tolist():
        row, column = int(rows[i]), int(columns[i])
        if row not in taken_true and column not in taken_found:
            taken_true.add(row)
            taken_found.add(column)
    return len(taken_true)


def _regions(mask: Mask, least_px: int) -> tuple[Array, Array]:
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.int64)
    areas[0] = 0
    areas[areas < least_px] = 0
    return numbers, areas


@dataclass
class ConditionScore:
    """Figures of one method.

    Attributes
    ----------
    pixels
        Confusion of classes 0 to 4; what is of another class in truth is nothing.
    craquelure, cracks
        Centre lines of craquelure, and of craquelure and splits together.
    regions, joined
        By class: as they are; and with gaps of a millimetre closed and what is smaller
        than the product maps left out, in both maps.
    mapped
        Confidence of mapped pixels, right where there is any damage.
    likely
        Probability of damage over all pixels; empty for methods without evidence.
    crop_f1
        F1 by class of each crop that has the class; of lines for craquelure.
    """

    pixels: PixelCounts = field(default_factory=lambda: PixelCounts(_CLASSES))
    craquelure: LineCounts = field(
        default_factory=lambda: LineCounts(LINE_TOLERANCE_PX)
    )
    cracks: LineCounts = field(default_factory=lambda: LineCounts(LINE_TOLERANCE_PX))
    regions: Mapping[DamageClass, RegionTally] = field(
        default_factory=lambda: {kind: RegionTally() for kind in FOUND}
    )
    joined: Mapping[DamageClass, RegionTally] = field(
        default_factory=lambda: {kind: RegionTally() for kind in FOUND}
    )
    mapped: Reliability = field(default_factory=Reliability)
    likely: Reliability = field(default_factory=Reliability)
    crop_f1: Mapping[DamageClass, list[float]] = field(
        default_factory=lambda: {kind: [] for kind in FOUND}
    )

    def add(
        self, truth: Labels, survey: Survey, pixel_size: PixelSize
    ) -> dict[str, float]:
        """Count one crop; give its F1 by class, of classes it has."""
        known = np.where(truth < _CLASSES, truth, 0).astype(np.uint8)
        found = survey.labels
        own = PixelCounts(_CLASSES)
        own.add(known, found)
        self.pixels.confusion += own.confusion
        line = self._add_lines(known, found)
        self._add_regions(known, found, pixel_size)
        self._add_confidence(known, survey)
        shown: dict[str, float] = {}
        for kind, f1 in zip(FOUND, own.f1()[1:], strict=True):
            if np.count_nonzero(known == kind) >= LEAST_TRUTH_PX:
                shown[kind.label] = line if kind is DamageClass.CRAQUELURE else f1
                self.crop_f1[kind].append(shown[kind.label])
        return {name: round(f1, _SHOWN_DIGITS) for name, f1 in shown.items()}

    def _add_lines(self, truth: Labels, found: Labels) -> float:
        split = DamageClass.CRAQUELURE, DamageClass.SPLIT
        own = LineCounts(LINE_TOLERANCE_PX)
        own.add(truth == split[0], found == split[0])
        for name in ("found_px", "found_right_px", "true_px", "true_found_px"):
            total = getattr(self.craquelure, name) + getattr(own, name)
            setattr(self.craquelure, name, total)
        self.cracks.add(np.isin(truth, split), np.isin(found, split))
        return own.f1

    def _add_regions(self, truth: Labels, found: Labels, pixel_size: PixelSize) -> None:
        least = least_pixels(pixel_size)
        for kind in FOUND:
            one, other = truth == kind, found == kind
            self.regions[kind].add(one, other)
            self.joined[kind].add(
                _closed(one, pixel_size), _closed(other, pixel_size), least[kind]
            )

    def _add_confidence(self, truth: Labels, survey: Survey) -> None:
        there, mapped = truth > 0, survey.labels > 0
        self.mapped.add(survey.confidence[mapped] / 255, there[mapped])
        if survey.evidence is not None:
            likely = survey.evidence.sum(axis=2, dtype=np.uint16) / 255
            self.likely.add(np.minimum(likely, 1), there)

    def as_json(self) -> dict[str, Any]:
        """All figures, rounded to four digits."""
        precision, recall = self.pixels.precision(), self.pixels.recall()
        classes = {
            kind.label: {
                "precision": precision[kind],
                "recall": recall[kind],
                "f1": f1_of(precision[kind], recall[kind]),
                "f1_mean_of_crops": _mean(self.crop_f1[kind]),
                "region_f1": self.regions[kind].f1,
                "region_f1_joined": self.joined[kind].f1,
                "regions_true": self.regions[kind].true,
                "regions_found": self.regions[kind].found,
                "true_px": int(self.pixels.confusion[kind].sum()),
            }
            for kind in FOUND
        }
        figures = {
            "classes": classes,
            "craquelure_line": _line(self.craquelure),
            "crack_line": _line(self.cracks),
            "expected_error_mapped": self.mapped.expected_error,
            "expected_error_all": (
                self.likely.expected_error if self.likely.count.any() else None
            ),
            "reliability_mapped": _bins(self.mapped),
            "reliability_all": _bins(self.likely),
            "confusion": self.pixels.confusion.tolist(),
        }
        return dict(rounded(figures))


def least_pixels(pixel_size: PixelSize) -> Mapping[DamageClass, int]:
    """Pixels of the smallest region the product maps; lines taken as a pixel wide."""
    stage = MapCondition()
    round_um = {
        DamageClass.LOSS: stage.smallest_loss_um,
        DamageClass.ABRASION: stage.smallest_abrasion_um,
    }
    long_um = {
        DamageClass.CRAQUELURE: stage.shortest_crack_um,
        DamageClass.SPLIT: stage.shortest_split_um,
    }
    areas = {k: np.pi / 4 * pixel_size.px(um) ** 2 for k, um in round_um.items()}
    lengths = {kind: pixel_size.px(um) / np.sqrt(2) for kind, um in long_um.items()}
    return MappingProxyType(
        {kind: max(1, round(px)) for kind, px in {**areas, **lengths}.items()}
    )


def rounded(value: Any) -> Any:
    """JSON value with every float to four digits."""
    if isinstance(value, float):
        return round(value, _SHOWN_DIGITS)
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    return value


def line_json(counts: LineCounts) -> dict[str, float]:
    """Precision, recall and F1 of centre lines."""
    return dict(rounded(_line(counts)))


def _line(counts: LineCounts) -> dict[str, float]:
    return {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _bins(reliability: Reliability) -> list[dict[str, float]]:
    rows = zip(
        reliability.count.tolist(),
        reliability.said.tolist(),
        reliability.right.tolist(),
        strict=True,
    )
    return [
        {"count": count, "said": said / count, "right": right / count}
        for count, said, right in rows
        if count
    ]


def _closed(mask: Mask, pixel_size: PixelSize) -> Mask:
    side = max(3, 2 * round(pixel_size.px(JOINED_UM) / 2) + 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, disc)
    return np.asarray(closed > 0)

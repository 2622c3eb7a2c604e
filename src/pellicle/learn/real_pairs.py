# SPDX-License-Identifier: Apache-2.0
"""Photographs of real damage with what somebody marked on them.

Job: find the pairs of a folder, and measure a map against each in the way its marks
allow.
Not here: methods (`surveys.py`), tables and sheets (`workflow`).

Three kinds, told by the ending of the marks' file name: `_mask` (white is loss),
`_skeleton` (white lines on craquelure, hairlines left out), `_inpaintmask` (white is
what its authors wanted infilled, sound paint among it).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pellicle.errors import CorruptScanError, MaskSizeError
from pellicle.learn.condition_scores import line_json, rounded
from pellicle.learn.evaluation import LineCounts
from pellicle.model.arrays import Array, Labels, Mask, Samples
from pellicle.model.condition import DamageClass
from pellicle.raster.polygons import overlap

LINE_TOLERANCE_PX = 3.0
CRAQUELURE_PPI = (300.0, 450.0, 600.0)
"""Scales a photograph of unknown scale is taken at; the first one counts."""

_IMAGE = "_image.png"
_WHITE = 128
_LINES = (DamageClass.CRAQUELURE, DamageClass.SPLIT)


class MarkKind(StrEnum):
    """What the marks mean; the value ends the name of their file."""

    LOSS = "_mask.png"
    CRACK_LINES = "_skeleton.png"
    TO_INFILL = "_inpaintmask.png"


@dataclass(frozen=True, slots=True, eq=False)
class RealPair:
    """A photograph and its marks.

    Attributes
    ----------
    name
        Of the photograph.
    samples
        (H, W, 1 or 3) uint8 sRGB.
    marks
        (H, W) bool.
    kind
        What the marks mean.
    """

    name: str
    samples: Samples
    marks: Mask
    kind: MarkKind

    @property
    def ppi(self) -> tuple[float, ...]:
        """Scales it is taken at; all are assumed."""
        return CRAQUELURE_PPI if self.kind is MarkKind.CRACK_LINES else (300.0,)


def read_pairs(damage: Path) -> list[RealPair]:
    """Pairs of a folder and its subfolders, in order of their paths.

    Raises
    ------
    CorruptScanError
        If a file of a pair cannot be decoded.
    MaskSizeError
        If marks are not of the size of their photograph.
    """
    pairs = []
    for path in sorted(damage.rglob(f"*{_IMAGE}")):
        stem = path.name.removesuffix(_IMAGE)
        for kind in MarkKind:
            marks = path.with_name(f"{stem}{kind}")
            if marks.is_file():
                pairs.append(_pair(stem, path, marks, kind))
    return pairs


def _pair(name: str, image: Path, marks: Path, kind: MarkKind) -> RealPair:
    picture = _read(image, cv2.IMREAD_ANYCOLOR)  # 8 bits, whatever the file has
    white: Mask = _read(marks, cv2.IMREAD_GRAYSCALE) >= _WHITE
    (height, width), (rows, columns) = picture.shape[:2], white.shape
    if (rows, columns) != (height, width):
        raise MaskSizeError(str(marks), (columns, rows), (width, height))
    colours = picture[..., None] if picture.ndim == 2 else picture[..., ::-1]  # noqa: PLR2004
    return RealPair(name, np.ascontiguousarray(colours), white, kind)


def _read(path: Path, how: int) -> Array:
    pixels: Array | None = cv2.imread(str(path), how)
    if pixels is None:
        raise CorruptScanError(str(path), "it cannot be decoded")
    return pixels


def measured(pair: RealPair, labels: Labels) -> dict[str, Any]:
    """Figures of a map, those that the marks of the pair allow."""
    loss, damage = labels == DamageClass.LOSS, labels > 0
    if pair.kind is MarkKind.LOSS:
        return dict(
            rounded(
                {
                    "loss_iou": overlap(loss, pair.marks),
                    "damage_iou": overlap(damage, pair.marks),
                    "loss_or_abrasion_iou": overlap(
                        loss | (labels == DamageClass.ABRASION), pair.marks
                    ),
                    "damage_precision": part_of(damage, pair.marks),
                    "damage_recall": part_of(pair.marks, damage),
                }
            )
        )
    if pair.kind is MarkKind.TO_INFILL:
        recall = part_of(pair.marks, damage)
        return dict(rounded({"recall": recall, "mapped": float(damage.mean())}))
    return {
        "craquelure": _lines(pair, labels, _LINES[:1]),
        "cracks": _lines(pair, labels, _LINES),
    }


def _lines(
    pair: RealPair, labels: Labels, kinds: Sequence[DamageClass]
) -> dict[str, float]:
    counts = LineCounts(LINE_TOLERANCE_PX)
    counts.add(pair.marks, np.isin(labels, kinds), truth_is_line=True)
    return line_json(counts)


def part_of(mask: Mask, other: Mask) -> float:
    """Part of a mask that lies in another; 0 when it is empty."""
    pixels = np.count_nonzero(mask)
    return float(np.count_nonzero(mask & other) / pixels) if pixels else 0.0

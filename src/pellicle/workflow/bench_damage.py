# SPDX-License-Identifier: Apache-2.0
"""Random damage of a given count and area, for the standard benchmark jobs.

Job: labels with many separate regions: blotches, cracks and splits, log-normal in area,
a few of them large.
Not here: the picture under them and the files (`bench_job`); damage that looks real.
"""

import math
from typing import Final

import cv2
import numpy as np

from pellicle.model.arrays import Labels, Mask
from pellicle.model.condition import DamageClass

LARGE_REGIONS: Final = 6
LARGE_SHARES: Final = (0.012, 0.028)
"""Share of all damage in the smallest and the largest of the large regions."""

SPREAD: Final = 1.5
"""Standard deviation of the logarithm of the other regions' areas."""

_LARGEST_SHARE = 0.01
_LINE_SHARE = 0.4
_LONGEST_LINE_SHARE = 0.4
_LINE_WIDTHS_PX = (2, 3, 3, 4, 5, 7)
_CRACK_WIDTH_PX = 3
_GAP_PX = 2
_TRIES = 400
_EIGHT = np.ones((3, 3), np.uint8)


def region_areas(
    count: int, area_px: int, smallest_px: int, rng: np.random.Generator
) -> list[int]:
    """Areas of `count` regions that add up to about `area_px`, largest first."""
    shares = np.geomspace(*LARGE_SHARES, min(LARGE_REGIONS, count // 8))
    large = np.maximum(shares * area_px, smallest_px)
    rest = rng.lognormal(0, SPREAD, count - len(large))
    left_px = area_px - large.sum()
    most = max(_LARGEST_SHARE * area_px, 3.0 * smallest_px)
    for _ in range(30):  # scaling and clipping in turns comes to rest quickly
        rest = np.clip(rest * left_px / rest.sum(), 1.35 * smallest_px, most)
    areas = np.concatenate([large, rest])
    return sorted((round(area) for area in areas.tolist()), reverse=True)


def draw_regions(
    shape: tuple[int, int],
    count: int,
    area_px: int,
    smallest_px: int,
    rng: np.random.Generator,
) -> Labels:
    """Draw separate regions.

    Parameters
    ----------
    shape
        (H, W) of the scan.
    count, area_px
        How many regions, and their area together, in pixels.
    smallest_px
        Pixels of the smallest region.
    rng
        Source of all chance.

    Returns
    -------
    labels
        (H, W) uint8 `DamageClass`: losses, craquelure, splits. No two regions touch,
        whatever their class. Regions for which no room is found are left out.
    """
    labels: Labels = np.zeros(shape, np.uint8)
    planned_px = drawn_px = 0
    for share_px in region_areas(count, area_px, smallest_px, rng):
        # Shapes come out somewhat larger or smaller; the next ones make up for it.
        planned_px += share_px
        owed = (planned_px - drawn_px) / share_px
        asked_px = round(share_px * min(max(owed, 0.7), 1.3))
        line = rng.random() < _LINE_SHARE
        if line and asked_px < _LARGEST_SHARE * area_px:
            mask, kind = _line(asked_px, _LONGEST_LINE_SHARE * min(shape), rng)
        else:
            mask, kind = _blotch(asked_px, rng), DamageClass.LOSS
        if np.count_nonzero(mask) < smallest_px:
            mask, kind = _blotch(2 * smallest_px, rng), DamageClass.LOSS
        if not _place(labels, mask, kind, rng):
            # Little room is left: a compact region needs less of it than a line.
            mask, kind = _blotch(asked_px, rng), DamageClass.LOSS
            if not _place(labels, mask, kind, rng):
                continue
        drawn_px += int(np.count_nonzero(mask))
    return labels


def _place(
    labels: Labels, mask: Mask, kind: DamageClass, rng: np.random.Generator
) -> bool:
    """Put a region where it keeps its distance from all others, if there is room."""
    padded = np.pad(mask, _GAP_PX)
    height, width = padded.shape
    rows, columns = labels.shape[0] - height, labels.shape[1] - width
    if rows < 0 or columns < 0:
        return False
    reach = np.ones((2 * _GAP_PX + 1, 2 * _GAP_PX + 1), np.uint8)
    near = cv2.dilate(padded.astype(np.uint8), reach) > 0
    for _ in range(_TRIES):
        top, left = int(rng.integers(0, rows + 1)), int(rng.integers(0, columns + 1))
        view = labels[top : top + height, left : left + width]
        if not view[near].any():
            view[padded] = kind
            return True
    return False


def _blotch(area_px: int, rng: np.random.Generator) -> Mask:
    """One ragged region of about `area_px` pixels."""
    stretch = rng.uniform(1.0, 2.2)
    radius = math.sqrt(area_px / math.pi)
    side = 2 * math.ceil(1.9 * radius * math.sqrt(stretch)) + 3
    offsets = np.arange(side, dtype=np.float32) - side // 2
    turn = rng.uniform(0, np.pi)
    along = offsets[None, :] * math.cos(turn) + offsets[:, None] * math.sin(turn)
    across = offsets[:, None] * math.cos(turn) - offsets[None, :] * math.sin(turn)
    solid = -np.hypot(along / math.sqrt(stretch), across * math.sqrt(stretch)) / radius
    for cells, weight in ((5, 0.30), (9, 0.20), (18, 0.11), (side // 3, 0.05)):
        solid += np.float32(weight) * _ripple(cells, side, rng)
    least = np.partition(solid.ravel(), -area_px)[-area_px]
    return _largest_part(solid >= least)


def _ripple(
    cells: int, side: int, rng: np.random.Generator
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    coarse = rng.standard_normal((max(cells, 2),) * 2, np.float32)
    smooth = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, np.float32)


def _line(
    area_px: int, longest_px: float, rng: np.random.Generator
) -> tuple[Mask, DamageClass]:
    """A crack or a split: a wandering line of constant width."""
    width_px = int(rng.choice(_LINE_WIDTHS_PX))
    length_px = min(area_px / width_px, longest_px)
    steps = max(int(length_px / 4), 2)
    bends = np.cumsum(rng.normal(0, 0.13, steps)) + rng.uniform(0, 2 * np.pi)
    walk = np.cumsum(np.stack([np.cos(bends), np.sin(bends)], axis=1), axis=0)
    points = np.round(walk * length_px / steps).astype(np.int32)
    points += width_px - points.min(axis=0)
    columns, rows = (points.max(axis=0) + width_px + 1).tolist()
    plane = np.zeros((rows, columns), np.uint8)
    cv2.polylines(plane, [points], isClosed=False, color=1, thickness=width_px)
    crack = width_px <= _CRACK_WIDTH_PX
    kind = DamageClass.CRAQUELURE if crack else DamageClass.SPLIT
    return _largest_part(plane > 0), kind


def _largest_part(mask: Mask) -> Mask:
    """Largest 8-connected part of a mask, cut to its bounding box."""
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    best = int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) + 1
    left, top, width, height = stats[best, :4].tolist()
    part: Mask = numbers[top : top + height, left : left + width] == best
    return part

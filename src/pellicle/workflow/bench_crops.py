# SPDX-License-Identifier: Apache-2.0
"""Crops of paintings, and random damage for them: what the infill benchmark runs on.

Job: the same crops and the same damage, every time.
Not here: the methods compared and their figures (`bench_infill`); the standard jobs
(`bench_job`, `bench_damage`).
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np

from pellicle.errors import BadInputError, WorksMissingError
from pellicle.io.sample_painting import read_undamaged, sample_painting
from pellicle.io.scan_file import probe_scan, read_strips
from pellicle.model.arrays import Array, Labels, Mask, Samples
from pellicle.raster.pyramid import block_counts, block_sums

CROP_PX = 768
LEAST_CROP_PX = 256
REDUCTION = 2
"""Photographs are halved first: at full size they hold little that is finer."""

_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff"})
_COLOURS = 3
_SHAPE_BITS = 4
_OUTLINE_POINTS = 64
_RIPPLES = (2, 3, 4, 5)


class DamageKind(StrEnum):
    """Classes of damage that infill is measured on."""

    CRACKS = "cracks 1–5 px"
    SMALL_LOSSES = "losses Ø 4–24 px"
    LARGE_LOSSES = "losses Ø 60–180 px"


_SHARE = {
    DamageKind.CRACKS: 0.04,
    DamageKind.SMALL_LOSSES: 0.04,
    DamageKind.LARGE_LOSSES: 0.08,
}
"""Part of the crop that is damaged."""


@dataclass(frozen=True, slots=True)
class Crop:
    """An undamaged picture: (H, W, 3) uint8, taken as sRGB, and where it is from."""

    name: str
    truth: Samples


def read_crops(works: Path | None) -> list[Crop]:
    """Centre crops at half size, in order of file name; the bundled one without files.

    Raises
    ------
    WorksMissingError
        If the folder holds no colour picture of at least twice `LEAST_CROP_PX`.
    """
    if works is None:
        painting = sample_painting()
        undamaged = (read_undamaged(painting) >> 8).astype(np.uint8)
        return [Crop(painting.facts.title, _centre(undamaged))]
    paths = sorted(works.iterdir()) if works.is_dir() else []
    crops = []
    for path in paths:
        if path.suffix.lower() in _PICTURES:
            picture = _read(path)
            if (
                picture is not None
                and min(picture.shape[:2]) >= LEAST_CROP_PX * REDUCTION
            ):
                crops.append(Crop(path.stem, _centre(picture)))
    if not crops:
        least_px = LEAST_CROP_PX * REDUCTION
        raise WorksMissingError(str(works), len(paths), least_px, least_px)
    return crops


def _read(path: Path) -> Samples | None:
    """Colour picture in 8 bits; None for what is not one."""
    try:
        scan = probe_scan(path)
        if scan.bands != _COLOURS:
            return None
        rows = [samples for _, samples in read_strips(scan)]
    except BadInputError:
        return None
    picture: Array = np.concatenate(rows)
    in_8_bits: Samples = (picture >> (scan.bit_depth - 8)).astype(np.uint8)
    return in_8_bits


def _centre(picture: Samples) -> Samples:
    sums = block_sums(picture, REDUCTION)
    counts = block_counts(picture.shape[:2], REDUCTION)
    halved = ((sums + counts // 2) // counts).astype(np.uint8)
    height, width = (min(side, CROP_PX) for side in halved.shape[:2])
    top, left = (halved.shape[0] - height) // 2, (halved.shape[1] - width) // 2
    return np.ascontiguousarray(halved[top : top + height, left : left + width])


def draw_damage(kind: DamageKind, shape: tuple[int, int], seed: int) -> Mask:
    """Random damage of one class, (H, W) bool; the same for the same seed."""
    rng = np.random.default_rng([seed, list(DamageKind).index(kind)])
    plane: Labels = np.zeros(shape, np.uint8)
    while plane.mean() < _SHARE[kind]:
        if kind is DamageKind.CRACKS:
            _draw_crack(plane, rng)
        elif kind is DamageKind.SMALL_LOSSES:
            _draw_loss(plane, rng.uniform(4, 24), rng)
        else:
            _draw_loss(plane, rng.uniform(60, 180), rng)
    return plane > 0


def _draw_crack(plane: Labels, rng: np.random.Generator) -> None:
    """A wandering line, 1 to 5 px wide."""
    row, column = rng.uniform(0, plane.shape[0]), rng.uniform(0, plane.shape[1])
    heading, width_px = rng.uniform(0, 2 * math.pi), rng.uniform(1, 5)
    for _ in range(int(rng.integers(8, 30))):
        heading += rng.normal(0, 0.35)
        step_px = rng.uniform(4, 10)
        to_row = row + step_px * math.sin(heading)
        to_column = column + step_px * math.cos(heading)
        here_px = min(max(round(width_px + rng.normal(0, 0.4)), 1), 5)
        ends = [(int(x), int(y)) for x, y in ((column, row), (to_column, to_row))]
        cv2.line(plane, ends[0], ends[1], 1, here_px)
        row, column = to_row, to_column


def _draw_loss(plane: Labels, diameter_px: float, rng: np.random.Generator) -> None:
    """A closed outline that departs from a circle."""
    row, column = rng.uniform(0, plane.shape[0]), rng.uniform(0, plane.shape[1])
    angle = np.linspace(0, 2 * math.pi, _OUTLINE_POINTS, endpoint=False)
    radius = np.ones(_OUTLINE_POINTS)
    for wave in _RIPPLES:
        phase = rng.uniform(0, 2 * math.pi)
        radius += rng.normal(0, 0.25 / wave) * np.cos(wave * angle + phase)
    radius = np.clip(radius, 0.5, 1.5) * diameter_px / 2
    corners = np.stack(
        (column + radius * np.cos(angle), row + radius * np.sin(angle)), axis=1
    )
    fixed = np.round(corners * (1 << _SHAPE_BITS)).astype(np.int32)
    cv2.fillPoly(plane, [fixed], 1, shift=_SHAPE_BITS)

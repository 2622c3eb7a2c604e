# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from pellicle.colour.film import FilmModel
from pellicle.io.icc import output_profile
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.model.mask import MASK_PLANES
from pellicle.model.raster import Window
from pellicle.stages.mask.alignability import (
    Alignment,
    AlignmentSums,
    PrintedTile,
    align_tile,
    crack_ratio,
    displacements,
)
from pellicle.stages.mask.separation import separate

DELTA_PX = 8.0
SETUP, ICC = load_print_setup(DEFAULT_PRINT_SETUP)
MODEL = FilmModel.of(SETUP, output_profile(ICC))


def stripe(width_px: int, side: int = 240) -> np.ndarray:
    mask = np.zeros((side, side), np.bool_)
    left = side // 2 - width_px // 2
    mask[:, left : left + width_px] = True
    return mask


def disc(diameter_px: float, side: int = 240) -> np.ndarray:
    rows, columns = np.indices((side, side)) - (side - 1) / 2
    return np.hypot(rows, columns) <= diameter_px / 2


def glazed(mask: np.ndarray) -> AlignmentSums:
    """Damage a little too light, and a glaze that would darken sound paint as much."""
    target = np.full((*mask.shape, 3), 0.30, np.float32)
    scan = np.where(mask[..., None], np.float32(0.31), target)
    return aligned(scan, target, mask, glaze=True)


def aligned(  # noqa: PLR0913
    scan: np.ndarray,
    target: np.ndarray,
    mask: np.ndarray,
    *,
    glaze: bool = False,
    parts: np.ndarray | None = None,
    step: int = 1,
    delta_px: float = DELTA_PX,
) -> AlignmentSums:
    planes = np.zeros((*mask.shape, MASK_PLANES), np.uint16)
    count = int(mask.sum())
    planes[mask] = separate(
        MODEL,
        scan[mask],
        target[mask],
        np.full(count, glaze),
        np.ones(count, np.float32),
    )
    numbers = mask.astype(np.uint32) if parts is None else parts
    window = Window(0, 0, *mask.shape)
    return align_tile(
        MODEL,
        scan,
        target,
        PrintedTile(numbers, planes, window),
        window,
        delta_px=delta_px,
        steps=np.full(int(numbers.max()) + 1, step, np.int64),
    )


def ratio(sums: AlignmentSums, n: int = 0) -> float:
    return Alignment.of(
        int(sums.difference[n]), int(sums.gained[n]), int(sums.exact[n])
    ).ratio


def test_displacements_stand_for_a_gaussian() -> None:
    moved = displacements(3.0)[:24]
    assert len(np.unique(moved.round(6), axis=0)) == 24
    np.testing.assert_allclose(moved.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(moved.std(axis=0), 3.0, rtol=0.05)
    np.testing.assert_allclose(displacements(3.0)[24], 0)


@pytest.mark.parametrize(
    ("widths", "published"), [(2, 0.781), (3, 0.531), (4, 0.399), (6, 0.266)]
)
def test_crack_of_equal_contrast(widths: int, published: float) -> None:
    assert crack_ratio(widths) == pytest.approx(published, abs=6e-4)
    found = ratio(glazed(stripe(round(widths * DELTA_PX))))
    # Twenty-four displacements stand for all, along one crack.
    assert found == pytest.approx(published, abs=0.02)


@pytest.mark.parametrize(
    ("widths", "published"), [(3, 0.997), (4, 0.772), (5, 0.625), (8, 0.396)]
)
def test_disc_of_equal_contrast(widths: int, published: float) -> None:
    found = ratio(glazed(disc(widths * DELTA_PX)))
    assert found == pytest.approx(published, abs=0.02)

# SPDX-License-Identifier: Apache-2.0
"""Crack networks as lines: length, width and course."""

import cv2
import numpy as np
import pytest

from pellicle.model.raster import Window
from pellicle.raster.centre_lines import centre_lines

WINDOW = Window(100, 200, 200, 300)


def drawn(*lines):
    mask = np.zeros((100, 100), np.uint8)
    for start, end in lines:
        cv2.line(mask, start, end, 1, 1)
    return mask > 0


@pytest.mark.parametrize("width", [1, 3, 5])
def test_a_band_has_its_length_and_width(width) -> None:
    mask = np.zeros((100, 100), bool)
    mask[50 - width // 2 : 51 + width // 2, 10:81] = True
    found = centre_lines(mask, WINDOW)
    assert found.length_px == pytest.approx(70, abs=width + 1)
    assert found.width_px == pytest.approx(width, abs=0.4)


def test_a_diagonal_is_as_long_as_it_is() -> None:
    found = centre_lines(drawn(((10, 10), (60, 60))), WINDOW)
    assert found.length_px == pytest.approx(50 * 2**0.5, rel=0.02)


def test_lines_lie_in_the_raster_and_meet_at_junctions() -> None:
    mask = drawn(((10, 50), (80, 50)), ((45, 50), (45, 90)))
    found = centre_lines(mask, WINDOW)
    assert found.length_px == pytest.approx(110, abs=4)
    ends = np.concatenate([line[[0, -1]] for line in found.lines])
    junction = np.array([245.5, 150.5])
    assert (np.abs(ends - junction).max(axis=1) <= 1.5).sum() >= 3
    assert ends.min(axis=0) == pytest.approx([210.5, 150.5], abs=1)


def test_a_ring_is_one_line() -> None:
    mask = np.zeros((100, 100), np.uint8)
    cv2.circle(mask, (50, 50), 20, 1, 1)
    found = centre_lines(mask > 0, WINDOW)
    assert found.length_px == pytest.approx(2 * np.pi * 20, rel=0.1)


def test_a_single_pixel_is_no_line() -> None:
    mask = np.zeros((100, 100), bool)
    mask[5, 5] = True
    found = centre_lines(mask, WINDOW)
    assert found.length_px == 0
    assert found.width_px == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_a_wandering_band_has_the_length_of_its_course(seed) -> None:
    rng = np.random.default_rng(seed)
    columns = np.arange(5, 95)
    rows = 50 + np.cumsum(rng.choice([-1, 0, 1], len(columns)))
    mask = np.zeros((100, 100), bool)
    for row, column in zip(np.clip(rows, 3, 96), columns, strict=True):
        mask[row - 1 : row + 2, column] = True
    found = centre_lines(mask, WINDOW)
    steps = np.hypot(np.diff(rows), 1).sum()
    assert found.length_px == pytest.approx(steps, rel=0.15)
    assert len(found.lines) < 12


def test_lines_account_for_every_pixel_of_a_network() -> None:
    rng = np.random.default_rng(5)
    ends = rng.integers(5, 95, (12, 2, 2)).tolist()
    mask = drawn(*[(tuple(a), tuple(b)) for a, b in ends])
    found = centre_lines(mask, WINDOW)
    straight = sum(np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in ends)
    assert found.length_px == pytest.approx(straight, rel=0.1)

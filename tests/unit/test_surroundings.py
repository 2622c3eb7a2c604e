# SPDX-License-Identifier: Apache-2.0
"""What the paint around a loss is said to be like, on paint whose kind is known."""

import numpy as np
import pytest
from scipy import ndimage

from pellicle.model.infill_plan import Passage
from pellicle.stages.reconstruct.surroundings import measure_surroundings

SHAPE = (120, 140)
PIXEL_MM = 0.17
ROWS, COLUMNS = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float64)
LOSS = np.hypot(ROWS - 60, COLUMNS - 70) <= 16


def noise(sigma, spread_l):
    """Grain of a size, with a standard deviation in L*."""
    white = np.random.default_rng(3).normal(size=SHAPE)
    grain = ndimage.gaussian_filter(white, sigma)
    return spread_l * grain / grain.std()


def measured(lightness_l, loss=LOSS, known=None):
    known = ~loss if known is None else known
    # What is lost may hold anything: it must not be read.
    hidden = np.where(known, lightness_l, 250.0).astype(np.float32)
    return measure_surroundings(hidden, loss, known, PIXEL_MM)


FLAT = 40 + noise(0.7, 0.4)
GRADED = FLAT + 0.25 * COLUMNS
CANVAS = 45 + noise(1.0, 1.8)
STROKES = 50 + noise((0.8, 9.0), 2.0)
WEAVE = 50 + 6 * np.sin(2 * np.pi * ROWS / 11) * np.sin(2 * np.pi * COLUMNS / 11)


@pytest.mark.parametrize(
    ("lightness_l", "passage"),
    [
        (FLAT, Passage.FLAT),
        (GRADED, Passage.GRADED),
        (CANVAS, Passage.TEXTURED),
        (STROKES, Passage.ORIENTED),
        (WEAVE, Passage.PATTERNED),
    ],
    ids=["flat", "graded", "canvas", "strokes", "weave"],
)
def test_paint_of_a_known_kind_is_recognised(lightness_l, passage):
    assert measured(lightness_l).passage is passage
    assert measured(lightness_l).contours == 0


def test_the_period_of_a_weave_is_told():
    whole = measured(WEAVE)
    assert whole.period_mm == pytest.approx(11 * PIXEL_MM, abs=PIXEL_MM)
    assert whole.repeat > 0.9
    assert measured(CANVAS).period_mm == 0


def test_an_edge_that_crosses_the_loss_counts_where_it_enters_and_where_it_leaves():
    crossed = FLAT + 25 * (ROWS > COLUMNS - 12)
    assert measured(crossed).contours == 2
    ends_inside = FLAT + 25 * ((ROWS > 60) & (COLUMNS < 70))
    assert measured(ends_inside).contours == 2
    beside = FLAT + 25 * (COLUMNS < 30)
    assert measured(beside).contours == 0


def test_an_edge_along_the_rim_is_no_contour_that_runs_in():
    rim = FLAT + 25 * (np.hypot(ROWS - 60, COLUMNS - 70) <= 20)
    assert measured(rim).contours == 0


def test_other_damage_near_is_not_read():
    cracked = np.abs(ROWS - COLUMNS) < 2
    known = ~LOSS & ~cracked
    found = measured(np.where(cracked, 0.0, FLAT), known=known)
    assert found == measured(FLAT, known=known)
    assert found.passage is Passage.FLAT


def test_with_hardly_any_paint_near_nothing_is_said():
    known = np.zeros(SHAPE, np.bool_)
    known[:3, :9] = True
    assert measured(FLAT, known=known) is None
    assert measured(FLAT, known=known & False) is None


def test_where_the_loss_lies_in_the_window_makes_no_difference():
    one = measured(CANVAS)
    moved = np.pad(CANVAS, 30, mode="reflect")
    loss, known = np.pad(LOSS, 30), np.pad(~LOSS, 30)
    assert measure_surroundings(moved.astype(np.float32), loss, known, PIXEL_MM) == one

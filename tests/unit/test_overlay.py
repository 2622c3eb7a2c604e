# SPDX-License-Identifier: Apache-2.0
import importlib
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pellicle.model.condition import DamageClass
from pellicle.model.palette import CLASS_COLOURS
from pellicle.raster.overlay import (
    DIFFERENCE_RAMP,
    NOT_MEASURED,
    condition_overlay,
    difference_heatmap,
    evidence_overlay,
    light_tint,
    mask_on_checkerboard,
    side_by_side,
)

GREY = np.full((20, 30, 3), 100, np.uint8)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it misses matplotlib, which nothing here needs
    colour = importlib.import_module("colour")


def lab(rgb8: np.ndarray) -> np.ndarray:
    return colour.XYZ_to_Lab(colour.sRGB_to_XYZ(np.asarray(rgb8) / 255))


def test_every_damage_class_has_its_own_colour() -> None:
    assert len(CLASS_COLOURS) == len(DamageClass)
    mapped = lab(np.array(CLASS_COLOURS[1:]))
    for index, first in enumerate(mapped):
        others = np.delete(mapped, index, axis=0)
        assert colour.delta_E(np.tile(first, (len(others), 1)), others).min() > 18


@settings(max_examples=25, deadline=None)
@given(
    labels=arrays.arrays(np.uint8, (7, 9), elements=st.integers(0, 8)),
    contour_px=st.integers(0, 3),
)
def test_overlay_never_touches_a_pixel_without_damage(
    labels: np.ndarray, contour_px: int
) -> None:
    rgb8 = np.full((7, 9, 3), 77, np.uint8)
    picture = condition_overlay(rgb8, labels, contour_px=contour_px)
    assert (picture[labels == 0] == 77).all()
    assert (rgb8 == 77).all()


def test_a_one_pixel_crack_is_drawn_in_full_colour() -> None:
    labels = np.zeros((20, 30), np.uint8)
    labels[5, 3:25] = DamageClass.CRAQUELURE
    picture = condition_overlay(GREY, labels)
    assert (picture[5, 3:25] == CLASS_COLOURS[DamageClass.CRAQUELURE]).all()


def test_a_large_loss_has_a_crisp_contour_and_a_picture_that_shows_through() -> None:
    labels = np.zeros((20, 30), np.uint8)
    labels[4:16, 5:25] = DamageClass.LOSS
    picture = condition_overlay(GREY, labels, fill_percent=25)
    red = np.array(CLASS_COLOURS[DamageClass.LOSS])
    assert (picture[4, 5:25] == red).all()
    assert (picture[4:16, 24] == red).all()
    expected = np.rint(100 * 0.75 + red * 0.25)
    assert np.abs(picture[8:12, 10:20] - expected).max() <= 1


def test_a_contour_has_the_width_asked_for() -> None:
    labels = np.zeros((20, 30), np.uint8)
    labels[4:16, 5:25] = DamageClass.LOSS
    for contour_px in (0, 1, 3):
        picture = condition_overlay(GREY, labels, contour_px=contour_px)
        full = (picture == CLASS_COLOURS[DamageClass.LOSS]).all(axis=-1)
        assert full[:, 15].sum() == 2 * contour_px


def test_a_region_cut_by_the_picture_is_not_closed_there() -> None:
    labels = np.full((8, 8), DamageClass.LOSS, np.uint8)
    picture = condition_overlay(GREY[:8, :8], labels)
    assert not (picture == CLASS_COLOURS[DamageClass.LOSS]).all(axis=-1).any()


def test_the_palette_can_be_another() -> None:
    labels = np.ones((4, 4), np.uint8)
    picture = condition_overlay(
        GREY[:4, :4], labels, ((0, 0, 0), (1, 2, 3)), fill_percent=100
    )
    assert (picture == (1, 2, 3)).all()


def test_checkerboard_shows_where_there_is_no_ink_and_ink_hides_it() -> None:
    coverage = np.zeros((32, 32), np.float32)
    coverage[8:16] = 1
    coverage[16:24] = 0.5
    rgb8 = np.full((32, 32, 3), 10, np.uint8)
    picture = mask_on_checkerboard(rgb8, coverage, square_px=4)
    assert (picture[8:16] == 10).all()
    assert set(np.unique(picture[:8])) == {204, 236}
    assert picture[0, 0, 0] != picture[0, 4, 0]
    assert picture[0, 0, 0] == picture[4, 4, 0]
    assert set(np.unique(picture[16:24])) == {107, 123}


def test_heat_map_runs_from_one_end_of_the_ramp_to_the_other_and_stays_there() -> None:
    de00 = np.array([[0, 5, 10, 400]], np.float32)
    picture = difference_heatmap(de00, 10)
    assert tuple(picture[0, 0]) == DIFFERENCE_RAMP[0]
    middle = np.array(DIFFERENCE_RAMP[len(DIFFERENCE_RAMP) // 2], int)
    assert np.abs(picture[0, 1] - middle).max() <= 3
    assert tuple(picture[0, 2]) == tuple(picture[0, 3]) == DIFFERENCE_RAMP[-1]


def test_heat_map_is_neutral_where_nothing_was_compared() -> None:
    de00 = np.array([[np.nan, 1]], np.float32)
    picture = difference_heatmap(de00, 10)
    assert tuple(picture[0, 0]) == NOT_MEASURED
    assert tuple(picture[0, 1]) != NOT_MEASURED


def test_the_picture_beneath_a_heat_map_is_a_faint_neutral_grey() -> None:
    beneath = np.array([[[255, 0, 0], [0, 0, 0], [255, 255, 255]]], np.uint8)
    de00 = np.array([[np.nan, np.nan, 0]], np.float32)
    picture = difference_heatmap(de00, 10, beneath_rgb8=beneath)
    assert (picture[0, :2] == picture[0, :2, :1]).all()
    assert 96 <= picture[0, 1, 0] < picture[0, 0, 0] <= 160
    assert tuple(picture[0, 2]) == DIFFERENCE_RAMP[0]


def test_equal_steps_of_the_ramp_look_equally_large() -> None:
    anchors = lab(np.array(DIFFERENCE_RAMP))
    steps = colour.delta_E(anchors[:-1], anchors[1:], method="CIE 2000")
    assert steps.max() / steps.min() < 1.15
    assert np.diff(anchors[:, 0]).min() > 2


def test_side_by_side_keeps_every_picture_and_centres_the_lower_one() -> None:
    low = np.full((4, 3, 3), 9, np.uint8)
    row = side_by_side([GREY, low], gap_px=5)
    assert row.shape == (20, 38, 3)
    assert (row[:, :30] == 100).all()
    assert (row[8:12, 35:] == 9).all()
    assert (row[:, 30:35] == 128).all()
    assert (row[:8, 35:] == 128).all()


@pytest.mark.parametrize("count", [1, 3])
def test_no_gap_is_left_around_a_row(count: int) -> None:
    row = side_by_side([GREY] * count, gap_px=4)
    assert row.shape == (20, 30 * count + 4 * (count - 1), 3)


def test_evidence_is_grey_at_none_and_the_classs_colour_when_certain() -> None:
    evidence = np.zeros((20, 30, 4), np.uint8)
    evidence[5, :, DamageClass.LOSS - 1] = 255
    evidence[6, :, DamageClass.SPLIT - 1] = 128
    evidence[6, :, DamageClass.ABRASION - 1] = 20
    found = np.zeros((20, 30), np.uint8)
    found[8] = DamageClass.CRAQUELURE
    picture = evidence_overlay(GREY, evidence, found)
    assert (picture[0] == 96 + 25).all()
    assert (picture[5] == CLASS_COLOURS[DamageClass.LOSS]).all()
    half = (np.array(CLASS_COLOURS[DamageClass.SPLIT]) + 121) / 2
    assert np.abs(picture[6] - half).max() <= 1
    assert (picture[8] == light_tint(CLASS_COLOURS[DamageClass.CRAQUELURE])).all()

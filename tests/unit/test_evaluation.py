# SPDX-License-Identifier: Apache-2.0
"""Measures of condition maps, on cases small enough to count by hand."""

import numpy as np
import pytest

from pellicle.learn.condition_scores import ConditionScore, RegionTally
from pellicle.learn.evaluation import (
    LineCounts,
    PixelCounts,
    Reliability,
    f1_of,
)
from pellicle.learn.real_pairs import MarkKind, RealPair, measured
from pellicle.learn.surveys import Survey
from pellicle.model.condition import DamageClass
from pellicle.model.units import PixelSize

LOSS, CRACK = DamageClass.LOSS, DamageClass.CRAQUELURE


def labels(shape=(40, 40)):
    return np.zeros(shape, np.uint8)


def test_f1_is_the_harmonic_mean_and_0_of_nothing():
    assert f1_of(0.5, 1.0) == pytest.approx(2 / 3)
    assert f1_of(0.0, 0.0) == 0


def test_pixels_are_counted_by_class_over_pictures():
    counts = PixelCounts(3)
    counts.add(np.array([[1, 1, 0, 0]], np.uint8), np.array([[1, 0, 1, 0]], np.uint8))
    counts.add(np.array([[1, 1]], np.uint8), np.array([[1, 1]], np.uint8))
    assert counts.precision()[1] == pytest.approx(3 / 4)
    assert counts.recall()[1] == pytest.approx(3 / 4)
    assert counts.f1()[1] == pytest.approx(3 / 4)
    assert counts.f1()[2] == 0


def test_a_line_beside_the_true_one_counts_within_the_tolerance_only():
    truth, near, far = (labels() > 0 for _ in range(3))
    truth[20, 5:35] = near[22, 5:35] = far[24, 5:35] = True
    for found, f1 in ((near, 1.0), (far, 0.0)):
        counts = LineCounts(2)
        counts.add(truth, found, truth_is_line=True)
        assert counts.f1 == pytest.approx(f1)


def test_half_a_line_has_all_precision_and_half_the_recall():
    truth, found = labels() > 0, labels() > 0
    truth[20, 4:36] = found[20, 4:20] = True
    counts = LineCounts(0)
    counts.add(truth, found, truth_is_line=True)
    assert counts.precision == 1
    assert counts.recall == pytest.approx(0.5, abs=0.05)


def test_lines_where_there_are_none_are_all_wrong():
    found = labels() > 0
    found[20, 4:36] = True
    counts = LineCounts(2)
    counts.add(labels() > 0, found)
    assert counts.found_px > 0
    assert counts.precision == 0
    assert counts.f1 == 0


def regions_and_found():
    """Three true regions; one found as it is, one too large, one not; one invented."""
    truth, found = labels() > 0, labels() > 0
    truth[2:8, 2:8] = found[2:8, 2:8] = True
    truth[2:6, 20:24] = found[1:11, 18:28] = True  # IoU 16 / 100
    truth[30:34, 30:34] = found[30:34, 2:6] = True
    return truth, found


def test_regions_match_once_and_by_overlap():
    tally = RegionTally()
    tally.add(*regions_and_found())
    assert (tally.true, tally.found, tally.matched) == (3, 3, 1)
    assert tally.f1 == pytest.approx(1 / 3)


def test_small_regions_can_be_left_out_of_both_maps():
    truth, found = regions_and_found()
    tally = RegionTally()
    tally.add(truth, found, least_px=20)
    assert (tally.true, tally.found, tally.matched) == (1, 2, 1)


def test_confidence_that_is_right_as_often_as_it_says_has_no_error():
    honest, boastful = Reliability(), Reliability()
    right = np.arange(100) < 75
    honest.add(np.full(100, 0.75), right)
    boastful.add(np.full(100, 0.95), right)
    assert honest.expected_error == pytest.approx(0)
    assert boastful.expected_error == pytest.approx(0.2)


def test_certainty_falls_into_the_last_bin():
    reliability = Reliability()
    reliability.add(np.ones(4), np.ones(4, bool))
    assert reliability.count[-1] == 4


def test_a_perfect_map_scores_1_in_everything():
    truth = labels((64, 64))
    truth[5:25, 5:25] = LOSS
    truth[45:48, 2:62] = CRACK
    survey = Survey(truth, np.where(truth > 0, 255, 0).astype(np.uint8))
    score = ConditionScore()
    shown = score.add(truth, survey, PixelSize.from_ppi(300))
    assert shown == {"loss": 1, "craquelure": 1}
    figures = score.as_json()
    assert figures["craquelure_line"]["f1"] == 1
    assert figures["classes"]["loss"]["region_f1"] == 1
    assert figures["expected_error_mapped"] == 0
    assert figures["classes"]["split"]["f1_mean_of_crops"] is None


def test_a_class_that_is_not_looked_for_is_nothing_in_truth():
    truth = labels()
    truth[5:25, 5:25] = DamageClass.DEPOSIT
    survey = Survey(labels(), labels())
    score = ConditionScore()
    assert score.add(truth, survey, PixelSize.from_ppi(300)) == {}
    assert score.pixels.confusion[0, 0] == truth.size


def test_real_pairs_are_measured_as_their_marks_allow():
    marks = labels() > 0
    marks[5:15, 5:15] = True
    found = labels()
    found[5:15, 5:10] = LOSS
    found[5:15, 10:15] = DamageClass.ABRASION
    picture = np.zeros((40, 40, 3), np.uint8)
    loss = measured(RealPair("a", picture, marks, MarkKind.LOSS), found)
    assert loss["loss_iou"] == 0.5
    assert loss["damage_iou"] == loss["loss_or_abrasion_iou"] == 1
    asked = measured(RealPair("b", picture, marks, MarkKind.TO_INFILL), found)
    assert asked["recall"] == 1
    lines = measured(RealPair("c", picture, marks, MarkKind.CRACK_LINES), found)
    assert lines["craquelure"]["f1"] == 0

# SPDX-License-Identifier: Apache-2.0
from itertools import pairwise

import cv2
import numpy as np
import pytest

from pellicle.learn.gradient_similarity import (
    STABILITY,
    gradient_magnitude,
    gradient_similarity,
    luma,
    multiscale_gmsd,
    with_surroundings,
)
from pellicle.learn.infill_damage import InfillClass
from pellicle.learn.infill_frozen import InfillCrop
from pellicle.learn.infill_scores import InfillJudge
from pellicle.learn.seam_step import seam_excess_de00, seam_excess_without_truth
from pellicle.learn.texture_spectrum import grain_without_truth, spectrum_error

SIDE = 128


def texture(seed, side=SIDE):
    """Grain of about 3 px, standard deviation 8 about 120."""
    noise = np.random.default_rng(seed).standard_normal((side, side))
    grain = cv2.GaussianBlur(noise, (0, 0), 1.2)
    return (120 + 8 * grain / grain.std()).astype(np.float32)


def blurred(plane, sigma):
    return cv2.GaussianBlur(plane, (0, 0), sigma)


def hole(side=SIDE):
    mask = np.zeros((side, side), np.bool_)
    mask[24:104, 24:104] = True
    return mask


def lab_of(lightness):
    return np.stack([lightness, np.full_like(lightness, 5), lightness * 0], axis=-1)


def rising(values):
    return all(a < b for a, b in pairwise(values))


# Gradient similarity


def test_gradient_of_a_step_is_its_height_and_similarity_follows_the_formula():
    step = np.zeros((20, 20), np.float32)
    step[:, 10:] = 30
    assert gradient_magnitude(step)[10, 9:11] == pytest.approx(30)
    assert gradient_magnitude(step)[10, 5] == 0
    similar = gradient_similarity(step, np.zeros_like(step), masking=0)
    assert similar[10, 9] == pytest.approx(STABILITY / (900 + STABILITY))
    assert similar[10, 5] == 1
    half = gradient_similarity(step, step / 2)
    product, squares = 30 * 15, 900 + 225
    expected = (1.5 * product + STABILITY) / (squares - 0.5 * product + STABILITY)
    assert half[10, 9] == pytest.approx(expected)


def test_gmsd_is_zero_for_equal_and_for_lighter_pictures_and_symmetric():
    one, other = texture(1), texture(2)
    assert multiscale_gmsd(one, one) == 0
    assert multiscale_gmsd(one, one + 10) == pytest.approx(0, abs=1e-4)
    assert multiscale_gmsd(one, other) == pytest.approx(multiscale_gmsd(other, one))


def test_gmsd_grows_with_blur_noise_and_shift():
    truth = texture(1)
    truth[:, 64:] += 60  # an edge: deviation needs something that differs
    noise = np.random.default_rng(0).standard_normal(truth.shape).astype(np.float32)
    assert rising(
        [0, *(multiscale_gmsd(truth, blurred(truth, s)) for s in (0.6, 1, 2))]
    )
    assert rising([0, *(multiscale_gmsd(truth, truth + s * noise) for s in (1, 4, 8))])
    moved = [np.roll(truth, n, axis=1) for n in (1, 2, 4)]
    assert rising([0, *(multiscale_gmsd(truth, one) for one in moved)])


def test_deviation_sees_a_hole_that_is_wrong_all_over_because_half_is_intact():
    ramp = np.broadcast_to(12 * np.arange(SIDE, dtype=np.float32), (SIDE, SIDE)).copy()
    mask = hole()
    flat = np.where(mask, np.float32(700), ramp)
    around = with_surroundings(mask)
    assert around[mask].all()
    assert around.sum() == pytest.approx(2 * mask.sum(), rel=0.05)
    inner = np.zeros_like(mask)
    inner[40:88, 40:88] = True
    assert multiscale_gmsd(ramp, flat, inner) < 0.02
    assert multiscale_gmsd(ramp, flat, around) > 0.3


def test_luma_is_the_same_for_both_depths():
    eight = np.array([[[10, 200, 90]]], np.uint8)
    expected = 0.299 * 10 + 0.587 * 200 + 0.114 * 90
    assert luma(eight)[0, 0] == pytest.approx(expected, abs=1e-3)
    assert luma(eight.astype(np.uint16) * 257)[0, 0] == pytest.approx(
        expected, abs=1e-3
    )


# Texture spectrum


def test_spectrum_error_is_zero_for_the_truth_and_small_for_the_same_kind_of_grain():
    truth, mask = texture(1), hole()
    other = np.where(mask, texture(2), truth)
    smooth = np.where(mask, np.float32(120), truth)
    assert spectrum_error(truth, truth, mask, 32).mean_db == 0
    same_kind = spectrum_error(truth, other, mask, 32)
    none = spectrum_error(truth, smooth, mask, 32)
    assert same_kind.mean_db < 0.35 * none.mean_db
    assert abs(same_kind.grain_db) < 1
    assert none.grain_db < -5
    assert same_kind.windows == none.windows > 4


def test_spectrum_error_grows_with_blur_and_with_noise_and_says_which():
    truth, mask = texture(1), hole()
    noise = np.random.default_rng(0).standard_normal(truth.shape).astype(np.float32)
    soft = [spectrum_error(truth, blurred(truth, s), mask, 32) for s in (0.5, 1, 2)]
    loud = [spectrum_error(truth, truth + s * noise, mask, 32) for s in (2, 5, 10)]
    assert rising([0, *(one.mean_db for one in soft)])
    assert rising([0, *(one.mean_db for one in loud)])
    assert all(one.grain_db < 0 for one in soft)
    assert all(one.grain_db > 0 for one in loud)


def test_spectrum_ignores_level_and_what_is_too_faint_to_see():
    truth, mask = texture(1), hole()
    assert spectrum_error(truth, truth + 9, mask, 32).mean_db < 0.01
    faint = 120 + 0.02 * (truth - 120)
    flat = np.full_like(truth, 120)
    assert spectrum_error(faint, flat, mask, 32).mean_db < 3
    nowhere = np.zeros_like(mask)
    assert spectrum_error(truth, flat, nowhere, 32).windows == 0


def test_grain_is_told_without_a_truth():
    picture, mask = texture(1), hole()
    assert abs(grain_without_truth(picture, mask, 16)) < 1
    smooth = np.where(mask, blurred(picture, 2), picture)
    assert grain_without_truth(smooth, mask, 16) < -3
    assert grain_without_truth(picture, np.ones_like(mask), 16) == 0


# Seams


def test_a_seam_is_zero_for_the_truth_and_for_other_grain_of_the_same_level():
    mask = hole()
    truth = lab_of(60 + (texture(1) - 120) / 8)
    other = truth.copy()
    other[mask] = lab_of(60 + (texture(2) - 120) / 8)[mask]
    assert seam_excess_de00(truth, truth, mask).max() == 0
    assert seam_excess_de00(truth, other, mask).mean() < 0.5


def test_a_seam_is_the_step_and_grows_with_it():
    mask, truth = hole(), lab_of(np.full((SIDE, SIDE), 60, np.float32))
    found = []
    for step in (1, 3, 6):
        made = truth.copy()
        made[mask, 0] += step
        found.append(seam_excess_de00(truth, made, mask).mean())
    assert rising([0, *found])
    assert found[0] == pytest.approx(0.85, abs=0.1)  # ΔE00 of one L* at L* 60


def test_a_contour_of_the_painting_at_the_edge_is_no_seam():
    mask = hole()
    truth = lab_of(np.where(mask, np.float32(40), np.float32(70)))
    assert seam_excess_de00(truth, truth, mask).max() == 0
    smoother = truth.copy()
    smoother[mask, 0] = 65
    assert seam_excess_de00(truth, smoother, mask).max() == 0
    harder = truth.copy()
    harder[mask, 0] = 30
    assert seam_excess_de00(truth, harder, mask).mean() > 5


def test_a_seam_without_truth_is_measured_against_the_paint_beside_it():
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[50:80, 50:80] = True
    paint = lab_of(60 + (texture(1) - 120) / 8)
    stepped = paint.copy()
    stepped[mask, 0] += 6
    assert abs(seam_excess_without_truth(paint, mask)) < 0.4
    assert seam_excess_without_truth(stepped, mask) > 3
    assert seam_excess_without_truth(paint, np.zeros_like(mask)) == 0


# All of them, on one crop


@pytest.fixture(scope="module")
def judge():
    grey = (texture(3) * 257).astype(np.uint16)
    truth = np.stack([grey, (grey * 0.8).astype(np.uint16), grey // 2], axis=-1)
    crop = InfillCrop("a-medium-1", InfillClass.MEDIUM, truth, truth, hole())
    return InfillJudge(crop), truth


def test_the_truth_scores_perfectly(judge):
    judge, truth = judge
    score = judge.score(truth)
    assert score.psnr_db == pytest.approx(90)
    assert score.de00_mean == score.de00_p95 == score.gmsd == score.seen_de00 == 0
    assert score.spectrum_db == score.grain_db == score.seam_de00 == 0
    assert score.outside_px == 0


def test_an_even_error_has_the_psnr_that_it_must_have(judge):
    judge, truth = judge
    made = truth.copy()
    made[hole()] += np.uint16(655)
    score = judge.score(made)
    assert score.psnr_db == pytest.approx(-20 * np.log10(655 / 65535), abs=0.01)
    assert score.de00_p95 >= score.de00_mean > 0
    assert score.seam_de00 > 0


def test_every_figure_gets_worse_with_a_stronger_blur(judge):
    judge, truth = judge
    scores = []
    for sigma in (0.6, 1.2, 3):
        soft = cv2.GaussianBlur(truth, (0, 0), sigma)
        scores.append(judge.score(np.where(hole()[..., None], soft, truth)))
    for figure in ("de00_mean", "de00_p95", "gmsd", "seen_de00", "spectrum_db"):
        assert rising([0, *(getattr(score, figure) for score in scores)]), figure
    assert rising([-score.psnr_db for score in scores])
    assert rising([-score.grain_db for score in scores])


def test_what_is_changed_outside_is_counted_and_not_scored(judge):
    judge, truth = judge
    made = truth.copy()
    made[0, :5] = 0
    assert judge.score(made).outside_px == 5
    assert judge.score(made).de00_mean == 0


def test_finer_grain_is_seen_less_than_coarse_of_the_same_strength(judge):
    judge, truth = judge
    rng = np.random.default_rng(0)
    fine = rng.choice([-3000, 3000], (SIDE, SIDE))
    coarse = np.kron(
        rng.choice([-3000, 3000], (SIDE // 16, SIDE // 16)), np.ones((16, 16))
    )
    seen = []
    for pattern in (fine, coarse):
        made = truth.astype(np.int64) + (pattern * hole()).astype(np.int64)[..., None]
        seen.append(judge.score(np.clip(made, 0, 65535).astype(np.uint16)).seen_de00)
    assert seen[0] < 0.8 * seen[1]

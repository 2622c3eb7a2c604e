# SPDX-License-Identifier: Apache-2.0
"""The frozen test set is frozen, and the outlines of sound paint can be read."""

import cv2
import numpy as np
import pytest

from pellicle.errors import WorksMissingError
from pellicle.learn.ageing.recipe import Kind, Recipe
from pellicle.learn.frozen import (
    CONTRASTS_L,
    KINDS,
    PLACES,
    ContrastGroup,
    FrozenSet,
    crop_digest,
    fingerprint_of,
)
from pellicle.learn.sound import drawn_works, false_alarms, sound_paint
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize

WORKS = 15


@pytest.fixture
def frozen(tmp_path):
    """Two pictures, far smaller than works are; crops of 160 px."""
    rows, columns = np.mgrid[0:256, 0:320]
    for name, period in (("b", 40), ("a", 25)):
        tone = 120 + 60 * np.sin(rows / period) * np.cos(columns / period)
        picture = np.stack([tone, tone * 0.9, tone * 0.7], axis=2).astype(np.uint8)
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    (tmp_path / "notes.txt").write_text("not a picture")
    return FrozenSet.of(tmp_path, crop_px=160)


def test_the_set_is_the_same_twice(frozen):
    once, again = (
        fingerprint_of(crop_digest(frozen.crop(n)) for n in range(len(frozen)))
        for _ in range(2)
    )
    assert once == again


@pytest.mark.parametrize(
    ("number", "pixels", "mean"),
    [
        (0, {DamageClass.LOSS: 105, DamageClass.CRAQUELURE: 267}, 29_592),
        (
            2,
            {
                DamageClass.LOSS: 405,
                DamageClass.CRAQUELURE: 3_389,
                DamageClass.SPLIT: 1_423,
            },
            25_994,
        ),
        (
            3,
            {
                DamageClass.LOSS: 14,
                DamageClass.CRAQUELURE: 1_537,
                DamageClass.SPLIT: 2_096,
                DamageClass.DISCOLOURED: 21_954,
            },
            24_188,
        ),
    ],
)
def test_the_set_is_the_one_that_figures_were_measured_on(frozen, number, pixels, mean):
    """Who changes ageing on purpose raises `AGEING_VERSION` and measures anew."""
    crop = frozen.crop(number)
    found = {kind: int((crop.truth == kind).sum()) for kind in DamageClass if kind}
    expected = {kind: pixels.get(kind, 0) for kind in found}
    assert found == pytest.approx(expected, rel=0.02, abs=2)
    assert crop.samples.mean() == pytest.approx(mean, rel=0.002)


def test_crops_go_by_file_name_two_to_a_painting(frozen):
    names = [frozen.crop(number).name for number in range(len(frozen))]
    assert names == ["a-1", "a-2", "b-1", "b-2"]


def test_a_crop_is_16_bit_with_its_truth_and_damaged(frozen):
    crop = frozen.crop(0)
    assert crop.samples.shape == (160, 160, 3)
    assert crop.samples.dtype == np.uint16
    assert crop.truth.shape == crop.sound.of_damage.shape == (160, 160)
    assert crop.truth.max() <= max(DamageClass)
    assert crop.truth.any()
    assert crop.pixel_size.ppi == pytest.approx(300)


def test_each_class_is_on_enough_crops_of_fifteen_paintings():
    crops = range(WORKS * len(PLACES))
    for kind in (Kind.LOSS, Kind.ABRASION, Kind.CRAQUELURE, Kind.SPLIT):
        with_kind = [n for n in crops if kind in KINDS[n % len(KINDS)]]
        assert len(with_kind) >= 12
        groups = {n % len(ContrastGroup) for n in with_kind}
        assert len(groups) == len(ContrastGroup)


def test_damage_is_fainter_from_group_to_group():
    easy, medium, faint = (CONTRASTS_L[group] for group in ContrastGroup)
    for kind in (Kind.LOSS, Kind.ABRASION, Kind.CRAQUELURE, Kind.SPLIT):
        assert easy[kind] > medium[kind] > faint[kind]
    assert set(easy) == set(Kind)


def test_a_recipe_takes_the_contrast_it_is_given():
    recipe = Recipe(contrasts_l={Kind.LOSS: 12.5}, plainness=2.0)
    rng = np.random.default_rng(0)
    assert recipe.contrast_l(Kind.LOSS, rng) == 25


def test_some_crops_are_spread_over_the_set(frozen):
    assert frozen.spread(2) == [0, 3]
    assert frozen.spread(99) == [0, 1, 2, 3]


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(WorksMissingError):
        FrozenSet.of(tmp_path)
    with pytest.raises(WorksMissingError):
        FrozenSet.of(tmp_path / "nowhere")


def test_outlines_of_all_works_parse_and_leave_most_of_the_painting():
    names = drawn_works()
    assert len(names) == WORKS
    for name in names:
        sound = sound_paint(name, (300, 200))
        assert sound.outlined
        assert not sound.of_damage[0].any()
        assert sound.of_damage.mean() > 0.6
        assert not (sound.of_cracks & ~sound.of_damage).any()


def test_a_photograph_nobody_looked_at_is_taken_as_sound():
    sound = sound_paint("unknown", (30, 20))
    assert sound.of_damage.all()
    assert sound.of_cracks.all()
    assert not sound.outlined


def test_false_alarms_are_counted_on_sound_paint_only():
    sound = sound_paint("unknown", (100, 100))
    labels = np.zeros((100, 100), np.uint8)
    labels[10:20, 10:20] = DamageClass.LOSS
    labels[50:60, 50:60] = DamageClass.LOSS
    sound.of_damage[50:60, 50:60] = False
    loss = false_alarms(labels, sound, PixelSize(1000.0))["loss"]
    assert loss["sound_px"] == 9900
    assert loss["area_percent"] == pytest.approx(100 / 99)
    assert loss["per_dm2"] == pytest.approx(1 / 0.99)


def test_cracks_that_were_there_before_are_neither_right_nor_wrong():
    sound = sound_paint("p012", (400, 600))
    labels, truth = np.zeros((2, 400, 600), np.uint8)
    truth[100, 100:200] = DamageClass.CRAQUELURE
    labels[101, 100:200] = DamageClass.CRAQUELURE
    labels[150, 100:200] = DamageClass.CRAQUELURE  # in the sky, which is cracked
    labels[300, 100:200] = DamageClass.CRAQUELURE  # where it is not
    labels[150:160, 300:310] = DamageClass.LOSS
    kept = sound.without_real(labels, truth)
    assert kept[101, 100:200].all()
    assert not kept[150, 100:200].any()
    assert kept[300, 100:200].all()
    assert kept[150:160, 300:310].all()


def test_part_of_the_sound_paint_is_that_of_the_window():
    window = Window(100, 50, 200, 250)
    whole = sound_paint("p043", (400, 600))
    np.testing.assert_array_equal(
        whole.part(window).of_cracks, whole.of_cracks[window.slices]
    )

# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from pellicle.learn.ageing.age import LEAST_SHARE
from pellicle.learn.ageing.deposits import draw_deposits, drawn_deposit_plan
from pellicle.learn.ageing.distractors import (
    Distractor,
    DistractorPlan,
    draw_distractors,
    drawn_distractor_plan,
)
from pellicle.learn.ageing.photograph import (
    Photograph,
    drawn_photograph,
    photographed,
)
from pellicle.learn.ageing.scene import Drawn, Layer, Scene, Shade
from pellicle.learn.ageing.sheets import Sheet
from pellicle.learn.ageing.split_plan import SplitPlan, drawn_split_plan
from pellicle.learn.ageing.splits import draw_splits
from pellicle.learn.ageing.varnish import draw_varnish, drawn_varnish_plan
from pellicle.model.arrays import Colour
from pellicle.model.condition import DamageClass
from pellicle.model.units import PixelSize

COARSE, FINE = PixelSize.from_ppi(300), PixelSize.from_ppi(1200)

Draw = Callable[[Scene, np.random.Generator], list[Drawn]]

DRAW: dict[str, Draw] = {
    "splits": lambda scene, rng: draw_splits(scene, drawn_split_plan(rng), rng),
    "deposits": lambda scene, rng: draw_deposits(scene, drawn_deposit_plan(rng), rng),
    "varnish": lambda scene, rng: draw_varnish(scene, drawn_varnish_plan(rng), rng),
    "distractors": lambda scene, rng: draw_distractors(
        scene, drawn_distractor_plan(rng), rng
    ),
} | {
    kind.value: lambda scene, rng, kind=kind: draw_distractors(
        scene, DistractorPlan((kind,), 20.0), rng
    )
    for kind in Distractor
}


def painting(height: int = 150, width: int = 190) -> Colour:
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    waves = 0.3 + 0.25 * np.sin(columns / 23) * np.cos(rows / 31)
    tint = np.array([1.0, 0.8, 0.55], np.float32)
    return np.asarray(waves[..., None] * tint, np.float32)


def scene(pixel_size: PixelSize = COARSE) -> Scene:
    return Scene.of(painting(), pixel_size)


def arrays(drawn: Drawn) -> tuple[np.ndarray, ...]:
    if isinstance(drawn, Layer):
        return drawn.cover, np.asarray(drawn.tone)
    return (np.asarray(drawn.gain),)


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("pixel_size", [COARSE, FINE], ids=["300 ppi", "1200 ppi"])
def test_layers_fit_their_windows_and_the_scene(
    name: str, pixel_size: PixelSize
) -> None:
    aging = scene(pixel_size)
    for seed in range(4):
        for drawn in DRAW[name](aging, np.random.default_rng(seed)):
            assert not drawn.window.empty
            assert drawn.window.within(aging.window) == drawn.window
            for plane in arrays(drawn):
                assert plane.dtype == np.float32
                assert np.isfinite(plane).all()
            if isinstance(drawn, Layer):
                assert drawn.cover.shape == drawn.window.shape
                assert 0 <= drawn.cover.min() <= drawn.cover.max() <= 1
                assert drawn.tone.shape in {(3,), (*drawn.window.shape, 3)}
                assert 0 <= drawn.tone.min() <= drawn.tone.max() <= 1
            else:
                assert drawn.gain.shape[:2] == drawn.window.shape
                assert drawn.gain.min() > 0


@pytest.mark.parametrize("name", DRAW)
def test_same_numbers_draw_the_same(name: str) -> None:
    once, again = (DRAW[name](scene(), np.random.default_rng(3)) for _ in range(2))
    assert len(once) == len(again)
    for one, other in zip(once, again, strict=True):
        assert one.window == other.window
        for a, b in zip(arrays(one), arrays(other), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", Distractor)
def test_distractors_are_no_damage(kind: Distractor) -> None:
    plan = DistractorPlan((kind,), 20.0)
    drawn = draw_distractors(scene(), plan, np.random.default_rng(1))
    assert drawn
    assert {one.label for one in drawn} == {DamageClass.UNMAPPED}


@pytest.mark.parametrize(
    "kind",
    [Distractor.RULED, Distractor.PEARLS, Distractor.SIGNATURE, Distractor.CONTOURS],
)
def test_marks_are_as_large_on_the_painting_at_any_sampling_rate(
    kind: Distractor,
) -> None:
    plan, sides_mm = DistractorPlan((kind,), 20.0), []
    for size, times in ((COARSE, 1), (FINE, 4)):
        same = Scene.of(painting(150 * times, 190 * times), size)
        first = draw_distractors(same, plan, np.random.default_rng(2))[0]
        sides_mm.append(np.array(first.window.shape) * size.mm)
    np.testing.assert_allclose(sides_mm[0], sides_mm[1], atol=0.6)


def plain_split(**changes: object) -> SplitPlan:
    plan = SplitPlan(
        count=1,
        vertical=True,
        lean_deg=0.0,
        wander=0.0,
        length=0.5,
        opening_um=400.0,
        contrast_l=20.0,
        lit_side=1,
        relief=0.0,
        step=0.0,
        flakes_per_cm=0.0,
        doubled=0.0,
        softness_um=0.0,
        ground_rgb=(0.5, 0.5, 0.5),
    )
    return replace(plan, **changes)  # type: ignore[arg-type]


def covered(aging: Scene, plan: SplitPlan, seed: int = 0) -> np.ndarray:
    whole = np.zeros(aging.shape, np.float32)
    for drawn in draw_splits(aging, plan, np.random.default_rng(seed)):
        assert isinstance(drawn, Layer)
        assert drawn.label == DamageClass.SPLIT
        whole[drawn.window.slices] += drawn.cover
    return whole


@pytest.mark.parametrize("vertical", [True, False])
@pytest.mark.parametrize("length", [0.3, 0.6, 1.0, 1.5])
def test_split_crosses_as_far_as_planned(*, vertical: bool, length: float) -> None:
    for seed in range(3):
        plan = plain_split(length=length, vertical=vertical)
        across = 1 if vertical else 0
        crossed = (covered(scene(), plan, seed) > 0).any(axis=across)
        extent = len(crossed)
        assert abs(crossed.sum() - min(length, 1) * extent) <= 1


@pytest.mark.parametrize("vertical", [True, False])
@pytest.mark.parametrize("lean_deg", [0.0, 2.0, 6.0])
def test_the_truth_of_a_thin_split_is_unbroken(
    *, vertical: bool, lean_deg: float
) -> None:
    aging = scene()
    plan = plain_split(
        length=2.0, opening_um=25.0, lean_deg=lean_deg, vertical=vertical
    )
    extent = np.zeros(aging.shape, np.float32)
    for drawn in draw_splits(aging, plan, np.random.default_rng(2)):
        assert isinstance(drawn, Layer)
        assert drawn.extent is not None
        assert (drawn.extent >= drawn.cover).all()
        extent[drawn.window.slices] = drawn.extent
    line = (extent >= LEAST_SHARE[DamageClass.SPLIT]).astype(np.uint8)
    assert line.any(axis=1 if vertical else 0).all()
    assert cv2.connectedComponents(line, connectivity=8)[0] == 2


@pytest.mark.parametrize("lit_side", [-1, 1])
def test_the_sides_of_a_split_catch_different_light(lit_side: int) -> None:
    plan = plain_split(length=2.0, step=0.14, lit_side=lit_side)
    drawn = draw_splits(scene(), plan, np.random.default_rng(1))
    (step,) = (one for one in drawn if isinstance(one, Shade))
    gain = step.gain.mean(axis=0)
    opening = next(one for one in drawn if isinstance(one, Layer))
    left = opening.window.left - step.window.left
    right = opening.window.right - step.window.left
    apart = gain[right : right + 5].mean() - gain[left - 5 : left].mean()
    assert np.sign(apart) == lit_side
    assert abs(apart) > 0.4 * plan.step
    assert step.label is DamageClass.UNMAPPED


def test_split_is_as_wide_on_the_painting_at_any_sampling_rate() -> None:
    plan = plain_split(length=2.0, opening_um=600.0)
    widths_um = [
        np.mean(
            [
                covered(scene(size), plan, seed).sum(axis=1).mean() * size.um
                for seed in range(6)
            ]
        )
        for size in (COARSE, FINE)
    ]
    assert 350 < min(widths_um) <= max(widths_um) < 800
    assert max(widths_um) < 1.4 * min(widths_um)


def test_opening_differs_from_the_paint_by_the_given_contrast() -> None:
    assert abs(drawn_split_plan(np.random.default_rng(0), 17.0).contrast_l) == 17.0


def test_stroke_covers_its_area() -> None:
    way = np.stack([np.linspace(20, 84, 9), np.linspace(30, 78, 9)], axis=1)
    sheet = Sheet.over(scene(), way, 5)
    sheet.stroke(way, 3.0)
    assert sheet.cover().sum() == pytest.approx(80 * 3.0, rel=0.13)


def test_varnish_over_all_is_not_mapped() -> None:
    plan = drawn_varnish_plan(np.random.default_rng(0), 8.0)
    plan = replace(plan, density=0.5, cleaning_tests=1, patches=1, bloomed=0, faded=0)
    drawn = draw_varnish(scene(), plan, np.random.default_rng(0))
    labels = [one.label for one in drawn]
    assert labels == [
        DamageClass.UNMAPPED,
        DamageClass.UNMAPPED,
        DamageClass.DISCOLOURED,
    ]


def test_plain_camera_changes_no_more_than_8_bits_do() -> None:
    plan = Photograph(
        exposure=1.0,
        balance=(1.0, 1.0, 1.0),
        gamma=1.0,
        gradient=0.0,
        blur_px=0.0,
        reduced=1.0,
        sharpening=0.0,
        halo_px=1.0,
        noise=0.0,
        grain_px=1.0,
        jpeg_quality=0,
    )
    seen = photographed(painting(), np.random.default_rng(0), plan)
    assert np.abs(seen - painting()).max() < 0.006


def test_any_camera_keeps_shape_and_range() -> None:
    picture = painting(75, 91)
    for seed in range(12):
        rng = np.random.default_rng(seed)
        seen = photographed(picture, rng, drawn_photograph(rng))
        assert seen.shape == picture.shape
        assert seen.dtype == np.float32
        assert 0 <= seen.min() <= seen.max() <= 1
        assert np.abs(seen.mean() - picture.mean()) < 0.2

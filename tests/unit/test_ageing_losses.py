# SPDX-License-Identifier: Apache-2.0
"""Losses, worn paint and scratches: repeatable, to scale, inside the scene, plain."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pellicle.learn.ageing.abrasion import draw_abrasion, drawn_abrasion_plan
from pellicle.learn.ageing.fields import rough_noise
from pellicle.learn.ageing.grounds import drawn_ground, ground_tone, stepped
from pellicle.learn.ageing.losses import Form, draw_losses, drawn_loss_plan
from pellicle.learn.ageing.network import Crack, CrackNetwork
from pellicle.learn.ageing.scene import Drawn, Layer, Scene, lightness
from pellicle.learn.ageing.scratches import draw_scratches, drawn_scratch_plan
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize

Rng = np.random.Generator
Draw = Callable[[Scene, Rng], list[Drawn]]


def paint(side_px: int = 220, ppi: float = 300) -> Scene:
    rng = np.random.default_rng(5)
    tone = 0.2 + 0.04 * rough_noise(rng, (side_px, side_px), side_px / 3)
    rgb = tone[..., None] * np.array([1.2, 1.0, 0.7], np.float32)
    return Scene.of(np.clip(rgb, 0.01, 1).astype(np.float32), PixelSize.from_ppi(ppi))


def grid(side_px: int) -> CrackNetwork:
    at = np.arange(10.0, side_px, 25.0)
    ends = [np.array([[x, 0.0], [x, side_px]]) for x in at]
    cracks = [Crack(p, np.full(2, 50.0), 0) for e in ends for p in (e, e[:, ::-1])]
    points = np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)
    return CrackNetwork(tuple(cracks), points)


def losses(scene: Scene, rng: Rng) -> list[Drawn]:
    plan = replace(drawn_loss_plan(rng), losses_per_dm2=200.0, specks_per_dm2=300.0)
    return draw_losses(scene, plan, grid(scene.shape[0]), rng)


def wear(scene: Scene, rng: Rng) -> list[Drawn]:
    plan = replace(drawn_abrasion_plan(rng), patches_per_dm2=60.0)
    return draw_abrasion(scene, plan, rng)


def scratches(scene: Scene, rng: Rng) -> list[Drawn]:
    plan = replace(drawn_scratch_plan(rng), shapes_per_dm2=200.0, lines_per_dm2=90.0)
    return draw_scratches(scene, plan, rng)


KINDS = pytest.mark.parametrize("draw", [losses, wear, scratches])


@KINDS
def test_the_same_numbers_draw_the_same_damage(draw: Draw) -> None:
    scene = paint()
    first = draw(scene, np.random.default_rng(3))
    again = draw(scene, np.random.default_rng(3))
    assert first
    for one, other in zip(first, again, strict=True):
        assert one.window == other.window
        if isinstance(one, Layer) and isinstance(other, Layer):
            np.testing.assert_array_equal(one.cover, other.cover)
            np.testing.assert_array_equal(one.tone, other.tone)


@KINDS
def test_layers_keep_to_the_scene_and_to_their_range(draw: Draw) -> None:
    scene = paint()
    for seed in range(12):
        for one in draw(scene, np.random.default_rng(seed)):
            assert one.window.within(scene.window) == one.window
            assert not one.window.empty
            if isinstance(one, Layer):
                assert one.cover.shape == one.window.shape
                assert one.cover.dtype == np.float32
                assert one.tone.dtype == np.float32
                assert one.cover.min() >= 0
                assert one.cover.max() <= 1
                assert one.tone.min() >= 0
                assert one.tone.max() <= 1
            else:
                assert one.gain.dtype == np.float32
                assert one.gain.min() > 0


@pytest.mark.parametrize("form", Form)
def test_every_form_of_loss_is_drawn(form: Form) -> None:
    scene, rng = paint(), np.random.default_rng(11)
    plan = replace(
        drawn_loss_plan(rng),
        weights=tuple(float(form is other) for other in Form),
        median_um=4_000.0,
        losses_per_dm2=300.0,
        specks_per_dm2=0.0,
    )
    layers = [
        one
        for one in draw_losses(scene, plan, grid(220), rng)
        if isinstance(one, Layer)
    ]
    assert {layer.label for layer in layers} == {DamageClass.LOSS}
    assert max(float(layer.cover.max()) for layer in layers) > 0.5


def share_covered(draw: Draw, ppi: float, seeds: int) -> float:
    scene = paint(round(220 * ppi / 300), ppi)
    total = 0.0
    for seed in range(seeds):
        for one in draw(scene, np.random.default_rng(seed)):
            if isinstance(one, Layer):
                total += float(one.cover.sum())
    return total / seeds / (scene.shape[0] * scene.shape[1])


def test_damage_is_the_same_size_on_the_painting_at_any_sampling_rate() -> None:
    def discs(scene: Scene, rng: Rng) -> list[Drawn]:
        plan = replace(
            drawn_loss_plan(rng),
            weights=tuple(float(form is Form.OVAL) for form in Form),
            median_um=2_500.0,
            spread=0.2,
            losses_per_dm2=120.0,
            specks_per_dm2=0.0,
            rests=0.0,
            layered=0.0,
            soft_um=0.0,
        )
        return draw_losses(scene, plan, None, rng)

    coarse, fine = (share_covered(discs, ppi, 8) for ppi in (300, 1200))
    assert fine == pytest.approx(coarse, rel=0.3)


def test_contrast_asked_for_is_reached() -> None:
    scene, window = paint(), Window(20, 30, 120, 140)
    local = float(lightness(scene.local_rgb[window.slices]).mean())
    apart, exact = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        ground = replace(drawn_ground(rng), mottle=0, gradient=0, stain=0, dirt=0)
        tone = ground_tone(scene, window, ground, rng, 20)
        apart.append(abs(float(lightness(tone).mean()) - local))
        faint = ground_tone(scene, window, ground, rng, 6, exactly=True)
        exact.append(abs(float(lightness(faint).mean()) - local))
    assert np.mean(apart) > 18
    assert np.mean(np.array(apart) > 10) > 0.95
    assert 2 < np.mean(exact) < 8


def test_worn_patches_are_dense_enough_to_be_closed() -> None:
    scene = paint(260)
    dense = []
    for seed in range(15):
        for one in wear(scene, np.random.default_rng(seed)):
            assert isinstance(one, Layer)
            assert one.label is DamageClass.ABRASION
            if min(one.window.shape) > 20:
                height, width = one.window.shape
                middle = one.cover[height // 3 : -height // 3, width // 3 : -width // 3]
                dense.append(float((middle > 0.3).mean()))
    assert np.median(dense) > 0.4


def test_border_of_a_field_lies_where_the_field_is_nothing() -> None:
    columns = np.arange(40, dtype=np.float32)
    field = np.broadcast_to((columns - 17.25) * 0.01, (30, 40)).astype(np.float32)
    cover = stepped(field, 1)
    assert cover[15].sum() == pytest.approx(40 - 0.5 - 17.25, abs=0.02)

# SPDX-License-Identifier: Apache-2.0
"""Crack networks and how they are drawn."""

from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest

from pellicle.learn.ageing.age import LEAST_SHARE
from pellicle.learn.ageing.crack_growth import (
    CROSSING_SHARE,
    CrackKind,
    CrackPlan,
    drawn_plan,
    grow_network,
)
from pellicle.learn.ageing.cracks import (
    FAINTEST,
    CrackLook,
    draw_cracks,
    drawn_look,
)
from pellicle.learn.ageing.fields import rough_noise, smooth_noise, weave
from pellicle.learn.ageing.network import Crack, CrackNetwork
from pellicle.learn.ageing.scene import Layer, Scene, Shade, lightness
from pellicle.model.condition import DamageClass
from pellicle.model.units import PixelSize

SCAN = PixelSize.from_ppi(300)
FINE = PixelSize.from_ppi(1200)
AGE = CrackPlan(CrackKind.AGE, 3_000.0)


def rng(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


def scene(side: int = 200, pixel_size: PixelSize = SCAN, grey: float = 0.4) -> Scene:
    return Scene.of(np.full((side, side, 3), grey, np.float32), pixel_size)


def straight(width_um: float, side: int = 200, x: float = 100.2) -> CrackNetwork:
    points = np.array([[x, -10.0], [x, side / 2], [x, side + 10.0]])
    crack = Crack(points, np.full(3, width_um), 0)
    return CrackNetwork((crack,), np.empty((0, 2)))


def layer(drawn: list[Layer | Shade]) -> Layer:
    last = drawn[-1]
    assert isinstance(last, Layer)
    return last


@pytest.mark.parametrize("grain", [1.0, 2.5, 7.0])
def test_noise_has_mean_0_and_deviation_1(grain: float) -> None:
    noise = smooth_noise(rng(), (400, 300), grain)
    assert noise.shape == (400, 300)
    assert noise.dtype == np.float32
    assert abs(float(noise.mean())) < 0.1
    assert float(noise.std()) == pytest.approx(1, abs=0.08)
    assert float(rough_noise(rng(), (400, 300), grain).std()) == pytest.approx(
        1, abs=0.1
    )


def test_weave_is_about_minus_1_to_1() -> None:
    height = weave(rng(), (200, 220), 8.0)
    assert height.shape == (200, 220)
    assert height.min() > -1.5
    assert height.max() < 2
    assert height.std() > 0.3


@pytest.mark.parametrize("kind", CrackKind)
def test_one_generator_gives_one_network_and_one_drawing(kind: CrackKind) -> None:
    plan = replace(AGE, kind=kind, centre=(0.5, 0.5) if kind == "impact" else None)
    one, other = (grow_network(rng(), (200, 200), SCAN, plan) for _ in range(2))
    assert len(one.cracks) == len(other.cracks) > 0
    for crack, same in zip(one.cracks, other.cracks, strict=True):
        assert np.array_equal(crack.points_px, same.points_px)
        assert np.array_equal(crack.width_um, same.width_um)
    look = CrackLook(-20, rim=0.2, cup=0.1)
    first, second = (draw_cracks(scene(), one, look, rng()) for _ in range(2))
    assert np.array_equal(layer(first).cover, layer(second).cover)
    assert np.array_equal(layer(first).tone, layer(second).tone)


@pytest.mark.parametrize("kind", CrackKind)
def test_a_network_is_the_same_on_the_painting_at_any_pixel_size(
    kind: CrackKind,
) -> None:
    plan = replace(AGE, kind=kind)
    coarse = grow_network(rng(), (150, 150), SCAN, plan)
    fine = grow_network(rng(), (600, 600), FINE, plan)
    assert len(coarse.cracks) == len(fine.cracks)
    for crack, same in zip(coarse.cracks, fine.cracks, strict=True):
        assert np.allclose(4 * crack.points_px, same.points_px)
        assert np.allclose(crack.width_um, same.width_um)


def test_a_crack_is_as_wide_on_the_painting_at_300_and_1200_ppi() -> None:
    look = CrackLook(-20, fill_loss=0)
    for pixel_size in (SCAN, FINE):
        cover = layer(
            draw_cracks(scene(200, pixel_size), straight(300), look, rng())
        ).cover
        across_um = cover[50:150].sum(axis=1) * pixel_size.um
        assert np.allclose(across_um, 300, rtol=0.02)


@pytest.mark.parametrize("width_um", [1, 20, 60, 84])
def test_a_crack_is_never_thinner_than_a_pixel_and_still_seen(width_um: float) -> None:
    look = CrackLook(-20, fill_loss=0)
    for x in (100.0, 100.3, 100.5):
        drawn = draw_cracks(scene(), straight(width_um, x=x), look, rng())
        across = layer(drawn).cover[50:150].sum(axis=1)
        assert across.min() >= FAINTEST - 1e-4
        assert across.max() <= 1.001


@pytest.mark.parametrize("lean", [0, 3, 40, 100])
def test_the_truth_of_a_hairline_is_unbroken(lean: float) -> None:
    points = np.array([[80.1, -10.0], [80.1 + lean / 2, 100], [80.1 + lean, 210]])
    network = CrackNetwork((Crack(points, np.full(3, 20.0), 0),), np.empty((0, 2)))
    for contrast_l in (-25, -7):
        look = CrackLook(contrast_l, fill_loss=0)
        extent = layer(draw_cracks(scene(), network, look, rng())).extent
        assert extent is not None
        line = (extent >= LEAST_SHARE[DamageClass.CRAQUELURE]).astype(np.uint8)
        assert cv2.connectedComponents(line, connectivity=8)[0] == 2
        assert line.any(axis=1).sum() == len(line)
        assert line.sum() <= 2.5 * len(line) * np.hypot(1, lean / 220)


def test_no_truth_where_a_crack_has_closed() -> None:
    y = np.linspace(-10, 210, 80)
    points = np.stack([np.full(80, 100.2), y], axis=1)
    network = CrackNetwork((Crack(points, np.full(80, 120.0), 0),), np.empty((0, 2)))
    look = CrackLook(-25, fill_loss=1, fill_um=900)
    drawn = layer(draw_cracks(scene(), network, look, rng(3)))
    assert drawn.extent is not None
    assert not drawn.cover.any(axis=1).all()
    assert not drawn.extent[drawn.cover == 0].any()


@pytest.mark.parametrize("seed", range(8))
def test_what_is_drawn_keeps_the_contract(seed: int) -> None:
    own, canvas = rng(seed), scene(160)
    network = grow_network(own, canvas.shape, SCAN, drawn_plan(own))
    for drawn in draw_cracks(canvas, network, drawn_look(own, 20), own):
        assert drawn.window.within(canvas.window) == drawn.window
        if isinstance(drawn, Shade):
            assert drawn.label is DamageClass.UNMAPPED
            assert drawn.gain.min() > 0
        else:
            assert drawn.label is DamageClass.CRAQUELURE
            assert drawn.cover.shape == drawn.window.shape
            assert drawn.cover.dtype == drawn.tone.dtype == np.float32
            assert drawn.cover.min() >= 0
            assert drawn.cover.max() <= 1
            assert drawn.tone.min() >= 0
            assert drawn.tone.max() <= 1


@pytest.mark.parametrize(("grey", "sign"), [(0.4, -1), (0.001, 1)])
def test_dark_cracks_turn_light_where_paint_is_too_dark(grey: float, sign: int) -> None:
    canvas = scene(grey=grey)
    tone = layer(draw_cracks(canvas, straight(200), CrackLook(-20), rng())).tone
    step = lightness(tone) - lightness(canvas.rgb_linear[0, 0])
    assert np.sign(step).min() == np.sign(step).max() == sign
    assert float(np.abs(step).mean()) == pytest.approx(20, abs=4)


@pytest.mark.parametrize(("light_rad", "lit"), [(np.pi, "left"), (0.0, "right")])
def test_a_raised_edge_catches_light_from_its_side(light_rad: float, lit: str) -> None:
    look = CrackLook(-20, fill_loss=0, rim=0.3, light_rad=light_rad)
    relief = draw_cracks(scene(), straight(170), look, rng())[0]
    assert isinstance(relief, Shade)
    middle = 100 - relief.window.left
    gain = {
        "left": float(relief.gain[20:-20, middle - 3 : middle - 1].mean()),
        "right": float(relief.gain[20:-20, middle + 2 : middle + 4].mean()),
    }
    shaded = "right" if lit == "left" else "left"
    assert gain[lit] > 1.05
    assert gain[shaded] < 0.95


def test_no_crack_draws_nothing() -> None:
    empty = CrackNetwork((), np.empty((0, 2)))
    assert draw_cracks(scene(), empty, CrackLook(-20), rng()) == []
    outside = straight(100, x=-500.0)
    assert draw_cracks(scene(), outside, CrackLook(-20), rng()) == []


def test_t_junctions_dominate_as_in_paintings() -> None:
    network = grow_network(rng(), (500, 500), SCAN, AGE)
    degree: Counter[tuple[float, float]] = Counter()
    for crack in network.cracks:
        for i, point in enumerate(crack.points_px.round(4).tolist()):
            degree[tuple(point)] += 1 if i in {0, len(crack.points_px) - 1} else 2
    inner = [n for (x, y), n in degree.items() if 0 < x < 500 and 0 < y < 500]
    t, crossings = inner.count(3), sum(n > 3 for n in inner)
    assert t > 100
    assert crossings / (t + crossings) <= CROSSING_SHARE[-1][1]


def test_generations_get_finer() -> None:
    network = grow_network(rng(), (500, 500), SCAN, AGE)
    width = [
        np.mean([c.width_um.mean() for c in network.cracks if c.generation == g])
        for g in range(3)
    ]
    assert width[0] > width[1] > width[2]

# SPDX-License-Identifier: Apache-2.0
"""Recolouring does what a glaze can, keeps detail, and says what it cannot."""

import numpy as np
import pytest

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.optics import internal_reflectance, measured_reflectance
from pellicle.colour.recolour import DensityMapping
from pellicle.io.icc import scan_encoding
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.reconstruct.recolour import RecolouredPassage

ENCODING = scan_encoding(None, 3)
GLAZE = np.array([0.85, 0.5, 0.35], np.float32)
"""A madder glaze: its transmittance, both passes."""


def faded_and_unfaded(count=400, seed=1):
    """Linear colours of paint without and with a glaze that faded away."""
    generator = np.random.default_rng(seed)
    inside = generator.uniform(0.05, 0.9, (count, 1)) * generator.uniform(
        0.7, 1.0, (count, 3)
    )
    inside = inside.astype(np.float32)
    return measured_reflectance(inside), measured_reflectance(inside * GLAZE)


def lab(rgb_linear):
    return lab_d50_from_rec2020(np.asarray(rgb_linear, np.float32))


def test_one_pair_brings_back_an_even_glaze_on_every_colour():
    faded, unfaded = faded_and_unfaded()
    mapping = DensityMapping.fitted(lab(faded[:1]), lab(unfaded[:1]))
    made = mapping.applied(faded)
    assert not made.beyond.any()
    assert ciede2000(lab(made.glazed), lab(unfaded)).max() < 0.2


def test_several_pairs_with_errors_of_measurement_come_close():
    faded, unfaded = faded_and_unfaded()
    noise = np.random.default_rng(2).normal(0, 0.7, (6, 3))
    mapping = DensityMapping.fitted(lab(faded[:6]), lab(unfaded[:6]) + noise)
    made = mapping.applied(faded)
    assert np.quantile(ciede2000(lab(made.glazed), lab(unfaded)), 0.95) < 3
    residual = mapping.residual_de00(lab(faded[:6]), lab(unfaded[:6]))
    assert residual.shape == (6,)
    assert residual.max() < 3


def test_paint_that_faded_by_half_its_depth_is_brought_back():
    full = np.linspace(0.2, 2.2, 60)[:, None] * [0.2, 0.7, 1.0]
    faded, unfaded = (
        measured_reflectance(np.exp(-depth).astype(np.float32))
        for depth in (0.5 * full, full)
    )
    pairs = [5, 30, 55]
    mapping = DensityMapping.fitted(lab(faded[pairs]), lab(unfaded[pairs]))
    made = mapping.applied(faded)
    assert ciede2000(lab(made.glazed), lab(unfaded))[5:56].max() < 2.5


def test_a_glaze_only_takes_light_away_and_says_by_how_much_it_falls_short():
    faded, unfaded = faded_and_unfaded(50)
    mapping = DensityMapping.fitted(lab(unfaded[:1]), lab(faded[:1]))  # lighten
    made = mapping.applied(unfaded)
    np.testing.assert_allclose(made.glazed, np.maximum(unfaded, 0), atol=1e-6)
    assert made.beyond.all()
    assert not made.changed.any()
    short = made.shortfall_de00()
    np.testing.assert_allclose(
        short, ciede2000(lab(made.wanted), lab(unfaded)), atol=1e-3
    )
    assert short.min() > 3


def test_what_is_added_stays_within_what_the_pairs_ask_for():
    before = np.array([[50.0, 20, 10], [60, 10, 0], [55, 15, 20]])
    after = before - [[4, 0, 2], [12, -3, 9], [7, 2, 2]]
    mapping = DensityMapping.fitted(before, after)
    grid = np.stack(np.meshgrid(*[np.linspace(0.0, 1.0, 9)] * 3), axis=-1)
    colours = grid.reshape(-1, 3).astype(np.float32)
    made = mapping.applied(colours)
    inside, filtered = internal_reflectance(colours), internal_reflectance(made.glazed)
    lit = inside > 0.01
    added = np.log(inside[lit] / filtered[lit])
    assert added.min() >= -1e-3
    assert added.max() <= mapping.most.max() + 1e-3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_detail_is_kept_and_nothing_else_is_touched(dtype):
    generator = np.random.default_rng(3)
    top = np.iinfo(dtype).max
    samples = generator.integers(top // 4, top // 2, (40, 50, 3)).astype(dtype)
    asked = np.zeros((40, 50), np.uint16)
    asked[10:30, 5:45] = 1
    pair = np.array([[50.0, 0, 0]])
    mapping = DensityMapping.fitted(pair, pair - [[8, -3, -4]])
    stage = RecolouredPassage(scan=ENCODING, mappings=(mapping,))
    made = stage.run_tile(
        {ArtefactKind.SCAN: samples, ArtefactKind.INFILL: asked},
        PixelSize(50.0),
        Window(0, 0, 40, 50),
    )
    new, inside = made[:, :, :3].astype(dtype), asked == 1
    np.testing.assert_array_equal(new[~inside], samples[~inside])
    assert not made[~inside][:, -1].any()
    for band in range(3):
        before, after = samples[inside][:, band], new[inside][:, band]
        assert np.corrcoef(before, after)[0, 1] > 0.99
        if dtype is np.uint16:
            kept = len(np.unique(after)) / len(np.unique(before))
            assert kept > 0.95


def test_where_no_density_is_added_not_a_bit_changes():
    samples = np.full((4, 4, 3), 12_345, np.uint16)
    pair = np.array([[50.0, 0, 0]])
    stage = RecolouredPassage(
        scan=ENCODING, mappings=(DensityMapping.fitted(pair, pair),)
    )
    tiles = {
        ArtefactKind.SCAN: samples,
        ArtefactKind.INFILL: np.ones((4, 4), np.uint16),
    }
    made = stage.run_tile(tiles, PixelSize(50.0), Window(0, 0, 4, 4))
    np.testing.assert_array_equal(made[:, :, :3], samples)
    assert not made[:, :, 3].any()

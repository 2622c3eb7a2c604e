# SPDX-License-Identifier: Apache-2.0
"""Networks: tile edges must not show, and the scan's scale must not either."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellicle.engine.readers import InBlocks, Reduced, Repeated
from pellicle.engine.tiles import TileTask, run_tile_task
from pellicle.io.icc import scan_encoding
from pellicle.io.weights_file import load_condition_weights
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.raster.regions import RegionJoiner
from pellicle.stages.condition.mapping import MapCondition, mapped_classes
from pellicle.stages.condition.network import (
    CONTEXT_STEP,
    ContextCondition,
    DetailCondition,
    working_factor,
    working_raster,
)

WEIGHTS = load_condition_weights()
CONTEXT_TOLERANCE, EVIDENCE_TOLERANCE = 1, 2
"""As the stages state them; of 255."""


@dataclass
class Held:
    pixels: np.ndarray

    def read(self, window: Window) -> np.ndarray:
        return self.pixels[window.slices]


def paint(shape, seed, bands=3):
    """Fields of colour with a dark line and a bare spot, 16 bit."""
    rng = np.random.default_rng(seed)
    height, width = shape
    fields = rng.random((height // 40 + 1, width // 40 + 1, bands))
    samples = np.kron(fields, np.ones((40, 40, 1)))[:height, :width] * 0.4 + 0.2
    samples += rng.normal(0, 0.01, samples.shape)
    samples[height // 3 : height // 3 + 2] *= 0.4
    samples[height // 2 : height // 2 + 30, 5:40] = 0.9
    return (np.clip(samples, 0, 1) * 65535).astype(np.uint16)


def seen(samples, pixel_size, context_tile, detail_tile):
    """Context and evidence of a whole scan, made tile by tile."""
    raster = RasterSpec(*samples.shape[:2], pixel_size)
    encoding = scan_encoding(None, samples.shape[2])
    factor = working_factor(pixel_size)
    working = working_raster(raster, factor)
    around = working_raster(working, CONTEXT_STEP)
    reduced = Reduced(Held(samples), raster.shape, factor)
    context = tiled(
        ContextCondition(network=WEIGHTS.context, scan=encoding),
        {ArtefactKind.SCAN: InBlocks(reduced, working.shape, CONTEXT_STEP)},
        around,
        context_tile,
    )
    evidence = tiled(
        DetailCondition(network=WEIGHTS.detail, scan=encoding),
        {
            ArtefactKind.SCAN: reduced,
            ArtefactKind.CONTEXT: Repeated(Held(context), CONTEXT_STEP),
        },
        working,
        detail_tile,
    )
    return context, evidence


def tiled(stage, inputs, raster, tile_px):
    parts = [
        (window, run_tile_task(TileTask(stage, inputs, raster, window, None)))
        for window in raster.tiles(tile_px)
    ]
    made = np.zeros((*raster.shape, parts[0][1].shape[2]), np.uint8)
    for window, part in parts:
        made[window.slices] = part
    return made


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 99),
    shape=st.tuples(st.integers(90, 420), st.integers(90, 420)),
    tiles=st.tuples(st.integers(20, 60), st.integers(70, 200)),
    um=st.sampled_from([84.667, 42.3]),
)
def test_evidence_of_tiles_is_evidence_of_the_whole(seed, shape, tiles, um) -> None:
    samples, pixel_size = paint(shape, seed), PixelSize(um)
    whole = seen(samples, pixel_size, 4096, 4096)
    parts = seen(samples, pixel_size, *tiles)
    tolerances = CONTEXT_TOLERANCE, EVIDENCE_TOLERANCE
    for one, other, most in zip(whole, parts, tolerances, strict=True):
        assert np.abs(one.astype(int) - other).max() <= most


@pytest.mark.parametrize("factor", [2, 4])
def test_the_same_paint_at_a_finer_scale_gives_the_same_evidence(factor) -> None:
    samples = paint((192, 224), 3)
    finer = samples.repeat(factor, axis=0).repeat(factor, axis=1)
    _, coarse = seen(samples, PixelSize(84.667), 4096, 4096)
    _, fine = seen(finer, PixelSize(84.667 / factor), 4096, 4096)
    np.testing.assert_array_equal(coarse, fine)


@pytest.mark.parametrize(
    ("shape", "bands"), [((1, 1), 3), ((3, 200), 3), ((17, 16), 1), ((64, 64), 1)]
)
def test_tiny_and_grey_scans_have_evidence(shape, bands) -> None:
    samples = np.full((*shape, bands), 30000, np.uint16)
    _, evidence = seen(samples, PixelSize(84.667), 4096, 4096)
    assert evidence.shape == (*shape, 4)


@pytest.mark.parametrize("grey", [3_000, 12_000, 30_000, 50_000, 64_000])
def test_nothing_is_mapped_on_a_featureless_scan(grey) -> None:
    samples = np.full((256, 256, 3), grey, np.uint16)
    pixel_size = PixelSize(84.667)
    _, evidence = seen(samples, pixel_size, 4096, 4096)
    stage = MapCondition(thresholds=WEIGHTS.thresholds)
    window = Window(0, 0, 256, 256)
    found = stage.run_tile({ArtefactKind.CONDITION: evidence}, pixel_size, window)
    joiner = RegionJoiner((256, 256), 256)
    joiner.add(window, found[..., 0].copy(), found[..., 1].copy())
    shapes, _ = joiner.finish()
    assert not mapped_classes(shapes, pixel_size, stage).any()

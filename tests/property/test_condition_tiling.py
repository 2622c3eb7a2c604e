# SPDX-License-Identifier: Apache-2.0
"""Condition: tile edges must not show."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pellicle.colour.encoding import ScanEncoding
from pellicle.io.icc import scan_encoding
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.stages.condition.classical.evidence import CoarseEvidence
from pellicle.stages.condition.classical.fine import FineCondition

ENCODING: ScanEncoding = scan_encoding(None, 3)
GROUND_SAMPLES = np.array([[[200, 190, 170]]], np.uint8)


def damaged_paint(seed: int, shape: tuple[int, int], dtype: type) -> np.ndarray:
    """Restless paint with bared spots, dark and light lines of several directions."""
    rng = np.random.default_rng(seed)
    paint = 90 + 30 * rng.random((shape[0] // 16 + 1, shape[1] // 16 + 1, 3))
    samples = np.kron(paint, np.ones((16, 16, 1)))[: shape[0], : shape[1]]
    samples += rng.normal(0, 6, samples.shape)
    for _ in range(12):
        r, c = rng.integers(0, shape[0]), rng.integers(0, shape[1])
        dy, dx = rng.normal(0, 1, 2)
        steps = np.arange(60)
        rows = np.clip(r + dy * steps, 0, shape[0] - 1).astype(int)
        columns = np.clip(c + dx * steps, 0, shape[1] - 1).astype(int)
        samples[rows, columns] += rng.choice([-70, 60])
    for _ in range(25):
        r, c = rng.integers(0, shape[0]), rng.integers(0, shape[1])
        size = rng.integers(1, 9)
        samples[r : r + size, c : c + size] = GROUND_SAMPLES[0, 0]
    whole = np.clip(samples, 0, 255).astype(np.uint8)
    return whole.astype(np.uint16) * 257 if dtype is np.uint16 else whole


def evidence(seed: int, shape: tuple[int, int], factor: int) -> CoarseEvidence:
    rng = np.random.default_rng(seed + 1)
    small = (-(-shape[0] // factor), -(-shape[1] // factor))
    planes = [(rng.random(small) < part).astype(np.uint8) for part in (0.3, 0.1, 0.02)]
    ground = ENCODING.lab_d50(GROUND_SAMPLES)[0].astype(np.float32)
    return CoarseEvidence.of(factor, ground, np.ones(1, np.float32), tuple(planes))


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 1000),
    shape=st.tuples(st.integers(30, 170), st.integers(30, 170)),
    tile_px=st.integers(17, 120),
    um=st.sampled_from([150.0, 84.7, 50.0]),
    dtype=st.sampled_from([np.uint8, np.uint16]),
)
def test_condition_of_tiles_is_condition_of_the_whole(
    seed, shape, tile_px, um, dtype
) -> None:
    samples = damaged_paint(seed, shape, dtype)
    pixel_size = PixelSize(um)
    stage = FineCondition(
        coarse=evidence(seed, shape, 3), scan=ENCODING, widest_crack_um=255
    )
    raster = RasterSpec(*shape, pixel_size)
    whole = stage.run_tile({ArtefactKind.SCAN: samples}, pixel_size, raster.window)
    halo = stage.halo_px(pixel_size)
    for tile in raster.tiles(tile_px):
        read = tile.expanded(halo, raster.window)
        found = stage.run_tile(
            {ArtefactKind.SCAN: samples[read.slices]}, pixel_size, read
        )
        inner = tile.relative_to(read)
        np.testing.assert_array_equal(found[inner.slices], whole[tile.slices])
    assert whole[..., 0].any()


def test_every_kind_of_candidate_is_met_by_this_test() -> None:
    shape = (170, 170)
    stage = FineCondition(coarse=evidence(3, shape, 3), scan=ENCODING)
    pixel_size = PixelSize(84.7)
    found = stage.run_tile(
        {ArtefactKind.SCAN: damaged_paint(3, shape, np.uint8)},
        pixel_size,
        RasterSpec(*shape, pixel_size).window,
    )
    assert len(np.unique(found[..., 0])) >= 7

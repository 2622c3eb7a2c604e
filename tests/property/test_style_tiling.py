# SPDX-License-Identifier: Apache-2.0
"""Styles and recolouring do not depend on the tiles they are made in."""

import numpy as np
import pytest
from scipy import ndimage

from pellicle.colour.recolour import DensityMapping
from pellicle.io.icc import scan_encoding
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import RasterSpec
from pellicle.model.style import RetouchingStyle
from pellicle.model.units import PixelSize
from pellicle.raster.local_means import Box, box_sums, local_means
from pellicle.stages.contract import TileStage
from pellicle.stages.reconstruct.recolour import RecolouredPassage
from pellicle.stages.reconstruct.style import StyledInfill
from pellicle.stages.reconstruct.tones import CellSums, NeutralTones

ENCODING = scan_encoding(None, 3)
PIXEL_SIZE = PixelSize(200.0)
SHAPE = (230, 190)


def rasters(seed: int) -> dict[ArtefactKind, np.ndarray]:
    generator = np.random.default_rng(seed)
    noise = generator.standard_normal((*SHAPE, 3))
    soft = ndimage.gaussian_filter(noise, (3, 3, 0))
    samples = np.clip(30_000 + 90_000 * soft + 900 * noise, 0, 65_535)
    ragged = ndimage.gaussian_filter(generator.standard_normal(SHAPE), 8)
    where = ragged > np.quantile(ragged, 0.6)
    numbers, _ = ndimage.label(where)
    codes = np.array([0, 1, 2, 3, 4, 1, 2], np.uint8)[numbers % 7]
    return {
        ArtefactKind.SCAN: np.rint(samples).astype(np.uint16),
        ArtefactKind.RECONSTRUCTION: np.rint(samples).astype(np.uint16),
        ArtefactKind.INFILL: codes * where,
        ArtefactKind.REGIONS: numbers.astype(np.uint32),
    }


def tiled(
    stage: TileStage, planes: dict[ArtefactKind, np.ndarray], tile_px: int
) -> np.ndarray:
    raster = RasterSpec(*SHAPE, PIXEL_SIZE)
    result = None
    for tile in raster.tiles(tile_px):
        read = tile.expanded(stage.halo_px(PIXEL_SIZE), raster.window)
        parts = {kind: pixels[read.slices] for kind, pixels in planes.items()}
        made = stage.run_tile(parts, PIXEL_SIZE, read)
        if result is None:
            result = np.zeros((*SHAPE, *made.shape[2:]), made.dtype)
        result[tile.slices] = made[tile.relative_to(read).slices]
    assert result is not None
    return result


@pytest.mark.parametrize("seed", [1, 2])
def test_styles_are_the_same_at_every_tile_size(seed: int) -> None:
    planes = rasters(seed)
    window = RasterSpec(*SHAPE, PIXEL_SIZE).window
    linear = ENCODING.linear(planes[ArtefactKind.RECONSTRUCTION])
    numbers = planes[ArtefactKind.REGIONS]
    tones = {}
    for number in range(1, int(numbers.max()) + 1):
        tones[number] = CellSums.empty(window, 40)
        tones[number].add(linear, numbers == number, window)
    stage = StyledInfill(scan=ENCODING, tones=NeutralTones(tones), stroke_length_mm=3)
    whole = tiled(stage, planes, 1000)
    codes = planes[ArtefactKind.INFILL]
    for style in list(RetouchingStyle)[1:]:
        changed = (whole != planes[ArtefactKind.RECONSTRUCTION]).any(axis=2)
        assert changed[codes == style.code].any()
    for tile_px in (47, 128):
        np.testing.assert_array_equal(tiled(stage, planes, tile_px), whole)


def test_recolouring_is_the_same_at_every_tile_size() -> None:
    planes = rasters(3)
    before = np.array([[60.0, 10, 10], [40, 5, 0], [20, 0, 0]])
    mappings = (
        DensityMapping.fitted(before[:1], before[:1] - [[10, 5, -10]]),
        DensityMapping.fitted(before, before - [[10, 5, -10], [5, 0, 0], [-4, 0, 3]]),
    )
    stage = RecolouredPassage(scan=ENCODING, mappings=mappings)
    planes[ArtefactKind.INFILL] = planes[ArtefactKind.INFILL].astype(np.uint16)
    whole = tiled(stage, planes, 1000)
    np.testing.assert_array_equal(tiled(stage, planes, 61), whole)


def test_sums_over_boxes_are_those_of_their_pixels() -> None:
    values = np.random.default_rng(4).integers(0, 2**40, (13, 17, 2))
    box = Box(above=2, below=1, left=0, right=3)
    sums = box_sums(values, box)
    for row, column in ((0, 0), (5, 8), (12, 16)):
        part = values[max(row - 2, 0) : row + 2, column : column + 4]
        np.testing.assert_array_equal(sums[row, column], part.sum(axis=(0, 1)))


def test_means_over_boxes_count_the_set_only() -> None:
    values = np.random.default_rng(5).random((9, 9, 3)).astype(np.float32)
    where = np.zeros((9, 9), bool)
    where[2, 3] = where[4, 4] = True
    values[~where] = np.nan
    means = local_means(values, where, Box.sized(5, 5))
    np.testing.assert_allclose(
        means[3, 3], (values[2, 3] + values[4, 4]) / 2, atol=1e-6
    )
    assert (means[8, 8] == 0).all()

# SPDX-License-Identifier: Apache-2.0
"""The mask of a painting does not depend on the tiles it is made in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from pellicle.io.icc import output_profile, scan_encoding
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.raster.choke import choke_reach_px, choked_share
from pellicle.stages.contract import TileStage
from pellicle.stages.mask.separation import FilmSeparation
from pellicle.stages.proof.appearance import PredictedAppearance

SETUP, ICC = load_print_setup(DEFAULT_PRINT_SETUP)


@pytest.fixture(scope="module")
def separation() -> FilmSeparation:
    return FilmSeparation(
        setup=SETUP, scan=scan_encoding(None, 3), ink=output_profile(ICC)
    )


def blotches(
    generator: np.random.Generator, shape: tuple[int, int], grain_px: float
) -> np.ndarray:
    noise = ndimage.gaussian_filter(generator.standard_normal(shape), grain_px)
    return noise >= np.quantile(noise, generator.choice([0, 0.02, 0.2, 0.5, 0.8]))


def tiled(
    stage: TileStage,
    rasters: dict[ArtefactKind, np.ndarray],
    pixel_size: PixelSize,
    tile_px: int,
) -> np.ndarray:
    height, width = rasters[ArtefactKind.SCAN].shape[:2]
    raster = RasterSpec(height, width, pixel_size)
    result = None
    for tile in raster.tiles(tile_px):
        read = tile.expanded(stage.halo_px(pixel_size), raster.window)
        parts = {kind: pixels[read.slices] for kind, pixels in rasters.items()}
        made = stage.run_tile(parts, pixel_size, read)
        if result is None:
            result = np.zeros((height, width, *made.shape[2:]), made.dtype)
        result[tile.slices] = made[tile.relative_to(read).slices]
    assert result is not None
    return result


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    grain_px=st.sampled_from([0.0, 1.0, 3.0, 6.0]),
    choke_px=st.floats(0, 6),
    tile_px=st.integers(1, 40),
)
def test_choke_is_the_same_at_every_tile_size(  # noqa: PLR0913
    *,
    seed: int,
    height: int,
    width: int,
    grain_px: float,
    choke_px: float,
    tile_px: int,
) -> None:
    region = blotches(np.random.default_rng(seed), (height, width), grain_px)
    whole = choked_share(region, choke_px)
    raster = RasterSpec(height, width, PixelSize(10.0))
    for tile in raster.tiles(max(tile_px, 5)):
        read = tile.expanded(choke_reach_px(choke_px), raster.window)
        share = choked_share(region[read.slices], choke_px)
        np.testing.assert_array_equal(
            share[tile.relative_to(read).slices], whole[tile.slices]
        )


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    tile_px=st.integers(7, 50),
    um=st.sampled_from([21.2, 42.3, 70.0]),
    levels=st.sampled_from([(0.0, 1.0), (0.0, 0.5, 1.0)]),
    transmittance=st.sampled_from([1.0, 0.93]),
)
def test_mask_and_proof_are_the_same_at_every_tile_size(  # noqa: PLR0913
    separation: FilmSeparation,
    *,
    seed: int,
    tile_px: int,
    um: float,
    levels: tuple[float, ...],
    transmittance: float,
) -> None:
    generator = np.random.default_rng(seed)
    shape = (53, 47)
    white = SETUP.white.model_copy(update={"levels": levels, "yule_nielsen": 1.6})
    film = SETUP.film.model_copy(update={"transmittance": transmittance})
    setup = SETUP.model_copy(update={"white": white, "film": film})
    stage = separation.model_copy(update={"setup": setup})
    intent = blotches(generator, shape, 3.0).astype(np.uint8)
    intent[blotches(generator, shape, 5.0)] *= 2
    rasters = {
        ArtefactKind.SCAN: generator.integers(0, 65_536, (*shape, 3), np.uint16),
        ArtefactKind.RECONSTRUCTION: generator.integers(
            0, 65_536, (*shape, 3), np.uint16
        ),
        ArtefactKind.INFILL: intent,
    }
    pixel_size = PixelSize(um)
    planes = tiled(stage, rasters, pixel_size, 64)
    np.testing.assert_array_equal(tiled(stage, rasters, pixel_size, tile_px), planes)
    assert not planes[intent == 0].any()

    # Made from planes for more, it is what it would be made from nothing.
    fewer = intent * blotches(generator, shape, 4.0)
    less = {**rasters, ArtefactKind.INFILL: fewer}
    np.testing.assert_array_equal(
        tiled(stage, {**less, ArtefactKind.MASK: planes}, pixel_size, tile_px),
        tiled(stage, less, pixel_size, 64),
    )

    proof = PredictedAppearance(setup=setup, scan=stage.scan, ink=stage.ink)
    laid_on = {ArtefactKind.SCAN: rasters[ArtefactKind.SCAN], ArtefactKind.MASK: planes}
    np.testing.assert_array_equal(
        tiled(proof, laid_on, pixel_size, tile_px),
        tiled(proof, laid_on, pixel_size, 64),
    )

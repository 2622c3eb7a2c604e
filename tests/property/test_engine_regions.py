# SPDX-License-Identifier: Apache-2.0
"""Regions of a whole raster on disk are those of labelling it at once."""

from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import ndimage

from pellicle.engine import regions as engine_regions
from pellicle.engine.readers import Stored
from pellicle.engine.regions import (
    NUMBERS,
    RegionTile,
    ask_each,
    number_regions,
    renumber,
)
from pellicle.engine.workers import SerialExecutor, worker_pool
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array, Mask
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.raster.regions import RegionShape

EIGHT = np.ones((3, 3))
RASTERS = npst.arrays(
    np.uint8,
    st.tuples(st.integers(1, 24), st.integers(1, 24)),
    elements=st.sampled_from([0, 0, 1]),
)


def numbered(
    labels: Array, folder: Path, tile_px: int
) -> tuple[tuple[RegionShape, ...], RasterStore, RasterSpec]:
    raster = RasterSpec(*labels.shape, PixelSize(50.0))
    store = RasterStore.create(folder, raster.shape, {NUMBERS: PlaneSpec("uint32")})
    tiles = (
        RegionTile(tile, labels[tile.slices], labels[tile.slices])
        for tile in raster.tiles(tile_px)
    )
    shapes, final = number_regions(tiles, raster, store, tile_px)
    renumber(store, raster, final)
    return tuple(shapes), store, raster


def number_of(shape: RegionShape) -> int:
    return shape.number


def pixels_and_place(shape: RegionShape, mask: Mask) -> tuple[int, int, int]:
    rows, columns = np.nonzero(mask)
    return (
        len(rows),
        int(rows.sum()) + len(rows) * shape.window.top,
        int(columns.sum()) + len(rows) * shape.window.left,
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(labels=RASTERS, tile_px=st.integers(1, 25))
def test_numbers_on_disk_are_those_of_the_whole_raster(
    tmp_path_factory: pytest.TempPathFactory, labels: Array, tile_px: int
) -> None:
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_regions, "TILE_PX", tile_px)
        shapes, store, raster = numbered(labels, folder, tile_px)
    expected, count = ndimage.label(labels, EIGHT)  # in reading order too
    np.testing.assert_array_equal(store.read(NUMBERS, raster.window), expected)
    assert [shape.number for shape in shapes] == list(range(1, count + 1))


@pytest.fixture(scope="module")
def spots() -> Array:
    generator = np.random.default_rng(2)
    spots = generator.random((700, 900)) > 0.999
    spots = ndimage.binary_dilation(spots, EIGHT, iterations=3)
    spots[10:690, 450] = True
    return spots.astype(np.uint8)


@pytest.fixture(scope="module")
def pools() -> Iterator[tuple[Executor, Executor]]:
    with worker_pool(2) as two:
        yield SerialExecutor(), two


@pytest.mark.parametrize("workers", [1, 2])
def test_each_region_is_asked_with_its_own_pixels(
    spots: Array,
    tmp_path: Path,
    pools: tuple[Executor, Executor],
    workers: int,
) -> None:
    folder = tmp_path / "raster.zarr"
    shapes, _, raster = numbered(spots, folder, 256)
    answers = ask_each(
        pools[workers - 1],
        Stored(str(folder), NUMBERS),
        shapes,
        number_of,
        pixels_and_place,
    )
    expected, count = ndimage.label(spots, EIGHT)
    assert list(answers) == list(range(1, count + 1))
    rows, columns = np.indices(raster.shape)
    index = np.arange(1, count + 1)
    np.testing.assert_array_equal(
        np.array(list(answers.values())),
        np.stack(
            [
                ndimage.sum_labels(np.ones_like(rows), expected, index),
                ndimage.sum_labels(rows, expected, index),
                ndimage.sum_labels(columns, expected, index),
            ],
            axis=1,
        ),
    )


def test_region_read_in_strips_has_all_its_pixels(
    spots: Array, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "raster.zarr"
    shapes, _, _ = numbered(spots, folder, 256)
    largest = max(shapes, key=lambda shape: shape.pixels)
    monkeypatch.setattr(engine_regions, "TILE_PX", 50)
    answers = ask_each(
        SerialExecutor(),
        Stored(str(folder), NUMBERS),
        [largest],
        number_of,
        pixels_and_place,
    )
    assert answers == {largest.number: (largest.pixels, largest.sum_y, largest.sum_x)}


def test_numbering_again_after_a_crash_gives_the_same(
    spots: Array, tmp_path: Path
) -> None:
    folder = tmp_path / "raster.zarr"
    shapes, store, raster = numbered(spots, folder, 256)
    before = store.read(NUMBERS, raster.window)
    again, store, _ = numbered(spots, folder, 256)
    assert again == shapes
    np.testing.assert_array_equal(store.read(NUMBERS, raster.window), before)


def test_raster_without_damage_has_no_regions(tmp_path: Path) -> None:
    shapes, _, _ = numbered(np.zeros((9, 9), np.uint8), tmp_path / "raster.zarr", 4)
    assert shapes == ()
    found = ask_each(
        SerialExecutor(),
        Stored(str(tmp_path / "raster.zarr"), NUMBERS),
        shapes,
        number_of,
        pixels_and_place,
    )
    assert found == {}

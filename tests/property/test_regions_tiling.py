# SPDX-License-Identifier: Apache-2.0
"""Joining regions: tile edges must not show."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import ndimage

from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.raster.regions import RegionJoiner, region_id

RASTERS = npst.arrays(
    np.uint8,
    st.tuples(st.integers(1, 24), st.integers(1, 24)),
    elements=st.sampled_from([0, 0, 1, 1, 2]),
)


def joined(labels, tile_px):
    confidence = (labels.astype(int) * 40 + np.arange(labels.shape[1])).astype(np.uint8)
    joiner = RegionJoiner(labels.shape, tile_px)
    numbers = np.zeros(labels.shape, np.uint32)
    for tile in RasterSpec(*labels.shape, PixelSize(40.0)).tiles(tile_px):
        numbers[tile.slices] = joiner.add(
            tile, labels[tile.slices], confidence[tile.slices]
        )
    shapes, lookup = joiner.finish()
    return tuple(shapes), lookup[numbers]


@settings(max_examples=150, deadline=None)
@given(labels=RASTERS, tile_px=st.integers(1, 25))
def test_regions_are_the_same_at_every_tile_size(labels, tile_px) -> None:
    whole_shapes, whole_numbers = joined(labels, max(labels.shape))
    shapes, numbers = joined(labels, tile_px)
    assert shapes == whole_shapes
    np.testing.assert_array_equal(numbers, whole_numbers)


@settings(max_examples=100, deadline=None)
@given(labels=RASTERS, tile_px=st.integers(1, 9))
def test_regions_are_those_of_labelling_the_whole_raster(labels, tile_px) -> None:
    shapes, numbers = joined(labels, tile_px)
    found = 0
    for value in (1, 2):
        expected, count = ndimage.label(labels == value, np.ones((3, 3)))
        found += count
        for k in range(1, count + 1):
            inside = expected == k
            assert len(np.unique(numbers[inside])) == 1
            shape = shapes[numbers[inside][0] - 1]
            assert shape.pixels == inside.sum()
            rows, columns = np.nonzero(inside)
            assert shape.window == Window(
                rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
            )
    assert found == len(shapes)
    assert len({region_id(shape, shape.label) for shape in shapes}) == found

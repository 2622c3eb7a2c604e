# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from pellicle.model.raster import Window
from pellicle.raster.width_classes import width_classes, width_reach_px


@pytest.mark.parametrize("width_px", [1, 2, 3, 4, 7, 8])
def test_a_stripe_is_exactly_as_wide_as_its_pixels(width_px: int) -> None:
    region = np.zeros((60, 80), np.bool_)
    region[20 : 20 + width_px] = True
    for asked, expected in ((width_px, 2), (width_px + 0.1, 1), (width_px - 0.1, 2)):
        classes = width_classes(region, [asked])
        assert np.unique(classes[region]).tolist() == [expected]
        assert not classes[~region].any()


def test_an_arm_is_told_from_its_body_and_corners_are_not() -> None:
    region = np.zeros((80, 160), np.bool_)
    region[20:60, 20:60] = True
    region[38:42, 60:150] = True
    classes = width_classes(region, [8.0, 16.0])
    assert (classes[20:60, 20:60] == 3).all()
    assert (classes[38:42, 70:] == region[38:42, 70:]).all()
    # The first half of the width belongs to the body.
    assert (classes[38:42, 60:65] == 3).all()


def test_between_the_two_widths_is_a_class_of_its_own() -> None:
    region = np.zeros((50, 50), np.bool_)
    region[10:22] = True
    classes = width_classes(region, [8.0, 16.0])
    assert np.unique(classes[region]).tolist() == [2]


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    grain_px=st.sampled_from([1.0, 2.0, 4.0]),
    widest_px=st.floats(0.3, 9),
    tile_px=st.integers(5, 40),
)
def test_classes_are_the_same_at_every_tile_size(
    seed: int, grain_px: float, widest_px: float, tile_px: int
) -> None:
    noise = np.random.default_rng(seed).standard_normal((61, 57))
    region = ndimage.gaussian_filter(noise, grain_px) > 0
    widths = [widest_px * 0.46, widest_px]
    whole = width_classes(region, widths)
    raster = Window(0, 0, *region.shape)
    for top in range(0, 61, tile_px):
        for left in range(0, 57, tile_px):
            tile = Window(top, left, top + tile_px, left + tile_px).within(raster)
            wide = tile.expanded(width_reach_px(widest_px), raster)
            classes = width_classes(region[wide.slices], widths)
            np.testing.assert_array_equal(
                classes[tile.relative_to(wide).slices], whole[tile.slices]
            )

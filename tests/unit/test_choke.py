# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from scipy import ndimage

from pellicle.raster.choke import (
    choke_reach_px,
    choked_share,
    squared_distance,
    widest_px,
)


def stripe(width_px: int, length_px: int = 40) -> np.ndarray:
    region = np.zeros((width_px + 8, length_px), np.bool_)
    region[4 : 4 + width_px] = True
    return region


def disc(diameter_px: float, shape: tuple[int, int] = (60, 60)) -> np.ndarray:
    rows, columns = np.indices(shape)
    centre = (shape[0] - 1) / 2
    return (rows - centre) ** 2 + (columns - centre) ** 2 < (diameter_px / 2) ** 2


@pytest.mark.parametrize(
    ("width_px", "white_px"), [(9, 5.0), (3, 1.0), (1, 0.667), (6, 2.0)]
)
def test_choke_of_two_pixels_leaves_a_stripe(width_px: int, white_px: float) -> None:
    across = choked_share(stripe(width_px), 2.0)[:, 20]
    np.testing.assert_allclose(across.sum(), white_px, atol=5e-4)


@pytest.mark.parametrize("width_px", [2, 3, 4, 5, 6])
def test_thin_stripe_keeps_a_third_of_its_width(width_px: int) -> None:
    across = choked_share(stripe(width_px), 4.0)[:, 20]
    np.testing.assert_allclose(across.sum(), width_px / 3, atol=1e-6)


def test_fraction_of_a_pixel_of_choke_thins_the_outermost_pixels() -> None:
    across = choked_share(stripe(9), 1.25)[:, 20]
    np.testing.assert_allclose(across[4:7], [0, 0.75, 1])


def test_without_choke_the_white_is_as_wide_as_the_colour() -> None:
    region = disc(20)
    np.testing.assert_array_equal(choked_share(region, 0.0), region.astype(np.float32))
    assert choke_reach_px(0.0) == 0


def test_white_never_reaches_outside_the_colour() -> None:
    region = np.random.default_rng(3).random((50, 70)) < 0.8
    share = choked_share(region, 1.7)
    assert not share[~region].any()
    assert share.min() >= 0
    assert share.max() <= 1
    assert share[region].any()


def test_edge_of_the_raster_is_an_edge_of_the_colour() -> None:
    share = choked_share(np.ones((30, 40), np.bool_), 2.0)
    expected = np.zeros((30, 40), np.float32)
    expected[2:-2, 2:-2] = 1
    np.testing.assert_array_equal(share, expected)


@pytest.mark.parametrize("choke_px", [0.4, 1.7, 2.0, 5.5])
def test_a_margin_without_ink_changes_nothing(choke_px: float) -> None:
    generator = np.random.default_rng(7)
    noise = ndimage.gaussian_filter(generator.standard_normal((50, 60)), 4)
    region = noise > np.quantile(noise, 0.3)
    assert region[0].any()
    assert region[:, -1].any()
    with_margin = choked_share(np.pad(region, 9), choke_px)
    np.testing.assert_array_equal(
        choked_share(region, choke_px), with_margin[9:-9, 9:-9]
    )


def test_large_disc_is_choked_by_the_whole_choke_all_around() -> None:
    region = disc(40)
    white = choked_share(region, 3.0)
    distance = ndimage.distance_transform_edt(region)
    expected = np.clip(distance - 3.0, 0, 1)
    np.testing.assert_allclose(white, expected, atol=1e-5)


def test_distances_are_euclidean_up_to_the_reach() -> None:
    inside = np.random.default_rng(1).random((40, 60)) < 0.95
    exact = ndimage.distance_transform_edt(inside) ** 2
    found = squared_distance(inside.astype(np.uint8), 4)
    near = exact <= 16
    np.testing.assert_allclose(found[near], exact[near])
    assert (found[~near] > 16).all()


@pytest.mark.parametrize("width_px", [1, 2, 3, 4, 9, 12])
def test_stripe_is_as_wide_as_its_pixels(width_px: int) -> None:
    assert widest_px(stripe(width_px)) == width_px
    assert widest_px(stripe(width_px).T) == width_px


def test_widest_place_is_the_largest_disc_that_fits() -> None:
    generator = np.random.default_rng(0)
    for share in (0.5, 0.9, 0.98):
        region = generator.random((31, 47)) < share
        halves = np.pad(region, 1).repeat(2, axis=0).repeat(2, axis=1)
        exact = ndimage.distance_transform_edt(halves).max()
        np.testing.assert_allclose(widest_px(region), exact)


def test_nothing_has_no_width() -> None:
    assert widest_px(np.zeros((3, 4), np.bool_)) == 0
    assert not choked_share(np.zeros((3, 4), np.bool_), 2.0).any()

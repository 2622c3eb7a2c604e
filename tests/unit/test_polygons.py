# SPDX-License-Identifier: Apache-2.0
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from pellicle.model.raster import Window
from pellicle.raster.polygons import (
    overlap,
    polygon_bounds,
    rasterise,
    region_polygons,
)

MASKS = npst.arrays(
    np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.booleans()
)


def window_of(mask: np.ndarray) -> Window:
    return Window(0, 0, *mask.shape)


def signed_area(ring: np.ndarray) -> float:
    x, y = ring.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def drawn(*rows: str) -> np.ndarray:
    return np.array([[c == "#" for c in row] for row in rows])


@settings(max_examples=300, deadline=None)
@given(MASKS)
def test_outlines_give_the_mask_back(mask: np.ndarray) -> None:
    polygons = region_polygons(mask)
    np.testing.assert_array_equal(rasterise(polygons, window_of(mask)), mask)


@settings(max_examples=200, deadline=None)
@given(MASKS)
def test_rings_are_simple_turn_the_right_way_and_have_only_corners(
    mask: np.ndarray,
) -> None:
    for polygon in region_polygons(mask):
        areas = [signed_area(ring) for ring in polygon]
        assert areas[0] > 0
        assert all(area < 0 for area in areas[1:])
        for ring in polygon:
            assert len(np.unique(ring, axis=0)) == len(ring)
            steps = np.roll(ring, -1, axis=0) - ring
            assert ((steps == 0).sum(axis=1) == 1).all()
            horizontal = steps[:, 1] == 0
            assert (horizontal != np.roll(horizontal, 1)).all()


@settings(max_examples=100, deadline=None)
@given(MASKS)
def test_areas_of_the_polygons_add_up_to_the_pixels(mask: np.ndarray) -> None:
    polygons = region_polygons(mask)
    assert sum(signed_area(r) for p in polygons for r in p) == mask.sum()


def test_one_pixel_is_a_square() -> None:
    polygons = region_polygons(drawn("...", ".#.", "..."))
    assert [p[0].tolist() for p in polygons] == [[[2, 1], [2, 2], [1, 2], [1, 1]]]


def test_window_places_the_outline_in_the_scan() -> None:
    mask = drawn("##", "#.")
    window = Window(100, 50, 102, 52)
    polygons = region_polygons(mask, window)
    assert polygon_bounds(polygons) == window
    np.testing.assert_array_equal(rasterise(polygons, window), mask)


def test_diagonal_neighbours_are_two_polygons_and_a_ring_is_one_with_a_hole() -> None:
    assert [len(p) for p in region_polygons(drawn("#.", ".#"))] == [1, 1]
    assert [len(p) for p in region_polygons(drawn("###", "#.#", "###"))] == [2]


def test_part_that_closes_on_itself_by_a_corner_has_a_hole_touching_its_outline() -> (
    None
):
    mask = drawn("###", "#.#", "##.")
    (polygon,) = region_polygons(mask)
    assert len(polygon) == 2
    assert signed_area(polygon[1]) == -1


def test_empty_mask_has_no_polygons() -> None:
    assert region_polygons(np.zeros((3, 4), np.bool_)) == []
    assert polygon_bounds([]).empty
    assert not rasterise([], Window(0, 0, 3, 4)).any()


def test_overlapping_polygons_are_united_and_a_ring_in_a_ring_is_a_hole() -> None:
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4]], float)
    inner = square / 2 + 1
    window = Window(0, 0, 4, 4)
    assert rasterise([[square], [inner]], window).all()
    assert rasterise([[square, inner]], window).sum() == 12


def test_closing_corner_and_direction_make_no_difference() -> None:
    ring = np.array([[0.3, 0.2], [7.8, 2.1], [3.3, 9.7]])
    window = Window(0, 0, 10, 10)
    open_mask = rasterise([[ring]], window)
    assert 20 < open_mask.sum() < 40
    for same in (np.concatenate([ring, ring[:1]]), ring[::-1]):
        np.testing.assert_array_equal(rasterise([[same]], window), open_mask)


corners = st.floats(-20, 40, allow_nan=False).map(lambda v: round(v, 2))


@settings(max_examples=100, deadline=None)
@given(
    ring=st.lists(st.tuples(corners, corners), min_size=3, max_size=8),
    cut=st.tuples(st.integers(1, 19), st.integers(1, 19)),
)
def test_pixels_do_not_depend_on_the_window(
    ring: list[tuple[float, float]], cut: tuple[int, int]
) -> None:
    polygon = [np.array(ring)]
    whole = rasterise([polygon], Window(0, 0, 20, 20))
    y, x = cut
    for window in (Window(0, 0, y, x), Window(y, x, 20, 20), Window(y, 0, 20, x)):
        np.testing.assert_array_equal(
            rasterise([polygon], window), whole[window.slices]
        )


@settings(max_examples=100, deadline=None)
@given(st.tuples(corners, corners), st.tuples(corners, corners))
def test_neighbours_share_no_pixel_and_leave_none_out(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    far = 1000.0
    if start == end:
        return
    line = np.array(end) - np.array(start)
    line /= np.hypot(*line)
    a, b = np.array(start) - far * line, np.array(end) + far * line
    side = far * np.array([-line[1], line[0]])
    left = [np.array([a, b, b + side, a + side])]
    right = [np.array([a, b, b - side, a - side])]
    window = Window(0, 0, 20, 20)
    shares = rasterise([left], window).astype(int) + rasterise([right], window)
    assert (shares == 1).all()


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("##..", "##..", 1),
        ("##..", "..##", 0),
        ("###.", ".###", 0.5),
        ("....", "....", 0),
    ],
)
def test_overlap_is_intersection_over_union(a: str, b: str, expected: float) -> None:
    assert overlap(drawn(a), drawn(b)) == expected


def test_crack_network_is_outlined_quickly() -> None:
    mask = np.zeros((2000, 2000), np.bool_)
    rng = np.random.default_rng(0)
    for _ in range(400):
        x, y = rng.integers(0, 2000, 2)
        for _ in range(400):
            mask[y % 2000, x % 2000] = mask[y % 2000, (x + 1) % 2000] = True
            x, y = x + rng.integers(-1, 2), y + rng.integers(-1, 2)
    region_polygons(mask[:10, :10])  # compiled
    start = time.perf_counter()
    polygons = region_polygons(mask)
    back = rasterise(polygons, window_of(mask))
    seconds = time.perf_counter() - start
    np.testing.assert_array_equal(back, mask)
    assert seconds < 5  # 0.5 s on a machine of its own

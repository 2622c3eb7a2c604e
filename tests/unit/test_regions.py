# SPDX-License-Identifier: Apache-2.0
"""Regions of a raster: numbers, sums, names."""

import numpy as np
import pytest

from pellicle.model.raster import Window
from pellicle.raster.regions import RegionJoiner, RegionShape, mask_shape, region_id


def joined(labels, tile_px=64, confidence=None, dtype=np.uint8):
    labels = np.asarray(labels, dtype)
    if confidence is None:
        confidence = np.full(labels.shape, 255, np.uint8)
    joiner = RegionJoiner(labels.shape, tile_px)
    numbers = np.zeros(labels.shape, np.uint32)
    for top in range(0, labels.shape[0], tile_px):
        for left in range(0, labels.shape[1], tile_px):
            tile = Window(top, left, top + tile_px, left + tile_px)
            tile = tile.within(Window(0, 0, *labels.shape))
            numbers[tile.slices] = joiner.add(
                tile,
                labels[tile.slices],
                confidence[tile.slices],
            )
    shapes, lookup = joiner.finish()
    return shapes, lookup[numbers]


def test_pixels_that_touch_at_a_corner_are_one_region() -> None:
    shapes, numbers = joined([[1, 0, 0], [0, 1, 0], [1, 0, 1]])
    assert len(shapes) == 1
    assert shapes[0].pixels == 4
    assert set(numbers.ravel().tolist()) == {0, 1}


def test_two_labels_that_touch_are_two_regions() -> None:
    shapes, _ = joined([[1, 2], [1, 2]])
    assert [(s.label, s.pixels) for s in shapes] == [(1, 2), (2, 2)]


def test_regions_are_numbered_in_reading_order_of_their_first_pixels() -> None:
    labels = [[0, 0, 0, 3], [1, 0, 0, 3], [1, 1, 0, 0], [0, 0, 0, 2]]
    for tile_px in (1, 2, 3, 4):
        shapes, _ = joined(labels, tile_px)
        assert [s.label for s in shapes] == [3, 1, 2]
        firsts = [(s.first_row, s.first_column) for s in shapes]
        assert firsts == sorted(firsts)


def test_labels_may_be_greater_than_255() -> None:
    labels = [[1, 257, 257], [1, 257, 0]]
    for tile_px in (1, 2, 3):
        shapes, _ = joined(labels, tile_px, dtype=np.uint32)
        assert [(s.label, s.pixels) for s in shapes] == [(1, 2), (257, 3)]


def test_an_arch_is_one_region_though_its_legs_start_apart() -> None:
    labels = np.zeros((5, 7), np.uint8)
    labels[:, 0] = labels[:, 6] = labels[:, 3] = labels[4] = 1
    for tile_px in (1, 2, 3, 5, 7):
        shapes, _ = joined(labels, tile_px)
        assert len(shapes) == 1


def test_sums_of_a_region_are_exact() -> None:
    labels = np.zeros((6, 9), np.uint8)
    labels[2:5, 3:8] = 4
    confidence = np.full(labels.shape, 7, np.uint8)
    (shape,), _ = joined(labels, 2, confidence)
    rows, columns = np.nonzero(labels)
    assert shape.window == Window(2, 3, 5, 8)
    assert shape.pixels == 15
    assert shape.confidence_sum == 15 * 7
    assert shape.confidence == pytest.approx(7 / 255)
    assert (shape.sum_x, shape.sum_y) == (columns.sum(), rows.sum())
    assert shape.sum_xx == (columns**2).sum()
    assert shape.sum_xy == (columns * rows).sum()
    assert shape.sum_yy == (rows**2).sum()
    assert shape.covariance_px2 == pytest.approx((2.0, 0.0, 2 / 3))


def test_moments_of_a_huge_region_do_not_overflow() -> None:
    width = 3_200_000
    (shape,), _ = joined(np.ones((1, width), np.uint8), 800_000)
    assert shape.sum_xx == (width - 1) * width * (2 * width - 1) // 6
    assert shape.sum_xx > 1 << 63


def test_a_tile_out_of_order_is_refused() -> None:
    joiner = RegionJoiner((4, 4), 2)
    tile = np.zeros((2, 2), np.uint8)
    joiner.add(Window(0, 0, 2, 2), tile, tile)
    with pytest.raises(ValueError, match="next tile"):
        joiner.add(Window(2, 0, 4, 2), tile, tile)


def test_an_empty_raster_has_no_regions() -> None:
    shapes, numbers = joined(np.zeros((5, 5)))
    assert list(shapes) == []
    assert not shapes.pixels.any()
    assert not numbers.any()


def test_regions_are_picked_by_what_is_known_before_they_are_made() -> None:
    labels = np.zeros((6, 9), np.uint8)
    labels[0, 0], labels[2:5, 3:8] = 1, 4
    shapes, _ = joined(labels, 2, np.full(labels.shape, 7, np.uint8))
    assert shapes.pixels.tolist() == [1, 15]
    assert shapes.labels.tolist() == [1, 4]
    assert shapes.peaks.tolist() == [7, 7]
    assert shapes.diagonals_px == pytest.approx([2**0.5, 34**0.5])
    assert list(shapes.picked(shapes.pixels > 1)) == [shapes[1]]
    assert shapes[-1] == shapes[1:][0] == list(shapes)[1]
    with pytest.raises(IndexError):
        shapes[2]


def test_id_tells_class_place_and_form_apart() -> None:
    one, moved, other = np.zeros((3, 8, 8), np.uint8)
    one[1:3, 1:3] = 1
    moved[1:3, 2:4] = 1
    other[1, 1:3] = other[2, 1] = other[1:3, 2] = 1
    other[2, 1] = 1
    form_a, form_b = np.zeros((2, 8, 8), np.uint8)
    form_a[1:4, 1:4] = form_b[1:4, 1:4] = 1
    form_a[2, 2] = form_b[2, 1] = 0
    shapes = [joined(x)[0][0] for x in (one, moved, form_a, form_b)]
    ids = {region_id(s, 1) for s in shapes} | {region_id(shapes[0], 2)}
    assert len(ids) == 5
    assert all(len(name) == 12 and int(name, 16) >= 0 for name in ids)


def test_id_does_not_depend_on_the_region_number() -> None:
    alone = np.zeros((8, 8), np.uint8)
    alone[5:7, 5:7] = 1
    second = alone.copy()
    second[0, 0] = 1
    (a,), (_, b) = joined(alone)[0], joined(second)[0]
    assert (a.number, b.number) == (1, 2)
    assert region_id(a, 1) == region_id(b, 1)


def test_hash_is_the_published_mix_of_row_and_column() -> None:
    # First output of splitmix64 with seed 0 (Vigna's reference implementation).
    labels = np.ones((1, 1), np.uint8)
    (shape,), _ = joined(labels)
    assert isinstance(shape, RegionShape)
    assert shape.hash64 == 0xE220A8397B1DCDAF


def test_a_mask_has_the_geometry_that_its_region_has_in_the_map() -> None:
    labels = np.zeros((9, 12), np.uint8)
    labels[2:6, 3:5] = labels[6, 5] = 1
    (found,), _ = joined(labels, 4)
    box = Window(1, 2, 8, 9)
    alone = mask_shape(labels[box.slices] == 1, box)
    assert alone is not None
    assert (alone.window, alone.pixels) == (found.window, found.pixels)
    assert region_id(alone, 3) == region_id(found, 3)


def test_a_mask_in_parts_is_one_shape_and_an_empty_one_is_none() -> None:
    mask = np.zeros((5, 9), np.bool_)
    assert mask_shape(mask, Window(0, 0, 5, 9)) is None
    assert mask_shape(mask[:0, :0], Window(0, 0, 0, 0)) is None
    mask[0, 4] = mask[2:4, 0] = mask[4, 8] = True
    shape = mask_shape(mask, Window(10, 20, 15, 29))
    assert shape is not None
    assert (shape.number, shape.label, shape.pixels) == (1, 1, 4)
    assert shape.window == Window(10, 20, 15, 29)
    assert (shape.first_row, shape.first_column) == (10, 24)

# SPDX-License-Identifier: Apache-2.0
"""Where copied pixels are from, summed up tile by tile."""

import math

import numpy as np
import pytest

from pellicle.model.reconstruction import CopiedFrom
from pellicle.raster.offset_counts import OffsetCounts


def all_of(counts, last):
    return dict(counts.settled(np.ones(last + 1, np.bool_)))


def test_the_commonest_offset_and_the_share_that_follows_it_to_a_pixel():
    counts = OffsetCounts()
    offsets = [(-8, -24)] * 5 + [(-8, -25)] * 2 + [(-7, -23)] + [(30, 40)] * 2
    counts.add(np.full(10, 3), np.array(offsets, np.int16))
    found = all_of(counts, 3)
    near = round(math.hypot(8, 24), 2)
    assert found == {3: CopiedFrom(-24, -8, 0.8, near, 10)}


def test_of_equally_common_offsets_the_nearest_counts():
    counts = OffsetCounts()
    counts.add(np.full(4, 1), np.array([(-90, 0), (0, 5)] * 2, np.int16))
    assert all_of(counts, 1)[1] == CopiedFrom(5, 0, 0.5, 5.0, 4)


@pytest.mark.parametrize("tile", [1, 7, 64, 1000])
def test_tiles_do_not_show(tile):
    rng = np.random.default_rng(4)
    numbers = rng.integers(1, 6, 1000)
    offsets = rng.integers(-3, 4, (1000, 2)).astype(np.int16) * np.int16(5)
    whole, parts = OffsetCounts(), OffsetCounts()
    whole.add(numbers, offsets)
    for first in range(0, 1000, tile):
        parts.add(numbers[first : first + tile], offsets[first : first + tile])
    expected = all_of(whole, 5)
    assert all_of(parts, 5) == expected
    for number, one in expected.items():
        own = offsets[numbers == number].astype(int)
        follow = np.abs(own - [one.y_px, one.x_px]).max(axis=1) <= 1
        assert one.share == pytest.approx(follow.mean(), abs=5e-5)
        middle = np.sort(np.hypot(*own.T))[(len(own) + 1) // 2 - 1]
        assert one.distance_px == pytest.approx(middle, abs=5e-3)


def test_a_finished_region_is_forgotten_and_others_go_on():
    counts = OffsetCounts()
    counts.add(np.array([1, 2]), np.array([(4, 0), (6, 0)], np.int16))
    only_first = np.array([False, True, False])
    assert [number for number, _ in counts.settled(only_first)] == [1]
    counts.add(np.array([2, 2]), np.array([(6, 0), (9, 9)], np.int16))
    assert all_of(counts, 2) == {2: CopiedFrom(0, 6, 0.6667, 6.0, 3)}


def test_the_farthest_offsets_that_fit_are_counted():
    counts = OffsetCounts()
    far = np.array([(-32768, 32767)], np.int16)
    counts.add(np.array([4_000_000]), far)
    done = np.ones(4_000_001, np.bool_)
    ((number, one),) = counts.settled(done)
    assert (number, one.y_px, one.x_px) == (4_000_000, -32768, 32767)

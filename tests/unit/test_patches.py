# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from scipy import ndimage

from pellicle.stages.reconstruct.blending import join_copies
from pellicle.stages.reconstruct.levels import depths
from pellicle.stages.reconstruct.patch_gap import guide_array
from pellicle.stages.reconstruct.patches import complete
from pellicle.stages.reconstruct.patchmatch import distance, hashed


def stripes(shape=(140, 140), period=10):
    columns = np.arange(shape[1])
    plane = np.where((columns // (period // 2)) % 2, 0.7, 0.3)
    picture = np.broadcast_to(plane[None, :, None], (*shape, 3))
    grain = np.random.default_rng(4).normal(0, 0.01, (*shape, 3))
    return (picture + grain).astype(np.float32)


def square(shape=(140, 140), side=44):
    target = np.zeros(shape, np.bool_)
    top, left = (shape[0] - side) // 2, (shape[1] - side) // 2
    target[top : top + side, left : left + side] = True
    return target


def test_stripes_run_through_a_loss():
    truth, target = stripes(), square()
    made = complete(truth * ~target[..., None], target, ~target, ~target, seed=1)
    result = made.values
    assert np.array_equal(made.filled, target)
    assert np.abs(result - truth)[target].mean() < 0.03
    assert np.array_equal(result[~target], (truth * ~target[..., None])[~target])


def test_grain_is_kept_and_not_averaged_away():
    rng = np.random.default_rng(8)
    truth = (0.5 + rng.normal(0, 0.05, (140, 140, 3))).astype(np.float32)
    target = square()
    result = complete(truth, target, ~target, ~target, seed=1).values
    assert result[target].std() > 0.6 * truth.std()


def test_lively_paint_is_not_filled_with_smooth_paint_of_its_colour():
    rng = np.random.default_rng(9)
    deviation = np.where(np.arange(160) < 80, 0.05, 0.0)
    noise = rng.normal(0, 1, (160, 160, 1)) * deviation[None, :, None]
    truth = np.repeat(0.5 + noise, 3, axis=2).astype(np.float32)
    target = np.zeros((160, 160), np.bool_)
    target[50:110, 10:70] = True
    result = complete(truth, target, ~target, ~target, seed=1).values
    lively = truth[:, :80].std()
    assert result[60:100, 20:60].std() > 0.7 * lively


def test_only_sources_are_copied():
    truth, target = stripes(), square()
    source = ~target
    source[:, 100:] = False
    truth[:, 110:] = (0.0, 1.0, 0.0)
    result = complete(truth, target, ~target, source, seed=1).values
    assert np.abs(result[target] - [0, 1, 0]).min(axis=0).min() > 0.05


def test_the_result_does_not_depend_on_the_origin_of_the_arrays():
    truth, target = stripes((150, 150)), np.zeros((150, 150), np.bool_)
    target[50:90, 55:95] = True
    one = complete(truth, target, ~target, ~target, seed=3, origin=(5, 9))
    again = complete(truth, target, ~target, ~target, seed=3, origin=(5, 9))
    assert np.array_equal(one.values, again.values)
    assert np.array_equal(one.offsets, again.offsets)


def test_too_few_sources_leave_the_loss():
    truth, target = stripes((60, 60)), np.ones((60, 60), np.bool_)
    target[:4] = False
    made = complete(truth, target, ~target, ~target, seed=1)
    assert not made.filled.any()
    assert np.array_equal(made.values, truth)


def test_random_numbers_differ_by_place_seed_and_draw():
    drawn = {
        int(hashed(seed, row, column, draw))
        for seed in range(2)
        for row in range(5)
        for column in range(5)
        for draw in range(3)
    }
    assert len(drawn) == 150
    assert min(drawn) >= 0


def test_a_copy_with_another_brightness_joins_without_a_step():
    height, width = 40, 90
    image = np.full((height, width, 1), 0.5, np.float32)
    image[:, 50:] = 0.6
    known = np.ones((height, width), np.bool_)
    known[10:30, 10:30] = False
    pixels = np.argwhere(~known)
    sources = pixels + np.array([0, 48])
    mean = np.full((len(pixels), 1), 0.5, np.float32)
    joined = join_copies(image, known, pixels, sources, mean, hold=0.01)
    assert np.abs(joined - 0.5).max() < 1e-3


def test_every_copied_pixel_says_which_source_it_was_copied_from():
    truth, target = stripes(), square()
    source = ~target
    source[:, 100:] = False
    made = complete(truth, target, ~target, source, seed=1)
    rows, columns = np.nonzero(target)
    down, right = made.offsets[target].T
    assert source[rows + down, columns + right].all()
    assert not made.offsets[~target].any()
    # Joined smoothly, a copy keeps the stripes of what it says it was copied from.
    copied = truth[rows + down, columns + right]
    assert np.abs(copied - made.values[target]).mean() < 0.05


def test_the_gap_of_two_patches_is_the_sum_of_squares():
    rng = np.random.default_rng(3)
    guide = guide_array(20, 30)
    guide[:] = rng.integers(-2048, 2048, guide.shape)
    none = np.zeros(guide.shape, np.int16)
    burden, weights = np.zeros((20, 30), np.int32), np.zeros(2, np.int64)
    for row, column in ((3, 3), (16, 26), (10, 12)):
        found = distance(guide, none, burden, weights, 5, 7, row, column, 2**62)
        one = guide[2:9, 4:11].astype(np.int64)
        other = guide[row - 3 : row + 4, column - 3 : column + 4]
        assert found == ((one - other) ** 2).sum()


def test_a_window_cut_elsewhere_gives_the_same_lattice_and_picture():
    truth, target = stripes((200, 200)), square((200, 200))
    whole = complete(truth, target, ~target, ~target, seed=1, origin=(8, 16))
    cut = np.s_[16:, 32:]
    known = ~target[cut]
    part = complete(
        truth[cut], target[cut], known, known, seed=1, origin=(8 + 16, 16 + 32)
    )
    lost = target[cut]
    assert np.abs(part.values[lost] - whole.values[cut][lost]).mean() < 0.02


@pytest.mark.parametrize("corner", [(0, 0), (0, 70), (139, 139)])
def test_a_speck_in_the_corner_of_the_picture_is_filled_or_left(corner):
    truth, target = stripes(), np.zeros((140, 140), np.bool_)
    target[corner] = True
    made = complete(truth, target, ~target, ~target, seed=1)
    assert not made.filled[~target].any()
    assert np.array_equal(made.values[~target], truth[~target])


def test_no_source_is_copied_again_and_again():
    # As much lively paint all around as one could wish for.
    rng = np.random.default_rng(9)
    truth = (0.5 + rng.normal(0, 0.04, (220, 220, 3))).astype(np.float32)
    target = square((220, 220), 80)
    made = complete(truth, target, ~target, ~target, seed=1)
    rows, columns = np.nonzero(target)
    down, right = made.offsets[target].T
    copies = np.bincount((rows + down) * 220 + columns + right)
    assert (copies > 3).sum() < 0.02 * target.sum()


def test_depths_are_exact_wherever_the_array_lies_in_memory():
    rng = np.random.default_rng(2)
    known = rng.random((211, 190)) < 0.002
    expected = ndimage.distance_transform_edt(~known).astype(np.float32)
    for shift in range(9):
        held = np.zeros(known.size + 16, np.bool_)
        moved = held[shift : shift + known.size].reshape(known.shape)
        moved[:] = known
        assert np.array_equal(depths(moved), expected)

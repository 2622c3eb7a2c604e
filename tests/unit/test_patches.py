# SPDX-License-Identifier: Apache-2.0
import numpy as np

from pellicle.stages.reconstruct.blending import join_copies
from pellicle.stages.reconstruct.patches import complete
from pellicle.stages.reconstruct.patchmatch import hashed


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
    result, filled = complete(
        truth * ~target[..., None], target, ~target, ~target, seed=1
    )
    assert np.array_equal(filled, target)
    assert np.abs(result - truth)[target].mean() < 0.03
    assert np.array_equal(result[~target], (truth * ~target[..., None])[~target])


def test_grain_is_kept_and_not_averaged_away():
    rng = np.random.default_rng(8)
    truth = (0.5 + rng.normal(0, 0.05, (140, 140, 3))).astype(np.float32)
    target = square()
    result, _ = complete(truth, target, ~target, ~target, seed=1)
    assert result[target].std() > 0.6 * truth.std()


def test_only_sources_are_copied():
    truth, target = stripes(), square()
    source = ~target
    source[:, 100:] = False
    truth[:, 110:] = (0.0, 1.0, 0.0)
    result, _ = complete(truth, target, ~target, source, seed=1)
    assert np.abs(result[target] - [0, 1, 0]).min(axis=0).min() > 0.05


def test_the_result_does_not_depend_on_the_origin_of_the_arrays():
    truth, target = stripes((150, 150)), np.zeros((150, 150), np.bool_)
    target[50:90, 55:95] = True
    one, _ = complete(truth, target, ~target, ~target, seed=3, origin=(5, 9))
    again, _ = complete(truth, target, ~target, ~target, seed=3, origin=(5, 9))
    assert np.array_equal(one, again)


def test_too_few_sources_leave_the_loss():
    truth, target = stripes((60, 60)), np.ones((60, 60), np.bool_)
    target[:4] = False
    result, filled = complete(truth, target, ~target, ~target, seed=1)
    assert not filled.any()
    assert np.array_equal(result, truth)


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

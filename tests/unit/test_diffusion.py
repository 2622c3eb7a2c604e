# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from pellicle.stages.reconstruct import diffusion
from pellicle.stages.reconstruct.diffusion import diffuse
from pellicle.stages.reconstruct.widths import wide_parts

ONE_STEP = 1 / 65535


def filled_copy(truth, target, known=None, origin=(0, 0)):
    known = ~target if known is None else known
    picture = np.where(known[..., None], truth, 0.0)
    filled = diffuse(picture, target, known, origin)
    return picture, filled


def ramp(shape=(80, 90)):
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(float)
    plane = 0.1 + 0.002 * rows + 0.0015 * columns
    return np.stack((plane, 1 - plane, 0.5 * plane), axis=-1)


def blob(shape=(80, 90)):
    target = np.zeros(shape, np.bool_)
    target[30:50, 35:60] = True
    target[40:42, 20:80] = True
    return target


def test_a_ramp_is_restored_to_the_last_few_steps_of_sixteen_bits():
    truth, target = ramp(), blob()
    result, filled = filled_copy(truth, target)
    assert np.array_equal(filled, target)
    assert np.abs(result - truth)[target].max() < 4 * ONE_STEP


def test_a_sharp_edge_is_carried_across_a_crack():
    truth = np.full((60, 60, 3), 0.2)
    rows, columns = np.mgrid[:60, :60]
    truth[rows + columns > 60] = 0.8
    target = np.zeros((60, 60), np.bool_)
    target[28:32, 5:55] = True
    result, _ = filled_copy(truth, target)
    assert np.abs(result - truth)[target].mean() < 0.02


def test_values_stay_within_those_around_the_place():
    truth = np.random.default_rng(1).random((70, 70, 1)) * 0.4 + 0.3
    target = blob((70, 70))
    result, _ = filled_copy(truth, target)
    assert result[target].min() >= 0.3
    assert result[target].max() <= 0.7


def test_a_place_that_touches_nothing_known_is_left():
    truth, target = ramp(), blob()
    known = np.zeros_like(target)
    known[:5] = True
    result, filled = filled_copy(truth, target, known)
    assert not filled.any()
    assert not result[target].any()


def test_blocks_do_not_show(monkeypatch):
    rng = np.random.default_rng(2)
    truth = np.repeat(rng.random((200, 1, 3)), 400, axis=1) * 0.5
    target = np.zeros((200, 400), np.bool_)
    for column in range(10, 390, 24):
        target[20:180, column : column + 3] = True
    target[100:103, 10:390] = True
    whole, _ = filled_copy(truth, target)
    monkeypatch.setattr(diffusion, "WHOLE_PX", 100)
    blocks, filled = filled_copy(truth, target)
    assert np.array_equal(filled, target)
    assert np.abs(whole - blocks).max() < 2 * ONE_STEP


def test_blocks_lie_on_the_grid_of_the_scan(monkeypatch):
    monkeypatch.setattr(diffusion, "WHOLE_PX", 50)
    monkeypatch.setattr(diffusion, "BLOCK_PX", 64)
    truth = np.random.default_rng(3).random((150, 260, 3))
    target = np.zeros((150, 260), np.bool_)
    target[70:73, 70:200] = True
    whole, _ = filled_copy(truth, target, origin=(0, 0))
    cut = np.s_[20:140, 33:250]
    part, _ = filled_copy(truth[cut], target[cut], origin=(20, 33))
    assert np.array_equal(part[target[cut]], whole[target])


def test_a_deep_place_is_filled_through_a_coarser_size(monkeypatch):
    monkeypatch.setattr(diffusion, "MOST_MULTIPLICATIONS", 1e7)
    truth = ramp((220, 220))
    target = np.zeros((220, 220), np.bool_)
    target[30:190, 30:190] = True
    result, filled = filled_copy(truth, target)
    assert np.array_equal(filled, target)
    assert np.abs(result - truth)[target].max() < 0.01


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_samples_are_rounded_in_their_own_depth(dtype):
    picture = np.full((40, 40, 1), 200, dtype)
    target = np.zeros((40, 40), np.bool_)
    target[10:20, 10:20] = True
    picture[target] = 0
    diffuse(picture, target, ~target)
    assert picture.dtype == dtype
    assert (picture == 200).all()


def test_width_decides_what_is_wide():
    target = np.zeros((200, 200), np.bool_)
    rows, columns = np.mgrid[:200, :200]
    loss = np.hypot(rows - 100, columns - 100) <= 30
    target[98:103] = True
    target |= loss
    wide = wide_parts(target, ~target, 24)
    assert wide[loss].mean() > 0.99
    assert not wide[:, :60].any()
    assert not wide_parts(target, ~target, 80).any()


def test_width_at_the_edge_of_the_picture_counts_what_lies_beyond():
    target = np.zeros((100, 100), np.bool_)
    target[:15] = True
    assert wide_parts(target, ~target, 24).any()
    assert not wide_parts(target, ~target, 40).any()


def test_a_pixel_that_touches_intact_paint_by_a_corner_only_is_filled():
    truth = np.full((9, 9, 3), 0.4)
    target = np.zeros((9, 9), np.bool_)
    target[4, 4] = True
    known = np.zeros((9, 9), np.bool_)
    known[5:, 5:] = True
    result, filled = filled_copy(truth, target, known)
    assert np.array_equal(filled, target)
    assert result[4, 4] == pytest.approx(0.4)

# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from pellicle.model.raster import Window
from pellicle.model.reconstruction import EvidenceGrade
from pellicle.model.units import PixelSize
from pellicle.stages.contract import RegionResult, RegionWindow
from pellicle.stages.reconstruct import infill
from pellicle.stages.reconstruct.infill import PaintingInfill

PIXEL_SIZE = PixelSize.from_ppi(600)


def cloth(shape=(160, 160), dtype=np.uint16, bands=3, period=9.0):
    """A woven pattern over a soft gradient, with grain."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    weave = np.sin(2 * np.pi * rows / period) * np.sin(2 * np.pi * columns / period)
    plane = 0.5 + 0.15 * weave + 0.1 * (rows - columns) / sum(shape)
    grain = np.random.default_rng(5).normal(0, 0.01, (*shape, bands))
    tint = np.linspace(1.0, 0.8, bands)
    top = np.iinfo(dtype).max
    return np.rint(np.clip(plane[..., None] * tint + grain, 0, 1) * top).astype(dtype)


def disc(shape, centre, diameter):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return np.hypot(rows - centre[0], columns - centre[1]) <= diameter / 2


def window_of(samples, target, *, known=None, method=0, corner=(0, 0)):
    height, width = target.shape
    top, left = corner
    known = ~target if known is None else known
    hidden = np.where(known[..., None], samples, samples.dtype.type(0))
    return RegionWindow(
        window=Window(top, left, top + height, left + width),
        samples=hidden,
        target=target,
        known=known,
        pixel_size=PIXEL_SIZE,
        method=np.full(target.shape, method, np.uint8),
    )


def mixed_damage(shape=(160, 160)):
    target = disc(shape, (80, 90), 44)
    target[78:81, :] = True
    return target


def assert_same(one: RegionResult, other: RegionResult) -> None:
    assert np.array_equal(one.samples, other.samples)
    assert np.array_equal(one.filled, other.filled)
    assert np.array_equal(one.evidence, other.evidence)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("bands", [1, 3])
def test_nothing_changes_outside_the_damage_at_any_depth_and_band_count(dtype, bands):
    samples = cloth(dtype=dtype, bands=bands)
    target = mixed_damage()
    region = window_of(samples, target)
    result = PaintingInfill().run_region(region)
    assert result.samples.dtype == dtype
    assert np.array_equal(result.samples[~target], region.samples[~target])
    assert np.array_equal(result.filled, target)
    assert not result.evidence[~target].any()


def test_cracks_are_interpolated_and_wide_losses_copied_in_one_place():
    result = PaintingInfill().run_region(window_of(cloth(), mixed_damage()))
    assert result.evidence[79, 5] == EvidenceGrade.INTERPOLATED
    assert result.evidence[80, 90] == EvidenceGrade.COPIED
    assert result.offsets is not None
    moved = result.offsets.any(axis=2)
    assert np.array_equal(moved, result.evidence == EvidenceGrade.COPIED)


@pytest.mark.parametrize(
    ("method", "grade"),
    [(1, EvidenceGrade.INTERPOLATED), (2, EvidenceGrade.COPIED)],
)
def test_the_method_a_person_asks_for_is_used(method, grade):
    target = disc((160, 160), (80, 80), 40)
    result = PaintingInfill().run_region(window_of(cloth(), target, method=method))
    assert (result.evidence[target] == grade).all()


def test_patches_continue_a_periodic_texture_better_than_diffusion():
    samples = cloth()
    target = disc((160, 160), (80, 80), 50)
    error = []
    for method in (1, 2):
        result = PaintingInfill().run_region(window_of(samples, target, method=method))
        difference = result.samples[target].astype(float) - samples[target]
        error.append(np.sqrt((difference**2).mean()) / 65535)
    assert error[1] < 0.5 * error[0]


def test_the_same_window_gives_the_same_bytes_twice():
    region = window_of(cloth(), mixed_damage())
    assert_same(
        PaintingInfill().run_region(region), PaintingInfill().run_region(region)
    )


def test_another_seed_gives_another_copy():
    region = window_of(cloth(), disc((160, 160), (80, 80), 50))
    one = PaintingInfill(seed=1).run_region(region)
    other = PaintingInfill(seed=2).run_region(region)
    assert not np.array_equal(one.samples, other.samples)


def test_diffusion_does_not_depend_on_where_the_window_is_cut():
    samples = cloth((120, 300))
    target = np.zeros((120, 300), np.bool_)
    target[50:54, 60:240] = True
    whole = PaintingInfill().run_region(window_of(samples, target))
    cut = np.s_[20:100, 30:270]
    part = PaintingInfill().run_region(
        window_of(samples[cut], target[cut], corner=(20, 30))
    )
    assert np.array_equal(part.samples[target[cut]], whole.samples[target])


def test_with_nothing_known_nothing_is_filled():
    samples = cloth()
    target = np.ones((160, 160), np.bool_)
    result = PaintingInfill().run_region(window_of(samples, target))
    assert not result.filled.any()
    assert np.array_equal(result.samples, np.zeros_like(samples))


def test_a_place_with_next_to_nothing_around_it_is_left():
    target = np.ones((160, 160), np.bool_)
    target[0, :100] = False
    assert not PaintingInfill().run_region(window_of(cloth(), target)).filled.any()


def test_pixels_that_are_not_known_are_never_read():
    samples = cloth()
    target = mixed_damage()
    known = ~target
    known[60:70, 10:150] = False
    poisoned = samples.copy()
    poisoned[~known] = 65535
    stage = PaintingInfill()
    region = window_of(samples, target, known=known)
    worse = RegionWindow(
        region.window, poisoned, target, known, PIXEL_SIZE, region.method
    )
    clean, dirty = stage.run_region(region), stage.run_region(worse)
    assert np.array_equal(clean.samples[target], dirty.samples[target])


@pytest.mark.parametrize("centre", [(0, 0), (0, 80), (159, 159)])
def test_a_loss_at_the_edge_of_the_picture_is_filled(centre):
    target = disc((160, 160), centre, 60)
    result = PaintingInfill().run_region(window_of(cloth(), target))
    assert result.filled[target].all()
    assert result.samples[target].min() > 0


def test_a_loss_over_most_of_its_window_is_filled_or_left_but_never_half_black():
    target = np.ones((120, 120), np.bool_)
    target[:12] = False
    result = PaintingInfill().run_region(window_of(cloth((120, 120)), target))
    assert result.samples[result.filled].min() > 10_000


def test_large_losses_done_in_blocks_show_no_seam(monkeypatch):
    samples = cloth((300, 300))
    target = disc((300, 300), (150, 150), 180)
    monkeypatch.setattr(infill, "WHOLE_PX", 128)
    monkeypatch.setattr(infill, "BLOCK_PX", 150)
    result = PaintingInfill().run_region(window_of(samples, target))
    assert result.filled[target].all()
    step = np.abs(np.diff(result.samples.astype(float), axis=0)).mean(axis=2)
    column = np.arange(80, 220)
    across = step[149, column].mean()
    typical = np.abs(np.diff(samples.astype(float), axis=0)).mean()
    assert across < 1.5 * typical


def test_context_grows_with_the_place_and_is_bounded():
    stage = PaintingInfill()
    small = stage.context_px(Window(0, 0, 10, 10), PIXEL_SIZE)
    middle = stage.context_px(Window(0, 0, 100, 100), PIXEL_SIZE)
    large = stage.context_px(Window(0, 0, 9000, 9000), PIXEL_SIZE)
    assert small < middle < large == infill.MOST_CONTEXT_PX

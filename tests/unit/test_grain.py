# SPDX-License-Identifier: Apache-2.0
"""What is interpolated gets the grain of the paint beside it, and nothing else."""

import numpy as np
import pytest

from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.contract import RegionWindow
from pellicle.stages.reconstruct.grain import add_grain, grain_context_px
from pellicle.stages.reconstruct.infill import PaintingInfill

SIGMA_PX = 1.8
FULL = 65_535


def grainy(shape=(200, 220), bands=3, spread=0.02, seed=3):
    """Plain paint with fine grain, 16 bit."""
    noise = np.random.default_rng(seed).normal(0, spread, (*shape, bands))
    return np.rint(np.clip(0.5 + noise, 0, 1) * FULL).astype(np.uint16)


def disc(diameter, centre=(100, 110), shape=(200, 220)):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return np.hypot(rows - centre[0], columns - centre[1]) <= diameter / 2


def smoothed(samples, target):
    """The picture with a smooth fill, as interpolation leaves it."""
    filled = samples.copy()
    filled[target] = FULL // 2
    return filled


def grained(samples, target, source=None, origin=(0, 0)):
    made = samples.copy()
    source = ~target if source is None else source
    add_grain(made, target, source, SIGMA_PX, origin)
    return made


@pytest.mark.parametrize("bands", [1, 3])
def test_the_middle_gets_the_grain_of_the_paint_around(bands) -> None:
    samples, target = grainy(bands=bands), disc(22)
    made = grained(smoothed(samples, target), target)
    middle = disc(14)
    expected = samples[~target].std()
    assert 0.8 * expected < made[middle].std() < 1.1 * expected
    assert abs(made[middle].mean() - FULL / 2) < 0.002 * FULL
    np.testing.assert_array_equal(made[~target], samples[~target])


def test_plain_paint_gives_none() -> None:
    samples, target = np.full((200, 220, 3), 30_000, np.uint16), disc(22)
    np.testing.assert_allclose(grained(samples, target), samples, atol=1)


def test_what_is_narrow_stays_as_it_was_interpolated() -> None:
    target = np.zeros((200, 220), np.bool_)
    target[60:140, 100:103] = True
    samples = smoothed(grainy(), target)
    np.testing.assert_array_equal(grained(samples, target), samples)


def test_only_intact_paint_is_a_source() -> None:
    target = disc(22)
    samples = smoothed(grainy(), target)
    source = ~target
    source[:, :100] = False
    loud = samples.copy()
    loud[~source & ~target] = np.random.default_rng(1).integers(
        0, FULL, loud[~source & ~target].shape
    )
    np.testing.assert_array_equal(
        grained(samples, target, source)[target], grained(loud, target, source)[target]
    )


def test_without_intact_paint_in_reach_nothing_is_added() -> None:
    target = disc(22)
    samples = smoothed(grainy(), target)
    far = ~disc(180)
    np.testing.assert_array_equal(grained(samples, target, far), samples)


@pytest.mark.parametrize("shape", ["disc", "band"])
def test_where_the_arrays_are_cut_does_not_show(shape) -> None:
    target = disc(22, (130, 140), (260, 300))
    if shape == "band":  # longer than a block
        target[:] = False
        target[120:132, 90:210] = True
    samples = smoothed(grainy((260, 300)), target)
    whole = grained(samples, target)
    assert (whole != samples).any()
    rows, columns = (np.flatnonzero(target.any(axis=a)) for a in (1, 0))
    needed = grain_context_px((len(rows), len(columns)), SIGMA_PX)
    for more in (needed, needed + 7):
        top, left = rows[0] - more, columns[0] - more
        cut = np.s_[top : rows[-1] + 1 + more, left : columns[-1] + 1 + more]
        part = grained(samples[cut], target[cut], origin=(top, left))
        np.testing.assert_array_equal(part, whole[cut])


def window_of(samples, target, ppi=150.0):
    height, width = target.shape
    return RegionWindow(
        window=Window(0, 0, height, width),
        samples=samples,
        target=target,
        known=~target,
        pixel_size=PixelSize.from_ppi(ppi),
        method=np.zeros(target.shape, np.uint8),
    )


def test_the_stage_adds_grain_unless_told_not_to() -> None:
    samples, target = grainy(), disc(20)
    region = window_of(samples, target)
    made = PaintingInfill().run_region(region).samples
    smooth = PaintingInfill(grain_um=0).run_region(region).samples
    middle = disc(10)
    assert made[middle].std() > 2 * smooth[middle].std()
    np.testing.assert_array_equal(made[~target], samples[~target])


def test_the_stage_reads_as_far_as_grain_is_taken_from() -> None:
    size = PixelSize.from_ppi(300)
    stage = PaintingInfill()
    assert stage.grain_px(size) == pytest.approx(3.54, abs=0.01)
    needed = grain_context_px((12, 12), stage.grain_px(size))
    assert needed > 56
    assert stage.context_px(Window(0, 0, 12, 12), size) >= needed
    assert grain_context_px((4, 90), stage.grain_px(size)) == 0
    assert PaintingInfill(grain_um=0).grain_px(size) == 0

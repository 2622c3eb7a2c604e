# SPDX-License-Identifier: Apache-2.0
"""The infill network at work: inside the damage only, the same however it is cut."""

import hashlib

import numpy as np
import pytest
import torch

from pellicle.io.weights_file import load_infill_weights
from pellicle.learn.infill_network import InfillNetwork
from pellicle.learn.infill_task import correction_of
from pellicle.learn.infill_training import exported_infill
from pellicle.model.network_file import NetworkFile
from pellicle.model.raster import Window
from pellicle.model.reconstruction import EvidenceGrade
from pellicle.model.units import PixelSize
from pellicle.stages.contract import RegionWindow
from pellicle.stages.reconstruct.infill import (
    ASK_DIFFUSION,
    ASK_NETWORK,
    PaintingInfill,
)
from pellicle.stages.reconstruct.refine import (
    BLOCK_PX,
    HALO_PX,
    NEAR_PX,
    WHOLE_PX,
    halo_px,
    refine,
)


def with_opinions():
    """A network that corrects a great deal; untrained ones correct nothing."""
    torch.manual_seed(4)
    network = InfillNetwork().eval()
    torch.nn.init.normal_(network.correction.weight, std=0.2)
    return network


@pytest.fixture(scope="module")
def network():
    content = exported_infill(with_opinions())
    return NetworkFile(hashlib.sha256(content).hexdigest(), "infill.onnx", content)


def paint(shape=(420, 400), bands=3, dtype=np.uint16, seed=0):
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    plane = 0.5 + 0.2 * np.sin(rows / 11) * np.cos(columns / 7)
    picture = plane[..., None] + rng.normal(0, 0.03, (*shape, bands))
    return np.rint(np.clip(picture, 0, 1) * np.iinfo(dtype).max).astype(dtype)


def long_crack(shape=(420, 400)):
    target = np.zeros(shape, np.bool_)
    for row in range(60, 340):
        column = 60 + (row * 3 % 280 if row > 200 else row)
        target[row, column : column + 3] = True
        target[200:203, 60:340] = True
    return target


def corrected(network, samples, target, known, origin=(0, 0)):
    made = samples.copy()
    refine(network, made, target, known, origin)
    return made


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("bands", [1, 3])
def test_only_what_is_filled_is_corrected(network, dtype, bands) -> None:
    samples = paint(bands=bands, dtype=dtype)
    target = long_crack()
    made = corrected(network, samples, target, ~target)
    assert made.dtype == dtype
    np.testing.assert_array_equal(made[~target], samples[~target])
    assert (made[target] != samples[target]).mean() > 0.5


def test_it_says_what_the_trained_network_says(network) -> None:
    fractions = (paint((96, 104)) / 65535).astype(np.float32)
    target = np.zeros((96, 104), np.bool_)
    target[40:56, 48:56] = True
    made = fractions.copy()
    refine(network, made, target, ~target)
    # The window ends where what is seen ends: on multiples of eight here.
    window = np.s_[40 - NEAR_PX : 56 + NEAR_PX, 48 - NEAR_PX : 56 + NEAR_PX]
    seen, asked = fractions[window], target[window]
    by_torch = correction_of(with_opinions(), seen, ~asked, asked)
    np.testing.assert_allclose(
        made[window][asked], np.clip(seen + by_torch, 0, 1)[asked], atol=2e-5
    )


def test_what_is_neither_intact_nor_filled_is_not_looked_at(network) -> None:
    samples, target = paint((120, 120)), np.zeros((120, 120), np.bool_)
    target[50:60, 50:60] = True
    known = ~target
    known[20:45] = False
    other = samples.copy()
    other[~known & ~target] = 7
    np.testing.assert_array_equal(
        corrected(network, samples, target, known)[target],
        corrected(network, other, target, known)[target],
    )


@pytest.mark.parametrize("side", ["small", "large"])
def test_where_the_window_is_cut_does_not_show(network, side) -> None:
    samples = paint()
    target = long_crack()
    if side == "small":
        target[:] = False
        target[201:220, 187:205] = True
    longest = max(int(np.ptp(one)) for one in np.nonzero(target))
    assert (longest > WHOLE_PX) == (side == "large")
    whole = corrected(network, samples, target, ~target)
    rows, columns = (np.flatnonzero(target.any(axis=a)) for a in (1, 0))
    for more in (HALO_PX, HALO_PX + 5):
        top, left = max(rows[0] - more, 0), max(columns[0] - more, 0)
        cut = np.s_[top : rows[-1] + 1 + more, left : columns[-1] + 1 + more]
        part = corrected(network, samples[cut], target[cut], ~target[cut], (top, left))
        np.testing.assert_array_equal(part, whole[cut])


def test_a_block_alone_gives_what_all_blocks_give(network) -> None:
    """Nothing beyond the halo pulls, so blocks of a large place meet without a step."""
    samples, target = paint(), long_crack()
    far = samples.copy()
    # One block of the grid, and what it may see.
    top, left = BLOCK_PX, BLOCK_PX
    near = np.zeros(target.shape, np.bool_)
    near[top - HALO_PX : top + BLOCK_PX + HALO_PX,
         left - HALO_PX : left + BLOCK_PX + HALO_PX] = True  # fmt: skip
    far[~near] = 65535 - far[~near]
    block = np.s_[top : top + BLOCK_PX, left : left + BLOCK_PX]
    np.testing.assert_array_equal(
        corrected(network, samples, target, ~target)[block],
        corrected(network, far, target, ~target)[block],
    )


def window_of(samples, target, *, method=0, ppi=600.0):
    height, width = target.shape
    return RegionWindow(
        window=Window(0, 0, height, width),
        samples=samples,
        target=target,
        known=~target,
        pixel_size=PixelSize.from_ppi(ppi),
        method=np.full(target.shape, method, np.uint8),
    )


def disc(diameter, shape=(160, 160)):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return np.hypot(rows - 80, columns - 80) <= diameter / 2


def test_a_stage_with_a_network_corrects_diffusion_and_nothing_else(network) -> None:
    samples, target = paint((160, 160)), disc(16)
    plain = PaintingInfill().run_region(window_of(samples, target))
    made = PaintingInfill(refiner=network).run_region(window_of(samples, target))
    assert (made.samples[target] != plain.samples[target]).any()
    np.testing.assert_array_equal(made.samples[~target], samples[~target])
    assert (made.evidence[target] == EvidenceGrade.INTERPOLATED).all()


def test_diffusion_that_a_person_asks_for_is_not_corrected(network) -> None:
    region = window_of(paint((160, 160)), disc(16), method=ASK_DIFFUSION)
    made = PaintingInfill(refiner=network).run_region(region)
    plain = PaintingInfill().run_region(region)
    np.testing.assert_array_equal(made.samples, plain.samples)


def test_patches_are_not_corrected(network) -> None:
    region = window_of(paint((160, 160)), disc(50))
    made = PaintingInfill(refiner=network).run_region(region)
    plain = PaintingInfill().run_region(region)
    copied = made.evidence == EvidenceGrade.COPIED
    assert copied.sum() > 0.9 * region.target.sum()
    np.testing.assert_array_equal(made.samples[copied], plain.samples[copied])


def test_farther_than_a_millimetre_from_paint_it_is_generated(network) -> None:
    target = disc(60)
    region = window_of(paint((160, 160)), target, method=ASK_NETWORK, ppi=300.0)
    made = PaintingInfill(refiner=network).run_region(region)
    away = np.hypot(*(np.mgrid[:160, :160] - 80))
    one_mm = 300 / 25.4
    assert (made.evidence[away < 30 - one_mm - 2] == EvidenceGrade.GENERATED).all()
    rim = target & (away > 30 - one_mm + 2)
    assert (made.evidence[rim] == EvidenceGrade.INTERPOLATED).all()


def test_the_network_is_part_of_what_names_a_run(network) -> None:
    with_one = PaintingInfill(refiner=network).settings()
    assert with_one["refiner"] == network.sha256
    assert PaintingInfill().settings()["refiner"] is None


def test_a_stage_with_a_network_asks_for_what_it_sees(network) -> None:
    size = PixelSize.from_ppi(600)
    stage = PaintingInfill(refiner=network, grain_um=0)
    for side_px in (4, WHOLE_PX + 1):
        place = Window(0, 0, 4, side_px)
        assert stage.context_px(place, size) >= halo_px(side_px)


def test_the_shipped_network_is_there_and_small() -> None:
    assert len(load_infill_weights().content) <= 8_000_000

# SPDX-License-Identifier: Apache-2.0

import math

import numpy as np
import pytest
from scipy import ndimage

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.film import FilmModel
from pellicle.colour.film_layers import displaced, film_layers, with_film
from pellicle.io.icc import output_profile
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.model.mask import MASK_PLANES
from pellicle.model.raster import Window
from pellicle.stages.mask.alignability import (
    Alignment,
    AlignmentSums,
    PrintedTile,
    align_tile,
    alignment_reach_px,
    displacements,
    sampling_step,
)
from pellicle.stages.mask.needed_width import crack_ratio, width_needed
from pellicle.stages.mask.separation import separate

DELTA_PX = 8.0
SETUP, ICC = load_print_setup(DEFAULT_PRINT_SETUP)
MODEL = FilmModel.of(SETUP, output_profile(ICC))
OPAQUE = FilmModel.of(
    SETUP.model_copy(
        update={"white": SETUP.white.model_copy(update={"scattering": 50.0})}
    ),
    output_profile(ICC),
)


def stripe(width_px: int, side: int = 240) -> np.ndarray:
    mask = np.zeros((side, side), np.bool_)
    left = side // 2 - width_px // 2
    mask[:, left : left + width_px] = True
    return mask


def disc(diameter_px: float, side: int = 240) -> np.ndarray:
    rows, columns = np.indices((side, side)) - (side - 1) / 2
    return np.hypot(rows, columns) <= diameter_px / 2


def glazed(mask: np.ndarray) -> AlignmentSums:
    """Damage a little too light, and a glaze that would darken sound paint as much."""
    target = np.full((*mask.shape, 3), 0.30, np.float32)
    scan = np.where(mask[..., None], np.float32(0.31), target)
    return aligned(scan, target, mask, glaze=True)


def aligned(  # noqa: PLR0913
    scan: np.ndarray,
    target: np.ndarray,
    mask: np.ndarray,
    *,
    glaze: bool = False,
    parts: np.ndarray | None = None,
    step: int = 1,
    delta_px: float = DELTA_PX,
    model: FilmModel = MODEL,
) -> AlignmentSums:
    planes = np.zeros((*mask.shape, MASK_PLANES), np.uint16)
    count = int(mask.sum())
    planes[mask] = separate(
        model,
        scan[mask],
        target[mask],
        np.full(count, glaze),
        np.ones(count, np.float32),
    )
    numbers = mask.astype(np.uint32) if parts is None else parts
    whole = Window(0, 0, *mask.shape)
    # A stripe's ends, where the film moves along it, do not count.
    middle = Window(60, 0, mask.shape[0] - 60, mask.shape[1])
    return align_tile(
        model,
        scan[middle.slices],
        target[middle.slices],
        PrintedTile(numbers, planes, whole),
        middle,
        shifts=displacements(delta_px),
        steps=np.full(int(numbers.max()) + 1, step, np.int64),
    )


def ratio(sums: AlignmentSums, n: int = 0) -> float:
    return Alignment.of(
        int(sums.difference[n]), int(sums.gained[n]), int(sums.exact[n])
    ).ratio


def test_displacements_stand_for_a_gaussian() -> None:
    moved = displacements(3.0)[:24]
    assert len(np.unique(moved.round(6), axis=0)) == 24
    np.testing.assert_allclose(moved.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(moved.std(axis=0), 3.0, rtol=0.06)
    np.testing.assert_allclose(displacements(3.0)[24], 0)


@pytest.mark.parametrize(
    ("widths", "published"), [(2, 0.781), (3, 0.531), (4, 0.399), (6, 0.266)]
)
def test_crack_of_equal_contrast(widths: int, published: float) -> None:
    assert crack_ratio(widths) == pytest.approx(published, abs=6e-4)
    found = ratio(glazed(stripe(round(widths * DELTA_PX))))
    # Twenty-four displacements stand for all, along one crack.
    assert found == pytest.approx(published, abs=0.02)


@pytest.mark.parametrize(
    ("widths", "published"), [(3, 0.997), (4, 0.772), (5, 0.625), (8, 0.396)]
)
def test_disc_of_equal_contrast(widths: int, published: float) -> None:
    found = ratio(glazed(disc(widths * DELTA_PX)))
    assert found == pytest.approx(published, abs=0.02)


@pytest.mark.parametrize(
    ("mask", "widths"), [(stripe(24), 1.47), (disc(48), 2.99)], ids=["crack", "disc"]
)
def test_opaque_infill_like_its_surroundings_is_worth_it_sooner(
    mask: np.ndarray, widths: float
) -> None:
    # Dark damage in sound paint: the film is not seen beside it, under it the dark is.
    target = np.full((*mask.shape, 3), 0.30, np.float32)
    scan = np.where(mask[..., None], np.float32(0.25), target)
    delta_px = (24 if widths < 2 else 48) / widths
    found = ratio(aligned(scan, target, mask, delta_px=delta_px, model=OPAQUE))
    assert found == pytest.approx(0.5, abs=0.02)


def test_ratio_is_the_mean_difference_with_the_film_over_that_without() -> None:
    """As defined, over the region widened by 3 δ, by other means."""
    rng = np.random.default_rng(3)
    mask = disc(18, 80)
    target = rng.uniform(0.1, 0.6, (80, 80, 3)).astype(np.float32)
    target = ndimage.gaussian_filter(target, (3, 3, 0))
    scan = np.where(mask[..., None], rng.random(3), target).astype(np.float32)
    planes = np.zeros((*mask.shape, MASK_PLANES), np.uint16)
    count = int(mask.sum())
    share = rng.uniform(0.3, 1, count).astype(np.float32)
    planes[mask] = separate(MODEL, scan[mask], target[mask], np.zeros(count) > 0, share)
    window = Window(0, 0, 80, 80)
    sums = align_tile(
        MODEL,
        scan,
        target,
        PrintedTile(mask.astype(np.uint32), planes, window),
        window,
        shifts=displacements(4.0),
        steps=np.ones(2, np.int64),
    )
    target_lab = lab_d50_from_rec2020(target)
    layers = film_layers(MODEL, mask, planes)

    def difference(picture: np.ndarray) -> float:
        return float(ciede2000(lab_d50_from_rec2020(picture), target_lab).sum())

    with_films = [
        difference(
            with_film(
                MODEL,
                scan,
                displaced(layers[0], *at, 1.0),
                displaced(layers[1], *at, 0),
            )
        )
        for at in displacements(4.0)
    ]
    expected = np.mean(with_films[:24]) / difference(scan)
    assert ratio(sums) == pytest.approx(expected, abs=2e-3)
    found = Alignment.of(
        *(int(s[0]) for s in (sums.difference, sums.gained, sums.exact))
    )
    assert found.exact == pytest.approx(with_films[24] / difference(scan), abs=2e-3)


def test_tiles_add_up_to_the_whole() -> None:
    mask = disc(30, 90) | np.pad(disc(9, 20), ((0, 70), (60, 10)))
    numbers, count = ndimage.label(mask)
    numbers = numbers.astype(np.uint32)
    assert count == 2
    target = np.full((90, 90, 3), 0.30, np.float32)
    scan = np.where(mask[..., None], np.float32(0.1), target)
    planes = np.zeros((90, 90, MASK_PLANES), np.uint16)
    pixels = int(mask.sum())
    nothing, full = np.zeros(pixels) > 0, np.ones(pixels, np.float32)
    planes[mask] = separate(MODEL, scan[mask], target[mask], nothing, full)
    shifts, steps = displacements(5.0), np.array([1, 3, 1])
    raster = Window(0, 0, 90, 90)

    def summed(tile_px: int) -> np.ndarray:
        total = np.zeros((3, 3), np.int64)
        for top in range(0, 90, tile_px):
            for left in range(0, 90, tile_px):
                tile = Window(top, left, top + tile_px, left + tile_px).within(raster)
                wide = tile.expanded(alignment_reach_px(5.0), raster)
                sums = align_tile(
                    MODEL,
                    scan[tile.slices],
                    target[tile.slices],
                    PrintedTile(numbers[wide.slices], planes[wide.slices], wide),
                    tile,
                    shifts=shifts,
                    steps=steps,
                )
                total[sums.parts] += np.stack(
                    [sums.difference, sums.gained, sums.exact], 1
                )
        return total

    whole = summed(90)
    np.testing.assert_array_equal(summed(17), whole)
    np.testing.assert_array_equal(summed(40), whole)
    assert (whole[1:, 0] > 0).all()


def test_parts_add_up_to_their_region_and_tell_the_arm_from_the_body() -> None:
    body, arm = disc(60, 200), np.zeros((200, 200), np.bool_)
    arm[96:102, 128:190] = True
    mask = body | arm
    target = np.full((200, 200, 3), 0.30, np.float32)
    scan = np.where(mask[..., None], np.float32(0.31), target)
    whole = aligned(scan, target, mask, glaze=True)
    parts = (body + 2 * (arm & ~body)).astype(np.uint32)
    apart = aligned(scan, target, mask, glaze=True, parts=parts)
    for name in ("difference", "gained", "exact"):
        assert getattr(apart, name).sum() == getattr(whole, name)[0]
    assert ratio(apart, 0) < 0.5 < ratio(whole) + 0.2
    assert ratio(apart, 1) > 1


def test_large_parts_are_sampled_and_come_out_alike() -> None:
    mask = disc(8 * DELTA_PX)
    target = np.full((*mask.shape, 3), 0.30, np.float32)
    scan = np.where(mask[..., None], np.float32(0.31), target)
    step = sampling_step(int(mask.sum()))
    assert step == 13
    sampled = ratio(aligned(scan, target, mask, glaze=True, step=step))
    assert sampled == pytest.approx(0.396, abs=0.03)
    assert sampling_step(256) == 1


def test_nothing_to_hide_is_never_worth_a_film() -> None:
    assert Alignment.of(0, 0, 0).ratio == math.inf


@pytest.mark.parametrize(("widths", "contrast"), [(2, 1.0), (1.2, 1.0), (0.8, 0.5)])
def test_needed_width_is_that_of_a_crack_worth_printing(
    widths: float, contrast: float
) -> None:
    measured = Alignment(contrast * crack_ratio(widths), 0.0)
    needed = width_needed(widths, measured, 0.5)
    assert needed == pytest.approx(3.19 if contrast == 1 else 1.47, abs=0.01)


def test_no_width_helps_a_film_of_the_wrong_colour() -> None:
    assert width_needed(2, Alignment(1.2, 0.6), 0.5) == math.inf
    assert width_needed(2, Alignment(math.inf, math.inf), 0.5) == math.inf

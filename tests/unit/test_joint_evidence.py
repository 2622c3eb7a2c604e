# SPDX-License-Identifier: Apache-2.0
"""What filters found counts where the networks see something there too."""

import numpy as np
import pytest

from pellicle.model.condition import DamageClass
from pellicle.stages.condition.joint import (
    LEAST_BACKED,
    Backing,
    believed,
    damage_evidence,
    joint_evidence,
)

LOSS, CRACK, SPLIT = DamageClass.LOSS, DamageClass.CRAQUELURE, DamageClass.SPLIT
SAME = np.arange(4, dtype=np.uint32)


def seen(probability: float, shape=(40, 60)) -> np.ndarray:
    """Evidence of abrasion everywhere: any damage backs a region."""
    evidence = np.zeros((*shape, 4), np.uint8)
    evidence[..., 1] = round(255 * probability)
    return evidence


def three_regions() -> tuple[np.ndarray, np.ndarray]:
    """A loss, a crack and a split, as numbers 1 to 3, and their classes."""
    numbers = np.zeros((40, 60), np.uint32)
    numbers[5:15, 5:15], numbers[20, 5:50], numbers[30, 5:50] = 1, 2, 3
    return numbers, np.array([0, LOSS, CRACK, SPLIT], np.uint8)


@pytest.mark.parametrize("kind", LEAST_BACKED)
def test_a_region_counts_from_a_mean_probability_on(kind) -> None:
    numbers, classes = three_regions()
    number = classes.tolist().index(kind)
    for factor, wanted in ((0.8, 0), (1.2, kind)):
        backing = Backing(classes)
        evidence = seen(1.0)
        evidence[numbers == number] = [
            0,
            round(factor * 255 * LEAST_BACKED[kind]),
            0,
            0,
        ]
        if kind == LOSS:  # of a ground that shows elsewhere too
            numbers[5:15, 20:45], classes = 4, np.append(classes, LOSS).astype(np.uint8)
            backing = Backing(classes)
        backing.add(numbers, evidence)
        same = np.arange(len(classes), dtype=np.uint32)
        assert backing.backed(same)[number] == wanted


@pytest.mark.parametrize(("probability", "believed_in"), [(0.2, False), (0.3, True)])
def test_a_lower_layer_is_believed_as_a_whole(probability, believed_in) -> None:
    numbers, classes = three_regions()
    numbers[5:15, 20:30] = 4
    classes = np.append(classes, LOSS).astype(np.uint8)
    evidence = seen(0.1)
    evidence[5:15, 20:30, 1] = round(255 * (2 * probability - 0.1))
    backing = Backing(classes)
    backing.add(numbers, evidence)
    backed = backing.backed(np.arange(5, dtype=np.uint32))
    assert backed[[1, 4]].tolist() == [LOSS * believed_in] * 2


def test_it_is_the_mean_of_the_region_and_of_it_alone() -> None:
    numbers, classes = three_regions()
    evidence = seen(1.0)
    evidence[numbers == 2] = 0
    evidence[20, 5:18, 2] = 255  # 13 of 45 pixels: 0.29
    backing = Backing(classes)
    backing.add(numbers, evidence)
    assert backing.backed(SAME).tolist() == [0, LOSS, 0, SPLIT]
    evidence[20, 18, 2] = 255  # 14 of 45: 0.31
    backing = Backing(classes)
    backing.add(numbers, evidence)
    assert backing.backed(SAME).tolist() == [0, LOSS, CRACK, SPLIT]


@pytest.mark.parametrize("side", [7, 16, 60])
def test_tiles_and_their_provisional_numbers_make_no_difference(side) -> None:
    rng = np.random.default_rng(side)
    evidence = rng.integers(0, 120, (40, 60, 4)).astype(np.uint8)
    numbers, classes = three_regions()
    whole = Backing(classes)
    whole.add(numbers, evidence)
    # Halves of the crack have numbers of their own until they are joined.
    apart = numbers.copy()
    apart[20, 30:] = np.where(apart[20, 30:] > 0, 4, 0)
    tiled = Backing(np.append(classes, CRACK).astype(np.uint8))
    for top in range(0, 40, side):
        for left in range(0, 60, side):
            at = slice(top, top + side), slice(left, left + side)
            tiled.add(apart[at], evidence[at])
    joined = tiled.backed(np.array([0, 1, 2, 3, 2], np.uint32))
    np.testing.assert_array_equal(joined[[0, 1, 2, 3]], whole.backed(SAME))
    assert joined[4] == joined[2]


def test_the_networks_tell_a_split_from_craquelure_where_filters_found_a_line() -> None:
    evidence = np.zeros((1, 3, 4), np.uint8)
    evidence[0, :, 2], evidence[0, :, 3] = (10, 60, 30), (0, 50, 90)
    found = believed(np.full((1, 3), CRACK, np.uint8), np.full((1, 3), 160, np.uint8))
    joint = joint_evidence(evidence, found)
    said = 224 + 160 // 8
    assert joint[0, :, 2].tolist() == [said, said, 30]
    assert joint[0, :, 3].tolist() == [0, 50, 180]  # not plain by their word alone


def test_damage_is_as_likely_as_its_classes_together() -> None:
    evidence = np.array([[0, 0, 0, 0], [10, 20, 30, 40], [200, 0, 90, 0]], np.uint8)
    assert damage_evidence(evidence).tolist() == [0, 100, 255]

# SPDX-License-Identifier: Apache-2.0
import numpy as np

from pellicle.stages.condition.classical.rims import pockets, with_rims

GROUND = 16
LINE = 19


def loss_with_a_soft_edge() -> tuple[np.ndarray, np.ndarray]:
    """Bare ground in a square, two pixels of mixture around it, paint beyond."""
    lab = np.zeros((60, 60, 3), np.float32)
    lab[...] = 40, 5, 10
    lab[18:42, 18:42] = 60, 5, 10
    lab[20:40, 20:40] = 90, 0, 10
    found = np.zeros((60, 60), np.uint8)
    found[20:40, 20:40] = GROUND
    return lab, found


def test_a_loss_takes_in_its_rim_and_no_sound_paint() -> None:
    lab, found = loss_with_a_soft_edge()
    grown, added = with_rims(found, lab, found == GROUND, 4, 6.0)
    expected = np.zeros(found.shape, bool)
    expected[18:42, 18:42] = True
    np.testing.assert_array_equal(grown == GROUND, expected)
    np.testing.assert_array_equal(added, expected & (found == 0))


def test_growth_stops_at_the_widest_rim() -> None:
    lab, found = loss_with_a_soft_edge()
    grown, _ = with_rims(found, lab, found == GROUND, 1, 6.0)
    assert np.count_nonzero(grown == GROUND) == 22 * 22


def test_the_dark_line_of_a_shadowed_edge_becomes_part_of_the_loss() -> None:
    lab, found = loss_with_a_soft_edge()
    lab[18:20, 18:42] = 15, 5, 10
    found[18:20, 18:42] = LINE
    grown, added = with_rims(found, lab, found == GROUND, 4, 6.0)
    assert (grown[18:20, 18:42] == GROUND).all()
    assert added[18:20, 18:42].all()


def test_restless_paint_is_not_taken_for_a_rim() -> None:
    rng = np.random.default_rng(4)
    lab, found = loss_with_a_soft_edge()
    paint = lab[..., 0] == 40
    lab[paint, 0] += rng.normal(0, 8, np.count_nonzero(paint)).astype(np.float32)
    grown, _ = with_rims(found, lab, found == GROUND, 4, 6.0)
    taken = np.count_nonzero((grown == GROUND) & paint)
    assert taken < 0.25 * np.count_nonzero(paint[14:46, 14:46])


def test_underpaint_amid_a_loss_belongs_to_it_and_sound_paint_does_not() -> None:
    lab = np.zeros((80, 80, 3), np.float32)
    lab[...] = 30, 0, 0
    lab[20:60, 20:60] = 90, 0, 10
    lab[30:38, 30:38] = 55, 20, 30  # underpaint left standing
    lab[23:28, 49:54] = 30, 0, 0  # paint left standing
    found = np.where(lab[..., 0] == 90, GROUND, 0).astype(np.uint8)
    expected = lab[..., 0] == 55
    np.testing.assert_array_equal(
        pockets(found, lab, found == GROUND, 8, 10.0), expected
    )

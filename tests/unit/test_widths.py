# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from scipy import ndimage

from pellicle.stages.reconstruct.widths import RIM_PX, wide_parts


def damage(seed):
    """Discs, a long crack, and pixels that are neither damage nor known paint."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:150, :190]
    target = np.zeros((150, 190), np.bool_)
    for _ in range(6):
        row, column, radius = rng.integers((0, 0, 3), (150, 190, 24))
        target |= np.hypot(rows - row, columns - column) <= radius
    target[70:73] = True
    known = ~target
    known[:20, 60:110] = False
    return target, known


@pytest.mark.parametrize("diameter_px", [1.0, 8.0, 23.6, 24.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_wide_is_what_a_disc_of_the_diameter_reaches_that_touches_no_paint(
    seed, diameter_px
):
    target, known = damage(seed)
    inside = ndimage.distance_transform_edt(~known) > diameter_px / 2
    expected = np.zeros_like(target)
    if inside.any():
        expected = ndimage.distance_transform_edt(~inside) <= diameter_px / 2 + RIM_PX
    assert np.array_equal(wide_parts(target, known, diameter_px), expected & target)


def test_with_nothing_known_all_is_wide():
    target = np.ones((30, 40), np.bool_)
    assert wide_parts(target, ~target, 24.0).all()

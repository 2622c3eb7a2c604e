# SPDX-License-Identifier: Apache-2.0
import numpy as np

from pellicle.model.units import PixelSize
from pellicle.stages.mask.printable import widest_um


def test_line_of_one_pixel_is_one_pixel_wide_at_any_length() -> None:
    pixel_size = PixelSize(40.0)
    assert widest_um(np.ones((1, 1), np.bool_), pixel_size) == 40
    assert widest_um(np.ones((1, 500), np.bool_), pixel_size) == 40
    assert widest_um(np.eye(50, dtype=np.bool_), pixel_size) == 40


def test_region_is_as_wide_as_its_widest_place() -> None:
    region = np.zeros((30, 80), np.bool_)
    region[14, :] = True
    rows, columns = np.indices(region.shape)
    region |= (rows - 14) ** 2 + (columns - 40) ** 2 <= 7.2**2
    # 15 px from end to end; its stepped edge cuts a little off the disc inside.
    assert 13 * 20 <= widest_um(region, PixelSize(20.0)) <= 15 * 20


def test_window_of_a_region_may_be_as_tight_as_the_region() -> None:
    assert widest_um(np.ones((3, 200), np.bool_), PixelSize(10.0)) == 30

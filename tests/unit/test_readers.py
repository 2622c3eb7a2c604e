# SPDX-License-Identifier: Apache-2.0
import pickle
from pathlib import Path

import numpy as np
import pytest

from pellicle.engine.areas import GROUP_PX, ReadOnce, grouped
from pellicle.engine.readers import Constant, Kept, LookedUp, Overlaid, Stored
from pellicle.errors import StoreDamagedError
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.raster import Window

SHAPE = (6, 8)
WHOLE = Window(0, 0, *SHAPE)
PART = Window(1, 2, 4, 8)


@pytest.fixture
def path(tmp_path: Path) -> str:
    generator = np.random.default_rng(0)
    planes = {
        "samples": PlaneSpec("uint8", 3),
        "painted": PlaneSpec("uint8", 3),
        "numbers": PlaneSpec("uint32"),
        "evidence": PlaneSpec("uint8"),
    }
    folder = tmp_path / "raster.zarr"
    store = RasterStore.create(folder, SHAPE, planes)
    for name in ("samples", "painted"):
        store.write(name, WHOLE, generator.integers(1, 256, (*SHAPE, 3), np.uint8))
    store.write("numbers", WHOLE, generator.integers(0, 4, SHAPE, np.uint32))
    store.write("evidence", WHOLE, generator.integers(0, 2, SHAPE, np.uint8))
    return str(folder)


def test_reader_sent_to_a_worker_reads_the_same(path: str) -> None:
    numbers = Stored(path, "numbers")
    readers = [
        numbers,
        Constant(7, "uint8"),
        LookedUp(numbers, np.array([0, 5, 6, 7], np.uint8)),
        Overlaid(
            Stored(path, "samples"), Stored(path, "painted"), Stored(path, "evidence")
        ),
        Kept(numbers, Stored(path, "evidence")),
    ]
    for reader in readers:
        copy = pickle.loads(pickle.dumps(reader))  # noqa: S301 -- our own bytes
        np.testing.assert_array_equal(copy.read(PART), reader.read(PART))
        np.testing.assert_array_equal(reader.read(WHOLE)[PART.slices], copy.read(PART))


def test_constant_is_the_same_everywhere() -> None:
    pixels = Constant(7, "uint16").read(PART)
    assert pixels.shape == PART.shape
    assert pixels.dtype == np.uint16
    assert (pixels == 7).all()


def test_numbers_are_replaced_by_what_the_table_says(path: str) -> None:
    numbers = Stored(path, "numbers").read(WHOLE)
    table = np.array([0, 10, 20, 30], np.uint8)
    found = LookedUp(Stored(path, "numbers"), table).read(WHOLE)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, numbers * 10)


def test_overlay_shows_the_upper_pixels_only_where_told(path: str) -> None:
    below, above = Stored(path, "samples"), Stored(path, "painted")
    where = Stored(path, "evidence").read(WHOLE) != 0
    found = Overlaid(below, above, Stored(path, "evidence")).read(WHOLE)
    np.testing.assert_array_equal(found[where], above.read(WHOLE)[where])
    np.testing.assert_array_equal(found[~where], below.read(WHOLE)[~where])
    assert (below.read(WHOLE) != found).any()


def test_plane_is_kept_only_where_told(path: str) -> None:
    numbers = Stored(path, "numbers").read(WHOLE)
    where = Stored(path, "evidence").read(WHOLE) != 0
    found = Kept(Stored(path, "numbers"), Stored(path, "evidence")).read(WHOLE)
    np.testing.assert_array_equal(found, numbers * where)


def test_store_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreDamagedError, match=r"gone\.zarr"):
        Stored(str(tmp_path / "gone.zarr"), "numbers").read(PART)


class At:
    def __init__(self, *window: int) -> None:
        self.window = Window(*window)


def test_what_lies_close_together_is_read_together(path: str) -> None:
    near, also_near = At(0, 0, 9, 9), At(5, GROUP_PX - 1, 9, GROUP_PX + 9)
    right, large = At(0, GROUP_PX, 5, GROUP_PX + 5), At(0, 0, 3, 3000)
    larger = At(0, 0, 4000, 4000)
    groups = grouped([near, right, large, also_near, larger])
    assert groups == ((larger,), (large,), (near, also_near), (right,))
    numbers = Stored(path, "numbers")
    read = ReadOnce.covering(numbers, [Window(1, 1, 3, 3), Window(2, 5, 6, 8)])
    assert read.area == Window(1, 1, 6, 8)
    np.testing.assert_array_equal(read.view(PART), numbers.read(PART))

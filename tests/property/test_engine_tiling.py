# SPDX-License-Identifier: Apache-2.0
"""Running a stage on tiles, in workers, with resume: none of it must show."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from typing_extensions import override

from pellicle.engine.ledger import Ledger
from pellicle.engine.readers import Constant, Stored
from pellicle.engine.tiles import TileRun, TileTask, run_tile_task
from pellicle.engine.workers import SerialExecutor, worker_pool
from pellicle.errors import DiskFullError
from pellicle.io.icc import output_profile, scan_encoding
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.mask import MASK_PLANES
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.stages.contract import TileStage
from pellicle.stages.mask.separation import FilmSeparation

SCAN, INFILL = ArtefactKind.SCAN, ArtefactKind.INFILL
PIXEL_SIZE = PixelSize(50.0)


class Spread(TileStage):
    """Largest sample within a length, counted from the raster's corner."""

    name = "spread"
    version = 1
    consumes = (SCAN, INFILL)
    produces = ArtefactKind.MASK
    reach_um: float = 100.0

    @override
    def halo_px(self, pixel_size: PixelSize) -> int:
        return pixel_size.px_covering(self.reach_um)

    @override
    def run_tile(
        self,
        tiles: Mapping[ArtefactKind, Array],
        pixel_size: PixelSize,
        window: Window,
    ) -> Array:
        side_px = 2 * self.halo_px(pixel_size) + 1
        largest: Array = ndimage.maximum_filter(
            tiles[SCAN], (side_px, side_px), mode="constant"
        )
        rows = np.arange(window.top, window.bottom, dtype=np.uint16)[:, None]
        spread: Array = (largest + rows) * (tiles[INFILL] != 0)
        return spread


@dataclass(frozen=True)
class InMemory:
    pixels: Array

    def read(self, window: Window) -> Array:
        return self.pixels[window.slices].copy()


def run_in_memory(
    stage: TileStage,
    planes: Mapping[ArtefactKind, Array],
    folder: Path,
    tile_px: int,
    result: Array,
) -> list[Window]:
    """Fill `result`; give the tiles that were written."""
    written = []

    def write(window: Window, pixels: Array) -> None:
        written.append(window)
        result[window.slices] = pixels

    run = TileRun(
        SerialExecutor(), lambda _: None, Ledger(folder / "ledger.txt"), tile_px
    )
    raster = RasterSpec(*planes[SCAN].shape[:2], PIXEL_SIZE)
    readers = {kind: InMemory(pixels) for kind, pixels in planes.items()}
    run.run(stage, readers, raster, write, only_where=INFILL)
    return written


def rasters(seed: int, shape: tuple[int, int]) -> dict[ArtefactKind, Array]:
    generator = np.random.default_rng(seed)
    infill = ndimage.maximum_filter(generator.random(shape) > 0.97, 5)
    return {
        SCAN: generator.integers(0, 60_000, shape, np.uint16),
        INFILL: infill.astype(np.uint8),
    }


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    tile_px=st.integers(1, 45),
    reach_um=st.sampled_from([0.0, 60.0, 250.0]),
)
def test_result_is_the_same_at_every_tile_size(  # noqa: PLR0913, PLR0917
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    height: int,
    width: int,
    tile_px: int,
    reach_um: float,
) -> None:
    stage = Spread(reach_um=reach_um)
    planes = rasters(seed, (height, width))
    whole = stage.run_tile(planes, PIXEL_SIZE, Window(0, 0, height, width))
    result = np.zeros((height, width), np.uint16)
    folder = tmp_path_factory.mktemp("run")
    written = run_in_memory(stage, planes, folder, tile_px, result)
    np.testing.assert_array_equal(result, whole)
    assert all(planes[INFILL][window.slices].any() for window in written)


def test_film_separation_is_the_same_at_every_tile_size(tmp_path: Path) -> None:
    setup, icc = load_print_setup(DEFAULT_PRINT_SETUP)
    stage = FilmSeparation(
        setup=setup, scan=scan_encoding(None, 3), ink=output_profile(icc)
    )
    generator = np.random.default_rng(5)
    shape = (61, 83)
    planes = {
        SCAN: generator.integers(0, 65_536, (*shape, 3), np.uint16),
        ArtefactKind.RECONSTRUCTION: generator.integers(
            0, 65_536, (*shape, 3), np.uint16
        ),
        INFILL: rasters(5, shape)[INFILL],
    }
    results = []
    for tile_px in (100, 32, 17):
        folder = tmp_path / str(tile_px)
        folder.mkdir()
        results.append(np.zeros((*shape, MASK_PLANES), np.uint16))
        run_in_memory(stage, planes, folder, tile_px, results[-1])
    assert results[0].any()
    np.testing.assert_array_equal(results[1], results[0])
    np.testing.assert_array_equal(results[2], results[0])


def test_tile_where_nothing_is_asked_for_is_not_computed() -> None:
    raster = RasterSpec(64, 64, PIXEL_SIZE)
    nothing = {SCAN: Constant(9, "uint16"), INFILL: Constant(0, "uint8")}
    task = TileTask(Spread(), nothing, raster, Window(0, 0, 32, 32), INFILL)
    assert run_tile_task(task) is None


# --- on disk, with crashes ----------------------------------------------------------

SIDE_PX = 600


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "source.zarr"
    store = RasterStore.create(
        path,
        (SIDE_PX, SIDE_PX),
        {"scan": PlaneSpec("uint16"), "infill": PlaneSpec("uint8")},
    )
    planes = rasters(3, (SIDE_PX, SIDE_PX))
    planes[INFILL][:, 200:420] = 0  # the middle one of three columns
    window = Window(0, 0, SIDE_PX, SIDE_PX)
    store.write("scan", window, planes[SCAN])
    store.write("infill", window, planes[INFILL])
    return path


class Attempt:
    """One process's work on a run: writes until it is told to fail."""

    def __init__(self, source: Path, folder: Path, pool: Executor) -> None:
        self._inputs = {
            SCAN: Stored(str(source), "scan"),
            INFILL: Stored(str(source), "infill"),
        }
        self._folder = folder
        self._pool = pool
        self._store = RasterStore.create(
            folder / "raster.zarr", (SIDE_PX, SIDE_PX), {"spread": PlaneSpec("uint16")}
        )
        self.written: list[Window] = []
        self.mpx = 0.0

    def run(self, fail_at: int | None = None) -> Array:
        def write(window: Window, pixels: Array) -> None:
            if len(self.written) == fail_at:
                raise DiskFullError("raster.zarr")
            self._store.write("spread", window, pixels)
            self.written.append(window)

        run = TileRun(
            self._pool, self._advance, Ledger(self._folder / "ledger.txt"), 256
        )
        raster = RasterSpec(SIDE_PX, SIDE_PX, PIXEL_SIZE)
        run.run(Spread(), self._inputs, raster, write, only_where=INFILL)
        return self._store.read("spread", raster.window)

    def _advance(self, mpx: float) -> None:
        self.mpx += mpx


@pytest.fixture(scope="module")
def pools() -> Iterator[tuple[Executor, Executor]]:
    with worker_pool(1) as one, worker_pool(2) as two:
        yield one, two


def test_two_workers_give_what_one_gives(
    source: Path, tmp_path: Path, pools: tuple[Executor, Executor]
) -> None:
    results = []
    for name, pool in zip(("one", "two"), pools, strict=True):
        (tmp_path / name).mkdir()
        attempt = Attempt(source, tmp_path / name, pool)
        results.append(attempt.run())
        assert attempt.mpx == pytest.approx(SIDE_PX**2 / 1e6)
    np.testing.assert_array_equal(results[1], results[0])
    assert results[0].any()
    chunk = "raster.zarr/spread/c/1/1"
    one, two = (tmp_path / name / chunk for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("fail_at", [0, 1, 4])
def test_only_what_is_missing_is_computed_after_a_crash(
    source: Path, tmp_path: Path, pools: tuple[Executor, Executor], fail_at: int
) -> None:
    (tmp_path / "whole").mkdir()
    whole = Attempt(source, tmp_path / "whole", pools[0])
    expected = whole.run()
    assert len(whole.written) == 6

    folder = tmp_path / "resumed"
    folder.mkdir()
    with pytest.raises(DiskFullError):
        Attempt(source, folder, pools[0]).run(fail_at)
    again = Attempt(source, folder, pools[0])
    np.testing.assert_array_equal(again.run(), expected)
    assert len(again.written) == 6 - fail_at
    assert again.mpx == pytest.approx(SIDE_PX**2 / 1e6)
    last = Attempt(source, folder, pools[0])
    np.testing.assert_array_equal(last.run(), expected)
    assert last.written == []

# SPDX-License-Identifier: Apache-2.0
"""Infilling place by place: who does it, and in what pieces, must not show."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from typing_extensions import override

from pellicle.engine.ledger import Ledger
from pellicle.engine.places import Filled, PlaceInputs, PlaceRun
from pellicle.engine.readers import Constant, Stored
from pellicle.engine.regions import NUMBERS, RegionTile, number_regions
from pellicle.engine.workers import SerialExecutor, worker_pool
from pellicle.errors import DiskFullError
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.raster.regions import RegionShape
from pellicle.stages.contract import RegionResult, RegionStage, RegionWindow

RASTER = RasterSpec(300, 400, PixelSize(50.0))
CONTEXT_PX = 6


class Borrow(RegionStage):
    """Each target pixel takes the largest intact sample within a few pixels.

    Local, so that blocks give what the whole place gives.
    """

    name = "borrow"
    version = 1
    consumes = (ArtefactKind.SCAN,)
    produces = ArtefactKind.RECONSTRUCTION

    @override
    def context_px(self, target: Window, pixel_size: PixelSize) -> int:
        return CONTEXT_PX

    @override
    def run_region(self, region: RegionWindow) -> RegionResult:
        assert not (region.target & region.known).any()
        samples = region.samples.copy()
        filled = np.zeros_like(region.target)
        known = np.where(region.known, region.samples[:, :, 0], 0)
        for row, column in np.argwhere(region.target):
            near = known[
                max(row - CONTEXT_PX, 0) : row + CONTEXT_PX + 1,
                max(column - CONTEXT_PX, 0) : column + CONTEXT_PX + 1,
            ]
            if near.any():
                samples[row, column] = near.max()
                filled[row, column] = True
        evidence = filled.astype(np.uint8) * (1 + region.method)
        return RegionResult(samples, filled, evidence)


class BorrowAlone(Borrow):
    """Refuses to see another place's pixels as its own."""

    @override
    def run_region(self, region: RegionWindow) -> RegionResult:
        assert ndimage.label(region.target, np.ones((3, 3)))[1] == 1
        return super().run_region(region)


@dataclass
class Painting:
    """Scan, damage and places on disk; and what the stage makes of them at once."""

    folder: Path
    samples: Array
    damage: Array
    places: tuple[RegionShape, ...] = ()
    inputs: PlaceInputs = field(init=False)

    def __post_init__(self) -> None:
        path = self.folder / "source.zarr"
        planes = {
            "samples": PlaneSpec("uint16", 1),
            "known": PlaneSpec("uint8"),
            NUMBERS: PlaneSpec("uint32"),
        }
        store = RasterStore.create(path, RASTER.shape, planes)
        store.write("samples", RASTER.window, self.samples)
        store.write("known", RASTER.window, (self.damage == 0).astype(np.uint8))
        tile = RegionTile(RASTER.window, self.damage, self.damage)
        self.places, final = number_regions([tile], RASTER, store, 512)
        assert (final == np.arange(len(final))).all()
        self.inputs = PlaceInputs(
            samples=Stored(str(path), "samples"),
            numbers=Stored(str(path), NUMBERS),
            known=Stored(str(path), "known"),
            method=Constant(2, "uint8"),
        )

    def expected(self) -> Array:
        region = RegionWindow(
            window=RASTER.window,
            samples=self.samples,
            target=self.damage != 0,
            known=self.damage == 0,
            pixel_size=RASTER.pixel_size,
            method=np.zeros(RASTER.shape, np.uint8),
        )
        return Borrow().run_region(region).samples


class Attempt:
    """Fills a copy of the scan."""

    def __init__(self, painting: Painting, ledger: Path) -> None:
        self.painting = painting
        self.ledger = ledger
        self.result = painting.samples.copy()
        self.evidence = np.zeros(RASTER.shape, np.uint8)
        self.mpx = 0.0
        self.writes = 0
        self.stage: Borrow = Borrow()

    def run(
        self,
        pool: Executor,
        limits: tuple[int, int] = (3072, 1024),
        fail_at: int | None = None,
    ) -> Array:
        self.ledger.mkdir(exist_ok=True)

        def write(made: tuple[Filled, ...]) -> None:
            if self.writes == fail_at:
                raise DiskFullError("raster.zarr")
            self.writes += 1
            for part in made:
                inside = self.result[part.window.slices]
                inside[part.filled] = part.samples[part.filled]
                evidence = self.evidence[part.window.slices]
                evidence[part.filled] = part.evidence[part.filled]

        run = PlaceRun(pool, self._advance, Ledger(self.ledger / "ledger.txt"), *limits)
        painting = self.painting
        run.run(self.stage, painting.inputs, RASTER, painting.places, write)
        return self.result

    def _advance(self, mpx: float) -> None:
        self.mpx += mpx


@pytest.fixture(scope="module")
def painting(tmp_path_factory: pytest.TempPathFactory) -> Painting:
    generator = np.random.default_rng(1)
    damage = (generator.random(RASTER.shape) > 0.995).astype(np.uint8)
    damage[0:4, 0:9] = 1  # a corner
    damage[296:, 200:230] = 1  # the lower edge
    damage[100:103, 20:390] = 1  # a split, wide and low
    damage[20:280, 60:62] = 1  # a crack, tall and narrow, that crosses it
    samples = generator.integers(1, 65_536, (*RASTER.shape, 1), np.uint16)
    return Painting(tmp_path_factory.mktemp("painting"), samples, damage)


@pytest.fixture(scope="module")
def two() -> Iterator[Executor]:
    with worker_pool(2) as pool:
        yield pool


def test_every_place_is_filled_as_if_it_were_alone(
    painting: Painting, tmp_path: Path
) -> None:
    attempt = Attempt(painting, tmp_path / "run")
    attempt.stage = BorrowAlone()
    result = attempt.run(SerialExecutor())
    np.testing.assert_array_equal(result, painting.expected())
    intact = painting.damage == 0
    np.testing.assert_array_equal(result[intact], painting.samples[intact])
    assert (attempt.evidence[~intact] == 3).all()
    assert not attempt.evidence[intact].any()
    assert attempt.mpx == pytest.approx(np.count_nonzero(~intact) / 1e6)


@pytest.mark.parametrize("limits", [(200, 64), (30, 30), (369, 100)])
def test_blocks_of_a_large_place_join_without_a_seam(
    painting: Painting, tmp_path: Path, limits: tuple[int, int]
) -> None:
    attempt = Attempt(painting, tmp_path / "run")
    result = attempt.run(SerialExecutor(), limits)
    np.testing.assert_array_equal(result, painting.expected())
    assert attempt.mpx == pytest.approx(np.count_nonzero(painting.damage) / 1e6)


def test_no_more_than_a_block_of_a_large_place_is_held(
    painting: Painting, tmp_path: Path
) -> None:
    seen: list[Window] = []
    run = PlaceRun(
        SerialExecutor(), lambda _: None, Ledger(tmp_path / "ledger.txt"), 100, 64
    )
    run.run(
        Borrow(),
        painting.inputs,
        RASTER,
        painting.places,
        lambda made: seen.extend(part.window for part in made),
    )
    assert max(max(window.shape) for window in seen) <= 64
    for window in seen:
        large = [place for place in painting.places if max(place.window.shape) > 100]
        if any(window.within(place.window) == window for place in large):
            # Blocks lie in a grid that begins at the scan's corner.
            assert window.top // 64 == (window.bottom - 1) // 64
            assert window.left // 64 == (window.right - 1) // 64


@pytest.mark.parametrize("limits", [(3072, 1024), (100, 64)])
def test_two_workers_give_what_one_gives(
    painting: Painting, tmp_path: Path, two: Executor, limits: tuple[int, int]
) -> None:
    one = Attempt(painting, tmp_path / "one")
    both = Attempt(painting, tmp_path / "two")
    np.testing.assert_array_equal(
        both.run(two, limits), one.run(SerialExecutor(), limits)
    )
    np.testing.assert_array_equal(both.evidence, one.evidence)
    ledgers = [
        sorted((tmp_path / name / "ledger.txt").read_text().splitlines())
        for name in ("one", "two")
    ]
    assert ledgers[0] == ledgers[1]
    assert len(set(ledgers[0])) == len(ledgers[0])


@pytest.mark.parametrize("fail_at", [0, 2])
def test_only_what_is_missing_is_filled_after_a_crash(
    painting: Painting, tmp_path: Path, fail_at: int
) -> None:
    limits = (100, 64)
    whole = Attempt(painting, tmp_path / "whole")
    whole.run(SerialExecutor(), limits)
    attempt = Attempt(painting, tmp_path / "run")
    with pytest.raises(DiskFullError):
        attempt.run(SerialExecutor(), limits, fail_at)
    attempt.mpx = 0.0
    result = attempt.run(SerialExecutor(), limits)
    np.testing.assert_array_equal(result, painting.expected())
    assert attempt.writes == whole.writes
    assert attempt.mpx == pytest.approx(np.count_nonzero(painting.damage) / 1e6)

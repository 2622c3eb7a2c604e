# SPDX-License-Identifier: Apache-2.0
"""Runs a tile stage over a raster, a tile at a time, in workers.

Tiles are read with the stage's halo and cropped afterwards, so the result is the same
at every tile size. Tiles where nothing is asked for are not computed and not stored.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from pellicle.engine.ledger import Ledger
from pellicle.engine.progress import Advance
from pellicle.engine.readers import PlaneReader
from pellicle.engine.workers import run_tasks
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import RasterSpec, Window
from pellicle.stages.contract import TileStage

TILE_PX = 1024


@dataclass(frozen=True, slots=True)
class TileTask:
    """One tile of a stage.

    Attributes
    ----------
    only_where
        If named, a tile in which this input is 0 everywhere gives nothing.
    """

    stage: TileStage
    inputs: Mapping[ArtefactKind, PlaneReader]
    raster: RasterSpec
    window: Window
    only_where: ArtefactKind | None


def run_tile_task(task: TileTask) -> Array | None:
    """Read, compute and crop one tile; None when nothing is asked for in it."""
    halo_px = task.stage.halo_px(task.raster.pixel_size)
    wide = task.window.expanded(halo_px, task.raster.window)
    tiles: dict[ArtefactKind, Array] = {}
    if task.only_where is not None:
        tiles[task.only_where] = task.inputs[task.only_where].read(wide)
        inside = task.window.relative_to(wide).slices
        if not tiles[task.only_where][inside].any():
            return None
    for kind, reader in task.inputs.items():
        if kind not in tiles:
            tiles[kind] = reader.read(wide)
    made = task.stage.run_tile(tiles, task.raster.pixel_size, wide)
    return made[task.window.relative_to(wide).slices].copy()


@dataclass(frozen=True, slots=True)
class TileRun:
    """How to run tile tasks: by whom, what is done already, how large.

    Attributes
    ----------
    even_px
        Largest side of tiles of even size; None for squares of `TILE_PX`.
    """

    pool: Executor
    advance: Advance
    ledger: Ledger
    even_px: int | None = None

    def _windows(self, raster: RasterSpec) -> Iterator[Window]:
        if self.even_px is None:
            return raster.tiles(TILE_PX)
        return raster.even_tiles(self.even_px)

    def run(
        self,
        stage: TileStage,
        inputs: Mapping[ArtefactKind, PlaneReader],
        raster: RasterSpec,
        write: Callable[[Window, Array], None],
        *,
        only_where: ArtefactKind | None = None,
    ) -> None:
        """Run the tiles that are not done yet; `write` is called in this process."""
        tasks = []
        for window in self._windows(raster):
            if self.ledger.has(_name(stage, window)):
                self.advance(_mpx(window))
            else:
                tasks.append(TileTask(stage, inputs, raster, window, only_where))

        def keep(task: TileTask, made: Array | None) -> None:
            if made is not None:
                write(task.window, made)
            self.ledger.done(_name(stage, task.window))
            self.advance(_mpx(task.window))

        run_tasks(self.pool, stage.name, run_tile_task, tasks, keep)


def _name(stage: TileStage, window: Window) -> str:
    return f"{stage.name} {window.top} {window.left} {window.bottom} {window.right}"


def _mpx(window: Window) -> float:
    height, width = window.shape
    return height * width / 1e6

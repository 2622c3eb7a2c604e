# SPDX-License-Identifier: Apache-2.0
"""Whole-raster passes over regions: numbering them, and asking something of each."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from pellicle.engine.areas import PlacedT, ReadOnce, grouped
from pellicle.engine.readers import PlaneReader
from pellicle.engine.workers import run_tasks
from pellicle.io.store import RasterStore
from pellicle.model.arrays import Array, Labels, Mask, Numbers
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.regions import RegionJoiner, RegionShapes

AnswerT = TypeVar("AnswerT")
NUMBERS = "numbers"
TILE_PX = 1024


@dataclass(frozen=True, slots=True)
class RegionTile:
    """One tile of what is to be numbered."""

    window: Window
    labels: Labels | Numbers
    confidence: Labels


def number_regions(
    tiles: Iterable[RegionTile], raster: RasterSpec, store: RasterStore, tile_px: int
) -> tuple[RegionShapes, Array]:
    """Write provisional numbers to the plane `NUMBERS` of a store.

    Returns
    -------
    shapes
        The regions, in order of their final numbers.
    final
        1-D uint32: final number of each provisional one.
    """
    joiner = RegionJoiner(raster.shape, tile_px)
    for tile in tiles:
        numbers = joiner.add(tile.window, tile.labels, tile.confidence)
        if numbers.any():
            store.write(NUMBERS, tile.window, numbers)
    return joiner.finish()


def renumber(store: RasterStore, raster: RasterSpec, final: Array) -> None:
    """Replace provisional numbers by final ones."""
    if np.array_equal(final, np.arange(len(final))):
        return
    for window in raster.tiles(TILE_PX):
        numbers = store.read(NUMBERS, window)
        if numbers.any():
            store.write(NUMBERS, window, final[numbers])


@dataclass(frozen=True, slots=True)
class _Question(Generic[PlacedT, AnswerT]):
    numbers: PlaneReader
    items: tuple[PlacedT, ...]
    number_of: Callable[[PlacedT], int]
    ask: Callable[[PlacedT, Mask], AnswerT]


def _answers(
    question: "_Question[PlacedT, AnswerT]",
) -> list[tuple[int, AnswerT]]:
    number_of, ask = question.number_of, question.ask
    if len(question.items) == 1:
        (item,) = question.items
        mask = _mask(question.numbers, item.window, number_of(item))
        return [(number_of(item), ask(item, mask))]
    windows = [item.window for item in question.items]
    numbers = ReadOnce.covering(question.numbers, windows)
    return [
        (number_of(item), ask(item, numbers.view(item.window) == number_of(item)))
        for item in question.items
    ]


def _mask(numbers: PlaneReader, window: Window, number: int) -> Mask:
    # In strips: of a region as large as the painting, only its mask is held.
    mask: Mask = np.empty(window.shape, np.bool_)
    for top in range(window.top, window.bottom, TILE_PX):
        part = Window(top, window.left, top + TILE_PX, window.right).within(window)
        mask[part.relative_to(window).slices] = numbers.read(part) == number
    return mask


def ask_each(
    pool: Executor,
    numbers: PlaneReader,
    items: Sequence[PlacedT],
    number_of: Callable[[PlacedT], int],
    ask: Callable[[PlacedT, Mask], AnswerT],
) -> dict[int, AnswerT]:
    """Ask something of each region's pixels, in workers.

    Parameters
    ----------
    number_of, ask
        Functions at module level: they are sent to workers. `ask` gets the region and
        the (h, w) bool mask of its window.

    Returns
    -------
    answers
        By region number, in order of the numbers.
    """
    tasks = [_Question(numbers, group, number_of, ask) for group in grouped(items)]
    found: dict[int, AnswerT] = {}

    def keep(
        _task: "_Question[PlacedT, AnswerT]", answers: list[tuple[int, AnswerT]]
    ) -> None:
        found.update(answers)

    run_tasks(pool, "regions", _answers, tasks, keep)
    return dict(sorted(found.items()))

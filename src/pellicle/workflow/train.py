# SPDX-License-Identifier: Apache-2.0
"""Train networks: on a collection, and on what persons corrected in treatments."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from pellicle.colour.convert import linear_map
from pellicle.colour.srgb import SRGB_FROM_REC2020
from pellicle.errors import NothingCorrectedError
from pellicle.learn.condition_training import (
    LEARNT,
    ConditionTraining,
    Corrections,
    Trained,
    train_condition,
)
from pellicle.learn.examples import SIDE_PX, srgb_encoded
from pellicle.learn.infill_training import (
    InfillTraining,
    TrainedInfill,
    train_infill,
)
from pellicle.model.arrays import Array
from pellicle.model.raster import Window
from pellicle.raster.scaling import block_means, times
from pellicle.stages.condition.network import working_factor, working_raster
from pellicle.treatment.folder import Treatment
from pellicle.workflow.corrections import CorrectedPlaces, corrected_places
from pellicle.workflow.settings import configured

_SHARD = "corrected-{:05d}.npy"
_FINE_TUNING = {"steps": 600, "rate": 3e-4, "examples": 640}


def trained(
    sources: Sequence[Path],
    treatments: Sequence[Path],
    folder: Path,
    settings: Mapping[str, Any],
    workers: int,
) -> Trained:
    """Train on a collection, on corrections, or on both.

    Corrections are learnt beginning with the networks that come with Pellicle, in fewer
    and smaller steps, with aged paintings between them so that nothing is unlearnt.

    Raises
    ------
    NothingCorrectedError
        If nobody has corrected or approved a region in the treatments.
    EmptyCorpusError
        If there are no pictures to learn from.
    """
    if not treatments:
        return train_condition(
            sources, folder, configured(ConditionTraining, settings), workers
        )
    shards = tuple(_shards(treatments, folder / "corrected"))
    wanted = configured(ConditionTraining, {**_FINE_TUNING, **settings})
    shipped = files("pellicle") / "weights" / "condition" / LEARNT
    with as_file(shipped) as start:
        # Without a collection, the scans of the treatments serve, aged further.
        own = list(sources) or list(_scans(treatments))
        return train_condition(own, folder, wanted, workers, Corrections(start, shards))


def trained_infill(
    sources: Sequence[Path], folder: Path, settings: Mapping[str, Any], workers: int
) -> TrainedInfill:
    """Train the infill network on a collection.

    Raises
    ------
    EmptyCorpusError
        If there are no pictures to learn from.
    """
    return train_infill(sources, folder, configured(InfillTraining, settings), workers)


def _shards(treatments: Sequence[Path], folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for number, path in enumerate(treatments):
        examples = list(_examples(corrected_places(Treatment.open(path))))
        if not examples:
            continue
        count += len(examples)
        shard = folder / _SHARD.format(number)
        partial = shard.with_suffix(".part")
        with partial.open("wb") as file:
            np.save(file, np.stack(examples))
        partial.replace(shard)
        yield shard
    if not count:
        raise NothingCorrectedError(", ".join(map(str, treatments)))


def _examples(corrected: CorrectedPlaces) -> Iterator[Array]:
    """(640, 640, 4) uint8, sRGB and label, about each place at the working scale."""
    scan, regions = corrected.scan, corrected.regions
    factor = working_factor(scan.raster.pixel_size)
    working = working_raster(scan.raster, factor)
    seen: set[Window] = set()
    for place in corrected.places:
        at = place.window
        middle = (
            (at.top + at.bottom) // 2 // factor,
            (at.left + at.right) // 2 // factor,
        )
        window = _square(middle, working.shape)
        if window in seen:
            continue
        seen.add(window)
        wide = times(window, factor).within(scan.raster.window)
        samples = block_means(scan.samples.read(wide), factor)
        light = linear_map(scan.encoding.linear(samples), SRGB_FROM_REC2020)
        labels = regions.labels.read(wide)[factor // 2 :: factor, factor // 2 :: factor]
        labels = _filled(labels, samples.shape[:2])
        example = np.dstack([srgb_encoded(light), labels])
        below, beside = SIDE_PX - example.shape[0], SIDE_PX - example.shape[1]
        yield np.pad(example, ((0, below), (0, beside), (0, 0)), mode="symmetric")


def _filled(labels: Array, shape: tuple[int, int]) -> Array:
    """Labels with the last row or column repeated, where a cut block had no middle."""
    below, beside = shape[0] - labels.shape[0], shape[1] - labels.shape[1]
    return np.pad(labels, ((0, below), (0, beside)), mode="edge")


def _square(middle: tuple[int, int], shape: tuple[int, int]) -> Window:
    """Square of `SIDE_PX` about a place, inside a raster where that is large enough."""
    top, left = (
        max(0, min(at - SIDE_PX // 2, side - SIDE_PX))
        for at, side in zip(middle, shape, strict=True)
    )
    square = Window(top, left, top + SIDE_PX, left + SIDE_PX)
    return square.within(Window(0, 0, *shape))


def _scans(treatments: Sequence[Path]) -> Iterator[Path]:
    for path in treatments:
        treatment = Treatment.open(path)
        source = treatment.source("scan")
        if source is not None:
            yield treatment.source_path(source)

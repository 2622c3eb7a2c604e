# SPDX-License-Identifier: Apache-2.0
"""What a training needs before its first step, whichever networks it trains.

Job: paintings parted into those learnt from and those held out; examples of both.
Not here: what an example is (its maker), the loop (`training.py`).

Examples lie in a folder named after all that makes them: the pictures' contents, the
seed, the version of the ageing. What was made of anything else is left where it is.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pydantic import Field

from pellicle.engine.progress import ProgressReport
from pellicle.engine.workers import worker_pool
from pellicle.io.hashing import hash_of
from pellicle.io.writing import write_whole
from pellicle.learn.corpus import Corpus, Picture, read_corpus
from pellicle.learn.examples import SHARD_SIZE, Maker, Shards
from pellicle.learn.training import TrainingSettings, joined_rank, wait_for_all

HELD_OUT = 0.08
"""Part of the paintings that nothing is learnt from."""
LEFT_OUT = "left-out.csv"
"""Pictures that could not be used, and why."""
_KEY_DIGITS = 12
_HELD_OUT_SEED = 1_000_003

Pictures: TypeAlias = tuple[Path, ...]


class CollectionTraining(TrainingSettings):
    """Settings of a training on a collection."""

    examples: int = Field(
        default=4000, ge=SHARD_SIZE, description="Crops to learn from."
    )
    held_out_examples: int = Field(
        default=96, ge=SHARD_SIZE, description="Crops of paintings held out."
    )


@dataclass(frozen=True, slots=True)
class Prepared:
    """Pictures and examples of a training.

    Attributes
    ----------
    corpus
        All that was named, and what of it could not be read.
    learnt_from, held_out
        Of it, by painting.
    shards, held_out_shards
        Files of examples.
    rank
        Number of this process among those that train together; 0 when alone.
    progress
        To go on telling with.
    """

    corpus: Corpus
    learnt_from: tuple[Picture, ...]
    held_out: tuple[Picture, ...]
    shards: Pictures
    held_out_shards: Pictures
    rank: int
    progress: ProgressReport


@dataclass(frozen=True, slots=True)
class Makers:
    """How examples are made of pictures with a seed: to learn from, and held out."""

    learnt_from: Callable[[Pictures, int], Maker]
    held_out: Callable[[Pictures, int], Maker]


def prepared(
    sources: Sequence[Path],
    folder: Path,
    makers: Makers,
    settings: CollectionTraining,
    workers: int,
) -> Prepared:
    """Make the examples that are missing; the first of several processes makes them.

    Parameters
    ----------
    sources
        Folders, pictures, downloaded IIIF manifests.
    folder
        Where examples are kept.
    settings
        How many examples, and their seed.
    workers
        Processes that make examples.

    Raises
    ------
    EmptyCorpusError
        If there is nothing to learn from.
    """
    corpus, progress = read_corpus(sources), ProgressReport()
    learnt_from, held_out = corpus.split(HELD_OUT)
    if not held_out:  # a small corpus: its last painting is held out
        learnt_from, held_out = learnt_from[:-1] or learnt_from, learnt_from[-1:]
    counts, seed = (settings.examples, settings.held_out_examples), settings.seed
    both = (
        makers.learnt_from(tuple(p.path for p in learnt_from), seed),
        makers.held_out(tuple(p.path for p in held_out), seed + _HELD_OUT_SEED),
    )
    shards = (
        Shards(folder / "examples" / _key(both[0], learnt_from)),
        Shards(folder / "held-out" / _key(both[1], held_out)),
    )
    rank = joined_rank()
    if rank == 0:
        _list_left_out(folder, corpus)
        mpx = sum(
            count * maker.shape[0] * maker.shape[1] / 1e6
            for maker, count in zip(both, counts, strict=True)
        )
        with (
            worker_pool(workers) as pool,
            progress.step("examples", mpx) as advance,
        ):
            for kept, maker, count in zip(shards, both, counts, strict=True):
                kept.fill(maker, count, pool, advance)
    wait_for_all()
    files = tuple(
        tuple(kept.paths(count)) for kept, count in zip(shards, counts, strict=True)
    )
    return Prepared(
        corpus, tuple(learnt_from), tuple(held_out), files[0], files[1], rank, progress
    )


def _key(maker: Maker, pictures: Sequence[Picture]) -> str:
    """Name of the folder of a maker's examples; pictures may be moved or renamed."""
    # Their order counts: an example draws its picture by number.
    contents = [picture.sha256 for picture in pictures]
    return hash_of([maker.recipe, contents])[:_KEY_DIGITS]


def _list_left_out(folder: Path, corpus: Corpus) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["path", "reason"])
    writer.writerows(corpus.broken)
    write_whole(folder / LEFT_OUT, text.getvalue().encode())

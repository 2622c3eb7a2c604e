# SPDX-License-Identifier: Apache-2.0
"""Train the condition networks on a collection, from pictures to files that run.

Job: examples, training, calibration, export, model card; or going on from trained
networks with what persons have corrected.
Not here: the loop (`training.py`), what is learnt (`condition.py`), where corrections
come from (`workflow/corrected_examples.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import Field

from pellicle.io.weights_file import write_condition_weights
from pellicle.learn.ageing.recipe import Kind
from pellicle.learn.calibration import (
    fitted_calibration,
    fitted_thresholds,
    likely_of,
)
from pellicle.learn.condition import ConditionTask, taught
from pellicle.learn.corpus import Corpus
from pellicle.learn.examples import SHARD_SIZE, ExampleMaker
from pellicle.learn.export import exported
from pellicle.learn.model_card import model_card
from pellicle.learn.networks import ConditionNetworks
from pellicle.learn.preparation import CollectionTraining, Makers, prepared
from pellicle.learn.training import (
    Training,
    TrainingSettings,
    bfloat16_is_faster,
    learn_with_progress,
)

LEARNT = "learnt.npz"
CARD = "MODEL_CARD.md"


class ConditionTraining(CollectionTraining):
    """Settings of training the condition networks."""

    examples: int = Field(
        default=3200, ge=SHARD_SIZE, description="Aged crops to learn from."
    )
    without: tuple[Kind, ...] = Field(
        default=(),
        description="Kinds of damage that are not learnt, to see how networks do on "
        "what they never met.",
    )


@dataclass(frozen=True, slots=True)
class Corrections:
    """What persons corrected, to go on learning from.

    Attributes
    ----------
    start
        `learnt.npz` of the networks to begin from.
    shards
        Files of examples made from the corrections, half of each batch.
    """

    start: Path
    shards: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training gave.

    Attributes
    ----------
    folder
        With the networks, their description, card, log and examples.
    figures
        F1 by class on paintings held out.
    corpus
        What was learnt from, and what was left out.
    """

    folder: Path
    figures: Mapping[str, float]
    corpus: Corpus


def train_condition(
    sources: Sequence[Path],
    folder: Path,
    settings: ConditionTraining,
    workers: int,
    corrections: Corrections | None = None,
) -> Trained:
    """Train, or go on with a training that was stopped.

    Parameters
    ----------
    sources
        Folders, pictures, downloaded IIIF manifests.
    folder
        Where everything is kept; the same one goes on.
    workers
        Processes that make examples.
    corrections
        What persons corrected, and the networks to begin from; None begins anew.

    Raises
    ------
    EmptyCorpusError
        If there is nothing to learn from.
    """
    without = frozenset(settings.without)
    makers = Makers(
        lambda paths, seed: ExampleMaker(paths, seed, without), ExampleMaker
    )
    ready = prepared(sources, folder, makers, settings, workers)
    task = ConditionTask(
        ready.shards,
        ready.held_out_shards,
        settings.batch,
        settings.seed,
        corrected=corrections.shards if corrections else (),
        bfloat16=bfloat16_is_faster(),
    )
    training = Training(task, settings, folder)
    if corrections is not None and training.step == 0:
        training.begin_from(loaded(corrections.start))
    learn_with_progress(training, settings.steps, ready.progress, quiet=ready.rank != 0)
    corpus = ready.corpus
    leads = ready.rank == 0
    figures = finish(training, task, folder, corpus, settings) if leads else {}
    return Trained(folder, figures, corpus)


def finish(
    training: Training,
    task: ConditionTask,
    folder: Path,
    corpus: Corpus,
    settings: TrainingSettings,
) -> dict[str, float]:
    """Calibrate on paintings held out, export, describe; give the figures."""
    networks = training.average
    if not isinstance(networks, ConditionNetworks):
        message = "the condition task trains condition networks"
        raise TypeError(message)
    pairs = [(taught(labels), scores) for labels, scores in task.scored(networks)]
    temperature, offset = fitted_calibration(pairs)
    thresholds = fitted_thresholds(
        [(labels, likely_of(scores, temperature, offset)) for labels, scores in pairs]
    )
    figures = training.measured()
    context, detail = exported(networks, temperature, offset)
    description: dict[str, Any] = {
        "trained_steps": training.step,
        "settings": settings.model_dump(mode="json"),
        "pictures": len(corpus.pictures),
        "temperature": round(temperature, 5),
        "offsets": [round(float(one), 5) for one in offset],
        "held_out_f1": {name: round(value, 4) for name, value in figures.items()},
    }
    write_condition_weights(folder, context, detail, thresholds, description)
    keep(networks, folder / LEARNT)
    (folder / CARD).write_text(model_card(description, corpus), encoding="utf-8")
    return figures


def keep(networks: ConditionNetworks, path: Path) -> None:
    """Write weights from which training can go on, as half-precision arrays."""
    state = networks.state_dict()
    halves = {
        name: value.numpy().astype(np.float16)
        if value.dtype.is_floating_point
        else value.numpy()
        for name, value in state.items()
    }
    np.savez_compressed(path, allow_pickle=False, **halves)


def loaded(path: Path) -> dict[str, torch.Tensor]:
    """Read weights that `keep` wrote."""
    with np.load(path) as kept:
        return {
            name: torch.from_numpy(
                kept[name].astype(np.float32)
                if kept[name].dtype == np.float16
                else kept[name]
            )
            for name in kept.files
        }

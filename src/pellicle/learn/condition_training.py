# SPDX-License-Identifier: Apache-2.0
"""Train the condition networks on a collection, from pictures to files that run.

Job: examples, training, calibration, export, model card; or going on from trained
networks with what persons have corrected.
Not here: the loop (`training.py`), what is learnt (`condition.py`), where corrections
come from (`workflow/corrected_examples.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from pellicle.io.hashing import file_sha256, hash_of
from pellicle.io.weights_file import write_condition_weights
from pellicle.learn.ageing.recipe import Kind
from pellicle.learn.calibration import (
    fitted_calibration,
    fitted_thresholds,
    likely_of,
)
from pellicle.learn.condition import ConditionTask
from pellicle.learn.corpus import Corpus
from pellicle.learn.examples import SHARD_SIZE, ExampleMaker
from pellicle.learn.export import exported
from pellicle.learn.learnt_weights import LEARNT, keep, loaded, require_layers
from pellicle.learn.model_card import model_card
from pellicle.learn.networks import ConditionNetworks
from pellicle.learn.preparation import CollectionTraining, Makers, prepared
from pellicle.learn.taught import NOT_TAUGHT, taught
from pellicle.learn.training import (
    Training,
    TrainingSettings,
    bfloat16_is_faster,
    learn_with_progress,
)
from pellicle.model.arrays import Array
from pellicle.model.condition import DamageClass

CARD = "MODEL_CARD.md"
_CERTAIN = 50.0
"""Score of a class against which the others have none."""
_SEEN = 32
"""Examples on which is found how far numbers reach inside the networks."""


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
    """What persons corrected.

    Attributes
    ----------
    shards
        Files of examples made from it, half of each batch.
    treatments
        Names of where it comes from.
    regions
        How many of each class are learnt from; "none" was mapped and is no damage.
    """

    shards: tuple[Path, ...] = ()
    treatments: tuple[str, ...] = ()
    regions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a training goes on from, beside a collection.

    Attributes
    ----------
    start
        `learnt.npz` of the networks to begin from.
    name
        Whose networks these are, for the record.
    """

    start: Path
    name: str
    corrections: Corrections = field(default_factory=Corrections)

    def told_apart(self) -> str:
        """Hash of the weights and the examples, so that no other is gone on with."""
        every = (self.start, *self.corrections.shards)
        return hash_of([file_sha256(path) for path in every])

    def described(self) -> dict[str, Any]:
        """For the record of the networks."""
        begun = {"name": self.name, "sha256": file_sha256(self.start)}
        if not self.corrections.shards:
            return {"begun_from": begun}
        return {
            "begun_from": begun,
            "treatments": list(self.corrections.treatments),
            "corrected_regions": dict(self.corrections.regions),
        }


@dataclass(frozen=True, slots=True)
class Origin:
    """What networks come from.

    Attributes
    ----------
    corpus
        Collection that they learnt from.
    settings
        Of the training.
    beginning
        What it went on from; None if it began anew.
    """

    corpus: Corpus
    settings: TrainingSettings
    beginning: Beginning | None = None


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
    beginning: Beginning | None = None,
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
    beginning
        Networks to begin from, and what persons corrected; None begins anew.

    Raises
    ------
    EmptyCorpusError
        If there is nothing to learn from.
    NetworkMissingError, NetworkAlteredError, NetworkLayersError
        If the networks to begin from cannot be.
    OtherTrainingError
        If the folder holds a training with another beginning.
    """
    start = None
    if beginning is not None:  # before all that takes long
        start = loaded(beginning.start)
        require_layers(start, ConditionNetworks(), beginning.start)
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
        corrected=beginning.corrections.shards if beginning else (),
        bfloat16=bfloat16_is_faster(),
    )
    began = beginning.told_apart() if beginning else ""
    training = Training(task, settings, folder, began)
    if start is not None and training.step == 0:
        training.begin_from(start)
    learn_with_progress(training, settings.steps, ready.progress, quiet=ready.rank != 0)
    corpus = ready.corpus
    leads = ready.rank == 0
    origin = Origin(corpus, settings, beginning)
    figures = finish(training, task, folder, origin) if leads else {}
    return Trained(folder, figures, corpus)


def finish(
    training: Training, task: ConditionTask, folder: Path, origin: Origin
) -> dict[str, float]:
    """Calibrate on paintings held out, export, describe; give the figures."""
    networks = training.average
    if not isinstance(networks, ConditionNetworks):
        message = "the condition task trains condition networks"
        raise TypeError(message)
    pairs = [
        _certain(taught(labels), scores) for labels, scores in task.scored(networks)
    ]
    temperature, offset = fitted_calibration(pairs)
    thresholds = fitted_thresholds(
        [(labels, likely_of(scores, temperature, offset)) for labels, scores in pairs]
    )
    figures = training.measured()
    seen = [one[..., :3] for one in islice(task.examples_held_out(), _SEEN)]
    context, detail = exported(networks, temperature, offset, seen)
    description: dict[str, Any] = {
        "trained_steps": training.step,
        "settings": origin.settings.model_dump(mode="json"),
        "pictures": len(origin.corpus.pictures),
        "pictures_sha256": origin.corpus.sha256,
        **(origin.beginning.described() if origin.beginning else {}),
        "temperature": round(temperature, 5),
        "offsets": [round(float(one), 5) for one in offset],
        "held_out_f1": {name: round(value, 4) for name, value in figures.items()},
    }
    write_condition_weights(folder, context, detail, thresholds, description)
    keep(networks, folder / LEARNT)
    (folder / CARD).write_text(model_card(description), encoding="utf-8")
    return figures


def _certain(labels: Array, scores: Array) -> tuple[Array, Array]:
    """What is not known counts as sound, and as told so: it has no say in the fit."""
    unknown = labels == NOT_TAUGHT
    if not unknown.any():
        return labels, scores
    sure: Array = np.zeros((len(scores), 1), scores.dtype)
    sure[DamageClass.UNMAPPED] = _CERTAIN
    return np.where(unknown, DamageClass.UNMAPPED, labels), np.where(
        unknown, sure[..., None], scores
    )

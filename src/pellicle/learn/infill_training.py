# SPDX-License-Identifier: Apache-2.0
"""Train the infill network on a collection, from pictures to a file that runs.

Job: examples, training, export, model card.
Not here: the loop (`training.py`), what is learnt (`infill_task.py`).
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import Field

from pellicle.io.weights_file import write_infill_weights
from pellicle.learn.corpus import Corpus
from pellicle.learn.export import onnx_of
from pellicle.learn.infill_card import infill_card
from pellicle.learn.infill_examples import InfillExampleMaker
from pellicle.learn.infill_network import InfillNetwork
from pellicle.learn.infill_task import InfillTask
from pellicle.learn.preparation import CollectionTraining, Makers, prepared
from pellicle.learn.training import (
    Training,
    TrainingSettings,
    bfloat16_is_faster,
    laid_out,
    learn_with_progress,
)

CARD = "MODEL_CARD.md"
_EXPORTED_PX = 128


class InfillTraining(CollectionTraining):
    """Settings of training the infill network."""

    steps: int = Field(default=7000, ge=1, description="Steps in all.")
    batch: int = Field(default=16, ge=1, description="Crops in a step, a machine.")
    rate: float = Field(default=1e-3, gt=0, description="Highest learning rate.")


@dataclass(frozen=True, slots=True)
class TrainedInfill:
    """What a training gave.

    Attributes
    ----------
    folder
        With the network, its description, card, log and examples.
    figures
        Mean ΔE00 by kind of damage on paintings held out, of diffusion and corrected.
    corpus
        What was learnt from, and what was left out.
    """

    folder: Path
    figures: Mapping[str, float]
    corpus: Corpus


def train_infill(
    sources: Sequence[Path], folder: Path, settings: InfillTraining, workers: int
) -> TrainedInfill:
    """Train, or go on with a training that was stopped.

    Parameters
    ----------
    sources
        Folders, pictures, downloaded IIIF manifests.
    folder
        Where everything is kept; the same one goes on.
    settings
        How long and how fast.
    workers
        Processes that make examples.

    Raises
    ------
    EmptyCorpusError
        If there is nothing to learn from.
    """
    makers = Makers(InfillExampleMaker, InfillExampleMaker)
    ready = prepared(sources, folder, makers, settings, workers)
    task = InfillTask(
        ready.shards,
        ready.held_out_shards,
        settings.batch,
        settings.seed,
        bfloat16=bfloat16_is_faster(),
    )
    training = Training(task, settings, folder)
    learn_with_progress(training, settings.steps, ready.progress, quiet=ready.rank != 0)
    counted = {
        "pictures": len(ready.learnt_from),
        "pictures_held_out": len(ready.held_out),
    }
    figures = _finish(training, folder, counted, settings) if ready.rank == 0 else {}
    return TrainedInfill(folder, figures, ready.corpus)


def _finish(
    training: Training,
    folder: Path,
    counted: Mapping[str, int],
    settings: TrainingSettings,
) -> dict[str, float]:
    """Measure on paintings held out, export, describe; give the figures."""
    network = training.average
    if not isinstance(network, InfillNetwork):
        message = "the infill task trains an infill network"
        raise TypeError(message)
    figures = training.measured()
    description: dict[str, Any] = {
        "trained_steps": training.step,
        "settings": settings.model_dump(mode="json"),
        **counted,
        "held_out_de00": {name: round(value, 3) for name, value in figures.items()},
    }
    write_infill_weights(folder, exported_infill(network), description)
    (folder / CARD).write_text(infill_card(description), encoding="utf-8")
    return figures


def exported_infill(network: InfillNetwork) -> bytes:
    """ONNX of the infill network, for pictures of any size."""
    plain = laid_out(copy.deepcopy(network), torch.contiguous_format).eval()
    side = _EXPORTED_PX
    inputs = torch.zeros(1, 3, side, side), torch.zeros(1, 2, side, side)
    free = {0: "count", 2: "height", 3: "width"}
    return onnx_of(
        plain,
        inputs,
        ["picture", "masks"],
        ["correction"],
        {"picture": free, "masks": free, "correction": free},
    )

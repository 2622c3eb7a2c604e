# SPDX-License-Identifier: Apache-2.0
"""Train networks: on a collection, and on what persons corrected in treatments."""

from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from pellicle.learn.condition_training import (
    Beginning,
    ConditionTraining,
    Corrections,
    Trained,
    train_condition,
)
from pellicle.learn.infill_training import (
    InfillTraining,
    TrainedInfill,
    train_infill,
)
from pellicle.learn.learnt_weights import LEARNT
from pellicle.learn.training import from_first
from pellicle.treatment.folder import Treatment
from pellicle.workflow.corrected_examples import corrected_examples
from pellicle.workflow.own_paint import own_paint
from pellicle.workflow.settings import ConditionSettings, configured

_FINE_TUNING = {"steps": 600, "rate": 3e-4, "examples": 640}
_SHIPPED = "the networks that come with Pellicle"


def trained(
    sources: Sequence[Path],
    treatments: Sequence[Path],
    folder: Path,
    settings: Mapping[str, Any],
    workers: int,
    start: Path | None = None,
) -> Trained:
    """Train on a collection, on corrections, or on both.

    Corrections are learnt beginning with trained networks, in fewer and smaller steps,
    with aged paintings between them so that nothing is unlearnt.

    Parameters
    ----------
    start
        Folder of networks to begin from. None begins anew; or, with treatments, from
        those that all of them use, else from those that come with Pellicle.

    Raises
    ------
    NothingCorrectedError
        If nobody has corrected or approved a region in the treatments.
    EmptyCorpusError
        If there are no pictures to learn from.
    NetworkMissingError, NetworkAlteredError, NetworkLayersError
        If the networks to begin from cannot be.
    OtherTrainingError
        If the folder holds a training with another beginning.
    """
    given = {**_FINE_TUNING, **settings} if treatments else settings
    wanted = configured(ConditionTraining, given)
    if not treatments and start is None:
        return train_condition(sources, folder, wanted, workers)
    corrections = Corrections()
    if treatments:
        corrections = from_first(
            lambda: corrected_examples(treatments, folder / "corrected")
        )
    # Without a collection, the treatments' own sound paint serves, aged.
    own = list(sources) or from_first(lambda: own_paint(treatments, folder / "own"))
    begun = _in_use(treatments) if start is None else start
    if begun is not None:
        name = begun.resolve().name
        beginning = Beginning(begun / LEARNT, name, corrections)
        return train_condition(own, folder, wanted, workers, beginning)
    shipped = files("pellicle") / "weights" / "condition" / LEARNT
    with as_file(shipped) as path:
        beginning = Beginning(path, _SHIPPED, corrections)
        return train_condition(own, folder, wanted, workers, beginning)


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


def _in_use(treatments: Sequence[Path]) -> Path | None:
    """Folder of networks that all treatments use, if training can go on from them."""
    used = {_networks_of(path) for path in treatments}
    (first, *others) = used
    if others or first is None or not (Path(first) / LEARNT).is_file():
        return None
    return Path(first)


def _networks_of(treatment: Path) -> str | None:
    table = Treatment.open(treatment).description().step("condition")
    return ConditionSettings.model_validate(table).network

# SPDX-License-Identifier: Apache-2.0
"""Trained networks on disk: ONNX files and the description that names their hashes.

Job: read and write a folder of networks.
Not here: running them (`stages/condition/network.py`), training them (`learn`).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, cast

from pellicle.errors import (
    NetworkAlteredError,
    NetworkMissingError,
    NetworkVersionError,
)
from pellicle.io.writing import write_whole
from pellicle.model.network_file import NetworkFile

LAYOUT = 3
"""Raised when the condition networks' inputs or outputs change."""
INFILL_LAYOUT = 1
"""Raised when the infill network's inputs or outputs change."""

DESCRIPTION = "networks.json"
_THRESHOLDS = "thresholds"
CONTEXT, DETAIL = "context.onnx", "detail.onnx"
INFILL = "infill.onnx"
_DAMAGE_CLASSES = 4


@dataclass(frozen=True, slots=True)
class ConditionWeights:
    """The two networks of the condition stage.

    Attributes
    ----------
    context, detail
        First and second network.
    description
        What is known of them: training, figures.
    thresholds
        Probability of loss, abrasion, craquelure and split from which each is mapped
        at the middle sensitivity.
    """

    context: NetworkFile
    detail: NetworkFile
    description: Mapping[str, Any]
    thresholds: tuple[float, float, float, float]


def load_condition_weights(folder: str | None = None) -> ConditionWeights:
    """Networks of a folder, or those that come with Pellicle.

    Raises
    ------
    NetworkMissingError, NetworkAlteredError, NetworkVersionError
        If they are not the ones that their description names.
    """
    where = _folder("condition", folder)
    description = _description(where, LAYOUT)
    path = where / DESCRIPTION
    thresholds = description.get(_THRESHOLDS)
    if not isinstance(thresholds, list) or len(thresholds) != _DAMAGE_CLASSES:
        raise NetworkAlteredError(str(path), "it names no thresholds")
    if not all(map(_is_probability, thresholds)):
        raise NetworkAlteredError(str(path), "a threshold is not between 0 and 1")
    loss, abrasion, craquelure, split = map(float, thresholds)
    return ConditionWeights(
        _network(where, CONTEXT, description),
        _network(where, DETAIL, description),
        description,
        (loss, abrasion, craquelure, split),
    )


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and 0 < value < 1


def load_infill_weights(folder: str | None = None) -> NetworkFile:
    """Infill network of a folder, or the one that comes with Pellicle.

    Raises
    ------
    NetworkMissingError, NetworkAlteredError, NetworkVersionError
        If it is not the one that its description names.
    """
    where = _folder("infill", folder)
    return _network(where, INFILL, _description(where, INFILL_LAYOUT))


def _folder(kind: str, folder: str | None) -> Traversable:
    shipped = files("pellicle") / "weights" / kind
    return shipped if folder is None else Path(folder)


def _description(where: Traversable, needed: int) -> Mapping[str, Any]:
    path = where / DESCRIPTION
    try:
        description: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise NetworkMissingError(str(path)) from error
    except ValueError as error:
        raise NetworkAlteredError(str(path), "it is not JSON") from error
    known = isinstance(description, dict)
    if not known or not isinstance(description.get("files"), dict):
        raise NetworkAlteredError(str(path), "it names no files")
    layout = description.get("layout", 0)
    if not isinstance(layout, int):
        raise NetworkAlteredError(str(path), "its layout is no number")
    if layout != needed:
        raise NetworkVersionError(str(path), layout, needed)
    return cast("Mapping[str, Any]", description)


def _network(
    where: Traversable, name: str, description: Mapping[str, Any]
) -> NetworkFile:
    path = where / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NetworkMissingError(str(path)) from error
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != description["files"].get(name):
        raise NetworkAlteredError(str(path), "its content was changed")
    return NetworkFile(sha256, name, content)


def write_condition_weights(
    folder: Path,
    context: bytes,
    detail: bytes,
    thresholds: Sequence[float],
    description: Mapping[str, Any],
) -> None:
    """Write both networks and their description, the description last."""
    _write(
        folder,
        {CONTEXT: context, DETAIL: detail},
        {"layout": LAYOUT},
        {_THRESHOLDS: list(thresholds), **description},
    )


def write_infill_weights(
    folder: Path, network: bytes, description: Mapping[str, Any]
) -> None:
    """Write the infill network and its description, the description last."""
    _write(folder, {INFILL: network}, {"layout": INFILL_LAYOUT}, description)


def _write(
    folder: Path,
    contents: Mapping[str, bytes],
    first: Mapping[str, Any],
    description: Mapping[str, Any],
) -> None:
    for name, content in contents.items():
        write_whole(folder / name, content)
    hashes = {n: hashlib.sha256(c).hexdigest() for n, c in contents.items()}
    text = json.dumps(
        {**first, "files": hashes, **description}, indent=2, ensure_ascii=False
    )
    write_whole(folder / DESCRIPTION, f"{text}\n".encode())

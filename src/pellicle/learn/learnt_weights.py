# SPDX-License-Identifier: Apache-2.0
"""Weights from which training can go on, on disk.

Job: write and read them, and say clearly which cannot be used.
Not here: the ONNX files that the product runs (`export.py`, `io/weights_file.py`).
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from pellicle.errors import (
    NetworkAlteredError,
    NetworkLayersError,
    NetworkMissingError,
)
from pellicle.model.arrays import Array

LEARNT = "learnt.npz"


def keep(networks: nn.Module, path: Path) -> None:
    """Write weights from which training can go on, as half-precision arrays."""
    state = networks.state_dict()
    halves = {
        name: value.numpy().astype(np.float16)
        if value.dtype.is_floating_point
        else value.numpy()
        for name, value in state.items()
    }
    np.savez_compressed(path, allow_pickle=False, **halves)


def loaded(path: Path) -> dict[str, Tensor]:
    """Read weights that `keep` wrote.

    Raises
    ------
    NetworkMissingError, NetworkAlteredError
        If they are not there, or broken.
    """
    try:
        with np.load(path) as kept:
            return {name: _tensor(kept[name]) for name in kept.files}
    except FileNotFoundError as error:
        raise NetworkMissingError(str(path)) from error
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        # `np.load` gives a bare array, or an error of its own, for what is no archive.
        raise NetworkAlteredError(str(path), "it is broken") from error


def _tensor(values: Array) -> Tensor:
    half = values.dtype == np.float16
    return torch.from_numpy(values.astype(np.float32) if half else values)


def require_layers(
    weights: Mapping[str, Tensor], network: nn.Module, path: Path
) -> None:
    """Check that weights are those of a network's layers.

    Parameters
    ----------
    path
        Where they come from.

    Raises
    ------
    NetworkLayersError
        If they are of others, or of other sizes.
    """
    ours = {name: value.shape for name, value in network.state_dict().items()}
    theirs = {name: value.shape for name, value in weights.items()}
    if ours != theirs:
        every = sorted(ours.keys() | theirs.keys())
        other = [name for name in every if ours.get(name) != theirs.get(name)]
        found = (
            f"{len(other)} of {len(every)} layers are other ones, the first {other[0]}"
        )
        raise NetworkLayersError(str(path), found)

# SPDX-License-Identifier: Apache-2.0
"""From trained networks to files that the product runs.

Job: calibration of the confidence, and ONNX.
Not here: training (`training.py`), running (`stages/condition/network.py`).

Calibration is a temperature and an offset for each class (Guo 2017, "On calibration of
modern neural networks", vector scaling with one common temperature), fitted on
paintings held out from training, and built into the second file.
"""

import copy
import io
import warnings
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from pellicle.learn.networks import (
    CLASSES,
    CONTEXT_CHANNELS,
    CONTEXT_STEP,
    ConditionNetworks,
)
from pellicle.model.arrays import Array

OPSET = 17
_SIDE_PX = 256
_STEPS = 200
_EVERY = 37
"""Pixels between those that calibration looks at: neighbours tell the same."""


class Calibrated(nn.Module):
    """The detail network with its scores made probabilities that can be believed."""

    temperature: Tensor
    offset: Tensor

    def __init__(self, detail: nn.Module, temperature: float, offset: Tensor) -> None:
        super().__init__()
        self.detail = detail
        self.register_buffer("temperature", torch.tensor(temperature))
        self.register_buffer("offset", offset.reshape(1, CLASSES, 1, 1))

    def forward(self, lab: Tensor, context: Tensor) -> Tensor:
        """(N, 5, H, W) probability of each class."""
        scores = self.detail(lab, context)
        return torch.softmax(scores / self.temperature + self.offset, dim=1)


def fitted_calibration(
    pairs: Sequence[tuple[Array, Array]],
) -> tuple[float, Tensor]:
    """Temperature and offsets under which the truth was likeliest.

    Parameters
    ----------
    pairs
        (labels, scores) of pictures held out: (H, W) uint8 below 5, (5, H, W) float32.
    """
    scores = np.concatenate(
        [s.reshape(CLASSES, -1)[:, ::_EVERY] for _, s in pairs], axis=1
    )
    truth = np.concatenate([labels.ravel()[::_EVERY] for labels, _ in pairs])
    given = torch.from_numpy(scores.T.copy())
    wanted = torch.from_numpy(truth.astype(np.int64))
    log_temperature = torch.zeros(1, requires_grad=True)
    offset = torch.zeros(CLASSES, requires_grad=True)
    optimiser = torch.optim.Adam([log_temperature, offset], lr=0.03)
    for _ in range(_STEPS):
        optimiser.zero_grad()
        scaled = given / log_temperature.exp() + offset
        loss = functional.cross_entropy(scaled, wanted)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    centred = offset.detach() - offset.detach().mean()
    return float(log_temperature.detach().exp()), centred


def exported(
    networks: ConditionNetworks, temperature: float, offset: Tensor
) -> tuple[bytes, bytes]:
    """ONNX of the context network, and of the calibrated detail network."""
    plain = copy.deepcopy(networks).to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    lab = torch.zeros(1, 3, _SIDE_PX, _SIDE_PX)
    side = _SIDE_PX // CONTEXT_STEP
    context = torch.zeros(1, CONTEXT_CHANNELS, side, side)
    detail = Calibrated(plain.detail, temperature, offset).eval()
    free = {2: "height", 3: "width"}
    coarse = {2: "context_height", 3: "context_width"}
    first = _onnx(
        plain.context, (lab,), ["lab"], ["context"], {"lab": free, "context": coarse}
    )
    second = _onnx(
        detail,
        (lab, context),
        ["lab", "context"],
        ["likely"],
        {"lab": free, "context": coarse, "likely": free},
    )
    return first, second


def _onnx(
    network: nn.Module,
    inputs: tuple[Tensor, ...],
    names: list[str],
    outputs: list[str],
    free: dict[str, dict[int, str]],
) -> bytes:
    into = io.BytesIO()
    with warnings.catch_warnings():
        # The tracing exporter is called legacy; the new one needs another package.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            inputs,
            into,  # type: ignore[arg-type]
            input_names=names,
            output_names=outputs,
            dynamic_axes=free,
            opset_version=OPSET,
            dynamo=False,
        )
    return into.getvalue()

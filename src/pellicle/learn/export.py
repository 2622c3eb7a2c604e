# SPDX-License-Identifier: Apache-2.0
"""From trained networks to files that the product runs.

Job: ONNX, with the calibration built into the second file; weights stored in half
precision and computed with in single, so that a file is half as large.
Not here: training (`training.py`), calibration (`calibration.py`), running
(`stages/condition/network.py`).
"""

import copy
import io
import warnings

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from pellicle.learn.networks import (
    CLASSES,
    CONTEXT_CHANNELS,
    CONTEXT_STEP,
    ConditionNetworks,
)
from pellicle.learn.training import laid_out

OPSET = 17
_SIDE_PX = 256
_MOST_SCORE = 40.0
_LEAST_HALVED = 1024


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
        scores = self.detail(lab, context) / self.temperature + self.offset
        # Softmax, written out: over so few classes it runs ten times as fast.
        odds = torch.exp(scores.clamp(-_MOST_SCORE, _MOST_SCORE))
        return odds / odds.sum(dim=1, keepdim=True)


def exported(
    networks: ConditionNetworks, temperature: float, offset: Tensor
) -> tuple[bytes, bytes]:
    """ONNX of the context network, and of the calibrated detail network."""
    plain = laid_out(copy.deepcopy(networks), torch.contiguous_format).eval()
    lab = torch.zeros(1, 3, _SIDE_PX, _SIDE_PX)
    side = _SIDE_PX // CONTEXT_STEP
    context = torch.zeros(1, CONTEXT_CHANNELS, side, side)
    detail = Calibrated(plain.detail, temperature, offset).eval()
    free = {2: "height", 3: "width"}
    coarse = {2: "context_height", 3: "context_width"}
    first = onnx_of(
        plain.context, (lab,), ["lab"], ["context"], {"lab": free, "context": coarse}
    )
    second = onnx_of(
        detail,
        (lab, context),
        ["lab", "context"],
        ["likely"],
        {"lab": free, "context": coarse, "likely": free},
    )
    return _halved(first), _halved(second)


def onnx_of(
    network: nn.Module,
    inputs: tuple[Tensor, ...],
    names: list[str],
    outputs: list[str],
    free: dict[str, dict[int, str]],
) -> bytes:
    """Content of the ONNX file of a network.

    Parameters
    ----------
    network
        In evaluation mode, of contiguous tensors.
    inputs
        Examples of them.
    names, outputs
        Of inputs and outputs.
    free
        By name, the axes that may have any length.
    """
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


def _halved(content: bytes) -> bytes:
    """The network with its large weights stored as float16, each cast when loaded."""
    model = onnx.load_from_string(content)
    graph = model.graph
    casts = []
    for weights in graph.initializer:
        values = numpy_helper.to_array(weights)
        if values.dtype != np.float32 or values.size < _LEAST_HALVED:
            continue
        name = weights.name
        stored = numpy_helper.from_array(values.astype(np.float16), f"{name}.half")
        weights.CopyFrom(stored)
        casts.append(
            helper.make_node("Cast", [stored.name], [name], to=onnx.TensorProto.FLOAT)
        )
    for cast in reversed(casts):
        graph.node.insert(0, cast)
    halved: bytes = model.SerializeToString()
    return halved

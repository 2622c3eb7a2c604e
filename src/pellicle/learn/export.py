# SPDX-License-Identifier: Apache-2.0
"""From trained networks to files that the product runs.

Job: ONNX, with the calibration built into the second file.
Not here: training (`training.py`), calibration (`calibration.py`), computing in whole
numbers (`whole_numbers.py`), running (`stages/condition/network.py`).
"""

import copy
import io
import warnings
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pellicle.learn.condition import lab_of
from pellicle.learn.networks import (
    CLASSES,
    CONTEXT_CHANNELS,
    CONTEXT_STEP,
    ConditionNetworks,
)
from pellicle.learn.training import laid_out
from pellicle.learn.whole_numbers import in_whole_numbers
from pellicle.model.arrays import Array
from pellicle.stages.sessions import session_from

OPSET = 17
_SIDE_PX = 256
_MOST_SCORE = 40.0


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
    networks: ConditionNetworks,
    temperature: float,
    offset: Tensor,
    seen: Sequence[Array],
) -> tuple[bytes, bytes]:
    """ONNX of the context network, and of the calibrated detail network.

    Parameters
    ----------
    networks
        Trained.
    temperature, offset
        From `fitted_calibration`.
    seen
        (H, W, 3) uint8 sRGB of a few examples, sides multiples of 64: how far numbers
        reach inside the networks is found on these.
    """
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
    lab_seen = [lab_of(rgb).transpose(2, 0, 1)[None].copy() for rgb in seen]
    first = in_whole_numbers(first, [{"lab": one} for one in lab_seen])
    hears = session_from(first)
    heard = (
        {"lab": one, "context": hears.run(None, {"lab": one})[0]} for one in lab_seen
    )
    return first, in_whole_numbers(second, heard)


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

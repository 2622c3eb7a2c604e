# SPDX-License-Identifier: Apache-2.0
"""Tiles read as far around them as the layers of the condition networks reach."""

import torch
from torch import Tensor, nn

from pellicle.learn.networks import (
    CONTEXT_CHANNELS,
    CONTEXT_STEP,
    ContextNetwork,
    DetailNetwork,
)
from pellicle.stages.condition.network import _CONTEXT_HALO, _DETAIL_HALO

WIDE = 128


def all_open(network: nn.Module) -> nn.Module:
    """The network with every path from input to output open, as none may be at rest."""
    for layer in network.modules():
        if isinstance(layer, nn.ReLU):
            layer.inplace = False
    with torch.no_grad():
        for weight in network.parameters():
            weight.fill_(0.01 if weight.dim() == 4 else 1.0)
    return network.double().eval()


def reach_px(lab: Tensor, seen: Tensor, step: int, phases: int) -> int:
    """How far from a place above or below it an input pixel still has a say in it.

    `phases` places are tried: halving again and again, none is like its neighbour.
    """
    middle, farthest = seen.shape[2] // 2, 0
    for row in range(middle, middle + phases):
        place = seen[0, :, row, WIDE // step // 2].sum()
        (gradient,) = torch.autograd.grad(place, lab, retain_graph=True)
        rows = gradient[0].abs().sum(dim=(0, 2)).nonzero().ravel()
        above = row * step - int(rows.min())
        below = int(rows.max()) - (row * step + step - 1)
        farthest = max(farthest, above, below)
    return farthest


def test_the_halo_of_the_detail_network_is_as_far_as_it_reaches() -> None:
    high = 512
    lab = torch.full((1, 3, high, WIDE), 80.0, dtype=torch.float64, requires_grad=True)
    context = torch.ones(
        1, CONTEXT_CHANNELS, high // CONTEXT_STEP, WIDE // CONTEXT_STEP
    )
    scores = all_open(DetailNetwork((2, 2, 2, 2)))(lab, context.double())
    assert reach_px(lab, scores, 1, 16) == _DETAIL_HALO


def test_the_halo_of_the_context_network_is_as_far_as_it_reaches() -> None:
    lab = torch.full((1, 3, 1024, WIDE), 80.0, dtype=torch.float64, requires_grad=True)
    network = all_open(ContextNetwork((2, 2, 2, 2, 2)))
    summaries: list[Tensor] = []  # before the sigmoid, which is shut where it is full
    network.summary.register_forward_hook(lambda *given: summaries.append(given[-1]))
    network(lab)
    reach = reach_px(lab, summaries[0], CONTEXT_STEP, 16)
    assert reach == CONTEXT_STEP * _CONTEXT_HALO

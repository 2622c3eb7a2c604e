# SPDX-License-Identifier: Apache-2.0
"""Weights move the same way however they lie in memory."""

import copy

import torch
from torch import nn

from pellicle.learn.optimiser import Optimiser
from pellicle.learn.training import laid_out

RATE = 0.01
CLOSE = 2e-3
"""Muon works out its steps in bfloat16; other rounding moves a weight by less."""


def network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, 2, 1),
    )


def moved(model: nn.Module, steps: int, optimiser: Optimiser | None = None) -> None:
    optimiser = optimiser or Optimiser(model)
    torch.manual_seed(5)
    for _ in range(steps):
        seen = torch.rand(2, 3, 12, 12)
        loss = (model(seen) - seen[:, :2].flip(1)).square().mean()
        loss.backward()
        optimiser.step(RATE)


def weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([w.detach().contiguous().flatten() for w in model.parameters()])


def test_the_layout_of_kernels_does_not_matter() -> None:
    plain, other = network(), laid_out(network(), torch.channels_last)
    before = weights(plain)
    moved(plain, 3)
    moved(other, 3)
    assert (weights(plain) - before).abs().max() > RATE
    torch.testing.assert_close(weights(other), weights(plain), atol=CLOSE, rtol=0)


def test_what_is_no_kernel_moves_as_adamw_moves_it() -> None:
    ours, theirs = nn.BatchNorm1d(4), nn.BatchNorm1d(4)
    adam = torch.optim.AdamW(theirs.parameters(), lr=RATE, weight_decay=1e-4)
    optimiser = Optimiser(nn.Sequential(ours, nn.Conv2d(1, 1, 1)))
    seen = torch.arange(24.0).reshape(6, 4).sin()
    for model in (ours, theirs):
        model(seen).square().mul(seen).sum().backward()
    optimiser.step(RATE)
    adam.step()
    torch.testing.assert_close(ours.weight, theirs.weight)
    torch.testing.assert_close(ours.bias, theirs.bias)


def test_a_step_of_a_kernel_moves_all_its_directions_alike() -> None:
    model = nn.Conv2d(3, 8, 3)
    before = model.weight.detach().clone()
    optimiser = Optimiser(model)
    steep = torch.rand(2, 3, 12, 12) * torch.tensor([100.0, 1.0, 0.01])[:, None, None]
    model(steep).square().sum().backward()
    optimiser.step(RATE)
    step = (model.weight.detach() - before).flatten(1)
    singular = torch.linalg.svdvals(step)
    assert singular[0] / singular[-1] < 3


def test_gradients_are_forgotten() -> None:
    model = network()
    moved(model, 1)
    assert all(weight.grad is None for weight in model.parameters())


def test_it_goes_on_where_it_stopped() -> None:
    straight, stopped = network(), network()
    optimiser = Optimiser(straight)
    moved(straight, 2, optimiser)
    first = Optimiser(stopped)
    moved(stopped, 2, first)
    second = Optimiser(stopped)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    moved(straight, 2, optimiser)
    moved(stopped, 2, second)
    torch.testing.assert_close(weights(stopped), weights(straight), atol=1e-6, rtol=0)

# SPDX-License-Identifier: Apache-2.0
"""Networks in whole numbers say what they said before."""

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import nn

from pellicle.learn.export import onnx_of
from pellicle.learn.whole_numbers import in_whole_numbers
from pellicle.stages.sessions import session_from


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(5)
    layers = [nn.Conv2d(3, 16, 3, padding=1), nn.ReLU()]
    for _ in range(3):
        layers += [nn.Conv2d(16, 16, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(16, 2, 1)).eval()


@pytest.fixture(scope="module")
def contents(network):
    """The network as exported, and in whole numbers."""
    axes = {"lab": {2: "h", 3: "w"}, "out": {2: "h", 3: "w"}}
    plain = onnx_of(network, (torch.zeros(1, 3, 32, 32),), ["lab"], ["out"], axes)
    seen = [{"lab": picture(seed)} for seed in range(4)]
    return plain, in_whole_numbers(plain, seen)


def picture(seed, shape=(64, 64)):
    values = np.random.default_rng(seed).normal(0, 1, (1, 3, *shape))
    return values.astype(np.float32)


def test_it_says_nearly_the_same_of_what_it_has_not_seen(contents) -> None:
    plain, whole = (session_from(content) for content in contents)
    lab = picture(99, (48, 80))
    expected, found = (s.run(None, {"lab": lab})[0] for s in (plain, whole))
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 0.05 * np.ptp(expected)


def test_parts_are_the_whole_bit_for_bit(contents) -> None:
    whole = session_from(contents[1])
    lab = picture(7, (64, 96))
    found = whole.run(None, {"lab": lab})[0]
    part = whole.run(None, {"lab": np.ascontiguousarray(lab[..., 16:])})[0]
    np.testing.assert_array_equal(part[..., 8:], found[..., 24:])


def test_what_sees_the_paint_and_what_is_believed_stay_as_they_are(contents) -> None:
    plain, whole = (onnx.load_from_string(content) for content in contents)
    kinds = [node.op_type for node in whole.graph.node]
    assert kinds.count("QuantizeLinear") >= 3
    for layer in (first_kernel(plain), last_kernel(plain)):
        assert any(
            np.array_equal(layer, numpy_helper.to_array(one))
            for one in whole.graph.initializer
        )


def test_it_is_a_third_as_large_at_most() -> None:
    torch.manual_seed(5)
    wide = nn.Sequential(
        nn.Conv2d(3, 64, 3), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(),
        nn.Conv2d(64, 2, 1),
    ).eval()  # fmt: skip
    plain = onnx_of(wide, (torch.zeros(1, 3, 32, 32),), ["lab"], ["out"], {})
    assert (
        len(in_whole_numbers(plain, [{"lab": picture(1, (32, 32))}])) < len(plain) / 3
    )


def first_kernel(model):
    return kernels(model)[0]


def last_kernel(model):
    return kernels(model)[-1]


def kernels(model):
    held = {one.name: one for one in model.graph.initializer}
    names = [node.input[1] for node in model.graph.node if node.op_type == "Conv"]
    return [numpy_helper.to_array(held[name]) for name in names]

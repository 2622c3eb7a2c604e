# SPDX-License-Identifier: Apache-2.0
"""Training the infill network: what is learnt, that it goes on, and what it leaves."""

import csv
import json

import cv2
import numpy as np
import pytest
import torch
from scipy import ndimage

from pellicle.io.weights_file import (
    DESCRIPTION,
    INFILL,
    load_infill_weights,
    write_infill_weights,
)
from pellicle.learn.corpus import read_corpus
from pellicle.learn.examples import Shards
from pellicle.learn.infill_examples import (
    FILLED,
    PLACES,
    SIDE_PX,
    TRUTH,
    InfillExampleMaker,
)
from pellicle.learn.infill_network import InfillNetwork
from pellicle.learn.infill_task import InfillTask, colour_error
from pellicle.learn.infill_training import CARD, InfillTraining, train_infill
from pellicle.learn.training import LOG, Training, TrainingSettings


@pytest.fixture(autouse=True)
def one_thread():
    """Sums in one order: several threads add up in whatever order they come."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    for seed in range(3):
        rng = np.random.default_rng(seed)
        fields = rng.integers(40, 215, (9, 9, 3)).astype(np.uint8)
        cv2.imwrite(str(folder / f"{seed}.png"), cv2.resize(fields, (420, 420)))
    return folder


@pytest.fixture(scope="module")
def maker(corpus):
    return InfillExampleMaker(
        tuple(p.path for p in read_corpus([corpus]).pictures), seed=5
    )


@pytest.fixture(scope="module")
def shard(maker, tmp_path_factory):
    shards = Shards(tmp_path_factory.mktemp("shards"))
    path = shards.folder / "examples-00000.npy"
    np.save(path, np.stack([maker.packed(n) for n in (0, 1)]))
    return path


def test_examples_follow_from_their_number(maker) -> None:
    once, again, other = maker.packed(3), maker.packed(3), maker.packed(4)
    assert once.shape == (SIDE_PX, SIDE_PX, 7)
    np.testing.assert_array_equal(once, again)
    assert (once != other).any()


@pytest.mark.parametrize("number", [0, 1, 3])
def test_an_example_is_sound_outside_its_places_and_filled_inside(
    maker, number
) -> None:
    example = maker.packed(number)
    damaged = example[..., PLACES] > 0
    assert 0.01 < damaged.mean() < 0.4
    filled, truth = example[..., FILLED], example[..., TRUTH]
    np.testing.assert_array_equal(filled[~damaged], truth[~damaged])
    assert (filled[damaged] != truth[damaged]).any()
    numbers, _ = ndimage.label(damaged, np.ones((3, 3)))
    for place in range(1, 6):
        assert len(np.unique(example[..., PLACES][numbers == place])) <= 1


def test_a_new_network_leaves_diffusion_as_it_is(shard) -> None:
    task = InfillTask((shard,), (shard,), batch=2)
    found = task.loss(task.model(), 0, 0)
    assert found["colour"].item() == found["diffusion"].item()


def test_nothing_is_learnt_outside_what_is_filled() -> None:
    torch.manual_seed(0)
    network = InfillNetwork()
    torch.nn.init.normal_(network.correction.weight, std=0.2)
    target = torch.zeros(1, 32, 32)
    target[0, 10:20, 12:16] = 1
    picture = torch.rand(1, 3, 32, 32)
    correction = network(picture, torch.stack([1 - target, target], dim=1))
    assert not correction[(target == 0)[:, None].expand_as(correction)].any()
    made = (picture + correction).detach().requires_grad_()
    torch.autograd.backward(colour_error(made, torch.rand(1, 3, 32, 32), target))
    assert made.grad is not None
    outside = (target == 0)[:, None].expand_as(made)
    assert not made.grad[outside].any()
    assert made.grad[~outside].any()


def test_the_error_of_a_colour_is_near_its_difference() -> None:
    truth = torch.full((1, 3, 4, 4), 0.5)
    made = truth + 0.1
    target = torch.ones(1, 4, 4)
    # L* 53.4 and 63.2: ΔE94 of neutral greys is the difference of lightness.
    assert float(colour_error(made, truth, target)) == pytest.approx(9.9, abs=0.3)


def test_a_training_that_was_stopped_goes_on_where_it_stopped(shard, tmp_path) -> None:
    def training(folder):
        task = InfillTask((shard,), (shard,), batch=2)
        return Training(task, TrainingSettings(steps=4, log_every=1), folder)

    whole = training(tmp_path / "whole")
    whole.run(lambda _step, _means: None)
    stopped = training(tmp_path / "parts")

    class StoppedError(Exception):
        pass

    def stop(step, _means):
        if step == 2:
            stopped.save()
            raise StoppedError

    with pytest.raises(StoppedError):
        stopped.run(stop)
    rest = training(tmp_path / "parts")
    assert rest.step == 2
    rest.run(lambda _step, _means: None)
    for one, other in zip(
        rest.model.parameters(), whole.model.parameters(), strict=True
    ):
        torch.testing.assert_close(one, other, atol=2e-3, rtol=0)
    with (tmp_path / "parts" / LOG).open(encoding="utf-8") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["1", "2", "3", "4"]


def test_a_training_ends_with_a_network_that_runs(corpus, tmp_path) -> None:
    settings = InfillTraining(steps=1, examples=16, held_out_examples=16, batch=1)
    done = train_infill([corpus], tmp_path, settings, 1)
    assert load_infill_weights(str(tmp_path)).name == INFILL
    card = (tmp_path / CARD).read_text(encoding="utf-8")
    assert f"| cracks | {done.figures['cracks diffusion']:.3f} |" in card
    description = json.loads((tmp_path / DESCRIPTION).read_bytes())
    assert description["trained_steps"] == 1


def test_an_infill_network_is_not_taken_for_condition_networks(tmp_path) -> None:
    write_infill_weights(tmp_path, b"network", {"trained_steps": 1})
    assert load_infill_weights(str(tmp_path)).content == b"network"
    assert json.loads((tmp_path / DESCRIPTION).read_bytes())["layout"] == 1

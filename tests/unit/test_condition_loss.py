# SPDX-License-Identifier: Apache-2.0
"""What nobody said anything of teaches nothing."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from pellicle.learn.condition import ConditionTask, _laid, _wanted
from pellicle.learn.condition_loss import condition_loss
from pellicle.learn.taught import NOT_TAUGHT, taught
from pellicle.model.condition import DamageClass

SIDE = 32


def drawn(seed=0):
    """Scores of details and contexts, and labels of all of them."""
    made = torch.Generator().manual_seed(seed)
    scores = torch.randn(2, 5, SIDE, SIDE, generator=made, requires_grad=True)
    context = torch.randn(2, 5, SIDE // 4, SIDE // 4, generator=made)
    labels = torch.randint(0, 5, (2, SIDE, SIDE), generator=made)
    return scores, context.requires_grad_(), labels


def test_ignored_pixels_give_no_gradient_and_others_do() -> None:
    scores, context, labels = drawn()
    labels[0, :, 8:] = NOT_TAUGHT
    found = condition_loss(scores, context, labels, labels)
    torch.autograd.backward(found["loss"])
    assert scores.grad is not None
    assert context.grad is not None
    unknown = (labels == NOT_TAUGHT)[:, None].expand_as(scores)
    assert not scores.grad[unknown].any()
    assert scores.grad[~unknown].abs().min() > 0
    assert not context.grad[0, :, :, 2:].any()
    assert context.grad[0, :, :, :2].abs().min() > 0


def test_what_is_not_taught_changes_no_part_of_the_loss() -> None:
    scores, context, labels = drawn()
    labels[:, 16:] = NOT_TAUGHT
    other = scores.detach().clone()
    other[:, :, 16:] = 7.0
    far = context.detach().clone()
    far[:, :, 4:] = -3.0
    once = condition_loss(scores, context, labels, labels)
    again = condition_loss(other, far, labels, labels)
    for name, value in once.items():
        torch.testing.assert_close(value, again[name])


def test_a_batch_of_which_nothing_is_taught_is_no_loss_and_no_nan() -> None:
    scores, context, labels = drawn()
    labels[:] = NOT_TAUGHT
    found = condition_loss(scores, context, labels, labels)
    torch.autograd.backward(found["loss"])
    assert float(found["loss"].detach()) == 0
    assert scores.grad is not None
    assert context.grad is not None
    assert not scores.grad.any()
    assert not context.grad.any()


def test_where_all_is_taught_the_loss_is_the_plain_one() -> None:
    scores, context, labels = drawn()
    found = condition_loss(scores, context, labels, labels)
    weights = torch.tensor([1.0, 2.0, 2.0, 3.0, 3.0])
    entropy = functional.cross_entropy(scores, labels, weight=weights)
    torch.testing.assert_close(found["entropy"], entropy)
    one_hot = functional.one_hot(labels, 5).permute(0, 3, 1, 2).float()
    shares = functional.avg_pool2d(one_hot, 4)
    torch.testing.assert_close(
        found["context"], functional.cross_entropy(context, shares)
    )


def test_a_small_corrected_place_counts_beside_a_whole_aged_example() -> None:
    scores, context, labels = drawn()
    labels[:] = 0
    right = torch.zeros_like(scores.detach())
    right[:, 0] = 9.0
    labels[1] = NOT_TAUGHT
    labels[1, :8, :16] = DamageClass.LOSS  # an eighth of it, and told wrongly
    found = condition_loss(right, context, labels, labels)
    # Its weight 2 against 1: two thirds of the entropy, 9 where it is wrong.
    assert float(found["entropy"]) == pytest.approx(6.0, abs=0.01)


def test_other_classes_are_sound_when_aged_and_what_is_not_taught_stays() -> None:
    labels = np.array([0, 1, 4, 5, 7, 8, NOT_TAUGHT], np.uint8)
    assert taught(labels).tolist() == [0, 1, 4, 0, 0, 0, NOT_TAUGHT]


@pytest.mark.parametrize("label", [DamageClass.UNMAPPED, DamageClass.CRAQUELURE])
def test_what_is_looked_at_is_always_taught_and_stays_when_turned(label) -> None:
    example = np.zeros((640, 640, 4), np.uint8)
    example[..., 3] = NOT_TAUGHT
    example[301:304, 411:413, 3] = label  # between the steps of a sparse look
    for seed in range(20):
        rng = np.random.default_rng(seed)
        wanted = _wanted(example[..., 3], rng)
        assert example[tuple(wanted)][3] == label
        crop, place = _laid(example, wanted, rng)
        assert set(np.unique(crop[..., 3])) <= {label, NOT_TAUGHT}
        top, left = np.maximum(place - 3, 0)
        assert (crop[top : top + 7, left : left + 7, 3] == label).any()


def test_figures_leave_out_what_is_not_known(tmp_path, monkeypatch) -> None:
    labels = np.full((8, 8), NOT_TAUGHT, np.uint8)
    labels[:4], labels[0, :4] = 0, DamageClass.LOSS
    found = np.zeros((8, 8), np.uint8)
    found[0, :4], found[6:] = DamageClass.LOSS, DamageClass.LOSS
    task = ConditionTask((), (tmp_path,), batch=1)
    monkeypatch.setattr(ConditionTask, "labelled", lambda *_: [(labels, found)])
    figures = task.measure(torch.nn.Identity())
    assert (figures["loss"], figures["none"]) == (1.0, 1.0)

# SPDX-License-Identifier: Apache-2.0
"""Loss of the condition networks, where not every pixel need be known.

Job: cross-entropy, overlap of classes, shares of the context.
Not here: batches (`condition.py`).

Pixels that are `NOT_TAUGHT` have no part in any of these, and give no gradient.
"""

import torch
from torch import Tensor
from torch.nn import functional

from pellicle.learn.networks import CLASSES, CONTEXT_STEP
from pellicle.learn.taught import NOT_TAUGHT

_WEIGHTS = (1.0, 2.0, 2.0, 3.0, 3.0)
_DICE_PART = 0.5
_CONTEXT_PART = 0.4
_DICE_CLASSES = (1, 2, 3, 4)
_MOST_EMPHASIS = 16.0


def condition_loss(
    scores: Tensor, context_scores: Tensor, near: Tensor, labels: Tensor
) -> dict[str, Tensor]:
    """Loss of one batch, as "loss", and its parts.

    Parameters
    ----------
    scores
        (N, 5, h, w) float32 of the details.
    context_scores
        (N, 5, H/4, W/4) float32 of the crops.
    near, labels
        (N, h, w) and (N, H, W) int64: 0 to 4, or `NOT_TAUGHT`.
    """
    entropy = _entropy(scores, near)
    dice = _dice(scores, near)
    context = _context(context_scores, labels)
    whole = entropy + _DICE_PART * dice + _CONTEXT_PART * context
    return {"loss": whole, "entropy": entropy, "dice": dice, "context": context}


def _entropy(scores: Tensor, labels: Tensor) -> Tensor:
    """Weighted mean over what is taught; 0 where nothing is."""
    weights = torch.tensor(_WEIGHTS)
    apart = functional.cross_entropy(
        scores, labels, weight=weights, ignore_index=NOT_TAUGHT, reduction="none"
    )
    known = labels != NOT_TAUGHT
    counted = weights[labels.where(known, 0)] * known
    emphasis = _emphasis(known.float().mean(dim=(1, 2)))[:, None, None]
    return _mean((apart * emphasis).sum(), (counted * emphasis).sum())


def _context(scores: Tensor, labels: Tensor) -> Tensor:
    """The same of the shares that classes have in each place of the context."""
    shares = functional.avg_pool2d(_one_hot(labels), CONTEXT_STEP)
    apart = -(shares * functional.log_softmax(scores, dim=1)).sum(dim=1)
    known = shares.sum(dim=1)
    emphasis = _emphasis(known.mean(dim=(1, 2)))[:, None, None]
    return _mean((apart * emphasis).sum(), (known * emphasis).sum())


def _emphasis(known: Tensor) -> Tensor:
    """(N,) factor of each example, from the part of it that is known.

    A person corrects places of a few millimetres: pixel for pixel they would be lost
    beside aged paintings, of which all is known. So examples count alike, unless next
    to nothing of one is known.
    """
    return 1 / known.clamp(min=1 / _MOST_EMPHASIS)


def _mean(total: Tensor, count: Tensor) -> Tensor:
    # Nothing is added up where nothing is known: 0, with a gradient of 0.
    return total / count if bool(count > 0) else total


def _one_hot(labels: Tensor) -> Tensor:
    """(N, 5, H, W) float32; all 0 where nothing is taught."""
    classes = torch.arange(CLASSES, dtype=torch.uint8).reshape(1, CLASSES, 1, 1)
    return (labels.to(torch.uint8)[:, None] == classes).float()


def _dice(scores: Tensor, labels: Tensor) -> Tensor:
    """1 minus the overlap of each damage class over the batch, of those present."""
    truth = _one_hot(labels)
    likely = functional.softmax(scores, dim=1) * (labels != NOT_TAUGHT)[:, None]
    both = (likely * truth).sum(dim=(0, 2, 3))
    all_of = (likely + truth).sum(dim=(0, 2, 3))
    overlap = (2 * both + 1) / (all_of + 1)
    present = truth.sum(dim=(0, 2, 3)) > 0
    counted = [k for k in _DICE_CLASSES if bool(present[k])]
    if not counted:
        return scores.sum() * 0
    return 1 - overlap[counted].mean()

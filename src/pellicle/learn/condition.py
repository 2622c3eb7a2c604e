# SPDX-License-Identifier: Apache-2.0
"""Learning to map damage: what the condition networks are taught, and how they do.

Job: batches, figures on examples held out.
Not here: the loop (`training.py`), the loss (`condition_loss.py`), examples
(`examples.py`, `workflow/corrected_examples.py`), layers (`networks.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from pellicle.learn.condition_loss import condition_loss
from pellicle.learn.evaluation import LineCounts, PixelCounts
from pellicle.learn.networks import CLASSES, DETAIL_PX, ConditionNetworks
from pellicle.learn.taught import NOT_TAUGHT, taught
from pellicle.learn.training import laid_out
from pellicle.model.arrays import Array, Labels
from pellicle.model.condition import DamageClass

CONTEXT_PX = 384
_STEP = 8
_GREY = 0.1
_ANYWHERE = 0.25
_MIRRORED = 0.5
_TURNED = 0.5
_SCALED = (0.75, 1.5)
_CLASS_NAMES = ("none", "loss", "abrasion", "craquelure", "split")
LINE_TOLERANCE_PX = 2


def lab_of(rgb: Array) -> Array:
    """(…, H, W, 3) float32 L*a*b* of uint8 sRGB."""
    flat = rgb.reshape(-1, rgb.shape[-2], 3).astype(np.float32) / 255
    return cv2.cvtColor(flat, cv2.COLOR_RGB2LAB).reshape(rgb.shape)


@dataclass(frozen=True)
class ConditionTask:
    """Learning the condition networks from shards of examples.

    Attributes
    ----------
    shards
        Files of examples to learn from.
    held_out
        Files of examples of other paintings.
    batch
        Examples in a step.
    seed
        Of what is drawn.
    corrected
        Files of examples from persons' corrections: half of each batch.
    bfloat16
        Compute in half precision where that does no harm.
    """

    shards: tuple[Path, ...]
    held_out: tuple[Path, ...]
    batch: int
    seed: int = 0
    corrected: tuple[Path, ...] = ()
    bfloat16: bool = False

    @cached_property
    def _opened(self) -> list[Array]:
        return [np.load(path, mmap_mode="r") for path in self.shards]

    @cached_property
    def _opened_corrected(self) -> list[Array]:
        return [np.load(path, mmap_mode="r") for path in self.corrected]

    def model(self) -> nn.Module:
        """New condition networks."""
        return laid_out(ConditionNetworks(), torch.channels_last)

    def loss(self, model: nn.Module, step: int, rank: int) -> dict[str, Tensor]:
        """Loss of one batch and its parts."""
        lab, labels, corners = self._batch(step, rank)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            scores, context_scores = model(lab, corners)
        scores, context_scores = scores.float(), context_scores.float()
        near = torch.stack(
            [
                one[y : y + DETAIL_PX, x : x + DETAIL_PX]
                for one, (y, x) in zip(labels, corners.tolist(), strict=True)
            ]
        )
        return condition_loss(scores, context_scores, near, labels)

    def _batch(self, step: int, rank: int) -> tuple[Tensor, Tensor, Tensor]:
        rng = np.random.default_rng([self.seed, step, rank])
        crops, corners = [], []
        for number in range(self.batch):
            corrected = self._opened_corrected and number % 2
            opened = self._opened_corrected if corrected else self._opened
            shard = opened[int(rng.integers(len(opened)))]
            example = shard[int(rng.integers(len(shard)))]
            crop, wanted = _laid(example, _wanted(example[..., 3], rng), rng)
            crops.append(crop)
            corner = _around(wanted, DETAIL_PX, CONTEXT_PX, rng)
            corners.append(corner // _STEP * _STEP)
        stack, near = _turned(np.stack(crops), np.stack(corners), rng)
        labels = torch.from_numpy(taught(stack[..., 3]).astype(np.int64))
        lab = _coloured(lab_of(stack[..., :3]), rng)
        tensor = torch.from_numpy(lab.transpose(0, 3, 1, 2))
        tensor = tensor.contiguous(memory_format=torch.channels_last)
        return tensor, labels, torch.from_numpy(near)

    def measure(self, model: nn.Module) -> dict[str, float]:
        """F1 by class on examples held out."""
        pixels, lines = PixelCounts(CLASSES), LineCounts(LINE_TOLERANCE_PX)
        for labels, found in self.labelled(model):
            truth = taught(labels)
            known = truth != NOT_TAUGHT
            pixels.add(truth[known], found[known])
            line = DamageClass.CRAQUELURE
            lines.add(truth == line, (found == line) & known)
        figures = dict(zip(_CLASS_NAMES, pixels.f1(), strict=True))
        return {**figures, "craquelure lines": lines.f1}

    def labelled(self, model: nn.Module) -> Sequence[tuple[Array, Array]]:
        """(true labels, found labels) of each example held out."""
        return [
            (labels, scores.argmax(axis=0).astype(np.uint8))
            for labels, scores in self.scored(model)
        ]

    def scored(self, model: nn.Module) -> Iterator[tuple[Array, Array]]:
        """(labels, (5, H, W) class scores) of each example held out."""
        networks = cast("ConditionNetworks", model)
        for example in self.examples_held_out():
            yield example[..., 3], scores_of(networks, example[..., :3])

    def examples_held_out(self) -> Iterator[Array]:
        """(H, W, 4) uint8 RGB and label of each example held out."""
        for path in self.held_out:
            yield from np.load(path, mmap_mode="r")


def scores_of(model: ConditionNetworks, rgb: Array) -> Array:
    """(5, H, W) float32 class scores of (H, W, 3) uint8 sRGB, sides multiples of 64."""
    lab = torch.from_numpy(lab_of(np.ascontiguousarray(rgb)).transpose(2, 0, 1)[None])
    with torch.no_grad():
        scores = model.detail(lab, model.context(lab))
    found: Array = scores[0].numpy()
    return found


def _wanted(labels: Labels, rng: np.random.Generator) -> Array:
    """(row, column) to look at: mostly damage, each class there as often as others.

    Where not all is taught, always a place that is.
    """
    # What a person corrected may be smaller than a step.
    step = 1 if (labels == NOT_TAUGHT).any() else _STEP
    sparse = taught(labels[::step, ::step])
    there = [k for k in range(1, CLASSES) if (sparse == k).any()]
    if there and rng.random() >= _ANYWHERE:
        chosen = sparse == there[int(rng.integers(len(there)))]
    elif step == 1 and (sparse != NOT_TAUGHT).any():
        chosen = sparse != NOT_TAUGHT
    else:
        return rng.integers(0, labels.shape[0], 2)
    places = np.argwhere(chosen)
    place: Array = places[int(rng.integers(len(places)))] * step
    return place


def _laid(
    example: Array, wanted: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """A crop that holds a place, and where in the crop it then is.

    Half are turned by any angle, enlarged or reduced: cracks and weave follow the
    sides of a painting, and photographs need not.
    """
    top, left = _around(wanted, CONTEXT_PX, example.shape[0], rng)
    if rng.random() > _TURNED:
        crop: Array = example[top : top + CONTEXT_PX, left : left + CONTEXT_PX]
        return crop, wanted - (top, left)
    middle = np.array([top, left]) + CONTEXT_PX / 2
    angle = rng.uniform(0, 360)
    scale = float(np.exp(rng.uniform(*np.log(_SCALED))))
    centre = float(middle[1]), float(middle[0])
    matrix: Array = cv2.getRotationMatrix2D(centre, angle, scale)
    matrix[:, 2] += CONTEXT_PX / 2 - middle[::-1]
    # A corner may be turned out of the crop: it is moved until it holds the place.
    inside = matrix @ np.array([wanted[1], wanted[0], 1.0])
    matrix[:, 2] += np.clip(inside, 0, CONTEXT_PX - 1) - inside
    size = CONTEXT_PX, CONTEXT_PX
    edge = cv2.BORDER_REFLECT_101
    example = np.ascontiguousarray(example)
    rgb = cv2.warpAffine(
        example[..., :3], matrix, size, flags=cv2.INTER_LINEAR, borderMode=edge
    )
    labels = cv2.warpAffine(
        example[..., 3], matrix, size, flags=cv2.INTER_NEAREST, borderMode=edge
    )
    column, row = matrix @ np.array([wanted[1], wanted[0], 1.0])
    place = np.clip(np.rint([row, column]), 0, CONTEXT_PX - 1).astype(np.int64)
    return np.dstack([rgb, labels]), place


def _around(place: Array, side: int, whole: int, rng: np.random.Generator) -> Array:
    """Corner of a square of `side` that holds a place, anywhere in it."""
    corner: Array = np.clip(place - rng.integers(0, side, 2), 0, whole - side)
    return corner


def _turned(
    crops: Array, corners: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """The batch mirrored or laid on its side, and where its details then are."""
    free = CONTEXT_PX - DETAIL_PX
    for axis in (0, 1):
        if rng.random() < _MIRRORED:
            crops = np.flip(crops, axis + 1)
            corners = corners.copy()
            corners[:, axis] = free - corners[:, axis]
    if rng.random() < _MIRRORED:
        crops, corners = crops.swapaxes(1, 2), corners[:, ::-1]
    return np.ascontiguousarray(crops), np.ascontiguousarray(corners)


def _coloured(lab: Array, rng: np.random.Generator) -> Array:
    """Each crop a little lighter or darker, warmer or cooler, as photographs are."""
    count = len(lab)
    gain = rng.uniform(0.85, 1.12, (count, 1, 1, 1)).astype(np.float32)
    contrast = np.exp(rng.normal(0, 0.2, (count, 1, 1, 1))).astype(np.float32)
    middle = lab[..., :1].mean(axis=(1, 2), keepdims=True)
    chroma = rng.uniform(0.6, 1.25, (count, 1, 1, 1)).astype(np.float32)
    cast = rng.normal(0, 3.0, (count, 1, 1, 2)).astype(np.float32)
    lightness = (middle + contrast * (lab[..., :1] - middle)) * gain
    toned = np.empty_like(lab)
    np.clip(lightness, 0, 100, out=toned[..., :1])
    toned[..., 1:] = lab[..., 1:] * chroma + cast
    grey = rng.random(count) < _GREY
    toned[grey, ..., 1:] = 0
    return toned

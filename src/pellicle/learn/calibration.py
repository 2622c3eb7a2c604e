# SPDX-License-Identifier: Apache-2.0
"""What scores of the condition networks mean, fitted on paintings held out.

Job: probabilities that can be believed, and from which probability a class is mapped.
Not here: training (`training.py`), what is mapped (`stages/condition/mapping.py`).

Calibration is a temperature and an offset for each class (Guo 2017, "On calibration of
modern neural networks", vector scaling with one common temperature). A crack is a pixel
or two wide and may lie one to the side, so that even a plain one is nowhere very
likely: each class has its own threshold. Of those that call no more of sound paint
damaged than they may, and that come as near to the greatest F1 of what is mapped in the
end as makes no difference, it is the strictest. Ink on sound paint is worse than a loss
that a person adds, and damage is rarer on paintings than in what is learnt from.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pellicle.learn.condition import LINE_TOLERANCE_PX
from pellicle.learn.evaluation import LineCounts, PixelCounts
from pellicle.learn.networks import CLASSES
from pellicle.model.arrays import Array, Labels
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.raster.regions import RegionJoiner
from pellicle.stages.condition.mapping import MapCondition, mapped_classes
from pellicle.stages.condition.network import WORKING_UM

_STEPS = 200
_EVERY = 37
"""Pixels between those that calibration looks at: neighbours tell the same."""

_LEVELS = 256
_AS_GOOD = 0.01
"""Of F1, below the greatest."""
_LOOSE = DamageClass.CRAQUELURE, DamageClass.SPLIT
"""Lines, which count as found within two pixels."""
_NOTHING = 1e-9
_ABOUT = np.ones((5, 5), np.uint8)
_LEAST, _MOST = 0.03, 0.95
_SHIFTS = tuple(np.arange(-2.0, 2.1, 0.5))
"""Of log odds, from where a class is told best pixel by pixel: what is faint, short or
small is not mapped, so that whole regions may ask for another threshold. The last is
the strictest."""

_WRONG_AT_MOST = (0.002, 0.001, 0.005, 0.0005)
"""Part of sound pictures that may be called loss, abrasion, craquelure, split."""


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
        torch.autograd.backward(loss)
        optimiser.step()
    centred = offset.detach() - offset.detach().mean()
    return float(log_temperature.detach().exp()), centred


def likely_of(scores: Array, temperature: float, offset: Tensor) -> Array:
    """(5, H, W) probabilities of (5, H, W) scores, calibrated."""
    scaled = torch.from_numpy(scores) / temperature + offset.reshape(CLASSES, 1, 1)
    likely: Array = torch.softmax(scaled, dim=0).numpy()
    return likely


def fitted_thresholds(pairs: Sequence[tuple[Array, Array]]) -> tuple[float, ...]:
    """Probability of each damage class at which its F is greatest.

    Parameters
    ----------
    pairs
        (labels, likely) of pictures held out: (H, W) uint8 below 5, (5, H, W) float32.
        Those without any damage set how much sound paint may be called damaged.

    Returns
    -------
    thresholds
        Of `DamageClass` 1 to 4.
    """
    alone = np.array([_threshold(pairs, kind) for kind in range(1, CLASSES)])
    tried = [_shifted(alone, shift) for shift in _SHIFTS]
    scores, wrong = zip(*(_tried(pairs, one) for one in tried), strict=True)
    allowed = np.array(wrong) <= np.array(_WRONG_AT_MOST)
    allowed[-1] = True  # nothing may be strict enough: then the strictest
    f1 = np.where(allowed, np.array(scores), -1.0)
    as_good = f1 >= f1.max(axis=0) - _AS_GOOD
    strictest = len(tried) - 1 - as_good[::-1].argmax(axis=0)
    return tuple(tried[number][kind] for kind, number in enumerate(strictest))


def _shifted(thresholds: Array, shift: float) -> tuple[float, ...]:
    """Those with their odds shifted, within what thresholds may be."""
    odds = np.log(thresholds) - np.log1p(-thresholds) + shift
    moved = np.clip(1 / (1 + np.exp(-odds)), _LEAST, _MOST)
    return tuple(round(float(one), 4) for one in moved)


def _tried(
    pairs: Sequence[tuple[Array, Array]], thresholds: tuple[float, ...]
) -> tuple[Array, Array]:
    """F1 of each damage class as the product maps it, and its part of sound pixels."""
    stage = MapCondition.model_validate({"thresholds": thresholds})
    lines, pixels = LineCounts(LINE_TOLERANCE_PX), PixelCounts(CLASSES)
    sound = np.zeros(CLASSES)
    line = DamageClass.CRAQUELURE
    for labels, likely in pairs:
        found = _mapped(stage, likely)
        lines.add(labels == line, found == line)
        pixels.add(labels, found)
        if not labels.any():
            sound += np.bincount(found.ravel(), minlength=CLASSES)
    precision, recall = (
        np.array(of[1:]) for of in (pixels.precision(), pixels.recall())
    )
    precision[line - 1], recall[line - 1] = lines.precision, lines.recall
    return _f1(precision, recall), sound[1:] / max(sound.sum(), 1)


def _f1(precision: Array, recall: Array) -> Array:
    f1: Array = 2 * precision * recall / np.maximum(precision + recall, _NOTHING)
    return f1


def _mapped(stage: MapCondition, likely: Array) -> Labels:
    """(H, W) classes that the product maps at the working scale."""
    evidence = np.rint((_LEVELS - 1) * likely[1:]).astype(np.uint8).transpose(1, 2, 0)
    pixel_size = PixelSize(WORKING_UM)
    height, width = evidence.shape[:2]
    raster = RasterSpec(height, width, pixel_size)
    tile = {ArtefactKind.CONDITION: np.ascontiguousarray(evidence)}
    found = stage.run_tile(tile, pixel_size, raster.window)
    joiner = RegionJoiner(raster.shape, max(raster.shape))
    numbers = joiner.add(raster.window, found[..., 0].copy(), found[..., 1].copy())
    shapes, final = joiner.finish()
    classes: Labels = mapped_classes(shapes, pixel_size, stage)[final[numbers]]
    return classes


def _threshold(pairs: Sequence[tuple[Array, Array]], kind: int) -> float:
    wanted, right, found = (np.zeros(_LEVELS) for _ in range(3))
    for labels, likely in pairs:
        there = labels == kind
        near: Array = likely[kind]
        allowed = there
        if kind in _LOOSE:
            allowed = cv2.dilate(there.astype(np.uint8), _ABOUT) > 0
            near = cv2.dilate(near, _ABOUT)
        wanted += _histogram(near[there])
        right += _histogram(likely[kind][allowed])
        found += _histogram(likely[kind])
    # From here on: how many at this level or above.
    met, right, found = (np.cumsum(h[::-1])[::-1] for h in (wanted, right, found))
    recall = met / max(wanted.sum(), 1)
    precision = right / np.maximum(found, 1)
    best = int(_f1(precision, recall).argmax()) / (_LEVELS - 1)
    return round(min(max(best, _LEAST), _MOST), 4)


def _histogram(likely: Array) -> Array:
    levels = np.rint(likely * (_LEVELS - 1)).astype(np.int64)
    return np.bincount(levels.ravel(), minlength=_LEVELS)

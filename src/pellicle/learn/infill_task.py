# SPDX-License-Identifier: Apache-2.0
"""Learning to correct diffusion: batches, loss, figures on examples held out.

Job: what the infill network is taught, and how it does.
Not here: the loop (`training.py`), examples (`infill_examples.py`), layers
(`infill_network.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from pellicle.colour.difference import ciede2000
from pellicle.colour.srgb import LINEAR_UNTIL
from pellicle.io.icc import scan_encoding
from pellicle.learn.examples import SHARD_SIZE
from pellicle.learn.infill_examples import FILLED, KINDS, PLACES, SIDE_PX, TRUTH
from pellicle.learn.infill_network import InfillNetwork
from pellicle.learn.training import laid_out
from pellicle.model.arrays import Array, Mask

CROP_PX = 128
"""Side of what is learnt from at once."""

_ALL_PLACES = 0.5
_EACH_PLACE = 0.5
_MIRRORED = 0.5
_RESTLESS = 0.5
_GREY = 0.05
_LOG_GAMMA = (-0.29, 0.3)
_GAIN = (0.8, 1.1)
_BALANCE = 0.04
_STEPS_PART = 0.2
_SMALL_SQUARE = 1.0
_LUMA = (0.2126, 0.7152, 0.0722)
_TO_16 = 65_535.0

_XYZ_FROM_SRGB = (
    (0.4339499, 0.3762098, 0.1898403),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0177566, 0.1094680, 0.8727755),
)
"""Divided by the white, D65."""
_CUBE_FROM = 0.008856


@dataclass(frozen=True)
class InfillTask:
    """Learning the infill network from shards of examples.

    Attributes
    ----------
    shards
        Files of examples to learn from.
    held_out
        Files of examples of other paintings.
    batch
        Crops in a step.
    seed
        Of what is drawn.
    bfloat16
        Compute in half precision where that does no harm.
    """

    shards: tuple[Path, ...]
    held_out: tuple[Path, ...]
    batch: int
    seed: int = 0
    bfloat16: bool = False

    @cached_property
    def _opened(self) -> list[Array]:
        return [np.load(path, mmap_mode="r") for path in self.shards]

    def model(self) -> nn.Module:
        """New infill network."""
        return laid_out(InfillNetwork(), torch.channels_last)

    def loss(self, model: nn.Module, step: int, rank: int) -> dict[str, Tensor]:
        """Loss of one batch and its parts; `diffusion` is that of no correction."""
        filled, truth, masks = self._batch(step, rank)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            correction = model(filled, masks)
        made = filled + correction.float()
        target = masks[:, 1]
        colour = colour_error(made, truth, target)
        steps = _step_error(made - truth, target)
        with torch.no_grad():
            before = colour_error(filled, truth, target)
        return {
            "loss": colour + _STEPS_PART * steps,
            "colour": colour,
            "steps": steps,
            "diffusion": before,
        }

    def _batch(self, step: int, rank: int) -> tuple[Tensor, Tensor, Tensor]:
        """Filled pictures, truths, masks of known and of target."""
        rng = np.random.default_rng([self.seed, step, rank])
        crops = np.stack([self._crop(rng) for _ in range(self.batch)])
        places = crops[..., PLACES]
        target = np.stack([_asked_for(one, rng) for one in places])
        known = places == 0
        pictures = crops[..., :PLACES].astype(np.float32) / np.float32(255)
        pictures = _coloured(pictures, rng)
        pictures[~(known | target)] = 0
        masks = np.stack([known, target], axis=-1).astype(np.float32)
        filled, truth, both = (
            torch.from_numpy(np.ascontiguousarray(part.transpose(0, 3, 1, 2)))
            for part in (pictures[..., FILLED], pictures[..., TRUTH], masks)
        )
        return filled, truth, both

    def _crop(self, rng: np.random.Generator) -> Array:
        """(128, 128, 7) uint8 that holds damage, mirrored or laid on its side.

        Often the more restless of two: on plain paint there is little to be learnt.
        """
        crop = self._drawn(rng)
        if rng.random() < _RESTLESS:
            other = self._drawn(rng)
            crop = max(crop, other, key=_restlessness)
        for axis in (0, 1):
            if rng.random() < _MIRRORED:
                crop = np.flip(crop, axis)
        return crop.swapaxes(0, 1) if rng.random() < _MIRRORED else crop

    def _drawn(self, rng: np.random.Generator) -> Array:
        while True:
            shard = self._opened[int(rng.integers(len(self._opened)))]
            example = shard[int(rng.integers(len(shard)))]
            damaged = np.flatnonzero(example[..., PLACES])
            if damaged.size:
                break
        at = np.unravel_index(int(rng.choice(damaged)), example.shape[:2])
        corner = np.clip(
            np.array(at) - rng.integers(0, CROP_PX, 2), 0, SIDE_PX - CROP_PX
        )
        top, left = (int(one) for one in corner)
        crop: Array = example[top : top + CROP_PX, left : left + CROP_PX]
        return crop

    def measure(self, model: nn.Module) -> dict[str, float]:
        """Mean ΔE00 by kind of damage, of diffusion and corrected."""
        sums: dict[str, list[float]] = {}
        for kind, filled, made, truth, mask in self._corrected(model):
            for name, picture in (("diffusion", filled), ("network", made)):
                error = float(_de00(picture, truth, mask).mean())
                sums.setdefault(f"{kind} {name}", []).append(error)
        return {name: float(np.mean(errors)) for name, errors in sorted(sums.items())}

    def _corrected(
        self, model: nn.Module
    ) -> Iterator[tuple[str, Array, Array, Array, Mask]]:
        """Kind, filled, corrected, true picture and damage of each held out."""
        network = cast("InfillNetwork", model)
        for shard, path in enumerate(self.held_out):
            for i, example in enumerate(np.load(path, mmap_mode="r")):
                mask = example[..., PLACES] > 0
                if mask.any():
                    filled, truth = (
                        example[..., part].astype(np.float32) / np.float32(255)
                        for part in (FILLED, TRUTH)
                    )
                    kind = KINDS[(shard * SHARD_SIZE + i) % len(KINDS)]
                    made = filled + correction_of(network, filled, ~mask, mask)
                    yield str(kind), filled, made, truth, mask


def correction_of(
    network: InfillNetwork, filled: Array, known: Mask, target: Mask
) -> Array:
    """(H, W, 3) float32 correction of one picture, sides multiples of 8."""
    picture = torch.from_numpy(filled.transpose(2, 0, 1)[None].copy())
    masks = torch.from_numpy(np.stack([known, target])[None].astype(np.float32))
    with torch.no_grad():
        correction = network(picture, masks)
    found: Array = correction[0].numpy().transpose(1, 2, 0)
    return found


def colour_error(made: Tensor, truth: Tensor, target: Tensor) -> Tensor:
    """Mean difference of colour inside the target, each crop counting alike.

    ΔE94 of L*a*b* (CIE 116-1995): near ΔE00, and quickly derived. Counted by its square
    where it is small: what is nobody's to foretell, grain, is small and everywhere, and
    would drown the edges that can be learnt.

    Parameters
    ----------
    made, truth
        (N, 3, H, W) encoded sRGB, about [0, 1].
    target
        (N, H, W), 1 inside.
    """
    inside = target > 0
    lab, wanted = (_lab(one.permute(0, 2, 3, 1)[inside]) for one in (made, truth))
    lightness, a, b = (lab - wanted).unbind(-1)
    chroma = wanted[:, 1:].square().sum(-1).sqrt()
    along = torch.hypot(lab[:, 1], lab[:, 2] + 1e-6) - chroma
    across = (a.square() + b.square() - along.square()).clamp(min=0)
    square = (
        lightness.square()
        + (along / (1 + 0.045 * chroma)).square()
        + across / (1 + 0.015 * chroma).square()
    )
    errors = (square + _SMALL_SQUARE).sqrt()
    crop = torch.arange(len(target)).repeat_interleave(inside.flatten(1).sum(1))
    sums = torch.zeros(len(target)).index_add(0, crop, errors)
    return (sums / inside.flatten(1).sum(1).clamp(min=1)).mean()


def _step_error(error: Tensor, target: Tensor) -> Tensor:
    """Mean error of the steps between neighbours, in hundredths of white."""
    luma = (100 * error * torch.tensor(_LUMA).reshape(1, 3, 1, 1)).sum(1)
    down, along = luma.diff(dim=1).abs(), luma.diff(dim=2).abs()
    count = target.flatten(1).sum(1).clamp(min=1)
    return ((down.flatten(1).sum(1) + along.flatten(1).sum(1)) / count).mean()


def _lab(srgb: Tensor) -> Tensor:
    """(M, 3) L*a*b* (D65) of encoded sRGB; what lies outside [0, 1] is cut off."""
    encoded = srgb.clamp(0, 1)
    light = torch.where(
        encoded <= LINEAR_UNTIL, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4
    )
    xyz = light @ torch.tensor(_XYZ_FROM_SRGB).T
    root = torch.where(
        xyz > _CUBE_FROM,
        xyz.clamp(min=_CUBE_FROM) ** (1 / 3),
        7.787 * xyz + 16 / 116,
    )
    x, y, z = root.unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-1)


def _asked_for(places: Array, rng: np.random.Generator) -> Mask:
    """Which damaged pixels are filled at once; the others are not to be looked at."""
    damaged: Mask = places > 0
    if rng.random() < _ALL_PLACES:
        return damaged
    taken = rng.random(256) < _EACH_PLACE
    asked: Mask = damaged & taken[places]
    return asked if asked.any() else damaged


def _restlessness(crop: Array) -> float:
    """Steps between neighbours of what is filled; never of what is hidden."""
    green = crop[..., 1].astype(np.float32)
    return float(np.abs(np.diff(green, axis=0)).mean())


def _coloured(pictures: Array, rng: np.random.Generator) -> Array:
    """Each pair a little lighter or darker, warmer or cooler, or grey."""
    count = len(pictures)
    shape = count, 1, 1, 1
    gamma = np.exp(rng.uniform(*_LOG_GAMMA, shape))
    balance = np.exp(rng.normal(0, _BALANCE, (count, 1, 1, 3)))
    gain = rng.uniform(*_GAIN, shape) * balance
    toned: Array = pictures ** gamma.astype(np.float32)
    toned *= np.tile(gain, 2).astype(np.float32)
    grey = rng.random(count) < _GREY
    if grey.any():
        for part in (FILLED, TRUTH):
            toned[grey, ..., part] = toned[grey, ..., part].mean(-1, keepdims=True)
    toned[toned > 1] = 1
    return toned


def _de00(made: Array, truth: Array, mask: Mask) -> Array:
    encoding = scan_encoding(None, 3)
    made_lab, truth_lab = (
        encoding.lab_d50(
            np.rint(np.clip(one[mask][:, None], 0, 1) * _TO_16).astype(np.uint16)
        )
        for one in (made, truth)
    )
    return ciede2000(made_lab, truth_lab)

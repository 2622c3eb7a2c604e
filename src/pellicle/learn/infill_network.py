# SPDX-License-Identifier: Apache-2.0
"""The network that corrects what diffusion gives in cracks and small losses.

Job: its layers.
Not here: learning (`infill_task.py`), running it (`stages/reconstruct/refine.py`).

A small U-shaped network of plain convolutions (Ronneberger 2015,
doi 10.1007/978-3-319-24574-4_28) that sees every damaged pixel filled by diffusion, and
is told which pixels are intact and which are to be filled: then nothing needs partial
or gated convolutions. It answers with a correction, at first nought everywhere, so that
it begins as diffusion and learns only what that lacks. The first layer takes in squares
of 2 x 2 pixels: all layers work at half the size or less.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

INFILL_MULTIPLE = 8
"""Sides of the input are a multiple of it."""

_BANDS = 3
_STEP = 2
_SEEN_BANDS = 2 * _BANDS + 2
_MIDDLE, _SPREAD = 0.5, 0.25
_SHARPER = 4.0
_NEAR_PX = 17
_LEAST_SEEN = 1e-3
_UNIT = 0.1


class _Block(nn.Module):
    """Convolution of 3 x 3 that adds to what it is given."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, plane: Tensor) -> Tensor:
        return plane + functional.relu(self.layer(plane))


class InfillNetwork(nn.Module):
    """Filled picture and masks to a correction of the picture.

    (N, 3, H, W) encoded samples in [0, 1], (N, 2, H, W) masks, 1 where paint is intact
    and 1 where it is to be filled, give (N, 3, H, W) of the same unit. What is neither
    is not looked at. Sides are multiples of `INFILL_MULTIPLE`.
    """

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 96)) -> None:
        super().__init__()
        half, quarter, eighth = widths
        self.stem = nn.Conv2d(_STEP**2 * _SEEN_BANDS, half, 3, padding=1)
        self.at_half = _Block(half)
        self.to_quarter = nn.Conv2d(half, quarter, 2, 2)
        self.at_quarter = _Block(quarter)
        self.to_eighth = nn.Conv2d(quarter, eighth, 2, 2)
        self.at_eighth = nn.Sequential(_Block(eighth), _Block(eighth))
        self.from_eighth = nn.Conv2d(eighth, quarter, 1)
        self.join_quarter = nn.Sequential(_Block(quarter), _Block(quarter))
        self.from_quarter = nn.Conv2d(quarter, half, 1)
        self.join_half = _Block(half)
        self.correction = nn.Conv2d(half, _STEP**2 * _BANDS, 3, padding=1)
        nn.init.zeros_(self.correction.weight)
        if self.correction.bias is not None:
            nn.init.zeros_(self.correction.bias)

    def forward(self, picture: Tensor, masks: Tensor) -> Tensor:
        """Correction of every pixel, 0 outside what is to be filled."""
        seen = masks.sum(dim=1, keepdim=True)
        centred = (picture - _MIDDLE) / _SPREAD * seen
        apart = _SHARPER * (centred - _mean_near(centred, seen)) * seen
        planes = torch.cat([centred, apart, masks], dim=1)
        squares = functional.pixel_unshuffle(planes, _STEP)
        half = self.at_half(functional.relu(self.stem(squares)))
        quarter = self.at_quarter(functional.relu(self.to_quarter(half)))
        eighth = self.at_eighth(functional.relu(self.to_eighth(quarter)))
        quarter = self.join_quarter(quarter + _doubled(self.from_eighth(eighth)))
        half = self.join_half(half + _doubled(self.from_quarter(quarter)))
        correction = functional.pixel_shuffle(self.correction(half), _STEP)
        answer: Tensor = _UNIT * correction * masks[:, 1:]
        return answer


def _mean_near(plane: Tensor, seen: Tensor) -> Tensor:
    """Mean of what is seen within 8 pixels to each side."""
    sums = torch.cat([plane, seen], dim=1)
    for size in ((_NEAR_PX, 1), (1, _NEAR_PX)):
        pad = (size[0] // 2, size[1] // 2)
        sums = functional.avg_pool2d(sums, size, 1, pad)
    return sums[:, :_BANDS] / sums[:, _BANDS:].clamp(min=_LEAST_SEEN)


def _doubled(plane: Tensor) -> Tensor:
    return functional.interpolate(plane, scale_factor=2.0, mode="nearest")

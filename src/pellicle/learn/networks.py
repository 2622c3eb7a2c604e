# SPDX-License-Identifier: Apache-2.0
"""Networks that label damage: one for the context, one for the detail.

Job: their layers.
Not here: training them (`training.py`), running them (`stages/condition/network.py`).
Terms: the *working scale* is the scan reduced to about 85 µm a pixel; the *context
network* sees it at a quarter, far around, and says in a few numbers a place what it
saw; the *detail network* sees every working pixel, near around, and hears these.

Both are small U-shaped networks of plain convolutions (Ronneberger 2015,
doi 10.1007/978-3-319-24574-4_28). Two instead of one keep the context that tiles must
read twice small: far context is read at a quarter of the scale.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

CLASSES = 5
CONTEXT_STEP = 4
CONTEXT_CHANNELS = 16
DETAIL_STEP = 2
CONTEXT_MULTIPLE = 64
"""Working pixels that sides of the context network's input are a multiple of."""
DETAIL_MULTIPLE = 16
DETAIL_PX = 256
"""Side of the detail that is learnt from at once."""

_LAB_MIDDLE = (50.0, 0.0, 0.0)
_LAB_SPREAD = (25.0, 15.0, 15.0)
_SEEN_BANDS = 6
_SHARPER = 3.0
_DETAIL_NEAR_PX = 4
_CONTEXT_NEAR_PX = 16


class _Seen(nn.Module):
    """L*a*b* as the networks see it: the colour, and how it differs from nearby.

    Cracks are faint beside the differences between one thing and another; without
    their surroundings taken away the first layers take long to find them.
    (N, 3, H, W) gives (N, 6, H, W).
    """

    middle: Tensor
    spread: Tensor

    def __init__(self, step_px: int) -> None:
        super().__init__()
        self._step_px = step_px
        shape = (1, 3, 1, 1)
        self.register_buffer("middle", torch.tensor(_LAB_MIDDLE).reshape(shape))
        self.register_buffer("spread", torch.tensor(_LAB_SPREAD).reshape(shape))

    def forward(self, lab: Tensor) -> Tensor:
        scaled = (lab - self.middle) / self.spread
        apart = scaled - _mean_around(scaled, self._step_px)
        seen = torch.cat([scaled, _SHARPER * apart], dim=1)
        # Half precision, where training computes in it, only after the difference.
        half = torch.is_autocast_enabled("cpu")
        return seen.to(torch.get_autocast_dtype("cpu")) if half else seen


def _mean_around(plane: Tensor, step_px: int) -> Tensor:
    """Mean over about 3 * `step_px` pixels along each side, linear between places."""
    coarse = functional.avg_pool2d(plane, step_px)
    coarse = functional.avg_pool2d(coarse, 3, 1, 1, count_include_pad=False)
    return functional.interpolate(
        coarse, scale_factor=float(step_px), mode="bilinear", align_corners=False
    )


def _block(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, padding=(size - 1) // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _stem(outputs: int, step: int) -> nn.Sequential:
    """Squares of `step` pixels, and those about them, taken in at once."""
    return nn.Sequential(
        nn.Conv2d(_SEEN_BANDS, outputs, 3 * step, step, padding=step, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _halving(inputs: int, outputs: int) -> nn.Sequential:
    return _block(inputs, outputs, size=2, stride=2)


def _doubled(plane: Tensor) -> Tensor:
    return functional.interpolate(plane, scale_factor=2.0, mode="nearest")


class ContextNetwork(nn.Module):
    """(N, 3, H, W) Lab at the working scale to (N, 16, H/4, W/4) in [0, 1].

    Sides are multiples of `CONTEXT_MULTIPLE`. `logits` are for training: the classes
    at the context's own scale.
    """

    def __init__(self, widths: tuple[int, ...] = (48, 64, 80, 112, 128)) -> None:
        super().__init__()
        self.seen = _Seen(_CONTEXT_NEAR_PX)
        self.stem = _stem(widths[0], CONTEXT_STEP)
        self.first = _block(widths[0], widths[0])
        pairs = list(pairwise(widths))
        self.down = nn.ModuleList(
            nn.Sequential(_halving(a, b), _block(b, b), _block(b, b)) for a, b in pairs
        )
        self.narrow = nn.ModuleList(_block(b, a, size=1) for a, b in pairs)
        self.join = nn.ModuleList(_block(2 * a, a) for a, _ in pairs)
        self.summary = nn.Conv2d(widths[0], CONTEXT_CHANNELS, 1)
        self.classes = nn.Conv2d(CONTEXT_CHANNELS, CLASSES, 1)

    def forward(self, lab: Tensor) -> Tensor:
        """What the detail network hears."""
        plane = self.first(self.stem(self.seen(lab)))
        kept = []
        for down in self.down:
            kept.append(plane)
            plane = down(plane)
        levels = zip(
            reversed(kept), reversed(self.narrow), reversed(self.join), strict=True
        )
        for above, narrow, join in levels:
            plane = join(torch.cat([above, _doubled(narrow(plane))], dim=1))
        return torch.sigmoid(self.summary(plane))

    def logits(self, context: Tensor) -> Tensor:
        """(N, 5, h, w) class scores from what `forward` gave."""
        scores: Tensor = self.classes(2.0 * context - 1.0)
        return scores


class _Added(nn.Module):
    """Two layers whose outcome is added to what they saw; nothing at first.

    So a network can be made deeper without losing what it knows (He et al. 2016,
    doi 10.1109/CVPR.2016.90).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _block(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.scaled = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.scaled.weight)

    def forward(self, plane: Tensor) -> Tensor:
        added: Tensor = plane + self.scaled(self.second(self.first(plane)))
        return functional.relu(added)


class DetailNetwork(nn.Module):
    """Lab at the working scale and the context of it to class scores.

    (N, 3, H, W) and (N, 16, H/4, W/4) give (N, 5, H, W). Sides are multiples of
    `DETAIL_MULTIPLE`.
    """

    def __init__(self, widths: tuple[int, int, int, int] = (32, 64, 128, 160)) -> None:
        super().__init__()
        self.seen = _Seen(_DETAIL_NEAR_PX)
        half, quarter, eighth, sixteenth = widths
        self.stem = _stem(half, DETAIL_STEP)
        self.at_half = _block(half, half)
        self.to_quarter = _halving(half, quarter)
        self.fuse = _block(quarter + CONTEXT_CHANNELS, quarter)
        self.at_quarter = _block(quarter, quarter)
        self.to_eighth = _halving(quarter, eighth)
        self.at_eighth = nn.Sequential(_block(eighth, eighth), _block(eighth, eighth))
        self.to_sixteenth = _halving(eighth, sixteenth)
        self.at_sixteenth = _Added(sixteenth)
        self.from_sixteenth = _block(sixteenth, eighth, size=1)
        self.join_eighth = nn.Sequential(_Added(eighth), _Added(eighth))
        self.from_eighth = _block(eighth, quarter, size=1)
        self.join_quarter = nn.Sequential(
            _block(quarter, quarter), _Added(quarter), _Added(quarter)
        )
        self.from_quarter = _block(quarter, half, size=1)
        self.join_half = nn.Sequential(
            _block(2 * half, half), _Added(half), _Added(half)
        )
        self.classes = nn.Conv2d(half, DETAIL_STEP**2 * CLASSES, 3, padding=1)

    def forward(self, lab: Tensor, context: Tensor) -> Tensor:
        """Class scores of every working pixel."""
        half = self.at_half(self.stem(self.seen(lab)))
        seen = torch.cat([self.to_quarter(half), context], dim=1)
        quarter = self.at_quarter(self.fuse(seen))
        eighth = self.at_eighth(self.to_eighth(quarter))
        sixteenth = self.at_sixteenth(self.to_sixteenth(eighth))
        eighth = self.join_eighth(eighth + _doubled(self.from_sixteenth(sixteenth)))
        quarter = self.join_quarter(quarter + _doubled(self.from_eighth(eighth)))
        half = self.join_half(
            torch.cat([half, _doubled(self.from_quarter(quarter))], dim=1)
        )
        scores: Tensor = functional.pixel_shuffle(self.classes(half), DETAIL_STEP)
        return scores


class ConditionNetworks(nn.Module):
    """Both networks, as they are trained together.

    Lab is scaled here and nowhere else, so that the networks take L*a*b* as it is.
    """

    def __init__(self) -> None:
        super().__init__()
        self.context = ContextNetwork()
        self.detail = DetailNetwork()

    def forward(self, lab: Tensor, corners: Tensor) -> tuple[Tensor, Tensor]:
        """Class scores of a detail of each crop, and of the crop's context.

        Parameters
        ----------
        lab
            (N, 3, H, W) L*a*b*.
        corners
            (N, 2) int64 (row, column) of each detail in its crop, multiples of 8.

        Returns
        -------
        scores
            (N, 5, 256, 256).
        context_scores
            (N, 5, H/4, W/4).
        """
        context = self.context(lab)
        near, heard = [], []
        for i, (top, left) in enumerate(corners.tolist()):
            near.append(lab[i, :, top : top + DETAIL_PX, left : left + DETAIL_PX])
            row, column = top // CONTEXT_STEP, left // CONTEXT_STEP
            side = DETAIL_PX // CONTEXT_STEP
            heard.append(context[i, :, row : row + side, column : column + side])
        scores = self.detail(torch.stack(near), torch.stack(heard))
        return scores, self.context.logits(context)

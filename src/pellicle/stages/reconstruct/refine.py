# SPDX-License-Identifier: Apache-2.0
"""The infill network at work: what diffusion gave, corrected.

Job: windows around what was diffused, run through the network that comes with Pellicle
or was trained on one's own collection; the correction added inside the damage.
Not here: its layers and training (`learn`), diffusion itself (`diffusion.py`), networks
of others (`network.py`).

A window follows from the damaged place alone and lies on a grid fixed to the scan, and
what lies farther than `HALO_PX` from the place is hidden from the network: the outcome
is the same whatever else is read or computed with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pellicle.model.arrays import Array, Mask
from pellicle.model.network_file import NetworkFile
from pellicle.stages.reconstruct.diffusion import (
    as_fractions,
    as_samples,
    expanded,
    grid_boxes,
)
from pellicle.stages.sessions import session_of

HALO_PX = 24
"""Pixels around a block that its correction depends on; the network sees no farther."""
NEAR_PX = 8
"""The same of a place that is corrected at once; what is farther off tells little."""

WHOLE_PX = 160
"""Places with a longer bounding window are corrected in blocks of a grid."""
BLOCK_PX = 64
"""Side of those blocks."""

_MULTIPLE = 8
_BANDS = 3


def halo_px(side_px: int) -> int:
    """Pixels around a place of that longest side that its correction depends on."""
    return NEAR_PX if side_px <= WHOLE_PX else HALO_PX


def refine(
    network: NetworkFile,
    picture: Array,
    target: Mask,
    known: Mask,
    origin: tuple[int, int] = (0, 0),
) -> None:
    """Correct the target pixels of a picture, in place.

    Parameters
    ----------
    network
        As `pellicle train infill` writes it: `picture` (1, 3, H, W) and `masks`
        (1, 2, H, W) to a correction of the same unit.
    picture
        (H, W, 1 or 3) uint8 or uint16 samples, or floating in [0, 1]; encoded, the
        target filled by diffusion. Read at `target` and `known` only, written at
        `target` only.
    target
        (H, W) bool: one place, what diffusion filled.
    known
        (H, W) bool, disjoint from `target`: paint that diffusion rested on.
    origin
        (row, column) of the first pixel in the scan.

    Notes
    -----
    About 18,000 multiplications for each pixel of the windows, whatever part of them is
    damaged. Memory is bounded by the window. With `halo_px` pixels of context on every
    side the outcome does not depend on where the picture is cut.

    References
    ----------
    Ronneberger, Fischer & Brox, *U-Net*, 2015, doi 10.1007/978-3-319-24574-4_28.
    """
    rows, columns = (np.flatnonzero(target.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return
    place = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    reach_px = halo_px(max(target[place].shape))
    near = expanded(place, reach_px, target.shape)
    corner = origin[0] + near[0].start, origin[1] + near[1].start
    seen = _Seen(picture[near], target[near], known[near], corner, reach_px)
    found = [
        (box, _correction(network, seen, box)[seen.target[box]])
        for box in _boxes(target[place], place, near, corner)
    ]
    # Written at the end: each box sees diffusion alone beside it.
    for box, correction in found:
        asked, filled = seen.target[box], seen.picture[box]
        corrected = as_fractions(filled[asked], np.float32) + correction
        filled[asked] = as_samples(corrected, picture.dtype)


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that the correction of a place depends on; `picture` is a view.

    `corner` is (row, column) of the first pixel in the scan.
    """

    picture: Array
    target: Mask
    known: Mask
    corner: tuple[int, int]
    halo_px: int


def _boxes(
    target: Mask,
    place: tuple[slice, slice],
    near: tuple[slice, slice],
    corner: tuple[int, int],
) -> Iterator[tuple[slice, slice]]:
    """What is corrected at once, in the coordinates of what is seen."""
    before = place[0].start - near[0].start, place[1].start - near[1].start
    if max(target.shape) <= WHOLE_PX:
        boxes = iter([(slice(0, target.shape[0]), slice(0, target.shape[1]))])
    else:
        at = corner[0] + before[0], corner[1] + before[1]
        boxes = grid_boxes(target, at, BLOCK_PX)
    for rows, columns in boxes:
        yield (
            slice(rows.start + before[0], rows.stop + before[0]),
            slice(columns.start + before[1], columns.stop + before[1]),
        )


def _correction(network: NetworkFile, seen: _Seen, box: tuple[slice, slice]) -> Array:
    """(h, w, bands) float32 correction of one box."""
    crop = expanded(box, seen.halo_px, seen.target.shape)
    target, known = seen.target[crop], seen.known[crop]
    # Sides are whole multiples, and lie on them in the scan: the network halves.
    pads = [
        ((first + part.start) % _MULTIPLE, -(first + part.stop) % _MULTIPLE)
        for first, part in zip(seen.corner, crop, strict=True)
    ]
    masks = np.pad(np.stack([known, target]), ((0, 0), *pads))
    shown = as_fractions(seen.picture[crop], np.float32)
    shown *= (known | target)[..., None]
    planes = np.pad(shown, (*pads, (0, 0))).transpose(2, 0, 1)
    inputs = {
        "picture": np.ascontiguousarray(
            np.broadcast_to(planes, (_BANDS, *planes.shape[1:]))[None]
        ),
        "masks": masks[None].astype(np.float32),
    }
    answer = session_of(network).run(None, inputs)[0][0]
    if len(planes) == 1:
        answer = answer.mean(axis=0, keepdims=True)
    inner = tuple(
        slice(before + part.start - whole.start, before + part.stop - whole.start)
        for (before, _), part, whole in zip(pads, box, crop, strict=True)
    )
    correction: Array = answer[:, inner[0], inner[1]].transpose(1, 2, 0)
    return correction

# SPDX-License-Identifier: Apache-2.0
"""What is diffused and what is patched, by how wide the damage is there.

Job: the wide parts of a set of damaged pixels.
Not here: filling them (`diffusion.py`, `patches.py`).
Terms: a part is *wide* where a disc of more than the given diameter fits that touches
no intact paint.
"""

import numpy as np
from scipy import ndimage

from pellicle.model.arrays import Mask
from pellicle.stages.reconstruct.diffusion import expanded, grid_boxes

BLOCK_PX = 1024
"""Side of the blocks that distances are measured in; bounds memory only."""


def wide_parts(target: Mask, known: Mask, diameter_px: float) -> Mask:
    """Target pixels within a disc of that diameter that touches no known pixel.

    Parameters
    ----------
    target
        (H, W) bool: damaged pixels.
    known
        (H, W) bool: intact pixels. What is in neither, and what lies beyond the
        arrays, counts as damage.
    diameter_px
        Widest place that is not wide; at least 1.

    Returns
    -------
    wide
        (H, W) bool, part of `target`. The same whatever the blocks.
    """
    wide = np.zeros_like(target)
    radius_px = diameter_px / 2
    margin_px = int(np.ceil(diameter_px)) + 4
    for box in grid_boxes(target, (0, 0), BLOCK_PX):
        outer = expanded(box, margin_px, target.shape)
        if not known[outer].any():
            wide[box] = target[box]
            continue
        inside = ndimage.distance_transform_edt(~known[outer]) > radius_px
        if not inside.any():
            continue
        reached = ndimage.distance_transform_edt(~inside) <= radius_px + 1
        rows, columns = (
            slice(part.start - whole.start, part.stop - whole.start)
            for part, whole in zip(box, outer, strict=True)
        )
        wide[box] = reached[rows, columns] & target[box]
    return wide

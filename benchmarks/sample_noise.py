# SPDX-License-Identifier: Apache-2.0
"""Smooth random fields and weave for the bundled painting's synthetic damage.

Job: seeded noise of a given grain, and a woven canvas as a height field.
Not here: what the fields are used for (`sample_cracks.py`, `sample_shapes.py`,
`sample_layers.py`).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], grain: float
) -> Field:
    """(H, W) float32 of mean about 0 and deviation about 1; `grain` is its scale."""
    height, width = shape
    rows, columns = int(height / grain) + 4, int(width / grain) + 4
    coarse = rng.standard_normal((rows, columns)).astype(np.float32)
    # Cubic interpolation with a random phase: no lattice shows at the borders.
    y0, x0 = rng.uniform(0, 1, 2)
    step = np.float32(1 / grain)
    map_x = np.broadcast_to(np.arange(width, dtype=np.float32) * step, shape)
    map_y = np.broadcast_to(np.arange(height, dtype=np.float32)[:, None] * step, shape)
    out = cv2.remap(
        coarse,
        map_x + np.float32(1 + x0),
        map_y + np.float32(1 + y0),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray(out * 1.35, np.float32)


def rough_noise(
    rng: np.random.Generator, shape: tuple[int, int], grain: float, octaves: int = 4
) -> Field:
    """Sum of `smooth_noise`, each octave half as large and 0.55 as strong."""
    out = np.zeros(shape, np.float32)
    weight, total = 1.0, 0.0
    for _ in range(octaves):
        out += weight * smooth_noise(rng, shape, max(grain, 1.0))
        total += weight**2
        weight, grain = weight * 0.55, grain / 2
    return np.asarray(out / np.sqrt(total), np.float32)


def weave(rng: np.random.Generator, shape: tuple[int, int], pitch: float) -> Field:
    """Height of a plain weave, about -1 to 1, threads `pitch` apart and irregular."""
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    columns = np.arange(shape[1], dtype=np.float32)[None, :]
    wander = [1.6 * smooth_noise(rng, shape, pitch * g) for g in (9, 9)]
    along_x = np.pi * (columns / pitch + 0.25 * wander[0])
    along_y = np.pi * (rows / pitch + 0.25 * wander[1])
    over = np.sin(along_x) * np.sin(along_y)
    slub = smooth_noise(rng, shape, pitch * 1.7)
    ridge = np.abs(np.sin(along_x)) * (over > 0) + np.abs(np.sin(along_y)) * (over <= 0)
    return np.asarray((ridge - 0.6) * 2 + 0.45 * slub, np.float32)

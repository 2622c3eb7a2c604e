# SPDX-License-Identifier: Apache-2.0
"""Sound paint for tests of ageing, and what each kind of damage may label."""

import numpy as np

from pellicle.learn.ageing.fields import rough_noise
from pellicle.learn.ageing.recipe import Kind
from pellicle.model.arrays import Array
from pellicle.model.condition import DamageClass

MAY_LABEL = {
    Kind.DISTRACTORS: set(),
    Kind.ABRASION: {DamageClass.ABRASION},
    Kind.CRAQUELURE: {DamageClass.CRAQUELURE},
    Kind.LOSS: {DamageClass.LOSS},
    Kind.SCRATCHES: {DamageClass.LOSS, DamageClass.ABRASION},
    Kind.SPLIT: {DamageClass.SPLIT, DamageClass.LOSS},  # paint flakes off beside it
    Kind.DEPOSITS: {DamageClass.DEPOSIT},
    Kind.VARNISH: {DamageClass.DISCOLOURED},
}


def paint(seed: int = 0, side_px: int = 240) -> Array:
    """(side, side, 3) float32 linear light, uneven and brown."""
    rng = np.random.default_rng(seed)
    tone = np.clip(0.3 + 0.08 * rough_noise(rng, (side_px, side_px), 60), 0.02, 0.95)
    return (tone[..., None] * np.array([1.0, 0.85, 0.6], np.float32)).astype(np.float32)

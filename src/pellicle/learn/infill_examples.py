# SPDX-License-Identifier: Apache-2.0
"""Examples of infill to learn from: damaged crops, filled by diffusion, and the truth.

Job: one example from its number and the seed.
Not here: keeping them on disk (`examples.py`), what is learnt (`infill_task.py`), the
frozen set that infill is measured on (`infill_frozen.py`), which is never learnt from.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from pellicle.learn.ageing.age import AGEING_VERSION
from pellicle.learn.ageing.photograph import drawn_photograph, photographed
from pellicle.learn.ageing.scene import Scene
from pellicle.learn.examples import SRGB_LINEAR, picture_crop, srgb_encoded
from pellicle.learn.infill_damage import InfillClass, draw_infill_damage
from pellicle.learn.infill_frozen import INFILL_PPI
from pellicle.model.arrays import Array, Mask
from pellicle.model.units import PixelSize
from pellicle.stages.reconstruct.diffusion import EIGHT, diffuse

SIDE_PX = 384
PLANES = 7
FILLED, TRUTH, PLACES = slice(0, 3), slice(3, 6), 6
"""Planes of an example: filled by diffusion, truth, number of the damaged place."""

MOST_NUMBERS = 250
"""Places are numbered from 1 to this and then from 1 again; 0 is intact paint."""

EXAMPLE_VERSION = 1
"""Raised when the same picture, seed and ageing give another example."""

KINDS = (
    InfillClass.CRACKS,
    InfillClass.SMALL,
    InfillClass.CRACKS,
    InfillClass.MEDIUM,
    InfillClass.SMALL,
    InfillClass.CRACKS,
    InfillClass.MEDIUM,
    InfillClass.SMALL,
)
"""Damage of example n is the kind n modulo their count."""

_SCALES = 0.45, 1.6
_PHOTOGRAPHED = 0.4
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class InfillExampleMaker:
    """Makes examples of a list of pictures.

    Attributes
    ----------
    paths
        Pictures.
    seed
        Of everything.
    """

    paths: tuple[Path, ...]
    seed: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of an example."""
        return SIDE_PX, SIDE_PX, PLANES

    @property
    def recipe(self) -> dict[str, Any]:
        """All that decides what its examples are, but pictures."""
        return {
            "maker": "infill",
            "version": EXAMPLE_VERSION,
            "ageing": AGEING_VERSION,
            "seed": self.seed,
        }

    def packed(self, number: int) -> Array:
        """(384, 384, 7) uint8, as `FILLED`, `TRUTH` and `PLACES` say; sRGB."""
        rng = np.random.default_rng([self.seed, number])
        path = self.paths[int(rng.integers(len(self.paths)))]
        linear = SRGB_LINEAR[picture_crop(path, rng, SIDE_PX, _SCALES)[0]]
        if rng.random() < _PHOTOGRAPHED:
            linear = photographed(linear, rng, drawn_photograph(rng))
        truth = srgb_encoded(linear)
        mask = _drawn(KINDS[number % len(KINDS)], Scene.of(
            linear, PixelSize.from_ppi(INFILL_PPI)), rng)  # fmt: skip
        filled = truth.copy()
        filled[mask] = 0
        done = diffuse(filled, mask, ~mask)
        numbers, _ = ndimage.label(done, EIGHT)
        places = np.where(done, (numbers - 1) % MOST_NUMBERS + 1, 0)
        return np.dstack([filled, truth, places.astype(np.uint8)])


def _drawn(kind: InfillClass, scene: Scene, rng: np.random.Generator) -> Mask:
    """Damage of one kind, more densely than where it is measured."""
    mask = np.zeros(scene.shape, np.bool_)
    sound = np.ones(scene.shape, np.bool_)
    for _ in range(_ROUNDS):
        drawn = draw_infill_damage(kind, scene, sound, rng).mask
        if kind is InfillClass.CRACKS:
            return drawn
        mask |= drawn
        sound &= ~ndimage.binary_dilation(drawn, EIGHT, iterations=4)
    return mask

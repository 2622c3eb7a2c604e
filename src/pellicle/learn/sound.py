# SPDX-License-Identifier: Apache-2.0
"""What on a photograph of a sound painting is sound paint.

Job: read the outlines, drawn by hand once, of the painting, of real damage on it and of
real craquelure; measure false alarms on the rest.
Not here: the photographs, the methods.

The outlines are in `sound_masks/works.json`, in parts of the photograph's width and
height, by file name without ending.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np

from pellicle.learn.condition_scores import FOUND
from pellicle.learn.evaluation import distance_to
from pellicle.model.arrays import Array, Labels, Mask
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.raster.polygons import rasterise

BESIDE_PX = 3.0
"""What is found this near to drawn damage counts as found there."""

_MM2_PER_DM2 = 10_000.0
_CRACKS = (DamageClass.CRAQUELURE, DamageClass.SPLIT)


@dataclass(frozen=True, slots=True, eq=False)
class SoundPaint:
    """Where on a photograph, or a part of it, paint is sound.

    Attributes
    ----------
    of_damage
        (H, W) bool, painting without real damage.
    of_cracks
        (H, W) bool, of that, where there is no real craquelure either.
    outlined
        Somebody has looked at the photograph; else all of it is taken as sound.
    """

    of_damage: Mask
    of_cracks: Mask
    outlined: bool

    def part(self, window: Window) -> "SoundPaint":
        """The same, of a window."""
        return SoundPaint(
            self.of_damage[window.slices], self.of_cracks[window.slices], self.outlined
        )

    def of(self, kind: DamageClass) -> Mask:
        """Where a class cannot rightly be found."""
        return self.of_cracks if kind in _CRACKS else self.of_damage

    def without_real(self, labels: Labels, truth: Labels) -> Labels:
        """Labels without what may be real damage: neither right nor wrong.

        Parameters
        ----------
        labels
            What was found.
        truth
            Drawn damage; what was found on it or beside it stays.
        """
        kept = labels.copy()
        for kind in FOUND:
            real = (labels == kind) & ~self.of(kind)
            if real.any():
                kept[real & (distance_to(truth > 0) > BESIDE_PX)] = 0
        return kept


@lru_cache(maxsize=1)
def _drawn() -> Any:
    path = files("pellicle") / "learn" / "sound_masks" / "works.json"
    return json.loads(path.read_bytes())["works"]


def drawn_works() -> tuple[str, ...]:
    """Names of the photographs somebody has looked at."""
    return tuple(_drawn())


def sound_paint(name: str, shape: tuple[int, int]) -> SoundPaint:
    """Sound paint of a photograph.

    Parameters
    ----------
    name
        File name without ending.
    shape
        (height, width) in pixels.
    """
    drawn = _drawn().get(name)
    if drawn is None:
        everywhere: Mask = np.ones(shape, np.bool_)
        return SoundPaint(everywhere, everywhere, outlined=False)
    painting = _within([drawn["painting"]], shape)
    of_damage: Mask = painting & ~_within(drawn.get("damage", ()), shape)
    of_cracks: Mask = of_damage & ~_within(drawn.get("cracked", ()), shape)
    return SoundPaint(of_damage, of_cracks, outlined=True)


def _within(rings: Any, shape: tuple[int, int]) -> Mask:
    height, width = shape
    scale: Array = np.array([width, height], np.float64)
    polygons = [[np.array(ring, np.float64) * scale] for ring in rings]
    return rasterise(polygons, Window(0, 0, height, width))


def false_alarms(
    labels: Labels, sound: SoundPaint, pixel_size: PixelSize
) -> dict[str, dict[str, float]]:
    """False alarms by class.

    Returns
    -------
    alarms
        `area_percent` of the paint that is sound in this respect, regions `per_dm2` of
        it, and its `sound_px`.
    """
    alarms = {}
    for kind in FOUND:
        where = sound.of(kind)
        pixels = int(np.count_nonzero(where))
        area_dm2 = max(1, pixels) * pixel_size.area_mm2 / _MM2_PER_DM2
        wrong = (labels == kind) & where
        regions = cv2.connectedComponents(wrong.astype(np.uint8))[0] - 1
        alarms[kind.label] = {
            "area_percent": 100 * int(np.count_nonzero(wrong)) / max(1, pixels),
            "per_dm2": regions / area_dm2,
            "sound_px": pixels,
        }
    return alarms

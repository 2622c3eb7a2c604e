# SPDX-License-Identifier: Apache-2.0
"""What on a photograph of a sound painting is sound paint.

Job: read the outlines, drawn by hand once, of what is no painting and what is really
damaged; measure false alarms outside them.
Not here: the photographs, the methods.

The outlines are in `sound_masks/works.json`, in parts of the photograph's width and
height, by file name without ending.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np

from pellicle.learn.condition_scores import FOUND
from pellicle.model.arrays import Array, Labels, Mask
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.raster.polygons import rasterise

_MM2_PER_DM2 = 10_000.0


@dataclass(frozen=True, slots=True)
class SoundOutlines:
    """Outlines on one photograph.

    Attributes
    ----------
    outside
        Polygons around frame, backdrop, turned edges; corners (x, y) as parts of
        width and height.
    damage
        Polygons around real damage.
    known
        Somebody has looked at the photograph.
    """

    outside: tuple[Array, ...] = ()
    damage: tuple[Array, ...] = ()
    known: bool = False

    def sound(self, shape: tuple[int, int]) -> Mask:
        """(H, W) bool, sound paint of a photograph of that size."""
        height, width = shape
        scale = np.array([width, height], np.float64)
        rings = [[ring * scale] for ring in (*self.outside, *self.damage)]
        return ~rasterise(rings, Window(0, 0, height, width))


@lru_cache(maxsize=1)
def _drawn() -> Any:
    path = files("pellicle") / "learn" / "sound_masks" / "works.json"
    return json.loads(path.read_bytes())["works"]


def drawn_works() -> Sequence[str]:
    """Names of the photographs somebody has looked at."""
    return tuple(_drawn())


def outlines_of(name: str) -> SoundOutlines:
    """Outlines of a photograph; none where nobody has looked."""
    drawn = _drawn().get(name)
    if drawn is None:
        return SoundOutlines()
    outside, damage = (
        tuple(np.array(ring, np.float64).reshape(-1, 2) for ring in drawn.get(what, ()))
        for what in ("outside", "damage")
    )
    return SoundOutlines(outside, damage, known=True)


def false_alarms(
    labels: Labels, sound: Mask, pixel_size: PixelSize
) -> dict[str, dict[str, float]]:
    """By class: `area_percent` of the sound paint, and regions `per_dm2` of it."""
    pixels = max(1, int(np.count_nonzero(sound)))
    area_dm2 = pixels * pixel_size.area_mm2 / _MM2_PER_DM2
    alarms = {}
    for kind in FOUND:
        wrong = (labels == kind) & sound
        regions = cv2.connectedComponents(wrong.astype(np.uint8))[0] - 1
        alarms[kind.label] = {
            "area_percent": 100 * int(np.count_nonzero(wrong)) / pixels,
            "per_dm2": regions / area_dm2,
        }
    return alarms

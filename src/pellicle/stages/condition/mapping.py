# SPDX-License-Identifier: Apache-2.0
"""From evidence to what is mapped: which pixels, then which regions.

Job: the class and confidence of each scan pixel; which joined regions are damage, and
of which class.
Not here: the evidence (`network.py`), joining regions (`raster/regions.py`).

A region needs one place that is plainly damaged, and reaches from there over all that
may be.

Splits are told from craquelure by the networks, which see what happens across them,
and then by extent, straightness and direction: a split runs on, runs straight, and
follows the support.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numba import njit
from pydantic import Field
from typing_extensions import override

from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.raster.regions import RegionShape, RegionShapes
from pellicle.stages.contract import TileStage

_SHORTEST_PX = 4
_SMALLEST_PX = 4
_SPLIT_SLENDER = 0.2
_SPLIT_LEAN_DEG = 20.0
"""Angle to the nearer side of the scan: wood splits along its grain and canvas tears
along its threads, and both follow the sides of a painting."""
_SPAN = 4.0
"""Log odds between the thresholds of the least and the greatest sensitivity."""

_FAINTER = (0.5, 0.5, 1.0, 2.6)
_PLAINER = (1.0, 1.0, 2.3, 2.8)
"""Log odds below and above the threshold of loss, abrasion, craquelure and split: a
region is damage where one place of it is plainly damaged, and reaches as far as it
may be (hysteresis: Canny 1986, doi 10.1109/TPAMI.1986.4767851). Found on paintings held
out, where the rims of losses were missed and splits fell to pieces."""


class MapCondition(TileStage):
    """Stage: evidence at the scan's scale in; class and confidence of pixels out.

    Gives (H, W, 2) uint8: `DamageClass` 0 to 4, and its probability times 255.
    """

    name: ClassVar[str] = "condition"
    version: ClassVar[int] = 8
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (ArtefactKind.CONDITION,)
    produces: ClassVar[ArtefactKind] = ArtefactKind.CONDITION

    sensitivity: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="How readily damage is mapped: 0.5 did best on paintings held "
        "out, 0 maps only what is plain, 1 whatever may be damage.",
    )
    smallest_loss_um: float = Field(
        default=250.0,
        ge=0,
        le=100_000,
        description="Diameter of the smallest loss that is mapped, in micrometres.",
    )
    smallest_abrasion_um: float = Field(
        default=1_500.0,
        ge=0,
        le=100_000,
        description="Diameter of the smallest worn place that is mapped, in "
        "micrometres.",
    )
    shortest_crack_um: float = Field(
        default=1_000.0,
        ge=0,
        le=100_000,
        description="Extent of the shortest crack that is mapped, in micrometres.",
    )
    shortest_split_um: float = Field(
        default=12_000.0,
        ge=0,
        le=1_000_000,
        description="Extent of the shortest split of the support that is mapped, in "
        "micrometres; what is shorter counts as craquelure.",
    )

    thresholds: tuple[float, float, float, float] = Field(
        default=(0.5, 0.5, 0.5, 0.5),
        description="Probability of loss, abrasion, craquelure and split about which "
        "each is mapped at the middle sensitivity; those of the networks in use.",
    )

    @property
    def faintest(self) -> tuple[float, ...]:
        """Probability of each class down to which a region of it reaches."""
        return self._shifted([-one for one in _FAINTER])

    @property
    def plainest(self) -> tuple[float, ...]:
        """Probability of damage that some place of a region of each class has."""
        return self._shifted(_PLAINER)

    def _shifted(self, log_odds: Sequence[float]) -> tuple[float, ...]:
        asked = _SPAN * (0.5 - self.sensitivity)
        odds = (
            math.log(one / (1 - one)) + asked + more
            for one, more in zip(self.thresholds, log_odds, strict=True)
        )
        return tuple(1 / (1 + math.exp(-one)) for one in odds)

    @override
    def halo_px(self, pixel_size: PixelSize) -> int:
        return 0

    @override
    def run_tile(
        self,
        tiles: Mapping[ArtefactKind, Array],
        pixel_size: PixelSize,
        window: Window,
    ) -> Array:
        evidence = tiles[ArtefactKind.CONDITION]
        found = np.zeros((*window.shape, 2), np.uint8)
        _label(evidence, 255 * np.array(self.faintest), found)
        return found


@njit(cache=True)
def _label(evidence: Array, least: Array, found: Array) -> None:
    height, width, classes = evidence.shape
    strictest = least.max()
    for r in range(height):
        for c in range(width):
            damaged, likeliest, most = 0, 0, 0.0
            for k in range(classes):
                value = int(evidence[r, c, k])
                damaged += value
                if value > most * least[k]:
                    likeliest, most = k + 1, value / least[k]
            # Where only the class is in doubt, the damage is not.
            if most >= 1 or damaged >= strictest:
                found[r, c, 0] = likeliest
                found[r, c, 1] = min(damaged, 255)


@dataclass(frozen=True, slots=True)
class Form:
    """Form of a region on the painting.

    Attributes
    ----------
    extent_um
        Diagonal of its window.
    diameter_um
        Of the circle of equal area.
    slenderness
        Spread across over spread along, 0 (a straight line) to 1.
    lean_deg
        Angle between the region and the nearer side of the scan, 0 to 45 degrees.
    """

    extent_um: float
    diameter_um: float
    slenderness: float
    lean_deg: float


def form_of(shape: RegionShape, pixel_size: PixelSize) -> Form:
    """Measure a region."""
    xx, xy, yy = shape.covariance_px2
    root = math.hypot(0.5 * (xx - yy), xy)
    # A pixel has a spread of its own: without it a single row would have none.
    wide, narrow = 0.5 * (xx + yy) + root + 1 / 12, 0.5 * (xx + yy) - root + 1 / 12
    return Form(
        math.hypot(*shape.window.shape) * pixel_size.um,
        2 * math.sqrt(shape.pixels / math.pi) * pixel_size.um,
        math.sqrt(max(narrow, 0.0) / wide),
        abs((math.degrees(0.5 * math.atan2(2 * xy, xx - yy)) + 45) % 90 - 45),
    )


def mapped_classes(
    shapes: RegionShapes, pixel_size: PixelSize, stage: MapCondition
) -> Array:
    """Damage class of each region; 0 for what is too small to be mapped.

    Returns
    -------
    lookup
        (n + 1,) uint8 `DamageClass` of each region number.
    """
    lookup = np.zeros(len(shapes) + 1, np.uint8)
    plain = np.concatenate([np.zeros(1), 255 * np.array(stage.plainest)])
    crack, split = DamageClass.CRAQUELURE, DamageClass.SPLIT
    plain[split] = min(plain[split], plain[crack])  # it may be craquelure in the end
    for shape in shapes.picked(shapes.peaks >= plain[shapes.labels]):
        lookup[shape.number] = mapped_class(shape, pixel_size, stage)
    return lookup


def mapped_class(
    shape: RegionShape, pixel_size: PixelSize, stage: MapCondition
) -> DamageClass:
    """Damage class of one region; `UNMAPPED` when it is too small or all faint."""
    found, form = DamageClass(shape.label), form_of(shape, pixel_size)
    if found is DamageClass.SPLIT and not _is_split(shape, form, stage):
        found = DamageClass.CRAQUELURE
    if shape.peak < 255 * stage.plainest[found - 1]:
        return DamageClass.UNMAPPED
    if found in {DamageClass.LOSS, DamageClass.ABRASION}:
        loss = found is DamageClass.LOSS
        least = stage.smallest_loss_um if loss else stage.smallest_abrasion_um
        large = form.diameter_um >= least and shape.pixels >= _SMALLEST_PX
        return found if large else DamageClass.UNMAPPED
    if found is DamageClass.SPLIT:
        return found
    least_px = _SHORTEST_PX * pixel_size.um
    long = form.extent_um >= max(stage.shortest_crack_um, least_px)
    return DamageClass.CRAQUELURE if long else DamageClass.UNMAPPED


def _is_split(shape: RegionShape, form: Form, stage: MapCondition) -> bool:
    """Whether a line is plainly a split, or else craquelure if it is plain enough."""
    return (
        shape.peak >= 255 * stage.plainest[DamageClass.SPLIT - 1]
        and form.extent_um >= stage.shortest_split_um
        and form.slenderness <= _SPLIT_SLENDER
        and form.lean_deg <= _SPLIT_LEAN_DEG
    )

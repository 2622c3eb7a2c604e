# SPDX-License-Identifier: Apache-2.0
"""What a joined region of candidates is, if it is damage at all.

Job: damage class of each region, from its extent, area, form and certainty.
Not here: finding candidates (`fine.py`), joining them (`raster/regions.py`).

Hair, lace and drawing leave short or thick scraps of line; what runs on for
millimetres and stays thin is a crack or a scratch.
"""

import math
from dataclasses import dataclass

import numpy as np

from pellicle.model.arrays import Array
from pellicle.model.condition import DamageClass
from pellicle.model.units import PixelSize
from pellicle.raster.regions import RegionShape, RegionShapes
from pellicle.stages.condition.classical.fine import Candidate, FineCondition

# Mean confidence a line needs, by its extent over the shortest that is mapped: a faint
# line must be longer than a plain one. 0.5 is on the threshold of contrast.
_NEEDED = ((1.0, 0.60), (2.0, 0.55), (10.0, 0.49))
_PLAIN = 0.60
_RULED = 0.015
_RULED_MM = 10.0
_NEVER = 2.0
_LIGHT_LONGER = 2.0
_SCRATCH_STRAIGHT = 0.12
_SCRATCH_MM = 3.0
_LONGEST_SCRATCH_MM = 60.0
_CERTAIN = 0.66
_SMALLEST_LOSS_PX = 4
_SPLIT_MM = 1.5


@dataclass(frozen=True, slots=True)
class Form:
    """Form of a region on the painting.

    Attributes
    ----------
    extent_mm
        Diagonal of its window.
    area_mm2
        Area.
    thickness_um
        Area over extent: width of a line that does not branch.
    slenderness
        Spread across over spread along, 0 (a straight line) to 1.
    """

    extent_mm: float
    area_mm2: float
    thickness_um: float
    slenderness: float


def form_of(shape: RegionShape, pixel_size: PixelSize) -> Form:
    """Measure a region."""
    extent_mm = math.hypot(*shape.window.shape) * pixel_size.mm
    area_mm2 = shape.pixels * pixel_size.area_mm2
    xx, xy, yy = shape.covariance_px2
    root = math.hypot(0.5 * (xx - yy), xy)
    # A pixel has a spread of its own: without it a single row would have none.
    wide, narrow = 0.5 * (xx + yy) + root + 1 / 12, 0.5 * (xx + yy) - root + 1 / 12
    return Form(
        extent_mm,
        area_mm2,
        1000 * area_mm2 / extent_mm,
        math.sqrt(max(narrow, 0.0) / wide),
    )


def classify(
    shapes: RegionShapes, pixel_size: PixelSize, settings: FineCondition
) -> Array:
    """Damage class of each region.

    Parameters
    ----------
    shapes
        Joined regions of `Candidate`, in order of their numbers.
    pixel_size
        Of the scan.
    settings
        The stage that found them.

    Returns
    -------
    lookup
        (n + 1,) uint8 `DamageClass` of each region number; 0 is dropped.
    """
    lookup = np.zeros(len(shapes) + 1, np.uint8)
    # Scraps, most of what is found, are no class whatever their form.
    areas_mm2 = shapes.pixels * pixel_size.area_mm2
    large = areas_mm2 >= min(settings.smallest_loss_mm2, settings.smallest_abrasion_mm2)
    shortest_mm = min(settings.shortest_crack_mm, _SCRATCH_MM, _SPLIT_MM)
    long = shapes.diagonals_px * pixel_size.mm >= shortest_mm
    for shape in shapes.picked(large | long):
        lookup[shape.number] = class_of(shape, pixel_size, settings)
    return lookup


def class_of(
    shape: RegionShape, pixel_size: PixelSize, settings: FineCondition
) -> DamageClass:
    """Damage class of one region; `UNMAPPED` when it is too little to tell."""
    form = form_of(shape, pixel_size)
    candidate = Candidate(shape.label)
    if candidate in {Candidate.GROUND, Candidate.SPECK}:
        enough = form.area_mm2 >= settings.smallest_loss_mm2
        enough &= shape.pixels >= _SMALLEST_LOSS_PX
        return DamageClass.LOSS if enough else DamageClass.UNMAPPED
    if candidate is Candidate.WORN:
        enough = form.area_mm2 >= settings.smallest_abrasion_mm2
        return DamageClass.ABRASION if enough else DamageClass.UNMAPPED
    if candidate is Candidate.SPLIT_LINE:
        long = form.extent_mm >= _SPLIT_MM
        return DamageClass.SPLIT if long else DamageClass.UNMAPPED
    return _class_of_line(candidate, shape, form, settings)


def _class_of_line(
    candidate: Candidate, shape: RegionShape, form: Form, settings: FineCondition
) -> DamageClass:
    shortest = settings.shortest_crack_mm
    confidence = shape.confidence
    if candidate is Candidate.GROUND_LINE:
        straight = form.slenderness <= _SCRATCH_STRAIGHT
        scratch = straight and form.extent_mm >= _SCRATCH_MM and confidence >= _PLAIN
        return DamageClass.LOSS if scratch else DamageClass.UNMAPPED
    if candidate is Candidate.LIGHT_LINE:
        shortest *= _LIGHT_LONGER
    if confidence < _confidence_needed(form.extent_mm / shortest):
        return DamageClass.UNMAPPED
    if form.slenderness <= _RULED and form.extent_mm >= _RULED_MM:
        # Mouldings, masts and horizons: no crack of the paint is as straight.
        return DamageClass.UNMAPPED
    if candidate is Candidate.LIGHT_LINE and form.slenderness <= _SCRATCH_STRAIGHT:
        scratch = confidence >= _CERTAIN and form.extent_mm <= _LONGEST_SCRATCH_MM
        return DamageClass.ABRASION if scratch else DamageClass.UNMAPPED
    return DamageClass.CRAQUELURE


def _confidence_needed(times_shortest: float) -> float:
    met = [needed for extent, needed in _NEEDED if times_shortest >= extent]
    return min(met, default=_NEVER)

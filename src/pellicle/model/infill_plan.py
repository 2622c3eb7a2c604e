# SPDX-License-Identifier: Apache-2.0
"""Infill plan: by which method each region is to be infilled, and why.

Terms: the *surroundings* of a region are the intact paint in a ring around it; a
*contour* is an edge between two tones that runs into the region.
"""

from dataclasses import dataclass
from enum import StrEnum

from pellicle.model.reconstruction import InfillMethod


class Passage(StrEnum):
    """Kind of paint around a region.

    `FLAT`: one even tone. `GRADED`: smooth, from one tone to another. `TEXTURED`:
    brushwork, weave or grain without a direction. `ORIENTED`: the same with one.
    `PATTERNED`: the same detail all over, or again and again, as in lace or brocade.
    """

    FLAT = "flat"
    GRADED = "graded"
    TEXTURED = "textured"
    ORIENTED = "oriented"
    PATTERNED = "patterned"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Intact paint around a region, as measured.

    Attributes
    ----------
    passage
        Kind of paint.
    contours
        Contours that run into the region, counted where they meet its edge: one that
        crosses it counts twice.
    texture_l
        Local standard deviation of fine detail, median over the ring, in L*.
    spread_l
        Tones of the ring without detail, from the 5th to the 95th percentile, in L*.
    coherence
        Of the directions of detail: 0 all alike, 1 a single one.
    repeat
        Greatest correlation of the detail with itself, moved; 0 in smooth paint, and
        where it has no peak.
    period_mm
        How far it is moved, on the painting, if it repeats itself; else 0.
    """

    passage: Passage
    contours: int
    texture_l: float
    spread_l: float
    coherence: float
    repeat: float
    period_mm: float


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """What the plan of a region rests on.

    Attributes
    ----------
    width_mm
        Diameter of the largest disc that lies in the region.
    wide
        Whether that is more than diffusion is used for.
    at_border
        Whether the painting ends beside the region.
    rim_known
        Of the pixels beside the region that are not infilled with it, the share that
        is intact paint; 1 where there are none. Of wide regions only, else 1.
    surroundings
        Of wide regions; None where there is hardly any intact paint near.
    references
        Numbers of the reference images that show a wide region.
    references_given
        Whether there is a reference image that can be used at all.
    """

    width_mm: float
    wide: bool
    at_border: bool
    rim_known: float = 1.0
    surroundings: Surroundings | None = None
    references: tuple[int, ...] = ()
    references_given: bool = False


@dataclass(frozen=True, slots=True)
class PlannedInfill:
    """How a region is to be infilled.

    Attributes
    ----------
    method
        Of its widest part: what is narrow is diffused anyway. None: it is left.
    """

    facts: RegionFacts
    method: InfillMethod | None

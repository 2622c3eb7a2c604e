# SPDX-License-Identifier: Apache-2.0
"""Condition map: what is wrong with the painting, region by region.

A *region* is the 8-connected pixels of one class and one origin. Terms follow the
condition report: *loss* is missing paint, *abrasion* worn paint, *craquelure* the crack
network of the paint, *split* a crack through the support.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from pellicle.model.raster import RasterSpec, Window

NO_DAMAGE = "none"
"""What a person calls a place that is not damaged."""


class DamageClass(IntEnum):
    """Condition of one pixel. Stored in treatments and exports: never renumber."""

    UNMAPPED = 0
    LOSS = 1
    ABRASION = 2
    CRAQUELURE = 3
    SPLIT = 4
    DISCOLOURED = 5
    OVERPAINT = 6
    DEPOSIT = 7
    TEAR = 8

    @property
    def label(self) -> str:
        """Name as printed: "no damage mapped", "loss", …"""
        return "no damage mapped" if self is DamageClass.UNMAPPED else self.name.lower()

    @classmethod
    def named(cls, word: str) -> "DamageClass | None":
        """Class that a person names, "none" being `UNMAPPED`; None if unknown."""
        plain = word.strip().lower()
        names = {one.label: one for one in cls}
        return {**names, NO_DAMAGE: cls.UNMAPPED}.get(plain)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names that a person may give: the classes', and "none"."""
        return (*(one.label for one in cls if one), NO_DAMAGE)


class RegionOrigin(StrEnum):
    """Who mapped a region.

    `FOUND` by the condition stage; `GIVEN` by a file; `PERSON`: a person drew it, or
    decided about it when it was found or given, and it is so no more: then the outline
    that it had stands.
    """

    FOUND = "found"
    GIVEN = "given"
    PERSON = "person"


class FoundBy(StrEnum):
    """Who found a region that the condition stage found.

    Whoever saw some place of it plainly damaged, without the other. What only the two
    together were sure of was found by both.
    """

    NETWORKS = "networks"
    FILTERS = "filters"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Region:
    """One damaged place.

    Attributes
    ----------
    number
        1, 2, … in reading order of the regions' first pixels; the value of the
        region's pixels in the raster of region numbers. Differs between runs.
    id
        12 hex digits, a hash of class and geometry: the same region has the same id
        in every run, at every tile size.
    damage_class
        Never `UNMAPPED`.
    window
        Smallest window that holds the region, in scan pixels.
    pixels
        Number of pixels.
    area_mm2
        Area on the painting, in square millimetres.
    confidence
        Mean over the pixels, 0 to 1; 1 for regions given by a person or file, or whose
        class or outline a person has said.
    origin
        Who mapped it.
    """

    number: int
    id: str
    damage_class: DamageClass
    window: Window
    pixels: int
    area_mm2: float
    confidence: float
    origin: RegionOrigin


@dataclass(frozen=True, slots=True)
class ConditionMap:
    """Damage of one scan.

    Attributes
    ----------
    raster
        Size of the map, equal to the scan's.
    regions
        In order of `Region.number`.
    """

    raster: RasterSpec
    regions: tuple[Region, ...]

    @property
    def area_mm2(self) -> float:
        """Damaged area on the painting, in square millimetres."""
        return sum(region.area_mm2 for region in self.regions)

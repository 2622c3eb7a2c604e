# SPDX-License-Identifier: Apache-2.0
"""Reconstruction: how each damaged place is proposed to look, and on what evidence."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class InfillMethod(StrEnum):
    """How the new colour of a region is made."""

    DIFFUSION = "diffusion"
    PATCHES = "patches"
    REFERENCE = "reference"
    NETWORK = "network"
    PAINTED = "painted"
    RECOLOUR = "recolour"


class EvidenceGrade(IntEnum):
    """What a reconstructed pixel rests on. Stored and exported: never renumber.

    `RECOLOURED`: original paint that is there, under a colour that a person named.
    """

    UNTOUCHED = 0
    INTERPOLATED = 1
    COPIED = 2
    REFERENCE = 3
    GENERATED = 4
    PAINTED = 5
    RECOLOURED = 6

    @property
    def label(self) -> str:
        """Name as printed: "interpolated", …"""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Infill:
    """How one region was infilled.

    Attributes
    ----------
    region_id
        `Region.id`.
    method
        Method of the greatest part of its pixels.
    evidence
        Highest grade among its pixels: the weakest ground it rests on.
    """

    region_id: str
    method: InfillMethod
    evidence: EvidenceGrade


MOSTLY = 0.5
"""Share of the copied pixels from which on a region is said to be from one place."""


@dataclass(frozen=True, slots=True)
class CopiedFrom:
    """Where the copied pixels of one region are from.

    Attributes
    ----------
    x_px, y_px
        Commonest way from a pixel to the one it was copied from; right and down are
        positive.
    share
        Part of the copied pixels that follow it, to a pixel along each axis.
    distance_px
        Half of the copied pixels are from nearer than this.
    pixels
        Copied pixels.
    """

    x_px: int
    y_px: int
    share: float
    distance_px: float
    pixels: int

    def in_words(self, pixel_mm: float) -> str:
        """Where that is: "mostly 12.3 mm left, 4.0 mm above (62 %)", for instance."""
        way = ", ".join(
            f"{abs(px) * pixel_mm:.1f} mm {ahead if px > 0 else behind}"
            for px, ahead, behind in (
                (self.x_px, "right", "left"),
                (self.y_px, "below", "above"),
            )
            if px
        )
        percent = f"({100 * self.share:.0f} %)"
        if self.share >= MOSTLY:
            return f"mostly {way} {percent}"
        within = f"half of it within {self.distance_px * pixel_mm:.1f} mm"
        return f"{within}, most often {way} {percent}"

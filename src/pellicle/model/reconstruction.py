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

# SPDX-License-Identifier: Apache-2.0
"""Recolouring: the colours that a person says a changed passage had."""

from pydantic import BaseModel, ConfigDict, Field

LabD50 = tuple[float, float, float]
"""CIE 1976 L*a*b* on D50."""


class Place(BaseModel):
    """A disc on the painting whose mean colour is meant.

    Attributes
    ----------
    x, y
        Centre in scan pixels, corner origin.
    radius_mm
        On the painting.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    x: float
    y: float
    radius_mm: float = Field(gt=0, le=50)


class ColourPair(BaseModel):
    """What a colour is now, and what it is to become.

    Attributes
    ----------
    from_lab, to_lab
        The colours: measured by the person, or read from the scan at the places.
    from_place, to_place
        Where they were read; None if the person gave the colour.
    note
        What the place is: "under the frame".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_lab: LabD50
    to_lab: LabD50
    from_place: Place | None = None
    to_place: Place | None = None
    note: str = ""


class Recolouring(BaseModel):
    """What a passage is recoloured by.

    Attributes
    ----------
    file, sha256
        The person's file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: tuple[ColourPair, ...] = Field(min_length=1, max_length=1000)
    file: str
    sha256: str

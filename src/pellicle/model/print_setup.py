# SPDX-License-Identifier: Apache-2.0
"""Print setup: the inks, the white and the film a mask is made for.

Setups are TOML files; the built-in ones are in `pellicle/print_setups`. Terms: the
*underprint* is the white layer under the colours; *choke* is how far the white stops
inside the colour's edge.
"""

import itertools
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class WhiteMixing(StrEnum):
    """How a white coverage between 0 and 1 is made."""

    HALFTONE = "halftone"
    DROPS = "drops"


class PrintedSide(StrEnum):
    """Side of the film that carries the ink, seen from the viewer."""

    TOP = "top"
    UNDERSIDE = "underside"


class UnmeasuredPart(StrEnum):
    """What a setup may have to assume."""

    COLOUR = "colour"
    WHITE = "white"
    FILM = "film"
    DISPLACEMENT = "displacement"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Inks(_Part):
    """Colour inks."""

    profile: str = Field(
        pattern=r"^[^/\\]+$",
        description="ICC output profile (CMYK): a file name beside the setup file.",
    )
    ink_limit_percent: float = Field(
        gt=0,
        le=400,
        description="Most C+M+Y+K on one spot, in percent, without white.",
    )


class White(_Part):
    """White underprint."""

    scattering: float = Field(
        gt=0, le=100, description="Kubelka–Munk SX of one pass at full coverage."
    )
    absorption: float = Field(
        ge=0, le=1, description="Kubelka–Munk K/S of the white ink."
    )
    passes: int = Field(ge=1, le=10, description="Passes of white.")
    levels: tuple[float, ...] = Field(
        description="Coverages the printer can make, 0 to 1, rising; from 0 to 1."
    )
    mixing: WhiteMixing = Field(description="How coverages between 0 and 1 mix.")
    yule_nielsen: float = Field(
        ge=1, le=10, description="Yule–Nielsen n of a halftoned white."
    )
    spot_name: str = Field(
        min_length=1,
        max_length=31,
        pattern=r"^[A-Za-z0-9 _-]+$",
        description="Name of the white separation, as the RIP expects it.",
    )

    @model_validator(mode="after")
    def _levels_rise_from_none_to_full(self) -> Self:
        levels = self.levels
        rising = all(a < b for a, b in itertools.pairwise(levels))
        if not rising or not levels or levels[0] != 0 or levels[-1] != 1:
            message = "white levels must rise from 0 to 1"
            raise ValueError(message)
        return self


class Film(_Part):
    """Film, and how it is printed and laid."""

    printed_side: PrintedSide = Field(description="Side that carries the ink.")
    mirrored: bool = Field(description="Whether print files are mirrored.")
    transmittance: float = Field(
        default=1.0,
        ge=0.5,
        le=1,
        description="Share of the light left by both passes through the bare film.",
    )

    cut_line: str | None = Field(
        default=None,
        min_length=1,
        max_length=31,
        pattern=r"^[A-Za-z0-9 _-]+$",
        description="Spot name of a line round the film for a cutter; none without it.",
    )

    @property
    def clear(self) -> bool:
        """Whether the bare film leaves the paint beneath as it looks."""
        return self.transmittance == 1


class Geometry(_Part):
    """Lengths of printing and laying on, in micrometres."""

    choke_um: float = Field(
        ge=0,
        le=1000,
        description="How far the white stops short of the colour's edge, in µm.",
    )
    smallest_width_um: float = Field(
        ge=0,
        le=5000,
        description="Regions nowhere as wide as this are not printed, in µm.",
    )
    displacement_um: float = Field(
        ge=0,
        le=5000,
        description="Film against painting: standard deviation per axis, in µm.",
    )


class PrintSetup(_Part):
    """Inks, white, film and geometry of one way of printing.

    Attributes
    ----------
    unmeasured
        For each part not measured on the actual film, one sentence saying what was
        assumed instead; keys are `UnmeasuredPart`s. They are listed in the figures and
        on the print files.
    """

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    inks: Inks
    white: White
    film: Film
    geometry: Geometry
    unmeasured: dict[str, str]

    @model_validator(mode="after")
    def _cut_line_is_no_ink(self) -> Self:
        inks = ("Cyan", "Magenta", "Yellow", "Black", self.white.spot_name)
        if self.film.cut_line in inks:
            message = f"the cut line cannot be named as an ink: {self.film.cut_line}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _unmeasured_parts_are_known(self) -> Self:
        parts = [part.value for part in UnmeasuredPart]
        for key in self.unmeasured:
            if key not in parts:
                message = f"{key!r} is not a part that can be unmeasured: {parts}"
                raise ValueError(message)
        return self

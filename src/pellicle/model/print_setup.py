# SPDX-License-Identifier: Apache-2.0
"""Print setup: the inks, the white and the film a mask is made for.

Setups are TOML files; the built-in ones are in `pellicle/print_setups`. Terms: the
*underprint* is the white layer under the colours; *choke* is how far the white stops
inside the colour's edge.
"""

import itertools
import math
from enum import StrEnum
from typing import Annotated, Any, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

CONTINUOUS_LEVELS = 17
"""Levels of white tried when the printer makes any coverage."""

MOST_LEVELS = 256
CONTINUOUS = "continuous"


SPECTRAL_BANDS = 36


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
    CHOKE = "choke"
    SIZE = "size"
    DISPLACEMENT = "displacement"
    MEDIA = "media"


def _even_levels(given: Any) -> Any:
    """Evenly spaced levels from their number, or from "continuous"."""
    if given == CONTINUOUS:
        given = CONTINUOUS_LEVELS
    if isinstance(given, int) and 1 < given <= MOST_LEVELS:
        return tuple(step / (given - 1) for step in range(given))
    return given


def _curve_rises(curve: "Curve") -> "Curve":
    (first, _), (last, _) = curve[0], curve[-1]
    rises = all(
        a[0] < b[0] and a[1] <= b[1] for a, b in itertools.pairwise(curve)
    ) and all(0 <= value <= 1 for point in curve for value in point)
    if not rises or first != 0 or last != 1 or curve[0][1] != 0:
        message = "a curve must rise, from [0, 0] to a last point at 1, within 0 to 1"
        raise ValueError(message)
    return curve


Fraction: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Scattering: TypeAlias = Annotated[float, Field(gt=0, le=100)]
Share: TypeAlias = Annotated[float, Field(ge=0.5, le=1)]
Curve: TypeAlias = tuple[tuple[float, float], ...]
"""Points (plate value, what it makes), both 0 to 1, joined by straight lines."""

RisingCurve: TypeAlias = Annotated[
    Curve, Field(min_length=2, max_length=256), AfterValidator(_curve_rises)
]
PerBand: TypeAlias = float | tuple[float, float, float]
"""One number for all light, or one each for the red, green and blue band."""

STRAIGHT: Curve = ((0.0, 0.0), (1.0, 1.0))


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FilmCurves(_Part):
    """For each ink, plate values on clear film and their like over white."""

    cyan: RisingCurve
    magenta: RisingCurve
    yellow: RisingCurve
    black: RisingCurve

    @property
    def by_ink(self) -> tuple[Curve, Curve, Curve, Curve]:
        """In the order of the plates."""
        return self.cyan, self.magenta, self.yellow, self.black


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
    film_curves: FilmCurves | None = Field(
        default=None,
        description="What each ink's plate value makes on clear film, as the plate "
        "value that makes the same over white; nothing: the same on both.",
    )


class White(_Part):
    """White underprint."""

    scattering: Scattering | tuple[Scattering, Scattering, Scattering] = Field(
        description="Kubelka–Munk SX of one pass at full coverage; one number, or one "
        "each for red, green and blue light."
    )
    absorption: Fraction | tuple[Fraction, Fraction, Fraction] = Field(
        description="Kubelka–Munk K/S of the white ink; one number or three."
    )
    passes: int = Field(ge=1, le=10, description="Passes of white.")
    levels: Annotated[tuple[float, ...], BeforeValidator(_even_levels)] = Field(
        description="Plate values of white the printer can make, 0 to 1, rising; from "
        "0 to 1. Or how many, evenly spaced: 2, 3, 5; or continuous. 0 alone: no "
        "white at all."
    )
    tone_curve: RisingCurve = Field(
        default=STRAIGHT,
        description="Coverage, or share of the full layer, that a plate value makes.",
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

    @property
    def none(self) -> bool:
        """Whether there is no white at all: everything is a glaze."""
        return self.levels == (0,)

    @property
    def continuous(self) -> bool:
        """Whether the printer makes any coverage, not its levels alone."""
        return len(self.levels) >= CONTINUOUS_LEVELS

    @model_validator(mode="after")
    def _levels_rise_from_none_to_full(self) -> Self:
        levels = self.levels
        if levels == (0,):
            return self
        rising = all(a < b for a, b in itertools.pairwise(levels))
        if not rising or not levels or levels[0] != 0 or levels[-1] != 1:
            message = "white levels must rise from 0 to 1"
            raise ValueError(message)
        return self


Spectrum: TypeAlias = Annotated[
    tuple[float, ...], Field(min_length=SPECTRAL_BANDS, max_length=SPECTRAL_BANDS)
]
"""A number for each 10 nm from 380 to 730 nm."""


class Spectra(_Part):
    """White, film and inks by wavelength, fitted to spectra of a chart."""

    white_scattering: Spectrum = Field(
        description="Kubelka–Munk SX of one pass at full coverage."
    )
    white_absorption: Spectrum = Field(description="Kubelka–Munk K/S of the white.")
    film: Spectrum = Field(
        description="Share of the light left by both passes through the bare film."
    )
    medium: Spectrum = Field(
        description="Internal reflectance of the medium that the inks' profile is on."
    )
    yule_nielsen: float = Field(ge=1, le=10, description="n of the inks' halftone.")
    gains: tuple[tuple[float, float], ...] = Field(
        min_length=4,
        max_length=4,
        description="Two numbers an ink: how its dots spread.",
    )
    primaries: tuple[Spectrum, ...] = Field(
        min_length=16,
        max_length=16,
        description="Transmittance, both passes, to the power 1/n, of the sixteen "
        "overprints: none, C, M, CM, Y, CY, … CMYK.",
    )


class Film(_Part):
    """Film, and how it is printed and laid."""

    printed_side: PrintedSide = Field(description="Side that carries the ink.")
    mirrored: bool = Field(description="Whether print files are mirrored.")
    transmittance: Share | tuple[Share, Share, Share] = Field(
        default=1.0,
        description="Share of the light left by both passes through the bare film; "
        "one number, or one each for red, green and blue light.",
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
        return self.transmittance in {1, (1, 1, 1)}


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
    scale_x: float = Field(
        default=1.0,
        ge=0.9,
        le=1.1,
        description="Printed length over asked length, across the page as printed.",
    )
    scale_y: float = Field(
        default=1.0,
        ge=0.9,
        le=1.1,
        description="Printed length over asked length, down the page as printed.",
    )


MOST_SCALE_ERROR = 0.02
"""Printed lengths off by more than this are no printer's doing."""

MOST_SCALE_DIFFERENCE = 0.005
"""Nor are scales across and down that differ by more than this."""

_ROUNDED = 1e-9

SCALE_NEEDED = (
    f"within {100 * MOST_SCALE_ERROR:g} % of 100 %, and no more than "
    f"{100 * MOST_SCALE_DIFFERENCE:g} % apart,"
)
"""The same in words."""


def scale_is_a_printers(across: float, down: float) -> bool:
    """Whether printed over asked lengths are what a printer does, and no mistake."""
    off = max(abs(across - 1), abs(down - 1)) - MOST_SCALE_ERROR
    apart = abs(across - down) - MOST_SCALE_DIFFERENCE
    return max(off, apart) <= _ROUNDED


class Media(_Part):
    """Film as it is bought, and the rim of it that the printer cannot reach."""

    width_mm: float = Field(
        gt=0,
        le=20_000,
        description="Width of sheet or roll, across the printer, in mm.",
    )
    length_mm: float | None = Field(
        default=None,
        gt=0,
        le=1_000_000,
        description="Length of a sheet, or the most a roll may be printed at once, "
        "in mm; without it a roll has no end.",
    )
    margin_left_mm: float = Field(
        default=0.0, ge=0, le=500, description="Not printable on the left, in mm."
    )
    margin_top_mm: float = Field(
        default=0.0, ge=0, le=500, description="Not printable at the top, in mm."
    )
    margin_right_mm: float = Field(
        default=0.0, ge=0, le=500, description="Not printable on the right, in mm."
    )
    margin_bottom_mm: float = Field(
        default=0.0, ge=0, le=500, description="Not printable at the bottom, in mm."
    )

    @property
    def printable_mm(self) -> tuple[float, float]:
        """Width and length that ink can reach, never below 0; inf for no end."""
        width = self.width_mm - self.margin_left_mm - self.margin_right_mm
        length = math.inf if self.length_mm is None else self.length_mm
        length -= self.margin_top_mm + self.margin_bottom_mm
        return max(width, 0.0), max(length, 0.0)


class FitError(_Part):
    """How well a setup fitted to a chart describes the chart's own patches.

    Every figure is ΔE00 of a patch against what the other patches predict for it.
    """

    patches: int = Field(ge=0)
    mean_de00: float = Field(ge=0)
    p95_de00: float = Field(ge=0)
    worst: tuple[str, ...] = ()


class PrintSetup(_Part):
    """Inks, white, film and geometry of one way of printing.

    Attributes
    ----------
    unmeasured
        For each part not measured on the actual film, one sentence saying what was
        assumed instead; keys are `UnmeasuredPart`s. They are listed in the figures and
        on the print files.
    spectra
        What a chart's spectra say beyond colours; None without.
    measured
        For each part measured, one sentence saying how.
    fit
        Fit error of a setup fitted to measurements.
    media
        Sheet or roll, and its margins; None, as in older files, for no limit.
    """

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    inks: Inks
    white: White
    film: Film
    geometry: Geometry
    spectra: Spectra | None = None
    media: Media | None = None
    unmeasured: dict[str, str]
    measured: dict[str, str] = Field(default_factory=dict)
    fit: dict[str, FitError] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _cut_line_is_no_ink(self) -> Self:
        inks = ("Cyan", "Magenta", "Yellow", "Black", self.white.spot_name)
        if self.film.cut_line in inks:
            message = f"the cut line cannot be named as an ink: {self.film.cut_line}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _parts_are_known(self) -> Self:
        parts = [part.value for part in UnmeasuredPart]
        for key in (*self.unmeasured, *self.measured):
            if key not in parts:
                message = f"{key!r} is not a part that can be unmeasured: {parts}"
                raise ValueError(message)
        both = self.unmeasured.keys() & self.measured.keys()
        if both:
            message = f"{min(both)!r} is said to be measured and unmeasured"
            raise ValueError(message)
        return self

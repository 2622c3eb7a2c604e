# SPDX-License-Identifier: Apache-2.0
"""Film mask: what is printed on each pixel, and why it is so."""

from dataclasses import dataclass
from enum import IntEnum, IntFlag, StrEnum
from typing import Any

from pellicle.model.raster import Window

COLOURANTS = ("Cyan", "Magenta", "Yellow", "Black")
"""Order of the colour planes; the white plane follows them."""

WHITE_PLANE = 4
OUTCOME_PLANE = 5
MASK_PLANES = 6
"""Planes of a mask raster: C, M, Y, K, white (65535 is full), `PixelOutcome`."""


class PrintIntent(IntEnum):
    """What is asked for at a pixel; the raster the mask stage gets as `INFILL`."""

    NOTHING = 0
    WHITE_AND_COLOUR = 1
    GLAZE = 2
    WHITE_AND_COLOUR_KEEPING_HUE = 5
    GLAZE_KEEPING_HUE = 6

    @property
    def keeping_hue(self) -> "PrintIntent":
        """The same, with `GamutChoice.KEEP_HUE` for colours out of reach."""
        return PrintIntent(self | KEEPING_HUE) if self else self


KEEPING_HUE = 4
"""Bit of `PrintIntent`: colours out of reach keep their hue."""


class GamutChoice(StrEnum):
    """What becomes of a colour that the inks, or the white, cannot reach.

    `NEAREST`: the light that the target needs, cut in each band at what is there; then
    the ink that comes nearest to it, by ΔE00 over the chart's own white.
    `KEEP_HUE`: the nearest of those colours whose hue is that of the colour asked for
    (metric hue difference ΔH*ab at most 1; greys have no hue to miss): duller or
    darker, never of another hue; where no ink does that, the nearest. On rims, which
    the choke left with too little white, always the nearest.
    `MORE_WHITE`: one more pass of white than the print setup names, over the whole
    film; what is out of reach even then gets the nearest.
    `ACCEPT`: the nearest, and a person says that it will do: it is printed as it is and
    no longer counted among the colours to be decided about.
    """

    NEAREST = "nearest"
    KEEP_HUE = "keep-hue"
    MORE_WHITE = "more-white"
    ACCEPT = "accept"


class PixelOutcome(IntFlag):
    """How a printed pixel came about. 0 is not printed."""

    GLAZE = 1
    """Colour without white, as decided."""
    OPAQUE = 2
    """Colour over white."""
    RIM = 4
    """Within the choke of the colour's edge: the white is reduced or absent."""
    OUT_OF_GAMUT = 8
    """The colour asked for cannot be reached: by the profile or for lack of white."""
    INK_LIMITED = 16
    """The ink limit changed the colour by ΔE00 > 1."""


class LeftReason(StrEnum):
    """Why a region, or a part of it, is not printed."""

    DECIDED = "left by a person"
    CLASS = "class left unless asked for"
    NO_PAINT = "no intact paint near enough"
    TOO_MUCH = "too much of the painting"
    AWAITING = "awaits approval"
    TOO_FINE = "too fine to print"
    INVISIBLE = "not seen"
    UNALIGNABLE = "too fine to align"
    NO_HELP = "film would not help"

    @property
    def code(self) -> int:
        """1, 2, … in rasters: stored in treatments, so new reasons go to the end."""
        return 1 + list(LeftReason).index(self)


@dataclass(frozen=True, slots=True)
class Left:
    """A region that is not printed.

    Attributes
    ----------
    reason
        The kind of reason: what regions are counted by.
    text
        The reason in full, with measured and needed values.
    """

    reason: LeftReason
    text: str


@dataclass(frozen=True, slots=True)
class PartsLeft:
    """What is left out of a region that is printed otherwise.

    Attributes
    ----------
    pixels
        Of all parts that are left.
    parts
        How many they are.
    left
        Why, of the largest one.
    """

    pixels: int
    parts: int
    left: Left


@dataclass(frozen=True, slots=True)
class PartLeft:
    """One part that is left out of a region that is printed otherwise.

    Attributes
    ----------
    number
        Value of its pixels in the plane of parts that are left.
    region
        Number of the region.
    window
        Smallest window that holds it.
    pixels
        How many it has.
    width_um
        Of the largest disc that fits in, in micrometres.
    ratio
        What its film would leave of it, by itself; None where there is no difference.
    left
        Why.
    """

    number: int
    region: int
    window: Window
    pixels: int
    width_um: float
    ratio: float | None
    left: Left

    def as_json(self) -> list[Any]:
        """What is kept of it with a mask."""
        box = self.window
        return [
            *(self.number, self.region, self.pixels, self.width_um, self.ratio),
            [box.top, box.left, box.bottom, box.right],
            [self.left.reason.value, self.left.text],
        ]

    @classmethod
    def from_json(cls, kept: list[Any]) -> "PartLeft":
        """From what was kept of it."""
        number, region, pixels, width_um, ratio, box, (reason, text) = kept
        left = Left(LeftReason(reason), text)
        return cls(number, region, Window(*box), pixels, width_um, ratio, left)

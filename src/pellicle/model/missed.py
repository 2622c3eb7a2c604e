# SPDX-License-Identifier: Apache-2.0
"""Colours that a film misses: where they are out of reach, and where ink is limited."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pellicle.model.mask import GamutChoice


@dataclass(frozen=True, slots=True)
class MissedColour:
    """Pixels of one region that miss their colour. Differences are predicted ΔE00.

    Attributes
    ----------
    pixels
        How many, rims left out.
    mean_de00, max_de00
        Of colours out of reach: against the target, as printed. Of limited ink: how
        much nearer the colour would come without the limit.
    left_by
        Mean ΔE00 that each choice leaves, from a sample of the pixels.
    """

    pixels: int
    mean_de00: float
    max_de00: float
    left_by: Mapping[GamutChoice, float] = field(default_factory=dict)

    def as_json(self) -> list[Any]:
        """What is kept of it with the mask."""
        left = {str(way): de00 for way, de00 in self.left_by.items()}
        return [self.pixels, self.mean_de00, self.max_de00, left]

    @classmethod
    def from_json(cls, kept: list[Any]) -> Self:
        """Read back."""
        pixels, mean_de00, max_de00, left = kept
        by = {GamutChoice(way): float(de00) for way, de00 in left.items()}
        return cls(int(pixels), float(mean_de00), float(max_de00), by)


@dataclass(frozen=True, slots=True)
class MissedColours:
    """Those of a film, by region number.

    Attributes
    ----------
    out_of_gamut
        Colours that the inks, or the white, cannot reach.
    ink_limited
        Colours that the ink limit changed by ΔE00 > 1, on rims too.
    """

    out_of_gamut: Mapping[int, MissedColour] = field(default_factory=dict)
    ink_limited: Mapping[int, MissedColour] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """What is kept of it with the mask."""
        return {
            name: {str(n): one.as_json() for n, one in found.items()}
            for name, found in (
                ("out_of_gamut", self.out_of_gamut),
                ("ink_limited", self.ink_limited),
            )
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read back."""
        gamut, limited = (
            {int(n): MissedColour.from_json(one) for n, one in value[name].items()}
            for name in ("out_of_gamut", "ink_limited")
        )
        return cls(gamut, limited)

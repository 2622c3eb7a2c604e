# SPDX-License-Identifier: Apache-2.0
"""Error budget: how far the film may come to lie off, and its colour, and why.

Job: terms, how they combine, which one to improve first.
Not here: where a treatment's values come from (`workflow/error_budget.py`).
Terms: every value is a *standard uncertainty* (one standard deviation), of lengths
along each axis. A limit ± a that nothing more is known of counts as a / √3 (rectangular
distribution, JCGM 100:2008, 4.3.7). A term that *grows* is a share of the distance from
the middle of the work, where the film is aligned: it is given in ppm, and as a length
at the corner.

Terms are taken as independent: lengths add up as the root of the sum of their squares,
along each axis. Differences of colour have directions of their own, of which nothing is
known; they add up the same way, which is an approximation.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

RECTANGULAR = math.sqrt(3)
WORTH_SAYING = 0.02
"""Gains below this share of a total are none."""

AGREES = 1.1
"""The budget agrees with the displacement reckoned with up to this multiple of it."""


class Basis(StrEnum):
    """What a value rests on."""

    MEASURED = "measured"
    COMPUTED = "computed"
    GIVEN = "given by a person"
    ASSUMED = "assumed"


class BudgetSettings(BaseModel):
    """Table `[settings.error_budget]`: what nothing else in a treatment knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale_reading_mm: float = Field(
        default=0.5,
        ge=0,
        le=100,
        description="The painting's width was read to within this, in mm.",
    )
    scale_given_percent: float = Field(
        default=0.1,
        ge=0,
        le=50,
        description="Pixels to an inch that a person gave are true to this.",
    )
    scale_unconfirmed_percent: float = Field(
        default=1.0,
        ge=0,
        le=50,
        description="A scale that only the scan file states may be off by this.",
    )
    support_ppm_per_rh: float = Field(
        default=350.0,
        ge=0,
        le=5000,
        description="Growth of the support for each % of relative humidity, in ppm: "
        "350 for a panel across its grain, 20 along it, 0 for metal.",
    )
    humidity_percent: float = Field(
        default=5.0,
        ge=0,
        le=100,
        description="Relative humidity between scan and laying on is the same to this.",
    )
    film_ppm_per_kelvin: float = Field(
        default=17.0,
        ge=0,
        le=1000,
        description="Growth of the film for each kelvin, in ppm.",
    )
    temperature_kelvin: float = Field(
        default=3.0,
        ge=0,
        le=100,
        description="Temperature between printing and laying on is the same to this.",
    )
    print_scale_percent: float = Field(
        default=0.1,
        ge=0,
        le=10,
        description="A printer that was not measured prints lengths true to this.",
    )
    capture_de00: float = Field(
        default=2.0,
        ge=0,
        le=50,
        description="Mean ΔE00 of the scan against the painting.",
    )
    profile_de00: float = Field(
        default=6.0,
        ge=0,
        le=50,
        description="Mean ΔE00 of inks printed by a profile not made on this film.",
    )
    white_percent: float = Field(
        default=25.0,
        ge=0,
        le=90,
        description="Scattering of a white that was not measured is true to this.",
    )

    def basis_of(self, *names: str) -> Basis:
        """Whether a person gave all of these."""
        given = self.model_fields_set.issuperset(names)
        return Basis.GIVEN if given else Basis.ASSUMED


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would make a term smaller, and how small.

    Attributes
    ----------
    words
        What to do, beginning with a verb in its -ing form: "measuring the width".
    value
        The term's value then, in its own unit.
    """

    words: str
    value: float


@dataclass(frozen=True, slots=True)
class ErrorTerm:
    """One term of a budget.

    Attributes
    ----------
    name
        Unique in its budget.
    label
        For people.
    group
        Scan, support, film, print, hand; capture, profile, model, white.
    value
        In `unit`.
    unit
        "µm", "ppm" of the distance from the middle, or "ΔE00".
    basis, source
        What it rests on, and where that is from, in a sentence.
    remedy
        None where nothing is known to help.
    """

    name: str
    label: str
    group: str
    value: float
    unit: str
    basis: Basis
    source: str
    remedy: Remedy | None = None

    def at(self, distance_mm: float) -> float:
        """Its value so far from the middle, in µm or ΔE00."""
        return self.value * distance_mm / 1000 if self.unit == "ppm" else self.value

    @property
    def improved(self) -> "ErrorTerm":
        """The same after its remedy."""
        return self if self.remedy is None else replace(self, value=self.remedy.value)


@dataclass(frozen=True, slots=True)
class Advice:
    """Which term to improve first, and the total before and after."""

    term: ErrorTerm
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """The budget of one treatment.

    Attributes
    ----------
    size_mm
        Width and height of the picture.
    displacement_um
        δ that the choice of what is printed reckons with.
    lengths, colours
        Terms.
    """

    size_mm: tuple[float, float]
    displacement_um: float
    lengths: tuple[ErrorTerm, ...]
    colours: tuple[ErrorTerm, ...]

    @property
    def reach_mm(self) -> tuple[float, float]:
        """Distance of the corner from the middle, across and down."""
        return self.size_mm[0] / 2, self.size_mm[1] / 2

    @property
    def half_diagonal_mm(self) -> float:
        """The same as the crow flies."""
        return math.hypot(*self.reach_mm)

    @property
    def middle_um(self) -> float:
        """Total along each axis in the middle of the work."""
        return total(self.lengths, 0)

    @property
    def corner_um(self) -> tuple[float, float]:
        """Total at its corner, across and down."""
        across, down = self.reach_mm
        return total(self.lengths, across), total(self.lengths, down)

    @property
    def colour_de00(self) -> float:
        """Total in ΔE00."""
        return total(self.colours, 0)

    @property
    def agrees(self) -> bool:
        """Whether the film lies, at the corner too, about as well as reckoned with."""
        return max(self.corner_um) <= AGREES * self.displacement_um

    @property
    def first_length(self) -> Advice | None:
        """What to improve first for the film to lie well at the corner."""
        return first(self.lengths, max(self.reach_mm))

    @property
    def first_colour(self) -> Advice | None:
        """What to improve first for the colour."""
        return first(self.colours, 0)

    def as_json(self) -> dict[str, Any]:
        """Content of `error-budget.json`, but for its sentences."""
        return {
            "size_mm": [round(one, 3) for one in self.size_mm],
            "half_diagonal_mm": round(self.half_diagonal_mm, 3),
            "displacement_um": self.displacement_um,
            "combined": "root of the sum of squares of standard uncertainties",
            "position": {
                "terms": [self._row(one) for one in self.lengths],
                "middle_um": round(self.middle_um, 1),
                "corner_across_um": round(self.corner_um[0], 1),
                "corner_down_um": round(self.corner_um[1], 1),
                "agrees_with_displacement": self.agrees,
                "improve_first": _advised(self.first_length, 1),
            },
            "colour": {
                "terms": [self._row(one) for one in self.colours],
                "total_de00": round(self.colour_de00, 2),
                "improve_first": _advised(self.first_colour, 2),
            },
        }

    def _row(self, term: ErrorTerm) -> dict[str, Any]:
        row: dict[str, Any] = {
            "name": term.name,
            "label": term.label,
            "group": term.group,
            "value": round(term.value, 3),
            "unit": term.unit,
            "basis": term.basis.value,
            "source": term.source,
        }
        if term.unit != "ΔE00":
            across, down = self.reach_mm
            row |= {
                "grows": term.unit == "ppm",
                "middle_um": round(term.at(0), 1),
                "corner_across_um": round(term.at(across), 1),
                "corner_down_um": round(term.at(down), 1),
                "half_diagonal_um": round(term.at(self.half_diagonal_mm), 1),
            }
        if term.remedy is not None:
            row["remedy"] = term.remedy.words
            row["value_then"] = round(term.remedy.value, 3)
        return row


def total(terms: Sequence[ErrorTerm], distance_mm: float) -> float:
    """Root of the sum of squares, so far from the middle."""
    return math.hypot(*(term.at(distance_mm) for term in terms))


def first(terms: Sequence[ErrorTerm], distance_mm: float) -> Advice | None:
    """The term whose remedy lowers the total most; None where none does by much."""
    before = total(terms, distance_mm)
    best: Advice | None = None
    for term in terms:
        others = [term.improved if one is term else one for one in terms]
        after = total(others, distance_mm)
        if after < (1 - WORTH_SAYING) * before and (best is None or after < best.after):
            best = Advice(term, before, after)
    return best


def _advised(advice: Advice | None, digits: int) -> dict[str, Any] | None:
    if advice is None or advice.term.remedy is None:
        return None
    return {
        "term": advice.term.name,
        "by": advice.term.remedy.words,
        "total_before": round(advice.before, digits),
        "total_after": round(advice.after, digits),
    }

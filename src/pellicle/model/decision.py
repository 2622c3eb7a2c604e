# SPDX-License-Identifier: Apache-2.0
"""Decision: what a named person said about a region. Appended, never edited."""

from datetime import datetime
from enum import StrEnum
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pellicle.model.arrays import Array
from pellicle.model.candidate import Candidate
from pellicle.model.condition import NO_DAMAGE, DamageClass
from pellicle.model.mask import GamutChoice
from pellicle.model.recolouring import Recolouring
from pellicle.model.style import RetouchingStyle

Polygons = list[list[list[tuple[float, float]]]]
"""Polygons, each an outer ring and its holes; (x, y) scan pixels, corner origin."""


def as_rings(polygons: Polygons) -> list[list[Array]]:
    """Polygons as (N, 2) float64 arrays."""
    return [[np.array(ring, np.float64) for ring in one] for one in polygons]


class Verdict(StrEnum):
    """What is said of a region.

    Those that correct the map are about what it is; the others about what is to be done
    with it. `PRINT`: approved, and printed even if it is hardly seen or too fine to be
    laid. `GAMUT`: what becomes of its colours out of reach.
    `STYLE`: how its infill is rendered. `RECOLOUR`: that its paint changed colour, and
    how. `CANDIDATE`: which of several infills it gets.
    `RELABEL`: of another class, or no damage. `ADD`: damage that was not mapped, drawn
    by the person. `REDRAW`: mapped, but with another outline.
    """

    APPROVE = "approve"
    LEAVE = "leave"
    METHOD = "method"
    NOTE = "note"
    STYLE = "style"
    RECOLOUR = "recolour"
    CANDIDATE = "candidate"
    PRINT = "print"
    RELABEL = "relabel"
    ADD = "add"
    REDRAW = "redraw"
    GAMUT = "out-of-gamut"


CORRECTING = frozenset({Verdict.RELABEL, Verdict.ADD, Verdict.REDRAW})
"""Verdicts that change the condition map."""

DRAWN = frozenset({Verdict.ADD, Verdict.REDRAW})
"""Verdicts whose outline is the person's own."""


class ChosenMethod(StrEnum):
    """Ways of infilling that a person can ask for.

    `NETWORK` is the network that paints wide places, or else the one that corrects
    diffusion. `GLAZE` prints the region without white; the reconstruction stays as it
    is.
    """

    DIFFUSION = "diffusion"
    PATCHES = "patches"
    REFERENCE = "reference"
    NETWORK = "network"
    GLAZE = "glaze"


class Chosen(StrEnum):
    """How a person came to decide about a region.

    `VIEWED` singly; `GROUPED` with all others of its class, or of a file; `BY_RULE`
    because its area, confidence or the like is what a rule names.
    """

    VIEWED = "viewed"
    GROUPED = "grouped"
    BY_RULE = "by-rule"


_CHOSEN_WORDS = {
    Chosen.VIEWED: "",
    Chosen.GROUPED: "in a group",
    Chosen.BY_RULE: "by rule",
}


class Decision(BaseModel):
    """One line of `decisions.jsonl`.

    Attributes
    ----------
    damage_class
        Of the region when it was decided; of a region that a person drew, its class.
    polygons
        Outline of the region when it was decided: after a new run the decision holds
        for the region with the same id, else for the one that shares at least half of
        their union; else the outline stands as a person's own region, unless there
        were only notes on it or it was said to be no damage. An outline that a person
        drew stands as drawn.
    relabelled
        Class that the region is said to be of; `UNMAPPED` is no damage. With
        `RELABEL` only.
    style
        With `STYLE` only.
    recolouring
        With `RECOLOUR` only.
    candidate
        With `CANDIDATE` only.
    out_of_gamut
        With `GAMUT` only; any but `MORE_WHITE`, which is the whole film's.
    chosen, rule
        How the region was chosen, and by which rule, class or file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    made: datetime
    by: str = Field(min_length=1, max_length=200)
    verdict: Verdict
    region_id: str
    damage_class: DamageClass
    polygons: Polygons
    method: ChosenMethod | None = None
    note: str = ""
    relabelled: DamageClass | None = None
    style: RetouchingStyle | None = None
    recolouring: Recolouring | None = None
    candidate: Candidate | None = None
    out_of_gamut: GamutChoice | None = None
    chosen: Chosen = Chosen.VIEWED
    rule: str = ""

    @model_validator(mode="after")
    def _says_a_class(self) -> Self:
        if (self.relabelled is not None) != (self.verdict is Verdict.RELABEL):
            message = "a relabelling, and nothing else, says another class"
            raise ValueError(message)
        if (self.style is not None) != (self.verdict is Verdict.STYLE):
            message = "a style is said with its own verdict, and with no other"
            raise ValueError(message)
        if (self.recolouring is not None) != (self.verdict is Verdict.RECOLOUR):
            message = "colours are said with their own verdict, and with no other"
            raise ValueError(message)
        if (self.candidate is not None) != (self.verdict is Verdict.CANDIDATE):
            message = "a candidate is said with its own verdict, and with no other"
            raise ValueError(message)
        if (self.out_of_gamut is not None) != (self.verdict is Verdict.GAMUT):
            message = "colours out of reach are decided with their own verdict only"
            raise ValueError(message)
        if self.out_of_gamut is GamutChoice.MORE_WHITE:
            message = "more white is printed on the whole film"
            raise ValueError(message)
        return self

    @property
    def rings(self) -> list[list[Array]]:
        """The polygons as (N, 2) float64 arrays."""
        return as_rings(self.polygons)

    @property
    def said_class(self) -> DamageClass | None:
        """Class that a person says the region is of; None if nothing is said of it."""
        if self.verdict is Verdict.RELABEL:
            return self.relabelled
        return self.damage_class if self.verdict in DRAWN else None

    @property
    def in_words(self) -> str:
        """What was decided, in a few words."""
        match self.verdict:
            case Verdict.METHOD:
                words = f"{self.verdict}: {self.method}"
            case Verdict.GAMUT:
                words = f"{self.verdict}: {self.out_of_gamut}"
            case Verdict.STYLE:
                words = f"{self.verdict}: {self.style}"
            case Verdict.RECOLOUR if self.recolouring is not None:
                words = f"{self.verdict}: by {self.recolouring.file}"
            case Verdict.CANDIDATE if self.candidate is not None:
                words = self.candidate.in_words
            case Verdict.RELABEL if self.relabelled is DamageClass.UNMAPPED:
                words = f"relabel: {NO_DAMAGE}, no damage"
            case Verdict.RELABEL:
                words = f"relabel: {DamageClass(self.relabelled or 0).label}"
            case Verdict.ADD:
                words = "add: drawn by a person"
            case Verdict.REDRAW:
                words = "redraw: another outline"
            case _:
                words = str(self.verdict)
        how = _CHOSEN_WORDS[self.chosen]
        return f"{words} ({how}: {self.rule})" if how else words

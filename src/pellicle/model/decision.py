# SPDX-License-Identifier: Apache-2.0
"""Decision: what a named person said about a region. Appended, never edited."""

from datetime import datetime
from enum import StrEnum

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from pellicle.model.arrays import Array
from pellicle.model.condition import DamageClass

Polygons = list[list[list[tuple[float, float]]]]
"""Polygons, each an outer ring and its holes; (x, y) scan pixels, corner origin."""


class Verdict(StrEnum):
    """What is to be done with a region."""

    APPROVE = "approve"
    LEAVE = "leave"
    METHOD = "method"
    NOTE = "note"


class ChosenMethod(StrEnum):
    """Ways of infilling that a person can ask for.

    `GLAZE` prints the region without white; the reconstruction stays as it is.
    """

    DIFFUSION = "diffusion"
    PATCHES = "patches"
    GLAZE = "glaze"


class Decision(BaseModel):
    """One line of `decisions.jsonl`.

    Attributes
    ----------
    polygons
        Outline of the region when it was decided: after a new run the decision holds
        for the region with the same id, else for the one that shares at least half of
        their union; else the outline stands as a person's own region, unless there
        were only notes on it.
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

    @property
    def rings(self) -> list[list[Array]]:
        """The polygons as (N, 2) float64 arrays."""
        return [[np.array(ring, np.float64) for ring in one] for one in self.polygons]

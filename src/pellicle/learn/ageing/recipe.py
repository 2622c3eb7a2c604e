# SPDX-License-Identifier: Apache-2.0
"""Which kinds of damage a painting gets, and how plain each is.

Job: the settings of ageing, and the contrasts they are drawn from.
Not here: drawing anything (`age.py` and the kinds).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from pellicle.learn.ageing.scene import drawn_from


class Kind(StrEnum):
    """A kind of damage, in the order in which they come about.

    `DISTRACTORS` are no damage: they look like it, and are painted.
    """

    DISTRACTORS = "distractors"
    ABRASION = "abrasion"
    CRAQUELURE = "craquelure"
    LOSS = "loss"
    SCRATCHES = "scratches"
    SPLIT = "split"
    DEPOSITS = "deposits"
    VARNISH = "varnish"


CONTRAST_L: Mapping[Kind, tuple[tuple[float, float], ...]] = MappingProxyType(
    {
        Kind.DISTRACTORS: ((0.0, 3.0), (0.5, 15.0), (1.0, 60.0)),
        Kind.ABRASION: ((0.0, 4.0), (0.2, 8.0), (0.5, 13.0), (0.8, 20.0), (1.0, 35.0)),
        Kind.CRAQUELURE: (
            (0.0, 5.0),
            (0.1, 9.0),
            (0.3, 14.0),
            (0.5, 20.0),
            (0.8, 32.0),
            (1.0, 55.0),
        ),
        Kind.LOSS: (
            (0.0, 5.0),
            (0.1, 9.0),
            (0.3, 16.0),
            (0.5, 24.0),
            (0.8, 40.0),
            (1.0, 75.0),
        ),
        Kind.SCRATCHES: ((0.0, 5.0), (0.2, 9.0), (0.5, 16.0), (0.8, 28.0), (1.0, 60.0)),
        Kind.SPLIT: ((0.0, 8.0), (0.2, 14.0), (0.5, 24.0), (0.8, 34.0), (1.0, 55.0)),
        Kind.DEPOSITS: ((0.0, 3.0), (0.5, 10.0), (1.0, 30.0)),
        Kind.VARNISH: ((0.0, 2.0), (0.5, 8.0), (1.0, 25.0)),
    }
)
"""Quantiles of |ΔL*| from the paint nearby, as (fraction, ΔL*). Ours, not measured on
paintings: the lowest are at the limit of what is seen on smooth paint."""


class Recipe(BaseModel):
    """How a painting ages. Frozen; with a seed it decides the result.

    Attributes
    ----------
    kinds
        What happens to it.
    plainness
        Factor on every contrast: under 1 fainter, over 1 plainer.
    contrasts_l
        |ΔL*| of kinds whose contrast is given instead of drawn.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[Kind, ...] = tuple(Kind)
    plainness: float = Field(
        default=1.0,
        ge=0.2,
        le=5.0,
        description="How plain the damage is: below 1 fainter, above 1 plainer.",
    )
    contrasts_l: Mapping[Kind, float] = Field(default_factory=dict)

    @classmethod
    def of(cls, *kinds: Kind) -> Self:
        """Recipe of some kinds only."""
        return cls(kinds=kinds)

    def contrast_l(self, kind: Kind, rng: np.random.Generator) -> float:
        """|ΔL*| of one kind on one painting: as given, or from `CONTRAST_L`."""
        drawn = drawn_from(rng, CONTRAST_L[kind])  # drawn always: `rng` goes on alike
        return self.plainness * self.contrasts_l.get(kind, drawn)

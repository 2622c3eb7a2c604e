# SPDX-License-Identifier: Apache-2.0
"""Which kinds of damage a painting gets, and how plain each is.

Job: the settings of ageing, and the contrasts they are drawn from.
Not here: drawing anything (`age.py` and the kinds).
Terms: a *variety* is one of the forms in which a kind of damage comes, as drying cracks
are of craquelure. A kind *in full* comes in varieties that chance chooses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from pellicle.learn.ageing.abrasion import Wear
from pellicle.learn.ageing.crack_growth import CrackKind
from pellicle.learn.ageing.deposits import Deposit
from pellicle.learn.ageing.distractors import Distractor
from pellicle.learn.ageing.loss_forms import Form
from pellicle.learn.ageing.losses import SPECKS
from pellicle.learn.ageing.scene import drawn_from
from pellicle.learn.ageing.scratches import Scratch
from pellicle.learn.ageing.split_plan import SplitKind
from pellicle.learn.ageing.varnish import Change


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


VARIETIES: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.DISTRACTORS: tuple(Distractor),
        Kind.ABRASION: tuple(Wear),
        Kind.CRAQUELURE: tuple(CrackKind),
        Kind.LOSS: (*Form, SPECKS),
        Kind.SCRATCHES: tuple(Scratch),
        Kind.SPLIT: tuple(SplitKind),
        Kind.DEPOSITS: tuple(Deposit),
        Kind.VARNISH: tuple(Change),
    }
)
"""What can be drawn alone. Their order decides their numbers: new ones come last."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is drawn at once: a kind in full, or one variety of it alone.

    Its name is `craquelure`, or `craquelure:drying`.

    Attributes
    ----------
    kind
        Kind of damage.
    variety
        One of `VARIETIES` of this kind; None is the kind in full.
    """

    kind: Kind
    variety: str | None = None

    def __str__(self) -> str:
        return str(self.kind) if self.variety is None else f"{self.kind}:{self.variety}"

    @property
    def number(self) -> int:
        """0 of a kind in full, 1 and more of its varieties."""
        if self.variety is None:
            return 0
        return 1 + VARIETIES[self.kind].index(self.variety)


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
        What happens to it, in full.
    varieties
        What happens besides, each drawn alone.
    plainness
        Factor on every contrast: under 1 fainter, over 1 plainer.
    contrasts_l
        |ΔL*| of kinds whose contrast is given instead of drawn.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[Kind, ...] = tuple(Kind)
    varieties: tuple[Part, ...] = ()
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

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that is drawn, in order, each once."""
        parts = {*(Part(kind) for kind in self.kinds), *self.varieties}
        order = tuple(Kind)
        return tuple(sorted(parts, key=lambda p: (order.index(p.kind), p.number)))

    def contrast_l(self, kind: Kind, rng: np.random.Generator) -> float:
        """|ΔL*| of one kind on one painting: as given, or from `CONTRAST_L`."""
        drawn = drawn_from(rng, CONTRAST_L[kind])  # drawn always: `rng` goes on alike
        return self.plainness * self.contrasts_l.get(kind, drawn)

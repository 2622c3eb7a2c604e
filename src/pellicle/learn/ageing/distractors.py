# SPDX-License-Identifier: Apache-2.0
"""Distractors: painted things that could be taken for damage.

Job: choose a few for a picture and draw them.
Not here: how each looks (`drawn_marks.py`, `patterns.py`, `passages.py`; compression:
`photograph.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from pellicle.learn.ageing import drawn_marks, passages, patterns, photograph
from pellicle.learn.ageing.scene import Drawn, Scene, drawn_from


class Distractor(StrEnum):
    """Something that is not damage. The order is that of drawing."""

    WEAVE = "weave"
    WOOD_GRAIN = "wood-grain"
    PATCH = "patch"
    PANES = "panes"
    FOLDS = "folds"
    MARBLE = "marble"
    MASONRY = "masonry"
    SCUMBLE = "scumble"
    IMPASTO = "impasto"
    FOLIAGE = "foliage"
    HAIR = "hair"
    BRANCHES = "branches"
    RULED = "ruled-lines"
    CONTOURS = "contours"
    HATCHING = "hatching"
    LACE = "lace"
    PUNCHWORK = "punchwork"
    PEARLS = "pearls"
    WRITING = "writing"
    SIGNATURE = "signature"
    HIGHLIGHTS = "highlights"
    JPEG_BLOCKS = "jpeg-blocks"


Draw = Callable[[Scene, float, np.random.Generator], list[Drawn]]

_DRAW: Mapping[Distractor, tuple[Draw, float]] = MappingProxyType(
    {
        Distractor.WEAVE: (patterns.canvas, 0.6),
        Distractor.WOOD_GRAIN: (patterns.wood_grain, 0.5),
        Distractor.PATCH: (passages.patch, 2.0),
        Distractor.PANES: (passages.panes, 0.6),
        Distractor.FOLDS: (passages.folds, 0.8),
        Distractor.MARBLE: (passages.marble, 0.7),
        Distractor.MASONRY: (patterns.masonry, 0.8),
        Distractor.SCUMBLE: (passages.scumble, 1.2),
        Distractor.IMPASTO: (drawn_marks.impasto, 2.0),
        Distractor.FOLIAGE: (drawn_marks.foliage, 1.0),
        Distractor.HAIR: (drawn_marks.hair, 1.6),
        Distractor.BRANCHES: (drawn_marks.branches, 1.2),
        Distractor.RULED: (drawn_marks.ruled, 1.2),
        Distractor.CONTOURS: (drawn_marks.contours, 1.4),
        Distractor.HATCHING: (drawn_marks.hatching, 1.2),
        Distractor.LACE: (patterns.lace, 0.9),
        Distractor.PUNCHWORK: (patterns.punchwork, 0.8),
        Distractor.PEARLS: (patterns.pearls, 0.6),
        Distractor.WRITING: (drawn_marks.writing, 0.7),
        Distractor.SIGNATURE: (drawn_marks.signature, 0.5),
        Distractor.HIGHLIGHTS: (drawn_marks.highlights, 1.0),
        Distractor.JPEG_BLOCKS: (photograph.jpeg_blocks, 0.0),
    }
)
"""How each is drawn, and how common it is; 0 is drawn only where it is asked for."""
_ALL_OVER = {Distractor.WEAVE, Distractor.WOOD_GRAIN, Distractor.JPEG_BLOCKS}
_APART = ((0.0, 3.0), (0.5, 15.0), (1.0, 60.0))


@dataclass(frozen=True, slots=True)
class DistractorPlan:
    """What one picture gets.

    Attributes
    ----------
    kinds
        Each is drawn once; one may come several times.
    apart_l
        About how far they are from the paint around, in L*.
    """

    kinds: tuple[Distractor, ...]
    apart_l: float


def drawn_distractor_plan(
    rng: np.random.Generator, contrast_l: float | None = None, only: str | None = None
) -> DistractorPlan:
    """One to four distractors, or as many of one `Distractor`.

    The contrast is drawn too where it is not given.
    """
    drawn = drawn_from(rng, _APART)
    kinds = list(_DRAW)
    weights = np.array([weight for _, weight in _DRAW.values()])
    count = int(rng.integers(1, 5))
    chosen = rng.choice(len(kinds), size=count, p=weights / weights.sum())
    wanted = tuple(kinds[index] for index in sorted(chosen))
    if only is not None:
        wanted = (Distractor(only),) * (1 if only in _ALL_OVER else count)
    return DistractorPlan(
        wanted,
        drawn if contrast_l is None else contrast_l,
    )


def draw_distractors(
    scene: Scene, plan: DistractorPlan, rng: np.random.Generator
) -> list[Drawn]:
    """Layers and shades, all labelled `UNMAPPED`."""
    out: list[Drawn] = []
    for kind in plan.kinds:
        draw, _ = _DRAW[kind]
        out += draw(scene, plan.apart_l * rng.uniform(0.6, 1.4), rng)
    return out

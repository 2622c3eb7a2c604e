# SPDX-License-Identifier: Apache-2.0
"""How the splits of one picture look.

Job: draw the numbers that decide it.
Not here: the splits themselves (`splits.py`).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pellicle.learn.ageing.scene import drawn_from
from pellicle.learn.ageing.sheets import happens

_OPENING = ((0.0, 150.0), (0.5, 420.0), (0.85, 1_000.0), (1.0, 2_500.0))
_CONTRAST = ((0.0, 8.0), (0.5, 26.0), (1.0, 60.0))
_FILLED_CHANCE = 0.12
_GROUNDS = np.array(
    [[0.55, 0.47, 0.34], [0.62, 0.58, 0.5], [0.23, 0.15, 0.07], [0.3, 0.27, 0.23]],
    np.float32,
)


class SplitKind(StrEnum):
    """How a split runs: as the grain of a panel does, or as a tear in a canvas."""

    STRAIGHT = "straight"
    TORN = "torn"


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """How the splits of one picture look.

    Attributes
    ----------
    count
        How many; they run the same way.
    vertical
        Whether they run from top to bottom, not from side to side.
    lean_deg
        Angle to that direction, -8 to 8 degrees.
    wander
        0 follows straight grain, 1 wanders as a tear in a canvas does.
    length
        Extent along its direction, as a part of the scene's; 1 and more runs through.
    opening_um
        Width where it is widest.
    contrast_l
        By how much the opening is darker than the paint, in L*; below 0 it is filled
        with something lighter.
    lit_side
        -1 or 1, the side that the light meets.
    relief
        Strength of lip and shade, 0 to 1.
    step
        Relative difference in brightness of the two sides, near the split.
    flakes_per_cm
        Small losses along it.
    doubled
        Chance that a second line accompanies it, 0 to 1.
    softness_um
        Width of the border between opening and paint.
    ground_rgb
        Linear light of what the flakes lay bare.
    """

    count: int
    vertical: bool
    lean_deg: float
    wander: float
    length: float
    opening_um: float
    contrast_l: float
    lit_side: int
    relief: float
    step: float
    flakes_per_cm: float
    doubled: float
    softness_um: float
    ground_rgb: tuple[float, float, float]


def drawn_split_plan(
    rng: np.random.Generator, contrast_l: float | None = None, only: str | None = None
) -> SplitPlan:
    """A plan, or one of one `SplitKind`; the contrast is drawn too where not given."""
    drawn = drawn_from(rng, _CONTRAST) if contrast_l is None else contrast_l
    filled = happens(rng, _FILLED_CHANCE)
    torn = happens(rng, 0.3)
    if only is not None:
        torn = SplitKind(only) is SplitKind.TORN
    ground = _GROUNDS[rng.integers(len(_GROUNDS))] * rng.uniform(0.4, 1.1)
    return SplitPlan(
        count=int(rng.choice([1, 2, 3], p=[0.65, 0.25, 0.1])),
        vertical=happens(rng, 0.55),
        lean_deg=float(np.clip(rng.normal(0, 2.5), -8, 8)),
        wander=float(rng.uniform(0.3, 1)) if torn else float(rng.uniform(0, 0.12)),
        length=drawn_from(rng, [(0, 0.25), (0.5, 0.8), (0.55, 1), (1, 1.8)]),
        opening_um=min(drawn_from(rng, _OPENING), 150 + 45 * drawn),  # wide is dark
        contrast_l=-drawn if filled else drawn,
        lit_side=int(rng.choice([-1, 1])),
        relief=drawn_from(rng, [(0, 0), (0.15, 0), (0.6, 0.4), (1, 1)]),
        step=drawn_from(rng, [(0, 0), (0.5, 0), (1, 0.15)]),
        flakes_per_cm=drawn_from(rng, [(0, 0), (0.35, 0), (0.8, 0.9), (1, 3)]),
        doubled=0.8 if happens(rng, 0.2) else 0.0,
        softness_um=drawn_from(rng, [(0, 20), (0.6, 90), (1, 400)]),
        ground_rgb=(float(ground[0]), float(ground[1]), float(ground[2])),
    )

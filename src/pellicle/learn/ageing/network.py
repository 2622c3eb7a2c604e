# SPDX-License-Identifier: Apache-2.0
"""A network of cracks as lines, before it is drawn.

Job: the value that growing cracks gives, and that flaking and drawing take.
"""

from dataclasses import dataclass

import numpy as np

from pellicle.model.arrays import Array


@dataclass(frozen=True, slots=True, eq=False)
class Crack:
    """One crack from end to end.

    Attributes
    ----------
    points_px
        (n, 2) float64 (x, y), corner origin, in scene pixels, n >= 2; may leave the
        scene.
    width_um
        (n,) float64, opening at each point.
    generation
        0 for those that came first; later ones end at earlier ones.
    """

    points_px: Array
    width_um: Array
    generation: int


@dataclass(frozen=True, slots=True, eq=False)
class CrackNetwork:
    """Cracks that grew together.

    Attributes
    ----------
    cracks
        In the order they came.
    junctions_px
        (m, 2) float64 (x, y), where cracks meet.
    """

    cracks: tuple[Crack, ...]
    junctions_px: Array

    def joined(self, other: "CrackNetwork") -> "CrackNetwork":
        """Both, the other one's cracks after these."""
        junctions = np.concatenate([self.junctions_px, other.junctions_px])
        return CrackNetwork(self.cracks + other.cracks, junctions)

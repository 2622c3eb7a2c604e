# SPDX-License-Identifier: Apache-2.0
"""Recolouring: a smooth mapping of colours that a glaze can carry out.

Job: fit the mapping to pairs of colours; apply it to pixels, and to what a glaze can do
of it.
Not here: where the pairs come from, which ink makes the glaze.
Terms: the *density* of a colour is −ln of its internal reflectance, band by band. A
glaze is a filter: it adds density, whatever the paint beneath, and takes none away.

The mapping is affine in density, held near the identity where few pairs speak: one pair
alone adds the same density everywhere, which is what one even glaze does. What it adds
never leaves the range that the pairs themselves ask for.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from numba import njit

from pellicle.colour.convert import lab_d50_from_rec2020, rec2020_from_lab_d50
from pellicle.colour.difference import ciede2000
from pellicle.colour.optics import (
    DARKEST_BACKING,
    INNER_REFLECTION,
    OUTER_REFLECTION,
    internal_reflectance,
)
from pellicle.model.arrays import Array

HOLD = 0.05
"""Weight of the identity against the pairs: squared density that they must differ by to
be believed."""

_THROUGH = (1.0 - OUTER_REFLECTION) * (1.0 - INNER_REFLECTION)


@dataclass(frozen=True, slots=True)
class DensityMapping:
    """density' = density + clip(density @ slope + shift, least, most).

    Attributes
    ----------
    slope
        (3, 3) float64.
    shift, least, most
        (3,) float64 densities.
    """

    slope: npt.NDArray[np.float64]
    shift: npt.NDArray[np.float64]
    least: npt.NDArray[np.float64]
    most: npt.NDArray[np.float64]

    @classmethod
    def fitted(cls, from_lab_d50: Array, to_lab_d50: Array) -> Self:
        """Mapping of pairs.

        Parameters
        ----------
        from_lab_d50, to_lab_d50
            (N, 3), N at least 1: what colours are, and what they are to become.
        """
        before, after = _density(from_lab_d50), _density(to_lab_d50)
        added = after - before
        middle = before.mean(axis=0)
        apart = before - middle
        held = apart.T @ apart + HOLD * np.eye(3)
        slope = np.linalg.solve(held, apart.T @ (added - added.mean(axis=0)))
        shift = added.mean(axis=0) - middle @ slope
        return cls(slope, shift, added.min(axis=0), added.max(axis=0))

    def residual_de00(self, from_lab_d50: Array, to_lab_d50: Array) -> Array:
        """(N,) ΔE00 by which the mapping, without bounds, misses pairs."""
        rgb_linear = rec2020_from_lab_d50(np.asarray(from_lab_d50, np.float32))
        wanted = lab_d50_from_rec2020(self.applied(rgb_linear).wanted)
        return np.asarray(ciede2000(wanted, np.asarray(to_lab_d50, np.float32)))

    def applied(self, rgb_linear: Array) -> "Recoloured":
        """Recolour pixels.

        Parameters
        ----------
        rgb_linear
            (N, 3) float32 linear Rec.2020 on D50, as scanned.
        """
        measured = np.ascontiguousarray(rgb_linear, np.float32)
        wanted, glazed = np.empty_like(measured), np.empty_like(measured)
        outcome = np.zeros(len(measured), np.uint8)
        bounds = self.slope, self.shift, self.least, self.most
        _recolour(measured, bounds, wanted, glazed, outcome)
        return Recoloured(wanted, glazed, (outcome & 1) != 0, (outcome & 2) != 0)


@dataclass(frozen=True, slots=True)
class Recoloured:
    """Recoloured pixels.

    Attributes
    ----------
    wanted
        (N, 3) float32 linear: what the mapping asks for.
    glazed
        (N, 3) float32 linear: as much of it as a glaze can do.
    changed
        (N,) bool: whether a glaze does anything.
    beyond
        (N,) bool: whether it would have to lighten a band, and cannot.
    """

    wanted: Array
    glazed: Array
    changed: Array
    beyond: Array

    def shortfall_de00(self) -> Array:
        """(N,) float32 ΔE00 between wanted and glazed; 0 where a glaze does it."""
        missed = np.zeros(len(self.wanted), np.float32)
        at = self.beyond
        if at.any():
            wanted, glazed = (
                lab_d50_from_rec2020(one[at]) for one in (self.wanted, self.glazed)
            )
            missed[at] = ciede2000(wanted, glazed)
        return missed


def _density(lab_d50: Array) -> npt.NDArray[np.float64]:
    rgb_linear = rec2020_from_lab_d50(np.asarray(lab_d50, np.float64).reshape(-1, 3))
    inside = np.maximum(internal_reflectance(rgb_linear), DARKEST_BACKING)
    density: npt.NDArray[np.float64] = -np.log(np.asarray(inside, np.float64))
    return density


@njit(cache=True)
def _recolour(
    measured: Any, bounds: Any, wanted: Any, glazed: Any, outcome: Any
) -> None:
    # One pixel after the other, so that no answer depends on where a tile begins.
    slope, shift, least, most = bounds
    inside, density = np.empty(3), np.empty(3)
    for n in range(len(measured)):
        for k in range(3):
            light = max(float(measured[n, k]), 0.0)
            inside[k] = min(light / (_THROUGH + INNER_REFLECTION * light), 1.0)
            density[k] = -np.log(max(inside[k], DARKEST_BACKING))
        for k in range(3):
            added = shift[k]
            for j in range(3):
                added += density[j] * slope[j, k]
            added = min(max(added, least[k]), most[k])
            if added > 0.0:
                outcome[n] |= 1
            elif added < 0.0:
                outcome[n] |= 2
            full = min(inside[k] * np.exp(-added), 1.0)
            filtered = inside[k] * np.exp(-max(added, 0.0))
            wanted[n, k] = _THROUGH * full / (1.0 - INNER_REFLECTION * full)
            glazed[n, k] = _THROUGH * filtered / (1.0 - INNER_REFLECTION * filtered)

# SPDX-License-Identifier: Apache-2.0
"""A measured chart in the terms of the film's model, and what contradicts it.

Job: what was measured over one backing; how a fit agrees with it; patches that were
exchanged.
Not here: the fit (`print_fit.py`), measurement files (`io/measurements_file.py`).
Terms: a *reading* is one patch measured over one backing.
"""

from dataclasses import dataclass

import numpy as np

from pellicle.colour.convert import rec2020_from_xyz_d50
from pellicle.colour.difference import ciede2000
from pellicle.colour.film import white_layer_over
from pellicle.colour.optics import DARKEST_BACKING, internal_reflectance
from pellicle.model.arrays import Array
from pellicle.model.print_setup import Film, PrintedSide, White

FULL_WHITE = 0.995
MOST_OFF_DE00 = 4.0
MOST_OFF_TIMES = 8.0
ALWAYS_OFF_DE00 = 12.0
"""Farther from its prediction than this no reading is right, whatever the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A chart as measured over one backing.

    Attributes
    ----------
    label
        To name it in messages.
    names
        Of the patches.
    inks
        (N, 4) plate values, 0 to 1.
    white
        (N,) plate values of white.
    xyz_d50
        (N, 3) absolute.
    passes
        Of white.
    bare_xyz_d50
        (3,) of the backing without film; None if not measured.
    spectra, bare_spectrum
        (N, BANDS) and (BANDS,) reflectance every 10 nm; None where only colours are
        known.
    """

    label: str
    names: tuple[str, ...]
    inks: Array
    white: Array
    xyz_d50: Array
    passes: int
    bare_xyz_d50: Array | None = None
    spectra: Array | None = None
    bare_spectrum: Array | None = None

    @property
    def unprinted(self) -> Array:
        """(N,) bool: film without ink and white."""
        bare: Array = (self.inks.sum(axis=1) == 0) & (self.white == 0)
        return bare


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """How a fit agrees with every reading of one chart laid down.

    Attributes
    ----------
    laid
        The chart.
    predicted_lab, measured_lab
        (N, 3) on D50, absolute.
    used
        (N,) bool: False for readings that contradict the others.
    """

    laid: Laid
    predicted_lab: Array
    measured_lab: Array
    used: Array

    @property
    def off_de00(self) -> Array:
        """(N,) ΔE00 of prediction and measurement."""
        return ciede2000(self.predicted_lab, self.measured_lab)


def exchanged(readings: Readings) -> tuple[tuple[str, str], ...]:
    """Pairs of patches of which each reads as the other is predicted to."""
    suspects = np.flatnonzero(~readings.used)
    pairs: list[tuple[str, str]] = []
    taken: set[int] = set()
    off = readings.off_de00
    for n, one in enumerate(suspects):
        rest = [other for other in suspects[n + 1 :] if other not in taken]
        if one in taken or not rest:
            continue
        here = ciede2000(
            readings.measured_lab[rest],
            np.broadcast_to(readings.predicted_lab[one], (len(rest), 3)),
        )
        there = ciede2000(
            np.broadcast_to(readings.measured_lab[one], (len(rest), 3)),
            readings.predicted_lab[rest],
        )
        crossed = np.maximum(here, there)
        best = int(np.argmin(crossed))
        other = rest[best]
        if crossed[best] < 0.5 * min(off[one], off[other]):
            pairs.append((readings.laid.names[one], readings.laid.names[other]))
            taken |= {int(one), int(other)}
    return tuple(pairs)


def far_off(readings: Readings) -> Array:
    """(N,) bool: readings much farther from their prediction than is usual."""
    off = readings.off_de00
    usual = MOST_OFF_TIMES * float(np.median(off))
    limit = min(max(MOST_OFF_DE00, usual), ALWAYS_OFF_DE00)
    far: Array = off > limit
    return far


class ChartReadings:
    """A chart's readings in the terms of the model."""

    def __init__(self, laid: Laid, used: Array, film: Film) -> None:
        self.laid, self.used = laid, used
        self.rgb = rec2020_from_xyz_d50(laid.xyz_d50)
        self.internal = internal_reflectance(self.rgb).astype(np.float64)
        self.has_film = bool(laid.unprinted.any())
        bare = (
            laid.unprinted & used if (laid.unprinted & used).any() else (laid.unprinted)
        )
        self.film_over = (
            np.median(self.internal[bare], axis=0) if self.has_film else np.ones(3)
        )
        self.top = film.printed_side is PrintedSide.TOP

    @property
    def alone(self) -> Array:
        """(N,) bool: white without ink, the unprinted film not counted."""
        alone: Array = (self.laid.inks.sum(axis=1) == 0) & (self.laid.white > 0)
        return alone

    @property
    def full(self) -> Array:
        """(N,) bool: over full white, or on the only medium there is."""
        return self.laid.white >= FULL_WHITE

    def measured_medium(self, where: Array) -> Array:
        """(3,) internal reflectance of the unprinted spots among some patches."""
        spots = where & (self.laid.inks.sum(axis=1) == 0)
        kept = spots & self.used if (spots & self.used).any() else spots
        medium: Array = np.median(self.internal[kept], axis=0)
        return medium

    def base(self, white: White | None, through: Array) -> Array:
        """(N, 3) internal reflectance without ink that the model predicts."""
        if white is None:
            return np.broadcast_to(self.measured_medium(self.full), self.internal.shape)
        under = self.film_over if self.top else self.film_over / through
        backing = np.tile(np.maximum(under, DARKEST_BACKING), (len(self.rgb), 1))
        printed = white.model_copy(update={"passes": self.laid.passes})
        layer = white_layer_over(printed, backing, self.laid.white)
        base: Array = layer if self.top else layer * through
        return base

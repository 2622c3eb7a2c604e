# SPDX-License-Identifier: Apache-2.0
"""How much of the damage a film hides that cannot be laid exactly.

Job: what each part of the film covers, and what it spoils, over many displacements;
the ratio B of what is left to what there was.
Not here: which ratio is good enough (`choice.py`), what a part is (`parts.py`).
Terms: δ is the standard deviation, along each axis, of where the film lies. The
*difference* V is the sum of ΔE00 over pixels, against the reconstruction, unblurred.
B = mean V with the film, displaced, over V without it: 0 hides everything, 1 is as bad
as nothing, more is worse.

The film moves as it is, white and colour together, bilinearly, as transmittance and
coverage; each pixel is then seen through the forward model over the paint that lies
there. What a displaced pixel of film changes, by covering damage or by spoiling paint,
is counted for the part whose film it is (where two parts meet, for the one that has the
most of it): a part's B is one minus its gain over the difference on its own pixels. The
parts of a region add up to the region, and for a region that stands alone this is B to
the letter; beside others it is what the region adds to their film.

Gains are whole thousandths of ΔE00: their sums do not depend on tiles or order.
"""

import math
from dataclasses import dataclass

import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.film import FilmModel, bare_film_over
from pellicle.colour.film_layers import film_layers
from pellicle.model.arrays import Array, Colour, Numbers
from pellicle.model.raster import Window
from pellicle.stages.mask.laying import lay_film, touching

RINGS = (0.6039, 1.1774, 1.8930)
"""Radii over δ: medians of three equally likely rings of a 2-D Gaussian."""

DIRECTIONS = 8
MOST_PIXELS = 256
"""A part of more pixels is sampled: about so many of its pixels for each
displacement."""

_ROW_PIXELS = 1 << 17
_MILLI = 1000.0


def displacements(delta_px: float) -> Array:
    """(25, 2) float64 rows and columns: 24 equally likely displacements, then none."""
    found = [
        (
            ring * delta_px * math.sin(math.radians(45.0 * k + 15.0 * n)),
            ring * delta_px * math.cos(math.radians(45.0 * k + 15.0 * n)),
        )
        for n, ring in enumerate(RINGS)
        for k in range(DIRECTIONS)
    ]
    return np.array([*found, (0.0, 0.0)])


DISPLACED = len(RINGS) * DIRECTIONS


def alignment_reach_px(delta_px: float) -> int:
    """Pixels of context: how far the film is moved, and one for interpolation."""
    return math.ceil(RINGS[-1] * delta_px) + 1


def sampling_step(pixels: int) -> int:
    """Of a part of so many pixels, one in how many is looked at."""
    return max(1, -(-pixels // MOST_PIXELS))


@dataclass(frozen=True, slots=True, eq=False)
class PrintedTile:
    """What would be printed on a tile and around it.

    Attributes
    ----------
    parts
        (H, W) uint32 number of the part; 0 where nothing is printed.
    planes
        (H, W, 6) uint16, see `model.mask`.
    window
        Where they lie in the scan.
    """

    parts: Numbers
    planes: Array
    window: Window


@dataclass(frozen=True, slots=True, eq=False)
class AlignmentSums:
    """What parts hide, in thousandths of ΔE00, summed over pixels.

    Attributes
    ----------
    parts
        (n,) numbers of parts, ascending.
    difference
        (n,) int64: on their own pixels, without a film.
    gained
        (n,) int64: by their film, all displacements together.
    exact
        (n,) int64: by their film laid exactly.
    """

    parts: Array
    difference: Array
    gained: Array
    exact: Array

    @classmethod
    def none(cls) -> "AlignmentSums":
        """No part."""
        empty = np.zeros(0, np.int64)
        return cls(empty, empty, empty, empty)


@dataclass(frozen=True, slots=True)
class Alignment:
    """What a film leaves of the damage.

    Attributes
    ----------
    ratio
        B; infinite where there is no difference to hide.
    exact
        The same for a film laid exactly.
    """

    ratio: float
    exact: float

    @classmethod
    def of(cls, difference: int, gained: int, exact: int) -> "Alignment":
        """From sums."""
        if difference <= 0:
            return cls(math.inf, math.inf)
        return cls(
            1.0 - gained / (DISPLACED * difference),
            1.0 - exact / difference,
        )


def align_tile(
    model: FilmModel,
    scan_linear: Colour,
    target_linear: Colour,
    printed: PrintedTile,
    window: Window,
    *,
    shifts: Array,
    steps: Array,
) -> AlignmentSums:
    """Sum up what the film hides and spoils on one tile.

    Parameters
    ----------
    model
        Film, white and inks.
    scan_linear, target_linear
        (h, w, 3) float32 linear Rec.2020 on D50 of the tile: what is there, and what it
        should look like.
    printed
        The tile with as much context as the film is displaced, and a pixel, cut at the
        scan's edges.
    window
        The tile.
    shifts
        (n + 1, 2) float64 rows and columns, the last of them no displacement; from
        `displacements`.
    steps
        (parts + 1,) int64 from `sampling_step`, by part number.

    Returns
    -------
    sums
        Of the parts whose film comes to lie on the tile.

    Notes
    -----
    About 0.3 µs for each pixel and displacement that is looked at.
    """
    parts = np.unique(printed.parts)
    parts = parts[parts != 0]
    if not len(parts):
        return AlignmentSums.none()
    scan_linear = bare_film_over(scan_linear, model.setup.film)
    without = _Without.of(scan_linear, target_linear)
    own = printed.parts[window.relative_to(printed.window).slices]
    sums = np.zeros((3, len(parts)))
    sums[0] = _by_part(parts, own[own != 0], np.rint(without.de00[own != 0] * _MILLI))
    transmittance, white = film_layers(model, printed.parts != 0, printed.planes)
    near = touching(printed.parts)
    width = window.shape[1]
    rows_px = max(1, _ROW_PIXELS // (len(shifts) * width))
    for top in range(window.top, window.bottom, rows_px):
        strip = Window(
            top, window.left, min(top + rows_px, window.bottom), window.right
        )
        at, part, seen_t, seen_w, shift = lay_film(
            (printed.parts, near, transmittance, white),
            (strip.top, strip.left, strip.bottom, strip.right),
            (printed.window.top, printed.window.left),
            shifts,
            steps,
        )
        if not len(at):
            continue
        at += (top - window.top) * width
        base = model.base(without.scan_linear[at], seen_w)
        seen_lab = lab_d50_from_rec2020(model.seen_through(base, seen_t))
        de00 = ciede2000(without.target_lab[at], seen_lab)
        moved = shift < len(shifts) - 1
        gain = np.rint((without.de00.reshape(-1)[at] - de00) * _MILLI) * steps[part]
        sums[1] += _by_part(parts, part[moved], gain[moved])
        sums[2] += _by_part(parts, part[~moved], gain[~moved])
    return AlignmentSums(parts.astype(np.int64), *sums.astype(np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class _Without:
    """A tile without a film."""

    scan_linear: Array
    target_lab: Array
    de00: Array

    @classmethod
    def of(cls, scan_linear: Colour, target_linear: Colour) -> "_Without":
        target_lab = lab_d50_from_rec2020(target_linear)
        de00 = np.zeros(scan_linear.shape[:2], np.float32)
        differ = np.any(scan_linear != target_linear, axis=2)
        scan_lab = lab_d50_from_rec2020(scan_linear[differ])
        de00[differ] = ciede2000(scan_lab, target_lab[differ])
        return cls(scan_linear.reshape(-1, 3), target_lab.reshape(-1, 3), de00)


def _by_part(parts: Array, part: Array, values: Array) -> Array:
    # Whole numbers far below 2^53: float64 adds them up without rounding.
    at = np.searchsorted(parts, part)
    return np.bincount(at, weights=values, minlength=len(parts))

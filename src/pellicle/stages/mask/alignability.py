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

import numba
import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.film import FilmModel, bare_film_over
from pellicle.colour.film_layers import film_layers
from pellicle.model.arrays import Array, Colour, Numbers
from pellicle.model.raster import Window
from pellicle.raster.region_sums import mixed

RINGS = (0.6039, 1.1774, 1.8930)
"""Radii over δ: medians of three equally likely rings of a 2-D Gaussian."""

DIRECTIONS = 8
MOST_PIXELS = 512
"""A part of more pixels is sampled: about so many of its pixels for each
displacement."""

_ROW_PIXELS = 1 << 17
_MILLI = 1000.0
_MISSING = 1e-12


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
    touching = _touching(printed.parts)
    width = window.shape[1]
    rows_px = max(1, _ROW_PIXELS // (len(shifts) * width))
    for top in range(window.top, window.bottom, rows_px):
        strip = Window(
            top, window.left, min(top + rows_px, window.bottom), window.right
        )
        at, part, seen_t, seen_w, shift = _lay(
            (printed.parts, touching, transmittance, white),
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


def _lay(
    film: tuple[Array, Array, Array, Array],
    strip: tuple[int, int, int, int],
    first: tuple[int, int],
    shifts: Array,
    steps: Array,
) -> tuple[Array, Array, Array, Array, Array]:
    """Film that comes to lie on a strip, at every displacement.

    Returns
    -------
    at
        (n,) int64 pixel of the strip, counted row by row.
    part, transmittance, white, shift
        (n,), (n, 3), (n,), (n,) of the film there, and the displacement's place.
    """
    most = (strip[2] - strip[0]) * (strip[3] - strip[1]) * len(shifts)
    at = np.empty(most, np.int64)
    part = np.empty(most, np.uint32)
    seen_t = np.empty((most, 3), np.float32)
    seen_w = np.empty(most, np.float32)
    shift = np.empty(most, np.uint8)
    into = (at, part, seen_t, seen_w, shift)
    count = _lay_into(film, strip, first, shifts, steps, into)
    return at[:count], part[:count], seen_t[:count], seen_w[:count], shift[:count]


@numba.njit(cache=True)
def _touching(parts: Numbers) -> Array:
    """(H + 1, W + 1) bool: whether any of the four pixels around a corner is a part."""
    height, width = parts.shape
    found = np.zeros((height + 1, width + 1), np.bool_)
    for i in range(height):
        for j in range(width):
            if parts[i, j]:
                found[i : i + 2, j : j + 2] = True
    return found


@numba.njit(cache=True)
def _mix_of_four(
    film: tuple[Array, Array, Array, Array],
    y: int,
    x: int,
    weights: Array,
    mixed_into: Array,
) -> int:
    """Film between four pixels, and the part that has the most of it; 0 for none.

    `mixed_into` gets three transmittances and the white.
    """
    parts, _, transmittance, white = film
    height, width = parts.shape
    part, most, bare = np.uint32(0), _MISSING, 1.0
    mixed_into[:] = 0.0
    for corner in range(4):
        i, j = y + corner // 2, x + corner % 2
        if 0 <= i < height and 0 <= j < width and parts[i, j]:
            weight = weights[corner]
            if weight > most:
                part, most = parts[i, j], weight
            bare -= weight
            for n in range(3):
                mixed_into[n] += weight * transmittance[i, j, n]
            mixed_into[3] += weight * white[i, j]
    mixed_into[:3] += bare
    return int(part)


@numba.njit(cache=True)
def _lay_into(  # noqa: PLR0917 -- a compiled loop: film, where, how, and into
    film: tuple[Array, Array, Array, Array],
    strip: tuple[int, int, int, int],
    first: tuple[int, int],
    shifts: Array,
    steps: Array,
    into: tuple[Array, Array, Array, Array, Array],
) -> int:
    at, owner, seen_t, seen_w, which = into
    parts, touching, _, _ = film
    height, width = parts.shape
    top, left, bottom, right = strip
    count = 0
    weights, found = np.empty(4), np.empty(4)
    for k in range(shifts.shape[0]):
        down, across = math.floor(-shifts[k, 0]), math.floor(-shifts[k, 1])
        v, u = -shifts[k, 0] - down, -shifts[k, 1] - across
        weights[0], weights[1] = (1.0 - v) * (1.0 - u), (1.0 - v) * u
        weights[2], weights[3] = v * (1.0 - u), v * u
        y_first, x_first = top - first[0] + down, left - first[1] + across
        for row in range(max(0, -1 - y_first), min(bottom - top, height - y_first)):
            y = y_first + row
            begin, end = max(0, -1 - x_first), min(right - left, width - x_first)
            for column in range(begin, end):
                x = x_first + column
                if not touching[y + 1, x + 1]:
                    continue
                part = _mix_of_four(film, y, x, weights, found)
                lot = mixed((top + row) * 32 + k, left + column)
                if part == 0 or lot % np.uint64(steps[part]) != np.uint64(0):
                    continue
                at[count] = row * (right - left) + column
                owner[count] = part
                seen_t[count] = found[:3]
                seen_w[count] = found[3]
                which[count] = k
                count += 1
    return count


def crack_ratio(widths: float) -> float:
    """B of a long crack `widths` times δ wide whose film is seen as much as itself.

    2 [√(2/π) (1 − e^(−u²/2)) + u erfc(u/√2)] / u, the mean share of it that is missed
    and of the paint beside it that is covered.
    """
    u = widths
    missed = math.sqrt(2 / math.pi) * -math.expm1(-u * u / 2)
    return 2 * (missed + u * math.erfc(u / math.sqrt(2))) / u


def width_needed(widths: float, alignment: Alignment, limit: float) -> float:
    """Width over δ from which something like this would be worth printing.

    B falls with the width as that of a crack does, times what the contrasts of film and
    damage make of it; what a film laid exactly leaves stays.

    Parameters
    ----------
    widths
        Its width over δ.
    alignment
        Its B, over the limit.
    limit
        Greatest B that is good enough.

    Returns
    -------
    needed
        Width over δ, above `widths`; infinite where no width would do.

    Notes
    -----
    0.2 % low for a crack of equal contrast three δ wide, 2 % for a disc four δ wide.
    """
    left = limit - max(alignment.exact, 0.0)
    if left <= 0 or not math.isfinite(alignment.ratio):
        return math.inf
    missed = alignment.ratio - max(alignment.exact, 0.0)
    contrast = missed / crack_ratio(max(widths, 1e-3))
    low, high = widths, widths
    while contrast * crack_ratio(high) > left:
        low, high = high, 2 * high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if contrast * crack_ratio(middle) > left else (low, middle)
        )
    return high

# SPDX-License-Identifier: Apache-2.0
"""Splits of the support, found from the overview of the whole painting.

Job: the one long dark line that crosses a good part of the work, roughly upright or
level, whatever the picture shows on its way.
Not here: its exact pixels (`fine.py`).

Drawn lines belong to a thing and keep within it; a split runs on through one colour
after the other. The path is the best-scoring one from row to row (dynamic programming
over the contrast of dark lines), so that gaps do not break it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from scipy.ndimage import correlate1d

from pellicle.model.arrays import Array, Colour, Mask, Plane

_FULL_CONTRAST = 10.0
_GAP_COST = 0.7
_BEND_COST = 1.0
_AT_MOST = 4
_STRAY_PX = 5.0
_STRAY_PART = 0.012
_TALL_PX = 7
_SIDES_PX = (3, 5)
_SIDE_PX = 4
_SEEN_CONTRAST = 2.5
_EDGE_PX = 6
_CLEAR_PX = 5
_STARTS_HERE = 2

# What makes a long dark line a split.
_LEAST_COVERED = 0.8
_LEAST_CONTRAST = 8.0
_PLAIN_CONTRAST = 10.0
_MOST_BEND = 0.02
_MOST_UNEVEN = 0.35
_EDGE_VARIETY_DE = 16.0
_VARIETY_DE = 20.0
_MOST_SPLITS = 2
_OUTSTANDING = 1.25


@dataclass(frozen=True, slots=True)
class SplitPath:
    """One path through the overview.

    Attributes
    ----------
    rows, columns
        (n,) int64 pixels, from one end to the other.
    covered
        Fraction of them on a dark line.
    contrast
        Mean contrast of the line, in L*.
    variety_de
        Spread of the colours beside it: how many different things it crosses.
    uneven_de
        Middle difference in L* between its two sides.
    bend
        Distance (rms) from a straight line, as a part of its length.
    at_edge
        Whether it begins or ends at the end of the picture.
    """

    rows: Array
    columns: Array
    covered: float
    contrast: float
    variety_de: float
    uneven_de: float
    bend: float
    at_edge: bool


def split_paths(lab_d50: Colour, inside: Mask, least_part: float) -> list[SplitPath]:
    """Long dark lines, best first, upright ones before level ones.

    Parameters
    ----------
    lab_d50
        (h, w, 3) float32.
    inside
        (h, w) bool.
    least_part
        Least extent of a split, as a part of the picture's height (or width).
    """
    found = []
    for upright in (True, False):
        lab = lab_d50 if upright else lab_d50.transpose(1, 0, 2)
        where = inside if upright else inside.T
        dark = _upright_contrast(np.ascontiguousarray(lab[..., 0]))
        dark[~where] = 0
        rest = dark.copy()
        for _ in range(_AT_MOST):
            rows, columns = _best_path(rest)
            if len(rows) < least_part * rest.shape[0]:
                break
            _erase(rest, rows, columns)
            rows, columns = _straight_part(rows, columns)
            if len(rows) < least_part * rest.shape[0]:
                continue
            path = _measured(rows, columns, dark, lab, where)
            if not upright:
                path = replace(path, rows=columns, columns=rows)
            found.append(path)
    return found


def _upright_contrast(lightness: Plane) -> Plane:
    """Contrast of dark lines that run within about 15 degrees of the vertical."""
    weights = np.full(_TALL_PX, 1 / _TALL_PX)
    tall: Plane = correlate1d(lightness, weights, axis=0, mode="nearest")
    contrast: Plane = np.zeros_like(tall)
    for side in _SIDES_PX:
        padded = np.pad(tall, ((0, 0), (side, side)), mode="edge")
        least = np.minimum(padded[:, : -2 * side], padded[:, 2 * side :])
        np.maximum(contrast, least - tall, out=contrast)
    return contrast


def is_split(path: SplitPath, others: Sequence[SplitPath]) -> bool:
    """Whether a long dark line is a split, not a part of the picture or a craquelure.

    Of lines that are much alike there are many; a split stands out from the `others`.
    """
    line = (
        path.covered >= _LEAST_COVERED
        and path.contrast >= _LEAST_CONTRAST
        and path.bend <= _MOST_BEND
    )
    # The paint goes on behind a split; a drawn line parts two things.
    goes_on = path.uneven_de <= _MOST_UNEVEN * path.contrast
    from_edge = path.at_edge and path.variety_de >= _EDGE_VARIETY_DE
    across = path.variety_de >= _VARIETY_DE and path.contrast >= _PLAIN_CONTRAST
    rivals = sorted(other.contrast for other in others if other is not path)[::-1]
    outstanding = (
        len(rivals) < _MOST_SPLITS
        or path.contrast >= _OUTSTANDING * rivals[_MOST_SPLITS - 1]
    )
    return line and goes_on and outstanding and (from_edge or across)


def _straight_part(rows: Array, columns: Array) -> tuple[Array, Array]:
    """Longest run of a path that keeps to one line: where it strays it is not split."""
    lag = max(1, len(rows) // 3)
    slope = np.median((columns[lag:] - columns[:-lag]) / lag)
    stray = columns - slope * (rows - rows[0])
    near = np.abs(stray - np.median(stray)) <= max(_STRAY_PX, _STRAY_PART * len(rows))
    ends = np.flatnonzero(np.diff(np.concatenate([[0], near.view(np.int8), [0]])))
    runs = ends.reshape(-1, 2)
    first, last = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return rows[first:last], columns[first:last]


def _measured(
    rows: Array, columns: Array, dark: Array, lab: Array, inside: Array
) -> SplitPath:
    height, width = dark.shape
    seen = dark[rows, columns]
    for step in (-1, 1):
        seen = np.maximum(seen, dark[rows, np.clip(columns + step, 0, width - 1)])
    left = lab[rows, np.clip(columns - _SIDE_PX, 0, width - 1)]
    right = lab[rows, np.clip(columns + _SIDE_PX, 0, width - 1)]
    sides = np.concatenate([left, right])
    straight = np.polynomial.Polynomial.fit(rows, columns, 1)(rows)
    ends = [
        rows[0] < _EDGE_PX,
        rows[-1] >= height - _EDGE_PX,
        *(
            not inside[np.clip(rows[k] + step, 0, height - 1), columns[k]]
            for k, step in ((0, -_EDGE_PX), (-1, _EDGE_PX))
        ),
    ]
    return SplitPath(
        rows,
        columns,
        float((seen >= _SEEN_CONTRAST).mean()),
        float(np.minimum(seen, _FULL_CONTRAST * 2).mean(dtype=np.float64)),
        float(np.sqrt(sides.var(axis=0, dtype=np.float64).sum())),
        float(np.median(np.abs(left - right)[:, 0])),
        float((columns - straight).std() / len(rows)),
        bool(any(ends)),
    )


def _erase(dark: Array, rows: Array, columns: Array) -> None:
    for step in range(-_CLEAR_PX, _CLEAR_PX + 1):
        dark[rows, np.clip(columns + step, 0, dark.shape[1] - 1)] = 0


@njit(cache=True)
def _best_path(dark: Plane) -> tuple[Array, Array]:
    """Best-scoring path from row to row; it may begin and end anywhere."""
    height, width = dark.shape
    came = np.zeros((height, width), np.int8)
    above = np.zeros(width)
    here = np.zeros(width)
    best, best_row, best_column = 0.0, 0, 0
    for r in range(height):
        for c in range(width):
            most, step = above[c], 0
            if c > 0 and above[c - 1] - _BEND_COST > most:
                most, step = above[c - 1] - _BEND_COST, -1
            if c + 1 < width and above[c + 1] - _BEND_COST > most:
                most, step = above[c + 1] - _BEND_COST, 1
            gain = min(dark[r, c] / _FULL_CONTRAST, 1.0) * (1 + _GAP_COST) - _GAP_COST
            if most <= 0.0:
                most, step = 0.0, _STARTS_HERE
            here[c] = max(most + gain, 0.0)
            came[r, c] = step
            if here[c] > best:
                best, best_row, best_column = here[c], r, c
        above, here = here, above
    rows = np.empty(height, np.int64)
    columns = np.empty(height, np.int64)
    length = 0
    r, c = best_row, best_column
    while best > 0:
        rows[length], columns[length] = r, c
        length += 1
        if came[r, c] == _STARTS_HERE or r == 0:
            break
        c += came[r, c]
        r -= 1
    return rows[:length][::-1].copy(), columns[:length][::-1].copy()

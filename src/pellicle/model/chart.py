# SPDX-License-Identifier: Apache-2.0
"""The chart that a print setup is calibrated with: its patches.

Job: which inks and how much white on every patch, in which order.
Not here: where patches stand on the sheet (`io/chart_sheet.py`), what is made of their
measurements (`colour/print_fit.py`).

Patches lie in an order without order, always the same, so that neighbours differ (an
instrument that reads rows tells them apart) and so that an unevenness of the printer
is not mistaken for a property of an ink.
"""

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

PLATE_STEPS = 255
COLUMNS = 24
VERNIER_STEP_UM = 50
VERNIER_REACH = 10
"""Steps to either side of the middle."""

WHITE_LEVELS = (0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0)
_RAMP = (0.06, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_FILM_RAMP = (0.12, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0)
_GRID = (0.0, 0.33, 0.66, 1.0)
_DARK_GRID = (0.0, 0.45, 0.9)
_BLACKS = (0.2, 0.5, 0.8)
_GREYS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
_GREY_RATIOS = (1.0, 0.8, 0.78)
_SOLIDS = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))
_PARTS_OF_WHITE = (0.25, 0.5, 0.75)
_SPREAD_OVER_WHITE, _SPREAD_ON_FILM = 56, 24
_UNPRINTED_REPEATS = 4
_LEVEL_REPEATS = 2
_SEED = 20_250_101

Inks = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ChartPatch:
    """One patch.

    Attributes
    ----------
    name
        Row letter and column number on the chart.
    inks
        Plate values of cyan, magenta, yellow and black, 0 to 1, multiples of 1/255.
    white
        Plate value of white.
    """

    name: str
    inks: Inks
    white: float


def chart_patches(
    ink_limit: float, *, with_white: bool = True
) -> tuple[ChartPatch, ...]:
    """Patches row by row.

    Parameters
    ----------
    ink_limit
        Most C+M+Y+K, 0 to 4; patches with more are left out.
    with_white
        Whether the printer has white ink; else all patches lie on clear film.
    """
    wanted = [(inks, float(with_white)) for inks in _over_white(ink_limit)]
    if with_white:
        wanted += _about_white(ink_limit)
    order = list(range(len(wanted)))
    random.Random(_SEED).shuffle(order)  # noqa: S311 -- an order, not a secret
    return tuple(
        ChartPatch(
            patch_name(place), _snapped(wanted[number][0]), _step(wanted[number][1])
        )
        for place, number in enumerate(order)
    )


def _about_white(ink_limit: float) -> list[tuple[Inks, float]]:
    """Inks on clear film, white alone, colours on parts of white."""
    wanted: list[tuple[Inks, float]] = []
    wanted += [(inks, 0.0) for inks in _on_film(ink_limit)]
    wanted += [
        ((0.0, 0.0, 0.0, 0.0), level)
        for level in WHITE_LEVELS[1:-1]
        for _ in range(_LEVEL_REPEATS)
    ]
    wanted += [
        (_within(tuple(0.6 * value for value in inks), ink_limit), level)
        for inks in _SOLIDS
        for level in _PARTS_OF_WHITE
    ]
    return wanted


def patch_name(place: int) -> str:
    """Name of the patch at a place: rows A, B, … AA, columns from 1."""
    row, column = divmod(place, COLUMNS)
    high, low = divmod(row, 26)
    letters = (chr(64 + high) if high else "") + chr(65 + low)
    return f"{letters}{column + 1}"


def _over_white(limit: float) -> list[Inks]:
    bare: Inks = (0.0, 0.0, 0.0, 0.0)
    chosen = [*_singles(_RAMP)]
    chosen += [(c, m, y, 0.0) for c, m, y in itertools.product(_GRID, repeat=3)]
    chosen += [
        (c, m, y, k)
        for k in _BLACKS
        for c, m, y in itertools.product(_DARK_GRID, repeat=3)
    ]
    chosen += [_grey(grey, 0.0) for grey in _GREYS]
    chosen += [_grey(0.6 * grey, grey) for grey in _GREYS]
    chosen += list(_spread(_SPREAD_OVER_WHITE, limit))
    return [bare] * _UNPRINTED_REPEATS + _unlike(chosen, limit)


def _on_film(limit: float) -> list[Inks]:
    bare: Inks = (0.0, 0.0, 0.0, 0.0)
    chosen = [*_singles(_FILM_RAMP)]
    chosen += [
        (c, m, y, 0.0) for c, m, y in itertools.product((0.0, 0.5, 1.0), repeat=3)
    ]
    chosen += [_grey(grey, 0.3 * grey) for grey in _GREYS]
    chosen += list(_spread(_SPREAD_ON_FILM, limit))
    return [bare] * _UNPRINTED_REPEATS + _unlike(chosen, limit)


def _singles(steps: tuple[float, ...]) -> Iterator[Inks]:
    for ink in range(4):
        for step in steps:
            inks = [0.0] * 4
            inks[ink] = step
            yield inks[0], inks[1], inks[2], inks[3]


def _grey(depth: float, black: float) -> Inks:
    c, m, y = (depth * ratio for ratio in _GREY_RATIOS)
    return c, m, y, black


def _spread(count: int, limit: float) -> Iterator[Inks]:
    """Evenly spread mixtures (additive recurrence, Roberts 2018), within the limit."""
    ratio = 1.0
    for _ in range(20):
        ratio = (1.0 + ratio) ** (1.0 / 5.0)
    steps = [ratio ** -(axis + 1) for axis in range(4)]
    found, number = 0, 0
    while found < count:
        number += 1
        c, m, y, k = (math.fmod(0.5 + number * step, 1.0) for step in steps)
        mixture = (c, m, y, k * k)
        if sum(mixture) <= limit or number > 100 * count:
            found += 1
            yield _within(mixture, limit)


def _within(inks: tuple[float, ...], limit: float) -> Inks:
    share = min(1.0, limit / max(sum(inks), 1e-9))
    c, m, y, k = (value * share for value in inks)
    return c, m, y, k


def _unlike(chosen: list[Inks], limit: float) -> list[Inks]:
    """Each once, without the bare medium and without what the limit forbids."""
    kept = dict.fromkeys(_snapped(inks) for inks in chosen if 0 < sum(inks) <= limit)
    return list(kept)


def _snapped(inks: Inks) -> Inks:
    # Down, so that a sum at the limit stays there.
    c, m, y, k = (
        math.floor(value * PLATE_STEPS + 1e-6) / PLATE_STEPS for value in inks
    )
    return c, m, y, k


def _step(value: float) -> float:
    return round(value * PLATE_STEPS) / PLATE_STEPS

# SPDX-License-Identifier: Apache-2.0
"""How much white goes under a colour.

Job: for each pixel, the least white that the printer can make and that does.
Not here: its choke (`raster/choke.py`), the ink on it (`ink.py`).
Terms: the *underprint* is the white layer; its *levels* are the coverages that the
print setup allows.
"""

import numpy as np

from pellicle.colour.film import FilmModel
from pellicle.colour.optics import Bands
from pellicle.model.arrays import Array
from pellicle.model.print_setup import White
from pellicle.stages.mask.ink import JUST_SEEN_DE00, solve_ink


def least_white(model: FilmModel, paint_linear: Bands, target_linear: Bands) -> Array:
    """Coverage of white for each pixel, before choking.

    The levels above 0 are tried from the least: the first whose predicted ΔE00 is at
    most 1 and in gamut is taken; where none is, the one of least ΔE00 (of several equal
    ones the least white). The difference does not fall steadily with the white, so
    every level is tried in turn.

    Parameters
    ----------
    model
        Film, white and inks.
    paint_linear, target_linear
        (N, 3) float32 linear Rec.2020 on D50: what is there, what is wanted.

    Returns
    -------
    white
        (N,) float32, one of the setup's levels, above 0.

    Notes
    -----
    A setup that knows white only as none or full has nothing to try.
    """
    levels = model.setup.white.levels[1:]
    white = np.full(len(paint_linear), levels[0], np.float32)
    if len(levels) == 1:
        return white
    least_de00 = np.full(len(white), np.inf, np.float32)
    seeking = np.arange(len(white))
    for level in levels:
        coverage = np.full(len(seeking), level, np.float32)
        base = model.base(paint_linear[seeking], coverage)
        solution = solve_ink(model, target_linear[seeking], base, coverage)
        does = solution.in_gamut & (solution.difference_de00 <= JUST_SEEN_DE00)
        better = does | (solution.difference_de00 < least_de00[seeking])
        white[seeking[better]] = level
        least_de00[seeking[better]] = solution.difference_de00[better]
        seeking = seeking[~does]
        if not len(seeking):
            break
    return white


def nearest_level(setup: White, white: Array) -> Array:
    """White that the printer can make nearest to what is wanted.

    Parameters
    ----------
    setup
        White of the print setup; one that makes any coverage leaves it as it is.
    white
        (N,) float32, 0 to 1.

    Returns
    -------
    allowed
        (N,) float32, one of the setup's levels; halfway between two, the lower.
    """
    if setup.continuous:
        return white
    levels = np.array(setup.levels, np.float32)
    between = (levels[1:] + levels[:-1]) / 2
    return levels[np.searchsorted(between, white, side="left")]

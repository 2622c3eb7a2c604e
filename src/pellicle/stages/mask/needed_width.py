# SPDX-License-Identifier: Apache-2.0
"""How wide something would have to be for a film to be worth printing.

Job: from a measured B, the width at which it would fall to the limit.
Not here: measuring it (`alignability.py`).
Terms: widths are in δ, the film's displacement per axis.
"""

import math

from pellicle.stages.mask.alignability import Alignment

_HALVINGS = 40


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
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if contrast * crack_ratio(middle) > left else (low, middle)
        )
    return high

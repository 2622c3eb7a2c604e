# SPDX-License-Identifier: Apache-2.0
"""Proofs that are asked for on the command line, as settings.

Job: from distances and "DX,DY" to entries of `[settings.proof]`.
Not here: limits (`settings.py`), the proofs (`picture_exports.py`).
"""

import math
from collections.abc import Sequence
from typing import Any

from pellicle.errors import BadSettingError

NONE = "none"


def proofs_asked(
    distances_mm: Sequence[float] | None, shifts_um: Sequence[str] | None
) -> dict[str, Any]:
    """Changes of settings; None or nothing given changes nothing.

    Raises
    ------
    BadSettingError
        If a shift is no pair of numbers, or what takes back does not stand alone.
    """
    asked: dict[str, Any] = {}
    if distances_mm:
        if 0 in distances_mm and len(distances_mm) > 1:
            needed = "0 takes back every distance, and stands alone"
            raise BadSettingError("--distance-mm", "0 beside others", needed)
        given = sorted(set(distances_mm) - {0})
        asked["settings.proof.distances_mm"] = given
    if shifts_um:
        if NONE in shifts_um and len(shifts_um) > 1:
            needed = "it takes back every shift, and stands alone"
            raise BadSettingError("--shift-um", "none beside others", needed)
        pairs = [_pair(one) for one in dict.fromkeys(shifts_um) if one != NONE]
        asked["settings.proof.shifts_um"] = pairs
    return asked


def _pair(text: str) -> list[float]:
    try:
        right, down = (float(number) for number in text.split(","))
    except ValueError:
        right = down = math.nan
    if not (math.isfinite(right) and math.isfinite(down)):
        needed = "two numbers DX,DY in micrometres are needed: right, down"
        raise BadSettingError("--shift-um", text, needed)
    return [right, down]

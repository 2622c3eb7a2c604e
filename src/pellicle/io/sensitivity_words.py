# SPDX-License-Identifier: Apache-2.0
"""What other sensitivities would map, as a table: for the report and the terminal.

Job: rows of words from figures.
Not here: counting (`workflow/sensitivity.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pellicle.io.report_content import ReportTable
from pellicle.io.report_words import set_area, set_number
from pellicle.stages.condition.network import SEEN_CLASSES

NOTE = (
    "Regions and their area that would be found at other sensitivities "
    "(--sensitivity, 0 to 1), before files and persons add to them or correct them. "
    "Counted at about 85 µm a pixel: the map differs a little where the scan is finer."
)


def sensitivity_table(counted: Sequence[Mapping[str, Any]]) -> ReportTable | None:
    """What each sensitivity would map.

    Parameters
    ----------
    counted
        `at_sensitivity` of the figures.

    Returns
    -------
    table
        A row a sensitivity; None when nothing was counted.
    """
    if not counted:
        return None
    by_class = counted[0]["by_class"]
    classes = [one.label for one in SEEN_CLASSES if one.label in by_class]
    rows = [
        (
            f"{one['sensitivity']:g}{' (set)' if one['asked'] else ''}",
            *(_told(one["by_class"][name]) for name in classes),
        )
        for one in counted
    ]
    return ReportTable(
        "What another sensitivity would map",
        NOTE,
        ("Sensitivity", *(f"{name}, regions · mm²" for name in classes)),
        tuple(rows),
    )


def _told(mapped: Mapping[str, Any]) -> str:
    return f"{set_number(mapped['regions'])} · {set_area(mapped['area_mm2'])}"

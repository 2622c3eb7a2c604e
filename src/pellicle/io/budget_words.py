# SPDX-License-Identifier: Apache-2.0
"""The error budget in sentences and as a table for other programs.

Job: what to improve first, whether the film lies as well as was reckoned with; CSV.
Not here: the terms (`workflow/error_budget.py`), the page (`io/report.py`).
"""

import csv
import io
import json
from collections.abc import Iterator

from pellicle.io.report_words import set_number
from pellicle.model.error_budget import Advice, ErrorBudget

_COLUMNS = (
    *("axis", "name", "label", "group", "value", "unit", "basis", "grows"),
    *("middle_um", "corner_across_um", "corner_down_um", "half_diagonal_um"),
    *("source", "remedy", "value_then"),
)


def agreement(budget: ErrorBudget) -> str:
    """Whether the budget agrees with the displacement that was reckoned with."""
    across, down = budget.corner_um
    middle, corner = set_number(budget.middle_um), set_number(max(across, down))
    told = (
        f"What is printed was chosen for a film {budget.displacement_um:g} µm off, one "
        f"standard deviation along each axis; the budget comes to {middle} µm in the "
        f"middle of the work and to {corner} µm at its corner"
    )
    if budget.agrees:
        return f"{told}: they agree."
    return (
        f"{told}, which is more: away from the middle, fine places will be covered "
        "less well than their figures say. Improve the terms, or state the larger "
        "value as displacement_um in the print setup."
    )


def improvements(budget: ErrorBudget) -> Iterator[str]:
    """What to do first, for the film's place and for its colour."""
    length, colour = budget.first_length, budget.first_colour
    if length is not None:
        totals = f"{set_number(length.before)} to {set_number(length.after)} µm"
        yield f"{_begun(length)} takes the total per axis at the corner from {totals}."
    if colour is not None:
        totals = f"{set_number(colour.before, 1)} to {set_number(colour.after, 1)}"
        yield f"{_begun(colour)} takes the total of the colour from ΔE00 {totals}."


def _begun(advice: Advice) -> str:
    remedy = advice.term.remedy
    return f"{advice.term.label} first: {'' if remedy is None else remedy.words}"


def budget_json(budget: ErrorBudget) -> str:
    """Content of `error-budget.json`."""
    told = {
        **budget.as_json(),
        "agreement": agreement(budget),
        "improve_first": list(improvements(budget)),
    }
    return f"{json.dumps(told, indent=1, ensure_ascii=False)}\n"


def budget_csv(budget: ErrorBudget) -> str:
    """Content of `error-budget.csv`: a line a term, and the totals."""
    content = budget.as_json()
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for axis in ("position", "colour"):
        for term in content[axis]["terms"]:
            writer.writerow({"axis": axis, **term})
    position = content["position"]
    places = ("middle_um", "corner_across_um", "corner_down_um")
    totals = {place: position[place] for place in places}
    writer.writerow({"axis": "position", "name": "total", "unit": "µm", **totals})
    total_de00 = content["colour"]["total_de00"]
    writer.writerow(
        {"axis": "colour", "name": "total", "value": total_de00, "unit": "ΔE00"}
    )
    return text.getvalue()

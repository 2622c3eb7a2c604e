# SPDX-License-Identifier: Apache-2.0
"""The error budget as a section of the report: rows with bars, and what to do first.

Job: from a budget, what the template sets.
Not here: the terms (`workflow/error_budget.py`), the page (`io/report.py`).
"""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from pellicle.io.budget_words import agreement, improvements
from pellicle.io.report_content import BudgetRow, BudgetSection, BudgetTable
from pellicle.io.report_words import set_number
from pellicle.model.error_budget import ErrorBudget, ErrorTerm

_BAR_PX = 200
_HIGH_PX = 12


def budget_section(budget: ErrorBudget) -> BudgetSection:
    """Section of the report about a budget."""
    return BudgetSection(
        agreement=agreement(budget),
        agrees=budget.agrees,
        tables=(_lengths(budget), _colours(budget)),
    )


def _lengths(budget: ErrorBudget) -> BudgetTable:
    # The longer axis: what it takes for the film to lie well everywhere.
    far_mm = max(budget.reach_mm)
    most = max(budget.corner_um)
    rows = []
    for term in _largest_first(budget.lengths, far_mm):
        near_um, far_um = term.at(0), term.at(far_mm)
        grows = _growth(term, budget) if term.unit == "ppm" else ""
        rows.append(
            BudgetRow(
                term.label,
                (set_number(near_um), set_number(far_um)),
                _bar(near_um / most, far_um / most, term.label),
                term.basis.value,
                f"{term.source}{grows}",
            )
        )
    total = (set_number(budget.middle_um), set_number(most))
    bar = _bar(budget.middle_um / most, 1.0, "Total")
    rows.append(BudgetRow("Total", total, bar))
    return BudgetTable(
        title="Where the film lies, µm along each axis",
        columns=("middle", "corner"),
        rows=tuple(rows),
        advice=_advice(budget, 0),
    )


def _growth(term: ErrorTerm, budget: ErrorBudget) -> str:
    diagonal_mm = set_number(budget.half_diagonal_mm)
    um = set_number(term.at(budget.half_diagonal_mm))
    ppm = set_number(term.value)
    return f" {ppm} ppm × {diagonal_mm} mm of half diagonal = {um} µm."


def _colours(budget: ErrorBudget) -> BudgetTable:
    most = budget.colour_de00 or 1.0
    rows = [
        BudgetRow(
            term.label,
            (set_number(term.value, 1),),
            _bar(term.value / most, term.value / most, term.label),
            term.basis.value,
            term.source,
        )
        for term in _largest_first(budget.colours, 0)
    ]
    total_de00 = set_number(budget.colour_de00, 1)
    total = BudgetRow("Total", (total_de00,), _bar(1, 1, "Total"))
    return BudgetTable(
        title="Its colour, ΔE00",
        columns=("mean",),
        rows=(*rows, total),
        advice=_advice(budget, 1),
    )


def _largest_first(
    terms: Sequence[ErrorTerm], distance_mm: float
) -> Iterator[ErrorTerm]:
    yield from sorted(terms, key=lambda term: (-term.at(distance_mm), term.name))


def _advice(budget: ErrorBudget, axis: int) -> str:
    advised = (budget.first_length, budget.first_colour)
    if advised[axis] is None:
        return "No single term stands out."
    said = list(improvements(budget))
    return said[axis if advised[0] is not None else 0]


def _bar(near: float, far: float, label: str) -> Markup:
    """Two lengths in one bar, as shares of the longest."""
    wide = [round(_BAR_PX * min(max(share, 0), 1), 1) for share in (near, far)]
    rectangles = "".join(
        f'<rect class="{name}" width="{px:g}" height="{_HIGH_PX}"/>'
        for name, px in (("bar-far", wide[1]), ("bar-near", wide[0]))
    )
    told = Markup("{}: {:.0f} % of the total").format(label, 100 * far)
    return Markup(  # noqa: S704 -- numbers, and a label that was escaped
        f'<svg class="bar" viewBox="0 0 {_BAR_PX} {_HIGH_PX}" role="img" '
        f'aria-label="{told}" preserveAspectRatio="none">{rectangles}</svg>'
    )

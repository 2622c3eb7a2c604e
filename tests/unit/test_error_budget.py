# SPDX-License-Identifier: Apache-2.0
import csv
import io
import json
import math
from dataclasses import replace

import pytest
from pydantic import ValidationError

from pellicle.io.budget_words import agreement, budget_csv, budget_json, improvements
from pellicle.io.report_budget import budget_section
from pellicle.model.error_budget import (
    Basis,
    BudgetSettings,
    ErrorBudget,
    ErrorTerm,
    Remedy,
    total,
)


def term(name: str, value: float, unit: str, remedy: Remedy | None = None) -> ErrorTerm:
    label = name.capitalize()
    return ErrorTerm(name, label, "any", value, unit, Basis.ASSUMED, "A guess.", remedy)


HAND = term("hand", 250.0, "µm", Remedy("aligning with 100 µm, not 250 µm", 100.0))
LAYERS = term("layers", 60.0, "µm")
SUPPORT = term("support", 1000.0, "ppm", Remedy("keeping the humidity", 400.0))
CAPTURE = term("capture", 2.0, "ΔE00", Remedy("profiling the capture", 1.0))
MODEL = term("model", 1.5, "ΔE00")
BUDGET = ErrorBudget((300.0, 400.0), 250.0, (HAND, LAYERS, SUPPORT), (CAPTURE, MODEL))


def test_terms_add_up_by_their_squares_and_growing_ones_with_the_distance() -> None:
    assert total([HAND, LAYERS], 0) == pytest.approx(math.sqrt(250**2 + 60**2))
    assert SUPPORT.at(0) == 0
    assert SUPPORT.at(200) == pytest.approx(200)  # 1000 ppm of 200 mm
    assert BUDGET.middle_um == pytest.approx(257.099, abs=0.001)
    assert BUDGET.corner_um == pytest.approx(
        (math.hypot(250, 60, 150), math.hypot(250, 60, 200))
    )
    assert BUDGET.half_diagonal_mm == 250
    assert BUDGET.colour_de00 == pytest.approx(2.5)


def test_the_term_whose_remedy_gains_most_comes_first() -> None:
    advice = BUDGET.first_length
    assert advice is not None
    assert advice.term is HAND
    assert advice.before == pytest.approx(math.hypot(250, 60, 200))
    assert advice.after == pytest.approx(math.hypot(100, 60, 200))
    large = replace(BUDGET, size_mm=(3000.0, 4000.0))
    assert large.first_length is not None
    assert large.first_length.term is SUPPORT
    none = replace(BUDGET, lengths=(LAYERS,), colours=(MODEL,))
    assert none.first_length is None
    assert list(improvements(none)) == []
    little = term("hand", 250.0, "µm", Remedy("holding one's breath", 249.0))
    assert replace(BUDGET, lengths=(little,)).first_length is None


def test_sentences_say_what_to_do_and_what_it_gains() -> None:
    place, colour = improvements(BUDGET)
    assert place == (
        "Hand first: aligning with 100 µm, not 250 µm takes the total per axis at the "
        "corner from 326 to 232 µm."
    )
    assert colour.endswith("takes the total of the colour from ΔE00 2.5 to 1.8.")
    assert not BUDGET.agrees
    more = "257 µm in the middle of the work and to 326 µm at its corner, which is more"
    assert more in agreement(BUDGET)
    assert "displacement_um" in agreement(BUDGET)
    small = replace(BUDGET, size_mm=(30.0, 40.0))
    assert small.agrees
    assert agreement(small).endswith("they agree.")


def test_files_hold_each_term_and_the_totals() -> None:
    told = json.loads(budget_json(BUDGET))
    support = told["position"]["terms"][2]
    assert support["grows"] is True
    assert (support["middle_um"], support["half_diagonal_um"]) == (0, 250)
    assert (support["corner_across_um"], support["corner_down_um"]) == (150, 200)
    assert told["position"]["corner_down_um"] == 325.7
    assert told["position"]["improve_first"]["total_after"] == 231.5
    assert told["colour"]["total_de00"] == 2.5
    rows = list(csv.DictReader(io.StringIO(budget_csv(BUDGET))))
    assert [row["name"] for row in rows] == [
        *("hand", "layers", "support", "capture", "model", "total", "total")
    ]
    assert rows[2]["corner_down_um"] == "200.0"
    assert rows[-1]["value"] == "2.5"


def test_the_section_sorts_by_size_at_the_corner_and_draws_bars_to_scale() -> None:
    place, colour = budget_section(BUDGET).tables
    labels = [row.label for row in place.rows]
    assert labels == ["Hand", "Support", "Layers", "Total"]
    assert place.rows[1].values == ("0", "200")
    assert 'class="bar-near" width="0"' in place.rows[1].bar
    width = 200 * 200 / math.hypot(250, 60, 200)
    assert f'class="bar-far" width="{width:.1f}"' in place.rows[1].bar
    assert 'class="bar-far" width="200"' in place.rows[-1].bar
    assert [row.values for row in colour.rows] == [("2.0",), ("1.5",), ("2.5",)]
    hostile = replace(HAND, label="<b>")
    section = budget_section(replace(BUDGET, lengths=(hostile,)))
    assert "<b>" not in section.tables[0].rows[0].bar


def test_settings_know_whether_a_person_gave_them() -> None:
    given = BudgetSettings(humidity_percent=3)
    assert given.basis_of("humidity_percent") is Basis.GIVEN
    assert given.basis_of("humidity_percent", "support_ppm_per_rh") is Basis.ASSUMED
    with pytest.raises(ValidationError):
        BudgetSettings(humidity_percent=-1)

# SPDX-License-Identifier: Apache-2.0
"""A decision says one thing, and says it whole."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from pellicle.model.condition import DamageClass
from pellicle.model.decision import Decision, Verdict
from pellicle.model.recolouring import ColourPair, Recolouring
from pellicle.model.style import RetouchingStyle
from pellicle.workflow.selection import UNDECIDED

PAIR = ColourPair(from_lab=(50, 0, 0), to_lab=(40, 3, 4))
PAIRS = Recolouring(pairs=(PAIR,), file="mantle.csv", sha256="0" * 64)


def said(verdict: Verdict, **more: Any) -> Decision:
    return Decision(
        made=datetime(2026, 1, 2, tzinfo=UTC),
        by="Ada",
        verdict=verdict,
        region_id="region1",
        damage_class=DamageClass.DISCOLOURED,
        polygons=[],
        **more,
    )


def test_styles_and_colours_come_back_from_a_line_of_json() -> None:
    for one in (
        said(Verdict.STYLE, style=RetouchingStyle.NEUTRAL),
        said(Verdict.RECOLOUR, recolouring=PAIRS),
    ):
        assert Decision.model_validate_json(one.model_dump_json()) == one


def test_decisions_in_words() -> None:
    style = said(Verdict.STYLE, style=RetouchingStyle.NEUTRAL)
    assert style.in_words == "style: neutral"
    colours = said(Verdict.RECOLOUR, recolouring=PAIRS)
    assert colours.in_words == "recolour: by mantle.csv"


@pytest.mark.parametrize(
    ("verdict", "more"),
    [
        (Verdict.STYLE, {}),
        (Verdict.NOTE, {"style": RetouchingStyle.NEUTRAL}),
        (Verdict.RECOLOUR, {}),
        (Verdict.APPROVE, {"recolouring": PAIRS}),
    ],
)
def test_half_a_decision_is_none(verdict: Verdict, more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="verdict"):
        said(verdict, **more)


def test_the_last_word_on_colours_and_method_holds() -> None:
    recoloured = UNDECIDED.then(said(Verdict.LEAVE))
    recoloured = recoloured.then(said(Verdict.RECOLOUR, recolouring=PAIRS))
    assert (recoloured.recolouring, recoloured.recoloured_by) == (PAIRS, "Ada")
    assert not recoloured.left_by
    infilled = recoloured.then(said(Verdict.METHOD, method="patches"))
    assert infilled.recolouring is None
    assert infilled.method == "patches"
    styled = infilled.then(said(Verdict.STYLE, style=RetouchingStyle.LIGHTER))
    assert styled.style is RetouchingStyle.LIGHTER
    assert styled.method == "patches"

# SPDX-License-Identifier: Apache-2.0
import pytest

from pellicle.errors import BadRuleError
from pellicle.model.region_rule import parse_rule

KNOWN = {
    "class": frozenset({"loss", "craquelure"}),
    "evidence": frozenset({"copied", "none"}),
    "method": frozenset({"patches", "none"}),
    "origin": frozenset({"found", "given", "person"}),
}
FACTS = {
    "area_mm2": 0.4,
    "confidence": 0.55,
    "class": "loss",
    "evidence": "none",
    "method": "none",
    "origin": "found",
}


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        ("area_mm2 < 0.5 and confidence < 0.6", True),
        ("area_mm2<0.5and confidence<0.6", None),
        ("area_mm2<.5 AND Confidence<=0.55", True),
        ("area_mm2 >= 4e-1", True),
        ("area_mm2 > 0.4", False),
        ("area_mm2 = 0.4", True),
        ("area_mm2 != 0.4", False),
        ("confidence > -1", True),
        ("class = loss", True),
        ("class == 'Loss'", True),
        ('class != "loss"', False),
        ("not class = loss", False),
        ("not not class = loss", True),
        # `and` binds closer than `or`.
        ("class = loss or class = craquelure and area_mm2 > 9", True),
        ("(class = loss or class = craquelure) and area_mm2 > 9", False),
        ("not (area_mm2 > 9 or evidence = copied)", True),
        ("method = none and origin = found", True),
    ],
)
def test_rules_choose_by_number_and_word(rule: str, chosen: bool | None) -> None:
    if chosen is None:
        with pytest.raises(BadRuleError):
            parse_rule(rule, KNOWN)
    else:
        assert parse_rule(rule, KNOWN)(FACTS) is chosen


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("", "its end at character 1; one of area_mm2, class"),
        ("area < 3", "'area' at character 1; one of area_mm2, class"),
        ("area_mm2", "its end at character 9; <, <=, >, >=, = or !="),
        ("area_mm2 < small", "'small' at character 12; a number"),
        ("class < loss", "'<' at character 7; = or !="),
        ("class = hole", "'hole' at character 9; one of craquelure, loss"),
        ("class = loss class = loss", "'class' at character 14; and, or, or the end"),
        ("(class = loss", "its end at character 14; and, or, or a closing bracket"),
        ("class = loss)", r"'\)' at character 13; and, or, or the end"),
        ("class = loss; area_mm2 < 1", "a semicolon at character 13"),
        ("__import__('os')", "'__import__' at character 1"),
        ("not " * 60 + "class = loss", "fewer brackets"),
        ("(" * 2000, "fewer brackets"),
    ],
)
def test_what_is_wrong_with_a_rule_is_named(rule: str, found: str) -> None:
    with pytest.raises(BadRuleError, match=found) as caught:
        parse_rule(rule, KNOWN)
    assert str(caught.value).count("; ") == 2

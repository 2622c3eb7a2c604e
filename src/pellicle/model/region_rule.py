# SPDX-License-Identifier: Apache-2.0
"""Rules that choose regions: "area_mm2 < 0.5 and confidence < 0.6".

A rule compares one of `NUMBERS` with a number by < <= > >= = or !=, or one of `WORDS`
with a word by = or !=. Comparisons are joined by `and`, `or`, `not` and brackets; `not`
binds closest, then `and`. Words may stand in quotation marks.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from pellicle.errors import BadRuleError

RegionFacts: TypeAlias = Mapping[str, float | str]
"""What is known of a region: a value for each of `NUMBERS` and `WORDS`."""

RegionRule: TypeAlias = Callable[[RegionFacts], bool]
"""Whether a region is chosen."""

NUMBERS = ("area_mm2", "confidence")
WORDS = ("class", "evidence", "method", "origin")

_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EQUALS: Mapping[str, Callable[[object, object], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
}
_TOKEN = re.compile(
    r"""\s*(?P<token>[<>]=?|==?|!=|[()]|"[^"]*"|'[^']*'|[\w.+-]+|\S|$)""", re.ASCII
)
_DEEPEST = 50
"""Brackets and `not` inside each other."""


def parse_rule(text: str, known: Mapping[str, frozenset[str]]) -> RegionRule:
    """Read a rule.

    Parameters
    ----------
    known
        Words that each of `WORDS` may have: a rule with another would choose nothing.

    Returns
    -------
    rule
        Cheap; nothing of the text is ever executed.

    Raises
    ------
    BadRuleError
        Naming the place, and what was needed there.
    """
    return _Parser(text, known).whole()


class _Parser:
    """Recursive descent, one word ahead."""

    def __init__(self, text: str, known: Mapping[str, frozenset[str]]) -> None:
        self._text = text
        self._known = known
        self._depth = 0
        words = _TOKEN.finditer(text)
        self._coming = iter([(word["token"], word.start("token")) for word in words])
        self._word, self._at = "", 0
        self._advance()

    def whole(self) -> RegionRule:
        rule = self._either()
        if self._word:
            self._refuse("and, or, or the end")
        return rule

    def _advance(self) -> str:
        taken = self._word
        self._word, self._at = next(self._coming, ("", len(self._text)))
        return taken

    def _either(self) -> RegionRule:
        rules = [self._all()]
        while self._word.lower() == "or":
            self._advance()
            rules.append(self._all())
        return lambda facts: any(rule(facts) for rule in rules)

    def _all(self) -> RegionRule:
        rules = [self._one()]
        while self._word.lower() == "and":
            self._advance()
            rules.append(self._one())
        return lambda facts: all(rule(facts) for rule in rules)

    def _one(self) -> RegionRule:
        if self._word.lower() != "not" and self._word != "(":
            return self._comparison()
        self._depth += 1
        if self._depth > _DEEPEST:
            self._refuse("fewer brackets")
        if self._advance() != "(":
            inner = self._one()
            self._depth -= 1
            return lambda facts: not inner(facts)
        rule = self._either()
        if self._word != ")":
            self._refuse("and, or, or a closing bracket")
        self._advance()
        self._depth -= 1
        return rule

    def _comparison(self) -> RegionRule:
        name = self._word.lower()
        if name in NUMBERS:
            self._advance()
            return self._number_rule(name)
        if name in WORDS:
            self._advance()
            return self._word_rule(name)
        return self._refuse(f"one of {', '.join(sorted((*NUMBERS, *WORDS)))}")

    def _number_rule(self, name: str) -> RegionRule:
        compare = {**_ORDERS, **_EQUALS}.get(self._word)
        if compare is None:
            return self._refuse("<, <=, >, >=, = or !=")
        self._advance()
        try:
            limit = float(self._word)
        except ValueError:
            return self._refuse("a number")
        self._advance()
        return lambda facts: compare(float(facts[name]), limit)

    def _word_rule(self, name: str) -> RegionRule:
        compare = _EQUALS.get(self._word)
        if compare is None:
            return self._refuse("= or !=")
        self._advance()
        word = self._word.strip("\"'").lower()
        if word not in self._known[name]:
            return self._refuse(f"one of {', '.join(sorted(self._known[name]))}")
        self._advance()
        return lambda facts: compare(facts[name], word)

    def _refuse(self, needed: str) -> RegionRule:
        words = {"": "its end", ";": "a semicolon"}
        found = words.get(self._word, repr(self._word))
        raise BadRuleError(self._text, f"{found} at character {self._at + 1}", needed)

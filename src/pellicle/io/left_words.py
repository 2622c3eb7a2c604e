# SPDX-License-Identifier: Apache-2.0
"""Why regions are not printed, by reason, in a few plain words.

Job: from the figures, lines such as "120 too fine for 250 µm · 3 invisible at 500 mm".
Not here: the reason of one region, with its own values (`stages/mask/choice.py`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pellicle.model.mask import LeftReason

_WORDS = {
    LeftReason.DECIDED: "left by a person",
    LeftReason.CLASS: "of a class that is left unless asked for",
    LeftReason.NO_PAINT: "without intact paint near enough",
    LeftReason.TOO_MUCH: "covering too much of the painting",
    LeftReason.AWAITING: "awaiting approval",
    LeftReason.TOO_FINE: "too fine to print, under {smallest_width_um:g} µm",
    LeftReason.INVISIBLE: "invisible at {inspection_mm:g} mm",
    LeftReason.UNALIGNABLE: "too fine for {displacement_um:g} µm",
    LeftReason.NO_HELP: "that a film would not help",
}


def left_in_words(left: Mapping[str, int], judged_by: Mapping[str, float]) -> str:
    """Counts by reason, the most first; empty when nothing is left.

    Parameters
    ----------
    left
        Number of regions by the value of their `LeftReason`.
    judged_by
        Content of the figure `judged_by`: the limits.
    """
    counts = sorted(left.items(), key=lambda one: (-one[1], one[0]))
    return " · ".join(
        f"{count:,} {_WORDS[LeftReason(reason)].format(**judged_by)}"
        for reason, count in counts
    )


def classes_in_words(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of each class of damage, how much of it is printed and why the rest is not."""
    for name, one in figures["by_class"].items():
        regions, printed = one["regions"], one["printed"]
        why = left_in_words(one["left"], figures["judged_by"])
        told = f"{printed:,} of {regions:,} printed"
        yield name, f"{told}; {why}" if why else told

# SPDX-License-Identifier: Apache-2.0
"""Charts of the condition benchmark, as PNG.

Job: bars by class, by contrast and by painting; the reliability diagram.
Not here: pictures of paintings (`bench_condition_sheets`), figures.

Needs matplotlib, of the extra `bench`.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from pellicle.errors import BenchExtraMissingError
from pellicle.workflow.bench_condition_table import (
    CRACK_HEADLINE,
    HEADLINES,
    cracks_only,
    headline,
)

_Axes: TypeAlias = Any
_DPI = 110
_COLOURS = ("#1f4e79", "#c97b2a", "#8a8a8a", "#c9c9c9")
_LIMIT = "#b00020"
_BELOW = "outside lower center"
_SOUND = (("loss", "abrasion", 0.3), ("craquelure", "", 0.5))


def require_charts() -> None:
    """Make sure that charts can be drawn, before anything is measured.

    Raises
    ------
    BenchExtraMissingError
        If matplotlib is not installed.
    """
    try:
        import_module("matplotlib.figure")
    except ImportError as error:
        raise BenchExtraMissingError(error.name or "matplotlib") from error


def draw_charts(figures: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw all charts there are figures for."""
    charts = {"classes.png": _classes, "contrast.png": _contrast}
    charts["reliability.png"] = _reliability
    charts["craquelure-by-contrast.png"] = _by_contrast
    if "sound" in figures:
        charts["sound.png"] = _sound
    paths = []
    for name, draw in charts.items():
        figure = draw(figures)
        figure.savefig(folder / name, dpi=_DPI)
        paths.append(folder / name)
    return paths


def _figure(
    width: float, height: float, columns: int = 1
) -> tuple[Any, Sequence[_Axes]]:
    module = import_module("matplotlib.figure")
    figure = module.Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(1, columns, squeeze=False)[0]
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _classes(figures: Mapping[str, Any]) -> Any:
    """F1 of what is looked at first, by method."""
    methods = figures["methods"]
    figure, (axes,) = _figure(9, 4)
    width = 0.8 / len(methods)
    for place, (name, method) in enumerate(methods.items()):
        shown = [
            (x, headline(method["groups"]["all"], one))
            for x, one in enumerate(HEADLINES)
            if one == CRACK_HEADLINE or not cracks_only(method)
        ]
        at = [x - 0.4 + width * (place + 0.5) for x, _ in shown]
        values = [value for _, value in shown]
        bars = axes.bar(at, values, 0.92 * width, color=_COLOURS[place], label=name)
        axes.bar_label(bars, fmt="%.2f", fontsize=8)
    for x, (_, wanted) in enumerate(HEADLINES.values()):
        axes.hlines(wanted, x - 0.42, x + 0.42, colors=_LIMIT, linestyles="dashed")
    axes.set_xticks(range(len(HEADLINES)), [n.replace(", ", "\n") for n in HEADLINES])
    axes.set_ylim(0, 1.05)
    axes.set_title("Frozen test set, synthetic damage (dashed: what is wanted)")
    _tell_methods(figure, axes)
    return figure


def _tell_methods(figure: Any, axes: _Axes) -> None:
    """Which colour is which method, below the charts, where it hides nothing."""
    drawn, names = axes.get_legend_handles_labels()
    figure.legend(drawn, names, loc=_BELOW, ncols=len(names), frameon=False)


def _contrast(figures: Mapping[str, Any]) -> Any:
    """The same by contrast group, for methods that map all classes."""
    figure, axes = _figure(12, 3.6, len(HEADLINES))
    for one, name in zip(axes, HEADLINES, strict=True):
        for place, (method, found) in enumerate(figures["methods"].items()):
            if cracks_only(found) and name != CRACK_HEADLINE:
                continue
            groups = [group for group in found["groups"] if group != "all"]
            values = [headline(found["groups"][group], name) for group in groups]
            one.plot(groups, values, marker="o", color=_COLOURS[place], label=method)
        one.set_ylim(0, 1)
        one.set_title(name, fontsize=9)
    _tell_methods(figure, axes[0])
    return figure


def _by_contrast(figures: Mapping[str, Any]) -> Any:
    """Recall of craquelure by how far it stands out, and how much of it does."""
    figure, (axes,) = _figure(7, 4)
    for place, (name, method) in enumerate(figures["methods"].items()):
        rows = method["craquelure_by_contrast"]
        steps = [f"{row['from']:g}" for row in rows]
        if place == 0:
            shares = [row["share"] for row in rows]
            axes.bar(steps, shares, color="#e8e2d6", label="share of all lines")
        recalls = [row["recall"] for row in rows]
        axes.plot(steps, recalls, marker="o", color=_COLOURS[place], label=name)
    axes.set_ylim(0, 1)
    axes.set_xlabel("stands out by, in standard deviations of the paint beside it")
    axes.set_ylabel("recall of centre lines at 2 px")
    axes.set_title("Craquelure of the frozen test set")
    _tell_methods(figure, axes)
    return figure


def _reliability(figures: Mapping[str, Any]) -> Any:
    """What was said against how often it was right."""
    figure, axes = _figure(9.5, 4.4, 2)
    kinds = (
        ("reliability_mapped", "expected_error_mapped", "Pixels that were mapped"),
        ("reliability_all", "expected_error_all", "All pixels"),
    )
    for one, (bins, error, title) in zip(axes, kinds, strict=True):
        one.plot([0, 1], [0, 1], color="#999999", linewidth=1)
        for place, (name, method) in enumerate(figures["methods"].items()):
            rows = method["groups"]["all"][bins]
            if cracks_only(method) or not rows:
                continue
            said, right = ([row[key] for row in rows] for key in ("said", "right"))
            label = f"{name}, error {method['groups']['all'][error]:.3f}"
            one.plot(said, right, marker="o", color=_COLOURS[place], label=label)
        one.set_xlabel("confidence said")
        one.set_ylabel("part that is damaged")
        one.set_title(title)
        if len(one.lines) > 1:  # else nothing was mapped, and nothing is to be named
            one.legend(loc="upper left", frameon=False, fontsize=8)
    return figure


def _sound(figures: Mapping[str, Any]) -> Any:
    """Sound paint called damage, by painting."""
    paintings = figures["sound"]["paintings"]
    methods = [n for n, m in figures["methods"].items() if not cracks_only(m)]
    figure, axes = _figure(12, 4, len(_SOUND))
    width = 0.8 / len(methods)
    for one, (kind, also, wanted) in zip(axes, _SOUND, strict=True):
        for place, method in enumerate(methods):
            values = [
                sum(
                    painting["false_alarms"][method][name]["area_percent"]
                    for name in (kind, also)
                    if name
                )
                for painting in paintings
            ]
            at = np.arange(len(paintings)) - 0.4 + width * (place + 0.5)
            one.bar(at, values, 0.92 * width, color=_COLOURS[place], label=method)
        one.axhline(wanted, color=_LIMIT, linestyle="dashed")
        names = [painting["name"] for painting in paintings]
        one.set_xticks(range(len(paintings)), names, rotation=90)
        one.set_ylabel("% of sound paint")
        one.set_title(f"Wrongly called {' or '.join(n for n in (kind, also) if n)}")
    _tell_methods(figure, axes[0])
    return figure

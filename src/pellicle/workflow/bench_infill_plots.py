# SPDX-License-Identifier: Apache-2.0
"""Charts of the infill benchmark, as PNG. Needs matplotlib, of the extra `bench`.

Job: bars of each figure by class and method, and of time.
Not here: figures (`bench_infill_table`), pictures (`bench_infill_sheets`).
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from pellicle.workflow.bench_infill_table import MEANS

_DPI = 110
_COLOURS = ("#1f4e79", "#c97b2a", "#8a8a8a", "#c9c9c9", "#7a9a5a", "#b08fb0")
_SHOWN: Final = (
    "de00_mean",
    "psnr_db",
    "gmsd",
    "seen_de00",
    "spectrum_db",
    "seam_de00",
)


def draw_infill_charts(figures: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw `figures.png` and `time.png`."""
    charts = {"figures.png": _figures(figures), "time.png": _time(figures)}
    for name, figure in charts.items():
        figure.savefig(folder / name, dpi=_DPI)
    return [folder / name for name in charts]


def _figures(figures: Mapping[str, Any]) -> Any:
    figure = import_module("matplotlib.figure").Figure(
        figsize=(15, 8), layout="constrained"
    )
    for axes, name in zip(figure.subplots(2, 3).ravel(), _SHOWN, strict=True):
        _bars(axes, figures["classes"], name)
        better = "larger" if name == "psnr_db" else "smaller"
        axes.set_title(f"{MEANS[name]} ({better} is better)", fontsize=10)
    figure.axes[0].legend(frameon=False, fontsize=8)
    return figure


def _time(figures: Mapping[str, Any]) -> Any:
    figure = import_module("matplotlib.figure").Figure(
        figsize=(9, 4), layout="constrained"
    )
    axes = figure.subplots()
    _bars(axes, figures["classes"], "s_per_mpx")
    axes.set_yscale("log")
    axes.set_title("Processor seconds a megapixel of picture", fontsize=10)
    figure.legend(loc="outside right upper", frameon=False, fontsize=8)
    return figure


def _bars(axes: Any, classes: Mapping[str, Mapping[str, Any]], name: str) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    methods = list(next(iter(classes.values()))["methods"])
    width = 0.84 / len(methods)
    for place, method in enumerate(methods):
        runs = [one["methods"][method] for one in classes.values()]
        shown = [(x, run[name]) for x, run in enumerate(runs) if name in run]
        at = [x - 0.42 + width * (place + 0.5) for x, _ in shown]
        colour = _COLOURS[place % len(_COLOURS)]
        values = [value for _, value in shown]
        axes.bar(at, values, 0.92 * width, color=colour, label=method)
    if name == "psnr_db":
        axes.set_ylim(bottom=15)
    axes.set_xticks(range(len(classes)), list(classes), fontsize=8)

# SPDX-License-Identifier: Apache-2.0
"""The infill benchmark in figures: means by class, verdicts, and a table to read.

Job: from what was measured on each crop to what is said of all.
Not here: measuring (`bench_infill_crop`), charts (`bench_infill_plots`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pellicle.learn.infill_damage import InfillClass
from pellicle.workflow.bench_infill_methods import OURS, OWN, PATCH_MATCH

Crops = Sequence[Mapping[str, Any]]

MEANS: Final = {
    "de00_mean": "ΔE00",
    "de00_p95": "ΔE00 p95",
    "psnr_db": "PSNR dB",
    "gmsd": "MS-GMSD",
    "seen_de00": "seen ΔE00",
    "spectrum_db": "spectrum dB",
    "grain_db": "grain dB",
    "seam_de00": "seam ΔE00",
}
"""Figures that are means over crops, and their heads."""

TIMES: Final = {
    "s_per_region": "s/region",
    "s_per_mpx": "s/Mpx",
    "peak_mb": "peak MB",
}
LARGER_IS_BETTER: Final = frozenset({"psnr_db"})
NEAREST_TO_0: Final = frozenset({"grain_db"})
_DIGITS: Final = {
    "gmsd": 4,
    "s_per_region": 4,
    "psnr_db": 2,
    "peak_mb": 0,
    "outside_px": 0,
}


@dataclass(frozen=True, slots=True)
class Bar:
    """What one figure of one class has to reach.

    Attributes
    ----------
    figure
        Name of the figure.
    least, aim
        Ours by the peer's, at most; for decibels of PSNR, ours less the peer's, at
        least.
    strictly
        Equal is not enough.
    peer
        Whom it is compared with; empty is the best in this figure.
    """

    figure: str
    least: float
    aim: float
    strictly: bool = False
    peer: str = ""


def _not_worse(strictly: bool = False) -> tuple[Bar, ...]:
    return Bar("gmsd", 1.0, 1.0, strictly), Bar("spectrum_db", 1.0, 1.0, strictly)


BARS: Final[Mapping[InfillClass, tuple[Bar, ...]]] = {
    InfillClass.CRACKS: (
        Bar("de00_mean", 0.97, 0.92),
        Bar("psnr_db", 0.5, 1.0),
        *_not_worse(),
    ),
    InfillClass.SMALL: (
        Bar("de00_mean", 0.94, 0.88),
        Bar("psnr_db", 0.8, 1.3),
        *_not_worse(),
    ),
    InfillClass.MEDIUM: _not_worse(),
    InfillClass.LARGE: (
        Bar("de00_mean", 0.95, 0.85),
        Bar("s_per_mpx", 0.1, 0.05, peer=PATCH_MATCH),
        *_not_worse(strictly=True),
    ),
    InfillClass.PATTERNED: _not_worse(),
}
"""Ours against the best peer, figure by figure."""


def summarise(crops: Crops) -> dict[str, dict[str, Any]]:
    """Figures by class and method.

    Returns
    -------
    classes
        By class: label, crops, regions, mask_px, mpx, and methods: means over crops,
        processor seconds a region and a megapixel of picture, most memory, pixels
        changed outside the damage, and on how many crops ours is closer (`ours_wins`,
        by ΔE00).
    """
    classes = {}
    for kind in InfillClass:
        own = [crop for crop in crops if crop["class"] == kind]
        if own:
            classes[kind.value] = {
                "label": kind.label,
                "crops": len(own),
                "regions": sum(crop["regions"] for crop in own),
                "mask_px": sum(crop["mask_px"] for crop in own),
                "mpx": _mpx(own),
                "methods": {name: _mean(own, name) for name in own[0]["methods"]},
            }
    return classes


def _mpx(crops: Crops) -> float:
    return float(sum(c["height_px"] * c["width_px"] for c in crops)) / 1e6


def _mean(crops: Crops, name: str) -> dict[str, Any]:
    runs = [crop["methods"][name] for crop in crops]
    if "left_out" in runs[0]:
        return {"left_out": runs[0]["left_out"]}
    means: dict[str, Any] = {
        figure: float(np.mean([run[figure] for run in runs]))
        for figure in (*MEANS, "seam_de00_p95")
    }
    cpu_seconds = sum(run["cpu_seconds"] for run in runs)
    memory = [run["peak_mb"] for run in runs if run["peak_mb"] is not None]
    means["s_per_region"] = cpu_seconds / max(1, sum(c["regions"] for c in crops))
    means["s_per_mpx"] = cpu_seconds / _mpx(crops)
    means["clock_s_per_mpx"] = sum(run["seconds"] for run in runs) / _mpx(crops)
    means["peak_mb"] = max(memory) if memory else None
    means["outside_px"] = sum(run["outside_px"] for run in runs)
    if name != OURS:
        ours = [crop["methods"][OURS]["de00_mean"] for crop in crops]
        pairs = zip(ours, (run["de00_mean"] for run in runs), strict=True)
        means["ours_wins"] = sum(one < other for one, other in pairs)
    return means


def verdicts(classes: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What was reached of the bars, one row for each of them that has a peer."""
    rows: list[dict[str, Any]] = []
    for kind, bars in BARS.items():
        if kind.value not in classes:
            continue
        methods = classes[kind.value]["methods"]
        for bar in bars:
            peer = bar.peer or best_peer(methods, bar.figure)
            if peer in methods and bar.figure in methods[peer]:
                rows.append(_verdict(kind, bar, methods[OURS], peer, methods[peer]))
        changed = methods[OURS]["outside_px"]
        reached = "aim" if changed == 0 else "no"
        rows.append(
            {
                "class": kind.value,
                "figure": "outside_px",
                "ours": changed,
                "peer": "",
                "reached": reached,
                "value": changed,
                "least": 0,
                "aim": 0,
            }
        )
    return rows


def best_peer(methods: Mapping[str, Mapping[str, Any]], figure: str) -> str:
    """Name of the peer with the best figure; empty without peers."""
    peers = [n for n, run in methods.items() if n not in OWN and "left_out" not in run]
    if not peers:
        return ""
    return min(peers, key=lambda name: _badness(figure, methods[name][figure]))


def _badness(figure: str, value: float) -> float:
    if figure in NEAREST_TO_0:
        return abs(value)
    return -value if figure in LARGER_IS_BETTER else value


def _verdict(
    kind: InfillClass,
    bar: Bar,
    ours: Mapping[str, Any],
    peer: str,
    theirs: Mapping[str, Any],
) -> dict[str, Any]:
    one, other = ours[bar.figure], theirs[bar.figure]
    if bar.figure in LARGER_IS_BETTER:
        value = one - other
        reached = "aim" if value >= bar.aim else "bar" if value >= bar.least else "no"
    else:
        value = one / max(other, 1e-9)
        enough = value < bar.least if bar.strictly else value <= bar.least
        aimed = value < bar.aim if bar.aim == bar.least else value <= bar.aim
        reached = "aim" if aimed else "bar" if enough else "no"
    return {
        "class": kind.value,
        "figure": bar.figure,
        "ours": one,
        "peer": peer,
        "theirs": other,
        "value": value,
        "least": bar.least,
        "aim": bar.aim,
        "reached": reached,
    }


def as_markdown(figures: Mapping[str, Any]) -> str:
    """The whole benchmark as tables."""
    return "\n".join(_lines(figures)) + "\n"


def _lines(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "# Infill"
    yield ""
    yield (
        f"{figures['crops']} crops of {figures['paintings']} paintings, frozen set "
        f"{figures['version']}, fingerprint {figures['fingerprint']}. Means over "
        "crops, inside the damage. Seconds are a processor's, for a region and for a "
        "megapixel of picture; memory is the most that a crop took. The best is bold."
    )
    heads = {**MEANS, **TIMES}
    for one in figures["classes"].values():
        yield ""
        yield (
            f"## {one['label']}: {one['crops']} crops, {one['regions']} regions, "
            f"{100 * one['mask_px'] / 1e6 / one['mpx']:.1f} % of the area"
        )
        yield ""
        yield f"| method | {' | '.join(heads.values())} | ours closer on |"
        yield "| --- " * (len(heads) + 2) + "|"
        for name, run in one["methods"].items():
            if "left_out" in run:
                yield f"| {name} | left out: {run['left_out']} |"
                continue
            cells = [_cell(one["methods"], name, figure) for figure in heads]
            wins = f"{run['ours_wins']} of {one['crops']}" if "ours_wins" in run else ""
            yield f"| {name} | {' | '.join(cells)} | {wins} |"
    if figures["verdicts"]:
        yield from _verdict_lines(figures["verdicts"])
    if figures.get("real"):
        yield from _real_lines(figures["real"])


def _cell(methods: Mapping[str, Mapping[str, Any]], name: str, figure: str) -> str:
    value = methods[name][figure]
    if value is None:
        return "–"
    shown = shown_figure(figure, value)
    ran = [run[figure] for run in methods.values() if "left_out" not in run]
    best = min(ran, key=lambda one: _badness(figure, one))
    bold = figure != "peak_mb" and shown == shown_figure(figure, best)
    return f"**{shown}**" if bold else shown


def shown_figure(figure: str, value: float) -> str:
    """A figure with as many digits as it deserves."""
    return f"{value:.{_DIGITS.get(figure, 3)}f}"


def _verdict_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield ""
    yield "## Against the best peer"
    yield ""
    yield (
        "By ratio, ours by theirs; PSNR by difference. The best peer is the one with "
        "the best figure in that class."
    )
    yield ""
    yield "| class | figure | ours | best peer | value | bar | aim | reached |"
    yield "| --- " * 8 + "|"
    for row in rows:
        figure = row["figure"]
        theirs = f"{row['peer']} {shown_figure(figure, row.get('theirs', 0.0))}"
        yield (
            f"| {InfillClass(row['class']).label} | {figure_label(figure)} | "
            f"{shown_figure(figure, row['ours'])} | {theirs if row['peer'] else ''} | "
            f"{row['value']:.3f} | {row['least']:g} | {row['aim']:g} | "
            f"{row['reached']} |"
        )


def figure_label(figure: str) -> str:
    """Head of a figure."""
    others = {"outside_px": "pixels changed outside"}
    return {**MEANS, **TIMES, **others}[figure]


def _real_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield ""
    yield "## Real losses, beside what was published"
    yield ""
    yield (
        "No truth is known. *Seam*: step across the edge of the mask less that which "
        "the paint beside it has, ΔE00. *Grain*: the texture inside against that of "
        "the paint around, dB; below 0 is smoother."
    )
    yield ""
    yield "| picture | method | seam ΔE00 | grain dB | changed outside, px | s |"
    yield "| --- " * 6 + "|"
    for row in rows:
        for name, run in row["methods"].items():
            seconds = "" if run["cpu_seconds"] is None else f"{run['cpu_seconds']:.1f}"
            yield (
                f"| {row['name']} | {name} | {run['seam_de00']:.2f} | "
                f"{run['grain_db']:+.1f} | {run['outside_px']} | {seconds} |"
            )

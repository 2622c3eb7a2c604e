# SPDX-License-Identifier: Apache-2.0
"""Figures of the condition benchmark as a page of Markdown.

Job: tables for people, from the figures that go into the JSON.
Not here: measuring (`bench_condition_parts`, `bench_condition_jobs`), charts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

HEADLINES: Mapping[str, tuple[tuple[str, ...], float]] = {
    "craquelure lines, F1 at 2 px": (("craquelure_line", "f1"), 0.85),
    "loss pixels, F1": (("classes", "loss", "f1"), 0.85),
    "abrasion pixels, F1": (("classes", "abrasion", "f1"), 0.60),
    "split regions, F1 at IoU 0.3": (("classes", "split", "region_f1"), 0.70),
}
"""What is looked at first: where it is among a group's figures, and what is wanted."""

CRACK_HEADLINE = "craquelure lines, F1 at 2 px"
"""The one that crack detectors have too."""

CLASSES = ("loss", "abrasion", "craquelure", "split")
_CLASS_COLUMNS = (
    "precision",
    "recall",
    "f1",
    "f1_mean_of_crops",
    "region_f1",
    "region_f1_joined",
)


_SPEEDS = {
    "mpx_per_s": "Mpx/s, file to labels",
    "mpx_per_s_condition": "Mpx/s, condition step",
    "mpx_per_cpu_s": "Mpx a second of processor time",
}


def headline(group: Mapping[str, Any], name: str) -> float:
    """One of the `HEADLINES`."""
    value: Any = group
    for key in HEADLINES[name][0]:
        value = value[key]
    return float(value)


def as_markdown(figures: Mapping[str, Any]) -> str:
    """The whole page."""
    parts = [
        _frozen(figures),
        _by_group(figures),
        _by_contrast(figures),
        *([_sound(figures["sound"])] if "sound" in figures else []),
        *([_real(figures["real"])] if "real" in figures else []),
        *([_speed(figures["speed"])] if "speed" in figures else []),
        *([_chain(figures["chain"])] if "chain" in figures else []),
    ]
    return "\n".join(["# Condition benchmark", "", *parts])


def table(heads: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    """One Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def number(value: float | None, digits: int = 3) -> str:
    """A figure with so many digits; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def _frozen(figures: Mapping[str, Any]) -> str:
    frozen, methods = figures["frozen"], figures["methods"]

    def rows() -> Iterator[Sequence[str]]:
        for name, (_, wanted) in HEADLINES.items():
            found = [
                number(headline(method["groups"]["all"], name))
                if name == CRACK_HEADLINE or not cracks_only(method)
                else "–"
                for method in methods.values()
            ]
            yield name, *found, f"{wanted:.2f}"

    intro = (
        f"Synthetic damage on {frozen['crops']} crops of real paintings (frozen set "
        f"{frozen['version']}, {frozen['fingerprint']}), taken as {frozen['ppi']:g} "
        "ppi.\n\n"
    )
    speeds = ", ".join(
        f"{name} {number(method['mpx_per_cpu_s_in_memory'], 2)}"
        for name, method in methods.items()
    )
    return (
        intro
        + table(["figure", *methods, "wanted"], rows())
        + f"\nMpx a second of processor time, in memory: {speeds}.\n"
    )


def cracks_only(method: Mapping[str, Any]) -> bool:
    """Whether a method finds nothing but craquelure."""
    return bool(method["cracks_only"])


def _by_group(figures: Mapping[str, Any]) -> str:
    def rows() -> Iterator[Sequence[str]]:
        for name, method in figures["methods"].items():
            for group, found in method["groups"].items():
                for kind in CLASSES:
                    if kind != "craquelure" and cracks_only(method):
                        continue
                    of = found["classes"][kind]
                    numbers = [number(of[column]) for column in _CLASS_COLUMNS]
                    line = found["craquelure_line"]
                    three = ["precision", "recall", "f1"]
                    lines = [
                        number(line[one]) if kind == "craquelure" else ""
                        for one in three
                    ]
                    yield name, group, kind, *numbers, *lines
            yield from _errors(name, method)

    heads = [
        "method",
        "contrast",
        "class",
        "pixel precision",
        "recall",
        "F1",
        "F1, mean of crops",
        "region F1",
        "joined",
        "line precision",
        "recall",
        "F1",
    ]
    return "## By class and contrast\n\n" + table(heads, rows())


def _errors(name: str, method: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    if cracks_only(method):
        return
    for group, found in method["groups"].items():
        mapped = number(found["expected_error_mapped"])
        every = number(found["expected_error_all"])
        note = f"calibration error: mapped {mapped}, all pixels {every}"
        yield name, group, note, *[""] * 9


def _by_contrast(figures: Mapping[str, Any]) -> str:
    """How much of the craquelure is found, from what hardly shows to what is plain."""
    found = {
        name: {row["from"]: row for row in method["craquelure_by_contrast"]}
        for name, method in figures["methods"].items()
    }
    shares = {low: row["share"] for rows in found.values() for low, row in rows.items()}

    def rows() -> Iterator[Sequence[str]]:
        for low, share in sorted(shares.items()):
            recalls = [number(of[low]["recall"]) for of in found.values()]
            yield f"{low:g}", number(100 * share, 1), *recalls

    return (
        "## Craquelure by how far it stands out\n\n"
        "ΔE*ab from the paint within 0.76 mm, over that paint's standard deviation of "
        "L\\*; recall of centre lines at 2 px.\n\n"
        + table(["from", "of all lines %", *found], rows())
    )


def _sound(sound: Mapping[str, Any]) -> str:
    def rows() -> Iterator[Sequence[str]]:
        for method, kinds in sound["all"].items():
            for kind, of in kinds.items():
                worst = f"{of['worst_area_percent']:.3f} ({of['worst']})"
                area = number(of["area_percent"])
                yield method, kind, area, worst, number(of["per_dm2"], 1)

    def each() -> Iterator[Sequence[str]]:
        for painting in sound["paintings"]:
            for method, kinds in painting["false_alarms"].items():
                areas = [number(kinds[kind]["area_percent"]) for kind in CLASSES]
                yield painting["name"], method, *areas

    heads = ["method", "class", "area %", "worst painting, %", "regions a dm²"]
    return (
        f"## False alarms on {len(sound['paintings'])} sound paintings\n\n"
        + table(heads, rows())
        + "\n"
        + table(["painting", "method", *(f"{kind} %" for kind in CLASSES)], each())
    )


def _real(real: Mapping[str, Any]) -> str:
    def rows() -> Iterator[Sequence[str]]:
        for pair in real["pairs"]:
            for method, found in pair["methods"].items():
                shown = "; ".join(_shown(name, value) for name, value in found.items())
                ppi = f"{pair['assumed_ppi']:g}"
                yield pair["name"], pair["marks"], ppi, method, shown
        for method, found in real["means"].items():
            shown = "; ".join(_shown(name, value) for name, value in found.items())
            yield "mean", "loss", "", method, shown

    heads = ["photograph", "marks", "taken as ppi", "method", "figures"]
    return "## Real damage\n\n" + table(heads, rows())


def _shown(name: str, value: Any) -> str:
    if isinstance(value, dict):
        parts = ", ".join(f"{key} {number:.3f}" for key, number in value.items())
        return f"{name} lines: {parts}"
    return f"{name.replace('_', ' ')} {value:.3f}"


def _speed(speed: Mapping[str, Any]) -> str:
    def rows() -> Iterator[Sequence[str]]:
        for run in speed["runs"]:
            seconds = ", ".join(f"{n} {s:.1f}" for n, s in run["seconds"].items())
            speeds = [number(run[name], 2) for name in _SPEEDS]
            yield str(run["workers"]), *speeds, seconds

    heads = ["workers", *_SPEEDS.values(), "seconds"]
    load = speed["load_average"]
    busy = "" if load is None else f"; {load:.1f} processes wanted to run"
    intro = f"{speed['scan']}, {speed['mpx']:.1f} Mpx, 16 bit{busy}.\n\n"
    return "## Speed\n\n" + intro + table(heads, rows())


def _percent(part: int, whole: int, digits: int) -> str:
    return number(100 * part / whole if whole else None, digits)


def _chain(chain: Mapping[str, Any]) -> str:
    def rows() -> Iterator[Sequence[str]]:
        for crop in chain["crops"]:
            yield (
                crop["name"],
                crop["group"],
                number(crop["sound_inked_percent"]),
                number(crop["sound_inked_percent_beyond_1_px"]),
                number(crop["loss_covered_percent"], 1),
                _percent(crop["sound_infilled_px"], crop["sound_px"], 3),
                _percent(crop["loss_infilled_px"], crop["loss_px"], 1),
            )
        of = chain["all"]
        yield (
            "all",
            "",
            number(of["sound_inked_percent"]),
            "",
            number(of["loss_covered_percent"], 1),
            number(of["sound_infilled_percent"]),
            number(of["loss_infilled_percent"], 1),
        )

    heads = [
        "crop",
        "contrast",
        "sound area inked %",
        "beyond 1 px of damage %",
        "loss area covered %",
        "sound area reconstructed %",
        "loss area reconstructed %",
    ]
    return "## The whole chain\n\n" + table(heads, rows())

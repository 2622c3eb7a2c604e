# SPDX-License-Identifier: Apache-2.0
"""The report: one self-contained HTML file that a person opens first.

Job: set a `ReportContent` as a page that works offline, on a phone, on a wall of
pixels and on paper.
Not here: what it says (`io/report_content.py`), in which words (`io/report_words.py`),
its pictures (`raster/overlay.py`), writing the file (`workflow`).

The page may load nothing: its Content-Security-Policy allows embedded pictures and the
two hashed blocks of style and script that come from `report_template/`, so a hostile
title or note cannot run anything even if it got past the escaping.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pellicle.io.report_content import (
    Cell,
    ReportContent,
    ReportFigure,
    ReportPicture,
    ReportRegion,
)
from pellicle.io.report_words import set_area, set_number
from pellicle.model.palette import FATE_COLOURS, Rgb
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.overlay import DIFFERENCE_RAMP, light_tint
from pellicle.stages.condition.joint import BELIEVED
from pellicle.stages.condition.network import SEEN_CLASSES

PRINTED_ROWS = 100
"""Rows of a long list that go on paper, and into a browser without scripts."""

_HEROES = (
    ("regions_printed", "Regions in the mask"),
    ("mask_area_mm2", "Area of the mask"),
    ("unique_colours", "Distinct colours printed"),
    ("predicted_de00_in_gamut_mean", "Mean colour difference, printable colours"),
    ("visible_area_after_mm2", "Visible damage, before → with the film on"),
    ("hand_hours_estimate", "Estimated work by hand"),
)
_VIEWS = (
    "scan",
    "condition",
    "evidence",
    "reconstruction",
    "choice",
    "mask",
    "white",
    "proof",
    "difference",
)
_COLUMNS = (
    ("id", "Region"),
    ("class", "Class"),
    ("area", "Area, mm²"),
    ("confidence", "Confidence"),
    ("found_by", "Found by"),
    ("method", "Method"),
    ("evidence", "Evidence"),
    ("decision", "Decision"),
    ("outcome", "In the mask"),
)
_FILTERS = (
    ("class", "Class"),
    ("found_by", "Found by"),
    ("printed", "In the mask"),
    ("reason", "Reason"),
    ("evidence", "Evidence"),
    ("approved", "Approved"),
)
_EARLY_SCRIPT = 'document.documentElement.classList.add("js");'


def render_report(content: ReportContent) -> str:
    """Set the report as one HTML file.

    Parameters
    ----------
    content
        Everything it says. All text is escaped.

    Returns
    -------
    html
        The file's text; write it as UTF-8. Equal content gives equal text. Its size is
        that of the pictures times 4/3, and about 200 bytes a region.
    """
    environment = _environment()
    style = _template_text("report.css") + _class_rules(content.class_colours)
    script = _template_text("report.js")
    views = [
        (name, view)
        for name in _VIEWS
        if (view := getattr(content.views, name)) is not None
    ]
    regions = sorted(content.regions, key=lambda one: (-one.area_mm2, one.id))
    raster = content.raster
    return environment.get_template(
        "report.html.j2"
    ).render(
        content=content,
        policy=_policy((style,), (_EARLY_SCRIPT, script)),
        style=Markup(style),  # noqa: S704 -- our own file
        early_script=Markup(_EARLY_SCRIPT),  # noqa: S704 -- a constant
        script=Markup(script),  # noqa: S704 -- our own file
        heading=content.title or "Untitled work",
        size=_size(raster.size_mm),
        work_size=_size(content.size_mm) if content.size_mm else "",
        pixels=f"{raster.width_px:,} × {raster.height_px:,} px",
        ppi=f"{set_number(raster.pixel_size.ppi)} ppi",
        chapters=_chapters(content),
        views=views,
        likely=SEEN_CLASSES,
        tinted=BELIEVED,
        after=_after(views),
        comparable=len(views) > 1,
        box=lambda window: _box(raster, window),
        extent=lambda window: _extent(raster, window),
        difference_scale=_difference_scale(content.difference_max_de00),
        figures=content.figures,
        heroes=_heroes(content.figures),
        regions=regions,
        printed_rows=regions[:PRINTED_ROWS],
        printed_limit=PRINTED_ROWS,
        columns=_COLUMNS,
        filters=_FILTERS,
        region_json=_region_json(regions),
    )


def embedded_json(value: Any) -> Markup:
    """JSON that can stand inside a script element, whatever its strings hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 -- no markup character is left


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pellicle.io", "report_template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["base64"] = lambda data: base64.b64encode(data).decode("ascii")
    environment.filters["area"] = set_area
    environment.filters["cell"] = _cell
    environment.filters["looks_numeric"] = _looks_numeric
    environment.filters["outcome"] = _outcome
    environment.filters["grouped"] = _grouped
    return environment


def _template_text(name: str) -> str:
    folder = resources.files("pellicle.io") / "report_template"
    return (folder / name).read_text(encoding="utf-8")


def _policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    """Content-Security-Policy under which only our own blocks run."""

    def hashes(blocks: Iterable[str]) -> str:
        digests = (hashlib.sha256(block.encode()).digest() for block in blocks)
        return " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)

    return (
        "default-src 'none'; img-src data:; "
        f"style-src {hashes(styles)}; script-src {hashes(scripts)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _class_rules(colours: Sequence[Rgb]) -> str:
    """Style of the legends' swatches: inline styles are not allowed by the policy."""
    swatches = {
        **{f"swatch-{n}": colour for n, colour in enumerate(colours)},
        **{f"tint-{n}": light_tint(colour) for n, colour in enumerate(colours)},
        **{f"fate-{n}": colour for n, colour in enumerate(FATE_COLOURS)},
    }
    return "".join(
        f".{name}{{background:rgb({','.join(map(str, colour))})}}\n"
        for name, colour in swatches.items()
    )


def _chapters(content: ReportContent) -> list[tuple[str, str]]:
    present = {
        "details": content.details,
        "looks": content.looks,
        "figures": content.figures,
        "budget": content.budget,
        "condition": content.classes or content.sensitivity,
    }
    names = (
        ("pictures", "Pictures"),
        ("details", "Details"),
        ("looks", "Side by side"),
        ("figures", "Key figures"),
        ("budget", "Error budget"),
        ("assumed", "What was assumed"),
        ("condition", "Condition"),
        ("regions", "Regions"),
        ("decisions", "Decisions"),
        ("provenance", "Provenance"),
    )
    return [(anchor, name) for anchor, name in names if present.get(anchor, True)]


def _after(views: Sequence[tuple[str, ReportPicture]]) -> str:
    """Picture that the slider shows on the right at first."""
    made = [name for name, _ in views]
    wanted = ("proof", "reconstruction", made[-1])
    return next(name for name in wanted if name in made)


def _heroes(figures: Sequence[ReportFigure]) -> list[tuple[str, str, str]]:
    """Value, unit and label of the figures that are set large."""
    by_name = {figure.name: figure for figure in figures}
    heroes = []
    for name, label in _HEROES:
        if name in by_name:
            figure = by_name[name]
            before = by_name.get(name.replace("_after_", "_before_"), figure)
            value = figure.value
            if before is not figure:
                value = f"{before.value} → {value}"
            heroes.append((value, figure.unit, label))
    return heroes


def _grouped(
    figures: Sequence[ReportFigure],
) -> list[tuple[str, list[ReportFigure]]]:
    """Figures by group, groups in the order in which they first appear."""
    groups: dict[str, list[ReportFigure]] = {}
    for figure in figures:
        groups.setdefault(figure.group, []).append(figure)
    return list(groups.items())


def _cell(cell: Cell) -> str:
    if isinstance(cell, float):
        return set_number(cell, 2)
    return set_number(cell) if isinstance(cell, int) else cell


def _looks_numeric(cell: Cell) -> bool:
    return not isinstance(cell, str) or cell[:1].isdigit()


def _outcome(region: ReportRegion) -> str:
    if not region.printed:
        return f"no: {region.reason}" if region.reason else "no"
    return f"in part: {region.reason}" if region.reason else "printed"


def _size(size_mm: tuple[float, float]) -> str:
    width, height = (set_number(mm, 1) for mm in size_mm)
    return f"{width} × {height} mm"


def _box(raster: RasterSpec, window: Window) -> Markup:
    """Drawing of where a window lies, to be laid over a picture of the whole."""
    wide = max(window.right - window.left, raster.width_px // 50)
    high = max(window.bottom - window.top, raster.width_px // 50)
    left = (window.left + window.right - wide) / 2
    top = (window.top + window.bottom - high) / 2
    rectangle = f'x="{left:g}" y="{top:g}" width="{wide}" height="{high}"'
    return Markup(  # noqa: S704 -- numbers only
        f'<svg viewBox="0 0 {raster.width_px} {raster.height_px}"'
        ' preserveAspectRatio="none">'
        f'<rect class="mark-under" {rectangle}/><rect class="mark" {rectangle}/></svg>'
    )


def _extent(raster: RasterSpec, window: Window) -> str:
    mm = raster.pixel_size.mm
    height_px, width_px = window.shape
    return (
        f"{set_number(width_px * mm, 1)} × {set_number(height_px * mm, 1)} mm, "
        f"{set_number(window.left * mm)} mm from the left, "
        f"{set_number(window.top * mm)} mm from the top"
    )


def _difference_scale(max_de00: float) -> Markup:
    """Legend of the difference map: its ramp with a scale in ΔE00."""
    last = len(DIFFERENCE_RAMP) - 1
    stops = "".join(
        f'<stop offset="{index / last:.4f}" stop-color="rgb{colour}"/>'
        for index, colour in enumerate(DIFFERENCE_RAMP)
    )
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50) if max_de00 / s <= 6 or s == 50)  # noqa: PLR2004
    ticks, value = "", 0.0
    while value <= max_de00 + 1e-9:
        x = 10 + 380 * value / max_de00
        more = " +" if value >= max_de00 - 1e-9 else ""
        ticks += (
            f'<path d="M{x:.1f} 16v6" stroke="currentColor"/>'
            f'<text x="{x:.1f}" y="36" text-anchor="middle">{value:g}{more}</text>'
        )
        value += step
    return Markup(  # noqa: S704 -- numbers only
        '<svg class="ramp" viewBox="-10 0 440 40" role="img" aria-label="Colour scale'
        f' in ΔE00, from 0, dark blue, to {max_de00:g} and more, pale yellow">'
        f'<defs><linearGradient id="ramp">{stops}</linearGradient></defs>'
        '<rect x="10" y="2" width="380" height="14" fill="url(#ramp)"/>'
        f'{ticks}<text x="398" y="13">ΔE00</text></svg>'
    )


def _region_json(regions: Sequence[ReportRegion]) -> Markup:
    """Columns of the list of regions; repeated words are written once."""
    columns: dict[str, Any] = {
        "id": [one.id for one in regions],
        "area": [float(f"{one.area_mm2:.4g}") for one in regions],
        "confidence": [round(one.confidence, 2) for one in regions],
        "box": [
            (w.left, w.top, w.right, w.bottom) for w in (one.window for one in regions)
        ],
    }
    words = {
        "class": [one.damage_class.label for one in regions],
        "swatch": [str(int(one.damage_class)) for one in regions],
        "origin": [one.origin for one in regions],
        "found_by": [one.found_by for one in regions],
        "seen": [one.seen for one in regions],
        "method": [one.method for one in regions],
        "why": [one.why for one in regions],
        "evidence": [one.evidence for one in regions],
        "decision": [one.decision for one in regions],
        "reason": [one.reason for one in regions],
        "approved": ["yes" if one.approved else "no" for one in regions],
        "printed": [_printed(one) for one in regions],
        "outcome": [_outcome(one) for one in regions],
    }
    for name, column in words.items():
        known = {word: index for index, word in enumerate(dict.fromkeys(column))}
        columns[name] = {"words": list(known), "rows": [known[word] for word in column]}
    return embedded_json(columns)


def _printed(region: ReportRegion) -> str:
    if not region.printed:
        return "no"
    return "in part" if region.reason else "yes"

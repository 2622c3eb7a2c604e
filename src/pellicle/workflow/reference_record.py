# SPDX-License-Identifier: Apache-2.0
"""What the record says of reference images: figures, the report's table, regions."""

from collections import Counter
from typing import Any

from pellicle.io.report_content import ReportTable
from pellicle.model.condition import Region
from pellicle.model.figures import Figures, ReferenceFigures
from pellicle.workflow.reconstruct import ReconstructionInUse

_MEASURED = (
    "mirrored",
    "monochrome",
    "inliers",
    "agreement",
    "residual_um_median",
    "residual_um_p95",
    "fit_de00_median",
    "fit_de00_p95",
    "coarser_by_um",
)


def reference_figures(
    reconstruction: ReconstructionInUse, pixel_mm2: float
) -> tuple[ReferenceFigures, ...]:
    """Figures of every reference image given."""
    references = reconstruction.references
    pixels: Counter[int] = Counter()
    for by_number in reconstruction.reference_pixels.values():
        pixels.update(by_number)
    found = []
    for one in references.every:
        reason = references.why_not(one)
        measured = {} if one.picture is None else {n: one.facts[n] for n in _MEASURED}
        found.append(
            ReferenceFigures(
                sha256=one.source.sha256,
                used=not reason,
                reason=reason,
                area_mm2=round(pixels[one.number] * pixel_mm2, 4),
                **measured,
            )
        )
    return tuple(found)


def reference_table(figures: Figures) -> ReportTable | None:
    """The same as a table; None if no reference was given."""
    if not figures.references:
        return None
    rows = tuple(_row(number, one) for number, one in enumerate(figures.references, 1))
    return ReportTable(
        title="Reference images",
        note=(
            "Other pictures of the work. Left: displacement that is left on intact "
            "paint, median and 95th percentile. Colour: difference there, pixel "
            "against pixel. Infilled: area that rests on the picture."
        ),
        columns=("reference", "used", "details", "left µm", "colour ΔE00", "mm²"),
        rows=rows,
    )


def _row(number: int, one: ReferenceFigures) -> tuple[str, ...]:
    name = f"{number}: {one.sha256[:12]}"
    if not one.used:
        return name, f"no: {one.reason}", "", "", "", ""
    kind = [
        word
        for word, holds in (
            ("mirrored", one.mirrored),
            ("lightness only", one.monochrome),
            (f"coarser by {one.coarser_by_um or 0:.0f} µm", bool(one.coarser_by_um)),
        )
        if holds
    ]
    return (
        name,
        ", ".join(["yes", *kind]),
        str(one.inliers),
        _pair(one.residual_um_median, one.residual_um_p95, 0),
        _pair(one.fit_de00_median, one.fit_de00_p95, 2),
        f"{one.area_mm2:.1f}",
    )


def _pair(middle: float | None, most: float | None, digits: int) -> str:
    if middle is None or most is None:
        return "not measured"
    return f"{middle:.{digits}f} · {most:.{digits}f}"


def region_references(
    reconstruction: ReconstructionInUse, region: Region
) -> list[dict[str, Any]]:
    """Reference images that a region rests on, each with its share of the region."""
    by_number = reconstruction.reference_pixels.get(region.number, {})
    sources = {one.number: one.source for one in reconstruction.references.every}
    return [
        {
            "sha256": sources[number].sha256,
            "share": round(pixels / region.pixels, 4),
        }
        for number, pixels in sorted(by_number.items())
        if number in sources
    ]

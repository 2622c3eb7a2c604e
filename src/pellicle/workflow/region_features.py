# SPDX-License-Identifier: Apache-2.0
"""Regions as features: outline, what each was seen as, lines of cracks, what became.

Job: `regions.geojson`.
Not here: other exports (`exports.py`), the format (`io/geojson.py`).
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from pellicle.engine.regions import ask_each
from pellicle.io.geojson import Feature, write_features
from pellicle.io.writing import whole_file
from pellicle.model.arrays import Mask
from pellicle.model.condition import DamageClass, Region, RegionOrigin
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.raster.centre_lines import CentreLines, centre_lines
from pellicle.raster.polygons import Polygon, region_polygons
from pellicle.stages.condition.network import SEEN_CLASSES
from pellicle.workflow.figures import Chain
from pellicle.workflow.found import EvidenceInUse
from pellicle.workflow.found_by import RegionEvidence, region_evidence
from pellicle.workflow.mask import MaskInUse
from pellicle.workflow.missed_figures import missed_in_region
from pellicle.workflow.reconstruct import ReconstructionInUse
from pellicle.workflow.reference_record import region_references
from pellicle.workflow.region_words import decision_in_words, why_not_printed
from pellicle.workflow.selection import UNDECIDED

_LINES = frozenset({DamageClass.CRAQUELURE, DamageClass.SPLIT})


@dataclass(frozen=True, slots=True)
class RegionDrawn:
    """What the pixels of one region say.

    Attributes
    ----------
    polygons
        Its outline.
    lines
        Its centre lines, of craquelure and splits.
    evidence
        What networks and filters saw in it; None when all damage was given.
    """

    polygons: list[Polygon]
    lines: CentreLines | None
    evidence: RegionEvidence | None


RegionsDrawn: TypeAlias = Mapping[int, RegionDrawn]
"""By region number."""


def _drawn(
    evidence: EvidenceInUse | None, raster: RasterSpec, region: Region, mask: Mask
) -> RegionDrawn:
    line = region.damage_class in _LINES
    return RegionDrawn(
        region_polygons(mask, region.window),
        centre_lines(mask, region.window) if line else None,
        None if evidence is None else region_evidence(evidence, raster, region, mask),
    )


def _number(region: Region) -> int:
    return region.number


def draw_regions(pool: Executor, chain: Chain) -> RegionsDrawn:
    """Trace every region."""
    every = chain.regions.condition.regions
    ask = partial(_drawn, chain.evidence, chain.scan.raster)
    return ask_each(pool, chain.regions.numbers, every, _number, ask)


def write_regions(
    path: Path,
    chain: Chain,
    drawn: RegionsDrawn,
    sheets: Mapping[int, tuple[int, ...]],
) -> None:
    """Write `regions.geojson`: a feature a region, in scan pixels.

    Parameters
    ----------
    sheets
        By region number, the sheets it is printed on, where there are several; more
        than one if a seam cuts it.
    """
    every = chain.regions.condition.regions
    features = (
        _feature(region, drawn[region.number], chain, sheets.get(region.number))
        for region in every
    )
    with whole_file(path) as beside:
        write_features(beside, features)


def _feature(
    region: Region,
    drawn: RegionDrawn,
    chain: Chain,
    sheets: tuple[int, ...] | None,
) -> Feature:
    made, number = chain.reconstruction, region.number
    infill = made.infills.get(number)
    said = chain.said.get(region.number, UNDECIDED)
    left = chain.mask.left.get(region.number)
    shown = region_references(chain.reconstruction, region)
    return Feature(
        drawn.polygons,
        {
            "id": region.id,
            "number": number,
            "class": region.damage_class.label,
            "area_mm2": round(region.area_mm2, 6),
            "confidence": region.confidence,
            "origin": region.origin,
            **_seen(region, drawn.evidence),
            **_measured(drawn, chain.scan.raster.pixel_size),
            "method": infill.method if infill else None,
            "method_reason": made.reason(number, said) or None,
            **_planned(made, number),
            "evidence": infill.evidence.label if infill else None,
            "style": made.styles.get(region.number) if infill else None,
            **(made.glazes[number].as_json() if number in made.glazes else {}),
            **({"references": shown} if shown else {}),
            **_copied(made, number, chain.scan.raster.pixel_size),
            "decision": decision_in_words(said) or None,
            **_judged(chain.mask, number),
            **missed_in_region(chain, number),
            "printed": left is None,
            **_parts_left(chain.mask, number),
            "reason_kind": left.reason.value if left else None,
            **({"sheets": list(sheets)} if sheets else {}),
            "reason": why_not_printed(chain, number) or None,
        },
    )


def _judged(mask: MaskInUse, number: int) -> dict[str, Any]:
    """What printing it was decided by."""
    found: dict[str, Any] = {}
    if number in mask.seen_de00:
        found["seen_de00"] = mask.seen_de00[number]
    if number in mask.alignment:
        found["left_by_film"] = mask.alignment[number]
    return found


def _parts_left(mask: MaskInUse, number: int) -> dict[str, Any]:
    """How many parts are left of it; their outlines are in `parts-left.geojson`."""
    part = mask.in_part.get(number)
    return {} if part is None else {"parts_left": part.parts}


def _planned(made: ReconstructionInUse, number: int) -> dict[str, Any]:
    """What the choice of the method rests on."""
    if number not in made.plans:
        return {}
    facts = made.plans[number].facts
    paint = facts.surroundings
    return {
        "width_mm": facts.width_mm,
        "surroundings": None if paint is None else asdict(paint),
    }


def _copied(
    made: ReconstructionInUse, number: int, pixel_size: PixelSize
) -> dict[str, Any]:
    """Where copied pixels are from; right and down are positive."""
    one = made.copied_from.get(number)
    if one is None:
        return {}
    mm = pixel_size.mm
    return {
        "copied_from": {
            "x_px": one.x_px,
            "y_px": one.y_px,
            "x_mm": round(one.x_px * mm, 3),
            "y_mm": round(one.y_px * mm, 3),
            "share": one.share,
            "median_distance_mm": round(one.distance_px * mm, 3),
        }
    }


def _seen(region: Region, evidence: RegionEvidence | None) -> dict[str, Any]:
    """Who found it, and what was seen in it."""
    if evidence is None:
        return {"found_by": region.origin}
    found = region.origin is RegionOrigin.FOUND
    labels = (one.label for one in SEEN_CLASSES)
    return {
        "found_by": evidence.found_by if found else region.origin,
        "seen_as": dict(zip(labels, evidence.seen, strict=True)),
        "filters_share": evidence.filters_share,
    }


def _measured(drawn: RegionDrawn, pixel_size: PixelSize) -> dict[str, Any]:
    measured: dict[str, Any] = {}
    if drawn.lines is not None:
        measured["length_mm"] = round(drawn.lines.length_px * pixel_size.mm, 3)
        measured["width_um"] = round(drawn.lines.width_px * pixel_size.um, 1)
        measured["centre_lines"] = [line.tolist() for line in drawn.lines.lines]
    return measured

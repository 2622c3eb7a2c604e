# SPDX-License-Identifier: Apache-2.0
"""Parts that are left of printed regions, as features with outlines of their own.

Job: trace them; say what each belongs to, why it is left, and what was found of it.
Not here: regions (`region_features.py`), choosing the parts (`print_choice.py`).

A program for maps draws and counts features, not properties, and a file is a layer: so
each part is a feature, in a file of its own, and `regions.geojson` stays a feature a
region. `part_of` names the region; read back in, such features say nothing
(`io/geojson.py`).
"""

from concurrent.futures import Executor
from pathlib import Path

from pellicle.engine.regions import ask_each
from pellicle.io.geojson import PART_OF, Feature, write_features
from pellicle.io.writing import whole_file
from pellicle.model.arrays import Mask
from pellicle.model.mask import PartLeft
from pellicle.raster.polygons import Polygon, region_polygons
from pellicle.workflow.figures import Chain


def write_parts_left(pool: Executor, path: Path, chain: Chain) -> None:
    """Write `parts-left.geojson`, in scan pixels."""
    features = part_features(pool, chain)
    with whole_file(path) as beside:
        write_features(beside, features)


def part_features(pool: Executor, chain: Chain) -> list[Feature]:
    """A feature for each part that is left, region by region, in reading order."""
    parts = chain.mask.parts_left
    polygons = ask_each(pool, chain.mask.left_parts, parts, _number, _traced)
    counts: dict[int, int] = {}
    features = []
    for part in parts:
        counts[part.region] = counts.get(part.region, 0) + 1
        found = polygons[part.number]
        features.append(_feature(chain, part, counts[part.region], found))
    return features


def _number(part: PartLeft) -> int:
    return part.number


def _traced(part: PartLeft, mask: Mask) -> list[Polygon]:
    return region_polygons(mask, part.window)


def _feature(
    chain: Chain, part: PartLeft, place: int, polygons: list[Polygon]
) -> Feature:
    region = chain.regions.condition.regions[part.region - 1]
    area_mm2 = part.pixels * chain.scan.raster.pixel_size.area_mm2
    return Feature(
        polygons,
        {
            "id": f"{region.id}.{place}",
            PART_OF: region.id,
            "class": region.damage_class.label,
            "area_mm2": round(area_mm2, 6),
            "width_mm": round(part.width_um / 1000, 4),
            "left_by_film": part.ratio,
            "printed": False,
            "reason_kind": part.left.reason.value,
            "reason": part.left.text,
        },
    )

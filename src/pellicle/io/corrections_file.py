# SPDX-License-Identifier: Apache-2.0
"""A person's corrections of the condition map, as GeoJSON in scan pixels.

Job: say what each feature's properties `class`, `decision`, `note` and `id` mean.
Not here: which mapped region a feature means (`workflow/drawn.py`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellicle.errors import BadGeojsonError, UnknownDamageClassError
from pellicle.io.geojson import Feature, read_features
from pellicle.model.condition import DamageClass
from pellicle.model.decision import Verdict
from pellicle.model.raster import RasterSpec
from pellicle.raster.polygons import Polygon

EXPORTED_WORDS = (
    "added by ",
    "approved by ",
    "confirmed by ",
    "left by ",
    "noted",
    "outline redrawn by ",
    "recoloured by ",
    "relabelled from ",
)
"""How `decision` begins in `regions.geojson`: it says what was decided before, and
nothing new."""

ASKED_FOR = " asked for"
"""How it ends where only a method was asked for."""

_VERDICTS = {
    "approve": Verdict.APPROVE,
    "print": Verdict.PRINT,
    "leave": Verdict.LEAVE,
}


@dataclass(frozen=True, slots=True)
class CorrectedFeature:
    """One feature.

    Attributes
    ----------
    name
        "feature 3", for messages.
    damage_class
        What the person says it is; `UNMAPPED` is no damage.
    polygons
        As in `geojson.Feature`.
    id
        Of the region that it was exported as; empty if it was not.
    verdict
        `APPROVE`, `PRINT`, `LEAVE` or None.
    note
        Remark; may be empty.
    """

    name: str
    damage_class: DamageClass
    polygons: list[Polygon]
    id: str
    verdict: Verdict | None
    note: str


def read_corrections(path: Path, raster: RasterSpec) -> list[CorrectedFeature]:
    """Read a file of corrections.

    Raises
    ------
    UnknownDamageClassError
        If a feature has no class, or one that does not exist.
    BadGeojsonError
        If its decision or note cannot be used; and as for `read_features`.
    NoSuchFileError, UnreadableFileError
        If there is nothing to read.
    """
    return [
        _corrected(path, f"feature {number}", feature)
        for number, feature in enumerate(read_features(path, raster), start=1)
    ]


def _corrected(path: Path, name: str, feature: Feature) -> CorrectedFeature:
    said = feature.properties
    region_id = said.get("id")
    return CorrectedFeature(
        name=name,
        damage_class=_class(path, name, said.get("class")),
        polygons=feature.polygons,
        id=region_id if isinstance(region_id, str) else "",
        verdict=_verdict(path, name, said.get("decision")),
        note=_note(path, name, said.get("note")),
    )


def _class(path: Path, name: str, stated: Any) -> DamageClass:
    found = None
    if isinstance(stated, str):
        found = DamageClass.named(stated)
    elif isinstance(stated, int | float) and not isinstance(stated, bool):
        found = DamageClass(int(stated)) if stated in set(DamageClass) else None
    if found is None:
        what = "no class" if stated is None else repr(stated)
        known = ", ".join(DamageClass.names())
        raise UnknownDamageClassError(str(path), f"{what} in {name}", known)
    return found


def _verdict(path: Path, name: str, stated: Any) -> Verdict | None:
    if stated is None:
        return None
    if isinstance(stated, str):
        words = stated.strip()
        if words.lower() in _VERDICTS:
            return _VERDICTS[words.lower()]
        if not words or words.startswith(EXPORTED_WORDS) or words.endswith(ASKED_FOR):
            return None
    found = f"{name} has the decision {stated!r}".replace(";", ",")
    raise BadGeojsonError(str(path), found, "approve, print, leave or nothing")


def _note(path: Path, name: str, stated: Any) -> str:
    if stated is None:
        return ""
    if not isinstance(stated, str):
        found = f"{name} has a note that is no text"
        raise BadGeojsonError(str(path), found, "text or nothing")
    return stated.strip()

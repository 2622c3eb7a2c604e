# SPDX-License-Identifier: Apache-2.0
"""Polygons in GeoJSON (RFC 7946), in scan pixels.

Job: read and write features of Polygon and MultiPolygon.
Not here: what their properties mean (`area_file`, `treatment`), pixels
(`raster/polygons.py`).

Coordinates are (x, y) from the top left corner of the upright scan, y down; this is
not a place on the globe, so RFC 7946's coordinate reference system does not apply.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pellicle.errors import BadGeojsonError, UnreadableFileError
from pellicle.io.picture_file import require_file
from pellicle.io.writing import cannot_write
from pellicle.model.arrays import Array
from pellicle.model.raster import RasterSpec
from pellicle.raster.polygons import Polygon, Ring

OVERSHOOT = 0.01
"""How far hand-drawn polygons may run over the scan's edge, as a part of its longer
side."""

PART_OF = "part_of"
"""Property of a feature that only describes a part of another feature."""

_LEAST_CORNERS = 3
_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: a set of polygons and what is said of it.

    Attributes
    ----------
    polygons
        Each an outer ring and holes, (N, 2) float64 (x, y), not closed.
    properties
        JSON values.
    """

    polygons: list[Polygon]
    properties: Mapping[str, Any] = field(default_factory=dict)


def read_features(path: Path, raster: RasterSpec | None = None) -> list[Feature]:
    """Read the polygons of a file; features that are parts of others are left out.

    Parameters
    ----------
    path
        UTF-8 GeoJSON: a FeatureCollection, a Feature, or a bare geometry.
    raster
        The scan; if given, coordinates must lie on it. Polygons that run over the edge
        by up to 1 % of its longer side are accepted as they are.

    Raises
    ------
    NoSuchFileError, UnreadableFileError
        If there is nothing to read.
    BadGeojsonError
        If it is not JSON, not GeoJSON, holds geometry other than Polygon and
        MultiPolygon, or coordinates outside the scan.
    """
    require_file(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnreadableFileError(str(path), error.strerror or "unknown") from error
    except UnicodeDecodeError as error:
        raise BadGeojsonError(str(path), "it is not text", "GeoJSON") from error
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno} is not JSON"
        raise BadGeojsonError(str(path), where, "GeoJSON") from error
    except RecursionError as error:
        raise BadGeojsonError(
            str(path), "it is nested too deeply", "GeoJSON"
        ) from error
    reader = _Reader(str(path), raster)
    features = [
        reader.feature(f"feature {number}", node)
        for number, node in enumerate(reader.features(tree), 1)
    ]
    return [one for one in features if PART_OF not in one.properties]


def write_features(
    path: Path,
    features: Iterable[Feature],
    members: Mapping[str, Any] | None = None,
) -> None:
    """Write a FeatureCollection, one feature a line, as they come.

    Parameters
    ----------
    path
        File to write or overwrite.
    features
        Consumed one by one; never all in memory.
    members
        Further members of the collection, for instance who wrote it.

    Raises
    ------
    DiskFullError, UnwritableError
        If the file cannot be written.

    Notes
    -----
    The same features give the same bytes: keys stand in the order given, coordinates
    are whole numbers where they are whole and have three decimals at most.
    """
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write('{"type":"FeatureCollection",')
            for key, value in (members or {}).items():
                file.write(f"{_compact(key)}:{_compact(value)},")
            file.write('"features":[')
            for number, feature in enumerate(features):
                file.write(",\n" if number else "\n")
                file.write(feature_json(feature))
            file.write("\n]}\n")
    except OSError as error:
        raise cannot_write(path, error) from error


def feature_json(feature: Feature) -> str:
    """One feature as compact JSON, rings closed."""
    rings = [[_closed(ring) for ring in polygon] for polygon in feature.polygons]
    single = len(rings) == 1
    geometry = {
        "type": "Polygon" if single else "MultiPolygon",
        "coordinates": rings[0] if single else rings,
    }
    return _compact(
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": dict(feature.properties),
        }
    )


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _closed(ring: Array) -> list[list[float]]:
    rounded = np.round(np.asarray(ring, np.float64), _DECIMALS)
    closed = np.concatenate([rounded, rounded[:1]])
    if (closed == np.rint(closed)).all():
        whole: list[list[float]] = closed.astype(np.int64).tolist()
        return whole
    return [[int(v) if v.is_integer() else v for v in xy] for xy in closed.tolist()]


class _Reader:
    """Checks a tree of JSON values on the way to features."""

    def __init__(self, path: str, raster: RasterSpec | None) -> None:
        self._path = path
        self._raster = raster

    def features(self, tree: Any) -> list[Any]:
        kind = tree.get("type") if isinstance(tree, dict) else None
        if kind == "FeatureCollection" and isinstance(tree.get("features"), list):
            features: list[Any] = tree["features"]
            return features
        if kind == "Feature":
            return [tree]
        if kind in {"Polygon", "MultiPolygon"}:
            return [{"type": "Feature", "geometry": tree, "properties": {}}]
        if kind == "FeatureCollection":
            self._refuse("it", "has no list of features", "a list of features")
        self._refuse("it", f"is {_named(tree)}", "a FeatureCollection")
        return []

    def feature(self, name: str, node: Any) -> Feature:
        if not isinstance(node, dict) or node.get("type") != "Feature":
            self._refuse(name, f"is {_named(node)}", "a Feature")
        properties = node.get("properties")
        if properties is None:
            properties = {}
        if not isinstance(properties, dict):
            self._refuse(name, "has properties that are no object", "an object")
        geometry = node.get("geometry")
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if kind not in {"Polygon", "MultiPolygon"}:
            found = f"is {_named(geometry)}" if geometry else "has no geometry"
            self._refuse(name, found, "a Polygon or MultiPolygon")
        coordinates = geometry.get("coordinates")
        parts = [coordinates] if kind == "Polygon" else coordinates
        if not isinstance(parts, list) or not parts:
            self._refuse(name, "has no coordinates", "a list of rings")
        return Feature([self._polygon(name, part) for part in parts], properties)

    def _polygon(self, name: str, rings: Any) -> Polygon:
        if not isinstance(rings, list) or not rings:
            self._refuse(name, "has no rings", "a list of rings")
        return [self._ring(name, ring) for ring in rings]

    def _ring(self, name: str, ring: Any) -> Ring:
        try:
            xy = np.array([[_number(x), _number(y)] for x, y, *_ in ring], np.float64)
        except (TypeError, ValueError, OverflowError):
            self._refuse(name, "has a corner that is no pair of numbers", "(x, y)")
        if len(xy) > 1 and (xy[0] == xy[-1]).all():
            xy = xy[:-1]
        if len(xy) < _LEAST_CORNERS:
            self._refuse(name, f"has a ring of {len(xy)} corners", "at least 3")
        if self._raster is not None:
            self._require_inside(name, xy, self._raster)
        return xy

    def _require_inside(self, name: str, xy: Ring, raster: RasterSpec) -> None:
        slack = max(1.0, OVERSHOOT * max(raster.shape))
        size = np.array(raster.shape[::-1])
        outside = ((xy < -slack) | (xy > size + slack)).any(axis=1)
        if outside.any():
            x, y = xy[outside.argmax()].tolist()
            self._refuse(
                name,
                f"has the corner ({x:g}, {y:g})",
                f"a place on the scan of {raster.width_px} × {raster.height_px} px",
            )

    def _refuse(self, name: str, found: str, needed: str) -> None:
        raise BadGeojsonError(self._path, f"{name} {found}", needed)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _named(node: Any) -> str:
    if isinstance(node, dict):
        kind = node.get("type")
        return f"a {kind}" if isinstance(kind, str) else "an object without a type"
    return {list: "a list", str: "text", type(None): "null"}.get(
        type(node), "a bare value"
    )

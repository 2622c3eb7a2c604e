# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import numpy as np
import pytest

from pellicle.errors import BadGeojsonError, NoSuchFileError, UnwritableError
from pellicle.io.geojson import Feature, read_features, write_features
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.raster.polygons import region_polygons

RASTER = RasterSpec(50, 80, PixelSize.from_ppi(300))
SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]


def polygon(coordinates: object, kind: str = "Polygon") -> dict:
    return {
        "type": "Feature",
        "properties": {"class": "loss"},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features: object) -> dict:
    return {"type": "FeatureCollection", "features": list(features)}


def written(tmp_path: Path, tree: object) -> Path:
    path = tmp_path / "mask.geojson"
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree))
    return path


def test_polygons_and_multipolygons_are_read(tmp_path: Path) -> None:
    tree = collection(polygon([SQUARE]), polygon([[SQUARE], [SQUARE]], "MultiPolygon"))
    first, second = read_features(written(tmp_path, tree), RASTER)
    assert first.properties == {"class": "loss"}
    assert first.polygons[0][0].tolist() == SQUARE[:-1]
    assert len(second.polygons) == 2


@pytest.mark.parametrize(
    "tree", [polygon([SQUARE]), polygon([SQUARE])["geometry"]], ids=["feature", "bare"]
)
def test_single_features_and_bare_geometry_are_read(
    tmp_path: Path, tree: object
) -> None:
    (feature,) = read_features(written(tmp_path, tree))
    assert feature.polygons[0][0].shape == (4, 2)


def test_height_and_byte_order_mark_are_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "mask.geojson"
    ring = [[x, y, 7] for x, y in SQUARE]
    path.write_text("\ufeff" + json.dumps(polygon([ring])), encoding="utf-8")
    assert read_features(path)[0].polygons[0][0].shape == (4, 2)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFileError):
        read_features(tmp_path / "none.geojson")


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        ("{", "line 1, column 2 is not JSON"),
        ("", "not JSON"),
        ("[" * 100_000, "nested too deeply|not JSON"),
        ([1, 2], "is a list"),
        ({"type": "Topology"}, "is a Topology"),
        ({"features": []}, "without a type"),
        ({"type": "FeatureCollection", "features": {}}, "has no list of features"),
        (collection({"type": "Polygon"}), "feature 1 is a Polygon"),
        (collection(polygon([SQUARE]), None), "feature 2 is null"),
        (collection({"type": "Feature", "geometry": None}), "no geometry"),
        (collection(polygon([1, 2], "Point")), "is a Point"),
        (collection(polygon(None)), "no rings"),
        (collection(polygon([[]])), "0 corners"),
        (collection(polygon([SQUARE[:2]])), "2 corners"),
        (collection(polygon([[[0, 0], [1, 0], [1]]])), "no pair of numbers"),
        (collection(polygon([[[0, 0], [1, 0], ["1", 1]]])), "no pair of numbers"),
        (collection(polygon([[[0, 0], [1, 0], [True, 1]]])), "no pair of numbers"),
        ('{"type":"Polygon","coordinates":[[[0,0],[1,0],[NaN,1]]]}', "no pair"),
        ('{"type":"Polygon","coordinates":[[[0,0],[1,0],[1e999,1]]]}', "no pair"),
        (collection(polygon([[[0, 0], [900, 0], [0, 9]]])), r"corner \(900, 0\)"),
        (collection(polygon([[[0, 0], [-90, 0], [0, 9]]])), r"corner \(-90, 0\)"),
        (collection({**polygon([SQUARE]), "properties": 3}), "no object"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, tree: object, found: str) -> None:
    with pytest.raises(BadGeojsonError, match=found):
        read_features(written(tmp_path, tree), RASTER)


def test_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mask.geojson"
    path.write_bytes(b"\xff\xd8\xff")
    with pytest.raises(BadGeojsonError, match="not text"):
        read_features(path)


def test_polygons_may_run_a_little_over_the_edge(tmp_path: Path) -> None:
    ring = [[-0.9, -0.5], [80.9, 0], [40, 50.7]]
    assert read_features(written(tmp_path, polygon([ring])), RASTER)


def test_features_come_back_as_they_were_written(tmp_path: Path) -> None:
    mask = np.random.default_rng(0).random((12, 15)) > 0.4
    polygons = region_polygons(mask)
    loss = Feature(polygons, {"id": "a1", "class": "loss", "note": "fläche"})
    free = Feature([[np.array([[0.5, 1], [3, 1.25], [2, 9.1239]])]], {"area_mm2": 1.5})
    path = tmp_path / "regions.geojson"
    write_features(path, iter([loss, free]), {"generator": "test"})
    tree = json.loads(path.read_text(encoding="utf-8"))
    assert tree["generator"] == "test"
    assert [f["geometry"]["type"] for f in tree["features"]] == [
        "MultiPolygon",
        "Polygon",
    ]
    back_loss, back_free = read_features(path)
    assert back_loss.properties == loss.properties
    for before, after in zip(polygons, back_loss.polygons, strict=True):
        for a, b in zip(before, after, strict=True):
            np.testing.assert_array_equal(a, b)
    np.testing.assert_allclose(back_free.polygons[0][0][2], [2, 9.124])


def test_whole_coordinates_are_written_as_whole_numbers(tmp_path: Path) -> None:
    path = tmp_path / "regions.geojson"
    write_features(path, [Feature(region_polygons(np.ones((1, 1), np.bool_)))])
    assert path.read_text() == (
        '{"type":"FeatureCollection","features":[\n'
        '{"type":"Feature","geometry":{"type":"Polygon","coordinates":'
        '[[[1,0],[1,1],[0,1],[0,0],[1,0]]]},"properties":{}}\n]}\n'
    )


def test_empty_collection_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "regions.geojson"
    write_features(path, [])
    assert read_features(path) == []


def test_unwritable_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnwritableError):
        write_features(tmp_path / "none" / "regions.geojson", [])

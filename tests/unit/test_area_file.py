# SPDX-License-Identifier: Apache-2.0
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile

from pellicle.errors import (
    BadGeojsonError,
    CorruptScanError,
    MaskSizeError,
    NoSuchFileError,
    ScanColourError,
    TruncatedScanError,
    UnknownDamageClassError,
)
from pellicle.io.area_file import read_area_strips, read_damage_strips
from pellicle.io.png_file import CONDITION_PALETTE, png_bytes
from pellicle.io.vips import pyvips
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize

HEIGHT, WIDTH = 40, 30
RASTER = RasterSpec(HEIGHT, WIDTH, PixelSize.from_ppi(300))


def blob() -> np.ndarray:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.hypot(y - 18, x - 14) < 9


def damage(path: Path, strip_px: int = 16) -> np.ndarray:
    strips = list(read_damage_strips(path, RASTER, strip_px))
    assert all(labels.shape == window.shape for window, labels in strips)
    assert all(labels.dtype == np.uint8 for _, labels in strips)
    return np.concatenate([labels for _, labels in strips])


def area(path: Path) -> np.ndarray:
    strips = [inside for _, inside in read_area_strips(path, RASTER, 16)]
    assert all(inside.dtype == np.bool_ for inside in strips)
    return np.concatenate(strips)


def png(path: Path, samples: np.ndarray, **options: object) -> Path:
    image = pyvips.Image.new_from_array(samples)
    bands = 1 if samples.ndim == 2 else samples.shape[2]
    kind = ("b-w" if samples.dtype == np.uint8 else "grey16") if bands < 3 else "srgb"
    image.copy(interpretation=kind).pngsave(str(path), **options)
    return path


def palette_png(
    path: Path,
    indexes: np.ndarray,
    colours: list[tuple[int, int, int]],
    opacities: bytes = b"",
    bits: int = 8,
) -> Path:
    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + zlib.crc32(body).to_bytes(4)

    height, width = indexes.shape
    spread = (indexes[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1
    rows = np.packbits(spread.reshape(height, -1).astype(np.uint8), axis=1)
    filtered = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 3, 0, 0, 0))
        + chunk(b"PLTE", bytes(v for colour in colours for v in colour))
        + (chunk(b"tRNS", opacities) if opacities else b"")
        + chunk(b"IDAT", zlib.compress(filtered.tobytes()))
        + chunk(b"IEND", b"")
    )
    return path


# pictures


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_values_of_0_to_8_are_labels(tmp_path: Path, dtype: str) -> None:
    labels = np.random.default_rng(0).integers(0, 9, (HEIGHT, WIDTH))
    path = tmp_path / "mask.tif"
    tifffile.imwrite(path, labels.astype(dtype))
    np.testing.assert_array_equal(damage(path), labels)
    np.testing.assert_array_equal(area(path), labels > 0)


def test_one_value_above_8_makes_it_a_mask(tmp_path: Path) -> None:
    values = np.full((HEIGHT, WIDTH), 8, np.uint8)
    values[-1, -1] = 9
    assert not damage(png(tmp_path / "mask.png", values)).any()
    values[-1, -2] = 128
    assert damage(png(tmp_path / "mask.png", values)).sum() == 1


@pytest.mark.parametrize(
    ("dtype", "below", "half"), [("uint8", 127, 128), ("uint16", 32767, 32768)]
)
@pytest.mark.parametrize("bands", [1, 3])
def test_at_least_half_of_full_scale_is_loss(
    tmp_path: Path, bands: int, dtype: str, below: int, half: int
) -> None:
    values = np.where(blob(), half, below).astype(dtype)[:, :, None]
    path = png(tmp_path / "mask.png", np.repeat(values, bands, axis=2))
    np.testing.assert_array_equal(damage(path), blob())
    np.testing.assert_array_equal(area(path), blob())


def test_colours_count_by_their_mean(tmp_path: Path) -> None:
    samples = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    samples[0, 0] = 255, 255, 0  # mean 170
    samples[0, 1] = 255, 100, 0  # mean 118
    labels = damage(png(tmp_path / "mask.png", samples))
    assert labels[0, 0] == 1
    assert labels.sum() == 1


def test_mask_drawn_in_one_saturated_colour_is_understood(tmp_path: Path) -> None:
    samples = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    samples[blob(), 0] = 255
    path = png(tmp_path / "mask.png", samples)
    np.testing.assert_array_equal(damage(path), blob())


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_alpha_is_multiplied_in(tmp_path: Path, dtype: str) -> None:
    full = np.iinfo(dtype).max
    samples = np.full((HEIGHT, WIDTH, 2), full, dtype)
    samples[:, :, 1] = np.where(blob(), full, 0)
    samples[0, 0] = full // 4 * 3, full // 2  # 3/8
    path = png(tmp_path / "mask.png", samples)
    np.testing.assert_array_equal(damage(path), blob())


def test_premultiplied_alpha_is_not_multiplied_twice(tmp_path: Path) -> None:
    samples = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    samples[blob()] = 150
    path = tmp_path / "mask.tif"
    tifffile.imwrite(path, samples, photometric="rgb", extrasamples=["assocalpha"])
    np.testing.assert_array_equal(damage(path), blob())
    tifffile.imwrite(path, samples, photometric="rgb", extrasamples=["unassalpha"])
    np.testing.assert_array_equal(damage(path), blob())  # by alpha alone


@pytest.mark.parametrize("ink", [(0, 0, 0), (200, 30, 30), (5, 5, 5)])
def test_strokes_on_a_transparent_layer_count_whatever_their_colour(
    tmp_path: Path, ink: tuple[int, int, int]
) -> None:
    samples = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    samples[blob()] = *ink, 255
    if ink == (5, 5, 5):  # else it would be a label image
        samples[0, 0] = 90, 90, 90, 0
    path = png(tmp_path / "mask.png", samples)
    np.testing.assert_array_equal(damage(path), blob())


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("opacities", [b"", b"\0\xff"])
def test_indexes_of_a_coloured_palette_are_labels(
    tmp_path: Path, bits: int, opacities: bytes
) -> None:
    top = min(9, 2**bits)
    labels = np.random.default_rng(0).integers(0, top, (HEIGHT, WIDTH))
    colours = [(255 - 20 * i, 10 * i, 30) for i in range(top)]
    path = palette_png(tmp_path / "mask.png", labels, colours, opacities, bits)
    np.testing.assert_array_equal(damage(path), labels)
    np.testing.assert_array_equal(area(path), labels > 0)


def test_our_own_condition_map_comes_back_as_labels(tmp_path: Path) -> None:
    labels = np.random.default_rng(0).integers(0, 9, (HEIGHT, WIDTH)).astype(np.uint8)
    path = tmp_path / "condition.png"
    path.write_bytes(png_bytes(labels, CONDITION_PALETTE))
    np.testing.assert_array_equal(damage(path), labels)


def test_grey_palette_counts_by_its_greys(tmp_path: Path) -> None:
    white_first = palette_png(
        tmp_path / "a.png", (~blob()).astype(int), [(255,) * 3, (0,) * 3], bits=1
    )
    np.testing.assert_array_equal(damage(white_first), blob())
    shuffled = np.array([3, 0, 1, 2])
    labels = np.random.default_rng(0).integers(0, 4, (HEIGHT, WIDTH))
    path = palette_png(
        tmp_path / "b.png", shuffled[labels], [(1,) * 3, (2,) * 3, (3,) * 3, (0,) * 3]
    )
    np.testing.assert_array_equal(damage(path), labels)


def test_palette_with_more_than_8_colours_in_use_is_a_picture(tmp_path: Path) -> None:
    indexes = np.where(blob(), 20, 3)
    colours = [(i, 0, 0) for i in range(20)] + [(255, 250, 200)]
    path = palette_png(tmp_path / "mask.png", indexes, colours)
    np.testing.assert_array_equal(damage(path), blob())


def test_bilevel_pictures_are_masks(tmp_path: Path) -> None:
    path = png(tmp_path / "mask.png", blob().astype(np.uint8) * 255, bitdepth=1)
    np.testing.assert_array_equal(damage(path), blob())
    path = tmp_path / "mask.tif"
    image = pyvips.Image.new_from_array(blob().astype(np.uint8) * 255)
    image.tiffsave(str(path), bitdepth=1)
    np.testing.assert_array_equal(damage(path), blob())


def test_jpeg_is_never_labels(tmp_path: Path) -> None:
    path = tmp_path / "mask.jpg"
    dark = np.full((HEIGHT, WIDTH), 3, np.uint8)
    pyvips.Image.new_from_array(dark).jpegsave(str(path))
    assert not damage(path).any()


def test_orientation_of_a_mask_is_honoured(tmp_path: Path) -> None:
    path = tmp_path / "mask.tif"
    lying = np.ascontiguousarray(np.rot90(blob()).astype(np.uint8) * 255)
    tifffile.imwrite(path, lying, extratags=[(274, "H", 1, 6, True)])
    np.testing.assert_array_equal(damage(path), blob())


def test_mask_of_another_size_is_refused_with_both_sizes(tmp_path: Path) -> None:
    path = png(tmp_path / "mask.png", np.zeros((WIDTH, HEIGHT), np.uint8))
    with pytest.raises(MaskSizeError, match=r"40 × 30 px.*30 × 40 px"):
        damage(path)
    with pytest.raises(MaskSizeError):
        area(path)


def test_broken_and_unusable_masks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFileError):
        damage(tmp_path / "none.png")
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH), np.uint8)
    path = png(tmp_path / "mask.png", noise)
    content = path.read_bytes()
    path.write_bytes(content[:400])
    with pytest.raises(TruncatedScanError):
        damage(path)
    path.write_bytes(content[:300] + b"\0" + content[301:])
    with pytest.raises(CorruptScanError):
        damage(path)
    cmyk = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    tifffile.imwrite(path, cmyk, photometric="separated")
    with pytest.raises(ScanColourError):
        damage(path)


# polygons


def geojson(path: Path, *features: tuple[dict, list]) -> Path:
    tree = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": properties,
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
            for properties, ring in features
        ],
    }
    path.write_text(json.dumps(tree))
    return path


BOX = [[2, 3], [12, 3], [12, 33], [2, 33], [2, 3]]
SMALL = [[10, 30], [14, 30], [14, 35], [10, 35], [10, 30]]


@pytest.mark.parametrize("suffix", ["geojson", "json", "GeoJSON", "bin"])
@pytest.mark.parametrize(
    ("properties", "label"),
    [
        ({}, 1),
        ({"class": None}, 1),
        ({"class": "loss"}, 1),
        ({"class": " Split "}, 4),
        ({"class": 3}, 3),
        ({"class": 8.0}, 8),
        ({"class": "tear", "note": "x"}, 8),
    ],
)
def test_features_carry_their_class(
    tmp_path: Path, suffix: str, properties: dict, label: int
) -> None:
    path = geojson(tmp_path / f"mask.{suffix}", (properties, BOX))
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[3:33, 2:12] = label
    np.testing.assert_array_equal(damage(path), expected)
    np.testing.assert_array_equal(area(path), expected > 0)


def test_later_features_lie_over_earlier_ones(tmp_path: Path) -> None:
    path = geojson(tmp_path / "m.json", ({"class": 1}, BOX), ({"class": 2}, SMALL))
    labels = damage(path, 7)
    assert (labels[30:35, 10:14] == 2).all()
    assert (labels == 1).sum() == 300 - 6


@pytest.mark.parametrize("stated", ["hole", 9, -1, 1.5, True, ["loss"]])
def test_unknown_class_is_named(tmp_path: Path, stated: object) -> None:
    path = geojson(tmp_path / "mask.json", ({"class": stated}, BOX))
    with pytest.raises(UnknownDamageClassError, match="loss, abrasion"):
        damage(path)
    assert area(path).any()


def test_polygons_outside_the_scan_are_refused(tmp_path: Path) -> None:
    far = [[x + 1000, y] for x, y in BOX]
    with pytest.raises(BadGeojsonError, match="30 × 40 px"):
        area(geojson(tmp_path / "mask.json", ({}, far)))

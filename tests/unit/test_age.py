# SPDX-License-Identifier: Apache-2.0
"""Ageing of whole pictures and scans: repeatable, to scale, true to its labels."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from aged_paint import MAY_LABEL, paint

from pellicle.colour.convert import linear_map
from pellicle.errors import BadSettingError, ScaleUnknownError, ScanTooLargeError
from pellicle.io.icc import scan_encoding
from pellicle.learn.ageing.age import Aged, age
from pellicle.learn.ageing.crack_growth import CrackKind, CrackPlan, grow_network
from pellicle.learn.ageing.cracks import CrackLook, draw_cracks
from pellicle.learn.ageing.recipe import Kind, Recipe
from pellicle.learn.ageing.scene import Layer, Scene
from pellicle.model.arrays import Array, Labels
from pellicle.model.condition import DamageClass
from pellicle.model.palette import CLASS_COLOURS
from pellicle.model.units import PixelSize
from pellicle.workflow import age as workflow
from pellicle.workflow.age import AgeRequest, age_scan, class_areas

SCAN_SIZE = PixelSize.from_ppi(300)
ADOBE_RGB = bytes(imagecodecs.cms_profile("adobergb"))


def aged(seed: int, *kinds: Kind) -> tuple[Array, Aged]:
    before = paint(seed)
    recipe = Recipe.of(*kinds) if kinds else Recipe()
    return before, age(before, SCAN_SIZE, recipe, np.random.default_rng(seed))


def scan_file(folder: Path, bands: int, dtype: str, icc: bytes | None) -> Path:
    """A scan with every kind of colour its encoding holds, saturated ones too."""
    light = np.random.default_rng(8).random((150, 170, bands))
    samples = (np.iinfo(dtype).max * light**0.5).astype(dtype)
    path = folder / "scan.tif"
    tifffile.imwrite(
        path,
        samples if bands > 1 else samples[..., 0],
        photometric="rgb" if bands > 1 else "minisblack",
        resolution=(300, 300),
        resolutionunit="INCH",
        iccprofile=icc,
    )
    return path


def labels_of(folder: Path) -> Labels:
    rgb = imagecodecs.png_decode((folder / "labels.png").read_bytes())
    found = (rgb[:, :, None] == np.array(CLASS_COLOURS, np.uint8)).all(axis=3)
    assert found.any(axis=2).all()
    return found.argmax(axis=2).astype(np.uint8)


def test_the_same_seed_gives_the_same_damage_and_another_seed_another() -> None:
    (_, first), (_, again), (_, other) = aged(1), aged(1), aged(2)
    np.testing.assert_array_equal(first.rgb_linear, again.rgb_linear)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert first.contrasts_l == again.contrasts_l
    assert (first.labels != other.labels).any()


def test_a_kind_is_drawn_alike_whatever_else_happens() -> None:
    before, alone = aged(4, Kind.CRAQUELURE)
    _, both = aged(4, Kind.CRAQUELURE, Kind.SCRATCHES)
    assert alone.contrasts_l[Kind.CRAQUELURE] == both.contrasts_l[Kind.CRAQUELURE]
    only_cracks = both.changed & (alone.rgb_linear != before).any(axis=2)
    same = (both.rgb_linear == alone.rgb_linear).all(axis=2)
    assert same[only_cracks].mean() > 0.5


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_alone_gives_labels_of_its_own_only(kind: Kind) -> None:
    found: set[int] = set()
    for seed in range(10):
        found |= set(np.unique(aged(seed, kind)[1].labels).tolist())
    assert found - {0} == {int(one) for one in MAY_LABEL[kind]}


@pytest.mark.parametrize("kind", [*Kind, None])
def test_only_changed_pixels_differ_and_only_they_are_labelled(
    kind: Kind | None,
) -> None:
    for seed in range(6):
        before, after = aged(seed, *([kind] if kind else []))
        differs = (after.rgb_linear != before).any(axis=2)
        assert not (differs & ~after.changed).any()
        # Gaps in worn paint belong to the patch.
        labelled = after.labels[~differs]
        assert set(np.unique(labelled)) <= {0, int(DamageClass.ABRASION)}
        assert after.rgb_linear.min() >= 0
        assert after.rgb_linear.max() <= 1


def crack_cover(ppi: float, width_um: float) -> tuple[Scene, Array]:
    """A straight-walled network drawn at a sampling rate: scene and cover."""
    side = round(240 * ppi / 300)
    grey = np.full((side, side, 3), 0.4, np.float32)
    scene = Scene.of(grey, PixelSize.from_ppi(ppi))
    plan = CrackPlan(CrackKind.AGE, 4_000.0, width_um=width_um)
    rng = np.random.default_rng(3)
    network = grow_network(rng, scene.shape, scene.pixel_size, plan)
    look = CrackLook(-20.0, fill_loss=0.0)
    *_, layer = draw_cracks(scene, network, look, rng)
    assert isinstance(layer, Layer)
    return scene, layer.cover


def test_cracks_are_as_wide_in_micrometres_at_300_and_at_1200_ppi() -> None:
    covered_mm2 = []
    for ppi in (300, 1200):
        scene, cover = crack_cover(ppi, 250.0)
        covered_mm2.append(float(cover.sum()) * scene.pixel_size.area_mm2)
    assert covered_mm2[1] == pytest.approx(covered_mm2[0], rel=0.1)


@pytest.mark.parametrize("width_um", [20.0, 60.0])
def test_no_crack_is_thinner_than_a_pixel(width_um: float) -> None:
    _, cover = crack_cover(300, width_um)
    crossed = cover > 0
    # A line one pixel wide leaves at least that much cover across it, so that pixels
    # beside each other on a line add up to its strength, which has a least.
    middle = crossed[1:-1, 1:-1]
    sums = cover[:-2, 1:-1] + cover[1:-1, 1:-1] + cover[2:, 1:-1]
    sums = np.maximum(sums, cover[1:-1, :-2] + cover[1:-1, 1:-1] + cover[1:-1, 2:])
    assert np.quantile(sums[middle], 0.05) > 0.4


@pytest.mark.parametrize(
    ("bands", "dtype", "icc"),
    [(3, "uint16", ADOBE_RGB), (3, "uint8", None), (1, "uint8", None)],
    ids=["16-bit Adobe RGB", "8-bit", "8-bit grey"],
)
def test_pixels_not_changed_are_the_scans_own(
    tmp_path: Path, bands: int, dtype: str, icc: bytes | None
) -> None:
    path, out = scan_file(tmp_path, bands, dtype, icc), tmp_path / "aged"
    kinds = (Kind.CRAQUELURE, Kind.LOSS, Kind.SPLIT)
    record = age_scan(out, AgeRequest(path, kinds=kinds, seed=3), quiet=True)
    before, after = tifffile.imread(path), tifffile.imread(out / "aged.tif")
    assert (after.dtype, after.shape) == (before.dtype, before.shape)
    with tifffile.TiffFile(out / "aged.tif") as file:
        page = file.pages.first
        assert page.iccprofile == icc
        assert page.get_resolution("INCH") == pytest.approx((300, 300))
    changed = expected_change(before.reshape(150, 170, bands), icc, kinds)
    differs = (after != before).reshape(150, 170, bands).any(axis=2)
    assert differs.any()
    assert not (differs & ~changed).any()
    labels = labels_of(out)
    assert not (labels[~differs]).any()
    assert record["classes"] == class_areas(labels, SCAN_SIZE)
    assert (out / "original.tif").read_bytes() == path.read_bytes()


def expected_change(
    samples: Array, icc: bytes | None, kinds: tuple[Kind, ...]
) -> Array:
    light = scan_encoding(icc, samples.shape[2]).linear(samples)
    srgb = np.clip(linear_map(light, workflow.SRGB_FROM_REC2020), 0, 1)
    recipe = Recipe.of(*kinds)
    return age(srgb, SCAN_SIZE, recipe, np.random.default_rng(3)).changed


def test_faint_damage_leaves_no_edge_in_colours_beyond_srgb() -> None:
    samples = np.zeros((64, 64, 3), np.uint16)
    samples[..., 1] = 60_000  # a green that sRGB cannot hold
    encoding = scan_encoding(ADOBE_RGB, 3)
    light = linear_map(encoding.linear(samples), workflow.SRGB_FROM_REC2020)
    assert light.min() < -0.1
    flat = samples.reshape(-1, 3)
    inside = np.clip(light, 0, 1).reshape(-1, 3)
    shaded = workflow.encoded_after(encoding, flat, inside * np.float32(0.999))
    assert abs(shaded.astype(int) - flat).max() < 150
    same = workflow.encoded_after(encoding, flat, inside)
    np.testing.assert_array_equal(same, flat)


def test_the_record_names_every_file_by_its_hash(tmp_path: Path) -> None:
    path = scan_file(tmp_path, 3, "uint8", None)
    request = AgeRequest(path, ppi=600, kinds=(Kind.LOSS,), seed=5, plainness=0.5)
    age_scan(tmp_path / "one", request, quiet=True)
    age_scan(tmp_path / "two", request, quiet=True)
    one, two = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    assert one == two
    record = json.loads(one["age.json"])
    assert set(one) == {*record["sha256"], "age.json"}
    for name, sha256 in record["sha256"].items():
        assert hashlib.sha256(one[name]).hexdigest() == sha256
    assert record["complete"]
    assert record["kinds"] == list(record["contrasts_l"]) == ["loss"]
    assert record["pixel_size_um"] == pytest.approx(25_400 / 600)


def test_a_scan_without_a_scale_is_refused_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "scan.tif"
    tifffile.imwrite(path, np.zeros((40, 40, 3), np.uint8), photometric="rgb")
    with pytest.raises(ScaleUnknownError):
        age_scan(tmp_path / "aged", AgeRequest(path), quiet=True)
    assert not (tmp_path / "aged").exists()


def test_a_scan_too_large_is_refused_by_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scan_file(tmp_path, 3, "uint8", None)
    monkeypatch.setattr(workflow, "MOST_MPX", 0.02)
    with pytest.raises(ScanTooLargeError):
        age_scan(tmp_path / "aged", AgeRequest(path), quiet=True)


@pytest.mark.parametrize(
    "settings",
    [
        {"ppi": 300, "width_mm": 20},
        {"ppi": -1},
        {"width_mm": float("nan")},
        {"seed": -1},
        {"plainness": 9},
    ],
    ids=str,
)
def test_settings_that_cannot_be_meant_are_refused(
    tmp_path: Path, settings: dict[str, float]
) -> None:
    path = scan_file(tmp_path, 3, "uint8", None)
    with pytest.raises(BadSettingError):
        age_scan(tmp_path / "aged", AgeRequest(path, **settings), quiet=True)


def test_folders_that_hold_other_things_are_left_alone(tmp_path: Path) -> None:
    path = scan_file(tmp_path, 3, "uint8", None)
    other = tmp_path / "other"
    other.mkdir()
    (other / "original.tif").write_bytes(b"mine")
    for folder in (other, tmp_path):
        with pytest.raises(BadSettingError):
            age_scan(folder, AgeRequest(path), quiet=True)
    assert [file.name for file in other.iterdir()] == ["original.tif"]


def test_the_command_needs_no_torch() -> None:
    code = "import sys, pellicle.cli.age; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

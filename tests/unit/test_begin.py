# SPDX-License-Identifier: Apache-2.0
"""What is asked for is checked before it is kept."""

import json
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from pellicle.errors import (
    BadScaleError,
    BadSettingError,
    CorruptScanError,
    MaskSizeError,
    PellicleError,
    ReconstructionSizeError,
    SourceConflictError,
    UnknownDamageClassError,
)
from pellicle.model.artefact import ArtefactKind
from pellicle.treatment.folder import Treatment
from pellicle.workflow.begin import Request, begun, configure


def scan_at(path: Path, seed: int = 1) -> Path:
    samples = np.random.default_rng(seed).integers(0, 65536, (24, 32, 3), np.uint16)
    tifffile.imwrite(path, samples, photometric="rgb", resolution=(300, 300))
    return path


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return scan_at(tmp_path / "scan.tif")


@pytest.fixture
def treatment(scan: Path, tmp_path: Path) -> Treatment:
    with begun(tmp_path / "work.pellicle", Request(scan)) as treatment:
        return treatment


def kept(treatment: Treatment) -> set[str]:
    return {path.name for path in treatment.sources.iterdir()}


def mask_at(path: Path, height_px: int, width_px: int) -> Path:
    path.write_bytes(imagecodecs.png_encode(np.zeros((height_px, width_px), np.uint8)))
    return path


def geojson_at(path: Path, damage_class: str) -> Path:
    ring = [[1, 1], [9, 1], [9, 9], [1, 9], [1, 1]]
    feature = {
        "type": "Feature",
        "properties": {"class": damage_class},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def test_whole_numbers_and_fractions_of_equal_value_are_one_setting(
    treatment: Treatment, scan: Path
) -> None:
    toml = treatment.path / "treatment.toml"
    with begun(treatment.path, Request(scan, ppi=600.0)):
        pass
    first = toml.read_bytes()
    with begun(treatment.path, Request(scan, ppi=600)):
        pass
    assert toml.read_bytes() == first


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"settings.reconstruct.seed": -1}, "seed"),
        ({"settings.reconstruct.infill_craquelure": "no"}, "infill_craquelure"),
        ({"settings.reconstruct.sede": 1}, "sede"),
        ({"settings.condition.sensitivity": 2.0}, "sensitivity"),
        ({"settings.condition.split_least_part": 0.0}, "split_least_part"),
        ({"settings.mask.print_setup": 3}, "print_setup"),
        ({"settings.policy.nmae": "strict"}, "nmae"),
    ],
)
def test_setting_that_cannot_be_is_refused_and_not_kept(
    treatment: Treatment, settings: dict[str, object], error: str
) -> None:
    before = (treatment.path / "treatment.toml").read_bytes()
    with pytest.raises(BadSettingError, match=error):
        configure(treatment, settings)
    assert (treatment.path / "treatment.toml").read_bytes() == before


def test_setting_that_can_be_is_kept(treatment: Treatment) -> None:
    configure(treatment, {"settings.reconstruct.seed": 7, "policy": None})
    assert treatment.description().step("reconstruct") == {"seed": 7}


@pytest.mark.parametrize(
    "request_of",
    [
        {"width_mm": 1e-6},
        {"width_mm": 1e9},
        {"ppi": 1e-3},
    ],
)
def test_scale_that_no_scan_has_is_refused_and_not_kept(
    treatment: Treatment, scan: Path, request_of: dict[str, float]
) -> None:
    before = (treatment.path / "treatment.toml").read_bytes()
    with (
        pytest.raises(BadScaleError),
        begun(treatment.path, Request(scan, **request_of)),
    ):
        pass
    assert (treatment.path / "treatment.toml").read_bytes() == before
    assert treatment.path.exists()


@pytest.mark.parametrize(
    ("role", "error"),
    [
        ("damage", MaskSizeError),
        ("damage_adds", MaskSizeError),
        ("outline", MaskSizeError),
        ("protect", MaskSizeError),
        ("reconstruction", ReconstructionSizeError),
    ],
)
def test_file_of_another_size_is_refused_and_not_kept(
    treatment: Treatment,
    scan: Path,
    tmp_path: Path,
    role: str,
    error: type[PellicleError],
) -> None:
    before = kept(treatment)
    given = mask_at(tmp_path / "mask.png", 20, 30)
    with (
        pytest.raises(error, match=r"mask\.png"),
        begun(treatment.path, Request(scan, **{role: str(given)})),
    ):
        pass
    assert kept(treatment) == before
    assert "damage" not in treatment.description().step("inputs")


def test_file_with_an_unknown_class_is_refused_and_a_right_one_kept(
    treatment: Treatment, scan: Path, tmp_path: Path
) -> None:
    wrong = geojson_at(tmp_path / "wrong.geojson", "woodworm")
    with (
        pytest.raises(UnknownDamageClassError),
        begun(treatment.path, Request(scan, damage=str(wrong))),
    ):
        pass
    right = geojson_at(tmp_path / "right.geojson", "loss")
    request = Request(scan, damage=str(right), protect=str(wrong))
    with begun(treatment.path, request):
        assert treatment.source("damage") is not None
        assert treatment.source("protect") is not None


def test_other_scan_is_refused_before_it_is_kept(
    treatment: Treatment, tmp_path: Path
) -> None:
    treatment.use(ArtefactKind.SCAN, "0" * 16)
    before = kept(treatment)
    other = scan_at(tmp_path / "other.tif", seed=2)
    with (
        pytest.raises(SourceConflictError, match=r"other\.tif.*scan\.tif"),
        begun(treatment.path, Request(other)),
    ):
        pass
    assert kept(treatment) == before


def test_scan_that_nothing_was_made_of_gives_way_to_another(
    treatment: Treatment, tmp_path: Path
) -> None:
    other = scan_at(tmp_path / "other.tif", seed=2)
    first = treatment.source("scan")
    with begun(treatment.path, Request(other)):
        source = treatment.source("scan")
    assert source is not None
    assert first is not None
    assert source.sha256 != first.sha256
    assert kept(treatment) == {source.file, f"{source.file}.json"}
    assert source.received_as == "other.tif"


def fail_with(error: BaseException, path: Path, scan: Path) -> None:
    with pytest.raises(type(error)), begun(path, Request(scan)):
        raise error


def test_new_folder_is_removed_when_its_scan_cannot_be_decoded(
    scan: Path, tmp_path: Path
) -> None:
    path = tmp_path / "new.pellicle"
    fail_with(CorruptScanError("scan.tif", "strip 3 is broken"), path, scan)
    assert not path.exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError()])
def test_interruption_leaves_what_was_copied(
    error: BaseException, scan: Path, tmp_path: Path
) -> None:
    path = tmp_path / "new.pellicle"
    fail_with(error, path, scan)
    assert Treatment.open(path).source("scan") is not None


def test_folder_that_was_there_before_is_never_removed(
    scan: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.pellicle"
    path.mkdir()
    fail_with(CorruptScanError("scan.tif", "strip 3 is broken"), path, scan)
    assert path.is_dir()

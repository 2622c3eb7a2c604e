# SPDX-License-Identifier: Apache-2.0
import pickle
from pathlib import Path

import pytest

from pellicle import errors

SAMPLES: list[errors.PellicleError] = [
    errors.BadScaleError(0.0),
    errors.DiskFullError("a.tif"),
    errors.UnwritableError("a.tif", "Permission denied"),
    errors.StoreDamagedError("runs/mask"),
    errors.NotATreatmentError("a"),
    errors.TreatmentDamagedError("current.json", "not JSON"),
    errors.SourceConflictError("a.pellicle", "scan.tif", "b.tif"),
    errors.TreatmentBusyError("a.pellicle"),
    errors.WorkerLostError("reconstruct"),
    errors.ScaleUnknownError("scan.png"),
    errors.UnknownRegionError("abc", 3),
    errors.NoSuchCandidateError("abc", 4, 3),
    errors.NoRegionMatchesError("class = tear", 3),
    errors.BadRuleError("area < 3", "'area' at character 1", "one of area_mm2"),
    errors.NotYetMadeError("mask"),
    errors.BadSettingError("workers", "0", "at least 1 was expected"),
    errors.PolicyFileError("mine.toml", "no name"),
    errors.UnknownPolicyError("drft"),
    errors.BadMeasurementsError("a.ti3", "it holds no table", "a CGATS table"),
    errors.MissingFieldsError("a.ti3", "no inks", "the inks of each patch"),
    errors.MissingPatchesError("a.ti3", ("A1", "B7"), "each of 300 patches"),
    errors.SwappedPatchesError((("A1", "B7"),)),
    errors.UnlikelyMeasurementsError(tuple("ABCDEFGHIJ"), 10, 90),
    errors.ScaleDiffersError(100.1, 97.0, "within 2 % of 100 %"),
    errors.ImpossibleInkLimitError("a.toml", 2.2, 100),
    errors.NothingKnownError(100.0),
    errors.EmptyOutlineError("outline-0a1b2c.png"),
    errors.VerifyFailedError(9, ("exports/mask.tif: missing",)),
    errors.NoSuchFileError("scan.tif", "does not exist"),
    errors.UnreadableFileError("scan.tif", "permission denied"),
    errors.UnknownFormatError("scan.psd", "is a Photoshop file", "TIFF, PNG or JPEG"),
    errors.TruncatedScanError("scan.tif", "it ends in row 3 of 9"),
    errors.CorruptScanError("scan.tif", "strip 3 cannot be decoded"),
    errors.ScanColourError("scan.tif", "CMYK colours"),
    errors.ScanDepthError("scan.tif", "32-bit floating point numbers"),
    errors.ScanCompressionError("scan.tif", "WebP"),
    errors.SeveralPagesError("scan.tif", "3 full pages"),
    errors.ScanTooSmallError("scan.tif", 1, 1, 16),
    errors.ScanTooLargeError("scan.tif", 20_000, 10_000, 100),
    errors.ReconstructionSizeError("painted.tif", (3, 4), (5, 6)),
    errors.ProfileConversionError("painted.tif", "no such profile"),
    errors.ReferenceMismatchError("second.jpg", "8 details", "at least 20"),
    errors.BadPointsError("points.csv", "holds 2 pairs"),
    errors.MaskSizeError("mask.png", (3, 4), (5, 6)),
    errors.UnknownDamageClassError("mask.geojson", "'hole'", "loss, abrasion"),
    errors.BadGeojsonError("mask.geojson", "line 3 is broken", "a FeatureCollection"),
    errors.BadColourPairsError("a.csv", "row 2 has no from_x", "a place or a colour"),
    errors.BrokenProfileError("it has no tag 'wtpt'"),
    errors.WrongProfileError("Coated", "CMYK, output device", "RGB is needed"),
    errors.UnknownPrintSetupError("flim", ("film-inkjet-default",)),
    errors.PrintSetupFileError("a.toml", "white.levels", "levels must rise"),
    errors.MediaTooSmallError("a.toml", (90.0, 130.0), (148.0, 170.0)),
    errors.PrintFileError("mask.pdf", "its largest total is 223 %"),
    errors.InkProfileMissingError("film.icc", "a.toml"),
    errors.WorksMissingError("works", 2, 3160, 3235),
    errors.JobOffSpecError("regions", 5000, 5600),
    errors.BenchExtraMissingError("skimage"),
    errors.NetworkMissingError("weights/detail.onnx"),
    errors.NetworkAlteredError("weights/detail.onnx", "its content was changed"),
    errors.NetworkVersionError("weights/networks.json", 3, 1),
    errors.NetworkLayersError("ours/learnt.npz", "2 of 90 layers differ"),
    errors.OtherTrainingError("our-networks"),
    errors.NetworkSignatureError("lama.onnx", "it has picture 1×4×512×512"),
    errors.EmptyCorpusError("paintings", 2),
    errors.TrainExtraMissingError("torch"),
    errors.NothingCorrectedError("a.pellicle"),
]
PAGES = Path(__file__).parents[2] / "docs" / "errors"
FAMILIES = {
    errors.UsageError: 2,
    errors.BadInputError: 65,
    errors.MissingError: 69,
    errors.CannotWriteError: 73,
    errors.TemporaryError: 75,
}


def concrete(cls: type[errors.PellicleError]) -> set[type[errors.PellicleError]]:
    below = cls.__subclasses__()
    if below:
        return set().union(*(concrete(sub) for sub in below))
    return set() if cls in FAMILIES else {cls}


def test_every_error_has_a_sample() -> None:
    assert {type(error) for error in SAMPLES} == concrete(errors.PellicleError)


def test_codes_are_unique() -> None:
    codes = [cls.code for cls in concrete(errors.PellicleError)]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: error.code)
def test_error_says_what_was_found_what_was_needed_and_what_to_do(
    error: errors.PellicleError,
) -> None:
    parts = str(error).removesuffix(f" [{error.code}]").split("; ")
    assert len(parts) == 3, parts
    assert not any(part.endswith(".") for part in parts)


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: error.code)
def test_error_survives_a_worker_process(error: errors.PellicleError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes
    assert str(copy) == str(error)
    assert copy.hint


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: error.code)
def test_error_belongs_to_one_family_and_keeps_its_exit_status(
    error: errors.PellicleError,
) -> None:
    family = next(cls for cls in FAMILIES if isinstance(error, cls))
    assert error.exit_status == FAMILIES[family]


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: error.code)
def test_error_has_a_page_of_the_manual(error: errors.PellicleError) -> None:
    page = (PAGES / f"{error.code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {error.code}\n")

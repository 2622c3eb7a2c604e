# SPDX-License-Identifier: Apache-2.0
"""Figures reckoned again from the exported files alone, by other people's code."""

import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from command_line import LABELS, SCAN
from scipy import ndimage

import pellicle
from pellicle.io.png_file import EVIDENCE_PALETTE
from pellicle.io.store import RasterStore
from pellicle.model.mask import OUTCOME_PLANE
from pellicle.model.raster import Window
from pellicle.model.reconstruction import EvidenceGrade
from pellicle.workflow.begin import Request
from pellicle.workflow.job import JobDone, run_job

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it misses Matplotlib, which is not needed
    import colour

PIXEL_MM = 25.4 / 300
D50_XY = colour.XYZ_to_xy([0.9642, 1.0, 0.8249])
D65_XY = np.array([0.3127, 0.3290])
OPPONENT = np.array(
    [[0.279, 0.72, -0.107], [-0.449, 0.29, 0.077], [0.086, -0.59, 0.501]]
)
SPREADS = ((0.0283, 0.133, 4.336), (0.0392, 0.494), (0.0536, 0.386))
WEIGHTS = ((1.003268, 0.114379, -0.117647), (0.616725, 0.383275), (0.568102, 0.431898))


@dataclass(frozen=True)
class Exports:
    """What a reader of the exports has; Lab and XYZ are on D50."""

    planes: np.ndarray
    evidence_rgb: np.ndarray
    difference_de00: np.ndarray
    lab: dict[str, np.ndarray]


def lab_d50(path: Path) -> np.ndarray:
    with tifffile.TiffFile(path) as tiff:
        samples = tiff.asarray()
        profile = tiff.pages[0].tags[34675].value
    return imagecodecs.cms_transform(
        samples / 65535,
        profile,
        imagecodecs.cms_profile("lab4"),
        colorspace="rgb",
        outcolorspace="lab",
        outdtype="f8",
        intent=1,
    )


@pytest.fixture(scope="module")
def exports(small_job: JobDone) -> Exports:
    return exports_of(small_job)


@pytest.fixture(scope="module")
def dim_job(
    small_job: JobDone, tmp_path_factory: pytest.TempPathFactory
) -> tuple[JobDone, np.ndarray]:
    """The same job under a film that is not clear, and what in it is painting."""
    folder = tmp_path_factory.mktemp("dim")
    setups = Path(pellicle.__file__).parent / "print_setups"
    text = (setups / "film-inkjet-default.toml").read_text(encoding="utf-8")
    dim = folder / "dim.toml"
    dim.write_text(text.replace("transmittance = 1.0", "transmittance = 0.9"))
    shutil.copy(setups / "ISOcoated_v2_300_bas.icc", folder)
    painting = np.ones(tifffile.imread(SCAN).shape[:2], np.bool_)
    painting[:, :60] = False
    outline = folder / "outline.png"
    outline.write_bytes(imagecodecs.png_encode(painting * np.uint8(255)))
    treatment = shutil.copytree(small_job.treatment, folder / "dim.pellicle")
    request = Request(SCAN, print_setup=str(dim), outline=str(outline))
    return run_job(treatment, request, 1, quiet=True), painting


def exports_of(job: JobDone) -> Exports:
    folder = job.treatment / "exports"
    difference = imagecodecs.png_decode((folder / "proof-difference.png").read_bytes())
    return Exports(
        tifffile.imread(folder / "mask.tif"),
        imagecodecs.png_decode((folder / "evidence.png").read_bytes()),
        difference / 100,
        {
            "scan": lab_d50(SCAN),
            "target": lab_d50(folder / "reconstruction.tif"),
            "proof": lab_d50(folder / "proof.tif"),
        },
    )


def seen_lab(lab: np.ndarray) -> np.ndarray:
    """S-CIELAB at 500 mm in double precision, by whole kernels."""
    xyz = colour.chromatic_adaptation(
        colour.Lab_to_XYZ(lab, D50_XY),
        colour.xy_to_XYZ(D50_XY),
        colour.xy_to_XYZ(D65_XY),
        method="Von Kries",
        transform="Bradford",
    )
    per_degree = 2 * 500 * np.tan(np.radians(0.5)) / PIXEL_MM
    reach = int(per_degree / 2)
    degrees = np.arange(-reach, reach + 1) / per_degree
    opponent = xyz @ OPPONENT.T
    seen = np.zeros_like(opponent)
    for n in range(3):
        for spread, weight in zip(SPREADS[n], WEIGHTS[n], strict=True):
            kernel = np.exp(-((degrees / spread) ** 2))
            kernel /= kernel.sum()
            rows = ndimage.correlate1d(opponent[:, :, n], kernel, 0)
            seen[:, :, n] += weight * ndimage.correlate1d(rows, kernel, 1)
    back = np.maximum(seen @ np.linalg.inv(OPPONENT).T, 0)
    return colour.XYZ_to_Lab(back, D65_XY)


def de00(lab_a: np.ndarray, lab_b: np.ndarray) -> np.ndarray:
    return colour.delta_E(lab_a, lab_b, method="CIE 2000")


def test_areas_and_colours(small_job: JobDone, exports: Exports) -> None:
    figures = small_job.figures
    inked = exports.planes.any(axis=2)
    inked_mm2 = np.count_nonzero(inked) * PIXEL_MM**2
    assert figures["mask_area_mm2"] == pytest.approx(inked_mm2, abs=1e-3)
    colours = np.rint(exports.planes[inked] / 257)
    assert figures["unique_colours"] == len(np.unique(colours, axis=0))
    for grade in EvidenceGrade:
        shown = (exports.evidence_rgb == EVIDENCE_PALETTE[grade]).all(axis=2)
        grade_mm2 = np.count_nonzero(shown) * PIXEL_MM**2 if grade else 0
        found_mm2 = figures["evidence_area_mm2"].get(grade.label, 0)
        assert found_mm2 == pytest.approx(grade_mm2, abs=1e-3)
    printed = figures["regions_printed"]
    assert figures["hand_hours_estimate"] == pytest.approx(printed * 2.5 / 60, abs=0.01)


def test_difference_is_told_wherever_something_was_reconstructed(
    exports: Exports,
) -> None:
    found = de00(exports.lab["proof"], exports.lab["target"])
    np.testing.assert_allclose(exports.difference_de00, found, atol=0.02)
    untouched = (exports.evidence_rgb == EVIDENCE_PALETTE[0]).all(axis=2)
    assert not exports.difference_de00[untouched].any()
    not_printed = ~untouched & ~exports.planes.any(axis=2)
    assert not_printed.any()
    assert exports.difference_de00[not_printed].mean() > 2


def test_predicted_differences(small_job: JobDone, exports: Exports) -> None:
    # Two levels of white and no glaze: full white is inside the choke.
    inside = exports.planes[:, :, 4] == 65_535
    figures = small_job.figures
    inside_de00 = exports.difference_de00[inside]
    assert figures["predicted_de00_mean"] == pytest.approx(inside_de00.mean(), abs=1e-3)
    p95_de00 = np.percentile(inside_de00, 95)
    assert figures["predicted_de00_p95"] == pytest.approx(p95_de00, abs=0.02)


def test_visible_areas(small_job: JobDone, exports: Exports) -> None:
    target = seen_lab(exports.lab["target"])
    for name, when in (("scan", "before"), ("proof", "after")):
        seen_de00 = de00(seen_lab(exports.lab[name]), target)
        visible_mm2 = np.count_nonzero(seen_de00 > 2) * PIXEL_MM**2
        found_mm2 = small_job.figures[f"visible_area_{when}_mm2"]
        assert found_mm2 == pytest.approx(visible_mm2, rel=2e-3, abs=0.05)


def test_film_that_is_not_clear_is_seen_all_over_the_painting(
    dim_job: tuple[JobDone, np.ndarray],
) -> None:
    job, painting = dim_job
    exports = exports_of(job)
    scan, proof = exports.lab["scan"], exports.lab["proof"]
    np.testing.assert_array_equal(proof[~painting], scan[~painting])
    bare = painting & ~exports.planes.any(axis=2)
    assert (proof[bare][:, 0] < scan[bare][:, 0]).mean() > 0.99
    sound = painting & (imagecodecs.png_decode(LABELS.read_bytes()) == 0)
    film_de00 = de00(proof[sound], scan[sound]).mean()
    assert 1 < film_de00 < 5
    assert job.figures["untouched_de00_mean"] == pytest.approx(film_de00, abs=0.01)
    found = de00(proof, exports.lab["target"])
    np.testing.assert_allclose(exports.difference_de00, found, atol=0.02)
    visible = de00(seen_lab(proof), seen_lab(exports.lab["target"])) > 2
    visible_mm2 = np.count_nonzero(visible & painting) * PIXEL_MM**2
    assert visible_mm2 > 0.5 * np.count_nonzero(painting) * PIXEL_MM**2
    after_mm2 = job.figures["visible_area_after_mm2"]
    assert after_mm2 == pytest.approx(visible_mm2, rel=2e-3)
    # Where ink is printed, it makes up for the film.
    assert job.figures["predicted_de00_mean"] < film_de00 / 2


def test_under_clear_film_only_what_the_mask_changes_is_stored(
    small_job: JobDone, exports: Exports
) -> None:
    runs = small_job.treatment / "runs"
    mask, proof = (
        RasterStore.open(next((runs / kind).iterdir()) / "raster.zarr")
        for kind in ("mask", "proof")
    )
    whole = Window(0, 0, *exports.planes.shape[:2])
    masked = mask.read("planes", whole)[:, :, OUTCOME_PLANE] != 0
    stored = proof.read("samples", whole).any(axis=2)
    np.testing.assert_array_equal(stored, masked)
    assert 0 < np.count_nonzero(stored) < stored.size / 4

# SPDX-License-Identifier: Apache-2.0
"""Printed sheets, as Ghostscript renders them and as faults would change them."""

import dataclasses
import itertools
import subprocess
from collections.abc import Callable

import cv2
import numpy as np
import pytest
import tifffile

from pellicle.colour.film import FilmModel
from pellicle.io.icc import output_profile
from pellicle.io.mask_pdf import write_mask_pdf
from pellicle.io.print_setup_file import load_print_setup
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.sheet_layout import scale_bars
from pellicle.model.arrays import Array
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.stages.register.marks import find_sheet
from pellicle.workflow.sheet_check import (
    SheetCheck,
    check_picture,
    check_plates,
    expected_marks,
)

PPI = 300
PX_MM = PPI / 25.4
PLATES = ("Cyan", "Magenta", "Yellow", "Black", "White")
SETUP, ICC = load_print_setup("film-inkjet-default")
SHEET = PrintSheet(
    title="A test",
    id="0123456789abcdef",
    raster=RasterSpec(1000, 830, PixelSize.from_ppi(254)),
    mirrored=False,
    spot_name="White",
    ink_limit_percent=220,
    icc_profile=ICC,
    profile_name="Coated",
    made=None,
)


@pytest.fixture(scope="module")
def model() -> FilmModel:
    return FilmModel.of(SETUP, output_profile(ICC))


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Array:
    """(H, W, 5) uint8 of the whole page, with losses scattered over the painting."""
    folder = tmp_path_factory.mktemp("sheet")
    random = np.random.default_rng(5)
    inks = np.zeros((1000, 830, 5), np.uint16)
    for row, column in random.integers(0, 780, (60, 2)):
        inks[row : row + 40, column : column + 30] = random.integers(0, 30_000, 5)
        inks[row : row + 40, column : column + 30, 4] = 65_535
    write_mask_pdf(folder / "mask.pdf", SHEET, [(SHEET.raster.window, inks)])
    command = ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=tiffsep"]
    # A printer of 600 dpi, looked at with 300 ppi.
    options = [f"-r{2 * PPI}", "-dDownScaleFactor=2"]
    options += [f"-sOutputFile={folder}/page.tif", str(folder / "mask.pdf")]
    subprocess.run([*command, *options], check=True, timeout=120)
    found = [tifffile.imread(folder / f"page({name}).tif") for name in PLATES]
    return 255 - np.dstack(found)


def distinct(plates: Array) -> tuple[Array, Array]:
    """Distinct values of the pixels, and which of them each pixel has."""
    packed = np.zeros(plates.shape[:2], np.uint64)
    for plane in range(plates.shape[2]):
        packed = (packed << np.uint64(8)) | plates[..., plane]
    values, where = np.unique(packed, return_inverse=True)
    planes = range(plates.shape[2] - 1, -1, -1)
    flat = [(values >> np.uint64(8 * plane)) & np.uint64(255) for plane in planes]
    return np.stack(flat, axis=-1).astype(np.uint8), where.reshape(-1)


@pytest.fixture(scope="module")
def right(plates: Array, model: FilmModel) -> Array:
    """The print of the sheet as it should be."""
    return printed(plates, model)


def printed(plates: Array, model: FilmModel) -> Array:
    """Linear light of a print that lies on the chart's own backing."""
    flat, where = distinct(plates)
    share = flat.astype(np.float32) / 255
    white = np.array(model.profile.media_white_rgb_linear, np.float32)
    paper = np.tile(white, (len(share), 1))
    colours = model.seen(model.base(paper, share[:, 4]), share[:, :4])
    return colours[where].reshape(*plates.shape[:2], 3).astype(np.float32)


def scanned(  # noqa: PLR0913 -- what may be wrong with a scan
    picture: Array,
    *,
    scale: tuple[float, float] = (1.0, 1.0),
    degrees: float = 0.0,
    mirrored: bool = False,
    blur_px: float = 0.0,
    noise: float = 0.0,
) -> Array:
    """The sheet turned, stretched, blurred, noisy, on a larger white ground."""
    height, width = picture.shape[:2]
    turn = np.radians(degrees)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = matrix @ np.diag(scale)
    if mirrored:
        matrix = matrix @ np.diag([-1.0, 1.0])
    side = int(np.hypot(height, width)) + 60
    shift = np.array([side / 2, side / 2]) - matrix @ [width / 2, height / 2]
    ground = tuple(float(value) for value in np.quantile(picture, 0.99, axis=(0, 1)))
    turned = cv2.warpAffine(
        picture,
        np.column_stack([matrix, shift]),
        (side, side),
        flags=cv2.INTER_AREA,
        borderValue=ground,
    )
    if blur_px:
        turned = cv2.GaussianBlur(turned, (0, 0), blur_px)
    random = np.random.default_rng(1)
    return turned + random.normal(0, noise, turned.shape).astype(np.float32)


def said(check: SheetCheck) -> str:
    return "; ".join(check.faults)


def test_plates_of_ghostscript_are_found_faultless(plates: Array) -> None:
    check = check_plates(plates, PX_MM, SHEET)
    assert check.faults == ()
    assert check.codes == ("pellicle:0123456789abcdef",)
    assert check.found is not None
    assert len(check.found.marks_mm) == 8
    assert check.found.residual_mm < 0.03
    assert [bar.axis for bar in check.bars] == ["across", "down"]
    for bar in check.bars:
        assert bar.measured_mm == pytest.approx(bar.length_mm, abs=0.05)


VIEWS = {
    "straight": {},
    "turned a little": {"degrees": 1.7, "blur_px": 1.0, "noise": 0.02},
    "turned a quarter": {"degrees": 91.0, "blur_px": 0.7, "noise": 0.01},
    "upside down": {"degrees": 178.5, "blur_px": 1.5, "noise": 0.03},
    "at an angle": {"degrees": -33.0, "blur_px": 1.2, "noise": 0.02},
}


@pytest.mark.parametrize("view", VIEWS)
def test_lengths_are_measured_to_a_twentieth_of_a_millimetre(
    right: Array, model: FilmModel, view: str
) -> None:
    check = check_picture(scanned(right, **VIEWS[view]), PX_MM, SHEET, model)
    assert check.faults == (), said(check)
    found = check.found
    assert found is not None
    turn = VIEWS[view].get("degrees", 0.0)
    assert found.turned_degrees == pytest.approx(turn, abs=0.02)
    apart_mm = np.hypot(*(found.marks_mm[:, None] - found.marks_mm).transpose(2, 0, 1))
    apart_px = np.hypot(*(found.marks_px[:, None] - found.marks_px).transpose(2, 0, 1))
    assert np.abs(apart_px / PX_MM - apart_mm).max() <= 0.05
    assert [bar.axis for bar in check.bars] == ["across", "down"]
    for bar in check.bars:
        assert bar.measured_mm == pytest.approx(bar.length_mm, abs=0.05)


@pytest.mark.parametrize(
    ("scale", "view"),
    [
        *(((1.002, 1.002), view) for view in VIEWS),
        ((0.998, 1.0), "turned a little"),
        ((1.0, 1.002), "upside down"),
    ],
)
def test_a_scale_error_is_told_for_its_axis(
    right: Array, model: FilmModel, view: str, scale: tuple[float, float]
) -> None:
    seen = scanned(right, scale=scale, **VIEWS[view])
    check = check_picture(seen, PX_MM, SHEET, model)
    assert check.found is not None
    measured = (check.found.x_scale, check.found.y_scale)
    assert measured == pytest.approx(scale, abs=3e-4)
    assert ("off size across" in said(check)) == (scale[0] != 1)
    assert ("off size down" in said(check)) == (scale[1] != 1)


@pytest.mark.parametrize("view", VIEWS)
def test_the_wrong_side_is_told(right: Array, model: FilmModel, view: str) -> None:
    seen = scanned(right, mirrored=True, **VIEWS[view])
    check = check_picture(seen, PX_MM, SHEET, model)
    assert said(check) == "the sheet is mirrored: printed or laid on the wrong side"


def brighter(share: float) -> Callable[[Array], Array]:
    """A tone curve on the colours: more or less by a share, the ends kept."""

    def curved(plates: Array) -> Array:
        coverage = plates[..., :4] / 255
        changed = coverage * (1 + share * 2 * (1 - coverage))
        colours = np.rint(np.clip(changed, 0, 1) * 255).astype(np.uint8)
        return np.dstack([colours, plates[..., 4]])

    return curved


def converted(plates: Array) -> Array:
    """CMYK through the profile to colour and back: what colour management does."""
    profile = output_profile(ICC)
    flat, where = distinct(plates[..., :4])
    share = flat.astype(np.float32) / 255
    again, _ = profile.ink_and_error(profile.reflectance(share))
    inks = np.rint(again * 255).astype(np.uint8)[where]
    return np.dstack([inks.reshape(*plates.shape[:2], 4), plates[..., 4]])


FAULTS: dict[str, Callable[[Array], Array]] = {
    "tone curve +5 %": brighter(0.05),
    "tone curve -5 %": brighter(-0.05),
    "converted again": converted,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_rip_that_changed_the_plates_is_told_from_its_plates(
    plates: Array, fault: str
) -> None:
    check = check_plates(FAULTS[fault](plates), PX_MM, SHEET)
    assert check.found is not None
    assert "patch" in said(check)


@pytest.mark.parametrize("view", ["straight", "turned a little", "upside down"])
@pytest.mark.parametrize("fault", ["tone curve +5 %", "tone curve -5 %"])
def test_a_tone_curve_is_told_from_the_print(
    plates: Array, model: FilmModel, fault: str, view: str
) -> None:
    seen = scanned(printed(FAULTS[fault](plates), model), **VIEWS[view])
    check = check_picture(seen, PX_MM, SHEET, model)
    assert "% of its ink" in said(check)
    sign = 1 if "+" in fault else -1
    assert all(sign * tone > -0.01 for tone in check.tones.values()), check.tones


def test_a_picture_without_a_sheet_is_told() -> None:
    blank = np.zeros((900, 900, 5), np.uint8)
    noise = np.random.default_rng(0).integers(0, 90, blank.shape, np.uint8)
    for plates in (blank, noise):
        check = check_plates(plates, PX_MM, SHEET)
        assert said(check) == "fewer than four register marks can be seen"


def test_a_sheet_of_another_mask_is_told(plates: Array) -> None:
    other = dataclasses.replace(SHEET, id="f" * 16)
    check = check_plates(plates, PX_MM, other)
    assert said(check) == "it is the sheet of another mask, 0123456789abcdef"


def test_a_large_sheet_is_found_though_its_axes_differ_in_scale() -> None:
    """Half a percent is five millimetres here: one scale puts marks elsewhere."""
    sheet = dataclasses.replace(SHEET, raster=RasterSpec(1000, 460, PixelSize(1000)))
    expected = expected_marks(sheet)
    px_mm, scales, corner = 6.0, (0.9975, 1.0025), (30.0, 20.0)
    picture = np.zeros((round(1060 * px_mm), round(520 * px_mm)), np.uint8)

    def place(x_mm: float, y_mm: float) -> tuple[int, int]:
        """In sixteenths of a pixel, whose centres are at halves."""
        x = (x_mm * scales[0] + corner[0]) * px_mm - 0.5
        y = (y_mm * scales[1] + corner[1]) * px_mm - 0.5
        return round(16 * x), round(16 * y)

    def line(start: tuple[float, float], end: tuple[float, float]) -> None:
        cv2.line(picture, place(*start), place(*end), 255, 1, cv2.LINE_AA, 4)

    for x, y in expected.register_mm:
        line((x - 3.5, y), (x + 3.5, y))
        line((x, y - 3.5), (x, y + 3.5))
        around = np.linspace(0, 2 * np.pi, 49)
        spots = [(x + 2 * np.cos(turn), y + 2 * np.sin(turn)) for turn in around]
        for start, end in itertools.pairwise(spots):
            line(start, end)
    for bar in scale_bars(sheet):
        line(bar.start_mm, bar.end_mm)
    found = find_sheet(picture.astype(np.float32) / 255, px_mm, expected)
    assert found is not None
    assert not found.mirrored
    assert len(found.marks_mm) == 8
    assert (found.x_scale, found.y_scale) == pytest.approx(scales, abs=5e-5)
    assert found.residual_mm < 0.03

# SPDX-License-Identifier: Apache-2.0
"""The chart of a print setup, as files: what to print, and what its patches are."""

from dataclasses import dataclass
from pathlib import Path

from pellicle.io.cgats import write_cgats
from pellicle.io.chart_sheet import ChartSheet, lay_out_chart
from pellicle.io.hashing import hash_of
from pellicle.io.icc import describe
from pellicle.io.mask_pdf import write_colour_pdf, write_mask_pdf, write_white_pdf
from pellicle.io.measurements_file import INK_FIELDS, WHITE_FIELD, WHITE_PASSES
from pellicle.io.print_setup_file import load_print_setup
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.separations import write_mask_inks
from pellicle.model.chart import COLUMNS, chart_patches
from pellicle.model.print_setup import PrintSetup

CHART_LIST = "chart.ti2"
DISTANCE_X, DISTANCE_Y = "DISTANCE_X_MM", "DISTANCE_Y_MM"
BARE_BACKING = "BACKING"
"""Name of the reading of the backing without film."""


@dataclass(frozen=True, slots=True)
class ChartFiles:
    """What was written."""

    files: tuple[Path, ...]
    patches: int
    width_mm: float
    height_mm: float
    distance_x_mm: float
    distance_y_mm: float


def write_chart(folder: Path, name_or_path: str) -> ChartFiles:
    """Write the chart of a print setup.

    Raises
    ------
    UnknownPrintSetupError, PrintSetupFileError, InkProfileMissingError
        If the setup cannot be used.
    DiskFullError, UnwritableError
        If a file cannot be written.
    """
    setup, icc_profile = load_print_setup(name_or_path)
    chart = lay_out_chart(
        chart_patches(
            setup.inks.ink_limit_percent / 100, with_white=not setup.white.none
        )
    )
    sheet = _sheet(setup, icc_profile, chart)
    paths = [folder / f"chart{end}.pdf" for end in ("", "-colour", "-white")]
    writers = (write_mask_pdf, write_colour_pdf, write_white_pdf)
    for path, write in zip(paths, writers, strict=True):
        write(path, sheet, chart.strips())
    inks = folder / "chart.tif"
    write_mask_inks(
        inks,
        chart.raster,
        setup.white.spot_name,
        chart.strips(),
        made=None,
        mirrored=setup.film.mirrored,
    )
    patches = folder / CHART_LIST
    _write_list(patches, setup, chart)
    width_mm, height_mm = chart.raster.size_mm
    return ChartFiles(
        (*paths, inks, patches),
        len(chart.patches),
        width_mm,
        height_mm,
        chart.distance_x_mm,
        chart.distance_y_mm,
    )


def _sheet(setup: PrintSetup, icc_profile: bytes, chart: ChartSheet) -> PrintSheet:
    return PrintSheet(
        title="Calibration chart",
        id=hash_of([[patch.inks, patch.white] for patch in chart.patches]),
        raster=chart.raster,
        mirrored=setup.film.mirrored,
        spot_name=setup.white.spot_name,
        ink_limit_percent=setup.inks.ink_limit_percent,
        icc_profile=icc_profile,
        profile_name=describe(icc_profile).description,
        made=None,
        notes=(
            f"Print setup {setup.name}, {setup.white.passes} passes of white",
            (
                "Measure every patch with the chart laid on white, and on black, "
                "wetted with what will hold the film"
            ),
        ),
    )


def _write_list(path: Path, setup: PrintSetup, chart: ChartSheet) -> None:
    rows: list[tuple[str | float, ...]] = [
        (
            str(number),
            patch.name,
            *(100 * value for value in patch.inks),
            100 * patch.white,
        )
        for number, patch in enumerate(chart.patches, start=1)
    ]
    keywords = {
        "DESCRIPTOR": f"Calibration chart, print setup {setup.name}",
        "ORIGINATOR": "Pellicle",
        "DEVICE_CLASS": "OUTPUT",
        "COLOR_REP": "CMYK",
        "STEPS_IN_PASS": str(COLUMNS),
        "TOTAL_INK_LIMIT": f"{setup.inks.ink_limit_percent:g}",
        WHITE_PASSES: str(setup.white.passes),
        DISTANCE_X: f"{chart.distance_x_mm:g}",
        DISTANCE_Y: f"{chart.distance_y_mm:g}",
    }
    fields = ("SAMPLE_ID", "SAMPLE_LOC", *INK_FIELDS, WHITE_FIELD)
    write_cgats(path, "CTI2", keywords, fields, rows)

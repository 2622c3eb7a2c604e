# SPDX-License-Identifier: Apache-2.0
"""What a joint costs, and how many sheets there are."""

import dataclasses

import numpy as np
import pytest

from pellicle.errors import MediaTooSmallError
from pellicle.io.print_setup_file import load_print_setup
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.sheet_layout import page_needs, page_size_mm
from pellicle.io.sheet_text import tab_lines
from pellicle.model.print_setup import Media, PrintSetup
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.stages.mask.seams import joint_cost, least_visible_path
from pellicle.workflow.imposition import grid_of
from pellicle.workflow.print_sheet import size_correction

SETUP, ICC = load_print_setup("film-inkjet-default")


def sheet_of(width_mm: float, height_mm: float) -> PrintSheet:
    pixel = PixelSize(1000)
    raster = RasterSpec(round(height_mm), round(width_mm), pixel)
    return PrintSheet(
        title="A",
        id="0" * 16,
        raster=raster,
        mirrored=False,
        spot_name="White",
        ink_limit_percent=220,
        icc_profile=ICC,
        profile_name="Coated",
        made=None,
    )


def with_media(**lengths: float) -> PrintSetup:
    return SETUP.model_copy(update={"media": Media(**lengths)})


def costs(**planes: np.ndarray) -> np.ndarray:
    plain = {
        "inked": np.zeros((60, 60), np.float32),
        "seen_de00": np.zeros((60, 60), np.float32),
        "lightness": np.full((60, 60), 50, np.float32),
    }
    return joint_cost(**(plain | planes), pixel_um=500.0)


def test_a_joint_in_bare_calm_film_costs_one() -> None:
    np.testing.assert_array_equal(costs(), np.float32(1))


def test_ink_costs_by_what_it_changes_and_its_surroundings_too() -> None:
    inked = np.zeros((60, 60), np.float32)
    inked[20:40, 20:40] = 1
    seen = np.where(inked > 0, np.float32(4), np.float32(0))
    faint, plain = (
        costs(inked=inked, seen_de00=seen / 4),
        costs(inked=inked, seen_de00=seen),
    )
    assert (plain[inked > 0] > faint[inked > 0]).all()
    assert faint[30, 30] > faint[30, 18] > faint[30, 10] == 1


def test_busy_paint_hides_a_joint() -> None:
    random = np.random.default_rng(1)
    lightness = np.full((60, 60), 50, np.float32)
    lightness[:, 40:] += random.normal(0, 20, (60, 20)).astype(np.float32)
    cost = costs(lightness=lightness)
    assert cost[:, 48:52].max() < 0.6 < cost[:, 10:20].min()
    path = least_visible_path(cost)
    assert (path[20:40] > 38).all()


@pytest.mark.parametrize(
    ("size_mm", "sheets"),
    [
        ((500, 3000), (1, 1, False)),  # a roll without end
        ((700, 400), (1, 1, True)),  # fits across the roll when turned
        ((1100, 1500), (2, 1, False)),
        ((1700, 700), (1, 2, True)),  # turned, two do where upright it takes three
        ((900, 1150), (2, 1, False)),
    ],
)
def test_a_roll_holds_works_as_wide_as_itself(
    size_mm: tuple[float, float], sheets: tuple[int, int, bool]
) -> None:
    grid = grid_of(sheet_of(*size_mm), with_media(width_mm=604))
    assert (grid.columns, grid.rows, grid.turned) == sheets


def test_sheets_of_limited_length_make_a_grid() -> None:
    grid = grid_of(sheet_of(1500, 1400), with_media(width_mm=980, length_mm=680))
    assert grid.columns > 1
    assert grid.rows > 1
    assert min(grid.half_band_mm) >= 4


def test_a_setup_without_media_needs_one_sheet() -> None:
    unlimited = SETUP.model_copy(update={"media": None})
    grid = grid_of(sheet_of(5000, 4000), unlimited)
    assert (grid.columns, grid.rows, grid.turned) == (1, 1, False)


def test_media_that_hold_the_page_exactly_are_enough() -> None:
    sheet = sheet_of(300, 200)
    width, height = page_needs(sheet).single_mm
    assert grid_of(sheet, with_media(width_mm=width, length_mm=height)).columns == 1
    less = with_media(width_mm=width - 2, length_mm=height + 50)
    grid = grid_of(sheet, less)
    assert grid.columns * grid.rows > 1
    # A printer that prints larger than asked needs the room, too.
    geometry = SETUP.geometry.model_copy(update={"scale_x": 0.99, "scale_y": 0.99})
    shrunk = with_media(width_mm=width, length_mm=height)
    shrunk = shrunk.model_copy(update={"geometry": geometry})
    assert grid_of(sheet, shrunk) != grid_of(sheet, with_media(width_mm=width))


def test_the_error_says_what_would_do() -> None:
    sheet = sheet_of(300, 200)
    with pytest.raises(MediaTooSmallError) as raised:
        grid_of(sheet, with_media(width_mm=170, length_mm=180))
    needed = raised.value.args[2]
    enough = with_media(width_mm=needed[0], length_mm=needed[1])
    grid = grid_of(sheet, enough)
    assert grid.columns * grid.rows > 1


def test_turned_pages_say_so_and_are_corrected_the_other_way_round() -> None:
    geometry = SETUP.geometry.model_copy(update={"scale_x": 1.003, "scale_y": 0.999})
    setup = SETUP.model_copy(update={"geometry": geometry})
    assert size_correction(setup) == (1 / 1.003, 1 / 0.999)
    assert size_correction(setup, turned=True) == (1 / 0.999, 1 / 1.003)
    sheet = dataclasses.replace(sheet_of(300, 200), turned=True)
    said = " ".join(line for line, _ in tab_lines(sheet))
    assert "turned by a quarter on the media, do not scale" in said
    assert page_size_mm(sheet) == page_needs(sheet_of(300, 200)).single_mm

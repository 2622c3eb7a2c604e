# SPDX-License-Identifier: Apache-2.0
"""Whatever the work and the media: every pixel is on exactly one sheet."""

import itertools
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pellicle.model.imposition import Imposition, Seam
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.stages.mask.imposition import PageNeeds, least_page_mm, plan_grid
from pellicle.stages.mask.seams import least_visible_path

PIXEL = PixelSize(254.0)


@st.composite
def impositions(draw: st.DrawFn) -> Imposition:
    """Seams that wander within bands that do not meet."""
    height, width = draw(st.integers(30, 90)), draw(st.integers(30, 90))
    columns, rows = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    random = np.random.default_rng(draw(st.integers(0, 2**16)))

    def seam(length: int, across: int, step: int, steps: int) -> Seam:
        half = 0.3 * across / steps
        along = np.arange(0, length + 3, 3).clip(0, length)
        walk = np.cumsum(random.integers(-3, 4, len(along)))
        at = across * step / steps + walk.clip(-half, half)
        return Seam(tuple(map(float, along)), tuple(map(float, at)))

    upright = tuple(seam(height, width, k, columns) for k in range(1, columns))
    level = tuple(
        tuple(seam(width, height, k, rows) for k in range(1, rows))
        for _ in range(columns)
    )
    return Imposition(RasterSpec(height, width, PIXEL), upright, level)


@settings(deadline=None)
@given(imposition=impositions(), tile_px=st.integers(7, 40))
def test_every_pixel_is_on_exactly_one_sheet_at_every_tile_size(
    imposition: Imposition, tile_px: int
) -> None:
    raster = imposition.raster
    numbers = imposition.numbers(raster.window)
    assert numbers.min() >= 1
    assert numbers.max() <= imposition.count
    for window in raster.tiles(tile_px):
        np.testing.assert_array_equal(
            imposition.numbers(window), numbers[window.slices]
        )
    taken = np.zeros(raster.shape, int)
    for part in imposition.parts():
        own = imposition.numbers(part.window) == part.number
        taken[part.window.slices] += own
        # None of its pixels lies outside its rectangle.
        assert own.sum() == (numbers == part.number).sum() > 0
        assert part.window.within(raster.window) == part.window
    assert (taken == 1).all()


@settings(deadline=None)
@given(imposition=impositions())
def test_the_cut_runs_between_the_pixels_of_neighbours(imposition: Imposition) -> None:
    """Points of a seam have this sheet's pixels on one side, others on the other."""
    numbers = imposition.numbers(imposition.raster.window)
    mm = PIXEL.mm
    for part in imposition.parts():
        top, left = part.window.top, part.window.left
        for edge, step in zip(
            part.edges_mm, ((0, 1), (-1, 0), (0, -1), (1, 0)), strict=True
        ):
            for x_mm, y_mm in edge:
                # Two pixels into the sheet, at right angles to the way of the seam.
                column = math.floor(x_mm / mm + left + 2 * step[0])
                row = math.floor(y_mm / mm + top + 2 * step[1])
                inside = Window(0, 0, *numbers.shape).within(
                    Window(row, column, row + 1, column + 1)
                )
                near = [
                    math.dist((x_mm, y_mm), corner) / mm for corner in part.corners_mm
                ]
                if not inside.empty and min(near) > 6:
                    assert numbers[row, column] == part.number


@given(
    width_mm=st.floats(20, 4000),
    height_mm=st.floats(20, 4000),
    media_mm=st.tuples(
        st.floats(100, 1500), st.one_of(st.floats(100, 3000), st.just(math.inf))
    ),
)
def test_every_page_of_a_grid_fits_its_media(
    width_mm: float, height_mm: float, media_mm: tuple[float, float]
) -> None:
    needs = PageNeeds(
        single_mm=(36 + max(112, width_mm), 100 + height_mm),
        beside_mm=36,
        narrowest_mm=148,
        narrowest_parted_mm=174,
        around_mm=lambda room_mm: 92 + 20 * 112 / room_mm,
        text_inset_mm=29,
        least_text_mm=112,
    )
    size_mm = width_mm, height_mm
    grid = plan_grid(size_mm, media_mm, needs)
    if grid is None:
        least = least_page_mm(size_mm, needs)
        fits = media_mm[0] >= least[0] and media_mm[1] >= least[1]
        assert not fits
        return
    page = media_mm[::-1] if grid.turned else media_mm
    if grid.columns * grid.rows == 1:
        assert all(a <= b + 1e-3 for a, b in zip(needs.single_mm, page, strict=True))
        return
    counts = grid.columns, grid.rows
    for side, parts, band, most in zip(
        size_mm, counts, grid.half_band_mm, page, strict=True
    ):
        share = side / parts
        bands = 0 if parts == 1 else 1 if parts == 2 else 2
        room_mm = width_mm / grid.columns
        if grid.columns > 1:
            room_mm -= 2 * grid.half_band_mm[0] + 29
        around = 36 if side is width_mm else needs.around_mm(max(room_mm, 112))
        assert share + bands * band + around <= most + 1e-3
        assert parts == 1 or 4 - 1e-6 <= band <= 0.3 * share + 1e-6 or share < 14


def test_a_path_goes_round_what_is_seen() -> None:
    cost = np.ones((40, 21), np.float32)
    cost[10:30, 5:16] = 50
    path = least_visible_path(cost)
    assert np.abs(np.diff(path)).max() <= 1
    assert (cost[np.arange(40), path] == 1).all()
    # Nothing in the way: straight down the middle.
    assert set(least_visible_path(np.ones((30, 21), np.float32)).tolist()) == {10}


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**16), height=st.integers(1, 5), width=st.integers(1, 5))
def test_no_other_path_costs_less(seed: int, height: int, width: int) -> None:
    cost = np.random.default_rng(seed).random((height, width)).astype(np.float32) + 0.1

    def price(path: list[int]) -> float:
        steps = itertools.pairwise(path)
        moves = [1.0, *(1.0 if a == b else 2**0.5 for a, b in steps)]
        return float(np.dot(moves, cost[np.arange(len(path)), path]))

    paths = [[c] for c in range(width)]
    for _ in range(height - 1):
        paths = [
            [*path, c]
            for path in paths
            for c in range(max(0, path[-1] - 1), min(width, path[-1] + 2))
        ]
    best = min(map(price, paths))
    assert price(least_visible_path(cost).tolist()) <= best + height * 2e-3

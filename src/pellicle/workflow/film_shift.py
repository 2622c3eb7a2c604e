# SPDX-License-Identifier: Apache-2.0
"""What is seen of the damage when the whole film lies beside its place.

Job: on a few tiles, the difference from the reconstruction without a film, with the
film laid exactly, and with the film moved by one and by two standard deviations, each
in four directions; the film moved as asked, as samples.
Not here: choosing what is printed by it (`stages/mask/alignability.py`), adding up
the other figures (`figure_sums.py`).

The directions of the second ring stand between those of the first: eight in all. Works
of more than a few tiles are looked at on some of them only, evenly among those where
something is printed; areas are then taken in proportion to what is printed there.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.film import FilmModel
from pellicle.colour.film_layers import displaced, film_layers, with_film
from pellicle.colour.output_profile import OutputProfile
from pellicle.colour.scielab import ScielabFilter, pixels_per_degree
from pellicle.engine.readers import PlaneReader
from pellicle.model.arrays import Array, Colour
from pellicle.model.condition import Region
from pellicle.model.figures import FilmShift
from pellicle.model.mask import OUTCOME_PLANE, WHITE_PLANE
from pellicle.model.print_choice import INSPECTION_MM, VISIBLE_DE00
from pellicle.model.print_setup import PrintSetup
from pellicle.model.raster import RasterSpec, Window
from pellicle.workflow.figure_sums import FigureInputs

SHIFTS = (1.0, 2.0)
"""Displacements over δ, beside none."""

DIRECTIONS = 4
SITUATIONS = 2 + len(SHIFTS) * DIRECTIONS
"""Without a film, laid exactly, and displaced."""

MEASURES = 3
"""Pixels seen to differ, thousandths of ΔE00, and those on sound paint."""

TILE_PX = 512
SMALL_TILES = 16
"""Works of no more tiles are looked at on all of them."""

MOST_TILES = 8
"""Of larger ones. A tile takes some seconds."""

_MILLI = 1000.0


def shifts_over_delta() -> Array:
    """(8, 2) float64 down and right, ring by ring, over δ."""
    quarter = 2 * math.pi / DIRECTIONS
    return np.array(
        [
            (ring * math.sin(turn), ring * math.cos(turn))
            for n, ring in enumerate(SHIFTS)
            for turn in (quarter * (k + n / 2) for k in range(DIRECTIONS))
        ]
    )


@dataclass(frozen=True, slots=True)
class ShiftedFilm:
    """A film that can be laid elsewhere than where it belongs."""

    planes: PlaneReader
    setup: PrintSetup
    ink: OutputProfile

    def seen(
        self,
        scan_linear: Colour,
        window: Window,
        raster: RasterSpec,
        shifts_px: Array,
    ) -> Iterator[Colour]:
        """(h, w, 3) float32 linear colour of a window under it, for each shift.

        Parameters
        ----------
        scan_linear
            (h, w, 3) of the window.
        shifts_px
            (n, 2) down and right.
        """
        reach_px = math.ceil(float(np.abs(shifts_px).max())) + 1
        wide = window.expanded(reach_px, raster.window)
        inner = window.relative_to(wide).slices
        model = FilmModel.of(self.setup, self.ink)
        planes = self.planes.read(wide)
        printed = planes[:, :, OUTCOME_PLANE] != 0
        transmittance, white = film_layers(model, printed, planes)
        for down, right in shifts_px.tolist():
            moved = displaced(transmittance, down, right, 1.0)[inner]
            moved_white = displaced(white, down, right, 0.0)[inner]
            yield with_film(model, scan_linear, moved, moved_white)


@dataclass(frozen=True, slots=True)
class ShiftTask:
    """One tile that the film is displaced on."""

    inputs: FigureInputs
    encoding: ScanEncoding
    film: ShiftedFilm
    raster: RasterSpec
    window: Window


@dataclass(frozen=True, slots=True, eq=False)
class ShiftTally:
    """Sums of one tile, or of several.

    Attributes
    ----------
    printed
        Pixels that carry ink.
    sums
        (`SITUATIONS`, `MEASURES`) int64.
    """

    printed: int
    sums: Array

    @classmethod
    def empty(cls) -> "ShiftTally":
        """Nothing summed up yet."""
        return cls(0, np.zeros((SITUATIONS, MEASURES), np.int64))

    def plus(self, other: "ShiftTally") -> "ShiftTally":
        """Both."""
        return ShiftTally(self.printed + other.printed, self.sums + other.sums)


def shift_tiles(raster: RasterSpec, printed: Sequence[Region]) -> list[Window]:
    """Tiles that the film is displaced on: all, or some of many, where it prints."""
    tiles = list(raster.tiles(TILE_PX))
    if len(tiles) <= SMALL_TILES:
        return tiles if printed else []
    middles = {
        (
            (one.window.top + one.window.bottom) // 2 // TILE_PX,
            (one.window.left + one.window.right) // 2 // TILE_PX,
        )
        for one in printed
    }
    found = [
        tile for tile in tiles if (tile.top // TILE_PX, tile.left // TILE_PX) in middles
    ]
    if len(found) <= MOST_TILES:
        return found
    places = np.linspace(0, len(found) - 1, MOST_TILES).round().astype(int)
    return [found[place] for place in places]


def sum_up_shifts(task: ShiftTask) -> ShiftTally:
    """What is seen on one tile in each situation."""
    raster, inputs = task.raster, task.inputs
    eye = ScielabFilter(pixels_per_degree(INSPECTION_MM, raster.pixel_size.mm))
    window, wide = task.window, task.window.expanded(eye.halo_px, raster.window)
    painting = inputs.painting.read(window) != 0
    sound = painting & (inputs.labels.read(window) == 0)
    scan, target, proof = (
        task.encoding.linear(one.read(wide))
        for one in (inputs.scan, inputs.reconstruction, inputs.proof)
    )
    inner, core = eye.inner(window, wide), window.relative_to(wide).slices
    corner = wide.top, wide.left

    def seen_lab(picture: Colour) -> Colour:
        return eye.filtered_lab_d65(eye.reduced(picture, corner), inner)

    target_seen = seen_lab(target)
    target_lab = lab_d50_from_rec2020(target[core])

    def measured(picture: Colour) -> list[int]:
        seen_de00 = ciede2000(seen_lab(picture), target_seen)
        spread = eye.spread(seen_de00, window.shape, (window.top, window.left))
        differ = (picture[core] != target[core]).any(axis=2)
        milli = np.zeros(window.shape, np.int64)
        lab = lab_d50_from_rec2020(picture[core][differ])
        milli[differ] = np.rint(ciede2000(lab, target_lab[differ]) * _MILLI)
        return [
            int(np.count_nonzero((spread > VISIBLE_DE00) & painting)),
            int(milli[painting].sum()),
            int(milli[sound].sum()),
        ]

    delta_px = raster.pixel_size.px(task.film.setup.geometry.displacement_um)
    shifts_px = delta_px * shifts_over_delta()
    rows = [measured(scan), measured(proof)]
    rows += map(measured, task.film.seen(scan, wide, raster, shifts_px))
    inked = inputs.planes.read(window)[:, :, : WHITE_PLANE + 1].any(axis=2)
    return ShiftTally(int(np.count_nonzero(inked)), np.array(rows, np.int64))


def shift_figures(
    sums: Sequence[Sequence[int]],
    share: float,
    area_mm2: float,
    displacement_um: float,
) -> tuple[FilmShift, ...]:
    """Figures from sums over the tiles that were looked at.

    Parameters
    ----------
    sums
        (`SITUATIONS`, `MEASURES`).
    share
        Share of what is printed that lies on these tiles; 0 gives no figures.
    area_mm2
        Of a pixel.
    displacement_um
        δ.
    """
    if share <= 0:
        return ()
    every = np.array(sums, np.float64) * area_mm2 / share / (1, _MILLI, _MILLI)
    rings = every[2:].reshape(len(SHIFTS), DIRECTIONS, MEASURES)
    shifts = (None, 0.0, *(one * displacement_um for one in SHIFTS))
    return tuple(
        _figures(shift, ring)
        for shift, ring in zip(shifts, [every[:1], every[1:2], *rings], strict=True)
    )


def _figures(shift_um: float | None, ring: Array) -> FilmShift:
    means, worst = ring.mean(axis=0).round(4), ring.max(axis=0).round(4)
    return FilmShift(
        film_shifted_um=None if shift_um is None else round(shift_um, 1),
        visible_area_mm2=float(means[0]),
        visible_area_worst_mm2=float(worst[0]),
        difference_de00_mm2=float(means[1]),
        difference_worst_de00_mm2=float(worst[1]),
        sound_de00_mm2=float(means[2]),
    )

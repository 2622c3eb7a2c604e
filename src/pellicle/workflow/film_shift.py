# SPDX-License-Identifier: Apache-2.0
"""What is seen of the damage when the whole film lies beside its place.

Job: on a few tiles, the difference from the reconstruction without a film, with the
film laid exactly, and with the film moved by one and by two standard deviations.
Not here: choosing what is printed by it (`stages/mask/alignability.py`), adding up
(`figures.py`).

The film moves down and to the right by equal parts, so that edges of every direction
show. Large works are looked at on some of their tiles only, evenly among those where
something is printed; areas are then taken in proportion to what is printed there.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.film import FilmModel
from pellicle.colour.film_layers import displaced, film_layers, with_film
from pellicle.colour.output_profile import OutputProfile
from pellicle.engine.readers import PlaneReader
from pellicle.model.arrays import Array, Colour
from pellicle.model.condition import Region
from pellicle.model.figures import FilmShift
from pellicle.model.mask import OUTCOME_PLANE
from pellicle.model.print_setup import PrintSetup
from pellicle.model.raster import RasterSpec, Window

SHIFTS = (1.0, 2.0)
"""Displacements over δ, beside none."""

SITUATIONS = 2 + len(SHIFTS)
"""Without a film, laid exactly, and displaced."""

MOST_TILES = 8
_MILLI = 1000.0


@dataclass(frozen=True, slots=True)
class ShiftedFilm:
    """A film that can be laid elsewhere than where it belongs."""

    planes: PlaneReader
    setup: PrintSetup
    ink: OutputProfile

    def seen(self, scan_linear: Colour, window: Window, raster: RasterSpec) -> Array:
        """(shifts, h, w, 3) float32 linear colour of a window under it.

        Parameters
        ----------
        scan_linear
            (h, w, 3) of the window.
        """
        delta_px = raster.pixel_size.px(self.setup.geometry.displacement_um)
        reach_px = math.ceil(max(SHIFTS) * delta_px) + 1
        wide = window.expanded(reach_px, raster.window)
        inner = window.relative_to(wide).slices
        model = FilmModel.of(self.setup, self.ink)
        planes = self.planes.read(wide)
        printed = planes[:, :, OUTCOME_PLANE] != 0
        transmittance, white = film_layers(model, printed, planes)
        found = []
        for shift in SHIFTS:
            step_px = shift * delta_px / math.sqrt(2)
            moved = displaced(transmittance, step_px, step_px, 1.0)[inner]
            moved_white = displaced(white, step_px, step_px, 0.0)[inner]
            found.append(with_film(model, scan_linear, moved, moved_white))
        return np.stack(found)


def shift_tiles(
    tiles: Sequence[Window], printed: Sequence[Region]
) -> frozenset[Window]:
    """Tiles that the film is displaced on: all, or some of many, where it prints."""
    middles = {
        (
            (one.window.top + one.window.bottom) // 2,
            (one.window.left + one.window.right) // 2,
        )
        for one in printed
    }
    found = [
        tile
        for tile in tiles
        if any(
            tile.top <= row < tile.bottom and tile.left <= column < tile.right
            for row, column in middles
        )
    ]
    if len(found) <= MOST_TILES:
        return frozenset(found)
    places = np.linspace(0, len(found) - 1, MOST_TILES).round().astype(int)
    return frozenset(found[place] for place in places)


def difference_sums(
    pictures: Sequence[Colour], target_linear: Colour, where: Array
) -> list[int]:
    """ΔE00 of each picture against the target, summed over pixels, in thousandths."""
    target_lab = lab_d50_from_rec2020(target_linear[where])
    return [
        int(
            np.rint(
                ciede2000(lab_d50_from_rec2020(one[where]), target_lab) * _MILLI
            ).sum()
        )
        for one in pictures
    ]


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
        For each situation, pixels seen to differ, and thousandths of ΔE00.
    share
        Share of what is printed that lies on these tiles; 0 gives no figures.
    area_mm2
        Of a pixel.
    displacement_um
        δ.
    """
    if share <= 0:
        return ()
    shifts = (None, 0.0, *(one * displacement_um for one in SHIFTS))
    return tuple(
        FilmShift(
            film_shifted_um=None if shift is None else round(shift, 1),
            visible_area_mm2=round(pixels * area_mm2 / share, 4),
            difference_de00_mm2=round(milli * area_mm2 / share / _MILLI, 4),
        )
        for shift, (pixels, milli) in zip(shifts, sums, strict=True)
    )

# SPDX-License-Identifier: Apache-2.0
"""What is told of colours that a film misses: figures, features, a table, pictures.

Job: from what was measured of a mask, everything that is shown of it.
Not here: the measuring (`missed_colours.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from pellicle.engine.readers import PlaneReader
from pellicle.io.icc import output_profile
from pellicle.io.png_file import png_bytes
from pellicle.io.report_content import Cell, ReportTable
from pellicle.io.report_words import set_area
from pellicle.io.writing import write_whole
from pellicle.model.arrays import Array
from pellicle.model.figures import Figures, GamutFigures, InkLimitFigures
from pellicle.model.mask import GamutChoice
from pellicle.model.missed import MissedColour
from pellicle.model.raster import Window
from pellicle.raster.colour_scale import with_difference_scale
from pellicle.stages.mask.missed import (
    FilmWays,
    ink_limit_cost_de00,
    ink_limited,
    missed_de00,
    out_of_reach,
)
from pellicle.workflow.figures import Chain
from pellicle.workflow.missed_colours import MissedSources
from pellicle.workflow.pictures import Painter, Part
from pellicle.workflow.selection import UNDECIDED

_CENTI = 100
_MOST_CENTI = 65_535

CHOICES_IN_WORDS = {
    GamutChoice.NEAREST: "nearest colour",
    GamutChoice.KEEP_HUE: "nearest of the same hue",
    GamutChoice.MORE_WHITE: "one more pass of white",
    GamutChoice.ACCEPT: "accepted as it is (printed as the nearest)",
}


class MissedKind(Enum):
    """Why a colour is missed."""

    GAMUT = "gamut"
    INK_LIMIT = "ink-limit"


GAMUT_MAP, INK_LIMIT_MAP = "mask-gamut.png", "mask-ink-limit.png"
"""Where colours are out of reach, and where the ink limit binds, with their scale."""

MAPS = {GAMUT_MAP: MissedKind.GAMUT, INK_LIMIT_MAP: MissedKind.INK_LIMIT}
_NOTES = {
    MissedKind.GAMUT: "Colours out of reach: predicted ΔE00 against reconstruction",
    MissedKind.INK_LIMIT: "Where the ink limit binds: ΔE00 lost to it",
}
SCALE_MAX_DE00 = {MissedKind.GAMUT: 10.0, MissedKind.INK_LIMIT: 4.0}
"""ΔE00 of the last colour of each picture."""

_GREY = {
    MissedKind.GAMUT: "grey: within reach, the mask's rim, or no ink",
    MissedKind.INK_LIMIT: "grey: the limit costs no more than ΔE00 1, or no ink",
}


# --- figures ------------------------------------------------------------------------


def choice_for(chain: Chain, number: int) -> GamutChoice:
    """What becomes of a region's colours out of reach."""
    return chain.said.get(number, UNDECIDED).gamut or chain.mask.out_of_gamut


def left_by_each(one: MissedColour) -> dict[GamutChoice, float]:
    """Mean ΔE00 that each choice leaves, `ACCEPT` among them."""
    left = dict(one.left_by)
    if GamutChoice.NEAREST in left:
        left[GamutChoice.ACCEPT] = left[GamutChoice.NEAREST]
    return {way: left[way] for way in GamutChoice if way in left}


def gamut_figures(chain: Chain) -> GamutFigures:
    """Colours out of reach, of the whole film."""
    missed, area_mm2 = chain.mask.missed.out_of_gamut, _pixel_mm2(chain)
    accepted = [
        one
        for number, one in missed.items()
        if choice_for(chain, number) is GamutChoice.ACCEPT
    ]
    tried = [one for one in missed.values() if one.left_by]
    pixels = sum(one.pixels for one in tried)
    every = [left_by_each(one) for one in tried]
    # A choice that some film cannot have is not set beside the others.
    ways = [way for way in GamutChoice if all(way in left for left in every)]
    return GamutFigures(
        choice=str(chain.mask.out_of_gamut),
        regions=len(missed),
        regions_accepted=len(accepted),
        area_mm2=_area(missed.values(), area_mm2),
        accepted_mm2=_area(accepted, area_mm2),
        de00_mean=_mean(missed),
        de00_max=max((one.max_de00 for one in missed.values()), default=None),
        left_de00_mean={
            str(way): round(
                sum(
                    left[way] * one.pixels
                    for left, one in zip(every, tried, strict=True)
                )
                / pixels,
                3,
            )
            for way in ways
            if pixels
        },
    )


def ink_limit_figures(chain: Chain) -> InkLimitFigures:
    """Where the ink limit binds, of the whole film."""
    limited = chain.mask.missed.ink_limited
    setup = chain.mask.setup.setup
    return InkLimitFigures(
        limit_percent=setup.inks.ink_limit_percent,
        regions=len(limited),
        area_mm2=_area(limited.values(), _pixel_mm2(chain)),
        cost_de00_mean=_mean(limited),
        cost_de00_max=max((one.max_de00 for one in limited.values()), default=None),
    )


def _pixel_mm2(chain: Chain) -> float:
    return chain.scan.raster.pixel_size.area_mm2


def _area(every: Iterable[MissedColour], area_mm2: float) -> float:
    return round(sum(one.pixels for one in every) * area_mm2, 4)


def _mean(missed: Mapping[int, MissedColour]) -> float | None:
    pixels = sum(one.pixels for one in missed.values())
    total = sum(one.pixels * one.mean_de00 for one in missed.values())
    return round(total / pixels, 3) if pixels else None


# --- a region -----------------------------------------------------------------------


def missed_in_region(chain: Chain, number: int) -> dict[str, Any]:
    """Properties of a region's feature: what of its colours is missed."""
    area_mm2, found = _pixel_mm2(chain), {}
    one = chain.mask.missed.out_of_gamut.get(number)
    if one is not None:
        left = left_by_each(one)
        mm2 = one.pixels * area_mm2
        found["out_of_gamut"] = {
            "area_mm2": round(mm2, 6),
            "de00_mean": one.mean_de00,
            "de00_max": one.max_de00,
            "choice": str(choice_for(chain, number)),
            "decided_by": chain.said.get(number, UNDECIDED).gamut_by or None,
            "left_de00_mean": {str(way): v for way, v in left.items()},
            "left_de00_mm2": {str(way): round(v * mm2, 4) for way, v in left.items()},
        }
    one = chain.mask.missed.ink_limited.get(number)
    if one is not None:
        found["ink_limited"] = {
            "area_mm2": round(one.pixels * area_mm2, 6),
            "cost_de00_mean": one.mean_de00,
            "cost_de00_max": one.max_de00,
        }
    return found


# --- the report ---------------------------------------------------------------------


def missed_table(figures: Figures) -> ReportTable | None:
    """What each choice leaves where colours are out of reach; None if none is."""
    gamut = figures.out_of_gamut
    if gamut is None or not gamut.left_de00_mean:
        return None
    rows: list[tuple[Cell, ...]] = [
        (
            CHOICES_IN_WORDS[GamutChoice(way)] + chosen,
            f"{de00:.2f}",
            set_area(de00 * gamut.area_mm2),
        )
        for way, de00 in gamut.left_de00_mean.items()
        for chosen in (" — the film's choice" if way == gamut.choice else "",)
    ]
    accepted = (
        f" {gamut.regions_accepted} of these regions were accepted as they are"
        f" ({set_area(gamut.accepted_mm2)} mm²)."
        if gamut.regions_accepted
        else ""
    )
    return ReportTable(
        title="Colours out of reach",
        note=(
            "The inks, or the white, cannot make the colour on "
            f"{set_area(gamut.area_mm2)} mm² in {gamut.regions} regions, rims left "
            f"out; as printed it differs by ΔE00 {gamut.de00_mean:.1f} on average and "
            f"{gamut.de00_max:.1f} at most.{accepted} What each choice would leave, "
            "from a sample of those pixels; choose for the film with mask "
            "--out-of-gamut, for regions with decide --out-of-gamut. "
            f"{_limit_in_words(figures)}"
        ),
        columns=("choice", "mean, ΔE00", "in all, ΔE00 mm²"),
        rows=tuple(rows),
    )


def _limit_in_words(figures: Figures) -> str:
    limit = figures.ink_limited
    if limit is None or not limit.regions:
        return "The ink limit costs no colour."
    return (
        f"The ink limit of {limit.limit_percent:g} % binds on "
        f"{set_area(limit.area_mm2)} mm² in {limit.regions} regions and costs ΔE00 "
        f"{limit.cost_de00_mean:.1f} there on average."
    )


# --- pictures -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Missed:
    """Plane of what is missed, ΔE00 × 100 and at least 1; 0 elsewhere."""

    sources: MissedSources
    kind: MissedKind

    def read(self, window: Window) -> Array:
        planes = self.sources.planes.read(window)
        gamut = self.kind is MissedKind.GAMUT
        where = out_of_reach(planes) if gamut else ink_limited(planes)
        centi = np.zeros(where.shape, np.uint16)
        if where.any():
            paint, target, _ = self.sources.pixels(window, where)
            ways, own = self.sources.ways, planes[where]
            if gamut:
                de00 = missed_de00(ways.chosen, ways.ink, paint, target, own)
            else:
                de00 = ink_limit_cost_de00(ways, paint, target, own)
            centi[where] = np.clip(np.rint(de00 * _CENTI), 1, _MOST_CENTI)
        return centi


def missed_plane(chain: Chain, kind: MissedKind) -> PlaneReader:
    """Plane of what is missed, ΔE00 × 100 and at least 1; 0 elsewhere."""
    chosen = chain.mask.setup
    return _Missed(
        MissedSources(
            scan=chain.scan.samples,
            reconstruction=chain.reconstruction.samples,
            numbers=chain.regions.numbers,
            planes=chain.mask.planes,
            encoding=chain.scan.encoding,
            raster=chain.scan.raster,
            ways=FilmWays.of(
                chosen.named or chosen.setup,
                chosen.setup,
                output_profile(chosen.profile),
            ),
        ),
        kind,
    )


def write_missed_map(path: Path, chain: Chain, kind: MissedKind, side_px: int) -> None:
    """Write one of `MAPS`, reduced if the work is large."""
    part, most_de00 = Part.whole(chain.scan.raster, side_px), SCALE_MAX_DE00[kind]
    plane = missed_plane(chain, kind)
    rgb8 = Painter(chain).differences(plane, part, most_de00)
    side = part.factor
    scale = "" if side == 1 else f", the greatest of each {side} × {side} pixels"
    note = f"{_NOTES[kind]}{scale}. {_in_all(chain, kind)}"
    whole = with_difference_scale(rgb8, most_de00, note, grey=_GREY[kind])
    write_whole(path, png_bytes(whole))


def _in_all(chain: Chain, kind: MissedKind) -> str:
    missed = chain.mask.missed
    gamut = kind is MissedKind.GAMUT
    found = missed.out_of_gamut if gamut else missed.ink_limited
    mean_de00 = _mean(found)
    if mean_de00 is None:
        return "None"
    mm2 = set_area(_area(found.values(), _pixel_mm2(chain)))
    most_de00 = max(one.max_de00 for one in found.values())
    return f"{mm2} mm², mean {mean_de00:.1f}, at most {most_de00:.1f}"

# SPDX-License-Identifier: Apache-2.0
"""How many sheets a mask needs, and where they are parted, roughly.

Job: from the work, the media and what the tab takes, a grid of sheets: as few as
possible, pages laid upright or turned by a quarter.
Not here: the seams in the bands left to them (`seams`), the tab (`io/sheet_layout`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

LEAST_PIECE_MM = 40.0
"""Less of the painting on a sheet is not useful."""

_LEAST_BAND_MM = 4.0
_MOST_BAND_MM = 40.0
_MOST_BAND = 0.3  # of a sheet's share of the painting: seams must not meet
_ROOM_MM = 1e-6


@dataclass(frozen=True, slots=True)
class PageNeeds:
    """What a page takes beside the painting, in millimetres.

    Attributes
    ----------
    single_mm
        Width and height of the page when the whole work is on one sheet.
    beside_mm
        Left and right of the painting together.
    narrowest_mm
        Least width of a page that holds the whole width of the work.
    narrowest_parted_mm
        Least width of a page with seams at its sides, if these ran straight.
    around_mm
        Above and below the painting together, by the width that text has there.
    text_inset_mm
        What a seam at its left takes of the text's width; the seams' bands beside.
    least_text_mm
        Text always has this width.
    """

    single_mm: tuple[float, float]
    beside_mm: float
    narrowest_mm: float
    narrowest_parted_mm: float
    around_mm: Callable[[float], float]
    text_inset_mm: float
    least_text_mm: float


@dataclass(frozen=True, slots=True)
class Grid:
    """Sheets beside and below each other.

    Attributes
    ----------
    turned
        Whether pages are laid on the media turned by a quarter.
    half_band_mm
        How far seams may run from the even cut, sideways and up and down.
    """

    columns: int
    rows: int
    turned: bool
    half_band_mm: tuple[float, float] = (0.0, 0.0)


def plan_grid(
    size_mm: tuple[float, float],
    printable_mm: tuple[float, float],
    needs: PageNeeds,
) -> Grid | None:
    """Fewest sheets that the work and its tabs fit on.

    Parameters
    ----------
    size_mm
        Width and height of the work.
    printable_mm
        Width and length that the printer reaches; inf for a roll without end.

    Returns
    -------
    grid
        Of equal numbers of sheets, pages upright rather than turned; None when the
        media hold no tab with a useful piece.
    """
    width, length = printable_mm
    found = [
        grid
        for turned, page in ((False, (width, length)), (True, (length, width)))
        if (grid := _grid(size_mm, page, needs, turned=turned)) is not None
    ]
    return min(found, key=lambda grid: grid.columns * grid.rows, default=None)


def least_page_mm(
    size_mm: tuple[float, float], needs: PageNeeds
) -> tuple[float, float]:
    """Width and height of the smallest page that the work can be printed on."""
    whole = max(needs.narrowest_mm, size_mm[0] + needs.beside_mm)
    piece = min(size_mm[1], LEAST_PIECE_MM + 2 * _LEAST_BAND_MM)
    around_mm = needs.around_mm(needs.least_text_mm)
    least_height = min(needs.single_mm[1], piece + around_mm)
    return min(whole, needs.narrowest_parted_mm + 2 * _LEAST_BAND_MM), least_height


def _grid(
    size_mm: tuple[float, float],
    page_mm: tuple[float, float],
    needs: PageNeeds,
    *,
    turned: bool,
) -> Grid | None:
    fits = [
        side <= most + _ROOM_MM
        for side, most in zip(needs.single_mm, page_mm, strict=True)
    ]
    if all(fits):
        return Grid(1, 1, turned)
    across = _parts(size_mm[0], page_mm[0] - needs.beside_mm)
    if page_mm[0] < needs.narrowest_mm:
        across = None
    if across and across[0] > 1:
        # What stands beside a seam must have room wherever in its band the seam ends.
        half_mm = min(across[1], (page_mm[0] - needs.narrowest_parted_mm) / 2)
        across = None if half_mm < _LEAST_BAND_MM else (across[0], half_mm)
    if across is None:
        return None
    columns, half_mm = across
    room_mm = size_mm[0] / columns
    if columns > 1:
        # A seam may end anywhere in its band: text has what is left in the worst case.
        room_mm -= 2 * half_mm + needs.text_inset_mm
    around_mm = needs.around_mm(max(room_mm, needs.least_text_mm))
    down = _parts(size_mm[1], page_mm[1] - around_mm)
    if down is None:
        return None
    return Grid(columns, down[0], turned, (half_mm, down[1]))


def _parts(side_mm: float, most_mm: float) -> tuple[int, float] | None:
    """Fewest parts of a side, and how far the seams between them may wander."""
    if side_mm <= most_mm + _ROOM_MM:
        return 1, 0.0
    room_mm = most_mm - _LEAST_BAND_MM
    if room_mm < min(LEAST_PIECE_MM, side_mm / 2):
        return None
    count = 2 if side_mm / 2 <= room_mm else 0
    if not count:
        room_mm = most_mm - 2 * _LEAST_BAND_MM
        if room_mm < LEAST_PIECE_MM:
            return None
        count = max(3, math.ceil(side_mm / room_mm - _ROOM_MM))
    share_mm = side_mm / count
    slack_mm = most_mm - share_mm
    most = slack_mm if count == 2 else slack_mm / 2  # noqa: PLR2004 -- two ends, no middle
    return count, min(most, _MOST_BAND_MM, _MOST_BAND * share_mm)

# SPDX-License-Identifier: Apache-2.0
"""Sheets that show how a treatment looks: before, with the film, target.

Job: side by side at 100 % and as a whole; one place as seen from several distances.
Not here: single pictures (`pictures.py`, `seen_from.py`), writing them
(`picture_exports.py`).
"""

from collections.abc import Sequence

from pellicle.engine.readers import PlaneReader
from pellicle.model.arrays import Array
from pellicle.model.raster import Window
from pellicle.raster.picture_grid import GridRow, picture_grid
from pellicle.workflow.figures import Chain
from pellicle.workflow.pictures import Painter, Part
from pellicle.workflow.seen_from import SeenFrom
from pellicle.workflow.telling_places import telling_places

DISTANCES_MM = (500.0, 1000.0, 1700.0, 3000.0)
"""Inspection, and from near to far in a room; 1,700 mm is what was measured in museums
(Carbon 2017)."""

_PLACE_PX = (320, 480)
_PLACES = 4
_WHOLE_PX = 640
_CELL_PX = 320
_COLUMNS = ("before", "with the film", "target")


def side_by_side_sheet(chain: Chain) -> Array:
    """Before | with film | target: the whole, and the most telling places at 100 %."""
    painter, raster = Painter(chain), chain.scan.raster
    whole = Part.whole(raster, _WHOLE_PX)
    told = "the whole" if whole.factor == 1 else f"the whole, 1 : {whole.factor}"
    mm = raster.pixel_size.mm
    rows = [GridRow(told, _three(painter, whole), whole.factor * mm)]
    places = telling_places(chain, _PLACE_PX, _PLACES)
    for number, window in enumerate(places, start=1):
        label = f"place {number}, at 100 %, {_where(window, mm)}"
        rows.append(GridRow(label, _three(painter, Part(window)), mm))
    return picture_grid(_title(chain), _COLUMNS, rows)


def _three(painter: Painter, part: Part) -> Sequence[Array]:
    return painter.scan(part), painter.proof(part), painter.reconstruction(part)


def place_for_distances(chain: Chain) -> Window | None:
    """The most telling place; None where nothing is printed."""
    found = telling_places(chain, (_CELL_PX, _CELL_PX), 1)
    return found[0] if found else None


def distances_sheet(chain: Chain, window: Window) -> Array:
    """One place at 100 % as an eye sees it from several distances."""
    mm = chain.scan.raster.pixel_size.mm
    readers = (chain.scan.samples, chain.proof.samples, chain.reconstruction.samples)
    columns = [f"from {distance_mm:,.0f} mm" for distance_mm in DISTANCES_MM]
    rows = [
        GridRow(name, _from_distances(chain, reader, window), mm if last else None)
        for name, reader, last in zip(
            _COLUMNS, readers, (False, False, True), strict=True
        )
    ]
    title = f"One place at 100 %, {_where(window, mm)}: what the eye's blur leaves"
    return picture_grid(title, columns, rows)


def _from_distances(
    chain: Chain, reader: PlaneReader, window: Window
) -> Sequence[Array]:
    encoding, raster = chain.scan.encoding, chain.scan.raster
    return [
        SeenFrom(reader, encoding, raster, distance_mm).at_full_size(window)
        for distance_mm in DISTANCES_MM
    ]


def _where(window: Window, mm: float) -> str:
    height, width = (side * mm for side in window.shape)
    return (
        f"{width:.1f} × {height:.1f} mm, {window.left * mm:.0f} mm from the left and "
        f"{window.top * mm:.0f} mm from the top"
    )


def _title(chain: Chain) -> str:
    count = len(chain.mask.printed(chain.regions))
    return f"{count:,} regions printed; predicted, the film laid exactly"

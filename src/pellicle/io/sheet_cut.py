# SPDX-License-Identifier: Apache-2.0
"""The line that a cutter follows round one sheet of film.

Job: within the page's edge where a side is the painting's own, along the seam where two
sheets meet; a seam is cut on through the tab, straight, to the page's edge.
Not here: where seams run (`model/imposition.py`), drawing the line (`mask_pdf`).

Lengths are in millimetres from the sheet's upper left corner, as in `sheet_layout`.
"""

from pellicle.io.stroke_letters import Point, Polyline
from pellicle.model.imposition import SheetPart

_INSIDE_MM = 1.5


def cut_line(
    part: SheetPart | None, page_mm: tuple[float, float, float, float]
) -> Polyline:
    """Closed line round a sheet and its tab, clockwise.

    Parameters
    ----------
    part
        One of several sheets; None for the only one.
    page_mm
        Left, top, right and bottom edge of the page.
    """
    left, top = page_mm[0] + _INSIDE_MM, page_mm[1] + _INSIDE_MM
    right, bottom = page_mm[2] - _INSIDE_MM, page_mm[3] - _INSIDE_MM
    outer = ((left, top), (right, top), (right, bottom), (left, bottom))
    if part is None:
        return outer
    sides = part.seams
    is_seam = (sides.left, sides.top, sides.right, sides.bottom)
    line: list[Point] = []
    for index, (corner, edge) in enumerate(
        zip(part.corners_mm, part.edges_mm, strict=True)
    ):
        x, y = corner
        # A corner's line comes along one side and goes on along the next.
        on_side = ((left, y), (x, top), (right, y), (x, bottom))
        comes, goes = index, (index + 1) % len(is_seam)
        if not is_seam[comes] and not is_seam[goes]:
            line.append(outer[index])
        elif is_seam[comes] and is_seam[goes]:
            line.append(corner)
        elif is_seam[comes]:
            line += [corner, on_side[goes]]
        else:
            line += [on_side[comes], corner]
        line += edge
    return tuple(line)

# SPDX-License-Identifier: Apache-2.0
"""Marks of a print sheet's tab, as strokes and patches with the inks they print in.

Job: register marks, scale bars, control strip, pass-through strip, codes.
Not here: where they stand and the text (`sheet_layout`), PDF (`mask_pdf`).

Lengths are in millimetres from the painting's upper left corner, x to the right, y
downwards, as seen from the side that is looked at.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pellicle.io.data_matrix import data_matrix
from pellicle.io.stroke_letters import Point, Polyline, text_strokes, text_width_mm
from pellicle.model.arrays import Mask
from pellicle.model.imposition import Sides

InkLevels: TypeAlias = tuple[int, int, int, int, int]
"""Cyan, magenta, yellow, black, white; 0 to 255."""

BLACK: InkLevels = (0, 0, 0, 255, 0)
WHITE: InkLevels = (0, 0, 0, 0, 255)
_EVERY_INK: InkLevels = (255, 255, 255, 255, 255)

BAR_OFF_MM = 12.0
PEN_TO_CAPITAL = 0.11
LINE_TO_CAPITAL = 1.8
_REGISTER_OFF_MM = 6.0
_BAR_LENGTHS_MM = (1000, 500, 200, 100, 50)
SHORTEST_BAR_MM = 50.0
_MIDDLE_MARKS_FROM_MM = 40.0
_TICKS_MM = {10: 3.0, 5: 2.0, 1: 1.2}
_HAIR_MM = 0.1
_SMALL_MM = 1.4
_LABEL_GAP_MM = 0.8
_ROW_GAP_MM = 0.5  # touching patches would cut a pixel row off each other


@dataclass(frozen=True, slots=True)
class Strokes:
    """Lines of one width and colour; a line of one point is a dot."""

    lines: tuple[Polyline, ...]
    width_mm: float
    inks: InkLevels


@dataclass(frozen=True, slots=True)
class Patch:
    """A filled rectangle: corner nearest the page's upper left, width and height."""

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float
    inks: InkLevels


@dataclass(frozen=True, slots=True)
class Cells:
    """Filled rectangles of one colour: left, top, width, height of each."""

    rectangles: tuple[tuple[float, float, float, float], ...]
    inks: InkLevels


Mark: TypeAlias = Strokes | Patch | Cells


PASS_THROUGH: tuple[tuple[tuple[str, ...], InkLevels], ...] = (
    (("C 20",), (51, 0, 0, 0, 0)),
    (("M 20",), (0, 51, 0, 0, 0)),
    (("Y 20",), (0, 0, 51, 0, 0)),
    (("K 20",), (0, 0, 0, 51, 0)),
    (("W 20",), (0, 0, 0, 0, 51)),
    (("C 60",), (153, 0, 0, 0, 0)),
    (("M 60",), (0, 153, 0, 0, 0)),
    (("Y 60",), (0, 0, 153, 0, 0)),
    (("K 60",), (0, 0, 0, 153, 0)),
    (("W 60",), (0, 0, 0, 0, 153)),
    (("CMY", "40"), (102, 102, 102, 0, 0)),
    (("K 40", "W 60"), (0, 0, 0, 102, 153)),
)
"""Labels in percent, and the plate values that must come out unchanged."""

CONTROL = {
    "C": (255, 0, 0, 0),
    "M": (0, 255, 0, 0),
    "Y": (0, 0, 255, 0),
    "K": (0, 0, 0, 255),
    "MY": (0, 255, 255, 0),
    "CY": (255, 0, 255, 0),
    "CM": (255, 255, 0, 0),
    "CMY": (255, 255, 255, 0),
    "none": (0, 0, 0, 0),
}
"""Labels and colours of the control strip; each stands on white and on clear film."""

_CONTROL_PATCH_MM, _CONTROL_STEP_MM, _CONTROL_LABEL_MM = 5.0, 6.0, 11.0
CONTROL_SIZE_MM = (_CONTROL_LABEL_MM + len(CONTROL) * _CONTROL_STEP_MM, 17.5)
_MODULE_MM = 0.4
_QUIET_MODULES = 2
_CODE_GAP_MM = 2.0
_PASS_PATCH_MM, _PASS_STEP_MM = 8.0, 8.8
PASS_SIZE_MM = (len(PASS_THROUGH) * _PASS_STEP_MM, 17.0)


def pass_through_patches(origin_mm: Point) -> tuple[Patch, ...]:
    """Patches of the pass-through strip whose block begins at `origin_mm`."""
    left_mm, top_mm = origin_mm
    return tuple(
        Patch(
            left_mm + index * _PASS_STEP_MM,
            top_mm + LINE_TO_CAPITAL * _SMALL_MM,
            _PASS_PATCH_MM,
            2 * _CONTROL_PATCH_MM,
            inks,
        )
        for index, (_, inks) in enumerate(PASS_THROUGH)
    )


def letters(
    text: str, corner_mm: Point, capital_mm: float, inks: InkLevels = BLACK
) -> Strokes:
    """One line of text as strokes; see `text_strokes`."""
    strokes = text_strokes(text, corner_mm, capital_mm)
    return Strokes(strokes, capital_mm * PEN_TO_CAPITAL, inks)


def register_centres(width_mm: float, height_mm: float) -> list[Point]:
    """Centres of the register marks: corners, and the middle of long sides."""
    off = _REGISTER_OFF_MM
    columns = [-off, width_mm + off]
    rows = [-off, height_mm + off]
    centres = [(x, y) for x in columns for y in rows]
    if width_mm >= _MIDDLE_MARKS_FROM_MM:
        centres += [(width_mm / 2, y) for y in rows]
    if height_mm >= _MIDDLE_MARKS_FROM_MM:
        centres += [(x, height_mm / 2) for x in columns]
    return centres


def register_marks(width_mm: float, height_mm: float) -> Iterator[Mark]:
    """Crossed circles in every ink."""
    for x, y in register_centres(width_mm, height_mm):
        circle = tuple(
            (x + 2 * math.cos(turn), y + 2 * math.sin(turn))
            for turn in (math.tau * step / 48 for step in range(49))
        )
        across = ((x - 3.5, y), (x + 3.5, y))
        down = ((x, y - 3.5), (x, y + 3.5))
        yield Strokes((circle, across, down), _HAIR_MM, _EVERY_INK)


def corner_ticks(width_mm: float, height_mm: float) -> Iterator[Mark]:
    """Short lines that point at the painting's edges."""
    near, far = 1.0, 4.0
    lines: list[Polyline] = []
    for y in (0.0, height_mm):
        lines += [((-far, y), (-near, y)), ((width_mm + near, y), (width_mm + far, y))]
    for x in (0.0, width_mm):
        lines += [
            ((x, -far), (x, -near)),
            ((x, height_mm + near), (x, height_mm + far)),
        ]
    yield Strokes(tuple(lines), _HAIR_MM, _EVERY_INK)


def edge_ticks(
    size_mm: tuple[float, float], seams: Sides, corners_mm: Sequence[Point]
) -> Mark:
    """The same of one of several sheets: none at seams, but where seams end."""
    near, far = 1.0, 4.0
    width_mm, height_mm = size_mm
    first, second, third, fourth = corners_mm
    lines: list[Polyline] = []
    if not seams.top:
        lines += [((x, -far), (x, -near)) for x, _ in (first, second)]
    if not seams.bottom:
        ends = height_mm + near, height_mm + far
        lines += [((x, ends[0]), (x, ends[1])) for x, _ in (fourth, third)]
    if not seams.left:
        lines += [((-far, y), (-near, y)) for _, y in (first, fourth)]
    if not seams.right:
        ends = width_mm + near, width_mm + far
        lines += [((ends[0], y), (ends[1], y)) for _, y in (second, third)]
    return Strokes(tuple(lines), _HAIR_MM, _EVERY_INK)


def piece_ticks(corner_mm: Point, size_mm: tuple[float, float], off_mm: float) -> Mark:
    """Short lines that point at the corners of a trial piece, in black."""
    near, far = off_mm, off_mm + 2.0
    left, top = corner_mm
    right, bottom = left + size_mm[0], top + size_mm[1]
    across: list[Polyline] = [
        ((x + outwards * near, y), (x + outwards * far, y))
        for x, outwards in ((left, -1), (right, 1))
        for y in (top, bottom)
    ]
    down: list[Polyline] = [
        ((x, y + outwards * near), (x, y + outwards * far))
        for y, outwards in ((top, -1), (bottom, 1))
        for x in (left, right)
    ]
    return Strokes((*across, *down), _HAIR_MM, BLACK)


def bar_length_mm(room_mm: float) -> int:
    """Millimetres of the longest bar that has room."""
    return next((mm for mm in _BAR_LENGTHS_MM if mm <= room_mm), _BAR_LENGTHS_MM[-1])


def _tick_mm(at_mm: int) -> float:
    return next(tick for step, tick in _TICKS_MM.items() if at_mm % step == 0)


def horizontal_bar(room_mm: float, top_mm: float) -> Iterator[Mark]:
    """Millimetres from the painting's left edge, as many as `room_mm` holds."""
    length_mm = bar_length_mm(room_mm)
    line: Polyline = ((0.0, top_mm), (float(length_mm), top_mm))
    ticks: list[Polyline] = [
        ((float(at), top_mm), (float(at), top_mm + _tick_mm(at)))
        for at in range(length_mm + 1)
    ]
    yield Strokes((line, *ticks), _HAIR_MM, BLACK)
    baseline_mm = top_mm + _TICKS_MM[10] + _LABEL_GAP_MM + _SMALL_MM
    for at in range(0, length_mm + 1, 10):
        label = "0 mm" if at == 0 else str(at)
        half = text_width_mm("0" if at == 0 else label, _SMALL_MM) / 2
        yield letters(label, (at - half, baseline_mm), _SMALL_MM)


def vertical_bar(height_mm: float) -> Iterator[Mark]:
    """Millimetres from the painting's upper edge, in the left margin."""
    right_mm = -BAR_OFF_MM
    length_mm = bar_length_mm(max(height_mm, SHORTEST_BAR_MM))
    line: Polyline = ((right_mm, 0.0), (right_mm, float(length_mm)))
    ticks: list[Polyline] = [
        ((right_mm, float(at)), (right_mm - _tick_mm(at), float(at)))
        for at in range(length_mm + 1)
    ]
    yield Strokes((line, *ticks), _HAIR_MM, BLACK)
    for at in range(0, length_mm + 1, 10):
        label = "0 mm" if at == 0 else str(at)
        left_mm = (
            right_mm - _TICKS_MM[10] - _LABEL_GAP_MM - text_width_mm(label, _SMALL_MM)
        )
        yield letters(label, (left_mm, at + _SMALL_MM / 2), _SMALL_MM)


def control_strip(origin_mm: Point) -> Iterator[Mark]:
    """Solids over white, and on clear film."""
    left_mm, top_mm = origin_mm
    yield letters("Control strip, solids", (left_mm, top_mm + _SMALL_MM), _SMALL_MM)
    first_mm = left_mm + _CONTROL_LABEL_MM
    row_mm = top_mm + LINE_TO_CAPITAL * _SMALL_MM
    for label, white in (("on white", 255), ("on film", 0)):
        baseline_mm = row_mm + (_CONTROL_PATCH_MM + _SMALL_MM) / 2
        yield letters(label, (left_mm, baseline_mm), _SMALL_MM)
        for index, colours in enumerate(CONTROL.values()):
            inks = (*colours, white)
            if any(inks):
                x = first_mm + index * _CONTROL_STEP_MM
                yield Patch(x, row_mm, _CONTROL_PATCH_MM, _CONTROL_PATCH_MM, inks)
        row_mm += _CONTROL_PATCH_MM + _ROW_GAP_MM
    row_mm -= _ROW_GAP_MM
    for index, label in enumerate(CONTROL):
        centre_mm = first_mm + index * _CONTROL_STEP_MM + _CONTROL_PATCH_MM / 2
        yield _centred(label, centre_mm, row_mm + _LABEL_GAP_MM + _SMALL_MM)


def pass_through_strip(origin_mm: Point) -> Iterator[Mark]:
    """Known plate values, each with its label; the block begins at `origin_mm`."""
    left_mm, top_mm = origin_mm
    title = "Pass-through strip: the plates must read these percentages"
    yield letters(title, (left_mm, top_mm + _SMALL_MM), _SMALL_MM)
    for patch, (labels, _) in zip(
        pass_through_patches(origin_mm), PASS_THROUGH, strict=True
    ):
        yield patch
        centre_mm = patch.left_mm + patch.width_mm / 2
        baseline_mm = patch.top_mm + patch.height_mm + _LABEL_GAP_MM
        for label in labels:
            baseline_mm += _SMALL_MM
            yield _centred(label, centre_mm, baseline_mm)
            baseline_mm += 0.5


def _centred(text: str, centre_mm: float, baseline_mm: float) -> Strokes:
    half_mm = text_width_mm(text, _SMALL_MM) / 2
    return letters(text, (centre_mm - half_mm, baseline_mm), _SMALL_MM)


def identity_codes(text: str, right_mm: float, top_mm: float) -> Iterator[Mark]:
    """The id as a data matrix twice, so that each layer says whose it is.

    To the right in black on a white ground, to its left in the white ink alone; both
    end at `right_mm` or left of it and begin at `top_mm`, quiet zones included.
    """
    dark = data_matrix(text)
    side_mm = (len(dark) + 2 * _QUIET_MODULES) * _MODULE_MM
    left_mm = right_mm - side_mm
    yield Patch(left_mm, top_mm, side_mm, side_mm, WHITE)
    yield Cells(_modules(dark, (left_mm, top_mm)), (0, 0, 0, 255, 255))
    left_mm -= _CODE_GAP_MM + side_mm - 2 * _QUIET_MODULES * _MODULE_MM
    yield Cells(_modules(dark, (left_mm, top_mm)), WHITE)


def _modules(
    dark: Mask, corner_mm: Point
) -> tuple[tuple[float, float, float, float], ...]:
    """Runs of dark modules in a row; rows are joined by being filled as one."""
    left_mm, top_mm = (edge + _QUIET_MODULES * _MODULE_MM for edge in corner_mm)
    runs = []
    for row, modules in enumerate(dark.tolist()):
        column = 0
        for is_dark, equal in itertools.groupby(modules):
            length = len(list(equal))
            if is_dark:
                x, y = left_mm + column * _MODULE_MM, top_mm + row * _MODULE_MM
                runs.append((x, y, length * _MODULE_MM, _MODULE_MM))
            column += length
    return tuple(runs)

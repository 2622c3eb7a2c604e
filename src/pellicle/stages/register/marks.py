# SPDX-License-Identifier: Apache-2.0
"""Marks of a printed sheet, found in a scan or photograph of it.

Job: from the picture and where the marks should be, how the sheet lies in the picture:
scale along both axes, turn, mirroring; distances between marks.
Not here: what stands on a sheet (`io/sheet_layout.py`), colours of its strips.
Terms: `picture_from_sheet` maps millimetres of the sheet to pixels of the picture,
corner origin, pixel (r, c) covering [r, r + 1) × [c, c + 1); *darkness* is 0 on bare
film and up to 1 on ink.

Register marks are crossed circles. Circles are found by correlation, whatever the turn;
which circle is which follows from their distances. That leaves the four ways in which a
rectangle lies on itself; the scale bars, which stand on two sides only, tell these
apart. The centre of each mark is then measured on the arms of its cross.
"""

import itertools
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from pellicle.model.arrays import Array, Plane

Points: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
"""(N, 2) float64 x and y."""

_COARSE_PX_MM = 8.0
_RING_MM = 2.0
_RING_PEN_MM = 0.18
_TEMPLATE_MM = 2.6
_APART_MM = 4.0
_MOST_CIRCLES = 40
_LEAST_LIKE = 0.25
_LEAST_SPREAD = 0.04
_SCALE_OFF = 0.03
_NEAR_MM = 1.2
_LEAST_MARKS = 4
_STRETCHES = 4
_STEP_MM = 0.02
_WINDOWS_MM = (0.9, 0.5, 0.4)
_ARM_MM = ((-3.3, -2.3), (-1.6, -0.5), (0.5, 1.6), (2.3, 3.3))
_FLOOR = 0.3


@dataclass(frozen=True, slots=True)
class ExpectedMarks:
    """Where marks should be, in millimetres of the sheet.

    Attributes
    ----------
    register_mm
        (N, 2) centres of the register marks, at least four of which must be seen.
    line_mm
        (M, 2) points on lines that have no mirror image on the sheet.
    """

    register_mm: Points
    line_mm: Points


@dataclass(frozen=True, slots=True)
class SheetFound:
    """How a sheet lies in a picture.

    Attributes
    ----------
    picture_from_sheet
        (2, 3) float64: affine, millimetres to pixels.
    marks_mm
        (N, 2) centres as expected of the marks that were seen.
    marks_px
        (N, 2) their centres in the picture.
    px_per_mm
        Of the picture, as it claims.
    """

    picture_from_sheet: Points
    marks_mm: Points
    marks_px: Points
    px_per_mm: float

    @property
    def mirrored(self) -> bool:
        """Whether the sheet is seen from the side that is not looked at."""
        return bool(np.linalg.det(self.picture_from_sheet[:, :2]) < 0)

    @property
    def x_scale(self) -> float:
        """Size along the sheet's x axis, 1 for what was meant."""
        return float(np.hypot(*self.picture_from_sheet[:, 0]) / self.px_per_mm)

    @property
    def y_scale(self) -> float:
        """Size along the sheet's y axis, 1 for what was meant."""
        return float(np.hypot(*self.picture_from_sheet[:, 1]) / self.px_per_mm)

    @property
    def turned_degrees(self) -> float:
        """Turn of the sheet's y axis, clockwise as seen in the picture."""
        x, y = self.picture_from_sheet[:, 1]
        return float(np.degrees(np.arctan2(-x, y)))

    @property
    def residual_mm(self) -> float:
        """Greatest distance of a mark from where the affine map puts it."""
        placed = transformed(self.picture_from_sheet, self.marks_mm)
        off = np.hypot(*(placed - self.marks_px).T)
        return float(off.max() / self.px_per_mm)


def transformed(matrix: Points, points: Points) -> Points:
    """(N, 2) points mapped by a (2, 3) affine matrix."""
    mapped: Points = points @ matrix[:, :2].T + matrix[:, 2]
    return mapped


def find_sheet(
    darkness: Plane, px_per_mm: float, expected: ExpectedMarks
) -> SheetFound | None:
    """Find a sheet in a picture.

    Parameters
    ----------
    darkness
        (H, W) float32, 0 on bare film to 1 on ink.
    px_per_mm
        Sampling of the picture, right within 3 %; at least 6.
    expected
        Where the marks should be.

    Returns
    -------
    found
        None when fewer than four register marks can be told.

    Notes
    -----
    Any turn; blur and noise as scanners and steady photographs have. Perspective and
    lens distortion are not undone: they show as residual.
    """
    circles = _circles(darkness, px_per_mm)
    ways = [
        _stretched(way, expected.register_mm, circles, px_per_mm)
        for way in _ways(circles, px_per_mm, expected.register_mm)
    ]
    if not ways:
        return None
    seen = [_on_lines(darkness, way, expected.line_mm) for way in ways]
    matrix = ways[int(np.argmax(seen))]
    marks_mm = expected.register_mm
    for window_mm in _WINDOWS_MM:
        centres = [_cross(darkness, matrix, mark, window_mm) for mark in marks_mm]
        kept = [n for n, centre in enumerate(centres) if centre is not None]
        if len(kept) < _LEAST_MARKS:
            return None
        marks_mm = marks_mm[kept]
        marks_px = np.array([centres[n] for n in kept])
        matrix = _affine(marks_mm, marks_px)
    return SheetFound(matrix, marks_mm, marks_px, px_per_mm)


def line_at(
    darkness: Plane,
    matrix: Points,
    ends_mm: Points,
    window_mm: float = _WINDOWS_MM[-1],
) -> float | None:
    """How far a thin dark line lies from where it should, in millimetres.

    Parameters
    ----------
    matrix
        `picture_from_sheet`.
    ends_mm
        (2, 2) ends of a straight piece of the line.
    window_mm
        Looked at to either side.

    Returns
    -------
    offset_mm
        Across the line, to the right of its direction (y points down); None when
        there is no line.
    """
    return _offset(darkness, matrix, [ends_mm], window_mm)


def mean_of_boxes(picture: Array, matrix: Points, boxes_mm: Points) -> Array:
    """Mean of a picture over boxes of the sheet.

    Parameters
    ----------
    picture
        (H, W) or (H, W, bands).
    boxes_mm
        (N, 4) left, top, right, bottom.

    Returns
    -------
    means
        (N,) or (N, bands) float64.
    """
    means = []
    for left, top, right, bottom in boxes_mm:
        x, y = np.meshgrid(np.linspace(left, right, 33), np.linspace(top, bottom, 33))
        places = transformed(matrix, np.stack([x.ravel(), y.ravel()], axis=-1))
        columns, rows = np.floor(places).astype(np.intp).T
        rows = rows.clip(0, picture.shape[0] - 1)
        columns = columns.clip(0, picture.shape[1] - 1)
        means.append(picture[rows, columns].mean(axis=0, dtype=np.float64))
    return np.array(means)


def _circles(darkness: Plane, px_per_mm: float) -> Points:
    """Centres of what looks like a register mark's circle, likeliest first."""
    factor = max(1, int(px_per_mm / _COARSE_PX_MM))
    height, width = (side // factor * factor for side in darkness.shape)
    blocks = darkness[:height, :width].reshape(
        height // factor, factor, width // factor, factor
    )
    coarse = np.ascontiguousarray(blocks.mean(axis=(1, 3)), np.float32)
    scale = px_per_mm / factor
    template = _ring(scale)
    like = cv2.matchTemplate(coarse, template, cv2.TM_CCOEFF_NORMED)
    like[~_uneven(coarse, template.shape[0])] = 0  # correlation with nothing is noise
    side = 2 * round(_APART_MM * scale / 2) + 1
    peaks = (like == cv2.dilate(like, np.ones((side, side)))) & (like > _LEAST_LIKE)
    rows, columns = np.nonzero(peaks)
    order = np.argsort(-like[rows, columns], kind="stable")[:_MOST_CIRCLES]
    half = template.shape[0] / 2
    centres = np.stack([columns[order] + half, rows[order] + half], axis=-1)
    return np.asarray(centres * factor, np.float64)


def _uneven(picture: Plane, side: int) -> Array:
    """Where windows of that side hold something, by their upper left corner's place."""
    mean = cv2.boxFilter(picture, cv2.CV_64F, (side, side), anchor=(0, 0))
    square = cv2.sqrBoxFilter(picture, cv2.CV_64F, (side, side), anchor=(0, 0))
    high, wide = (length - side + 1 for length in picture.shape)
    spread = (square - mean * mean)[:high, :wide]
    return np.asarray(spread > _LEAST_SPREAD**2)


def _ring(scale: float) -> Plane:
    """A circle with a dark centre: what all turns of a register mark share."""
    half = round(_TEMPLATE_MM * scale)
    y, x = np.mgrid[-half : half + 1, -half : half + 1] / scale
    radius = np.hypot(x, y)
    pen = _RING_PEN_MM
    ring = np.exp(-(((radius - _RING_MM) / pen) ** 2)) + np.exp(-((radius / pen) ** 2))
    return np.asarray(ring, np.float32)


def _ways(circles: Points, px_per_mm: float, marks_mm: Points) -> list[Points]:
    """Maps that put most marks on circles; up to four, as a rectangle has."""
    found: list[tuple[int, Points]] = []
    apart = np.hypot(*(circles[:, None] - circles[None]).transpose(2, 0, 1))
    longest = np.hypot(*np.ptp(marks_mm, axis=0))
    for a, b in itertools.combinations(range(len(marks_mm)), 2):
        length_mm = float(np.hypot(*(marks_mm[a] - marks_mm[b])))
        if length_mm < longest / 2:
            continue
        ratio = apart / (length_mm * px_per_mm)
        for i, j in np.argwhere(np.abs(ratio - 1) < _SCALE_OFF).tolist():
            for flip in (1.0, -1.0):
                way = _similarity(marks_mm[[a, b]], circles[[i, j]], flip)
                count = _on_circles(way, marks_mm, circles, px_per_mm)
                found.append((count, way))
    most = max((count for count, _ in found), default=0)
    if most < _LEAST_MARKS:
        return []
    kept: list[Points] = []
    corners = marks_mm[[0, -1]]
    for count, way in found:
        places = transformed(way, corners)
        if count == most and not any(
            np.sign(np.linalg.det(one[:, :2])) == np.sign(np.linalg.det(way[:, :2]))
            and np.abs(transformed(one, corners) - places).max() < 2 * px_per_mm
            for one in kept
        ):
            kept.append(way)
    return kept


def _similarity(from_mm: Points, to_px: Points, flip: float) -> Points:
    """Similarity through two points; `flip` -1 mirrors."""
    # As complex numbers a mirrored plane is its conjugate.
    before = from_mm[:, 0] + 1j * flip * from_mm[:, 1]
    after = to_px[:, 0] + 1j * to_px[:, 1]
    turn = (after[1] - after[0]) / (before[1] - before[0])
    shift = after[0] - turn * before[0]
    return np.array(
        [
            [turn.real, -flip * turn.imag, shift.real],
            [turn.imag, flip * turn.real, shift.imag],
        ]
    )


def _on_circles(
    way: Points, marks_mm: Points, circles: Points, px_per_mm: float
) -> int:
    placed = transformed(way, marks_mm)
    apart = np.hypot(*(placed[:, None] - circles[None]).transpose(2, 0, 1))
    return int((apart.min(axis=1) < _NEAR_MM * px_per_mm).sum())


def _stretched(
    way: Points, marks_mm: Points, circles: Points, px_per_mm: float
) -> Points:
    """The map with a scale of its own along each axis, as large prints need.

    A printer's axes may differ by half a percent: five millimetres on a metre.
    """
    for _ in range(_STRETCHES):
        placed = transformed(way, marks_mm)
        apart = np.hypot(*(placed[:, None] - circles[None]).transpose(2, 0, 1))
        near = apart.min(axis=1) < _NEAR_MM * px_per_mm
        if near.sum() < _LEAST_MARKS:
            return way
        way = _affine(marks_mm[near], circles[apart.argmin(axis=1)[near]])
    return way


def _on_lines(darkness: Plane, way: Points, line_mm: Points) -> float:
    """Mean of the darkest spot near each point of the lines."""
    near = np.linspace(-_NEAR_MM, _NEAR_MM, 25)
    total = np.zeros(len(line_mm))
    for axis in (0, 1):
        steps = np.zeros((len(near), 1, 2))
        steps[:, 0, axis] = near
        places = transformed(way, (line_mm[None] + steps).reshape(-1, 2))
        sampled = _sampled(darkness, places).reshape(len(near), -1)
        total = np.maximum(total, sampled.max(axis=0) - np.median(sampled, axis=0))
    return float(total.mean())


def _cross(
    darkness: Plane, matrix: Points, mark_mm: Points, window_mm: float
) -> Points | None:
    """Centre of one mark in the picture, from the four pieces of both its lines."""
    x, y = mark_mm
    across = [np.array([[x + a, y], [x + b, y]]) for a, b in _ARM_MM]
    down = [np.array([[x, y + a], [x, y + b]]) for a, b in _ARM_MM]
    lower = _offset(darkness, matrix, across, window_mm)
    lefter = _offset(darkness, matrix, down, window_mm)
    if lower is None or lefter is None:
        return None
    centre_mm = np.array([[x - lefter, y + lower]])
    return np.asarray(transformed(matrix, centre_mm)[0])


def _offset(
    darkness: Plane, matrix: Points, pieces_mm: list[Points], window_mm: float
) -> float | None:
    """Centroid of a line's darkness across it, over pieces of one straight line."""
    start, end = pieces_mm[0][0], pieces_mm[-1][1]
    along = (end - start) / np.hypot(*(end - start))
    across = np.array([-along[1], along[0]])
    offsets = np.arange(-window_mm, window_mm + _STEP_MM / 2, _STEP_MM)
    spots = np.concatenate([np.linspace(a, b, 40) for a, b in pieces_mm])
    places = spots[None] + offsets[:, None, None] * across
    sampled = _sampled(darkness, transformed(matrix, places.reshape(-1, 2)))
    profile = sampled.reshape(len(offsets), -1).mean(axis=1)
    bare, dark = float(np.median(profile)), float(profile.max())
    spread = float(np.std(sampled) / np.sqrt(len(spots)))
    if dark - bare < max(0.03, 4 * spread):
        return None
    # Only the peak itself: what else lies in the window shall not pull.
    weights = np.clip(profile - bare - _FLOOR * (dark - bare), 0, None)
    peak = int(profile.argmax())
    low, high = peak, peak
    while low > 0 and weights[low - 1] > 0:
        low -= 1
    while high < len(weights) - 1 and weights[high + 1] > 0:
        high += 1
    part = slice(low, high + 1)
    return float(weights[part] @ offsets[part] / weights[part].sum())


def _sampled(darkness: Plane, places_px: Points) -> Array:
    """Bilinear samples; outside the picture nothing is dark."""
    x, y = (places_px - 0.5).astype(np.float32).T
    # OpenCV takes maps of at most 32,767 rows: lay the points out in a square.
    side = int(np.ceil(np.sqrt(len(x))))
    padded = np.full((2, side * side), -10.0, np.float32)
    padded[0, : len(x)], padded[1, : len(x)] = x, y
    maps = padded.reshape(2, side, side)
    sampled = cv2.remap(darkness, maps[0], maps[1], cv2.INTER_LINEAR)
    return np.asarray(sampled.reshape(-1)[: len(x)])


def _affine(from_mm: Points, to_px: Points) -> Points:
    """Least squares."""
    rows = np.concatenate([from_mm, np.ones((len(from_mm), 1))], axis=1)
    solution, *_ = np.linalg.lstsq(rows, to_px, rcond=None)
    return np.asarray(solution.T)

# SPDX-License-Identifier: Apache-2.0
"""What stands before a plain backdrop in a capture.

Job: model the backdrop from the border of the picture, and fit a four-sided or elliptic
outline to the largest thing before it. Nothing is found unless both are convincing.
Not here: frames around a painting (`frame_edges.py`).
Terms: *backdrop* is the wall, paper or cloth behind the painting; all sizes are those
of a reduced picture.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from pellicle.model.arrays import Array, Colour, Mask

RING_PART = 0.012
"""Width of the border that is taken for backdrop, as a part of the shorter side."""

LEAST_RING_PART = 0.6
"""Part of that border that must fit one smooth backdrop; the rest may be a ruler."""

LARGEST_SPREAD = 3.5
"""Robust standard deviation of a plain backdrop, CIELAB units after a slight blur."""

TOLERANCES = (3.0, 12.0)
LEAST_AREA, LARGEST_AREA = 0.08, 0.985
LEAST_OVERLAP = 0.9
LEAST_SIDE_SUPPORT = 0.6
LARGEST_TURN_DEGREES = 8.0
LEAST_ELLIPSE_OVERLAP = 0.965
OPENING_PART = 0.14
"""What is attached to the object and narrower than this part of it is cut off: rulers
and targets that touch it."""

_REFITS = 25
_SIDE_BINS = 100


@dataclass(frozen=True, slots=True)
class Quad:
    """Four corners (x, y): top left, top right, bottom right, bottom left."""

    corners: Array


@dataclass(frozen=True, slots=True)
class Ellipse:
    """Centre (x, y), half axes and turn in degrees, as OpenCV gives them."""

    centre: tuple[float, float]
    half_axes: tuple[float, float]
    turn_degrees: float

    def points(self, count: int = 720, inset: float = 0.0) -> Array:
        """(count, 2) points (x, y) on the ellipse, `inset` pixels further in."""
        angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
        a, b = (axis - inset for axis in self.half_axes)
        turn = np.deg2rad(self.turn_degrees)
        x, y = a * np.cos(angles), b * np.sin(angles)
        return np.stack(
            [
                self.centre[0] + x * np.cos(turn) - y * np.sin(turn),
                self.centre[1] + x * np.sin(turn) + y * np.cos(turn),
            ],
            axis=1,
        )


def find_before_backdrop(lab: Colour) -> Quad | Ellipse | None:
    """Outline of the largest thing before a plain backdrop, or None.

    Parameters
    ----------
    lab
        (H, W, 3) float32 CIELAB of the reduced capture, slightly blurred.
    """
    backdrop = backdrop_pixels(lab)
    if backdrop is None:
        return None
    thing = _largest_thing(~backdrop)
    if thing is None:
        return None
    quad = _fit_quad(thing)
    ellipse = _fit_ellipse(thing)
    return ellipse or quad


def backdrop_pixels(lab: Colour) -> Mask | None:
    """(H, W) bool pixels of a plain backdrop that reach the border, or None."""
    height, width = lab.shape[:2]
    ring = np.ones((height, width), np.bool_)
    margin = max(3, round(RING_PART * min(height, width)))
    ring[margin:-margin, margin:-margin] = False
    basis = _basis(height, width)
    distance, spread = _robust_fit(lab, basis, ring)
    tolerance = float(np.clip(4 * spread, *TOLERANCES))
    if spread > LARGEST_SPREAD or (distance[ring] < tolerance).mean() < LEAST_RING_PART:
        return None
    # again over all the backdrop found, so that uneven light is followed inwards
    found = _reaching_border(distance < tolerance)
    distance, _ = _robust_fit(lab, basis, found)
    return _reaching_border(distance < tolerance)


def _basis(height: int, width: int) -> Array:
    """(H, W, 6) float32: 1, x, y, x², xy, y² over −1 to 1."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2)


def _robust_fit(lab: Colour, basis: Array, where: Mask) -> tuple[Array, float]:
    """Distance of every pixel from a smooth surface through most of `where`."""
    colours, terms = lab[where].astype(np.float64), basis[where].astype(np.float64)
    thinned = slice(None, None, max(1, len(colours) // 20_000))
    colours, terms = colours[thinned], terms[thinned]
    residual = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    surface = np.zeros((terms.shape[1], 3))
    spread = 0.0
    for _ in range(_REFITS):
        kept = residual <= max(2.5 * 1.4826 * float(np.median(residual)), 1.0)
        surface = np.linalg.lstsq(terms[kept], colours[kept], rcond=None)[0]
        residual = np.linalg.norm(colours - terms @ surface, axis=1)
        spread = 1.4826 * float(np.median(residual[kept]))
    model = basis @ surface.astype(np.float32)
    return np.linalg.norm(lab - model, axis=2), spread


def _reaching_border(mask: Mask) -> Mask:
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    kept = np.zeros(labels.max() + 1, np.bool_)
    kept[edge] = True
    kept[0] = False
    return kept[labels]


def _largest_thing(mask: Mask) -> Mask | None:
    """The largest part of a mask, without what sticks out of it narrowly."""
    part = _largest_part(_opened(mask, 3))
    if part is None:
        return None
    y, x = np.nonzero(part)
    side = min(np.ptp(x), np.ptp(y)) + 1
    core = _largest_part(_opened(part, round(OPENING_PART * side)))
    if core is None:
        return None
    share = np.count_nonzero(core) / core.size
    return core if LEAST_AREA <= share <= LARGEST_AREA else None


def _opened(mask: Mask, side: int) -> Mask:
    side = max(side, 3) | 1
    kernel = np.ones((side, side), np.uint8)
    # beyond the picture counts as inside, so that things cut by its edge stay whole
    padded = cv2.copyMakeBorder(
        mask.astype(np.uint8), side, side, side, side, cv2.BORDER_REPLICATE
    )
    opened = cv2.morphologyEx(padded, cv2.MORPH_OPEN, kernel)
    return opened[side:-side, side:-side].astype(np.bool_)


def _largest_part(mask: Mask) -> Mask | None:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4
    )
    if count < 2:  # noqa: PLR2004 -- 0 is the background
        return None
    return labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))


def _contour(mask: Mask) -> Array:
    contours, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    # OpenCV counts pixel centres; ours are at half pixels
    return max(contours, key=len)[:, 0].astype(np.float64) + 0.5


def _fit_quad(thing: Mask) -> Quad | None:
    contour = _contour(thing)
    corners = _ordered(cv2.boxPoints(cv2.minAreaRect(contour.astype(np.float32))))
    reach = 0.04 * min(thing.shape)
    for _ in range(3):
        lines = [_side_line(contour, corners, side, reach) for side in range(4)]
        if any(line is None for line in lines):
            return None
        corners = np.stack(
            [_crossing(lines[side - 1], lines[side]) for side in range(4)]
        )
        reach /= 2
    if not np.isfinite(corners).all() or not _upright(corners):
        return None
    near = 0.006 * min(thing.shape) + 1.5
    supports = [_side_support(contour, corners, side, near) for side in range(4)]
    area = np.zeros(thing.shape, np.uint8)
    cv2.fillPoly(area, [np.round(corners - 0.5).astype(np.int32)], 1)
    if min(supports) < LEAST_SIDE_SUPPORT or _iou(thing, area > 0) < LEAST_OVERLAP:
        return None
    return Quad(_outwards(corners))


def _ordered(corners: Array) -> Array:
    """Corners from the top left, clockwise as seen on a screen."""
    corners = np.asarray(corners, np.float64)
    middle = corners.mean(axis=0)
    angles = np.arctan2(*(corners - middle).T[::-1])
    corners = corners[np.argsort(angles)]
    start = int(np.argmin(corners.sum(axis=1)))
    return np.roll(corners, -start, axis=0)


def _side_line(contour: Array, corners: Array, side: int, reach: float) -> Array | None:
    """Point and direction of a line through the contour near one side."""
    along, across = _side_coordinates(contour, corners, side)
    near = contour[(np.abs(across) < reach) & (along > 0.05) & (along < 0.95)]  # noqa: PLR2004
    if len(near) < 10:  # noqa: PLR2004 -- too few for a line
        return None
    line = cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01)
    vx, vy, x, y = line.ravel().astype(np.float64)
    return np.array([x, y, vx, vy])


def _side_coordinates(contour: Array, corners: Array, side: int) -> tuple[Array, Array]:
    start, end = corners[side], corners[(side + 1) % 4]
    direction = end - start
    length = float(np.hypot(*direction))
    direction = direction / length
    offset = contour - start
    return (
        offset @ direction / length,
        offset @ np.array([-direction[1], direction[0]]),
    )


def _crossing(line_a: Array, line_b: Array) -> Array:
    (ax, ay, avx, avy), (bx, by, bvx, bvy) = line_a, line_b
    cross = avx * bvy - avy * bvx
    if abs(cross) < 1e-6:  # noqa: PLR2004 -- parallel
        return np.full(2, np.nan)
    step = ((bx - ax) * bvy - (by - ay) * bvx) / cross
    return np.array([ax + step * avx, ay + step * avy])


def _upright(corners: Array) -> bool:
    """Whether the sides lie within a few degrees of the picture's."""
    steps = np.roll(corners, -1, axis=0) - corners
    turns = np.rad2deg(np.arctan2(steps[:, 1], steps[:, 0])) - np.array(
        [0.0, 90.0, 180.0, 270.0]
    )
    turns = (turns + 180) % 360 - 180
    return bool((np.abs(turns) < LARGEST_TURN_DEGREES).all())


def _side_support(contour: Array, corners: Array, side: int, near: float) -> float:
    """Part of a side that has contour near it."""
    along, across = _side_coordinates(contour, corners, side)
    bins = np.floor(along[np.abs(across) < near] * _SIDE_BINS).astype(np.int64)
    return len(np.unique(bins[(bins >= 0) & (bins < _SIDE_BINS)])) / _SIDE_BINS


def _outwards(corners: Array) -> Array:
    """The contour runs through pixel centres: move it to the pixels' outer edges."""
    middle = corners.mean(axis=0)
    return corners + 0.5 * np.sign(corners - middle)


def _fit_ellipse(thing: Mask) -> Ellipse | None:
    contour = _contour(thing)
    (cx, cy), (a, b), turn = cv2.fitEllipse(contour.astype(np.float32))
    area = np.zeros(thing.shape, np.uint8)
    cv2.ellipse(area, ((cx - 0.5, cy - 0.5), (a, b), turn), 1, cv2.FILLED)
    if _iou(thing, area > 0) < LEAST_ELLIPSE_OVERLAP:
        return None
    return Ellipse((cx, cy), (a / 2 + 0.5, b / 2 + 0.5), turn)


def _iou(mask_a: Mask, mask_b: Mask) -> float:
    union = np.count_nonzero(mask_a | mask_b)
    return np.count_nonzero(mask_a & mask_b) / union if union else 0.0

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
DARKEST_SHADOW = 0.5
"""Lightness of backdrop in shadow, as a part of its own."""

SOFT_STEP_LAB = 3.0
"""Change over two pixels that a shadow's edge does not reach."""

LEAST_AREA, LARGEST_AREA = 0.08, 0.985
LEAST_OVERLAP = 0.9
LEAST_SIDE_SUPPORT = 0.6
LARGEST_TURN_DEGREES = 8.0
LEAST_ELLIPSE_OVERLAP = 0.965
SPECK_PX = 5
"""What is narrower than this is no thing."""

_REFITS = 25
_MOST_PLACES = 160
_LEAST_PLACES = 16


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
    for backdrop in backdrop_pixels(lab):
        thing = _largest_thing(~backdrop)
        if thing is None:
            continue
        outline = _fit_ellipse(thing) or _fit_quad(thing)
        if outline is not None:
            return outline
    return None


def backdrop_pixels(lab: Colour) -> list[Mask]:
    """(H, W) bool pixels of a plain backdrop that reach the border.

    First with soft shadows, then without: a dark painting may look like a shadow.
    Nothing if the backdrop is not plain.
    """
    height, width = lab.shape[:2]
    ring = np.ones((height, width), np.bool_)
    margin = max(3, round(RING_PART * min(height, width)))
    ring[margin:-margin, margin:-margin] = False
    basis = _basis(height, width)
    _, distance, spread = _robust_fit(lab, basis, ring)
    tolerance = float(np.clip(4 * spread, *TOLERANCES))
    if spread > LARGEST_SPREAD or (distance[ring] < tolerance).mean() < LEAST_RING_PART:
        return []
    # again over all the backdrop found, so that uneven light is followed inwards
    found = _reaching_border(distance < tolerance)
    if not found.any():
        return []
    model, distance, _ = _robust_fit(lab, basis, found)
    plain = distance < tolerance
    shaded = plain | _shadow(lab, model, tolerance)
    return [_reaching_border(shaded), _reaching_border(plain)]


def _shadow(lab: Colour, model: Colour, tolerance: float) -> Mask:
    """Pixels that may be backdrop in a soft shadow: darker, as colourful, smooth."""
    share = lab[:, :, 0] / np.maximum(model[:, :, 0], 1)
    dimmed = np.linalg.norm(lab[:, :, 1:] - model[:, :, 1:] * share[:, :, None], axis=2)
    step = np.zeros(lab.shape[:2], np.float32)
    step[:, 1:-1] = np.linalg.norm(lab[:, 2:] - lab[:, :-2], axis=2)
    step[1:-1] = np.maximum(step[1:-1], np.linalg.norm(lab[2:] - lab[:-2], axis=2))
    darker = (share > DARKEST_SHADOW) & (share < 1)
    return np.asarray(darker & (dimmed < tolerance) & (step < SOFT_STEP_LAB))


def _basis(height: int, width: int) -> Array:
    """(H, W, 6) float32: 1, x, y, x², xy, y² over −1 to 1."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2)


def _robust_fit(lab: Colour, basis: Array, where: Mask) -> tuple[Colour, Array, float]:
    """Smooth surface through most of `where`, distances from it, their spread."""
    colours, terms = lab[where].astype(np.float64), basis[where].astype(np.float64)
    thinned = slice(None, None, max(1, len(colours) // 4_000))
    colours, terms = colours[thinned], terms[thinned]
    residual = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    kept = np.zeros(len(colours), np.bool_)
    for _ in range(_REFITS):
        before = kept
        kept = residual <= max(2.5 * 1.4826 * float(np.median(residual)), 1.0)
        if (kept == before).all():
            break
        weighed = terms[kept].T
        surface = np.linalg.lstsq(
            weighed @ terms[kept], weighed @ colours[kept], rcond=None
        )[0]
        residual = np.linalg.norm(colours - terms @ surface, axis=1)
    spread = 1.4826 * float(np.median(residual[kept]))
    model = basis @ surface.astype(np.float32)
    return model, np.linalg.norm(lab - model, axis=2), spread


def _reaching_border(mask: Mask) -> Mask:
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    kept = np.zeros(labels.max() + 1, np.bool_)
    kept[edge] = True
    kept[0] = False
    return np.asarray(kept[labels])


def _largest_thing(mask: Mask) -> Mask | None:
    part = _largest_part(_opened(mask, SPECK_PX))
    if part is None:
        return None
    share = np.count_nonzero(part) / part.size
    return part if LEAST_AREA <= share <= LARGEST_AREA else None


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
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _contour(mask: Mask) -> Array:
    contours, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    # OpenCV counts pixel centres; ours are at half pixels
    return max(contours, key=len)[:, 0].astype(np.float64) + 0.5


def _fit_quad(thing: Mask) -> Quad | None:
    """Four straight sides, each through most of the thing's outermost pixels there."""
    top = _side_line(thing)
    bottom = _side_line(thing[::-1])
    left = _side_line(thing.T)
    right = _side_line(thing.T[::-1])
    if top is None or bottom is None or left is None or right is None:
        return None
    height, width = thing.shape
    lines = [
        np.array([0, top[0], 1, top[1]]),
        np.array([width - right[0], 0, -right[1], 1]),
        np.array([0, height - bottom[0], 1, -bottom[1]]),
        np.array([left[0], 0, left[1], 1]),
    ]
    corners = np.stack([_crossing(lines[side - 1], lines[side]) for side in range(4)])
    if not np.isfinite(corners).all() or not _upright(corners):
        return None
    area = np.zeros(thing.shape, np.uint8)
    cv2.fillPoly(area, [np.round(corners - 0.5).astype(np.int32)], 1)
    return Quad(corners) if _iou(thing, area > 0) >= LEAST_OVERLAP else None


def _side_line(thing: Mask) -> tuple[float, float] | None:
    """Upper side as y = offset + slope · x, by repeated medians (Siegel 1982).

    Rulers and targets that touch less than half of a side do not move it.
    """
    counts = np.count_nonzero(thing, axis=0)
    columns = np.flatnonzero(counts > 0.5 * counts.max())
    margin = len(columns) // 20
    columns = columns[margin : len(columns) - margin]
    if len(columns) < _LEAST_PLACES:
        return None
    y = thing[:, columns].argmax(axis=0).astype(np.float64)
    x = columns + 0.5
    thin = slice(None, None, -(-len(columns) // _MOST_PLACES))
    steps_x, steps_y = (
        np.subtract.outer(x[thin], x[thin]),
        np.subtract.outer(y[thin], y[thin]),
    )
    np.fill_diagonal(steps_x, np.nan)
    slope = float(np.median(np.nanmedian(steps_y / steps_x, axis=1)))
    offset = float(np.median(y - slope * x))
    near = np.abs(y - slope * x - offset) < 0.006 * max(thing.shape) + 1.5
    if near.mean() < LEAST_SIDE_SUPPORT:
        return None
    slope, offset = np.polyfit(x[near], y[near], 1).tolist()
    return offset, slope


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

# SPDX-License-Identifier: Apache-2.0
"""Straight edges that run along all sides of a painting: its own edge and its frame's.

Job: move a rough outline onto the sharp edge it means, and find how wide a frame is.
Not here: the rough outline (`backdrop.py`).
Terms: the *sight edge* is the inner edge of a frame, where the painting begins; a
*strip* is one side of the outline unrolled, rows going inwards.
"""

import cv2
import numpy as np

from pellicle.model.arrays import Array, Colour
from pellicle.raster.backdrop import Ellipse, Quad

SHARP_LAB = 5.0
"""Change over two pixels that counts as an edge, CIELAB units."""

TEXTURE_FACTOR = 1.5
LEAST_COVERAGE = 0.85
"""Part of a side along which a frame's edge must be seen."""

LEAST_OUTLINE_COVERAGE = 0.6
"""Part of a side along which the painting's own edge must be seen. The outermost such
edge is taken: rather a strip of a ruler that touches than a strip of painting less."""

OUTSIDE_PART, INSIDE_PART = 0.012, 0.07
"""Where the painting's sharp edge is looked for, as parts of the shorter side."""

WIDEST_FRAME = 0.28
NARROWEST_FRAME = 0.012
WIDTH_TOLERANCE = 0.15
"""By how much the four sides of a frame may differ in width."""

LEAST_PROFILE_SHARE = 0.45
"""Part of a frame's variance that its profile, the same all along, must explain."""

_CORNER_PART = 0.12
_ALONG = 400
_EDGE_PX = 3


def sharpened(lab: Colour, outline: Quad | Ellipse) -> Quad | Ellipse:
    """Move each side to the outermost sharp edge near it, past soft shadows."""
    side = _shorter_side(outline)
    outside = max(3, round(OUTSIDE_PART * side))
    inside = max(4, round(INSIDE_PART * side))
    unrolled = strips(lab, outline, -outside, inside)
    if isinstance(outline, Ellipse):
        return _refitted(outline, np.concatenate(unrolled, axis=1), outside)
    insets = []
    for strip in unrolled:
        peaks = edge_depths(strip, LEAST_OUTLINE_COVERAGE)
        insets.append(float(peaks[0] + 0.5 - outside) if len(peaks) else 0.0)
    return inset(outline, insets)


def _refitted(ellipse: Ellipse, ring: Colour, outside: int) -> Ellipse:
    """Ellipse through the outermost sharp change in each direction."""
    change = _change(ring)
    sharp = change > SHARP_LAB
    seen = sharp.any(axis=0)
    if seen.mean() < LEAST_OUTLINE_COVERAGE:
        return ellipse
    first = sharp.argmax(axis=0)
    # the change spreads over a few rows: its middle is where it is largest
    rows = np.minimum(first + np.arange(4)[:, None], len(change) - 1)
    first = first + np.take_along_axis(change, rows, axis=0).argmax(axis=0)
    depth = np.where(seen, first + 0.5 - outside, np.nan)
    ordinary = seen & (np.abs(depth - np.nanmedian(depth)) < outside + 2)
    points = ellipse.points(ring.shape[1])
    middle = np.array(ellipse.centre)
    outwards = points - middle
    lengths = np.hypot(*outwards.T)
    moved = middle + outwards * (1 - depth / lengths)[:, None]
    (cx, cy), (a, b), turn = cv2.fitEllipse(moved[ordinary].astype(np.float32))
    return Ellipse((cx, cy), (a / 2, b / 2), turn)


def frame_widths(lab: Colour, outline: Quad | Ellipse) -> list[float] | None:
    """Widths in pixels of a frame's top, right, bottom and left side, or None.

    A frame is believed if a straight edge runs along all four sides at about the same
    depth, and if what lies before it looks the same all along each side.
    """
    side = _shorter_side(outline)
    unrolled = strips(lab, outline, 0, round(WIDEST_FRAME * side))
    first = max(3, round(NARROWEST_FRAME * side))
    peaks = []
    for strip in unrolled:
        found = edge_depths(strip, LEAST_COVERAGE)
        peaks.append(found[found >= first])
    for depth in peaks[0][::-1]:
        slack = max(3.0, WIDTH_TOLERANCE * float(depth))
        matches = [
            side_peaks[np.abs(side_peaks - depth) <= slack] for side_peaks in peaks
        ]
        if not all(len(match) for match in matches):
            continue
        widths = [int(match[np.argmin(np.abs(match - depth))]) for match in matches]
        shares = [
            profile_share(strip[_EDGE_PX:width])
            for strip, width in zip(unrolled, widths, strict=True)
        ]
        if min(shares) >= LEAST_PROFILE_SHARE:
            return [width + 0.5 for width in widths]
    return None


def inset(outline: Quad | Ellipse, insets_px: list[float]) -> Quad | Ellipse:
    """The outline with each side (top, right, bottom, left) moved inwards."""
    if isinstance(outline, Ellipse):
        a, b = outline.half_axes
        mean = float(np.mean(insets_px))
        return Ellipse(outline.centre, (a - mean, b - mean), outline.turn_degrees)
    corners = outline.corners
    lines = []
    for side, step in enumerate(insets_px):
        start, end = corners[side], corners[(side + 1) % 4]
        direction = (end - start) / np.hypot(*(end - start))
        inwards = np.array([-direction[1], direction[0]])
        lines.append((start + step * inwards, direction))
    moved = [_meeting(lines[side - 1], lines[side]) for side in range(4)]
    return Quad(np.stack(moved))


def strips(
    lab: Colour, outline: Quad | Ellipse, first_px: int, last_px: int
) -> list[Colour]:
    """Unroll the four sides: (last − first, along, 3), row 0 at depth `first_px`.

    Corners are left out. An ellipse gives its four quarters.
    """
    depths = np.arange(first_px, last_px) + 0.5
    grids = []
    if isinstance(outline, Ellipse):
        rings = np.stack([outline.points(4 * _ALONG, depth) for depth in depths])
        grids = np.split(rings, 4, axis=1)
    else:
        corners = outline.corners
        part = np.linspace(_CORNER_PART, 1 - _CORNER_PART, _ALONG)[:, None]
        for side in range(4):
            start, end = corners[side], corners[(side + 1) % 4]
            direction = (end - start) / np.hypot(*(end - start))
            inwards = np.array([-direction[1], direction[0]])
            line = start + part * (end - start)
            grids.append(line[None] + depths[:, None, None] * inwards)
    return [_sampled(lab, grid) for grid in grids]


def edge_depths(strip: Colour, least_coverage: float) -> Array:
    """Depths (rows, integers) at which an edge runs along a strip, outermost first.

    An edge is where the colour changes most, and sharply so, along at least
    `least_coverage` of the length: more sharply than the strip's own texture.
    """
    change = _change(strip)
    texture = float(np.median(change[len(change) * 2 // 3 :]))
    sharp = (change > max(SHARP_LAB, TEXTURE_FACTOR * texture)).astype(np.uint8)
    coverage = cv2.dilate(sharp, np.ones((3, 1), np.uint8)).mean(axis=1)
    strength = change.mean(axis=1)
    padded = np.pad(strength, 2)
    highest = np.max([padded[k : k + len(strength)] for k in range(5)], axis=0)
    return np.flatnonzero((coverage >= least_coverage) & (strength >= highest))


def _change(strip: Colour) -> Array:
    """(D, L) colour change over two rows, smoothed along the strip."""
    smooth = cv2.blur(strip, (7, 1))
    change = np.zeros(strip.shape[:2], np.float32)
    change[1:-1] = np.linalg.norm(smooth[2:] - smooth[:-2], axis=2)
    return change


def profile_share(band: Colour) -> float:
    """Part of a band's variance that lies across it rather than along it."""
    lightness = cv2.blur(band, (9, 1))[:, :, 0].astype(np.float64)
    total = float(lightness.var())
    along = float(lightness.var(axis=1).mean())
    return 1 - along / total if total > 0 else 0.0


def _sampled(lab: Colour, grid: Array) -> Colour:
    pixel = (grid - 0.5).astype(np.float32)
    sampled = cv2.remap(
        lab,
        pixel[..., 0],
        pixel[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(sampled, np.float32)


def _shorter_side(outline: Quad | Ellipse) -> float:
    if isinstance(outline, Ellipse):
        return 2 * min(outline.half_axes)
    steps = np.roll(outline.corners, -1, axis=0) - outline.corners
    return float(np.hypot(*steps.T).min())


def _meeting(line_a: tuple[Array, Array], line_b: tuple[Array, Array]) -> Array:
    (start_a, along_a), (start_b, along_b) = line_a, line_b
    system = np.stack([along_a, -along_b], axis=1)
    step = np.linalg.solve(system, start_b - start_a)
    return np.asarray(start_a + step[0] * along_a)

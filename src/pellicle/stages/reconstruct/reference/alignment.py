# SPDX-License-Identifier: Apache-2.0
"""A reference image laid on the scan: found, judged, refined, its colours mapped.

Job: from two reduced pictures to everything that says which pixel of the reference
belongs where and what colour it has there; or why the reference does not match.
Not here: the four steps themselves (`features.py`, `agreement.py`, `field.py`,
`colour_map.py`), using the result at full size (`filling.py`).
Terms: a *node* is one of the evenly spaced places at which the smooth fields are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator

from pellicle.model.arrays import Array, Mask, Plane
from pellicle.stages.reconstruct.reference.agreement import correlate
from pellicle.stages.reconstruct.reference.colour_map import (
    ColourMap,
    fit_colours,
    lightness,
    local_gains,
)
from pellicle.stages.reconstruct.reference.features import (
    SQUARES,
    FeatureMatch,
    match_features,
    stretches,
)
from pellicle.stages.reconstruct.reference.field import (
    WHOLE_SCALES,
    Shown,
    register,
)

FEWEST_INLIERS = 20
LEAST_SPREAD = 0.1
LEAST_AGREEMENT = 0.4
EDGE_PX = 3
GAIN_SIGMA_PX = 48.0
NODE_PX = 16
FEWEST_POINTS = 4
POINTS_SMOOTHING = 1e-3
LEAST_WIDTH = 0.02
"""Width of the point pairs against their length below which they are one line."""

PointPair = tuple[float, float, float, float]
"""x and y in the scan, x and y in the reference; pixels, corner origin."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How a reference lies on the scan.

    Attributes
    ----------
    reference_from_scan
        (3, 3) float64 map of (x, y, 1), corner origin.
    step_px
        Scan pixels from node to node; the first lies half a step inside.
    shift
        (h, w, 2) float32, x and y in scan pixels: a scan pixel shows what the map says
        of its place plus this.
    gain, offset
        (h, w, C) float32, to be applied after `colours`.
    colours
        The mapping of the whole picture.
    mirrored, inliers, spread
        Of the feature match; inliers are the pairs given when a person gave points.
    agreement
        Median local correlation of lightness on intact paint.
    by_points
        Whether a person gave point pairs.
    """

    reference_from_scan: Array
    step_px: int
    shift: Array
    gain: Array
    offset: Array
    colours: ColourMap
    mirrored: bool
    inliers: int
    spread: float
    agreement: float
    by_points: bool

    def scaled(self, scan_factor: int, reference_factor: int) -> "Alignment":
        """The same for pictures so many times as large."""
        grow = np.diag([reference_factor, reference_factor, 1.0])
        shrink = np.diag([1.0 / scan_factor, 1.0 / scan_factor, 1.0])
        return replace(
            self,
            reference_from_scan=grow @ self.reference_from_scan @ shrink,
            step_px=self.step_px * scan_factor,
            shift=self.shift * np.float32(scan_factor),
        )


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why a reference was not used: what was found and what was needed."""

    found: str
    needed: str


def places_in(matrix: Array, points: Array) -> Array:
    """(..., 2) places in the reference of (..., 2) places in the scan, float32."""
    x, y = points[..., 0], points[..., 1]
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    depth = np.where(np.abs(depth) < 1e-9, 1e-9, depth)  # noqa: PLR2004
    return np.stack(
        [(row[0] * x + row[1] * y + row[2]) / depth for row in matrix[:2]], axis=-1
    ).astype(np.float32)


def pixel_centres(top: int, left: int, shape: tuple[int, int]) -> Array:
    """(H, W, 2) float32 x and y of the centres of a window's pixels."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    return np.stack((columns + (left + 0.5), rows + (top + 0.5)), axis=-1)


def sampled(picture: Array, places: Array) -> tuple[Array, Mask]:
    """Picture at places (x, y from its corner), bicubic, and which lie inside."""
    across = np.ascontiguousarray(places[..., 0] - np.float32(0.5))
    down = np.ascontiguousarray(places[..., 1] - np.float32(0.5))
    height, width = picture.shape[:2]
    inside = (across >= 0) & (down >= 0)
    inside &= (across <= width - 1) & (down <= height - 1)
    made: Array = cv2.remap(
        picture, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return made, inside


def align(
    scan: Array,
    intact: Mask,
    reference: Array,
    points: Sequence[PointPair] = (),
) -> Alignment | Mismatch:
    """Lay a reference on the scan.

    Parameters
    ----------
    scan, reference
        (H, W, 1 or 3) float32, reduced pictures, encoded alike in [0, 1].
    intact
        (H, W) bool: intact paint of the scan, the only pixels that count.
    points
        Pairs given by a person, in pixels of the reduced pictures; at least 4, or none
        for a search.

    Returns
    -------
    alignment
        In pixels of the reduced pictures; or why there is none.

    Notes
    -----
    About 10 s on one core for pictures of 1400 px.
    """
    scan_light = lightness(scan) * intact
    reference_light = lightness(reference)
    if points:
        matched = _match_points(points, intact.shape)
        if matched is None:
            return Mismatch(
                "point pairs that fix no perspective",
                "four pairs, no three of them on a line",
            )
        match, start = matched
    else:
        sound = cv2.erode(
            intact.astype(np.uint8), np.ones((2 * EDGE_PX + 1, 2 * EDGE_PX + 1))
        )
        match = match_features(
            _eight_bit(scan_light), sound > 0, _eight_bit(reference_light)
        )
        start = np.zeros((*intact.shape, 2), np.float32)
    wrong = _refused(match, intact.shape, reference.shape[:2], given=bool(points))
    if wrong:
        return wrong
    centres = pixel_centres(0, 0, intact.shape)

    def shown(shift: Array) -> tuple[Plane, Mask]:
        places = places_in(match.reference_from_scan, centres + start + shift)
        return sampled(reference_light, places)

    shift, agreement = _refined(scan_light, intact, shown, given=bool(points))
    if agreement < LEAST_AGREEMENT and not points:
        return Mismatch(
            f"{match.inliers} matching details, but the pictures agree by "
            f"{agreement:.2f} only where paint is intact",
            f"an agreement of {LEAST_AGREEMENT:g}",
        )
    shift = start + shift
    places = places_in(match.reference_from_scan, centres + shift)
    laid, inside = sampled(reference, places)
    both = intact & inside
    colours = fit_colours(laid[both], scan[both], np.ones(int(both.sum())))
    wanted = lightness(scan)[..., None] if colours.monochrome else scan
    gain, offset = local_gains(colours.apply(laid), wanted, both, GAIN_SIGMA_PX)
    return Alignment(
        reference_from_scan=match.reference_from_scan,
        step_px=NODE_PX,
        shift=_nodes(shift),
        gain=_nodes(gain),
        offset=_nodes(offset),
        colours=colours,
        mirrored=match.mirrored,
        inliers=match.inliers,
        spread=match.spread,
        agreement=agreement,
        by_points=bool(points),
    )


def _refined(
    scan: Plane, intact: Mask, shown: Shown, *, given: bool
) -> tuple[Array, float]:
    """Refined displacement, unless the picture agreed better without it.

    Where a person gave points, it must agree well, or the points stand as they are.
    """
    still = np.zeros((*intact.shape, 2), np.float32)
    seen, inside = shown(still)
    before = correlate(scan, seen, intact & inside).median
    shift = register(scan, intact, shown, WHOLE_SCALES)
    seen, inside = shown(shift)
    after = correlate(scan, seen, intact & inside).median
    better = after > before and (after >= LEAST_AGREEMENT or not given)
    return (shift, after) if better else (still, before)


def _refused(
    match: FeatureMatch,
    scan: tuple[int, int],
    reference: tuple[int, int],
    *,
    given: bool,
) -> Mismatch | None:
    shared = _shared(match, scan, reference)
    if shared == 0:
        return Mismatch("no part of the painting in it", "the same painting")
    if given:
        return None
    if match.inliers < FEWEST_INLIERS:
        return Mismatch(
            f"{match.inliers} matching details", f"at least {FEWEST_INLIERS}"
        )
    if match.spread < LEAST_SPREAD * shared:
        return Mismatch(
            f"matching details in {100 * match.spread / shared:.0f} % of what the "
            "pictures share",
            f"at least {100 * LEAST_SPREAD:.0f} %",
        )
    return None


def _shared(
    match: FeatureMatch, scan: tuple[int, int], reference: tuple[int, int]
) -> float:
    """Share of the scan's squares whose middle the reference shows."""
    middles = (np.arange(SQUARES) + 0.5) / SQUARES
    x, y = np.meshgrid(middles * scan[1], middles * scan[0])
    points = np.stack((x.ravel(), y.ravel()), axis=-1)
    sound = np.isfinite(stretches(match.reference_from_scan, points))
    places = places_in(match.reference_from_scan, points)
    inside = (places >= 0).all(axis=-1) & (places <= reference[::-1]).all(axis=-1)
    return float((inside & sound).mean())


def _match_points(
    points: Sequence[PointPair], shape: tuple[int, int]
) -> tuple[FeatureMatch, Array] | None:
    """Map closest to the pairs, and the thin plate through them; None on one line."""
    pairs = np.array(points, np.float64)
    start, end = pairs[:, :2], pairs[:, 2:]
    if not (_spans(start) and _spans(end)):
        return None
    matrix, _ = cv2.findHomography(start, end, 0)
    if matrix is None or not np.isfinite(stretches(matrix, start)).all():
        return None
    mirrored = bool(stretches(matrix, start[:1])[0] < 0)
    match = FeatureMatch(matrix, len(points), 1.0, mirrored)
    if len(points) <= FEWEST_POINTS:
        return match, _still(shape)
    missing = places_in(np.linalg.inv(matrix), end).astype(np.float64) - start
    plate = RBFInterpolator(
        start / max(shape), missing, kernel="thin_plate_spline",
        smoothing=POINTS_SMOOTHING,
    )  # fmt: skip
    height, width = (-(-side // NODE_PX) for side in shape)
    nodes = (pixel_centres(0, 0, (height, width)) * NODE_PX).reshape(-1, 2)
    field = plate(nodes / max(shape)).reshape(height, width, 2).astype(np.float32)
    return match, at_nodes(field, NODE_PX, pixel_centres(0, 0, shape))


def _spans(places: Array) -> bool:
    """Whether places lie in more than one line."""
    long, short = np.linalg.svd(places - places.mean(axis=0), compute_uv=False)
    return bool(short > LEAST_WIDTH * long)


def _still(shape: tuple[int, int]) -> Array:
    return np.zeros((*shape, 2), np.float32)


def _eight_bit(plane: Plane) -> Array:
    return np.rint(np.clip(plane, 0, 1) * 255).astype(np.uint8)


def _nodes(field: Array) -> Array:
    """Means over the squares around the nodes."""
    height, width = field.shape[:2]
    pad = ((0, -height % NODE_PX), (0, -width % NODE_PX), (0, 0))
    whole = np.pad(field, pad, mode="edge")
    blocks = whole.reshape(
        whole.shape[0] // NODE_PX, NODE_PX, whole.shape[1] // NODE_PX, NODE_PX, -1
    )
    made: Array = blocks.mean(axis=(1, 3), dtype=np.float64).astype(np.float32)
    return made


def at_nodes(field: Array, step_px: int, places: Array) -> Array:
    """A field kept at nodes, at (..., 2) places in the scan; linear, also outside."""
    wide = field
    for axis in (0, 1):
        if wide.shape[axis] > 1:
            pad = [(1, 1) if side == axis else (0, 0) for side in range(3)]
            wide = np.pad(wide, pad, mode="reflect", reflect_type="odd")
        else:
            pad = [(1, 1) if side == axis else (0, 0) for side in range(3)]
            wide = np.pad(wide, pad, mode="edge")
    across = (places[..., 0] / step_px + 0.5).astype(np.float32)
    down = (places[..., 1] / step_px + 0.5).astype(np.float32)
    made: Array = cv2.remap(
        np.ascontiguousarray(wide), across, down, cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return made.reshape(*places.shape[:-1], field.shape[2])

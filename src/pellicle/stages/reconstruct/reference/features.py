# SPDX-License-Identifier: Apache-2.0
"""Where in a reference image the scan's picture is found, by distinctive details.

Job: a perspective map between two reduced pictures, mirrored or not, with what speaks
for it.
Not here: how far colours and structure agree under that map (`agreement.py`), the
smooth field that refines it (`field.py`).
Terms: an *inlier* is a pair of details that the map brings together; the *spread* is
the share of the painting's squares that hold one.

References
----------
Lowe, *Distinctive image features from scale-invariant keypoints*, 2004,
doi 10.1023/B:VISI.0000029664.99615.94; Arandjelović & Zisserman, *Three things everyone
should know to improve object retrieval*, 2012, doi 10.1109/CVPR.2012.6248018; Barath
et al., *MAGSAC++*, 2020, doi 10.1109/CVPR42600.2020.00138.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from pellicle.model.arrays import Array, Labels, Mask

MOST_DETAILS = 6000
LEAST_CONTRAST = 0.02
RATIO = 0.8
"""A match counts when the next best is farther by this factor (Lowe 2004)."""
LEAST_PAIRS = 8
INLIER_PX = 3.0
LOCAL_CONTRAST = 3.0
LOCAL_SQUARES = 8
SQUARES = 8
"""Squares of the spread, along each side of the scan."""
MOST_STRETCH = 12.0
"""Largest scale, and largest ratio of scales across, that is believed."""


@dataclass(frozen=True, slots=True)
class FeatureMatch:
    """A perspective map and what speaks for it.

    Attributes
    ----------
    reference_from_scan
        (3, 3) float64: (x, y, 1) in the one reduced picture to the other, corner
        origin.
    inliers
        Pairs of details that agree with it.
    spread
        Share of the squares of the scan with at least one of them.
    mirrored
        Whether the reference shows the painting mirrored.
    """

    reference_from_scan: Array
    inliers: int
    spread: float
    mirrored: bool


@dataclass(frozen=True, slots=True)
class _Details:
    points: Array
    words: Array


def match_features(scan: Labels, intact: Mask, reference: Labels) -> FeatureMatch:
    """Find the scan's picture in a reference, also mirrored.

    Parameters
    ----------
    scan, reference
        (H, W) uint8 lightness.
    intact
        (H, W) bool: pixels of the scan whose details count.

    Returns
    -------
    match
        The map with the most inliers; with none, its matrix is that of nothing found.

    Notes
    -----
    About 4 s for two pictures of 2 megapixels on one core.
    """
    own = _details(scan, intact)
    other = _details(reference, None)
    turned = _details(np.ascontiguousarray(reference[:, ::-1]), None)
    plain = _match(own, other, scan.shape, mirrored=False)
    mirror = _match(own, turned, scan.shape, mirrored=True)
    if plain.inliers >= mirror.inliers:
        return plain
    back = np.array([[-1.0, 0.0, reference.shape[1]], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    matrix = back @ mirror.reference_from_scan
    return FeatureMatch(matrix, mirror.inliers, mirror.spread, mirrored=True)


def _details(picture: Labels, mask: Mask | None) -> _Details:
    library: Any = cv2  # its stubs lag behind it
    flat = library.createCLAHE(LOCAL_CONTRAST, (LOCAL_SQUARES, LOCAL_SQUARES))
    finder = library.SIFT_create(MOST_DETAILS, contrastThreshold=LEAST_CONTRAST)
    allowed = None if mask is None else mask.astype(np.uint8)
    found, words = finder.detectAndCompute(flat.apply(picture), allowed)
    if words is None:
        return _Details(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    points = np.array([one.pt for one in found], np.float32) + np.float32(0.5)
    # Compared by the roots of their shares: Arandjelović & Zisserman.
    words /= np.maximum(words.sum(axis=1, keepdims=True), 1e-6)
    return _Details(points, np.sqrt(words))


def _match(
    own: _Details, other: _Details, shape: tuple[int, int], *, mirrored: bool
) -> FeatureMatch:
    nothing = FeatureMatch(np.eye(3), 0, 0.0, mirrored)
    if min(len(own.points), len(other.points)) < LEAST_PAIRS:
        return nothing
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(own.words, other.words, k=2)
    best = [
        (two[0].queryIdx, two[0].trainIdx)
        for two in pairs
        if two[0].distance < RATIO * two[1].distance
    ]
    if len(best) < LEAST_PAIRS:
        return nothing
    first, second = np.array(best).T
    start, end = own.points[first], other.points[second]
    matrix, sound = cv2.findHomography(
        start, end, cv2.USAC_MAGSAC, INLIER_PX, maxIters=20_000, confidence=0.9999
    )
    if matrix is None or not _believable(matrix, shape):
        return nothing
    agreed = sound.ravel() != 0
    # Many details at one place are one detail: count places.
    places = np.unique(np.rint(end[agreed] / INLIER_PX), axis=0)
    return FeatureMatch(matrix, len(places), _spread(start[agreed], shape), mirrored)


def _believable(matrix: Array, shape: tuple[int, int]) -> bool:
    """Whether the map keeps sides and stretches within reason all over the scan."""
    height, width = shape
    places = np.array([[x, y] for x in (0, width / 2, width) for y in (0, height)])
    scales = stretches(matrix, places)
    if not np.isfinite(scales).all() or (scales <= 0).any():
        return False
    return bool(
        scales.max() < MOST_STRETCH
        and scales.min() > 1 / MOST_STRETCH
        and (scales.max() < MOST_STRETCH * scales.min())
    )


def stretches(matrix: Array, points: Array) -> Array:
    """Reference pixels to a scan pixel at each point; negative where mirrored.

    Parameters
    ----------
    matrix
        (3, 3) map of (x, y, 1).
    points
        (N, 2) x and y.

    Returns
    -------
    scales
        (N,) float64, the root of the map's change of area, with its sign.
    """
    depth = points @ matrix[2, :2] + matrix[2, 2]
    area = np.linalg.det(matrix) / depth**3
    scales: Array = np.where(depth > 0, np.sign(area) * np.sqrt(np.abs(area)), np.nan)
    return scales


def _spread(points: Array, shape: tuple[int, int]) -> float:
    height, width = shape
    square = np.floor(points / (width, height) * SQUARES).astype(np.int64)
    return len(np.unique(square, axis=0)) / SQUARES**2

# SPDX-License-Identifier: Apache-2.0
"""What the paint around a damaged region is like.

Job: flat, graded, textured, oriented or patterned, and which contours run in.
Not here: what follows from it (`plan.py`), reading pixels at a coarser scale
(`workflow/region_facts.py`).

Everything is measured on lightness at one scale on the painting, `MEASURED_UM` a pixel,
so that a scan at 300 and one at 1,200 ppi give the same answer. Finer detail than that
is grain of paint and scanner.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.fft import next_fast_len

from pellicle.model.arrays import Mask, Plane
from pellicle.model.infill_plan import Passage, Surroundings

MEASURED_UM = 170.0
"""Pixel size that is measured at: 150 ppi."""
RING_PX = 24
"""Width of the ring of paint that is looked at, 4 mm."""
LEAST_RING_PX = 40
"""Pixels of intact paint in the ring below which nothing can be said."""

SMOOTH_BELOW_L = 1.0
"""Paint with less detail is flat or graded."""
GRADED_FROM_L = 5.0
"""Smooth paint whose tones are farther apart is graded."""
ORIENTED_FROM = 0.45
PATTERNED_FROM_L = 2.5
"""Detail that four fifths of a patterned ring reach."""
REPEATED_FROM = 0.45
CONTOUR_FROM_L = 8.0
"""Step of tone that counts as a contour."""
CONTOUR_OVER_TEXTURE = 5.0
"""And how many times the detail beside it the step must be."""

_DETAIL_SIGMA_PX = 3.0
_EDGE_SIGMA_PX = 1.5
_STEP_OF_SLOPE = _EDGE_SIGMA_PX * float(np.sqrt(2 * np.pi))
"""Height of a step, blurred by that sigma, over its steepest slope."""
_CONTOUR_RING_PX = (1.5, 8.0)
_CONTOUR_LENGTH_PX = 4.0
_ALONG_RIM = 0.7
_LONGEST_PERIOD_PX = 60
_SHORTEST_PERIOD_PX = 5
_LEAST_OVERLAP = 0.3
_FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class _Ring:
    """Lightness around a region, and means that read only what is known."""

    lightness_l: Plane
    known: Mask
    weights: Plane
    distance_px: Plane

    def smooth(self, values: Plane, sigma_px: float) -> Plane:
        """Gaussian means over known pixels."""
        share = cv2.GaussianBlur(self.weights, (0, 0), sigma_px)
        sums = cv2.GaussianBlur(values * self.weights, (0, 0), sigma_px)
        return np.asarray(sums / np.maximum(share, _FLOOR), np.float32)

    @property
    def pixels(self) -> Mask:
        """(h, w) bool: known, and near the region."""
        return self.known & (self.distance_px <= RING_PX)


def measure_surroundings(
    lightness_l: Plane, region: Mask, known: Mask, pixel_mm: float
) -> Surroundings | None:
    """Measure the paint around a region.

    Parameters
    ----------
    lightness_l
        (H, W) float32, L* in 0 to 100; read at `known` only.
    region
        (H, W) bool: the damage.
    known
        (H, W) bool, disjoint from `region`: intact paint.
    pixel_mm
        Side of a pixel on the painting, about `MEASURED_UM`.

    Returns
    -------
    surroundings
        None where there is too little intact paint within `RING_PX`.

    Notes
    -----
    About 10 ms for 100 x 100 pixels. The kinds of paint are decided in this order:
    smooth, patterned, oriented, textured.
    """
    far = ndimage.distance_transform_edt(~region)
    values = np.where(known, lightness_l, np.float32(0)).astype(np.float32)
    ring = _Ring(values, known, known.astype(np.float32), np.asarray(far, np.float32))
    around = ring.pixels
    if np.count_nonzero(around) < LEAST_RING_PX:
        return None
    tones = ring.smooth(values, _DETAIL_SIGMA_PX)
    detail = np.where(known, values - tones, np.float32(0)).astype(np.float32)
    local = np.sqrt(np.maximum(ring.smooth(detail * detail, _DETAIL_SIGMA_PX), 0))
    low_l, texture_l = np.percentile(local[around], (20, 50)).tolist()
    dark_l, light_l = np.percentile(tones[around], (5, 95)).tolist()
    coherence = _coherence(ring, around)
    smooth = texture_l < SMOOTH_BELOW_L
    repeat, period_px = (0.0, 0.0) if smooth else _repetition(detail, around)
    if repeat < REPEATED_FROM:
        period_px = 0.0
    if smooth:
        graded = light_l - dark_l >= GRADED_FROM_L
        passage = Passage.GRADED if graded else Passage.FLAT
    elif low_l >= PATTERNED_FROM_L or repeat >= REPEATED_FROM:
        passage = Passage.PATTERNED
    elif coherence >= ORIENTED_FROM:
        passage = Passage.ORIENTED
    else:
        passage = Passage.TEXTURED
    return Surroundings(
        passage=passage,
        contours=_contours(ring, texture_l),
        texture_l=round(texture_l, 2),
        spread_l=round(light_l - dark_l, 2),
        coherence=round(coherence, 3),
        repeat=round(repeat, 3),
        period_mm=round(period_px * pixel_mm, 2),
    )


def _coherence(ring: _Ring, around: Mask) -> float:
    """Of the structure tensor, summed over the ring."""
    slopes = np.gradient(ring.smooth(ring.lightness_l, 0.8))
    inner = around & (cv2.erode(ring.known.view(np.uint8), np.ones((3, 3))) > 0)
    down, along = (part[inner].astype(np.float64) for part in slopes)
    xx, yy, xy = float(along @ along), float(down @ down), float(along @ down)
    return float(np.hypot(xx - yy, 2 * xy) / max(xx + yy, _FLOOR))


def _contours(ring: _Ring, texture_l: float) -> int:
    """Places where an edge between two tones meets the region."""
    near_px, far_px = _CONTOUR_RING_PX
    away = ring.distance_px
    band = ring.known & (away >= near_px) & (away <= far_px)
    down, along = np.gradient(ring.smooth(ring.lightness_l, _EDGE_SIGMA_PX))
    outward_down, outward_along = np.gradient(away)
    slope = np.hypot(down, along)
    outward = np.maximum(np.hypot(outward_down, outward_along), _FLOOR)
    # The gradient of an edge that runs into the region points along the rim.
    by_rim = np.abs(along * outward_down - down * outward_along) / outward
    step_l = max(CONTOUR_FROM_L, CONTOUR_OVER_TEXTURE * texture_l)
    strong = band & (slope * _STEP_OF_SLOPE >= step_l) & (by_rim >= _ALONG_RIM * slope)
    count, numbers = cv2.connectedComponents(strong.view(np.uint8), connectivity=8)
    if count == 1:
        return 0
    each = np.arange(1, count)
    longest = ndimage.maximum(away, numbers, each) - ndimage.minimum(
        away, numbers, each
    )
    return int(np.count_nonzero(longest >= _CONTOUR_LENGTH_PX))


def _repetition(detail: Plane, around: Mask) -> tuple[float, float]:
    """Correlation of the detail with itself at its period, and the period in pixels."""
    rows, columns = (np.flatnonzero(around.any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    weights = around[box].astype(np.float64)
    values = np.where(around[box], detail[box], 0.0)
    values -= weights * (values.sum() / weights.sum())
    correlation, overlap = _autocorrelation(values, weights)
    reach = correlation.shape[0] // 2, correlation.shape[1] // 2
    down, along = np.mgrid[-reach[0] : reach[0] + 1, -reach[1] : reach[1] + 1]
    lag = np.hypot(down, along)
    peak = correlation >= ndimage.maximum_filter(correlation, 5) - _FLOOR
    peak &= (lag >= _SHORTEST_PERIOD_PX) & (lag <= _LONGEST_PERIOD_PX)
    peak &= overlap >= _LEAST_OVERLAP * weights.sum()
    half_down, half_along = (
        np.rint(down / 2).astype(int),
        np.rint(along / 2).astype(int),
    )
    halfway = correlation[half_down + reach[0], half_along + reach[1]]
    # Between two repeats it is another part of the pattern; a stroke is itself.
    peak &= halfway < correlation / 2
    if not peak.any():
        return 0.0, 0.0
    best = np.unravel_index(int(np.argmax(np.where(peak, correlation, -1))), lag.shape)
    return max(float(correlation[best]), 0.0), float(lag[best])


def _autocorrelation(
    values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Normalised by what overlaps, at lags up to the longest period; and the overlap.

    References
    ----------
    Padfield, *Masked object registration in the Fourier domain*, 2012,
    doi 10.1109/TIP.2011.2181402.
    """
    height, width = values.shape
    reach = min(_LONGEST_PERIOD_PX, height - 1), min(_LONGEST_PERIOD_PX, width - 1)
    shape = [
        next_fast_len(side + far, real=True)
        for side, far in zip((height, width), reach, strict=True)
    ]
    of_values = np.fft.rfft2(values, shape)
    of_squares = np.fft.rfft2(values * values, shape)
    of_weights = np.fft.rfft2(weights, shape)

    def lags(product: npt.NDArray[np.complex128]) -> npt.NDArray[np.float64]:
        whole = np.fft.fftshift(np.fft.irfft2(product, shape))
        middle = shape[0] // 2, shape[1] // 2
        return np.asarray(
            whole[
                middle[0] - reach[0] : middle[0] + reach[0] + 1,
                middle[1] - reach[1] : middle[1] + reach[1] + 1,
            ]
        )

    together = lags(of_values * of_values.conj())
    one = lags(of_squares * of_weights.conj())
    other = lags(of_weights * of_squares.conj())
    overlap = np.rint(lags(of_weights * of_weights.conj()))
    power = np.sqrt(np.maximum(one, 0) * np.maximum(other, 0))
    return together / np.maximum(power, _FLOOR), overlap

# SPDX-License-Identifier: Apache-2.0
"""Seeded random fields.

Job: noise of a given grain, a woven canvas, and directions of rings and garlands.
Not here: what is made of them.
Terms: the *grain* is the distance between the random values that noise runs through.
"""

import numba
import numpy as np

from pellicle.model.arrays import Array, Plane

_SHARPNESS = -0.6
_OCTAVE_WEIGHT = 0.55
_FINEST_PITCH_PX = 2.0


def smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], grain_px: float
) -> Plane:
    """Random plane without structure finer than its grain.

    Parameters
    ----------
    rng
        Source of all chance.
    shape
        (height, width) in pixels.
    grain_px
        In pixels; below 1 counts as 1.

    Returns
    -------
    noise
        (H, W) float32 of mean 0 and deviation 1 over many draws. One draw that is
        only a few grains wide has a mean of its own.
    """
    grain = max(1.0, grain_px)
    first_y, weights_y = _taps(shape[0], grain, rng.random())
    first_x, weights_x = _taps(shape[1], grain, rng.random())
    size = (int(first_y[-1]) + 4, int(first_x[-1]) + 4)
    coarse = rng.standard_normal(size, dtype=np.float32)
    return np.asarray(_interpolated(coarse, first_y, weights_y, first_x, weights_x))


def rough_noise(
    rng: np.random.Generator,
    shape: tuple[int, int],
    grain_px: float,
    octaves: int = 4,
) -> Plane:
    """Sum of `smooth_noise`, each octave half as large and 0.55 as strong.

    Parameters
    ----------
    rng
        Source of all chance.
    shape
        (height, width) in pixels.
    grain_px
        Of the first octave, in pixels.
    octaves
        How many; those finer than a pixel are left out, the first never.

    Returns
    -------
    noise
        (H, W) float32 of mean 0 and deviation 1 over many draws.
    """
    noise = smooth_noise(rng, shape, grain_px)
    weight, total = 1.0, 1.0
    for octave in range(1, octaves):
        grain = grain_px / 2**octave
        if grain < 1:
            break
        weight *= _OCTAVE_WEIGHT
        noise += np.float32(weight) * smooth_noise(rng, shape, grain)
        total += weight**2
    noise *= np.float32(total**-0.5)
    return noise


def weave(rng: np.random.Generator, shape: tuple[int, int], pitch_px: float) -> Plane:
    """Height of a plain-weave canvas, with wandering threads and slubs.

    Parameters
    ----------
    rng
        Source of all chance.
    shape
        (height, width) in pixels.
    pitch_px
        From thread to thread, in pixels; below 2 counts as 2.

    Returns
    -------
    height
        (H, W) float32, about -1 (holes between threads) to 1 (tops of thick threads).
    """
    pitch = max(_FINEST_PITCH_PX, pitch_px)
    rows = np.arange(shape[0], dtype=np.float32)[:, None] / np.float32(pitch)
    columns = np.arange(shape[1], dtype=np.float32)[None, :] / np.float32(pitch)
    wander = np.float32(0.4)
    x = columns + rng.random(dtype=np.float32)
    y = rows + rng.random(dtype=np.float32)
    x = x + wander * smooth_noise(rng, shape, 9 * pitch)
    y = y + wander * smooth_noise(rng, shape, 9 * pitch)
    # A thread is one row (or column) of noise, drawn out along it.
    slub_x = _slubs(rng, x, shape[0], pitch)
    slub_y = _slubs(rng, y.T, shape[1], pitch).T
    height = np.empty(shape, np.float32)
    _weave_height(x, y, slub_x, slub_y, height)
    return height


def rings(extent: tuple[int, int], centre: tuple[float, float]) -> tuple[Array, Array]:
    """Directions of rings around a point.

    Parameters
    ----------
    extent
        (height, width) in pixels.
    centre
        (x, y) in pixels, inside or not.

    Returns
    -------
    directions
        (H, W) float64, radians from the x axis to the y axis.
    away
        (H, W) float64, pixels from the centre.
    """
    y, x = np.ogrid[: extent[0], : extent[1]]
    away_x, away_y = x - centre[0], y - centre[1]
    return np.arctan2(away_y, away_x) + np.pi / 2, np.hypot(away_x, away_y)


def garlands(
    rng: np.random.Generator, extent: tuple[int, int], arch_px: float
) -> tuple[Array, Array]:
    """Directions of arches that hang along one edge, as where a canvas is tacked.

    Parameters
    ----------
    rng
        Draws the edge and where the arches begin.
    extent
        (height, width) in pixels.
    arch_px
        From tack to tack, in pixels.

    Returns
    -------
    directions
        (H, W) float64, radians from the x axis to the y axis.
    inward
        (H, W) float64, pixels from that edge.
    """
    edge, begin = int(rng.integers(4)), rng.random()
    upright = edge % 2 == 1
    height, width = extent[::-1] if upright else extent
    inward = np.arange(height, dtype=np.float64)[:, None]
    phase = np.pi * (np.arange(width) / arch_px + begin)
    slope = 1.5 * np.sin(2 * phase)
    directions = np.arctan(slope * np.exp(-inward / (1.2 * arch_px)))
    inward = np.broadcast_to(inward, (height, width))
    if edge // 2:
        directions, inward = -directions[::-1], inward[::-1]
    if upright:
        directions, inward = np.pi / 2 - directions.T, inward.T
    return directions, inward


def _taps(size: int, grain: float, phase: float) -> tuple[Array, Array]:
    """First knot and four cubic weights of each pixel, scaled to deviation 1."""
    at = np.arange(size) / grain + phase
    first = np.floor(at).astype(np.int64)
    t = (at - first)[:, None]
    away = np.abs(t + np.array([1.0, 0.0, -1.0, -2.0]))
    a = _SHARPNESS
    near = ((a + 2) * away - (a + 3)) * away**2 + 1
    far = ((a * away - 5 * a) * away + 8 * a) * away - 4 * a
    weights = np.where(away <= 1, near, far)
    weights /= np.sqrt(np.mean(np.sum(weights**2, axis=1)))
    return first, weights.astype(np.float32)


@numba.njit(cache=True, fastmath=True)
def _interpolated(
    coarse: Array, first_y: Array, weights_y: Array, first_x: Array, weights_x: Array
) -> Array:
    """(H, W) float32: `coarse` along x, then along y."""
    rows, width, height = coarse.shape[0], first_x.size, first_y.size
    wide = np.empty((rows, width), np.float32)
    for i in range(rows):
        for j in range(width):
            k = first_x[j]
            wide[i, j] = (
                coarse[i, k] * weights_x[j, 0]
                + coarse[i, k + 1] * weights_x[j, 1]
                + coarse[i, k + 2] * weights_x[j, 2]
                + coarse[i, k + 3] * weights_x[j, 3]
            )
    out = np.empty((height, width), np.float32)
    for i in range(height):
        k = first_y[i]
        w0, w1 = weights_y[i, 0], weights_y[i, 1]
        w2, w3 = weights_y[i, 2], weights_y[i, 3]
        a, b, c, d = wide[k], wide[k + 1], wide[k + 2], wide[k + 3]
        row = out[i]
        for j in range(width):
            row[j] = w0 * a[j] + w1 * b[j] + w2 * c[j] + w3 * d[j]
    return out


def _slubs(rng: np.random.Generator, across: Array, length: int, pitch: float) -> Array:
    """Thickness of each pixel's thread: (H, W) float32 about 0, deviation about 1."""
    threads = int(np.ceil(float(across.max()))) + 2
    knots = max(4, int(length / (14 * pitch)) + 4)
    coarse = rng.standard_normal((knots, threads), dtype=np.float32)
    thick = rng.standard_normal(threads, dtype=np.float32)
    fine = np.linspace(0, knots - 1.001, length)
    low = fine.astype(np.int64)
    part = (fine - low).astype(np.float32)[:, None]
    along = coarse[low] * (1 - part) + coarse[low + 1] * part + 0.6 * thick
    index = np.clip(across, 0, threads - 1).astype(np.int64)
    return np.asarray(np.take_along_axis(along, index, axis=1), np.float32)


@numba.njit(cache=True, fastmath=True)
def _weave_height(x: Array, y: Array, slub_x: Array, slub_y: Array, out: Array) -> None:
    """Fill `out` with the upper thread's height at each pixel."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            sine_x = np.sin(np.pi * x[i, j])
            sine_y = np.sin(np.pi * y[i, j])
            # The thread that is above here lies along y where the sines agree.
            if sine_x * sine_y > 0:
                round_, arch, slub = abs(sine_x), abs(sine_y), slub_x[i, j]
            else:
                round_, arch, slub = abs(sine_y), abs(sine_x), slub_y[i, j]
            rise = round_ * (0.55 + 0.45 * arch)
            out[i, j] = 1.9 * rise - 1.1 + 0.18 * slub * round_

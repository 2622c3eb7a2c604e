# SPDX-License-Identifier: Apache-2.0
"""Encoding of a scan: what its samples mean as light.

Job: samples ↔ linear Rec.2020 on D50, for RGB and grey scans.
Not here: reading ICC profiles (`io/icc.py`), the inks (`output_profile.py`).
Terms: a *matrix encoding* is a tone curve per band and a 3 × 3 matrix; a *table
encoding* is a lattice of measured colours, as scanner profiles carry.
"""

import math
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from typing_extensions import override

from pellicle.colour.convert import (
    XYZ_D50_FROM_REC2020,
    lab_d50_from_rec2020,
    rec2020_from_lab_d50,
)
from pellicle.colour.lattice import (
    Lattice,
    Matrix,
    Vector,
    clipped,
    look_up_3,
    look_up_3_sloped,
    solve_spd,
)
from pellicle.model.arrays import Array, Colour, Samples
from pellicle.model.hashed import KnownByHash

CODES = 65_536
"""Codes of a 16-bit sample."""

NO_LATTICE = np.zeros((0, 0, 0, 3), np.float32)
LUMINANCE = XYZ_D50_FROM_REC2020[1]

SIGNPOSTS = 4096
COARSE_STEP = 6
ITERATIONS = 24
CLOSE_ENOUGH_DE76 = 1e-3


@numba.njit(cache=True)
def _matrix_linear(samples: Array, curves: Array, matrix: Array, into: Array) -> None:
    last = curves.shape[0] - 1
    for i in range(samples.shape[0]):
        r = float(curves[0, samples[i, 0]])
        g = float(curves[min(1, last), samples[i, 1]])
        b = float(curves[min(2, last), samples[i, 2]])
        for k in range(3):
            into[i, k] = matrix[k, 0] * r + matrix[k, 1] * g + matrix[k, 2] * b


def _signposts(curves: Array) -> Array:
    """First code at or above each of evenly spaced square roots of light."""
    lights = np.linspace(0.0, 1.0, SIGNPOSTS + 1) ** 2
    found = [np.searchsorted(curve, lights) for curve in curves]
    return np.stack(found).astype(np.int32)


@numba.njit(cache=True)
def _position(curve: Array, signposts: Array, value: float) -> float:
    """Where on a rising curve a value lies, in codes; the first such place."""
    if not value > curve[0]:
        return 0.0
    if value >= curve[-1]:
        return float(curve.shape[0] - 1)
    post = int(math.sqrt(value) * SIGNPOSTS)
    # One post of slack on either side: the square root is rounded.
    low = max(int(signposts[max(post - 1, 0)]) - 1, 0)
    high = min(int(signposts[min(post + 2, SIGNPOSTS)]), curve.shape[0] - 1)
    while high - low > 1:
        middle = (low + high) // 2
        if curve[middle] < value:
            low = middle
        else:
            high = middle
    below = float(curve[low])
    return low + (value - below) / (float(curve[high]) - below)


@numba.njit(cache=True)
def _encode_by_matrix(  # noqa: PLR0913, PLR0917 -- the tables and where to write
    colours: Array,
    curves: Array,
    signposts: Array,
    matrix: Array,
    step: float,
    into: Array,
) -> None:
    last = curves.shape[0] - 1
    for i in range(colours.shape[0]):
        for k in range(into.shape[1]):
            light = (
                matrix[k, 0] * colours[i, 0]
                + matrix[k, 1] * colours[i, 1]
                + matrix[k, 2] * colours[i, 2]
            )
            row = min(k, last)
            code = _position(curves[row], signposts[row], light)
            into[i, k] = int(code / step + 0.5)


@numba.njit(cache=True)
def _table_lab(samples: Array, lattice: Lattice, into: Array) -> None:
    lab = np.empty(3)
    for i in range(samples.shape[0]):
        look_up_3(
            lattice,
            samples[i, 0] / 65535.0,
            samples[i, 1] / 65535.0,
            samples[i, 2] / 65535.0,
            lab,
        )
        for k in range(3):
            into[i, k] = lab[k]


@numba.njit(cache=True)
def _nearest_node(lattice: Lattice, target: Vector, at: Vector) -> None:
    """Coordinates of the closest colour among every sixth node, into `at`."""
    nodes = lattice.shape[0]
    best = np.inf
    for i in range(0, nodes, COARSE_STEP):
        for j in range(0, nodes, COARSE_STEP):
            for k in range(0, nodes, COARSE_STEP):
                away = 0.0
                for n in range(3):
                    away += (lattice[i, j, k, n] - target[n]) ** 2
                if away < best:
                    best = away
                    at[0] = i / (nodes - 1)
                    at[1] = j / (nodes - 1)
                    at[2] = k / (nodes - 1)


@numba.njit(cache=True)
def _step_towards(
    residual: Vector, slopes: Matrix, at: Vector, damping: float, trial: Vector
) -> bool:
    """One damped least-squares step inside the unit cube, into `trial`."""
    normal = np.empty((3, 3))
    rhs = np.empty(3)
    for i in range(3):
        rhs[i] = 0.0
        for n in range(3):
            rhs[i] -= slopes[n, i] * residual[n]
        for j in range(3):
            normal[i, j] = 0.0
            for n in range(3):
                normal[i, j] += slopes[n, i] * slopes[n, j]
    for i in range(3):
        # A sample that is at its end and would go past it stays there.
        held = (at[i] <= 0.0 and rhs[i] < 0.0) or (at[i] >= 1.0 and rhs[i] > 0.0)
        if held:
            for j in range(3):
                normal[i, j] = 0.0
                normal[j, i] = 0.0
            rhs[i] = 0.0
            normal[i, i] = 1.0
        normal[i, i] = normal[i, i] * (1.0 + damping) + 1e-9
    if not solve_spd(normal, rhs, 3):
        return False
    for i in range(3):
        trial[i] = clipped(at[i] + rhs[i])
    return True


@numba.njit(cache=True)
def _squared(target: Vector, value: Vector, residual: Vector) -> float:
    total = 0.0
    for n in range(3):
        residual[n] = value[n] - target[n]
        total += residual[n] ** 2
    return total


@numba.njit(cache=True)
def _search_samples(target: Vector, lattice: Lattice, at: Vector) -> None:
    """Move `at` to the samples whose colour is closest to the target."""
    trial, value, residual = np.empty(3), np.empty(3), np.empty(3)
    trial_residual = np.empty(3)
    slopes, trial_slopes = np.empty((3, 3)), np.empty((3, 3))
    look_up_3_sloped(lattice, at, value, slopes)
    error = _squared(target, value, residual)
    damping = 1e-4
    for _ in range(ITERATIONS):
        if error < CLOSE_ENOUGH_DE76**2 or not _step_towards(
            residual, slopes, at, damping, trial
        ):
            break
        look_up_3_sloped(lattice, trial, value, trial_slopes)
        reached = _squared(target, value, trial_residual)
        if reached < error:
            error = reached
            damping *= 0.2
            for n in range(3):
                at[n] = trial[n]
                residual[n] = trial_residual[n]
                for i in range(3):
                    slopes[n, i] = trial_slopes[n, i]
        else:
            damping = max(damping, 1e-3) * 8.0


@numba.njit(cache=True)
def _encode_by_table(
    lab_d50: Array, lattice: Lattice, step: float, into: Array
) -> None:
    target, at = np.empty(3), np.empty(3)
    for i in range(lab_d50.shape[0]):
        for n in range(3):
            target[n] = lab_d50[i, n]
        _nearest_node(lattice, target, at)
        _search_samples(target, lattice, at)
        for k in range(3):
            into[i, k] = int(at[k] * 65535.0 / step + 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class ScanEncoding(KnownByHash):
    """What the samples of a scan mean. Frozen, picklable, equal by hash.

    Attributes
    ----------
    sha256
        Hash of the profile and the number of bands, or "srgb", "srgb-grey".
    bands
        1 (grey) or 3 (RGB).
    description
        Name to print.
    curves
        (1 or 3, 65536) float32, linear light of each 16-bit sample, never falling.
        One row when the bands share it. Not used by table encodings.
    matrix
        (3, 3) float64, the bands' linear light → linear Rec.2020 on D50; grey scans
        use the identity.
    lattice
        (n, n, n, 3) float32 L*a*b* on D50 over evenly spaced RGB samples; no nodes
        for matrix encodings.

    Notes
    -----
    8-bit samples stand for the 16-bit samples 257 times as large. Arrays are shared,
    never written.
    """

    sha256: str
    bands: int
    description: str
    curves: Array
    matrix: Array
    lattice: Lattice

    @override
    def __repr__(self) -> str:
        return f"ScanEncoding({self.description!r}, bands={self.bands})"

    def linear(self, samples: Samples) -> Colour:
        """Linear Rec.2020 on D50 of samples.

        Parameters
        ----------
        samples
            (..., bands) uint8 or uint16.

        Returns
        -------
        rgb_linear
            (..., 3) float32; perfect white is (1, 1, 1). Colours outside Rec.2020
            have negative bands.
        """
        flat = np.ascontiguousarray(samples, np.uint16).reshape(-1, self.bands)
        if samples.dtype == np.uint8:
            flat = flat * np.uint16(257)
        into = np.empty((len(flat), 3), np.float32)
        if self.lattice.size:
            _table_lab(flat, self.lattice, into)
            into = rec2020_from_lab_d50(into)
        elif self.bands == 1:
            into[:] = self.curves[0][flat]
        else:
            _matrix_linear(flat, self.curves, self.matrix, into)
        return into.reshape(*samples.shape[:-1], 3)

    def encode(self, rgb_linear: Colour, dtype: str | type | np.dtype[Any]) -> Samples:
        """Nearest samples of colours; what the encoding cannot hold is clipped.

        Parameters
        ----------
        rgb_linear
            (..., 3) linear Rec.2020 on D50.
        dtype
            uint8 or uint16.

        Returns
        -------
        samples
            (..., bands) of that type.
        """
        flat = np.ascontiguousarray(rgb_linear, np.float32).reshape(-1, 3)
        step = 257.0 if np.dtype(dtype) == np.uint8 else 1.0
        into = np.empty((len(flat), self.bands), np.uint16)
        if self.lattice.size:
            lab_d50 = lab_d50_from_rec2020(flat)
            _encode_by_table(lab_d50, self.lattice, step, into)
        elif self.bands == 1:
            grey = np.repeat((flat @ LUMINANCE)[:, None], 3, axis=1)
            posts = _signposts(self.curves)
            _encode_by_matrix(grey, self.curves, posts, np.eye(3), step, into)
        else:
            inverse = np.linalg.inv(self.matrix)
            posts = _signposts(self.curves)
            _encode_by_matrix(flat, self.curves, posts, inverse, step, into)
        return into.astype(dtype).reshape(*rgb_linear.shape[:-1], self.bands)

    def lab_d50(self, samples: Samples) -> Colour:
        """(..., 3) float32 L*a*b* on D50 of (..., bands) samples."""
        return lab_d50_from_rec2020(self.linear(samples))

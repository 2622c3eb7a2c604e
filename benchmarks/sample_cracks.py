# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 -- a drawing is made of numbers
"""Growth of an age-craquelure network.

Job: cracks as polylines, grown one after another as a drying film breaks.
Not here: drawing them (`sample_layers.py`).

Each crack starts in the middle of the largest island left, crosses it the short way,
and bends to meet older cracks at a right angle: stress near a crack runs along it. So
junctions are mostly T-shaped and islands get similar, as in photographs of paintings.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from sample_noise import Field, smooth_noise

STEP_PX = 1.5
REACH_PX = 14.0
MOST_CRACKS = 2_000


@dataclass(frozen=True, slots=True)
class Crack:
    """One crack.

    Attributes
    ----------
    points
        (N, 2) float64 (x, y) in pixels of the painting.
    generation
        0 for the first cracks of open paint, rising as islands get smaller.
    """

    points: NDArray[np.float64]
    generation: int


class _Growth:
    """State of a network while it grows."""

    def __init__(
        self, island_px: Field, grain: Field, rng: np.random.Generator
    ) -> None:
        self.island_px, self.grain, self.rng = island_px, grain, rng
        self.shape = island_px.shape
        self.free = np.full(self.shape, 255, np.uint8)
        self.cracks: list[Crack] = []
        self._measure()

    def _measure(self) -> None:
        self.distance = cv2.distanceTransform(self.free, cv2.DIST_L2, 5)
        self.distance = np.minimum(self.distance, 400)

    def _at(self, field: Field, x: float, y: float) -> float:
        return float(field[int(y), int(x)])

    def _inside(self, x: float, y: float) -> bool:
        return 1 <= x < self.shape[1] - 2 and 1 <= y < self.shape[0] - 2

    def _ray(self, x: float, y: float, angle: float, most: float) -> float:
        """Free way from a point, in pixels."""
        dx, dy = np.cos(angle) * 3, np.sin(angle) * 3
        way = 0.0
        while way < most:
            x, y, way = x + dx, y + dy, way + 3
            if not self._inside(x, y) or self._at(self.distance, x, y) < 2:
                break
        return way

    def start(self) -> tuple[float, float, float] | None:
        """Middle of an island that is too large, and how much too large; or None."""
        excess = self.distance / self.island_px
        step = 5
        coarse = excess[::step, ::step]
        candidates = np.argwhere(coarse > 0.48)
        if not len(candidates):
            return None
        weights = coarse[tuple(candidates.T)] ** 6
        row, column = candidates[
            self.rng.choice(len(candidates), p=weights / weights.sum())
        ]
        return float(column * step), float(row * step), float(coarse[row, column])

    def bearing(self, x: float, y: float) -> float:
        """Direction across the island, the short way, nudged by the grain."""
        most = 2.2 * self._at(self.island_px, x, y)
        angles = np.arange(12) * np.pi / 12 + self.rng.uniform(0, np.pi / 12)
        chords = np.array(
            [
                self._ray(x, y, a, most) + self._ray(x, y, a + np.pi, most)
                for a in angles
            ]
        )
        along = np.abs(np.cos(angles - self._at(self.grain, x, y)))
        cost = chords / most * (1.25 - 0.45 * along) + self.rng.normal(0, 0.05, 12)
        return float(angles[int(np.argmin(cost))])

    def grow(self, x: float, y: float, angle: float) -> list[tuple[float, float]]:
        """Walk until another crack, sound paint or the end of its strength."""
        bend, path = 0.0, [(x, y)]
        life = self.rng.exponential(5.5) + 1.2
        reach = life * self._at(self.island_px, x, y)
        bounded = 0
        while len(path) * STEP_PX < reach or bounded:
            bend = 0.965 * bend + self.rng.normal(0, 0.0036)
            angle += bend + self.rng.normal(0, 0.03)
            ahead = self._at(self.distance, x, y)
            if ahead < REACH_PX and len(path) > 6:
                angle = self._towards(x, y, angle, ahead)
            x, y = x + STEP_PX * np.cos(angle), y + STEP_PX * np.sin(angle)
            if not self._inside(x, y):
                break
            path.append((x, y))
            if self._at(self.distance, x, y) < 1.2 and len(path) > 4:
                break
            if self._at(self.island_px, x, y) > 400:
                break
            if len(path) > 900:
                break
        return path

    def _towards(self, x: float, y: float, angle: float, ahead: float) -> float:
        """Turn to the older crack ahead, down the gradient of the distance to it."""
        row, column = int(y), int(x)
        d = self.distance
        down = np.arctan2(
            d[row - 1, column] - d[row + 1, column],
            d[row, column - 1] - d[row, column + 1],
        )
        off = (down - angle + np.pi) % (2 * np.pi) - np.pi
        if abs(off) > 1.9:  # it leads away from that crack
            return angle
        return float(angle + off * 0.42 * (1 - ahead / REACH_PX))

    def add(self, points: NDArray[np.float64], generation: int) -> None:
        """Keep a crack and measure the islands anew."""
        self.cracks.append(Crack(points, generation))
        line = np.round(points * 8).astype(np.int32)[:, None]
        cv2.polylines(self.free, [line], isClosed=False, color=0, thickness=1, shift=3)
        self._measure()


def grow_cracks(island_px: Field, rng: np.random.Generator) -> list[Crack]:
    """Grow a network.

    Parameters
    ----------
    island_px
        (H, W) float32: how wide an island between cracks gets, in pixels; above 400
        the paint is sound.
    rng
        Source of all chance.
    """
    grain = 1.35 + 0.5 * smooth_noise(rng, island_px.shape, 420)
    growth = _Growth(island_px, np.asarray(grain, np.float32), rng)
    for _ in range(MOST_CRACKS):
        begin = growth.start()
        if begin is None:
            break
        x, y, excess = begin
        angle = growth.bearing(x, y)
        one, other = growth.grow(x, y, angle), growth.grow(x, y, angle + np.pi)
        points = np.array(other[:0:-1] + one)
        if len(points) < 8:
            points = np.array([(x - 2, y), (x + 2, y)], np.float64)
        generation = 0 if excess > 1.6 else 1 if excess > 0.8 else 2
        growth.add(_roughened(points, rng), generation)
    return growth.cracks


def _roughened(
    points: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Cracks run from grain to grain: small sideways steps, ends kept."""
    count = len(points)
    if count < 8:
        return points
    knots = np.arange(0, count + 5, 4)
    steps = rng.normal(0, 0.62, (len(knots), 2))
    shift = np.stack(
        [np.interp(np.arange(count), knots, steps[:, i]) for i in (0, 1)], 1
    )
    fade = np.minimum(1, np.minimum(np.arange(count), np.arange(count)[::-1]) / 3)
    return np.asarray(points + shift * fade[:, None])

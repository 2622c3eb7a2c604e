# SPDX-License-Identifier: Apache-2.0
"""Walks of age cracks over a lattice.

Job: the lattice, and the cracks of one generation grown on it.
Not here: how many generations and what they are like (`crack_growth.py`).
Terms: an *arm* is a walk from where a crack starts to one of its ends; the *owner* of a
cell is the point of a crack that lies in it.
"""

import math
from typing import NamedTuple

import numba
import numpy as np

from pellicle.model.arrays import Array, Plane

SOUND = np.float32(1e6)
"""Width of islands where nothing cracks."""

STEP = 0.75
"""Cells between the points of a walk."""

_RAYS = 8
_FEWEST_POINTS = 5
_SLIMMEST = 2.8
_MOST_TURN = 3.0  # radians of one arm: a ring closes, and does not go round again


class Lattice(NamedTuple):
    """Lattice that cracks grow on: lengths are in its cells."""

    size: Plane  # width of an island here; `SOUND` where nothing cracks
    theta: Plane  # direction of the first cracks
    cell_um: float
    margin: float


class Lines(NamedTuple):
    """Cracks end to end, in lattice cells."""

    points: Array  # (n, 2) float64
    starts: Array  # (k,) int64, first point of each crack
    generations: Array  # (k,) int64
    loose: Array  # (k, 2) bool, first and last end
    junctions: Array  # (m, 2) float64


class Growth(NamedTuple):
    """State of a growing network, filled in place; the ground is only read."""

    ground: Lattice
    owner: Array  # (rows, columns) int32, 1 + index of the point in a cell; 0 is free
    points: Array  # (capacity, 2) float64
    heading: Array  # (capacity,) float32
    crack: Array  # (capacity,) int32
    starts: Array  # (capacity,) int64
    generations: Array  # (capacity,) int64
    loose: Array  # (capacity, 2) bool
    junctions: Array  # (capacity, 2) float64
    tally: Array  # (3,) int64: points, cracks, junctions


class Habit(NamedTuple):
    """How the cracks of one generation behave."""

    generation: int
    least: float  # island, in widths of the plan's, that is split
    follow: float  # pull of the directions, per step
    branch: float  # part of the cracks that start at another
    wander: float  # deviation of the direction, radians a step
    bend: float  # deviation of the curvature, radians a step
    corner: float  # chance of one, per step
    turn: float  # towards a crack ahead, per step
    reach: float  # how far ahead a crack is felt
    cross: float
    complete: float
    stretch: float


def new_growth(ground: Lattice) -> Growth:
    """No cracks yet, and room for as many as the lattice can hold."""
    room = ground.size.size // 2 + 4096
    return Growth(
        ground=ground,
        owner=np.zeros(ground.size.shape, np.int32),
        points=np.empty((room, 2)),
        heading=np.empty(room, np.float32),
        crack=np.empty(room, np.int32),
        starts=np.empty(room, np.int64),
        generations=np.empty(room, np.int64),
        loose=np.zeros((room, 2), np.bool_),
        junctions=np.empty((room, 2)),
        tally=np.zeros(3, np.int64),
    )


def grown_lines(growth: Growth) -> Lines:
    """The cracks that have grown so far."""
    n, k, m = growth.tally.tolist()
    return Lines(
        growth.points[:n],
        growth.starts[:k],
        growth.generations[:k],
        growth.loose[:k],
        growth.junctions[:m],
    )


def scattered(
    rng: np.random.Generator, extent: tuple[int, int], spacing: float
) -> Array:
    """(n, 2) float64 (x, y) within the lattice, one to a square, in random order."""
    y, x = np.mgrid[0 : extent[0] : spacing, 0 : extent[1] : spacing]
    at = np.stack([x.ravel(), y.ravel()], axis=1)
    at += rng.uniform(0, spacing, at.shape)
    inside = (at < np.array(extent[::-1]) - 2).all(axis=1) & (at > 1).all(axis=1)
    return rng.permutation(at[inside])


@numba.njit(cache=True)
def _half_turn(angle: float) -> float:
    """Angle between lines: the same within -π/2 to π/2."""
    return angle - math.pi * math.floor(angle / math.pi + 0.5)


@numba.njit(cache=True)
def _look(
    owner: Array, at: tuple[float, float], angle: float, most: float
) -> tuple[float, int]:
    """Way to the first crack, and its point; no crack is -1."""
    dx, dy, way = np.cos(angle), np.sin(angle), 0.0
    while way < most:
        way += 1.0
        x, y = int(at[0] + dx * way), int(at[1] + dy * way)
        if not (0 <= x < owner.shape[1] and 0 <= y < owner.shape[0]):
            break
        if owner[y, x] > 0:
            return way, owner[y, x] - 1
    return way, -1


@numba.njit(cache=True)
def _short_way(
    owner: Array, at: tuple[float, float], theta: float, most: float, stretch: float
) -> tuple[float, float]:
    """Direction of the shortest way across an island, and the island's width.

    A strip counts as wider than it is, so that it breaks across.
    """
    best, shortest, longest, logs = 0.0, 1e9, 0.0, 0.0
    for k in range(_RAYS):
        turn = np.pi * k / _RAYS
        angle = theta + turn
        chord = (
            _look(owner, at, angle, most)[0] + _look(owner, at, angle + np.pi, most)[0]
        )
        chord *= stretch ** (-0.5 * np.cos(2 * turn))
        logs += np.log(chord)
        longest = max(longest, chord)
        if chord < shortest:
            best, shortest = angle, chord
    return best, max(np.exp(logs / _RAYS), longest / _SLIMMEST)


@numba.njit(cache=True)
def grow_generation(
    rng: np.random.Generator, growth: Growth, habit: Habit, at: Array
) -> None:
    """Grow the cracks of one generation into `growth`."""
    ground, ways = growth.ground, np.empty((2, 4096, 2))
    for i in range(at.shape[0]):
        x, y = at[i]
        size = ground.size[int(y), int(x)]
        if growth.tally[0] > growth.points.shape[0] - 9000 or size >= SOUND:
            continue
        first, lengths = -1, np.ones(2, np.int64)
        if rng.random() < habit.branch and growth.tally[0] > 0:
            first = int(rng.random() * growth.tally[0])
            x, y = growth.points[first]
            side = np.copysign(1.0, rng.random() - 0.5)
            angle = growth.heading[first] + side * (0.5 + 0.9 * rng.random())
        else:
            theta = ground.theta[int(y), int(x)]
            most = 2 * habit.least * size
            angle, width = _short_way(growth.owner, (x, y), theta, most, habit.stretch)
            if growth.owner[int(y), int(x)] > 0 or width < 1.3 * habit.least * size:
                continue
            if habit.follow > 0:
                angle = theta
        ends = np.full(2, first)
        for arm in range(2 if first < 0 else 1):
            begin = (x, y, angle + np.pi * arm)
            lengths[arm], ends[arm] = _arm(rng, growth, habit, begin, ways[arm])
        if lengths.sum() > _FEWEST_POINTS:
            _keep(growth, habit.generation, ways, lengths, ends)


@numba.njit(cache=True)
def _arm(  # noqa: C901 -- one walk
    rng: np.random.Generator,
    growth: Growth,
    habit: Habit,
    begin: tuple[float, float, float],
    way: Array,
) -> tuple[int, int]:
    """Walk from a point into `way`: points walked, and the point met or -1."""
    ground, (x, y, angle) = growth.ground, begin
    way[0, 0], way[0, 1] = x, y
    rows, columns = growth.owner.shape
    count, bend, corner, turned, passing = 1, 0.0, 0.0, 0.0, -1
    sharp = min(0.5, 2.5 / habit.reach)
    keep = 1 - 0.7 / (habit.reach / 0.35)
    life = 1e9
    if rng.random() > habit.complete:
        life = habit.reach * (0.6 + 5 * rng.exponential())
    if growth.owner[int(y), int(x)] > 0:
        passing = growth.crack[growth.owner[int(y), int(x)] - 1]
    while count < way.shape[0] and life > 0 and abs(turned) < _MOST_TURN:
        bend = keep * bend + habit.bend * np.sqrt(1 - keep**2) * rng.standard_normal()
        was = angle
        if rng.random() < habit.corner:
            corner += np.copysign(0.45 + 0.6 * rng.random(), rng.random() - 0.5)
        angle += bend + habit.wander * rng.standard_normal() + sharp * corner
        corner -= sharp * corner
        angle += habit.follow * _half_turn(ground.theta[int(y), int(x)] - angle)
        ahead, met = _look(growth.owner, (x, y), angle, habit.reach)
        if met >= 0 and growth.crack[met] != passing:
            off = _half_turn(growth.heading[met] + np.pi / 2 - angle)
            angle += habit.turn * (1 - ahead / habit.reach) * off
        turned += angle - was
        near_x, near_y = int(x), int(y)
        x, y = x + STEP * np.cos(angle), y + STEP * np.sin(angle)
        if not (0 <= x < columns and 0 <= y < rows):
            break
        there = growth.owner[int(y), int(x)]
        if there == 0 and int(x) != near_x and int(y) != near_y:
            there = growth.owner[near_y, int(x)]  # it must not slip through a corner
        life -= STEP
        if ground.size[int(y), int(x)] >= SOUND:
            life = min(life, 1.5 * habit.reach)
        if there > 0 and growth.crack[there - 1] != passing:
            x, y = growth.points[there - 1]
            way[count, 0], way[count, 1] = x, y
            count += 1
            if rng.random() >= habit.cross:
                return count, there - 1
            passing = growth.crack[there - 1]
            _meet(growth, x, y)
            continue
        way[count, 0], way[count, 1] = x, y
        count += 1
    return count, -1 if 0 <= x < columns and 0 <= y < rows else -2


@numba.njit(cache=True)
def _meet(growth: Growth, x: float, y: float) -> None:
    """Note a junction."""
    growth.junctions[growth.tally[2]] = x, y
    growth.tally[2] += 1


@numba.njit(cache=True)
def _keep(
    growth: Growth, generation: int, ways: Array, lengths: Array, ends: Array
) -> None:
    """Join the two arms of a crack, and mark where it runs."""
    start, crack = growth.tally[0], growth.tally[1]
    count = lengths[0] + lengths[1] - 1
    for i in range(count):
        back = lengths[0] - 1 - i
        growth.points[start + i] = ways[0, back] if back >= 0 else ways[1, -back]
    for i in range(start, start + count):
        before = growth.points[max(start, i - 2)]
        after = growth.points[min(start + count - 1, i + 2)]
        growth.heading[i] = np.arctan2(after[1] - before[1], after[0] - before[0])
        growth.crack[i] = crack
        x, y = int(growth.points[i, 0]), int(growth.points[i, 1])
        if growth.owner[y, x] == 0:
            growth.owner[y, x] = i + 1
    growth.starts[crack], growth.generations[crack] = start, generation
    for arm in range(2):
        growth.loose[crack, arm] = ends[arm] == -1
        if ends[arm] >= 0:
            end = growth.points[ends[arm]]
            _meet(growth, end[0], end[1])
    growth.tally[0], growth.tally[1] = start + count, crack + 1

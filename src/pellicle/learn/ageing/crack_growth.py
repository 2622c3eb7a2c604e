# SPDX-License-Identifier: Apache-2.0
"""Growth of crack networks.

Job: a plan for a network, and the network grown to it.
Not here: walks of cracks (`crack_walk.py`); drawing them (`cracks.py`).
Terms: an *island* is paint between cracks; a *loose end* is one that meets no crack.

Age cracks are walks over a lattice that goes beyond the picture: each starts in the
middle of an island that is too large, crosses it the short way (the first ones follow
a field of directions) and turns to meet older cracks squarely, for the stress beside a
crack runs along it. Drying cracks and islands are the edges of a Voronoi diagram.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial import Voronoi
from scipy.stats import norm

from pellicle.learn.ageing.crack_walk import (
    SOUND,
    STEP,
    Habit,
    Lattice,
    Lines,
    grow_generation,
    grown_lines,
    new_growth,
    scattered,
)
from pellicle.learn.ageing.fields import garlands, rings, rough_noise, smooth_noise
from pellicle.learn.ageing.network import Crack, CrackNetwork
from pellicle.learn.ageing.scene import drawn_from
from pellicle.model.arrays import Array, Plane
from pellicle.model.units import PixelSize

# Crossings among crossings and T or Y junctions, and corners among all nodes: 360 crack
# graphs of paintings (five classes) in CRACKS.txt, MIT licence.
CROSSING_SHARE = ((0.0, 0.0), (0.25, 0.063), (0.5, 0.096), (0.75, 0.12), (1.0, 0.2))
CORNER_SHARE = ((0.0, 0.12), (0.25, 0.213), (0.5, 0.277), (0.75, 0.364), (1.0, 0.52))

ISLAND_UM = (
    (0.0, 1_500.0),
    (0.4, 3_500.0),
    (0.8, 8_000.0),
    (0.94, 16_000.0),
    (1.0, 40_000.0),
)
AGE_WIDTH_UM = ((0.0, 20.0), (0.3, 50.0), (0.75, 110.0), (1.0, 220.0))
DRYING_WIDTH_UM = ((0.0, 110.0), (0.5, 220.0), (1.0, 400.0))
HAIRLINE_WIDTH_UM = ((0.0, 20.0), (0.5, 40.0), (1.0, 90.0))

_FINEST_CELL_UM, _COARSEST_CELL_UM, _CELLS_PER_ISLAND = 60.0, 170.0, 14.0
_MARGIN_UM = 6_000.0
_PATCH_UM = 12_000.0
_WIDEST_UM = 450.0
_AT_CORNERS = 0.7


class CrackKind(StrEnum):
    """How a network came about."""

    AGE = "age"
    ISLANDS = "islands"
    DRYING = "drying"
    STRAY = "stray"
    IMPACT = "impact"
    GARLAND = "garland"


@dataclass(frozen=True, slots=True)
class CrackPlan:
    """What a network is to look like.

    Attributes
    ----------
    kind
        How it came about.
    island_um
        Width of an island when growth is over.
    direction_rad
        Of the first cracks, from the x axis to the y axis.
    anisotropy
        Length of an island along that direction by its width, 1 or more.
    bend
        How far the direction strays over the picture, in radians.
    centre
        (x, y) around which cracks run in rings, in widths and heights of the picture;
        `IMPACT`, and `AGE` of a canvas around a corner. None: parallel cracks.
    spiral_rad
        How far the rings turn away from their circle; π/2 makes them rays.
    width_um
        Opening of a first-generation crack.
    waviness
        0 to 1, how restless a crack is.
    completeness
        0 to 1, part of the cracks that end at others.
    crossing
        Part of the meetings in which a crack goes on through the other.
    corners
        Sharp bends per crack's way across one island.
    squareness
        0 to 1, how much a crack turns to meet another at a right angle.
    brittle_share
        0 to 1, part of the picture that cracks, in patches; 1 is all of it.
    """

    kind: CrackKind
    island_um: float
    direction_rad: float = 0.0
    anisotropy: float = 1.0
    bend: float = 0.3
    centre: tuple[float, float] | None = None
    spiral_rad: float = 0.0
    width_um: float = 80.0
    waviness: float = 0.3
    completeness: float = 0.95
    crossing: float = 0.09
    corners: float = 0.25
    squareness: float = 0.7
    brittle_share: float = 1.0


def drawn_plan(rng: np.random.Generator, only: str | None = None) -> CrackPlan:
    """Plan as paintings have them, most often age cracks; or of one `CrackKind`."""
    kinds = tuple(CrackKind)
    usual = kinds[rng.choice(len(kinds), p=(0.42, 0.16, 0.14, 0.12, 0.07, 0.09))]
    kind = CrackKind(only or usual)
    island = drawn_from(rng, ISLAND_UM)
    widths: Sequence[tuple[float, float]] = AGE_WIDTH_UM
    if kind is CrackKind.DRYING:
        island, widths = min(island, 12_000.0), DRYING_WIDTH_UM
    if kind is CrackKind.STRAY:
        island, widths = island + 9_000, HAIRLINE_WIDTH_UM
    whole = island > _PATCH_UM or rng.integers(2) == 0
    return CrackPlan(
        kind=kind,
        island_um=island,
        direction_rad=rng.choice((0.0, np.pi / 2)) + rng.normal(0, 0.3),
        anisotropy=float(rng.choice((1.0, rng.uniform(1, 1.8), rng.uniform(1.6, 4)))),
        bend=rng.uniform(0.05, 0.9),
        centre=_drawn_centre(rng, kind),
        spiral_rad=float(rng.choice((0.0, rng.normal(0, 0.25), np.pi / 2))),
        width_um=min(drawn_from(rng, widths), island / 9),
        waviness=rng.beta(1.5, 2.5),
        completeness=_drawn_completeness(rng, kind),
        crossing=drawn_from(rng, CROSSING_SHARE),
        corners=_corners(drawn_from(rng, CORNER_SHARE)),
        squareness=rng.uniform(0.45, 1),
        brittle_share=1.0 if whole else rng.uniform(0.2, 0.8),
    )


def grow_network(
    rng: np.random.Generator,
    shape: tuple[int, int],
    pixel_size: PixelSize,
    plan: CrackPlan,
) -> CrackNetwork:
    """Network of cracks over a picture.

    Parameters
    ----------
    rng
        Source of all chance. The same generator and the same extent on the painting
        give the same network at every pixel size.
    shape
        (height, width) of the picture in pixels.
    pixel_size
        Of the picture on the painting.
    plan
        What it is to look like.

    Returns
    -------
    network
        In the picture's pixels; reaches beyond its edges.
    """
    ground = _laid_out(rng, shape, pixel_size, plan)
    if plan.kind in {CrackKind.ISLANDS, CrackKind.DRYING}:
        lines = _island_edges(rng, ground, plan)
    else:
        lines = _walks(rng, ground, plan)
    width = _widths(rng, ground, lines, plan)
    scale = ground.cell_um / pixel_size.um
    points = (lines.points - ground.margin) * scale
    bounds = [*lines.starts.tolist(), len(points)]
    spans = zip(bounds[:-1], bounds[1:], lines.generations.tolist(), strict=True)
    cracks = tuple(Crack(points[a:b], width[a:b], g) for a, b, g in spans)
    return CrackNetwork(cracks, (lines.junctions - ground.margin) * scale)


def _drawn_centre(
    rng: np.random.Generator, kind: CrackKind
) -> tuple[float, float] | None:
    if kind is CrackKind.IMPACT:
        return rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9)
    if kind is CrackKind.AGE and rng.random() < 0.3:  # noqa: PLR2004 -- canvases
        return float(rng.choice((-0.3, 1.3))), float(rng.choice((-0.3, 1.3)))
    return None


def _corners(share: float) -> float:
    """Corners per way across an island, which holds about one junction."""
    return share / (1 - share)


def _drawn_completeness(rng: np.random.Generator, kind: CrackKind) -> float:
    if kind is CrackKind.STRAY:
        return rng.uniform(0, 0.4)
    if kind is CrackKind.DRYING:
        return rng.uniform(0.25, 0.9)
    return float(
        rng.choice((rng.uniform(0.5, 0.95), rng.uniform(0.95, 1)), p=(0.3, 0.7))
    )


def _laid_out(
    rng: np.random.Generator,
    shape: tuple[int, int],
    pixel_size: PixelSize,
    plan: CrackPlan,
) -> Lattice:
    """Lattice with island sizes and directions."""
    cell = plan.island_um / _CELLS_PER_ISLAND
    cell = min(max(cell, _FINEST_CELL_UM), _COARSEST_CELL_UM)
    island = plan.island_um / cell
    margin = float(int(min(_MARGIN_UM / cell, island)) + 2)
    height, width = (side * pixel_size.um / cell for side in shape)
    extent = (int(height + 2 * margin) + 1, int(width + 2 * margin) + 1)
    stray = plan.bend * smooth_noise(rng, extent, 40_000 / cell)
    size = island * np.exp(0.25 * smooth_noise(rng, extent, 25_000 / cell))
    sound = smooth_noise(rng, extent, rng.uniform(8_000, 40_000) / cell)
    sound -= np.float32(8 if plan.brittle_share >= 1 else norm.ppf(plan.brittle_share))
    theta = stray + plan.direction_rad
    if plan.kind is CrackKind.GARLAND:
        arch = rng.uniform(15_000, 60_000) / cell
        directions, inward = garlands(rng, extent, arch)
        theta = 0.2 * stray + directions
        sound = np.maximum(sound, 2 * (inward / arch - rng.uniform(0.8, 3)))
    elif plan.centre is not None:
        x, y = plan.centre[0] * width + margin, plan.centre[1] * height + margin
        directions, away = rings(extent, (x, y))
        theta = 0.3 * stray + directions + plan.spiral_rad
        if plan.kind is CrackKind.IMPACT:
            size = size * (0.5 + 0.25 * away / island)
            sound = np.maximum(sound, 0.5 * (away / island - rng.uniform(4, 9)))
    size = np.where(sound > 0, SOUND, size)
    return Lattice(size.astype(np.float32), theta.astype(np.float32), cell, margin)


def _walks(rng: np.random.Generator, ground: Lattice, plan: CrackPlan) -> Lines:
    """Age cracks, generation after generation."""
    extent, island = ground.size.shape, plan.island_um / ground.cell_um
    growth = new_growth(ground)
    stray = plan.kind is CrackKind.STRAY
    for generation, least in enumerate((1.6, 1.3) if stray else (3.2, 1.8, 1.0)):
        habit = Habit(
            generation=generation,
            least=least,
            follow=3 / island if generation == 0 and not stray else 0.0,
            branch=0.6 if stray and generation else 0.0,
            wander=plan.waviness * 0.09 * np.sqrt(_CELLS_PER_ISLAND / island),
            bend=(0.25 + plan.waviness) * 0.5 * STEP / island,
            corner=plan.corners * STEP / island,
            turn=plan.squareness * min(0.8, 10 / island),
            reach=0.35 * island,
            cross=plan.crossing,
            complete=plan.completeness,
            stretch=plan.anisotropy,
        )
        spacing = max(2.0, 0.4 * least * island)
        grow_generation(rng, growth, habit, scattered(rng, extent, spacing))
    return grown_lines(growth)


def _island_edges(rng: np.random.Generator, ground: Lattice, plan: CrackPlan) -> Lines:
    """Edges between scattered middles of islands, bent by noise."""
    extent, island = ground.size.shape, plan.island_um / ground.cell_um
    half = 0.75 * np.hypot(*extent) * np.sqrt(plan.anisotropy)
    y, x = np.mgrid[-half:half:island, -half:half:island]
    x[1::2] += island / 2
    seeds = np.stack([x.ravel(), y.ravel()], axis=1)
    seeds += rng.uniform(0.15, 0.5) * island * rng.standard_normal(seeds.shape)
    cos, sin = np.cos(plan.direction_rad), np.sin(plan.direction_rad)
    stretch = np.diag([plan.anisotropy**0.5, plan.anisotropy**-0.5])
    turned = stretch @ np.array([[cos, sin], [-sin, cos]])
    middle = np.array(extent[::-1]) / 2
    placed = seeds @ turned + middle
    near = (np.abs(placed - middle) < middle + 3 * island * plan.anisotropy).all(axis=1)
    diagram = Voronoi(seeds[near])
    pairs = np.array(diagram.ridge_vertices, np.int64).reshape(-1, 2)
    pairs = pairs[pairs[:, 0] >= 0]
    corners = diagram.vertices @ turned + middle
    inside = ((corners > 0) & (corners < 2 * middle - 1)).all(axis=1)
    pairs = pairs[inside[pairs].any(axis=1)]
    whole = rng.random(pairs.shape) < plan.completeness
    pairs = pairs[whole.any(axis=1)]
    whole = whole[whole.any(axis=1)]
    first = np.where(whole[:, 0], 0, rng.uniform(0.1, 0.6, len(pairs)))
    last = np.where(whole[:, 1], 1, rng.uniform(0.4, 0.9, len(pairs)))
    count = int(min(24, max(6, 0.5 * island)))
    t = first[:, None] + (last - first)[:, None] * np.linspace(0, 1, count)
    a, b = corners[pairs[:, 0]][:, None], corners[pairs[:, 1]][:, None]
    lines = a + (b - a) * t[..., None]
    lines += _bent(rng, extent, lines, 5 * island) * (0.5 * plan.bend * island)
    lines += _bent(rng, extent, lines, 0.45 * island) * (0.1 * plan.waviness * island)
    brittle = _sampled(ground.size, lines[:, count // 2]) < SOUND
    lines, whole = lines[brittle], whole[brittle]
    ends = np.concatenate([lines[:, 0][whole[:, 0]], lines[:, -1][whole[:, 1]]])
    return Lines(
        lines.reshape(-1, 2),
        np.arange(len(lines)) * count,
        np.zeros(len(lines), np.int64),
        ~whole,
        np.unique(ends.round(6), axis=0),
    )


def _bent(
    rng: np.random.Generator, extent: tuple[int, int], points: Array, grain: float
) -> Array:
    """(…, 2) displacement of points by noise of deviation 1."""
    planes = [rough_noise(rng, extent, grain, 2) for _ in range(2)]
    return np.stack([_sampled(plane, points) for plane in planes], axis=-1)


def _sampled(plane: Plane, points: Array) -> Array:
    """(…,) values of a plane at (…, 2) points (x, y), between its pixels."""
    at = points.reshape(-1, 2).T[::-1]
    values = map_coordinates(plane, at, order=1, mode="nearest")
    return np.asarray(values.reshape(points.shape[:-1]))


def _widths(
    rng: np.random.Generator, ground: Lattice, lines: Lines, plan: CrackPlan
) -> Array:
    """(n,) float64 opening at each point, in micrometres."""
    counts = np.diff(np.append(lines.starts, len(lines.points)))
    base = plan.width_um * np.exp(0.25 * rng.standard_normal(len(counts)))
    base *= 0.78**lines.generations
    place = np.arange(len(lines.points)) - np.repeat(lines.starts, counts)
    left = np.repeat(counts, counts) - 1 - place
    drying = plan.kind is CrackKind.DRYING
    fade = max(3.0, 0.4 * plan.island_um / ground.cell_um / STEP)
    width, least = np.repeat(base, counts), 0.02 if drying else 0.2
    for end, away in enumerate((place, left)):
        near = least + (1 - least) * np.minimum(1, away / fade) ** 0.6
        width *= np.where(np.repeat(lines.loose[:, end], counts), near, 1)
    uneven = rough_noise(rng, ground.size.shape, 2_500 / ground.cell_um, 3)
    spread = 0.22
    if drying:  # pieces draw apart at the corners, or in the middle of their edges
        spread = 0.4
        lens = np.abs(np.cos(np.pi * place / np.repeat(counts - 1, counts)))
        at_corners = np.repeat(rng.random(len(counts)), counts) < _AT_CORNERS
        width *= 0.45 + 0.75 * np.where(at_corners, lens, 1 - lens)
    width *= np.exp(spread * _sampled(uneven, lines.points))
    return np.asarray(np.minimum(width, _WIDEST_UM))

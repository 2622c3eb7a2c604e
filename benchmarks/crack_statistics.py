# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 -- degrees of nodes are numbers
"""Statistics of real crack networks beside those of grown ones.

Job: shares of junctions in a file of crack graphs; lengths and angles in a skeleton of
a photograph; the same of grown age networks.
Not here: growing them (`pellicle.learn.ageing.crack_growth`).

Run: `python benchmarks/crack_statistics.py CRACKS.txt [SKELETON.png]`. The file has the
number of graphs, then for each graph its nodes and its class (0 to 4), and for each
node a label, its degree and its neighbours. It holds no coordinates. A crossing is two
nodes with one list of neighbours; the last nodes, all of degree 1, are where cracks
leave the picture. `SKELETON.png` is white lines one pixel wide.
"""

import sys
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import skeletonize

from pellicle.learn.ageing.crack_growth import (
    CROSSING_SHARE,
    CrackKind,
    CrackPlan,
    drawn_plan,
    grow_network,
)
from pellicle.learn.ageing.network import CrackNetwork
from pellicle.model.units import PixelSize

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
GROWN = 40
SHAPE = (1_000, 1_000)
ISLAND_PX = 90.0
WIDE_PX = 5
STEP_PX = 4.0
MERGED_PX = 5
REACH_PX = 14.0
CORNER_RAD = 0.6


class Nodes(NamedTuple):
    """Nodes of one network by kind."""

    junctions: int
    crossings: int
    corners: int
    loose: int


class Geometry(NamedTuple):
    """Lengths of edges by their median, and angles at junctions in degrees."""

    lengths: NDArray[np.float64]
    widest: NDArray[np.float64]
    off_square: NDArray[np.float64]


def read_graphs(path: Path) -> list[Nodes]:
    """Nodes of each graph in the file."""
    lines = path.read_text(encoding="ascii").splitlines()
    graphs, at = [], 1
    for _ in range(int(lines[0])):
        count = int(lines[at].split()[0])
        degrees = [int(row.split()[1]) for row in lines[at + 1 : at + 1 + count]]
        at += 1 + count
        while degrees and degrees[-1] == 1:
            degrees.pop()
        tally = [degrees.count(degree) for degree in range(5)]
        graphs.append(Nodes(tally[3], tally[4] // 2, tally[2], tally[1]))
    return graphs


def count_nodes(network: CrackNetwork) -> Nodes:
    """Nodes of a grown network within the picture."""
    degree: dict[tuple[float, float], int] = {}
    corners = 0
    for crack in network.cracks:
        points = crack.points_px
        inside = ((points >= 0) & (points < SHAPE[0])).all(axis=1)
        keys = [(round(x, 4), round(y, 4)) for x, y in points]
        for i, key in enumerate(keys):
            if inside[i]:
                ends = i in {0, len(keys) - 1}
                degree[key] = degree.get(key, 0) + (1 if ends else 2)
        corners += _corners(points[inside])
    tally = np.bincount(list(degree.values()), minlength=6)
    return Nodes(int(tally[3]), int(tally[4:].sum()), corners, int(tally[1]))


def _corners(points: NDArray[np.float64]) -> int:
    """Places where a crack turns plainly within about a fifth of an island."""
    if len(points) < 3:
        return 0
    way = np.append(0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
    even = np.arange(0, way[-1], STEP_PX)
    x, y = (np.interp(even, way, axis) for axis in points.T)
    if len(even) < 9:
        return 0
    heading = np.unwrap(np.arctan2(y[3:] - y[:-3], x[3:] - x[:-3]))
    sharp = np.abs(heading[4:] - heading[:-4]) > CORNER_RAD
    return int(ndimage.label(sharp)[1])


def measure(lines: NDArray[np.uint8]) -> Geometry:
    """Lengths and angles in a picture of lines."""
    thin = skeletonize(lines > 0)
    around = ndimage.convolve(thin.astype(int), np.ones((3, 3)), mode="constant") - 1
    knots = ndimage.binary_dilation(thin & (around >= 3), iterations=MERGED_PX // 2)
    knot, knots_n = ndimage.label(knots, np.ones((3, 3)))
    middles = ndimage.center_of_mass(knots, knot, range(1, knots_n + 1))
    edge, edges_n = ndimage.label(thin & ~knots, np.ones((3, 3)))
    lengths = np.bincount(edge.ravel(), minlength=edges_n + 1)[1:] + MERGED_PX
    widest, off_square = [], []
    for y, x in middles:
        angles = _branches(edge, y, x)
        if len(angles) == 3:
            gaps = np.diff([*angles, angles[0] + 360])
            widest.append(gaps.max())
            off_square.append(abs(np.sort(gaps)[0] - 90))
    # Stumps of the skeleton are not edges.
    lengths = lengths[lengths > 2 * MERGED_PX]
    return Geometry(
        lengths / np.median(lengths), np.array(widest), np.array(off_square)
    )


def _branches(edge: NDArray[np.int32], y: float, x: float) -> list[float]:
    """Sorted directions, in degrees, of the edges that leave a junction."""
    top, left = max(0, int(y - REACH_PX)), max(0, int(x - REACH_PX))
    part = edge[top : int(y + REACH_PX) + 2, left : int(x + REACH_PX) + 2]
    rows, columns = np.nonzero(part)
    away_y, away_x = rows + top - y, columns + left - x
    far = np.hypot(away_y, away_x)
    angles = []
    for number in np.unique(part[rows, columns]):
        own = part[rows, columns] == number
        if far[own].min() < MERGED_PX + 1 and far[own].max() > REACH_PX * 0.7:
            tip = own & (far > REACH_PX * 0.5)
            angle = np.arctan2(away_y[tip].mean(), away_x[tip].mean())
            angles.append(float(np.degrees(angle)) % 360)
    return sorted(angles)


def grown(count: int) -> tuple[list[Nodes], list[Geometry]]:
    """Statistics of age networks of isotropic to stretched islands."""
    nodes, geometries = [], []
    rng = np.random.default_rng(0)
    while len(nodes) < count:
        plan = drawn_plan(rng)
        if plan.kind is not CrackKind.AGE or plan.brittle_share < 1:
            continue
        network = _at_scale(rng, plan)
        nodes.append(count_nodes(network))
        lines = np.zeros(SHAPE, np.uint8)
        for crack in network.cracks:
            line = np.round(crack.points_px).astype(np.int32)[:, None]
            cv2.polylines(lines, [line], isClosed=False, color=255, thickness=WIDE_PX)
        geometries.append(measure(lines))
    return nodes, geometries


def _at_scale(rng: np.random.Generator, plan: CrackPlan) -> CrackNetwork:
    return grow_network(rng, SHAPE, PixelSize(plan.island_um / ISLAND_PX), plan)


def _line(name: str, values: NDArray[np.float64]) -> None:
    quantiles = np.quantile(values, LEVELS)
    print(f"  {name:34}", "".join(f"{value:9.3f}" for value in quantiles))


def _print_nodes(title: str, graphs: list[Nodes]) -> None:
    met = [nodes for nodes in graphs if nodes.junctions + nodes.crossings > 0]
    t, x, corners, loose = np.array(met, np.float64).T
    print(f"{title}: {len(met)} networks with {(t + x).sum():.0f} junctions")
    _line("crossings / junctions", x / (t + x))
    _line("corners / (junctions + corners)", corners / (t + x + corners))
    _line("loose ends / (junctions + ends)", loose / (t + x + loose))


def _print_geometry(title: str, geometries: list[Geometry]) -> None:
    print(title)
    _line("length of edges / median", np.concatenate([g.lengths for g in geometries]))
    _line("widest angle at a junction", np.concatenate([g.widest for g in geometries]))
    off = np.concatenate([g.off_square for g in geometries])
    _line("narrowest angle, off 90", off)


def main() -> None:
    """Print the tables."""
    print(f"{'quantiles':36}", "".join(f"{level:9.2f}" for level in LEVELS))
    _print_nodes("graphs in the file", read_graphs(Path(sys.argv[1])))
    nodes, geometries = grown(GROWN)
    _print_nodes("grown", nodes)
    wanted = np.interp(LEVELS, *zip(*CROSSING_SHARE, strict=True))
    _line("crossings asked for", wanted)
    if len(sys.argv) > 2:
        skeleton = cv2.imread(sys.argv[2], cv2.IMREAD_GRAYSCALE)
        _print_geometry("skeleton", [measure(np.asarray(skeleton, np.uint8))])
    _print_geometry("grown", geometries)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 -- a drawing is made of numbers
"""Where the bundled painting is damaged, and how it is all put together.

Job: cracks, losses, flaking, scratches, a split and rubbed patches laid out on the
crop; the damaged scan and its labels.
Not here: how cracks grow (`sample_cracks.py`), how losses break (`sample_shapes.py`),
how it all looks (`sample_layers.py`), the files (`make_sample.py`).
"""

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from sample_cracks import Crack, grow_cracks
from sample_layers import Fields, Plates, encoded, linear, photograph, worn
from sample_noise import Field, rough_noise, smooth_noise
from sample_shapes import FINE, GROUND, Loss, carve_flake, carve_loss, stroke, wander

SEED = 1851
WIDTH_PX, HEIGHT_PX = 1344, 1600
SEEN = 4 / 255
"""A change of less than this in the encoded samples is not made at all."""
SMALLEST = {1: 5, 2: 60, 3: 18, 4: 14}
"""Pixels of the smallest region of each class that is kept."""
LOSS, ABRASION, CRAQUELURE, SPLIT = 1, 2, 3, 4

# x, y, half axes, width of an island between cracks; all in pixels of the crop
BRITTLE = (
    (715, 470, 320, 330, 56),
    (690, 1060, 400, 215, 72),
    (215, 300, 265, 330, 100),
    (1020, 1390, 250, 190, 80),
    (1190, 700, 160, 260, 130),
)
LARGE = (
    Loss(892, 598, 28, 1.3, 1.2, underpaint=0.26),
    Loss(708, 258, 30, 1.4, 0.35),
    Loss(985, 330, 28, 1.5, 2.0, underpaint=0.22),
    Loss(190, 690, 45, 1.35, 0.5, canvas=0.33),
    Loss(352, 1345, 39, 1.2, 0.8, underpaint=0.2),
    Loss(1045, 1440, 31, 1.8, 2.5),
    Loss(868, 1010, 24, 2.0, 0.9, underpaint=0.25),
    Loss(1180, 850, 33, 1.8, 1.7, underpaint=0.25),
    Loss(660, 1490, 22, 1.6, 0.1),
    Loss(14, 26, 54, 1.3, 0.7, canvas=0.5),
    Loss(1300, 1585, 40, 1.6, 3.0, canvas=0.4),
    Loss(452, 478, 25, 1.7, 1.0),
    Loss(592, 712, 16, 2.0, 1.4),
    Loss(290, 1015, 24, 1.5, 2.7, underpaint=0.25),
    Loss(1110, 100, 26, 2.2, 0.2),
    Loss(60, 1120, 20, 1.6, 1.2),
    Loss(520, 1240, 17, 1.8, 0.6),
    Loss(985, 1215, 22, 1.7, 0.9, underpaint=0.3),
    Loss(330, 130, 18, 1.8, 2.4),
)
SPLIT_WAY = ((566, -4), (553, 250), (571, 560), (588, 800), (579, 985))
RUBBED = (
    (430, 1075, 150, 80, 0.25),
    (890, 1500, 105, 62, -0.3),
    (120, 1180, 70, 90, 0.1),
)
# from, to, sway, width, kind: deep ones reach the ground, light ones stay in the paint
SCRATCHES = (
    ((870, 1110), (1175, 1262), 5.0, 1.9, "deep"),
    ((885, 1142), (1090, 1240), 4.0, 1.2, "light"),
    ((120, 960), (420, 850), 5.0, 1.1, "light"),
    ((128, 985), (392, 888), 5.0, 1.5, "deep"),
    ((150, 998), (330, 930), 4.0, 1.1, "light"),
    ((655, 905), (800, 838), 3.0, 1.2, "light"),
    ((395, 215), (560, 150), 4.0, 1.5, "deep"),
    ((1040, 540), (1300, 470), 6.0, 1.6, "deep"),
    ((1060, 560), (1250, 505), 5.0, 1.1, "light"),
    ((470, 1390), (560, 1560), 4.0, 1.6, "deep"),
    ((690, 415), (742, 330), 2.0, 1.1, "light"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """Scan (H, W, 3) uint16, labels (H, W) uint8, original (H, W, 3) uint8."""

    scan: NDArray[np.uint16]
    labels: NDArray[np.uint8]
    undamaged: NDArray[np.uint8]


def brittleness(rng: np.random.Generator) -> Field:
    """Island width everywhere; sound paint outside the brittle areas."""
    shape = (HEIGHT_PX, WIDTH_PX)
    rows, columns = np.mgrid[:HEIGHT_PX, :WIDTH_PX].astype(np.float32)
    edge = 0.16 * rough_noise(rng, shape, 120)
    out = np.full(shape, 9999, np.float32)
    for x, y, half_x, half_y, island in BRITTLE:
        rho = np.hypot((columns - x) / half_x, (rows - y) / half_y) + edge
        local = island * (1 + 0.9 * np.clip(rho - 0.55, 0, 1))
        out = np.where(rho < 1, np.minimum(out, local), out)
    return np.asarray(out, np.float32)


def draw_cracks(
    plate: NDArray[np.uint8], cracks: list[Crack], rng: np.random.Generator
) -> None:
    """Older cracks are wider and fuller of dirt; all open and close along their way."""
    for crack in cracks:
        count = len(crack.points)
        if count < 14:
            continue
        short = min(1.0, 0.45 + count / 90)
        width = (1.45, 1.2, 1.0)[crack.generation] * short * rng.uniform(0.85, 1.25)
        full = short * (205, 170, 135)[crack.generation] * rng.uniform(0.7, 1.15)
        widths = width * (1 + 0.22 * smooth_noise(rng, (1, count), 17)[0])
        values = full * (1 + 0.30 * smooth_noise(rng, (1, count), 45)[0])
        values *= 1 + 0.14 * smooth_noise(rng, (1, count), 6)[0]
        stroke(
            plate,
            crack.points,
            np.clip(widths, 1.0, 1.5).astype(np.float32),
            np.clip(values, 0, 245).astype(np.float32),
        )


def islands_between(cracks: list[Crack]) -> NDArray[np.int32]:
    """Numbers of the islands of paint, at scan resolution."""
    free = np.full((HEIGHT_PX, WIDTH_PX), 255, np.uint8)
    for crack in cracks:
        line = np.round(crack.points).astype(np.int32)[:, None]
        cv2.polylines(free, [line], isClosed=False, color=0, thickness=2)
    _, numbers = cv2.connectedComponents(free, connectivity=4)
    return np.asarray(numbers, np.int32)


def lose_paint(
    levels: NDArray[np.uint8],
    cracks: list[Crack],
    split: NDArray[np.float64],
    seed: int,
) -> None:
    """Large losses as placed; flaking along cracks, thickest near losses and split."""
    rng = np.random.default_rng([seed, 4])
    islands = islands_between(cracks)
    for loss in LARGE:
        own = np.random.default_rng([seed, 100, int(loss.x), int(loss.y)])
        carve_loss(levels, loss, islands, own)
        for turn in own.uniform(0, 2 * np.pi, int(own.integers(1, 4))):
            away = loss.radius * own.uniform(1.15, 2.1)
            at = loss.x + away * np.cos(turn), loss.y + away * np.sin(turn)
            size = loss.radius * own.uniform(0.1, 0.32)
            carve_loss(levels, Loss(*at, size, own.uniform(1, 2), turn), islands, own)
    for x, y in split[rng.choice(len(split), 19, replace=False)]:
        size = min(float(rng.lognormal(1.45, 0.75)), 17)
        tall = float(rng.uniform(1.4, 3.2))
        loss = Loss(x + rng.normal(0, size / 3), y, size, tall, np.pi / 2)
        carve_loss(levels, loss, islands, rng)
    points = np.concatenate([c.points[::3] for c in cracks])
    near = np.full(len(points), 0.05)
    for loss in LARGE:
        away = np.hypot(points[:, 0] - loss.x, points[:, 1] - loss.y) / loss.radius
        near += np.exp(-np.maximum(away - 1, 0) / 0.9)
    chosen = rng.choice(len(points), 135, replace=False, p=near / near.sum())
    for x, y in points[chosen]:
        size = float(np.clip(rng.lognormal(1.6, 0.55), 3.0, 22.0))
        at = x + rng.normal(0, size / 4), y + rng.normal(0, size / 4)
        if size > 8:
            turn = rng.uniform(0, np.pi)
            carve_loss(
                levels, Loss(*at, size / 1.6, rng.uniform(1, 1.8), turn), islands, rng
            )
        else:
            carve_flake(levels, at, size, rng)


def draw_split(
    plates: Plates, way: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """Dark opening, lit lip on its left, shade on its right, thinning to its end."""
    count = len(way)
    ending = np.clip((count - np.arange(count)) / 220, 0, 1) ** 0.7
    width = (2.5 + 0.8 * smooth_noise(rng, (1, count), 60)[0]) * ending
    width += 0.35 * smooth_noise(rng, (1, count), 9)[0]
    full = np.full(count, 250.0, np.float32) * np.clip(0.4 + 0.6 * ending, 0, 1)
    tone = 1 + 0.35 * smooth_noise(rng, (1, count), 40)[0]
    stroke(plates.core, way, np.clip(width, 1, 4.2).astype(np.float32), full)
    for plate, side, wide, value in (
        (plates.lip, -1.0, 2.0, 62),
        (plates.shade, 1.0, 3.4, 52),
        (plates.shade, 1.6, 1.6, 96),
    ):
        beside = way + np.array([side, 0]) * (width[:, None] / 2 + wide / 2 - 0.4)
        values = np.clip(value * tone * ending, 0, 140).astype(np.float32)
        stroke(plate, beside, np.full(count, wide, np.float32), values)


def draw_scratches(plates: Plates, rng: np.random.Generator) -> None:
    """They skip: a point dragged over threads touches only some of them."""
    for start, end, sway, width, kind in SCRATCHES:
        way = wander(start, end, sway, rng)
        count = len(way)
        press = np.sin(np.linspace(0.12, np.pi - 0.05, count)) ** 0.6
        touch = press * (1 + 0.55 * smooth_noise(rng, (1, count), 26)[0])
        touch *= 1 + 0.45 * smooth_noise(rng, (1, count), 3.5)[0]
        widths = np.clip(width * (0.55 + 0.5 * touch), 0.9, 3.2).astype(np.float32)
        if kind == "light":
            values = np.clip(105 * touch, 0, 150) * (touch > 0.42)
            stroke(plates.haze, way, widths, values.astype(np.float32))
            continue
        bare = np.zeros_like(plates.levels)
        stroke(bare, way, widths, np.where(touch > 0.38, GROUND, 0).astype(np.float32))
        np.maximum(plates.levels, bare, out=plates.levels)
        rim = np.clip(80 * touch, 0, 110).astype(np.float32)
        stroke(plates.haze, way, widths + np.float32(1.0), rim)


def rubbed_patches(rng: np.random.Generator) -> Field:
    """1 in the middle of each abraded patch, 0 outside."""
    rows, columns = np.mgrid[:HEIGHT_PX, :WIDTH_PX].astype(np.float32)
    out = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
    edge = 0.2 * rough_noise(rng, out.shape, 60)
    for x, y, half_x, half_y, turn in RUBBED:
        dx, dy = columns - x, rows - y
        along = dx * np.cos(turn) + dy * np.sin(turn)
        across = dy * np.cos(turn) - dx * np.sin(turn)
        rho = np.hypot(along / half_x, across / half_y) + edge
        out = np.maximum(out, np.clip(1.25 * (1 - rho), 0, 0.85))
    return np.asarray(out, np.float32)


def tidy_labels(
    labels: NDArray[np.uint8], rubbed: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Abrasion as a surveyor maps it: areas, not threads; no specks."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    closed = cv2.morphologyEx(rubbed.astype(np.uint8), cv2.MORPH_CLOSE, disc)
    out = np.where((labels == 0) & (closed > 0), ABRASION, labels).astype(np.uint8)
    for _ in range(2):
        for key in (ABRASION, CRAQUELURE, LOSS, SPLIT):
            _absorb_specks(out, key, SMALLEST[key])
    return out


def _absorb_specks(labels: NDArray[np.uint8], key: int, smallest_px: int) -> None:
    """Give specks of one class to the class they touch most, or drop them."""
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(
        (labels == key).astype(np.uint8), connectivity=8
    )
    for number in range(1, count):
        if stats[number, cv2.CC_STAT_AREA] >= smallest_px:
            continue
        x, y, w, h = stats[number, :4]
        view = (slice(max(y - 1, 0), y + h + 1), slice(max(x - 1, 0), x + w + 1))
        speck = (numbers[view] == number).astype(np.uint8)
        ring = cv2.dilate(speck, np.ones((3, 3), np.uint8)) > speck
        around = np.bincount(labels[view][ring], minlength=5)[:5]
        around[[0, key]] = 0
        labels[view][speck > 0] = int(np.argmax(around))


def age(undamaged: NDArray[np.uint8], seed: int) -> Sample:
    """Damage a painting: (HEIGHT_PX, WIDTH_PX, 3) uint8 sRGB in, scan and truth out."""
    rngs = [np.random.default_rng([seed, part]) for part in range(9)]
    shape = (HEIGHT_PX * FINE, WIDTH_PX * FINE)
    plates = Plates(*(np.zeros(shape, np.uint8) for _ in range(6)))
    cracks = grow_cracks(brittleness(rngs[0]), rngs[1])
    draw_cracks(plates.cracks, cracks, rngs[2])
    legs = [wander(a, b, 6.0, rngs[3])[:-1] for a, b in itertools.pairwise(SPLIT_WAY)]
    way = _smoothed(np.concatenate(legs))
    lose_paint(plates.levels, cracks, way, seed)
    draw_split(plates, way, rngs[5])
    draw_scratches(plates, rngs[6])

    original = linear(undamaged.astype(np.float32) / 255)
    fields = Fields.of(original, rngs[7])
    rub, tone = worn(original, rubbed_patches(rngs[8]), fields, rngs[8])
    layer = photograph(plates, fields)
    rubbed = original * (1 - rub[..., None]) + tone * rub[..., None]
    mixed = rubbed * (1 - layer.opacity[..., None]) + layer.rgb_linear
    return _finished(undamaged, mixed, rub * (1 - layer.opacity), layer.share, rngs[8])


def _smoothed(way: NDArray[np.float64]) -> NDArray[np.float64]:
    kernel = np.hanning(61) / np.hanning(61).sum()
    padded = np.pad(way, ((30, 30), (0, 0)), mode="edge")
    smooth = np.stack(
        [np.convolve(padded[:, i], kernel, "valid") for i in (0, 1)], axis=1
    )
    return np.asarray(smooth + 0.5 * (way - smooth))


def _finished(
    undamaged: NDArray[np.uint8],
    mixed: Field,
    rub: Field,
    share: dict[int, Field],
    rng: np.random.Generator,
) -> Sample:
    """Keep what an eye could see, label it, and leave every other pixel as it was."""
    grain = rng.normal(0, 0.5 / 255, mixed.shape).astype(np.float32)
    new = encoded(mixed) + grain
    old = undamaged.astype(np.float32) / 255
    opacity = np.sum(list(share.values()), axis=0) + rub
    changed = (np.abs(encoded(mixed) - old).max(axis=2) >= SEEN) & (opacity > 0.02)
    classes = np.stack([share[1], share[2] + rub, share[3], share[4]])
    labels = np.where(changed, np.argmax(classes, axis=0) + 1, 0).astype(np.uint8)
    labels = tidy_labels(labels, changed & (labels == ABRASION))
    samples = np.round(np.clip(new, 0, 1) * 65535).astype(np.uint16)
    untouched = undamaged.astype(np.uint16) * 257
    scan = np.where(((labels > 0) & changed)[..., None], samples, untouched)
    return Sample(scan.astype(np.uint16), labels, undamaged)

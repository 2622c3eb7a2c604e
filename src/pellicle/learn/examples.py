# SPDX-License-Identifier: Apache-2.0
"""Examples to learn from: crops of paintings, aged, with the truth.

Job: make them, and keep them on disk in shards.
Not here: damage itself (`ageing`), what is learnt from them (`condition.py`).

An example follows from its number and the seed alone, whoever makes it.
"""

from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from pellicle.colour.srgb import srgb_curve, srgb_light
from pellicle.engine.progress import Advance
from pellicle.engine.workers import run_tasks
from pellicle.learn.ageing.abrasion import Wear
from pellicle.learn.ageing.age import AGEING_VERSION, age
from pellicle.learn.ageing.photograph import drawn_photograph, photographed
from pellicle.learn.ageing.recipe import Kind, Part, Recipe
from pellicle.learn.taught import NOT_TAUGHT
from pellicle.model.arrays import Array, Colour, Labels, Mask
from pellicle.model.units import PixelSize
from pellicle.stages.condition.network import SEEN_CLASSES, WORKING_UM

SIDE_PX = 640
SHARD_SIZE = 16

EXAMPLE_VERSION = 4
"""Raised when the same picture, seed and ageing give another example."""

_SCALES = 0.5, 2.5
_PIXEL_UM_SPREAD = (0.65, 1.9)
_SOUND = 0.12
_UNTOUCHED = 0.16
_GROUND = 0.05
_GROUND_UNTOUCHED = 0.6
_GROUND_LIGHT = 0.01, 0.6
_GROUND_COLOUR = 0.6, 1.4
_GROUND_FALL = 0.4
_GROUND_GRAIN_PX = 0.6, 12.0
_GROUND_GRAIN = 0.12
_INEXACT = 0.5
_EACH_KIND = {
    Kind.ABRASION: 0.5,
    Kind.CRAQUELURE: 0.65,
    Kind.LOSS: 0.7,
    Kind.SCRATCHES: 0.4,
    Kind.SPLIT: 0.35,
    Kind.DEPOSITS: 0.25,
    Kind.VARNISH: 0.3,
}
"""How often a kind is on an example; `_SOUND` have nothing but distractors, and
`_UNTOUCHED` not even these: most of a painting is sound, and networks that see damage
all the time find it everywhere. `_GROUND` are no painting but a plain field, a wall or
a sky that fills the view, which a loss must be told from."""

_BARED = Part(Kind.ABRASION, Wear.BARED), 0.2
"""Wear that a kind in full does not come in, and how often it is on an example. Without
it, networks saw wear only where most of a patch is worn."""

_PLAIN = 0.15
_DISTRACTORS_BY_PLAIN = 0.85, 0.3
_PLAINNESS_BY_PLAIN = (0.7, 1.5), (1.5, 3.0)
"""One example in seven is plain, with little that is like damage about it; without
these a training is long in finding its way. On most others something is drawn that
looks like damage: where it was on four in ten, networks called hatching and lattices
craquelure. The others are as plain as the contrasts that ageing draws, give or take:
networks that learnt from plainer ones found half of the faint losses."""

_RANK, _RGBA = 3, 4

SRGB_LINEAR = srgb_light(np.linspace(0, 1, 256)).astype(np.float32)
"""Linear light of each 8-bit sRGB sample."""


class Maker(Protocol):
    """Makes examples that follow from their number."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of an example: height, width, planes."""
        ...

    @property
    def recipe(self) -> dict[str, Any]:
        """All that decides what its examples are, but pictures; a JSON value."""
        ...

    def packed(self, number: int) -> Array:
        """One example, (H, W, planes) uint8."""
        ...


def srgb_encoded(rgb_linear: Colour) -> Array:
    """(…) uint8 sRGB of linear light."""
    encoded = srgb_curve(np.clip(rgb_linear, 0, 1))
    samples: Array = np.rint(255 * encoded).astype(np.uint8)
    return samples


@dataclass(frozen=True, slots=True)
class ExampleMaker:
    """Makes examples of a list of pictures.

    Attributes
    ----------
    paths
        Pictures.
    seed
        Of everything.
    without
        Kinds left out, to see how a network does on what it never saw.
    """

    paths: tuple[Path, ...]
    seed: int
    without: frozenset[Kind] = frozenset()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of an example: RGB and label."""
        return SIDE_PX, SIDE_PX, 4

    @property
    def recipe(self) -> dict[str, Any]:
        """All that decides what its examples are, but pictures."""
        return {
            "maker": "condition",
            "version": EXAMPLE_VERSION,
            "ageing": AGEING_VERSION,
            "seed": self.seed,
            "without": sorted(self.without),
        }

    def packed(self, number: int) -> Array:
        """(640, 640, 4) uint8: what `make` gives, in one array."""
        return np.dstack(self.make(number))

    def make(self, number: int) -> tuple[Array, Labels]:
        """One example.

        Returns
        -------
        rgb
            (640, 640, 3) uint8 sRGB.
        labels
            (640, 640) uint8 `DamageClass`, or `NOT_TAUGHT` where the picture is
            transparent and nothing was drawn.
        """
        rng = np.random.default_rng([self.seed, number])
        plain = rng.random() < _GROUND
        known = np.ones((SIDE_PX, SIDE_PX), np.bool_)
        if plain:
            linear = _plain_ground(rng)
        else:
            path = self.paths[int(rng.integers(len(self.paths)))]
            rgb, known = picture_crop(path, rng, SIDE_PX, _SCALES)
            linear = SRGB_LINEAR[rgb]
        labels = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
        if rng.random() >= (_GROUND_UNTOUCHED if plain else _UNTOUCHED):
            aged = age(linear, self._pixel_size(rng), self._recipe(rng), rng)
            linear, labels = aged.rgb_linear, aged.labels
        # What was there before is not known to be sound, whatever was drawn beside it.
        labels[~known & ~np.isin(labels, SEEN_CLASSES)] = NOT_TAUGHT
        seen = photographed(linear, rng, drawn_photograph(rng))
        return srgb_encoded(seen), labels

    @staticmethod
    def _pixel_size(rng: np.random.Generator) -> PixelSize:
        low, high = np.log(_PIXEL_UM_SPREAD)
        # Half of all scans can be reduced to the working scale exactly.
        spread = (
            float(np.exp(rng.uniform(low, high))) if rng.random() < _INEXACT else 1.0
        )
        return PixelSize(WORKING_UM * spread)

    def _recipe(self, rng: np.random.Generator) -> Recipe:
        if rng.random() < _SOUND:
            return Recipe.of(Kind.DISTRACTORS)
        plain = rng.random() < _PLAIN
        parts = {Kind.DISTRACTORS: _DISTRACTORS_BY_PLAIN[plain], **_EACH_KIND}
        drawn = [kind for kind, part in parts.items() if rng.random() < part]
        kinds = tuple(kind for kind in drawn if kind not in self.without)
        plainness = float(rng.uniform(*_PLAINNESS_BY_PLAIN[plain]))
        bared, part = _BARED
        there = rng.random() < part and bared.kind not in self.without
        return Recipe(kinds=kinds, varieties=(bared,) * there, plainness=plainness)


def _plain_ground(rng: np.random.Generator) -> Colour:
    """(640, 640, 3) float32 linear light of one colour, uneven and grainy at most."""
    colour = rng.uniform(*_GROUND_LIGHT) * rng.uniform(*_GROUND_COLOUR, 3)
    down, across = np.mgrid[:SIDE_PX, :SIDE_PX] / SIDE_PX - 0.5
    falls = rng.uniform(-_GROUND_FALL, _GROUND_FALL, 2)
    noise = rng.normal(0, 1, (SIDE_PX, SIDE_PX)).astype(np.float32)
    grain = cv2.GaussianBlur(noise, (0, 0), float(rng.uniform(*_GROUND_GRAIN_PX)))
    uneven = 1 + falls[0] * down + falls[1] * across
    uneven *= 1 + rng.uniform(0, _GROUND_GRAIN) * grain / grain.std()
    field: Colour = np.clip(colour * uneven[..., None], 0, 1).astype(np.float32)
    return field


def picture_crop(
    path: Path, rng: np.random.Generator, side_px: int, scales: tuple[float, float]
) -> tuple[Array, Mask]:
    """Square of a picture at a random scale, turn and place.

    Parameters
    ----------
    path
        Picture.
    rng
        Source of all chance.
    side_px
        Side of the crop.
    scales
        Least and greatest enlargement; more where the picture is too small.

    Returns
    -------
    rgb
        (side, side, 3) uint8 sRGB.
    known
        (side, side) bool, False where a PNG is transparent: nothing is known of what is
        there.

    Raises
    ------
    OSError
        If the picture can no longer be read.
    """
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        message = f"{path} could be read when the corpus was listed"
        raise OSError(message)
    opaque = _opaque(path, bgr.shape[:2])
    height, width = bgr.shape[:2]
    smallest, largest = scales
    low = max(side_px / min(height, width), smallest)
    scale = float(np.exp(rng.uniform(np.log(low), np.log(max(largest, low)))))
    side = min(int(side_px / scale), height, width)
    top = int(rng.integers(height - side + 1))
    left = int(rng.integers(width - side + 1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    place, size = np.s_[top : top + side, left : left + side], (side_px, side_px)
    crop = cv2.resize(bgr[place], size, interpolation=how)
    known = cv2.resize(opaque[place], size, interpolation=cv2.INTER_NEAREST) > 0
    turns, way = int(rng.integers(4)), int(rng.choice([-1, 1]))
    rgb = np.rot90(crop, turns)[:, ::way, ::-1]
    known = np.rot90(known, turns)[:, ::way]
    return np.ascontiguousarray(rgb), np.ascontiguousarray(known)


def _opaque(path: Path, shape: tuple[int, int]) -> Array:
    """(H, W) uint8, 0 where a picture is transparent. Only PNGs can be."""
    if path.suffix.lower() == ".png":
        stored: Array | None = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if stored is not None and stored.ndim == _RANK and stored.shape[2] == _RGBA:
            alpha: Array = stored[..., -1]
            opaque = 255 if alpha.dtype == np.uint8 else 65_535
            return np.asarray(alpha == opaque, np.uint8)
    return np.ones(shape, np.uint8)


@dataclass(frozen=True, slots=True)
class Shards:
    """Examples on disk: files of `SHARD_SIZE` examples each, written once."""

    folder: Path

    def paths(self, count: int) -> list[Path]:
        """Files of the first `count` examples, in order."""
        return [self._path(n) for n in range(-(-count // SHARD_SIZE))]

    def fill(
        self, maker: Maker, count: int, pool: Executor, advance: Advance
    ) -> list[Path]:
        """Make the shards that are missing, up to `count` examples.

        `advance` is told of the megapixels of each shard that stands.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        paths = self.paths(count)
        missing = [n for n, path in enumerate(paths) if not path.exists()]
        height, width, _ = maker.shape
        mpx = SHARD_SIZE * height * width / 1e6
        advance(mpx * (len(paths) - len(missing)))
        tasks = [_ShardTask(self, maker, n) for n in missing]
        run_tasks(pool, "examples", _write_shard, tasks, lambda _t, _r: advance(mpx))
        return paths

    def _path(self, number: int) -> Path:
        return self.folder / f"examples-{number:05d}.npy"

    def write(self, maker: Maker, number: int) -> None:
        """Make one shard: (16, H, W, planes) uint8."""
        made = np.empty((SHARD_SIZE, *maker.shape), np.uint8)
        for i in range(SHARD_SIZE):
            made[i] = maker.packed(number * SHARD_SIZE + i)
        path = self._path(number)
        partial = path.with_suffix(".part")
        with partial.open("wb") as file:
            np.save(file, made)
        partial.replace(path)


@dataclass(frozen=True, slots=True)
class _ShardTask:
    shards: Shards
    maker: Maker
    number: int


def _write_shard(task: _ShardTask) -> None:
    task.shards.write(task.maker, task.number)

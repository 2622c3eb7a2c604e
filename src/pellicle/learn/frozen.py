# SPDX-License-Identifier: Apache-2.0
"""The frozen test set: aged crops of paintings that training never sees.

Job: the same crops with the same damage, made on the fly from a folder of paintings.
Not here: damage itself (`ageing`), methods and figures (`surveys.py`, `evaluation.py`).

Two crops of each painting, in order of file name. Kinds and contrasts follow from a
crop's number by the tables below, all else from its seed. Raise `FROZEN_VERSION` when a
table changes; a change of `ageing` shows in `fingerprint_of`. Figures of two runs may
be compared only where both agree.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from pellicle.colour.srgb import srgb_curve
from pellicle.errors import CorruptScanError, WorksMissingError
from pellicle.learn.ageing.age import age
from pellicle.learn.ageing.recipe import Kind, Recipe
from pellicle.learn.corpus import SUFFIXES
from pellicle.learn.examples import SRGB_LINEAR
from pellicle.learn.sound import SoundPaint, sound_paint
from pellicle.model.arrays import Array, Colour, Labels, Samples
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize

FROZEN_VERSION = 1
FROZEN_PPI = 300.0
CROP_PX = 1280
MARGIN = 0.12
"""Part left out at each side of a photograph: frames and backdrops are there."""

PLACES = ((0.0, 0.1), (1.0, 0.9))
"""Where the crops of a painting lie, as parts (down, across) of the room there is."""

_SEED = 20_261_125
_LEAST_PX = 256
_FULL = 65_535


class ContrastGroup(StrEnum):
    """How plain the damage of a crop is."""

    EASY = "easy"
    MEDIUM = "medium"
    FAINT = "faint"


CONTRASTS_L: Mapping[ContrastGroup, Mapping[Kind, float]] = MappingProxyType(
    {
        ContrastGroup.EASY: {
            Kind.DISTRACTORS: 15.0,
            Kind.ABRASION: 20.0,
            Kind.CRAQUELURE: 26.0,
            Kind.LOSS: 40.0,
            Kind.SCRATCHES: 28.0,
            Kind.SPLIT: 34.0,
            Kind.DEPOSITS: 10.0,
            Kind.VARNISH: 8.0,
        },
        ContrastGroup.MEDIUM: {
            Kind.DISTRACTORS: 15.0,
            Kind.ABRASION: 13.0,
            Kind.CRAQUELURE: 16.0,
            Kind.LOSS: 24.0,
            Kind.SCRATCHES: 16.0,
            Kind.SPLIT: 24.0,
            Kind.DEPOSITS: 10.0,
            Kind.VARNISH: 8.0,
        },
        ContrastGroup.FAINT: {
            Kind.DISTRACTORS: 15.0,
            Kind.ABRASION: 8.0,
            Kind.CRAQUELURE: 9.0,
            Kind.LOSS: 12.5,
            Kind.SCRATCHES: 9.0,
            Kind.SPLIT: 14.0,
            Kind.DEPOSITS: 10.0,
            Kind.VARNISH: 8.0,
        },
    }
)
"""|ΔL*| from the paint nearby, chosen once and whatever training draws: plain to all,
plain on a second look, and at the limit of what is seen on restless paint. What is no
damage is equally plain in all groups."""

KINDS: tuple[tuple[Kind, ...], ...] = (
    (Kind.CRAQUELURE, Kind.LOSS),
    (Kind.ABRASION, Kind.LOSS, Kind.SCRATCHES),
    (Kind.CRAQUELURE, Kind.SPLIT),
    (Kind.ABRASION, Kind.CRAQUELURE, Kind.LOSS, Kind.SPLIT, Kind.VARNISH),
    (Kind.ABRASION, Kind.LOSS, Kind.SPLIT, Kind.SCRATCHES, Kind.DEPOSITS),
)
"""What is on a crop besides distractors; crop n takes the list n mod 5."""


@dataclass(frozen=True, slots=True, eq=False)
class FrozenCrop:
    """One crop of the test set.

    Attributes
    ----------
    name
        Painting and number, such as `p007-1`.
    samples
        (H, W, 3) uint16, sRGB.
    truth
        (H, W) uint8 `DamageClass`, of drawn damage only.
    sound
        Where the painting had no real damage before.
    pixel_size
        As if the photograph were a scan at 300 ppi.
    group
        How plain the damage is.
    kinds
        What it is.
    """

    name: str
    samples: Samples
    truth: Labels
    sound: SoundPaint
    pixel_size: PixelSize
    group: ContrastGroup
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class FrozenSet:
    """Crops of the paintings of a folder, made when asked for.

    Attributes
    ----------
    paths
        Photographs of paintings.
    crop_px
        Side of a crop; smaller only in tests.
    """

    paths: tuple[Path, ...]
    crop_px: int = CROP_PX

    @classmethod
    def of(cls, works: Path, crop_px: int = CROP_PX) -> "FrozenSet":
        """Set of the pictures of a folder, in order of their names.

        Raises
        ------
        WorksMissingError
            If it holds none.
        """
        return cls(paintings_in(works), crop_px)

    def __len__(self) -> int:
        return len(PLACES) * len(self.paths)

    def crop(self, number: int) -> FrozenCrop:
        """Crop `number`, from 0; about 2 s at full size."""
        path = self.painting(number)
        picture = read_painting(path)
        window = self.window(number, picture.shape[:2])
        group = tuple(ContrastGroup)[number % len(ContrastGroup)]
        kinds = KINDS[number % len(KINDS)]
        recipe = Recipe(
            kinds=(Kind.DISTRACTORS, *kinds), contrasts_l=CONTRASTS_L[group]
        )
        pixel_size = PixelSize.from_ppi(FROZEN_PPI)
        rng = np.random.default_rng([_SEED, FROZEN_VERSION, number])
        crop = np.ascontiguousarray(picture[window.slices])
        aged = age(SRGB_LINEAR[crop], pixel_size, recipe, rng)
        return FrozenCrop(
            f"{path.stem}-{number % len(PLACES) + 1}",
            srgb_encoded_16(aged.rgb_linear),
            aged.labels,
            sound_paint(path.stem, picture.shape[:2]).part(window),
            pixel_size,
            group,
            kinds,
        )

    def painting(self, number: int) -> Path:
        """What crop `number` is cut from."""
        return self.paths[number // len(PLACES)]

    def window(self, number: int, shape: Sequence[int]) -> Window:
        """Where crop `number` lies on its painting of (height, width)."""
        return _window(shape, PLACES[number % len(PLACES)], self.crop_px)

    def spread(self, count: int) -> list[int]:
        """Numbers of at most `count` crops, spread evenly over the set."""
        if count >= len(self):
            return list(range(len(self)))
        return [int(n) for n in np.linspace(0, len(self) - 1, count).round()]


def fingerprint_of(digests: Iterable[bytes]) -> str:
    """16 hex digits of the digests of crops, in order."""
    digest = hashlib.sha256(f"{FROZEN_VERSION}".encode())
    for one in digests:
        digest.update(one)
    return digest.hexdigest()[:16]


def crop_digest(crop: FrozenCrop) -> bytes:
    """SHA-256 of the samples and truth of one crop."""
    digest = hashlib.sha256(crop.name.encode())
    digest.update(np.ascontiguousarray(crop.samples).tobytes())
    digest.update(np.ascontiguousarray(crop.truth).tobytes())
    return digest.digest()


def paintings_in(works: Path) -> tuple[Path, ...]:
    """Pictures of a folder, in order of their names.

    Raises
    ------
    WorksMissingError
        If there is none.
    """
    files = sorted(works.iterdir()) if works.is_dir() else []
    found = tuple(path for path in files if path.suffix.lower() in SUFFIXES)
    if not found:
        raise WorksMissingError(str(works), 0, _LEAST_PX, _LEAST_PX)
    return found


def read_painting(path: Path) -> Samples:
    """(H, W, 3) uint8 sRGB of a photograph.

    Raises
    ------
    CorruptScanError
        If it cannot be decoded.
    """
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise CorruptScanError(str(path), "it cannot be decoded")
    picture: Array = np.ascontiguousarray(bgr[..., ::-1])
    return picture


def srgb_encoded_16(rgb_linear: Colour) -> Samples:
    """(…, 3) uint16 sRGB of linear light (IEC 61966-2-1)."""
    encoded = srgb_curve(np.clip(rgb_linear, 0, 1))
    samples: Samples = np.rint(_FULL * encoded).astype(np.uint16)
    return samples


def _window(shape: Sequence[int], place: tuple[float, float], side_px: int) -> Window:
    """Square (or what there is room for) at a relative place inside the margins."""
    starts, sides = [], []
    for length, part in zip(shape, place, strict=True):
        low, high = round(MARGIN * length), round((1 - MARGIN) * length)
        side = min(side_px, high - low)
        starts.append(low + round(part * (high - low - side)))
        sides.append(side)
    return Window(starts[0], starts[1], starts[0] + sides[0], starts[1] + sides[1])

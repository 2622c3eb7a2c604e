# SPDX-License-Identifier: Apache-2.0
"""The frozen set for infill: damaged crops of paintings that training never sees.

Job: the same crops with the same damage, made on the fly from a folder of paintings.
Not here: damage itself (`infill_damage.py`), methods and figures (`workflow`).

Photographs are halved first: at full size they hold little that is finer. The mean of
four 8-bit samples is kept at 16 bits, so that a method that works at 16 bits may show
it. One crop of each painting and class, at a place drawn for it; for patterned areas,
up to three places that `pattern_search` finds. Raise `INFILL_FROZEN_VERSION` when
anything here changes.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pellicle.io.icc import scan_encoding
from pellicle.learn.ageing.scene import Scene
from pellicle.learn.examples import SRGB_LINEAR
from pellicle.learn.frozen import paintings_in, read_painting, srgb_encoded_16
from pellicle.learn.infill_damage import InfillClass, draw_infill_damage
from pellicle.learn.pattern_search import find_patterns
from pellicle.learn.sound import drawn_works, sound_paint
from pellicle.model.arrays import Array, Colour, Mask, Samples
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize

INFILL_FROZEN_VERSION = 1
INFILL_PPI = 150.0
"""Half of the 300 ppi that photographs of paintings are taken to be captured at."""

INFILL_CROP_PX = 768
PATTERNED_CROP_PX = 384
PATTERNS_A_PAINTING = 3
LEAST_CROP_PX = 96

_SEED = 20_261_126
_MARGIN = 0.06
_LEAST_SOUND = 0.5
_TRIES = 60
_FOUR_TO_16 = 257


@dataclass(frozen=True, slots=True, eq=False)
class InfillCrop:
    """One damaged crop.

    Attributes
    ----------
    name
        Painting, class and number, such as `p007-large-1`.
    kind
        Class of its damage.
    truth, damaged
        (H, W, 3) uint16 sRGB; equal outside `mask`.
    mask
        (H, W) bool, what is to be infilled.
    """

    name: str
    kind: InfillClass
    truth: Samples
    damaged: Samples
    mask: Mask

    def digest(self) -> bytes:
        """SHA-256 of all of it."""
        digest = hashlib.sha256(self.name.encode())
        for part in (self.truth, self.damaged, self.mask):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.digest()


@dataclass(frozen=True, slots=True)
class InfillSet:
    """Crops of the paintings of a folder, made when asked for.

    Attributes
    ----------
    paths
        Photographs of paintings.
    crop_px
        Side of a crop; smaller only in tests.
    """

    paths: tuple[Path, ...]
    crop_px: int = INFILL_CROP_PX

    @classmethod
    def of(cls, works: Path, paintings: int | None = None) -> "InfillSet":
        """Set of the pictures of a folder, in order of their names.

        Parameters
        ----------
        works
            Folder.
        paintings
            At most so many, spread evenly; None takes all.

        Raises
        ------
        WorksMissingError
            If it holds none.
        """
        paths = paintings_in(works)
        if paintings is not None and paintings < len(paths):
            spread = np.linspace(0, len(paths) - 1, paintings).round()
            paths = tuple(paths[int(number)] for number in spread)
        return cls(paths)

    def crops(self, path: Path, kind: InfillClass) -> Iterator[InfillCrop]:
        """Crops of one painting and class: one, none, or up to three.

        None where the painting has no patterned area, or no room for the damage.
        What is drawn follows from the file's name, so that it is the same whatever
        else is in the folder.
        """
        painting = _halved(read_painting(path))
        sound = _sound(path.stem, painting.shape[:2])
        own = [_SEED, INFILL_FROZEN_VERSION, list(InfillClass).index(kind)]
        name = int.from_bytes(hashlib.sha256(path.stem.encode()).digest()[:4], "big")
        rng = np.random.default_rng([*own, name])
        side_px = min(self.crop_px, *painting.shape[:2])
        if kind is not InfillClass.PATTERNED:
            window = _place(sound, side_px, rng)
            yield from _drawn(
                f"{path.stem}-{kind}-1", kind, painting, sound, window, rng
            )
            return
        lab = scan_encoding(None, 3).lab_d50(painting)
        places = find_patterns(
            np.ascontiguousarray(lab[..., 0]), sound, PATTERNS_A_PAINTING
        )
        side_px = min(side_px, PATTERNED_CROP_PX)
        for number, place in enumerate(places, start=1):
            window = _about(place.row, place.column, side_px, painting.shape[:2])
            yield from _drawn(
                f"{path.stem}-{kind}-{number}",
                kind,
                painting,
                sound,
                window,
                rng,
                (place.row - window.top, place.column - window.left),
            )


def infill_fingerprint(digests: Iterable[bytes]) -> str:
    """16 hex digits of the digests of crops, in order."""
    digest = hashlib.sha256(f"infill {INFILL_FROZEN_VERSION}".encode())
    for one in digests:
        digest.update(one)
    return digest.hexdigest()[:16]


def _halved(picture: Samples) -> Samples:
    """(H/2, W/2, 3) uint16, means of 2 x 2 samples of 8 bits."""
    height, width = (side // 2 for side in picture.shape[:2])
    even = picture[: 2 * height, : 2 * width].astype(np.uint32)
    sums: Array = even.reshape(height, 2, width, 2, -1).sum(axis=(1, 3))
    mean: Samples = ((sums * _FOUR_TO_16 + 2) // 4).astype(np.uint16)
    return mean


def _sound(name: str, shape: tuple[int, int]) -> Mask:
    """Paint of which the truth is known; inside a margin where nobody has looked."""
    if name in drawn_works():
        return sound_paint(name, shape).of_damage
    sound = np.zeros(shape, np.bool_)
    rows, columns = (
        slice(round(_MARGIN * side), round((1 - _MARGIN) * side)) for side in shape
    )
    sound[rows, columns] = True
    return sound


def _place(sound: Mask, side_px: int, rng: np.random.Generator) -> Window:
    """A square at random, of which at least half is sound paint."""
    height, width = sound.shape
    best = Window(0, 0, side_px, side_px)
    most = -1.0
    for _ in range(_TRIES):
        top = int(rng.integers(height - side_px + 1))
        left = int(rng.integers(width - side_px + 1))
        window = Window(top, left, top + side_px, left + side_px)
        share = float(sound[window.slices].mean())
        if share > most:
            best, most = window, share
        if share >= _LEAST_SOUND:
            break
    return best


def _about(row: int, column: int, side_px: int, shape: tuple[int, int]) -> Window:
    top, left = (
        max(0, min(middle - side_px // 2, side - side_px))
        for middle, side in zip((row, column), shape, strict=True)
    )
    return Window(top, left, top + side_px, left + side_px)


def _drawn(  # noqa: PLR0913, PLR0917 -- the painting, and what is drawn where
    name: str,
    kind: InfillClass,
    painting: Samples,
    sound: Mask,
    window: Window,
    rng: np.random.Generator,
    at: tuple[int, int] | None = None,
) -> Iterator[InfillCrop]:
    truth: Array = np.ascontiguousarray(painting[window.slices])
    scene = Scene.of(_linear(truth), PixelSize.from_ppi(INFILL_PPI))
    inside = sound[window.slices]
    drawn = draw_infill_damage(kind, scene, inside, rng, at)
    if not drawn.mask.any():
        return
    damaged: Array = truth.copy()
    damaged[drawn.mask] = srgb_encoded_16(drawn.rgb_linear[drawn.mask])
    yield InfillCrop(name, kind, truth, damaged, drawn.mask)


def _linear(samples: Samples) -> Colour:
    """Linear light of 16-bit sRGB, between the entries of the 8-bit table."""
    at = samples.astype(np.float32) / np.float32(_FOUR_TO_16)
    light = np.interp(at, np.arange(len(SRGB_LINEAR)), SRGB_LINEAR)
    return np.asarray(light, np.float32)

# SPDX-License-Identifier: Apache-2.0
"""Examples to learn from, of what persons corrected in treatments.

Job: squares at the working scale about corrected places, and what each pixel of them
is taught as.
Not here: which places these are (`corrections.py`), training (`learn`).

Most of a map is the networks' own, and nobody has checked it. Taught as the truth it
would confirm them in their mistakes: all that nobody has said anything of is
`NOT_TAUGHT`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pellicle.colour.convert import linear_map
from pellicle.colour.srgb import SRGB_FROM_REC2020
from pellicle.errors import NothingCorrectedError
from pellicle.learn.condition_training import Corrections
from pellicle.learn.evaluation import distance_to
from pellicle.learn.examples import SIDE_PX, srgb_encoded
from pellicle.learn.networks import CLASSES
from pellicle.learn.taught import NOT_TAUGHT
from pellicle.model.arrays import Array, Labels
from pellicle.model.condition import NO_DAMAGE, DamageClass
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.scaling import block_means, over, times
from pellicle.stages.condition.network import working_factor, working_raster
from pellicle.treatment.folder import Treatment
from pellicle.workflow.corrections import (
    CorrectedPlaces,
    Correction,
    corrected_places,
)
from pellicle.workflow.regions import out_of_bounds
from pellicle.workflow.scan import ScanInUse

RIM_UM = 1000.0
"""How far about an outline a person saw when drawing or approving it."""
_SHARD = "corrected-{:05d}.npy"


def corrected_examples(treatments: Sequence[Path], folder: Path) -> Corrections:
    """Write a file of examples for each treatment in which something was corrected.

    Raises
    ------
    NothingCorrectedError
        If nothing was, in any of them.
    """
    shards, names, regions = [], [], Counter[str]()
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(treatments):
        squares = TaughtSquares(corrected_places(Treatment.open(path)))
        if not squares.windows:
            continue
        shards.append(folder / _SHARD.format(number))
        squares.write(shards[-1])
        names.append(path.resolve().name)
        regions.update(squares.counts())
    if not shards:
        raise NothingCorrectedError(", ".join(map(str, treatments)))
    ordered = {name: regions[name] for name in _names() if regions[name]}
    return Corrections(tuple(shards), tuple(names), ordered)


def _names() -> list[str]:
    return [NO_DAMAGE, *(DamageClass(k).label for k in range(1, CLASSES))]


class TaughtSquares:
    """Squares of one treatment in which something is taught.

    Attributes
    ----------
    windows
        Where they are, in pixels of the working scale.
    """

    def __init__(self, corrected: CorrectedPlaces) -> None:
        self._corrected = corrected
        self._factor = working_factor(corrected.scan.raster.pixel_size)
        self._working = working_raster(corrected.scan.raster, self._factor)
        self._rim_px = self._working.pixel_size.px(RIM_UM)
        standing = len(corrected.regions.condition.regions)
        self._class_of = np.full(standing + 1, NOT_TAUGHT, np.uint8)
        self._outlined = np.zeros(standing + 1, np.bool_)
        self._undone = np.zeros(len(corrected.before.condition.regions) + 1, np.bool_)
        self._undone[list(corrected.undone)] = True
        for place in corrected.places:
            if place.kind is Correction.REMOVED:
                continue
            self._outlined[place.number] = place.outlined
            if place.damage_class < CLASSES:
                self._class_of[place.number] = place.damage_class
        self.windows = tuple(
            window
            for window in self._about_places()
            if (self.labels(window) != NOT_TAUGHT).any()
        )

    def counts(self) -> dict[str, int]:
        """Regions learnt from, by the name of their class."""
        known = [one for one in self._corrected.places if one.damage_class < CLASSES]
        names = _names()
        return dict(Counter(names[one.damage_class] for one in known))

    def write(self, path: Path) -> None:
        """Write all examples: (N, 640, 640, 4) uint8, sRGB and label."""
        partial = path.with_suffix(".part")
        shape = len(self.windows), SIDE_PX, SIDE_PX, 4
        made = np.lib.format.open_memmap(partial, "w+", np.uint8, shape)
        for into, window in zip(made, self.windows, strict=True):
            into[:] = self._example(window)
        made.flush()
        del made
        partial.replace(path)

    def labels(self, window: Window) -> Labels:
        """(h, w) uint8 of a window of the working scale: a class, or `NOT_TAUGHT`.

        A region that a person corrected or approved is its class; one of a class that
        the networks do not know is not taught, since it is not sound either. Where a
        region was that a person took off, or drew anew elsewhere, it is sound.

        About an outline that a person drew or approved, what is not mapped is sound as
        far as `RIM_UM`: whoever says where damage ends has looked at both sides of its
        edge, and networks must learn where to stop. Not so where a person only named
        what lies inside, or took a region off: then nobody has said that its edge is
        right, and damage may go on beyond it. Other regions in the rim are the
        networks' own, and say nothing; nor does what is no painting, or protected.
        """
        scan = self._corrected.scan
        wide = times(window, self._factor).within(scan.raster.window)
        numbers = self._sampled(self._corrected.regions.numbers.read(wide), window)
        before = self._sampled(self._corrected.before.numbers.read(wide), window)
        labels: Labels = self._class_of[numbers]
        near = distance_to(self._outlined[numbers]) <= self._rim_px
        unmapped = (numbers == 0) & ~self._sampled(out_of_bounds(scan, wide), window)
        sound = unmapped & (near | self._undone[before])
        labels[sound] = DamageClass.UNMAPPED
        return labels

    def _sampled(self, plane: Array, window: Window) -> Array:
        """Middles of blocks; of blocks cut by the edge, those before them."""
        factor, middle = self._factor, self._factor // 2
        found = plane[middle::factor, middle::factor]
        below, beside = (
            whole - side for whole, side in zip(window.shape, found.shape, strict=True)
        )
        return np.pad(found, ((0, below), (0, beside)), mode="edge")

    def _example(self, window: Window) -> Array:
        rgb = working_rgb(self._corrected.scan, window, self._factor)
        example = np.dstack([rgb, self.labels(window)])
        below, beside = SIDE_PX - example.shape[0], SIDE_PX - example.shape[1]
        return np.pad(example, ((0, below), (0, beside), (0, 0)), mode="symmetric")

    def _about_places(self) -> Iterator[Window]:
        """Squares that hold the places, with as much about each as there is.

        What lies in the inner half of a square needs none of its own, and what is
        larger gets several.
        """
        inner: list[Window] = []
        for place in self._corrected.places:
            window = over(place.window, self._factor)
            if any(window.within(one) == window for one in inner):
                continue
            for part in _parts(window):
                square = _square(part, self._working)
                yield square
                inner.append(_inner(square, self._working))


def working_rgb(scan: ScanInUse, window: Window, factor: int) -> Array:
    """(h, w, 3) uint8 sRGB of a window of the working scale."""
    wide = times(window, factor).within(scan.raster.window)
    samples = block_means(scan.samples.read(wide), factor)
    light = linear_map(scan.encoding.linear(samples), SRGB_FROM_REC2020)
    return srgb_encoded(light)


def _parts(window: Window) -> Iterator[Window]:
    """The window, or parts of it no larger than an example."""
    for top in range(window.top, window.bottom, SIDE_PX):
        for left in range(window.left, window.right, SIDE_PX):
            yield Window(top, left, top + SIDE_PX, left + SIDE_PX).within(window)


def _inner(square: Window, working: RasterSpec) -> Window:
    """Where there is as much about a place as there can be."""
    margin, whole = SIDE_PX // 4, working.window
    return Window(
        square.top + margin * (square.top > whole.top),
        square.left + margin * (square.left > whole.left),
        square.bottom - margin * (square.bottom < whole.bottom),
        square.right - margin * (square.right < whole.right),
    )


def _square(about: Window, working: RasterSpec) -> Window:
    """Square of `SIDE_PX` about a place, inside a raster where that is large enough."""
    middle = (about.top + about.bottom) // 2, (about.left + about.right) // 2
    top, left = (
        max(0, min(at - SIDE_PX // 2, side - SIDE_PX))
        for at, side in zip(middle, working.shape, strict=True)
    )
    return Window(top, left, top + SIDE_PX, left + SIDE_PX).within(working.window)

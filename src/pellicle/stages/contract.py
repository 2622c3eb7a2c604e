# SPDX-License-Identifier: Apache-2.0
"""What a stage is: a frozen value whose fields are its settings.

Job: the three kinds of stage and what they promise.
Not here: running them on tiles, in workers, with resume (`engine`).

One declaration of a field gives the command-line option, the cache key and the line in
the record. Heavy immutable values (a sampled colour profile) may be fields too; they
serialise as their hash, so the cache key stays small and exact.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from pellicle.model.arrays import Array, Labels, Mask, Offsets, Samples
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize


class Stage(BaseModel, ABC):
    """A step of the treatment. Equal settings and inputs give equal results."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: ClassVar[str]
    version: ClassVar[int]
    consumes: ClassVar[tuple[ArtefactKind, ...]]
    produces: ClassVar[ArtefactKind]

    def settings(self) -> dict[str, Any]:
        """Settings as JSON values; part of the run's identity and of the record."""
        return self.model_dump(mode="json")


class TileStage(Stage):
    """Pixels in, pixels out.

    Running it on tiles read with `halo_px` pixels of context (cut at the raster's
    edges) gives exactly the result of running it on the whole raster.
    """

    @abstractmethod
    def halo_px(self, pixel_size: PixelSize) -> int:
        """Pixels of context needed around a tile."""

    @abstractmethod
    def run_tile(
        self,
        tiles: Mapping[ArtefactKind, Array],
        pixel_size: PixelSize,
        window: Window,
    ) -> Array:
        """Transform one tile, context included. Same height and width in and out.

        `window` is where the tile, with its context, lies in the raster.
        """


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceView:
    """What a reference image shows around one window of the scan.

    Attributes
    ----------
    pixels
        (h, w, C) float32 in the reference's own geometry, in the painting's colours,
        encoded as the scan; one channel for lightness alone.
    places
        (H, W, 2) float32: x and y in `pixels`, from their corner, of the centre of each
        pixel of the window.
    gain, offset
        (H, W, C) float32, to be applied to what is taken from `pixels`.
    blur_px
        Blur, in pixels of the scan, that makes it as coarse as the scan; 0 for none.
    by_points
        Whether a person said how it lies: then it is used even where it shows something
        else than the scan does.
    """

    pixels: Array
    places: Array
    gain: Array
    offset: Array
    blur_px: float
    by_points: bool = False


class ReferencePicture(Protocol):
    """A reference image that lies on the scan."""

    def view(self, window: Window) -> ReferenceView | None:
        """What it shows around a window of the scan; None if nothing."""
        ...


@dataclass(frozen=True, slots=True)
class RegionWindow:
    """Everything a region stage may look at.

    Attributes
    ----------
    window
        Where the window lies in the scan.
    samples
        (H, W, 1 or 3) uint8 or uint16 scan samples of the window.
    target
        (H, W) bool: the pixels to infill now.
    known
        (H, W) bool: intact paint, the only pixels that may be read as evidence.
        Disjoint from `target`; pixels in neither are damaged or not painting.
    pixel_size
        Of the scan.
    method
        (H, W) uint8: 0 the stage chooses; 1 diffusion; 2 patches; 3 reference, asked
        for by a person.
    references
        Reference images that match, in the order they were given.
    """

    window: Window
    samples: Samples
    target: Mask
    known: Mask
    pixel_size: PixelSize
    method: Labels
    references: tuple[ReferencePicture, ...] = ()


@dataclass(frozen=True, slots=True)
class RegionResult:
    """Infill of one window.

    Attributes
    ----------
    samples
        Like the window's; equal to it outside `filled`.
    filled
        (H, W) bool, part of the window's `target`: pixels that have a new colour.
        What is left out could not be infilled.
    evidence
        (H, W) uint8 `EvidenceGrade`; 0 outside `filled`.
    offsets
        (H, W, 2) int16: rows and columns from a copied pixel to the pixel it was copied
        from, 0 elsewhere. None if nothing was copied.
    reference
        (H, W) uint8: which of the window's references, counted from 1, a pixel was
        taken from; 0 for none. None if none was used.
    """

    samples: Samples
    filled: Mask
    evidence: Labels
    offsets: Offsets | None = None
    reference: Labels | None = None


class RegionStage(Stage):
    """Works on one window at a time: a place to infill and its context."""

    @abstractmethod
    def context_px(self, target: Window, pixel_size: PixelSize) -> int:
        """Pixels of context needed around the bounding window of a place."""

    @abstractmethod
    def run_region(self, region: RegionWindow) -> RegionResult:
        """Infill the window's target pixels."""


class WholeStage(Stage):
    """Small data, or one pyramid level."""

    @abstractmethod
    def run(self, inputs: Mapping[ArtefactKind, Any]) -> Any:
        """Compute the value."""

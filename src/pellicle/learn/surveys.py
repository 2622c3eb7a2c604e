# SPDX-License-Identifier: Apache-2.0
"""Ways of mapping damage, run over a scan that is in memory.

Job: ours by networks and the classical stage, as the product runs them, tile by tile;
two plain crack detectors beside them.
Not here: what they are run on (`frozen.py`), how well they do (`evaluation.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from skimage.filters import sato

from pellicle.colour.encoding import ScanEncoding
from pellicle.engine.overview import overview
from pellicle.engine.readers import (
    Enlarged,
    InBlocks,
    PlaneReader,
    Reduced,
    Repeated,
)
from pellicle.engine.tiles import TILE_PX, TileTask, run_tile_task
from pellicle.io.icc import scan_encoding
from pellicle.io.weights_file import ConditionWeights
from pellicle.model.arrays import Array, Labels, Mask, Plane, Samples
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.raster.regions import RegionJoiner, RegionShapes
from pellicle.raster.scaling import block_means
from pellicle.stages.condition.classical.classify import classify
from pellicle.stages.condition.classical.coarse import CoarseCondition
from pellicle.stages.condition.classical.evidence import Overview, overview_factor
from pellicle.stages.condition.classical.fine import FineCondition
from pellicle.stages.condition.joint import Backing, believed, joint_evidence
from pellicle.stages.condition.mapping import MapCondition, mapped_classes
from pellicle.stages.condition.network import (
    CONTEXT_CHANNELS,
    CONTEXT_STEP,
    EVIDENCE_CLASSES,
    ContextCondition,
    DetailCondition,
    working_factor,
    working_raster,
)
from pellicle.stages.contract import TileStage

CONTEXT_TILE_PX = 512

RIDGE_SCALES_UM = (85.0, 170.0)
"""Standard deviations of the ridge filter's Gaussians; never under one pixel."""

RIDGE_LEAST_L = 2.0
"""Response, in L* at unit scale, from which the ridge filter calls a pixel a crack."""

HAT_UM = 600.0
"""Diameter of the top-hat's disc: wider than any crack."""

HAT_LEAST_L = 8.0
"""Height, in L*, from which the top-hat calls a pixel a crack."""

SHORTEST_UM = 1_000.0
"""Extent of the shortest crack the plain detectors keep, the same as ours."""

_HALO_PX = 32
_SURE_CRACK = np.array([DamageClass.CRAQUELURE, 255], np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class ScanInMemory:
    """A scan that is not on disk.

    Attributes
    ----------
    samples
        (H, W, 1 or 3) uint8 or uint16.
    pixel_size
        On the painting.
    encoding
        What the samples mean.
    """

    samples: Samples
    pixel_size: PixelSize
    encoding: ScanEncoding

    @classmethod
    def srgb(cls, samples: Samples, pixel_size: PixelSize) -> "ScanInMemory":
        """Scan whose samples are sRGB, or grey with the curve of sRGB."""
        return cls(samples, pixel_size, scan_encoding(None, samples.shape[2]))

    @property
    def raster(self) -> RasterSpec:
        """Size in pixels and on the painting."""
        height, width = self.samples.shape[:2]
        return RasterSpec(height, width, self.pixel_size)


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What a method found.

    Attributes
    ----------
    labels
        (H, W) uint8 `DamageClass`.
    confidence
        (H, W) uint8, 255 is certain; 0 where nothing was mapped.
    evidence
        (H, W, 4) uint8 probabilities of `DamageClass` 1 to 4; None for methods
        without.
    """

    labels: Labels
    confidence: Labels
    evidence: Array | None = None


class SurveyMethod(Protocol):
    """A way of mapping damage.

    Attributes
    ----------
    name
        As printed.
    cracks_only
        It knows craquelure and nothing else.
    """

    @property
    def name(self) -> str:
        """As printed."""
        ...

    @property
    def cracks_only(self) -> bool:
        """It knows craquelure and nothing else."""
        ...

    def survey(self, scan: ScanInMemory) -> Survey:
        """Map a scan."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _InMemory:
    pixels: Array

    def read(self, window: Window) -> Array:
        return self.pixels[window.slices].copy()


def _tiled(
    stage: TileStage,
    inputs: Mapping[ArtefactKind, PlaneReader],
    raster: RasterSpec,
    bands: int,
    tile_px: int = TILE_PX,
) -> Array:
    """(H, W, bands) uint8 of a tile stage over a raster."""
    made = np.zeros((*raster.shape, bands), np.uint8)
    for window in raster.tiles(tile_px):
        tile = run_tile_task(TileTask(stage, inputs, raster, window, None))
        if tile is not None:
            made[window.slices] = tile
    return made


def _joined(found: Array, raster: RasterSpec) -> tuple[RegionShapes, Array]:
    """Regions of (H, W, 2) labels and confidence, and the number of each pixel."""
    joiner = RegionJoiner(raster.shape, TILE_PX)
    numbers = np.zeros(raster.shape, np.uint32)
    for window in raster.tiles(TILE_PX):
        tile = np.ascontiguousarray(found[window.slices])
        labels, confidence = (np.ascontiguousarray(tile[..., k]) for k in (0, 1))
        numbers[window.slices] = joiner.add(window, labels, confidence)
    shapes, final = joiner.finish()
    return shapes, final[numbers]


def _mapped(
    classes: Array, numbers: Array, found: Array, evidence: Array | None
) -> Survey:
    labels = classes[numbers]
    confidence = np.where(labels > 0, found[..., 1], 0).astype(np.uint8)
    return Survey(labels, confidence, evidence)


@dataclass(frozen=True, slots=True, eq=False)
class Filtered:
    """Regions that filters found.

    Attributes
    ----------
    found
        (H, W, 2) uint8, candidates and their confidence.
    numbers
        (H, W) uint32, region numbers.
    classes
        (n + 1,) uint8 `DamageClass` of each.
    """

    found: Array
    numbers: Array
    classes: Labels


@dataclass(frozen=True, slots=True, eq=False)
class NetworkSurvey:
    """The product's condition stage.

    Attributes
    ----------
    weights
        Its networks.
    stage
        Its settings.
    """

    weights: ConditionWeights
    stage: MapCondition
    name: str = "Pellicle"
    cracks_only: bool = False

    def survey(self, scan: ScanInMemory) -> Survey:
        """Map a scan by networks and filters, then by regions."""
        reduced = _working(scan)
        if _overview_of(reduced).featureless:
            nothing = np.zeros(scan.raster.shape, np.uint8)
            return Survey(
                nothing, nothing, np.zeros((*nothing.shape, EVIDENCE_CLASSES), np.uint8)
            )
        filtered = ClassicalSurvey().regions(reduced)
        factor = working_factor(scan.pixel_size)
        seen_by_networks = self.see(scan).pixels.read(
            working_raster(scan.raster, factor).window
        )
        backing = Backing(filtered.classes)
        backing.add(filtered.numbers, seen_by_networks)
        same = np.arange(len(filtered.classes), dtype=np.uint32)
        backed = backing.backed(same)[filtered.numbers]
        found_by_filters = believed(backed, filtered.found[..., 1])
        joint = joint_evidence(seen_by_networks, found_by_filters)
        evidence = Enlarged(_InMemory(joint), joint.shape[:2], factor)
        inputs = {ArtefactKind.CONDITION: evidence}
        found = _tiled(self.stage, inputs, scan.raster, 2)
        shapes, numbers = _joined(found, scan.raster)
        classes = mapped_classes(shapes, scan.pixel_size, self.stage)
        seen = evidence.read(scan.raster.window)
        return _mapped(classes, numbers, found, seen)

    def see(self, scan: ScanInMemory) -> Enlarged:
        """Run both networks; give the evidence at the scan's scale."""
        factor = working_factor(scan.pixel_size)
        working = working_raster(scan.raster, factor)
        around = working_raster(working, CONTEXT_STEP)
        reduced = Reduced(_InMemory(scan.samples), scan.raster.shape, factor)
        blocks = InBlocks(reduced, working.shape, CONTEXT_STEP)
        context = _tiled(
            ContextCondition(network=self.weights.context, scan=scan.encoding),
            {ArtefactKind.SCAN: blocks},
            around,
            CONTEXT_CHANNELS,
            CONTEXT_TILE_PX,
        )
        heard = Repeated(_InMemory(context), CONTEXT_STEP)
        evidence = _tiled(
            DetailCondition(network=self.weights.detail, scan=scan.encoding),
            {ArtefactKind.SCAN: reduced, ArtefactKind.CONTEXT: heard},
            working,
            EVIDENCE_CLASSES,
        )
        return Enlarged(_InMemory(evidence), working.shape, factor)


def _working(scan: ScanInMemory) -> ScanInMemory:
    """The scan reduced to the working scale."""
    factor = working_factor(scan.pixel_size)
    means = block_means(scan.samples, factor)
    return ScanInMemory(means, PixelSize(scan.pixel_size.um * factor), scan.encoding)


def _overview_of(scan: ScanInMemory) -> Overview:
    factor = overview_factor(scan.raster)
    means = np.rint(overview(_InMemory(scan.samples), scan.raster, factor))
    return Overview(
        lab_d50=scan.encoding.lab_d50(_like(means, scan.samples)),
        factor=factor,
        pixel_size=PixelSize(scan.pixel_size.um * factor),
    )


@dataclass(frozen=True, slots=True)
class ClassicalSurvey:
    """The former condition stage, without networks."""

    name: str = "classical stage"
    cracks_only: bool = False

    def survey(self, scan: ScanInMemory) -> Survey:
        """Look at the whole, then at tiles, then at regions."""
        one = self.regions(scan)
        return _mapped(one.classes, one.numbers, one.found, None)

    def regions(self, scan: ScanInMemory) -> Filtered:
        """The same, before it is a map."""
        samples = _InMemory(scan.samples)
        coarse = CoarseCondition().run({ArtefactKind.SCAN: _overview_of(scan)})
        fine = FineCondition(coarse=coarse, scan=scan.encoding)
        found = _tiled(fine, {ArtefactKind.SCAN: samples}, scan.raster, 2)
        shapes, numbers = _joined(found, scan.raster)
        return Filtered(found, numbers, classify(shapes, scan.pixel_size, fine))


@dataclass(frozen=True, slots=True)
class RidgeSurvey:
    """Cracks by a ridge filter at two scales, dark and light (Sato et al. 1998).

    References
    ----------
    doi:10.1016/S1361-8415(98)80009-1
    """

    name: str = "ridge filter"
    cracks_only: bool = True
    least_l: float = RIDGE_LEAST_L

    def survey(self, scan: ScanInMemory) -> Survey:
        """Threshold the response; drop what is short."""
        sigmas = [max(1.0, scan.pixel_size.px(um)) for um in RIDGE_SCALES_UM]
        return _survey_of_lines(
            scan, lambda lightness: _ridges(lightness, sigmas) >= self.least_l
        )


@dataclass(frozen=True, slots=True)
class TopHatSurvey:
    """Cracks by black and white top-hat."""

    name: str = "top-hat"
    cracks_only: bool = True
    least_l: float = HAT_LEAST_L

    def survey(self, scan: ScanInMemory) -> Survey:
        """Threshold the height of what a disc does not fit into; drop what is short."""
        side = max(3, 2 * round(scan.pixel_size.px(HAT_UM) / 2) + 1)
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))

        def found(lightness: Plane) -> Mask:
            hats = [
                cv2.morphologyEx(lightness, kind, disc)
                for kind in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT)
            ]
            return np.asarray(np.maximum(*hats) >= self.least_l)

        return _survey_of_lines(scan, found)


def _like(means: Array, samples: Samples) -> Samples:
    given: Any = means.astype(samples.dtype)
    as_samples: Samples = given
    return as_samples


def _ridges(lightness: Plane, sigmas: list[float]) -> Plane:
    both = [
        sato(lightness, sigmas, black_ridges=black, mode="nearest")  # type: ignore[no-untyped-call]
        for black in (True, False)
    ]
    return np.asarray(np.maximum(*both), np.float32)


def _survey_of_lines(scan: ScanInMemory, lines: Callable[[Plane], Mask]) -> Survey:
    raster = scan.raster
    found = np.zeros((*raster.shape, 2), np.uint8)
    for window in raster.tiles(TILE_PX):
        wide = window.expanded(_HALO_PX, raster.window)
        lab = scan.encoding.lab_d50(scan.samples[wide.slices])
        line = lines(np.ascontiguousarray(lab[..., 0]))
        inside = line[window.relative_to(wide).slices]
        found[window.slices] = np.where(inside[..., None], _SURE_CRACK, 0)
    shapes, numbers = _joined(found, raster)
    classes = np.zeros(len(shapes) + 1, np.uint8)
    for shape in shapes:
        extent_um = float(np.hypot(*shape.window.shape)) * scan.pixel_size.um
        if extent_um >= SHORTEST_UM:
            classes[shape.number] = DamageClass.CRAQUELURE
    return _mapped(classes, numbers, found, None)

# SPDX-License-Identifier: Apache-2.0
"""Fine half of the condition stage: every pixel of the scan, tile by tile.

Job: mark what may be damage, and how surely, from the tile and the coarse evidence.
Not here: the look at the whole painting (`coarse.py`); dropping what is too small,
too short or too restless to be damage, once regions are whole (`classify.py`).
Terms: a *candidate* is what a pixel may be, before its region is known.
"""

import math
from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar

import numpy as np
from pydantic import Field
from typing_extensions import override

from pellicle.colour.encoding import ScanEncoding
from pellicle.model.arrays import Array, Colour, Labels, Mask, Plane
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.condition.classical import losses, ridges, rims
from pellicle.stages.condition.classical.evidence import OTHER_LAYER, CoarseEvidence
from pellicle.stages.contract import TileStage

_QUIET_CONTRAST = 1.0
_RESTLESS_FACTOR = 2.5
_WEAK_PART = 0.5
_HELD_UM = 500.0
_FEWEST_STRONG_PX = 5
_RESTLESS_UM = 1_250.0
_STEPS_PER_L = 4
_PLACE_DE = 13.0
_BESIDE_UM = 250.0
_SPECK_DE = 10.0
_SPECK_BREAK_DE = 16.0
_SPECK_UM = (350.0, 700.0)
_WORN_UM = 1_250.0
_WORN_PART = 0.015
_SPLIT_UM = 1_200.0
_SPLIT_CONTRAST = 4.0
_OTHER_LAYER_CONFIDENCE = 150
_TOWARDS = 0.95
_RIM_UM = 250.0
_NARROWEST_RIM_PX = 2
_RIM_DE = 6.0
_POCKET_UM = 1_000.0
_POCKET_DE = 10.0
_RIM_CONFIDENCE = 128


class Candidate(IntEnum):
    """What a pixel may be; `classify` turns regions of these into damage classes."""

    NOTHING = 0
    GROUND = 16
    """Ground at a place the overview has seen."""
    SPECK = 17
    """Ground in a spot of its own."""
    WORN = 18
    """Amid many specks."""
    DARK_LINE = 19
    LIGHT_LINE = 20
    GROUND_LINE = 21
    """Light (or dark) line in the colour of a ground."""
    SPLIT_LINE = 22


class FineCondition(TileStage):
    """Stage: scan samples in; candidate and confidence of each pixel out.

    Gives (H, W, 2) uint8: `Candidate`, and confidence times 255.
    """

    name: ClassVar[str] = "condition-filters"
    version: ClassVar[int] = 1
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (ArtefactKind.SCAN,)
    produces: ClassVar[ArtefactKind] = ArtefactKind.CONDITION

    coarse: CoarseEvidence
    scan: ScanEncoding
    sensitivity: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="How faint a crack or scratch may be: 0 only the plainest, "
        "1 the faintest.",
    )
    widest_crack_um: float = Field(
        default=255.0,
        ge=40,
        le=800,
        description="Width of the widest crack of the paint, in micrometres.",
    )
    shortest_crack_mm: float = Field(
        default=3.0,
        ge=0,
        le=100,
        description="Extent of the shortest crack that is mapped, in millimetres.",
    )
    smallest_loss_mm2: float = Field(
        default=0.04,
        ge=0,
        le=100,
        description="Area of the smallest loss that is mapped, in square millimetres.",
    )
    smallest_abrasion_mm2: float = Field(
        default=4.0,
        ge=0,
        le=1000,
        description="Area of the smallest worn place that is mapped, in square "
        "millimetres.",
    )

    @override
    def halo_px(self, pixel_size: PixelSize) -> int:
        lines = ridges.reach_px(self._widest_px(pixel_size))
        lines += _whole_px(_RESTLESS_UM, pixel_size) + _whole_px(_HELD_UM, pixel_size)
        worn = _whole_px(_WORN_UM, pixel_size) + _whole_px(_SPECK_UM[-1], pixel_size)
        split = _whole_px(_SPLIT_UM, pixel_size)
        beside = _whole_px(_BESIDE_UM, pixel_size)
        rim = rims.halo_px(_rim_px(pixel_size), _pocket_px(pixel_size))
        return max(lines, worn, split, beside) + rim + 2

    def _widest_px(self, pixel_size: PixelSize) -> float:
        return max(1.0, pixel_size.px(self.widest_crack_um))

    @override
    def run_tile(
        self,
        tiles: Mapping[ArtefactKind, Array],
        pixel_size: PixelSize,
        window: Window,
    ) -> Array:
        lab = np.ascontiguousarray(self.scan.lab_d50(tiles[ArtefactKind.SCAN]))
        found = np.zeros((*window.shape, 2), np.uint8)
        lightness = np.ascontiguousarray(lab[..., 0])
        distances = [losses.distance_to(lab, g) for g in self.coarse.grounds_lab]
        # What comes later overrides: the plainest evidence is last.
        self._mark_lines(found, lab, distances, pixel_size, window)
        self._mark_specks(found, distances, pixel_size)
        self._mark_split(found, lightness, pixel_size, window)
        self._mark_places(found, distances, pixel_size, window)
        found[self._on_scan(self.coarse.outside, window) > 0] = 0
        self._grow_rims(found, lab, pixel_size)
        return found

    def _mark_lines(
        self,
        found: Array,
        lab: Colour,
        distances: list[Plane],
        pixel_size: PixelSize,
        window: Window,
    ) -> None:
        lightness = np.ascontiguousarray(lab[..., 0])
        widest = self._widest_px(pixel_size)
        step = 1 << (ridges.level_count(widest) - 1)
        above, before = window.top % step, window.left % step
        padded = np.pad(lightness, ((above, 0), (before, 0)), mode="edge")
        dark, light = (
            np.ascontiguousarray(plane[above:, before:])
            for plane in ridges.line_contrast(padded, widest)
        )
        least = self._least_contrast(dark, light, pixel_size)
        reach = _whole_px(_HELD_UM, pixel_size)
        for contrast, candidate in (
            (light, Candidate.LIGHT_LINE),
            (dark, Candidate.DARK_LINE),
        ):
            # Weak stretches hold a line together, but only where it is strong nearby.
            strong = (contrast >= least).view(np.uint8)
            held = ridges.box_sums(strong, reach) >= max(_FEWEST_STRONG_PX, reach)
            seen = held & (contrast >= _WEAK_PART * least)
            found[seen, 0] = candidate
            ratio = contrast[seen] / least[seen]
            found[seen, 1] = (255 * (ratio / (1 + ratio))).astype(np.uint8)
        side = _whole_px(_BESIDE_UM, pixel_size)
        for colour, distance in zip(self.coarse.grounds_lab, distances, strict=True):
            straight = losses.towards(lab, distance, colour, side)
            lighter = lightness < colour[0]
            lines = np.where(lighter, Candidate.LIGHT_LINE, Candidate.DARK_LINE)
            bare = (found[..., 0] == lines) & (straight >= _TOWARDS)
            found[bare, 0] = Candidate.GROUND_LINE

    def _least_contrast(
        self, dark: Plane, light: Plane, pixel_size: PixelSize
    ) -> Plane:
        """Contrast a line needs here: more where the paint is restless."""
        radius = _whole_px(_RESTLESS_UM, pixel_size)
        steps = ((dark + light) * _STEPS_PER_L).astype(np.uint16)
        sums = ridges.box_sums(steps, radius)
        counts = ridges.box_counts(steps.shape, radius)
        restless = sums / (counts * _STEPS_PER_L)
        least = _QUIET_CONTRAST + _RESTLESS_FACTOR * restless
        least *= 4 ** (0.5 - self.sensitivity)
        return np.asarray(least, np.float32)

    def _mark_specks(
        self, found: Array, distances: list[Plane], pixel_size: PixelSize
    ) -> None:
        radii = np.maximum(2.0, [pixel_size.px(um) for um in _SPECK_UM])
        for distance in distances:
            sure = losses.specks(distance, _SPECK_DE, _SPECK_BREAK_DE, radii)
            spots = sure > 0
            radius = _whole_px(_WORN_UM, pixel_size)
            part = _part_on_three_sides(spots, radius)
            worn = part >= _WORN_PART
            found[worn, 0] = Candidate.WORN
            found[worn, 1] = np.minimum(128 + 500 * part[worn], 255).astype(np.uint8)
            alone = spots & ~worn
            found[alone, 0] = Candidate.SPECK
            found[alone, 1] = sure[alone]

    def _mark_split(
        self, found: Array, lightness: Plane, pixel_size: PixelSize, window: Window
    ) -> None:
        zone = self._on_scan(self.coarse.splits, window) > 0
        if not zone.any():
            return
        radius = _whole_px(_SPLIT_UM, pixel_size)
        steps = np.clip(lightness * _STEPS_PER_L * 16, 0, 65535).astype(np.uint16)
        sums = ridges.box_sums(steps, radius)
        counts = ridges.box_counts(steps.shape, radius)
        drop = sums / (counts * _STEPS_PER_L * 16) - lightness
        split = zone & (drop >= _SPLIT_CONTRAST)
        found[split, 0] = Candidate.SPLIT_LINE
        found[split, 1] = np.minimum(120 + 6 * drop[split], 255).astype(np.uint8)

    def _mark_places(
        self,
        found: Array,
        distances: list[Plane],
        pixel_size: PixelSize,
        window: Window,
    ) -> None:
        place = self._on_scan(self.coarse.places, window)
        side = _whole_px(_BESIDE_UM, pixel_size)
        other = place == OTHER_LAYER
        found[other, 0] = Candidate.GROUND
        found[other, 1] = _OTHER_LAYER_CONFIDENCE
        for number, distance in enumerate(distances, start=1):
            sure = losses.exposed_near_places(distance, place, number, _PLACE_DE, side)
            bare = sure > 0
            found[bare, 0] = Candidate.GROUND
            found[bare, 1] = sure[bare]

    def _grow_rims(self, found: Array, lab: Colour, pixel_size: PixelSize) -> None:
        labels = np.ascontiguousarray(found[..., 0])
        bare = labels == Candidate.GROUND
        if not bare.any():
            return
        split = labels == Candidate.SPLIT_LINE
        bays = rims.pockets(labels, lab, bare, _pocket_px(pixel_size), _POCKET_DE)
        labels[bays] = Candidate.GROUND
        reach_px = _rim_px(pixel_size)
        grown, added = rims.with_rims(labels, lab, bare | bays, reach_px, _RIM_DE)
        added = (added | bays) & ~split
        found[added, 0] = grown[added]
        found[added, 1] = np.maximum(found[added, 1], _RIM_CONFIDENCE)

    def _on_scan(self, plane: Labels, window: Window) -> Labels:
        """Pixels of a coarse plane, one for each scan pixel of a window."""
        factor = self.coarse.factor
        rows = np.arange(window.top, window.bottom) // factor
        columns = np.arange(window.left, window.right) // factor
        return plane[rows][:, columns]


def _pocket_px(pixel_size: PixelSize) -> int:
    return _whole_px(_POCKET_UM, pixel_size)


def _rim_px(pixel_size: PixelSize) -> int:
    return max(_NARROWEST_RIM_PX, _whole_px(_RIM_UM, pixel_size))


def _whole_px(um: float, pixel_size: PixelSize) -> int:
    return max(1, math.floor(pixel_size.px(um) + 0.5))


def _part_on_three_sides(spots: Mask, radius_px: int) -> Plane:
    """Part of the surroundings that is spots, in the third best of four quarters.

    One flake fills a quarter or two; wear surrounds.
    """
    half = max(1, radius_px // 2)
    sums = ridges.box_sums(spots.view(np.uint8), half)
    part = (sums / ridges.box_counts((spots.shape[0], spots.shape[1]), half)).astype(
        np.float32
    )
    padded = np.pad(part, half, mode="edge")
    low, high = slice(None, -2 * half), slice(2 * half, None)
    quarters = [padded[r, c] for r in (low, high) for c in (low, high)]
    ranked: Plane = np.sort(np.stack(quarters), axis=0)[1]
    return ranked

# SPDX-License-Identifier: Apache-2.0
"""Infill: new colour for damaged pixels, from the intact paint around them.

Job: the stage; one damaged place with its context in, samples with evidence out.
Not here: the methods (`diffusion.py`, `refine.py`, `patches.py`, `reference/`,
`network.py`), which is used where (`plan.py`, `widths.py`).
Terms: `interpolated` rests on the colours at the edge of the damage, `copied` on
paint found elsewhere in the picture, `reference` on another picture of the work,
`generated` on what a network learnt from other pictures.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field
from scipy import ndimage
from typing_extensions import override

from pellicle.colour.encoding import ScanEncoding
from pellicle.model.arrays import Array, Labels, Mask, Offsets
from pellicle.model.artefact import ArtefactKind
from pellicle.model.network_file import NetworkFile, PaintingNetwork
from pellicle.model.raster import Window
from pellicle.model.reconstruction import EvidenceGrade
from pellicle.model.units import PixelSize
from pellicle.stages.contract import RegionResult, RegionStage, RegionWindow
from pellicle.stages.reconstruct.diffusion import (
    EIGHT,
    REACH_PX,
    as_fractions,
    as_samples,
    diffuse,
    expanded,
    grid_boxes,
)
from pellicle.stages.reconstruct.grain import add_grain, grain_context_px
from pellicle.stages.reconstruct.network import paint, painted_context_px
from pellicle.stages.reconstruct.patches import complete
from pellicle.stages.reconstruct.reference.taking import take_references
from pellicle.stages.reconstruct.refine import halo_px, refine
from pellicle.stages.reconstruct.widths import far_from, wide_parts

ASK_DIFFUSION, ASK_PATCHES, ASK_REFERENCE, ASK_NETWORK = 1, 2, 3, 4

WHOLE_PX = 2048
"""Wide places with a longer bounding window are completed block by block."""
BLOCK_PX = 1024
"""Side of those blocks, on a grid fixed to the scan."""
BLOCK_AHEAD_PX = 48
"""How far a block completes beyond itself, so that its edge is not an end."""
MOST_CONTEXT_PX = 512
LEAST_CONTEXT_PX = 64
LEAST_KNOWN = 0.02
"""Known pixels around a wide place, as a part of its own, below which it is left."""
GENERATED_BEYOND_UM = 1000.0
"""So far from intact paint, what a network corrected is its own."""


class PaintingInfill(RegionStage):
    """Stage: diffusion for the narrow, references or patches for what is wider.

    Networks are given, not settings: `refiner` corrects diffusion, `painter` takes the
    place of patches. Without them nothing is generated.
    """

    name: ClassVar[str] = "reconstruct"
    version: ClassVar[int] = 5
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (
        ArtefactKind.SCAN,
        ArtefactKind.REGIONS,
        ArtefactKind.INFILL,
    )
    produces: ClassVar[ArtefactKind] = ArtefactKind.RECONSTRUCTION

    diffusion_up_to_um: float = Field(
        default=1000.0,
        ge=0,
        le=20_000,
        description="Damage up to this wide is filled by diffusion, wider by patches.",
    )
    diffusion_at_least_px: int = Field(
        default=24,
        ge=1,
        le=200,
        description="Damage up to this many pixels wide is diffused at any scale.",
    )
    context_um: float = Field(
        default=30_000.0,
        ge=1_000,
        le=500_000,
        description="Farthest that paint is copied from, in micrometres.",
    )
    reference_coarser_up_to_um: float = Field(
        default=300.0,
        ge=0,
        le=20_000,
        description="References blurred by more than this against the scan are unused.",
    )
    grain_um: float = Field(
        default=300.0,
        ge=0,
        le=1_000,
        description=(
            "Texture finer than this (sigma) is added to what is interpolated, from "
            "intact paint beside it; 0 adds none."
        ),
    )
    seed: int = Field(
        default=1,
        ge=0,
        le=2**31 - 1,
        description="Seed of the random search for patches.",
    )
    refiner: NetworkFile | None = Field(
        default=None, description="Network that corrects diffusion."
    )
    painter: PaintingNetwork | None = Field(
        default=None, description="Network that paints wide places."
    )
    scan: ScanEncoding | None = Field(
        default=None, description="Encoding of the samples; sRGB unless given."
    )

    def diffusion_px(self, pixel_size: PixelSize) -> float:
        """Greatest width, in pixels, that is diffused."""
        asked = pixel_size.px(self.diffusion_up_to_um)
        return min(max(asked, float(self.diffusion_at_least_px)), 200.0)

    def grain_px(self, pixel_size: PixelSize) -> float:
        """Sigma of the grain, in pixels; 0 for none."""
        if not self.grain_um:
            return 0.0
        return min(max(pixel_size.px(self.grain_um), 1.0), 16.0)

    @override
    def context_px(self, target: Window, pixel_size: PixelSize) -> int:
        side_px = max(target.shape)
        if side_px > self.diffusion_px(pixel_size):
            context_px = self._patched_context_px(side_px, pixel_size)
        else:
            context_px = 2 * REACH_PX
        if self.refiner is not None:
            context_px = max(context_px, halo_px(side_px))
        if self.grain_um:
            grain_px = self.grain_px(pixel_size)
            context_px = max(context_px, grain_context_px(target.shape, grain_px))
        if self.painter is not None:
            context_px = max(context_px, painted_context_px(self.painter, side_px))
        return context_px

    def _patched_context_px(self, side_px: int, pixel_size: PixelSize) -> int:
        return min(
            max(side_px, LEAST_CONTEXT_PX),
            max(pixel_size.px_covering(self.context_um), LEAST_CONTEXT_PX),
            MOST_CONTEXT_PX,
        )

    @override
    def run_region(self, region: RegionWindow) -> RegionResult:
        samples = region.samples.copy()
        evidence = np.zeros(region.target.shape, np.uint8)
        lost_px = np.count_nonzero(region.target)
        if not lost_px:
            return RegionResult(samples, evidence > 0, evidence)
        close = self._close(region)
        wide = np.zeros_like(region.target)
        wide[close] = self._wide(region, close)
        reference = take_references(region, self._shown(region, wide), samples)
        taken = reference > 0
        evidence[taken] = EvidenceGrade.REFERENCE
        if np.count_nonzero(region.known) < LEAST_KNOWN * lost_px:
            return RegionResult(samples, taken, evidence, reference=reference)
        wide &= ~taken
        if self.painter is not None:
            wide &= ~self._paint_places(samples, evidence, wide, taken, region)
        offsets = None
        if wide.any():
            offsets = self._copy_places(samples, evidence, wide, taken, region)
        done = evidence > 0
        diffused = np.zeros_like(done)
        diffused[close] = diffuse(
            samples[close],
            region.target[close] & ~done[close],
            region.known[close] | done[close],
            (region.window.top + close[0].start, region.window.left + close[1].start),
        )
        evidence[diffused] = EvidenceGrade.INTERPOLATED
        if self.refiner is not None:
            self._refine(self.refiner, samples, evidence, diffused, region)
        if self.grain_um:
            grain_px = self.grain_px(region.pixel_size)
            origin = region.window.top, region.window.left
            add_grain(samples, diffused, region.known, grain_px, origin)
        return RegionResult(samples, evidence > 0, evidence, offsets, reference)

    def _refine(
        self,
        refiner: NetworkFile,
        samples: Array,
        evidence: Labels,
        diffused: Mask,
        region: RegionWindow,
    ) -> None:
        """Correct what was diffused, but for what a person asked diffusion for."""
        asked = diffused & (region.method != ASK_DIFFUSION)
        known = region.known | ((evidence > 0) & ~diffused)
        origin = region.window.top, region.window.left
        refine(refiner, samples, asked, known, origin)
        beyond_px = region.pixel_size.px(GENERATED_BEYOND_UM)
        evidence[far_from(region.known, asked, beyond_px)] = EvidenceGrade.GENERATED

    def _close(self, region: RegionWindow) -> tuple[slice, slice]:
        """What the choice of the method and diffusion look at, of a window."""
        rows, columns = (np.flatnonzero(region.target.any(axis=a)) for a in (1, 0))
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        wide_px = math.ceil(self.diffusion_px(region.pixel_size))
        return expanded(box, max(2 * REACH_PX, wide_px + 3), region.target.shape)

    def _wide(self, region: RegionWindow, close: tuple[slice, slice]) -> Mask:
        """Target pixels to be patched close up, unless a reference shows them."""
        target, method = region.target[close], region.method[close]
        diameter_px = self.diffusion_px(region.pixel_size)
        wide = wide_parts(target, region.known[close], diameter_px)
        wide &= method != ASK_DIFFUSION
        wide |= target & (method == ASK_PATCHES)
        if self.painter is not None:
            wide |= target & (method == ASK_NETWORK)
        else:  # the network that corrects diffusion is meant
            wide &= method != ASK_NETWORK
        return wide

    def _paint_places(
        self,
        samples: Array,
        evidence: Labels,
        wide: Mask,
        taken: Mask,
        region: RegionWindow,
    ) -> Mask:
        """Paint the wide places in `samples` and `evidence`; which pixels these are."""
        painted = np.zeros_like(wide)
        asked = wide & (region.method != ASK_PATCHES)
        for parts in _wide_places(asked, region.window):
            known = region.known | taken
            for part in parts:
                filled = self._paint(samples, part, known)
                evidence[part.box][filled] = EvidenceGrade.GENERATED
                painted[part.box] |= filled
                if len(parts) > 1:
                    known[part.box] |= filled
        return painted

    def _paint(self, samples: Array, part: "_Part", known: Mask) -> Mask:
        """Paint one part in `samples`; which pixels of its box that filled."""
        painter = self.painter
        side_px = max(part.target.shape)
        if painter is None:
            return np.zeros_like(part.kept)
        crop = expanded(part.box, painted_context_px(painter, side_px), known.shape)
        inner = _within(part.box, crop)
        target = np.zeros_like(known[crop])
        target[inner] = part.target & ~known[part.box]
        made, filled = paint(painter, self.scan, samples[crop], target, known[crop])
        kept = part.kept & filled[inner]
        samples[part.box][kept] = made[inner][kept]
        return kept

    def _copy_places(
        self,
        samples: Array,
        evidence: Labels,
        wide: Mask,
        taken: Mask,
        region: RegionWindow,
    ) -> Offsets:
        """Complete the wide places in `samples` and `evidence`; gives the offsets."""
        offsets = np.zeros((*wide.shape, 2), np.int16)
        for parts in _wide_places(wide, region.window):
            # Wide places do not see each other's infill, so that each comes out the
            # same whatever else the window holds.
            known = region.known | taken
            for part in parts:
                moved = self._copy(samples, part, known, region)
                copied = moved.any(axis=2)
                evidence[part.box][copied] = EvidenceGrade.COPIED
                offsets[part.box][copied] = moved[copied]
                if len(parts) > 1:
                    known[part.box] |= copied
        return offsets

    def _shown(self, region: RegionWindow, wide: Mask) -> Mask:
        """Target pixels to be taken from a reference, as far as one shows them.

        Wide parts with their own edge and corners, but not the cracks that run into
        them; and whatever a person asked for.
        """
        if not region.references:
            return np.zeros_like(wide)
        radius_px = self.diffusion_px(region.pixel_size) / 2
        near = wide
        if wide.any():
            near = ndimage.distance_transform_edt(~wide) <= radius_px
        shown: Mask = near & region.target & (region.method == 0)
        shown |= region.target & (region.method == ASK_REFERENCE)
        return shown

    def _copy(
        self, samples: Array, part: "_Part", known: Mask, region: RegionWindow
    ) -> Offsets:
        """Complete one part in `samples`; gives the offsets it kept, in its box."""
        rows, columns = part.box
        place = Window(rows.start, columns.start, rows.stop, columns.stop)
        context_px = self._patched_context_px(max(place.shape), region.pixel_size)
        if max(place.shape) <= self.diffusion_px(region.pixel_size):
            context_px = 2 * REACH_PX
        crop = expanded(part.box, context_px, known.shape)
        inner = _within(part.box, crop)
        target = np.zeros_like(known[crop])
        # What an earlier block has filled is known by now, and a target no more.
        target[inner] = part.target & ~known[part.box]
        completed = complete(
            as_fractions(samples[crop], np.float32),
            target,
            known[crop],
            region.known[crop],
            seed=self.seed,
            origin=(
                region.window.top + crop[0].start,
                region.window.left + crop[1].start,
            ),
        )
        offsets = completed.offsets[inner]
        kept = part.kept & completed.filled[inner]
        colours = completed.values[inner][kept]
        samples[part.box][kept] = as_samples(colours, samples.dtype)
        return np.where(kept[..., None], offsets, np.int16(0))


def _within(box: tuple[slice, slice], crop: tuple[slice, slice]) -> tuple[slice, slice]:
    """A box in the coordinates of a crop that holds it."""
    rows, columns = (
        slice(one.start - whole.start, one.stop - whole.start)
        for one, whole in zip(box, crop, strict=True)
    )
    return rows, columns


@dataclass(frozen=True, slots=True)
class _Part:
    """What is completed at once: pixels `target` of a box, of which `kept` are kept."""

    box: tuple[slice, slice]
    target: Mask
    kept: Mask


def _wide_places(wide: Mask, window: Window) -> Iterator[list[_Part]]:
    """Wide places one by one; very large ones in blocks, in reading order.

    Later blocks meet what earlier ones have filled, so no seam is left between them.
    """
    numbers, _ = ndimage.label(wide, EIGHT)
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        place = numbers[box] == number
        if max(place.shape) <= WHOLE_PX:
            yield [_Part(box, place, place)]
            continue
        parts = []
        corner = (window.top + box[0].start, window.left + box[1].start)
        for block in grid_boxes(place, corner, BLOCK_PX):
            ahead = expanded(block, BLOCK_AHEAD_PX, place.shape)
            kept = np.zeros_like(place)
            kept[block] = place[block]
            moved = tuple(
                slice(part.start + whole.start, part.stop + whole.start)
                for part, whole in zip(ahead, box, strict=True)
            )
            parts.append(_Part((moved[0], moved[1]), place[ahead], kept[ahead]))
        yield parts

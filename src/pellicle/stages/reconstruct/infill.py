# SPDX-License-Identifier: Apache-2.0
"""Infill: new colour for damaged pixels, from the intact paint around them.

Job: the stage; one damaged place with its context in, samples with evidence out.
Not here: the methods (`diffusion.py`, `patches.py`, `reference/`), which is used where
(`plan.py`, `widths.py`).
Terms: `interpolated` rests on the colours at the edge of the damage, `copied` on
paint found elsewhere in the picture, `reference` on another picture of the work.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field
from scipy import ndimage
from typing_extensions import override

from pellicle.model.arrays import Array, Labels, Mask, Offsets
from pellicle.model.artefact import ArtefactKind
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
from pellicle.stages.reconstruct.patches import complete
from pellicle.stages.reconstruct.reference.taking import take_references
from pellicle.stages.reconstruct.widths import wide_parts

ASK_DIFFUSION, ASK_PATCHES, ASK_REFERENCE = 1, 2, 3

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


class PaintingInfill(RegionStage):
    """Stage: diffusion for the narrow, references or patches for what is wider."""

    name: ClassVar[str] = "reconstruct"
    version: ClassVar[int] = 4
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
    seed: int = Field(
        default=1,
        ge=0,
        le=2**31 - 1,
        description="Seed of the random search for patches.",
    )

    def diffusion_px(self, pixel_size: PixelSize) -> float:
        """Greatest width, in pixels, that is diffused."""
        asked = pixel_size.px(self.diffusion_up_to_um)
        return min(max(asked, float(self.diffusion_at_least_px)), 200.0)

    @override
    def context_px(self, target: Window, pixel_size: PixelSize) -> int:
        side_px = max(target.shape)
        if side_px <= self.diffusion_px(pixel_size):
            return 2 * REACH_PX
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
        offsets = None
        if wide.any():
            offsets = self._copy_places(samples, evidence, wide, taken, region)
        done = evidence[close] > 0
        diffused = diffuse(
            samples[close],
            region.target[close] & ~done,
            region.known[close] | done,
            (region.window.top + close[0].start, region.window.left + close[1].start),
        )
        evidence[close][diffused] = EvidenceGrade.INTERPOLATED
        return RegionResult(samples, evidence > 0, evidence, offsets, reference)

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
        return wide

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
        context_px = self.context_px(place, region.pixel_size)
        crop = expanded(part.box, context_px, known.shape)
        inner = tuple(
            slice(one.start - whole.start, one.stop - whole.start)
            for one, whole in zip(part.box, crop, strict=True)
        )
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

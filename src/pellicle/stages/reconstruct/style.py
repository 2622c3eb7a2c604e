# SPDX-License-Identifier: Apache-2.0
"""Retouching styles: an infill that can be told from original paint near by.

Job: the stage; the mimetic reconstruction in, the picture as it is to be shown out.
Not here: the patterns (`hatching.py`, `strokes.py`), neutral tones (`tones.py`), which
region has which style (the workflow's).
Terms: the *target* is the mimetic reconstruction.

Lines and strokes are drawn around the target's local tone, then what their mean lacks
over a few lines is given back, in linear light as samples can hold it. So the eye that
cannot resolve the lines sees the target. Where a place is narrower than the lines, that
takes the contrast away again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field, InstanceOf
from typing_extensions import override

from pellicle.colour.convert import lab_d50_from_rec2020, rec2020_from_lab_d50
from pellicle.colour.encoding import ScanEncoding
from pellicle.model.arrays import Array, Colour, Labels, Mask
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import Window
from pellicle.model.style import RetouchingStyle
from pellicle.model.units import PixelSize
from pellicle.raster.local_means import Box, local_means
from pellicle.stages.contract import TileStage
from pellicle.stages.reconstruct.form import (
    FormDirections,
    form_directions,
    form_halo_px,
)
from pellicle.stages.reconstruct.hatching import Contrast, Lines, line_offsets
from pellicle.stages.reconstruct.strokes import Strokes, lay_strokes
from pellicle.stages.reconstruct.tones import NeutralTones

ROUNDS = 3
"""How often the lacking mean is given back: samples clip, and edges share their box."""
FINEST_PX = 3.0
"""Least distance of lines and strokes, in pixels: finer ones cannot be drawn."""
LINES_TO_A_MEAN = 3
_CELL_MM = 0.25
_CONTOUR = 5.0
"""Lab distance up to which a tone may level out what it stands for; at twice that, it
does not any more."""
_HUES_FROM = 45.0
"""L* below which hues come closer to the tone's."""
_DARK = 1e-3
"""Linear light that a mean is reckoned to have at least."""
_FORM_CELLS = 4


class StyledInfill(TileStage):
    """Stage: reconstruction, styles and region numbers in, styled samples out.

    `INFILL` is (H, W) uint8 `RetouchingStyle.code`, 0 where the reconstruction is
    shown as it is; `REGIONS` is (H, W) uint32. The result is the samples, bit-identical
    where the code is 0.

    Notes
    -----
    Lines nearer than `FINEST_PX` pixels are drawn at that distance, wider in
    proportion. Memory is about 400 bytes a pixel of the styled pixels' bounding window.
    """

    name: ClassVar[str] = "style"
    version: ClassVar[int] = 1
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (
        ArtefactKind.RECONSTRUCTION,
        ArtefactKind.INFILL,
        ArtefactKind.REGIONS,
    )
    produces: ClassVar[ArtefactKind] = ArtefactKind.STYLE

    scan: ScanEncoding
    tones: InstanceOf[NeutralTones] = Field(default=NeutralTones(), exclude=True)
    line_spacing_mm: float = Field(
        default=0.5, gt=0, le=5, description="Tratteggio: from line to line, in mm."
    )
    line_width_mm: float = Field(
        default=0.34, gt=0, le=5, description="Tratteggio: width of a line, in mm."
    )
    line_length_mm: float = Field(
        default=8.0, gt=0, le=50, description="Tratteggio: length of a line, in mm."
    )
    stroke_spacing_mm: float = Field(
        default=0.5, gt=0, le=5, description="Selezione: distance of strokes, in mm."
    )
    stroke_width_mm: float = Field(
        default=0.4, gt=0, le=5, description="Selezione: width of a stroke, in mm."
    )
    stroke_length_mm: float = Field(
        default=4.0, gt=0, le=20, description="Selezione: length of a stroke, in mm."
    )
    line_lightness: float = Field(
        default=7.0,
        ge=0,
        le=30,
        description="By how much lines and strokes are darker than the ground, in L*.",
    )
    line_chroma: float = Field(
        default=9.0,
        ge=0,
        le=40,
        description="By how much their hues differ from the tone, in a*b*.",
    )
    lighter_by: float = Field(
        default=3.0, ge=0, le=20, description="Lighter: by how much, in L*."
    )

    def lines(self, pixel_size: PixelSize) -> Lines:
        """Lines of tratteggio."""
        spacing, grown = _spacing(self.line_spacing_mm, pixel_size)
        width = self.line_width_mm / pixel_size.mm * grown
        return Lines(spacing, width, self.line_length_mm / pixel_size.mm)

    def strokes(self, pixel_size: PixelSize) -> Strokes:
        """Strokes of selezione."""
        spacing, grown = _spacing(self.stroke_spacing_mm, pixel_size)
        width = self.stroke_width_mm / pixel_size.mm * grown
        return Strokes(spacing, width, self.stroke_length_mm / pixel_size.mm)

    @override
    def halo_px(self, pixel_size: PixelSize) -> int:
        lines, strokes = self.lines(pixel_size), self.strokes(pixel_size)
        form = form_halo_px(_cell_px(pixel_size), _FORM_CELLS)
        hatched = _tone_box(lines).reach_px + ROUNDS * _mean_box(lines).reach_px
        stroked = strokes.reach_px + ROUNDS * _mean_box(strokes).reach_px + form
        return max(hatched, stroked) + 2

    @override
    def run_tile(
        self,
        tiles: Mapping[ArtefactKind, Array],
        pixel_size: PixelSize,
        window: Window,
    ) -> Array:
        samples: Array = tiles[ArtefactKind.RECONSTRUCTION]
        codes: Labels = tiles[ArtefactKind.INFILL]
        shown = samples.copy()
        for style in RetouchingStyle:
            if style is RetouchingStyle.MIMETIC or not (codes == style.code).any():
                continue
            place = _Place.of(codes == style.code, window)
            target = self._linear(samples[place.box], place.where)
            match style:
                case RetouchingStyle.TRATTEGGIO:
                    drawn = self._tratteggio(target, place, pixel_size)
                case RetouchingStyle.SELEZIONE:
                    directions = form_directions(
                        samples, window, _cell_px(pixel_size), _FORM_CELLS
                    )
                    drawn = self._selezione(target, place, directions, pixel_size)
                case RetouchingStyle.NEUTRAL:
                    numbers = tiles[ArtefactKind.REGIONS][place.box]
                    drawn = target
                    self.tones.paint(drawn, numbers, place.where, place.window)
                case _:
                    lab_d50 = lab_d50_from_rec2020(target)
                    lab_d50[..., 0] += np.float32(self.lighter_by)
                    drawn = rec2020_from_lab_d50(_within_white(lab_d50))
            encoded = self.scan.encode(drawn[place.where], shown.dtype)
            shown[place.box][place.where] = encoded
        return shown

    def _linear(self, samples: Array, where: Mask) -> Colour:
        linear = np.zeros((*where.shape, 3), np.float32)
        linear[where] = self.scan.linear(samples[where])
        return linear

    def _tratteggio(
        self, target: Colour, place: "_Place", pixel_size: PixelSize
    ) -> Colour:
        lines = self.lines(pixel_size)
        contrast = Contrast(self.line_lightness, self.line_chroma)
        tone = local_means(target, place.where, _tone_box(lines)).astype(np.float32)
        off = contrast.off(lines.covered)
        offsets = line_offsets(place.where, place.window, lines, off)
        drawn = _shifted(_kept_near(tone, target), offsets)
        return self._balanced(drawn, target, place.where, _mean_box(lines))

    def _selezione(
        self,
        target: Colour,
        place: "_Place",
        form: FormDirections,
        pixel_size: PixelSize,
    ) -> Colour:
        strokes = self.strokes(pixel_size)
        laid = lay_strokes(
            target,
            place.where,
            place.window,
            form,
            strokes,
            contrast=(self.line_lightness, self.line_chroma),
        )
        drawn = _shifted(_kept_near(laid.tone, target), laid.offset)
        return self._balanced(drawn, target, place.where, _mean_box(strokes))

    def _balanced(self, drawn: Colour, target: Colour, where: Mask, box: Box) -> Colour:
        """Give back what the local mean lacks, of colours that samples can hold."""
        wanted = local_means(target, where, box)
        for _ in range(ROUNDS):
            kept = self.scan.encode(drawn[where], np.uint16)
            drawn = np.zeros_like(target)
            drawn[where] = np.maximum(self.scan.linear(kept), 0)
            # As a factor: beside a bright form, what it lacks must not drown the dark.
            gain = (wanted + _DARK) / (local_means(drawn, where, box) + _DARK)
            drawn *= np.clip(gain, 0.5, 2.0).astype(np.float32)
        return drawn


@dataclass(frozen=True, slots=True)
class _Place:
    """Smallest window of a tile that holds a set of pixels.

    Attributes
    ----------
    box
        Its slices in the tile.
    window
        Where it lies in the scan.
    """

    where: Mask
    box: tuple[slice, slice]
    window: Window

    @classmethod
    def of(cls, whole: Mask, tile: Window) -> "_Place":
        rows = np.flatnonzero(whole.any(axis=1))
        columns = np.flatnonzero(whole.any(axis=0))
        box = (
            slice(int(rows[0]), int(rows[-1]) + 1),
            slice(int(columns[0]), int(columns[-1]) + 1),
        )
        window = Window(
            tile.top + box[0].start,
            tile.left + box[1].start,
            tile.top + box[0].stop,
            tile.left + box[1].stop,
        )
        return cls(whole[box], box, window)


def _kept_near(tone_linear: Colour, target_linear: Colour) -> Colour:
    """The tone; more and more the target itself where they differ: contours stay."""
    apart = lab_d50_from_rec2020(tone_linear) - lab_d50_from_rec2020(target_linear)
    squares = apart * apart
    distance = np.sqrt(squares[..., :1] + squares[..., 1:2] + squares[..., 2:])
    share = np.clip((distance - _CONTOUR) / _CONTOUR, 0.0, 1.0)
    near: Colour = tone_linear + share * (target_linear - tone_linear)
    return near


def _shifted(tone_linear: Colour, offset_lab: Colour) -> Colour:
    lab_d50 = lab_d50_from_rec2020(tone_linear)
    # In the dark there is little room, least of all for other hues.
    room = np.clip(lab_d50[..., :1] / _HUES_FROM, 0.0, 1.0)
    lab_d50[..., 1:] += room * offset_lab[..., 1:]
    lab_d50[..., :1] += (0.4 + 0.6 * room) * offset_lab[..., :1]
    shifted: Colour = rec2020_from_lab_d50(_within_white(lab_d50))
    return shifted


def _within_white(lab_d50: Colour) -> Colour:
    lab_d50[..., 0] = np.clip(lab_d50[..., 0], 0.0, 100.0)
    return lab_d50


def _spacing(asked_mm: float, pixel_size: PixelSize) -> tuple[float, float]:
    """Distance in pixels, and by how much it is more than was asked for."""
    asked_px = asked_mm / pixel_size.mm
    spacing_px = max(asked_px, FINEST_PX)
    return spacing_px, spacing_px / asked_px


def _cell_px(pixel_size: PixelSize) -> int:
    return max(1, round(_CELL_MM / pixel_size.mm))


def _tone_box(lines: Lines) -> Box:
    """A line's width, and a few of them high."""
    return Box.sized(round(3 * lines.spacing_px), round(lines.spacing_px))


def _mean_box(drawn: Lines | Strokes) -> Box:
    side_px = round(LINES_TO_A_MEAN * drawn.spacing_px)
    return Box.sized(side_px, side_px)

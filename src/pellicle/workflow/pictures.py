# SPDX-License-Identifier: Apache-2.0
"""Pictures of a treatment for people: overviews of the work, and details at 100 %.

Job: bring any step's pixels to 8-bit sRGB, reduced or not.
Not here: drawing over them (`raster/overlay.py`), setting the page (`io/report.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import imagecodecs
import numpy as np

from pellicle.colour.encoding import ScanEncoding
from pellicle.engine.overview import overview, overview_strips
from pellicle.engine.readers import Kept, PlaneReader
from pellicle.io.icc import output_profile, scan_encoding
from pellicle.io.png_file import png_bytes
from pellicle.io.report_content import ReportPicture
from pellicle.model.arrays import Array, Colour, Labels, Plane, Samples
from pellicle.model.artefact import ArtefactKind
from pellicle.model.mask import OUTCOME_PLANE, WHITE_PLANE, LeftReason
from pellicle.model.palette import FATE_COLOURS, Rgb
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.overlay import (
    condition_overlay,
    difference_heatmap,
    evidence_overlay,
    mask_on_checkerboard,
)
from pellicle.workflow.figures import Chain

DIFFERENCE_MAX_DE00 = 10.0
_JPEG_LEVEL = 88
_STRIP_PX = 512
_FULL = 65_535

NO_FILM: Rgb = (44, 48, 54)
WITHOUT_WHITE: Rgb = (176, 72, 56)
"""In pictures of the white plate: nothing printed; colour alone."""


def to_srgb8(samples: Array, encoding: ScanEncoding) -> Array:
    """(h, w, bands) scan samples, whole or means, to (h, w, 3) uint8 sRGB."""
    linear = encoding.linear(samples)
    return np.asarray(scan_encoding(None, 3).encode(linear, np.uint8))


@lru_cache(maxsize=4)
def _reduced(
    reader: PlaneReader, raster: RasterSpec, factor: int, dtype: str
) -> Samples:
    """The whole work reduced; kept, since one page shows it again and again."""
    means: Samples = np.rint(overview(reader, raster, factor)).astype(dtype)
    means.setflags(write=False)
    return means


@dataclass(frozen=True, slots=True)
class Painter:
    """Draws the steps of one treatment, each as (h, w, 3) uint8 sRGB.

    Pixels come from a window at 100 %, or reduced from the whole work.
    """

    chain: Chain

    # --- reading ------------------------------------------------------------------

    def _samples(self, reader: PlaneReader, part: "Part") -> Array:
        scan = self.chain.scan
        if part.factor == 1:
            return to_srgb8(reader.read(part.window), scan.encoding)
        # Readers of samples are values: equal ones read the same.
        key: Any = reader
        means = _reduced(key, scan.raster, part.factor, scan.spec.dtype)
        return to_srgb8(means, scan.encoding)

    def _most(self, reader: PlaneReader, part: "Part") -> Array:
        """Greatest value in each block, so that the narrow is not lost."""
        if part.factor == 1:
            return np.asarray(reader.read(part.window))
        rows_px = max(1, 512 // part.factor) * part.factor
        raster = self.chain.scan.raster
        parts = []
        for top in range(0, raster.height_px, rows_px):
            strip = Window(top, 0, top + rows_px, raster.width_px)
            pixels = reader.read(strip.within(raster.window))
            rows = np.arange(0, pixels.shape[0], part.factor)
            columns = np.arange(0, pixels.shape[1], part.factor)
            by_rows = np.maximum.reduceat(pixels, rows, axis=0)
            parts.append(np.maximum.reduceat(by_rows, columns, axis=1))
        return np.asarray(np.concatenate(parts))

    # --- pictures -----------------------------------------------------------------

    def scan(self, part: "Part") -> Array:
        """The scan."""
        return self._samples(self.chain.scan.samples, part)

    def reconstruction(self, part: "Part") -> Array:
        """The reconstruction."""
        return self._samples(self.chain.reconstruction.samples, part)

    def proof(self, part: "Part") -> Array:
        """The predicted appearance with the film on."""
        return self._samples(self.chain.proof.samples, part)

    def condition(self, part: "Part") -> Array:
        """The condition map over the scan."""
        labels: Labels = self._most(self.chain.regions.labels, part)
        return condition_overlay(self.scan(part), labels)

    def evidence(self, part: "Part") -> Array:
        """How probable networks find damage, and what filters alone found.

        Raises
        ------
        ValueError
            If all damage was given: there is no evidence.
        """
        evidence, painting = self.chain.evidence, self.chain.scan.painting
        if evidence is None:
            message = "damage that was given has no evidence"
            raise ValueError(message)
        kept = evidence.kept
        seen = self._most(Kept(kept.networks_in_squares, painting), part)
        found = self._most(Kept(kept.filters, painting), part)[:, :, 0]
        tiles = {ArtefactKind.CONDITION: seen}
        size = self.chain.scan.raster.pixel_size
        window = Window(0, 0, *found.shape)
        by_networks = evidence.stage.run_tile(tiles, size, window)[:, :, 0]
        alone: Labels = np.where(by_networks != 0, np.uint8(0), found)
        return evidence_overlay(self.scan(part), seen, alone)

    def choice(self, part: "Part") -> Array:
        """What is printed and why the rest is not, over the scan."""
        fates: Labels = self._most(_Fates.of(self.chain), part)
        return condition_overlay(self.scan(part), fates, FATE_COLOURS, fill_percent=60)

    def mask(self, part: "Part") -> Array:
        """The film by itself, as it looks lying on white paper, on a checkerboard."""
        return mask_on_checkerboard(*self._film(part)[:2])

    def transparent(self, part: "Part") -> Array:
        """(h, w, 4) uint8: the film as it looks lying on white paper, and its share."""
        colour, coverage, _ = self._film(part)
        alpha = np.rint(255 * np.clip(coverage, 0, 1)).astype(np.uint8)
        return np.dstack([colour * (alpha != 0)[:, :, None], alpha])

    def white(self, part: "Part") -> Array:
        """The white underprint: light where it is, red where there is colour alone."""
        _, coverage, white = self._film(part)
        without, film = np.array(WITHOUT_WHITE), np.array(NO_FILM)
        ink = without + white[:, :, None] * (255 - without)
        mixed = film + coverage[:, :, None] * (ink - film)
        return np.asarray(np.rint(np.clip(mixed, 0, 255)), np.uint8)

    def _film(self, part: "Part") -> tuple[Array, Plane, Plane]:
        """Colour on white paper, share of each pixel with ink, white in that."""
        raster, film = self.chain.scan.raster, _Inked(self.chain.mask.planes)
        strips: Iterator[Array] = (
            (film.read(strip) for strip in _strips(part.window))
            if part.factor == 1
            else overview_strips(film, raster, part.factor)
        )
        colour, coverage, white = zip(*map(self._film_strip, strips), strict=True)
        return np.concatenate(colour), np.concatenate(coverage), np.concatenate(white)

    def _film_strip(self, means: Array) -> tuple[Array, Plane, Plane]:
        parts = (means / _FULL).astype(np.float32)
        inked: Plane = np.asarray(parts[:, :, OUTCOME_PLANE], np.float32)
        share = np.maximum(inked, np.float32(1e-6))[:, :, None]
        ink = np.clip(parts[:, :, :OUTCOME_PLANE] / share, 0, 1)
        white: Plane = np.asarray(ink[:, :, WHITE_PLANE], np.float32)
        return self._ink_colour(ink), inked.copy(), white.copy()

    def _ink_colour(self, ink: Array) -> Array:
        profile = output_profile(self.chain.mask.setup.profile)
        flat = np.ascontiguousarray(ink[:, :, :4].reshape(-1, 4))
        linear: Colour = profile.reflectance(flat).reshape(*ink.shape[:2], 3)
        return np.asarray(scan_encoding(None, 3).encode(linear, np.uint8))

    def difference(self, part: "Part") -> Array:
        """ΔE00 between proof and reconstruction, where something is printed."""
        where = _Printed(self.chain.mask.planes)
        centi_de00 = self._most(Kept(self.chain.proof.difference, where), part)
        printed = self._most(where, part) != 0
        de00: Plane = np.where(printed, centi_de00 / 100.0, np.nan).astype(np.float32)
        return difference_heatmap(
            de00, DIFFERENCE_MAX_DE00, beneath_rgb8=self.scan(part)
        )

    def differences(self, plane: PlaneReader, part: "Part", max_de00: float) -> Array:
        """Another plane of ΔE00 × 100 over the scan; 0 is none."""
        centi_de00 = self._most(plane, part)
        de00: Plane = np.where(centi_de00 != 0, centi_de00 / 100.0, np.nan)
        return difference_heatmap(
            de00.astype(np.float32), max_de00, beneath_rgb8=self.scan(part)
        )


def _strips(window: Window) -> Iterator[Window]:
    for top in range(window.top, window.bottom, _STRIP_PX):
        strip = Window(top, window.left, top + _STRIP_PX, window.right)
        yield strip.within(window)


@dataclass(frozen=True, slots=True)
class _Printed:
    planes: PlaneReader

    def read(self, window: Window) -> Array:
        outcome = self.planes.read(window)[:, :, OUTCOME_PLANE]
        return np.asarray(outcome != 0, np.uint8)


@dataclass(frozen=True, slots=True)
class _Inked:
    """Planes of a mask, whether there is any ink in place of the outcome."""

    planes: PlaneReader

    def read(self, window: Window) -> Array:
        planes = self.planes.read(window)
        inked = planes[:, :, 0] != 0
        for plate in range(1, OUTCOME_PLANE):
            inked |= planes[:, :, plate] != 0
        planes[:, :, OUTCOME_PLANE] = inked * np.uint16(_FULL)
        return planes


PRINTED = 1
"""What becomes of damage: printed, or 1 + `LeftReason.code`."""


@dataclass(frozen=True, slots=True, eq=False)
class _Fates:
    numbers: PlaneReader
    left_codes: PlaneReader
    table: Array

    @classmethod
    def of(cls, chain: Chain) -> "_Fates":
        table = np.full(len(chain.regions.condition.regions) + 1, PRINTED, np.uint8)
        table[0] = 0
        for number, left in chain.mask.left.items():
            table[number] = PRINTED + left.reason.code
        return cls(chain.regions.numbers, chain.mask.left_codes, table)

    def read(self, window: Window) -> Array:
        fates = self.table[self.numbers.read(window)]
        codes = self.left_codes.read(window)
        parts = (codes != 0) & (fates == PRINTED)
        fates[parts] = PRINTED + codes[parts]
        return np.asarray(fates)


def fates_in_words(chain: Chain) -> list[tuple[int, str]]:
    """What becomes of damage in a treatment, with the place of its colour."""
    reasons = {one.reason for one in chain.mask.left.values()}
    reasons |= {one.left.reason for one in chain.mask.in_part.values()}
    found = [(PRINTED, "printed")]
    return found + [(PRINTED + r.code, r.value) for r in LeftReason if r in reasons]


@dataclass(frozen=True, slots=True)
class Part:
    """What a picture shows: a window at 100 %, or the whole work reduced.

    Attributes
    ----------
    factor
        Scan pixels to a picture pixel; the window is the whole work unless 1.
    """

    window: Window
    factor: int = 1

    @classmethod
    def whole(cls, raster: RasterSpec, side_px: int) -> "Part":
        """The whole work, at most `side_px` pixels on the longer side."""
        return cls(raster.window, max(1, -(-max(raster.shape) // side_px)))


def as_picture(
    title: str, caption: str, rgb8: Array, *, lossless: bool = False
) -> ReportPicture:
    """Encode a picture for the report; the same pixels give the same bytes."""
    if lossless:
        encoded = png_bytes(rgb8)
    else:
        encoded = bytes(imagecodecs.jpeg8_encode(rgb8, level=_JPEG_LEVEL))
    height_px, width_px = rgb8.shape[:2]
    media_type: Literal["image/jpeg", "image/png"]
    media_type = "image/png" if lossless else "image/jpeg"
    return ReportPicture(title, caption, media_type, encoded, width_px, height_px)

# SPDX-License-Identifier: Apache-2.0
"""Separation: what is printed on every pixel of the film.

Job: from scan, reconstruction and what is asked for, the plates C, M, Y, K and White.
Not here: ink for one colour (`ink.py`), choke (`raster/choke.py`), what is worth
printing (`printable.py`), print files (`io`).
Terms: *glaze* is colour without white; the *rim* is where the choke takes white away.

Per pixel, over the painting as scanned: a glaze where a decision asks for one; else the
least white that reaches the colour. Then the white is choked, to one of the levels that
the printer makes, and the ink is solved again over what is left of it. Ink and white
are zero wherever nothing is asked for.
"""

from collections.abc import Mapping
from typing import ClassVar

import cv2
import numpy as np
from typing_extensions import override

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.film import FilmModel
from pellicle.colour.optics import Bands
from pellicle.colour.output_profile import OutputProfile
from pellicle.model.arrays import Array, Mask
from pellicle.model.artefact import ArtefactKind
from pellicle.model.mask import (
    KEEPING_HUE,
    MASK_PLANES,
    OUTCOME_PLANE,
    WHITE_PLANE,
    PixelOutcome,
    PrintIntent,
)
from pellicle.model.print_setup import PrintSetup
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.raster.choke import choke_reach_px, choked_share
from pellicle.stages.contract import TileStage
from pellicle.stages.mask.hue import ink_of_same_hue
from pellicle.stages.mask.ink import JUST_SEEN_DE00, coverage, solve_ink
from pellicle.stages.mask.underprint import least_white, nearest_level

BLOCK_PIXELS = 1 << 16
"""Pixels solved at a time: bounds memory, does not change a value."""

FULL = np.float32(65_535)

SPECTRAL_ROUNDS = 2
"""Times that ink is solved again for what wavelengths make of it beyond bands."""


class FilmSeparation(TileStage):
    """Stage: scan, reconstruction and print intents in, the planes of the mask out.

    `INFILL` is (H, W) uint8 `PrintIntent`; the result is (H, W, 6) uint16: cyan,
    magenta, yellow, black, white (65535 is full) and `PixelOutcome`. Every printed
    pixel is exactly one of `GLAZE` and `OPAQUE`, as decided; `RIM` is added where the
    choke took white away, down to none. The colour ends at the raster's edge, so the
    white is choked there too.

    `MASK`, if given, holds planes made for the same intents and more: pixels that are
    choked as they were there are taken over, which gives the same at less cost.

    Notes
    -----
    `OUT_OF_GAMUT` is judged over the white that is left, so on rims it mostly says that
    there is too little of it. About 6 µs a printed pixel and level of white on one
    core.
    """

    name: ClassVar[str] = "mask"
    version: ClassVar[int] = 4
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (
        ArtefactKind.SCAN,
        ArtefactKind.RECONSTRUCTION,
        ArtefactKind.INFILL,
    )
    produces: ClassVar[ArtefactKind] = ArtefactKind.MASK

    setup: PrintSetup
    scan: ScanEncoding
    ink: OutputProfile

    @override
    def halo_px(self, pixel_size: PixelSize) -> int:
        return choke_reach_px(pixel_size.px(self.setup.geometry.choke_um))

    @override
    def run_tile(
        self,
        tiles: Mapping[ArtefactKind, Array],
        pixel_size: PixelSize,
        window: Window,
    ) -> Array:
        intent = tiles[ArtefactKind.INFILL]
        planes = np.zeros((*intent.shape, MASK_PLANES), np.uint16)
        printed = intent != PrintIntent.NOTHING
        if not printed.any():
            return planes
        choke_px = pixel_size.px(self.setup.geometry.choke_um)
        share = choked_share(printed, choke_px)
        due = printed
        if ArtefactKind.MASK in tiles:
            before = tiles[ArtefactKind.MASK]
            dropped = (before[:, :, OUTCOME_PLANE] != 0) & ~printed
            stands = printed & ~_near(dropped, choke_reach_px(choke_px))
            planes[stands] = before[stands]
            due = printed & ~stands
        model = FilmModel.of(self.setup, self.ink)
        rows, columns = np.nonzero(due)
        for start in range(0, len(rows), BLOCK_PIXELS):
            at = (
                rows[start : start + BLOCK_PIXELS],
                columns[start : start + BLOCK_PIXELS],
            )
            planes[at] = separate(
                model,
                self.scan.linear(tiles[ArtefactKind.SCAN][at]),
                self.scan.linear(tiles[ArtefactKind.RECONSTRUCTION][at]),
                (intent[at] & ~np.uint8(KEEPING_HUE)) == PrintIntent.GLAZE,
                share[at],
                keep_hue=(intent[at] & KEEPING_HUE) != 0,
            )
        return planes


def _near(where: Mask, reach_px: int) -> Mask:
    side = 2 * reach_px + 1
    square = np.ones((side, side), np.uint8)
    return np.asarray(cv2.dilate(where.view(np.uint8), square) != 0)


class ProposedFilm(FilmSeparation):
    """Stage: the same for all that might be printed, before it is known what is."""

    name: ClassVar[str] = "proposed-film"


def separate(
    model: FilmModel,
    paint_linear: Bands,
    target_linear: Bands,
    glaze: Array,
    share: Array,
    *,
    keep_hue: Array | None = None,
) -> Array:
    """Planes of N printed pixels.

    Parameters
    ----------
    model
        Film, white and inks.
    paint_linear, target_linear
        (N, 3) float32 linear Rec.2020 on D50: the scan and the reconstruction.
    glaze
        (N,) bool: colour without white.
    share
        (N,) float32, part of the white that the choke leaves, 0 to 1.
    keep_hue
        (N,) bool: colours out of reach keep their hue; none without it.

    Returns
    -------
    planes
        (N, 6) uint16 as in `FilmSeparation`.
    """
    if model.setup.white.none:
        glaze = np.ones_like(glaze)
    white = np.zeros(len(glaze), np.float32)
    opaque = ~glaze
    if opaque.any():
        white[opaque] = least_white(model, paint_linear[opaque], target_linear[opaque])
    allowed = nearest_level(model.setup.white, white * share)
    choked, whole = (
        np.floor(part * FULL + np.float32(0.5)).astype(np.uint16)
        for part in (allowed, white)
    )
    left = coverage(choked)
    base = model.base(paint_linear, left)
    wanted = target_linear
    solution = solve_ink(model, wanted, base, left)
    in_gamut = solution.in_gamut
    if model.spectral is not None:
        for _ in range(SPECTRAL_ROUNDS):
            inks = coverage(solution.cmyk)
            times = model.spectral_over_bands(paint_linear, inks, left)
            wanted = np.asarray(target_linear / times)
            solution = solve_ink(model, wanted, base, left)
        seen = model.seen_over(paint_linear, coverage(solution.cmyk), left)
        missed_de00 = ciede2000(
            lab_d50_from_rec2020(target_linear), lab_d50_from_rec2020(seen)
        )
        in_gamut = solution.in_gamut | (missed_de00 <= JUST_SEEN_DE00)
    planes = np.zeros((len(glaze), MASK_PLANES), np.uint16)
    planes[:, :WHITE_PLANE] = solution.cmyk
    if keep_hue is not None:
        # On rims it is the white that is wanting: no hue makes up for that.
        turned = np.flatnonzero(keep_hue & ~in_gamut & (choked >= whole))
        planes[turned, :WHITE_PLANE] = ink_of_same_hue(
            model,
            wanted[turned],
            base[turned],
            left[turned],
            solution.cmyk[turned],
        )
    planes[:, WHITE_PLANE] = choked
    planes[:, OUTCOME_PLANE] = (
        np.where(glaze, PixelOutcome.GLAZE, PixelOutcome.OPAQUE)
        + PixelOutcome.RIM * (choked < whole)
        + PixelOutcome.OUT_OF_GAMUT * ~in_gamut
        + PixelOutcome.INK_LIMITED * solution.ink_limited
    )
    return planes

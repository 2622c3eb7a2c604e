# SPDX-License-Identifier: Apache-2.0
"""Proof: how the painting is predicted to look with the film on.

Job: from the plates that will be printed and the scan, samples in the scan's encoding.
Not here: comparing it with the reconstruction (`compare.py`), the optics
(`colour/film.py`).

It never sees the reconstruction: what the plates cannot do, the proof does not show.
Not part of it: the film laid askew, another gloss, the optical model's own error.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np
from typing_extensions import override

from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.film import FilmModel, bare_film_over
from pellicle.colour.output_profile import OutputProfile
from pellicle.model.arrays import Array, Mask
from pellicle.model.artefact import ArtefactKind
from pellicle.model.mask import OUTCOME_PLANE, WHITE_PLANE
from pellicle.model.print_setup import PrintSetup
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.contract import TileStage

BLOCK_PIXELS = 1 << 16
"""Pixels predicted at a time: bounds memory, does not change a value."""

FULL = np.float32(65_535)


class PredictedAppearance(TileStage):
    """Stage: scan and mask planes in, predicted samples out.

    The result is like the scan, (H, W, bands) in its dtype and encoding. Outside the
    mask it is the scan's own samples, bit for bit, under a clear film, and else the
    paint as seen through the bare film.

    Notes
    -----
    About 1 µs a printed pixel on one core.
    """

    name: ClassVar[str] = "proof"
    version: ClassVar[int] = 2
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (
        ArtefactKind.SCAN,
        ArtefactKind.MASK,
    )
    produces: ClassVar[ArtefactKind] = ArtefactKind.PROOF

    setup: PrintSetup
    scan: ScanEncoding
    ink: OutputProfile

    @override
    def halo_px(self, pixel_size: PixelSize) -> int:
        return 0

    @override
    def run_tile(
        self,
        tiles: Mapping[ArtefactKind, Array],
        pixel_size: PixelSize,
        window: Window,
    ) -> Array:
        samples = tiles[ArtefactKind.SCAN].copy()
        planes = tiles[ArtefactKind.MASK]
        printed = planes[..., OUTCOME_PLANE] != 0
        model = FilmModel.of(self.setup, self.ink)
        for at in _blocks(printed):
            plates = planes[at][:, : WHITE_PLANE + 1].astype(np.float32) / FULL
            white = np.ascontiguousarray(plates[:, WHITE_PLANE])
            paint_linear = self.scan.linear(samples[at])
            seen = model.seen_over(paint_linear, plates[:, :WHITE_PLANE], white)
            samples[at] = self.scan.encode(seen, samples.dtype)
        if not self.setup.film.clear:
            for at in _blocks(~printed):
                seen = bare_film_over(self.scan.linear(samples[at]), self.setup.film)
                samples[at] = self.scan.encode(seen, samples.dtype)
        return samples


def _blocks(where: Mask) -> Iterator[tuple[Array, Array]]:
    """Rows and columns of the pixels of a set, a block at a time."""
    rows, columns = np.nonzero(where)
    for start in range(0, len(rows), BLOCK_PIXELS):
        block = slice(start, start + BLOCK_PIXELS)
        yield rows[block], columns[block]

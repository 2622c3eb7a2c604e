# SPDX-License-Identifier: Apache-2.0
"""Recoloured passages: original paint under the colour it is said to have had.

Job: the stage; every pixel keeps its detail and gets the density that a mapping adds.
Not here: the mapping (`colour/recolour.py`), paint that is missing (`infill.py`).
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from pydantic import Field, InstanceOf
from typing_extensions import override

from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.recolour import DensityMapping
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.contract import TileStage

MOST_CENTI_DE00 = 65_535


class RecolouredPassage(TileStage):
    """Stage: scan and numbers of mappings in, recoloured samples out.

    `INFILL` is (H, W) uint16, 1 for the first mapping, 0 where nothing is recoloured.
    The result is (H, W, bands + 1) uint16: the samples, bit-identical where no mapping
    stands and where a glaze does nothing; last, ΔE00 × 100 by which a glaze falls short
    of what the mapping asks for.
    """

    name: ClassVar[str] = "recolour"
    version: ClassVar[int] = 1
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (
        ArtefactKind.SCAN,
        ArtefactKind.INFILL,
    )
    produces: ClassVar[ArtefactKind] = ArtefactKind.RECONSTRUCTION

    scan: ScanEncoding
    mappings: tuple[InstanceOf[DensityMapping], ...] = Field(exclude=True)

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
        samples, asked = tiles[ArtefactKind.SCAN], tiles[ArtefactKind.INFILL]
        made = np.zeros((*asked.shape, samples.shape[2] + 1), np.uint16)
        made[:, :, :-1] = samples
        for number, mapping in enumerate(self.mappings, start=1):
            rows, columns = np.nonzero(asked == number)
            if not len(rows):
                continue
            recoloured = mapping.applied(self.scan.linear(samples[rows, columns]))
            new = self.scan.encode(recoloured.glazed, samples.dtype)
            kept = samples[rows, columns]
            changed = recoloured.changed[:, None]
            made[rows, columns, :-1] = np.where(changed, new, kept)
            centi_de00 = np.rint(recoloured.shortfall_de00() * 100)
            made[rows, columns, -1] = np.minimum(centi_de00, MOST_CENTI_DE00)
        return made

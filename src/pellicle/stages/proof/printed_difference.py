# SPDX-License-Identifier: Apache-2.0
"""Where the proof differs from the reconstruction, pixel by pixel on the film."""

from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from pellicle.colour.encoding import ScanEncoding
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.mask import OUTCOME_PLANE
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.contract import TileStage
from pellicle.stages.proof.compare import difference_centi_de00


class PrintedDifference(TileStage):
    """Stage: proof, reconstruction and mask in, ΔE00 × 100 out; 0 off the film."""

    name: ClassVar[str] = "difference"
    version: ClassVar[int] = 1
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (
        ArtefactKind.PROOF,
        ArtefactKind.RECONSTRUCTION,
        ArtefactKind.MASK,
    )
    produces: ClassVar[ArtefactKind] = ArtefactKind.PROOF

    scan: ScanEncoding

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
        return difference_centi_de00(
            tiles[ArtefactKind.PROOF],
            tiles[ArtefactKind.RECONSTRUCTION],
            self.scan,
            tiles[ArtefactKind.MASK][:, :, OUTCOME_PLANE] != 0,
        )

# SPDX-License-Identifier: Apache-2.0
"""Where the painting with the film on is predicted to miss the reconstruction."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from typing_extensions import override

from pellicle.colour.encoding import ScanEncoding
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.contract import TileStage
from pellicle.stages.proof.compare import difference_centi_de00


class ProofDifference(TileStage):
    """Stage: proof and reconstruction in, ΔE00 × 100 out.

    Printed or not: a place that was reconstructed and is not printed looks as it did,
    and that is a difference too. Exactly 0 where the samples are equal.
    """

    name: ClassVar[str] = "difference"
    version: ClassVar[int] = 2
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (
        ArtefactKind.PROOF,
        ArtefactKind.RECONSTRUCTION,
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
        proof = tiles[ArtefactKind.PROOF]
        reconstruction = tiles[ArtefactKind.RECONSTRUCTION]
        differ = np.any(proof != reconstruction, axis=2)
        return difference_centi_de00(proof, reconstruction, self.scan, differ)

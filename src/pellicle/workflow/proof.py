# SPDX-License-Identifier: Apache-2.0
"""Proof: how the painting will look under the film that is to be printed."""

from dataclasses import dataclass

from pellicle.engine.readers import Overlaid, PlaneReader, Stored
from pellicle.io.icc import output_profile
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.mask import OUTCOME_PLANE
from pellicle.model.raster import Window
from pellicle.stages.proof.appearance import PredictedAppearance
from pellicle.stages.proof.printed_difference import PrintedDifference
from pellicle.treatment.folder import RASTER
from pellicle.workflow.mask import MaskInUse, settings_read
from pellicle.workflow.reconstruct import ReconstructionInUse
from pellicle.workflow.scan import SAMPLES, ScanInUse
from pellicle.workflow.work import Making, RunPlan, Work

_DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True)
class ProofInUse:
    """The proof in use.

    Attributes
    ----------
    samples
        Dense: the scan, with the film's predicted appearance where it is printed.
    difference
        (H, W) uint16 ΔE00 × 100 against the reconstruction; 0 where nothing is printed.
    """

    samples: PlaneReader
    difference: Stored
    run_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Plane of `PixelOutcome` of a mask."""

    planes: PlaneReader

    def read(self, window: Window) -> Array:
        """(h, w) uint16; 0 where nothing is printed."""
        return self.planes.read(window)[:, :, OUTCOME_PLANE]


def predict_appearance(
    work: Work,
    scan: ScanInUse,
    reconstruction: ReconstructionInUse,
    mask: MaskInUse,
) -> ProofInUse:
    """Lay the film on the scan, and compare with the reconstruction."""
    stage = PredictedAppearance(
        setup=mask.setup.setup,
        scan=scan.encoding,
        ink=output_profile(mask.setup.profile),
    )
    difference = PrintedDifference(scan=scan.encoding)
    plan = RunPlan(
        ArtefactKind.PROOF,
        stage.name,
        stage.version,
        {
            **stage.settings(),
            "setup": settings_read(mask.setup.setup),
            "difference": difference.version,
        },
        {
            "scan": scan.source.sha256,
            "mask": mask.run_id,
            "reconstruction": reconstruction.run_id,
        },
    )

    def make(making: Making) -> None:
        planes = {
            SAMPLES: PlaneSpec(scan.spec.dtype, scan.spec.bands),
            _DIFFERENCE: PlaneSpec("uint16"),
        }
        store = RasterStore.create(making.raster, scan.raster.shape, planes)

        def write_samples(window: Window, samples: Array) -> None:
            printed = Outcome(mask.planes).read(window) != 0
            store.write(SAMPLES, window, samples * printed[:, :, None])

        def write_difference(window: Window, centi_de00: Array) -> None:
            store.write(_DIFFERENCE, window, centi_de00)

        making.tiles.run(
            stage,
            {ArtefactKind.SCAN: scan.samples, ArtefactKind.MASK: mask.planes},
            scan.raster,
            write_samples,
            only_where=ArtefactKind.MASK,
        )
        made = Stored(str(making.raster), SAMPLES)
        making.tiles.run(
            difference,
            {
                ArtefactKind.PROOF: made,
                ArtefactKind.RECONSTRUCTION: reconstruction.samples,
                ArtefactKind.MASK: mask.planes,
            },
            scan.raster,
            write_difference,
            only_where=ArtefactKind.MASK,
        )

    run_id = work.run(plan, 2 * scan.mpx, make)
    folder = work.treatment.run_folder(ArtefactKind.PROOF, run_id)
    path = str(folder / RASTER)
    return ProofInUse(
        samples=Overlaid(scan.samples, Stored(path, SAMPLES), Outcome(mask.planes)),
        difference=Stored(path, _DIFFERENCE),
        run_id=run_id,
    )

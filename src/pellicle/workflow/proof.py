# SPDX-License-Identifier: Apache-2.0
"""Proof: how the painting will look under the film that is to be printed."""

from dataclasses import dataclass
from pathlib import Path

from pellicle.engine.readers import Overlaid, PlaneReader, Stored
from pellicle.io.icc import output_profile
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.mask import OUTCOME_PLANE
from pellicle.model.raster import Window
from pellicle.stages.proof.appearance import PredictedAppearance
from pellicle.stages.proof.proof_difference import ProofDifference
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
        Dense: the scan, with the predicted appearance where the film changes it.
    difference
        (H, W) uint16 ΔE00 × 100 of the samples against the reconstruction: also where
        that was not printed.
    """

    samples: PlaneReader
    difference: Stored
    run_id: str


@dataclass(frozen=True, slots=True)
class _Outcome:
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
    """Lay the film on the scan, and compare with the reconstruction.

    Stored is what the film changes: under a clear film what is printed, else all of the
    painting. What lies beside an outlined painting stays the scan's.
    """
    stage = PredictedAppearance(
        setup=mask.setup.setup,
        scan=scan.encoding,
        ink=output_profile(mask.setup.profile),
    )
    difference = ProofDifference(scan=scan.encoding)
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
            **reconstruction.inputs,
        },
    )

    clear = mask.setup.setup.film.clear
    changed = _changed(scan, mask)

    def make(making: Making) -> None:
        planes = {
            SAMPLES: PlaneSpec(scan.spec.dtype, scan.spec.bands),
            _DIFFERENCE: PlaneSpec("uint16"),
        }
        store = RasterStore.create(making.raster, scan.raster.shape, planes)

        def write_samples(window: Window, samples: Array) -> None:
            kept = changed.read(window) != 0
            store.write(SAMPLES, window, samples * kept[:, :, None])

        def write_difference(window: Window, centi_de00: Array) -> None:
            store.write(_DIFFERENCE, window, centi_de00)

        making.tiles.run(
            stage,
            {ArtefactKind.SCAN: scan.samples, ArtefactKind.MASK: mask.planes},
            scan.raster,
            write_samples,
            only_where=ArtefactKind.MASK if clear else None,
        )
        making.tiles.run(
            difference,
            {
                ArtefactKind.PROOF: _film_on(scan, mask, making.raster),
                ArtefactKind.RECONSTRUCTION: reconstruction.samples,
                ArtefactKind.INFILL: reconstruction.evidence,
            },
            scan.raster,
            write_difference,
            only_where=ArtefactKind.INFILL if clear else None,
        )

    run_id = work.run(plan, 2 * scan.mpx, make)
    path = work.treatment.run_folder(ArtefactKind.PROOF, run_id) / RASTER
    return ProofInUse(
        samples=_film_on(scan, mask, path),
        difference=Stored(str(path), _DIFFERENCE),
        run_id=run_id,
    )


def _changed(scan: ScanInUse, mask: MaskInUse) -> PlaneReader:
    """Not 0 where the film changes the look: what is printed, or all that it covers."""
    # The mask never leaves the painting.
    return _Outcome(mask.planes) if mask.setup.setup.film.clear else scan.painting


def _film_on(scan: ScanInUse, mask: MaskInUse, path: Path) -> PlaneReader:
    """The scan with the samples of a proof's store laid over it."""
    stored = Stored(str(path), SAMPLES)
    return Overlaid(scan.samples, stored, _changed(scan, mask))

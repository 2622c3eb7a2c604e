# SPDX-License-Identifier: Apache-2.0
"""One region infilled as a candidate: the same pixels whenever it is done.

Job: run the stage on a region by itself, with the candidate's method, seed and
reference.
Not here: which candidates there are and their pictures (`candidates.py`).

The region sees intact paint only, never what its neighbours are infilled with: so its
pixels do not depend on what was decided about those, and theirs not on its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pellicle.engine.places import Filled, PlaceInputs, PlaceRun
from pellicle.engine.readers import Constant
from pellicle.io.hashing import hash_of
from pellicle.io.store import RasterStore
from pellicle.model.candidate import Candidate, CandidateMethod
from pellicle.model.condition import Region
from pellicle.stages.reconstruct.infill import (
    ASK_DIFFUSION,
    ASK_NETWORK,
    ASK_PATCHES,
    ASK_REFERENCE,
    PaintingInfill,
)
from pellicle.workflow.infilled import (
    clear_region,
    planes_of,
    region_sha256,
    write_filled,
)
from pellicle.workflow.references import ReferenceInUse
from pellicle.workflow.regions import RegionsInUse, known_paint
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.work import Making, Work

CODES: Mapping[CandidateMethod, int] = {
    CandidateMethod.DIFFUSION: ASK_DIFFUSION,
    CandidateMethod.PATCHES: ASK_PATCHES,
    CandidateMethod.REFERENCE: ASK_REFERENCE,
    CandidateMethod.NETWORK: ASK_NETWORK,
}


def candidate_inputs(
    ids: Mapping[int, str], chosen: Mapping[int, Candidate]
) -> dict[str, str]:
    """What chosen candidates add to the identity of a reconstruction."""
    if not chosen:
        return {}
    rows = sorted(
        [ids[number], one.method, one.seed, one.reference]
        for number, one in chosen.items()
    )
    return {"candidates": hash_of(rows)}


@dataclass(frozen=True, slots=True)
class CandidateInfill:
    """Infills regions as candidates."""

    stage: PaintingInfill
    scan: ScanInUse
    regions: RegionsInUse
    references: Sequence[ReferenceInUse]

    def those_possible(
        self, work: Work, chosen: Mapping[int, Candidate]
    ) -> dict[int, Candidate]:
        """Candidates whose reference image is still in use; the others are named."""
        able = {}
        for number, one in sorted(chosen.items()):
            if not one.reference or self._shown(one):
                able[number] = one
                continue
            region = self.regions.condition.regions[number - 1]
            work.progress.warn(
                f"{one.in_words} was chosen for region {region.id}, but that reference"
                " image is not in use: the region is infilled as planned"
            )
        return able

    def make_chosen(
        self,
        work: Work,
        making: Making,
        store: RasterStore,
        chosen: Mapping[int, Candidate],
    ) -> None:
        """Infill regions as candidates, in place of what they got with all others."""
        for number, one in sorted(chosen.items()):
            region = self.regions.condition.regions[number - 1]
            # Nothing to tell as done: the region was counted with all others.
            turn = f"candidate {region.id}: "
            run = PlaceRun(making.pool, _nothing, making.ledger, turn=turn)
            if self.run(run, store, region, one) != one.pixels_sha256:
                work.progress.warn(
                    f"{one.in_words}, chosen for region {region.id}, comes out"
                    " otherwise than when it was chosen: the condition map, a setting"
                    " or the program has changed since"
                )

    def run(
        self, run: PlaceRun, store: RasterStore, region: Region, candidate: Candidate
    ) -> str:
        """Infill one region as a candidate.

        Parameters
        ----------
        store
            Gets the pixels; what it held on the region's before is taken back.

        Returns
        -------
        pixels_sha256
            See `Candidate`.
        """
        shown = self._shown(candidate)
        inputs = PlaceInputs(
            samples=self.scan.samples,
            numbers=self.regions.numbers,
            known=known_paint(self.scan, self.regions),
            method=Constant(CODES[candidate.method], "uint8"),
            references=tuple(one.picture for one in shown if one.picture),
        )
        stage = self.stage.model_copy(update={"seed": candidate.seed})
        numbers = self.regions.numbers
        planes = planes_of(self.scan, self.references)

        def write(made: tuple[Filled, ...]) -> None:
            clear_region(store, planes, numbers, region.number, made)
            write_filled(store, made, [one.number for one in shown])

        run.run(stage, inputs, self.scan.raster, [region], write)
        return region_sha256(store, numbers, region)

    def _shown(self, candidate: Candidate) -> list[ReferenceInUse]:
        """The reference it is taken from, if it is in use."""
        wanted = candidate.reference
        found = [one for one in self.references if one.source.sha256 == wanted]
        return found[:1]


def _nothing(_mpx: float) -> None:
    pass

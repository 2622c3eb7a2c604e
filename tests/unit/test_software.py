# SPDX-License-Identifier: Apache-2.0
from pellicle.stages.condition.classical.coarse import CoarseCondition
from pellicle.stages.condition.classical.fine import FineCondition
from pellicle.stages.condition.mapping import MapCondition
from pellicle.stages.condition.network import ContextCondition, DetailCondition
from pellicle.stages.contract import Stage
from pellicle.stages.mask.parts import FilmParts
from pellicle.stages.mask.separation import FilmSeparation
from pellicle.stages.proof.appearance import PredictedAppearance
from pellicle.stages.proof.proof_difference import ProofDifference
from pellicle.stages.reconstruct.infill import PaintingInfill
from pellicle.stages.reconstruct.recolour import RecolouredPassage
from pellicle.stages.reconstruct.style import StyledInfill
from pellicle.workflow.software import STEP_VERSIONS, software_versions

STAGES: tuple[type[Stage], ...] = (
    CoarseCondition,
    ContextCondition,
    DetailCondition,
    FineCondition,
    MapCondition,
    PaintingInfill,
    RecolouredPassage,
    StyledInfill,
    FilmParts,
    FilmSeparation,
    PredictedAppearance,
    ProofDifference,
)


def test_versions_of_steps_are_those_of_the_steps() -> None:
    found = {stage.name: stage.version for stage in STAGES}
    assert found == {name: STEP_VERSIONS[name] for name in found}


def test_codecs_are_among_the_software_that_decides_pixels() -> None:
    assert {"python", "pellicle", "imagecodecs", "pyvips"} <= set(software_versions())

# SPDX-License-Identifier: Apache-2.0
"""Damage found automatically: candidates tile by tile, then what becomes of each."""

from dataclasses import dataclass

from pellicle.engine.readers import Constant, PlaneReader
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.work import Work


@dataclass(frozen=True, slots=True)
class FoundDamage:
    """What the condition stage found.

    Attributes
    ----------
    labels
        (H, W) uint8 `DamageClass`.
    confidence
        (H, W) uint8, 255 is certain.
    run_id
        Of the condition run, or "none" when damage was given instead.
    """

    labels: PlaneReader
    confidence: PlaneReader
    run_id: str


NOTHING = FoundDamage(Constant(0, "uint8"), Constant(0, "uint8"), "none")


def find_damage(work: Work, scan: ScanInUse) -> FoundDamage:
    """Survey the scan, unless the damage is given instead."""
    if work.treatment.source("damage") is not None:
        return NOTHING
    return NOTHING

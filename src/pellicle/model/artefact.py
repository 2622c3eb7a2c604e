# SPDX-License-Identifier: Apache-2.0
"""Kinds of things a treatment holds, one for each step that makes them."""

from enum import StrEnum


class ArtefactKind(StrEnum):
    """What a stage consumes and produces; also the folder name under `runs/`.

    `SCAN` is the upright samples of the painting; `CONDITION` what the condition stage
    found; `REGIONS` what counts as damage once given files, outline, protection and
    decisions are added; `INFILL` the set of pixels to be reconstructed; `REFERENCES`
    how reference images lie on the scan; `STYLE` the reconstruction as it is shown,
    where that is not mimetic; `CONTEXT` what the first of two networks tells the
    second, kept inside the condition run.
    """

    SCAN = "scan"
    CONTEXT = "context"
    CONDITION = "condition"
    REGIONS = "regions"
    INFILL = "infill"
    REFERENCES = "references"
    RECONSTRUCTION = "reconstruction"
    STYLE = "style"
    MASK = "mask"
    PROOF = "proof"
    RECORD = "record"

    @classmethod
    def made(cls) -> "tuple[ArtefactKind, ...]":
        """Kinds that have runs, in the order they are made."""
        return tuple(kind for kind in cls if kind not in {cls.INFILL, cls.CONTEXT})

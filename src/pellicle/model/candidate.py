# SPDX-License-Identifier: Apache-2.0
"""Candidate: one of several infills of a region that a person may choose from."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class CandidateMethod(StrEnum):
    """How a candidate is made; all of the region by the one method."""

    DIFFUSION = "diffusion"
    PATCHES = "patches"
    REFERENCE = "reference"
    NETWORK = "network"


class Candidate(BaseModel):
    """Everything that decides a candidate's pixels, beside scan and settings.

    Attributes
    ----------
    number
        From 1, in the order shown.
    seed
        Of the random search for patches.
    reference
        SHA-256 of the reference image it is taken from; empty for none.
    pixels_sha256
        Of the infilled samples, in reading order: whether it comes out the same again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1)
    method: CandidateMethod
    seed: int = Field(ge=0, le=2**31 - 1)
    reference: str = ""
    pixels_sha256: str

    @property
    def in_words(self) -> str:
        """What it is, in a few words."""
        if self.reference:
            return f"candidate {self.number}: from reference {self.reference[:12]}"
        if self.method is CandidateMethod.PATCHES:
            return f"candidate {self.number}: {self.method}, seed {self.seed}"
        return f"candidate {self.number}: {self.method}"

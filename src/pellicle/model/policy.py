# SPDX-License-Identifier: Apache-2.0
"""Policy: what may be infilled and printed without a person's approval.

Policies are TOML files; `draft` and `strict` are built in (`pellicle/policies`).
"""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pellicle.model.condition import DamageClass
from pellicle.model.reconstruction import EvidenceGrade


class Policy(BaseModel):
    """Rules for regions that nobody has decided about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    infill: tuple[str, ...] = Field(
        description="Damage classes that are infilled when found automatically."
    )
    needs_approval: tuple[str, ...] = Field(
        description="Evidence grades that a named person must approve."
    )
    withhold: bool = Field(
        description="Keep what lacks approval out of the mask, and print files back."
    )

    @field_validator("infill")
    @classmethod
    def _classes(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        # A class that is spelt wrongly would be left unfilled without a word.
        return _known(names, [one.label for one in DamageClass if one])

    @field_validator("needs_approval")
    @classmethod
    def _grades(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        # A grade that is spelt wrongly would be printed without approval.
        return _known(names, [one.label for one in EvidenceGrade if one])

    def infills(self, damage_class: DamageClass) -> bool:
        """Whether regions of a class are infilled without being asked for."""
        return damage_class.label in self.infill

    def approval_needed(self, evidence: EvidenceGrade) -> bool:
        """Whether an infill of this grade needs a person's approval."""
        return evidence.label in self.needs_approval


def _known(names: tuple[str, ...], known: list[str]) -> tuple[str, ...]:
    for name in names:
        if name not in known:
            message = f"{name!r} is none of {', '.join(known)}"
            raise ValueError(message)
    return names

# SPDX-License-Identifier: Apache-2.0
"""When a region, or a part of one, is worth printing."""

from pydantic import BaseModel, ConfigDict, Field

INSPECTION_MM = 500.0
"""Distance from which a painting is looked at closely."""

VISIBLE_DE00 = 2.0
"""What is seen differs by more than this."""


class PrintChoice(BaseModel):
    """Settings of `[settings.mask]` beside the print setup: what is worth printing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inspection_mm: float = Field(
        default=INSPECTION_MM,
        ge=50,
        le=20_000,
        description="Distance from which damage must be seen to be printed, in mm.",
    )
    visible_de00: float = Field(
        default=VISIBLE_DE00,
        ge=0,
        le=100,
        description="Damage is seen if S-CIELAB ΔE00 from there exceeds this.",
    )
    alignable_ratio: float = Field(
        default=0.5,
        gt=0,
        le=10,
        description="Print what leaves, the film lying as it may, at most this share "
        "of the difference.",
    )

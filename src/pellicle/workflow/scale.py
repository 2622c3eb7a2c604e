# SPDX-License-Identifier: Apache-2.0
"""Scale rule: what the file states, or what a person gives; never a guess."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pellicle.errors import ScaleUnknownError
from pellicle.io.scan_file import ScanFile
from pellicle.workflow.settings import configured


class ScanSettings(BaseModel):
    """Table `[settings.scan]` of a treatment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ppi: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    width_mm: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    outline: Literal["auto"] | None = None

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> "ScanSettings":
        """Check what a person wrote.

        Raises
        ------
        BadSettingError
            Naming the first entry that cannot be used.
        """
        return configured(cls, settings)


def require_scale(file: ScanFile, settings: ScanSettings) -> None:
    """Refuse a scan whose scale nobody states.

    Raises
    ------
    ScaleUnknownError
        If neither the settings nor the file say how large the painting is.
    """
    given = settings.ppi or settings.width_mm
    if not given and file.stated_ppi is None:
        raise ScaleUnknownError(file.path.name)

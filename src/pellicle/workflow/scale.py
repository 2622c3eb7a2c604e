# SPDX-License-Identifier: Apache-2.0
"""Scale rule: what the file states, or what a person gives; never a guess."""

from collections.abc import Mapping
from typing import Any

from pellicle.errors import ScaleUnknownError
from pellicle.io.scan_file import ScanFile


def require_scale(file: ScanFile, settings: Mapping[str, Any]) -> None:
    """Refuse a scan whose scale nobody states.

    Raises
    ------
    ScaleUnknownError
        If neither the settings nor the file say how large the painting is.
    """
    given = "ppi" in settings or "width_mm" in settings
    if not given and file.stated_ppi is None:
        raise ScaleUnknownError(file.path.name)

# SPDX-License-Identifier: Apache-2.0
"""Software that decides pixels, with versions, for the record."""

import platform
from importlib.metadata import version

_SOFTWARE = (
    "pellicle",
    "numpy",
    "scipy",
    "numba",
    "opencv-python-headless",
    "pyvips",
    "tifffile",
    "zarr",
)


def software_versions() -> dict[str, str]:
    """Versions of what decides pixels."""
    found = {name: version(name) for name in _SOFTWARE}
    return {"python": platform.python_version(), **found}

# SPDX-License-Identifier: Apache-2.0
"""Software that decides pixels and files, with versions, for the record.

Versions of steps stand here as well as in the steps: finding out that nothing is to be
done must not load what computes. A test holds the two together.
"""

import platform
from importlib.metadata import version

STEP_VERSIONS = {
    "scan": 2,
    "condition": 8,
    "condition-context": 2,
    "condition-detail": 3,
    "condition-filters": 1,
    "condition-overview": 1,
    "regions": 2,
    "references": 1,
    "reconstruct": 5,
    "painted": 2,
    "recolour": 1,
    "style": 1,
    "parts": 2,
    "mask": 4,
    "proof": 2,
    "difference": 2,
    "record": 6,
}
"""Version of each step by its name: raised when equal inputs may give other pixels."""

DECODER_VERSION = 1
"""Raised when a scan may be decoded otherwise."""

EXPORT_VERSION = 8
"""Raised when an export may be written otherwise from equal pixels."""

_SOFTWARE = (
    "pellicle",
    "numpy",
    "scipy",
    "numba",
    "onnxruntime",
    "opencv-python-headless",
    "pyvips",
    "pikepdf",
    "tifffile",
    "imagecodecs",
    "zarr",
    "zxing-cpp",
)


def software_versions() -> dict[str, str]:
    """Versions of what decides pixels."""
    found = {name: version(name) for name in _SOFTWARE}
    return {"python": platform.python_version(), **found}

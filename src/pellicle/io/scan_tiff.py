# SPDX-License-Identifier: Apache-2.0
"""TIFF in the scan's own encoding: `reconstruction.tif` and `proof.tif`.

Job: depth, bands and ICC profile of the scan, its size and the scale in force.
Not here: the file format (`tiff_file`), print files (`separations`).
"""

from datetime import datetime
from pathlib import Path

from pellicle.io.strips import Strips
from pellicle.io.tiff_file import icc_tag, short_tag, write_tiff
from pellicle.model.raster import RasterSpec
from pellicle.model.scan import ScanSpec

_RGB_BANDS = 3


def write_scan_tiff(
    path: Path,
    raster: RasterSpec,
    spec: ScanSpec,
    strips: Strips,
    made: datetime | None,
) -> None:
    """Write samples like the scan's.

    Parameters
    ----------
    path
        File to write; replaced only when complete.
    raster
        Size, and the scale in force (which may be another than the file's).
    spec
        Scan whose depth, bands and ICC profile the file gets.
    strips
        (rows, W, bands) of the scan's dtype; (rows, W) will do for one band.
    made
        Date and time written into the file; left out when None.

    Raises
    ------
    DiskFullError, UnwritableError
        If the file cannot be written.
    """
    photometric = 2 if spec.bands == _RGB_BANDS else 1  # RGB, or 0 is black
    tags = [short_tag(262, photometric)]
    if spec.icc_profile is not None:
        tags.append(icc_tag(spec.icc_profile))
    write_tiff(path, raster, strips, tags, made)

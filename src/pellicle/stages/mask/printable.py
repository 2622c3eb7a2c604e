# SPDX-License-Identifier: Apache-2.0
"""Which regions are worth printing.

Job: the width of a region on the painting; one nowhere as wide as the print setup's
smallest width is left out of the mask.
Not here: leaving it out, and saying so (the workflow's).
"""

from pellicle.model.arrays import Mask
from pellicle.model.units import PixelSize
from pellicle.raster.choke import widest_px


def widest_um(region: Mask, pixel_size: PixelSize) -> float:
    """Width of a region at its widest place, in micrometres on the painting.

    Parameters
    ----------
    region
        (H, W) bool, the region's pixels in its bounding window; all beyond the window
        is outside.
    pixel_size
        Of the scan.

    Returns
    -------
    widest_um
        Diameter of the largest disc inside the region: a line one pixel wide is one
        pixel wide, at any length.
    """
    return widest_px(region) * pixel_size.um

# SPDX-License-Identifier: Apache-2.0
"""What is painting in a capture: `--outline auto`, first version.

Job: find the painting in a reduced capture that may also show a plain backdrop, a
frame, a ruler and a colour target; where none of these is certain, everything is
painting.
Not here: outlines drawn by hand (`io/area_file.py`); how the two searches work
(`backdrop.py`, `frame_edges.py`).
"""

import cv2
import numpy as np

from pellicle.model.arrays import Array, Colour, Mask, Samples
from pellicle.model.raster import Window
from pellicle.raster.backdrop import Ellipse, Quad, find_before_backdrop
from pellicle.raster.frame_edges import frame_widths, inset, sharpened
from pellicle.raster.polygons import rasterise

WORKING_SIDE_PX = 800
LEAST_SIDE_PX = 64
_BLUR_PX = 1.0


def find_outline(overview: Samples) -> Mask:
    """Which pixels of a capture are painting.

    Parameters
    ----------
    overview
        (H, W, 1 or 3) uint8 in display encoding (sRGB or near it), the whole capture,
        reduced; 800 to 2,000 px on the longer side are best.

    Returns
    -------
    painting
        (H, W) bool. All True where no border of the painting is certain.

    Notes
    -----
    A backdrop must be plain, up to a smooth change of light, along 60 % of the
    capture's border, and what stands before it must be nearly a rectangle (turned by up
    to 8°) or an ellipse. A frame must show straight edges along all four sides, equally
    far in, and look the same all along them; its innermost such edge is taken for the
    sight edge. Shaped panels, ornate frames and backdrops with a pattern are left to an
    outline drawn by hand. About 0.3 s.
    """
    height, width = overview.shape[:2]
    whole = np.ones((height, width), np.bool_)
    if min(height, width) < LEAST_SIDE_PX:
        return whole
    lab = _working_lab(overview)
    outline = painting_outline(lab)
    if outline is None:
        return whole
    scale = np.array([width / lab.shape[1], height / lab.shape[0]])
    points = outline.corners if isinstance(outline, Quad) else outline.points()
    return rasterise([[points * scale]], Window(0, 0, height, width))


def painting_outline(lab: Colour) -> Quad | Ellipse | None:
    """Outline in the reduced picture, or None if everything is painting.

    Parameters
    ----------
    lab
        (H, W, 3) float32 CIELAB, slightly blurred.
    """
    thing = find_before_backdrop(lab)
    height, width = lab.shape[:2]
    if thing is None:
        edges = Quad(
            np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
        )
        widths = frame_widths(lab, edges)
        return inset(edges, widths) if widths else None
    thing = sharpened(lab, thing)
    widths = frame_widths(lab, thing)
    return inset(thing, widths) if widths else thing


def _working_lab(overview: Samples) -> Colour:
    rgb: Array = np.repeat(overview, 3 // overview.shape[2], axis=2)
    scale = WORKING_SIDE_PX / max(rgb.shape[:2])
    if scale < 1:
        size = (
            max(1, round(rgb.shape[1] * scale)),
            max(1, round(rgb.shape[0] * scale)),
        )
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    lab: Array = cv2.cvtColor(
        rgb.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB
    )
    blurred: Array = cv2.GaussianBlur(lab, (0, 0), _BLUR_PX)
    return np.asarray(blurred, np.float32)

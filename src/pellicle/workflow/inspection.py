# SPDX-License-Identifier: Apache-2.0
"""The inspection plate of a treatment: outlines and numbers over a pale picture.

Job: gather what `mask-inspection.pdf` shows.
Not here: the page (`io/inspection_pdf.py`), tracing regions (`region_features.py`).
"""

from pathlib import Path

import cv2
import imagecodecs
import numpy as np

from pellicle.io.inspection_pdf import InspectedRegion, Outline, write_inspection_pdf
from pellicle.io.reading_page import Jpeg
from pellicle.model.condition import Region
from pellicle.raster.polygons import Ring
from pellicle.workflow.figures import Chain
from pellicle.workflow.imposition import SheetsInUse
from pellicle.workflow.pictures import Painter, Part
from pellicle.workflow.region_features import RegionDrawn, RegionsDrawn

_SIDE_PX = 2400
_JPEG_LEVEL = 85
_PALE = (150, 105)  # grey of black, and how far white lies above it
_OFF_MM = 0.05


def write_inspection(
    path: Path, chain: Chain, laid: SheetsInUse, drawn: RegionsDrawn
) -> None:
    """Write the inspection plate."""
    every = chain.regions.condition.regions
    regions = [
        _inspected(region, drawn[region.number], chain)
        for region in every
        if region.number in drawn
    ]
    sheets = laid.sheets if laid.several else ()
    write_inspection_pdf(path, laid.whole, _pale_picture(chain), regions, sheets)


def _pale_picture(chain: Chain) -> Jpeg:
    rgb8 = Painter(chain).scan(Part.whole(chain.scan.raster, _SIDE_PX))
    grey = cv2.cvtColor(rgb8, cv2.COLOR_RGB2GRAY).astype(np.uint16)
    low, rise = _PALE
    pale = (low + grey * rise // 255).astype(np.uint8)
    content = bytes(imagecodecs.jpeg8_encode(pale, level=_JPEG_LEVEL))
    return Jpeg(content, width_px=pale.shape[1], height_px=pale.shape[0], bands=1)


def _inspected(region: Region, drawn: RegionDrawn, chain: Chain) -> InspectedRegion:
    mm = chain.scan.raster.pixel_size.mm
    window = region.window
    return InspectedRegion(
        number=region.number,
        outlines=tuple(
            _outline(ring, mm) for polygon in drawn.polygons for ring in polygon
        ),
        box_mm=(
            window.left * mm,
            window.top * mm,
            window.right * mm,
            window.bottom * mm,
        ),
        printed=region.number not in chain.mask.left,
    )


def _outline(ring: Ring, mm: float) -> Outline:
    """A ring in millimetres, without steps that a hairline does not show."""
    kept = cv2.approxPolyDP(
        np.asarray(ring, np.float32), max(_OFF_MM / mm, 0.5), closed=True
    )
    points = np.round(kept[:, 0].astype(np.float64) * mm, 3)
    return [(x, y) for x, y in points.tolist()]

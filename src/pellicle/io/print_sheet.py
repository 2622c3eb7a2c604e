# SPDX-License-Identifier: Apache-2.0
"""A sheet of film to be printed: all that its files need beside the pixels.

Not here: where its marks stand (`sheet_layout`), files (`mask_pdf`, `separations`).
"""

import dataclasses
from dataclasses import dataclass
from datetime import datetime

from pellicle.io.sheet_marks import Mark
from pellicle.model.imposition import SheetPart
from pellicle.model.raster import RasterSpec


@dataclass(frozen=True, slots=True)
class PrintSheet:
    """What is printed, apart from the pixels.

    Attributes
    ----------
    title
        Of the work.
    id
        Identity of the mask, a hash; file identifiers are made from it.
    raster
        Size of the mask and its scale: the sheet is printed at true size.
    mirrored
        Whether left and right are exchanged, marks included.
    spot_name
        Name of the white separation, as the printer's software expects it.
    ink_limit_percent
        Most C+M+Y+K on one spot; the plates keep to it.
    icc_profile
        CMYK output profile that the colour plates were made for.
    profile_name
        Description of that profile.
    made
        Date of the scan, by its content; taken as UTC if it names no zone, None if
        the scan has none.
    cut_line
        Spot name of the line round the film that a cutter follows; None draws none.
    drafts
        Regions printed without having been approved.
    notes
        Further lines, for instance "scale unconfirmed".
    assumed
        What has not been measured, a sentence each.
    inside
        Marks within the sheet's rectangle, where it is no painting but trial pieces.
    part
        Which of several sheets this is, if there are several; `raster` is its own
        rectangle then.
    turned
        Whether the page is laid on the media turned by a quarter.
    size_correction
        What lengths across and down the page are multiplied by, so that a printer that
        prints them wrong prints them true.
    """

    title: str
    id: str
    raster: RasterSpec
    mirrored: bool
    spot_name: str
    ink_limit_percent: float
    icc_profile: bytes
    profile_name: str
    made: datetime | None
    cut_line: str | None = None
    drafts: int = 0
    notes: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    inside: tuple[Mark, ...] = ()
    part: SheetPart | None = None
    turned: bool = False
    size_correction: tuple[float, float] = (1.0, 1.0)

    def of_part(self, part: SheetPart) -> "PrintSheet":
        """One of the sheets that this one is parted into."""
        raster = RasterSpec(*part.window.shape, self.raster.pixel_size)
        return dataclasses.replace(self, raster=raster, part=part)

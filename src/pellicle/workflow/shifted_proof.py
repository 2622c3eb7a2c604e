# SPDX-License-Identifier: Apache-2.0
"""The proof of a film that lies beside its place, as samples in the scan's encoding.

Job: read any window of it; nothing is stored.
Not here: the exact proof (`proof.py`), figures of a shifted film (`film_shift.py`).
"""

from dataclasses import dataclass

import numpy as np

from pellicle.colour.encoding import ScanEncoding
from pellicle.engine.readers import PlaneReader
from pellicle.io.icc import output_profile
from pellicle.model.arrays import Array
from pellicle.model.raster import RasterSpec, Window
from pellicle.workflow.figures import Chain
from pellicle.workflow.film_shift import ShiftedFilm

_COLUMNS_PX = 1024


@dataclass(frozen=True, slots=True, eq=False)
class ShiftedProof:
    """The scan with the whole film moved over it.

    What the film does not change is the scan's own samples, bit for bit. Film that is
    moved off the painting is not shown.

    Attributes
    ----------
    painting
        Not 0 on painting.
    shift_px
        (1, 2) down and right.
    """

    scan: PlaneReader
    painting: PlaneReader
    encoding: ScanEncoding
    film: ShiftedFilm
    raster: RasterSpec
    shift_px: Array

    @classmethod
    def of(cls, chain: Chain, right_um: float, down_um: float) -> "ShiftedProof":
        """Of a treatment, the film moved to the right and down."""
        scan, chosen = chain.scan, chain.mask.setup
        px = scan.raster.pixel_size.px
        return cls(
            scan=scan.samples,
            painting=scan.painting,
            encoding=scan.encoding,
            film=ShiftedFilm(
                chain.mask.planes, chosen.setup, output_profile(chosen.profile)
            ),
            raster=scan.raster,
            shift_px=np.array([[px(down_um), px(right_um)]]),
        )

    def read(self, window: Window) -> Array:
        """(h, w, bands) of the scan's type; computed in narrow columns."""
        samples = self.scan.read(window)
        for left in range(window.left, window.right, _COLUMNS_PX):
            part = Window(window.top, left, window.bottom, left + _COLUMNS_PX)
            part = part.within(window)
            inside = samples[part.relative_to(window).slices]
            linear = self.encoding.linear(inside)
            (seen,) = self.film.seen(linear, part, self.raster, self.shift_px)
            changed = (seen != linear).any(axis=2) & (self.painting.read(part) != 0)
            inside[changed] = self.encoding.encode(seen[changed], samples.dtype)
        return samples

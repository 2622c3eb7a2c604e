# SPDX-License-Identifier: Apache-2.0
"""Figures of one infill against the truth.

Job: everything that is measured inside the damage, of one method on one crop.
Not here: the measures themselves (`gradient_similarity.py`, `texture_spectrum.py`,
`seam_step.py`, `colour`), means over crops (`workflow`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import cv2
import numpy as np

from pellicle.colour.difference import ciede2000
from pellicle.colour.scielab import ScielabFilter, pixels_per_degree
from pellicle.io.icc import scan_encoding
from pellicle.learn.gradient_similarity import luma, multiscale_gmsd, with_surroundings
from pellicle.learn.infill_damage import InfillClass
from pellicle.learn.infill_frozen import INFILL_PPI, InfillCrop
from pellicle.learn.seam_step import seam_excess_de00
from pellicle.learn.texture_spectrum import spectrum_error
from pellicle.model.arrays import Array, Colour, Labels, Plane, Samples

SEEN_FROM_MM = 500.0
MM_PER_INCH = 25.4

SPECTRUM_WINDOW_PX: Mapping[InfillClass, int] = MappingProxyType(
    {
        InfillClass.CRACKS: 16,
        InfillClass.SMALL: 16,
        InfillClass.MEDIUM: 32,
        InfillClass.LARGE: 64,
        InfillClass.PATTERNED: 32,
    }
)
"""Side of the windows that texture is compared in: about what fits into the damage."""

_FULL = 65_535.0
_LEAST_SQUARE = 1e-9


@dataclass(frozen=True, slots=True)
class InfillScore:
    """Of one method on one crop; all but `outside_px` inside the damage only.

    Attributes
    ----------
    de00_mean, de00_p95
        ΔE00 pixel by pixel.
    psnr_db
        Of the sRGB samples.
    gmsd
        MS-GMSD of the damage and as much of what lies around it.
    seen_de00
        S-CIELAB ΔE00 at 500 mm, mean.
    spectrum_db, grain_db
        Texture, see `SpectrumError`.
    seam_de00, seam_de00_p95
        Step across the edge beyond the painting's own.
    outside_px
        Pixels outside the damage that were changed.
    """

    de00_mean: float
    de00_p95: float
    psnr_db: float
    gmsd: float
    seen_de00: float
    spectrum_db: float
    grain_db: float
    seam_de00: float
    seam_de00_p95: float
    outside_px: int


class InfillJudge:
    """Scores infills of one crop; what the truth alone decides is worked out once."""

    def __init__(self, crop: InfillCrop) -> None:
        self._crop = crop
        self._encoding = scan_encoding(None, crop.truth.shape[2])
        per_degree = pixels_per_degree(SEEN_FROM_MM, MM_PER_INCH / INFILL_PPI)
        self._eye = ScielabFilter(per_degree)

    @cached_property
    def regions(self) -> Labels | Array:
        """(H, W) int32 numbers of the 8-connected regions, from 1."""
        plane = self._crop.mask.astype(np.uint8)
        return np.asarray(cv2.connectedComponents(plane, connectivity=8)[1])

    @cached_property
    def _truth_lab(self) -> Colour:
        return self._encoding.lab_d50(self._crop.truth)

    @cached_property
    def _truth_seen(self) -> Colour:
        linear = self._encoding.linear(self._crop.truth)
        return self._eye.filtered_lab_d65(self._eye.reduced(linear))

    @cached_property
    def _truth_luma(self) -> Plane:
        return luma(self._crop.truth)

    def score(self, made: Samples) -> InfillScore:
        """Score one infill.

        Parameters
        ----------
        made
            (H, W, 3) uint16 sRGB.
        """
        crop, mask = self._crop, self._crop.mask
        made_lab = self._encoding.lab_d50(made)
        de00 = ciede2000(self._truth_lab[mask][:, None], made_lab[mask][:, None])
        error = (crop.truth[mask].astype(np.float64) - made[mask]) / _FULL
        square = max(float((error**2).mean()), _LEAST_SQUARE)
        spectrum = spectrum_error(
            np.ascontiguousarray(self._truth_lab[..., 0]),
            np.ascontiguousarray(made_lab[..., 0]),
            mask,
            SPECTRUM_WINDOW_PX[crop.kind],
        )
        seam = seam_excess_de00(self._truth_lab, made_lab, mask)
        looked_at = with_surroundings(mask)
        return InfillScore(
            de00_mean=float(de00.mean()),
            de00_p95=float(np.percentile(de00, 95)),
            psnr_db=-10 * math.log10(square),
            gmsd=multiscale_gmsd(self._truth_luma, luma(made), looked_at),
            seen_de00=float(self.seen_de00(made)[mask].mean()),
            spectrum_db=spectrum.mean_db,
            grain_db=spectrum.grain_db,
            seam_de00=float(seam.mean()) if seam.size else 0.0,
            seam_de00_p95=float(np.percentile(seam, 95)) if seam.size else 0.0,
            outside_px=int(np.count_nonzero((made != crop.truth).any(axis=2) & ~mask)),
        )

    def seen_de00(self, made: Samples) -> Plane:
        """(H, W) S-CIELAB ΔE00 at 500 mm against the truth."""
        seen = self._eye.filtered_lab_d65(
            self._eye.reduced(self._encoding.linear(made))
        )
        return self._eye.spread(
            ciede2000(self._truth_seen, seen), self._crop.mask.shape, (0, 0)
        )

    def worst_and_median(self, made: Samples) -> tuple[int, int]:
        """Numbers of the regions of an infill that look worst and middling."""
        numbers = self.regions
        seen = self.seen_de00(made)
        pixels = np.bincount(numbers.ravel())
        sums = np.bincount(numbers.ravel(), seen.ravel())
        means = sums[1:] / pixels[1:]
        order = np.argsort(means, kind="stable")
        return int(order[-1]) + 1, int(order[len(order) // 2]) + 1

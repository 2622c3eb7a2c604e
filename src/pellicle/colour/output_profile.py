# SPDX-License-Identifier: Apache-2.0
"""Inks of a printer, as its ICC output profile describes them.

Job: CMYK ↔ reflectance relative to the unprinted medium, fast, for many pixels.
Not here: reading ICC profiles (`io/icc.py`), white ink and film (`stages/mask`).
Terms: *reflectance* is linear Rec.2020 on D50 divided, band by band, by that of the
unprinted medium, which is therefore (1, 1, 1); *separation* is the profile's own way
from a colour to inks, which decides how much black is used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from typing_extensions import override

from pellicle.colour.convert import (
    D50_XYZ,
    Floats,
    lab_d50_from_rec2020,
    lab_d50_from_xyz_d50,
    rec2020_from_lab_d50,
    rec2020_from_xyz_d50,
    xyz_d50_from_lab_d50,
    xyz_d50_from_rec2020,
)
from pellicle.colour.lattice import Lattice
from pellicle.colour.separation_search import ink_colours, search_inks
from pellicle.model.arrays import Array
from pellicle.model.hashed import KnownByHash

INK_NODES = 21
COLOUR_NODES = 45
IN_GAMUT_DE00 = 1.0
FULL_INK = 4.0
ROUNDING = 1e-6

ToLab = Callable[[Floats], Floats]
"""(N, 4) ink fractions → (N, 3) media-relative L*a*b* on D50."""

ToInk = Callable[[Floats], Floats]
"""(N, 3) media-relative L*a*b* on D50 → (N, 4) ink fractions."""


@dataclass(frozen=True, slots=True, eq=False)
class OutputProfile(KnownByHash):
    """Forward and inverse tables of a CMYK output profile, relative colorimetric.

    Attributes
    ----------
    sha256
        Hash of the profile's bytes.
    description
        Name to print.
    media_white_rgb_linear
        Absolute linear Rec.2020 on D50 of the unprinted medium, as profiled.
    ink_limit
        Most C+M+Y+K that the profile's own separation uses, 0 to 4.
    ink_to_lab
        (n, n, n, n, 3) float32 over K, C, M, Y: L*a*b* of the reflectance.
    lab_to_ink
        (m, m, m, 4) float32 over L*, a*, b* between `lab_low` and `lab_high`.
    lab_low, lab_high
        Corners of the box that `lab_to_ink` covers: the inks' gamut and a margin.

    Notes
    -----
    Arrays are shared, never written.
    """

    sha256: str
    description: str
    media_white_rgb_linear: tuple[float, float, float]
    ink_limit: float
    ink_to_lab: Lattice
    lab_to_ink: Lattice
    lab_low: tuple[float, float, float]
    lab_high: tuple[float, float, float]

    @override
    def __repr__(self) -> str:
        return f"OutputProfile({self.description!r})"

    @classmethod
    def sampled(
        cls,
        *,
        sha256: str,
        description: str,
        media_white_xyz: Floats,
        to_lab: ToLab,
        to_ink: ToInk,
    ) -> Self:
        """Build the tables by asking a profile's relative colorimetric transforms.

        Parameters
        ----------
        sha256, description
            Of the profile.
        media_white_xyz
            (3,) absolute XYZ on D50 of the unprinted medium (the profile's `wtpt`).
        to_lab, to_ink
            The profile's transforms; ink fractions 0 to 1.
        """
        medium = _Medium(media_white_xyz, to_lab)
        axis = np.linspace(0.0, 1.0, INK_NODES)
        k, c, m, y = np.meshgrid(axis, axis, axis, axis, indexing="ij")
        inks = np.stack([c, m, y, k], axis=-1).reshape(-1, 4)
        lab = lab_d50_from_rec2020(medium.reflectance(to_lab(inks)))
        low, high = lab.min(axis=0) - 2.0, lab.max(axis=0) + 2.0
        low[0], high[0] = 0.0, 100.0
        ticks = [np.linspace(low[n], high[n], COLOUR_NODES) for n in range(3)]
        grid = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(-1, 3)
        ink = np.clip(to_ink(medium.profile_lab(rec2020_from_lab_d50(grid))), 0.0, 1.0)
        white = rec2020_from_xyz_d50(np.asarray(media_white_xyz, np.float64))
        return cls(
            sha256=sha256,
            description=description,
            media_white_rgb_linear=(float(white[0]), float(white[1]), float(white[2])),
            ink_limit=float(ink.sum(axis=1).max()),
            ink_to_lab=lab.reshape(*(INK_NODES,) * 4, 3).astype(np.float32),
            lab_to_ink=ink.reshape(*(COLOUR_NODES,) * 3, 4).astype(np.float32),
            lab_low=(float(low[0]), float(low[1]), float(low[2])),
            lab_high=(float(high[0]), float(high[1]), float(high[2])),
        )

    def reflectance(self, cmyk: Floats) -> Floats:
        """Reflectance of inks, relative to the unprinted medium.

        Parameters
        ----------
        cmyk
            (N, 4) ink fractions, 0 to 1; clipped to that.

        Returns
        -------
        reflectance
            (N, 3) float32 linear Rec.2020; no ink gives (1, 1, 1).
        """
        inks = np.ascontiguousarray(cmyk, np.float32).reshape(-1, 4)
        lab = np.empty((len(inks), 3), np.float32)
        ink_colours(inks, self.ink_to_lab, lab)
        return rec2020_from_lab_d50(lab)

    def ink_and_error(
        self, reflectance: Floats, ink_limit: float | None = None
    ) -> tuple[Array, Array]:
        """Inks for reflectances, and how far they miss.

        Starts from the profile's own separation, so that its black generation and ink
        limit hold, then moves C, M and Y until `reflectance` of the inks is the
        colour asked for, as nearly as the inks allow. Black moves only where C, M
        and Y cannot reach the colour and black can help.

        Parameters
        ----------
        reflectance
            (N, 3) linear Rec.2020 relative to the unprinted medium.
        ink_limit
            Most C+M+Y+K; the profile's own when that is less, or nothing is given.

        Returns
        -------
        cmyk
            (N, 4) float32, 0 to 1.
        error_de00
            (N,) float32 ΔE00 between the colour asked for and `reflectance(cmyk)`, on
            the unprinted medium as white.
        """
        asked = np.ascontiguousarray(reflectance, np.float32).reshape(-1, 3)
        lab = lab_d50_from_rec2020(asked)
        inks = np.empty((len(lab), 4), np.float32)
        error_de00 = np.empty(len(lab), np.float32)
        limit = min(self.ink_limit, FULL_INK if ink_limit is None else ink_limit)
        limit -= ROUNDING  # so that float32 inks never add up to more
        corners = np.array([self.lab_low, self.lab_high])
        search_inks(
            lab, self.ink_to_lab, self.lab_to_ink, corners, limit, inks, error_de00
        )
        return inks, error_de00

    def ink(self, reflectance: Floats, ink_limit: float | None = None) -> Array:
        """(N, 4) float32 inks for (N, 3) reflectances; see `ink_and_error`."""
        return self.ink_and_error(reflectance, ink_limit)[0]

    def in_gamut(self, reflectance: Floats, ink_limit: float | None = None) -> Array:
        """(N,) bool: whether the profile's round trip comes within ΔE00 1."""
        return self.ink_and_error(reflectance, ink_limit)[1] <= IN_GAMUT_DE00


class _Medium:
    """Between a profile's media-relative colours and reflectance, band by band."""

    def __init__(self, white_xyz: Floats, to_lab: ToLab) -> None:
        self._gain = np.asarray(white_xyz, np.float64) / D50_XYZ
        # Profiles miss their own white by a hair; no ink is to be exactly (1, 1, 1).
        bare = xyz_d50_from_lab_d50(to_lab(np.zeros((1, 4)))[0])
        self._bare = rec2020_from_xyz_d50(bare * self._gain)

    def reflectance(self, profile_lab: Floats) -> Floats:
        absolute_xyz = xyz_d50_from_lab_d50(profile_lab) * self._gain
        return rec2020_from_xyz_d50(absolute_xyz) / self._bare

    def profile_lab(self, reflectance: Floats) -> Floats:
        absolute_xyz = xyz_d50_from_rec2020(reflectance * self._bare)
        return lab_d50_from_xyz_d50(absolute_xyz / self._gain)

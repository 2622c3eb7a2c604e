# SPDX-License-Identifier: Apache-2.0
"""Retouching style: how an infill is set against original paint."""

from enum import StrEnum


class RetouchingStyle(StrEnum):
    """Ways of rendering an infill, from indistinguishable to plainly set off.

    `MIMETIC`: as reconstructed. `TRATTEGGIO`: fine vertical lines. `SELEZIONE`
    (selezione cromatica): strokes that follow the form. `NEUTRAL`: one flat tone.
    `LIGHTER`: as reconstructed, a little lighter.

    References
    ----------
    Brandi, *Teoria del restauro*, 1963; Casazza, *Il restauro pittorico nell'unità di
    metodologia*, 1981.
    """

    MIMETIC = "mimetic"
    TRATTEGGIO = "tratteggio"
    SELEZIONE = "selezione"
    NEUTRAL = "neutral"
    LIGHTER = "lighter"

    @property
    def code(self) -> int:
        """Number of the style in a raster; 0 is mimetic."""
        return tuple(RetouchingStyle).index(self)

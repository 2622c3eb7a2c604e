# SPDX-License-Identifier: Apache-2.0
"""Film mask: what is printed on each pixel, and why it is so."""

from enum import IntEnum, IntFlag

COLOURANTS = ("Cyan", "Magenta", "Yellow", "Black")
"""Order of the colour planes; the white plane follows them."""

WHITE_PLANE = 4
OUTCOME_PLANE = 5
MASK_PLANES = 6
"""Planes of a mask raster: C, M, Y, K, white (65535 is full), `PixelOutcome`."""


class PrintIntent(IntEnum):
    """What is asked for at a pixel; the raster the mask stage gets as `INFILL`."""

    NOTHING = 0
    WHITE_AND_COLOUR = 1
    GLAZE = 2


class PixelOutcome(IntFlag):
    """How a printed pixel came about. 0 is not printed."""

    GLAZE = 1
    """Colour without white, as decided."""
    OPAQUE = 2
    """Colour over white."""
    RIM = 4
    """Within the choke of the colour's edge: the white is reduced or absent."""
    OUT_OF_GAMUT = 8
    """The colour asked for cannot be reached: by the profile or for lack of white."""
    INK_LIMITED = 16
    """The ink limit changed the colour by ΔE00 > 1."""

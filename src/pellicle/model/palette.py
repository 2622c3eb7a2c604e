# SPDX-License-Identifier: Apache-2.0
"""Colours of damage classes, the same in maps, pictures, legends and files."""

from typing import TypeAlias

Rgb: TypeAlias = tuple[int, int, int]
"""One sRGB colour, 0 to 255."""

CLASS_COLOURS: tuple[Rgb, ...] = (
    (245, 244, 240),  # no damage mapped: near white in maps, never drawn over a picture
    (226, 26, 62),  # loss
    (255, 158, 22),  # abrasion
    (0, 148, 222),  # craquelure
    (170, 60, 214),  # split
    (128, 150, 20),  # discoloured
    (0, 158, 115),  # overpaint
    (146, 90, 52),  # deposit
    (240, 92, 176),  # tear
)
"""Colour of each `DamageClass` in pictures and legends, by value.

Chosen to stay apart on brown, dark and pale paintings; the report never relies on them
alone, every legend names its class.
"""

FATE_COLOURS: tuple[Rgb, ...] = (
    (245, 244, 240),  # no damage mapped
    (0, 158, 80),  # printed
    (150, 70, 200),  # left by a person
    (150, 150, 150),  # class left unless asked for
    (110, 70, 40),  # no intact paint near enough
    (60, 60, 60),  # too much of the painting
    (0, 190, 230),  # awaits approval
    (250, 225, 0),  # too fine to print
    (40, 90, 235),  # not seen
    (255, 130, 0),  # too fine to align
    (220, 20, 70),  # film would not help
)
"""Colours of what becomes of damage: none, printed, and 1 + each `LeftReason.code`."""

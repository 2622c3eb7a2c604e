# SPDX-License-Identifier: Apache-2.0
"""A picture of evidence with its scale of probability, as one picture.

Job: draw a ramp for each class under the picture, so that it can be read by itself.
Not here: the picture (`overlay.py`).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from pellicle.model.arrays import Array
from pellicle.model.condition import DamageClass
from pellicle.model.palette import CLASS_COLOURS
from pellicle.raster.colour_legend import OUTLINE, SWATCH_PX
from pellicle.raster.lettering import INK, LINE_PX, PAPER, text_width_px, write_text
from pellicle.raster.overlay import evidence_overlay, light_tint

LEAST_WIDTH_PX = 560
RAMP_PX = 14
_EDGE_PX = 12
_TICKS = 4
_LONGEST_PX = 640
_STEP_PX = LINE_PX + 2


def with_evidence_scale(
    picture: Array,
    plain: Mapping[DamageClass, float],
    otherwise: Sequence[DamageClass],
    notes: Sequence[str],
) -> Array:
    """Lay scales of probability under a picture of evidence.

    Parameters
    ----------
    picture
        (H, W, 3) uint8 sRGB, from `evidence_overlay`.
    plain
        By class, in order of the picture's bands: probability that is marked on its
        scale.
    otherwise
        Classes that are also found without a probability.
    notes
        Lines of text over the scales.

    Returns
    -------
    whole
        (H + about 200, at least 560, 3) uint8 sRGB: the picture, on white; the notes; a
        ramp a class from 0 to 1, with its mark; the light tints.
    """
    height, width = picture.shape[:2]
    widest = max(text_width_px(one) for one in notes) + 2 * _EDGE_PX
    wide = max(width, LEAST_WIDTH_PX, widest)
    rows = len(notes) + 1 + len(plain) + 2
    legend = np.full((rows * _STEP_PX + LINE_PX, wide, 3), PAPER, np.uint8)
    for line, note in enumerate(notes):
        write_text(legend, note, _EDGE_PX, LINE_PX + line * _STEP_PX)
    names = [one.label for one in plain]
    left = 2 * _EDGE_PX + max(map(text_width_px, names))
    unit = "1 (certain)"
    long_px = min(wide - left - text_width_px(unit) - _EDGE_PX, _LONGEST_PX)
    top = (len(notes) + 1) * _STEP_PX - 4
    for row, (damage_class, mark) in enumerate(plain.items()):
        at = top + row * _STEP_PX
        ramp = legend[at : at + RAMP_PX, left : left + long_px]
        ramp[:] = _ramp(damage_class, long_px)
        write_text(legend, damage_class.label, _EDGE_PX, at + RAMP_PX - 2)
        column = round(mark * (long_px - 1))
        ramp[:, max(column - 2, 0) : column + 3] = PAPER
        ramp[:, max(column - 1, 0) : column + 2] = INK
    below = top + len(plain) * _STEP_PX
    for tick in range(_TICKS + 1):
        at = left + round((long_px - 1) * tick / _TICKS)
        legend[below - 8 : below - 3, at] = INK
        label = unit if tick == _TICKS else f"{tick / _TICKS:g}"
        write_text(legend, label, at - text_width_px(label[:4]) // 2, below + 12)
    _write_tints(legend, otherwise, below + LINE_PX)
    whole = np.full((height + len(legend), wide, 3), PAPER, np.uint8)
    whole[:height, :width] = picture
    whole[height:] = legend
    return whole


def _ramp(damage_class: DamageClass, long_px: int) -> Array:
    """(1, W, 3) uint8: from 0 to 1 over the middle grey of a picture."""
    evidence = np.zeros((1, long_px, damage_class), np.uint8)
    evidence[0, :, damage_class - 1] = np.rint(np.linspace(0, 255, long_px))
    beneath = np.full((1, long_px, 3), 128, np.uint8)
    return evidence_overlay(beneath, evidence, np.zeros((1, long_px), np.uint8))


def _write_tints(legend: Array, otherwise: Sequence[DamageClass], top: int) -> None:
    left = _EDGE_PX
    for one in otherwise:
        words = f"{one.label}, found by filters alone"
        box = slice(left - 1, left + SWATCH_PX + 1)
        legend[top - 1 : top + SWATCH_PX + 1, box] = OUTLINE
        tint = light_tint(CLASS_COLOURS[one])
        legend[top : top + SWATCH_PX, left : left + SWATCH_PX] = tint
        write_text(legend, words, left + SWATCH_PX + 8, top + SWATCH_PX - 3)
        left += SWATCH_PX + 32 + text_width_px(words)

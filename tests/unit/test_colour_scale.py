# SPDX-License-Identifier: Apache-2.0
"""The map of differences carries its own scale."""

import subprocess
import sys

import numpy as np
import pytest

from pellicle.raster.colour_scale import BAR_PX, LEAST_WIDTH_PX, with_difference_scale
from pellicle.raster.lettering import LINE_PX, text_line, text_width_px, write_text
from pellicle.raster.overlay import DIFFERENCE_RAMP, NOT_MEASURED, difference_heatmap


@pytest.mark.parametrize("width", [20, 700, 1500])
def test_the_picture_stays_as_it_is_and_the_ramp_lies_beneath(width):
    de00 = np.linspace(0, 12, 30 * width, dtype=np.float32).reshape(30, width)
    picture = difference_heatmap(de00, 10.0)
    whole = with_difference_scale(picture, 10.0, "Proof against reconstruction")
    np.testing.assert_array_equal(whole[:30, :width], picture)
    assert whole.shape[1] == max(width, LEAST_WIDTH_PX)
    legend = whole[30:]
    for colour in (DIFFERENCE_RAMP[0], DIFFERENCE_RAMP[-1], NOT_MEASURED):
        assert (legend == np.array(colour, np.uint8)).all(axis=2).sum() >= BAR_PX
    assert (legend[:LINE_PX] < 100).any()


def test_a_line_of_text_is_as_wide_as_it_says_and_cut_where_it_ends():
    text = "ΔE00 0–10, 2.4 × 3.1 mm"
    line = text_line(text, 400)
    columns = np.flatnonzero((line < 128).any(axis=(0, 2)))
    assert columns.min() >= 2
    assert columns.max() <= 4 + text_width_px(text)
    narrow = np.full((LINE_PX, 30, 3), 255, np.uint8)
    write_text(narrow, text, 2, LINE_PX - 6)
    np.testing.assert_array_equal(narrow[:, :28], line[:, :28])


BOLD_TEXT_FIRST = """
import sys

import cv2
import numpy as np

from pellicle.raster.lettering import text_line

sheet = np.zeros((60, 200, 3), np.uint8)
cv2.putText(sheet, "bold", (5, 50), cv2.FONT_HERSHEY_DUPLEX, 1.5, (9, 9, 9), 5)
sys.stdout.buffer.write(text_line("ΔE00 0–10", 200).tobytes())
"""
"""A process's first text settles the weight of all that do not say theirs."""


def test_words_look_the_same_whatever_was_drawn_before():
    told = subprocess.run(
        [sys.executable, "-c", BOLD_TEXT_FIRST], capture_output=True, check=True
    )
    assert told.stdout == text_line("ΔE00 0–10", 200).tobytes()

# SPDX-License-Identifier: Apache-2.0
"""The picture of evidence carries its own scale."""

import numpy as np
import pytest

from pellicle.model.condition import DamageClass
from pellicle.model.palette import CLASS_COLOURS
from pellicle.raster.evidence_scale import LEAST_WIDTH_PX, with_evidence_scale
from pellicle.raster.overlay import light_tint

PLAIN = {DamageClass(k): mark for k, mark in ((1, 0.7), (2, 0.7), (3, 0.9), (4, 0.8))}


@pytest.mark.parametrize("width", [20, 700, 1500])
def test_the_picture_stays_and_every_class_has_its_ramp_and_tint(width) -> None:
    picture = np.full((30, width, 3), 77, np.uint8)
    tinted = (DamageClass.LOSS, DamageClass.CRAQUELURE)
    whole = with_evidence_scale(picture, PLAIN, tinted, ("Probability of damage",))
    np.testing.assert_array_equal(whole[:30, :width], picture)
    assert whole.shape[1] == max(width, LEAST_WIDTH_PX)
    legend = whole[30:]
    colours = [CLASS_COLOURS[one] for one in PLAIN]
    colours += [light_tint(CLASS_COLOURS[one]) for one in tinted]
    for colour in colours:
        assert (legend == np.array(colour, np.uint8)).all(axis=2).any()
    assert (legend[-4:] == 255).all()  # nothing is cut off


def test_a_probability_is_marked_where_it_stands_on_the_scale() -> None:
    def first_mark(probability: float) -> int:
        plain = {DamageClass.LOSS: probability}
        picture = np.full((5, 700, 3), 77, np.uint8)
        legend = with_evidence_scale(picture, plain, (), ("Probability",))[5:]
        bars = (legend[46:56] == 20).all(axis=(0, 2))
        return int(np.flatnonzero(bars)[0])

    low, middle, high = map(first_mark, (0.25, 0.5, 0.75))
    assert high - middle == pytest.approx(middle - low, abs=1)
    assert middle - low > 80

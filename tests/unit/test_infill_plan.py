# SPDX-License-Identifier: Apache-2.0
"""By which method a region is infilled, and what is said of it."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from pellicle.io.icc import scan_encoding
from pellicle.model.condition import DamageClass, Region, RegionOrigin
from pellicle.model.infill_plan import Passage, PlannedInfill, RegionFacts, Surroundings
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.reconstruction import CopiedFrom, InfillMethod
from pellicle.model.units import PixelSize
from pellicle.stages.reconstruct.plan import (
    plan_region,
    reason_in_words,
    too_much_in_words,
    width_in_words,
)
from pellicle.workflow.infill_plan import (
    left_unasked,
    plan_regions,
    plan_rows,
    plans_of,
)
from pellicle.workflow.region_facts import PlanSources

CANVAS = Surroundings(
    passage=Passage.TEXTURED,
    contours=0,
    texture_l=1.8,
    spread_l=6.0,
    coherence=0.1,
    repeat=0.2,
    period_mm=0.0,
)
NARROW = RegionFacts(width_mm=0.3, wide=False, at_border=False)
WIDE = RegionFacts(width_mm=2.41, wide=True, at_border=False, surroundings=CANVAS)


def said(facts, became, **more):
    return reason_in_words(plan_region(facts), became, **more)


def test_a_narrow_region_is_interpolated():
    assert plan_region(NARROW).method is InfillMethod.DIFFUSION
    words = said(NARROW, InfillMethod.DIFFUSION)
    assert words == "0.3 mm wide: interpolated from its edges"


def test_a_wide_region_without_reference_is_copied_from_nearby():
    assert plan_region(WIDE).method is InfillMethod.PATCHES
    assert said(WIDE, InfillMethod.PATCHES) == (
        "2.4 mm wide, textured, no reference: copied from similar paint nearby"
    )


def test_a_reference_that_shows_a_wide_region_goes_first():
    facts = replace(WIDE, references=(2,), references_given=True)
    assert plan_region(facts).method is InfillMethod.REFERENCE
    assert said(facts, InfillMethod.REFERENCE) == (
        "2.4 mm wide, textured, shown by reference 2: taken from it"
    )
    assert said(facts, InfillMethod.PATCHES).endswith(
        "shown by reference 2, which does not fit there: copied from similar paint"
        " nearby"
    )


def test_a_reference_serves_where_no_paint_is_left_around():
    facts = replace(WIDE, surroundings=None, references=(1,), rim_known=0.0)
    assert plan_region(facts).method is InfillMethod.REFERENCE


def test_a_wide_region_that_meets_hardly_any_paint_is_left_and_says_so():
    facts = replace(WIDE, rim_known=0.06)
    assert plan_region(facts).method is None
    assert said(facts, None).endswith(
        "left, for intact paint meets only 6 % of its edge"
    )
    alone = replace(WIDE, surroundings=None, rim_known=0.0)
    assert said(alone, None).endswith("no intact paint near enough to infill from")


def test_what_a_person_asked_for_overrides_what_would_be_left():
    plans = {4: plan_region(replace(WIDE, rim_known=0.0)), 5: plan_region(WIDE)}
    assert left_unasked(plans, set()) == [4]
    assert left_unasked(plans, {4}) == []
    words = reason_in_words(plans[4], InfillMethod.PATCHES, asked="patches")
    assert words.endswith(": patches, as a person asked")


def test_the_words_follow_what_became_of_it():
    partly = said(WIDE, InfillMethod.DIFFUSION, copied=True)
    assert partly.endswith(
        "its widest part copied from similar paint nearby, the rest interpolated from"
        " its edges"
    )
    beside = said(NARROW, InfillMethod.PATCHES)
    assert beside.startswith("0.3 mm wide, beside other damage: copied")
    nothing = said(NARROW, None)
    assert nothing.endswith(
        "left, for there is no intact paint near enough to infill from"
    )


def test_contours_patterns_and_borders_are_named():
    paint = replace(CANVAS, passage=Passage.PATTERNED, period_mm=3.2, contours=2)
    facts = replace(WIDE, surroundings=paint, at_border=True, references_given=True)
    assert said(facts, InfillMethod.PATCHES) == (
        "2.4 mm wide, patterned every 3.2 mm, 2 contours run in, at the edge of the"
        " painting, no reference shows it: copied from similar paint nearby"
    )
    one = replace(facts, surroundings=replace(paint, contours=1))
    assert "one contour runs in" in said(one, InfillMethod.PATCHES)


@pytest.mark.parametrize(
    ("mm", "words"),
    [(0.004, "0.01 mm"), (0.084, "0.08 mm"), (0.31, "0.3 mm"), (12.34, "12 mm")],
)
def test_widths_are_said_in_two_digits(mm, words):
    assert width_in_words(mm) == words


def test_too_much_of_the_painting_is_told_in_percent():
    assert too_much_in_words(0.523).startswith(
        "covers 52 % of the painting: left until"
    )


def test_the_plan_comes_back_from_the_run_as_it_was_kept():
    facts = replace(WIDE, references=(1, 3), references_given=True)
    plans = {
        2: plan_region(NARROW),
        7: plan_region(facts),
        9: PlannedInfill(WIDE, None),
    }
    kept = json.loads(json.dumps(plan_rows(plans)))
    assert plans_of(kept) == plans


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            CopiedFrom(-123, -40, 0.62, 130.0, 900),
            "mostly 12.3 mm left, 4.0 mm above (62 %)",
        ),
        (
            CopiedFrom(28, 0, 0.07, 25.4, 900),
            "half of it within 2.5 mm, most often 2.8 mm right (7 %)",
        ),
        (CopiedFrom(0, 9, 0.5, 9.0, 2), "mostly 0.9 mm below (50 %)"),
    ],
)
def test_where_paint_was_copied_from_is_said_in_millimetres(source, words):
    assert source.in_words(0.1) == words


class Held:
    """A plane in memory that keeps the most it was asked for at once."""

    def __init__(self, pixels):
        self.pixels, self.most_px = pixels, 0

    def read(self, window):
        self.most_px = max(self.most_px, window.shape[0] * window.shape[1])
        return self.pixels[window.slices].copy()


def test_a_very_large_region_is_measured_coarser_and_read_in_strips():
    shape = (2600, 2200)
    lost = np.zeros(shape, np.bool_)
    lost[60:-60, 60:-60] = True
    grey = np.full((*shape, 3), 120, np.uint8)
    numbers = Held(lost.astype(np.uint32))
    raster = RasterSpec(*shape, PixelSize(170.0))
    sources = PlanSources(
        samples=Held(grey),
        numbers=numbers,
        infilled=np.array([0, 1], np.uint8),
        painting=Held(np.ones(shape, np.uint8)),
        encoding=scan_encoding(None, 3),
        raster=raster,
        diffusion_px=24.0,
    )
    region = Region(
        number=1,
        id="large",
        damage_class=DamageClass.LOSS,
        window=Window(60, 60, shape[0] - 60, shape[1] - 60),
        pixels=int(lost.sum()),
        area_mm2=1.0,
        confidence=1.0,
        origin=RegionOrigin.GIVEN,
    )
    with ThreadPoolExecutor(1) as pool:
        plan = plan_regions(pool, sources, [region])[1]
    assert plan.method is InfillMethod.PATCHES
    assert plan.facts.width_mm == pytest.approx(2080 * 0.17, abs=0.2)
    assert plan.facts.surroundings.passage is Passage.FLAT
    assert plan.facts.rim_known == 1.0
    assert not plan.facts.at_border
    assert numbers.most_px < 2_200_000 < 0.4 * lost.size

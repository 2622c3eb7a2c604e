# SPDX-License-Identifier: Apache-2.0
"""Which infill is rendered how, before anybody looks at a pixel."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pellicle.model.arrays import Array
from pellicle.model.condition import ConditionMap, DamageClass, Region, RegionOrigin
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.reconstruction import EvidenceGrade, Infill, InfillMethod
from pellicle.model.style import RetouchingStyle
from pellicle.model.units import PixelSize
from pellicle.workflow.reconstruct import ReconstructionInUse
from pellicle.workflow.regions import RegionsInUse
from pellicle.workflow.selection import RegionDecision
from pellicle.workflow.style import chosen_styles

RASTER = RasterSpec(120, 240, PixelSize(200.0))
WIDE = Window(10, 10, 80, 80)  # 14 mm
NARROW = Window(10, 90, 110, 130)  # 8 mm across, 20 mm long
COPIED = Window(10, 140, 90, 230)


class Held:
    """A plane in memory."""

    def __init__(self, pixels: Array) -> None:
        self.pixels = pixels

    def read(self, window: Window) -> Array:
        return np.asarray(self.pixels[window.slices].copy())


def infilled() -> tuple[RegionsInUse, ReconstructionInUse]:
    """Three infills: generated wide, generated narrow, copied wide."""
    numbers = np.zeros(RASTER.shape, np.uint32)
    evidence = np.zeros(RASTER.shape, np.uint8)
    grades = (EvidenceGrade.GENERATED, EvidenceGrade.GENERATED, EvidenceGrade.COPIED)
    regions, infills = [], {}
    for number, (window, grade) in enumerate(
        zip((WIDE, NARROW, COPIED), grades, strict=True), start=1
    ):
        numbers[window.slices] = number
        evidence[window.slices] = grade
        size = window.shape[0] * window.shape[1]
        one = Region(
            number=number,
            id=f"region{number}",
            damage_class=DamageClass.LOSS,
            window=window,
            pixels=size,
            area_mm2=size * RASTER.pixel_size.area_mm2,
            confidence=1.0,
            origin=RegionOrigin.GIVEN,
        )
        regions.append(one)
        infills[number] = Infill(one.id, InfillMethod.PATCHES, grade)
    held: Any = Held(numbers)
    known: Any = Held(evidence)
    in_use = RegionsInUse(ConditionMap(RASTER, tuple(regions)), held, held, "run")
    return in_use, ReconstructionInUse(held, known, known, infills, {}, "run")


@contextmanager
def one_thread() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def styles(usual: RetouchingStyle, **said: RetouchingStyle) -> list[RetouchingStyle]:
    work: Any = SimpleNamespace(pool=one_thread)
    regions, made = infilled()
    asked = {
        int(name.removeprefix("region")): RegionDecision(style=style)
        for name, style in said.items()
    }
    found = chosen_styles(work, regions, made, asked, usual)
    return [found[number] for number in (1, 2, 3)]


def test_what_is_generated_and_wider_than_a_centimetre_is_neutral_unasked() -> None:
    mimetic, neutral = RetouchingStyle.MIMETIC, RetouchingStyle.NEUTRAL
    assert styles(mimetic) == [neutral, mimetic, mimetic]


def test_the_usual_style_is_no_persons_word_on_a_generated_infill() -> None:
    tratteggio = RetouchingStyle.TRATTEGGIO
    assert styles(tratteggio) == [RetouchingStyle.NEUTRAL, tratteggio, tratteggio]


@pytest.mark.parametrize("style", list(RetouchingStyle))
def test_a_person_may_ask_for_any_style_of_any_infill(style: RetouchingStyle) -> None:
    lighter = RetouchingStyle.LIGHTER
    assert styles(lighter, region1=style, region3=style) == [style, lighter, style]


def test_recoloured_paint_is_never_rendered_in_a_style() -> None:
    work: Any = SimpleNamespace(pool=one_thread)
    regions, made = infilled()
    grade = EvidenceGrade.RECOLOURED
    infills = {3: Infill("region3", InfillMethod.RECOLOUR, grade)}
    recoloured = replace(made, infills=infills)
    asked = {3: RegionDecision(style=RetouchingStyle.TRATTEGGIO)}
    usual = RetouchingStyle.LIGHTER
    found = chosen_styles(work, regions, recoloured, asked, usual)
    assert found == {3: RetouchingStyle.MIMETIC}

# SPDX-License-Identifier: Apache-2.0
"""One variety of a kind of damage alone, and several together."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from aged_paint import MAY_LABEL, paint

from pellicle.errors import BadSettingError
from pellicle.learn.ageing.abrasion import Wear, drawn_abrasion_plan
from pellicle.learn.ageing.age import Aged, age
from pellicle.learn.ageing.crack_growth import CrackKind, drawn_plan
from pellicle.learn.ageing.deposits import Deposit, drawn_deposit_plan
from pellicle.learn.ageing.distractors import Distractor, drawn_distractor_plan
from pellicle.learn.ageing.loss_forms import Form
from pellicle.learn.ageing.losses import SPECKS, drawn_loss_plan
from pellicle.learn.ageing.photograph import jpeg_blocks
from pellicle.learn.ageing.recipe import VARIETIES, Kind, Part, Recipe
from pellicle.learn.ageing.scene import Scene, Shade
from pellicle.learn.ageing.scratches import Scratch, drawn_scratch_plan
from pellicle.learn.ageing.split_plan import SplitKind, drawn_split_plan
from pellicle.learn.ageing.varnish import Change, drawn_varnish_plan
from pellicle.model.condition import DamageClass
from pellicle.model.units import PixelSize
from pellicle.workflow.age import AgeRequest, age_scan

COARSE = PixelSize.from_ppi(100)
SEEDS = range(12)
PARTS = [Part(kind, name) for kind, names in VARIETIES.items() for name in names]
NO_AREA = {Part(Kind.VARNISH, Change.ALL_OVER), Part(Kind.VARNISH, "cleaning-tests")}
SHALLOW_IS_NONE = {Part(Kind.SCRATCHES, Scratch.PINHOLES)}


def aged(seed: int, *parts: Part) -> Aged:
    recipe = Recipe(kinds=(), varieties=parts)
    return age(paint(side_px=180), COARSE, recipe, np.random.default_rng(seed))


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_variety_alone_is_drawn_and_labelled_as_its_kind(part: Part) -> None:
    may_be = set() if part in NO_AREA else {int(one) for one in MAY_LABEL[part.kind]}
    if part in SHALLOW_IS_NONE:
        may_be.discard(int(DamageClass.ABRASION))
    drawn = False
    for seed in SEEDS:
        after = aged(seed, part)
        found = set(np.unique(after.labels).tolist()) - {0}
        assert found <= may_be
        drawn = bool(found) if may_be else bool(after.changed.any())
        if drawn:
            break
    assert drawn
    assert list(after.contrasts_l) == [str(part)]


def test_varieties_together_are_those_drawn_alone() -> None:
    parts = (
        Part(Kind.CRAQUELURE, CrackKind.DRYING),
        Part(Kind.CRAQUELURE, CrackKind.AGE),
        Part(Kind.DEPOSITS, Deposit.FOXING),
    )
    alone = [aged(1, part) for part in parts]
    together = aged(1, *parts)
    changed = np.logical_or.reduce([one.changed for one in alone])
    np.testing.assert_array_equal(together.changed, changed)
    contrasts_l: dict[str, float] = {}
    for one in alone:
        contrasts_l.update(one.contrasts_l)
    assert together.contrasts_l == contrasts_l


def test_a_kind_in_full_is_the_same_beside_a_variety() -> None:
    full = Recipe.of(Kind.DEPOSITS)
    both = Recipe(
        kinds=(Kind.DEPOSITS,), varieties=(Part(Kind.DEPOSITS, Deposit.DRIPS),)
    )
    one, two = (
        age(paint(side_px=180), COARSE, r, np.random.default_rng(2))
        for r in (full, both)
    )
    assert list(two.contrasts_l) == ["deposits", "deposits:drips"]
    assert two.contrasts_l["deposits"] == one.contrasts_l["deposits"]
    assert (two.changed | one.changed == two.changed).all()
    assert (two.changed != one.changed).any()


def test_parts_come_in_the_order_of_ageing_each_once() -> None:
    foxing = Part(Kind.DEPOSITS, Deposit.FOXING)
    islands = Part(Kind.CRAQUELURE, CrackKind.ISLANDS)
    stains = Part(Kind.DEPOSITS, Deposit.STAINS)
    recipe = Recipe(
        kinds=(Kind.DEPOSITS, Kind.LOSS), varieties=(foxing, stains, islands, foxing)
    )
    assert [str(part) for part in recipe.parts] == [
        "craquelure:islands",
        "loss",
        "deposits",
        "deposits:stains",
        "deposits:foxing",
    ]


def whole_between(wear: Wear) -> float:
    """Part of worn patches, gaps of 3 mm closed, that nothing covers."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (35, 35))
    recipe = Recipe(kinds=(), varieties=(Part(Kind.ABRASION, wear),))
    picture, parts = paint(side_px=400), []
    for seed in range(16):
        rng = np.random.default_rng(seed)
        after = age(picture, PixelSize.from_ppi(300), recipe, rng)
        worn = (after.labels == DamageClass.ABRASION).astype(np.uint8)
        if worn.sum() > 300:
            patch = cv2.morphologyEx(worn, cv2.MORPH_CLOSE, disc) > 0
            apart = np.abs(after.rgb_linear - picture).max(axis=2)
            parts.append((apart[patch] < 0.01).mean())
    assert len(parts) >= 6
    return float(np.mean(parts))


def test_most_paint_that_is_bared_is_whole_and_of_other_worn_paint_it_is_not() -> None:
    assert whole_between(Wear.BARED) > 0.5
    assert whole_between(Wear.STREAKS) < 0.4  # the next barest
    assert whole_between(Wear.THREADS) < 0.3


def test_bared_paint_never_comes_unasked() -> None:
    last = tuple(Wear).index(Wear.BARED)
    for seed in range(50):
        plan = drawn_abrasion_plan(np.random.default_rng(seed))
        assert plan.weights[last] == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_holds_nothing_but_what_it_is_narrowed_to(seed: int) -> None:
    def rng() -> np.random.Generator:
        return np.random.default_rng(seed)

    for crack in CrackKind:
        assert drawn_plan(rng(), crack).kind is crack
    for deposit in Deposit:
        assert set(drawn_deposit_plan(rng(), only=deposit).counts) == {deposit}
    for distractor in Distractor:
        assert set(drawn_distractor_plan(rng(), only=distractor).kinds) == {distractor}
    for number, wear in enumerate(Wear):
        assert np.flatnonzero(drawn_abrasion_plan(rng(), only=wear).weights) == [number]
    for number, form in enumerate(Form):
        losses = drawn_loss_plan(rng(), only=form)
        assert np.flatnonzero(losses.weights) == [number]
        assert losses.losses_per_dm2 > losses.specks_per_dm2 == 0
    specks = drawn_loss_plan(rng(), only=SPECKS)
    assert specks.specks_per_dm2 > specks.losses_per_dm2 == 0
    for number, kind in enumerate(Scratch):
        scratches = drawn_scratch_plan(rng(), only=kind)
        densities = (
            scratches.shapes_per_dm2,
            scratches.lines_per_dm2,
            scratches.pinholes_per_dm2,
        )
        assert np.flatnonzero(densities) == [number]
    straight, torn = (drawn_split_plan(rng(), only=kind) for kind in SplitKind)
    assert straight.wander < 0.2 < torn.wander


@pytest.mark.parametrize("change", Change)
def test_one_change_of_the_varnish_alone(change: Change) -> None:
    for seed in range(8):
        plan = drawn_varnish_plan(np.random.default_rng(seed), 8.0, change)
        happens = {
            Change.CLEANING_TESTS: plan.cleaning_tests > 0,
            Change.PATCHES: plan.patches > 0,
            Change.BLOOM: plan.bloomed > 0,
            Change.FADING: plan.faded > 0,
        }
        assert [one for one, true in happens.items() if true] == (
            [change] if change in happens else []
        )
        over_all = change in {Change.ALL_OVER, Change.CLEANING_TESTS}
        assert (plan.density > 0) == over_all


def test_blocks_of_compression_lie_eight_pixels_apart() -> None:
    scene = Scene.of(paint(side_px=180), COARSE)
    (shade,) = jpeg_blocks(scene, 60.0, np.random.default_rng(0))
    assert isinstance(shade, Shade)
    steps = np.abs(np.diff(shade.gain.mean(axis=2), axis=1)).mean(axis=0)
    border = np.arange(1, len(steps) + 1) % 8 == 0
    assert steps[border].mean() > 2 * steps[~border].mean()
    faint = jpeg_blocks(scene, 3.0, np.random.default_rng(0))[0]
    assert isinstance(faint, Shade)
    assert np.abs(faint.gain - 1).mean() < np.abs(shade.gain - 1).mean()


def scan_file(folder: Path) -> Path:
    samples = (255 * paint(side_px=120) ** 0.5).astype(np.uint8)
    path = folder / "scan.tif"
    tifffile.imwrite(
        path, samples, photometric="rgb", resolution=(100, 100), resolutionunit="INCH"
    )
    return path


def test_the_record_names_what_was_drawn(tmp_path: Path) -> None:
    asked = ("deposits:foxing", "craquelure:drying", "loss")
    request = AgeRequest(scan_file(tmp_path), kinds=asked, seed=1)
    record = age_scan(tmp_path / "aged", request, quiet=True)
    assert record["kinds"] == ["craquelure:drying", "loss", "deposits:foxing"]
    assert list(record["contrasts_l"]) == record["kinds"]


@pytest.mark.parametrize("name", ["rust", "craquelure:foxing", "loss:", ":age", ""])
def test_what_is_no_damage_is_refused_and_what_is_is_named(
    tmp_path: Path, name: str
) -> None:
    request = AgeRequest(scan_file(tmp_path), kinds=(name,))
    with pytest.raises(BadSettingError) as refused:
        age_scan(tmp_path / "aged", request, quiet=True)
    kind, _, _ = name.partition(":")
    one = VARIETIES[Kind(kind)][0] if kind in tuple(Kind) else Kind.CRAQUELURE
    assert one in refused.value.problem
    assert not (tmp_path / "aged").exists()

# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from pellicle.colour.convert import lab_d50_from_rec2020, rec2020_from_lab_d50
from pellicle.colour.difference import ciede2000
from pellicle.colour.film import FilmModel
from pellicle.io.icc import output_profile
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.model.mask import (
    OUTCOME_PLANE,
    WHITE_PLANE,
    GamutChoice,
    PixelOutcome,
    PrintIntent,
)
from pellicle.model.missed import MissedColour, MissedColours
from pellicle.stages.mask.hue import SAME_HUE, hue_difference
from pellicle.stages.mask.ink import coverage
from pellicle.stages.mask.missed import (
    WAYS,
    FilmWays,
    ink_limit_cost_de00,
    ink_limited,
    missed_de00,
    out_of_reach,
    ways_de00,
    with_one_more_pass,
)
from pellicle.stages.mask.separation import separate

SETUP, ICC = load_print_setup(DEFAULT_PRINT_SETUP)
INK = output_profile(ICC)
WAYS_OF_FILM = FilmWays.of(SETUP, SETUP, INK)


def paint(count: int) -> np.ndarray:
    return np.full((count, 3), 0.3, np.float32)


def vivid(count: int) -> np.ndarray:
    """Saturated colours of middle lightness, which no offset ink reaches."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    lab = np.stack([np.full(count, 55), 85 * np.cos(angle), 85 * np.sin(angle)], 1)
    return np.maximum(rec2020_from_lab_d50(lab.astype(np.float32)), 0)


def separated(target: np.ndarray, *, keep_hue: bool = False) -> np.ndarray:
    count = len(target)
    return separate(
        FilmModel.of(SETUP, INK),
        paint(count),
        target,
        np.zeros(count, np.bool_),
        np.ones(count, np.float32),
        keep_hue=np.full(count, keep_hue),
    )


def seen_lab(planes: np.ndarray) -> np.ndarray:
    model, plates = FilmModel.of(SETUP, INK), coverage(planes[:, : WHITE_PLANE + 1])
    white = plates[:, WHITE_PLANE].copy()
    base = model.base(paint(len(planes)), white)
    return lab_d50_from_rec2020(model.seen(base, plates[:, :WHITE_PLANE], white))


def test_kept_hues_are_the_hues_asked_for_and_cost_little_more() -> None:
    target = vivid(12)
    nearest, kept = separated(target), separated(target, keep_hue=True)
    lab = lab_d50_from_rec2020(target)
    missed = out_of_reach(nearest)
    assert missed.sum() >= 8
    turned = hue_difference(lab, seen_lab(nearest))
    assert (turned[missed] > SAME_HUE).sum() >= 6
    assert hue_difference(lab, seen_lab(kept)).max() <= SAME_HUE + 1e-3
    cost = ciede2000(lab, seen_lab(kept)) - ciede2000(lab, seen_lab(nearest))
    assert cost.max() < 6
    # What can be reached, and what keeps its hue anyhow, is printed as before.
    same = ~missed | (turned <= SAME_HUE)
    np.testing.assert_array_equal(kept[same], nearest[same])


def test_no_colour_of_a_kept_hue_is_nearer_on_a_grid_of_inks() -> None:
    target = vivid(6)[3:]
    lab, kept = lab_d50_from_rec2020(target), separated(target, keep_hue=True)
    axis = np.linspace(0, 1, 11, dtype=np.float32)
    inks = np.stack(np.meshgrid(axis, axis, axis, axis), -1).reshape(-1, 4)
    inks = inks[inks.sum(axis=1) <= SETUP.inks.ink_limit_percent / 100]
    model, white = FilmModel.of(SETUP, INK), np.ones(len(inks), np.float32)
    base = model.base(paint(len(inks)), white)
    grid_lab = lab_d50_from_rec2020(model.seen(base, inks, white))
    for one, own in zip(lab, seen_lab(kept), strict=True):
        same = np.broadcast_to(one, grid_lab.shape)
        of_hue = hue_difference(same, grid_lab) <= SAME_HUE
        least_de00 = ciede2000(one, grid_lab[of_hue]).min()
        assert ciede2000(one, own) <= least_de00 + 0.3


def test_hue_differences_are_those_of_the_standard() -> None:
    lab = np.array([[50, 20, 0], [50, 0, 0], [50, 20, 0]], np.float32)
    other = np.array([[50, 0, 20], [50, 30, 0], [70, 40, 0]], np.float32)
    # ΔH² = ΔE² − ΔL² − ΔC²
    np.testing.assert_allclose(
        hue_difference(lab, other), [np.sqrt(800), 0, 0], atol=1e-3
    )


def test_each_choice_leaves_what_printing_so_leaves() -> None:
    target = vivid(8)
    planes = separated(target)
    left = ways_de00(WAYS_OF_FILM, paint(8), target, planes)
    assert left.shape == (8, len(WAYS))
    lab = lab_d50_from_rec2020(target)
    np.testing.assert_allclose(left[:, 0], ciede2000(lab, seen_lab(planes)), atol=1e-4)
    kept = separated(target, keep_hue=True)
    np.testing.assert_allclose(left[:, 1], ciede2000(lab, seen_lab(kept)), atol=1e-4)
    np.testing.assert_allclose(
        missed_de00(SETUP, INK, paint(8), target, planes), left[:, 0], atol=1e-4
    )


def test_more_white_brings_pale_colours_nearer_and_deep_ones_not() -> None:
    dark = np.full((2, 3), 0.02, np.float32)
    target = np.array([[0.72, 0.7, 0.68], [0.004, 0.004, 0.004]], np.float32)
    glaze, whole = np.zeros(2, np.bool_), np.ones(2, np.float32)
    planes = separate(FilmModel.of(SETUP, INK), dark, target, glaze, whole)
    left = ways_de00(WAYS_OF_FILM, dark, target, planes)
    assert left[0, 2] < left[0, 0] - 0.5
    assert left[1, 2] > left[1, 0]


def test_one_more_pass_is_refused_where_there_is_no_room_for_it() -> None:
    more = with_one_more_pass(SETUP)
    assert more is not None
    assert more.white.passes == SETUP.white.passes + 1
    full = SETUP.white.model_copy(update={"passes": 10})
    assert with_one_more_pass(SETUP.model_copy(update={"white": full})) is None
    none = SETUP.white.model_copy(update={"levels": (0.0,)})
    assert with_one_more_pass(SETUP.model_copy(update={"white": none})) is None


def test_a_measured_white_is_assumed_with_one_more_pass() -> None:
    unmeasured = {k: v for k, v in SETUP.unmeasured.items() if k != "white"}
    measured = SETUP.model_copy(
        update={"unmeasured": unmeasured, "measured": {"white": "Measured in May."}}
    )
    more = with_one_more_pass(measured)
    assert more is not None
    assert "white" not in more.measured
    assert "2 of its 3 passes" in more.unmeasured["white"]


def test_ink_limit_costs_deep_colours_something_and_rims_are_not_out_of_reach() -> None:
    deep = np.full((1, 3), 0.004, np.float32)
    planes = separated(deep)
    assert ink_limited(planes).all()
    cost = ink_limit_cost_de00(WAYS_OF_FILM, paint(1), deep, planes)
    assert 0.5 < cost[0] < 3
    assert out_of_reach(planes).all()
    planes[:, OUTCOME_PLANE] |= np.uint16(PixelOutcome.RIM)
    assert not out_of_reach(planes).any()


@pytest.mark.parametrize("intent", list(PrintIntent))
def test_keeping_the_hue_is_no_other_intent(intent: PrintIntent) -> None:
    kept = intent.keeping_hue
    assert kept.keeping_hue is kept
    assert kept.name.startswith(intent.name)
    assert (kept is PrintIntent.NOTHING) == (intent is PrintIntent.NOTHING)


def test_what_is_kept_with_a_mask_comes_back() -> None:
    one = MissedColour(12, 2.5, 4.0, {GamutChoice.KEEP_HUE: 2.75})
    missed = MissedColours({3: one}, {3: MissedColour(2, 1.25, 1.5)})
    assert MissedColours.from_json(missed.as_json()) == missed

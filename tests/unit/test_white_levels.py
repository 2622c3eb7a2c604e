# SPDX-License-Identifier: Apache-2.0
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP
from pellicle.workflow.white_levels import CHOICES, NO_WHITE, PLAIN, white_level_costs


def test_more_levels_reach_more_and_not_looking_beneath_costs_most() -> None:
    costs = white_level_costs(DEFAULT_PRINT_SETUP)
    assert [cost.levels for cost in costs] == [*map(str, CHOICES), PLAIN]
    two, three, five, any_level, plain = costs
    assert two.out_of_gamut > three.out_of_gamut >= any_level.out_of_gamut
    assert two.white > three.white > five.white > any_level.white
    assert two.mean_de00 > three.mean_de00
    for cost in (two, three, five, any_level):
        assert cost.in_gamut_mean_de00 < 0.5
        assert plain.in_gamut_mean_de00 > 2 + cost.in_gamut_mean_de00


def test_a_setup_without_white_has_nothing_to_choose() -> None:
    (only,) = white_level_costs("film-glaze-colour-only")
    assert only.levels == NO_WHITE
    assert only.white == 0
    assert only.out_of_gamut > 0.2

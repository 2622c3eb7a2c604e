# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from pellicle.model.mask import LeftReason
from pellicle.model.print_choice import PrintChoice
from pellicle.stages.mask.alignability import Alignment
from pellicle.stages.mask.choice import hides, narrow, unhidden, unseen
from pellicle.stages.mask.needed_width import crack_ratio
from pellicle.stages.mask.parts import parts_to_leave, smallest_part_px

RULE = PrintChoice()


def test_what_is_not_seen_says_from_where_and_how_little() -> None:
    left = unseen(RULE, 1.34)
    assert left is not None
    assert left.reason is LeftReason.INVISIBLE
    assert left.text == "invisible at 500 mm: ΔE00 1.3"
    assert unseen(RULE, 2.01) is None
    at_limit = unseen(RULE, 2.0)
    assert at_limit is not None
    nearly = unseen(PrintChoice(inspection_mm=1700, visible_de00=3), 2.99)
    assert nearly is not None
    assert nearly.text == "invisible at 1700 mm: ΔE00 2.9"


def test_what_is_too_fine_says_how_wide_it_is_and_would_have_to_be() -> None:
    crack = Alignment(crack_ratio(2.1), 0.0)
    assert not hides(RULE, crack)
    left = unhidden(RULE, crack, 210, 100)
    assert left.reason is LeftReason.UNALIGNABLE
    assert left.text == "too fine for 100 µm: 0.21 mm wide, 0.32 needed"
    assert hides(RULE, Alignment(0.5, 0.1))


def test_a_fine_place_without_enough_white_would_be_better_off_wider() -> None:
    left = unhidden(RULE, Alignment(1.3, 0.7), 210, 250)
    assert left.text == "too fine for 250 µm: 0.21 mm wide, 0.80 needed"


@pytest.mark.parametrize("displacement_um", [0, 250])
def test_a_wide_place_of_the_wrong_colour_is_no_question_of_width(
    displacement_um: float,
) -> None:
    left = unhidden(RULE, Alignment(0.72, 0.6), 2000, displacement_um)
    assert left.reason is LeftReason.NO_HELP
    assert left.text == (
        "the film would not help: 72 % of the difference would be left"
    )


def test_what_the_printer_cannot_print_says_so() -> None:
    left = narrow(84.7, 125)
    assert left is not None
    assert left.text == "too fine: 0.085 mm wide, 0.125 mm needed"
    assert narrow(125, 125) is None


def test_reasons_keep_their_places() -> None:
    """They stand in rasters of treatments."""
    codes = {reason.name: reason.code for reason in LeftReason}
    assert codes == {
        "DECIDED": 1,
        "CLASS": 2,
        "NO_PAINT": 3,
        "TOO_MUCH": 4,
        "AWAITING": 5,
        "TOO_FINE": 6,
        "INVISIBLE": 7,
        "UNALIGNABLE": 8,
        "NO_HELP": 9,
    }


def test_a_crumb_is_never_all_that_is_printed_of_a_region() -> None:
    body = int(smallest_part_px(3.0)) + 1
    regions = np.array([0, 1, 1, 2, 2, 3, 3, 4])
    pixels = np.array([0, body, 9, body, 9, 5, 9, 9])
    good = np.array([False, False, True, True, False, True, False, True])
    good_regions = np.array([False, False, True, True, False])
    left = parts_to_leave(regions, pixels, good, good_regions, 3.0)
    assert left[1:3].all()  # the body is poor: its good crumb goes with it
    assert left[3:5].tolist() == [False, True]  # a poor arm of a good body
    assert not left[5:7].any()  # nothing but crumbs, good together
    assert left[7]  # the same, and not

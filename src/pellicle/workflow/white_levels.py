# SPDX-License-Identifier: Apache-2.0
"""What each choice of white levels costs in colour.

Job: the same pixels separated with two, three, five levels and any coverage of white,
and the plain way beside it; predicted differences and how much white each takes.
Not here: the separation (`stages/mask`), printing the table (`cli/print_setup.py`).
Terms: the *plain way* is white everywhere and the output profile asked for the target
as if it lay on the chart's own backing: no pixel's paint is looked at.

The pixels are those of the bundled painting's damage: what lies bare there is the
paint, what was there before it the target. Every figure is a prediction of the model
that the film is made with, its own error not included.
"""

from dataclasses import dataclass

import numpy as np
import tifffile

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.film import FilmModel
from pellicle.colour.optics import Bands
from pellicle.io.icc import output_profile, scan_encoding
from pellicle.io.print_setup_file import load_print_setup
from pellicle.io.sample_painting import read_truth, sample_painting
from pellicle.model.arrays import Array
from pellicle.model.mask import OUTCOME_PLANE, WHITE_PLANE, PixelOutcome
from pellicle.model.print_setup import CONTINUOUS, PrintSetup
from pellicle.stages.mask.ink import coverage
from pellicle.stages.mask.separation import separate

CHOICES: tuple[int | str, ...] = (2, 3, 5, CONTINUOUS)
NO_WHITE = "no white"
PLAIN = "plain profile over white"
_PIXELS = 6000
_SEED = 7


@dataclass(frozen=True, slots=True)
class LevelCost:
    """Predicted colour with one choice of levels.

    Attributes
    ----------
    levels
        "2", "3", "5", "continuous", the setup's own, or the plain way.
    in_gamut_mean_de00, in_gamut_p95_de00
        Over the pixels that the first choice reaches, the same for every choice.
    mean_de00, p95_de00
        Over all pixels.
    out_of_gamut
        Share of pixels, 0 to 1.
    white
        Mean plate value of white, 0 to 1.
    """

    levels: str
    in_gamut_mean_de00: float
    in_gamut_p95_de00: float
    mean_de00: float
    p95_de00: float
    out_of_gamut: float
    white: float


def white_level_costs(name_or_path: str) -> tuple[LevelCost, ...]:
    """Costs of each choice for a print setup, the plain way last.

    A setup without white has one choice.

    Raises
    ------
    UnknownPrintSetupError, PrintSetupFileError, InkProfileMissingError
        If the setup cannot be used.
    """
    setup, icc_profile = load_print_setup(name_or_path)
    profile = output_profile(icc_profile)
    paint, target = _colours()
    if setup.white.none:
        choices: tuple[int | str, ...] = (NO_WHITE,)
    else:
        choices = CHOICES
    separated = {
        str(choice): _separated(
            FilmModel.of(_with_levels(setup, choice), profile), paint, target
        )
        for choice in choices
    }
    model = FilmModel.of(setup, profile)
    inside = separated[str(choices[0])][1]
    target_lab = lab_d50_from_rec2020(target)

    def cost(label: str, plates: Array, reached: Array) -> LevelCost:
        white = np.ascontiguousarray(plates[:, WHITE_PLANE])
        seen = model.seen_over(paint, plates[:, :WHITE_PLANE], white)
        off = ciede2000(target_lab, lab_d50_from_rec2020(seen))
        within = off[inside] if inside.any() else off
        return LevelCost(
            label,
            float(within.mean()),
            float(np.percentile(within, 95)),
            float(off.mean()),
            float(np.percentile(off, 95)),
            float(1 - reached.mean()),
            float(white.mean()),
        )

    found = [cost(label, *pair) for label, pair in separated.items()]
    if not setup.white.none:
        found.append(cost(PLAIN, *_plain(model, target)))
    return tuple(found)


def _with_levels(setup: PrintSetup, choice: int | str) -> PrintSetup:
    if choice == NO_WHITE:
        return setup
    values = setup.model_dump(mode="json")
    values["white"]["levels"] = choice
    return PrintSetup.model_validate(values)


def _separated(model: FilmModel, paint: Bands, target: Bands) -> tuple[Array, Array]:
    opaque = np.zeros(len(paint), np.bool_)
    planes = separate(model, paint, target, opaque, np.ones(len(paint), np.float32))
    reached = (planes[:, OUTCOME_PLANE] & PixelOutcome.OUT_OF_GAMUT) == 0
    return coverage(planes[:, : WHITE_PLANE + 1]), reached


def _plain(model: FilmModel, target: Bands) -> tuple[Array, Array]:
    limit = model.setup.inks.ink_limit_percent / 100
    relative = target / model.chart_measured
    inks, error_de00 = model.profile.ink_and_error(relative, limit)
    white = np.ones((len(inks), 1), np.float32)
    return np.concatenate([inks, white], axis=1), error_de00 <= 1


def _colours() -> tuple[Bands, Bands]:
    painting = sample_painting()
    labels, hidden = read_truth(painting)
    rows, columns = np.nonzero(labels)
    random = np.random.default_rng(_SEED)
    some = random.choice(len(rows), min(_PIXELS, len(rows)), replace=False)
    at = rows[some], columns[some]
    encoding = scan_encoding(None, 3)
    scan = tifffile.imread(painting.scan)
    return encoding.linear(scan[at]), encoding.linear(hidden[at])

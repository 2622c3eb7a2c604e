# SPDX-License-Identifier: Apache-2.0
"""What a fitted print setup says: values, and a sentence for each that was measured.

Job: from a fit and what was read off the sheet, a `PrintSetup`.
Not here: files (`print_setup_fit.py`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from pellicle.colour.chart_readings import FULL_WHITE, Laid
from pellicle.colour.print_fit import FittedPrint
from pellicle.errors import BadSettingError, ScaleDiffersError
from pellicle.model.arrays import Array
from pellicle.model.print_setup import (
    CONTINUOUS,
    SCALE_NEEDED,
    FitError,
    PrintSetup,
    UnmeasuredPart,
    scale_is_a_printers,
)

ASSUMED_SPREAD_UM = 50.0
_LEAST_TRIALS = 3
_WORST = 5
_CHOKE_STEP_UM = 5
_LEVEL_CHOICES = ("2", "3", "5", CONTINUOUS)


@dataclass(frozen=True, slots=True)
class SheetReadings:
    """Read off the printed chart, and off films laid on.

    Attributes
    ----------
    distances_mm
        Crosses' distance across and down, as measured.
    verniers_um
        White against colour, x and y, of each vernier read.
    open_gap_um
        Narrowest gap in the white that is still open.
    laid_off_um
        Film against painting, x and y, of trial pieces laid on.
    asked_mm
        Distances the chart was made with.
    """

    distances_mm: tuple[float, float] | None = None
    verniers_um: tuple[tuple[float, float], ...] = ()
    open_gap_um: float | None = None
    laid_off_um: tuple[tuple[float, float], ...] = ()
    asked_mm: tuple[float, float] | None = None

    def with_asked(self, across_mm: float | None, down_mm: float | None) -> Self:
        """The same, with the distances that the chart's list states."""
        if across_mm is None or down_mm is None:
            if self.distances_mm is not None:
                needed = "--chart is needed, which says what they should be"
                raise BadSettingError("--distances-mm", "used alone", needed)
            return self
        return replace(self, asked_mm=(across_mm, down_mm))

    @property
    def scale(self) -> tuple[float, float] | None:
        """Printed over asked length, across and down.

        Raises
        ------
        ScaleDiffersError
            If it is off beyond what a printer does.
        """
        if self.distances_mm is None or self.asked_mm is None:
            return None
        across, down = (
            found / asked
            for found, asked in zip(self.distances_mm, self.asked_mm, strict=True)
        )
        if not scale_is_a_printers(across, down):
            raise ScaleDiffersError(100 * across, 100 * down, SCALE_NEEDED)
        return round(across, 6), round(down, 6)


@dataclass(frozen=True, slots=True)
class _Said:
    """Lengths of a setup in the making, and what is said of its parts."""

    geometry: dict[str, float]
    unmeasured: dict[str, str]
    measured: dict[str, str]

    def measure(self, part: UnmeasuredPart, sentence: str) -> None:
        self.unmeasured.pop(part.value, None)
        self.measured[part.value] = sentence

    def assume(self, part: UnmeasuredPart, sentence: str) -> None:
        self.measured.pop(part.value, None)
        self.unmeasured[part.value] = sentence


def setup_of(
    name: str,
    start: PrintSetup,
    found: FittedPrint,
    charts: Sequence[Laid],
    sheet: SheetReadings,
    white_levels: str | None,
) -> PrintSetup:
    """Print setup of a fit.

    Raises
    ------
    ScaleDiffersError
        See `SheetReadings.scale`.
    BadSettingError
        If the levels, or too few trials, cannot be used.
    """
    values = start.model_dump(mode="json")
    values |= {"name": name, "title": f"{start.title.split(' (')[0]} (fitted)"}
    values["inks"]["profile"] = f"{name}.icc"
    said = _Said(values["geometry"], dict(start.unmeasured), dict(start.measured))
    over = " and ".join(laid.label for laid in charts)
    count = sum(len(laid.names) for laid in charts)
    errors = fit_errors(found)
    said.measure(
        UnmeasuredPart.COLOUR,
        f"Fitted to {count} readings of a chart ({over}); mean ΔE00 "
        f"{errors['all'].mean_de00:.2f}, p95 {errors['all'].p95_de00:.2f}.",
    )
    if found.film_curves is not None:
        values["inks"]["film_curves"] = found.film_curves.model_dump(mode="json")
    if found.white is not None:
        values["white"] = found.white.model_dump(mode="json")
        said.measure(
            UnmeasuredPart.WHITE,
            f"Fitted to {errors['white'].patches} readings of white alone; mean ΔE00 "
            f"{errors['white'].mean_de00:.2f}; dots with gaps or smaller drops was "
            "decided by the error of the fit.",
        )
    if found.film is not None:
        values["film"] = found.film.model_dump(mode="json")
        said.measure(UnmeasuredPart.FILM, "Unprinted film against the bare backing.")
    spectra = found.spectra
    values["spectra"] = None if spectra is None else spectra.model_dump(mode="json")
    if spectra is not None:
        said.measured[UnmeasuredPart.COLOUR.value] += (
            " White, film and inks by wavelength too."
        )
    values["white"]["levels"] = _levels(white_levels, values["white"]["levels"])
    _say_choke(said, sheet)
    _say_size(said, sheet)
    _say_displacement(said, sheet)
    values |= {
        "unmeasured": said.unmeasured,
        "measured": said.measured,
        "fit": {key: error.model_dump() for key, error in errors.items()},
    }
    return PrintSetup.model_validate(values)


def fit_errors(found: FittedPrint) -> dict[str, FitError]:
    """Fit error of all readings, and of each kind; in one order."""
    groups: dict[str, list[tuple[float, str]]] = {}
    for readings in found.readings:
        laid = readings.laid
        for row, off in enumerate(readings.off_de00):
            if not readings.used[row]:
                continue
            said = (float(off), f"{_described(laid, row)}, {laid.label}: {off:.1f}")
            own = _kind(laid, row) if found.white else _kind_on_medium(laid, row)
            for kind in ("all", own):
                groups.setdefault(kind, []).append(said)
    return {kind: _error(groups[kind]) for kind in groups}


def _kind(laid: Laid, row: int) -> str:
    inked = laid.inks[row].sum() > 0
    if laid.white[row] >= FULL_WHITE and inked:
        return "over-white"
    if not inked:
        return "white" if laid.white[row] > 0 else "film"
    return "on-film" if laid.white[row] == 0 else "over-part-white"


def _kind_on_medium(laid: Laid, row: int) -> str:
    """Where nothing but ink was printed."""
    return "inks" if laid.inks[row].sum() > 0 else "unprinted"


def _described(laid: Laid, row: int) -> str:
    plates: Array = np.rint(100 * laid.inks[row]).astype(int)
    inks = " ".join(
        f"{ink}{plate}" for ink, plate in zip("CMYK", plates, strict=True) if plate
    )
    return f"{laid.names[row]} ({inks or 'no ink'}, W{round(100 * laid.white[row])})"


def _error(found: list[tuple[float, str]]) -> FitError:
    off = np.array([one for one, _ in found])
    worst = sorted(found, reverse=True)[:_WORST]
    return FitError(
        patches=len(found),
        mean_de00=round(float(off.mean()), 3),
        p95_de00=round(float(np.percentile(off, 95)), 3),
        worst=tuple(said for _, said in worst),
    )


def _levels(asked: str | None, kept: list[float]) -> object:
    if asked is None:
        return kept
    if asked not in _LEVEL_CHOICES:
        needed = f"one of {', '.join(_LEVEL_CHOICES)} is needed"
        raise BadSettingError("--white-levels", asked, needed)
    return asked if asked == CONTINUOUS else int(asked)


def _say_choke(said: _Said, sheet: SheetReadings) -> None:
    if not sheet.verniers_um:
        fitted = UnmeasuredPart.WHITE.value in said.measured
        if fitted and UnmeasuredPart.CHOKE.value not in said.measured:
            said.assume(
                UnmeasuredPart.CHOKE,
                "How exactly the layers meet was not measured; a choke of "
                f"{said.geometry['choke_um']:g} µm is assumed.",
            )
        return
    worst = max(abs(value) for pair in sheet.verniers_um for value in pair)
    spread = ASSUMED_SPREAD_UM if sheet.open_gap_um is None else sheet.open_gap_um / 2
    choke = _CHOKE_STEP_UM * math.ceil((worst + spread) / _CHOKE_STEP_UM)
    said.geometry["choke_um"] = float(choke)
    read = f"{len(sheet.verniers_um)} verniers read at most {worst:g} µm off"
    if sheet.open_gap_um is None:
        said.assume(
            UnmeasuredPart.CHOKE,
            f"{read}; how far the white spreads was not measured, "
            f"{ASSUMED_SPREAD_UM:g} µm are assumed.",
        )
    else:
        gap = f"gaps in the white from {sheet.open_gap_um:g} µm on stay open"
        said.measure(UnmeasuredPart.CHOKE, f"{read}; {gap}.")


def _say_size(said: _Said, sheet: SheetReadings) -> None:
    scale = sheet.scale
    if scale is None or sheet.distances_mm is None:
        return
    said.geometry["scale_x"], said.geometry["scale_y"] = scale
    across, down = sheet.distances_mm
    distances = f"{across:g} mm across and {down:g} mm down"
    said.measure(UnmeasuredPart.SIZE, f"The chart's crosses lie {distances} apart.")


def _say_displacement(said: _Said, sheet: SheetReadings) -> None:
    if not sheet.laid_off_um:
        return
    if len(sheet.laid_off_um) < _LEAST_TRIALS:
        needed = f"at least {_LEAST_TRIALS} trials tell how exactly films are laid"
        found = f"given {len(sheet.laid_off_um)} times"
        raise BadSettingError("--laid-off-um", found, needed)
    spread_um = float(np.sqrt(np.mean(np.square(sheet.laid_off_um))))
    said.geometry["displacement_um"] = round(spread_um, 1)
    trials = f"{len(sheet.laid_off_um)} trial pieces laid on"
    said.measure(UnmeasuredPart.DISPLACEMENT, f"Root mean square of {trials}.")

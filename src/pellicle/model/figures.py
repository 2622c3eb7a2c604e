# SPDX-License-Identifier: Apache-2.0
"""Figures of a treatment: the content of `figures.json`.

No times and no dates: the same inputs give the same bytes.
"""

from pydantic import BaseModel, ConfigDict


class Approvals(BaseModel):
    """Regions approved, by how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    viewed: int
    grouped: int
    by_rule: int


class ReferenceFigures(BaseModel):
    """How well one reference image fits.

    Attributes
    ----------
    used
        Whether it matches and is fine enough.
    reason
        Why not; empty when it is used.
    inliers, agreement
        Matching details, or point pairs; median local correlation on intact paint.
    residual_um_median, residual_um_p95
        Displacement left on intact paint.
    fit_de00_median, fit_de00_p95
        Colour difference there, pixel against pixel.
    coarser_by_um
        Blur against the scan; 0 when it is at least as fine.
    area_mm2
        Infilled from it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    used: bool
    reason: str = ""
    mirrored: bool = False
    monochrome: bool = False
    inliers: int = 0
    agreement: float | None = None
    residual_um_median: float | None = None
    residual_um_p95: float | None = None
    fit_de00_median: float | None = None
    fit_de00_p95: float | None = None
    coarser_by_um: float | None = None
    area_mm2: float = 0.0


class JudgedBy(BaseModel):
    """Limits that decided what is printed.

    Attributes
    ----------
    inspection_mm, visible_de00
        Distance of looking, and S-CIELAB ΔE00 from which damage is seen.
    displacement_um, alignable_ratio
        δ of the print setup, and the share of the difference that a film which lies so
        may leave.
    smallest_width_um
        What is nowhere as wide is not printed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    inspection_mm: float
    visible_de00: float
    displacement_um: float
    alignable_ratio: float
    smallest_width_um: float


class ClassFigures(BaseModel):
    """Regions of one class of damage: all, printed, and left by reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    regions: int
    printed: int
    left: dict[str, int]


class BudgetFigures(BaseModel):
    """Totals of the error budget; its terms are in `error-budget.json`.

    Attributes
    ----------
    middle_um, corner_across_um, corner_down_um
        Film against painting, one standard deviation along each axis.
    colour_de00
        Of the colour.
    agrees_with_displacement
        Whether that is about what the choice of what is printed reckons with.
    improve_first
        What to do first, in a sentence each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    middle_um: float
    corner_across_um: float
    corner_down_um: float
    colour_de00: float
    agrees_with_displacement: bool
    improve_first: tuple[str, ...]


class FilmShift(BaseModel):
    """What is seen of the damage, with the film laid so far beside its place.

    Attributes
    ----------
    film_shifted_um
        Distance, in four directions; None is without a film.
    visible_area_mm2, visible_area_worst_mm2
        S-CIELAB ΔE00 over 2 at 500 mm against the reconstruction: mean and greatest of
        the directions.
    difference_de00_mm2, difference_worst_de00_mm2
        ΔE00 against the reconstruction, pixel by pixel, times area: V of the method.
    sound_de00_mm2
        The mean of it on paint with no damage mapped: what the film spoils.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    film_shifted_um: float | None
    visible_area_mm2: float
    visible_area_worst_mm2: float
    difference_de00_mm2: float
    difference_worst_de00_mm2: float
    sound_de00_mm2: float


class GamutFigures(BaseModel):
    """Printed colours that the inks, or the white, cannot reach; rims left out.

    Attributes
    ----------
    choice
        What becomes of them unless decided otherwise for a region.
    regions, regions_accepted
        That have such colours; of these, accepted as they are.
    area_mm2, accepted_mm2
        Of such colours.
    de00_mean, de00_max
        Predicted against the target, as printed; None when there are none.
    left_de00_mean
        What each choice would leave there, from a sample: of the choices that the print
        setup can have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    choice: str
    regions: int
    regions_accepted: int
    area_mm2: float
    accepted_mm2: float
    de00_mean: float | None
    de00_max: float | None
    left_de00_mean: dict[str, float]


class InkLimitFigures(BaseModel):
    """Printed colours that the ink limit changed by ΔE00 > 1.

    Attributes
    ----------
    limit_percent
        Most C+M+Y+K, of the print setup.
    cost_de00_mean, cost_de00_max
        How much nearer to the target they would come without it; None if there are
        none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit_percent: float
    regions: int
    area_mm2: float
    cost_de00_mean: float | None
    cost_de00_max: float | None


class ClassMapped(BaseModel):
    """Regions of one class, and their area."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    regions: int
    area_mm2: float


class SensitivityFigures(BaseModel):
    """What is found at one sensitivity, by class.

    Before files and persons add to it or correct it; counted at about 85 µm a pixel,
    so of finer scans a little otherwise than it is mapped.

    Attributes
    ----------
    asked
        Whether this is the sensitivity that is set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sensitivity: float
    asked: bool
    by_class: dict[str, ClassMapped]


class Figures(BaseModel):
    """Figures of one treatment.

    Attributes
    ----------
    pixel_count
        Pixels of the scan.
    regions, regions_infilled, regions_printed
        Mapped, reconstructed, and in the mask.
    regions_left
        Regions that are not in the mask, by reason.
    regions_in_part
        Regions in the mask of which some is left out.
    by_class
        Regions by class of damage, in the order of the classes.
    at_sensitivity
        What would be found at other sensitivities; empty when the damage was given.
    judged_by
        Limits that decided what is printed.
    left_area_mm2
        Area of what is not in the mask, whole regions and parts, by reason.
    mask_area_mm2
        Area of the film that carries ink or white.
    unique_colours
        Distinct C, M, Y, K, White at 8 bits a channel.
    undamaged_inked_mm2
        Ink or white on paint with no damage mapped.
    predicted_de00_mean, predicted_de00_p95
        Proof against reconstruction, inside the mask and inside the choke; None when
        nothing is printed there. Excludes the error of the optical model itself.
    predicted_de00_in_gamut_mean, predicted_de00_in_gamut_p95
        The same where the colour can be reached.
    rim_de00_mean
        The same within the choke.
    out_of_gamut_fraction
        Share of the mask inside the choke whose colour cannot be reached.
    out_of_gamut, ink_limited
        By how much, and what other choices would leave; what the ink limit costs.
    untouched_de00_mean
        What the film does to paint that it only covers.
    visible_area_before_mm2, visible_area_after_mm2
        S-CIELAB ΔE00 over 2 at 500 mm against the reconstruction, scan and proof, on
        the painting. The blur carries a difference beyond the damage, colour by several
        millimetres: the area before may be a multiple of the mask's. A film that is not
        clear changes sound paint too; where that is seen, it counts after.
    film_shift
        Without a film, with the film laid exactly, and displaced by one and by two
        standard deviations. Of a large work, from some of its tiles: see
        `film_shift_share`.
    film_shift_share
        Share of what is printed that lies on the tiles looked at for it.
    error_budget
        How far film and colour may come to lie off.
    hand_hours_estimate
        2.5 minutes a printed region.
    evidence_area_mm2
        Infilled area by evidence grade.
    references
        Reference images, in the order they were given.
    assumed
        What was not measured: subject to one sentence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pixel_count: int
    regions: int
    regions_infilled: int
    regions_printed: int
    regions_left: dict[str, int]
    regions_in_part: int = 0
    by_class: dict[str, ClassFigures] = {}
    at_sensitivity: tuple[SensitivityFigures, ...] = ()
    judged_by: JudgedBy
    left_area_mm2: dict[str, float] = {}
    mask_area_mm2: float
    unique_colours: int
    undamaged_inked_mm2: float
    predicted_de00_mean: float | None
    predicted_de00_p95: float | None
    predicted_de00_in_gamut_mean: float | None
    predicted_de00_in_gamut_p95: float | None
    rim_de00_mean: float | None
    out_of_gamut_fraction: float
    out_of_gamut: GamutFigures | None = None
    ink_limited: InkLimitFigures | None = None
    untouched_de00_mean: float
    visible_area_before_mm2: float
    visible_area_after_mm2: float
    film_shift: tuple[FilmShift, ...] = ()
    film_shift_share: float = 0.0
    error_budget: BudgetFigures | None = None
    hand_hours_estimate: float
    evidence_area_mm2: dict[str, float]
    approvals: Approvals
    references: tuple[ReferenceFigures, ...] = ()
    assumed: dict[str, str]

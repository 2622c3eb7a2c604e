# SPDX-License-Identifier: Apache-2.0
"""The report's words: each figure and each assumption, said plainly.

Job: turn `figures.json` into labelled, explained values, and name what to do about each
thing that was assumed.
Not here: computing figures (`workflow`), setting the page (`io/report.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pellicle.io.report_content import ReportAssumption, ReportFigure
from pellicle.model.units import PixelSize

DAMAGE = "Damage and mask"
COLOUR = "Colour, as predicted"
SIGHT = "What an eye would see"
RECORD = "Work and record"

LEAST_PPI_FOR_CRACKS = 300
"""Sampling rate from which age cracks, most of them 50 to 200 µm wide, are resolved, as
far as networks go that work at that rate."""
SMALLEST_SET_MM2 = 0.001
"""Areas below this are written "< 0.001"."""


@dataclass(frozen=True, slots=True)
class _Words:
    label: str
    unit: str
    meaning: str
    group: str
    digits: int = 0
    percent: bool = False


_EXCLUDES = "It excludes the error of the optical model itself."

_WORDS: dict[str, _Words] = {
    "pixel_count": _Words("Pixels of the scan", "", "Width times height.", DAMAGE),
    "regions": _Words(
        "Regions mapped as damaged",
        "",
        "A region is a connected place of one class of damage.",
        DAMAGE,
    ),
    "regions_infilled": _Words(
        "Regions reconstructed",
        "",
        "Regions that have been given a new colour on screen, printed or not.",
        DAMAGE,
    ),
    "regions_printed": _Words(
        "Regions in the mask", "", "Regions that carry ink on the film.", DAMAGE
    ),
    "regions_left": _Words(
        "Regions left as they are",
        "",
        "Mapped regions without ink on the film, by reason.",
        DAMAGE,
    ),
    "regions_in_part": _Words(
        "Regions printed in part",
        "",
        "Regions in the mask of which a part, such as a thin arm of a loss, is left.",
        DAMAGE,
    ),
    "left_area_mm2": _Words(
        "Area left as it is",
        "mm²",
        "Mapped damage that is not printed, whole regions and parts, by reason.",
        DAMAGE,
        1,
    ),
    "mask_area_mm2": _Words(
        "Area of the mask", "mm²", "Area of the painting that the ink covers.", DAMAGE
    ),
    "unique_colours": _Words(
        "Distinct colours printed",
        "",
        "Different mixtures of cyan, magenta, yellow, black and white, counted at"
        " 8 bits a channel.",
        DAMAGE,
    ),
    "undamaged_inked_mm2": _Words(
        "Ink outside mapped damage",
        "mm²",
        "Ink on paint that is not mapped as damage. It should be 0. Sound paint that"
        " is mapped as damage by mistake does not count.",
        DAMAGE,
        2,
    ),
    "predicted_de00_mean": _Words(
        "Difference from reconstruction, mean",
        "ΔE00",
        "Colour difference between the predicted appearance and the reconstruction,"
        " inside the mask, away from its edges. About 1 can just be seen side by side;"
        f" above 2 it is noticed. {_EXCLUDES}",
        COLOUR,
        2,
    ),
    "predicted_de00_p95": _Words(
        "95 of 100 differ by less than",
        "ΔE00",
        f"95 of 100 printed pixels differ by less than this. {_EXCLUDES}",
        COLOUR,
        2,
    ),
    "predicted_de00_in_gamut_mean": _Words(
        "Printable colours only, mean",
        "ΔE00",
        "Only colours that these inks can reach and for which the white suffices."
        " The model that chose the ink predicts them, so this is near 0: it says that"
        f" the plates are reckoned right, not how exactly they print. {_EXCLUDES}",
        COLOUR,
        2,
    ),
    "predicted_de00_in_gamut_p95": _Words(
        "Printable colours only, 95 of 100",
        "ΔE00",
        f"95 of 100 printed pixels of printable colour differ by less. {_EXCLUDES}",
        COLOUR,
        2,
    ),
    "rim_de00_mean": _Words(
        "At the edges of the mask, mean",
        "ΔE00",
        "Near the edge of an infill the white is drawn back so that it never shows;"
        f" the colour is less exact there. {_EXCLUDES}",
        COLOUR,
        2,
    ),
    "out_of_gamut_fraction": _Words(
        "Colours out of reach",
        "%",
        "Share of printed pixels whose colour these inks, or this white, cannot reach.",
        COLOUR,
        1,
        percent=True,
    ),
    "untouched_de00_mean": _Words(
        "Bare film over sound paint, mean",
        "ΔE00",
        "How far the bare film changes paint that carries no ink; what its varnish and"
        " another gloss do is not predicted."
        f" {_EXCLUDES}",
        COLOUR,
        2,
    ),
    "visible_area_before_mm2": _Words(
        "Visible damage before",
        "mm²",
        "Area that differs visibly from the reconstruction, seen from 500 mm:"
        " spatial CIELAB (S-CIELAB) above ΔE00 2. The eye mixes what lies close"
        " together, colour over several millimetres, so this reaches well beyond the"
        " damage itself and can be a multiple of the mask's area. Damage that is not"
        " mapped, or is left as it is, does not count.",
        SIGHT,
    ),
    "visible_area_after_mm2": _Words(
        "Visible damage with the film on",
        "mm²",
        "The same with the mask laid on exactly. A film that lies a little beside its"
        " place shows more. A film that is not clear changes sound paint too, and where"
        " that is seen it counts here.",
        SIGHT,
    ),
    "hand_hours_estimate": _Words(
        "Estimated work by hand",
        "h",
        "2.5 minutes for each printed region. An estimate for planning, not a"
        " measurement.",
        RECORD,
        1,
    ),
    "evidence_area_mm2": _Words(
        "What the new colour rests on",
        "mm²",
        "Interpolated from the paint around it; copied from elsewhere in the work;"
        " from a reference image; generated by a network; painted by a person;"
        " original paint, recoloured.",
        RECORD,
        1,
    ),
    "approvals": _Words(
        "Approvals",
        "",
        "Regions a person looked at one by one, approved as a group, or approved by"
        " rule.",
        RECORD,
    ),
}

_ELSEWHERE = {
    "assumed",
    "at_sensitivity",
    "by_class",
    "error_budget",
    "film_shift",
    "film_shift_share",
    "judged_by",
    "ink_limited",
    "out_of_gamut",
    "references",
}

# What is usually assumed, and what to do about it.
_SUBJECTS: dict[str, tuple[str, str]] = {
    "scale": (
        "The size of a pixel comes from the scan file alone; nobody has confirmed it.",
        (
            "Measure the painted surface and repeat the command with --width-mm, or"
            " give the sampling rate with --ppi. At a wrong scale no film fits."
        ),
    ),
    "cracks": (
        "The scan is too coarse to show most cracks of the paint.",
        (
            f"Ask for a scan of at least {LEAST_PPI_FOR_CRACKS} ppi of the painted"
            " surface, or give the cracks with --damage-adds."
        ),
    ),
    "colour": (
        "The colours were separated with a profile that was not made on this film.",
        (
            "Print the chart on the actual film, measure it, and use the fitted print"
            " setup. Until then lay a trial piece beside the painting."
        ),
    ),
    "white": (
        "The covering power of the white ink was assumed.",
        (
            "Measure the chart over black and over white; until then print a trial"
            " piece with three levels of white."
        ),
    ),
    "film": (
        "The film was assumed to be clear.",
        (
            "Measure a light patch alone and with the film laid on, and put the film's"
            " transmittance in the print setup. Until then look at sound paint under"
            " a trial piece."
        ),
    ),
    "choke": (
        "How exactly the printer lays colour on white was assumed.",
        (
            "Read the verniers and gaps of the calibration chart, and give them to"
            " `pellicle print-setup fit`."
        ),
    ),
    "size": (
        "The printer was assumed to print lengths true.",
        (
            "Measure the crosses of the calibration chart. Until then check the scale"
            " bars of every film."
        ),
    ),
    "media": (
        "How large the film is, and how much of it the printer reaches, was assumed.",
        (
            "Put its width, length and margins under [media] in the print setup; they"
            " decide on how many sheets the mask is printed."
        ),
    ),
    "displacement": (
        "How far the film will lie beside its place was assumed.",
        (
            "Lay a trial piece on and measure its marks; put the result in the print"
            " setup."
        ),
    ),
    "scan colour": (
        "The scan carries no colour profile; sRGB was assumed.",
        (
            "Ask the photographer for the file with its profile, or a scan with a"
            " colour target in the frame."
        ),
    ),
    "scan file": (
        "Not everything that the scan file states could be used.",
        (
            "Give the scale with --ppi or --width-mm, and ask the photographer for a"
            " file with its colour profile."
        ),
    ),
}


def too_coarse_for_cracks(pixel_size: PixelSize) -> bool:
    """Whether most age cracks are finer than what the scan resolves.

    A hundredth is let pass: sizes are measured no more exactly.
    """
    return pixel_size.ppi < 0.99 * LEAST_PPI_FOR_CRACKS


def coarse_in_words(pixel_size: PixelSize) -> str:
    """What a scan too coarse for most cracks means for the map."""
    return (
        f"One pixel covers {pixel_size.um:.0f} µm of the painting: cracks as fine as "
        "most cannot be seen; what is mapped are the widest. A scan of at least "
        f"{LEAST_PPI_FOR_CRACKS} ppi resolves them."
    )


def described_figures(figures: Mapping[str, Any]) -> tuple[ReportFigure, ...]:
    """Figures in plain words, in the report's order.

    Parameters
    ----------
    figures
        Content of `figures.json`: numbers, or numbers by name. What stands elsewhere,
        in tables, is left out. A name that is not known is
        shown as it is. None is shown as "not computed".

    Returns
    -------
    described
        One value a figure.
    """
    known = [name for name in _WORDS if name in figures]
    others = sorted(set(figures) - set(_WORDS) - _ELSEWHERE)
    return tuple(_described(name, figures[name]) for name in known + others)


def described_assumption(subject: str, statement: str = "") -> ReportAssumption:
    """An assumption with what to do about it.

    Parameters
    ----------
    subject
        `scale`, `colour`, `white`, `film`, `displacement`, `scan colour` (underscores
        do), or another.
    statement
        What was assumed; a general sentence when empty.
    """
    plain = subject.replace("_", " ")
    usual, remedy = _SUBJECTS.get(plain, ("", "Measure it and run the command again."))
    stated = statement or usual or "It has not been measured."
    return ReportAssumption(plain, stated, remedy)


def set_number(value: float, digits: int = 0) -> str:
    """Write a number with a comma between thousands: 66,205 or 1,234.50."""
    return f"{value:,.{digits}f}"


def set_area(mm2: float) -> str:
    """Write an area in mm² with about three digits, and never as nothing at all."""
    if mm2 >= 100:  # noqa: PLR2004 -- three digits
        return set_number(mm2)
    if mm2 >= 1:
        return set_number(mm2, 1)
    if mm2 == 0:
        return "0"
    return "< 0.001" if mm2 < SMALLEST_SET_MM2 else f"{mm2:.2g}"


def _described(name: str, value: Any) -> ReportFigure:
    words = _WORDS.get(name, _Words(name, "", "", RECORD, 2))
    if isinstance(value, Mapping):
        # Named whole numbers add up; areas by grade may overlap in rounding only.
        total = _set(words, sum(value.values()))
        parts = tuple(
            (str(part).replace("_", " "), _set(words, number))
            for part, number in value.items()
        )
    else:
        total, parts = _set(words, value), ()
    return ReportFigure(
        name, words.label, total, words.unit, words.meaning, words.group, parts
    )


def _set(words: _Words, value: Any) -> str:
    if value is None:
        return "not computed"
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int) and not words.percent:
        return set_number(value)
    if words.unit == "mm²":
        return set_area(value)
    return set_number(value * 100 if words.percent else value, words.digits)

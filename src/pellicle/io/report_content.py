# SPDX-License-Identifier: Apache-2.0
"""What a report says: plain values, already decided, ready to be set in type.

Job: the parts of `ReportContent`.
Not here: setting them as a page (`io/report.py`), the wording of figures and
assumptions (`io/report_words.py`), making the pictures (`raster/overlay.py`).

Every text is plain text, never markup. No value may hold a time of computing: equal
content gives equal bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from markupsafe import Markup

from pellicle.model.condition import DamageClass
from pellicle.model.palette import CLASS_COLOURS, Rgb
from pellicle.model.raster import RasterSpec, Window

Cell: TypeAlias = str | int | float
"""One cell of a table. Numbers, and words that begin with a digit, stand at the right;
floats get two decimals, write words to choose others ("98.2")."""


@dataclass(frozen=True, slots=True)
class ReportPicture:
    """An encoded picture.

    Attributes
    ----------
    title
        Two or three words, as on a tab: "Condition map".
    caption
        A sentence or two; also what a screen reader says instead of the picture.
    media_type
        Of `image_bytes`.
    image_bytes
        The file. Overviews want 1,600 to 2,400 px on the longer side (JPEG, or PNG for
        the mask); details are shown pixel by pixel.
    width_px, height_px
        Its size.
    """

    title: str
    caption: str
    media_type: Literal["image/jpeg", "image/png"]
    image_bytes: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class ReportViews:
    """Overviews of the whole work, all of one size; what was not made is None."""

    scan: ReportPicture
    condition: ReportPicture | None = None
    evidence: ReportPicture | None = None
    reconstruction: ReportPicture | None = None
    choice: ReportPicture | None = None
    mask: ReportPicture | None = None
    white: ReportPicture | None = None
    proof: ReportPicture | None = None
    difference: ReportPicture | None = None


@dataclass(frozen=True, slots=True)
class ReportDetail:
    """One place at 100 %.

    Attributes
    ----------
    title
        Such as "Largest loss".
    window
        Where it is, in scan pixels.
    pictures
        Before, condition, reconstruction, mask, proof, as far as made; of the window's
        size, one picture pixel to a scan pixel. Five of 240 px fit beside each other.
    """

    title: str
    window: Window
    pictures: tuple[ReportPicture, ...]


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """One figure in plain words.

    Attributes
    ----------
    name
        Its name in `figures.json`.
    label
        What it is.
    value
        As set in type, without unit.
    unit
        "mm²", "ΔE00", "%", … or empty.
    meaning
        A sentence or two on how to read it.
    group
        Heading it stands under.
    parts
        Label and value of what it is made up of.
    """

    name: str
    label: str
    value: str
    unit: str
    meaning: str
    group: str
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table of its own, such as how close the demo came to the truth."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class ReportAssumption:
    """Something that was not measured.

    Attributes
    ----------
    subject
        "scale", "colour", "white", "displacement", "scan colour", …
    statement
        What was assumed instead.
    remedy
        What to do about it.
    """

    subject: str
    statement: str
    remedy: str


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One line of a table with bars.

    Attributes
    ----------
    values
        One or two, as set in type.
    bar
        Drawing: what holds in the middle of the work, and beyond it what the corner
        adds.
    basis, source
        What the value rests on; empty for a total.
    """

    label: str
    values: tuple[str, ...]
    bar: Markup
    basis: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class BudgetTable:
    """One axis of the budget: its rows, the last of which is the total."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[BudgetRow, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class BudgetSection:
    """The section.

    Attributes
    ----------
    agreement
        Whether it agrees with what the choice of what is printed reckons with.
    """

    agreement: str
    agrees: bool
    tables: tuple[BudgetTable, ...]


@dataclass(frozen=True, slots=True)
class ReportClass:
    """Regions of one class.

    Attributes
    ----------
    damage_class
        Never `UNMAPPED`.
    regions, infilled, printed
        Counts.
    area_mm2
        On the painting.
    left
        Why regions are not in the mask, with their number.
    """

    damage_class: DamageClass
    regions: int
    area_mm2: float
    infilled: int
    printed: int
    left: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ReportRegion:
    """One row of the list of regions.

    Attributes
    ----------
    id, damage_class, area_mm2, confidence, window
        As in `model.condition.Region`.
    origin
        "found", "given" or "person".
    found_by
        Who found it, in a word or three.
    seen
        What the networks saw in it, in a few words; empty if they did not look.
    method, evidence
        How it was infilled and on what grounds; empty if it was not.
    why
        Why it was infilled so, or was not, and where copied paint is from.
    decision
        Last decision on it in a few words; empty if there is none.
    approved
        Whether a person approved it, singly, in a group or by rule.
    printed
        Whether it is in the mask, whole or in part.
    reason
        Why it is not printed, or only in part; empty otherwise.
    """

    id: str
    damage_class: DamageClass
    area_mm2: float
    confidence: float
    window: Window
    origin: str
    method: str
    evidence: str
    decision: str
    approved: bool
    printed: bool
    reason: str
    why: str = ""
    found_by: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class ReportDecision:
    """One decision: who, when (as recorded, ISO 8601), about what, what, and why."""

    who: str
    when: str
    about: str
    what: str
    note: str


@dataclass(frozen=True, slots=True)
class ReportSource:
    """A file the treatment started from."""

    name: str
    role: str
    sha256: str
    description: str


@dataclass(frozen=True, slots=True)
class ReportRun:
    """One step: what it made, its identity, and the settings it was run with."""

    kind: str
    id: str
    stage: str
    version: int
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything the report says.

    Attributes
    ----------
    title, artist, inventory_number, owner, examination
        Of the work; empty if unknown.
    size_mm
        Width and height of the work, as measured; None if unknown.
    raster
        The scan's size and scale.
    scale_confirmed
        Whether a person gave or measured the scale.
    made_with
        Program and version: "Pellicle 0.1.0".
    draft_regions
        Regions in the mask that nobody approved; 0 means no draft banner.
    print_files_withheld
        Whether the policy kept the print files back.
    views, details
        Pictures. Crops are shown in the order given.
    looks
        Sheets of pictures, each in its own size.
    difference_max_de00
        ΔE00 drawn in the last colour of the difference map.
    figures
        From `report_words.described_figures`.
    truth
        How close the result came, where the truth is known.
    sensitivity
        What would be found at other sensitivities; None if the damage was given.
    fates
        What becomes of damage, each with its place in `FATE_COLOURS`: the legend of
        the picture of what is printed.
    film_shift
        What is seen with the film beside its place.
    missed
        Colours out of reach, and what each choice leaves; None if there are none.
    references
        Reference images and how well each fits; None if none was given.
    budget
        How far film and colour may come to lie off; None if it was not reckoned.
    assumptions
        What was not measured.
    classes
        In the order of the legend.
    craquelure
        What was done with craquelure that was found; empty if there is none.
    regions
        In any order; the report sorts them.
    decisions
        In the order they were made.
    sources, runs, software
        Provenance; software as names and versions.
    class_colours
        Colours of the condition pictures, by class value.
    """

    title: str
    artist: str
    inventory_number: str
    owner: str
    raster: RasterSpec
    scale_confirmed: bool
    made_with: str
    draft_regions: int
    views: ReportViews
    difference_max_de00: float = 10.0
    print_files_withheld: bool = False
    size_mm: tuple[float, float] | None = None
    examination: str = ""
    details: tuple[ReportDetail, ...] = ()
    looks: tuple[ReportPicture, ...] = ()
    figures: tuple[ReportFigure, ...] = ()
    truth: ReportTable | None = None
    references: ReportTable | None = None
    film_shift: ReportTable | None = None
    missed: ReportTable | None = None
    sensitivity: ReportTable | None = None
    fates: tuple[tuple[int, str], ...] = ()
    budget: BudgetSection | None = None
    assumptions: tuple[ReportAssumption, ...] = ()
    classes: tuple[ReportClass, ...] = ()
    craquelure: str = ""
    regions: tuple[ReportRegion, ...] = ()
    decisions: tuple[ReportDecision, ...] = ()
    sources: tuple[ReportSource, ...] = ()
    runs: tuple[ReportRun, ...] = ()
    software: tuple[tuple[str, str], ...] = ()
    class_colours: Sequence[Rgb] = CLASS_COLOURS

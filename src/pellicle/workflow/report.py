# SPDX-License-Identifier: Apache-2.0
"""The report of a treatment: what the page says, gathered from every step."""

import json
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

from pellicle.engine.workers import run_tasks
from pellicle.io.report import render_report
from pellicle.io.report_budget import budget_section
from pellicle.io.report_content import (
    ReportClass,
    ReportContent,
    ReportDecision,
    ReportDetail,
    ReportPicture,
    ReportRegion,
    ReportRun,
    ReportSource,
    ReportTable,
    ReportViews,
)
from pellicle.io.report_words import described_assumption, described_figures
from pellicle.io.sensitivity_words import sensitivity_table
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass, Region
from pellicle.model.error_budget import ErrorBudget
from pellicle.model.figures import Figures
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.scan import ScaleSource
from pellicle.model.style import RetouchingStyle
from pellicle.treatment.decisions import read_decisions
from pellicle.treatment.folder import Treatment
from pellicle.workflow.figures import Chain
from pellicle.workflow.found_by import RegionEvidence
from pellicle.workflow.look_pictures import draw_looks
from pellicle.workflow.missed_figures import missed_table
from pellicle.workflow.pictures import (
    DIFFERENCE_MAX_DE00,
    Painter,
    Part,
    as_picture,
    fates_in_words,
)
from pellicle.workflow.reference_record import reference_table
from pellicle.workflow.region_features import RegionsDrawn
from pellicle.workflow.region_words import (
    craquelure_in_words,
    decision_in_words,
    found_by_in_words,
    seen_in_words,
    shift_table,
    why_in_words,
    why_not_printed,
)
from pellicle.workflow.selection import UNDECIDED
from pellicle.workflow.software import software_versions

UNTITLED = "Untitled"
_OVERVIEW_SIDE_PX = 1800
_DETAIL_PX = 240
_DETAILS = 6

_CAPTIONS = {
    "scan": ("Scan", "The painting as it was scanned."),
    "condition": ("Condition map", "Damage mapped, by class, over the scan."),
    "evidence": (
        "Evidence",
        (
            "Why damage is mapped: the stronger a colour, the more probable networks"
            " find damage there, from 0 (grey) to 1 (full colour); its hue is the"
            " likeliest class. Light tints are what filters alone found; they give no"
            " probability. Colour where the condition map has none was not probable"
            " enough, or too small."
        ),
    ),
    "reconstruction": (
        "Reconstruction",
        "How the painting is proposed to look; elsewhere every pixel is the scan's.",
    ),
    "choice": (
        "What is printed",
        "Mapped damage by what becomes of it: printed, or left, and why.",
    ),
    "mask": (
        "Film mask",
        "The film's colours as they would look on white; the squares are clear film.",
    ),
    "white": (
        "White plate",
        "Light is white ink under colour; red is colour alone: choked rims, glazes.",
    ),
    "proof": (
        "Predicted appearance",
        "The film laid on the painting, computed from the plates to be printed.",
    ),
    "difference": (
        "Difference",
        "ΔE00 between predicted appearance and reconstruction, where ink is printed.",
    ),
}
_DETAIL_VIEWS = ("scan", "condition", "reconstruction", "mask", "proof")


@dataclass(frozen=True, slots=True)
class _PictureTask:
    painter: Painter
    view: str
    part: Part


def _paint(task: _PictureTask) -> ReportPicture:
    title, caption = _CAPTIONS[task.view]
    rgb8 = getattr(task.painter, task.view)(task.part)
    return as_picture(title, caption, rgb8, lossless=task.view in {"mask", "white"})


@dataclass(slots=True)
class _Pictures:
    """Pictures as they come from the workers."""

    made: dict[tuple[str, Part], ReportPicture] = field(default_factory=dict)

    def keep(self, task: _PictureTask, picture: ReportPicture) -> None:
        self.made[task.view, task.part] = picture


def make_report(
    pool: Executor,
    treatment: Treatment,
    chain: Chain,
    figures: Figures,
    budget: ErrorBudget,
    truth: ReportTable | None,
    drawn: RegionsDrawn,
) -> str:
    """Set the whole report as one HTML page."""
    views = [view for view in _CAPTIONS if view != "evidence" or chain.evidence]
    painter = Painter(chain)
    whole = Part.whole(chain.scan.raster, _OVERVIEW_SIDE_PX)
    details = _detail_regions(chain)
    parts = [Part(_window_around(region, chain.scan.raster)) for region in details]
    tasks = [_PictureTask(painter, view, whole) for view in views]
    tasks += [_PictureTask(painter, view, p) for p in parts for view in _DETAIL_VIEWS]
    pictures = _Pictures()
    run_tasks(pool, "report", _paint, tasks, pictures.keep)
    looks = draw_looks(pool, chain)
    made = pictures.made
    description = treatment.description()
    content = ReportContent(
        title=description.title or UNTITLED,
        artist=description.artist,
        inventory_number=description.inventory_number,
        owner=description.owner,
        size_mm=description.size_mm,
        examination=description.examination,
        raster=chain.scan.raster,
        scale_confirmed=chain.scan.spec.scale_source is ScaleSource.GIVEN,
        made_with=f"Pellicle {software_versions()['pellicle']}",
        draft_regions=draft_regions(chain),
        print_files_withheld=chain.mask.awaiting,
        views=ReportViews(**{view: made[view, whole] for view in views}),
        difference_max_de00=DIFFERENCE_MAX_DE00,
        details=tuple(
            ReportDetail(
                f"{region.damage_class.label.capitalize()} {region.id}",
                part.window,
                tuple(made[view, part] for view in _DETAIL_VIEWS),
            )
            for region, part in zip(details, parts, strict=True)
        ),
        looks=looks,
        figures=described_figures(figures.model_dump(mode="json")),
        truth=truth,
        references=reference_table(figures),
        film_shift=shift_table(figures),
        missed=missed_table(figures),
        fates=tuple(fates_in_words(chain)),
        budget=budget_section(budget),
        assumptions=tuple(
            described_assumption(subject, statement)
            for subject, statement in figures.assumed.items()
        ),
        classes=_classes(chain),
        craquelure=craquelure_in_words(chain),
        sensitivity=sensitivity_table(
            [one.model_dump(mode="json") for one in figures.at_sensitivity]
        ),
        regions=tuple(
            _region(region, chain, drawn[region.number].evidence)
            for region in chain.regions.condition.regions
        ),
        decisions=_decisions(treatment, chain),
        sources=tuple(
            ReportSource(
                source.file, source.role, source.sha256, f"{source.size_bytes:,} bytes"
            )
            for source in treatment.sources_received()
        ),
        runs=_runs(treatment, chain),
        software=tuple(software_versions().items()),
    )
    return render_report(content)


def draft_regions(chain: Chain) -> int:
    """Printed regions that lack a person's approval.

    Under a policy that withholds, those that it wants approved: none of them is left
    once it lets go of the print files. Under others, every one that nobody approved.
    """
    policy, infills = chain.policy, chain.reconstruction.infills
    return sum(
        1
        for region in chain.mask.printed(chain.regions)
        if not chain.said.get(region.number, UNDECIDED).approved_by
        and not (
            policy.withhold
            and not policy.approval_needed(infills[region.number].evidence)
        )
    )


def _detail_regions(chain: Chain) -> list[Region]:
    """Largest printed region of each class, then the largest of all others."""
    largest = sorted(
        chain.mask.printed(chain.regions), key=lambda r: (-r.pixels, r.number)
    )
    chosen: list[Region] = []
    for region in largest:
        if all(region.damage_class is not other.damage_class for other in chosen):
            chosen.append(region)
    for region in largest:
        if len(chosen) >= _DETAILS:
            break
        if all(_apart(region, other) for other in chosen):
            chosen.append(region)
    return chosen[:_DETAILS]


def _apart(one: Region, other: Region) -> bool:
    (row, column), (other_row, other_column) = _centre(one), _centre(other)
    return max(abs(row - other_row), abs(column - other_column)) > _DETAIL_PX


def _centre(region: Region) -> tuple[int, int]:
    window = region.window
    return (window.top + window.bottom) // 2, (window.left + window.right) // 2


def _window_around(region: Region, raster: RasterSpec) -> Window:
    row, column = _centre(region)
    if region.window.shape[1] > _DETAIL_PX // 2:  # the middle would be one colour
        column = region.window.left
    height = min(_DETAIL_PX, raster.height_px)
    width = min(_DETAIL_PX, raster.width_px)
    top = min(max(row - height // 2, 0), raster.height_px - height)
    left = min(max(column - width // 2, 0), raster.width_px - width)
    return Window(top, left, top + height, left + width)


def _classes(chain: Chain) -> tuple[ReportClass, ...]:
    found = []
    for damage_class in DamageClass:
        regions = [
            region
            for region in chain.regions.condition.regions
            if region.damage_class is damage_class
        ]
        if not regions:
            continue
        left = [
            chain.mask.left[r.number] for r in regions if r.number in chain.mask.left
        ]
        reasons = Counter(one.reason.value for one in left)
        infilled = [r for r in regions if r.number in chain.reconstruction.infills]
        found.append(
            ReportClass(
                damage_class=damage_class,
                regions=len(regions),
                area_mm2=sum(region.area_mm2 for region in regions),
                infilled=len(infilled),
                printed=len(regions) - len(left),
                left=tuple(sorted(reasons.items())),
            )
        )
    return tuple(found)


def _region(region: Region, chain: Chain, seen: RegionEvidence | None) -> ReportRegion:
    infill = chain.reconstruction.infills.get(region.number)
    said = chain.said.get(region.number, UNDECIDED)
    left = chain.mask.left.get(region.number)
    return ReportRegion(
        id=region.id,
        damage_class=region.damage_class,
        area_mm2=region.area_mm2,
        confidence=region.confidence,
        window=region.window,
        origin=region.origin,
        method=_method(region, chain),
        evidence=infill.evidence.label if infill else "",
        decision=decision_in_words(said),
        approved=bool(said.approved_by),
        printed=left is None,
        reason=why_not_printed(chain, region.number),
        why=why_in_words(region, chain),
        found_by=found_by_in_words(region, seen),
        seen=seen_in_words(seen),
    )


def _method(region: Region, chain: Chain) -> str:
    made = chain.reconstruction
    infill = made.infills.get(region.number)
    if infill is None:
        return ""
    words = [str(infill.method)]
    style = made.styles.get(region.number, RetouchingStyle.MIMETIC)
    if style is not RetouchingStyle.MIMETIC:
        words.append(str(style))
    if region.number in made.glazes:
        words.append(made.glazes[region.number].in_words)
    return ", ".join(words)


def _decisions(treatment: Treatment, chain: Chain) -> tuple[ReportDecision, ...]:
    """Every decision, also those that hold for nothing any more."""
    holding = {
        decision.region_id
        for said in chain.said.values()
        for decision in said.decisions
    }
    return tuple(
        ReportDecision(
            who=decision.by,
            when=decision.made.isoformat(),
            about=f"{decision.damage_class.label} {decision.region_id}"
            + ("" if decision.region_id in holding else ", mapped no more"),
            what=decision.in_words,
            note=decision.note,
        )
        for decision in read_decisions(treatment)
    )


def _runs(treatment: Treatment, chain: Chain) -> tuple[ReportRun, ...]:
    current = treatment.current()
    # Beside the settings that make the pixels: names that people know them by.
    named = {ArtefactKind.MASK: chain.mask.setup.setup.name}
    found = []
    for kind in ArtefactKind:
        if kind is ArtefactKind.RECORD or kind not in current:
            continue
        manifest = treatment.manifest(kind, current[kind])
        found.append(
            ReportRun(
                kind=kind,
                id=manifest.run_id,
                stage=manifest.stage,
                version=manifest.version,
                settings=_flat(
                    manifest.settings
                    | ({"print_setup": named[kind]} if kind in named else {})
                ),
            )
        )
    return tuple(found)


def _flat(settings: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, value if isinstance(value, str) else json.dumps(value, sort_keys=True))
        for name, value in sorted(settings.items())
    )

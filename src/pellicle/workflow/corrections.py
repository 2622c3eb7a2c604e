# SPDX-License-Identifier: Apache-2.0
"""What persons have said of a finished treatment's condition map, to learn from.

Job: the places that somebody corrected or confirmed, with the pixels around them.
Not here: making examples of them (`learn`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pellicle.engine.progress import ProgressReport
from pellicle.errors import NotYetMadeError
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass
from pellicle.model.decision import Chosen
from pellicle.model.raster import Window
from pellicle.treatment.decisions import read_decisions
from pellicle.treatment.folder import Treatment
from pellicle.workflow.corrected_map import corrections_hash
from pellicle.workflow.regions import RegionsInUse, regions_in_use
from pellicle.workflow.scan import ScanInUse, use_scan
from pellicle.workflow.selection import (
    RegionDecision,
    ResolvedDecisions,
    resolve_decisions,
)
from pellicle.workflow.work import Work


class Correction(StrEnum):
    """What a person said of a place.

    `ADDED` damage that was not mapped; `REMOVED`: mapped, and no damage; `RELABELLED`
    as another class; `REDRAWN`: of another outline; `APPROVED`: as it was mapped.
    """

    ADDED = "added"
    REMOVED = "removed"
    RELABELLED = "relabelled"
    REDRAWN = "redrawn"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class CorrectedPlace:
    """One place.

    Attributes
    ----------
    window
        Smallest window that holds it, in scan pixels, without any margin.
    damage_class
        What it is, by that person; `UNMAPPED` where `REMOVED`.
    number
        Of the region: in the map as corrected, or before that where `REMOVED`.
    outlined
        Whether that person drew the outline, or approved it, and did not only say what
        lies in it.
    """

    window: Window
    kind: Correction
    damage_class: DamageClass
    number: int
    outlined: bool


@dataclass(frozen=True, slots=True)
class CorrectedPlaces:
    """Places of one treatment, and the pixels.

    Attributes
    ----------
    scan
        `samples` (H, W, bands) in `encoding`; `painting`; `raster` with its pixel size.
    regions
        `labels` (H, W) uint8 `DamageClass`, as corrected.
    places
        Regions that stand, in order of their numbers, then those removed.
    before
        The map without corrections.
    undone
        Numbers of its regions that a person took off or drew anew: where these were
        and nothing stands now, a person says that there is no damage.
    """

    scan: ScanInUse
    regions: RegionsInUse
    places: tuple[CorrectedPlace, ...]
    before: RegionsInUse
    undone: frozenset[int]


def corrected_places(treatment: Treatment) -> CorrectedPlaces:
    """Find the places that persons corrected or approved.

    Notes
    -----
    An approval counts if the region was approved by itself. Whoever approves a class, a
    file or what a rule chooses need not have looked at each region: a network would be
    taught its own map.

    Reads the run in use and the decisions; no step is made anew, and no network is
    needed.

    Raises
    ------
    NotYetMadeError
        If there is no condition map, or it lacks the latest decisions.
    """
    run_id = treatment.current().get(ArtefactKind.REGIONS)
    if run_id is None:
        raise NotYetMadeError("condition map")
    scan = use_scan(Work(treatment, 1, ProgressReport(quiet=True)))
    regions = regions_in_use(treatment, scan, run_id)
    inputs = treatment.manifest(ArtefactKind.REGIONS, run_id).inputs
    before = regions
    if "before" in inputs:
        before = regions_in_use(treatment, scan, inputs["before"])
    resolved = resolve_decisions(read_decisions(treatment), before)
    said = corrections_hash(resolved.corrections) if resolved.corrections else None
    if said != inputs.get("persons"):
        raise NotYetMadeError("condition map with the latest decisions")
    places = [*_standing(regions, before, resolved), *_removed(before, resolved)]
    undone = {
        number
        for number, said in resolved.by_number.items()
        if said.no_damage or said.drawn
    }
    return CorrectedPlaces(scan, regions, tuple(places), before, frozenset(undone))


def _standing(
    regions: RegionsInUse, before: RegionsInUse, resolved: ResolvedDecisions
) -> Iterator[CorrectedPlace]:
    carried = resolved
    if resolved.corrections:
        carried = resolved.carried_to(regions, len(before.condition.regions))
    for region in regions.condition.regions:
        said = carried.by_number.get(region.number)
        if said is None or (kind := _kind(said)) is None:
            continue
        outlined = said.drawn is not None or _looked_at(said)
        label = region.damage_class
        yield CorrectedPlace(region.window, kind, label, region.number, outlined)


def _kind(said: RegionDecision) -> Correction | None:
    if said.added:
        return Correction.ADDED
    if said.corrected is not None:
        return Correction.REDRAWN if said.drawn else Correction.RELABELLED
    return Correction.APPROVED if _looked_at(said) else None


def _looked_at(said: RegionDecision) -> bool:
    return bool(said.approved_by) and said.approved_how is Chosen.VIEWED


def _removed(
    before: RegionsInUse, resolved: ResolvedDecisions
) -> Iterator[CorrectedPlace]:
    for number, said in sorted(resolved.by_number.items()):
        if said.no_damage:
            window = before.condition.regions[number - 1].window
            none = DamageClass.UNMAPPED
            yield CorrectedPlace(
                window, Correction.REMOVED, none, number, outlined=False
            )

# SPDX-License-Identifier: Apache-2.0
"""Decide: append what a named person says about a region."""

from datetime import UTC, datetime
from pathlib import Path

from pellicle.engine.progress import ProgressReport
from pellicle.errors import BadSettingError, NotYetMadeError, UnknownRegionError
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import Region
from pellicle.model.decision import ChosenMethod, Decision, Polygons, Verdict
from pellicle.raster.polygons import region_polygons
from pellicle.treatment.decisions import append_decision
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.workflow.regions import RegionsInUse, regions_in_use
from pellicle.workflow.scan import use_scan
from pellicle.workflow.work import Work


def decide(
    path: Path,
    region_id: str,
    *,
    by: str,
    verdict: Verdict,
    method: ChosenMethod | None = None,
    note: str = "",
) -> Decision:
    """Record one decision. It takes effect when the treatment is next made.

    Raises
    ------
    UnknownRegionError
        If no region has the id.
    NotYetMadeError
        If there is no condition map.
    """
    if not by.strip():
        raise BadSettingError("--by", repr(by), "a person's name is needed")
    treatment = Treatment.open(path)
    with writing(treatment):
        run_id = treatment.current().get(ArtefactKind.REGIONS)
        if run_id is None:
            raise NotYetMadeError("condition map")
        work = Work(treatment, 1, ProgressReport(quiet=True))
        regions = regions_in_use(treatment, use_scan(work), run_id)
        region = _region(regions, region_id)
        decision = Decision(
            made=datetime.now(UTC).replace(microsecond=0),
            by=by.strip(),
            verdict=verdict,
            region_id=region.id,
            damage_class=region.damage_class,
            polygons=_outline(regions, region),
            method=method,
            note=note,
        )
        append_decision(treatment, decision)
    return decision


def _region(regions: RegionsInUse, region_id: str) -> Region:
    every = regions.condition.regions
    for region in every:
        if region.id == region_id:
            return region
    raise UnknownRegionError(region_id, len(every))


def _outline(regions: RegionsInUse, region: Region) -> Polygons:
    mask = regions.numbers.read(region.window) == region.number
    return [
        [[(float(x), float(y)) for x, y in ring] for ring in polygon]
        for polygon in region_polygons(mask, region.window)
    ]

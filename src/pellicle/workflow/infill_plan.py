# SPDX-License-Identifier: Apache-2.0
"""Infill plan of a treatment, kept with the reconstruction's run.

Job: the plan of every region that is to be infilled, as values and as JSON.
Not here: looking at the regions (`region_facts.py`), what follows from what was found
(`stages/reconstruct/plan.py`).
"""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from typing import Any

from pellicle.model.condition import Region
from pellicle.model.infill_plan import (
    Passage,
    PlannedInfill,
    RegionFacts,
    Surroundings,
)
from pellicle.model.reconstruction import InfillMethod
from pellicle.stages.reconstruct.plan import plan_region
from pellicle.workflow.region_facts import PlanSources, look_at


def plan_regions(
    pool: Executor,
    sources: PlanSources,
    regions: Sequence[Region],
    *,
    painted: bool = False,
) -> dict[int, PlannedInfill]:
    """Plan of each region, by its number; `painted` where a network paints the wide."""
    facts = look_at(pool, sources, regions)
    return {number: plan_region(one, painted=painted) for number, one in facts.items()}


def left_unasked(
    plans: Mapping[int, PlannedInfill], asked: Collection[int]
) -> list[int]:
    """Regions that the plan leaves, if no person said how to infill them."""
    return [
        number
        for number, plan in plans.items()
        if plan.method is None and number not in asked
    ]


def plan_rows(plans: Mapping[int, PlannedInfill]) -> list[dict[str, Any]]:
    """The plan as JSON, as it is kept with the run."""
    return [
        {"region": number, "method": plan.method, **asdict(plan.facts)}
        for number, plan in plans.items()
    ]


def plans_of(rows: Sequence[Mapping[str, Any]]) -> dict[int, PlannedInfill]:
    """Inverse of `plan_rows`."""
    return dict(map(_plan_of, rows))


def _plan_of(row: Mapping[str, Any]) -> tuple[int, PlannedInfill]:
    facts = dict(row)
    number, method = facts.pop("region"), facts.pop("method")
    paint = facts["surroundings"]
    if paint is not None:
        facts["surroundings"] = Surroundings(
            **{**paint, "passage": Passage(paint["passage"])}
        )
    facts["references"] = tuple(facts["references"])
    planned = InfillMethod(method) if method else None
    return number, PlannedInfill(RegionFacts(**facts), planned)

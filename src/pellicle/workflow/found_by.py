# SPDX-License-Identifier: Apache-2.0
"""Why a region was mapped: what networks and filters, each alone, saw in it.

Job: read the evidence under one region.
Not here: the evidence (`evidence_kept.py`), the words for it (`region_words.py`).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from pellicle.engine.areas import ReadLately
from pellicle.engine.readers import PlaneReader
from pellicle.model.arrays import Array, Mask
from pellicle.model.condition import FoundBy, Region
from pellicle.model.raster import RasterSpec, Window
from pellicle.stages.condition.joint import filters_evidence
from pellicle.stages.condition.mapping import MapCondition
from pellicle.stages.condition.network import SEEN_CLASSES
from pellicle.workflow.found import EvidenceInUse

_STRIP_PX = 512
_CERTAIN = 255


@dataclass(frozen=True, slots=True)
class RegionEvidence:
    """What was seen in a region.

    Attributes
    ----------
    seen
        Mean probability of loss, abrasion, craquelure and split, 0 to 1, as the
        networks saw it.
    filters_share
        Share of its area that the filters found, 0 to 1.
    found_by
        Who found it; of a given or drawn region, who would have.
    """

    seen: tuple[float, ...]
    filters_share: float
    found_by: FoundBy


def region_evidence(
    evidence: EvidenceInUse, raster: RasterSpec, region: Region, mask: Mask
) -> RegionEvidence:
    """Read what was seen in a region, a strip at a time."""
    kept: Any = evidence.kept  # readers are told apart by what they read
    networks, filters = _lately(kept.networks, raster), _lately(kept.filters, raster)
    total = np.zeros(len(SEEN_CLASSES))
    peak = said = shared = 0
    window = region.window
    for top in range(window.top, window.bottom, _STRIP_PX):
        strip = Window(top, window.left, top + _STRIP_PX, window.right).within(window)
        inside = mask[strip.relative_to(window).slices]
        if not inside.any():
            continue
        seen: Array = networks.read(strip)[inside]
        total += seen.sum(axis=0, dtype=np.int64)
        peak = max(peak, int(seen.sum(axis=1, dtype=np.int64).max()))
        by_filters = filters_evidence(filters.read(strip)[inside])
        shared += int(np.count_nonzero(by_filters))
        said = max(said, int(by_filters.max()))
    pixels = max(1, region.pixels)
    return RegionEvidence(
        tuple((total / (_CERTAIN * pixels)).round(3).tolist()),
        round(shared / pixels, 3),
        _found_by(min(peak, _CERTAIN), said, _plain(evidence.stage, region)),
    )


def _found_by(peak: int, said: int, plain: float) -> FoundBy:
    networks, filters = peak >= plain, said >= plain
    if networks == filters:
        return FoundBy.BOTH if said else FoundBy.NETWORKS
    return FoundBy.NETWORKS if networks else FoundBy.FILTERS


def _plain(stage: MapCondition, region: Region) -> float:
    """Evidence of damage that some place of such a region has, 0 to 255."""
    plainest = stage.plainest
    known = region.damage_class in SEEN_CLASSES  # else a person relabelled it
    least = plainest[region.damage_class - 1] if known else min(plainest)
    return _CERTAIN * least


@lru_cache(maxsize=2)
def _lately(reader: Any, raster: RasterSpec) -> PlaneReader:
    # Regions are asked in groups that lie close together.
    return ReadLately(reader, raster)

# SPDX-License-Identifier: Apache-2.0
"""Recolour passages that persons said had another colour, into a reconstruction.

Job: run the mapping of each region; sum up how far a glaze falls short of it.
Not here: the mapping (`colour/recolour.py`), what a person says (`colour_pairs.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pellicle.colour.recolour import DensityMapping
from pellicle.engine.readers import LookedUp
from pellicle.engine.regions import TILE_PX
from pellicle.io.hashing import hash_of
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import Window
from pellicle.model.recolouring import Recolouring
from pellicle.model.reconstruction import EvidenceGrade
from pellicle.stages.reconstruct.recolour import RecolouredPassage
from pellicle.workflow.regions import RegionsInUse
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.work import Making

SHORTFALL = "shortfall"
SHORTFALL_SPEC = PlaneSpec("uint16")
SEEN_CENTI_DE00 = 100
"""A glaze that falls short by more than this does not do what was asked for."""


@dataclass(frozen=True, slots=True)
class GlazeReach:
    """How far a glaze can recolour one region.

    Attributes
    ----------
    pixels
        Of the region.
    beyond_pixels
        Those that it leaves more than ΔE00 1 from the colour asked for.
    beyond_de00_mean, beyond_de00_max
        By how much, there.
    """

    pixels: int
    beyond_pixels: int
    beyond_de00_mean: float
    beyond_de00_max: float

    @property
    def beyond_share(self) -> float:
        """Part of the region, 0 to 1."""
        return self.beyond_pixels / max(self.pixels, 1)

    @property
    def in_words(self) -> str:
        """What a person should know."""
        if not self.beyond_pixels:
            return "within a glaze"
        return (
            f"a glaze cannot on {self.beyond_share:.0%} of it: ΔE00 "
            f"{self.beyond_de00_mean:.1f} short in the mean, at most "
            f"{self.beyond_de00_max:.1f}"
        )

    def as_json(self) -> dict[str, float]:
        """For `regions.geojson`."""
        return {
            "beyond_glaze_share": round(self.beyond_share, 4),
            "beyond_glaze_de00_mean": self.beyond_de00_mean,
            "beyond_glaze_de00_max": self.beyond_de00_max,
        }


def mapping_of(said: Recolouring) -> DensityMapping:
    """Mapping that the pairs ask for."""
    return DensityMapping.fitted(
        np.array([pair.from_lab for pair in said.pairs]),
        np.array([pair.to_lab for pair in said.pairs]),
    )


def recolouring_inputs(
    regions: RegionsInUse, said: Mapping[int, Recolouring]
) -> dict[str, str]:
    """What names a run by them; nothing when nothing is recoloured."""
    if not said:
        return {}
    ids = {region.number: region.id for region in regions.condition.regions}
    asked = sorted(
        [ids[number], [[*pair.from_lab, *pair.to_lab] for pair in one.pairs]]
        for number, one in said.items()
    )
    return {"recolour": hash_of([RecolouredPassage.version, asked])}


def recolour_passages(
    making: Making,
    store: RasterStore,
    planes: tuple[str, str],
    scan: ScanInUse,
    regions: RegionsInUse,
    said: Mapping[int, Recolouring],
) -> None:
    """Recolour regions into the planes of samples and evidence named."""
    samples_plane, evidence_plane = planes
    by_pairs: dict[str, tuple[int, DensityMapping]] = {}
    table = np.zeros(len(regions.condition.regions) + 1, np.uint16)
    for number, one in sorted(said.items()):
        pairs = hash_of([[*pair.from_lab, *pair.to_lab] for pair in one.pairs])
        known = by_pairs.setdefault(pairs, (len(by_pairs) + 1, mapping_of(one)))
        table[number] = known[0]
    mappings = tuple(mapping for _, mapping in by_pairs.values())
    asked = LookedUp(regions.numbers, table)

    def write(window: Window, made: Array) -> None:
        inside = asked.read(window) != 0
        samples = store.read(samples_plane, window)
        samples[inside] = made[inside][:, :-1]
        evidence = store.read(evidence_plane, window)
        evidence[inside] = EvidenceGrade.RECOLOURED
        store.write(samples_plane, window, samples)
        store.write(evidence_plane, window, evidence)
        store.write(SHORTFALL, window, made[:, :, -1] * inside)

    making.tiles.run(
        RecolouredPassage(scan=scan.encoding, mappings=mappings),
        {ArtefactKind.SCAN: scan.samples, ArtefactKind.INFILL: asked},
        scan.raster,
        write,
        only_where=ArtefactKind.INFILL,
    )


def glaze_rows(
    store: RasterStore,
    regions: RegionsInUse,
    said: Mapping[int, Recolouring],
) -> list[list[float]]:
    """Sums of each recoloured region, to be kept: number, then `GlazeReach`."""
    count = len(regions.condition.regions) + 1
    pixels, beyond, total, most = (np.zeros(count, np.int64) for _ in range(4))
    asked = regions.where(dict.fromkeys(said, 1))
    for window in regions.condition.raster.tiles(TILE_PX):
        inside = asked.read(window) != 0
        if not inside.any():
            continue
        numbers = regions.numbers.read(window)[inside]
        centi_de00 = store.read(SHORTFALL, window)[inside].astype(np.int64)
        seen = centi_de00 > SEEN_CENTI_DE00
        pixels += np.bincount(numbers, minlength=count)
        beyond += np.bincount(numbers[seen], minlength=count)
        np.add.at(total, numbers[seen], centi_de00[seen])
        np.maximum.at(most, numbers, centi_de00)
    return [
        [
            number,
            int(pixels[number]),
            int(beyond[number]),
            round(int(total[number]) / max(int(beyond[number]), 1) / 100, 2),
            int(most[number]) / 100 if beyond[number] else 0.0,
        ]
        for number in sorted(said)
        if pixels[number]
    ]

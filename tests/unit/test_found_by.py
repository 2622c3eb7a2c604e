# SPDX-License-Identifier: Apache-2.0
"""Who found a region: networks and filters, each by what it alone saw."""

from pathlib import Path

import numpy as np
import pytest

from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass, FoundBy, Region, RegionOrigin
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.stages.condition.joint import believed, filters_evidence
from pellicle.stages.condition.mapping import MapCondition
from pellicle.workflow.evidence_kept import KeptEvidence
from pellicle.workflow.found import EvidenceInUse
from pellicle.workflow.found_by import region_evidence
from pellicle.workflow.region_words import found_by_in_words, seen_in_words
from pellicle.workflow.sensitivity import CountTask, count_mapped

RASTER = RasterSpec(120, 200, PixelSize.from_ppi(600))
"""Two scan pixels to a working pixel."""
PLACE = Window(20, 40, 60, 100)
WORKING = slice(10, 30), slice(20, 50)


def keep(kept: KeptEvidence, seen: np.ndarray, found: np.ndarray) -> None:
    """Keep what networks saw and filters found, each the whole raster."""
    store = kept.create()
    store.write_networks(kept.working.window, seen)
    store.write_filters(kept.working.window, found)


def evidence(folder: Path, network_loss: float, filters: int, rows=None):
    """Evidence of one loss: by networks, and by filters with a confidence."""
    kept = KeptEvidence.of(folder, RASTER)
    seen = np.zeros((*kept.working.shape, 4), np.uint8)
    seen[(*WORKING, 0)] = round(255 * network_loss)
    seen[(*WORKING, 1)] = 25
    classes = np.zeros(kept.working.shape, np.uint8)
    classes[rows or WORKING[0], WORKING[1]] = DamageClass.LOSS
    confidence = np.full(kept.working.shape, filters, np.uint8)
    keep(kept, seen, believed(classes, confidence))
    return EvidenceInUse(kept, MapCondition(), ())


def loss(origin=RegionOrigin.FOUND) -> Region:
    height, width = PLACE.shape
    return Region(
        1, "0" * 12, DamageClass.LOSS, PLACE, height * width, 1.0, 0.9, origin
    )


def asked(seen: EvidenceInUse):
    return region_evidence(seen, RASTER, loss(), np.ones(PLACE.shape, np.bool_))


@pytest.mark.parametrize(
    ("network_loss", "filters", "found_by"),
    [
        (0.9, 0, FoundBy.NETWORKS),
        (0.95, 76, FoundBy.NETWORKS),  # of which filters are not sure
        (0.05, 120, FoundBy.FILTERS),
        (0.9, 250, FoundBy.BOTH),
        (0.5, 0, FoundBy.NETWORKS),  # not plain alone, but nobody else saw it
    ],
)
def test_who_found_a_region_is_told_by_what_each_saw_alone(
    tmp_path, network_loss, filters, found_by
) -> None:
    told = asked(evidence(tmp_path, network_loss, filters))
    assert told.found_by is found_by
    assert told.seen[0] == pytest.approx(network_loss, abs=0.03)
    assert told.seen[2:] == (0, 0)


def test_a_network_as_sure_as_the_filters_is_not_taken_for_them(tmp_path) -> None:
    told = asked(evidence(tmp_path, 240 / 255, 0))
    assert told.found_by is FoundBy.NETWORKS
    assert told.filters_share == 0


def test_the_share_of_the_filters_is_a_share_of_the_region(tmp_path) -> None:
    told = asked(evidence(tmp_path, 0.9, 200, rows=slice(10, 15)))
    assert told.found_by is FoundBy.BOTH
    assert told.filters_share == 0.25
    assert seen_in_words(told).endswith("; filters found 25 % of it")


def test_words_name_the_two_likeliest_classes_and_persons_and_files(tmp_path) -> None:
    told = asked(evidence(tmp_path, 0.9, 0))
    assert seen_in_words(told) == "networks see loss 0.88, abrasion 0.10"
    assert found_by_in_words(loss(), told) == "networks"
    assert found_by_in_words(loss(RegionOrigin.GIVEN), told) == "a file"
    assert found_by_in_words(loss(RegionOrigin.PERSON), None) == "a person"
    assert not seen_in_words(None)


def test_kept_apart_and_joined_again_evidence_is_what_it_was(tmp_path) -> None:
    rng = np.random.default_rng(4)
    kept = KeptEvidence.of(tmp_path, RASTER)
    shape = kept.working.shape
    seen = rng.integers(0, 256, (*shape, 4)).astype(np.uint8)
    classes = rng.integers(0, 5, shape).astype(np.uint8)
    confidence = rng.integers(0, 256, shape).astype(np.uint8)
    keep(kept, seen, believed(classes, confidence))
    joint = kept.joint_working.read(kept.working.window)
    expected = seen.copy()
    line = classes == DamageClass.CRAQUELURE
    split = seen[..., 3] > seen[..., 2]
    bands = ((0, classes == DamageClass.LOSS), (2, line & ~split), (3, line & split))
    for band, found in bands:
        there = found & (confidence >= 77)
        said = 180 if band == 3 else 224 + confidence[there] // 8
        expected[there, band] = np.maximum(expected[there, band], said)
    np.testing.assert_array_equal(joint, expected)
    alone = filters_evidence(believed(classes, confidence))
    sure = (confidence >= 77) & np.isin(classes, (1, 3))
    np.testing.assert_array_equal(alone > 0, sure)
    assert (joint.max(axis=2) >= np.where(line & split, 0, alone)).all()


def test_a_keener_map_has_more_regions_and_more_area(tmp_path) -> None:
    kept = KeptEvidence.of(tmp_path, RASTER)
    seen = np.zeros((*kept.working.shape, 4), np.uint8)
    for column, likely in enumerate((250, 215, 180, 120)):
        seen[10:20, 4 + 20 * column : 14 + 20 * column, 0] = likely
    nothing = np.zeros((*kept.working.shape, 2), np.uint8)
    keep(kept, seen, nothing)
    stages = tuple(MapCondition(sensitivity=s) for s in (0.25, 0.5, 0.75, 1))
    counted = count_mapped(CountTask(stages, 0.75, kept.joint_working, None, RASTER_2))
    assert [one.asked for one in counted] == [False, False, True, False]
    losses = [one.by_class["loss"] for one in counted]
    assert [one.regions for one in losses] == [1, 2, 3, 4]
    side_mm = 2 * RASTER.pixel_size.mm
    assert losses[0].area_mm2 == pytest.approx(100 * side_mm**2, abs=1e-3)
    assert not any(one.by_class["craquelure"].regions for one in counted)


RASTER_2 = RasterSpec(60, 100, PixelSize(2 * RASTER.pixel_size.um))


def test_nothing_is_counted_outside_the_painting(tmp_path) -> None:
    kept = evidence(tmp_path, 0.99, 0).kept

    class Left:
        def read(self, window: Window) -> np.ndarray:
            inside = np.zeros((*window.shape, 1), np.uint8)
            inside[:, :30] = 1
            return inside

    task = CountTask((MapCondition(),), 0.5, kept.joint_working, Left(), RASTER_2)
    found = count_mapped(task)[0].by_class["loss"]
    pixels = 20 * (30 - WORKING[1].start)
    assert found.regions == 1
    assert found.area_mm2 == pytest.approx(
        pixels * RASTER_2.pixel_size.area_mm2, abs=1e-3
    )


def test_counting_follows_the_map_at_the_working_scale(tmp_path) -> None:
    """At one scan pixel to a working pixel both are the same by the same steps."""
    kept = evidence(tmp_path, 0.9, 0).kept
    tiles = {ArtefactKind.CONDITION: kept.joint_working.read(RASTER_2.window)}
    labels = MapCondition().run_tile(tiles, RASTER_2.pixel_size, RASTER_2.window)
    (counted,) = count_mapped(
        CountTask((MapCondition(),), 0.5, kept.joint_working, None, RASTER_2)
    )
    pixels = np.count_nonzero(labels[..., 0])
    assert counted.by_class["loss"].area_mm2 == pytest.approx(
        pixels * RASTER_2.pixel_size.area_mm2, abs=1e-3
    )

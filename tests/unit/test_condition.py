# SPDX-License-Identifier: Apache-2.0
"""Condition stage: what is found on small made-up paintings, and what is not."""

import pickle

import numpy as np
import pytest

from pellicle.io.icc import scan_encoding
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.raster.pyramid import block_counts, block_sums
from pellicle.raster.regions import RegionJoiner
from pellicle.stages.condition.classical.classify import classify
from pellicle.stages.condition.classical.coarse import CoarseCondition, painting_of
from pellicle.stages.condition.classical.evidence import (
    LARGEST_OVERVIEW_PX,
    CoarseEvidence,
    Overview,
    overview_factor,
)
from pellicle.stages.condition.classical.fine import Candidate, FineCondition

PIXEL_SIZE = PixelSize(84.7)
GROUND = (214, 205, 180)


def overview_of(samples, factor=2, pixel_size=PIXEL_SIZE) -> Overview:
    encoding = scan_encoding(None, samples.shape[2])
    means = block_sums(samples, factor) / block_counts(samples.shape[:2], factor)
    whole = np.rint(means).astype(samples.dtype)
    return Overview(encoding.lab_d50(whole), factor, PixelSize(pixel_size.um * factor))


def condition_of(samples, pixel_size=PIXEL_SIZE, **settings):
    """Class of each pixel, and the coarse evidence."""
    coarse = CoarseCondition().run(
        {ArtefactKind.SCAN: overview_of(samples, pixel_size=pixel_size)}
    )
    stage = FineCondition(
        coarse=coarse, scan=scan_encoding(None, samples.shape[2]), **settings
    )
    window = RasterSpec(*samples.shape[:2], pixel_size).window
    found = stage.run_tile({ArtefactKind.SCAN: samples}, pixel_size, window)
    joiner = RegionJoiner(samples.shape[:2], max(samples.shape))
    numbers = joiner.add(window, found[..., 0].copy(), found[..., 1].copy())
    shapes, lookup = joiner.finish()
    return classify(shapes, pixel_size, stage)[lookup[numbers]], coarse


@pytest.fixture(scope="module")
def painting():
    """Soft fields of several colours with a little texture, 500 x 600 pixels."""
    rng = np.random.default_rng(7)
    rows, columns = np.mgrid[:500, :600]
    hues = np.array([[70, 50, 40], [50, 70, 110], [150, 95, 75], [60, 90, 55]])
    weights = np.stack(
        [
            np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 180.0**2)
            for y, x in ((100, 100), (120, 480), (380, 150), (400, 460))
        ],
        axis=-1,
    )
    paint = weights @ hues / weights.sum(axis=-1, keepdims=True)
    paint = paint + rng.normal(0, 2, (500, 600, 1))
    return np.clip(paint, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def flaked(painting):
    """The painting with 40 losses down to its ground, and where they are."""
    rng = np.random.default_rng(8)
    samples, truth = painting.copy(), np.zeros(painting.shape[:2], bool)
    rows, columns = np.mgrid[:500, :600]
    for _ in range(40):
        y, x = rng.uniform(20, 480), rng.uniform(20, 580)
        angle = np.arctan2(rows - y, columns - x)
        edge = rng.uniform(6, 16) * (1 + 0.25 * np.sin(3 * angle + rng.uniform(0, 6)))
        truth |= np.hypot(rows - y, columns - x) < edge
    bare = np.array(GROUND) + rng.normal(0, 3, (*truth.shape, 1))
    samples[truth] = np.clip(bare, 0, 255)[truth].astype(np.uint8)
    return samples, truth


def test_sound_paint_stays_unmarked(painting) -> None:
    classes, coarse = condition_of(painting)
    assert not len(coarse.grounds_lab)
    assert (classes > 0).mean() < 0.001


def test_an_image_without_features_gives_an_empty_map() -> None:
    for value in (0, 128, 255):
        classes, coarse = condition_of(np.full((80, 90, 3), value, np.uint8))
        assert not classes.any()
        assert not len(coarse.grounds_lab)


@pytest.mark.parametrize(
    ("noise", "spot", "featureless"),
    [
        (0.0, 0.0, True),
        (1.5, 0.0, True),
        (1.5, 12.0, False),
    ],
)
def test_a_scan_is_featureless_when_only_noise_differs(
    noise, spot, featureless
) -> None:
    rng = np.random.default_rng(4)
    lab = np.float32([60, 5, 10]) + rng.normal(0, noise, (300, 400, 3))
    lab[100:112, 200:212, 0] += spot
    whole = Overview(lab.astype(np.float32), 2, PixelSize(190.0))
    assert whole.featureless is featureless


def test_losses_down_to_a_ground_are_found(flaked) -> None:
    samples, truth = flaked
    classes, coarse = condition_of(samples)
    assert len(coarse.grounds_lab) == 1
    loss = classes == DamageClass.LOSS
    assert (loss & truth).sum() > 0.9 * truth.sum()
    assert (loss & ~truth).sum() < 0.15 * truth.sum()


def test_losses_of_a_16_bit_scan_are_those_of_its_8_bit_copy(flaked) -> None:
    samples, _ = flaked
    eight, _ = condition_of(samples)
    sixteen, _ = condition_of(samples.astype(np.uint16) * 257)
    assert (eight != sixteen).mean() < 0.002


def test_losses_of_a_grey_scan_are_found(flaked) -> None:
    samples, truth = flaked
    classes, _ = condition_of(samples[..., 1:2].copy())
    loss = classes == DamageClass.LOSS
    assert (loss & truth).sum() > 0.8 * truth.sum()


def test_one_light_thing_is_not_a_ground(painting) -> None:
    samples = painting.copy()
    samples[200:300, 250:350] = GROUND
    classes, coarse = condition_of(samples)
    assert not len(coarse.grounds_lab)
    assert not (classes == DamageClass.LOSS).any()


def test_a_network_of_thin_dark_lines_is_craquelure(painting) -> None:
    samples = painting.copy()
    truth = np.zeros(samples.shape[:2], bool)
    for at in range(60, 480, 70):
        wave = (4 * np.sin(np.arange(600) / 20)).astype(int)
        truth[at + wave[:600], np.arange(600)] = True
        truth[np.arange(500), at + wave[:500]] = True
    samples[truth] = samples[truth] // 3
    classes, _ = condition_of(samples)
    cracks = classes == DamageClass.CRAQUELURE
    assert (cracks & truth).sum() > 0.8 * truth.sum()
    assert cracks.sum() < 4 * truth.sum()


def test_parallel_strokes_are_not_craquelure(painting) -> None:
    samples = painting.astype(int)
    samples[:, ::4] -= 25
    samples[:, 2::4] += 25
    classes, _ = condition_of(np.clip(samples, 0, 255).astype(np.uint8))
    assert (classes == DamageClass.CRAQUELURE).mean() < 0.005


def test_an_edge_between_two_colours_is_not_a_line() -> None:
    samples = np.full((200, 240, 3), 60, np.uint8)
    samples[:, 120:] = 190
    samples[100:] = samples[100:] // 2
    classes, _ = condition_of(samples)
    assert not classes.any()


def test_a_long_straight_dark_line_from_the_edge_is_a_split(painting) -> None:
    samples = painting.copy()
    samples[:180] += 90  # a light sky, which the split crosses too
    columns = (300 + 3 * np.sin(np.arange(400) / 40)).astype(int)
    for step in range(-2, 2):
        samples[np.arange(400), columns + step] = (12, 10, 9)
    classes, _ = condition_of(samples)
    split = classes == DamageClass.SPLIT
    assert split[np.arange(10, 390), columns[10:390]].mean() > 0.9
    assert split[:, :280].sum() == 0


def test_losses_are_found_at_another_resolution(flaked) -> None:
    samples, truth = flaked
    doubled = np.kron(samples, np.ones((2, 2, 1), np.uint8))
    classes, _ = condition_of(doubled, PixelSize(42.35))
    loss = classes == DamageClass.LOSS
    assert (loss & np.kron(truth, np.ones((2, 2), bool))).mean() > 0.9 * truth.mean()


def test_nothing_is_mapped_on_the_backdrop_of_a_photograph(flaked) -> None:
    samples, _ = flaked
    framed = np.zeros((600, 700, 3), np.uint8)
    framed[50:550, 50:650] = samples
    classes, _ = condition_of(framed)
    assert not classes[:50].any()
    assert not classes[:, :50].any()
    assert (classes == DamageClass.LOSS).any()


def test_a_dark_corner_of_a_painting_is_no_backdrop(painting) -> None:
    overview = overview_of(painting)
    assert painting_of(overview).all()


def test_an_outline_keeps_the_overview_to_the_painting(flaked) -> None:
    samples, _ = flaked
    whole = overview_of(samples)
    inside = np.zeros(whole.lab_d50.shape[:2], bool)
    narrowed = Overview(whole.lab_d50, whole.factor, whole.pixel_size, inside)
    found = CoarseCondition().run({ArtefactKind.SCAN: narrowed})
    assert not len(found.grounds_lab)


def test_scans_of_a_pixel_or_a_row_give_an_empty_map() -> None:
    for shape in ((1, 1), (1, 300), (40, 1)):
        samples = np.full((*shape, 3), 90, np.uint8)
        samples[0, 0] = 20
        classes, _ = condition_of(samples)
        assert classes.shape == shape
        assert not classes.any()


def test_evidence_is_known_by_its_hash(flaked) -> None:
    found = CoarseCondition().run({ArtefactKind.SCAN: overview_of(flaked[0])})
    again = CoarseCondition().run({ArtefactKind.SCAN: overview_of(flaked[0])})
    nothing = CoarseEvidence.none(flaked[0].shape[:2], 2)
    assert found == again
    assert found != nothing
    copy = pickle.loads(pickle.dumps(found))  # noqa: S301 -- our own bytes
    assert copy == found
    stage = FineCondition(coarse=found, scan=scan_encoding(None, 3))
    assert stage.settings()["coarse"] == found.sha256


def test_overview_pixels_are_about_190_um_and_never_too_many() -> None:
    assert overview_factor(RasterSpec(2000, 2000, PixelSize.from_ppi(300))) == 2
    assert overview_factor(RasterSpec(2000, 2000, PixelSize.from_ppi(600))) == 4
    assert overview_factor(RasterSpec(900, 900, PixelSize(300.0))) == 1
    huge = RasterSpec(100_000, 100_000, PixelSize(20.0))
    assert huge.pixel_count / overview_factor(huge) ** 2 <= LARGEST_OVERVIEW_PX


def test_a_higher_sensitivity_marks_more(painting) -> None:
    samples = painting.copy()
    rows = np.arange(100, 400)
    columns = (200 + 8 * np.sin(rows / 15)).astype(int)
    samples[rows, columns] = (samples[rows, columns] * 0.8).astype(np.uint8)
    marked = [
        (condition_of(samples, sensitivity=level)[0] > 0).sum()
        for level in (0.0, 0.5, 1.0)
    ]
    assert marked[0] <= marked[1] <= marked[2]
    assert marked[0] < marked[2]


def test_smallest_loss_is_an_area_on_the_painting(flaked) -> None:
    few, _ = condition_of(flaked[0], smallest_loss_mm2=3.0)
    all_, _ = condition_of(flaked[0])
    assert 0 < (few == DamageClass.LOSS).sum() < (all_ == DamageClass.LOSS).sum()


def test_every_candidate_becomes_a_damage_class_or_nothing() -> None:
    assert min(set(Candidate) - {Candidate.NOTHING}) > max(DamageClass)

# SPDX-License-Identifier: Apache-2.0
"""From evidence to regions: what is mapped, and as what."""

import cv2
import numpy as np
import pytest

from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.raster.regions import RegionJoiner
from pellicle.stages.condition.mapping import MapCondition, form_of, mapped_classes
from pellicle.stages.condition.network import working_factor, working_raster

PIXEL_SIZE = PixelSize(84.667)


def mapped(evidence, stage=None, pixel_size=PIXEL_SIZE):
    """Class of each pixel once regions are whole."""
    stage = stage or MapCondition()
    raster = RasterSpec(*evidence.shape[:2], pixel_size)
    found = stage.run_tile(
        {ArtefactKind.CONDITION: evidence}, pixel_size, raster.window
    )
    joiner = RegionJoiner(raster.shape, max(raster.shape))
    numbers = joiner.add(raster.window, found[..., 0].copy(), found[..., 1].copy())
    shapes, lookup = joiner.finish()
    return mapped_classes(shapes, pixel_size, stage)[lookup[numbers]]


def evidence_of(damage_class, rows, columns, probability=0.9, shape=(300, 300)):
    evidence = np.zeros((*shape, 4), np.uint8)
    evidence[rows, columns, damage_class - 1] = round(255 * probability)
    return evidence


def test_a_region_is_plain_somewhere_and_reaches_over_all_that_may_be() -> None:
    square = slice(100, 140), slice(50, 90)
    stage = MapCondition(thresholds=(0.65, 0.5, 0.2, 0.3))
    faint = evidence_of(DamageClass.LOSS, *square, probability=0.6)
    assert not mapped(faint, stage).any()
    plain = faint.copy()
    plain[110:120, 60:70, DamageClass.LOSS - 1] = 230
    assert (mapped(plain, stage)[square] == DamageClass.LOSS).all()


def test_each_class_has_its_own_threshold() -> None:
    stage = MapCondition(thresholds=(0.5, 0.5, 0.2, 0.5))
    line = slice(100, 101), slice(50, 150)
    crack = evidence_of(DamageClass.CRAQUELURE, *line, probability=0.2)
    crack[(*line, DamageClass.LOSS - 1)] = 45  # nearly as likely, and losses are rarer
    crack[100, 60, DamageClass.CRAQUELURE - 1] = 200
    assert (mapped(crack, stage)[line] == DamageClass.CRAQUELURE).all()


def test_doubt_about_the_class_is_no_doubt_about_damage() -> None:
    square = slice(100, 140), slice(50, 90)
    evidence = evidence_of(DamageClass.LOSS, *square, probability=0.4)
    assert not mapped(evidence).any()
    evidence[(*square, DamageClass.ABRASION - 1)] = 100
    assert (mapped(evidence)[square] == DamageClass.LOSS).all()


def test_sensitivity_shifts_the_odds() -> None:
    def odds(probabilities):
        return np.log(probabilities) - np.log1p(-np.array(probabilities))

    dull, middle, keen = (MapCondition(sensitivity=s) for s in (0, 0.5, 1))
    for name in ("faintest", "plainest"):
        at = [odds(getattr(stage, name)) for stage in (dull, middle, keen)]
        np.testing.assert_allclose(at[0] - at[1], 2.0)
        np.testing.assert_allclose(at[1] - at[2], 2.0)


def test_small_losses_are_left_out_by_their_diameter() -> None:
    speck = evidence_of(DamageClass.LOSS, slice(10, 12), slice(10, 12))
    assert not mapped(speck).any()  # 4 pixels: 191 µm across
    fine = MapCondition(smallest_loss_um=150)
    assert (mapped(speck, fine) == DamageClass.LOSS).sum() == 4


def test_a_short_split_counts_as_craquelure() -> None:
    short = evidence_of(DamageClass.SPLIT, slice(10, 60), slice(30, 32), 0.98)
    long = evidence_of(DamageClass.SPLIT, slice(10, 290), slice(30, 32), 0.98)
    assert set(np.unique(mapped(short))) == {0, DamageClass.CRAQUELURE}
    assert set(np.unique(mapped(long))) == {0, DamageClass.SPLIT}


def lean_line(degrees: float, width_px: int = 3, peak: int = 250) -> np.ndarray:
    """Evidence of a split, 20 mm long, at an angle to the left side of the scan."""
    along = (
        20_000 / PIXEL_SIZE.um * np.array([np.sin(x := np.deg2rad(degrees)), np.cos(x)])
    )
    plane = np.zeros((300, 300), np.uint8)
    ends = [
        tuple(np.rint(150 + part * along).astype(int).tolist()) for part in (-0.5, 0.5)
    ]
    cv2.line(plane, *ends, peak, width_px)
    evidence = np.zeros((300, 300, 4), np.uint8)
    evidence[..., DamageClass.SPLIT - 1] = plane
    return evidence


@pytest.mark.parametrize("turned", [0, 90])
@pytest.mark.parametrize("lean", [-17, 0, 17])
def test_a_split_follows_the_support(turned, lean) -> None:
    assert DamageClass.SPLIT in mapped(lean_line(turned + lean))


@pytest.mark.parametrize("lean", [-45, -24, 24, 66])
def test_a_long_line_aslant_is_craquelure(lean) -> None:
    assert set(np.unique(mapped(lean_line(lean)))) == {0, DamageClass.CRAQUELURE}


def test_a_line_that_is_not_plainly_a_split_is_craquelure() -> None:
    assert set(np.unique(mapped(lean_line(0, peak=236)))) == {0, DamageClass.CRAQUELURE}
    assert not mapped(lean_line(0, peak=220)).any()


def test_a_patch_of_split_is_none() -> None:
    patch = evidence_of(DamageClass.SPLIT, slice(10, 200), slice(30, 200), 0.98)
    assert DamageClass.SPLIT not in mapped(patch)


def test_form_is_in_micrometres() -> None:
    evidence = evidence_of(DamageClass.CRAQUELURE, slice(100, 101), slice(0, 100))
    raster = RasterSpec(300, 300, PIXEL_SIZE)
    joiner = RegionJoiner(raster.shape, 300)
    labels = (evidence[..., 2] > 0).astype(np.uint8)
    joiner.add(raster.window, labels, labels)
    (shape,), _ = joiner.finish()
    form = form_of(shape, PIXEL_SIZE)
    assert form.extent_um == pytest.approx(100 * PIXEL_SIZE.um, rel=0.01)
    assert form.slenderness < 0.02
    assert form.lean_deg == pytest.approx(0)


@pytest.mark.parametrize(
    ("ppi", "factor"), [(150, 1), (300, 1), (400, 1), (600, 2), (1200, 4), (2400, 8)]
)
def test_the_working_scale_is_a_length_on_the_painting(ppi, factor) -> None:
    pixel_size = PixelSize.from_ppi(ppi)
    assert working_factor(pixel_size) == factor
    raster = working_raster(RasterSpec(1001, 999, pixel_size), factor)
    assert raster.shape == (-(-1001 // factor), -(-999 // factor))
    assert raster.pixel_size.um == pytest.approx(pixel_size.um * factor)


def test_small_worn_places_are_left_out_by_their_diameter() -> None:
    worn = evidence_of(DamageClass.ABRASION, slice(10, 20), slice(10, 20))
    assert not mapped(worn).any()  # 100 pixels: 955 µm across, of 1,500
    fine = MapCondition(smallest_abrasion_um=950)
    assert (mapped(worn, fine) == DamageClass.ABRASION).sum() == 100
    coarse = MapCondition(smallest_abrasion_um=960, smallest_loss_um=0)
    assert not mapped(worn, coarse).any()


def test_short_cracks_are_left_out_by_their_extent() -> None:
    crack = evidence_of(DamageClass.CRAQUELURE, slice(10, 11), slice(10, 40), 0.95)
    assert (mapped(crack) == DamageClass.CRAQUELURE).sum() == 30  # 2,541 µm
    longer = MapCondition(shortest_crack_um=2_600)
    assert not mapped(crack, longer).any()


def test_a_crack_of_a_pixel_or_two_is_none_however_short_they_may_be() -> None:
    dot = evidence_of(DamageClass.CRAQUELURE, slice(10, 11), slice(10, 12), 0.95)
    assert not mapped(dot, MapCondition(shortest_crack_um=0)).any()

# SPDX-License-Identifier: Apache-2.0
"""Reference images: a second photograph of the painting fills its losses."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from pellicle.colour.difference import ciede2000
from pellicle.engine.references import GAIN, OFFSET, SHIFT, LaidReference
from pellicle.io.icc import scan_encoding
from pellicle.io.sample_painting import read_undamaged, sample_painting
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.raster import Window
from pellicle.model.reconstruction import EvidenceGrade
from pellicle.model.units import PixelSize
from pellicle.stages.contract import RegionWindow
from pellicle.stages.reconstruct.blending import membrane
from pellicle.stages.reconstruct.infill import PaintingInfill
from pellicle.stages.reconstruct.reference import taking
from pellicle.stages.reconstruct.reference.alignment import (
    Mismatch,
    align,
    at_nodes,
    pixel_centres,
    places_in,
)
from pellicle.stages.reconstruct.reference.colour_map import fit_colours
from pellicle.stages.reconstruct.reference.field import FINE_SCALES, register
from pellicle.stages.reconstruct.reference.sharpness import finer_by, softened
from pellicle.workflow import second_photograph
from pellicle.workflow.second_photograph import (
    SecondPhotograph,
    drawn_photograph,
    take_photograph,
)

PIXEL_SIZE = PixelSize.from_ppi(300)
ENCODING = scan_encoding(None, 3)
LOSS = ((190, 240), 70)


@pytest.fixture(scope="module")
def whole():
    return (read_undamaged(sample_painting()) >> 8).astype(np.uint8)


@pytest.fixture(scope="module")
def painting(whole):
    return np.ascontiguousarray(whole[1060:1440, 560:1040])


def disc(shape, centre, diameter):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return np.hypot(rows - centre[0], columns - centre[1]) <= diameter / 2


def lost(painting):
    return disc(painting.shape[:2], *LOSS)


def fractions(picture):
    return picture.astype(np.float32) / np.iinfo(picture.dtype).max


def de00(one, other):
    return ciede2000(ENCODING.lab_d50(one[:, None]), ENCODING.lab_d50(other[:, None]))


@dataclass(frozen=True)
class InMemory:
    pixels: np.ndarray

    def read(self, window):
        return self.pixels[window.slices]


def laid(folder, found, reference):
    """The alignment as a worker gets it."""
    fields = {SHIFT: found.shift, GAIN: found.gain, OFFSET: found.offset}
    shape = found.shift.shape[:2]
    planes = {name: PlaneSpec("float32", f.shape[2]) for name, f in fields.items()}
    store = RasterStore.create(folder, shape, planes)
    for name, field in fields.items():
        store.write(name, Window(0, 0, *shape), field)
    return LaidReference(
        samples=InMemory(reference),
        shape=reference.shape[:2],
        fields=str(folder),
        nodes=shape,
        reference_from_scan=found.reference_from_scan,
        step_px=found.step_px,
        colours=found.colours,
        blur_px=0.0,
    )


def in_sixteen_bits(picture):
    return picture.astype(np.uint16) * np.uint16(257)


def aligned(painting, reference, damage):
    hidden = painting * (~damage[..., None]).astype(painting.dtype)
    found = align(fractions(hidden), ~damage, fractions(reference))
    assert not isinstance(found, Mismatch), found
    return found


def filled(picture, found, damage, *, method=0):
    samples = picture.copy()
    samples[damage] = 0
    region = RegionWindow(
        window=Window(0, 0, *damage.shape),
        samples=samples,
        target=damage,
        known=~damage,
        pixel_size=PIXEL_SIZE,
        method=np.full(damage.shape, method, np.uint8),
        references=(found,),
    )
    return PaintingInfill().run_region(region)


def cropped(picture):
    height, width = picture.shape[:2]
    return np.ascontiguousarray(
        picture[height // 6 : -height // 6, width // 5 : -width // 8]
    )


DRAWN = drawn_photograph(7, 1.0)
PHOTOGRAPHS = {
    "finer": replace(DRAWN, scale=1.3),
    "coarser and yellowed": replace(DRAWN, scale=0.8, varnish=1.0),
    "mirrored": replace(DRAWN, mirrored=True),
}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_second_photograph_fills_a_loss_close_to_the_truth(tmp_path, painting, name):
    reference = take_photograph(painting, PHOTOGRAPHS[name], 1)
    damage = lost(painting)
    found = aligned(painting, reference, damage)
    made = filled(painting, laid(tmp_path / "fields", found, reference), damage)
    assert (made.evidence[damage] == EvidenceGrade.REFERENCE).all()
    assert (made.reference[damage] == 1).all()
    assert de00(painting[damage], made.samples[damage]).mean() < 2.5
    np.testing.assert_array_equal(made.samples[~damage], painting[~damage])


def test_a_part_of_the_painting_will_do_and_sixteen_bits_stay(tmp_path, painting):
    reference = cropped(take_photograph(painting, DRAWN, 1))
    damage = lost(painting)
    found = laid(tmp_path / "fields", aligned(painting, reference, damage), reference)
    made = filled(in_sixteen_bits(painting), found, damage)
    assert made.samples.dtype == np.uint16
    assert (made.evidence[damage] == EvidenceGrade.REFERENCE).all()
    assert len(np.unique(made.samples[damage] % 257)) > 64
    truth = in_sixteen_bits(painting)[damage]
    assert de00(truth, made.samples[damage]).mean() < 2.5


def test_damage_of_the_references_own_elsewhere_does_no_harm(tmp_path, painting):
    reference = take_photograph(painting, DRAWN, 1)
    rng = np.random.default_rng(2)
    for _ in range(12):
        x, y = (int(rng.integers(0, side)) for side in reference.shape[1::-1])
        if np.hypot(x - 240 * 1.08, y - 190 * 1.08) > 110:
            cv2.circle(reference, (x, y), int(rng.integers(6, 24)), (230, 225, 210), -1)
    damage = lost(painting)
    found = aligned(painting, reference, damage)
    made = filled(painting, laid(tmp_path / "fields", found, reference), damage)
    assert (made.evidence[damage] == EvidenceGrade.REFERENCE).all()
    assert de00(painting[damage], made.samples[damage]).mean() < 2.5


def test_a_grey_reference_gives_lightness_and_the_paint_around_gives_hue(
    tmp_path, painting
):
    reference = take_photograph(painting, replace(DRAWN, grey=True), 1)
    damage = lost(painting)
    found = aligned(painting, reference, damage)
    assert found.colours.monochrome
    made = filled(painting, laid(tmp_path / "fields", found, reference), damage)
    assert (made.evidence[damage] == EvidenceGrade.REFERENCE).all()
    lab, truth = (ENCODING.lab_d50(p[damage]) for p in (made.samples, painting))
    assert np.abs(lab[:, 0] - truth[:, 0]).mean() < 3


def test_another_picture_is_refused(whole):
    other = np.ascontiguousarray(whole[220:560, 230:590])
    scan = np.ascontiguousarray(whole[1060:1360, 560:890])
    everywhere = np.ones(scan.shape[:2], np.bool_)
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)
    for reference in (noise, cv2.GaussianBlur(noise, (0, 0), 3), other):
        found = align(fractions(scan), everywhere, fractions(reference))
        assert isinstance(found, Mismatch)
        assert found.found
        assert found.needed


def test_the_alignment_is_right_to_a_fifth_of_a_pixel(painting):
    reference = take_photograph(painting, DRAWN, 1)
    everywhere = np.ones(painting.shape[:2], np.bool_)
    found = align(fractions(painting), everywhere, fractions(reference))
    centres = pixel_centres(0, 0, painting.shape[:2])
    moved = centres + at_nodes(found.shift, found.step_px, centres)
    there = places_in(found.reference_from_scan, moved) - np.float32(0.5)
    truth, _, _ = second_photograph._places(painting.shape[:2], DRAWN)
    back = cv2.remap(truth, there[..., 0], there[..., 1], cv2.INTER_LINEAR)
    error = np.linalg.norm(back + 0.5 - centres, axis=-1)[20:-20, 20:-20]
    assert np.median(error) < 0.2
    assert np.percentile(error, 95) < 0.6


def test_only_what_is_wide_is_taken_from_a_reference_unless_asked_for(
    tmp_path, painting
):
    reference = take_photograph(painting, SecondPhotograph(), 1)
    damage = lost(painting)
    damage[60:63, 40:300] = True
    found = aligned(painting, reference, damage)
    picture = laid(tmp_path / "fields", found, reference)
    kinds = {}
    for method in (0, 1, 2, 3):
        made = filled(painting, picture, damage, method=method)
        kinds[method] = (made.evidence[61, 100], made.evidence[190, 240])
        np.testing.assert_array_equal(made.samples[~damage], painting[~damage])
    across, copied = EvidenceGrade.INTERPOLATED, EvidenceGrade.COPIED
    shown = EvidenceGrade.REFERENCE
    assert kinds[0] == (across, shown)
    assert kinds[1] == (across, across)
    assert kinds[2] == (copied, copied)
    assert kinds[3] == (shown, shown)


def test_point_pairs_lay_a_picture_that_has_no_details_in_common(painting):
    how = replace(DRAWN, noise=0.0, jpeg_quality=100)
    outlines = 255 - take_photograph(painting, how, 1)  # a negative
    truth, _, _ = second_photograph._places(painting.shape[:2], how)
    rows, columns = np.meshgrid([60, 200, 350], [60, 250, 430], indexing="ij")
    pairs = [
        (*(truth[r, c] + 0.5).tolist(), c + 0.5, r + 0.5)
        for r, c in zip(rows.ravel(), columns.ravel(), strict=True)
    ]
    everywhere = np.ones(painting.shape[:2], np.bool_)
    found = align(fractions(painting), everywhere, fractions(outlines), pairs)
    assert found.by_points
    start = np.array([pair[:2] for pair in pairs], np.float32)
    end = np.array([pair[2:] for pair in pairs])
    moved = start + at_nodes(found.shift, found.step_px, start[None])[0]
    there = places_in(found.reference_from_scan, moved)
    assert np.abs(there - end).max() < 3


def test_points_on_a_line_are_refused(painting):
    everywhere = np.ones(painting.shape[:2], np.bool_)
    pairs = [(10.0 * n, 10.0 * n, 12.0 * n, 12.0 * n) for n in range(1, 6)]
    found = align(fractions(painting), everywhere, fractions(painting), pairs)
    assert isinstance(found, Mismatch)


def test_colours_come_back_through_exposure_balance_and_gamma(painting):
    truth = fractions(painting).reshape(-1, 3)[::7]
    seen = np.clip(0.8 * truth**1.2 * np.array([0.9, 1.0, 0.75]), 0, 1)
    weight = np.ones(len(truth))
    found = fit_colours(seen, truth, weight)
    assert np.abs(found.apply(seen) - truth).mean() < 0.004
    # A tenth of the pixels show something else.
    spoilt = seen.copy()
    spoilt[::10] = 0.9
    found = fit_colours(spoilt, truth, weight)
    assert np.abs(found.apply(seen) - truth).mean() < 0.006


def test_a_displacement_is_found_on_intact_paint_and_carried_into_the_loss(painting):
    light = fractions(painting) @ np.float32([0.2, 0.7, 0.1])
    rows, columns = np.mgrid[: light.shape[0], : light.shape[1]].astype(np.float32)
    across = 1.2 + 0.6 * np.sin(rows / 120)
    moved = cv2.remap(light, columns - across, rows + 0.8, cv2.INTER_CUBIC)
    damage = lost(painting)

    def shown(shift):
        places = (columns + shift[..., 0], rows + shift[..., 1])
        seen = cv2.remap(moved, *places, cv2.INTER_CUBIC)
        return seen, np.ones(light.shape, np.bool_)

    shift = register(light * ~damage, ~damage, shown, FINE_SCALES)
    error = np.hypot(shift[..., 0] - across, shift[..., 1] + 0.8)[12:-12, 12:-12]
    assert np.median(error) < 0.1
    assert error[damage[12:-12, 12:-12]].max() < 0.6


def test_sharpness_of_two_pictures_is_compared_both_ways(painting):
    light = fractions(painting)[..., 1]
    soft = softened(light, 1.5)
    everywhere = np.ones(light.shape, np.bool_)
    assert finer_by(light, soft, everywhere) == pytest.approx(1.5, abs=0.1)
    assert finer_by(soft, light, everywhere) == pytest.approx(-1.5, abs=0.1)
    assert finer_by(light, light, everywhere) == 0


def test_a_membrane_meets_its_edge_and_is_smooth_between():
    target = disc((120, 130), (60, 60), 81)
    rows, columns = np.mgrid[:120, :130]
    plane = (0.2 + 0.001 * rows - 0.002 * columns)[..., None].astype(np.float32)
    made = membrane(plane, ~target, target, hold=1e-9)
    np.testing.assert_allclose(made[target], plane[target], atol=1e-3)
    assert not made[~target].any()


def test_a_membrane_without_edge_is_nothing():
    target = np.ones((40, 40), np.bool_)
    given = np.ones((40, 40, 1), np.float32)
    assert not membrane(given, ~target, target).any()


def test_a_very_large_loss_is_filled_block_by_block_without_a_seam(
    tmp_path, painting, monkeypatch
):
    reference = take_photograph(painting, DRAWN, 1)
    damage = disc(painting.shape[:2], (190, 240), 200)
    found = aligned(painting, reference, damage)
    picture = laid(tmp_path / "fields", found, reference)
    whole = filled(painting, picture, damage)
    monkeypatch.setattr(taking, "WHOLE_PX", 200)
    monkeypatch.setattr(taking, "BLOCK_PX", 96)
    made = filled(painting, picture, damage)
    assert (made.evidence[damage] == EvidenceGrade.REFERENCE).all()
    np.testing.assert_array_equal(made.samples[~damage], painting[~damage])
    assert de00(painting[damage], made.samples[damage]).mean() < 2.5
    assert de00(whole.samples[damage], made.samples[damage]).mean() < 0.8

# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from scipy import ndimage

from pellicle.errors import WorksMissingError
from pellicle.learn.infill_damage import DIAMETERS_PX, InfillClass
from pellicle.learn.infill_frozen import InfillSet, infill_fingerprint
from pellicle.learn.pattern_search import (
    LEAST_EVEN_L,
    even_detail,
    find_patterns,
)

EIGHT = np.ones((3, 3), np.bool_)


def painting(height=900, width=1000, seed=1):
    """A smooth picture with a checked part in the lower left quarter, uint8 RGB."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    plane = 110 + 50 * np.sin(rows / 90) * np.cos(columns / 70)
    check = 40 * np.sign(np.sin(rows / 3.1) * np.sin(columns / 3.7))
    where = (rows > height / 2) & (columns < width / 2)
    plane = plane + np.where(where, check, 0) + rng.normal(0, 1.5, plane.shape)
    return np.clip(np.stack([plane, 0.9 * plane, 0.7 * plane], -1), 0, 255).astype(
        np.uint8
    )


@pytest.fixture(scope="module")
def works(tmp_path_factory):
    folder = tmp_path_factory.mktemp("works")
    for number in (1, 2):
        cv2.imwrite(str(folder / f"w{number}.png"), painting(seed=number))
    return folder


@pytest.fixture(scope="module")
def crops(works):
    frozen = InfillSet.of(works, 1)
    return {kind: list(frozen.crops(frozen.paths[0], kind)) for kind in InfillClass}


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(WorksMissingError):
        InfillSet.of(tmp_path)


def test_only_the_mask_is_damaged_and_truth_has_sixteen_bits(crops):
    for kind, made in crops.items():
        assert made, kind
        for crop in made:
            assert crop.truth.dtype == crop.damaged.dtype == np.uint16
            assert (crop.truth == crop.damaged)[~crop.mask].all()
            assert (crop.truth != crop.damaged).any(axis=2)[crop.mask].mean() > 0.7
            assert (crop.truth % 257 != 0).any()  # means of four have no 8-bit value


def test_damage_has_the_sizes_of_its_class(crops):
    for kind, (low, high) in DIAMETERS_PX.items():
        for crop in crops[kind]:
            numbers, count = ndimage.label(crop.mask, EIGHT)
            areas = np.bincount(numbers.ravel())[1:]
            diameters = np.sqrt(4 * areas / np.pi)
            assert count >= 1
            assert diameters.min() >= low
            assert diameters.max() <= high


def test_cracks_are_narrow_and_cover_a_few_hundredths(crops):
    (crop,) = crops[InfillClass.CRACKS]
    wide = 2 * ndimage.distance_transform_edt(crop.mask)
    ridge = wide[(wide > 0) & (wide == ndimage.maximum_filter(wide, 5))]
    assert np.percentile(ridge, 95) <= 6
    assert 0.005 < crop.mask.mean() < 0.12


def test_crops_are_the_same_every_time_and_whatever_else_is_in_the_folder(works, crops):
    path = works / "w1.png"
    again = list(InfillSet((path,)).crops(path, InfillClass.SMALL))
    digests = [crop.digest() for crop in again]
    assert digests == [crop.digest() for crop in crops[InfillClass.SMALL]]
    other = list(
        InfillSet((works / "w2.png",)).crops(works / "w2.png", InfillClass.SMALL)
    )
    assert infill_fingerprint(digests) != infill_fingerprint(c.digest() for c in other)
    assert len(infill_fingerprint(digests)) == 16


def test_patterned_places_are_where_the_pattern_is():
    lightness = cv2.resize(painting()[..., 0].astype(np.float32), None, fx=0.5, fy=0.5)
    lightness = lightness / 2.55
    sound = np.ones(lightness.shape, np.bool_)
    places = find_patterns(lightness, sound, 3)
    assert places
    for place in places:
        assert place.row > lightness.shape[0] / 2
        assert place.column < lightness.shape[1] / 2
        assert place.even_l >= LEAST_EVEN_L
    sound[lightness.shape[0] // 2 :] = False
    assert find_patterns(lightness, sound, 3) == []


def test_one_contour_is_no_pattern_and_detail_all_over_is():
    side = 300
    sound = np.ones((side, side), np.bool_)
    contour = np.full((side, side), 40, np.float32)
    contour[:, side // 2 :] = 80
    assert find_patterns(contour, sound, 3) == []
    assert even_detail(contour).max() < LEAST_EVEN_L
    rows, columns = np.mgrid[:side, :side]
    lace = (50 + 15 * np.sin(rows / 1.5) * np.sin(columns / 1.5)).astype(np.float32)
    (place, *others) = find_patterns(lace, sound, 3)
    assert place.even_l == pytest.approx(even_detail(lace).max())
    assert all(other.even_l <= place.even_l for other in others)
    faint = 50 + (lace - 50) / 10
    assert find_patterns(faint, sound, 3) == []

# SPDX-License-Identifier: Apache-2.0
"""Retouching styles: seen near by, gone from afar, nothing beside the infills."""

import numpy as np
import pytest

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.scielab import pixels_per_degree, scielab_difference
from pellicle.io.icc import scan_encoding
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import Window
from pellicle.model.style import RetouchingStyle
from pellicle.model.units import PixelSize
from pellicle.raster.local_means import Box, local_means
from pellicle.stages.reconstruct.style import StyledInfill
from pellicle.stages.reconstruct.tones import CellSums, NeutralTones

ENCODING = scan_encoding(None, 3)
PIXEL_SIZE = PixelSize.from_ppi(300)
SIDE_PX = 150
DRAWN = [RetouchingStyle.TRATTEGGIO, RetouchingStyle.SELEZIONE]


def painting(base=(45_000, 33_000, 24_000), dtype=np.uint16):
    """A shaded form with brush marks and grain."""
    rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX] / SIDE_PX
    shade = 0.8 + 0.25 * np.sin(3 * rows + 2 * columns)
    shade += 0.04 * np.sin(40 * (rows - columns))
    grain = np.random.default_rng(1).normal(0, 0.01, shade.shape)
    samples = (shade + grain)[..., None] * np.array(base)
    return np.rint(np.clip(samples, 0, 65_535) / (65_535 / np.iinfo(dtype).max)).astype(
        dtype
    )


def disc(diameter_px=110):
    rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX] - SIDE_PX / 2
    return np.hypot(rows, columns) <= diameter_px / 2


def styled(samples, where, style, stage=None, corner=(200, 350)):
    stage = stage or StyledInfill(scan=ENCODING)
    height, width = where.shape
    window = Window(*corner, corner[0] + height, corner[1] + width)
    tiles = {
        ArtefactKind.RECONSTRUCTION: samples,
        ArtefactKind.INFILL: where.astype(np.uint8) * np.uint8(style.code),
        ArtefactKind.REGIONS: where.astype(np.uint32) * np.uint32(7),
    }
    return stage.run_tile(tiles, PIXEL_SIZE, window)


def mean_lab(samples, where):
    mean = ENCODING.linear(samples[where]).mean(axis=0, dtype=np.float64)
    return lab_d50_from_rec2020(mean.astype(np.float32))


@pytest.mark.parametrize("style", list(RetouchingStyle))
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_nothing_changes_beside_the_infills_at_any_depth(style, dtype):
    samples, where = painting(dtype=dtype), disc()
    stage = StyledInfill(scan=ENCODING, tones=tones_of(samples, where))
    made = styled(samples, where, style, stage)
    assert made.dtype == dtype
    np.testing.assert_array_equal(made[~where], samples[~where])
    changed = (made != samples).any(axis=2)[where].mean()
    assert changed == 0 if style is RetouchingStyle.MIMETIC else changed > 0.9


@pytest.mark.parametrize("style", DRAWN)
@pytest.mark.parametrize(
    "base",
    [(45_000, 33_000, 24_000), (14_000, 30_000, 52_000), (3_000, 2_500, 2_000)],
    ids=["flesh", "sky", "dark"],
)
def test_the_mean_in_linear_light_is_the_targets(style, base):
    samples, where = painting(base), disc()
    made = styled(samples, where, style)
    assert ciede2000(mean_lab(made, where), mean_lab(samples, where)) < 0.3


@pytest.mark.parametrize("style", DRAWN)
def test_the_mean_over_a_few_lines_is_the_targets_everywhere(style):
    samples, where = painting(), disc()
    made = styled(samples, where, style)
    few = Box.sized(18, 18)
    seen, wanted = (
        local_means(ENCODING.linear(one), where, few).astype(np.float32)
        for one in (made, samples)
    )
    inside = disc(90)
    de00 = ciede2000(lab_d50_from_rec2020(seen), lab_d50_from_rec2020(wanted))
    assert np.quantile(de00[inside], 0.95) < 0.8


@pytest.mark.parametrize("style", DRAWN)
def test_lines_are_seen_near_by_and_not_from_where_visitors_stand(style):
    samples, where = painting(), disc()
    made = styled(samples, where, style)
    near, far = (
        np.quantile(
            scielab_difference(
                ENCODING.linear(made),
                ENCODING.linear(samples),
                pixels_per_degree(distance_mm, PIXEL_SIZE.mm),
            )[where],
            0.95,
        )
        for distance_mm in (350.0, 1700.0)
    )
    assert near > 2.0
    assert far < 1.0


def test_tratteggio_runs_down_and_selezione_along_the_form():
    rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX].astype(np.float64)
    slanted = np.sin((rows + columns) / 4.0)[..., None] * 2500 + 30_000
    samples = np.repeat(np.rint(slanted), 3, axis=2).astype(np.uint16)
    where = disc()

    def roughness(style):
        made = styled(samples, where, style).astype(np.float64).sum(axis=2)
        made -= samples.astype(np.float64).sum(axis=2)
        inside = disc(90)
        down = np.abs(made - np.roll(made, 3, axis=0))[inside].mean()
        along = np.abs(made - np.roll(np.roll(made, 3, 0), -3, 1))[inside].mean()
        across = np.abs(made - np.roll(np.roll(made, 3, 0), 3, 1))[inside].mean()
        return down, along, across

    down, along, across = roughness(RetouchingStyle.TRATTEGGIO)
    assert 2 * down < min(along, across)
    down, along, across = roughness(RetouchingStyle.SELEZIONE)
    assert 1.3 * along < min(down, across)


def test_a_crack_finer_than_a_line_keeps_the_colour_of_the_target():
    samples = painting()
    where = np.zeros((SIDE_PX, SIDE_PX), bool)
    where[20:130, 70:72] = True
    made = styled(samples, where, RetouchingStyle.TRATTEGGIO)
    assert ciede2000(mean_lab(made, where), mean_lab(samples, where)) < 0.5


def test_lighter_is_lighter_by_what_was_asked_for():
    samples, where = painting((30_000, 24_000, 18_000)), disc()
    stage = StyledInfill(scan=ENCODING, lighter_by=4.0)
    made = styled(samples, where, RetouchingStyle.LIGHTER, stage)
    gained = ENCODING.lab_d50(made) - ENCODING.lab_d50(samples)
    np.testing.assert_allclose(gained[where], [[4.0, 0, 0]] * where.sum(), atol=0.02)


def tones_of(samples, where, cell_px=236, corner=(200, 350)):
    height, width = where.shape
    window = Window(*corner, corner[0] + height, corner[1] + width)
    cells = CellSums.empty(window, cell_px)
    for top in range(0, height, 64):  # as strips come
        strip = Window(window.top + top, window.left, 0, 0)
        cells.add(
            ENCODING.linear(samples[top : top + 64]), where[top : top + 64], strip
        )
    return NeutralTones({7: cells})


def test_neutral_is_one_tone_the_mean_of_the_target():
    samples, where = painting(), disc()
    stage = StyledInfill(scan=ENCODING, tones=tones_of(samples, where))
    made = styled(samples, where, RetouchingStyle.NEUTRAL, stage)
    assert len(np.unique(made[where], axis=0)) == 1
    assert ciede2000(mean_lab(made, where), mean_lab(samples, where)) < 0.05


def test_the_neutral_tone_of_a_long_region_follows_the_painting():
    samples = painting()
    samples[:, SIDE_PX // 2 :] //= 3
    where = np.zeros((SIDE_PX, SIDE_PX), bool)
    where[60:66] = True
    stage = StyledInfill(scan=ENCODING, tones=tones_of(samples, where, cell_px=20))
    made = styled(samples, where, RetouchingStyle.NEUTRAL, stage)
    for columns in (np.s_[5:45], np.s_[105:145]):
        part = np.zeros_like(where)
        part[60:66, columns] = True
        assert ciede2000(mean_lab(made, part), mean_lab(samples, part)) < 2
    steps = np.abs(np.diff(made[60].astype(int), axis=0))
    assert steps.max() < 4000

# SPDX-License-Identifier: Apache-2.0
"""The condition benchmark's figures, on maps small enough to count by hand."""

from copy import deepcopy
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
import pytest

from pellicle.errors import CorruptScanError, MaskSizeError
from pellicle.learn.ageing.recipe import Kind
from pellicle.learn.frozen import (
    ContrastGroup,
    FrozenCrop,
    FrozenSet,
    crop_digest,
    fingerprint_of,
    read_painting,
)
from pellicle.learn.line_contrast import FoundByContrast, line_contrast
from pellicle.learn.real_pairs import MarkKind, RealPair, read_pairs
from pellicle.learn.sound import SoundPaint
from pellicle.learn.surveys import Survey
from pellicle.model.condition import DamageClass
from pellicle.model.units import PixelSize
from pellicle.workflow.bench_condition_jobs import _chain_figures, _pooled
from pellicle.workflow.bench_condition_parts import (
    MethodRuns,
    Pace,
    measure_crops,
    measure_real,
    measure_sound,
    real_mpx,
)
from pellicle.workflow.bench_condition_plots import draw_charts
from pellicle.workflow.bench_condition_table import as_markdown, headline

LOSS, ABRASION, CRACK, SPLIT = list(DamageClass)[1:5]
PIXEL = PixelSize.from_ppi(300)
PIXEL_MM2 = (25.4 / 300) ** 2


@dataclass
class Given:
    """A method that finds what it is given, by the shape of the scan."""

    maps: dict = field(default_factory=dict)
    name: str = "given"
    cracks_only: bool = False
    sizes_um: list = field(default_factory=list)

    def survey(self, scan):
        self.sizes_um.append(scan.pixel_size.um)
        labels = self.maps.get(scan.raster.shape)
        if labels is None:
            labels = np.zeros(scan.raster.shape, np.uint8)
        sure = np.where(labels > 0, 255, 0).astype(np.uint8)
        return Survey(labels, sure)


def blank(shape=(40, 40)):
    return np.zeros(shape, np.uint8)


def silent():
    return Pace(1.0, lambda _line: None)


# --- The whole chain -----------------------------------------------------------------


def aged_and_inked():
    """18 damaged pixels of 80, 8 of them lost; 10 inked; 6 reconstructed."""
    truth = blank((8, 10))
    truth[2:4, 2:6] = LOSS
    truth[6, :] = CRACK
    inked, infilled = truth > 9, truth > 9
    inked[2:4, 3:7] = True  # 6 of the loss, 2 sound beside it
    inked[0, 9] = True  # sound, far from damage
    inked[6, 0] = True  # craquelure
    infilled[2:4, 2:4] = True
    infilled[0, 0:2] = True
    return truth, inked, infilled


def test_ink_is_told_by_what_lies_under_it():
    figures = _chain_figures(*aged_and_inked())
    assert figures == pytest.approx(
        {
            "sound_px": 62,
            "sound_inked_px": 3,
            "sound_inked_percent": 100 * 3 / 62,
            # A pixel's width around: 4 rows of 6 and 3 of 10, so 26 are farther away.
            "sound_inked_percent_beyond_1_px": 100 * 1 / 26,
            "sound_infilled_px": 2,
            "loss_px": 8,
            "loss_covered_px": 6,
            "loss_covered_percent": 75,
            "loss_infilled_px": 4,
            "inked_px": 10,
        }
    )


def test_without_loss_there_is_nothing_to_cover():
    truth, inked, infilled = aged_and_inked()
    truth[truth == LOSS] = 0
    figures = _chain_figures(truth, inked, infilled)
    assert figures["loss_covered_percent"] is None
    assert figures["loss_px"] == figures["loss_covered_px"] == 0
    assert figures["sound_inked_percent"] == pytest.approx(100 * 9 / 70)


def chain_crop(name, sound, loss, percent, infilled):
    (sound_px, sound_inked), (loss_px, covered) = sound, loss
    return {
        "name": name,
        "group": "easy",
        "sound_px": sound_px,
        "sound_inked_px": sound_inked,
        "sound_inked_percent": 100 * sound_inked / sound_px,
        "sound_inked_percent_beyond_1_px": 0.0,
        "loss_px": loss_px,
        "loss_covered_px": covered,
        "loss_covered_percent": percent,
        "sound_infilled_px": infilled[0],
        "loss_infilled_px": infilled[1],
    }


def chain_crops():
    return [
        chain_crop("a-1", (62, 3), (8, 6), 75.0, (2, 4)),
        chain_crop("a-2", (80, 5), (0, 0), None, (0, 0)),
        chain_crop("b-1", (58, 1), (20, 5), 25.0, (0, 3)),
    ]


def test_crops_are_pooled_by_area_and_lossless_ones_do_not_count_for_losses():
    assert _pooled(chain_crops()) == pytest.approx(
        {
            "sound_inked_percent": 100 * 9 / 200,
            "loss_covered_percent": 100 * 11 / 28,
            "loss_covered_percent_mean_of_crops": 50,
            "sound_infilled_percent": 100 * 2 / 200,
            "loss_infilled_percent": 100 * 7 / 28,
            "crops": 3,
        }
    )


def test_no_loss_at_all_is_no_figure_rather_than_none_covered():
    pooled = _pooled(chain_crops()[1:2])
    assert pooled["sound_inked_percent"] == pytest.approx(6.25)
    assert pooled["loss_covered_percent"] is None
    assert pooled["loss_covered_percent_mean_of_crops"] is None
    assert pooled["loss_infilled_percent"] is None


# --- Aged crops ----------------------------------------------------------------------


def crop_of(truth, group, sound=None):
    everywhere = SoundPaint(truth < 255, truth < 255, outlined=False)
    samples = np.zeros((*truth.shape, 3), np.uint16)
    kinds = (Kind.LOSS,)
    return FrozenCrop("a-1", samples, truth, sound or everywhere, PIXEL, group, kinds)


def plain_and_faint():
    """Half of 200 px of loss found; all of 100 px, and 300 px that are none."""
    plain, half, faint, much = (blank((60, 60)) for _ in range(4))
    plain[5:15, 5:25] = LOSS
    half[5:15, 5:15] = LOSS
    faint[5:15, 5:15] = much[5:15, 5:15] = LOSS
    much[40:50, 20:50] = LOSS
    return (plain, half), (faint, much)


def test_figures_add_up_by_contrast_and_over_all():
    (plain, half), (faint, much) = plain_and_faint()
    runs = MethodRuns()
    shown = runs.add(crop_of(plain, ContrastGroup.EASY), Survey(half, half * 255), None)
    assert shown == {"loss": 0.6667}
    shown = runs.add(
        crop_of(faint, ContrastGroup.FAINT), Survey(much, much * 255), None
    )
    assert shown == {"loss": 0.4}
    figures = runs.as_json()
    assert list(figures["groups"]) == ["all", "easy", "faint"]
    assert figures["mpx_per_cpu_s_in_memory"] is None  # nothing was timed
    loss = {name: of["classes"]["loss"] for name, of in figures["groups"].items()}
    for name, precision, recall, f1 in (
        ("easy", 1, 0.5, 0.6667),
        ("faint", 0.25, 1, 0.4),
        ("all", 0.4, 0.6667, 0.5),
    ):
        found = tuple(loss[name][k] for k in ("precision", "recall", "f1"))
        assert found == (precision, recall, f1)
    assert loss["all"]["f1_mean_of_crops"] == 0.5333
    # Half a region is IoU 0.5: a match. Two true ones, three found, two matched.
    assert (loss["all"]["regions_true"], loss["all"]["regions_found"]) == (2, 3)
    assert loss["all"]["region_f1"] == 0.8
    assert loss["all"]["true_px"] == 300
    confusion = figures["groups"]["all"]["confusion"]
    assert confusion[LOSS][:2] == [100, 200]
    assert confusion[0][:2] == [7200 - 600, 300]


def cracks_that_stand_out():
    """A faint line of 20 px found whole, a plain one of 10 px found by half."""
    truth, found = (np.zeros((60, 60), np.bool_) for _ in range(2))
    contrast = np.full((60, 60), np.nan, np.float32)
    truth[10, 10:30] = found[11, 10:30] = True
    contrast[10] = 0.7
    truth[40, 10:20] = True
    found[40, 10:13] = True  # and what is within two pixels of its end
    contrast[40] = 8
    return truth, found, contrast


def test_lines_are_found_or_not_by_how_far_they_stand_out():
    counted = FoundByContrast(2)
    counted.add(*cracks_that_stand_out())
    assert counted.as_json() == [
        {"from": 0.5, "share": 0.6667, "recall": 1.0},
        {"from": 6.0, "share": 0.3333, "recall": 0.5},
    ]
    counted.add(*cracks_that_stand_out())
    assert counted.true_px.sum() == 60


def test_a_line_stands_out_by_the_unevenness_of_the_paint_beside_it():
    rows, columns = np.mgrid[:61, :61]
    lab = np.full((61, 61, 3), 50, np.float32)
    lab[..., 0] += np.where((rows + columns) % 2, 1.3, -1.3)  # deviates by 1.3
    truth = blank((61, 61))
    truth[30, 5:56] = CRACK
    lab[30, 5:56] = [50, 50, 54]  # 4 from the paint
    contrast = line_contrast(lab, truth, CRACK, PIXEL)
    assert contrast[30, 30] == pytest.approx(4 / (1.3 + 0.7), rel=0.02)
    lab[30, 5:56] = 50
    assert line_contrast(lab, truth, CRACK, PIXEL)[30, 30] < 0.05
    truth[:] = LOSS
    truth[30] = CRACK  # no paint is left to compare with
    assert np.isnan(line_contrast(lab, truth, CRACK, PIXEL)[30, 30])


def test_real_damage_of_a_painting_is_neither_right_nor_wrong():
    (plain, half), _ = plain_and_faint()
    found = half.copy()
    found[40:50, 40:50] = LOSS
    sound = SoundPaint(found < 255, found < 255, outlined=True)
    sound.of_damage[40:50, 40:50] = False
    runs = MethodRuns()
    crop = crop_of(plain, ContrastGroup.EASY, sound)
    runs.add(crop, Survey(found, found * 255), None)
    assert runs.as_json()["groups"]["all"]["classes"]["loss"]["precision"] == 1


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    """Two small pictures of different shapes."""
    folder = tmp_path_factory.mktemp("works")
    rng = np.random.default_rng(0)
    for name, (height, width) in (("a", (170, 210)), ("b", (200, 180))):
        small = rng.integers(80, 180, (6, 6, 3), np.uint8)
        picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{name}.png"), picture)
    return FrozenSet.of(folder)


def test_all_methods_see_the_same_crops_and_who_finds_all_has_full_marks(frozen):
    numbers = [0, 3]
    crops = [frozen.crop(number) for number in numbers]
    truths = {c.truth.shape: np.where(c.truth > SPLIT, 0, c.truth) for c in crops}
    assert len(truths) == 2
    right = Given({shape: t.astype(np.uint8) for shape, t in truths.items()}, "right")
    blind = Given({}, "blind", cracks_only=True)
    lines = []
    mpx = sum(crop.truth.size for crop in crops) / 1e6
    done = measure_crops(frozen, numbers, [right, blind], Pace(mpx, lines.append))
    assert done.figures["frozen"]["fingerprint"] == fingerprint_of(
        crop_digest(crop) for crop in crops
    )
    assert [one["name"] for one in done.figures["crops"]] == ["a-1", "b-2"]
    assert right.sizes_um == blind.sizes_um == pytest.approx([25_400 / 300] * 2)
    for one, crop in zip(done.figures["crops"], crops, strict=True):
        assert one["group"] == crop.group.value
        assert set(one["f1"]["right"].values()) == {1.0}
        assert set(one["f1"]["right"]) == set(one["f1"]["blind"])
        assert set(one["f1"]["blind"].values()) == {0.0}
        assert one["true_share"]["loss"] == round((crop.truth == LOSS).mean(), 4)
    by_method = {n: m["groups"]["all"] for n, m in done.figures["methods"].items()}
    assert headline(by_method["right"], "craquelure lines, F1 at 2 px") == 1
    assert headline(by_method["blind"], "craquelure lines, F1 at 2 px") == 0
    for kind in (LOSS, CRACK):
        true_px = sum(int((crop.truth == kind).sum()) for crop in crops)
        for figures in by_method.values():
            assert figures["classes"][kind.label]["true_px"] == true_px
    assert [row.score for row in done.rows] == [1.0, 1.0]
    # Scan, truth and the one map of all classes, six pixels apart.
    for row, crop in zip(done.rows, crops, strict=True):
        height, width = crop.truth.shape
        assert row.picture.shape == (height, 3 * width + 12, 3)
    assert len(lines) == 2
    assert lines[-1].startswith("crop b-2, 2 of 2; ")
    assert lines[-1].endswith(", 0:00 left")


# --- Sound paint ---------------------------------------------------------------------


def measured_sound(folder):
    for name, shape in (("a", (20, 30)), ("b", (40, 50))):
        cv2.imwrite(str(folder / f"{name}.png"), np.full((*shape, 3), 128, np.uint8))
    first, second = blank((20, 30)), blank((40, 50))
    first[2:6, 0:10] = LOSS
    first[10:12, 0:10] = LOSS
    second[5, 10:30] = CRACK
    method = Given({first.shape: first, second.shape: second})
    paths = [folder / "a.png", folder / "b.png"]
    return measure_sound(paths, [method, Given({}, "none")], silent())


def test_false_alarms_are_weighed_by_sound_paint_and_the_worst_is_named(tmp_path):
    done = measured_sound(tmp_path)
    first, second = (p["false_alarms"]["given"] for p in done.figures["paintings"])
    assert (first["loss"]["area_percent"], first["loss"]["sound_px"]) == (10, 600)
    assert second["craquelure"]["area_percent"] == 1
    over = done.figures["all"]["given"]
    assert over["loss"]["area_percent"] == pytest.approx(100 * 60 / 2600, abs=1e-4)
    assert over["loss"]["worst_area_percent"] == 10
    assert over["loss"]["worst"] == "a"
    assert over["craquelure"]["worst"] == "b"
    dm2 = 2600 * PIXEL_MM2 / 10_000
    assert over["loss"]["per_dm2"] == pytest.approx(2 / dm2, rel=1e-4)
    nothing = done.figures["all"]["none"]
    assert all(of["area_percent"] == of["per_dm2"] == 0 for of in nothing.values())
    assert [row.name for row in done.rows] == ["a", "b"]


# --- Real damage ---------------------------------------------------------------------


def real_pairs():
    """Two losses, one of them missed; something to infill; a crack."""
    marks = [blank(shape) for shape in ((40, 40), (30, 40), (20, 50), (40, 60))]
    marks[0][5:15, 5:15] = marks[1][5:15, 5:15] = marks[2][5:15, 5:15] = 1
    marks[3][20, 5:55] = 1
    kinds = (MarkKind.LOSS, MarkKind.LOSS, MarkKind.TO_INFILL, MarkKind.CRACK_LINES)
    return [
        RealPair(kind.name, np.zeros((*one.shape, bands), np.uint8), one > 0, kind)
        for one, kind, bands in zip(marks, kinds, (3, 3, 1, 1), strict=True)
    ]


def found_in_real():
    half, part, line = blank(), blank((20, 50)), blank((40, 60))
    half[5:10, 5:15] = LOSS
    part[5:10, 5:15] = ABRASION
    part[15:19, 40:50] = LOSS
    line[21, 5:55] = CRACK
    return {one.shape: one for one in (half, part, line)}


def test_each_pair_is_measured_as_its_marks_allow_at_the_scales_it_may_have():
    pairs = real_pairs()
    ours, lines = Given(found_in_real(), "ours"), []
    cracks = Given(found_in_real(), "cracks", cracks_only=True)
    done = measure_real(pairs, [ours, cracks], Pace(real_mpx(pairs), lines.append))
    one, missed, asked, *crack = done.figures["pairs"]
    assert one["methods"] == {
        "ours": {
            "loss_iou": 0.5,
            "damage_iou": 0.5,
            "loss_or_abrasion_iou": 0.5,
            "damage_precision": 1.0,
            "damage_recall": 0.5,
        }
    }
    assert set(missed["methods"]["ours"].values()) == {0.0}
    assert asked["methods"]["ours"] == {"recall": 0.5, "mapped": 0.09}
    assert [at["assumed_ppi"] for at in crack] == [300, 450, 600]
    assert all(at["methods"]["ours"] == at["methods"]["cracks"] for at in crack)
    assert all(at["methods"]["ours"]["craquelure"]["f1"] == 1 for at in crack)
    assert ours.sizes_um[-3:] == pytest.approx([25_400 / n for n in (300, 450, 600)])
    assert done.figures["means"] == {
        "ours": {
            "loss_iou": 0.25,
            "damage_iou": 0.25,
            "loss_or_abrasion_iou": 0.25,
            "damage_precision": 0.5,
            "damage_recall": 0.25,
        }
    }
    assert [row.name for row in done.rows] == [pair.name for pair in pairs]
    assert lines[-1].endswith(", 0:00 left")


def test_pairs_are_read_as_8_bits_of_grey_or_colour(tmp_path):
    picture = np.zeros((20, 30, 3), np.uint8)
    picture[:, 10:] = 40, 90, 200  # blue, green, red
    deep = picture.astype(np.uint16) * 257
    see_through = np.dstack([picture, np.full((20, 30), 128, np.uint8)])
    given = {"8": picture, "16": deep, "clear": see_through, "grey": picture[..., 2]}
    marks = blank((20, 30))
    marks[5:10, 5:10] = 255
    for name, pixels in given.items():
        cv2.imwrite(str(tmp_path / f"{name}_image.png"), pixels)
        cv2.imwrite(str(tmp_path / f"{name}_mask.png"), marks)
    read = {pair.name: pair for pair in read_pairs(tmp_path)}
    assert set(read) == set(given)
    for name, pair in read.items():
        assert pair.samples.dtype == np.uint8
        right = [200] if name == "grey" else [200, 90, 40]
        assert pair.samples[0, 20].tolist() == right
        assert np.array_equal(pair.marks, marks > 0)


def test_a_pair_that_does_not_fit_or_cannot_be_read_is_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "a_image.png"), np.zeros((20, 30, 3), np.uint8))
    cv2.imwrite(str(tmp_path / "a_mask.png"), blank((30, 20)))
    with pytest.raises(MaskSizeError) as caught:
        read_pairs(tmp_path)
    assert "is 20 × 30 px" in caught.value.problem
    (tmp_path / "a_mask.png").write_bytes(b"not a picture")
    with pytest.raises(CorruptScanError):
        read_pairs(tmp_path)


def test_a_painting_that_cannot_be_decoded_is_named(tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"not a picture")
    with pytest.raises(CorruptScanError) as caught:
        read_painting(path)
    assert str(path) in caught.value.problem


# --- Table and charts ----------------------------------------------------------------


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """Figures of all parts, of what the tests above have counted; do not change."""
    ours, cracks = MethodRuns(seconds=2.0, mpx=1.0), MethodRuns(seconds=0.5, mpx=1.0)
    for group, (truth, found) in zip(
        (ContrastGroup.EASY, ContrastGroup.FAINT), plain_and_faint(), strict=True
    ):
        ours.add(crop_of(truth, group), Survey(found, found * 255), None)
        nothing = Survey(blank((60, 60)), blank((60, 60)))
        cracks.add(crop_of(truth, group), nothing, None)
    truth, found, contrast = cracks_that_stand_out()
    for method, mapped in ((ours, found), (cracks, found & False)):
        method.craquelure.add(truth, mapped, contrast)
    pairs = measure_real(real_pairs(), [Given(found_in_real())], silent())
    run = {
        "workers": 2,
        "mpx_per_s": 1.5,
        "mpx_per_s_condition": 2.0,
        "mpx_per_cpu_s": 0.75,
        "seconds": {"condition": 3.0, "total": 4.0},
    }
    return {
        "frozen": {"version": 1, "fingerprint": "abc", "crops": 2, "ppi": 300.0},
        "methods": {
            "given": {**ours.as_json(), "cracks_only": False},
            "lines": {**cracks.as_json(), "cracks_only": True},
        },
        "sound": measured_sound(tmp_path_factory.mktemp("sound")).figures,
        "real": pairs.figures,
        "speed": {"scan": "b", "mpx": 6.0, "runs": [run], "load_average": None},
        "chain": {"crops": chain_crops(), "all": _pooled(chain_crops())},
    }


@pytest.mark.parametrize(
    "beginning",
    [
        "| figure | given | lines | wanted |",
        "| craquelure lines, F1 at 2 px | 0.000 | 0.000 | 0.85 |",
        "| loss pixels, F1 | 0.500 | – | 0.85 |",
        "| split regions, F1 at IoU 0.3 | 0.000 | – | 0.70 |",
        "Mpx a second of processor time, in memory: given 0.50, lines 2.00.",
        "| given | all | loss | 0.400 | 0.667 | 0.500 | 0.533 | 0.800 | 0.800 |",
        "| given | easy | loss | 1.000 | 0.500 | 0.667 | 0.667 | 1.000 | 1.000 |",
        # All that was mapped was called certain, and 200 of 500 px were right.
        "| given | all | calibration error: mapped 0.600, all pixels – |",
        "| 0.5 | 66.7 | 1.000 | 0.000 |",
        "| 6 | 33.3 | 0.500 | 0.000 |",
        "| given | loss | 2.308 | 10.000 (a) | 1073.1 |",
        "| a | given | 10.000 | 0.000 | 0.000 | 0.000 |",
        "| b | given | 0.000 | 0.000 | 1.000 | 0.000 |",
        "| TO_INFILL | to_infill | 300 | given | recall 0.500; mapped 0.090 |",
        "| mean | loss |  | given | loss iou 0.250; damage iou 0.250; loss or abrasion",
        "b, 6.0 Mpx, 16 bit.",
        "| 2 | 1.50 | 2.00 | 0.75 | condition 3.0, total 4.0 |",
        "| a-1 | easy | 4.839 | 0.000 | 75.0 | 3.226 | 50.0 |",
        "| a-2 | easy | 6.250 | 0.000 | – | 0.000 | – |",
        "| all |  | 4.500 |  | 39.3 | 1.000 | 25.0 |",
    ],
)
def test_the_page_holds_the_figures(figures, beginning):
    lines = as_markdown(figures).splitlines()
    assert len([line for line in lines if line.startswith(beginning)]) == 1


def test_a_page_has_the_parts_that_were_measured_and_its_tables_are_square(figures):
    whole = as_markdown(figures)
    assert whole.count("\n## ") == 6
    for above, line in pairwise(whole.splitlines()):
        if above.startswith("|") and line.startswith("|"):
            assert above.count("|") == line.count("|")
    alone = as_markdown({name: figures[name] for name in ("frozen", "methods")})
    assert alone.count("\n## ") == 2
    assert "\n## By class and contrast\n" in alone


def test_who_finds_only_cracks_has_no_figures_of_other_classes(figures):
    rows = as_markdown(figures).splitlines()
    of_lines = [row for row in rows if row.startswith("| lines |")]
    assert len(of_lines) == 3  # all, easy and faint
    assert all("| craquelure |" in row for row in of_lines)


def test_charts_are_drawn_even_when_nothing_was_mapped(figures, tmp_path):
    emptied = deepcopy(figures)
    for method in emptied["methods"].values():
        for group in method["groups"].values():
            group["reliability_mapped"] = []
    paths = draw_charts(emptied, tmp_path)
    names = ["classes", "contrast", "reliability", "craquelure-by-contrast", "sound"]
    assert [path.stem for path in paths] == names
    for path in paths:
        drawn = cv2.imread(str(path))
        assert drawn is not None
        assert 0.002 < (drawn < 200).any(axis=2).mean() < 0.5

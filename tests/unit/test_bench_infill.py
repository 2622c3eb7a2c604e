# SPDX-License-Identifier: Apache-2.0
import importlib
import json

import cv2
import numpy as np
import pytest

from pellicle.errors import BenchExtraMissingError
from pellicle.learn.infill_damage import InfillClass
from pellicle.workflow import bench_infill as bench
from pellicle.workflow import bench_infill_crop, bench_infill_real
from pellicle.workflow.bench_infill_methods import (
    OURS,
    PATCH_MATCH,
    PLAIN,
    InfillMethod,
    infill_as_restored,
    infill_methods,
    run_infill,
)
from pellicle.workflow.bench_infill_table import as_markdown, best_peer, verdicts


def soft_picture(side=160):
    rows, columns = np.mgrid[:side, :side]
    plane = 90 + 60 * np.sin(rows / 17) * np.cos(columns / 13)
    rgb = np.stack((plane, plane * 0.8, 255 - plane), axis=-1)
    return (rgb * 257).astype(np.uint16)


def spots(side=160):
    mask = np.zeros((side, side), np.uint8)
    for row, column, radius in ((40, 40, 5), (90, 120, 9), (130, 50, 3)):
        cv2.circle(mask, (column, row), radius, 1, -1)
    return mask > 0


@pytest.fixture
def fresh():
    infill_methods.cache_clear()
    yield
    infill_methods.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_a_missing_peer_is_said_clearly(monkeypatch):
    real = importlib.import_module

    def absent(name):
        if name == "patchmatch":
            raise ModuleNotFoundError(name=name)
        return real(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(BenchExtraMissingError):
        infill_methods()


def test_every_method_fills_the_damage_and_none_sees_what_is_under_it():
    truth, mask = soft_picture(), spots()
    one, other = truth.copy(), truth.copy()
    one[mask], other[mask] = 0, 65_535
    names = [method.name for method in infill_methods()]
    assert names[:2] == [OURS, PLAIN]
    assert PATCH_MATCH in names
    for method in infill_methods():
        made = run_infill(method, one, mask)
        assert made.samples.dtype == np.uint16
        error = made.samples[mask].astype(np.int64) - truth[mask]
        assert np.abs(error).mean() < 0.06 * 65_535, method.name
        again = run_infill(method, other, mask)
        np.testing.assert_array_equal(again.samples[mask], made.samples[mask])
        assert made.cpu_seconds >= 0
        assert made.seconds > 0
        assert made.peak_mb is None or made.peak_mb >= 0


def test_ours_changes_only_the_damage():
    truth, mask = soft_picture(), spots()
    damaged = truth.copy()
    damaged[mask] = 0
    made = infill_as_restored(damaged, mask)
    np.testing.assert_array_equal(made[~mask], truth[~mask])


def stub_methods(only_ours=False):
    def mean(picture, damage):
        made = picture.copy()
        made[damage] = picture[~damage].mean(axis=0).astype(np.uint16)
        return made

    def black(picture, damage):
        made = picture.copy()
        made[damage] = 0
        return made

    methods = [InfillMethod(OURS, mean)]
    if not only_ours:
        large = frozenset({InfillClass.LARGE})
        methods += [
            InfillMethod(PATCH_MATCH, black),
            InfillMethod("slow", black, large, "takes hours"),
        ]
    return tuple(methods)


@pytest.fixture
def stubbed(monkeypatch):
    for module in (bench, bench_infill_crop, bench_infill_real):
        monkeypatch.setattr(module, "infill_methods", stub_methods)


@pytest.fixture(scope="module")
def works(tmp_path_factory):
    folder = tmp_path_factory.mktemp("works")
    rng = np.random.default_rng(0)
    for number in (1, 2):
        small = rng.integers(40, 200, (30, 30, 3), np.uint8)
        large = cv2.resize(small, (900, 900), interpolation=cv2.INTER_CUBIC)
        grain = rng.integers(0, 30, large.shape, np.uint8)
        cv2.imwrite(str(folder / f"w{number}.png"), large // 2 + grain)
    return folder


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    picture = (soft_picture(120) // 257).astype(np.uint8)
    mask = spots(120)
    damaged = picture.copy()
    damaged[mask] = 255
    cv2.imwrite(str(folder / "page_7_image.png"), damaged[..., ::-1])
    cv2.imwrite(str(folder / "page_7_mask.png"), mask * np.uint8(255))
    cv2.imwrite(str(folder / "peer_TVinpainted7.png"), picture[..., ::-1])
    cv2.imwrite(str(folder / "peer_TVinpainted8.png"), damaged[..., ::-1])
    return folder


@pytest.mark.usefixtures("stubbed")
def test_figures_and_pictures_are_written_and_a_second_run_goes_on(
    works, real, tmp_path, monkeypatch
):
    lines = []
    request = bench.InfillBenchRequest(
        works, tmp_path, real, workers=1, crop_px=256,
        classes=(InfillClass.CRACKS, InfillClass.SMALL, InfillClass.LARGE),
    )  # fmt: skip
    done = bench.bench_infill(request, lines.append)
    written = json.loads(done.json.read_text(encoding="utf-8"))
    assert written["fingerprint"] == done.figures["fingerprint"]
    assert list(written["classes"]) == ["cracks", "small", "large"]
    large = written["classes"]["large"]
    assert large["crops"] == 2
    assert large["methods"]["slow"] == {"left_out": "takes hours"}
    ours = large["methods"][OURS]
    assert ours["outside_px"] == 0
    assert 0 < ours["de00_mean"] < large["methods"][PATCH_MATCH]["de00_mean"]
    assert large["methods"][PATCH_MATCH]["ours_wins"] == 2
    assert all(path.is_file() for path in done.pictures)
    names = {path.name for path in done.pictures}
    assert {
        "sheet-large-worst.png",
        "sheet-page_7.png".replace("sheet-", "sheet-real-"),
    } <= names
    sheet = cv2.imread(str(tmp_path / "sheet-large-worst.png"))
    assert sheet.shape[1] == 4 * (288 + 4)
    text = done.markdown.read_text(encoding="utf-8")
    assert "losses Ø 60–180 px" in text
    assert "left out: takes hours" in text
    (page,) = written["real"]
    assert set(page["methods"]) == {OURS, PATCH_MATCH, "published TV"}
    assert page["methods"]["published TV"]["cpu_seconds"] is None
    assert page["methods"]["published TV"]["outside_px"] == 0
    assert any("left" in line for line in lines)

    def never(*_args):
        raise AssertionError

    monkeypatch.setattr(bench_infill_crop, "run_infill", never)
    again = bench.bench_infill(
        bench.InfillBenchRequest(
            works, tmp_path, workers=1, crop_px=256, classes=request.classes
        ),
        lines.append,
    )
    assert again.figures["fingerprint"] == done.figures["fingerprint"]
    assert "6 of 6 steps were done before" in lines


@pytest.mark.usefixtures("stubbed")
def test_the_bundled_painting_serves_without_a_folder(tmp_path):
    request = bench.InfillBenchRequest(
        None, tmp_path, workers=1, classes=(InfillClass.SMALL,), only_ours=True
    )
    done = bench.bench_infill(request)
    assert done.figures["crops"] == 1
    assert list(done.figures["classes"]["small"]["methods"]) == [OURS]
    assert [row["figure"] for row in done.figures["verdicts"]] == ["outside_px"]
    assert as_markdown(done.figures).startswith("# Infill")


def run_of(*figures, outside=0):
    names = ("de00_mean", "psnr_db", "gmsd", "spectrum_db", "s_per_mpx")
    return {**dict(zip(names, figures, strict=True)), "outside_px": outside}


def test_verdicts_compare_with_the_best_peer_of_each_figure():
    methods = {
        OURS: run_of(2.7, 29.9, 0.05, 3.0, 1.0),
        "a": run_of(3.0, 29.0, 0.06, 3.0, 9.0),
        PATCH_MATCH: run_of(4.0, 28.0, 0.04, 2.0, 20.0),
        "b": {"left_out": "hours"},
    }
    assert best_peer(methods, "de00_mean") == best_peer(methods, "psnr_db") == "a"
    without_network = methods | {PLAIN: run_of(2.0, 39.9, 0.01, 1.0, 0.1)}
    assert best_peer(without_network, "de00_mean") == "a"  # it is no peer
    classes = {"small": {"methods": methods}, "large": {"methods": methods}}
    rows = {(row["class"], row["figure"]): row for row in verdicts(classes)}
    small = rows["small", "de00_mean"]
    assert (small["peer"], small["reached"]) == ("a", "bar")
    assert small["value"] == pytest.approx(0.9)
    assert rows["small", "psnr_db"]["value"] == pytest.approx(0.9)
    assert rows["small", "psnr_db"]["reached"] == "bar"
    assert rows["small", "gmsd"]["peer"] == PATCH_MATCH
    assert rows["small", "gmsd"]["reached"] == "no"
    assert rows["large", "s_per_mpx"]["reached"] == "aim"
    assert rows["large", "outside_px"]["reached"] == "aim"


@pytest.mark.parametrize(
    ("ours", "reached"), [(0.0400, "no"), (0.0399, "aim"), (0.0401, "no")]
)
def test_equal_is_not_better_on_large_losses(ours, reached):
    methods = {
        OURS: run_of(2.7, 29.9, ours, 3.0, 1.0, outside=2),
        "a": run_of(3.0, 29.0, 0.0400, 3.0, 9.0),
    }
    rows = {row["figure"]: row for row in verdicts({"large": {"methods": methods}})}
    assert rows["gmsd"]["reached"] == reached
    assert rows["outside_px"]["reached"] == "no"

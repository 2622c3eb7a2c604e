# SPDX-License-Identifier: Apache-2.0
import importlib
import json

import cv2
import numpy as np
import pytest
from scipy import ndimage

from pellicle.errors import BenchExtraMissingError, WorksMissingError
from pellicle.workflow import bench_infill as bench
from pellicle.workflow.bench_crops import DamageKind, draw_damage, read_crops


def soft_picture(side=160):
    rows, columns = np.mgrid[:side, :side]
    plane = 90 + 60 * np.sin(rows / 17) * np.cos(columns / 13)
    return np.stack((plane, plane * 0.8, 255 - plane), axis=-1).astype(np.uint8)


@pytest.mark.parametrize("kind", list(DamageKind))
def test_damage_is_the_same_for_the_same_seed_and_differs_for_others(kind):
    one = draw_damage(kind, (400, 400), 3)
    assert np.array_equal(one, draw_damage(kind, (400, 400), 3))
    assert not np.array_equal(one, draw_damage(kind, (400, 400), 4))
    assert 0.03 < one.mean() < 0.25


def test_cracks_are_narrow_and_large_losses_are_not():
    widest = {
        kind: 2 * ndimage.distance_transform_edt(draw_damage(kind, (500, 500), 1)).max()
        for kind in DamageKind
    }
    assert widest[DamageKind.CRACKS] < 14  # where cracks cross
    assert widest[DamageKind.LARGE_LOSSES] > 40


def test_a_folder_without_large_pictures_is_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "small.png"), soft_picture(100))
    (tmp_path / "note.txt").write_text("no picture")
    with pytest.raises(WorksMissingError):
        read_crops(tmp_path)


def test_crops_are_halved_and_cut_from_the_middle(tmp_path):
    cv2.imwrite(str(tmp_path / "large.png"), soft_picture(1700))
    (crop,) = read_crops(tmp_path)
    assert crop.name == "large"
    assert crop.truth.shape == (768, 768, 3)


def test_a_missing_peer_is_said_clearly(monkeypatch, tmp_path):
    def absent(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(BenchExtraMissingError):
        bench.bench_infill(None, tmp_path)


def test_ours_changes_only_the_damage_and_comes_close_to_the_truth():
    truth = soft_picture()
    damage = draw_damage(DamageKind.SMALL_LOSSES, truth.shape[:2], 1)
    damaged = truth.copy()
    damaged[damage] = 0
    made = bench.infill_crop(damaged, damage)
    assert np.array_equal(made[~damage], truth[~damage])
    psnr_db, de00 = bench.compare(truth, made, damage)
    assert psnr_db > 35
    assert de00 < 1


def test_figures_and_pictures_are_written(monkeypatch, tmp_path):
    def mean(picture, damage):
        made = picture.copy()
        made[damage] = picture[~damage].mean(axis=0).astype(np.uint8)
        return made

    monkeypatch.setattr(bench, "_methods", lambda: {bench.OURS: mean})
    cv2.imwrite(str(tmp_path / "one.png"), soft_picture(700))
    done = bench.bench_infill(tmp_path, tmp_path / "out")
    written = json.loads(done.figures.read_text(encoding="utf-8"))
    assert len(written["figures"]) == len(DamageKind)
    assert all(row["de00_mean"] > 0 for row in written["figures"])
    assert cv2.imread(str(done.sheet)).shape[0] > 300

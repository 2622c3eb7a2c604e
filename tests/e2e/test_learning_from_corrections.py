# SPDX-License-Identifier: Apache-2.0
"""Networks learn from what a person corrected, and from nothing else of the map."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from test_corrections import (
    CRACK,
    LOSS,
    SPOT,
    TINY,
    Finder,
    begun_finder,
    box,
    relabel,
)

from pellicle.errors import (
    NetworkLayersError,
    NothingCorrectedError,
    OtherTrainingError,
)
from pellicle.io.geojson import Feature
from pellicle.io.hashing import file_sha256
from pellicle.io.weights_file import load_condition_weights
from pellicle.learn import learnt_weights
from pellicle.learn.evaluation import distance_to
from pellicle.learn.examples import SIDE_PX, Shards
from pellicle.learn.learnt_weights import LEARNT, keep, loaded, require_layers
from pellicle.learn.networks import ConditionNetworks
from pellicle.learn.taught import NOT_TAUGHT
from pellicle.model.condition import DamageClass
from pellicle.model.decision import Verdict
from pellicle.model.raster import Window
from pellicle.workflow.corrected_examples import TaughtSquares, corrected_examples
from pellicle.workflow.corrections import corrected_places
from pellicle.workflow.decide import Saying, decide, decide_class
from pellicle.workflow.own_paint import own_paint
from pellicle.workflow.train import trained

RIM_PX = 11  # 1 mm at 300 ppi is 11.8
OWN = Window(150, 20, 160, 30)


@pytest.fixture
def finder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finder:
    return begun_finder(tmp_path, monkeypatch)


def taught_in(finder: Finder) -> np.ndarray:
    """Labels of the one square that holds the whole small scan."""
    squares = TaughtSquares(corrected_places(finder.treatment))
    (window,) = squares.windows
    return squares.labels(window)


def grown(window: Window, px: int) -> tuple[slice, slice]:
    return (
        slice(window.top - px, window.bottom + px),
        slice(window.left - px, window.right + px),
    )


def approve(finder: Finder, window: Window) -> None:
    name = finder.id_at(window)
    decide(finder.work, name, by="Ada", verdict=Verdict.APPROVE)


def test_an_approved_region_is_taught_with_a_rim_and_nothing_else_is(
    finder: Finder,
) -> None:
    approve(finder, LOSS)
    labels = taught_in(finder)
    assert (labels[LOSS.slices] == DamageClass.LOSS).all()
    rim = labels[grown(LOSS, RIM_PX)].copy()
    assert (rim[RIM_PX:-RIM_PX, :RIM_PX] == 0).all()
    rim[RIM_PX:-RIM_PX, RIM_PX:-RIM_PX] = 0
    assert set(np.unique(rim)) == {0, NOT_TAUGHT}  # corners are farther than 1 mm
    far = labels.copy()
    far[grown(LOSS, RIM_PX + 1)] = NOT_TAUGHT
    assert (far == NOT_TAUGHT).all()


def test_regions_in_the_rim_that_nobody_looked_at_are_not_taught(
    finder: Finder,
) -> None:
    finder.labels[20:40, 44:50] = DamageClass.ABRASION
    finder.map()
    approve(finder, LOSS)
    labels = taught_in(finder)
    assert (labels[20:40, 40:44] == 0).all()
    assert (labels[20:40, 44:50] == NOT_TAUGHT).all()


def test_a_false_alarm_is_sound_and_a_new_class_has_no_rim(finder: Finder) -> None:
    relabel(finder, SPOT, DamageClass.UNMAPPED)
    relabel(finder, LOSS, DamageClass.ABRASION)
    relabel(finder, CRACK, DamageClass.TEAR)
    finder.map()
    labels = taught_in(finder)
    assert (labels[SPOT.slices] == 0).all()
    assert (labels[LOSS.slices] == DamageClass.ABRASION).all()
    labels[SPOT.slices] = labels[LOSS.slices] = NOT_TAUGHT
    assert (labels == NOT_TAUGHT).all()  # the tear too, which networks do not know


def test_drawn_outlines_are_taught_and_where_a_region_was_before_is_sound(
    finder: Finder,
) -> None:
    drawn = Window(20, 20, 40, 34)  # of a loss 20 px wide
    finder.take(
        Feature(box(OWN), {"class": "craquelure"}),
        Feature(box(drawn), {"class": "loss"}),
    )
    finder.map()
    labels = taught_in(finder)
    assert (labels[OWN.slices] == DamageClass.CRAQUELURE).all()
    assert (labels[OWN.top : OWN.bottom, OWN.right : OWN.right + RIM_PX] == 0).all()
    assert (labels[drawn.slices] == DamageClass.LOSS).all()
    assert (labels[20:40, 34:40] == 0).all()


def test_approvals_that_need_no_look_teach_nothing(finder: Finder, tmp_path) -> None:
    approval = Saying(Verdict.APPROVE)
    decide_class(finder.work, DamageClass.LOSS, approval, by="Bo")
    assert corrected_places(finder.treatment).places == ()
    with pytest.raises(NothingCorrectedError):
        corrected_examples([finder.work], tmp_path / "corrected")


def test_what_is_protected_is_not_taught_as_sound(finder: Finder, monkeypatch) -> None:
    approve(finder, TINY)
    monkeypatch.setattr(
        "pellicle.workflow.corrected_examples.out_of_bounds",
        lambda _scan, window: np.ones(window.shape, np.bool_),
    )
    labels = taught_in(finder)
    assert set(np.unique(labels)) == {DamageClass.ABRASION, NOT_TAUGHT}


def test_own_paint_is_clear_of_all_that_is_mapped(
    finder: Finder, tmp_path: Path
) -> None:
    (path,) = own_paint([finder.work], tmp_path / "own")
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    places = corrected_places(finder.treatment)
    window = places.scan.raster.window
    assert picture.shape == (*window.shape, 4)  # at 300 ppi nothing is reduced
    mapped = places.regions.numbers.read(window) > 0
    assert mapped.any()
    away = distance_to(mapped)
    np.testing.assert_array_equal(
        picture[..., 3], np.where(away > RIM_PX + 0.81, 255, 0)
    )
    samples = places.scan.samples.read(window)
    apart = picture[..., 2::-1].astype(int) - (samples >> 8)
    assert np.abs(apart).max() <= 1  # sRGB in, sRGB out


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """Folder of networks that know nothing."""
    torch.manual_seed(4)
    folder = tmp_path / "begun-from"
    folder.mkdir()
    keep(ConditionNetworks(), folder / LEARNT)
    return folder


@pytest.fixture
def quick_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """One aged example of noise instead of many of paintings."""

    def fill(shards: Shards, *_: object) -> list[Path]:
        rng = np.random.default_rng(len(shards.folder.parent.name))
        example = rng.integers(0, 255, (1, SIDE_PX, SIDE_PX, 4)).astype(np.uint8)
        example[..., 3] = 0
        for label in range(1, 5):
            example[0, 100 * label : 100 * label + 60, 50:600, 3] = label
        shards.folder.mkdir(parents=True, exist_ok=True)
        (path,) = shards.paths(1)
        np.save(path, example)
        return [path]

    monkeypatch.setattr(Shards, "fill", fill)


QUICK = {
    "steps": 2,
    "batch": 2,
    "examples": 16,
    "held_out_examples": 16,
    "log_every": 1,
}


@pytest.mark.usefixtures("quick_examples")
def test_corrections_become_networks_whose_record_says_so(
    finder: Finder, start: Path, tmp_path: Path
) -> None:
    approve(finder, LOSS)
    relabel(finder, SPOT, DamageClass.UNMAPPED)
    finder.map()
    folder = tmp_path / "ours"
    outcome = trained([], [finder.work], folder, QUICK, 1, start)
    weights = load_condition_weights(str(folder))
    record = weights.description
    assert record["begun_from"] == {
        "name": "begun-from",
        "sha256": file_sha256(start / LEARNT),
    }
    assert record["treatments"] == ["found.pellicle"]
    assert record["corrected_regions"] == {"none": 1, "loss": 1}
    assert record["pictures"] == 1
    assert record["pictures_sha256"] == outcome.corpus.sha256
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "1 none, 1 loss" in card
    assert record["begun_from"]["sha256"] in card
    assert str(tmp_path) not in card + json.dumps(dict(record))
    assert {path.name for path in folder.iterdir()} >= {
        "checkpoint.pt",
        "log.csv",
        "left-out.csv",
        LEARNT,
    }
    moved = loaded(folder / LEARNT)
    began = loaded(start / LEARNT)
    assert any((moved[name] != began[name]).any() for name in began)
    # Other corrections in the same folder would make the record wrong.
    approve(finder, TINY)
    with pytest.raises(OtherTrainingError):
        trained([], [finder.work], folder, QUICK, 1, start)


def test_networks_of_other_layers_are_one_clear_error(
    finder: Finder, start: Path, tmp_path: Path
) -> None:
    approve(finder, LOSS)
    with np.load(start / LEARNT) as kept:
        fewer = {name: kept[name] for name in kept.files[:-1]}
    np.savez(start / LEARNT, allow_pickle=False, **fewer)
    with pytest.raises(NetworkLayersError, match="1 of"):
        trained([], [finder.work], tmp_path / "ours", QUICK, 1, start)
    assert not (tmp_path / "ours" / "checkpoint.pt").exists()


def test_training_goes_on_from_the_networks_that_all_treatments_use(
    finder: Finder, start: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    approve(finder, LOSS)
    begun_from = []

    def seen(*given: object) -> None:
        begun_from.append(given[-1])

    monkeypatch.setattr("pellicle.workflow.train.train_condition", seen)
    trained([], [finder.work], tmp_path / "ours", {}, 1)
    finder.treatment.describe({"settings.condition.network": str(start)})
    trained([], [finder.work], tmp_path / "ours", {}, 1)
    assert [one.name for one in begun_from] == [
        "the networks that come with Pellicle",
        "begun-from",
    ]


def test_the_networks_that_come_with_pellicle_can_be_gone_on_from() -> None:
    shipped = Path(learnt_weights.__file__).parents[1] / "weights/condition" / LEARNT
    require_layers(loaded(shipped), ConditionNetworks(), shipped)

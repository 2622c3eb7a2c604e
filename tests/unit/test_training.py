# SPDX-License-Identifier: Apache-2.0
"""Training: it can be stopped and continued, and gives files that run."""

import csv
from unittest import mock

import cv2
import numpy as np
import pytest
import torch

from pellicle.errors import (
    NetworkAlteredError,
    NetworkLayersError,
    NetworkMissingError,
    OtherTrainingError,
)
from pellicle.io.weights_file import load_condition_weights, write_condition_weights
from pellicle.learn.ageing.recipe import Kind
from pellicle.learn.calibration import (
    fitted_calibration,
    fitted_thresholds,
    likely_of,
)
from pellicle.learn.condition import ConditionTask, lab_of, scores_of
from pellicle.learn.condition_training import (
    ConditionTraining,
    _certain,
    keep,
    loaded,
    train_condition,
)
from pellicle.learn.corpus import read_corpus
from pellicle.learn.examples import SIDE_PX, ExampleMaker, Shards
from pellicle.learn.export import exported
from pellicle.learn.networks import ConditionNetworks
from pellicle.learn.preparation import LEFT_OUT, Makers, prepared
from pellicle.learn.taught import NOT_TAUGHT
from pellicle.learn.training import CHECKPOINT, LOG, Training, TrainingSettings
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.raster.regions import RegionJoiner
from pellicle.stages.condition.mapping import MapCondition, mapped_classes
from pellicle.stages.condition.network import WORKING_UM
from pellicle.stages.sessions import session_of


@pytest.fixture(autouse=True)
def one_thread():
    """Sums in one order: several threads add up in whatever order they come."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    for seed in range(3):
        rng = np.random.default_rng(seed)
        fields = rng.integers(0, 255, (9, 9, 3)).astype(np.uint8)
        cv2.imwrite(str(folder / f"{seed}.png"), cv2.resize(fields, (700, 700)))
    return folder


@pytest.fixture(scope="module")
def shard(corpus, tmp_path_factory):
    paths = tuple(p.path for p in read_corpus([corpus]).pictures)
    shards = Shards(tmp_path_factory.mktemp("shards"))
    rgb, labels = ExampleMaker(paths, 5).make(0)
    np.save(shards.folder / "examples-00000.npy", np.dstack([rgb, labels])[None])
    return shards.folder / "examples-00000.npy"


def training(shard, folder, steps):
    task = ConditionTask((shard,), (shard,), batch=1)
    return Training(task, TrainingSettings(steps=steps, log_every=1), folder)


def weights(one):
    return torch.cat([p.detach().ravel() for p in one.model.parameters()])


def test_examples_follow_from_their_number(corpus) -> None:
    paths = tuple(p.path for p in read_corpus([corpus]).pictures)
    maker = ExampleMaker(paths, 5)
    once, again, other = maker.make(3), maker.make(3), maker.make(4)
    assert once[0].shape == (SIDE_PX, SIDE_PX, 3)
    np.testing.assert_array_equal(once[0], again[0])
    np.testing.assert_array_equal(once[1], again[1])
    assert (once[0] != other[0]).any()


def test_what_is_transparent_is_not_taught_as_sound(tmp_path) -> None:
    picture = np.full((700, 700, 4), 120, np.uint8)
    picture[..., 3] = 255
    cv2.imwrite(str(tmp_path / "whole.png"), picture)
    picture[:, :350, 3] = 0
    cv2.imwrite(str(tmp_path / "half.png"), picture)
    parts = []
    for number in range(6):
        whole, half = (
            ExampleMaker((tmp_path / f"{name}.png",), 5).make(number)
            for name in ("whole", "half")
        )
        np.testing.assert_array_equal(whole[0], half[0])
        drawn = np.isin(whole[1], [1, 2, 3, 4])
        np.testing.assert_array_equal(whole[1][drawn], half[1][drawn])
        untaught = half[1] == NOT_TAUGHT
        assert not (untaught & drawn).any()
        rest = ~untaught & ~drawn
        np.testing.assert_array_equal(whole[1][rest], half[1][rest])
        parts.append(untaught.mean())
    assert 0.1 < np.mean(parts) < 0.7


def test_what_is_not_known_has_no_say_in_calibration() -> None:
    labels = np.array([[0, 2, NOT_TAUGHT]], np.uint8)
    scores = np.arange(15, dtype=np.float32).reshape(5, 1, 3)
    known, sure = _certain(labels, scores)
    assert known.tolist() == [[0, 2, 0]]
    np.testing.assert_array_equal(sure[..., :2], scores[..., :2])
    assert likely_of(sure, 1.5, torch.zeros(5))[0, 0, 2] > 0.9999


def test_a_training_that_was_stopped_goes_on_where_it_stopped(shard, tmp_path) -> None:
    whole = training(shard, tmp_path / "whole", 4)
    whole.run(lambda _step, _means: None)
    first = training(shard, tmp_path / "parts", 4)
    first.run(lambda step, _means: first.save() if step == 2 else None, until=0)
    assert first.step == 0  # no time: nothing learnt, but a checkpoint stands
    stopped = training(shard, tmp_path / "parts", 4)

    class StoppedError(Exception):
        pass

    def stop(step, _means):
        if step == 2:
            stopped.save()
            raise StoppedError

    with pytest.raises(StoppedError):
        stopped.run(stop)
    rest = training(shard, tmp_path / "parts", 4)
    assert rest.step == 2
    rest.run(lambda _step, _means: None)
    start = weights(training(shard, tmp_path / "new", 4))
    # Sums of several threads differ in their last bits, and Adam makes much of those
    # where a gradient is about nothing: all weights together tell.
    moved = torch.linalg.norm(weights(whole) - start)
    assert torch.linalg.norm(weights(rest) - weights(whole)) < 0.02 * moved
    other = training(shard, tmp_path / "parts", 4)
    assert torch.linalg.norm(weights(other) - start) > 0.5 * moved
    with (tmp_path / "parts" / LOG).open(encoding="utf-8") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["1", "2", "3", "4"]


def test_lines_after_the_checkpoint_are_cut_off_the_log(shard, tmp_path) -> None:
    training(shard, tmp_path, 2).run(lambda _step, _means: None)
    log = tmp_path / LOG
    head, *lines = log.read_text(encoding="utf-8").splitlines()
    later = [line.replace("2,", "3,", 1) for line in lines[1:]]
    log.write_text("\n".join([head, *lines, *later, "2,0.1"]), encoding="utf-8")
    training(shard, tmp_path, 3).run(lambda _step, _means: None, until=0)
    assert log.read_text(encoding="utf-8").splitlines() == [head, *lines]


def test_a_checkpoint_of_another_beginning_or_of_other_layers_is_refused(
    shard, tmp_path
) -> None:
    training(shard, tmp_path, 1).save()
    task = ConditionTask((shard,), (shard,), batch=1)
    with pytest.raises(OtherTrainingError):
        Training(task, TrainingSettings(), tmp_path, "other weights")
    kept = torch.load(tmp_path / CHECKPOINT)
    kept["model"].popitem()
    torch.save(kept, tmp_path / CHECKPOINT)
    with pytest.raises(NetworkLayersError):
        training(shard, tmp_path, 1)


def test_broken_weights_are_one_clear_error(tmp_path) -> None:
    with pytest.raises(NetworkMissingError):
        loaded(tmp_path / "learnt.npz")
    (tmp_path / "learnt.npz").write_bytes(b"PK no archive")
    with pytest.raises(NetworkAlteredError):
        loaded(tmp_path / "learnt.npz")


def test_examples_are_made_anew_for_another_seed_corpus_or_kind(
    corpus, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(Shards, "write", written := mock.Mock())
    makers = Makers(ExampleMaker, ExampleMaker)

    def shards(makers=makers, **settings):
        wanted = ConditionTraining(examples=16, held_out_examples=16, **settings)
        return prepared([corpus], tmp_path, makers, wanted, 1).shards

    first = shards()
    old = tmp_path / "examples" / "examples-00000.npy"
    old.write_bytes(b"")
    without = Makers(
        lambda paths, seed: ExampleMaker(paths, seed, frozenset({Kind.LOSS})),
        ExampleMaker,
    )
    monkeypatch.setattr("pellicle.learn.examples.AGEING_VERSION", 99)
    aged_anew = shards()
    monkeypatch.undo()
    monkeypatch.setattr(Shards, "write", written)
    assert shards() == first
    different = {first, aged_anew, shards(seed=1), shards(makers=without)}
    assert len(different) == 4
    assert old.exists()
    left_out = (tmp_path / LEFT_OUT).read_text(encoding="utf-8")
    assert left_out.splitlines()[0] == "path,reason"


def test_exported_networks_say_what_the_trained_ones_say(tmp_path) -> None:
    torch.manual_seed(3)
    networks = ConditionNetworks().eval()
    rgb = np.random.default_rng(0).integers(0, 255, (128, 192, 3)).astype(np.uint8)
    scores = scores_of(networks, rgb)
    temperature, offset = 1.5, torch.tensor([0.2, -0.1, 0.0, 0.1, -0.2])
    expected = torch.softmax(
        torch.from_numpy(scores) / temperature + offset[:, None, None], dim=0
    )
    context, detail = exported(networks, temperature, offset, [rgb])
    write_condition_weights(tmp_path, context, detail, (0.5,) * 4, {})
    files = load_condition_weights(str(tmp_path))
    lab = lab_of(rgb).transpose(2, 0, 1)[None].copy()
    heard = session_of(files.context).run(None, {"lab": lab})[0]
    found = session_of(files.detail).run(None, {"lab": lab, "context": heard})[0]
    np.testing.assert_allclose(found[0], expected.numpy(), atol=2e-3)


def test_calibration_believes_what_is_right_so_often() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, (400, 400)).astype(np.uint8)
    right = rng.random(truth.shape) < 0.8
    said = np.where(right, truth, 1 - truth)
    scores = np.full((5, 400, 400), -20.0, np.float32)
    for one in (0, 1):
        scores[one] = np.where(said == one, 4.0, 0.0)
    temperature, offset = fitted_calibration([(truth, scores)])
    likely = torch.softmax(
        torch.tensor([4.0, 0.0, -20, -20, -20]) / temperature + offset, dim=0
    )
    assert float(likely[0]) == pytest.approx(0.8, abs=0.04)


def mapped_by(thresholds, likely):
    """Classes that the product maps of (5, H, W) probabilities."""
    evidence = np.rint(255 * likely[1:]).astype(np.uint8).transpose(1, 2, 0)
    stage, pixel_size = MapCondition(thresholds=thresholds), PixelSize(WORKING_UM)
    raster = RasterSpec(*likely.shape[1:], pixel_size)
    tile = {ArtefactKind.CONDITION: evidence}
    found = stage.run_tile(tile, pixel_size, raster.window)
    joiner = RegionJoiner(raster.shape, max(raster.shape))
    numbers = joiner.add(raster.window, found[..., 0].copy(), found[..., 1].copy())
    shapes, final = joiner.finish()
    return mapped_classes(shapes, pixel_size, stage)[final[numbers]]


def test_a_threshold_is_where_most_is_right_and_most_is_found() -> None:
    rng = np.random.default_rng(2)
    truth = np.zeros((300, 300), np.uint8)
    truth[100:140] = DamageClass.LOSS
    truth[200, ::1] = DamageClass.CRAQUELURE
    likely = np.zeros((5, 300, 300), np.float32)
    likely[1] = rng.uniform(0, 0.3, truth.shape)
    likely[1][truth == DamageClass.LOSS] = rng.uniform(0.4, 1, 40 * 300)
    # A line that is seen a pixel to the side, and unlikely at every single place.
    likely[3] = 0.01
    likely[3][201] = 0.15
    found = mapped_by(fitted_thresholds([(truth, likely)]), likely)
    loss, crack = DamageClass.LOSS, DamageClass.CRAQUELURE
    assert (found[truth == loss] == loss).mean() > 0.9
    assert (found[201] == crack).mean() > 0.9
    assert (found[:95] == 0).mean() > 0.98


def test_sound_paint_that_looks_like_damage_raises_the_threshold() -> None:
    truth = np.zeros((200, 200), np.uint8)
    truth[50:90] = DamageClass.LOSS
    likely = np.zeros((5, 200, 200), np.float32)
    likely[1][truth == DamageClass.LOSS] = 0.9
    sound = np.zeros((5, 200, 200), np.float32)
    sound[1, 20:50, 20:50] = 0.6
    alone = fitted_thresholds([(truth, likely)] * 3)
    beside = fitted_thresholds([(truth, likely)] * 3 + [(0 * truth, sound)])
    assert mapped_by(alone, sound).any()
    assert not mapped_by(beside, sound).any()
    assert (mapped_by(beside, likely) == truth).all()


def test_kept_weights_are_read_back(tmp_path) -> None:
    networks = ConditionNetworks()
    keep(networks, tmp_path / "learnt.npz")
    kept = loaded(tmp_path / "learnt.npz")
    assert set(kept) == set(networks.state_dict())
    name = "detail.classes.weight"
    torch.testing.assert_close(
        kept[name], networks.state_dict()[name], rtol=2e-3, atol=1e-4
    )


def test_a_collection_becomes_networks_with_a_card(corpus, tmp_path) -> None:
    (corpus / "broken.jpg").write_bytes(b"no picture")
    settings = ConditionTraining(steps=1, batch=1, examples=16, held_out_examples=16)
    outcome = train_condition([corpus], tmp_path, settings, 1)
    files = load_condition_weights(str(tmp_path))
    assert files.description["trained_steps"] == 1
    assert set(outcome.figures) >= {"loss", "craquelure lines"}
    assert [path.name for path, _ in outcome.corpus.broken] == ["broken.jpg"]
    card = (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "synthetic" in card
    assert "No annotated real damage was used." in card
    assert "broken.jpg,cannot be read" in (tmp_path / LEFT_OUT).read_text("utf-8")


def test_of_thresholds_that_do_as_well_the_strictest_is_taken() -> None:
    truth = np.zeros((200, 200), np.uint8)
    truth[50:90] = DamageClass.LOSS
    likely = np.zeros((5, 200, 200), np.float32)
    likely[1] = 0.1
    likely[1][truth == DamageClass.LOSS] = 0.9
    loss = fitted_thresholds([(truth, likely)])[0]
    assert 0.4 < loss < 0.9
    assert (mapped_by((loss, 0.5, 0.5, 0.5), likely) == truth).all()

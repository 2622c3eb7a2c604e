# SPDX-License-Identifier: Apache-2.0
"""Trained networks on disk: only the ones their description names are used."""

import json

import pytest

from pellicle.errors import (
    NetworkAlteredError,
    NetworkMissingError,
    NetworkVersionError,
)
from pellicle.io.weights_file import (
    CONTEXT,
    DESCRIPTION,
    DETAIL,
    load_condition_weights,
    write_condition_weights,
)

MOST_BYTES = 8_000_000
THRESHOLDS = (0.4, 0.3, 0.1, 0.2)


@pytest.fixture
def folder(tmp_path):
    write_condition_weights(
        tmp_path, b"first", b"second", THRESHOLDS, {"trained_steps": 3}
    )
    return tmp_path


def test_what_was_written_is_read_back(folder) -> None:
    weights = load_condition_weights(str(folder))
    assert (weights.context.content, weights.detail.content) == (b"first", b"second")
    assert weights.description["trained_steps"] == 3
    assert weights.thresholds == THRESHOLDS


def test_networks_without_thresholds_are_not_used(folder) -> None:
    path = folder / DESCRIPTION
    description = json.loads(path.read_text())
    del description["thresholds"]
    path.write_text(json.dumps(description))
    with pytest.raises(NetworkAlteredError, match="thresholds"):
        load_condition_weights(str(folder))


def test_shipped_networks_are_there_and_small() -> None:
    weights = load_condition_weights()
    assert len(weights.context.content) + len(weights.detail.content) <= MOST_BYTES


@pytest.mark.parametrize("name", [CONTEXT, DETAIL, DESCRIPTION])
def test_a_missing_file_is_named(folder, name) -> None:
    (folder / name).unlink()
    with pytest.raises(NetworkMissingError, match=name):
        load_condition_weights(str(folder))


@pytest.mark.parametrize("name", [CONTEXT, DETAIL])
def test_a_changed_file_is_not_used(folder, name) -> None:
    (folder / name).write_bytes(b"another")
    with pytest.raises(NetworkAlteredError, match="changed"):
        load_condition_weights(str(folder))


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}"])
def test_a_description_that_says_nothing_is_not_used(folder, text) -> None:
    (folder / DESCRIPTION).write_text(text)
    with pytest.raises(NetworkAlteredError):
        load_condition_weights(str(folder))


def test_another_layout_is_not_used(folder) -> None:
    path = folder / DESCRIPTION
    known = json.loads(path.read_bytes())
    path.write_text(json.dumps({**known, "layout": 99}))
    with pytest.raises(NetworkVersionError, match="99"):
        load_condition_weights(str(folder))


@pytest.mark.parametrize(
    "changed",
    [
        {"layout": "three"},
        {"layout": None},
        {"layout": 3.5},
        {"thresholds": ["high", 0.5, 0.5, 0.5]},
        {"thresholds": [None, 0.5, 0.5, 0.5]},
        {"thresholds": [0, 0.5, 0.5, 0.5]},
        {"thresholds": [0.5, 0.5, 0.5, 1]},
        {"thresholds": [0.5, 0.5, 0.5, float("nan")]},
        {"thresholds": "half"},
        {"files": ["context.onnx"]},
    ],
    ids=str,
)
def test_a_description_with_nonsense_in_it_is_an_altered_one(folder, changed) -> None:
    path = folder / DESCRIPTION
    known = json.loads(path.read_bytes())
    path.write_text(json.dumps({**known, **changed}))
    with pytest.raises(NetworkAlteredError):
        load_condition_weights(str(folder))

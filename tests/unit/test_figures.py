# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np

from pellicle.workflow.figures import Sums, Tally, _histogram, _mean, _p95


def tally(seed: int) -> Tally:
    rng = np.random.default_rng(seed)
    made = Tally.empty()
    made.inside = _histogram(rng.integers(0, 3000, 500, np.uint16))
    made.rim = _histogram(rng.integers(0, 20, 50, np.uint16))
    made.colours = np.unique(rng.integers(0, 200, 150).astype(np.uint64))
    made.printed = int(rng.integers(0, 100))
    made.untouched_de00 = float(rng.random() * 10.0 ** rng.integers(-6, 12))
    made.untouched = 100
    return made


def summed(tallies: list[Tally]) -> dict:
    sums = Sums()
    for one in tallies:
        sums.add(one)
    return sums.as_json()


def test_sums_are_the_same_in_every_order() -> None:
    tallies = [tally(seed) for seed in range(40)]
    first = summed(tallies)
    order = np.random.default_rng(3).permutation(len(tallies))
    assert summed([tallies[index] for index in order]) == first
    assert json.loads(json.dumps(first)) == first
    every = np.concatenate([one.colours for one in tallies])
    assert first["colours"] == len(np.unique(every))
    assert first["printed"] == sum(one.printed for one in tallies)
    assert sum(first["inside"][1]) == 40 * 500
    assert first["in_gamut"] == [[], []]


def test_mean_and_95th_percentile_are_those_of_the_values() -> None:
    values = np.random.default_rng(1).integers(0, 1000, 10_001, np.uint16)
    histogram = _histogram(values)
    assert _mean(histogram) == round(float(values.mean()) / 100, 4)
    assert _p95(histogram) == round(float(np.sort(values)[9500]) / 100, 2)
    nothing = _histogram(values[:0])
    assert _mean(nothing) is None
    assert _p95(nothing) is None

# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import dataclass

import numpy as np

from pellicle.io.icc import scan_encoding
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.workflow.figure_sums import (
    FigureInputs,
    FigureTask,
    Sums,
    Tally,
    histogram_of,
    sum_up_tile,
)
from pellicle.workflow.figures import _mean, _p95


def tally(seed: int) -> Tally:
    rng = np.random.default_rng(seed)
    made = Tally.empty()
    made.inside = histogram_of(rng.integers(0, 3000, 500, np.uint16))
    made.rim = histogram_of(rng.integers(0, 20, 50, np.uint16))
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
    histogram = histogram_of(values)
    assert _mean(histogram) == round(float(values.mean()) / 100, 4)
    assert _p95(histogram) == round(float(np.sort(values)[9500]) / 100, 2)
    nothing = histogram_of(values[:0])
    assert _mean(nothing) is None
    assert _p95(nothing) is None


@dataclass(frozen=True)
class Held:
    """A plane in memory."""

    pixels: np.ndarray

    def read(self, window: Window) -> np.ndarray:
        return self.pixels[window.slices]


def test_what_is_seen_beside_the_painting_is_not_counted() -> None:
    reconstruction = np.full((120, 120, 3), 20_000, np.uint16)
    scan = reconstruction.copy()
    scan[40:80, 60:70] = 60_000
    evidence = (scan != reconstruction).any(axis=2).astype(np.uint8)
    raster = RasterSpec(120, 120, PixelSize.from_ppi(300))
    nothing = Held(np.zeros((120, 120, 6), np.uint16))

    def visible(painting: np.ndarray) -> tuple[int, int]:
        inputs = FigureInputs(
            scan=Held(scan),
            labels=Held(evidence),
            reconstruction=Held(reconstruction),
            evidence=Held(evidence),
            planes=nothing,
            proof=Held(reconstruction),
            difference=nothing,
            painting=Held(painting),
        )
        film = load_print_setup(DEFAULT_PRINT_SETUP)[0].film
        task = FigureTask(inputs, scan_encoding(None, 3), film, raster, raster.window)
        found = sum_up_tile(task)
        return found.visible_before, found.visible_after

    everywhere = np.ones((120, 120), np.uint8)
    seen_px, left_px = visible(everywhere)
    assert left_px == 0
    assert seen_px > 2 * np.count_nonzero(evidence)  # the blur reaches beyond
    outlined = everywhere.copy()
    outlined[:, 70:] = 0  # the damage lies at the painting's edge
    on_painting_px, _ = visible(outlined)
    assert np.count_nonzero(evidence) <= on_painting_px < seen_px
    assert visible(np.zeros_like(everywhere)) == (0, 0)

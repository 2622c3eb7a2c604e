# SPDX-License-Identifier: Apache-2.0
"""Condition benchmark: ours beside the classical stage and plain crack detectors.

Job: what is run, in which order, and the files written.
Not here: the parts (`bench_condition_parts`, `bench_condition_jobs`), printing (`cli`).

Every method runs on every crop, in one run. Damage is synthetic, on real paintings that
training never sees; only the pairs of `damage` are real.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from pellicle.io.png_file import png_bytes
from pellicle.io.weights_file import ConditionWeights, load_condition_weights
from pellicle.io.writing import write_whole
from pellicle.learn.frozen import FrozenSet, read_painting
from pellicle.learn.real_pairs import RealPair, read_pairs
from pellicle.learn.surveys import (
    ClassicalSurvey,
    NetworkSurvey,
    RidgeSurvey,
    ScanInMemory,
    SurveyMethod,
    TopHatSurvey,
)
from pellicle.model.units import PixelSize
from pellicle.stages.condition.mapping import MapCondition
from pellicle.workflow.bench_condition_jobs import (
    SPEED_WORKERS,
    measure_chain,
    measure_speed,
)
from pellicle.workflow.bench_condition_parts import (
    Pace,
    PictureRow,
    measure_crops,
    measure_real,
    measure_sound,
    real_mpx,
    shown_methods,
)
from pellicle.workflow.bench_condition_plots import draw_charts, require_charts
from pellicle.workflow.bench_condition_sheets import stacked
from pellicle.workflow.bench_condition_table import as_markdown

_MPX = 1e6
_WARM_UP_PX = 128


@dataclass(frozen=True, slots=True)
class ConditionBenchRequest:
    """What is to be measured.

    Attributes
    ----------
    works
        Folder of photographs of sound paintings.
    output
        Folder for figures and pictures; made if need be.
    damage
        Folder of photographs of real damage, or None.
    network
        Folder of networks; None takes those that come with Pellicle.
    crops, paintings
        At most so many crops, and sound paintings; None takes all.
    chain
        So many crops go through the whole job.
    only_ours
        Leave out what ours is compared with.
    speed
        Time the product.
    workers
        Processes of the whole job.
    """

    works: Path
    output: Path
    damage: Path | None = None
    network: str | None = None
    crops: int | None = None
    paintings: int | None = None
    chain: int = 0
    only_ours: bool = False
    speed: bool = True
    workers: int = 2


@dataclass(frozen=True, slots=True)
class ConditionBench:
    """Figures, and the files written."""

    figures: dict[str, Any]
    json: Path
    markdown: Path
    pictures: tuple[Path, ...]


def bench_condition(
    request: ConditionBenchRequest, progress: Callable[[str], None] = lambda _line: None
) -> ConditionBench:
    """Run the benchmark.

    Raises
    ------
    BenchExtraMissingError
        If matplotlib is not installed.
    WorksMissingError
        If the folder holds no picture.
    CorruptScanError, MaskSizeError
        If a picture cannot be decoded, or marks are not of its size.
    NetworkMissingError, NetworkAlteredError, NetworkVersionError
        If the networks cannot be used.
    """
    require_charts()
    weights = load_condition_weights(request.network)
    methods = _methods(weights, request.only_ours)
    frozen = FrozenSet.of(request.works)
    pairs = read_pairs(request.damage) if request.damage else []
    plan = _Plan.of(request, frozen, pairs)
    _warm_up(methods)
    pace = Pace(plan.mpx, progress)
    crops = measure_crops(frozen, plan.crops, methods, pace)
    figures = {"networks": _networks(weights), **crops.figures}
    for method in methods:
        figures["methods"][method.name]["cracks_only"] = method.cracks_only
    sheets = _sheets_of_crops(crops.rows, methods)
    if plan.paintings:
        sound = measure_sound(plan.paintings, methods, pace)
        figures["sound"] = sound.figures
        heads = ["scan", "left out", *_names(methods)]
        sheets["sheet-sound.png"] = (sound.rows, heads)
    if pairs:
        real = measure_real(pairs, methods, pace)
        figures["real"] = real.figures
        sheets["sheet-real.png"] = (real.rows, ["scan", "marks", *_names(methods)])
    if request.speed:
        figures["speed"] = measure_speed(plan.largest, request.network, pace)
    if plan.chain:
        figures["chain"] = measure_chain(
            frozen, plan.chain, request.network, request.workers, pace
        )
    return _write(request.output, figures, sheets)


_Sheets = dict[str, tuple[list[PictureRow], list[str]]]


@dataclass(frozen=True, slots=True)
class _Plan:
    crops: list[int]
    paintings: list[Path]
    chain: list[int]
    largest: Path
    mpx: float

    @classmethod
    def of(
        cls,
        request: ConditionBenchRequest,
        frozen: FrozenSet,
        pairs: Sequence[RealPair],
    ) -> "_Plan":
        every = len(frozen)
        crops = frozen.spread(every if request.crops is None else request.crops)
        paintings = list(frozen.paths[: request.paintings])
        chain = frozen.spread(request.chain) if request.chain else []
        shapes = {path: read_painting(path).shape[:2] for path in frozen.paths}
        sizes = {path: prod(shape) / _MPX for path, shape in shapes.items()}
        largest = max(sizes, key=lambda path: sizes[path])
        cut = [frozen.window(n, shapes[frozen.painting(n)]) for n in crops + chain]
        mpx = sum(prod(window.shape) for window in cut) / _MPX + real_mpx(pairs)
        mpx += sum(sizes[path] for path in paintings)
        mpx += len(SPEED_WORKERS) * sizes[largest] if request.speed else 0.0
        return cls(crops, paintings, chain, largest, mpx)


def _methods(weights: ConditionWeights, only_ours: bool) -> list[SurveyMethod]:
    ours = NetworkSurvey(weights, MapCondition(thresholds=weights.thresholds))
    if only_ours:
        return [ours]
    return [ours, ClassicalSurvey(), RidgeSurvey(), TopHatSurvey()]


def _names(methods: Sequence[SurveyMethod]) -> list[str]:
    return [method.name for method in shown_methods(methods)]


def _networks(weights: ConditionWeights) -> dict[str, Any]:
    return {
        "context": weights.context.sha256[:16],
        "detail": weights.detail.sha256[:16],
        "description": dict(weights.description),
    }


def _warm_up(methods: Sequence[SurveyMethod]) -> None:
    """Compile and load before anything is timed."""
    shape = _WARM_UP_PX, _WARM_UP_PX, 3
    samples = np.random.default_rng(0).integers(0, 65_536, shape, np.uint16)
    scan = ScanInMemory.srgb(samples, PixelSize.from_ppi(300.0))
    for method in methods:
        method.survey(scan)


def _sheets_of_crops(
    rows: Sequence[PictureRow], methods: Sequence[SurveyMethod]
) -> _Sheets:
    """Best, middle and worst crops by ours, up to two of each."""
    order = sorted(rows, key=lambda row: -(row.score or 0.0))
    middle = len(order) // 2
    chosen = {
        "best": order[:2],
        "median": order[max(0, middle - 1) : middle + 1],
        "worst": order[-2:],
    }
    heads = ["scan", "truth", *_names(methods)]
    return {f"sheet-{name}.png": (some, heads) for name, some in chosen.items()}


def _write(output: Path, figures: dict[str, Any], sheets: _Sheets) -> ConditionBench:
    text = json.dumps(figures, indent=1, ensure_ascii=False)
    bench = ConditionBench(
        figures,
        output / "condition.json",
        output / "condition.md",
        tuple(output / name for name in sheets),
    )
    write_whole(bench.json, f"{text}\n".encode())
    write_whole(bench.markdown, as_markdown(figures).encode())
    for name, (rows, heads) in sheets.items():
        named = [(_titled(row), row.picture) for row in rows]
        write_whole(output / name, png_bytes(stacked(named, heads)))
    charts = draw_charts(figures, output)
    return ConditionBench(
        figures, bench.json, bench.markdown, (*charts, *bench.pictures)
    )


def _titled(row: PictureRow) -> str:
    return row.name if row.score is None else f"{row.name}, mean F1 {row.score:.2f}"

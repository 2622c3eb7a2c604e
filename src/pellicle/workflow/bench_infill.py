# SPDX-License-Identifier: Apache-2.0
"""Infill benchmark: ours beside its peers, every method on every crop.

Job: what is run, in which order, on how many workers, and the files written.
Not here: one step (`bench_infill_crop`), figures (`bench_infill_table`), printing
(`cli`).

Damage is drawn by the project's own ageing on paintings that training never sees. Each
step's results are kept under `parts`, in a folder named after everything they depend
on: a run that was stopped goes on, and a change of the program begins anew.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from pellicle.engine.workers import run_tasks, worker_pool
from pellicle.io.hashing import file_sha256, hash_of
from pellicle.io.png_file import png_bytes
from pellicle.io.sample_painting import read_undamaged, sample_painting
from pellicle.io.writing import write_whole
from pellicle.learn.infill_damage import InfillClass
from pellicle.learn.infill_frozen import (
    INFILL_CROP_PX,
    INFILL_FROZEN_VERSION,
    INFILL_PPI,
    InfillSet,
    infill_fingerprint,
)
from pellicle.workflow.bench_condition_parts import Pace
from pellicle.workflow.bench_condition_plots import require_charts
from pellicle.workflow.bench_infill_crop import CropTask, measure_task
from pellicle.workflow.bench_infill_methods import infill_methods
from pellicle.workflow.bench_infill_plots import draw_infill_charts
from pellicle.workflow.bench_infill_real import RealInfills, measure_real, real_pairs
from pellicle.workflow.bench_infill_sheets import class_sheets, real_sheet
from pellicle.workflow.bench_infill_table import (
    Crops,
    as_markdown,
    summarise,
    verdicts,
)

_PACKAGES = (
    "numpy",
    "scipy",
    "scikit-image",
    "opencv-python-headless",
    "pypatchmatch",
)
_COST = {
    InfillClass.CRACKS: 1.0,
    InfillClass.SMALL: 1.0,
    InfillClass.MEDIUM: 1.2,
    InfillClass.LARGE: 1.4,
    InfillClass.PATTERNED: 1.2,
}
_REAL_COST = 1.0


@dataclass(frozen=True, slots=True)
class InfillBenchRequest:
    """What is to be measured.

    Attributes
    ----------
    works
        Folder of photographs of paintings that nothing was trained on; None takes the
        bundled painting.
    output
        Folder for figures and pictures; made if need be.
    real
        Folder of photographs of real losses with published infills, or None.
    paintings
        At most so many paintings, spread over the folder; None takes all.
    classes
        Classes of damage.
    only_ours
        Leave out the peers.
    workers
        Processes.
    crop_px
        Side of a crop; smaller only in tests.
    """

    works: Path | None
    output: Path
    real: Path | None = None
    paintings: int | None = None
    classes: tuple[InfillClass, ...] = tuple(InfillClass)
    only_ours: bool = False
    workers: int = 2
    crop_px: int = INFILL_CROP_PX


@dataclass(frozen=True, slots=True)
class InfillBench:
    """Figures, and the files written."""

    figures: dict[str, Any]
    json: Path
    markdown: Path
    pictures: tuple[Path, ...]


def bench_infill(
    request: InfillBenchRequest, progress: Callable[[str], None] = lambda _line: None
) -> InfillBench:
    """Run the benchmark, or finish one that was stopped.

    Raises
    ------
    BenchExtraMissingError
        If a peer, or matplotlib, is not installed.
    WorksMissingError
        If the folder holds no picture.
    WorkerLostError
        If a worker process dies.
    """
    require_charts()
    infill_methods(request.only_ours)
    works = request.works or _bundled(request.output)
    frozen = InfillSet.of(works, request.paintings)
    folder = request.output / "parts" / _key(request)
    tasks = [
        CropTask(path, kind, request.crop_px, request.only_ours, folder)
        for path in frozen.paths
        for kind in request.classes
    ]
    pairs = real_pairs(request.real) if request.real else []
    left = [task for task in tasks if not task.kept.is_file()]
    total = sum(_COST[task.kind] for task in left) + _REAL_COST * len(pairs)
    pace = Pace(total, progress)
    if len(left) < len(tasks):
        progress(f"{len(tasks) - len(left)} of {len(tasks)} steps were done before")
    with worker_pool(min(request.workers, max(1, len(left)))) as pool:

        def use(task: CropTask, _crops: list[dict[str, Any]]) -> None:
            pace.done(task.name, _COST[task.kind])

        run_tasks(pool, "bench infill", measure_task, left, use)
    crops = [crop for task in tasks for crop in measure_task(task)]
    real: list[RealInfills] = []
    if request.real:
        real = list(
            measure_real(
                request.real,
                pairs,
                request.only_ours,
                lambda line: pace.done(line, _REAL_COST),
            )
        )
    return _write(
        request.output, folder, _figures(crops, len(frozen.paths), real), real
    )


def _bundled(output: Path) -> Path:
    """The undamaged painting that comes with Pellicle, as a folder of one picture."""
    folder = output / "bundled"
    undamaged = (read_undamaged(sample_painting()) >> 8).astype(np.uint8)
    write_whole(folder / "bundled.png", png_bytes(undamaged))
    return folder


def _key(request: InfillBenchRequest) -> str:
    """Name of what results depend on: the program, its networks and the peers."""
    digest = hashlib.sha256()
    with as_file(files("pellicle")) as package:
        paths = sorted(
            (path.relative_to(package).as_posix(), path)
            for ending in ("py", "onnx", "json", "npz")
            for path in package.rglob(f"*.{ending}")
        )
        for name, path in paths:
            digest.update(f"{name}\0{file_sha256(path)}\n".encode())
    versions = {name: _version(name) for name in _PACKAGES}
    whole = [digest.hexdigest(), versions, request.crop_px, request.only_ours]
    return hash_of(whole)[:16]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _figures(
    crops: Crops, paintings: int, real: Sequence[RealInfills]
) -> dict[str, Any]:
    classes = summarise(crops)
    digests = (bytes.fromhex(crop["digest"]) for crop in crops)
    return {
        "version": INFILL_FROZEN_VERSION,
        "fingerprint": infill_fingerprint(digests),
        "ppi": INFILL_PPI,
        "paintings": paintings,
        "crops": len(crops),
        "packages": {name: _version(name) for name in _PACKAGES},
        "classes": classes,
        "verdicts": verdicts(classes),
        "real": [{"name": one.name, "methods": one.figures} for one in real],
        "each": list(crops),
    }


def _write(
    output: Path, folder: Path, figures: dict[str, Any], real: Sequence[RealInfills]
) -> InfillBench:
    bench_json, markdown = output / "infill.json", output / "infill.md"
    text = json.dumps(figures, indent=1, ensure_ascii=False)
    write_whole(bench_json, f"{text}\n".encode())
    write_whole(markdown, as_markdown(figures).encode())
    sheets = dict(class_sheets(figures["each"], figures["classes"], folder))
    sheets |= {f"sheet-real-{one.name}.png": real_sheet(one) for one in real}
    for name, sheet in sheets.items():
        write_whole(output / name, png_bytes(sheet))
    charts = draw_infill_charts(figures, output)
    pictures = (*charts, *(output / name for name in sheets))
    return InfillBench(figures, bench_json, markdown, pictures)

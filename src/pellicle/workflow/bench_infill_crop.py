# SPDX-License-Identifier: Apache-2.0
"""One step of the infill benchmark: every method on crops of one painting and class.

Job: what a worker does, and keeps on disk, so that a run that was stopped goes on.
Not here: which steps there are (`bench_infill`), means over crops
(`bench_infill_table`).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pellicle.io.png_file import png_bytes
from pellicle.io.writing import write_whole
from pellicle.learn.infill_damage import InfillClass
from pellicle.learn.infill_frozen import InfillCrop, InfillSet
from pellicle.learn.infill_scores import InfillJudge
from pellicle.model.arrays import Array, Samples
from pellicle.workflow.bench_infill_methods import (
    OURS,
    Infilled,
    in_8_bits,
    infill_methods,
    run_infill,
)

CUT_PX = 224
LARGE_CUT_PX = 288


@dataclass(frozen=True, slots=True)
class CropTask:
    """All crops of one painting and class.

    Attributes
    ----------
    path
        Photograph.
    kind
        Class of damage.
    crop_px
        Side of a crop.
    only_ours
        Leave out the peers.
    folder
        Where results are kept.
    """

    path: Path
    kind: InfillClass
    crop_px: int
    only_ours: bool
    folder: Path

    @property
    def name(self) -> str:
        """Painting and class."""
        return f"{self.path.stem}-{self.kind}"

    @property
    def kept(self) -> Path:
        """File of the results."""
        return self.folder / f"{self.name}.json"


def measure_task(task: CropTask) -> list[dict[str, Any]]:
    """Measure the crops of a task, or read what was measured.

    Returns
    -------
    crops
        One table a crop: name, class, size, regions, digest, figures by method, and
        the pictures kept: `worst` and `median` region of ours, each method's side by
        side in the order of `columns`.
    """
    if task.kept.is_file():
        kept: list[dict[str, Any]] = json.loads(task.kept.read_bytes())
        return kept
    crops = InfillSet((task.path,), task.crop_px).crops(task.path, task.kind)
    measured = [_measured(task, crop) for crop in crops]
    write_whole(task.kept, json.dumps(measured, ensure_ascii=False).encode())
    return measured


def _measured(task: CropTask, crop: InfillCrop) -> dict[str, Any]:
    judge = InfillJudge(crop)
    made: dict[str, Infilled] = {}
    figures: dict[str, dict[str, Any]] = {}
    for method in infill_methods(task.only_ours):
        if crop.kind in method.left_out:
            figures[method.name] = {"left_out": method.why}
            continue
        done = made[method.name] = run_infill(method, crop.damaged, crop.mask)
        figures[method.name] = {
            **asdict(judge.score(done.samples)),
            "seconds": done.seconds,
            "cpu_seconds": done.cpu_seconds,
            "peak_mb": done.peak_mb,
        }
    return {
        "name": crop.name,
        "class": crop.kind.value,
        "height_px": crop.mask.shape[0],
        "width_px": crop.mask.shape[1],
        "mask_px": int(np.count_nonzero(crop.mask)),
        "regions": int(judge.regions.max()),
        "digest": crop.digest().hex(),
        "methods": figures,
        "columns": ["original", "damaged", *made],
        "pictures": _keep_pictures(task, crop, judge, made),
    }


def _keep_pictures(
    task: CropTask, crop: InfillCrop, judge: InfillJudge, made: Mapping[str, Infilled]
) -> dict[str, dict[str, Any]]:
    """Cut the region that looks worst of ours, and a middling one, from all."""
    ours = made[OURS].samples
    seen = judge.seen_de00(ours)
    side = LARGE_CUT_PX if crop.kind is InfillClass.LARGE else CUT_PX
    kept: dict[str, dict[str, Any]] = {}
    for what, number in zip(
        ("worst", "median"), judge.worst_and_median(ours), strict=True
    ):
        place = judge.regions == number
        rows, columns = _cut(place, side)
        parts = [crop.truth, crop.damaged, *(one.samples for one in made.values())]
        cells = [_cell(part[rows, columns], side) for part in parts]
        name = f"{crop.name}-{what}.png"
        write_whole(task.folder / name, png_bytes(np.hstack(cells)))
        kept[what] = {"file": name, "seen_de00": float(seen[place].mean())}
    return kept


def _cut(place: Array, side_px: int) -> tuple[slice, slice]:
    """A square about the middle of a region, inside the crop."""
    parts = []
    for axis in (1, 0):
        at = np.flatnonzero(place.any(axis=axis))
        middle, length = int(at[0] + at[-1]) // 2, place.shape[1 - axis]
        start = max(0, min(middle - side_px // 2, length - side_px))
        parts.append(slice(start, min(start + side_px, length)))
    return parts[0], parts[1]


def _cell(cut: Samples, side_px: int) -> Samples:
    missing = (0, side_px - cut.shape[0]), (0, side_px - cut.shape[1]), (0, 0)
    cell: Array = np.pad(in_8_bits(cut), missing, constant_values=255)
    return cell

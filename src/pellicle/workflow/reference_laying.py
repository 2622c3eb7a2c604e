# SPDX-License-Identifier: Apache-2.0
"""One reference image laid on the scan, and measured at full size.

Job: overviews in, an alignment and its figures out, as the record keeps them.
Not here: which references there are (`references`), the computation
(`stages/reconstruct/reference`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pellicle.engine.overview import factor_for, overview
from pellicle.engine.readers import PlaneReader, Stored
from pellicle.engine.references import GAIN, OFFSET, SHIFT, LaidReference
from pellicle.engine.workers import run_tasks
from pellicle.io.scan_file import ScanFile
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array, Mask
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.stages.reconstruct.reference.alignment import (
    Alignment,
    Mismatch,
    PointPair,
    align,
)
from pellicle.stages.reconstruct.reference.colour_map import ColourMap
from pellicle.stages.reconstruct.reference.trial import Fit, Trial, fit_of, try_window
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.work import Making

OVERVIEW_PX = 1400
FINER_OVERVIEW_PX = 2800
"""Tried when nothing matches: a reference may show a small part of the painting."""
TRIALS = 12
TRIAL_PX = 320
TRIAL_GRID = 12
LEAST_TRIAL_KNOWN = 0.7
_INTACT = 0.98
_UNIT = PixelSize(1.0)


def _fields_path(folder: Path, number: int) -> Path:
    return folder / f"reference-{number}.zarr"


def picture_of(
    folder: Path, number: int, row: Mapping[str, Any], file: ScanFile, decoded: Stored
) -> LaidReference | None:
    """Reference as the run in a folder says it lies; None if it is not used."""
    if not row["used"]:
        return None
    colours = row["colours"]
    return LaidReference(
        samples=decoded,
        shape=file.shape,
        fields=str(_fields_path(folder, number)),
        nodes=tuple(row["nodes"]),
        reference_from_scan=np.array(row["reference_from_scan"]),
        step_px=row["step_px"],
        colours=ColourMap(
            np.array(colours["curves"]), np.array(colours["mix"]), row["monochrome"]
        ),
        blur_px=row["blur_px"],
        by_points=row["by"] == "points",
    )


@dataclass(frozen=True, slots=True)
class _TrialTask:
    picture: LaidReference
    scan: ScanInUse
    known: PlaneReader
    window: Window


def _try(task: _TrialTask) -> Trial | None:
    view = task.picture.view(task.window)
    if view is None:
        return None
    samples = task.scan.samples.read(task.window)
    known = task.known.read(task.window) != 0
    return try_window(view, samples, known, task.scan.encoding)


@dataclass(frozen=True, slots=True)
class Laying:
    """Lays one reference on the scan."""

    making: Making
    scan: ScanInUse
    known: PlaneReader
    file: ScanFile
    decoded: Stored

    def lay(self, number: int, pairs: tuple[PointPair, ...]) -> dict[str, Any]:
        """What the record says of it; its fields are written beside."""
        found = self._align(OVERVIEW_PX, pairs)
        larger = max(self.scan.raster.shape) > OVERVIEW_PX
        if isinstance(found, Mismatch) and larger and not pairs:
            closer = self._align(FINER_OVERVIEW_PX, pairs)
            found = found if isinstance(closer, Mismatch) else closer
        if isinstance(found, Mismatch):
            return {"used": False, "found": found.found, "needed": found.needed}
        row = _row(found)
        self._write_fields(number, found)
        picture = picture_of(self.making.folder, number, row, self.file, self.decoded)
        fit = self._fit(picture, found)
        return {**row, **_measured(fit, self.scan.raster.pixel_size)}

    def _align(
        self, side_px: int, pairs: tuple[PointPair, ...]
    ) -> Alignment | Mismatch:
        own, scale = _reduced(self.scan.samples, self.scan.raster, side_px)
        raster = RasterSpec(self.file.height_px, self.file.width_px, _UNIT)
        other, other_scale = _reduced(self.decoded, raster, OVERVIEW_PX)
        share = overview(self.known, self.scan.raster, scale)[:, :, 0]
        intact: Mask = share > _INTACT
        top = np.iinfo(self.scan.spec.dtype).max
        points = [
            (x / scale, y / scale, there_x / other_scale, there_y / other_scale)
            for x, y, there_x, there_y in pairs
        ]
        found = align(
            (own / top).astype(np.float32),
            intact,
            (other / np.iinfo(np.uint16).max).astype(np.float32),
            points,
        )
        if isinstance(found, Mismatch):
            return found
        return found.scaled(scale, other_scale)

    def _write_fields(self, number: int, found: Alignment) -> None:
        path = _fields_path(self.making.folder, number)
        self.making.discard(path)  # left by an attempt that was cut short
        planes = {
            name: PlaneSpec("float32", field.shape[2])
            for name, field in _fields_of(found).items()
        }
        height, width = found.shift.shape[:2]
        store = RasterStore.create(path, (height, width), planes)
        for name, field in _fields_of(found).items():
            store.write(name, Window(0, 0, height, width), field)

    def _fit(self, picture: LaidReference | None, found: Alignment) -> Fit:
        if picture is None:
            return fit_of([])
        tasks = [
            _TrialTask(picture, self.scan, self.known, window)
            for window in self._windows(found)
        ]
        trials: dict[Window, Trial] = {}

        def keep(task: _TrialTask, trial: Trial | None) -> None:
            if trial is not None:
                trials[task.window] = trial

        run_tasks(self.making.pool, "references", _try, tasks, keep)
        return fit_of([trials[window] for window in sorted(trials)])

    def _windows(self, found: Alignment) -> list[Window]:
        """Windows of mostly intact paint that the reference shows, spread evenly."""
        whole = self.scan.raster.window
        height, width = whole.shape
        chosen = []
        for row in range(TRIAL_GRID):
            for column in range(TRIAL_GRID):
                top = int((row + 0.5) * height / TRIAL_GRID) - TRIAL_PX // 2
                left = int((column + 0.5) * width / TRIAL_GRID) - TRIAL_PX // 2
                window = Window(top, left, top + TRIAL_PX, left + TRIAL_PX)
                window = window.within(whole)
                if _shows(found, window, self.file.shape):
                    chosen.append(window)
        order = np.random.default_rng(1).permutation(len(chosen))
        fit = []
        for place in order:
            window = chosen[int(place)]
            if (self.known.read(window) != 0).mean() >= LEAST_TRIAL_KNOWN:
                fit.append(window)
            if len(fit) == TRIALS:
                break
        return fit


def _shows(found: Alignment, window: Window, shape: tuple[int, int]) -> bool:
    corners = np.array(
        [
            [x, y, 1.0]
            for x in (window.left, window.right)
            for y in (window.top, window.bottom)
        ]
    )
    places = corners @ found.reference_from_scan.T
    if (places[:, 2] <= 0).any():
        return False
    places = places[:, :2] / places[:, 2:]
    return bool((places >= 0).all() and (places <= shape[::-1]).all())


def _fields_of(found: Alignment) -> dict[str, Array]:
    return {SHIFT: found.shift, GAIN: found.gain, OFFSET: found.offset}


def _reduced(
    reader: PlaneReader, raster: RasterSpec, side_px: int
) -> tuple[Array, int]:
    factor = factor_for(raster, side_px)
    return overview(reader, raster, factor), factor


def _row(found: Alignment) -> dict[str, Any]:
    return {
        "used": True,
        "by": "points" if found.by_points else "features",
        "reference_from_scan": found.reference_from_scan.tolist(),
        "mirrored": found.mirrored,
        "inliers": found.inliers,
        "spread": round(found.spread, 4),
        "agreement": round(found.agreement, 4),
        "monochrome": found.colours.monochrome,
        "colours": {
            "curves": found.colours.curves.tolist(),
            "mix": found.colours.mix.tolist(),
        },
        "step_px": found.step_px,
        "nodes": list(found.shift.shape[:2]),
        "blur_px": 0.0,
    }


def _measured(fit: Fit, pixel_size: PixelSize) -> dict[str, Any]:
    def rounded(value: float | None, times: float, digits: int) -> float | None:
        return None if value is None else round(value * times, digits)

    um = pixel_size.um
    return {
        "blur_px": round(max(0.0, fit.finer_px), 3),
        "coarser_by_um": round(max(0.0, -fit.finer_px) * um, 1),
        "residual_um_median": rounded(fit.left_median_px, um, 1),
        "residual_um_p95": rounded(fit.left_p95_px, um, 1),
        "fit_de00_median": rounded(fit.de00_median, 1.0, 2),
        "fit_de00_p95": rounded(fit.de00_p95, 1.0, 2),
        "trial_windows": fit.windows,
    }

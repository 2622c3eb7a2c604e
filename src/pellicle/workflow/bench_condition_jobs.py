# SPDX-License-Identifier: Apache-2.0
"""The condition benchmark's jobs: how fast the product maps, and what its film covers.

Job: run the product itself on files, as `pellicle restore` does.
Not here: maps of scans in memory (`bench_condition_parts`).
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
import tifffile

from pellicle.engine.progress import ProgressReport
from pellicle.io.icc import srgb_profile
from pellicle.io.scan_tiff import write_scan_tiff
from pellicle.learn.condition_scores import rounded
from pellicle.learn.frozen import FROZEN_PPI, FrozenSet, read_painting
from pellicle.learn.real_pairs import part_of
from pellicle.model.arrays import Array, Mask, Samples
from pellicle.model.condition import DamageClass
from pellicle.model.raster import RasterSpec
from pellicle.model.scan import ScaleSource, ScanSpec
from pellicle.model.units import PixelSize
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.workflow.begin import Request, begun
from pellicle.workflow.bench_condition_parts import Pace, in_16_bits
from pellicle.workflow.found import find_damage
from pellicle.workflow.job import run_job
from pellicle.workflow.scan import use_scan
from pellicle.workflow.work import Work

SPEED_WORKERS = (1, 2)
BESIDE_PX = 1
"""Ink this near to true damage is not held against the chain in a second figure."""

_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 -- the same bytes on every day


def measure_speed(path: Path, network: str | None, pace: Pace) -> dict[str, Any]:
    """Seconds of the product's own steps from a 16-bit TIFF to labels.

    Parameters
    ----------
    path
        Photograph that is made a scan.
    network
        Folder of networks; None is the one that comes with Pellicle.
    """
    samples = in_16_bits(read_painting(path))
    mpx = samples.shape[0] * samples.shape[1] / 1e6
    runs = []
    with _scan_file(samples) as scan:
        for workers in SPEED_WORKERS:
            treatment = scan.parent / f"speed-{workers}.pellicle"
            seconds = _mapped(treatment, scan, network, workers)
            total = seconds["total"]
            runs.append(
                {
                    "workers": workers,
                    "mpx_per_s": mpx / total,
                    "mpx_per_s_condition": mpx / seconds["condition"],
                    "mpx_per_cpu_s": mpx / max(seconds.pop("cpu"), 1e-9),
                    "seconds": seconds,
                }
            )
            pace.done(f"speed, {workers} worker(s): {mpx / total:.2f} Mpx/s", mpx)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    figures = {"scan": path.stem, "mpx": mpx, "runs": runs, "load_average": load}
    return dict(rounded(figures))


def _mapped(
    path: Path, scan: Path, network: str | None, workers: int
) -> dict[str, float]:
    """Seconds by step, in all and of processor time, from file to labels."""
    _begin(path, scan, network)
    treatment, progress = Treatment.open(path), ProgressReport(quiet=True)
    begun_at, cpu = time.perf_counter(), _cpu_seconds()
    with writing(treatment):
        work = Work(treatment, workers, progress)
        with work.pool():
            find_damage(work, use_scan(work))
    total = time.perf_counter() - begun_at
    steps = {str(name): seconds for name, seconds in progress.seconds.items()}
    return {**steps, "total": total, "cpu": _cpu_seconds() - cpu}


def _cpu_seconds() -> float:
    """Processor time of this process and of workers that have ended.

    On a machine that others use, it tells more than the time that has passed.
    """
    times = psutil.Process().cpu_times()
    children = getattr(times, "children_user", 0.0)
    children += getattr(times, "children_system", 0.0)
    return float(times.user + times.system + children)


def _begin(path: Path, scan: Path, network: str | None) -> None:
    """Begin a treatment that uses the networks of a folder."""
    if network is not None:
        # Before the scan: what has none is checked with the networks Pellicle has.
        treatment = Treatment.create(path)
        with writing(treatment):
            treatment.describe({"settings.condition.network": network})
    with begun(path, Request(scan=scan, ppi=FROZEN_PPI)):
        pass


def measure_chain(
    frozen: FrozenSet,
    numbers: Sequence[int],
    network: str | None,
    workers: int,
    pace: Pace,
) -> dict[str, Any]:
    """Ink on sound paint, and losses covered, after the whole job on aged crops.

    What was reconstructed is told too: not all of it is worth printing.
    """
    crops = []
    for number in numbers:
        crop = frozen.crop(number)
        with _scan_file(crop.samples) as scan:
            path = scan.parent / "crop.pellicle"
            _begin(path, scan, network)
            request = Request(scan=scan, ppi=FROZEN_PPI)
            done = run_job(path, request, workers, quiet=True)
            inked = _inked(path / "exports")
            infilled = _infilled(path / "exports", crop.samples)
        figures = _chain_figures(crop.truth, inked, infilled)
        figures |= {"name": crop.name, "seconds": done.total_seconds}
        crops.append({**figures, "group": crop.group.value})
        sound, covered = (figures[name] for name in _PERCENT)
        line = f"chain {crop.name}: {sound:.2f} % of sound inked"
        line += "" if covered is None else f", {covered:.1f} % of loss covered"
        pace.done(line, crop.truth.size / 1e6)
    return dict(rounded({"crops": crops, "all": _pooled(crops)}))


_PERCENT = ("sound_inked_percent", "loss_covered_percent")


def _chain_figures(truth: Array, inked: Mask, infilled: Mask) -> dict[str, Any]:
    damaged = truth > 0
    side = 2 * BESIDE_PX + 1
    near = cv2.dilate(damaged.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    loss = truth == DamageClass.LOSS
    return {
        "sound_inked_percent": 100 * part_of(~damaged, inked),
        "loss_covered_percent": 100 * part_of(loss, inked) if loss.any() else None,
        "sound_inked_percent_beyond_1_px": 100 * part_of(~near, inked),
        "sound_infilled_px": int((~damaged & infilled).sum()),
        "loss_infilled_px": int((loss & infilled).sum()),
        "sound_px": int((~damaged).sum()),
        "sound_inked_px": int((~damaged & inked).sum()),
        "loss_px": int(loss.sum()),
        "loss_covered_px": int((loss & inked).sum()),
        "inked_px": int(inked.sum()),
    }


def _pooled(crops: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Over all crops; None of losses where there is none."""

    def percent(part: str, whole: str) -> float | None:
        of = sum(int(crop[whole]) for crop in crops)
        return 100 * sum(int(crop[part]) for crop in crops) / of if of else None

    covered = [
        crop["loss_covered_percent"]
        for crop in crops
        if crop["loss_covered_percent"] is not None
    ]
    return {
        "sound_inked_percent": percent("sound_inked_px", "sound_px"),
        "loss_covered_percent": percent("loss_covered_px", "loss_px"),
        "loss_covered_percent_mean_of_crops": (
            float(np.mean(covered)) if covered else None
        ),
        "sound_infilled_percent": percent("sound_infilled_px", "sound_px"),
        "loss_infilled_percent": percent("loss_infilled_px", "loss_px"),
        "crops": len(crops),
    }


def _inked(exports: Path) -> Mask:
    """Where there is colour or white on the film; nowhere when nothing was printed."""
    planes = []
    for name in ("mask-colour.tif", "mask-white.tif"):
        ink: Array = tifffile.imread(exports / name)
        planes.append(ink.reshape(*ink.shape[:2], -1).max(axis=2) > 0)
    inked: Mask = planes[0] | planes[1]
    return inked


def _infilled(exports: Path, samples: Samples) -> Mask:
    """Where the reconstruction is another than the scan."""
    made: Array = tifffile.imread(exports / "reconstruction.tif")
    changed: Mask = (made != samples).any(axis=2)
    return changed


@contextmanager
def _scan_file(samples: Samples) -> Iterator[Path]:
    """The samples as a 16-bit TIFF in a folder of its own, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pellicle-bench-"))
    height, width = samples.shape[:2]
    raster = RasterSpec(height, width, PixelSize.from_ppi(FROZEN_PPI))
    spec = ScanSpec(raster, samples.shape[2], 16, srgb_profile(), ScaleSource.FILE)
    try:
        path = folder / "scan.tif"
        write_scan_tiff(path, raster, spec, [(raster.window, samples)], _MADE)
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)

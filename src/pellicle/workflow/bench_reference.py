# SPDX-License-Identifier: Apache-2.0
"""Reference benchmark: losses filled from a second photograph of the same painting.

Job: paintings with three losses each, a second photograph of each, the product's own
way from files to infill, and how far the result is from the truth.
Not here: how the photographs are made (`second_photograph`), the table (`cli`).
"""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy import ndimage

from pellicle.colour.difference import ciede2000
from pellicle.engine.progress import ProgressReport
from pellicle.errors import WorksMissingError
from pellicle.io.icc import scan_encoding
from pellicle.io.png_file import png_bytes
from pellicle.io.scan_file import probe_scan, read_strips
from pellicle.io.writing import whole_file
from pellicle.model.arrays import Array, Mask, Samples
from pellicle.raster.pyramid import block_counts, block_sums
from pellicle.workflow.begin import Request, begun
from pellicle.workflow.infill_networks import infill_stage
from pellicle.workflow.reconstruct import ReconstructionInUse, reconstruct
from pellicle.workflow.restore import make_regions
from pellicle.workflow.scan import use_scan
from pellicle.workflow.second_photograph import (
    drawn_photograph,
    in_words,
    take_photograph,
)
from pellicle.workflow.settings import ReconstructSettings
from pellicle.workflow.work import Work

SEED = 20_251_104
PPI = 150.0
REDUCTION = 2
LEAST_SIDE_PX = 1600
DIAMETERS_PX = (50, 110, 220)
SCALES = (0.8, 1.0, 1.25, 0.9, 1.1, 0.75)
"""Resolution of the second photograph against the first, painting by painting."""
SEAM_PX = 2
SHEET_SIDE_PX = 300
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff"})
_COLOURS = 3


@dataclass(frozen=True, slots=True)
class ReferenceFigures:
    """One loss of one painting.

    Attributes
    ----------
    de00_mean, de00_p95
        Inside the loss, against the truth; None when no reference was used.
    seam_de00
        Mean difference between pixels on both sides of the edge, less what it is in
        the truth.
    share
        Part of the loss that the reference filled.
    residual_um, scale
        Displacement left on intact paint, median; resolution of the photograph.
    """

    painting: str
    diameter_px: int
    de00_mean: float | None
    de00_p95: float | None
    seam_de00: float | None
    share: float
    residual_um: float | None
    scale: float


@dataclass(frozen=True, slots=True)
class ReferenceBench:
    """All figures, the seconds of each painting, and the files written."""

    rows: tuple[ReferenceFigures, ...]
    seconds: tuple[float, ...]
    figures: Path
    sheet: Path


def bench_reference(
    works: Path,
    output: Path,
    paintings: int | None = None,
    workers: int = 1,
    progress: Callable[[str], None] = lambda _line: None,
) -> ReferenceBench:
    """Fill three losses in each painting from a second photograph of it.

    Parameters
    ----------
    works
        Folder of photographs of paintings.
    output
        Folder for `reference.json`, `reference.png` and the treatments; made if need
        be.
    paintings
        So many, from the first by name; all when None.

    Raises
    ------
    WorksMissingError
        If the folder holds no picture that is large enough.
    """
    found = sorted(works.iterdir()) if works.is_dir() else []
    pictures = [path for path in found if path.suffix.lower() in _PICTURES]
    output.mkdir(parents=True, exist_ok=True)
    rows: list[ReferenceFigures] = []
    seconds: list[float] = []
    sheet: list[Samples] = []
    how = []
    for path in pictures:
        if paintings is not None and len(seconds) == paintings:
            break
        truth = _halved(path)
        if truth is None:
            continue
        number = len(seconds)
        scale = SCALES[number % len(SCALES)]
        photograph = drawn_photograph(SEED + number, scale)
        second = take_photograph(truth, photograph, SEED + number)
        job = _Job(path.stem, truth, draw_losses(truth.shape[:2], SEED + number))
        begun_at = time.perf_counter()
        made = job.fill(second, output / path.stem, workers)
        seconds.append(round(time.perf_counter() - begun_at, 1))
        rows += job.figures(made, scale)
        sheet.append(job.pictures(made))
        how.append({"painting": path.stem, **in_words(photograph)})
        progress(f"{path.stem}: {job.in_words(rows[-len(DIAMETERS_PX) :])}")
    if not seconds:
        raise WorksMissingError(str(works), len(found), LEAST_SIDE_PX, LEAST_SIDE_PX)
    bench = ReferenceBench(
        tuple(rows),
        tuple(seconds),
        output / "reference.json",
        output / "reference.png",
    )
    _write(bench, how, sheet)
    return bench


def _halved(path: Path) -> Samples | None:
    scan = probe_scan(path)
    if scan.bands != _COLOURS or min(scan.shape) < LEAST_SIDE_PX:
        return None
    picture = np.concatenate([samples for _, samples in read_strips(scan)])
    picture = (picture >> (scan.bit_depth - 8)).astype(np.uint8)
    sums, counts = block_sums(picture, REDUCTION), None
    counts = block_counts(picture.shape[:2], REDUCTION)
    halved: Samples = ((sums + counts // 2) // counts).astype(np.uint8)
    return halved


def draw_losses(shape: tuple[int, int], seed: int) -> Mask:
    """Three ragged losses that do not touch; the same for the same seed."""
    rng = np.random.default_rng(seed)
    plane = np.zeros(shape, np.uint8)
    for diameter in DIAMETERS_PX:
        while True:
            row, column = (
                int(rng.integers(diameter, max(side - diameter, diameter + 1)))
                for side in shape
            )
            around = np.zeros(shape, np.uint8)
            angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
            radius = diameter / 2 * (1 + 0.12 * np.sin(3 * angles + rng.uniform(0, 6)))
            radius *= 1 + rng.normal(0, 0.03, len(angles))
            outline = np.stack(
                (column + radius * np.cos(angles), row + radius * np.sin(angles)), -1
            )
            cv2.fillPoly(around, [np.rint(outline).astype(np.int32)], 1)
            wide: Array = cv2.dilate(around, np.ones((41, 41), np.uint8))
            if not (wide & plane).any():
                plane |= around
                break
    lost: Mask = plane > 0
    return lost


@dataclass(frozen=True, slots=True)
class _Job:
    name: str
    truth: Samples
    losses: Mask

    def fill(self, second: Samples, folder: Path, workers: int) -> "_Made":
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        damaged = self.truth.copy()
        damaged[self.losses] = 128
        files = {
            "scan.png": damaged,
            "damage.png": self.losses.astype(np.uint8) * 255,
            "second.png": second,
        }
        for name, picture in files.items():
            (folder / name).write_bytes(png_bytes(picture))
        request = Request(
            scan=folder / "scan.png",
            ppi=PPI,
            damage=str(folder / "damage.png"),
            reference=(str(folder / "second.png"),),
        )
        with begun(folder / "work.pellicle", request) as treatment:
            work = Work(treatment, workers, ProgressReport(quiet=True))
            with work.pool():
                scan = use_scan(work)
                regions, _ = make_regions(work, scan)
                every = regions.condition.regions
                infilled = {one.number: None for one in every}
                stage = infill_stage(ReconstructSettings(), scan.encoding)
                made = reconstruct(work, scan, regions, infilled, stage, {})
            whole = scan.raster.window
            samples = made.samples.read(whole)
            return _Made(made, samples, made.evidence.read(whole))

    def figures(self, made: "_Made", scale: float) -> list[ReferenceFigures]:
        numbers, count = ndimage.label(self.losses, np.ones((3, 3)))
        encoding = scan_encoding(None, _COLOURS)
        by_size = sorted(
            range(1, count + 1), key=lambda one: int((numbers == one).sum())
        )
        facts = made.reconstruction.references.every[0].facts
        found = []
        for diameter, number in zip(DIAMETERS_PX, by_size, strict=True):
            inside = numbers == number
            share = float((made.evidence[inside] == 3).mean())  # noqa: PLR2004
            own, other = (
                encoding.lab_d50(picture[inside][:, None])
                for picture in (self.truth, made.samples)
            )
            de00 = ciede2000(own, other)
            used = share > 0
            found.append(
                ReferenceFigures(
                    painting=self.name,
                    diameter_px=diameter,
                    de00_mean=round(float(de00.mean()), 3) if used else None,
                    de00_p95=round(float(np.percentile(de00, 95)), 3) if used else None,
                    seam_de00=round(self._seam(made.samples, inside), 3),
                    share=round(share, 4),
                    residual_um=facts.get("residual_um_median"),
                    scale=scale,
                )
            )
        return found

    def _seam(self, samples: Samples, inside: Mask) -> float:
        """Mean ΔE00 of neighbours across the edge, less the truth's own."""
        encoding = scan_encoding(None, _COLOURS)

        def across(picture: Samples) -> float:
            lab = encoding.lab_d50(picture)
            steps = []
            for axis in (0, 1):
                one, other = np.delete(inside, -1, axis), np.delete(inside, 0, axis)
                edge = one != other
                first, second = np.delete(lab, -1, axis), np.delete(lab, 0, axis)
                steps.append(ciede2000(first[edge][:, None], second[edge][:, None]))
            return float(np.concatenate(steps).mean())

        rows = np.flatnonzero(inside.any(axis=1))
        columns = np.flatnonzero(inside.any(axis=0))
        box = (
            slice(max(rows[0] - SEAM_PX, 0), rows[-1] + SEAM_PX + 1),
            slice(max(columns[0] - SEAM_PX, 0), columns[-1] + SEAM_PX + 1),
        )
        inside = inside[box]
        return across(samples[box]) - across(self.truth[box])

    def pictures(self, made: "_Made") -> Samples:
        """Truth, damaged, filled, around each loss at 100 %."""
        numbers, count = ndimage.label(self.losses, np.ones((3, 3)))
        damaged = self.truth.copy()
        damaged[self.losses] = (255, 0, 255)
        parts = []
        for number in range(1, count + 1):
            middle = ndimage.center_of_mass(numbers == number)
            box = tuple(
                slice(start, start + SHEET_SIDE_PX)
                for start in (
                    max(0, min(int(one) - SHEET_SIDE_PX // 2, side - SHEET_SIDE_PX))
                    for one, side in zip(middle, self.losses.shape, strict=True)
                )
            )
            parts += [one[box] for one in (self.truth, damaged, made.samples)]
        return np.hstack([np.pad(p, ((0, 4), (0, 4), (0, 0))) for p in parts])

    def in_words(self, rows: list[ReferenceFigures]) -> str:
        """One line on what came out."""
        return ", ".join(
            f"Ø {row.diameter_px} px "
            + ("unused" if row.de00_mean is None else f"ΔE00 {row.de00_mean:.2f}")
            for row in rows
        )


@dataclass(frozen=True, slots=True)
class _Made:
    reconstruction: ReconstructionInUse
    samples: Samples
    evidence: Any


def _write(
    bench: ReferenceBench, how: list[dict[str, object]], sheet: list[Samples]
) -> None:
    content: dict[str, Any] = {
        "seed": SEED,
        "ppi": PPI,
        "second_photographs": how,
        "seconds": list(bench.seconds),
        "figures": [asdict(row) for row in bench.rows],
    }
    with whole_file(bench.figures) as beside:
        text = json.dumps(content, indent=2, ensure_ascii=False)
        beside.write_text(f"{text}\n", encoding="utf-8")
    with whole_file(bench.sheet) as beside:
        beside.write_bytes(png_bytes(np.vstack(sheet)))

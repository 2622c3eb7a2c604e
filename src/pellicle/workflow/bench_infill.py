# SPDX-License-Identifier: Apache-2.0
"""Infill benchmark: ours beside four others, every method on every crop.

Job: run the methods on the same damage, measure them, write the figures and a sheet of
pictures to look at.
Not here: crops and damage (`bench_crops`), printing the table (`cli`).
Terms: *peers* are OpenCV's Telea and Navier–Stokes, scikit-image's biharmonic and
PyPatchMatch; the last two come with the extra `bench`.
"""

import importlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy import ndimage

from pellicle.colour.difference import ciede2000
from pellicle.errors import BenchExtraMissingError
from pellicle.io.icc import scan_encoding
from pellicle.io.png_file import png_bytes
from pellicle.io.writing import whole_file
from pellicle.model.arrays import Mask, Samples
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.stages.contract import RegionWindow
from pellicle.stages.reconstruct.infill import PaintingInfill
from pellicle.workflow.bench_crops import Crop, DamageKind, draw_damage, read_crops

SEED = 20_250_611
PPI = 150.0
"""Half of the 300 ppi that photographs of paintings are taken to be captured at."""

OURS = "Pellicle"
PATCH_RADIUS_PX = 3
"""Of PyPatchMatch: the radius its own examples use."""
TELEA_RADIUS_PX = 3

SHEET_CROPS = 6
SHEET_SIDE_PX = 320
FULL_SCALE = 255.0
DAMAGE_COLOUR = (255, 0, 255)
EIGHT = np.ones((3, 3), np.bool_)

Method = Callable[[Samples, Mask], Samples]


@dataclass(frozen=True, slots=True)
class InfillFigures:
    """Means over all crops, inside the damage only.

    Attributes
    ----------
    psnr_db, de00_mean
        None where a method was not run.
    seconds
        For one crop.
    """

    method: str
    damage: str
    psnr_db: float | None
    de00_mean: float | None
    seconds: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class InfillBench:
    """Figures of all methods and classes, and the files written."""

    rows: tuple[InfillFigures, ...]
    crops: tuple[str, ...]
    figures: Path
    sheet: Path


def bench_infill(
    works: Path | None,
    output: Path,
    progress: Callable[[str], None] = lambda _line: None,
) -> InfillBench:
    """Run every method on every crop and class of damage.

    Parameters
    ----------
    works
        Folder of photographs; None takes the bundled painting.
    output
        Folder for `infill.json` and `infill.png`; made if need be.
    progress
        Told what has been done, line by line.

    Raises
    ------
    BenchExtraMissingError
        If a peer is not installed.
    WorksMissingError
        If the folder holds no picture that is large enough.
    """
    methods = _methods()
    crops = read_crops(works)
    _warm_up(methods)
    measured: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    sheet: list[Samples] = []
    for number, crop in enumerate(crops):
        for kind in DamageKind:
            damage = draw_damage(kind, crop.truth.shape[:2], SEED + number)
            results = _run_all(methods, crop, damage, kind, measured)
            if number < SHEET_CROPS:
                sheet.append(_sheet_row(crop.truth, damage, results))
        progress(f"{crop.name}: {number + 1} of {len(crops)} crops")
    rows = _means(measured)
    output.mkdir(parents=True, exist_ok=True)
    bench = InfillBench(
        rows,
        tuple(crop.name for crop in crops),
        output / "infill.json",
        output / "infill.png",
    )
    _write(bench, _stacked(sheet))
    return bench


def _methods() -> dict[str, Method]:
    try:
        biharmonic = importlib.import_module("skimage.restoration").inpaint_biharmonic
        patch_match = importlib.import_module("patchmatch")
    except ImportError as error:
        raise BenchExtraMissingError(error.name or "a peer") from error

    def by_opencv(flag: int) -> Method:
        def infill(picture: Samples, damage: Mask) -> Samples:
            plane = damage.astype(np.uint8)
            made = cv2.inpaint(picture, plane, TELEA_RADIUS_PX, flag)
            return np.asarray(made, np.uint8)

        return infill

    def by_biharmonic(picture: Samples, damage: Mask) -> Samples:
        field = biharmonic(picture / FULL_SCALE, damage, channel_axis=-1)
        made: Samples = np.rint(np.clip(field, 0, 1) * FULL_SCALE).astype(np.uint8)
        return made

    def by_patch_match(picture: Samples, damage: Mask) -> Samples:
        patch_match.set_random_seed(SEED)
        made: Samples = patch_match.inpaint(
            picture, damage.astype(np.uint8), patch_size=PATCH_RADIUS_PX
        )
        return made

    return {
        OURS: infill_crop,
        "OpenCV Telea": by_opencv(cv2.INPAINT_TELEA),
        "OpenCV Navier–Stokes": by_opencv(cv2.INPAINT_NS),
        "scikit-image biharmonic": by_biharmonic,
        "PyPatchMatch": by_patch_match,
    }


def _left_out(method: str, kind: DamageKind) -> str:
    """Why a method is not run on a class of damage; empty when it is."""
    if method == "scikit-image biharmonic" and kind is DamageKind.LARGE_LOSSES:
        return "impractical: one linear system for each loss, minutes each"
    return ""


def infill_crop(picture: Samples, damage: Mask) -> Samples:
    """Our infill of one crop, place by place, as `pellicle restore` does it."""
    stage = PaintingInfill()
    pixel_size = PixelSize.from_ppi(PPI)
    whole = RasterSpec(*damage.shape, pixel_size).window
    result = picture.copy()
    numbers, _ = ndimage.label(damage, EIGHT)
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        rows, columns = box
        place = Window(rows.start, columns.start, rows.stop, columns.stop)
        window = place.expanded(stage.context_px(place, pixel_size), whole)
        target = numbers[window.slices] == number
        made = stage.run_region(
            RegionWindow(
                window=window,
                samples=picture[window.slices],
                target=target,
                known=~damage[window.slices],
                pixel_size=pixel_size,
                method=np.zeros(target.shape, np.uint8),
            )
        )
        result[window.slices][made.filled] = made.samples[made.filled]
    return result


def _warm_up(methods: Mapping[str, Method]) -> None:
    """Compile and load before anything is timed."""
    picture = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    damage = np.zeros((128, 128), np.bool_)
    damage[40:80, 40:80] = damage[100:104, 10:60] = True
    for method in methods.values():
        method(picture, damage)


def _run_all(
    methods: Mapping[str, Method],
    crop: Crop,
    damage: Mask,
    kind: DamageKind,
    measured: dict[tuple[str, str], list[tuple[float, float, float]]],
) -> dict[str, Samples]:
    damaged = crop.truth.copy()
    damaged[damage] = 0
    results = {}
    for name, method in methods.items():
        if _left_out(name, kind):
            continue
        begun = time.perf_counter()
        made = method(damaged, damage)
        seconds = time.perf_counter() - begun
        psnr_db, de00 = compare(crop.truth, made, damage)
        measured.setdefault((name, kind.value), []).append((psnr_db, de00, seconds))
        results[name] = made
    return results


def compare(truth: Samples, made: Samples, damage: Mask) -> tuple[float, float]:
    """(PSNR in dB, mean ΔE00) of the damaged pixels, 8-bit sRGB."""
    one, other = truth[damage][:, None], made[damage][:, None]
    error = one.astype(np.float64) - other
    mean_square = max(float((error**2).mean()), 1e-9)
    encoding = scan_encoding(None, truth.shape[2])
    de00 = ciede2000(encoding.lab_d50(one), encoding.lab_d50(other))
    return 10 * math.log10(FULL_SCALE**2 / mean_square), float(de00.mean())


def _means(
    measured: Mapping[tuple[str, str], list[tuple[float, float, float]]],
) -> tuple[InfillFigures, ...]:
    rows = []
    names = dict.fromkeys(name for name, _ in measured)
    for kind in DamageKind:
        for name in names:
            note = _left_out(name, kind)
            if note:
                rows.append(InfillFigures(name, kind.value, None, None, None, note))
                continue
            mean = np.mean(measured[name, kind.value], axis=0)
            psnr_db, de00, seconds = (float(one) for one in mean)
            rows.append(
                InfillFigures(
                    name,
                    kind.value,
                    round(psnr_db, 2),
                    round(de00, 3),
                    round(seconds, 3),
                )
            )
    return tuple(rows)


def _sheet_row(truth: Samples, damage: Mask, results: Mapping[str, Samples]) -> Samples:
    """Truth, damaged, ours, peers, at 100 % around the largest damage."""
    damaged = truth.copy()
    damaged[damage] = DAMAGE_COLOUR
    numbers, _ = ndimage.label(damage, EIGHT)
    largest = int(np.argmax(np.bincount(numbers.ravel())[1:])) + 1
    centre = ndimage.center_of_mass(numbers == largest)
    rows, columns = (
        slice(start, start + SHEET_SIDE_PX)
        for start in (
            max(0, min(int(middle) - SHEET_SIDE_PX // 2, side - SHEET_SIDE_PX))
            for middle, side in zip(centre, damage.shape, strict=True)
        )
    )
    parts = [truth, damaged, *results.values()]
    cut = [part[rows, columns] for part in parts]
    pad = SHEET_SIDE_PX + 4
    framed = [
        np.pad(
            part,
            ((0, pad - part.shape[0]), (0, pad - part.shape[1]), (0, 0)),
            constant_values=255,
        )
        for part in cut
    ]
    return np.hstack(framed)


def _stacked(rows: list[Samples]) -> Samples:
    width = max(row.shape[1] for row in rows)
    padded = [
        np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255)
        for row in rows
    ]
    return np.vstack(padded)


def _write(bench: InfillBench, sheet: Samples) -> None:
    content: dict[str, Any] = {
        "seed": SEED,
        "ppi": PPI,
        "crops": list(bench.crops),
        "sheet_columns": [
            "truth",
            "damaged",
            *dict.fromkeys(r.method for r in bench.rows),
        ],
        "figures": [asdict(row) for row in bench.rows],
    }
    with whole_file(bench.figures) as beside:
        beside.write_text(
            json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    with whole_file(bench.sheet) as beside:
        beside.write_bytes(png_bytes(sheet))

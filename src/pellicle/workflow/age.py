# SPDX-License-Identifier: Apache-2.0
"""Synthetic damage on a scan, with its truth, as files.

Job: read a scan, age it whole, and write the aged scan in the scan's own encoding, the
labels, the scan as received, and what was done.
Not here: damage itself (`learn/ageing`).

The same scan, scale, kinds and seed give the same bytes: no times, no dates of today.
"""

import json
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from pellicle.colour.convert import (
    linear_map,
)
from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.srgb import REC2020_FROM_SRGB, SRGB_FROM_REC2020
from pellicle.engine.progress import ProgressReport
from pellicle.errors import BadSettingError, ScanTooLargeError
from pellicle.io.hashing import file_sha256
from pellicle.io.icc import scan_encoding
from pellicle.io.picture_header import PictureFormat
from pellicle.io.png_file import CONDITION_PALETTE, write_png
from pellicle.io.scan_file import ScanFile, probe_scan, read_strips
from pellicle.io.scan_tiff import write_scan_tiff
from pellicle.io.strips import strip_windows
from pellicle.io.writing import cannot_write, whole_file, write_whole
from pellicle.learn.ageing.age import AGEING_VERSION, LEAST_CHANGE_L, Aged, age
from pellicle.learn.ageing.recipe import VARIETIES, Kind, Part, Recipe
from pellicle.learn.ageing.scene import lightness
from pellicle.model.arrays import Array, Colour, Labels, Samples
from pellicle.model.condition import DamageClass
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.scan import ScaleSource, ScanSpec
from pellicle.model.units import PixelSize
from pellicle.workflow.scale import ScanSettings, require_scale
from pellicle.workflow.settings import configured
from pellicle.workflow.software import software_versions

MOST_MPX = 100
"""Largest scan, in megapixels: about 12 GB of memory."""

AGED, LABELS, RECORD = "aged.tif", "labels.png", "age.json"

_SUFFIX = {PictureFormat.TIFF: ".tif", PictureFormat.PNG: ".png"}

_DARKEST = np.float32(1e-4)


@dataclass(frozen=True, slots=True)
class AgeRequest:
    """What is to happen to which scan.

    Attributes
    ----------
    scan
        TIFF, PNG or JPEG.
    ppi, width_mm
        Scale on the painting, one of them at most; None takes the file's.
    kinds
        Names of `Part`: of kinds of damage, or of varieties; none means all kinds.
    seed
        0 or more.
    plainness
        Factor on every contrast.
    """

    scan: Path
    ppi: float | None = None
    width_mm: float | None = None
    kinds: Sequence[str] = ()
    seed: int = 0
    plainness: float = 1.0


def age_scan(folder: Path, request: AgeRequest, *, quiet: bool) -> dict[str, Any]:
    """Age a scan into a folder.

    Parameters
    ----------
    folder
        New, empty, or one that this has written before.
    request
        What is asked for.
    quiet
        Show no progress.

    Returns
    -------
    record
        As in `age.json`, which is written last: with "complete" true all files stand.

    Raises
    ------
    PellicleError
        If the scan, the scale, a setting or the folder cannot be used.

    Notes
    -----
    Memory is about 0.12 GB a megapixel: damage runs from edge to edge, so the picture
    is aged whole.
    """
    recipe = _recipe(request)
    file = probe_scan(request.scan)
    if file.height_px * file.width_px > MOST_MPX * 1e6:
        raise ScanTooLargeError(str(file.path), file.width_px, file.height_px, MOST_MPX)
    spec = _spec(file, request)
    encoding = scan_encoding(file.icc_profile, file.bands)
    record = {
        "complete": False,
        "scan": file.path.name,
        "seed": request.seed,
        "kinds": [str(part) for part in recipe.parts],
        "plainness": recipe.plainness,
        "pixel_size_um": spec.raster.pixel_size.um,
        "scale_source": str(spec.scale_source),
        "width_px": file.width_px,
        "height_px": file.height_px,
        "ageing_version": AGEING_VERSION,
        "software": software_versions(),
    }
    _begin(folder, file, record)
    progress = ProgressReport(quiet=quiet)
    scan = _read(file, encoding, folder, progress)
    aged = _aged(scan, spec, recipe, request.seed, progress)
    labels = _seen_in_grey(scan, aged) if file.bands == 1 else aged.labels
    made = _Made(scan, aged, labels, spec, file)
    record |= _written(folder, made, progress)
    record |= {
        "complete": True,
        "contrasts_l": {name: round(v, 3) for name, v in aged.contrasts_l.items()},
        "classes": class_areas(labels, spec.raster.pixel_size),
    }
    write_whole(folder / RECORD, _as_json(record))
    return record


def class_areas(labels: Labels, pixel_size: PixelSize) -> dict[str, dict[str, Any]]:
    """Pixels, 8-connected regions and square millimetres of each class present."""
    pixels = np.bincount(labels.reshape(-1), minlength=len(DamageClass))
    areas = {}
    for damage in DamageClass:
        if damage is DamageClass.UNMAPPED or not pixels[damage]:
            continue
        mask = (labels == damage).astype(np.uint8)
        count, _ = cv2.connectedComponents(mask, connectivity=8)
        areas[damage.label] = {
            "pixels": int(pixels[damage]),
            "regions": count - 1,
            "area_mm2": round(float(pixels[damage]) * pixel_size.area_mm2, 4),
        }
    return areas


class _Scan(NamedTuple):
    """The scan in memory."""

    samples: Samples  # (H, W, bands), the file's own
    srgb_linear: Colour  # (H, W, 3), cut to what sRGB can hold
    encoding: ScanEncoding


class _Made(NamedTuple):
    """All that is written."""

    scan: _Scan
    aged: Aged
    labels: Labels
    spec: ScanSpec
    file: ScanFile


def _recipe(request: AgeRequest) -> Recipe:
    for name in ("ppi", "width_mm"):
        value = getattr(request, name)
        if value is not None and not 0 < value < math.inf:
            option = f"--{name.replace('_', '-')}"
            raise BadSettingError(option, str(value), "a number above 0 is needed")
    if request.ppi is not None and request.width_mm is not None:
        raise BadSettingError("--ppi", str(request.ppi), "--width-mm says it already")
    if request.seed < 0:
        raise BadSettingError("--seed", str(request.seed), "at least 0 is needed")
    parts = [_part(name) for name in request.kinds or Kind]
    return configured(
        Recipe,
        {"plainness": request.plainness},
        kinds=tuple(part.kind for part in parts if part.variety is None),
        varieties=tuple(part for part in parts if part.variety is not None),
    )


def _part(name: str) -> Part:
    first, colon, variety = name.partition(":")
    if first not in tuple(Kind):
        needed = f"one of {', '.join(Kind)} is needed"
        raise BadSettingError("--kind", repr(name), needed)
    kind = Kind(first)
    if colon and variety not in VARIETIES[kind]:
        needed = f"after {kind}: one of {', '.join(VARIETIES[kind])} is needed"
        raise BadSettingError("--kind", repr(name), needed)
    return Part(kind, variety if colon else None)


def _spec(file: ScanFile, request: AgeRequest) -> ScanSpec:
    settings = ScanSettings(ppi=request.ppi, width_mm=request.width_mm)
    require_scale(file, settings)
    source = ScaleSource.GIVEN
    if request.width_mm is not None:
        pixel_size = PixelSize.from_width(file.width_px, request.width_mm)
    elif request.ppi is not None:
        pixel_size = PixelSize.from_ppi(request.ppi)
    else:
        source = ScaleSource.FILE
        pixel_size = PixelSize.from_ppi(file.stated_ppi or 0.0)
    raster = RasterSpec(file.height_px, file.width_px, pixel_size)
    return ScanSpec(raster, file.bands, file.bit_depth, file.icc_profile, source)


def _begin(folder: Path, file: ScanFile, record: Mapping[str, Any]) -> None:
    """Make the folder ours, and say that it is not finished."""
    try:
        strange = (
            folder.is_dir()
            and any(folder.iterdir())
            and not (folder / RECORD).is_file()
        )
    except OSError as error:
        raise cannot_write(folder, error) from error
    if strange or file.path.resolve().parent == folder.resolve():
        needed = "a new or empty folder, or one that `pellicle age` wrote, is needed"
        raise BadSettingError("--output", str(folder), needed)
    write_whole(folder / RECORD, _as_json(record))


def _as_json(record: Mapping[str, Any]) -> bytes:
    text = json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()


def _read(
    file: ScanFile, encoding: ScanEncoding, scratch: Path, progress: ProgressReport
) -> _Scan:
    samples = np.empty((*file.shape, file.bands), file.dtype)
    srgb_linear = np.empty((*file.shape, 3), np.float32)
    with progress.step("decode", _mpx(file)) as advance:
        for window, strip in read_strips(file, scratch=scratch):
            samples[window.slices] = strip
            light = _srgb_linear(encoding, strip)
            np.clip(light, 0, 1, out=srgb_linear[window.slices])
            advance(window.shape[0] * window.shape[1] / 1e6)
    return _Scan(samples, srgb_linear, encoding)


def _mpx(file: ScanFile) -> float:
    return file.height_px * file.width_px / 1e6


def _srgb_linear(encoding: ScanEncoding, samples: Samples) -> Array:
    """(…, 3) linear light, sRGB primaries, of samples; may lie outside 0 to 1."""
    return linear_map(encoding.linear(samples), SRGB_FROM_REC2020)


def _aged(
    scan: _Scan, spec: ScanSpec, recipe: Recipe, seed: int, progress: ProgressReport
) -> Aged:
    rng = np.random.default_rng(seed)
    mpx = spec.raster.pixel_count / 1e6
    with progress.step("age", mpx) as advance:
        share = mpx / len(recipe.parts)
        return age(
            scan.srgb_linear,
            spec.raster.pixel_size,
            recipe,
            rng,
            lambda _part: advance(share),
        )


def _seen_in_grey(scan: _Scan, aged: Aged) -> Labels:
    """Labels without what only a change of hue would show; worn areas stay closed."""
    labels = aged.labels.copy()
    for window in strip_windows(_raster_of(labels)):
        at = window.slices
        change = lightness(aged.rgb_linear[at]) - lightness(scan.srgb_linear[at])
        unseen = np.abs(change) < LEAST_CHANGE_L
        labels[at][unseen & (labels[at] != DamageClass.ABRASION)] = 0
    return labels


def _raster_of(labels: Labels) -> RasterSpec:
    return RasterSpec(labels.shape[0], labels.shape[1], PixelSize(1.0))


def _written(folder: Path, made: _Made, progress: ProgressReport) -> dict[str, Any]:
    """Write the three pictures; their names and hashes."""
    raster = made.spec.raster
    original = f"original{_SUFFIX.get(made.file.format, '.jpg')}"
    with progress.step("write", raster.pixel_count / 1e6) as advance:
        strips = _strips(made, advance)
        write_scan_tiff(folder / AGED, raster, made.spec, strips, made.file.made)
        labels = [(raster.window, made.labels)]
        write_png(folder / LABELS, raster, labels, CONDITION_PALETTE)
        with whole_file(folder / original) as beside:
            shutil.copyfile(made.file.path, beside)
    names = (AGED, LABELS, original)
    return {"sha256": {name: file_sha256(folder / name) for name in names}}


def _strips(made: _Made, advance: Any) -> Iterator[tuple[Window, Samples]]:
    for window in strip_windows(made.spec.raster):
        samples = made.scan.samples[window.slices].copy()
        changed = made.aged.changed[window.slices]
        if changed.any():
            light = made.aged.rgb_linear[window.slices][changed]
            samples[changed] = encoded_after(
                made.scan.encoding, samples[changed], light
            )
        yield window, samples
        advance(window.shape[0] * window.shape[1] / 1e6)


def encoded_after(
    encoding: ScanEncoding, samples: Samples, aged_linear: Array
) -> Samples:
    """(n, bands) samples after ageing; the same where no light has changed.

    What sRGB cannot hold of a colour was cut off before ageing. It comes back, and
    fades as far as the light of the pixel has changed: no edge shows where faint
    damage begins.
    """
    before = _srgb_linear(encoding, samples)
    inside = np.clip(before, 0, 1)
    change = np.abs(aged_linear - inside).max(axis=1, keepdims=True)
    light = np.maximum(inside.max(axis=1, keepdims=True), _DARKEST)
    kept = np.clip(1 - change / light, 0, 1)
    colour = linear_map(aged_linear + kept * (before - inside), REC2020_FROM_SRGB)
    encoded = encoding.encode(np.asarray(colour, np.float32), samples.dtype)
    return np.where(change > 0, encoded, samples)

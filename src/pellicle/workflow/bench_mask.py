# SPDX-License-Identifier: Apache-2.0
"""Benchmark of what is printed: the difference that is left, and the ink it takes.

Job: aged crops of paintings and the bundled painting; for each, the expected difference
V without a film, with everything printed, and with what is chosen, the film displaced
by random draws of δ; and whether any printed region makes things worse.
Not here: the choice (`print_choice.py`), the table for people (`cli`).

The draws are a hundred or so of the two-dimensional Gaussian itself, other than the
displacements that the choice is made by. The film moves as one.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np

from pellicle.colour.film import FilmModel
from pellicle.engine.progress import ProgressReport
from pellicle.errors import WorksMissingError
from pellicle.io.icc import output_profile
from pellicle.io.png_file import png_bytes
from pellicle.io.sample_painting import sample_painting
from pellicle.io.writing import write_whole
from pellicle.model.arrays import Array, Numbers
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import DamageClass
from pellicle.model.mask import OUTCOME_PLANE, PrintIntent
from pellicle.stages.mask.alignability import AlignmentSums, PrintedTile, align_tile
from pellicle.stages.mask.separation import FilmSeparation
from pellicle.workflow.age import AGED, LABELS, AgeRequest, age_scan
from pellicle.workflow.begin import Request, begun
from pellicle.workflow.mask import MaskInUse, separate_mask
from pellicle.workflow.restore import Reconstructed, make_reconstruction
from pellicle.workflow.style import apply_style
from pellicle.workflow.work import Work

DRAWS = 96
CROP_PX = 1200
PPI = 300.0
SAMPLE = "sample"
_SEED = 5612
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff"})
_FULL = 65_535
_MILLI = 1000.0


@dataclass(frozen=True, slots=True)
class MaskBenchRequest:
    """What is to be measured.

    Attributes
    ----------
    works
        Folder of photographs of sound paintings; None measures the bundled one alone.
    paintings
        So many of them; None is all.
    craquelure
        Whether craquelure is damage to be printed, too.
    alignable_ratio
        Limit to try; None is the product's own.
    """

    works: Path | None
    output: Path
    paintings: int | None
    craquelure: bool
    workers: int
    alignable_ratio: float | None = None


def bench_mask(
    request: MaskBenchRequest, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Measure the bundled painting and aged crops of others.

    Returns
    -------
    figures
        By painting; written to `mask.json` in the output folder, too.

    Raises
    ------
    WorksMissingError
        If the folder holds no picture that is large enough.
    """
    figures: dict[str, Any] = {}
    for name, asked in _cases(request):
        figures[name] = _measured(request, name, asked)
        tell(f"{name}: done")
    text = json.dumps(figures, indent=1, ensure_ascii=False, sort_keys=True)
    write_whole(request.output / "mask.json", f"{text}\n".encode())
    return figures


def _cases(request: MaskBenchRequest) -> list[tuple[str, Request]]:
    painting = sample_painting()
    craquelure = request.craquelure
    width_mm = painting.facts.width_mm
    given = Request(scan=painting.scan, width_mm=width_mm, infill_craquelure=craquelure)
    cases = [(SAMPLE, given)]
    if request.works is None:
        return cases
    pictures = sorted(
        path for path in request.works.iterdir() if path.suffix.lower() in _PICTURES
    )
    if not pictures:
        raise WorksMissingError(str(request.works), 0, CROP_PX, CROP_PX)
    for seed, picture in enumerate(pictures[: request.paintings]):
        folder = request.output / f"{picture.stem}-aged"
        _age_crop(picture, folder, seed)
        damage = _labels(folder, craquelure=craquelure)
        asked = Request(scan=folder / AGED, ppi=PPI, damage=str(damage))
        cases.append((picture.stem, asked))
    return cases


def _age_crop(picture: Path, folder: Path, seed: int) -> None:
    if (folder / AGED).exists():
        return
    pixels = imagecodecs.imread(picture)
    height, width = pixels.shape[:2]
    top, left = max(0, (height - CROP_PX) // 2), max(0, (width - CROP_PX) // 2)
    crop = np.ascontiguousarray(pixels[top : top + CROP_PX, left : left + CROP_PX])
    path = folder.with_suffix(".png")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, png_bytes(crop))
    age_scan(folder, AgeRequest(scan=path, ppi=PPI, seed=seed), quiet=True)


def _labels(folder: Path, *, craquelure: bool) -> Path:
    labels = imagecodecs.imread(folder / LABELS)
    if not craquelure:
        labels[labels == DamageClass.CRAQUELURE] = 0
    path = folder / f"damage-{'all' if craquelure else 'without-craquelure'}.png"
    write_whole(path, png_bytes(labels))
    return path


def _measured(request: MaskBenchRequest, name: str, asked: Request) -> dict[str, Any]:
    limit = {"settings.mask.alignable_ratio": request.alignable_ratio}
    with begun(request.output / f"{name}.pellicle", asked) as treatment:
        treatment.describe(limit)
        work = Work(treatment, request.workers, ProgressReport(quiet=True))
        with work.pool():
            done = make_reconstruction(work)
            made = apply_style(work, done.scan, done.regions, done.made, done.said)
            mask = separate_mask(
                work, done.scan, done.regions, made, done.rules, done.said
            )
        return _Films.of(done, mask).figures()


@dataclass(frozen=True, slots=True, eq=False)
class _Films:
    """A whole small painting in memory, and the two films that are compared."""

    done: Reconstructed
    mask: MaskInUse
    scan: Array
    target: Array
    numbers: Numbers
    everything: Array
    chosen: Array

    @classmethod
    def of(cls, done: Reconstructed, mask: MaskInUse) -> "_Films":
        whole = done.scan.raster.window
        scan = done.scan.samples.read(whole)
        target = done.made.samples.read(whole)
        numbers: Numbers = done.regions.numbers.read(whole)
        numbers[done.made.evidence.read(whole) == 0] = 0
        intent = (numbers != 0) * np.uint8(PrintIntent.WHITE_AND_COLOUR)
        stage = FilmSeparation(
            setup=mask.setup.setup,
            scan=done.scan.encoding,
            ink=output_profile(mask.setup.profile),
        )
        tiles = {
            ArtefactKind.SCAN: scan,
            ArtefactKind.RECONSTRUCTION: target,
            ArtefactKind.INFILL: intent,
        }
        everything = stage.run_tile(tiles, done.scan.raster.pixel_size, whole)
        encoding = done.scan.encoding
        return cls(
            done,
            mask,
            encoding.linear(scan),
            encoding.linear(target),
            numbers,
            everything,
            mask.planes.read(whole),
        )

    def _laid(self, planes: Array) -> AlignmentSums:
        setup = self.mask.setup
        raster = self.done.scan.raster
        delta_px = raster.pixel_size.px(setup.setup.geometry.displacement_um)
        draws = np.random.default_rng(_SEED).normal(0, delta_px, (DRAWS, 2))
        printed = self.numbers * (planes[:, :, OUTCOME_PLANE] != 0).astype(np.uint32)
        return align_tile(
            FilmModel.of(setup.setup, output_profile(setup.profile)),
            self.scan,
            self.target,
            PrintedTile(printed, planes, raster.window),
            raster.window,
            shifts=np.concatenate([draws, np.zeros((1, 2))]),
            steps=np.ones(int(self.numbers.max()) + 1, np.int64),
        )

    def figures(self) -> dict[str, Any]:
        """Differences in ΔE00 · mm², ink in mm²."""
        area_mm2 = self.done.scan.raster.pixel_size.area_mm2
        every, ours = self._laid(self.everything), self._laid(self.chosen)
        none = int(every.difference.sum())
        of_every = none - int(every.gained.sum()) / DRAWS
        of_ours = none - int(ours.gained.sum()) / DRAWS
        unit = area_mm2 / _MILLI
        return {
            "regions": len(self.done.made.infills),
            "regions_printed": len(ours.parts),
            "regions_worse": int(np.count_nonzero(ours.gained <= 0)),
            "regions_worse_everything": int(np.count_nonzero(every.gained <= 0)),
            "difference_none": round(none * unit, 2),
            "difference_everything": round(of_every * unit, 2),
            "difference_chosen": round(of_ours * unit, 2),
            "difference_ratio": round(of_ours / of_every, 4),
            **_ink("everything", self.everything, area_mm2),
            **_ink("chosen", self.chosen, area_mm2),
            "ink_ratio": round(
                _coverage(self.chosen) / max(1.0, _coverage(self.everything)), 4
            ),
            "area_ratio": round(
                _printed(self.chosen) / max(1, _printed(self.everything)), 4
            ),
        }


def _coverage(planes: Array) -> float:
    """Ink and white together, in pixels of full coverage of one of them."""
    return float(planes[..., :OUTCOME_PLANE].sum(dtype=np.float64)) / _FULL


def _printed(planes: Array) -> int:
    return int(np.count_nonzero(planes[..., OUTCOME_PLANE]))


def _ink(name: str, planes: Array, area_mm2: float) -> dict[str, float]:
    return {
        f"area_mm2_{name}": round(_printed(planes) * area_mm2, 2),
        f"ink_mm2_{name}": round(_coverage(planes) * area_mm2, 2),
    }

# SPDX-License-Identifier: Apache-2.0
"""Parts of the condition benchmark: the frozen crops, sound paintings, real damage.

Job: run every method on everything, and keep figures and rows of pictures.
Not here: speed and the whole chain (`bench_condition_jobs`), files
(`bench_condition_table`, `bench_condition_plots`).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pellicle.learn.condition_scores import (
    FOUND,
    LINE_TOLERANCE_PX,
    ConditionScore,
    rounded,
)
from pellicle.learn.frozen import (
    FROZEN_PPI,
    FROZEN_VERSION,
    ContrastGroup,
    FrozenCrop,
    FrozenSet,
    crop_digest,
    fingerprint_of,
    read_painting,
)
from pellicle.learn.line_contrast import FoundByContrast, line_contrast
from pellicle.learn.real_pairs import MarkKind, RealPair, measured
from pellicle.learn.sound import SoundPaint, false_alarms, sound_paint
from pellicle.learn.surveys import ScanInMemory, Survey, SurveyMethod
from pellicle.model.arrays import Array, Labels, Mask, Plane, Samples
from pellicle.model.condition import DamageClass
from pellicle.model.units import PixelSize
from pellicle.workflow.bench_condition_sheets import picture_row, small_row

ALL = "all"
_MPX = 1e6


class Pace:
    """Says what has been done, and how long the rest will take.

    Parameters
    ----------
    total_mpx
        Of everything that will be told to `done`.
    tell
        Gets the lines.
    """

    def __init__(self, total_mpx: float, tell: Callable[[str], None]) -> None:
        self._left = total_mpx
        self._done = 0.0
        self._begun = time.monotonic()
        self.tell = tell

    def done(self, what: str, mpx: float) -> None:
        """Say that so many more megapixels are done."""
        self._done += mpx
        self._left = max(0.0, self._left - mpx)
        spent = time.monotonic() - self._begun
        left = spent * self._left / max(self._done, 1e-9)
        self.tell(f"{what}; {_minutes(spent)} so far, {_minutes(left)} left")


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


@dataclass
class MethodRuns:
    """What one method did on the frozen crops.

    Attributes
    ----------
    scores
        By contrast group, and `ALL`.
    craquelure
        How much of it was found, by how far it stands out.
    seconds, mpx
        Of its surveys; processor time, whatever else the machine does.
    """

    scores: dict[str, ConditionScore] = field(default_factory=dict)
    craquelure: FoundByContrast = field(
        default_factory=lambda: FoundByContrast(LINE_TOLERANCE_PX)
    )
    seconds: float = 0.0
    mpx: float = 0.0

    def add(
        self, crop: FrozenCrop, survey: Survey, contrast: Plane | None
    ) -> dict[str, float]:
        """Count one crop; give its F1 by class.

        `contrast` is its `line_contrast` of craquelure; None where it has none.
        """
        shown: dict[str, float] = {}
        labels = crop.sound.without_real(survey.labels, crop.truth)
        counted = replace(survey, labels=labels)
        for group in (ALL, crop.group.value):
            score = self.scores.setdefault(group, ConditionScore())
            shown = score.add(crop.truth, counted, crop.pixel_size)
        if contrast is not None:
            line = DamageClass.CRAQUELURE
            self.craquelure.add(crop.truth == line, labels == line, contrast)
        return shown

    def as_json(self) -> dict[str, Any]:
        """Figures by group, in order."""
        names = (ALL, *(group.value for group in ContrastGroup))
        groups = {n: self.scores[n].as_json() for n in names if n in self.scores}
        speed = round(self.mpx / self.seconds, 3) if self.seconds else None
        return {
            "groups": groups,
            "craquelure_by_contrast": self.craquelure.as_json(),
            "mpx_per_cpu_s_in_memory": speed,
        }


@dataclass(frozen=True, slots=True, eq=False)
class PictureRow:
    """Pictures of one scan side by side, and how well ours did (None: not known)."""

    name: str
    picture: Samples
    score: float | None


@dataclass(frozen=True, slots=True)
class CropFigures:
    """The frozen set measured."""

    figures: dict[str, Any]
    rows: list[PictureRow]


def measure_crops(
    frozen: FrozenSet,
    numbers: Sequence[int],
    methods: Sequence[SurveyMethod],
    pace: Pace,
) -> CropFigures:
    """Every method on crops of the frozen set."""
    runs = {method.name: MethodRuns() for method in methods}
    crops: list[dict[str, Any]] = []
    rows: list[PictureRow] = []
    digests: list[bytes] = []
    for place, number in enumerate(numbers, start=1):
        crop = frozen.crop(number)
        digests.append(crop_digest(crop))
        surveys, shown = _survey_crop(crop, methods, runs)
        crops.append(_crop_json(crop, shown))
        ours = list(shown[methods[0].name].values())
        maps = [crop.truth, *(surveys[m.name].labels for m in shown_methods(methods))]
        picture = picture_row(crop.samples, maps)
        rows.append(PictureRow(crop.name, picture, float(np.mean(ours or [0.0]))))
        pace.done(f"crop {crop.name}, {place} of {len(numbers)}", _mpx(crop.truth))
    described = {
        "version": FROZEN_VERSION,
        "fingerprint": fingerprint_of(digests),
        "crops": len(crops),
        "ppi": FROZEN_PPI,
    }
    by_method = {name: run.as_json() for name, run in runs.items()}
    return CropFigures(
        {"frozen": described, "methods": by_method, "crops": crops}, rows
    )


def shown_methods(methods: Sequence[SurveyMethod]) -> list[SurveyMethod]:
    """Those with a map of all classes, which go on the sheets."""
    return [method for method in methods if not method.cracks_only]


def _survey_crop(
    crop: FrozenCrop,
    methods: Sequence[SurveyMethod],
    runs: dict[str, MethodRuns],
) -> tuple[dict[str, Survey], dict[str, dict[str, float]]]:
    scan = ScanInMemory.srgb(crop.samples, crop.pixel_size)
    contrast = _contrast(crop, scan)
    surveys: dict[str, Survey] = {}
    shown: dict[str, dict[str, float]] = {}
    for method in methods:
        begun = time.process_time()
        survey = method.survey(scan)
        run = runs[method.name]
        run.seconds += time.process_time() - begun
        run.mpx += _mpx(crop.truth)
        shown[method.name] = run.add(crop, survey, contrast)
        surveys[method.name] = survey
    return surveys, shown


def _contrast(crop: FrozenCrop, scan: ScanInMemory) -> Plane | None:
    """How far the crop's craquelure stands out; None where it has none."""
    line = DamageClass.CRAQUELURE
    if not (crop.truth == line).any():
        return None
    lab = scan.encoding.lab_d50(crop.samples)
    return line_contrast(lab, crop.truth, line, crop.pixel_size)


def _crop_json(crop: FrozenCrop, shown: dict[str, dict[str, float]]) -> dict[str, Any]:
    shares = {k.label: float((crop.truth == k).mean()) for k in FOUND}
    return {
        "name": crop.name,
        "group": crop.group.value,
        "kinds": [kind.value for kind in crop.kinds],
        "true_share": rounded(shares),
        "f1": shown,
    }


def _mpx(plane: Labels | Mask) -> float:
    return plane.size / _MPX


@dataclass(frozen=True, slots=True)
class SoundFigures:
    """Sound paintings measured: false alarms by painting and over all."""

    figures: dict[str, Any]
    rows: list[PictureRow]


def measure_sound(
    paths: Sequence[Path], methods: Sequence[SurveyMethod], pace: Pace
) -> SoundFigures:
    """False alarms of every method on whole photographs, as they are."""
    pixel_size = PixelSize.from_ppi(FROZEN_PPI)
    paintings: list[dict[str, Any]] = []
    rows: list[PictureRow] = []
    for place, path in enumerate(paths, start=1):
        picture = read_painting(path)
        sound = sound_paint(path.stem, picture.shape[:2])
        scan = ScanInMemory.srgb(in_16_bits(picture), pixel_size)
        alarms: dict[str, Any] = {}
        maps: list[Labels] = []
        for method in methods:
            labels = method.survey(scan).labels
            alarms[method.name] = false_alarms(labels, sound, pixel_size)
            if not method.cracks_only:
                maps.append(sound.without_real(labels, np.zeros_like(labels)))
        paintings.append(_painting_json(path, sound, alarms))
        row = small_row(picture, [_left_out(sound), *maps])
        rows.append(PictureRow(path.stem, row, None))
        mpx = _mpx(sound.of_damage)
        pace.done(f"sound {path.stem}, {place} of {len(paths)}", mpx)
    figures = {"paintings": paintings, "all": _over_all(paintings, methods)}
    return SoundFigures(figures, rows)


def in_16_bits(picture: Array) -> Samples:
    """8-bit samples as the 16-bit samples they stand for."""
    samples: Samples = picture.astype(np.uint16) * np.uint16(257)
    return samples


def _left_out(sound: SoundPaint) -> Labels:
    """A map of what counts for nothing, and of what does not for cracks."""
    left_out = np.where(sound.of_cracks, 0, DamageClass.CRAQUELURE)
    left_out[~sound.of_damage] = DamageClass.DISCOLOURED
    return left_out.astype(np.uint8)


def _painting_json(
    path: Path, sound: SoundPaint, alarms: dict[str, Any]
) -> dict[str, Any]:
    return {
        "name": path.stem,
        "outlined": sound.outlined,
        "sound_percent": round(100 * float(sound.of_damage.mean()), 2),
        "sound_percent_for_cracks": round(100 * float(sound.of_cracks.mean()), 2),
        "false_alarms": rounded(alarms),
    }


def _over_all(
    paintings: list[dict[str, Any]], methods: Sequence[SurveyMethod]
) -> dict[str, Any]:
    """By method and class: mean over the sound paint of all, and the worst painting."""
    over: dict[str, Any] = {}
    for method in methods:
        over[method.name] = {}
        for kind in FOUND:
            alarms = [p["false_alarms"][method.name][kind.label] for p in paintings]
            area = np.array([alarm["area_percent"] for alarm in alarms])
            count = np.array([alarm["per_dm2"] for alarm in alarms])
            weights = np.array([alarm["sound_px"] for alarm in alarms], np.float64)
            weights /= max(1.0, weights.sum())
            worst = int(area.argmax())
            over[method.name][kind.label] = {
                "area_percent": round(float(area @ weights), 4),
                "per_dm2": round(float(count @ weights), 2),
                "worst_area_percent": round(float(area[worst]), 4),
                "worst": paintings[worst]["name"],
            }
    return over


@dataclass(frozen=True, slots=True)
class RealFigures:
    """Real damage measured."""

    figures: dict[str, Any]
    rows: list[PictureRow]


def measure_real(
    pairs: Sequence[RealPair], methods: Sequence[SurveyMethod], pace: Pace
) -> RealFigures:
    """Every method on photographs of real damage, at their assumed scales."""
    found: list[dict[str, Any]] = []
    rows: list[PictureRow] = []
    for pair, ppi, first in _scales(pairs):
        scan = ScanInMemory.srgb(in_16_bits(pair.samples), PixelSize.from_ppi(ppi))
        surveys = {method.name: method.survey(scan).labels for method in methods}
        by_method = {
            method.name: measured(pair, surveys[method.name])
            for method in methods
            if pair.kind is MarkKind.CRACK_LINES or not method.cracks_only
        }
        found.append(
            {
                "name": pair.name,
                "marks": pair.kind.name.lower(),
                "assumed_ppi": ppi,
                "methods": by_method,
            }
        )
        if first:
            marked = np.where(pair.marks, _marked_as(pair.kind), 0).astype(np.uint8)
            maps = [marked, *(surveys[m.name] for m in shown_methods(methods))]
            row = picture_row(in_16_bits(pair.samples), maps)
            rows.append(PictureRow(pair.name, row, None))
        pace.done(f"real {pair.name} at {ppi:g} ppi", _mpx(pair.marks))
    return RealFigures({"pairs": found, "means": _real_means(found)}, rows)


def _scales(pairs: Sequence[RealPair]) -> Iterator[tuple[RealPair, float, bool]]:
    for pair in pairs:
        for place, ppi in enumerate(pair.ppi):
            yield pair, ppi, place == 0


def _marked_as(kind: MarkKind) -> DamageClass:
    lines = kind is MarkKind.CRACK_LINES
    return DamageClass.CRAQUELURE if lines else DamageClass.LOSS


def _real_means(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean IoU over the pairs whose marks are losses, by method."""
    losses = [one["methods"] for one in found if one["marks"] == "loss"]
    if not losses:
        return {}
    return {
        name: {
            figure: round(float(np.mean([one[name][figure] for one in losses])), 4)
            for figure in losses[0][name]
        }
        for name in losses[0]
    }


def real_mpx(pairs: Sequence[RealPair]) -> float:
    """Megapixels that `measure_real` will tell of."""
    return sum(len(pair.ppi) * _mpx(pair.marks) for pair in pairs)
